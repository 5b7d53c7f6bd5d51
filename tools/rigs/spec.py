# SPDX-License-Identifier: Apache-2.0
"""What machine the user wants: the options every rig understands."""
import dataclasses
import os
import re
import shutil


class Trouble(Exception):
    """Something the user can mend; the text says what."""


RIGS = ("bochs", "qemu-kvm", "qemu-tcg")
FIRMWARES = ("ovmf", "u-boot", "bios")


@dataclasses.dataclass
class Spec:
    """One machine. memory is in MiB; None means the rig's own choice."""
    image: str
    rig: str
    cpus: int = 4
    memory: int = 1024
    model: str = None
    firmware: str = "ovmf"
    time: int = None
    log: str = None
    com2: str = None
    ips: int = None
    extra: tuple = ()


def parse_memory(text):
    """'1G', '512M' or plain MiB, as MiB."""
    match = re.fullmatch(r"(\d+)([MmGg]?)", text)
    if not match or int(match.group(1)) == 0:
        raise Trouble(f"--memory wants a size like 1G or 512M, and got '{text}'")
    return int(match.group(1)) * (1024 if match.group(2) in ("G", "g") else 1)


def host_has_nested_vtx():
    """Whether KVM works here and can give its guests VT-x."""
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR))
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
            flags = next((line for line in f if line.startswith("flags")), "")
        if "vmx" not in flags.split():
            return False
        with open("/sys/module/kvm_intel/parameters/nested", encoding="ascii") as f:
            return f.read().strip() in ("Y", "1")
    except OSError:
        return False


def default_rig():
    """The fastest rig on this host that has VT-x."""
    return "qemu-kvm" if host_has_nested_vtx() else "bochs"


def need_program(name):
    """The program's path, or how to get it."""
    path = shutil.which(name)
    if not path:
        raise Trouble(f"{name} is not installed; tools/install-deps installs what is missing")
    return path


def need_firmware(path):
    """A file of a Debian package, or how to get it."""
    if not os.path.exists(path):
        raise Trouble(f"{path} is missing; tools/install-deps installs what is missing")
    return path
