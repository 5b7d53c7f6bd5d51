# SPDX-License-Identifier: Apache-2.0
"""build/host/monitor_sim: the real monitor over a pseudo terminal or a unix socket."""
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
# pylint: disable=wrong-import-position
from rigs import process

PROGRAM = os.path.join(TOP, "build", "host", "monitor_sim")


class Simulator:
    """Runs while the block runs."""

    def __init__(self, where, events, *options):
        self.where = where
        self.log = events
        self.options = options
        self.line = None
        self.child = None

    def __enter__(self):
        if not os.path.exists(PROGRAM):
            raise AssertionError(f"{PROGRAM} was not built: make build/host/monitor_sim")
        self.child = subprocess.Popen(
            process.tied([PROGRAM, self.where, self.log, *self.options], "KILL"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
        said = self.child.stdout.readline()
        assert said.startswith("line "), f"{PROGRAM} said '{said}'"
        self.line = said[len("line "):].strip()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """The machine is switched off."""
        process.end(self.child)
        self.child.stdout.close()
        if self.where.startswith("unix:") and os.path.exists(self.where[5:]):
            os.unlink(self.where[5:])

    def events(self):
        """What commands did to the guests, a line each."""
        with open(self.log, encoding="latin-1") as f:
            return f.read().splitlines()

    def count(self, event):
        return self.events().count(event)
