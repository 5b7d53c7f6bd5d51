# SPDX-License-Identifier: Apache-2.0
"""tools/muntinctl: commands, and every fault of the line that can be made on purpose."""
import json
import signal
import socket
import threading
import time

import pytest

# pylint: disable=unused-import,redefined-outer-name  # fixtures
from calling import LIMIT, call, fake, line, open_session, sim, start
from ctl.trouble import Trouble
from ctl.words import to_line
from fake_monitor import GUESTS, LONG

# --- Commands and their status

def test_output_and_status_of_a_command_are_those_of_the_monitor(line):
    assert call(line, "guest", "list") == (0, LONG, "")
    assert call(line, "fail") == (1, "it cannot be done\n", "")
    assert call(line, "nonsense")[:2] == (2, 'unknown command "nonsense"\n')


def test_json_is_passed_through(line):
    status, out, _ = call(line, "guest", "list", "--json")
    assert status == 0 and json.loads(out) == GUESTS


def test_words_with_spaces_and_semicolons_stay_words():
    assert to_line(["guest", "send", "a b", "x;y", ""]) == 'guest send "a b" "x;y" ""'
    with pytest.raises(Trouble):
        to_line(['say "hello"'])


@pytest.mark.parametrize("word", ["two\rlines", "\x1d", "caf\u00e9", "x" * 1010])
def test_what_must_not_get_onto_the_line_is_refused(fake, line, word):
    assert call(line, "fail", word)[0] == 2
    assert fake.obeyed == ["version"]


def test_no_device_and_no_command_are_bad_usage():
    assert call("", "version")[0] == 2
    status, _, err = call("unix:/nowhere")
    assert status == 2 and "which command?" in err


@pytest.mark.parametrize("device, status, words", [
    ("unix:/nowhere/at/all", 7, "cannot connect: No such file"), ("tcp:localhost", 2, "write tcp:"),
    ("tcp:127.0.0.1:1", 7, "cannot connect: Connection refused"),
    ("/dev/no-such-port", 7, "cannot open it: No such file"), ("/dev/null", 7, "cannot open it")])
def test_line_that_cannot_be_opened_is_named_with_the_reason(device, status, words):
    found, _, err = call(device, "--timeout", "1", "version")
    assert found == status and words in err and device in err


# --- Faults of the line

def test_half_typed_line_is_cleared_first(fake, line):
    fake.line = b"guest stop lin"
    assert call(line, "fail")[0] == 1
    assert fake.obeyed == ["version", "fail"]


def test_prompts_and_messages_between_answers_are_ignored(fake, line):
    fake.prompts = 3
    fake.chatter = b"\r[12.3] linux: stopped: @x end 0 0 00000000\r\n"
    fake.greeting = b"@abc begin\r\nold words\r\n" * 50
    assert call(line, "guest", "list")[:2] == (0, LONG)


def test_late_answer_is_waited_for(fake, line):
    fake.late = 1.5
    assert call(line, "--timeout", "4", "guest", "nmi", "beat")[:2] == (0, "beat: got an NMI\n")
    assert fake.obeyed.count("guest nmi beat") == 1


def test_lost_line_is_sent_again(fake, line):
    session = open_session(line)
    fake.lose_lines = 1
    assert session.run("guest nmi beat").status == 0
    assert fake.obeyed.count("guest nmi beat") == 1


def test_changing_command_whose_answer_is_lost_runs_once_and_its_status_is_found(fake, line):
    session = open_session(line)
    fake.lose_answers = 1
    reply = session.run("guest nmi beat")
    assert (reply.status, reply.output) == (0, None)
    fake.damage_answers = 1
    assert session.run("fail").status == 1
    assert fake.obeyed.count("guest nmi beat") == 1 and fake.obeyed.count("fail") == 1


def test_command_that_only_shows_is_asked_again_when_its_answer_was_damaged(fake, line):
    session = open_session(line)
    fake.damage_answers = 1
    reply = session.run("guest list")
    assert reply.status == 0 and reply.output == LONG.replace("\n", "\r\n").encode()


def test_lost_end_of_an_answer_is_asked_for_before_patience_ends(fake, line):
    session = open_session(line)
    fake.lose_ends = 1
    began = time.monotonic()
    reply = session.run("guest nmi beat")
    assert (reply.status, reply.output) == (0, None) and time.monotonic() - began < 4
    assert fake.obeyed.count("guest nmi beat") == 1


def test_damaged_words_of_a_changing_command_are_complained_about_and_its_status_holds(fake, line):
    fake.damage_answers, fake.damage_word = 1, "guest nmi"
    status, out, err = call(line, "guest", "nmi", "beat")
    assert (status, out) == (0, "") and "words were damaged" in err
    assert fake.obeyed.count("guest nmi beat") == 1


def test_silent_line_ends_with_a_message_in_time(fake, line):
    fake.deaf = True
    began = time.monotonic()
    status, _, err = call(line, "--timeout", "1", "version")
    assert status == 7 and "waited 1 s for the answer to `version`. Nothing came at all" in err
    assert time.monotonic() - began < 5


def test_answer_that_stops_in_the_middle_ends_with_a_message_in_time(line):
    status, out, err = call(line, "--timeout", "2", "stall")
    assert status == 8 and out.startswith("some") and "nothing came for 2 s" in err


def test_reader_of_the_output_may_leave_early(line):
    child = start(line, "log", "-f")
    child.stdout.readline()
    child.stdout.close()
    assert child.wait(LIMIT) == 1 and "Traceback" not in child.stderr.read()


def test_monitor_that_goes_away_ends_with_a_message(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "x"))
        server.listen()
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        status, _, err = call(f"unix:{tmp_path}/x", "version")
    assert status == 7 and "closed at the other end" in err


def test_line_in_someones_console_is_left_alone_without_take(fake, line):
    fake.attached = True
    status, _, err = call(line, "--timeout", "1", "guest", "nmi", "beat")
    assert status == 7 and "--take leaves it" in err
    assert b"guest nmi" not in fake.typed and fake.obeyed == [], "only the question was typed there"


def test_take_leaves_someones_console(fake, line):
    fake.attached = True
    assert call(line, "--take", "fail")[0] == 1
    assert fake.typed == b""


def test_two_do_not_talk_at_once(fake, line):
    fake.late = 0.2
    children = [start(line, "guest", "list") for _ in range(3)]
    for child in children:
        assert child.communicate(timeout=LIMIT)[0] == LONG and child.returncode == 0


def test_line_that_another_one_keeps_is_reported_as_busy(line):
    session = open_session(line)
    status, _, err = call(line, "--timeout", "1", "version")
    assert status == 7 and "in use by another program; waited 1 s" in err
    session.link.close()


def test_locked_monitor_is_opened_with_the_password_file(fake, line, tmp_path):
    fake.locked = True
    assert call(line, "guest", "list")[0] == 5
    (tmp_path / "good").write_text("secret\n")
    (tmp_path / "bad").write_text("guess\n")
    status, _, err = call(line, "--password-file", str(tmp_path / "bad"), "fail")
    assert status == 5 and "wrong password" in err
    assert call(line, "--password-file", str(tmp_path / "good"), "fail")[0] == 1


# --- Following, ^C

def test_following_command_is_shown_as_it_comes_and_control_c_ends_it(fake, line):
    child = start(line, "log", "-f")
    assert child.stdout.readline() == "line 0\n" and child.stdout.readline() == "line 1\n"
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=LIMIT)
    assert child.returncode == 3 and err == ""
    assert fake.interrupted.wait(5)


def test_control_c_that_the_monitor_does_not_hear_ends_in_time(fake, line):
    child = start(line, "stall")
    while "stall" not in fake.obeyed:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=LIMIT)
    assert child.returncode == 3 and "^C was sent; waited 5 s for the end of 'stall'" in err


def test_watch_of_the_real_monitor_is_ended_by_control_c(sim):
    child = start(sim.line, "watch", "-n", "1", "guest", "list")
    lines = [child.stdout.readline() for _ in range(8)]
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=LIMIT)
    assert child.returncode == 3
    assert sum(text.startswith("linux ") for text in lines) >= 2
    assert call(sim.line, "version")[0] == 0, "the line is free again"
