# SPDX-License-Identifier: Apache-2.0
"""Where the serial line comes out: this terminal, a pty, a unix socket, or a file."""
import os
import pty
import selectors
import socket
import sys
import termios
import tty

from rigs.spec import Trouble

KEEP = 64 * 1024           # bytes kept for a reader who is not there
KEEP_ATTACHED = 16 << 20   # bytes kept for a reader who is there and slow
ESCAPE = 0x01              # Ctrl-A; Ctrl-] is Muntin's own way out of a console


class Outlet:
    """Bytes on their way to a reader who may be slow or away: the newest are kept."""

    def __init__(self, bridge):
        self.bridge = bridge
        self.fd = None
        self.reader = None
        self.pending = bytearray()

    def attach(self, fd, reader):
        """From now on bytes go to fd; reader(fd) is called when it has input."""
        os.set_blocking(fd, False)
        self.fd, self.reader = fd, reader
        self.arm()

    def detach(self):
        """The reader went away."""
        self.bridge.watch(self.fd, None, 0)
        self.fd = None

    def arm(self):
        """Ask for write events exactly while there is something to write."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.pending else 0)
        self.bridge.watch(self.fd, self.ready, events)

    def put(self, data):
        """Queue data; forget the oldest beyond the limit."""
        self.pending += data
        del self.pending[:-(KEEP if self.fd is None else KEEP_ATTACHED)]
        if self.fd is not None:
            self.flush()

    def flush(self):
        """Write what the reader takes now."""
        try:
            del self.pending[:os.write(self.fd, self.pending)]
        except BlockingIOError:
            pass
        except OSError:  # the reader is going away; its read event says so
            self.pending.clear()
        self.arm()

    def ready(self, events):
        """The selector's call."""
        if events & selectors.EVENT_WRITE and self.pending:
            self.flush()
        if events & selectors.EVENT_READ:
            self.reader(self.fd)


class Stdio:
    """This terminal, raw; or a pipe, as it is."""

    def __init__(self):
        self.bridge = None
        self.saved = None
        self.escaped = False

    def open(self, bridge):
        self.bridge = bridge
        if os.isatty(0):
            print("run: your terminal is on the serial line. To leave: Ctrl-A, then x. "
                  "Ctrl-A twice sends one Ctrl-A.", file=sys.stderr, flush=True)
            self.saved = termios.tcgetattr(0)
            tty.setraw(0)
        bridge.watch(0, self.typed, selectors.EVENT_READ)

    def close(self):
        if self.saved:
            termios.tcsetattr(0, termios.TCSADRAIN, self.saved)

    def put(self, data):
        while data:
            data = data[os.write(1, data):]

    def typed(self, _events):
        data = os.read(0, 4096)
        if not data:
            self.bridge.watch(0, None, 0)  # input has ended; the machine goes on
        self.bridge.send(self.unescape(data) if self.saved else data)

    def unescape(self, data):
        """Take out Ctrl-A and what follows it."""
        plain = bytearray()
        for byte in data:
            if self.escaped:
                self.escaped = False
                if byte in b"xX":
                    self.bridge.leave()
                elif byte == ESCAPE:
                    plain.append(byte)
            elif byte == ESCAPE:
                self.escaped = True
            else:
                plain.append(byte)
        return bytes(plain)


class Pty:
    """A pty of its own; its path is the first line printed."""

    def __init__(self):
        self.bridge = self.outlet = self.slave = None

    def open(self, bridge):
        self.bridge = bridge
        master, self.slave = pty.openpty()  # the slave stays open: readers may come and go
        tty.setraw(self.slave)
        self.outlet = Outlet(bridge)
        self.outlet.attach(master, self.typed)
        print(os.ttyname(self.slave), flush=True)

    def close(self):
        pass

    def put(self, data):
        self.outlet.put(data)
        del self.outlet.pending[:-KEEP]  # nobody may be reading

    def typed(self, fd):
        self.bridge.send(os.read(fd, 4096))


class Unix:
    """A listening unix socket: one client at a time, who first gets what was missed."""

    def __init__(self, path):
        self.path = path
        self.bridge = self.outlet = self.client = None
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def open(self, bridge):
        self.bridge = bridge
        try:
            if os.path.lexists(self.path) and not os.path.isfile(self.path):
                os.unlink(self.path)  # a socket that an earlier run left
            self.listener.bind(self.path)
        except OSError as error:
            raise Trouble(f"--serial unix:{self.path}: {error.strerror or error}") from error
        self.listener.listen(1)
        self.outlet = Outlet(bridge)
        self.accept_next()

    def close(self):
        self.listener.close()
        if self.outlet and os.path.lexists(self.path):
            os.unlink(self.path)

    def accept_next(self):
        self.bridge.watch(self.listener.fileno(), self.arrived, selectors.EVENT_READ)

    def arrived(self, _events):
        self.client, _ = self.listener.accept()
        self.bridge.watch(self.listener.fileno(), None, 0)  # a second client waits for the first
        self.outlet.attach(self.client.fileno(), self.typed)

    def typed(self, fd):
        try:
            data = os.read(fd, 4096)
        except ConnectionResetError:
            data = b""
        if data:
            self.bridge.send(data)
        else:
            self.outlet.detach()
            self.client.close()
            self.accept_next()

    def put(self, data):
        self.outlet.put(data)


class File:
    """A file that takes the output; there is no input."""

    def __init__(self, path):
        try:
            self.file = open(path, "wb", buffering=0)
        except OSError as error:
            raise Trouble(f"--serial file:{path}: {error.strerror}") from error

    def open(self, _bridge):
        pass

    def close(self):
        self.file.close()

    def put(self, data):
        self.file.write(data)


def make(text):
    """The endpoint that --serial names."""
    kind, _, path = text.partition(":")
    if text == "stdio":
        return Stdio()
    if text == "pty":
        return Pty()
    if kind == "unix" and path:
        return Unix(path)
    if kind == "file" and path:
        return File(path)
    raise Trouble(f"--serial wants stdio, pty, unix:PATH or file:PATH, and got '{text}'")
