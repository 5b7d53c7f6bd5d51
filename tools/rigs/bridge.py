# SPDX-License-Identifier: Apache-2.0
"""The loop between a machine's serial line and its endpoint, until something ends it."""
import os
import selectors
import time

WINDOW = 64 * 1024  # bytes of output in which --until is looked for
POLL = 0.2          # seconds between looks at the emulator's process


class Bridge:
    """run() returns 'seen', 'left', 'ended' or 'timeout'."""

    def __init__(self, machine, endpoint, until):
        self.machine = machine
        self.endpoint = endpoint
        self.until = until
        self.selector = selectors.DefaultSelector()
        self.to_machine = bytearray()
        self.window = b""
        self.verdict = None
        self.open = True

    def watch(self, fd, callback, events):
        """callback(events) when fd is ready for them; no events: stop watching."""
        known = fd in self.selector.get_map()
        if not events:
            if known:
                self.selector.unregister(fd)
        elif known:
            self.selector.modify(fd, events, callback)
        else:
            try:
                self.selector.register(fd, events, callback)
            except PermissionError:  # a plain file, as in "run </dev/null"; it has nothing to say
                pass

    def send(self, data):
        """Bytes for the machine, which takes them at its own pace."""
        self.to_machine += data
        self.watch_serial()

    def leave(self):
        """The user wants to go."""
        self.verdict = "left"

    def watch_serial(self):
        if self.open:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.to_machine else 0)
            self.watch(self.machine.serial, self.serial_ready, events)

    def serial_ready(self, events):
        if events & selectors.EVENT_READ:
            self.read_serial()
        if self.open and events & selectors.EVENT_WRITE and self.to_machine:
            try:
                del self.to_machine[:os.write(self.machine.serial, self.to_machine)]
            except BlockingIOError:
                pass
            except OSError:
                self.close_serial()
        self.watch_serial()

    def close_serial(self):
        self.watch(self.machine.serial, None, 0)
        self.open = False

    def read_serial(self):
        """Pass on what the machine has printed; returns whether there was anything."""
        try:
            data = os.read(self.machine.serial, 65536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.close_serial()
            return False
        self.endpoint.put(data)
        if self.machine.typist:
            self.to_machine += self.machine.typist.hear(data)
        if self.until:
            self.window += data
            if self.until.search(self.window.decode("utf-8", "replace")):
                self.verdict = "seen"
            self.window = self.window[-WINDOW:]
        return True

    def run(self, process, deadline):
        """Bridge until the verdict; deadline is of time.monotonic(), or None."""
        os.set_blocking(self.machine.serial, False)
        self.watch_serial()
        while not self.verdict:
            if process.poll() is not None:
                while self.open and self.read_serial():
                    pass
                return self.verdict or "ended"
            if deadline is not None and time.monotonic() >= deadline:
                return "timeout"
            wait = POLL if deadline is None else min(POLL, max(0, deadline - time.monotonic()))
            for key, events in self.selector.select(wait):
                if key.fd in self.selector.get_map():  # not taken away by a call just before
                    key.data(events)
        return self.verdict
