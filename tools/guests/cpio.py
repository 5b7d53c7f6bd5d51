# SPDX-License-Identifier: Apache-2.0
"""cpio archives of the form "newc", as Linux unpacks them into its first file system."""
import stat


class Cpio:
    """A newc archive (Linux, Documentation/driver-api/early-userspace/buffer-format.rst)."""

    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name, mode, content=b"", device=(0, 0)):
        """One entry; owner 0, time 0, so that equal contents give equal bytes."""
        self.inode += 1
        fields = (self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0)
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields)
        self.data += name.encode() + b"\0"
        self.pad()
        self.data += content
        self.pad()

    def directory(self, name):
        """A directory everybody may read."""
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, content, mode=0o755):
        """A plain file; text becomes bytes."""
        self.add(name, stat.S_IFREG | mode, content if isinstance(content, bytes)
                 else content.encode())

    def link(self, name, target):
        """A symbolic link."""
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def pad(self):
        """Headers and contents begin at multiples of 4."""
        self.data += b"\0" * (-len(self.data) % 4)

    def finish(self):
        """The whole archive."""
        self.inode = -1  # the trailer's inode is 0
        self.add("TRAILER!!!", 0)
        return bytes(self.data)
