# SPDX-License-Identifier: Apache-2.0
"""A disk that starts a kernel on the bare machine, by GRUB under a BIOS: the same binary without Muntin."""
import os
import struct
import subprocess
import tarfile

GRUB = "/usr/lib/grub/i386-pc"
SECTOR = 512
# Bochs takes a disk of whole cylinders of 16 heads and 63 sectors.
CYLINDER = 16 * 63 * SECTOR
PARTITION_SECTOR = 2048
# The partition table: where it is, its bytes, and the type of a Linux partition.
TABLE_AT, TABLE_BYTES, TYPE = 446, 64, 0x83
MULTIBOOT_MODULES = "biosdisk memdisk tar multiboot".split()
LINUX_MODULES = "biosdisk part_msdos tar linux".split()
MULTIBOOT = """\
multiboot (memdisk)/kernel.elf {cmdline}
boot
"""
LINUX = """\
linux (hd0,msdos1)/kernel {cmdline}
initrd (hd0,msdos1)/initrd
boot
"""


def make_disk(path, kernel, cmdline=""):
    """Write the disk to `path`: GRUB's first sector, then GRUB with a Multiboot 1 kernel inside of it."""
    place = parts(path)
    memdisk = os.path.join(place, "memdisk")
    pack(memdisk, {"kernel.elf": kernel})
    core = grub(place, MULTIBOOT.format(cmdline=cmdline), MULTIBOOT_MODULES, "-m", memdisk)
    with open(path, "wb") as disk:
        disk.write(boot_sector() + core)
        round_up(disk)


def make_linux_disk(path, kernel, initrd, cmdline):
    """The same for Linux, which is too large for that: it lies in a partition, which is a tar archive."""
    place = parts(path)
    archive = os.path.join(place, "archive")
    pack(archive, {"kernel": kernel, "initrd": initrd})
    core = grub(place, LINUX.format(cmdline=cmdline), LINUX_MODULES)
    sector = bytearray(boot_sector())
    sector[TABLE_AT:TABLE_AT + TABLE_BYTES] = bytes(TABLE_BYTES)  # GRUB has code for floppy disks there
    struct.pack_into("<4xB3xII", sector, TABLE_AT, TYPE, PARTITION_SECTOR,
                     -(-os.path.getsize(archive) // SECTOR))
    with open(path, "wb") as disk, open(archive, "rb") as partition:
        disk.write(bytes(sector) + core)
        disk.seek(PARTITION_SECTOR * SECTOR)
        disk.write(partition.read())
        round_up(disk)


def parts(path):
    """A directory for what a disk is made of."""
    os.makedirs(f"{path}.parts", exist_ok=True)
    return f"{path}.parts"


def boot_sector():
    """GRUB's, which reads what lies behind it."""
    with open(os.path.join(GRUB, "boot.img"), "rb") as f:
        return f.read()


def grub(place, script, modules, *options):
    """GRUB's core, as bytes, which runs a script."""
    text, core = os.path.join(place, "script"), os.path.join(place, "core")
    with open(text, "w", encoding="ascii") as f:
        f.write(script)
    run("grub-mkimage", "-O", "i386-pc", "-d", GRUB, "-p", "/", "-c", text, "-o", core, *options, *modules)
    with open(core, "rb") as f:
        return f.read()


def pack(archive, files):
    """A tar archive of {name: host path}."""
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, host in files.items():
            tar.add(host, name)


def round_up(disk):
    """Whole cylinders."""
    disk.truncate(-(-disk.tell() // CYLINDER) * CYLINDER)


def run(*command):
    """Its words are in the exception when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stdout}")
