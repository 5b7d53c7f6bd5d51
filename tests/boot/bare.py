# SPDX-License-Identifier: Apache-2.0
"""A disk that starts a Multiboot 1 kernel on the bare machine, by GRUB under a BIOS: the same binary without Muntin."""
import os
import subprocess

GRUB = "/usr/lib/grub/i386-pc"
SECTOR = 512
# Bochs takes a disk of whole cylinders of 16 heads and 63 sectors.
CYLINDER = 16 * 63 * SECTOR
MODULES = "biosdisk memdisk tar multiboot".split()
SCRIPT = """\
multiboot (memdisk)/kernel.elf {cmdline}
boot
"""


def make_disk(path, kernel, cmdline=""):
    """Write the disk to `path`: GRUB's first sector, then GRUB with the kernel inside of it."""
    place = f"{path}.parts"
    os.makedirs(place, exist_ok=True)
    script, memdisk, core = (os.path.join(place, name) for name in ("script", "memdisk", "core"))
    with open(script, "w", encoding="ascii") as f:
        f.write(SCRIPT.format(cmdline=cmdline))
    run("tar", "-cf", memdisk, "-C", os.path.dirname(kernel), "--transform", "s/.*/kernel.elf/",
        os.path.basename(kernel))
    run("grub-mkimage", "-O", "i386-pc", "-d", GRUB, "-p", "(memdisk)/", "-c", script, "-m", memdisk,
        "-o", core, *MODULES)
    with open(path, "wb") as disk:
        for part in (os.path.join(GRUB, "boot.img"), core):
            with open(part, "rb") as f:
                disk.write(f.read())
        disk.truncate(-(-disk.tell() // CYLINDER) * CYLINDER)


def run(*command):
    """Its words are in the exception when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stdout}")
