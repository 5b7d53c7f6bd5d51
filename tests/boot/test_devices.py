# SPDX-License-Identifier: Apache-2.0
"""Linux at the devices that a guest has only if its config says so, in one boot: HPET and debug port.

Also at those that the default machine has and nobody uses there: alarms, PCI configuration as memory, keyboard controller.
"""
import os
import re

import pytest

from machine import BUILD
from session import SHELL, Session

CONF = r"""
[guest linux]
cpus = 1
memory = 256M
kernel = \guests\vmlinuz
initrd = \guests\initrd.img
cmdline = console=ttyS0
hpet = yes
debugcon = yes
"""
CLOCKS = "/sys/devices/system/clocksource/clocksource0"


@pytest.fixture(scope="module", name="session")
def linux_with_all_devices(shared_boot, stick):
    """One machine for all tests here, with Linux at its shell."""
    guests = os.path.join(BUILD, "guests")
    image = stick(CONF, {"/guests/vmlinuz": f"{guests}/vmlinuz", "/guests/initrd.img": f"{guests}/initrd.cpio"})
    session = Session(shared_boot("devices", image, cpus=2, life=700))
    session.wait_prompt(180)
    session.attach("linux")
    session.machine.expect(SHELL, 400)
    return session


def port(session, number):
    """A byte that Linux reads from a port."""
    answer = session.shell(f"dd if=/dev/port bs=1 skip={number} count=1 2>&- | hexdump -C")
    return int(answer.splitlines()[-2 if answer.splitlines()[-1].startswith("00000001") else -1].split()[1], 16)


def test_linux_finds_the_hpet_it_was_given(session):
    log = session.shell("dmesg | grep -i hpet")
    assert "hpet0: at MMIO 0xfed00000, IRQs 2, 8, 0" in log, log
    assert "hpet0: 3 comparators, 64-bit 10.000000 MHz counter" in log, log
    assert "hpet" in session.shell(f"cat {CLOCKS}/available_clocksource").split()


def test_a_second_by_the_hpet_is_a_second(session):
    session.shell(f"echo hpet >{CLOCKS}/current_clocksource")
    assert session.shell(f"cat {CLOCKS}/current_clocksource") == "hpet"
    start = session.now()
    session.shell("sleep 5")
    passed = session.now() - start
    session.shell(f"echo tsc >{CLOCKS}/current_clocksource")
    assert 5 <= passed < 5.5, passed


def test_an_alarm_of_the_clock_comes_by_the_hpets_legacy_route(session):
    session.shell("echo +2 >/sys/class/rtc/rtc0/wakealarm; sleep 4")
    counts = session.shell("grep rtc0 /proc/interrupts").split()
    assert counts[0] == "8:" and int(counts[1]) > 0, counts
    assert session.shell("cat /sys/class/rtc/rtc0/wakealarm") == ""


def test_linux_reads_pci_configuration_as_memory(session):
    log = session.shell("dmesg | grep MMCONFIG")
    assert "reserved as ACPI motherboard resource" in log or "reserved in E820" in log, log
    assert session.shell("stat -c %s /sys/bus/pci/devices/0000:00:00.0/config") == "4096"
    assert session.shell("ls /sys/bus/pci/devices") == "0000:00:00.0"


def test_what_is_written_to_the_debug_port_is_in_a_log_of_its_own(session):
    assert port(session, 0x402) == 0xE9
    assert port(session, 0xE9) == 0xE9
    for byte in "debug":
        session.shell(f"printf {byte} | dd of=/dev/port bs=1 seek={0x402} 2>&-")
    session.shell(f"printf '!' | dd of=/dev/port bs=1 seek={0xE9} 2>&-")
    assert session.json("guest log linux --debug") == ["debug!"]


def test_the_keyboard_controller_is_idle(session):
    assert port(session, 0x64) & 3 == 0
    assert port(session, 0x64) & 0x10 == 0x10


def test_no_access_was_refused_that_a_device_should_have_answered(session):
    refused = session.ask("denied linux")
    assert not re.search(r"0x(e9|402|60|64|fed00|e0000)", refused, re.IGNORECASE), refused
