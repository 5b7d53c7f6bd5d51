# SPDX-License-Identifier: Apache-2.0
"""What the commands that show the machine say of one that is known: its processors, memory, wires and ACPI tables."""
import os
import re
import subprocess
import zlib

import pytest

from machine import BUILD
from session import Session
from test_acpi_machine import ENABLED, ioapic, local_apic, madt, override, table

CONF = """\
[guest heartbeat]
cpus = 1
memory = 16M
kernel = /guests/heartbeat.elf

[guest spare]
cpus = 2
memory = 4M
kernel = /guests/heartbeat.elf
cmdline = "a \\"quoted\\" word"
autostart = no
"""
PROCESSORS = 4
FREE_CPU = 3
POWER_ON = 1800000000  # what the machine's clock says when it is switched on
UART_VECTOR = "0xf1"
MSR_TSC, MSR_APIC_BASE, MSR_X2APIC_EOI = 0x10, 0x1B, 0x80B
OK, FAILED, USAGE = 0, 1, 2


def compiled_ssdt(place):
    """A real table, so that iasl has something to take apart."""
    source = place / "ssdt.asl"
    source.write_text('DefinitionBlock ("", "SSDT", 2, "MUNTIN", "TESTSSDT", 1) '
                      '{ Name (MUNT, "a bar between two panes") }')
    subprocess.run(["iasl", "-p", str(place / "ssdt"), str(source)], check=True, capture_output=True)
    return (place / "ssdt.aml").read_bytes()


@pytest.fixture(scope="module", name="tables")
def tables_given(tmp_path_factory):
    """What the machine's firmware has."""
    # The last line of this one is short, and what stands behind it looks like hexadecimal digits.
    odd = table(b"OEM1", 2, bytes(range(256)) + b"AB")
    return {"APIC": madt(*[local_apic(i, i, ENABLED) for i in range(PROCESSORS)], override(), ioapic()),
            "OEM1": odd, "SSDT": compiled_ssdt(tmp_path_factory.mktemp("asl"))}


@pytest.fixture(scope="module", name="session")
def machine_with_tables(shared_boot, stick, shim, tables, tmp_path_factory):
    """One machine for all tests here."""
    binary = tmp_path_factory.mktemp("tables") / "tables.bin"
    binary.write_bytes(b"".join(tables.values()))
    image = stick(CONF, {
        "/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf"),
        "/EFI/BOOT/MUNTIN.EFI": os.path.join(BUILD, "BOOTX64.EFI"),
        "/EFI/muntin/tables.bin": binary}, efi=shim("give_acpi"))
    session = Session(shared_boot("machine", image, memory="256M", life=300, time=POWER_ON))
    session.wait_prompt(120)
    session.beat(1)
    return session


# --- Processors

def test_each_processor_has_its_owner(session):
    cpus = session.json("cpu list")
    assert [(c["cpu"], c["apic_id"], c["owner"], c["guest"], c["state"]) for c in cpus] == [
        (0, 0, "monitor", None, "running"), (1, 1, "guest", "heartbeat", "running"),
        (2, 2, "guest", "spare", "off"), (3, 3, "free", None, "asleep")]


def test_the_processors_of_bochs_do_not_differ(session):
    assert {(c["differs"], c["model"]) for c in session.json("cpu list")} == {("", session.json("cpu list")[0]["model"])}


def test_an_msr_is_read_on_the_processor_asked(session):
    own, other = (int(session.json(f"msr read {cpu} {MSR_APIC_BASE:#x}")["value"], 16) for cpu in (0, FREE_CPU))
    bootstrap, enabled, x2apic = 1 << 8, 1 << 11, 1 << 10
    assert own & (bootstrap | enabled | x2apic) == bootstrap | enabled | x2apic
    assert other == own & ~bootstrap


def test_a_processor_answers_again_and_again(session):
    values = [int(session.json(f"msr read {FREE_CPU} {MSR_TSC:#x}")["value"], 16) for _ in range(5)]
    assert values == sorted(set(values))


def test_an_msr_that_is_refused_is_no_disaster(session):
    for cpu in (0, FREE_CPU):
        status, text = session.run(f"msr read {cpu} {MSR_X2APIC_EOI:#x}")
        assert status == FAILED and "refuses" in text
    assert session.run("selftest")[0] == OK


def test_a_guest_is_not_disturbed_for_an_msr_until_it_has_ended(session):
    status, text = session.run("msr read 1 0x10")
    assert status == FAILED and "guest heartbeat" in text
    # One that has never run has its processor in VMX operation already; one that has ended has given it back.
    assert session.run("msr read 2 0x10")[0] == FAILED
    assert session.run("guest start spare")[0] == OK
    session.attach("spare")
    session.machine.expect(r"heartbeat: 1\r*\n", 60)
    assert session.run("guest stop spare --force")[0] == OK
    assert session.run("msr read 2 0x10")[0] == OK
    # And it starts again, although it was asked in its sleep.
    assert session.run("guest start spare")[0] == OK
    session.attach("spare")
    session.machine.expect(r"heartbeat: 1\r*\n", 60)
    assert session.run("guest stop spare --force")[0] == OK


def test_cpuid_is_the_machines_or_the_guests(session):
    leaf = session.json("cpuid 0x40000000 0 heartbeat")
    assert bytes.fromhex(leaf["ebx"][2:])[::-1] == b"KVMK"
    vmx = 1 << 5
    assert int(session.json("cpuid 1")["ecx"], 16) & vmx
    assert not int(session.json("cpuid 1 0 heartbeat")["ecx"], 16) & vmx


# --- Memory

def test_no_page_has_two_owners(session):
    pieces = session.json("memory map")["pieces"]
    spans = [(int(p["start"], 16), int(p["end"], 16)) for p in pieces]
    assert spans == sorted(spans)
    assert all(end < start for (_, end), (start, _) in zip(spans, spans[1:]))
    assert all(end - start + 1 == p["size_bytes"] for (start, end), p in zip(spans, pieces))


def test_the_map_has_the_guests_ram_the_image_and_the_arena(session):
    memory = session.json("memory map")
    pieces = memory["pieces"]
    ram = {p["owner"]: (p["size_bytes"], p["gpa"], p["access"]) for p in pieces if p["what"] == "RAM"}
    assert ram == {"heartbeat": (16 << 20, "0x0", "rwx"), "spare": (4 << 20, "0x0", "rwx")}
    access = {p["what"]: p["access"] for p in pieces}
    assert (access["image code"], access["image constants"], access["image data"]) == ("rx", "ro", "rw")
    assert access["config file"] == access["boot info"] == access["kernel image"] == "ro"
    assert sum(p["what"].startswith("main stack") for p in pieces) == PROCESSORS
    free = session.json("memory free")
    assert free["sealed"] and free["used_bytes"] + free["free_bytes"] == free["arena_bytes"]
    assert [p["size_bytes"] for p in pieces if p["what"] == "arena, free"] == [free["free_bytes"]]
    assert memory["totals"]["arena_free_bytes"] == free["free_bytes"]


def test_plan_and_map_are_of_one_mind(session):
    plan = session.json("plan show")
    ram = {(p["owner"], p["start"]) for p in session.json("memory map")["pieces"] if p["what"] == "RAM"}
    assert {(g["guest"], g["hpa"]) for g in plan["guests"]} == ram
    assert [g["cpus"] for g in plan["guests"]] == [[1], [2]]
    assert plan["monitor_cpu"] == 0 and not plan["monitor_shared"]


# --- PCI and interrupts

def test_the_functions_of_the_chipset_are_listed(session):
    functions = {f["address"]: (f["vendor"], f["device"], f["kind"]) for f in session.json("pci list")}
    assert functions["00:00.0"] == ("0x8086", "0x1237", "host bridge")  # 440FX
    assert functions["00:01.0"] == ("0x8086", "0x7000", "ISA bridge")   # PIIX3
    assert functions["00:01.1"][2] == "IDE controller"


def test_only_the_serial_line_interrupts_the_monitor(session):
    interrupts = session.json("irq list")
    heard = [(p["gsi"], p["vector"], p["destination"], p["who"]) for p in interrupts["pins"] if not p["masked"]]
    assert heard == [(4, UART_VECTOR, 0, "monitor")]
    assert interrupts["pic_masks"] == {"master": "0xff", "slave": "0xff"}


def test_a_guest_has_pins_of_its_own(session):
    pins = session.json("irq list heartbeat")["pins"]
    assert len(pins) == 24
    assert {p["gsi"]: p["who"] for p in pins if p["who"] != "nobody"} == {2: "timer", 4: "COM1", 8: "RTC", 9: "ACPI"}


# --- ACPI

def test_acpi_tables_are_listed(session, tables):
    listing = session.json("acpi list")["tables"]
    lengths = {t["signature"]: t["length"] for t in listing}
    assert all(lengths[signature] == len(given) for signature, given in tables.items()), lengths
    assert lengths.keys() == tables.keys() | {"XSDT"}
    assert {t["checksum"] for t in listing} == {"good"}
    assert [t["oem_table"] for t in listing if t["signature"] == "SSDT"] == ["TESTSSDT"]


def extracted(text, place):
    """What acpixtract makes of a dump: {signature: bytes}."""
    (place / "dump.txt").write_text(text + "\n")
    subprocess.run(["acpixtract", "-a", "dump.txt"], cwd=place, check=True, capture_output=True)
    return {f.stem.upper(): f.read_bytes() for f in place.glob("*.dat")}


def test_acpixtract_reads_the_dump_of_all_tables(session, tables, tmp_path):
    found = extracted(session.ask("acpi dump"), tmp_path)
    for signature, given in tables.items():
        # Firmware has put the checksum in.
        assert found[signature][:9] + found[signature][10:] == given[:9] + given[10:], signature
        assert sum(found[signature]) % 256 == 0


def test_iasl_takes_a_dumped_table_apart(session, tmp_path):
    lines = session.json("acpi dump SSDT")
    extracted("\n".join(lines), tmp_path)
    subprocess.run(["iasl", "-d", "ssdt.dat"], cwd=tmp_path, check=True, capture_output=True)
    assert "a bar between two panes" in (tmp_path / "ssdt.dsl").read_text()


def test_a_table_that_is_not_there_is_said(session):
    status, text = session.run("acpi dump NOPE")
    assert status == FAILED and 'no ACPI table "NOPE"' in text


# --- Config, plan, promises, time

def test_the_config_is_shown_with_its_defaults(session):
    shown = session.json("config show")
    assert shown["hash"] == f"{zlib.crc32(CONF.encode()):08x}"
    assert shown["file_bytes"] == len(CONF)
    settings = {(s["section"], s["key"]): (s["value"], s["line"]) for s in shown["settings"]}
    assert settings["monitor", "console"] == ("com1", None)
    assert settings["guest spare", "cmdline"] == ('a "quoted" word', 10)
    assert settings["guest spare", "autostart"] == ("no", 11)
    assert settings["guest heartbeat", "autostart"] == ("yes", None)
    assert settings["guest heartbeat", "memory"] == ("16M", 3)


def test_what_runs_is_what_was_asked_for(session):
    status, text = session.run("check")
    assert status == OK
    assert re.findall(r"^(\w+) ", text, re.MULTILINE) == ["result", *["ok"] * 4]


def test_every_promise_that_can_be_seen_holds(session):
    promises = {p["promise"]: p["state"] for p in session.json("promises")}
    assert promises.keys() == set(range(1, 9))
    assert {promises[n] for n in (3, 4, 7)} == {"holds"}
    checks = session.json("selftest")
    assert checks["failed"] == 0
    assert all(c["looked_at"] > 0 and c["result"] == "ok" for c in checks["checks"])


def test_the_time_is_right(session):
    first, second = session.json("time"), session.json("time")
    assert first["utc"].startswith("2027-01-15T08:0")
    assert POWER_ON < first["unix_seconds"] <= second["unix_seconds"] < POWER_ON + 300
    assert first["uptime_us"] < second["uptime_us"]
    assert (first["utc_source"], first["tsc_source"]) == ("firmware", "8254")
