# SPDX-License-Identifier: Apache-2.0
"""Every kind of kernel but Linux and firmware, in one boot: what each is handed, and that a relaunch takes any other."""
import os
import re

import pytest

from machine import BUILD
from session import Session, plain

CONF = r"""
[guest kinds]
cpus = 1
memory = 8M
kernel = \guests\multiboot2.elf
initrd = \guests\initrd.txt
modules = "/guests/one.txt first \"one\"; \\guests\\two.txt; /guests/three.txt  third"
cmdline = alpha beta=1
[guest flat]
cpus = 2
memory = 4M
kernel = \guests\entered.bin
type = flat
load = 0x200000
modules = /guests/one.txt of flat
cmdline = thirty-two
[guest real]
cpus = 0
memory = 2M
kernel = \guests\boot.bin
type = flat
load = 0x7c00
entry = real
cmdline = sixteen
[image multiboot]
file = \guests\multiboot.elf
[image pvh]
file = \guests\pvh.elf
[image plain]
file = \guests\none.elf
[image elf64]
file = \guests\elf64.elf
[image words]
file = \guests\initrd.txt
"""

FILES = {"multiboot2.elf": "handed-multiboot2.elf", "multiboot.elf": "handed-multiboot.elf", "pvh.elf": "handed-pvh.elf",
         "none.elf": "handed-none.elf", "elf64.elf": "entered-64.elf", "entered.bin": "entered-32.bin",
         "boot.bin": "entered-16.bin"}
TEXTS = {"initrd.txt": "the initrd\n" * 500, "one.txt": "module one\n", "two.txt": "module two, longer\n" * 300,
         "three.txt": "3"}


@pytest.fixture(scope="module", name="session")
def three_guests(shared_boot, stick, tmp_path_factory):
    """One guest for all kinds that a file tells, and two flat ones."""
    place = tmp_path_factory.mktemp("texts")
    files = {f"/guests/{name}": os.path.join(BUILD, "guests", built) for name, built in FILES.items()}
    for name, text in TEXTS.items():
        (place / name).write_text(text)
        files[f"/guests/{name}"] = str(place / name)
    session = Session(shared_boot("images", stick(CONF, files), life=400, cpus=3))
    session.wait_prompt(180)
    return session


def printed(session, name):
    """All that a guest prints up to its last line."""
    session.attach(name)
    session.machine.expect(r"(handed|entered): that is all", 60)
    # The monitor's word on the guest may come in the middle of a line.
    return re.sub(r"\n\[\w+ is running\]\n", "", plain(session.machine.talk.before))


def relaunched(session, image):
    """The same of the guest `kinds` with another kernel."""
    session.ask(f"guest relaunch kinds --kernel {image}")
    return printed(session, "kinds")


def modules(nothing):
    """The initrd, which has no string, and what `modules =` lists."""
    rows = ((5500, "the initrd", nothing), (11, "module one", 'first "one"'), (5700, "module two, ", nothing),
            (1, "3", "third"))
    return [f'handed: module {i} aligned, {size} bytes "{first}", string "{string}"'
            for i, (size, first, string) in enumerate(rows)]


def assert_handed(told, protocol, lines):
    """Each line once, and nothing that the guest found wrong."""
    told = told.splitlines()
    for line in ['handed: entered "32 bits"', f'handed: protocol "{protocol}"', 'handed: command line "alpha beta=1"',
                 "handed: KiB of RAM 7808", *lines]:
        assert told.count(line) == 1, (line, told)


def test_multiboot_2_is_handed_all_it_requires(session):
    told = printed(session, "kinds")
    assert_handed(told, "Multiboot 2", ['handed: loader "Muntin"', "handed: KiB above 1 MiB 7168", 'handed: RSDP "there"',
                                        *modules("")])
    assert 'sections, the names are called ".shstrtab"' in told


def test_flat_file_is_entered_in_32_bit_mode(session):
    assert printed(session, "flat").splitlines()[-3:] == [
        "entered: 32 bits", 'entered: command line "thirty-two"', 'entered: module string "of flat"']


def test_flat_file_is_entered_in_real_mode(session):
    assert printed(session, "real").splitlines()[-3:] == [
        "entered: 16 bits", "entered: INT 15H knows no E820H, INT 12H says 640 KiB", 'entered: command line "sixteen"']


def test_multiboot_1_is_handed_modules_and_sections(session):
    told = relaunched(session, "multiboot")
    assert_handed(told, "Multiboot 1", ['handed: loader "Muntin"', "handed: KiB above 1 MiB 7168", *modules("none")])
    assert 'sections, the names are called ".shstrtab"' in told


def test_pvh_is_handed_modules_with_their_command_lines(session):
    assert_handed(relaunched(session, "pvh"), "start info", ['handed: RSDP "there"', *modules("none")])


def test_plain_elf_of_32_bits_is_handed_the_same(session):
    assert_handed(relaunched(session, "plain"), "start info", ['handed: RSDP "there"', *modules("none")])


def test_plain_elf_of_64_bits_is_entered_in_64_bit_mode(session):
    assert relaunched(session, "elf64").splitlines()[-6:] == [
        "entered: 64 bits", 'entered: command line "alpha beta=1"', 'entered: module string ""',
        'entered: module string "first "one""', 'entered: module string ""', 'entered: module string "third"']


def test_modules_are_shown_with_the_guest(session):
    assert session.json("guest show kinds")["modules"].startswith('/guests/one.txt first "one"; \\guests\\two.txt;')
    named = [row for row in session.ask("memory map").splitlines() if "module image" in row]
    assert len(named) == 4, named


def test_a_file_that_is_no_kernel_is_refused_and_the_guest_left_alone(session):
    assert "not a kernel" in session.ask("guest relaunch kinds --kernel words")
    assert session.state("kinds") == "running"


def test_selftest_finds_every_wall_standing(session):
    assert session.ask("selftest", 120).splitlines()[-1] == "selftest: ok"
