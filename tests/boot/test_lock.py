# SPDX-License-Identifier: Apache-2.0
"""A monitor with a password: locked at first and after idle time, opened by what tools/muntin-passwd made."""
import os
import re
import subprocess
import time

import pytest

from machine import BUILD, TOP
from session import PROMPT, Session, plain

PASSWORD = "correct horse; battery"
ASKS = r"^password: "
IDLE = 12
CONF = r"""
[monitor]
{password}
lock-after = {idle}
[guest heartbeat]
cpus = 1
memory = 4M
kernel = \guests\heartbeat.elf
"""


@pytest.fixture(scope="module", name="session")
def locked_machine(shared_boot, stick):
    line = subprocess.run([os.path.join(TOP, "tools/muntin-passwd"), "--cost", "1000"], input=PASSWORD + "\n",
                          capture_output=True, text=True, check=True).stdout
    image = stick(CONF.format(password=line, idle=IDLE),
                  {"/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf")})
    session = Session(shared_boot("lock", image, life=400, cpus=2, memory="256M"))
    session.machine.expect(r"Type help\.\r*\n", 120)
    session.machine.expect(ASKS, 10)
    return session


def answer(session, typed, prompt):
    """Type it at the password prompt; returns what is shown before the next prompt."""
    session.machine.send(typed + "\r")
    session.machine.expect(prompt, 30)
    return plain(session.machine.talk.before).strip("\n")


def unlock(session):
    """With the right password; returns the answer. The emulator's seconds are longer than ours."""
    for _ in range(60):
        session.machine.send(PASSWORD + "\r")
        if session.machine.expect_any([PROMPT, ASKS], 30) == 0:
            return plain(session.machine.talk.before).strip("\n")
        assert "not looked at" in session.machine.talk.before
        time.sleep(0.5)
    raise AssertionError("the wait does not end")


def beats(session):
    """How far the heartbeat has come by now."""
    number = session.beats(1)
    session.detach()
    return number


def test_it_asks_after_boot_and_shows_nothing_of_the_answer(session):
    assert answer(session, "wrong", ASKS) == "wrong password; the next try counts in 1 s"


def test_try_that_comes_too_early_is_refused_with_the_wait(session):
    assert answer(session, "wrong again", ASKS) == "not looked at: the next try counts in 1 s"


def test_locked_monitor_obeys_only_what_is_harmless(session):
    assert answer(session, "", PROMPT) == ""
    for line in ("guest list", "reboot", "log", "crash test --yes", "guest console heartbeat"):
        assert session.run(line) == (5, "the monitor is locked: write unlock first\n"), line
    status, text = session.run("version")
    assert status == 0 and "Muntin" in text
    assert session.run("help unlock")[0] == 0
    session.machine.send("unlock\r")
    session.machine.expect(ASKS, 10)


def test_right_password_opens_it(session):
    words = unlock(session)
    assert words == "unlocked\n1 wrong tries before"
    session.ask("set paging off")
    assert session.state("heartbeat") == "running"


def test_log_has_the_wrong_try_and_no_password(session):
    log = session.ask("log")
    assert re.search(r"\]W monitor: wrong password, 1 in a row$", log, re.MULTILINE)
    assert "again" not in log and PASSWORD not in log


def test_idle_monitor_locks_itself_and_its_guest_goes_on(session):
    before = session.now(), beats(session)
    session.machine.expect(r"^\[locked\]\r*\n", 3 * IDLE)
    session.machine.expect(ASKS, 10)
    assert unlock(session) == "unlocked"
    after = session.now(), beats(session)
    seconds = after[0] - before[0]
    assert seconds >= IDLE
    assert abs(after[1] - before[1] - seconds) < 3.5, (before, after)


def test_console_is_left_when_it_locks(session):
    session.attach("heartbeat")
    session.machine.expect(r"\[detached from heartbeat\]\r*\n", 3 * IDLE)
    session.attached = None
    session.machine.expect(ASKS, 10)
    session.machine.expect_never("heartbeat", 2)
    assert unlock(session) == "unlocked"


def test_program_opens_it_with_a_tagged_line(session):
    session.machine.send("lock\r")
    session.machine.expect(ASKS, 10)
    session.machine.send(f'@x1 unlock "{PASSWORD}"\r')
    session.machine.expect(r"^@x1 end 0 ", 30)
    session.machine.expect(PROMPT, 10)


def test_cold_reboot_ends_at_a_locked_monitor(session):
    session.machine.send("reboot --cold\r")
    session.machine.expect(r"^rebooting\r*\n", 30)
    session.machine.expect(r"Type help\.\r*\n", 120)
    session.machine.expect(ASKS, 10)
    assert unlock(session) == "unlocked"
    # Bochs' memory does not know cold from warm.
    assert session.json("uptime")["run"] == 2


def test_poweroff_switches_the_machine_off(session):
    session.machine.send("poweroff\r")
    session.machine.expect(r"^switching off\r*\n", 30)
    session.machine.wait_end(30)
