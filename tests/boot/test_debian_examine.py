# SPDX-License-Identifier: Apache-2.0
"""Debian's Linux examines its machine with Debian's programs (tools/guests/examine.sh), under Muntin and on the same
rig without it: nothing may fail under Muntin that passes bare. build/examine-report.txt has both runs.
"""
import collections
import os
import re

import pytest

import bare
from machine import BUILD, Machine
from session import SHELL, Session, plain

KERNEL = os.path.join(BUILD, "guests/vmlinuz")
INITRD = os.path.join(BUILD, "guests/examine.cpio")
CPUS = 2
MEMORY = "512M"
CONF = rf"""
[guest linux]
cpus = 1-{CPUS}
memory = {MEMORY}
kernel = \guests\vmlinuz
initrd = \guests\examine.cpio
cmdline = "console=ttyS0"
"""
# Bochs' CPUID leaf 15H tells a bare Linux a frequency that its TSC has not.
BARE_CMDLINE = "console=ttyS0 tsc_early_khz=20000"
BOOT_S = 500
EXAMINE_S = 700
LINE = re.compile(r"^examine: (\w[\w-]*) (ok|fail|skip)\b ?(.*)$", re.MULTILINE)

# What must be seen, whatever the bare machine says: else silence would pass.
MUST_PASS = """dmi_flawless dmi_type_0 dmi_type_1 dmi_type_4 dmi_type_16 dmi_type_17 dmi_type_19 dmi_type_32 dmi_type_127
    acpidump acpi_facp acpi_apic acpi_dsdt cpuid_twice cpuid_apic_ids msr_tsc_moves msr_unknown_faults msr_pat_written
    msr_pat_reserved_faults pci_both_ways cpu_offline_online rtc_is_right rtc_alarm
    stress_processors stress_clocks stress_memory selftest_posix_timers selftest_nanosleep selftest_rtcpie
    selftest_mqueue-lat selftest_inconsistency-check selftest_threadtest selftest_nsleep-lat
    selftest_set-timer-lat selftest_raw_skew tsc_is_stable quiet_kernel""".split()

Verdict = collections.namedtuple("Verdict", "outcome why")


def verdicts(machine):
    """{name: verdict} of an examination, at a shell's prompt."""
    machine.send("examine\r")
    machine.expect(r"^examine: done\r*\n", EXAMINE_S)
    text = plain(machine.talk.before)
    machine.expect(SHELL, 60)
    return {name: Verdict(outcome, why) for name, outcome, why in LINE.findall(text)}


def run_bare(place):
    """GRUB, the same kernel, the same initramfs."""
    disk = str(place / "bare.img")
    bare.make_linux_disk(disk, KERNEL, INITRD, BARE_CMDLINE)
    with Machine("examine-bare", disk, life=BOOT_S + EXAMINE_S, firmware="bios", cpus=CPUS,
                 memory=MEMORY) as machine:
        machine.expect(SHELL, BOOT_S)
        return verdicts(machine)


def run_guest(image):
    """As Muntin's guest, which has the console to itself."""
    with Machine("examine", image, life=BOOT_S + EXAMINE_S, cpus=CPUS + 1) as machine:
        session = Session(machine)
        session.wait_prompt(BOOT_S)
        session.attach("linux")
        machine.expect(SHELL, BOOT_S)
        return verdicts(machine)


def write_report(of_bare, of_muntin):
    """Both runs, a line a name."""
    with open(os.path.join(BUILD, "examine-report.txt"), "w", encoding="utf-8") as f:
        f.write("# what was examined: bare, Muntin\n")
        for name in sorted({*of_bare, *of_muntin}):
            pair = (("bare", of_bare.get(name)), ("Muntin", of_muntin.get(name)))
            f.write(f"{name}: {', '.join(v.outcome if v else 'absent' for _, v in pair)}\n")
            f.writelines(f"    {machine}: {v.why}\n" for machine, v in pair if v and v.why)


@pytest.fixture(scope="module", name="results")
def both_runs(stick, tmp_path_factory):
    """(bare, Muntin), each {name: verdict}."""
    image = stick(CONF, {"/guests/vmlinuz": KERNEL, "/guests/examine.cpio": INITRD})
    of_muntin = run_guest(image)
    of_bare = run_bare(tmp_path_factory.mktemp("bare"))
    write_report(of_bare, of_muntin)
    return of_bare, of_muntin


def test_nothing_fails_under_muntin_that_passes_bare(results):
    of_bare, of_muntin = results
    worse = {name: of_muntin.get(name, "absent") for name, verdict in of_bare.items()
             if verdict.outcome == "ok" and (name not in of_muntin or of_muntin[name].outcome != "ok")
             and not is_of_its_machine(name)}
    assert not worse, worse


def is_of_its_machine(name):
    """Each machine has the ACPI tables it has."""
    return name.startswith("acpi_") and name not in MUST_PASS


def test_no_acpi_table_of_the_guest_is_faulty(results):
    _, of_muntin = results
    tables = {name: verdict for name, verdict in of_muntin.items() if name.startswith("acpi_")}
    assert tables and all(verdict.outcome == "ok" for verdict in tables.values()), tables


@pytest.mark.parametrize("name", MUST_PASS)
def test_the_guest_finds_in_order(results, name):
    _, of_muntin = results
    assert name in of_muntin and of_muntin[name].outcome == "ok", of_muntin.get(name, "absent")


def test_the_bare_machine_passes_most(results):
    """If it did not, the comparison would say nothing."""
    of_bare, _ = results
    passed = [name for name, verdict in of_bare.items() if verdict.outcome == "ok"]
    assert len(passed) >= 0.75 * len(of_bare), of_bare
