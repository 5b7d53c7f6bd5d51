# SPDX-License-Identifier: Apache-2.0
"""The framing of docs/monitor.md, "For programs": a line with a tag, and the answer to it."""
import re
import secrets
import zlib

CLEAR_LINE = b"\x15"  # ^U: what was half typed goes
INTERRUPT = b"\x03"   # ^C: the command that runs ends

# No letter of a tag is one bit away from a key that edits a line (o and w are from DEL), and none
# ends `top` (q). A tag that swallowed a lost colon and its checksum is too long to be one.
TAG_LETTERS = "abcdefghijklmnprstuvxyz"
TAG_LENGTH = 12
LINE_LENGTH = 1023                          # the longest line it takes (kernel/monitor/line.h)
COMMAND_LENGTH = LINE_LENGTH - TAG_LENGTH - len("@:01234567 ")
END_LENGTH = 64                             # no line "@TAG end ..." is longer


def new_tag():
    """A tag that nobody used before."""
    return "".join(secrets.choice(TAG_LETTERS) for _ in range(TAG_LENGTH))


def request_crc(tag, command):
    """Of both, or a command that ran under a damaged tag would be sent again and run twice."""
    return f"{zlib.crc32(f'{tag} {command}'.encode()):08x}"


def request(tag, command):
    """The bytes that ask for a command."""
    return f"@{tag}:{request_crc(tag, command)} {command}\r".encode()


class Answer:
    """What came since a line with this tag was sent; knows when its answer is whole."""

    def __init__(self, tag):
        self.tag = tag
        self.raw = bytearray()
        self.begin = re.compile(b"@" + tag.encode() + b" begin\r\n")
        self.end = re.compile(b"@" + tag.encode() + rb" end (\d) (\d{1,9}) ([0-9a-f]{8})\r\n")
        self.mark = b"@" + tag.encode() + b" end "
        self.start = None     # where the output begins
        self.scanned = 0
        self.passed = 0       # output that take() gave away
        self.damaged = False  # not all came as it was sent
        self.status = None
        self.output = None    # set when the answer is whole and right
        self.rest = b""       # what came behind it

    def feed(self, data):
        """More bytes from the line."""
        self.raw += data
        while self.output is None:
            begin = self.begin.search(self.raw, self.scanned)
            end = self.end.search(self.raw, self.scanned)
            if begin and (not end or begin.start() < end.start()):
                # A second beginning answers a second line with the tag: the first end was lost.
                self.damaged = self.damaged or self.start is not None
                self.start = self.scanned = begin.end()
                self.passed = max(self.passed, self.start)
            elif end:
                self.judge(end)
                self.scanned = end.end()
            else:
                self.scanned = max(self.scanned, len(self.raw) - END_LENGTH)
                return

    def judge(self, end):
        """Whether this end fits."""
        output = bytes(self.raw[self.start:end.start()]) if self.start is not None else None
        right = (output is not None and len(output) == int(end.group(2))
                 and zlib.crc32(output + end.group(1)) == int(end.group(3), 16))
        if right:
            self.output = output
            self.status = int(end.group(1))
            self.rest = bytes(self.raw[end.end():])
        else:
            self.damaged = True

    def take(self):
        """Output that was not taken yet; what may be the beginning of the end is kept back."""
        if self.start is None:
            return b""
        if self.output is not None:
            upto = self.start + len(self.output)
        else:
            upto = len(self.raw)
            at = self.raw.rfind(b"@", max(self.passed, upto - END_LENGTH))
            tail = bytes(self.raw[at:at + len(self.mark)])
            if at >= 0 and self.mark.startswith(tail):
                upto = at
            elif self.raw.endswith(b"\r"):
                upto -= 1
        taken = bytes(self.raw[self.passed:upto])
        self.passed = max(self.passed, upto)
        return taken
