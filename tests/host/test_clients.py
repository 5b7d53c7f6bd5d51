# SPDX-License-Identifier: Apache-2.0
"""Real terminal programs on the monitor's line, judged by their screens; muntinctl by ser2net."""
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
# pylint: disable=wrong-import-position
from rigs import process
from simulator import Simulator

CTL = os.path.join(TOP, "tools", "muntinctl")
COLUMNS, ROWS = 80, 24
LIMIT = 8  # seconds until a screen must show what it is waited for
PROMPT = "muntin>"


def program(name):
    """Path of a program that must be there: a test that is left out proves nothing."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    assert path, f"{name} is not installed; tools/packages.txt has it"
    return path


class Screen:
    """A terminal of 80 columns and 24 rows that a program runs in."""

    def __init__(self, directory, command):
        self.tmux = [program("tmux"), "-S", f"{directory}/tmux", "-f", "/dev/null"]
        self.call("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), command)

    def call(self, *args):
        done = subprocess.run([*self.tmux, *args], text=True, capture_output=True, timeout=10,
                              check=False)
        assert done.returncode == 0, f"tmux {args[0]}: {done.stderr}"
        return done.stdout

    def rows(self):
        """What it shows, a string each row, without the empty ones at the end."""
        return [row.rstrip() for row in self.call("capture-pane", "-p").rstrip("\n").split("\n")]

    def type(self, *keys):
        """Keys by tmux's names; "Enter", "Up", "C-a"."""
        self.call("send-keys", *keys)

    def text(self, text):
        self.call("send-keys", "-l", text)

    def wait(self, holds, what):
        """Until holds(rows); returns the rows."""
        end = time.monotonic() + LIMIT
        while not holds(self.rows()):
            assert time.monotonic() < end, (f"waited {LIMIT} s for {what}; the screen:\n"
                                            + "\n".join(self.rows()))
            time.sleep(0.05)
        return self.rows()

    def shows(self, pattern):
        """Until some row matches."""
        return self.wait(lambda rows: any(re.search(pattern, row) for row in rows), pattern)

    def line(self, text):
        """Until the last row is this, in all its letters."""
        return self.wait(lambda rows: rows[-1] == text, f"a last row '{text}'")

    def prompt(self):
        """An empty prompt at the bottom of what is there."""
        self.type("C-u")
        self.type("Enter")
        return self.line(PROMPT)

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, timeout=10, check=False)


@pytest.fixture(name="sim")
def fixture_sim(tmp_path):
    """The monitor on a pseudo terminal."""
    with Simulator("pty", tmp_path / "events") as simulator:
        yield simulator


@pytest.fixture(name="screen")
def fixture_screen(sim, tmp_path):
    """picocom on it, at the prompt."""
    screen = Screen(tmp_path, f"{program('picocom')} -b 115200 {sim.line}")
    try:
        screen.shows("^Terminal ready$")
        screen.prompt()
        yield screen
    finally:
        screen.close()


def test_line_is_edited_with_the_cursor_keys(screen):
    screen.text("vesion")
    screen.type("Left", "Left", "Left", "Left")
    screen.text("r")
    screen.line(f"{PROMPT} version")
    screen.type("Home", "Delete")
    screen.text("v")
    screen.type("End", "BSpace")
    screen.text("n")
    screen.line(f"{PROMPT} version")
    screen.type("Enter")
    screen.shows(r"^version +Muntin 0\.1 \(test\)$")


def test_earlier_lines_come_back_with_the_arrows(screen):
    screen.text("guest list")
    screen.type("Enter")
    screen.shows(r"^beat +running")
    screen.text("version")
    screen.type("Enter")
    screen.shows(r"^version ")
    screen.type("Up", "Up")
    screen.line(f"{PROMPT} guest list")
    screen.type("Down")
    screen.line(f"{PROMPT} version")
    screen.type("C-r")
    screen.text("list")
    screen.type("Enter")
    screen.wait(lambda rows: sum(row.startswith("beat ") for row in rows) == 2, "a second table")


def test_tab_completes_commands_and_names(screen):
    screen.text("gue")
    screen.type("Tab")
    screen.line(f"{PROMPT} guest")
    screen.text("nm")
    screen.type("Tab")
    screen.text("be")
    screen.type("Tab")
    screen.line(f"{PROMPT} guest nmi beat")
    screen.type("Enter")
    screen.shows(r"^beat: got an NMI$")


def test_long_output_stops_at_each_page_and_goes_on(screen):
    screen.text("help; help; help")
    screen.type("Enter")
    rows = screen.wait(lambda rows: rows[-1].startswith("--More--"), "--More--")
    assert len(rows) <= ROWS and rows[0] != "", "a page fits the screen"
    first = rows[0]
    screen.type("Space")
    rows = screen.wait(lambda rows: rows[0] != first and rows[-1].startswith("--More--"),
                       "the next page")
    screen.type("q")
    rows = screen.wait(lambda rows: rows[-1] == PROMPT, "the prompt behind the output")
    assert not any("--More--" in row for row in rows), "the question is wiped away"


def test_line_wider_than_the_screen_stays_in_its_row(screen):
    before = len(screen.rows())
    screen.text("".join(f"{number:03}-" for number in range(40)))
    rows = screen.wait(lambda rows: rows[-1].endswith("039-"), "the end of the line")
    assert len(rows) == before, "no row more than before"
    assert rows[-1].startswith(PROMPT) and len(rows[-1]) < COLUMNS
    screen.type("Home")
    rows = screen.wait(lambda rows: rows[-1].startswith(f"{PROMPT} 000-001-"), "its beginning")
    assert len(rows) == before
    screen.type("C-u")
    screen.line(PROMPT)


def test_no_line_of_any_table_wraps(screen):
    for command in ("guest list", "exits", "set", "console", "help guest"):
        screen.prompt()
        screen.type("C-l")
        screen.text(command)
        screen.type("Enter")
        rows = screen.wait(lambda rows, c=command: f"{PROMPT} {c}" in rows and rows[-1] == PROMPT,
                           f"the answer to {command}")
        wide = [row for row in rows if len(row) >= COLUMNS]
        assert not wide, f"{command} writes into the last column, where terminals wrap: {wide}"


def test_console_of_a_guest_and_back(sim, screen):
    screen.text("guest console beat")
    screen.type("Enter")
    screen.shows(r"^\[attached to beat; Ctrl-\] returns\]$")
    screen.shows(r"^beat: beat \d+$")
    screen.text("ls -l")
    screen.type("Enter")
    screen.shows(r"^beat heard: ls -l$")
    screen.type("C-]")
    screen.shows(r"^\[detached from beat\]$")
    screen.line(PROMPT)
    assert sim.count("beat heard ls -l") == 1


def test_minicom_shows_the_same(sim, tmp_path):
    environment = f"HOME={tmp_path}"
    screen = Screen(tmp_path, f"env {environment} {program('minicom')} -o -D {sim.line} -b 115200")
    try:
        screen.shows("Welcome to minicom")
        screen.type("Enter")
        screen.shows(f"^{PROMPT}$")
        screen.text("guset list")
        screen.type(*["Left"] * 7)
        screen.type("BSpace", "Right")
        screen.text("u")
        screen.type("Left", "Left")
        screen.type("C-a", "C-a", "C-k")
        screen.text("guest list")
        screen.type("Enter")
        screen.shows(r"^beat +running +3 ")
        screen.text("guest console beat")
        screen.type("Enter")
        screen.shows(r"^beat: beat \d+$")
        screen.type("C-]")
        screen.shows(r"^\[detached from beat\]$")
    finally:
        screen.close()


def test_muntinctl_opens_a_serial_port_itself(sim):
    status, out, err = call(sim.line, "guest", "list")
    assert (status, err) == (0, "") and "beat " in out
    status, _, err = call(sim.line, "-s", "0", "version")
    assert status == 2 and "not a speed" in err


def test_line_that_picocom_has_is_not_taken_from_it(sim, screen):
    screen.text("versi")
    done = subprocess.run([CTL, "-d", sim.line, "--timeout", "1", "version"], text=True,
                          capture_output=True, timeout=20, check=False)
    assert done.returncode == 7 and "in use by another program" in done.stderr
    screen.line(f"{PROMPT} versi")


# --- ser2net

class Ser2net:
    """ser2net between TCP and a serial line; mode is tcp, or telnet,tcp."""

    def __init__(self, directory, mode, line):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        config = directory / "ser2net.yaml"
        config.write_text(f"connection: &one\n  accepter: {mode},127.0.0.1,{self.port}\n"
                          f"  connector: serialdev,{line},115200n81,local\n")
        self.child = subprocess.Popen(
            process.tied([program("ser2net"), "-n", "-u", "-c", str(config)], "KILL"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)

    def __enter__(self):
        end = time.monotonic() + LIMIT
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert time.monotonic() < end, f"waited {LIMIT} s for ser2net to listen"
                time.sleep(0.1)

    def __exit__(self, *_):
        process.end(self.child)


def call(device, *args, text=None):
    done = subprocess.run([CTL, "-d", device, *args], text=True, input=text or "",
                          capture_output=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("mode", ["tcp", "telnet,tcp"])
def test_ser2net_stands_between_muntinctl_and_the_line(sim, tmp_path, mode):
    with Ser2net(tmp_path, mode, sim.line) as server:
        device = f"tcp:127.0.0.1:{server.port}"
        status, out, err = call(device, "version")
        assert (status, err) == (0, "") and "Muntin 0.1 (test)" in out
        status, out, err = call(device, "help")
        assert status == 0 and len(out.splitlines()) > 20
        assert call(device, "guest", "nmi", "beat")[:2] == (0, "beat: got an NMI\n")
        assert sim.count("beat nmi") == 1
        status, out, _ = call(device, "console", "beat", text="through the net\r")
        assert status == 0 and "beat heard: through the net" in out
        assert call(device, "nonsense")[0] == 2
