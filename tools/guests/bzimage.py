# SPDX-License-Identifier: Apache-2.0
"""Unpacking a bzImage: the vmlinux inside (Linux, Documentation/x86/boot.rst)."""
import lzma
import struct

from guests.trouble import Trouble, run

MAGIC_AT, MAGIC = 0x202, b"HdrS"
VERSION_AT, VERSION_LEAST = 0x206, 0x208  # 2.08 brought payload_offset
SETUP_SECTORS_AT = 0x1F1
PAYLOAD_AT = 0x248  # payload_offset and payload_length
SECTOR = 512
LZ4_LEGACY = b"\x02\x21\x4c\x18"
XZ = b"\xfd7zXZ\0"


def payload(image):
    """The compressed kernel; its last 4 bytes are the size it unpacks to."""
    version, = struct.unpack_from("<H", image, VERSION_AT)
    if image[MAGIC_AT:MAGIC_AT + 4] != MAGIC or version < VERSION_LEAST:
        raise Trouble("the kernel is no bzImage of boot protocol 2.08 or later")
    offset, length = struct.unpack_from("<II", image, PAYLOAD_AT)
    start = ((image[SETUP_SECTORS_AT] or 4) + 1) * SECTOR + offset
    return image[start:start + length]


def unpack(data):
    """Debian compresses its cloud kernel with LZ4 and the others with XZ."""
    if data.startswith(LZ4_LEGACY):
        return run("lz4", "-dc", data=data[:-4])
    if data.startswith(XZ):
        return lzma.LZMADecompressor().decompress(data)
    raise Trouble(f"the kernel is compressed in a way not known here: {data[:6].hex()}")


def vmlinux(image):
    """The kernel's ELF file."""
    packed = payload(image)
    plain = unpack(packed)
    size, = struct.unpack("<I", packed[-4:])
    if len(plain) != size:
        raise Trouble(f"the kernel unpacks to {len(plain)} bytes, and says it has {size}")
    return plain
