# SPDX-License-Identifier: Apache-2.0
"""PC firmware as guests: Debian's OVMF up to its shell, Debian's SeaBIOS up to its boot menu, in one boot."""
import os
import re
import time

import pytest

from machine import BUILD
from session import Session, plain

CONF = r"""
[guest uefi]
cpus = 1
memory = 64M
kernel = \guests\OVMF.fd
[guest bios]
cpus = 2
memory = 16M
kernel = \guests\bios.bin
debugcon = yes
[image larger]
file = \guests\bios-256k.bin
[image heartbeat]
file = \guests\heartbeat.elf
"""
MENU = "Press ESC for boot menu."
SHELL = "Shell> "


@pytest.fixture(scope="module", name="session")
def two_firmwares(shared_boot, stick):
    """Both start at once."""
    image = stick(CONF, {"/guests/OVMF.fd": "/usr/share/ovmf/OVMF.fd",
                         "/guests/bios.bin": "/usr/share/seabios/bios.bin",
                         "/guests/bios-256k.bin": "/usr/share/seabios/bios-256k.bin",
                         "/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf")})
    session = Session(shared_boot("firmware", image, life=1200, cpus=3))
    session.wait_prompt(240)
    return session


def debug_log(session, name, wanted, seconds=240):
    """Wait for words in what a guest writes to its debug port; returns all of that."""
    end = time.monotonic() + seconds
    while True:
        text = session.ask(f"guest log {name} --debug -n 500")
        if re.search(wanted, text) is not None:
            return text
        assert time.monotonic() < end, f"{name} did not write '{wanted}' to its debug port:\n{text}"
        time.sleep(2)


def uefi(session, line, wanted, seconds=300):
    """A line at the UEFI shell, echoed a key at a time; returns what comes until the words."""
    session.attach("uefi")
    session.machine.send(line + "\r")
    session.machine.expect(wanted, seconds)
    return plain(session.machine.talk.before)


def test_seabios_comes_to_its_boot_menu(session):
    text = debug_log(session, "bios", re.escape(MENU))
    assert "SeaBIOS (version 1.16.2" in text
    # What it found by the chipset and by CMOS, not by QEMU's own interface.
    assert "RamSize: 0x01000000 [cmos]" in text
    assert "PIIX3/PIIX4 init: elcr=00 0c" in text


def test_ovmf_comes_to_its_shell(session):
    session.attach("uefi")
    session.machine.expect(SHELL, 600)


def test_the_shell_answers(session):
    answer = uefi(session, "ver", SHELL)
    assert "UEFI Interactive Shell v2.2" in answer
    assert "UEFI v2.70 (EDK II" in answer


def test_the_shell_knows_how_much_memory_there_is(session):
    answer = uefi(session, "memmap", SHELL)
    total = re.search(r"Total Memory: +(\d+) MB", answer)
    # 64 MiB, less what a PC has between 640 KiB and 1 MiB.
    assert total is not None and int(total.group(1)) == 63


def test_selftest_finds_firmware_read_only(session):
    assert "FAIL" not in session.ask("selftest", timeout=120)


def test_writes_to_the_image_are_refused_and_listed(session):
    """OVMF looks whether it has flash, by writing to it."""
    rows = session.json("denied uefi")["denied"]
    assert any(row["what"] == "address" and row["access"] == "write" and int(row["number"], 0) >= 0xFFE00000
               for row in rows)


def test_another_firmware_takes_the_place_of_the_first(session):
    assert session.ask("guest relaunch bios --kernel larger").startswith("bios: ")
    assert session.ask("guest wait bios running --timeout 60") == "bios: running"
    debug_log(session, "bios", re.escape(MENU))
    assert "FAIL" not in session.ask("selftest", timeout=120)


def test_a_kernel_takes_the_place_of_firmware(session):
    assert session.ask("guest relaunch bios --kernel heartbeat").startswith("bios: ")
    assert session.ask('guest wait bios --text "heartbeat: 1" --timeout 60') == 'bios: printed "heartbeat: 1"'
    assert "FAIL" not in session.ask("selftest", timeout=120)


def test_the_shell_resets_its_guest(session):
    uefi(session, "reset", "UEFI Interactive Shell", 600)
    session.machine.expect(SHELL, 300)
    assert "uefi: resets itself" in session.ask("log")


def test_the_shell_switches_its_guest_off(session):
    session.attach("uefi")
    session.machine.send("reset -s\r")
    assert session.ask("guest wait uefi off --timeout 200", timeout=260) == "uefi: off"
    assert "uefi: powered itself off" in session.ask("log")
