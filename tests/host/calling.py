# SPDX-License-Identifier: Apache-2.0
"""Calling tools/muntinctl, and the monitors that it is called on."""
import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
# pylint: disable=wrong-import-position
from ctl.link import open_link
from ctl.session import Session
from fake_monitor import FakeMonitor, NoisyLink
from simulator import Simulator

CTL = os.path.join(TOP, "tools", "muntinctl")
LIMIT = 30  # seconds after which a muntinctl that still runs has failed its test


def start(line, *args, **how):
    """A muntinctl on a line."""
    env = dict(os.environ, MUNTIN_DEVICE=line)
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([CTL, *args], env=env, text=True, **how)


def call(line, *args, text=None):
    """Run muntinctl; returns its exit status, its output and its complaints."""
    child = start(line, *args, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL)
    try:
        out, err = child.communicate(text, LIMIT)
    finally:
        child.kill()
    return child.returncode, out, err


@pytest.fixture
def fake(tmp_path):
    """A monitor with faults."""
    monitor = FakeMonitor(tmp_path / "fake")
    monitor.start()
    yield monitor
    monitor.close()


@pytest.fixture
def line(fake):
    """Its line."""
    return f"unix:{fake.path}"


@pytest.fixture
def sim(tmp_path):
    """The real monitor on a unix socket."""
    with Simulator(f"unix:{tmp_path}/sim", tmp_path / "events") as simulator:
        yield simulator


def open_session(line, timeout=4, noise=None):
    """A session in this process; noise is (seed, rate)."""
    link = open_link(line, limit=5)
    if noise:
        link = NoisyLink(link, *noise)
    session = Session(link, timeout, silence=10)
    session.synchronise()
    return session
