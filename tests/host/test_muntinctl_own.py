# SPDX-License-Identifier: Apache-2.0
"""tools/muntinctl beside commands: scripts, completion, consoles, the exporter, its manual."""
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import time
import urllib.request

import pytest

# pylint: disable=unused-import,redefined-outer-name  # fixtures
from calling import CTL, LIMIT, TOP, call, fake, line, sim, start
from ctl.words import Choices
from fake_monitor import GUESTS, ROWS

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
        assert call(sim.line, "guest", "pause", "beat")[0] == 0, "free between two looks"
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
