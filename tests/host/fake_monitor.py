# SPDX-License-Identifier: Apache-2.0
"""A monitor made of a thread: speaks the framing of docs/monitor.md, has the faults asked for."""
import json
import os
import random
import re
import select
import socket
import threading
import time
import zlib

from ctl.link import Link

GUESTS = [{"name": "linux", "state": "running", "memory_bytes": 1 << 29},
          {"name": "beat", "state": "paused", "memory_bytes": 1 << 24}]
ROWS = [{"words": words, "usage": usage, "help": "", "example": "", "group": "", "json": shows}
        for words, usage, shows in (
            ("help", "[COMMAND...]", True), ("version", "", True), ("guest list", "", True),
            ("guest nmi", "NAME", False), ("guest stop", "NAME [--force]", False),
            ("guest console", "NAME", False), ("log", "[-f]", False), ("set", "[SETTING] on|off",
                                                                       True),
            ("watch", "[-n SECONDS] COMMAND...", False), ("unlock", "[PASSWORD]", False))]
LONG = "".join(f"{i:04} the quick brown fox jumps over the lazy dog\n" for i in range(200))


class FakeMonitor(threading.Thread):
    """Listens on a unix socket; one client at a time, as a serial line has."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = str(path)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(4)
        self.done = threading.Event()
        self.client = None
        self.obeyed = []          # every command that ran, in order
        self.typed = b""          # what a guest got while its console was attached
        self.line = b""           # half typed
        self.tag, self.last_tag, self.last_status = "", None, 0
        self.attached = False
        self.locked = False
        self.greeting = b""       # sent when a client comes
        # Faults
        self.lose_answers = 0     # so many answers do not arrive at all
        self.damage_answers = 0   # one byte of so many answers is flipped,
        self.damage_word = ""     # of answers to commands that begin so
        self.lose_ends = 0        # the last line of so many answers does not arrive
        self.lose_lines = 0       # the CR of so many lines does not arrive
        self.deaf = False         # takes everything, says nothing
        self.late = 0             # seconds until an answer begins
        self.prompts = 1          # how often the prompt comes
        self.chatter = b""        # stands in front of every prompt
        self.interrupted = threading.Event()

    # --- The line

    def run(self):
        while not self.done.is_set():
            ready, _, _ = select.select([self.server], [], [], 0.05)
            if ready:
                self.client, _ = self.server.accept()
                self.serve()

    def serve(self):
        """One client until it leaves."""
        self.send(self.greeting)
        while not self.done.is_set():
            ready, _, _ = select.select([self.client], [], [], 0.05)
            if not ready:
                continue
            try:
                data = self.client.recv(4096)
            except OSError:
                return
            if not data:
                return
            for byte in data:
                self.key(bytes([byte]))

    def send(self, data):
        try:
            self.client.sendall(data)
        except OSError:
            pass

    def key(self, byte):
        """One byte from the line."""
        if self.deaf:
            return
        if self.attached:
            if byte == b"\x1d":
                self.attached = False
                self.send(b"\r\n[detached from linux]\r\n")
                self.prompt()
            else:
                self.typed += byte
                self.send(byte)
        elif byte == b"\x15" or byte == b"\x03":
            self.line = b""
            self.prompt()
        elif byte == b"\r":
            line, self.line = self.line, b""
            if self.lose_lines:
                self.lose_lines -= 1
                self.line = line
                return
            self.send(b"\r\n")
            self.obey(line.decode("latin-1"))
        else:
            self.line += byte
            self.send(byte)

    def prompt(self):
        self.send((self.chatter + b"\rmuntin> ") * self.prompts)

    # --- Lines

    def obey(self, line):
        """As kernel/monitor/reply.c reads it."""
        if not line.startswith("@"):
            if line:
                self.run_command(line)
            self.prompt()
            return
        match = re.fullmatch(r"@([\w.-]{1,16})(?::([0-9a-fA-F]{8}))? (.*)", line, re.ASCII)
        tag = re.match(r"@([\w.-]{1,16})[: ]", line, re.ASCII)
        if not match and not tag:
            self.send(b"no tag: write @TAG COMMAND\r\n")
            self.prompt()
            return
        self.tag = tag.group(1)
        time.sleep(self.late)
        if not match or match.group(2) and int(match.group(2), 16) != zlib.crc32(
                f"{self.tag} {match.group(3)}".encode("latin-1")):
            self.answer(b"", 6)
        elif self.tag == self.last_tag:
            self.answer(b"", self.last_status)
        else:
            output, status = self.run_command(match.group(3))
            self.answer(output.replace("\n", "\r\n").encode(), status)
        if not self.attached:
            self.prompt()

    def answer(self, output, status):
        """The framed answer, unless a fault eats it."""
        if status != 6:
            self.last_tag, self.last_status = self.tag, status
        crc = zlib.crc32(output + str(status).encode())
        whole = b"@%s begin\r\n%s@%s end %d %d %08x\r\n" % (
            self.tag.encode(), output, self.tag.encode(), status, len(output), crc)
        if self.lose_answers:
            self.lose_answers -= 1
            return
        if self.lose_ends:
            self.lose_ends -= 1
            whole = whole[:whole.rindex(b"@")]
        if self.damage_answers and self.obeyed[-1].startswith(self.damage_word):
            self.damage_answers -= 1
            at = len(whole) // 2
            whole = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:]
        self.send(whole)

    def run_command(self, line):
        """Return: output and status."""
        self.obeyed.append(line)
        words = line.split()
        if self.locked and words[:1] not in (["version"], ["unlock"]):
            return "locked: unlock first\n", 5
        if line in ("version", "version --json"):
            return "Muntin fake\n", 0
        if line.startswith("help") and line.endswith("--json"):
            return self.help(" ".join(words[1:-1]))
        if words[:2] == ["guest", "list"]:
            return (json.dumps(GUESTS) + "\n" if "--json" in words else LONG), 0
        if words[:2] == ["guest", "nmi"]:
            return "beat: got an NMI\n", 0
        if words[:1] == ["unlock"]:
            self.locked = words[1:] != ["secret"]
            return ("wrong password\n", 1) if self.locked else ("", 0)
        if words[:1] == ["fail"]:
            return "it cannot be done\n", 1
        if words[:2] == ["guest", "console"]:
            self.attached = True
            return "[attached to linux; Ctrl-] returns]\n", 0
        if line == "log -f":
            return self.follow()
        if line == "stall":
            return self.stall()
        return f"unknown command \"{words[0]}\"\n", 2

    @staticmethod
    def help(about):
        rows = [row for row in ROWS if not about or about.startswith(row["words"])]
        if not about:
            return json.dumps(rows) + "\n", 0
        return (json.dumps(rows[0]) + "\n", 0) if rows else ('{"error": "none"}\n', 1)

    def begin_early(self, output):
        """The beginning of an answer that takes its time."""
        self.send(b"@%s begin\r\n%s" % (self.tag.encode(), output))

    def follow(self):
        """Lines until ^C; the framing by hand, because it begins before it has ended."""
        output = b""
        self.begin_early(b"")
        for number in range(1000):
            line = b"line %d\r\n" % number
            self.send(line)
            output += line
            if select.select([self.client], [], [], 0.2)[0] and b"\x03" in self.client.recv(4096):
                break
        self.interrupted.set()
        self.last_tag, self.last_status = self.tag, 3
        self.send(b"@%s end 3 %d %08x\r\n" % (self.tag.encode(), len(output),
                                              zlib.crc32(output + b"3")))
        self.tag = "gone"
        self.lose_answers += 1
        return "", 3

    def stall(self):
        """Begins, and then the cable is cut."""
        self.begin_early(b"some")
        self.deaf = True
        self.lose_answers += 1
        return "", 0

    def close(self):
        self.done.set()
        self.join(5)
        self.server.close()
        os.unlink(self.path)


class NoisyLink(Link):
    """A line that flips, loses, doubles and invents bytes, both ways."""

    def __init__(self, link, seed, rate):
        super().__init__(link.name, link.fd, link.owners, link.telnet)
        self.random = random.Random(seed)
        self.rate = rate
        self.damaged = 0

    def mangle(self, data):
        out = bytearray()
        for byte in data:
            if self.random.random() >= self.rate:
                out.append(byte)
                continue
            self.damaged += 1
            what = self.random.random()
            if what < 0.5:
                out.append(byte ^ 1 << self.random.randrange(8))
            elif what < 0.75:
                pass
            elif what < 0.9:
                out.append(self.random.randrange(256))
            else:
                out += bytes([byte, byte])
        return bytes(out)

    def read(self, limit, also=None):
        return self.mangle(super().read(limit, also))

    def write(self, data, limit=10):
        super().write(self.mangle(data), limit)
