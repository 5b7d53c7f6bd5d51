# SPDX-License-Identifier: Apache-2.0
"""A machine with ACPI tables: Bochs has none under OVMF, so a shim installs some before Muntin."""
import os
import struct

from machine import BUILD
from session import Session, plain

CONF = """\
[guest heartbeat]
cpus = 2
memory = 16M
kernel = /guests/heartbeat.elf
"""
ENABLED, ABSENT = 1, 0
ISA_IRQ_OF_THE_TIMER, ITS_GSI, AS_THE_BUS_SAYS = 0, 2, 0


def table(signature, revision, body):
    """An ACPI table; firmware computes the checksum when it installs it."""
    return struct.pack("<4sIBB6s8sI4sI", signature, 36 + len(body), revision, 0, b"MUNTIN",
                       b"TESTSHIM", 1, b"TEST", 1) + body


def local_apic(uid, apic_id, flags):
    return struct.pack("<BBBBI", 0, 8, uid, apic_id, flags)


def local_x2apic(uid, apic_id, flags):
    return struct.pack("<BBHIII", 9, 16, 0, apic_id, flags, uid)


def ioapic():
    """Where Bochs has its own."""
    return struct.pack("<BBBBII", 1, 12, 4, 0, 0xFEC00000, 0)


def override():
    return struct.pack("<BBBBIH", 2, 10, 0, ISA_IRQ_OF_THE_TIMER, ITS_GSI, AS_THE_BUS_SAYS)


def madt(*entries):
    """With both 8259s, as any PC."""
    return table(b"APIC", 3, struct.pack("<II", 0xFEE00000, 1) + b"".join(entries))


def started(stick, boot, shim, tmp_path, tables):
    """Boot with the tables; returns the session and what the boot room said."""
    (tmp_path / "tables.bin").write_bytes(b"".join(tables))
    image = stick(CONF, {
        "/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf"),
        "/EFI/BOOT/MUNTIN.EFI": os.path.join(BUILD, "BOOTX64.EFI"),
        "/EFI/muntin/tables.bin": tmp_path / "tables.bin"}, efi=shim("give_acpi"))
    machine = boot(image, memory="256M", life=180)
    machine.expect("give_acpi: the tables are installed", 120)
    session = Session(machine)
    session.wait_prompt(60)
    return session, plain(machine.transcript())


def test_processors_come_from_acpi_where_there_is_acpi(stick, boot, shim, tmp_path):
    # In no order, the processor that boots at the end, one listed by both of its IDs, an empty socket
    # that repeats an ID. MP Services would find a fourth.
    session, said = started(stick, boot, shim, tmp_path, [madt(
        local_apic(7, 3, ENABLED), local_x2apic(8, 2, ENABLED), local_apic(1, 0, ENABLED),
        local_apic(9, 2, ABSENT), local_x2apic(7, 3, ENABLED),
        local_apic(3, 77, ABSENT), override(), ioapic())])
    assert "ACPI MADT" not in said
    log = session.ask("log")
    assert "3 processors (ACPI)" in log, log
    assert session.beat(1) >= 2
    assert session.ask("selftest", 120).splitlines()[-1] == "selftest: ok"


def test_a_broken_table_is_said_and_what_is_good_of_it_used(stick, boot, shim, tmp_path):
    # An entry of length 0 would be read for ever.
    session, said = started(stick, boot, shim, tmp_path, [
        madt(*[local_apic(i, i, ENABLED) for i in range(4)], ioapic(), b"\0\0" + bytes(20)),
        table(b"FACP", 1, b"too short")])
    assert "Muntin: ACPI MADT: APIC: entry of type 0 at offset 88 says 0 bytes" in said
    assert "Muntin: ACPI FADT: " in said
    assert "4 processors (ACPI)" in session.ask("log")
    assert session.beat(1) >= 2
