# SPDX-License-Identifier: Apache-2.0
"""The devices that a guest has only if its config says so, HPET and debug port, in one boot.

Also at those that the default machine has and nobody uses there: alarms, PCI configuration as memory.
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
[guest debug]
cpus = 2
memory = 2M
kernel = \guests\debug.bin
type = flat
load = 0x7c00
debugcon = yes
"""
CLOCKS = "/sys/devices/system/clocksource/clocksource0"
# Says "debug" at port 402H, then at E9H "+" if both read as E9H, and a newline; halts.
DEBUG = (b"\xba\x02\x04\0\0" + b"".join(bytes([0xB0, c, 0xEE]) for c in b"debug") + b"\xec\x88\xc3"
         b"\xba\xe9\0\0\0\xec\x38\xd8\x75\x07\x3c\xe9\x75\x03\xb0+\xee\xb0\n\xee\xfa\xf4\xeb\xfc")


@pytest.fixture(scope="module", name="session")
def linux_with_all_devices(shared_boot, stick, tmp_path_factory):
    """One machine for all tests here, with Linux at its shell."""
    guests = os.path.join(BUILD, "guests")
    debug = tmp_path_factory.mktemp("debug") / "debug.bin"
    debug.write_bytes(DEBUG)
    image = stick(CONF, {"/guests/vmlinuz": f"{guests}/vmlinuz", "/guests/initrd.img": f"{guests}/initrd.cpio",
                         "/guests/debug.bin": debug})
    session = Session(shared_boot("devices", image, cpus=3, life=700))
    session.wait_prompt(180)
    session.attach("linux")
    session.machine.expect(SHELL, 400)
    return session


def test_linux_finds_the_hpet_it_was_given(session):
    log = session.shell("dmesg | grep -i hpet")
    assert "hpet0: at MMIO 0xfed00000, IRQs 2, 8, 0" in log, log
    assert "hpet0: 3 comparators, 64-bit 10.000000 MHz counter" in log, log
    assert "hpet" in session.shell(f"cat {CLOCKS}/available_clocksource").split()


def test_a_second_by_the_hpet_is_a_second(session):
    session.shell(f"cd {CLOCKS}")
    session.shell("echo hpet >current_clocksource")
    assert session.shell("cat current_clocksource").splitlines()[-1] == "hpet"
    start = session.now()
    session.shell("sleep 5")
    passed = session.now() - start
    session.shell("echo tsc >current_clocksource; cd")
    assert 5 <= passed < 5.5, passed


def test_an_alarm_of_the_clock_reaches_linux(session):
    """The HPET has the clock's wire; Linux waits for ACPI's event of the clock."""
    assert session.shell("cat /sys/firmware/acpi/interrupts/ff_rt_clk").split()[0] == "0"
    session.shell("echo +2 >/sys/class/rtc/rtc0/wakealarm; sleep 4")
    counts = [session.shell("cat /sys/firmware/acpi/interrupts/ff_rt_clk").split()[0],
              session.shell("grep rtc0 /proc/interrupts").split()[1]]
    assert sorted(counts) > ["0", "0"], counts
    assert session.shell("cat /sys/class/rtc/rtc0/wakealarm") == ""


def test_ends_exit_only_while_a_level_is_served(session):
    """The alarm came by ACPI's interrupt, which is level-triggered; those of the timer and of the console are edges."""
    def ends():
        return {name: session.exits("linux")[0].get(name, 0) for name in ("RDMSR", "WRMSR", "EXCEPTION_OR_NMI")}

    def alarms():
        line = session.shell("grep acpi /proc/interrupts")
        assert "fasteoi" in line, line
        return int(line.split()[1])

    came = alarms()
    assert came > 0
    before = ends()
    session.shell("sleep 3")
    assert ends() == before
    session.shell("echo +2 >/sys/class/rtc/rtc0/wakealarm; sleep 4")
    assert alarms() == came + 1
    after = ends()
    # To hear of it, to look at the TMR, and to end it; what the timer ends meanwhile exits too.
    assert after["RDMSR"] == before["RDMSR"] + 1
    assert before["WRMSR"] < after["WRMSR"] <= before["WRMSR"] + 3
    assert before["EXCEPTION_OR_NMI"] < after["EXCEPTION_OR_NMI"] <= before["EXCEPTION_OR_NMI"] + 2


def test_linux_reads_pci_configuration_as_memory(session):
    log = session.shell("dmesg | grep MMCONFIG")
    assert "[mem 0xe0000000-0xe00fffff] reserved in ACPI motherboard resources" in log, log
    assert session.shell("stat -c %s /sys/bus/pci/devices/0000:00:00.0/config") == "4096"
    assert session.shell("ls /sys/bus/pci/devices") == "0000:00:00.0"


def test_what_is_written_to_the_debug_port_is_in_a_log_of_its_own(session):
    assert session.json("guest log debug --debug") == ["debug+"]
    assert session.json("guest log debug") == []
    assert session.json("denied debug")["denied"] == []


def test_no_device_of_linux_refused_an_access(session):
    refused = session.ask("denied linux")
    assert not re.search(r"(port|address) +\w+ +0x(60|64|70|71|4\d|60\d|e0000|fed00)", refused), refused
