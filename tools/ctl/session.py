# SPDX-License-Identifier: Apache-2.0
"""A talk with the monitor: each command is obeyed once, each answer is whole, each wait ends.

The monitor remembers the last tag that it obeyed and does not obey it again. So when an answer was
damaged, the same tag with a harmless command (`version`) asks what became of the line: an empty answer
has the status of the first time; version's own answer says that the line never arrived, and only
then is it sent again.
"""
import os
import re
import signal
import time

from ctl.protocol import CLEAR_LINE, COMMAND_LENGTH, INTERRUPT, Answer, new_tag, request, request_crc
from ctl.trouble import (STATUS_GARBLED, STATUS_INTERRUPTED, STATUS_LOCKED, STATUS_UNKNOWN,
                         STATUS_USAGE, Trouble)

HARMLESS = "version"
ATTEMPTS = 20   # of one command, on a bad line
SLICE = 0.2     # seconds of one look at the line
LIVE = 0.5      # an answer that pauses so long is shown as it comes
NUDGE = 0.8     # an answer that pauses so long may have lost its end: the monitor is asked
LEAVING = 5     # seconds that ^C may take
SILENCE = 60    # seconds without a byte in the middle of an answer

ATTACHED = re.compile(rb"\[attached to [^\r\n]*\]\r\n")


class Reply:
    """How a command ended."""

    def __init__(self, answer, status):
        self.status = status
        self.output = answer.output      # None: it was damaged, see partial
        self.partial = bytes(answer.raw[answer.start:]) if answer.start is not None else b""
        self.rest = answer.rest          # what the line said behind it
        self.answer = answer


class Interrupts:
    """^C while a command runs: the first one goes to the monitor, the second one ends us."""

    def __init__(self):
        self.count = 0
        self.told = 0
        self.wake, self.waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.before = None

    def __enter__(self):
        self.before = signal.signal(signal.SIGINT, self.caught)
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, self.before)
        os.close(self.wake)
        os.close(self.waker)

    def caught(self, *_):
        """In the handler."""
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        os.write(self.waker, b"c")

    def fresh(self):
        """Whether there is one that the monitor was not told of."""
        try:
            os.read(self.wake, 16)
        except BlockingIOError:
            pass
        fresh, self.told = self.count > self.told, self.count
        return fresh


class Session:
    """One line, from the moment that the monitor has answered."""

    def __init__(self, link, timeout=10, silence=SILENCE, escape=b"\x1d"):
        self.link = link
        self.timeout = timeout    # seconds until an answer begins
        self.silence = silence    # seconds without a byte in an answer; None: no limit
        self.escape = escape
        self.hello = None         # what HARMLESS answers
        self.heard = time.monotonic()
        self.last = b""           # what came last, for messages
        self.interrupts = None

    # --- One line and what comes back

    def send(self, tag, command, first=CLEAR_LINE):
        """A line, on a line that is empty then."""
        self.link.write(first + request(tag, command), self.timeout)

    def listen(self, answer):
        """A look at the line. Return: whether something came."""
        data = self.link.read(SLICE, self.interrupts.wake if self.interrupts else None)
        answer.feed(data)
        self.last = (self.last + data)[-200:]
        if answer.output is not None:
            self.heard = time.monotonic()
        return bool(data)

    def ask(self, command, tag, sink=None, silence=None, first=CLEAR_LINE):
        """Send a line once; collect its answer until it is whole, or damaged, or does not come.

        sink gets the output as it comes, as soon as the answer is one that takes its time.
        """
        answer = Answer(tag)
        self.send(tag, command, first)
        sent = last = time.monotonic()
        live = nudged = left = False
        while True:
            heard = self.listen(answer)
            now = time.monotonic()
            last = now if heard else last
            live = live or (sink is not None and answer.start is not None and now - last >= LIVE)
            if live and not answer.damaged:
                sink(answer.take())
            if answer.damaged or answer.output is not None:
                return answer
            if self.interrupts and self.interrupts.fresh():
                self.link.write(INTERRUPT)
                left = now
            if left and now - left > LEAVING:
                raise Trouble(f"{self.link.name}: ^C was sent; waited {LEAVING} s for the end of "
                              f"'{command}'", STATUS_INTERRUPTED)
            if answer.start is None:
                if self.unheard(now - sent, now - last):
                    return answer
                continue
            if now - last >= NUDGE and not nudged and not left and not ATTACHED.search(answer.raw):
                self.send(tag, HARMLESS)
                nudged = True
            if silence is not None and now - last >= silence:
                raise Trouble(f"{self.link.name}: '{command}' began to answer and then nothing "
                              f"came for {silence:g} s", STATUS_UNKNOWN)

    def unheard(self, since_sent, since_last):
        """Whether an answer should have begun by now; talk of others on the line may delay it."""
        return since_sent >= self.timeout / 4 and (since_last >= LIVE or since_sent >= self.timeout)

    # --- Finding the monitor

    def synchronise(self, take=False):
        """Come to an empty line at the prompt, whatever the line was doing."""
        first = (self.escape + INTERRUPT if take else b"") + CLEAR_LINE
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            answer = self.ask(HARMLESS, new_tag(), first=first)
            if answer.output and answer.status != STATUS_GARBLED:
                self.hello = answer.output
                return
        raise Trouble(self.no_answer(take))

    def no_answer(self, take):
        """Why, as far as one can tell from here."""
        came = re.sub(r"\s+", " ", "".join(chr(b) if 32 <= b < 127 else " " for b in self.last))
        words = (f"{self.link.name}: no answer from Muntin's monitor; waited {self.timeout:g} s for "
                 f"the answer to `{HARMLESS}`. ")
        if not came.strip():
            return words + "Nothing came at all: is this the line, and its speed?"
        words += f"What came ended in '{came.strip()[-60:]}'. "
        if take:
            return words + "Is the machine up, and the speed right?"
        return words + "If someone left a guest's console or a command there, --take leaves it."

    # --- Commands

    def inquire(self, tag):
        """What became of a line. Return: its status; None: it was never obeyed."""
        for _ in range(ATTEMPTS):
            answer = self.ask_patiently(HARMLESS, tag)
            if answer.output is None or (answer.status == STATUS_GARBLED and not answer.output):
                self.check_heard()
                continue
            if answer.output == self.hello or (answer.output and answer.status == STATUS_LOCKED):
                return None
            return answer.status
        raise Trouble(f"{self.link.name}: the line damages too much: asked {ATTEMPTS} times how a "
                      "command ended; it is not known whether it was obeyed", STATUS_UNKNOWN)

    def ask_patiently(self, command, tag):
        """As ask(); what is damaged first may be late words of an earlier line."""
        answer = Answer(tag)
        self.send(tag, command)
        sent = last = time.monotonic()
        while answer.output is None:
            heard = self.listen(answer)
            now = time.monotonic()
            last = now if heard else last
            if self.unheard(now - sent, now - last):
                break
        return answer

    def check_heard(self):
        """Limit of all that is tried again."""
        if time.monotonic() - self.heard > 2 * self.timeout:
            raise Trouble(f"{self.link.name}: the monitor fell silent, or the line damages all: "
                          f"waited {2 * self.timeout:g} s for one whole answer; it is not known "
                          "whether the last command was obeyed", STATUS_UNKNOWN)

    def check_command(self, command):
        """What must not get onto a line."""
        if not command.isascii() or not command.isprintable():
            raise Trouble(f"{command!r}: a command is printable ASCII", STATUS_USAGE)
        if len(command) > COMMAND_LENGTH:
            raise Trouble(f"a command has at most {COMMAND_LENGTH} characters; this one has "
                          f"{len(command)}", STATUS_USAGE)

    def run(self, command, sink=None, follows=False):
        """Have a command obeyed, once. What sink was not given yet is in the reply."""
        self.check_command(command)
        self.heard = time.monotonic()
        for _ in range(ATTEMPTS):
            tag = new_tag()
            answer = self.ask(command, tag, sink, None if follows else self.silence)
            if self.is_good(answer, tag, command):
                return Reply(answer, answer.status)
            status = self.inquire(tag)
            if status is None and self.interrupts and self.interrupts.count:
                raise Trouble(f"interrupted; '{command}' was not obeyed", STATUS_INTERRUPTED)
            if status is None:
                self.check_heard()
                continue
            if answer.start is not None and answer.passed > answer.start \
                    or not self.only_shows(command):
                return Reply(answer, status)
        raise Trouble(f"{self.link.name}: the line damages too much: '{command}' was sent "
                      f"{ATTEMPTS} times and no answer came back whole", STATUS_UNKNOWN)

    @staticmethod
    def is_good(answer, tag, command):
        """Whether this is the answer to that line as it was sent."""
        if answer.output is None or answer.damaged or answer.status == STATUS_GARBLED:
            return False
        # A colon that became a space: the checksum was taken for the command's name.
        return not (answer.status == STATUS_USAGE
                    and request_crc(tag, command).encode() in answer.output)

    def only_shows(self, command):
        """Whether it may be obeyed again: the monitor's own table says which commands only show."""
        name = re.match(r"[a-z0-9_-]+(?: [a-z0-9_-]+)*", command)
        if not name or ";" in command or '"' in command:
            return False
        tag = new_tag()
        for _ in range(ATTEMPTS):
            answer = self.ask_patiently(f"help {name.group()} --json", tag)
            if answer.output is not None and answer.status == 0:
                return b'"json":true' in answer.output.replace(b" ", b"")
            if answer.output is not None and answer.output:
                return False  # no such command
            self.check_heard()
            tag = new_tag()
        return False
