# SPDX-License-Identifier: Apache-2.0
"""Starting, ending, pausing, resetting, relaunching guests, in one boot, whatever the guest is doing."""
import os
import re

import pytest

from machine import BUILD, TOP
from session import Session

# `later` has a second processor that waits for a SIPI all its life.
CONF = r"""
[guest heartbeat]
cpus = 1
memory = 4M
kernel = \guests\heartbeat.elf
[guest other]
cpus = 2
memory = 4M
kernel = \guests\heartbeat.elf
cmdline = check
[guest later]
cpus = 3-4
memory = 4M
kernel = \guests\heartbeat.elf
autostart = no
on-crash = restart 2
on-reboot = stop
depends-on = other
[guest big]
cpus = 5
memory = 500M
kernel = \guests\heartbeat.elf
autostart = no
[image second]
file = \guests\heartbeat.elf
[image words]
file = \guests\words.txt
"""


@pytest.fixture(scope="module", name="session")
def three_guests(shared_boot, stick):
    """Three heartbeats; the first is the neighbour that nobody touches."""
    image = stick(CONF, {"/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf"),
                         "/guests/words.txt": os.path.join(TOP, "tests/pytest.ini")})
    session = Session(shared_boot("lives", image, life=600, cpus=6))
    session.wait_prompt(180)
    session.beat()  # a key typed before the guest has set its UART up is lost, as on any machine
    return session


def reaches(session, name, wanted, seconds=60):
    """Wait for a state."""
    assert session.ask(f"guest wait {name} {wanted} --timeout {seconds}") == f"{name}: {wanted}"


def prints(session, name, text):
    """Wait for what a guest prints after it was started last, and behind what was waited for before."""
    assert session.ask(f'guest wait {name} --text "{text}"') == f'{name}: printed "{text}"'


def why(session, name):
    """Why it was stopped, or started again, last."""
    return next(g["why"] for g in session.json("guest list") if g["name"] == name)


def presses(session, name, key):
    """Give a guest a key."""
    session.attach(name)
    session.machine.send(key)
    session.machine.expect(f"heartbeat: key '{key}'", 30)
    session.detach()


def answers(session, name):
    """Whether a guest lives: it answers to a key."""
    reaches(session, name, "running")
    prints(session, name, "heartbeat: 1")
    presses(session, name, "p")
    prints(session, name, "heartbeat: pong")


def test_a_guest_that_waits_is_started_from_the_line(session):
    assert session.state("later") == "off"
    assert session.ask("guest start later") == "later: starting"
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
    answers(session, "other")


def test_what_cannot_be_done_is_said(session):
    assert session.ask("guest start other") == "other is running; this needs one that is off, ending or stopped"
    assert session.ask("guest resume other") == "other is running; this needs one that is paused"


    assert session.ask("guest pause nobody").startswith('no guest is called "nobody"; there is: heartbeat,')


@pytest.mark.parametrize("key", ["i", "h"])
@pytest.mark.parametrize("name", ["other", "later"])
def test_a_guest_that_hangs_obeys_at_once(session, key, name):
    """With interrupts off it spins (i) or halts (h); the second processor of `later` waits for a SIPI."""
    presses(session, name, key)
    prints(session, name, "with interrupts off")
    before = session.now()
    assert session.ask(f"guest pause {name}") == f"{name}: paused"
    assert session.ask(f"guest resume {name}") == f"{name}: running"
    assert session.ask(f"guest stop {name} --force") == f"{name}: ending"
    reaches(session, name, "off", 5)
    assert session.ask(f"guest start {name}") == f"{name}: starting"
    answers(session, name)
    assert session.now() - before < 10


def test_a_guest_whose_ram_is_being_zeroed_obeys_at_once(session):
    """That takes seconds; it must not take the monitor's."""
    assert session.ask("guest start big") == "big: starting"
    before = session.now()
    assert session.state("big") == "starting"
    assert session.ask("guest pause big") == "big is starting; this needs one that is running"
    assert session.ask("guest reset big") == "big: starting again"
    assert session.ask("guest stop big --force") == "big: ending"
    reaches(session, "big", "off", 5)
    assert session.now() - before < 1.5


def test_a_reset_guest_with_two_processors_finds_both_clean(session):
    assert session.ask("guest relaunch later --cmdline check") == "later: starting again"
    for _ in range(2):
        reaches(session, "later", "running")
        prints(session, "later", "heartbeat: all clean")
        prints(session, "later", "second: all clean")
        prints(session, "later", "listening")
        presses(session, "later", "d")
        prints(session, "later", "leaving dirt")
        assert why(session, "later") == ""
        assert session.ask("guest reset later") == "later: starting again"
    assert session.ask("guest relaunch later") == "later: starting again"


def test_a_reset_guest_finds_nothing_of_the_one_before(session):
    presses(session, "other", "d")
    prints(session, "other", "leaving dirt")
    assert session.ask("guest reset other") == "other: starting again"
    reaches(session, "other", "running")
    prints(session, "other", "heartbeat: all clean")


def test_a_guest_that_does_not_listen_to_its_power_button_runs_on(session):
    assert session.ask("guest stop other") == \
        "other: its power button is pressed; with --force it ends at once"
    answers(session, "other")


def test_a_guest_that_crashes_is_restarted_as_often_as_its_config_says(session):
    assert session.ask("guest reset later") == "later: starting again"
    for _ in range(2):
        answers(session, "later")
        presses(session, "later", "c")
        prints(session, "later", "heartbeat: TSC at")
    answers(session, "later")
    presses(session, "later", "c")
    reaches(session, "later", "stopped")
    assert "instruction that cannot be used on a device" in session.ask("guest list")
    assert session.ask("guest start later") == "later: starting"
    answers(session, "later")
    presses(session, "later", "c")  # counted anew
    prints(session, "later", "heartbeat: TSC at")


def test_its_own_reboot_does_what_the_config_says(session):
    answers(session, "later")
    presses(session, "later", "r")
    reaches(session, "later", "off")
    assert session.ask("guest start later") == "later: starting"
    answers(session, "later")
    presses(session, "later", "t")
    reaches(session, "later", "off")
    assert "processor 0 triple-faulted" in why(session, "later")
    for key in "rkft":  # ACPI's reset register is that of `r`
        presses(session, "other", key)
        prints(session, "other", "heartbeat: all clean")
        answers(session, "other")
    assert why(session, "other").startswith("processor 0 triple-faulted at RIP 0x")
    presses(session, "other", "o")
    reaches(session, "other", "off")


def test_a_start_waits_for_the_guest_it_depends_on(session):
    assert session.ask("guest start later") == "later: waits until other runs, which is off"
    assert session.state("later") == "waiting"
    assert "waits until other runs" in session.ask("guest list")
    assert session.ask("guest stop later") == "later: off"
    assert session.ask("guest start later") == "later: waits until other runs, which is off"
    assert session.ask("guest start other") == "other: starting"
    answers(session, "later")
    assert session.state("other") == "running"


def test_a_guest_is_relaunched_with_another_image(session):
    line = 'guest relaunch other --kernel second --cmdline "hello there"'
    assert session.ask(line) == "other: starting again"
    reaches(session, "other", "running")
    session.attach("other")
    session.machine.expect('told "hello there"', 30)
    assert session.ask("guest reset other") == "other: starting again"
    session.attach("other")
    session.machine.expect('told "hello there"', 30)
    assert session.ask("guest relaunch other") == "other: starting again"
    session.attach("other")
    session.machine.expect('told "check"', 30)


def test_a_relaunch_that_cannot_be_leaves_the_guest_alone(session):
    answers(session, "other")
    assert session.ask("guest relaunch other --kernel third") == \
        'other is left as it is: no image is called "third"; the config lists second, words'
    assert session.ask("guest relaunch other --kernel words").startswith(
        "other is left as it is: not a kernel: neither")
    assert session.state("other") == "running"
    presses(session, "other", "p")


def test_waiting_has_an_end(session):
    before = session.now()
    assert session.ask("guest wait other off --timeout 2") == "in vain: other is running"
    assert session.ask('guest wait other --text "never this" --timeout 2') == \
        "in vain: other is running"
    assert 4 <= session.now() - before < 12
    assert session.ask("guest wait other dead").startswith('there is no state "dead"; there is: off,')
    assert session.ask("guest wait other").startswith("one of the two is needed")
    assert session.ask('guest wait other off --text "x"').startswith("one of the two is needed")


def test_the_neighbour_noticed_nothing(session):
    counts = session.exits("heartbeat")[0]
    assert session.ask("selftest", 120).endswith("selftest: ok")
    first = session.beats(1)
    before = session.now()
    for _ in range(10):
        session.ask("guest reset other")
    assert abs(session.beats(1) - first - (session.now() - before)) < 3
    after = session.exits("heartbeat")[0]
    assert {what for what in after if after[what] != counts.get(what, 0)} <= {"IO_INSTRUCTION", "total"}
