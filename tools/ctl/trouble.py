# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between muntinctl and the monitor, and the exit status that says so."""

# 0 to 6 are the monitor's own (kernel/monitor/command.h, enum command_status).
STATUS_FAILED = 1
STATUS_USAGE = 2
STATUS_INTERRUPTED = 3
STATUS_LOCKED = 5
STATUS_GARBLED = 6
STATUS_NO_ANSWER = 7  # the line cannot be opened, is someone else's, or nobody answers
STATUS_UNKNOWN = 8    # the line damaged so much that it is not known how the command ended
STATUS_LEFT = 130     # ^C twice


class Trouble(Exception):
    """Something its reader can act on: what was waited for, and what to try."""

    def __init__(self, words, status=STATUS_NO_ANSWER):
        super().__init__(words)
        self.status = status
