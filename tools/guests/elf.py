# SPDX-License-Identifier: Apache-2.0
"""What an ELF64 program says about itself: its loader, and the libraries it needs (elf(5))."""
import struct

from guests.trouble import Trouble

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED, DT_STRTAB = 0, 1, 5


class Elf:
    """A program or library, as bytes."""

    def __init__(self, data):
        if data[:5] != b"\x7fELF\x02":
            raise Trouble("a file that should be a program is no 64-bit ELF file")
        self.data = data
        table, = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        # Type, flags, offset, virtual address, physical address, bytes in the file.
        self.segments = [struct.unpack_from("<IIQQQQ", data, table + i * size)
                         for i in range(count)]

    def segment(self, kind):
        """The bytes of the first segment of a kind, or None."""
        for type_, _, offset, _, _, length in self.segments:
            if type_ == kind:
                return self.data[offset:offset + length]
        return None

    def is_static(self):
        """Whether it needs no loader."""
        return self.segment(PT_INTERP) is None

    def loader(self):
        """The path of its loader, or None."""
        path = self.segment(PT_INTERP)
        return path and path.rstrip(b"\0").decode()

    def text(self, address):
        """The string at a virtual address."""
        for type_, _, offset, start, _, length in self.segments:
            if type_ == PT_LOAD and start <= address < start + length:
                begin = offset + address - start
                return self.data[begin:self.data.index(b"\0", begin)].decode()
        raise Trouble("an ELF file names a string that it does not hold")

    def needed(self):
        """Names of the libraries it needs."""
        dynamic = self.segment(PT_DYNAMIC)
        if dynamic is None:
            return []
        entries = list(struct.iter_unpack("<qQ", dynamic))
        entries = entries[:[tag for tag, _ in entries].index(DT_NULL)]
        strings = dict(entries).get(DT_STRTAB, 0)
        return [self.text(strings + value) for tag, value in entries if tag == DT_NEEDED]
