# SPDX-License-Identifier: Apache-2.0
"""What is taken out of which Debian package, and what for. Read top to bottom."""
from typing import NamedTuple


class Take(NamedTuple):
    """One file of a package, kept in build/guests under a name of ours."""
    package: str
    pattern: str
    name: str
    why: str


# Of one package, so that modules and kernel fit together.
KERNEL = (
    Take("linux-image-cloud-amd64", "boot/vmlinuz-*", "vmlinuz", "the Linux of make run"),
    Take("linux-image-cloud-amd64", "lib/modules/*/kernel/drivers/acpi/button.ko", "button.ko",
         "hears the power button"),
    Take("linux-image-cloud-amd64", "lib/modules/*/kernel/drivers/input/evdev.ko", "evdev.ko",
         "tells acpid of it"),
    Take("linux-image-cloud-amd64", "lib/modules/*/arch/x86/kernel/msr.ko", "msr.ko", "for rdmsr"),
    Take("linux-image-cloud-amd64", "lib/modules/*/arch/x86/kernel/cpuid.ko", "cpuid.ko",
         "for cpuid -k"),
)

# Further kernels for the scenarios.
TEST_KERNELS = (
    Take("linux-image-amd64", "boot/vmlinuz-*", "vmlinuz-amd64", "Debian's ordinary kernel"),
    Take("linux-image-rt-amd64", "boot/vmlinuz-*", "vmlinuz-rt", "Debian's real-time kernel"),
    Take("memtest86+", "boot/memtest86+x64.bin", "memtest86", "a bzImage that is no Linux"),
    Take("memtest86+", "boot/memtest86+ia32.bin", "memtest86-32", "the same by its 32-bit entry"),
    Take("grub-invaders", "boot/invaders.exec", "invaders", "Multiboot 1, an address header"),
    Take("xen-hypervisor-4.17-amd64", "boot/xen-4.17-amd64.gz", "xen.gz", "Multiboot 1 and 2"),
    Take("ipxe", "boot/ipxe.lkrn", "ipxe.lkrn", "a bzImage that wants a BIOS: refused"),
)


class Program(NamedTuple):
    """A program that goes into an initramfs, with the libraries it needs."""
    package: str
    path: str
    why: str


RT_PROGRAMS = (
    Program("rt-tests", "usr/bin/cyclictest", "latency of timers"),
)

EXAMINE_PROGRAMS = (
    Program("dmidecode", "usr/sbin/dmidecode", "SMBIOS tables"),
    Program("acpica-tools", "usr/bin/acpidump", "ACPI tables, as bytes"),
    Program("acpica-tools", "usr/bin/iasl", "ACPI tables, judged"),
    Program("cpuid", "usr/bin/cpuid", "CPUID, by the instruction and by the kernel's module"),
    Program("msr-tools", "usr/sbin/rdmsr", "MSRs"),
    Program("msr-tools", "usr/sbin/wrmsr", "MSRs"),
    Program("pciutils", "usr/bin/lspci", "the PCI bus"),
    Program("stress-ng", "usr/bin/stress-ng", "processors, clocks, timers and memory, verified"),
)

# The kernel's self-tests come as source only; tools/guests/examine.sh says how they are called.
SELFTESTS_PACKAGE, SELFTESTS_ARCHIVE = "linux-source-6.1", "usr/src/linux-source-*.tar.xz"
# All that the kernel's own Makefile runs by default (TEST_GEN_PROGS in tools/testing/selftests/timers).
SELFTESTS = ("posix_timers", "nanosleep", "nsleep-lat", "set-timer-lat", "mqueue-lat", "inconsistency-check",
             "raw_skew", "threadtest", "rtcpie")

# Where the programs' libraries come from, the C library first: what they are searched in.
LIBRARIES = (
    "libc6", "libapparmor1", "libbsd0", "libcrypt1", "libdrm2", "libegl1", "libexpat1", "libffi8",
    "libgbm1", "libgles2", "libglvnd0", "libipsec-mb1", "libjpeg62-turbo", "libjudydebian1",
    "libkmod2", "liblzma5", "libmd0", "libnuma1", "libpci3", "libsctp1", "libssl3", "libudev1",
    "libwayland-server0", "libxxhash0", "libzstd1", "zlib1g",
)
