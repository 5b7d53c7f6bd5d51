# SPDX-License-Identifier: Apache-2.0
"""Guests' consoles over the real serial line: one, all of them, their logs, keys and BREAKs, floods both ways."""
import os
import re

import pytest

from machine import BUILD
from session import PROMPT, Session, plain

CONF = r"""
[guest talker]
cpus = 1
memory = 4M
kernel = \guests\talker.elf
[guest heartbeat]
cpus = 2
memory = 4M
kernel = \guests\heartbeat.elf
[guest third]
cpus = 3
memory = 4M
kernel = \guests\heartbeat.elf
"""
PASTE = 4096
BREAK_KEY = "\x02"
ALL_KEY = "\x01"
ESCAPE_KEY = "\x16"
LINE = re.compile(r"(\[talker\]|\[heartbeat\]|\[third\])[ +*].{0,72}")


@pytest.fixture(scope="module", name="session")
def talker_between_heartbeats(shared_boot, stick):
    image = stick(CONF, {f"/guests/{name}.elf": os.path.join(BUILD, f"guests/{name}.elf")
                         for name in ("talker", "heartbeat")})
    session = Session(shared_boot("console", image, life=600))
    session.wait_prompt(180)
    session.beat()
    session.attach("talker")
    session.machine.expect(r"talker: ready\r*\n", 60)
    session.detach()
    return session


def obeyed(session, line):
    """A command that must be done; returns its answer."""
    status, answer = session.run(line)
    assert status == 0, f"{line}: {answer}"
    return answer


def counts(session, name):
    """What `console` says of a guest."""
    return next(g for g in session.json("console")["guests"] if g["name"] == name)


def all_consoles(session, until, timeout=20):
    """`console --all` until something is shown; returns the lines shown."""
    session.detach()
    session.machine.send("console --all --plain\r")
    session.machine.expect(r"\[all consoles; .*\n")
    session.machine.expect(until, timeout)
    shown = session.machine.talk.before + session.machine.talk.after
    session.machine.send("\x1d")
    session.machine.expect(r"\[detached from all consoles\]\r*\n")
    shown += session.machine.talk.before
    session.machine.expect(PROMPT)
    return plain(shown).splitlines()


# --- All consoles

def test_all_consoles_come_line_by_line_with_names(session):
    lines = all_consoles(session, r"\[third\] heartbeat: \d+\r*\n")
    assert lines and all(LINE.fullmatch(line) for line in lines), lines


def test_names_have_colours(session):
    session.detach()
    session.machine.send("console --all\r")
    session.machine.expect(r"\x1b\[32m\[heartbeat\]\x1b\[m heartbeat: \d+\r*\n")
    session.machine.send("\x03")
    session.machine.expect(r"\[detached from all consoles\]")
    session.machine.expect(PROMPT)


def test_a_guest_cannot_speak_in_the_name_of_another(session):
    obeyed(session, "guest send talker --raw w")
    lines = all_consoles(session, r"\[talker\]\+\[heartbeat\] forged\^\[\[2J\^M\[heartbeat\] forged\r*\n")
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert not [line for line in lines if line.startswith("[heartbeat]") and "forged" in line]
    # Nor in the log of its own console.
    assert obeyed(session, "guest log talker -n 1").endswith("[heartbeat] forged^[[2J^M[heartbeat] forged\n")


def test_an_unfinished_line_is_shown_and_goes_on(session):
    obeyed(session, "guest send talker --raw u")
    all_consoles(session, r"\[talker\] talker: unfinished\r*\n")
    obeyed(session, "guest send talker --raw x")
    all_consoles(session, r"\[talker\]\+talker: key 0x78\r*\n")


def test_a_flood_leaves_the_others_their_turn(session):
    obeyed(session, "guest send talker --raw f")
    lines = all_consoles(session, r"(\[heartbeat\] heartbeat: \d+\r*\n(.*\n)*){2}")
    assert [line for line in lines if line.startswith("[talker] talker: flood")]
    assert all(LINE.fullmatch(line) for line in lines), lines


# --- While the talker floods

def test_what_nobody_saw_is_counted(session):
    written = counts(session, "talker")["written_bytes"]
    for _ in range(500):
        if counts(session, "talker")["lost_bytes"] > 0:
            break
    now = counts(session, "talker")
    assert now["written_bytes"] > written and now["unread_bytes"] < 65536
    assert now["lost_bytes"] + now["unread_bytes"] <= now["written_bytes"]
    session.attach("talker")
    session.machine.expect(r"\[\.\.\. \d+ bytes lost\]\r*\n", 20)
    session.machine.expect(r"talker: flood \d+\r*\n", 20)


def test_an_answer_starts_at_once_however_much_guests_print(session):
    for _ in range(5):
        session.attach("talker")
        session.machine.expect(r"talker: flood \d+\r*\n", 20)
        # In one breath: the answer has only what the line was already given in front of it.
        session.machine.send("\x1dversion\r")
        session.machine.expect(r"\[detached from talker\]", 20)
        session.attached = None
        session.machine.expect(r"^version +Muntin \d.*\r\n", 20)
        session.machine.expect(PROMPT, 20)
    assert session.json("console")["slowest_answer_us"] <= 50000


def test_the_flood_ends_and_its_line_lost_nothing_of_ours(session):
    obeyed(session, "guest send talker --raw x")
    line = session.json("console")
    assert line["lost_out_bytes"] == 0 and line["lost_in_bytes"] == 0


# --- Logs

def test_the_log_of_a_console_is_its_last_lines(session):
    lines = session.json("guest log heartbeat -n 3")
    assert len(lines) == 3
    numbers = [int(re.fullmatch(r"heartbeat: (\d+)", line).group(1)) for line in lines]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert session.json("guest log talker -n 1") == ["talker: flood ends"]
    assert obeyed(session, "guest log heartbeat -n 4").count("\n") == 4


def test_a_log_goes_on_until_it_is_told_to_end(session):
    session.detach()
    session.machine.send("guest log third -n 1 -f\r")
    first = int(session.machine.expect(r"^heartbeat: (\d+)\r*\n").group(1))
    session.machine.expect(rf"^heartbeat: {first + 1}\r*\n")
    session.machine.expect(rf"^heartbeat: {first + 2}\r*\n")
    session.machine.send("\x03")
    session.machine.expect(PROMPT)


# --- Keys

def test_keys_behind_the_escape_key_lead_everywhere(session):
    session.attach("talker")
    session.machine.send("\x1d2")
    session.machine.expect(r"\[attached to heartbeat; Ctrl-\] returns\]\r*\n", 20)
    session.machine.send("\x1d3")
    session.machine.expect(r"\[attached to third; Ctrl-\] returns\]\r*\n", 20)
    session.machine.send("\x1d" + ALL_KEY)
    session.machine.expect(r"\[all consoles; .*\r*\n", 20)
    session.machine.send("\x1d1")
    session.machine.expect(r"\[attached to talker; Ctrl-\] returns\]\r*\n", 20)
    session.machine.send("\x1d" + ESCAPE_KEY)
    session.machine.expect(r"talker: key 0x1d\r*\n", 20)
    session.machine.send("\x1d" + BREAK_KEY)
    session.machine.expect(r"talker: BREAK\r*\n", 20)
    session.machine.send("\x1d\x1d")
    session.machine.expect(r"\[detached from talker\]", 20)
    session.machine.expect(PROMPT, 20)
    session.attached = None


def test_a_command_types_and_sends_breaks(session):
    assert obeyed(session, r"guest send talker --raw \x01") == "talker: 1 bytes typed\n"
    assert obeyed(session, "guest break talker") == "talker: BREAK sent\n"
    session.attach("talker")
    session.machine.expect(r"talker: key 0x01\r*\n", 20)
    session.machine.expect(r"talker: BREAK\r*\n", 20)


def test_a_guest_in_mid_sequence_swallows_no_prompt(session):
    session.attach("talker")
    session.machine.send("e")
    session.machine.expect("half a title", 20)
    session.machine.send("\x1d")
    session.machine.expect(r"\x18\x1b\\\x1b\[m.*\r\n\[detached from talker\]\r*\n", 20)
    session.machine.expect(PROMPT, 20)
    session.attached = None


def test_lines_begin_with_the_time_when_it_is_set(session):
    session.ask("set timestamps on")
    before = session.now()
    session.attach("third")
    shown = float(session.machine.expect(r"^\[ *(\d+\.\d{6})\] heartbeat: \d+\r*\n").group(1))
    session.ask("set timestamps off")
    assert before <= shown <= session.now()


# --- Floods of keys, at the speed of the line

def test_four_kib_pasted_at_a_guest_all_arrive(session):
    text = bytes(ord("!") + i * i % 90 for i in range(PASTE))
    session.attach("talker")
    session.machine.send("p")
    session.machine.expect(r"talker: paste\r*\n", 20)
    session.machine.send(text.decode())
    total = sum((i + 1) * byte for i, byte in enumerate(text)) % 2**32
    assert int(session.machine.expect(r"talker: sum (0x[0-9a-f]+)\r*\n", 60).group(1), 16) == total


def test_four_kib_pasted_at_the_prompt_are_all_obeyed(session):
    session.detach()
    session.machine.send("version\r" * (PASTE // 8) + "console\r")
    shown = 0
    while session.machine.expect_any([r"^version +Muntin \d.*\n", r"^lost_in_bytes +(\d+)\r*\n"], 60) == 0:
        shown += 1
    assert int(session.machine.talk.match.group(1)) == 0
    assert shown == PASTE // 8
    session.machine.expect(PROMPT, 20)
