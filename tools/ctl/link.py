# SPDX-License-Identifier: Apache-2.0
"""The way to the monitor's serial line: a device, a unix socket or TCP; every wait has a limit."""
import errno
import fcntl
import os
import re
import select
import socket
import tempfile
import time
import zlib

from ctl.telnet import Telnet
from ctl.trouble import STATUS_USAGE, Trouble

CHUNK = 65536
RETRY = 0.1  # seconds between two tries to get a line that someone else has


class Link:
    """Bytes both ways over a file descriptor."""

    def __init__(self, name, fd, owners, telnet=None):
        self.name = name
        self.fd = fd
        self.owners = owners  # what has to be closed: the line, and the lock that goes with it
        self.telnet = telnet
        os.set_blocking(fd, False)

    def gone(self, why):
        """The other end went away."""
        return Trouble(f"{self.name}: the line was closed at the other end ({why})")

    def read(self, limit, also=None):
        """What comes within `limit` seconds, b"" for nothing; `also` is a descriptor that ends the
        wait too."""
        ready, _, _ = select.select([self.fd] + ([also] if also is not None else []), [], [],
                                    max(0, limit))
        if self.fd not in ready:
            return b""
        try:
            data = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return b""
        except OSError as e:
            raise self.gone(e.strerror) from e
        if not data:
            raise self.gone("end of file")
        if self.telnet is None:
            return data
        data = self.telnet.received(data)
        self.push(self.telnet.take_answers(), 5)
        return data

    def push(self, data, limit):
        """Bytes as they are."""
        end = time.monotonic() + limit
        while data:
            _, ready, _ = select.select([], [self.fd], [], max(0, end - time.monotonic()))
            if not ready:
                raise Trouble(f"{self.name}: takes no bytes: waited {limit:g} s to send")
            try:
                data = data[os.write(self.fd, data):]
            except BlockingIOError:
                pass
            except OSError as e:
                raise self.gone(e.strerror) from e

    def write(self, data, limit=10):
        """Send all of it."""
        self.push(self.telnet.to_send(data) if self.telnet else data, limit)

    def close(self):
        """Give the line back."""
        for owner in self.owners:
            owner.close()
        self.owners = []


def patiently(attempt, limit):
    """attempt() until it returns something, for `limit` seconds; else None."""
    end = time.monotonic() + limit
    while True:
        got = attempt()
        if got is not None or time.monotonic() >= end:
            return got
        time.sleep(RETRY)


def busy(name, limit):
    return Trouble(f"{name}: in use by another program; waited {limit:g} s for it to let go")


def lock(name, limit):
    """One muntinctl at a time: for lines that are no files which could be locked themselves."""
    where = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    path = os.path.join(where, f"muntinctl-{os.getuid()}-{zlib.crc32(name.encode()):08x}.lock")
    flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        file = os.fdopen(os.open(path, flags, 0o600), "r+")
    except OSError as e:
        raise Trouble(f"{path}: cannot lock {name}: {e.strerror}") from e

    def attempt():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            return None

    if patiently(attempt, limit) is None:
        file.close()
        raise busy(name, limit)
    return file


def open_socket(name, limit, make):
    """A socket, made by make(), under our lock."""
    held = lock(name, limit)
    try:
        sock = make()
    except OSError as e:
        held.close()
        raise Trouble(f"{name}: cannot connect: {e.strerror or e}") from e
    return Link(name, sock.fileno(), [sock, held], Telnet() if name.startswith("tcp:") else None)


def open_unix(name, path, limit):
    """A unix socket, as QEMU and tools/run give."""
    def make():
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(limit)
        try:
            sock.connect(path)
        except OSError:
            sock.close()
            raise
        return sock
    return open_socket(name, limit, make)


def open_tcp(name, where, limit):
    """A TCP port, raw or telnet, as QEMU, Bochs, ser2net and console servers give."""
    match = re.fullmatch(r"\[?([^\[\]]+?)\]?:(\d+)", where)
    if not match:
        raise Trouble(f"'{name}': write tcp:HOST:PORT, such as tcp:localhost:4000", STATUS_USAGE)
    return open_socket(name, limit, lambda: socket.create_connection(
        (match.group(1), int(match.group(2))), limit))


def open_serial(name, speed, limit):
    """A serial port, locked (flock), so that two programs never mix their words."""
    import serial  # pylint: disable=import-outside-toplevel  # only who has a port needs it

    def attempt():
        try:
            return serial.Serial(name, speed, timeout=0, exclusive=True)
        except serial.SerialException as e:
            if e.errno in (errno.EAGAIN, errno.EBUSY) or "exclusively lock" in str(e):
                return None
            why = os.strerror(e.errno) if e.errno else e
            raise Trouble(f"{name}: cannot open it: {why}") from e
        except ValueError as e:
            raise Trouble(f"{name}: {speed} is no speed it knows: {e}", STATUS_USAGE) from e
    port = patiently(attempt, limit)
    if port is None:
        raise busy(name, limit)
    return Link(name, port.fileno(), [port])


def open_link(name, speed=115200, limit=10):
    """The line that `name` says: /dev/..., unix:PATH or tcp:HOST:PORT."""
    kind, _, rest = name.partition(":")
    if kind == "unix" and rest:
        return open_unix(name, rest, limit)
    if kind == "tcp":
        return open_tcp(name, rest, limit)
    return open_serial(name, speed, limit)
