# SPDX-License-Identifier: Apache-2.0
"""Kernels of Debian's packages (tools/guests/table.py), as they are, one after the other in one guest of one boot.

docs/guests.md has a table of them. The tests run in the order of this file.
"""
import os
import re

import pytest

from machine import BUILD
from session import SHELL, Session, plain

GUESTS = os.path.join(BUILD, "guests")
IMAGES = ("memtest86", "memtest86-32", "vmlinux", "vmlinuz-rt", "rt.cpio", "initrd.cpio", "ipxe.lkrn", "vmlinuz-amd64")
CONF = r"""
[guest linux]
cpus = 1
memory = 384M
kernel = \guests\invaders
autostart = no
on-reboot = stop

# Xen, and Linux below it, drop the first word: GRUB puts the file's name there.
[guest xen]
cpus = 2
memory = 256M
kernel = \guests\xen
modules = \guests\vmlinuz placeholder console=hvc0 earlyprintk=xen; \guests\initrd.cpio
cmdline = "placeholder com1=115200,8n1 console=com1 noreboot"
autostart = no
"""
FILES = ("invaders", "xen", "vmlinuz", *IMAGES)
IMAGE = r"""
[image {name}]
file = \guests\{file}
"""
SCREEN, SCREEN_BYTES, COLUMNS = 0xB8000, 4000, 80  # VGA text: character and colour, 25 lines
LOOPS = 2000  # of a millisecond each


def name_of(file):
    """Names in a config have no dots."""
    return file.replace(".", "-")


@pytest.fixture(scope="module", name="session")
def one_guest(shared_boot, stick):
    """The guest is off, and all images are there."""
    conf = CONF + "".join(IMAGE.format(name=name_of(file), file=file) for file in IMAGES)
    files = {f"/guests/{file}": os.path.join(GUESTS, file) for file in FILES}
    session = Session(shared_boot("debian", stick(conf, files), cpus=3, memory="1280M", life=1500))
    session.wait_prompt(240)
    return session


def launch(session, kernel, initrd=None, cmdline=""):
    """Start the guest with other images; returns what the monitor says to it."""
    options = f" --initrd {name_of(initrd)}" if initrd else ""
    return session.run(f'guest relaunch linux --kernel {name_of(kernel)}{options} --cmdline "{cmdline}"')


def linux_shell(session, seconds):
    """Wait for the prompt of Linux's shell."""
    session.attach("linux")
    session.machine.expect(SHELL, seconds)


def screen(session):
    """The lines of the guest's VGA text screen: nobody shows it, but it is RAM."""
    rows = re.findall(r"^0x[0-9a-f]+ +((?:[0-9a-f]{2} ){16})", session.ask(f"guest memory linux {SCREEN:#x} {SCREEN_BYTES}"),
                      re.MULTILINE)
    cells = bytes.fromhex("".join(rows))[::2]
    text = "".join(chr(c) if 32 < c < 127 else " " for c in cells)
    return [text[i:i + COLUMNS] for i in range(0, len(text), COLUMNS)]


# --- Multiboot 1 with an address header

def test_no_guest_was_entered_where_none_starts_by_itself(session):
    assert "start: processors started" in session.ask("log")
    assert "last guest entered" not in session.ask("log")


def screen_when(session, is_right):
    """The first screen that is right; the last one after 10 seconds of the guest's time."""
    start = session.now()
    lines = screen(session)
    while not is_right(lines) and session.now() - start < 10:
        lines = screen(session)
    return lines


def invaders(lines):
    return "\n".join(lines).count("-*-")


def test_grub_invaders_draws_its_game_and_it_moves(session):
    session.ask("guest start linux")
    first = screen_when(session, lambda lines: invaders(lines) >= 20)
    text = "\n".join(first)
    assert invaders(first) >= 20, text
    assert re.search(r"^ +_ *\n +/ \\ *$", text, re.MULTILINE), text  # the ship, in the last lines
    second = screen_when(session, lambda lines: lines != first)
    assert second != first and invaders(second) >= 20, "\n".join(second)


# --- A bzImage that is no Linux

@pytest.mark.parametrize("image", ("memtest86", "memtest86-32"))  # by the 64-bit entry, and by the 32-bit one
def test_memtest86_tests_memory_and_shows_it_on_the_serial_line(session, image):
    assert launch(session, image, cmdline="console=ttyS0,115200")[0] == 0
    session.attach("linux")
    session.machine.expect(r"Memtest86\+ v6\.\d+", 60)
    session.machine.expect(r"#0 +\[Address test, walking ones, no cache\]", 60)
    session.machine.expect(r"#3 +\[Moving inversions, 1s & 0s\]", 120)
    session.machine.expect(r"Status: Testing .*Errors: 0 ", 60)


# --- Multiboot 2 with modules

def test_xen_starts_and_starts_linux_which_is_its_module(session):
    session.run("guest stop linux --force")  # it would only take time
    session.ask("guest start xen")
    session.attach("xen")
    session.machine.expect(r"\(XEN\) Xen version 4\.17", 60)
    session.machine.expect(r"\(XEN\) Command line: com1=115200,8n1 console=com1 noreboot\r", 60)
    session.machine.expect(r"\(XEN\) x2APIC mode is already enabled by BIOS\.", 60)
    session.machine.expect(r"\(XEN\)  Dom0 kernel: 64-bit, PAE, lsb", 60)
    session.machine.expect(r"Linux version 6\.\S+-cloud-amd64", 120)
    session.machine.expect(r"Hypervisor detected: Xen PV", 60)
    assert session.run("guest stop xen --force")[0] == 0


# --- Linux by PVH

def test_the_cloud_kernels_vmlinux_starts_by_pvh(session):
    assert launch(session, "vmlinux", "initrd.cpio", "console=ttyS0")[0] == 0
    linux_shell(session, 300)
    version = session.shell("cat /proc/version")
    assert "cloud-amd64" in version
    assert session.shell("dmesg | grep -c 'Booting paravirtualized kernel on KVM'") == "1"


# --- Debian's real-time kernel and its ordinary one, which unpack themselves from XZ

def test_the_real_time_kernel_starts_from_its_bzimage(session):
    assert launch(session, "vmlinuz-rt", "rt.cpio", "console=ttyS0")[0] == 0
    linux_shell(session, 700)
    assert "PREEMPT_RT" in session.shell("cat /proc/version")
    assert session.shell("cat /sys/kernel/realtime") == "1"


def grown(session, before):
    """Exits since then, by reason."""
    after = session.exits("linux")[0]
    return {what: after[what] - before.get(what, 0) for what in after if after[what] != before.get(what, 0)}


def test_cyclictest_finds_every_timer_in_time_without_an_exit(session):
    session.shell(f"cyclictest -q -m -p 80 -i 1000 -l {LOOPS} >/tmp/latency &")
    start = session.now()
    while session.now() - start < 0.5:
        pass
    before = session.exits("linux")[0]
    while session.now() - start < 1.5:
        pass
    assert grown(session, before) == {}
    result = session.shell("wait; cat /tmp/latency")
    found = re.search(r"T: 0 .* C: +(\d+) Min: +(\d+) .* Avg: +(\d+) Max: +(\d+)", result)
    assert found, result
    print(found.group(0))
    loops, _, average, most = map(int, found.groups())
    # At 20 million instructions a second a microsecond is 20 instructions.
    assert loops == LOOPS and average < 400 and most < 1000, result


def test_debians_ordinary_kernel_starts_from_its_bzimage(session):
    assert launch(session, "vmlinuz-amd64", "initrd.cpio", "console=ttyS0")[0] == 0
    linux_shell(session, 700)
    version = session.shell("cat /proc/version")
    assert re.search(r"6\.\d+\.\d+-\d+-amd64 ", version), version
    assert session.shell("dmesg | grep -cE 'BUG|Oops|Call Trace'") == "0"


# --- What cannot work is refused in words

def test_ipxe_wants_a_bios_and_is_refused(session):
    before = session.state("linux")
    status, answer = launch(session, "ipxe.lkrn")
    assert status != 0 and "its code calls a BIOS, and there is none" in plain(answer), answer
    assert session.state("linux") == before
