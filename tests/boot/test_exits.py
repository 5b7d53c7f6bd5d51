# SPDX-License-Identifier: Apache-2.0
"""What the monitor says of exits: how many and how long, what was refused, one by one. See tests/guest/bench.c."""
import os

import pytest

from machine import BUILD
from session import Session

CONF = r"""
[guest bench]
cpus = 1
memory = 16M
kernel = \guests\bench.elf
[guest heartbeat]
cpus = 2
memory = 16M
kernel = \guests\heartbeat.elf
"""
ROUNDS = 1100       # of each measurement, warm-up included
PORT = 0x5678
MSR = 0x1234
ADDRESS = 0xfed40010


def done(session):
    """Wait until the bench guest has done all it does."""
    session.attach("bench")
    session.machine.expect(r"bench: done\r*\n", 90)
    session.detach()


@pytest.fixture(scope="module", name="session")
def two_guests(shared_boot, stick):
    files = {f"/guests/{name}.elf": os.path.join(BUILD, f"guests/{name}.elf")
             for name in ("bench", "heartbeat")}
    session = Session(shared_boot("exits", stick(CONF, files), life=400))
    session.wait_prompt(180)
    done(session)
    return session


def reasons(session, name):
    return {row["reason"]: row for row in session.json(f"exits {name}")["reasons"]}


# --- exits

def test_each_instruction_that_exits_is_counted(session):
    rows = reasons(session, "bench")
    assert rows["CPUID"]["count"] == ROUNDS
    # One more each to see whether they are there; for xAPIC mode IA32_APIC_BASE is read four times and written three times.
    assert rows["VMCALL"]["count"] == ROUNDS + 1
    assert rows["RDMSR"]["count"] == ROUNDS + 1 + 4
    assert rows["WRMSR"]["count"] == 1 + 3
    assert rows["EPT_VIOLATION"]["count"] == 2 * ROUNDS + 2


def test_time_of_exits_is_what_the_guest_lost(session):
    """The guest measured 100 to 200 ticks for each of these at 20 MHz: 5 to 10 us."""
    rows = reasons(session, "bench")
    for name in ("CPUID", "VMCALL"):
        mean = rows[name]["sum_us"] / rows[name]["count"]
        assert 1 <= mean <= 10, rows[name]
        assert mean <= rows[name]["max_us"] <= rows[name]["sum_us"]


def test_rates_and_shares_are_of_the_time_that_was_counted(session):
    answer = session.json("exits bench")
    (vcpu,) = answer["vcpus"]
    seconds = vcpu["over_ms"] / 1e3
    assert abs(answer["time_us"] / 1e6 - seconds) < 0.1
    assert vcpu["rate"] == pytest.approx(vcpu["total"] / seconds, rel=0.02)
    assert vcpu["share"] == pytest.approx(vcpu["sum_us"] / seconds / 1e4, rel=0.02, abs=0.002)
    assert vcpu["sum_us"] == pytest.approx(sum(row["sum_us"] for row in answer["reasons"]),
                                           abs=len(answer["reasons"]))


def test_a_guest_that_stopped_working_is_quiet_and_one_that_prints_is_not(session):
    session.beats(3)
    session.detach()
    vcpus = {row["guest"]: row for row in session.json("exits")["vcpus"]}
    assert vcpus["bench"]["quiet_ms"] >= 2000
    assert vcpus["heartbeat"]["quiet_ms"] <= 1500


def test_exits_reset_counts_one_guest_anew_and_costs_it_no_exit(session):
    other = session.exits("bench")
    session.ask("exits reset heartbeat")
    session.beats(2)
    session.detach()
    (vcpu,) = session.json("exits heartbeat")["vcpus"]
    assert vcpu["over_ms"] < 60000
    assert set(reasons(session, "heartbeat")) == {"IO_INSTRUCTION"}
    assert session.exits("bench") == other


# --- denied

def test_everything_that_was_refused_is_listed_with_its_last_rip(session):
    answer = session.json("denied bench")
    rows = {(row["what"], row["access"], int(row["number"], 16)): row for row in answer["denied"]}
    assert {key: row["count"] for key, row in rows.items()} == {
        ("msr", "read", MSR): ROUNDS + 1, ("msr", "write", MSR): 1,
        ("port", "read", PORT): 2, ("port", "write", PORT): 1,
        ("address", "read", ADDRESS): 1, ("address", "write", ADDRESS + 4): 1}
    assert all(0x100000 <= int(row["last_rip"], 16) < 0x110000 for row in rows.values())
    (vcpu,) = answer["vcpus"]
    assert (vcpu["denied_msrs"], vcpu["denied_ports"], vcpu["denied_addresses"],
            vcpu["rows_lost"]) == (ROUNDS + 2, 3, 2, 0)


def test_a_guest_that_was_refused_nothing_is_left_out(session):
    assert session.json("denied heartbeat")["denied"] == []


# --- trace

def test_nothing_is_traced_until_it_is_asked_for(session):
    assert session.json("trace show bench") == {"guest": "bench", "traced": False, "exits": []}


def test_traced_exits_say_when_where_and_what(session):
    session.ask("trace on bench")
    session.ask("guest reset bench")
    done(session)
    answer = session.json("trace show bench -n 255")
    exits = answer["exits"]
    assert answer["traced"] is True and len(exits) == 255
    times = [row["time_us"] for row in exits]
    assert times == sorted(times)
    # The last lines of bench: what nobody owns, then the text of "done", a byte an exit.
    start = next(i for i, row in enumerate(exits) if row["done"] == "refused")
    assert [(row["reason"], row["done"], row["detail"]) for row in exits[start:start + 6]] == [
        ("IO_INSTRUCTION", "refused", "0x5678/1"),
        ("IO_INSTRUCTION", "refused", "0x5678/1=1"),
        ("IO_INSTRUCTION", "refused", "0x5678/1"),
        ("WRMSR", "refused", "0x1234=0"),
        ("EPT_VIOLATION", "refused", "0xfed40010 r"),
        ("EPT_VIOLATION", "refused", "0xfed40014 w")]
    text = "".join(chr(int(row["detail"].partition("=")[2], 16)) for row in exits[start + 6:]
                   if row["detail"].startswith("0x3f8/1="))
    assert text.replace("\r", "") == "bench: done\n"
    assert all(row["ns"] > 0 and int(row["rip"], 16) >= 0x100000 for row in exits)


def test_without_a_count_the_last_20_are_shown(session):
    assert len(session.json("trace show bench")["exits"]) == 20


def test_trace_off_ends_it_and_keeps_what_there_is(session):
    session.ask("trace off bench")
    before = session.json("trace show bench")
    session.ask("guest reset bench")
    done(session)
    after = session.json("trace show bench")
    assert after["traced"] is False
    assert after["exits"] == before["exits"]


def test_tracing_a_guest_that_runs_costs_it_one_exit_for_the_call(session):
    before = session.exits("heartbeat")[0].get("EXCEPTION_OR_NMI", 0)
    session.ask("trace on heartbeat")
    session.beats(2)
    session.detach()
    assert session.exits("heartbeat")[0]["EXCEPTION_OR_NMI"] == before + 1
    exits = session.json("trace show heartbeat")["exits"]
    assert {row["reason"] for row in exits[1:]} == {"IO_INSTRUCTION"}
    session.ask("trace off heartbeat")


def test_a_reader_beside_a_busy_writer_sees_whole_entries(session):
    """Show while the guest measures: every row that is shown is one that can be."""
    session.ask("trace on bench")
    session.ask("guest reset bench")
    for _ in range(3):
        for row in session.json("trace show bench -n 255")["exits"]:
            assert row["reason"] in ("CPUID", "VMCALL", "RDMSR", "WRMSR", "IO_INSTRUCTION",
                                     "EPT_VIOLATION", "EXCEPTION_OR_NMI", "PREEMPTION_TIMER"), row
            assert row["done"] == "refused" or row["reason"] not in ("RDMSR", "WRMSR"), row
    done(session)
    assert session.run("selftest")[0] == 0
