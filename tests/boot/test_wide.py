# SPDX-License-Identifier: Apache-2.0
"""A guest with more processors than two: seven, of a machine that has eight. The tests run in the order of this file."""
import os

import pytest

from machine import BUILD
from session import SHELL, Session

CPUS = 7
CONF = rf"""
[guest linux]
cpus = 1-{CPUS}
memory = 256M
kernel = \guests\vmlinux
initrd = \guests\initrd.cpio
cmdline = "console=ttyS0"
"""
IDLE_SECONDS = 2


@pytest.fixture(scope="module", name="session")
def seven_processors(shared_boot, stick):
    """Linux by its vmlinux, which need not unpack itself, at its shell."""
    files = {f"/guests/{name}": os.path.join(BUILD, "guests", name) for name in ("vmlinux", "initrd.cpio")}
    session = Session(shared_boot("wide", stick(CONF, files), cpus=CPUS + 1, life=900))
    session.wait_prompt(300)
    session.attach("linux")
    session.machine.expect(SHELL, 500)
    return session


def test_linux_starts_every_processor_it_was_given(session):
    assert session.shell("nproc") == str(CPUS)
    assert session.json("guest list")[0]["running_vcpus"] == CPUS


def test_each_processor_is_reached_by_interrupts_of_the_others(session):
    """A task that moves to a processor is an IPI to it."""
    for cpu in range(CPUS):
        assert session.shell(f"taskset {1 << cpu:x} cut -d' ' -f39 /proc/self/stat") == str(cpu)


def test_one_that_was_switched_off_starts_again(session):
    place = f"/sys/devices/system/cpu/cpu{CPUS - 1}/online"
    assert session.shell(f"echo 0 >{place}; nproc").splitlines()[-1] == str(CPUS - 1)
    assert session.shell(f"echo 1 >{place}; nproc").splitlines()[-1] == str(CPUS)


def test_idle_they_make_no_exits(session):
    session.detach()
    start = session.now()
    while session.now() - start < IDLE_SECONDS:
        pass
    before = session.exits("linux")
    start = session.now()
    while session.now() - start < IDLE_SECONDS:
        pass
    after = session.exits("linux")
    assert sorted(after) == list(range(CPUS))
    grown = {cpu: after[cpu]["total"] - before[cpu]["total"] for cpu in after}
    assert set(grown.values()) == {0}, grown


def test_selftest_finds_every_wall_standing(session):
    assert session.ask("selftest", 120).splitlines()[-1] == "selftest: ok"
