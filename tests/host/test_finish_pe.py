# SPDX-License-Identifier: Apache-2.0
"""tools/finish-pe on PE files made here."""
import os
import struct
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Microsoft "PE Format": offsets in the optional header, and flags of sections.
HEADER, OPTIONAL_BYTES = 0x80, 240
OPTIONAL = HEADER + 24
SECTIONS = OPTIONAL + OPTIONAL_BYTES
READ, WRITE, EXECUTE = 0x40000000, 0x80000000, 0x20000000
NX_COMPAT, DYNAMIC_BASE = 0x0100, 0x0040
FILE_ALIGNMENT = 512
RAW_AT = 0x400


def pe_file(sections, alignment=4096, magic=0x20B, flags=0):
    """A PE file; @sections are (name, flags, contents)."""
    pe = bytearray(RAW_AT)
    struct.pack_into("<2s58xI", pe, 0, b"MZ", HEADER)
    struct.pack_into("<4sHHIIIHH", pe, HEADER, b"PE\0\0", 0x8664, len(sections), 0x12345678, 0, 0,
                     OPTIONAL_BYTES, 0)
    struct.pack_into("<H", pe, OPTIONAL, magic)
    struct.pack_into("<II", pe, OPTIONAL + 32, alignment, FILE_ALIGNMENT)
    struct.pack_into("<I", pe, OPTIONAL + 64, 0xDEADBEEF)
    struct.pack_into("<H", pe, OPTIONAL + 70, flags)
    for index, (name, section_flags, contents) in enumerate(sections):
        assert len(contents) % FILE_ALIGNMENT == 0
        struct.pack_into("<8sIIII12xI", pe, SECTIONS + 40 * index, name, len(contents),
                         0x1000 * (index + 1), len(contents), len(pe), section_flags)
        pe += contents
    return bytes(pe)


def text(flags=READ | EXECUTE):
    return (b".text", flags, b"\x90" * 1024)


def data(contents=b"d" * 512, flags=READ | WRITE):
    return (b".data", flags, contents)


@pytest.fixture
def finish(tmp_path):
    """Run the tool on a file of these bytes; gives exit status, what it said, and the file after."""
    def run(contents, elf=None):
        path = tmp_path / "pe"
        path.write_bytes(contents)
        command = [os.path.join(TOP, "tools", "finish-pe"), str(path)]
        if elf is not None:
            (tmp_path / "elf").write_bytes(elf)
            command.append(str(tmp_path / "elf"))
        done = subprocess.run(command, text=True, capture_output=True, check=False)
        return done.returncode, done.stdout + done.stderr, path.read_bytes()
    return run


def half(pe, at):
    return struct.unpack_from("<H", pe, at)[0]


def word(pe, at):
    return struct.unpack_from("<I", pe, at)[0]


def test_file_is_marked_as_one_whose_data_is_never_executed(finish):
    status, said, pe = finish(pe_file([text(), data()]))
    assert (status, said) == (0, "")
    assert half(pe, OPTIONAL + 70) == NX_COMPAT | DYNAMIC_BASE


def test_marks_that_were_there_stay(finish):
    _, _, pe = finish(pe_file([text(), data()], flags=0x8000))
    assert half(pe, OPTIONAL + 70) == 0x8000 | NX_COMPAT | DYNAMIC_BASE


def test_time_and_checksum_are_taken_out(finish):
    _, _, pe = finish(pe_file([text(), data()]))
    assert word(pe, HEADER + 8) == 0 and word(pe, OPTIONAL + 64) == 0


def test_rest_of_the_file_is_as_it_was(finish):
    before = pe_file([text(), data()])
    _, _, pe = finish(before)
    assert pe[SECTIONS:] == before[SECTIONS:] and pe[:HEADER + 8] == before[:HEADER + 8]


def test_finishing_twice_is_finishing_once(finish):
    _, _, once = finish(pe_file([text(), data(b"d" + bytes(2047))]))
    status, _, twice = finish(once)
    assert status == 0 and twice == once


@pytest.mark.parametrize("last, kept", [
    (b"d" * 512 + bytes(2048), 512), (b"d" * 513 + bytes(511), 1024), (b"d" * 1024, 1024),
    (bytes(511) + b"d" + bytes(512), 512), (bytes(1024), 0)])
def test_zeros_at_the_end_are_cut_to_the_file_alignment(finish, last, kept):
    before = pe_file([text(), data(last)])
    status, _, pe = finish(before)
    assert status == 0
    assert len(pe) == len(before) - len(last) + kept
    assert word(pe, SECTIONS + 40 + 16) == kept


def test_size_in_memory_is_kept_when_zeros_are_cut(finish):
    _, _, pe = finish(pe_file([text(), data(b"d" * 512 + bytes(2048))]))
    assert word(pe, SECTIONS + 40 + 8) == 2560


def test_zeros_of_other_sections_stay(finish):
    middle = (b".rodata", READ, b"r" + bytes(1023))
    before = pe_file([text(), middle, data()])
    _, _, pe = finish(before)
    assert len(pe) == len(before) and word(pe, SECTIONS + 40 + 16) == 1024


@pytest.mark.parametrize("sections, name", [
    ([text(READ | WRITE | EXECUTE), data()], ".text"),
    ([text(), data(flags=READ | WRITE | EXECUTE)], ".data"),
    ([text(), (b".reloc", WRITE | EXECUTE, b"r" * 512), data()], ".reloc")])
def test_section_that_is_writable_and_executable_is_refused_by_name(finish, sections, name):
    before = pe_file(sections)
    status, said, pe = finish(before)
    assert status == 1 and f"section {name} is both writable and executable" in said
    assert pe == before


@pytest.mark.parametrize("alignment", [32, 512, 2048])
def test_sections_that_share_a_page_are_refused(finish, alignment):
    before = pe_file([text(), data()], alignment=alignment)
    status, said, pe = finish(before)
    assert status == 1 and f"section alignment is {alignment}, not a page" in said
    assert pe == before


def test_32_bit_file_is_refused(finish):
    status, said, _ = finish(pe_file([text(), data()], magic=0x10B))
    assert status == 1 and "not a PE32+ file" in said


def test_other_file_is_refused(finish):
    status, said, _ = finish(b"MZ" + bytes(0x200))
    assert status == 1 and "not a PE file" in said


# --- Relocations (System V ABI, "Relocation"; "PE Format", "The .reloc Section (Image Only)")

RELATIVE, DIR64 = 8, 10 << 12
RELRO_AT = 0x2000


def elf_file(relocations):
    """An ELF file that has nothing but relocations: (offset, kind, addend)."""
    rela = b"".join(struct.pack("<QQq", *entry) for entry in relocations)
    names = b"\0.rela\0.names\0"
    headers = 64 + len(rela) + len(names)
    elf = struct.pack("<16s24xQ", b"\x7fELF", headers).ljust(0x3A, b"\0") + struct.pack("<HHH", 64, 3, 2)
    elf += rela + names + bytes(64)
    elf += struct.pack("<II16xQQ", 1, 4, 64, len(rela)).ljust(64, b"\0")
    elf += struct.pack("<II16xQQ", 7, 3, 64 + len(rela), len(names)).ljust(64, b"\0")
    return elf


def relocated(finish, relocations, room=512):
    """Run on a file with a .relro that says how many there are, and room for base relocations."""
    said = struct.pack("<QQ", 8, 24 * len(relocations))
    relro = (b".relro", READ | WRITE, said.ljust(512, b"\0"))
    return finish(pe_file([text(), relro, (b".reloc", READ, b"\0" * room), data()]), elf_file(relocations))


def test_relocations_become_base_relocations_with_their_addends_in_place(finish):
    status, said, pe = relocated(finish, [(RELRO_AT + 0x40, RELATIVE, 0x1234), (RELRO_AT + 0x18, RELATIVE, -1)])
    assert (status, said) == (0, "")
    relro_at = RAW_AT + 1024
    assert struct.unpack_from("<qq", pe, relro_at + 0x18)[0] == -1
    assert struct.unpack_from("<q", pe, relro_at + 0x40)[0] == 0x1234
    address, size = struct.unpack_from("<II", pe, OPTIONAL + 112 + 8 * 5)
    assert (address, size) == (0x3000, 12)
    assert struct.unpack_from("<IIHH", pe, relro_at + 512) == (RELRO_AT, 12, DIR64 | 0x18, DIR64 | 0x40)


def test_start_code_finds_no_relocation_left(finish):
    _, _, pe = relocated(finish, [(RELRO_AT + 0x40, RELATIVE, 1)])
    assert struct.unpack_from("<QQ", pe, RAW_AT + 1024) == (8, 0)


def test_odd_number_of_them_is_padded(finish):
    _, _, pe = relocated(finish, [(RELRO_AT + 0x40, RELATIVE, 1)])
    assert struct.unpack_from("<IIHH", pe, RAW_AT + 1024 + 512) == (RELRO_AT, 12, DIR64 | 0x40, 0)


@pytest.mark.parametrize("entry, complaint", [
    ((RELRO_AT + 0x40, 6, 1), "a relocation of kind 0x6 has no PE counterpart"),
    ((0x9000, RELATIVE, 1), "a relocation at 0x9000 is outside of all sections"),
], ids=["another kind", "outside"])
def test_relocation_that_cannot_be_made_is_refused(finish, entry, complaint):
    status, said, _ = relocated(finish, [entry])
    assert status == 1 and complaint in said


def test_too_little_room_is_refused_with_the_file_to_change(finish):
    status, said, _ = relocated(finish, [(RELRO_AT + 0x20, RELATIVE, 1)] * 300)
    assert status == 1 and ".reloc has 512 bytes, 608 are needed: see linker.ld" in said
