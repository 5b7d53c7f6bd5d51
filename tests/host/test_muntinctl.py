# SPDX-License-Identifier: Apache-2.0
"""tools/muntinctl: against a monitor with faults, and against the real one on a line of ours."""
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
import urllib.request
import zlib

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
# pylint: disable=wrong-import-position
from ctl.link import open_link
from ctl.protocol import COMMAND_LENGTH, LINE_LENGTH, Answer, request
from ctl.session import Session
from ctl.telnet import Telnet
from ctl.trouble import Trouble
from ctl.words import Choices, to_line
from fake_monitor import GUESTS, LONG, ROWS, FakeMonitor, NoisyLink
from simulator import Simulator

CTL = os.path.join(TOP, "tools", "muntinctl")
LIMIT = 30  # seconds after which a muntinctl that still runs has failed its test


def start(line, *args, **how):
    """A muntinctl on a line."""
    env = dict(os.environ, MUNTIN_DEVICE=line)
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([CTL, *args], env=env, text=True, **how)


def call(line, *args, text=None):
    """Run muntinctl; returns its exit status, its output and its complaints."""
    child = start(line, *args, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL)
    try:
        out, err = child.communicate(text, LIMIT)
    finally:
        child.kill()
    return child.returncode, out, err


@pytest.fixture
def fake(tmp_path):
    """A monitor with faults."""
    monitor = FakeMonitor(tmp_path / "fake")
    monitor.start()
    yield monitor
    monitor.close()


@pytest.fixture
def line(fake):
    """Its line."""
    return f"unix:{fake.path}"


@pytest.fixture
def sim(tmp_path):
    """The real monitor on a unix socket."""
    with Simulator(f"unix:{tmp_path}/sim", tmp_path / "events") as simulator:
        yield simulator


def open_session(line, timeout=4, noise=None):
    """A session in this process; noise is (seed, rate)."""
    link = open_link(line, limit=5)
    if noise:
        link = NoisyLink(link, *noise)
    session = Session(link, timeout, silence=10)
    session.synchronise()
    return session


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
            assert reply.status == 0 and re.fullmatch(clean, reply.output, re.DOTALL), f"seed {seed}"
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


# --- Scripts

def test_script_stops_at_the_first_failure(fake, line, tmp_path):
    (tmp_path / "s").write_text("# a comment\n\nversion\nfail\nguest nmi beat\n")
    status, out, err = call(line, "script", str(tmp_path / "s"))
    assert status == 1 and out == "Muntin fake\nit cannot be done\n"
    assert f"{tmp_path}/s:4: 'fail' ended with status 1" in err
    assert "guest nmi beat" not in fake.obeyed


def test_script_goes_on_with_k_and_reports_the_first_failure(fake, line):
    status, _, _ = call(line, "script", "-k", "-", text="fail\nnonsense\nguest nmi beat\n")
    assert status == 1 and "guest nmi beat" in fake.obeyed


def test_script_that_is_not_there_is_bad_usage(line):
    status, _, err = call(line, "script", "/no/such/file")
    assert status == 2 and "/no/such/file: cannot be read" in err


# --- Help and completion come from the monitor

def test_help_is_the_monitors_own(sim):
    status, out, _ = call(sim.line, "help")
    assert status == 0 and "guest console NAME" in out


@pytest.mark.parametrize("words, wanted", [
    (["gu"], ["guest"]), (["guest", "n"], ["nmi"]), (["guest", "nmi", ""], ["beat", "linux"]),
    (["guest", "stop", "beat", "--"], ["--force"]), (["set", ""], ["paging", "prompt"]),
    (["set", "paging", ""], ["off", "on"]), (["watch", "-n", "5", "guest", "l"], ["list"]),
    (["watch", "-n", ""], []), (["help", "guest", "st"], ["stop"]), (["guest", "list", "-"],
                                                                   ["--json"])])
def test_completion_follows_the_usage_texts(words, wanted):
    answers = {"help --json": ROWS, "guest list --json": GUESTS,
               "set --json": {"paging": "on", "prompt": ">"}}
    rows = [dict(row, json=False) if row["words"] == "set" else row for row in ROWS]
    answers["help --json"] = rows
    assert Choices(answers.get).of_line(words) == wanted


def test_completion_in_bash_asks_the_monitor(sim):
    script = f"""PATH={os.path.dirname(CTL)}:$PATH; source <(muntinctl completion)
    COMP_LINE='muntinctl -d {sim.line} guest nmi ' COMP_POINT=${{#COMP_LINE}}
    COMP_LINE='muntinctl -d {sim.line} guest nmi '; COMP_POINT=${{#COMP_LINE}}
    _muntinctl; echo "${{COMPREPLY[*]}}" """
    done = subprocess.run(["bash", "-c", script], text=True, capture_output=True, timeout=LIMIT,
                          check=True)
    assert done.stdout == "beat linux\n"


# --- Consoles

def test_console_passes_bytes_both_ways_and_restores_the_terminal(sim):
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    child = start(sim.line, "console", "beat", stdin=slave, stdout=slave, stderr=slave)
    screen = read_until(master, rb"\[attached to beat; Ctrl-\] returns\]\r\n")
    assert b"@" not in screen, "the framing is not for people"
    assert not termios.tcgetattr(slave)[3] & termios.ECHO
    os.write(master, b"hello\r")
    read_until(master, rb"beat heard: hello\r\n")
    os.write(master, b"\x1d")
    read_until(master, rb"\[detached from beat\]\r\n")
    assert child.wait(LIMIT) == 0
    assert termios.tcgetattr(slave) == before
    assert "beat heard hello" in sim.events()


def test_console_that_is_killed_restores_the_terminal_and_leaves_the_console(sim):
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    child = start(sim.line, "guest", "console", "beat", stdin=slave, stdout=slave, stderr=slave)
    read_until(master, rb"\[attached to beat; Ctrl-\] returns\]\r\n")
    child.terminate()
    assert child.wait(LIMIT) == 128 + signal.SIGTERM
    assert termios.tcgetattr(slave) == before
    assert call(sim.line, "version")[0] == 0


def test_console_takes_its_input_from_a_pipe(sim):
    status, out, _ = call(sim.line, "console", "beat", text="from a pipe\r")
    assert status == 0 and "beat heard: from a pipe" in out and "[detached from beat]" in out


def test_console_of_nobody_is_refused_by_the_monitor(sim):
    status, out, _ = call(sim.line, "console", "nobody")
    assert status == 1 and 'no guest is called "nobody"' in out


def read_until(fd, pattern, limit=10):
    """Bytes from a terminal until they match."""
    end, got = time.monotonic() + limit, b""
    os.set_blocking(fd, False)
    while not re.search(pattern, got):
        assert time.monotonic() < end, f"waited {limit} s for {pattern}; got {got[-300:]}"
        try:
            got += os.read(fd, 4096)
        except BlockingIOError:
            time.sleep(0.02)
    return got


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


# --- The exporter

def scrape(port, wanted, limit=15):
    """The exporter's page, as {metric: value}, once `wanted` is in it."""
    end, page = time.monotonic() + limit, ""
    while wanted not in page:
        assert time.monotonic() < end, f"waited {limit} s for '{wanted}'; got {page[-500:]}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                page = answer.read().decode()
        except OSError:
            pass
        time.sleep(0.1)
    return dict(text.rsplit(" ", 1) for text in page.splitlines() if not text.startswith("#"))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_exporter_gives_states_and_counts_and_says_when_the_monitor_is_gone(sim):
    port = free_port()
    child = start(sim.line, "--timeout", "2", "exporter", "--listen", f"127.0.0.1:{port}",
                  "--interval", "0.3")
    try:
        page = scrape(port, "muntin_up 1.0")
        assert page['muntin_guest_state{guest="beat",state="running"}'] == "1.0"
        assert float(page['muntin_guest_memory_bytes{guest="linux"}']) == 512 << 20
        page = scrape(port, 'muntin_exits_total{guest="beat",reason="CPUID",vcpu="0"}')
        assert float(page['muntin_console_bytes_total{guest="beat"}']) > 0
        assert page['muntin_console_lost_bytes_total{guest="beat"}'] == "0.0"
        assert call(sim.line, "guest", "pause", "beat")[0] == 0, "the line is free between two looks"
        page = scrape(port, 'muntin_guest_state{guest="beat",state="paused"} 1.0')
        assert page['muntin_guest_state{guest="beat",state="running"}'] == "0.0"
        sim.stop()
        page = scrape(port, "muntin_up 0.0")
        assert float(page["muntin_failed_looks_total"]) >= 1
        assert not [name for name in page if name.startswith("muntin_guest")], "nothing stale"
    finally:
        child.terminate()
        _, err = child.communicate(timeout=LIMIT)
    assert "the monitor answers" in err and "cannot connect" in err


def test_exporter_that_cannot_listen_says_so(line):
    status, _, err = call(line, "exporter", "--listen", "192.0.2.1:9199")
    assert status == 7 and "cannot listen on 192.0.2.1:9199" in err


# --- The manual

def test_manual_has_no_faults_and_names_every_option():
    page = os.path.join(TOP, "tools", "muntinctl.1")
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], text=True, capture_output=True,
                          check=False)
    assert lint.returncode == 0, lint.stdout + lint.stderr
    text = subprocess.run(["mandoc", "-Tascii", page], text=True, capture_output=True, check=True)
    words = re.sub(".\b", "", text.stdout)
    known = subprocess.run([CTL, "--help"], text=True, capture_output=True, check=True).stdout
    for option in set(re.findall(r"--[a-z-]+", known)) - {"--help"}:
        assert option in words, f"{option} is not in the manual"
    for own in ("console", "script", "exporter", "completion"):
        assert own in words
