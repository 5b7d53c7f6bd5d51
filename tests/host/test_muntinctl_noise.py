# SPDX-License-Identifier: Apache-2.0
"""tools/muntinctl on a line that damages bytes; its framing and telnet, byte by byte."""
import json
import os
import re
import zlib

import pytest

# pylint: disable=unused-import,redefined-outer-name  # fixtures
from calling import TOP, call, fake, line, open_session, sim
from ctl.protocol import COMMAND_LENGTH, LINE_LENGTH, Answer, request
from ctl.telnet import Telnet
from ctl.trouble import Trouble
from fake_monitor import GUESTS

# --- Noise: whatever the line does to bytes, a good answer is right and nothing runs twice

def damaged_session(line, seed, rate):
    """A session over noise; the noise may make the first try fail too."""
    for _ in range(5):
        try:
            return open_session(line, 3, (seed, rate))
        except Trouble:
            seed += 1000
    raise AssertionError(f"no answer over a line with seed {seed}, rate {rate}")


def talk_over_noise(session, commands, check):
    """Run each command; check(command, reply) for those with an end. Returns how many had one."""
    ended = 0
    for command in commands:
        try:
            reply = session.run(command)
        except Trouble as e:
            assert e.status == 8, e
            check(command, None)
            continue
        ended += 1
        check(command, reply)
    return ended


# Bytes damaged of a thousand; an exchange has about three hundred.
NOISE = [(0, 1), (1, 3), (2, 3), (3, 6)]


@pytest.mark.parametrize("seed, rate", NOISE)
def test_noise_on_the_line_makes_no_wrong_answer_and_no_second_run(fake, line, seed, rate):
    session = damaged_session(line, seed, rate / 1000)
    truth = {"guest list --json": (0, json.dumps(GUESTS).encode() + b"\r\n"),
             "fail": (1, b"it cannot be done\r\n"), "guest nmi beat": (0, b"beat: got an NMI\r\n")}
    changing = ("guest nmi beat", "fail")
    runs = {command: 0 for command in changing}

    def check(command, reply):
        count = fake.obeyed.count(command)
        if command in changing:
            assert count - runs[command] in ((1,) if reply else (0, 1)), f"seed {seed}: {command}"
            runs[command] = count
        if reply:
            assert reply.status == truth[command][0], f"seed {seed}: {command}"
            assert reply.output in (None, truth[command][1]), f"seed {seed}: {command}"
            assert reply.output is not None or command in changing

    ended = talk_over_noise(session, list(truth) * 5, check)
    assert ended >= 12, f"seed {seed}: only {ended} of 15 commands had an end"
    assert session.link.damaged > 0
    session.link.close()


@pytest.mark.parametrize("seed, rate", NOISE[:3])
def test_noise_between_us_and_the_real_monitor(sim, seed, rate):
    session = damaged_session(sim.line, seed, rate / 1000)
    clean = rb'\[\r\n\{"name": "linux", .*\]\r\n'
    runs = 0

    def check(command, reply):
        nonlocal runs
        if command == "guest nmi beat":
            count = sim.count("beat nmi")
            assert count - runs in ((1,) if reply else (0, 1)), f"seed {seed}"
            runs = count
            assert reply is None or reply.status == 0
            assert reply is None or reply.output in (None, b"beat: got an NMI\r\n")
        elif reply:
            assert reply.status == 0, f"seed {seed}"
            assert re.fullmatch(clean, reply.output, re.DOTALL), f"seed {seed}"
            json.loads(reply.output)

    ended = talk_over_noise(session, ["guest nmi beat", "guest list --json"] * 6, check)
    assert ended >= 9, f"seed {seed}: only {ended} of 12 commands had an end"
    session.link.close()


# --- The framing itself

def whole(tag, output, status):
    crc = zlib.crc32(output + b"%d" % status)
    return b"@%s begin\r\n%s@%s end %d %d %08x\r\n" % (tag, output, tag, status, len(output), crc)


def test_answer_is_taken_byte_by_byte_and_what_stands_around_it_is_left_out():
    answer = Answer("abc")
    for byte in b"echo @abc version\r\n" + whole(b"abc", b"x@abc y\r\n", 1) + b"muntin> ":
        answer.feed(bytes([byte]))
    assert (answer.output, answer.status, answer.damaged) == (b"x@abc y\r\n", 1, False)


def test_output_is_given_away_as_it_comes_and_never_the_end_line():
    answer, given = Answer("abc"), b""
    for byte in whole(b"abc", b"one\r\n@ab\r\ntwo", 0):
        answer.feed(bytes([byte]))
        given += answer.take()
        assert b"@abc end"[:5] not in given
    assert given == b"one\r\n@ab\r\ntwo"


@pytest.mark.parametrize("at", range(len(whole(b"abc", b"hello\r\n", 0))))
def test_no_damaged_byte_of_an_answer_goes_unnoticed(at):
    good = whole(b"abc", b"hello\r\n", 0)
    for bit in range(8):
        answer = Answer("abc")
        answer.feed(good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1:])
        assert answer.output is None


def test_request_has_the_checksum_of_its_tag_and_command():
    crc = zlib.crc32(b"abc guest list")
    assert request("abc", "guest list") == b"@abc:%08x guest list\r" % crc


def test_longest_line_is_that_of_the_line_editor(sim):
    with open(os.path.join(TOP, "kernel", "monitor", "line.h"), encoding="utf-8") as f:
        assert int(re.search(r"LINE_BYTES = (\d+)", f.read()).group(1)) == LINE_LENGTH + 1
    status, out, _ = call(sim.line, "guest", "nmi", "x" * (COMMAND_LENGTH - len("guest nmi ")))
    assert status == 1 and "no guest is called" in out


# --- Telnet

def test_telnet_is_noticed_and_taken_off():
    telnet = Telnet()
    assert telnet.received(b"\xff") == b""
    assert telnet.received(b"\xfb\x01\xff\xfd\x18a\xff\xffb\xff\xfa\x18\x01\xff\xf0c\r\0d") == \
        b"a\xffbc\rd"
    assert telnet.take_answers() == b"\xff\xfb\x00\xff\xfd\x00\xff\xfd\x01\xff\xfc\x18"
    assert telnet.to_send(b"\xff") == b"\xff\xff"


def test_raw_line_is_not_taken_for_telnet():
    telnet = Telnet()
    assert telnet.received(b"muntin> \xff\xfb\x01") == b"muntin> \xff\xfb\x01"
    assert telnet.to_send(b"\xff") == b"\xff" and telnet.take_answers() == b""
