# SPDX-License-Identifier: Apache-2.0
"""The stick of `make image`: stock Linux on two processors beside a heartbeat, in one boot.

The tests run in the order of this file, on one machine; the last ones end guests and machine.
"""
import hashlib
import os
import re

import pytest

from machine import BUILD
from session import SHELL, Session

HERE = os.path.dirname(os.path.abspath(__file__))
POWER_ON = 1800000000  # what the machine's clock says when it is switched on
# Firmware takes about 692 million ticks, at 20 million a second, until it starts Muntin.
FIRMWARE_SECONDS = 34.6
IDLE_SECONDS = 10


@pytest.fixture(scope="module", name="session")
def both_guests_up(shared_boot):
    """One machine for all tests here, with Linux at its shell."""
    machine = shared_boot("two_guests", os.path.join(BUILD, "muntin.img"), life=900, time=POWER_ON)
    session = Session(machine)
    session.wait_prompt(180)
    session.attach("linux")
    machine.expect(SHELL, 400)
    return session


def log_lines(session):
    """The hypervisor's log: (seconds since efi_main, text)."""
    lines = []
    for line in session.ask("log").splitlines():
        match = re.fullmatch(r"\[ *(\d+\.\d{6})\]  ?(?:\w+: )?(.*)", line)
        assert match, f"a line of the log without a time: '{line}'"
        lines.append((float(match.group(1)), line.split("]", 1)[1].strip()))
    return lines


def log_time(session, text):
    """When the log says text."""
    times = [time for time, line in log_lines(session) if text in line]
    assert times, f"the log does not say '{text}'"
    return times[0]


# --- Both are there

def test_both_guests_run_beside_each_other(session):
    assert session.json("guest list") == [
        {"name": "linux", "state": "running", "cpus": [1, 2], "running_vcpus": 2,
         "memory_bytes": 512 << 20, "why": ""},
        {"name": "heartbeat", "state": "running", "cpus": [3], "running_vcpus": 1,
         "memory_bytes": 16 << 20, "why": ""}]


def test_the_heartbeat_never_stalled_while_linux_started(session):
    started = log_time(session, "heartbeat: started")
    numbers = [int(n) for n in re.findall(r"heartbeat: (\d+)\n", session.beats_so_far())]
    now = session.now()
    assert numbers == list(range(1, len(numbers) + 1))
    # It loses a beat for each second that it is held up.
    assert 0 <= now - started - len(numbers) < 2, (now, started, len(numbers))
    assert len(numbers) > float(session.shell("cat /proc/uptime").split()[0]) > 20


# --- Linux as it is booted from a disk: nothing on its command line helps it

def test_linux_was_given_no_crutches(session):
    assert session.shell("cat /proc/cmdline") == "console=ttyS0"


def test_linux_has_the_two_processors_it_was_given(session):
    assert session.shell("nproc") == "2"
    assert session.shell("cat /sys/devices/system/cpu/online") == "0-1"
    assert session.shell("dmesg | grep -c 'ACPI: .*APIC'") != "0"


def test_linux_has_the_memory_it_was_given(session):
    total = int(re.search(r"MemTotal: +(\d+) kB", session.shell("cat /proc/meminfo")).group(1))
    # The kernel keeps its own text and page structures out of the total.
    assert 440 * 1024 <= total <= 512 * 1024
    free = re.search(r"^Mem: +(\d+)", session.shell("free -m"), re.MULTILINE)
    assert abs(int(free.group(1)) - total // 1024) <= 1


def test_linux_reads_in_smbios_which_guest_it_is(session):
    told = [session.shell(f"cat /sys/class/dmi/id/{name}")
            for name in ("sys_vendor", "product_name", "product_serial", "product_uuid")]
    # The UUID is made of the name "linux", and stays what it is.
    assert told == ["Muntin", "Guest", "linux", "ac3283c1-1894-82fe-9746-22c08407d896"]
    log = session.shell("dmesg | grep -E 'SMBIOS|DMI:'")
    version = re.escape(session.json("version")["version"])
    assert "SMBIOS 3.0.0 present." in log
    assert re.search(rf"DMI: Muntin Guest, BIOS {version} 01/01/2026", log), log


def ticks(session):
    """Timer interrupts of each processor."""
    return [int(n) for n in session.shell("grep LOC: /proc/interrupts").split()[1:3]]


def test_the_timers_of_both_processors_tick(session):
    before = ticks(session)
    session.shell("taskset 2 sleep 1; taskset 1 sleep 1")
    after = ticks(session)
    assert after[0] > before[0] and after[1] > before[1], (before, after)


def test_linux_found_the_seed_of_its_random_numbers(session):
    # As setup_data. The processor has RDRAND, which it is made of.
    assert int(session.shell("dmesg | grep -c 'reserve setup_data'")) > 0


def test_linux_owns_its_apic_in_x2apic_mode(session):
    assert "Switched APIC routing to physical x2apic" in session.shell("dmesg | grep x2apic")


def test_linux_keeps_time_by_the_tsc(session):
    clock = "/sys/devices/system/clocksource/clocksource0/"
    assert session.shell(f"cat {clock}current_clocksource") == "tsc"


def test_the_wall_clock_is_right(session):
    date = int(session.shell("date +%s"))
    # Firmware's clock and Linux' look at the RTC both have whole seconds only.
    assert abs(POWER_ON + FIRMWARE_SECONDS + session.now() - date) <= 3


def test_a_second_is_as_long_for_linux_as_for_its_neighbour(session):
    first = session.beats(1), session.now(), int(session.shell("date +%s"))
    last = session.beats(8), session.now(), int(session.shell("date +%s"))
    beats, seconds, date = (after - before for before, after in zip(first, last))
    assert abs(beats - seconds) < 1.1 and abs(date - seconds) < 1.1, (beats, seconds, date)


def allowed():
    """The patterns of linux-log-allowed.txt; each has its reason behind it."""
    patterns = []
    with open(os.path.join(HERE, "linux-log-allowed.txt"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                pattern, reason = line.rstrip("\n").split("  # ")
                assert reason.strip()
                patterns.append(re.compile(pattern))
    return patterns


def test_linux_logs_no_warning_that_is_not_explained(session):
    # Levels 0 to 4 are emergency to warning (syslog(2)).
    told = session.shell("dmesg -r | grep '^<[0-4]>'").splitlines()
    words = [re.sub(r"^<\d>\[ *[\d.]+\] ", "", line) for line in told]
    strange = [w for w in words if not any(p.fullmatch(w) for p in allowed())]
    assert not strange, "\n".join(strange)
    assert session.shell("dmesg | grep -cE 'BUG|Oops|Call Trace'") == "0"


# --- Consoles

def test_the_heartbeat_answers_to_keys(session):
    session.attach("heartbeat")
    session.machine.send("p")
    session.machine.expect(r"heartbeat: key 'p'\r*\n(heartbeat: \d+\r*\n)?heartbeat: pong", 60)


def test_keys_typed_at_one_console_never_show_at_the_other(session):
    session.attach("heartbeat")
    session.machine.send("zZ")
    session.machine.expect("heartbeat: key 'Z'", 60)
    session.attach("linux")
    session.machine.send("echo lin''ux\r")
    session.machine.expect(r"\nlinux\r*\n", 60)
    at_linux = session.machine.talk.before
    session.machine.expect(SHELL, 60)
    assert "z" not in at_linux.lower(), at_linux
    session.beats(2)
    at_heartbeat = session.detach()
    keys = re.findall(r"heartbeat: key (.*)\n", at_heartbeat)
    assert not keys, keys


def test_attaching_shows_what_was_missed(session):
    session.shell("(sleep 2; echo miss''ed) &")
    session.beats(5)
    session.attach("linux")
    session.machine.expect(r"^missed\r*\n", 10)
    assert session.shell("echo again").splitlines()[0] == "again"


def test_a_break_reaches_linux_as_the_one_before_a_sysrq(session):
    session.shell("echo 1 > /proc/sys/kernel/sysrq")
    session.machine.send("\x1d\x02h")  # Ctrl-] Ctrl-B: a BREAK, and back at the console
    session.machine.expect(r"sysrq: HELP : .*\n", 60)
    session.shell("true")


def test_four_kib_pasted_at_linux_all_arrive(session):
    text = "".join(chr(ord("!") + i * i % 90) for i in range(4096))
    session.attach("linux")
    session.machine.send("stty -icanon -echo; echo re''ady; head -c 4096 | md5sum; stty sane\r")
    session.machine.expect(r"^ready\r*\n", 60)
    session.machine.send(text)
    assert session.machine.expect(r"([0-9a-f]{32})  -", 90).group(1) == hashlib.md5(text.encode()).hexdigest()
    session.machine.expect(SHELL, 60)


# --- The monitor

def test_help_lists_every_command(session):
    listing = session.ask("help")
    for command in ("guest list", "guest console NAME", "exits [NAME]", "log", "reboot", "version",
                    "help [COMMAND...]", "selftest"):
        assert re.search(rf"^  {re.escape(command)}", listing, re.MULTILINE), command
    assert session.ask("help guest console").startswith("usage: guest console NAME")


def test_a_wrong_command_is_answered_with_the_nearest(session):
    assert session.ask("exit") == 'unknown command "exit"; did you mean "exits"?'
    answer = session.ask("guest console nobody")
    assert answer == 'no guest is called "nobody"; there is: linux, heartbeat'


def test_version_says_which_muntin_it_is(session):
    assert re.fullmatch(r"Muntin \d+\.\d+ \(\S+\)", session.json("version")["version"])


def test_the_log_has_every_stage_of_the_start(session):
    stages = re.findall(r"start: (.+?) +(\d+) ticks, +(\d+) since efi_main", session.ask("log"))
    assert [name for name, _, _ in stages] == [
        "machine examined", "config read", "images read", "plan made and claimed", "firmware left",
        "own page tables", "processors started", "last guest entered"]
    passed = 0
    for name, ticks_taken, since in stages:
        passed += int(ticks_taken)
        assert int(since) == passed, name


def test_the_log_says_what_muntin_takes_for_itself(session):
    log = session.ask("log")
    hz = re.search(r"4 processors \(MP Services\), TSC (\d+) kHz, APIC timer (\d+) kHz", log)
    for khz in hz.groups():
        assert abs(int(khz) - 20000) <= 20
    image, arena, used = map(int, re.search(
        r"image: (\d+) bytes at 0x\S+; arena: (\d+) bytes at 0x\S+, (\d+) of them used",
        log).groups())
    claimed = int(re.search(r"claimed, guests' RAM and images apart: (\d+) bytes", log).group(1))
    assert 0 < used <= arena
    assert image + arena <= claimed < 8 * 1024 * 1024


def test_selftest_finds_every_wall_standing(session):
    lines = session.ask("selftest", 120).splitlines()
    assert lines[-1] == "selftest: ok"
    assert len(lines) > 10
    for line in lines[2:-1]:
        assert re.fullmatch(r" +[1-8] ok +[1-9]\d* \S.*", line), line


# --- Exits

def grown(session):
    """Exits of each of Linux's processors over ten seconds of guest time."""
    before = session.exits("linux")
    session.beats(IDLE_SECONDS)
    after = session.exits("linux")
    assert sorted(before) == sorted(after) == [0, 1]
    return [{what: after[cpu][what] - before[cpu].get(what, 0) for what in after[cpu]
             if after[cpu][what] != before[cpu].get(what, 0) and what not in ("ipis", "IPI")}
            for cpu in (0, 1)]


def test_every_total_of_exits_is_the_sum_of_its_reasons(session):
    for name in ("linux", "heartbeat"):
        for counts in session.exits(name).values():
            apart = ("total", "ipis", "denied", "IPI")
            assert counts["total"] == sum(n for what, n in counts.items() if what not in apart)
            assert counts["CPUID"] > 0 and counts["IO_INSTRUCTION"] > 0


def test_idle_linux_makes_no_exits(session):
    session.shell("true")
    session.beats(2)
    assert grown(session) == [{}, {}]


def test_linux_spinning_in_user_space_makes_no_exits(session):
    session.shell("taskset 1 spin & taskset 2 spin &")
    session.beats(2)
    assert grown(session) == [{}, {}]
    busy = session.shell("top -bn1 | grep -c '[{]spin'")
    # Sixteen programs, each interrupted by those that spin.
    session.shell("for i in $(seq 16); do top -bn1 >/dev/null; done", 180)
    session.shell("kill %1 %2; wait")
    assert busy.splitlines()[-1] == "2", busy


def test_no_program_of_linux_crashed_when_it_was_interrupted(session):
    # A vector register that is lost between two time slices shows as a wild pointer.
    assert session.shell("dmesg | grep -c segfault") == "0"


# --- Faults

def goes_on(session):
    """Linux does, and its clock with it."""
    before = int(session.shell("date +%s"))
    assert session.shell("sleep 2; nproc") == "2"
    assert int(session.shell("date +%s")) - before in (2, 3)


def test_a_guest_that_triple_faults_reboots_and_its_neighbour_goes_on(session):
    session.attach("heartbeat")
    session.machine.send("t")
    session.machine.expect("heartbeat: rebooting by a triple fault", 60)
    session.machine.expect("heartbeat: TSC at", 60)
    where = r"processor 0 triple-faulted at RIP 0x[0-9a-f]+ \(CS base 0x0\)"
    linux, heartbeat = session.json("guest list")
    assert heartbeat["state"] == "running" and re.fullmatch(where, heartbeat["why"]), heartbeat
    assert linux["state"] == "running" and linux["why"] == ""
    assert re.search(rf"heartbeat: resets itself: {where}\n", session.ask("log"))
    goes_on(session)


CRASH = r"instruction that cannot be used on a device: EPT_VIOLATION at RIP 0x[0-9a-f]+"


def test_a_guest_that_crashes_is_stopped_and_its_neighbour_goes_on(session):
    session.attach("heartbeat")
    session.machine.send("c")
    session.machine.expect("heartbeat: crashing", 60)
    session.machine.expect(rf"\[heartbeat is stopped: {CRASH}\]", 60)
    linux, heartbeat = session.json("guest list")
    assert heartbeat["state"] == "stopped" and re.fullmatch(CRASH, heartbeat["why"]), heartbeat
    assert linux["state"] == "running"
    assert re.search(f"heartbeat: stopped: {CRASH}", session.ask("log"))
    goes_on(session)


def test_the_power_button_shuts_linux_down(session):
    """Stock Linux hears it by its SCI, its acpid acts, and S5 ends this guest."""
    counter = "/sys/firmware/acpi/interrupts/ff_pwr_btn"
    assert session.shell(f"cat {counter}").split()[:2] == ["0", "EN"]
    assert session.ask("guest stop linux") == \
        "linux: its power button is pressed; with --force it ends at once"
    session.attach("linux")
    session.machine.expect("muntin-guest: power button", 60)
    session.machine.expect(r"\[linux is off\]", 60)
    assert session.state("linux") == "off"


def test_reboot_starts_the_machine_again(session):
    session.detach()
    session.machine.send("reboot\r")
    session.machine.expect(r"^rebooting\r*\n", 30)
    session.machine.expect(r"^Muntin \d+\.\d+ \(", 60)
    session.wait_prompt(60)
    assert session.exits("heartbeat")[0]["total"] < 1000
