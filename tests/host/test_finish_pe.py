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
    def run(contents):
        path = tmp_path / "pe"
        path.write_bytes(contents)
        done = subprocess.run([os.path.join(TOP, "tools", "finish-pe"), str(path)], text=True,
                              capture_output=True, check=False)
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
