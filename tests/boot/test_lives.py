# SPDX-License-Identifier: Apache-2.0
"""Starting, ending, pausing and resetting guests, in one boot, while a neighbour must not notice."""
import os
import random

import pytest

from machine import BUILD
from session import Session

CONF = r"""
[guest heartbeat]
cpus = 1
memory = 4M
kernel = \guests\heartbeat.elf
[guest other]
cpus = 2
memory = 4M
kernel = \guests\heartbeat.elf
[guest later]
cpus = 3
memory = 4M
kernel = \guests\heartbeat.elf
autostart = no
"""
ROUNDS = 60
SEED = 20261121


@pytest.fixture(scope="module", name="session")
def three_guests(shared_boot, stick):
    """Three heartbeats; the first is the neighbour that nobody touches."""
    image = stick(CONF, {"/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf")})
    session = Session(shared_boot("lives", image, life=600))
    session.wait_prompt(180)
    session.beat()  # a key typed before the guest has set its UART up is lost, as on any machine
    return session


def reaches(session, name, wanted):
    """Wait for a state: it passes through others on its way."""
    for _ in range(50):
        seen = session.state(name)
        if seen == wanted:
            return
    raise AssertionError(f"{name} is {seen}, not {wanted}")


def answers(session, name):
    """Whether a guest lives: it answers to a key."""
    session.attach(name)
    session.machine.expect(r"heartbeat: \d+\r*\n", 30)
    session.machine.send("p")
    session.machine.expect("heartbeat: pong", 30)


def test_a_guest_that_waits_is_started_from_the_line(session):
    assert session.state("later") == "off"
    assert session.ask("guest start later") == "later: starting"
    reaches(session, "later", "running")
    answers(session, "later")


def test_a_paused_guest_is_silent_and_goes_on_where_it_was(session):
    assert session.ask("guest pause other") == "other: paused"
    session.attach("other")
    session.machine.expect(r"\[other is paused", 30)
    session.beats(3)
    session.attach("other")
    silence = session.detach()
    assert "heartbeat:" not in silence
    assert session.ask("guest resume other") == "other: running"
    answers(session, "other")


def test_a_guest_is_ended_at_once_and_started_clean(session):
    assert session.ask("guest stop other --force") == "other: ending"
    reaches(session, "other", "off")
    assert session.ask("guest start other") == "other: starting"
    reaches(session, "other", "running")
    session.attach("other")
    # Its count begins anew: nothing of the earlier run is in its RAM.
    session.machine.expect(r"heartbeat: 1\r*\n", 30)


def test_a_guest_that_crashed_is_started_again(session):
    session.attach("other")
    session.machine.send("c")
    session.machine.expect(r"\[other is stopped: ", 30)
    assert session.ask("guest start other") == "other: starting"
    reaches(session, "other", "running")
    answers(session, "other")


def test_what_cannot_be_done_is_said(session):
    assert session.ask("guest start other") == "other is running; this needs one that is off or stopped"
    assert session.ask("guest resume other") == "other is running; this needs one that is paused"


def act(session, rng, name):
    """One random operation on a guest that may be in any state; no answer may be an error of Muntin's."""
    line = rng.choice(["guest start {}", "guest stop {} --force", "guest reset {}", "guest pause {}",
                       "guest resume {}", "guest nmi {}", "guest stop {}"]).format(name)
    answer = session.ask(line)
    assert answer.startswith(name), f"{line}: {answer}"


def test_random_lives_leave_nothing_behind(session):
    rng = random.Random(SEED)
    print("seed", SEED)
    neighbour = session.exits("heartbeat")
    first = session.beats(1)
    before = session.now()
    for _ in range(ROUNDS):
        act(session, rng, rng.choice(["other", "later"]))
    seconds = session.now() - before
    assert abs(session.beats(1) - first - seconds) < 3, "the neighbour missed a beat"
    for name in ("other", "later"):
        for _ in range(50):
            if session.state(name) not in ("starting", "ending"):
                break
        if session.state(name) != "off":
            session.ask(f"guest stop {name} --force")
            for _ in range(50):
                if session.state(name) in ("off", "stopped"):
                    break
        assert session.ask(f"guest start {name}") == f"{name}: starting"
        reaches(session, name, "running")
        answers(session, name)
    assert session.ask("selftest", 120).endswith("selftest: ok")
    after = session.exits("heartbeat")
    reasons = {what for what in after[0] if after[0][what] != neighbour[0].get(what, 0)}
    # It prints each second; nothing else happened to it.
    assert reasons <= {"IO_INSTRUCTION", "total"}, reasons
