# SPDX-License-Identifier: Apache-2.0
"""A machine under test: started by tools/run, talked to over its serial line."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

from pexpect import EOF, TIMEOUT, fdpexpect

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build")
LOGS = os.path.join(BUILD, "boot-logs")
sys.path.insert(0, os.path.join(TOP, "tools"))
from rigs.process import tied  # pylint: disable=wrong-import-position

# Terminal sequences: the firmware paints its screen on the serial line.
ESCAPES = re.compile(r"\x1b\[[0-9;=?]*[A-Za-z]")


def compiled(regex):
    """pexpect alone would let a dot match a newline: '.*' would swallow the rest of the run."""
    return re.compile(regex, re.MULTILINE)


class Silence(AssertionError):
    """The machine did not print what the scenario waits for."""


class Machine:
    """Use it in a with statement, or call close().

    name:    of the transcript, build/boot-logs/NAME.log
    image:   a stick, from the stick fixture
    life:    seconds after which the machine ends whatever happens
    options: further options of tools/run: cpus=2, model="...", rig="qemu-tcg", com2="file:..."
    """

    def __init__(self, name, image, life=600, **options):
        os.makedirs(LOGS, exist_ok=True)
        self.path = os.path.join(LOGS, re.sub(r"[^\w.-]+", "_", name) + ".log")
        self.log = open(self.path, "w", encoding="utf-8", errors="replace", newline="")
        self.scratch = tempfile.TemporaryDirectory(prefix="muntin-test-")
        address = os.path.join(self.scratch.name, "serial")
        options.setdefault("rig", "bochs")
        options.setdefault("log", self.path[:-len(".log")] + ".emulator.log")
        command = [os.path.join(TOP, "tools/run"), "--image", str(image), "--timeout", str(life),
                   "--serial", "unix:" + address]
        for key, value in options.items():
            command += ["--" + key, str(value)]
        self.process = subprocess.Popen(tied(command, "TERM"), stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        self.socket = self.connect(address)
        self.talk = fdpexpect.fdspawn(self.socket.fileno(), encoding="utf-8",
                                      codec_errors="replace", timeout=60)
        self.talk.logfile_read = self.log

    def connect(self, address):
        """The socket appears as soon as the emulator runs."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while self.process.poll() is None:
            try:
                client.connect(address)
                return client
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.05)
        raise Silence("tools/run: " + self.process.stderr.read().strip())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def transcript(self):
        """Everything printed and read so far, without terminal sequences."""
        self.log.flush()
        with open(self.path, encoding="utf-8", errors="replace") as f:
            return ESCAPES.sub("", f.read())

    def expect(self, regex, timeout=60):
        """Wait for the regex; returns the match."""
        self.expect_any([regex], timeout)
        return self.talk.match

    def expect_any(self, regexes, timeout=60):
        """Wait for the first of several; returns its index. Its match is in self.talk.match."""
        found = self.talk.expect([EOF, TIMEOUT, *map(compiled, regexes)], timeout=timeout)
        if found < 2:
            why = ("the machine ended", f"{timeout} s passed")[found]
            raise Silence(f"{why} and {regexes} was not printed. Transcript: {self.path}; it "
                          f"ends with:\n{self.transcript()[-1500:]}")
        return found - 2

    def expect_never(self, regex, seconds):
        """Listen for some seconds; the regex must not be printed. Returns what was."""
        found = self.talk.expect([EOF, TIMEOUT, compiled(regex)], timeout=seconds)
        if found != 1:
            raise Silence(("the machine ended", "", f"'{regex}' was printed")[found])
        return self.talk.before

    def send(self, text):
        """Type the text as it is."""
        self.talk.send(text)

    def ask(self, line, prompt, timeout=60):
        """Type a line and Enter; returns what comes between its echo and the next prompt."""
        self.send(line + "\r")
        self.expect(re.escape(line) + r"\r*\n", timeout)
        self.expect(prompt, timeout)
        return self.talk.before

    def wait_end(self, timeout=60):
        """Wait until the machine ends by itself."""
        if self.talk.expect([EOF, TIMEOUT], timeout=timeout):
            raise Silence(f"the machine did not end within {timeout} s")

    def close(self):
        """End the machine; the transcript stays."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.talk.expect(EOF, timeout=10)
        except TIMEOUT:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.socket.close()
        self.log.close()
        self.scratch.cleanup()
