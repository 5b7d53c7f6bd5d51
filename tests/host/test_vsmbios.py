# SPDX-License-Identifier: Apache-2.0
"""A guest's SMBIOS tables as Debian's dmidecode reads them."""
import os
import struct
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TOP, "build/host/test_vsmbios")
BASE = 0xF0000  # guest-physical address of the image's first byte
GIB = 1 << 30
# Anchor, its place in the image, bytes of the entry point, where it keeps the table's address and in what form.
ENTRIES = {"_SM3_": (0x00, 0x18, 0x10, "<Q", [(5, 0, 0x18)]),
           "_SM_": (0x20, 0x1F, 0x18, "<I", [(0x15, 0x10, 0x1F), (4, 0, 0x1F)])}
ENTRY_BYTES = 0x20  # before the table in dmidecode's files


def right_sum(entry, place, first, end):
    entry[place] = 0
    entry[place] = -sum(entry[first:end]) % 256


def dump_of(image, anchor):
    """What `dmidecode --dump-bin` would write: the entry point, with the table's place in the file."""
    at, length, pointer, form, sums = ENTRIES[anchor]
    entry = bytearray(image[at:at + length])
    assert entry.startswith(anchor.encode())
    table = struct.unpack_from(form, entry, pointer)[0] - BASE
    struct.pack_into(form, entry, pointer, ENTRY_BYTES)
    for one in sums:
        right_sum(entry, *one)
    return bytes(entry).ljust(ENTRY_BYTES, b"\0") + image[table:]


def decoded(folder, guest, anchor, *words):
    image, dump = str(folder / "image"), str(folder / "dump")
    subprocess.run([PROGRAM, image, *map(str, guest)], check=True)
    with open(image, "rb") as f, open(dump, "wb") as to:
        to.write(dump_of(f.read(), anchor))
    done = subprocess.run(["dmidecode", "--from-dump", dump, *words],
                          capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def structures(text):
    """{type: [{key: value}]}"""
    found = {}
    for block in text.split("\nHandle ")[1:]:
        lines = block.splitlines()
        kind = int(lines[0].split("DMI type ")[1].split(",")[0])
        fields = [line.strip().partition(":") for line in lines[2:]]
        found.setdefault(kind, []).append({key: value.strip() for key, _, value in fields})
    return found


@pytest.mark.parametrize("anchor", ENTRIES)
def test_dmidecode_reads_every_structure_without_a_complaint(tmp_path, anchor):
    text = decoded(tmp_path, (2, 3 * GIB, GIB), anchor)
    assert "SMBIOS 3.0.0 present." in text or "SMBIOS 3.0 present." in text
    for sign in ("<OUT OF SPEC>", "<BAD INDEX>", "TRUNCATED", "broken", "Invalid", "Wrong", "!"):
        assert sign not in text, text
    told = structures(text)
    assert {kind: len(all_of) for kind, all_of in told.items()} == {
        0: 1, 1: 1, 4: 1, 16: 1, 17: 1, 19: 2, 32: 1, 127: 1}


def test_dmidecode_tells_whose_machine_it_is(tmp_path):
    told = structures(decoded(tmp_path, (1, GIB, 0), "_SM3_"))
    firmware, machine = told[0][0], told[1][0]
    assert firmware["Vendor"] == "Muntin" and firmware["Version"] == "Muntin 0.1 (abc)"
    assert firmware["Address"] == "0xF0000" and firmware["Runtime Size"] == "64 kB"
    assert {"ACPI is supported", "System is a virtual machine"} <= set(firmware)
    assert machine["Manufacturer"] == "Muntin" and machine["Product Name"] == "Guest"
    assert machine["Serial Number"] == "web-1"
    assert machine["UUID"] == "00112233-4455-6677-8899-aabbccddeeff"
    assert told[32][0]["Status"] == "No errors detected"


def test_dmidecode_counts_what_the_largest_guest_has(tmp_path):
    told = structures(decoded(tmp_path, (64, 3 * GIB, 65533 * GIB), "_SM3_"))
    processor, array, device = told[4][0], told[16][0], told[17][0]
    assert [processor[key] for key in ("Core Count", "Core Enabled", "Thread Count")] == ["64"] * 3
    assert processor["Manufacturer"] == "GenuineIntel" and processor["Current Speed"] == "2400 MHz"
    assert processor["Status"] == "Populated, Enabled"
    assert {"64-bit capable", "Multi-Core"} <= set(processor)
    assert array["Maximum Capacity"] == "64 TB" and array["Number Of Devices"] == "1"
    assert device["Size"] == "64 TB" and device["Locator"] == "RAM" and device["Type"] == "RAM"
    low, high = told[19]
    assert (low["Starting Address"], low["Ending Address"]) == ("0x00000000000", "0x000BFFFFFFF")
    # dmidecode 3.4 puts a k behind these, which are bytes.
    assert high["Starting Address"].rstrip("k") == "0x0000000100000000"
    assert high["Ending Address"].rstrip("k") == "0x000040003FFFFFFF"
    assert (low["Range Size"], high["Range Size"]) == ("3 GB", "65533 GB")


def test_dmidecode_counts_what_a_small_guest_has(tmp_path):
    told = structures(decoded(tmp_path, (1, 512 << 20, 0), "_SM_"))
    assert told[4][0]["Core Count"] == "1" and "Multi-Core" not in told[4][0]
    assert told[16][0]["Maximum Capacity"] == "512 MB" and told[17][0]["Size"] == "512 MB"
    assert told[19][0]["Range Size"] == "512 MB"
