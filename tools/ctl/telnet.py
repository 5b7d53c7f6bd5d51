# SPDX-License-Identifier: Apache-2.0
"""Telnet, as far as a console server speaks it: found out by itself, options refused, bytes pure.

Source: RFC 854 "Telnet Protocol Specification", RFC 856 "Telnet Binary Transmission".
"""
IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, ECHO, GO_AHEAD = 0, 1, 3
THEY_MAY = (BINARY, ECHO, GO_AHEAD)
WE_MAY = (BINARY, GO_AHEAD)

PLAIN, COMMAND, OPTION, PARAMETERS, PARAMETERS_IAC = range(5)


class Telnet:
    """A filter. Silent until the other end begins with a negotiation; then the line is telnet."""

    def __init__(self):
        self.decided = False
        self.active = False
        self.held = b""       # too little to decide
        self.answers = b""    # to be sent
        self.said = set()     # each answer is given once, so that two polite ends come to an end
        self.state = PLAIN
        self.verb = 0
        self.after_cr = False

    def decide(self, data):
        """The first bytes tell: a monitor never begins with IAC."""
        self.held += data
        if self.held[:1] == bytes([IAC]) and len(self.held) < 2:
            return b""
        data, self.held = self.held, b""
        self.decided = True
        self.active = data[0] == IAC and SB <= data[1] < IAC
        if self.active:
            self.answer(WILL, BINARY)
            self.answer(DO, BINARY)
        return data

    def answer(self, verb, option):
        """Say what we do about an option."""
        if (verb, option) not in self.said:
            self.said.add((verb, option))
            self.answers += bytes([IAC, verb, option])

    def negotiate(self, option):
        """They said WILL, WONT, DO or DONT."""
        if self.verb == WILL:
            self.answer(DO if option in THEY_MAY else DONT, option)
        elif self.verb == DO:
            self.answer(WILL if option in WE_MAY else WONT, option)

    def plain(self, byte, out):
        """A byte outside of commands; the NUL that telnet puts behind a lone CR is not theirs."""
        if byte == IAC:
            self.state = COMMAND
            return
        if not (self.after_cr and byte == 0):
            out.append(byte)
        self.after_cr = byte == 13

    def command(self, byte, out):
        """The byte behind IAC."""
        self.state = PLAIN
        if byte == IAC:
            out.append(IAC)
        elif byte == SB:
            self.state = PARAMETERS
        elif byte >= WILL:
            self.state, self.verb = OPTION, byte

    def received(self, data):
        """What of the bytes is the line's."""
        if not self.decided and data:
            data = self.decide(data)
        if not self.active:
            return data
        out = bytearray()
        for byte in data:
            if self.state == PLAIN:
                self.plain(byte, out)
            elif self.state == COMMAND:
                self.command(byte, out)
            elif self.state == OPTION:
                self.state = PLAIN
                self.negotiate(byte)
            elif self.state == PARAMETERS:
                self.state = PARAMETERS_IAC if byte == IAC else PARAMETERS
            else:
                self.state = PLAIN if byte == SE else PARAMETERS
        return bytes(out)

    def to_send(self, data):
        """The bytes as they go out."""
        return data.replace(b"\xff", b"\xff\xff") if self.active else data

    def take_answers(self):
        """What the negotiation has to send."""
        answers, self.answers = self.answers, b""
        return answers
