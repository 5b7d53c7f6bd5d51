# SPDX-License-Identifier: Apache-2.0
"""Looking into guests from the line, in one boot: registers, VMCS, EPT, memory, callers, single steps."""
import json
import os
import re
import subprocess

import jsonschema
import pytest

from machine import BUILD, TOP
from session import Session

CONF = r"""
[guest heartbeat]
cpus = 1
memory = 4M
kernel = \guests\heartbeat.elf
[guest spin]
cpus = 2-3
memory = 4M
kernel = \guests\spin.bin
[guest exits]
cpus = 4
memory = 4M
kernel = \guests\exits.bin
[guest faults]
cpus = 5
memory = 4M
kernel = \guests\faults.bin
"""
OK, FAILED, TIMEOUT = 0, 1, 4
COLUMNS = 79
# Of spin.asm: where it spins, and where its two callers go on.
SPIN, SPIN_END, CALLERS = 0x100083, 0x100088, [0x100068, 0x100057]
STACK = 0x180000
IMAGE = range(0x100000, 0x200000)


def assemble(target, *flags):
    """spin.asm as a flat file."""
    subprocess.run(["nasm", "-f", "bin", *flags, os.path.join(TOP, "tests/boot/spin.asm"), "-o", target], check=True)
    return str(target)


@pytest.fixture(scope="module", name="session")
def four_guests(shared_boot, stick, tmp_path_factory):
    place = tmp_path_factory.mktemp("spin")
    image = stick(CONF, {"/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf"),
                         "/guests/spin.bin": assemble(place / "spin.bin"),
                         "/guests/exits.bin": assemble(place / "exits.bin", "-DEXITS"),
                         "/guests/faults.bin": assemble(place / "faults.bin", "-DFAULTS")})
    session = Session(shared_boot("inspect", image, life=400, cpus=6))
    session.wait_prompt(180)
    session.attach("heartbeat")
    session.machine.expect(r"heartbeat: \d+\r*\n", 60)
    session.detach()
    return session


def look(session, line, status=OK):
    """The answer as JSON, by its schema; the same line as text fits the screen."""
    got, text = session.run(line + " --json")
    assert got == status, text[-500:]
    answer = json.loads(text)
    name = "-".join(line.split()[:2]) if "error" not in answer else "error"
    with open(os.path.join(TOP, f"docs/schemas/{name}.json"), encoding="utf-8") as f:
        jsonschema.validate(answer, json.load(f))
    return answer


def refused(session, line, words, status=FAILED):
    """As text and as JSON."""
    got, text = session.run(line)
    assert (got, bool(re.search(words, text))) == (status, True), (got, text)
    assert re.search(words, look(session, line, status)["error"])


def fits(session, line):
    got, text = session.run(line)
    assert got == OK, text
    wide = [row for row in text.splitlines() if len(row) > COLUMNS]
    assert not wide, wide[:3]
    return text


def number(text):
    return int(text, 16)


def register(regs, name):
    return next(row for row in regs["control"] if row["register"] == name)


def total(session, name, vcpu=0):
    return next(row["exits"] for row in look(session, f"vcpu list {name}") if row["vcpu"] == vcpu)


def test_every_virtual_processor_is_listed_where_it_is(session):
    rows = [(row["guest"], row["vcpu"], row["cpu"], row["state"]) for row in look(session, "vcpu list")]
    assert rows == [("heartbeat", 0, 1, "running"), ("spin", 0, 2, "running"), ("spin", 1, 3, "wait-for-SIPI"),
                    ("exits", 0, 4, "running"), ("faults", 0, 5, "running")]
    assert "wait-for-SIPI" in fits(session, "vcpu list spin")


def test_a_guest_that_spins_with_interrupts_off_shows_its_registers(session):
    regs = look(session, "vcpu regs spin")
    general = {name: number(value) for name, value in regs["general"].items()}
    assert SPIN <= general["rip"] < SPIN_END
    assert (general["rbx"], general["rsi"], general["rsp"]) == (0x11223344, 0x55667788, STACK - 16)
    assert register(regs, "CR0")["bits"].split() == ["PE", "ET", "NE"]
    assert (register(regs, "CR4")["value"], register(regs, "EFER")["value"]) == ("0x0", "0x0")
    assert "IF" not in register(regs, "RFLAGS")["bits"].split()
    assert register(regs, "DR7")["value"] == "0x400"
    code = next(row for row in regs["segments"] if row["segment"] == "CS")
    assert (code["base"], code["limit"], code["is"]) == ("0x0", "0xffffffff", "code read 32-bit DPL0")
    assert (regs["state"], regs["activity"], regs["code_64bit"]) == ("running", "active", False)
    text = fits(session, "vcpu regs spin")
    assert re.search(r"^CR0 +0x31 +PE ET NE$", text, re.MULTILINE)


def test_a_processor_that_waits_for_a_sipi_answers(session):
    regs = look(session, "vcpu regs spin 1")
    assert (regs["state"], regs["vcpu"], regs["cpu"]) == ("wait-for-SIPI", 1, 3)
    assert regs["general"]["rip"] == "0xfff0"


def test_a_guest_that_exits_all_the_time_answers(session):
    for _ in range(5):
        assert SPIN <= number(look(session, "vcpu regs exits")["general"]["rip"]) < SPIN_END + 2


def test_a_look_costs_the_guest_one_exit_and_its_neighbour_none(session):
    before, neighbour = total(session, "spin"), total(session, "spin", 1)
    look(session, "vcpu regs spin")
    look(session, "vcpu backtrace spin")
    look(session, "vmcs dump spin")
    assert (total(session, "spin"), total(session, "spin", 1)) == (before + 3, neighbour)
    look(session, "guest memory spin 0x100000")
    look(session, "ept map spin")
    look(session, "ept walk spin 0x100000")
    assert total(session, "spin") == before + 3


def test_callers_are_found_by_frame_pointers(session):
    trace = look(session, "vcpu backtrace spin")
    rips = [number(frame["rip"]) for frame in trace["frames"]]
    assert SPIN <= rips[0] < SPIN_END and rips[1:] == CALLERS
    assert trace["ended"].startswith("the frame pointer is 0")
    assert number(look(session, "vcpu backtrace heartbeat")["frames"][0]["rip"]) in IMAGE
    fits(session, "vcpu backtrace spin")


def test_the_vmcs_has_every_field_by_name(session):
    dump = look(session, "vmcs dump spin")
    fields = {row["field"]: number(row["value"]) for row in dump["fields"]}
    assert len(fields) == len(dump["fields"])
    assert (fields["Guest RSP"], fields["Guest CS access rights"]) == (STACK - 16, 0xC09B)
    assert fields["Guest VMCS link pointer"] == 2**64 - 1
    assert fields["Exit reason"] == 0
    assert {row["group"] for row in dump["fields"]} == {"guest", "host", "control", "exit"}
    names = {(row["field"], name) for row in dump["decoded"] for name in [row["bits"], *row["bits"].split()]}
    assert {("Pin-based controls", "NMI exiting"), ("Secondary processor controls", "enable EPT"), ("Guest CR0", "PE"),
            ("Host IA32_EFER", "NXE"), ("Exit reason", "EXCEPTION_OR_NMI")} <= names
    only = look(session, "vmcs dump spin 0 --group host")
    assert {row["group"] for row in only["fields"]} == {"host"}
    fits(session, "vmcs dump spin")


def test_the_ept_is_what_the_plan_gave(session):
    runs = look(session, "ept map spin")
    assert [(run["gpa"], run["gpa_last"], run["bytes"], run["access"], run["type"]) for run in runs] == \
        [("0x0", "0x3fffff", 4 << 20, "rwx", "WB")]
    walk = look(session, "ept walk spin 0x123456")
    assert walk["mapped"] and number(walk["hpa"]) == number(runs[0]["hpa"]) + 0x123456
    assert [row["level"] for row in walk["levels"]] == [4, 3, 2] and walk["levels"][-1]["is"] == "page"
    for address in ("0x400000", "0xfee00000"):
        hole = look(session, f"ept walk spin {address}")
        assert not hole["mapped"] and hole["levels"][-1]["is"] == "not present" and "hpa" not in hole
    fits(session, "ept walk spin 0x123456")
    fits(session, "ept map spin")


def test_memory_is_what_the_guest_has_there(session):
    rows = look(session, "guest memory spin 0x100000 0x23")
    assert [(row["address"], len(row["bytes"].split())) for row in rows] == [("0x100000", 16), ("0x100010", 16),
                                                                             ("0x100020", 3)]
    assert rows[0]["bytes"].startswith("02 b0 ad 1b")  # Multiboot's magic number
    assert look(session, "guest memory spin 0x100001 3")[0]["bytes"] == "b0 ad 1b"
    assert look(session, "guest memory heartbeat 0x100000 4")[0]["bytes"] == "02 b0 ad 1b"
    frame = look(session, f"guest memory spin {STACK - 16} 8")[0]["bytes"].split()
    assert int.from_bytes(bytes.fromhex("".join(frame[4:])), "little") == CALLERS[0]
    assert len(look(session, "guest memory spin 0x3fffff 1")) == 1
    fits(session, "guest memory spin 0x3ff000 4096")


def test_what_cannot_be_looked_at_is_refused_in_words(session):
    refused(session, "guest memory spin 0x400000 1", "0x0-0x3fffff")
    refused(session, "guest memory spin 0x3fffff 2", "0x0-0x3fffff")
    refused(session, "guest memory spin 0xfffffffffffffff8 16", "0x0-0x3fffff")
    refused(session, "guest memory spin 0 65537", "0 to 65536", 2)
    refused(session, "guest memory spin 0 0", "1 to 65536", 2)
    refused(session, "vcpu step spin 0 0", "1 to 1000", 2)
    refused(session, "vcpu regs spin 2", "from 0 to 1", 2)
    refused(session, "vcpu regs nobody", "there is: heartbeat, spin, exits, faults")
    refused(session, "ept walk spin 0x1000000000000", "guest-physical address", 2)
    refused(session, "vmcs dump spin --group all", "guest, host, control, exit", 2)
    refused(session, "vcpu step spin", "guest pause spin")


def test_a_paused_guest_goes_one_instruction_at_a_time(session):
    assert session.run("guest pause spin")[0] == OK
    # nop, inc edi, jmp: the order in which it goes round.
    after = {SPIN: SPIN + 1, SPIN + 1: SPIN + 2, SPIN + 2: SPIN}
    edi = number(look(session, "vcpu regs spin")["general"]["rdi"])
    steps = look(session, "vcpu step spin 0 6")["steps"]
    assert len(steps) == 6
    for step, following in zip(steps, steps[1:]):
        assert step["next_rip"] == following["rip"]
    assert all(after[number(step["rip"])] == number(step["next_rip"]) for step in steps)
    assert {step["code"] for step in steps if number(step["rip"]) != SPIN + 2} == {"90", "47"}
    regs = look(session, "vcpu regs spin")
    assert (number(regs["general"]["rdi"]) - edi) % 2**32 == 2
    assert regs["state"] == "paused" and "TF" not in register(regs, "RFLAGS")["bits"].split()
    assert len(fits(session, "vcpu step spin").splitlines()) == 5
    refused(session, "vcpu step spin 1", "waits for a SIPI")


def test_an_instruction_that_exits_is_one_step(session):
    assert session.run("guest pause exits")[0] == OK
    steps = look(session, "vcpu step exits 0 8")["steps"]
    cpuid = [step for step in steps if step["exit"] == "CPUID"]
    assert len(cpuid) == 2 and {step["code"] for step in cpuid} == {"0f a2"}
    assert all(number(step["next_rip"]) == number(step["rip"]) + 2 for step in cpuid)
    assert session.run("guest resume exits")[0] == OK
    assert SPIN <= number(look(session, "vcpu regs exits")["general"]["rip"]) < SPIN_END + 2


def test_faults_and_the_flags_are_stepped_as_they_are(session):
    """Without a monitor trap flag RFLAGS.TF does it, and the guest must never see that: it would go to BAD."""
    again, handler, after_popf, bad = 0x1000A7, 0x1000B5, 0x1000AF, range(0x1000C4, 0x1000C7)
    assert session.run("guest pause faults")[0] == OK
    steps = look(session, "vcpu step faults 0 45")["steps"]
    went = [(number(step["rip"]), number(step["next_rip"]), step["exit"]) for step in steps]
    # #UD is raised, then delivered; IRET goes back behind it.
    assert went.count((again, again, "EXCEPTION_OR_NMI")) >= 3 and went.count((again, handler, "")) >= 3
    assert not any(rip in bad for rip, _, _ in went)
    for _ in range(20):
        step = look(session, "vcpu step faults")["steps"][0]
        flags = register(look(session, "vcpu regs faults"), "RFLAGS")["bits"].split()
        assert "TF" not in flags
        if number(step["rip"]) == after_popf - 1:
            assert "IF" in flags
            break
    else:
        raise AssertionError("POPF was never stepped")
    assert session.run("guest resume faults")[0] == OK
    assert number(look(session, "vcpu regs faults")["general"]["rip"]) not in bad


def test_a_guest_that_was_stepped_goes_on_as_if_nothing_had_happened(session):
    """The heartbeat prints, takes its timer's interrupt and answers keys after steps through its sleep."""
    assert session.run("guest pause heartbeat")[0] == OK
    status, text = session.run("vcpu step heartbeat 0 200 --json")
    steps = json.loads(text)
    assert status == OK or steps.get("ended", steps.get("error")), text
    assert session.run("guest resume heartbeat")[0] == OK
    session.attach("heartbeat")
    session.machine.expect(r"heartbeat: \d+\r*\n", 30)
    session.machine.send("p")
    session.machine.expect("heartbeat: pong", 30)
    session.detach()
    assert "IF" in register(look(session, "vcpu regs heartbeat"), "RFLAGS")["bits"].split()


def test_a_guest_that_is_off_is_refused_and_one_that_was_reset_answers(session):
    assert session.run("guest stop exits --force")[0] == OK
    for _ in range(50):
        if session.state("exits") == "off":
            break
    for command in ("vcpu regs", "vcpu backtrace", "vmcs dump"):
        refused(session, f"{command} exits", "the guest is off")
    refused(session, "vcpu step exits", "exits is off")
    # Its memory is still there: nobody has it until the next start.
    assert look(session, "guest memory exits 0x100000 4")[0]["bytes"] == "02 b0 ad 1b"
    assert session.run("guest start exits")[0] == OK
    for _ in range(50):
        if session.state("exits") == "running":
            break
    assert SPIN <= number(look(session, "vcpu regs exits")["general"]["rip"]) < SPIN_END + 2


def test_questions_in_the_middle_of_a_guests_end_harm_nothing(session):
    """A reset and a question on one line: the answer is one, or a refusal, and the next one is right."""
    for _ in range(10):
        status, text = session.run("guest reset exits; vcpu regs exits")
        assert status in (OK, FAILED, TIMEOUT), text
    for _ in range(50):
        if session.state("exits") == "running":
            break
    assert look(session, "vcpu regs exits")["guest"] == "exits"
    assert session.run("selftest", 120)[0] == OK
