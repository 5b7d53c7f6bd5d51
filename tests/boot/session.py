# SPDX-License-Identifier: Apache-2.0
"""Talking to Muntin's monitor and to the guests behind it, over one serial line."""
import json
import re
import zlib

PROMPT = r"muntin> "
SHELL = r"guest# "
DETACH = "\x1d"  # Ctrl-]
NEWLINES = re.compile(r"\r+\n")
# busybox asks the terminal where its cursor is, at every prompt.
ASKS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def plain(text):
    """Without carriage returns and terminal sequences."""
    return ASKS.sub("", NEWLINES.sub("\n", text))


class Session:
    """Knows whose line the serial line is: the monitor's (attached is None), or a guest's."""

    def __init__(self, machine):
        self.machine = machine
        self.attached = None
        self.tags = 0

    def wait_prompt(self, timeout):
        """After a start of the machine."""
        self.attached = None
        self.machine.expect(r"Type help\.\r*\n", timeout)
        self.machine.expect(PROMPT, 10)
        self.ask("set paging off")

    def detach(self):
        """Back to the monitor's prompt; returns what the guest printed until then."""
        if self.attached is None:
            return ""
        self.machine.send(DETACH)
        self.machine.expect(r"\[detached from (\S+)\]", 30)
        before, name = self.machine.talk.before, self.machine.talk.match.group(1)
        assert name == self.attached
        self.attached = None
        self.machine.expect(PROMPT, 30)
        return plain(before)

    def ask(self, line, timeout=60):
        """A line at the monitor's prompt; returns the answer."""
        self.detach()
        return plain(self.machine.ask(line, PROMPT, timeout)).rstrip("\n")

    def json(self, line, timeout=60):
        """The same with --json; returns what the answer says."""
        return json.loads(self.ask(line + " --json", timeout))

    def run(self, line, timeout=60):
        """A line as a program sends it; returns its status and its answer, checked."""
        self.detach()
        self.tags += 1
        tag = f"t{self.tags}"
        checksum = zlib.crc32(f"{tag} {line}".encode())
        self.machine.send(f"@{tag}:{checksum:08x} {line}\r")
        self.machine.expect(rf"^@{tag} begin\r\n", timeout)
        end = self.machine.expect(rf"@{tag} end (\d+) (\d+) ([0-9a-f]{{8}})\r\n", timeout)
        answer = self.machine.talk.before.encode()
        assert len(answer) == int(end.group(2)), f"{line}: the answer has another length"
        assert zlib.crc32(answer + end.group(1).encode()) == int(end.group(3), 16), f"{line}: the answer is damaged"
        self.machine.expect(PROMPT, 10)
        return int(end.group(1)), plain(answer.decode())

    def state(self, name):
        """What a guest does, by `guest list`."""
        return next(g["state"] for g in self.json("guest list") if g["name"] == name)

    def attach(self, name):
        """To a guest's console; what it printed since the last time comes next."""
        if self.attached == name:
            return
        self.detach()
        self.machine.send(f"guest console {name}\r")
        self.machine.expect(rf"\[attached to {name}; Ctrl-\] returns\]\r*\n", 30)
        self.attached = name

    def shell(self, line, timeout=120):
        """A line (of less than 70 characters) at Linux's shell; returns the answer."""
        self.attach("linux")
        return plain(self.machine.ask(line, SHELL, timeout)).rstrip("\n")

    def now(self):
        """Seconds since Muntin was started, by its own clock."""
        return self.json("exits")["time_us"] / 1e6

    def exits(self, name):
        """Counts of a guest: {virtual processor: {what: count}}; reasons are in capitals.

        IPI, the writes of the ICR, is a reason, but not in "total".
        """
        answer = self.json(f"exits {name}")
        counts = {row["vcpu"]: {what: row[what] for what in ("total", "ipis", "denied")}
                  for row in answer["vcpus"]}
        for row in answer["reasons"]:
            counts[row["vcpu"]][row["reason"]] = row["count"]
        return counts

    def beat(self, beyond=0, timeout=120):
        """Wait at the heartbeat's console for a number greater than `beyond`; returns it."""
        self.attach("heartbeat")
        while True:
            self.machine.expect(r"heartbeat: (\d+)\r*\n", timeout)
            number = int(self.machine.talk.match.group(1))
            if number > beyond:
                return number

    def beats_so_far(self):
        """What the heartbeat printed since its console was last looked at, up to now."""
        self.attach("heartbeat")
        self.machine.send("q")
        self.machine.expect("heartbeat: key 'q'", 60)
        return plain(self.machine.talk.before)

    def beats(self, count):
        """Let so many seconds of the guests' time pass; the last number printed."""
        self.beats_so_far()
        return self.beat(self.beat() + count - 1)
