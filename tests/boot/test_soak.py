# SPDX-License-Identifier: Apache-2.0
"""The lives of three guests, at random, in one boot: nothing is left behind, and a neighbour notices nothing."""
import collections
import json
import os
import random
import re

import pytest

from machine import BUILD
from session import Session

CONF = r"""
[guest heartbeat]
cpus = 1
memory = 4M
kernel = \guests\heartbeat.elf
[guest one]
cpus = 2
memory = 4M
kernel = \guests\heartbeat.elf
cmdline = check
[guest two]
cpus = 3
memory = 8M
kernel = \guests\heartbeat.elf
on-crash = restart
depends-on = one
[guest three]
cpus = 4-5
memory = 16M
kernel = \guests\heartbeat.elf
on-crash = restart 2
on-reboot = stop
[image other]
file = \guests\heartbeat.elf
"""
OPERATIONS = 300
NAMES = ("one", "two", "three")
# What an operator can do, and how often; a key is what a guest does to itself.
COMMANDS = {"guest start {}": 8, "guest stop {} --force": 4, "guest stop {}": 1, "guest pause {}": 4,
            "guest resume {}": 4, "guest reset {}": 3, "guest nmi {}": 2, "guest relaunch {}": 1,
            'guest relaunch {} --kernel other --cmdline "check it"': 2,
            "guest relaunch {} --kernel nothing": 1}
KEYS = {"crash": "c", "reboot": "r", "power off": "o", "spin": "i", "halt": "h", "leave dirt": "d"}
KEYS_OF_ALL = 0.4  # of those that meet a guest that runs
SETTLED = 0.7  # the others come while it starts or ends
BEAT = re.compile(r"^heartbeat: (\d+)$", re.MULTILINE)


@pytest.fixture(scope="module", name="session")
def four_guests(shared_boot, stick):
    """Three heartbeats to act on; the fourth, `heartbeat`, is the neighbour that nobody touches."""
    image = stick(CONF, {"/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf")})
    session = Session(shared_boot("soak", image, life=900, cpus=6))
    session.wait_prompt(180)
    session.beat()
    return session


def seed():
    """From the environment, or the same each time; shown in either case, also by a test that passes (-rP)."""
    number = int(os.environ.get("MUNTIN_SEED", "20261121"))
    print("MUNTIN_SEED", number)
    return number


def own_memory(session):
    """What Muntin has taken for itself."""
    return session.ask("memory free")


def settle(session, name):
    """Until a guest is in none of the states it only passes through."""
    for _ in range(100):
        if session.state(name) not in ("starting", "ending"):
            return
    raise AssertionError(f"{name} is {session.state(name)} for ever")


def press(session, name, key, seconds=0):
    """A key for a guest that runs. Return: whether it heard; one that hangs does not listen."""
    if not session.ask(f"guest wait {name} --text listening --timeout {seconds}").startswith(name):
        return False
    session.attach(name)
    session.machine.send(key)
    session.detach()
    text = f"heartbeat: key '{key}'"
    return session.ask(f'guest wait {name} --text "{text}" --timeout 1').startswith(name)


def operate(session, rng, obeyed):
    """One operation; a command's answer names the guest, whatever its state is. Counts those obeyed."""
    name = rng.choice(NAMES)
    if rng.random() < SETTLED:
        settle(session, name)
    if rng.random() < KEYS_OF_ALL and session.state(name) == "running":
        what = rng.choice(list(KEYS))
        obeyed[what] += press(session, name, KEYS[what])
        return
    line = rng.choices(list(COMMANDS), list(COMMANDS.values()))[0]
    answer = session.ask(line.format(name))
    assert answer.startswith(name), f"{line}: {answer}"
    obeyed[line] += answer.startswith(name + ":")


def snapshot(session):
    """(exits of the neighbour, what it has printed in bytes)."""
    shown = json.loads(session.ask("guest show heartbeat --json"))
    return session.exits("heartbeat")[0], shown["console_bytes"]


def works(session, name):
    """A guest can be started, and answers to a key."""
    session.ask(f"guest relaunch {name}")
    assert session.ask(f"guest wait {name} running") == f"{name}: running"
    assert press(session, name, "p", 10)


@pytest.fixture(scope="module", name="soaked")
def after_all_operations(session):
    """What the neighbour and Muntin were before and are after them: a dictionary."""
    rng = random.Random(seed())
    before = {"memory": own_memory(session), "neighbour": snapshot(session), "time": session.now(),
              "beat": session.beats(1)}
    before["neighbour"] = snapshot(session)
    before["time"] = session.now()
    obeyed = collections.Counter()
    for _ in range(OPERATIONS):
        operate(session, rng, obeyed)
    print(dict(obeyed))
    after = {"obeyed": obeyed, "memory": own_memory(session), "neighbour": snapshot(session), "time": session.now()}
    return before, after


def test_most_operations_were_obeyed_at_times(soaked):
    """Else nothing was tried; `--kernel nothing` is what cannot be. The rarest may meet no guest that allows it."""
    obeyed = soaked[1]["obeyed"]
    assert not obeyed["guest relaunch {} --kernel nothing"]
    assert len([what for what in (*COMMANDS, *KEYS) if obeyed[what]]) >= 12


def test_neighbour_missed_no_heartbeat(session, soaked):
    before, after = soaked
    session.attach("heartbeat")
    last = session.beat(before["beat"])
    assert last == before["beat"] + 1
    for number in map(int, BEAT.findall(session.beats_so_far().replace("\r", ""))):
        assert number == last + 1
        last = number
    seconds = session.now() - before["time"]
    assert abs(last - before["beat"] - seconds) < 3
    assert last - before["beat"] > after["time"] - before["time"] - 3


def test_neighbour_took_no_exit_but_of_its_own_doing(soaked):
    """For each byte it reads LSR and writes; each second its timer's handler looks for a key, once."""
    before, after = soaked
    (counts, printed), (counts_then, printed_then) = before["neighbour"], after["neighbour"]
    changed = {what: counts_then[what] - counts.get(what, 0) for what in counts_then
               if counts_then[what] != counts.get(what, 0)}
    assert set(changed) == {"IO_INSTRUCTION", "total"}, changed
    expected = 2 * (printed_then - printed) + (after["time"] - before["time"])
    # A line may have been in the making at either end.
    assert abs(changed["IO_INSTRUCTION"] - expected) < 100


def test_what_muntin_holds_is_unchanged(session, soaked):
    before, after = soaked
    assert "used" in before["memory"]
    assert after["memory"] == before["memory"]
    assert session.ask("selftest", 120).endswith("selftest: ok")


@pytest.mark.parametrize("name", NAMES)
def test_every_guest_can_be_started_and_answers(session, soaked, name):
    assert soaked
    works(session, name)


def test_log_has_no_complaint_of_muntins(session, soaked):
    """What the guests did to themselves is all that went wrong."""
    assert soaked
    wrong = [line for line in session.ask("log").splitlines()
             if re.search(r"does not obey|does not start again|not started|panic", line)]
    assert wrong == []
