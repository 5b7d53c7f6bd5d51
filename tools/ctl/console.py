# SPDX-License-Identifier: Apache-2.0
"""A guest's console on this terminal, or on whatever stands in for one."""
import os
import re
import select
import signal
import sys
import termios
import time
import tty

from ctl.protocol import INTERRUPT, CLEAR_LINE, Answer, new_tag
from ctl.session import ATTACHED
from ctl.trouble import STATUS_GARBLED, STATUS_UNKNOWN, Trouble

DETACHED = re.compile(rb"\[detached from [^\r\n]*\]\r\n")
LEAVING = 5   # seconds that the way back may take
TRAILING = 1  # after the end of input that is no terminal: so long a quiet, and we leave,
LINGER = 5    # or so long in all


class Terminal:
    """Standard input as raw bytes; whatever happens, the terminal is given back as it was."""

    def __init__(self):
        self.fd = sys.stdin.fileno()
        self.before = termios.tcgetattr(self.fd) if os.isatty(self.fd) else None
        self.signals = {}

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            self.signals[number] = signal.signal(number, self.ended)
        if self.before:
            tty.setraw(self.fd, termios.TCSADRAIN)
        return self

    def __exit__(self, *_):
        if self.before:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.before)
        for number, handler in self.signals.items():
            signal.signal(number, handler)

    def ended(self, number, _frame):
        """Told to end: through __exit__, so that the terminal is restored."""
        sys.exit(128 + number)


def show(data):
    """Bytes to standard output, all of them."""
    while data:
        data = data[os.write(sys.stdout.fileno(), data):]


def leave(session, show_rest=True):
    """Ctrl-], and wait until the monitor says that it has the line again."""
    session.link.write(session.escape)
    end = time.monotonic() + LEAVING
    came = b""
    while time.monotonic() < end:
        data = session.link.read(0.2)
        came += data
        match = DETACHED.search(came)
        if match:
            if show_rest:
                show(came[len(came) - len(data):match.end()] if match.end() > len(came) - len(data)
                     else b"")
            return
        if show_rest:
            show(data)
    raise Trouble(f"{session.link.name}: the escape key was sent; waited {LEAVING} s for "
                  "'[detached from ...]'")


def relay(session, begun):
    """Both ways until Ctrl-]; `begun` is what came already."""
    with Terminal() as terminal:
        show(begun)
        try:
            relay_keys(session, terminal.fd)
        finally:
            leave(session)


def relay_keys(session, keyboard):
    """Both ways until Ctrl-], or, when the input is no terminal, its end and a quiet second."""
    watched = [session.link.fd, keyboard]
    ended = None
    while True:
        ready, _, _ = select.select(watched, [], [], None if ended is None else TRAILING)
        if not ready or (ended and time.monotonic() > ended + LINGER):
            return
        if session.link.fd in ready:
            show(session.link.read(0))
        if keyboard in ready:
            keys = os.read(keyboard, 4096)
            before, escape, _ = keys.partition(session.escape)
            session.link.write(before)
            if escape:
                return
            if not keys:
                watched.remove(keyboard)
                ended = time.monotonic()


def attach(session, command):
    """Send the line, and collect until a word says how it went. Return: the Answer.

    The monitor's word that the line is a guest's comes in the answer or just behind it.
    """
    answer = Answer(new_tag())
    session.send(answer.tag, command)
    end = time.monotonic() + max(1, session.timeout / 4)
    while time.monotonic() < end and not ATTACHED.search(answer.raw):
        session.listen(answer)
        if answer.output or answer.status:
            break
    return answer


def open_console(session, command):
    """attach() until it is clear how it went; in between Ctrl-], for the guest may be listening."""
    for _ in range(5):
        answer = attach(session, command)
        if answer.output is not None and answer.status == STATUS_GARBLED:
            continue
        if answer.output is not None or ATTACHED.search(answer.raw):
            return answer
        session.link.write(session.escape + INTERRUPT + CLEAR_LINE)
    raise Trouble(f"{session.link.name}: asked 5 times, {max(1, session.timeout / 4):g} s each, "
                  f"for '[attached to ...]' after `{command}`", STATUS_UNKNOWN)


def console(session, command):
    """The whole visit. Return: exit status, and what the monitor said instead, if it did."""
    answer = open_console(session, command)
    word = ATTACHED.search(answer.raw)
    if not word:
        return answer.status, answer.output
    end = time.monotonic() + 1
    while answer.output is None and not answer.damaged and time.monotonic() < end:
        session.listen(answer)
    relay(session, word.group() + answer.end.sub(b"", bytes(answer.raw[word.end():])))
    return 0, b""
