# SPDX-License-Identifier: Apache-2.0
"""A talk with the monitor: each command is obeyed once, each answer is whole, each wait ends.

The monitor remembers the last tag that it obeyed and does not obey it again. So when an answer was
damaged, the same tag with a QUESTION asks what became of the line: an empty answer has the status
of the first time. The question itself is a wrong use of a harmless command. So "wrong use", its own
status, says that the line never arrived or was not understood; only then it is sent again.
"""
import os
import re
import signal
import time

from ctl.protocol import (CLEAR_LINE, COMMAND_LENGTH, INTERRUPT, Answer, new_tag, request,
                          request_crc)
from ctl.trouble import (STATUS_GARBLED, STATUS_INTERRUPTED, STATUS_LOCKED, STATUS_UNKNOWN,
                         STATUS_USAGE, Trouble)

HELLO = "version"             # who is there? Also answered while the monitor is locked
QUESTION = "version version"  # what became of this tag?
ATTEMPTS = 20   # of one command, on a bad line
SLICE = 0.2     # seconds of one look at the line
LIVE = 0.5      # an answer that pauses so long is shown as it comes,
LENGTHY = 5     # and one that takes so long
NUDGE = 0.8     # an answer that pauses so long may have lost its end: the monitor is asked,
NUDGES = 6      # so often, after twice the time each
PATIENCE = 1    # seconds until a line that nothing answers, not even an echo, is sent again
LEAVING = 5     # seconds that ^C may take
SILENCE = 60    # seconds without a byte in the middle of an answer
NOT_OBEYED = (STATUS_USAGE, STATUS_LOCKED)

ATTACHED = re.compile(rb"\[attached to [^\r\n]*\]\r\n")


class Reply:
    """How a command ended."""

    def __init__(self, answer, status, good=True):
        self.status = status
        self.output = answer.output if good else None  # None: it was damaged, see partial
        self.partial = bytes(answer.raw[answer.start:]) if answer.start is not None else b""
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
        return bool(data)

    def ask(self, command, tag, sink=None, follows=False):
        """Send a line once; collect its answer until it is whole, or damaged, or does not come.

        sink gets the output as it comes: at once if the command follows something, else as soon as
        the answer is one that takes its time.
        """
        answer = Answer(tag)
        self.send(tag, command)
        sent = last = begun = time.monotonic()
        live = left = False
        nudges = 0
        while True:
            heard = self.listen(answer)
            now = time.monotonic()
            last = now if heard else last
            begun = now if answer.start is None else begun
            live = live or (sink is not None and answer.start is not None
                            and (follows or now - last >= LIVE or now - begun >= LENGTHY))
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
                if self.unheard(sent, last):
                    return answer
                continue
            if now - last >= NUDGE * 2 ** nudges and nudges < NUDGES and not left:
                self.send(tag, QUESTION)
                nudges += 1
            if not follows and now - last >= self.silence:
                raise Trouble(f"{self.link.name}: '{command}' began to answer and then nothing "
                              f"came for {self.silence:g} s", STATUS_UNKNOWN)

    def insist(self, command, tag, first=CLEAR_LINE):
        """Send a line that may be sent again, until a whole answer to its tag comes.

        Return: the Answer; None when none came in time.
        """
        answer = Answer(tag)
        end = time.monotonic() + self.timeout
        while True:
            self.send(tag, command, first)
            sent = last = time.monotonic()
            while not self.unheard(sent, last):
                last = time.monotonic() if self.listen(answer) else last
                if answer.output is not None and answer.status == STATUS_GARBLED:
                    answer = Answer(tag)
                    break
                if answer.output is not None:
                    return answer
            if time.monotonic() >= end:
                return None

    def unheard(self, sent, last):
        """Whether an answer should have begun by now: it comes right behind the echo."""
        now = time.monotonic()
        patience = LIVE if last > sent else min(PATIENCE, self.timeout / 4)
        return now - last >= patience or now - sent >= self.timeout

    # --- Finding the monitor

    def synchronise(self, take=False):
        """Come to an empty line at the prompt, whatever the line was doing."""
        first = (self.escape + INTERRUPT if take else b"") + CLEAR_LINE
        if self.insist(HELLO, new_tag(), first) is None:
            raise Trouble(self.no_answer(take))

    def no_answer(self, take):
        """Why, as far as one can tell from here."""
        came = re.sub(r"\s+", " ", "".join(chr(b) if 32 <= b < 127 else " " for b in self.last))
        words = (f"{self.link.name}: no answer from Muntin's monitor; waited {self.timeout:g} s "
                 f"for the answer to `{HELLO}`. ")
        if not came.strip():
            return words + "Nothing came at all: is this the line, and its speed?"
        words += f"What came ended in '{came.strip()[-60:]}'. "
        if take:
            return words + "Is the machine up, and the speed right?"
        return words + "If someone left a guest's console or a command there, --take leaves it."

    # --- Commands

    def inquire(self, tag):
        """What became of a line. Return: an Answer with its status, or its own that came late."""
        answer = self.insist(QUESTION, tag)
        if answer is None:
            raise Trouble(f"{self.link.name}: the monitor fell silent, or the line damages all: "
                          f"waited {self.timeout:g} s for one whole answer; it is not known "
                          "whether the last command was obeyed", STATUS_UNKNOWN)
        return answer

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
        for _ in range(ATTEMPTS):
            tag = new_tag()
            answer = self.ask(command, tag, sink, follows)
            if self.is_good(answer, tag, command):
                return Reply(answer, answer.status)
            fate = self.inquire(tag)
            if fate.status in NOT_OBEYED:
                self.check_again(command)
                continue
            if fate.output and answer.start is None:
                return Reply(fate, fate.status)
            shown = answer.start is not None and answer.passed > answer.start
            if shown or not self.only_shows(command):
                return Reply(answer, fate.status, good=False)
        raise Trouble(f"{self.link.name}: the line damages too much: '{command}' was sent "
                      f"{ATTEMPTS} times and no answer came back whole", STATUS_UNKNOWN)

    def check_again(self, command):
        """Whether a line that seems not to have been obeyed may be sent again."""
        if self.interrupts and self.interrupts.count:
            raise Trouble(f"interrupted; '{command}' was not obeyed", STATUS_INTERRUPTED)
        if ";" in command:
            # One of several commands was not obeyed: what of the others?
            raise Trouble(f"{self.link.name}: the answer to '{command}' was damaged; it is not "
                          "known how much of it was obeyed", STATUS_UNKNOWN)

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
        if command.endswith(" --json"):
            return True
        answer = self.insist(f"help {name.group()} --json", new_tag())
        return answer is not None and b'"json":true' in answer.output.replace(b" ", b"")
