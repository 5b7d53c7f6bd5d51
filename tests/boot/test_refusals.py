# SPDX-License-Identifier: Apache-2.0
"""Refusals: everything that is wrong is said in one list, in words, and firmware goes on."""
import os
import re
import shutil
import subprocess

import pytest

from machine import BUILD
from session import plain

HEARTBEAT = os.path.join(BUILD, "guests/heartbeat.elf")
GOOD = """\
[guest heartbeat]
cpus = 1
memory = 16M
kernel = /guests/heartbeat.elf
"""
FILES = {"/guests/heartbeat.elf": HEARTBEAT}
TITLE = "Muntin cannot start on this machine with this configuration:"
END = "Nothing was changed. Returning to firmware."
NO_VTX = ("this processor has no VT-x (CPUID.1:ECX bit 5): Muntin needs an Intel processor with "
          "VT-x; under QEMU use KVM with nested VT-x, or Bochs")
# OVMF goes on with the next entry of its boot menu, and says why.
FIRMWARE_GOES_ON = 'BdsDxe: failed to start Boot0001 .*: Load Error'

EVERYTHING = """\
# All of these are wrong; guests one and five are as they should be, but for one line.
stray = 1
[montior]
[monitor]
sped = 9600
speed = fast
console = com9
[guest one]
cpus = 1
memory = 16M
kernel = /guests/none.elf
memroy = 5M
[guest one]
cpus = 1
memory = 64G
kernel = /guests/empty.elf
[guest two]
cpus = 2,17
memory = 16M
kernel = /guests/text.elf
initrd = /guests/none.img
[guest three]
cpus = 3,3
memory = 512Q
kernel = "/guests/heartbeat.elf
[guest four]
cpus = 0
memory = 3M
kernel = /guests/initrd.cpio
autostart = maybe
[guest five]
kernel = /guests/heartbeat.elf
[guest six]
memory = 2M
kernel = /guests/heartbeat.elf
initrd = /guests/initrd.cpio
"""
# Line, what was found, what to write.
MESSAGES = """\
2: "stray = 1" is in no section: write [monitor] or [guest NAME] above it
3: unknown section "montior": did you mean [monitor]? Write [monitor], [guest NAME] or [image NAME]
5: unknown key "sped": did you mean "speed"? The keys of [monitor] are: console, \
speed, password, lock-after, locked-consoles, startup, on-panic
6: speed = fast: not a number: write bits per second: 1200, 2400, 4800, 9600, 19200, 38400, 57600 \
or 115200
7: console = com9: unknown value: write com1, com2 or none
11: \\guests\\none.elf: not found on the volume Muntin was started from; write the path from its \
root, or put the file there
12: unknown key "memroy": did you mean "memory"? The keys of [guest] are: cpus, memory, kernel, \
type, load, entry, initrd, modules, cmdline, autostart, signature, on-crash, on-reboot, depends-on, uuid, \
debugcon, hpet
13: guest "one" is there already, on line 8: write another name
18: guest "two" asks for processor 17, which is not there: this machine has 4, write some of those \
(0-3)
20: \\guests\\text.elf: not a kernel Muntin can boot: not a kernel: neither "HdrS" at offset 0x202 \
(Linux bzImage) nor a Multiboot header in the first 8192 (2: 32768) bytes nor ELF nor firmware
21: \\guests\\none.img: not found on the volume Muntin was started from; write the path from its \
root, or put the file there
23: cpus = 3,3: processor 3 is in the list twice: write processors from 0 to 1023, such as 1-2,5
24: memory = 512Q: unknown unit "Q": write a size with K, M or G, a multiple of 2M up to 65536G, \
such as 512M
25: kernel = "/guests/heartbeat.elf: the quote is not closed: write a file on the boot volume, such \
as /EFI/muntin/vmlinuz
28: memory = 3M: not a multiple of 2M (the nearest are 2048K and 4096K): write a size with K, M or \
G, a multiple of 2M up to 65536G, such as 512M
29: \\guests\\initrd.cpio: not a kernel Muntin can boot: it is a cpio archive; that belongs behind \
`initrd =`
30: autostart = maybe: unknown value: write yes or no
31: guest "five" has no cpus: write a line "cpus = ...", processors from 0 to 1023, such as 1-2,5
31: guest "five" has no memory: write a line "memory = ...", a size with K, M or G, a multiple of \
2M up to 65536G, such as 512M
33: guest "six" has no cpus: write a line "cpus = ...", processors from 0 to 1023, such as 1-2,5
""".splitlines()
# What the machine decides is matched in part: (line, pattern). Processor 0 is shared with the monitor.
PATTERNS = [
    (14, r'processor 1 is asked for by guest "one" here and by guest "one" on line 9: give it to one '
         r"of them \(unclaimed: .*\)"),
    (15, r'guest "one" asks for 65536M of memory, free for it are \d+M .*; write less'),
    (16, r"\\guests\\empty\.elf: the file is empty.*"),
    (34, r'guest "six": the kernel ends at 0x\w+ and the initrd needs \d+ KiB below 4 GiB: give the '
         r"guest \d+ MiB of memory or more; it has 2 MiB"),
]


def refusal(machine, firmware=FIRMWARE_GOES_ON, timeout=120):
    """The messages of a refusal; afterwards firmware must go on.

    Firmware's own console is on the same line here, so each message is there twice: once from
    firmware's terminal, which may break it, once from Muntin's own UART driver.
    """
    machine.expect(re.escape(TITLE), timeout)
    machine.expect(re.escape(END), 60)
    said = plain(machine.talk.before)
    machine.expect(firmware, 60)
    return said


def lost_some(line, whole):
    """Whether a line is another one with characters missing."""
    rest = iter(whole)
    return len(line) < len(whole) and all(c in rest for c in line)


def messages(said):
    """The lines of a refusal, each once.

    On a busy host firmware's terminal gives characters up, ends of lines among them; then Muntin's own
    copy, indented by two blanks and always whole, follows on the same row.
    """
    lines = [line.rpartition("  ")[2].strip() for line in said.splitlines() if "  " in line]
    found = []
    for line in lines:
        if line and line not in found and not any(lost_some(line, other) for other in lines):
            found.append(line)
    return found


def on_qemu(boot, image, **options):
    """A machine without VT-x, started from a USB stick."""
    return boot(image, rig="qemu-tcg", life=120, **options)


def test_everything_wrong_with_a_config_is_listed_at_once(stick, boot, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("no kernel\n")
    image = stick(EVERYTHING, check=False, files={
        **FILES, "/guests/empty.elf": tmp_path / "empty", "/guests/text.elf": tmp_path / "text",
        "/guests/initrd.cpio": os.path.join(BUILD, "guests/initrd.cpio")})
    found = messages(refusal(on_qemu(boot, image)))
    # What is wrong with the machine comes in the same list.
    assert NO_VTX in found
    ours = [line.partition("muntin.conf:")[2] for line in found if "muntin.conf:" in line]
    for message in MESSAGES:
        assert message in ours, message
    for line, pattern in PATTERNS:
        assert any(re.fullmatch(f"{line}: {pattern}", message) for message in ours), pattern
    # No false alarm: nothing about a line that is right, nothing twice in other words.
    known = MESSAGES + [m for line, p in PATTERNS for m in ours if re.fullmatch(f"{line}: {p}", m)]
    assert [m for m in ours if m not in known] == []


def test_a_machine_without_vtx_is_refused_from_a_usb_stick(stick, boot):
    machine = on_qemu(boot, stick(GOOD, FILES), cpus=2)
    found = messages(refusal(machine))
    assert NO_VTX in found
    assert not [m for m in found if "muntin.conf" in m], found


def test_a_stick_without_a_config_is_refused(stick, boot):
    found = messages(refusal(on_qemu(boot, stick(None), cpus=1)))
    assert any(m.startswith(r"\EFI\muntin\muntin.conf: not found on the volume Muntin was started "
                            "from; put a config there") for m in found), found


@pytest.mark.parametrize("what, junk, message", [
    ("binary", bytes(range(256)) * 16, "muntin.conf:1: not a text file: byte 0x00 at offset 0: save "
     "it as plain text (UTF-8)"),
    ("2 MB", os.urandom(2000000), "muntin.conf: the file has 2000000 bytes: write at most 65536 "
     "(64 KiB); is it the right file?"),
], ids=["binary", "2_MB"])
def test_junk_for_a_config_is_refused(stick, boot, what, junk, message):
    found = messages(refusal(on_qemu(boot, stick(junk), cpus=1)))
    assert message in found, (what, found)
    # Nothing more is made of it.
    assert len([m for m in found if "muntin.conf" in m]) == 1, found


def test_under_u_boot_it_starts_and_refuses_in_words(stick, boot):
    # No SSE, an RSDP of revision 0, no MP Services; its console is the same serial line.
    machine = on_qemu(boot, stick(GOOD, FILES), firmware="u-boot", cpus=2)
    found = messages(refusal(machine, firmware=r"^=> "))
    assert NO_VTX in found
    assert not [m for m in found if "muntin.conf" in m], found


# --- Processors with VT-x that lacks something: one boot each, as only Bochs emulates these

def bochs_refusal(boot, image, model):
    """What Muntin says about a processor model of Bochs."""
    return messages(refusal(boot(image, model=model, cpus=1, memory="256M", life=120)))


def controls(name, word="secondary processor-based"):
    """The message about a control that the processor does not have."""
    return f'this processor\'s VMX cannot run with "{name}" on ({word} controls)'


def test_a_pentium_without_vmx_is_refused(stick, boot):
    found = bochs_refusal(boot, stick(GOOD, FILES), "p4_prescott_celeron_336")
    assert NO_VTX in found


def test_vmx_without_ept_is_refused(stick, boot):
    found = bochs_refusal(boot, stick(GOOD, FILES), "core2_penryn_t9600")
    assert NO_VTX not in found
    assert controls("enable EPT") in found


def test_ept_without_unrestricted_guest_is_refused(stick, boot):
    found = bochs_refusal(boot, stick(GOOD, FILES), "corei5_lynnfield_750")
    assert controls("enable EPT") not in found
    assert controls("unrestricted guest") in found


def test_vtx_locked_off_by_firmware_is_refused(stick, boot, shim):
    image = stick(GOOD, {**FILES, "/EFI/BOOT/MUNTIN.EFI": os.path.join(BUILD, "BOOTX64.EFI")},
                  efi=shim("lock_vmx"))
    machine = boot(image, cpus=1, memory="256M", life=120)
    machine.expect("lock_vmx: VMX is off and locked", 60)
    found = messages(refusal(machine))
    assert any(m.startswith("firmware has switched VT-x off and locked it (IA32_FEATURE_CONTROL = "
                            "0x1): enable ") for m in found), found


# --- The same on the desk

@pytest.fixture(name="check")
def muntin_check(tmp_path):
    """check(config, options) runs build/muntin-check: (exit status, lines)."""
    def run(conf, *options):
        path = tmp_path / "muntin.conf"
        path.write_text(conf)
        done = subprocess.run([os.path.join(BUILD, "muntin-check"), "muntin.conf", *options],
                              cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, (done.stdout + done.stderr).splitlines()
    return run


def test_muntin_check_prints_the_plan_of_a_good_config(check):
    status, lines = check(GOOD, "--cpus", "2", "--memory", "64M")
    assert status == 0
    assert lines[0] == "guest heartbeat, 16M"


def test_muntin_check_says_what_the_stick_would_say(check):
    status, lines = check(EVERYTHING)
    assert status == 1
    # All but what only the files on a stick tell.
    expected = {f"muntin.conf:{m}" for m in MESSAGES
                if not re.search(r"guests.none|a kernel Muntin", m)}
    assert expected <= set(lines)
    for line in set(lines) - expected:
        assert any(re.fullmatch(rf"muntin\.conf:{number}: {pattern}", line)
                   for number, pattern in PATTERNS), line
    status, lines = check(GOOD.replace("cpus = 1", "cpus = 17"), "--cpus", "4")
    assert status == 1
    assert lines == ['muntin.conf:2: guest "heartbeat" asks for processor 17, which is not there: '
                     "this machine has 4, write some of those (0-3)"]


def test_muntin_check_holds_images_against_their_guests(check, tmp_path):
    (tmp_path / "guests").mkdir()
    shutil.copy(HEARTBEAT, tmp_path / "guests")
    (tmp_path / "guests/initrd").write_bytes(bytes(20 << 20))
    conf = GOOD + "initrd = /guests/initrd\n"
    assert check(conf, "--root", ".", "--memory", "64M")[0] == 1
    assert check(conf.replace("16M", "32M"), "--root", ".", "--memory", "64M")[0] == 0
    status, lines = check(GOOD.replace("heartbeat.elf", "initrd"), "--root", ".")
    assert status == 1
    assert [m for m in lines if m.startswith("muntin.conf:4: \\guests\\initrd: not a kernel Muntin")]
    conf = GOOD + "modules = /guests/initrd text; /guests/none\n"
    status, lines = check(conf.replace("16M", "32M"), "--root", ".", "--memory", "64M")
    assert (status, len(lines)) == (1, 1) and "guests/none: No such file" in lines[0]
    status, lines = check(GOOD + "modules = /guests/initrd\n", "--root", ".", "--memory", "64M")
    assert status == 1 and "and the modules need 20480 KiB below 4 GiB" in lines[0]


def test_muntin_check_tells_wrong_use_from_a_wrong_config(check):
    assert check(GOOD, "--cpus", "none")[0] == 2
    assert check(GOOD, "--no-such-option")[0] == 2
