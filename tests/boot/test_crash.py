# SPDX-License-Identifier: Apache-2.0
"""A panic leaves a record and the log, which the next runs find; and the third in a row reboots no more."""
import datetime
import json
import os
import re
import subprocess

import jsonschema
import pytest

from machine import BUILD, TOP, Machine
from session import Session

CONF = r"""
[monitor]
on-panic = reboot
[guest heartbeat]
cpus = 1
memory = 4M
kernel = \guests\heartbeat.elf
"""
POWER_ON = 1900000000


@pytest.fixture(scope="module", name="runs")
def three_runs(stick):
    """Three runs of one machine, each ended by a panic; what each of them was asked."""
    image = stick(CONF, {"/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf")})
    runs = []
    with Machine("crash", image, life=300, cpus=2, memory="256M", time=POWER_ON) as machine:
        session = Session(machine)
        for _ in range(3):
            session.wait_prompt(120)
            runs.append({line: session.run(line) for line in (
                "crash show", "crash show --json", "log", "log --previous", "log --previous --json", "uptime --json",
                "selftest", "crash test")})
            machine.send("crash test --yes\r")
            machine.expect(r"^Muntin panic: (.*?)\r*\n", 30)
            machine.expect(r"(Rebooting|no reboot)[^\r]*\r", 30)
            runs[-1]["last words"] = machine.talk.before + machine.talk.match.group(0)
        machine.expect_never(r"Muntin \d", 3)
    return runs


def record(run):
    status, text = run["crash show --json"]
    assert status == 0
    answer = json.loads(text)
    with open(os.path.join(TOP, "docs/schemas/crash-show.json"), encoding="utf-8") as f:
        jsonschema.validate(answer, json.load(f))
    return answer


def test_without_a_panic_there_is_no_record(runs):
    assert runs[0]["crash show"] == (0, "no record: no panic, or the last reset did not keep memory\n")
    assert record(runs[0]) == {"recorded": False}
    assert runs[0]["log --previous"][0] == 1


def test_panic_has_to_be_meant(runs):
    status, words = runs[0]["crash test"]
    assert status == 2 and "write crash test --yes" in words


def test_record_says_what_when_and_where(runs):
    panic = record(runs[1])
    assert panic["reason"] == "exception 6 in the hypervisor, error code 0x0"
    assert panic["vector"] == 6 and panic["cpu"] == 0 and panic["runs_ago"] == 1
    assert re.fullmatch(r"Muntin \d+\.\d+ \(.*\)", panic["version"])
    when = datetime.datetime.fromisoformat(panic["time"][:-1]).replace(tzinfo=datetime.timezone.utc)
    assert 0 <= when.timestamp() - POWER_ON < 300
    assert 0 < panic["up_us"] < 300e6


def test_record_has_the_registers_that_were_printed(runs):
    printed = dict(re.findall(r"\b([a-z0-9]{2,6}) +([0-9a-f]{16})\b", runs[0]["last words"]))
    registers = record(runs[1])["registers"]
    for name, value in registers.items():
        assert int(printed[name], 16) == int(value, 16), name
    assert int(registers["rflags"], 16) & 2


def symbol(offset):
    """The function of muntin.elf at an offset from where the image is."""
    done = subprocess.run(["addr2line", "-f", "-e", os.path.join(BUILD, "muntin.elf"), hex(offset)],
                          capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


def test_backtrace_leads_from_the_command_to_the_housekeeper(runs):
    panic = record(runs[1])
    rip = int(panic["registers"]["rip"], 16) - int(panic["image"], 16)
    assert symbol(rip) == "crash_test"
    callers = [symbol(int(place[len("image+"):], 16) - 1) for place in panic["backtrace"]]
    assert callers.index("runner_step") < callers.index("housekeeper_run"), callers


def test_log_of_the_run_before_is_found_whole(runs):
    for before, after in zip(runs, runs[1:]):
        status, text = after["log --previous"]
        assert status == 0
        lines = text.splitlines()
        assert re.search(r"\]W crash test: asked for at the monitor$", lines[-1])
        assert text.startswith(before["log"][1])
        entries = json.loads(after["log --previous --json"][1])
        assert len(entries) == len(lines)
        assert entries[-1]["level"] == "warning"


def test_next_run_says_that_the_one_before_ended_so(runs):
    assert "panic" not in runs[0]["log"][1]
    for run in runs[1:]:
        assert re.search(r"\]W the run before ended in a panic: exception 6 .*crash show", run["log"][1])


def test_runs_are_counted_on(runs):
    assert [json.loads(run["uptime --json"][1])["run"] for run in runs] == [1, 2, 3]
    assert record(runs[2])["in_a_row"] == 2


def test_third_panic_in_a_row_reboots_no_more(runs):
    assert "Rebooting, as on-panic says." in runs[0]["last words"]
    assert "Rebooting, as on-panic says." in runs[1]["last words"]
    assert "3 panics in a row: no reboot" in runs[2]["last words"]


def test_machine_is_whole_with_kept_memory(runs):
    for run in runs:
        assert run["selftest"][1].endswith("selftest: ok\n")
