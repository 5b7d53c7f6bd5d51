# SPDX-License-Identifier: Apache-2.0
"""tests/guest/suite on the bare machine and under Muntin: what the bare machine passes, Muntin passes.

What the bare machine does not pass, Muntin may skip, but not fail.
build/suite-report.txt has all verdicts. A behaviour that Muntin is known not to pass is in tests/guest/suite/known.txt,
with the reason; it must leave that list when it passes. Bochs has faults of its own: what passes on neither stands there too.
"""
import collections
import glob
import os
import re

import pytest

import bare
from machine import BUILD, TOP, Machine, Silence
from session import Session, plain

SUITE = os.path.join(TOP, "tests/guest/suite")
CPUS = 3
GROUP_S = 200
BEHAVIOUR_S = 40
LAUNCHES = 20
CONF = r"""
[guest suite]
cpus = 1-3
memory = 32M
kernel = \guests\suite-{group}.elf
autostart = no
hpet = yes
on-reboot = stop
[image leave]
file = \guests\leave.elf
"""
IMAGE = r"""
[image {group}]
file = \guests\suite-{group}.elf
"""
# Unknown MSRs fault, as on a processor.
STRICT = "cpu: ignore_bad_msrs=0"
LINE = re.compile(r"^suite: (\w+) (pass|skip|error|fail)\b ?(.*)$", re.MULTILINE)

# How a guest leaves, by tests/guest/leave.c: the state in which it is then, and what the log says.
LEAVES = {
    "acpi": ("off", "resets itself"), "cf9": ("off", "resets itself"), "8042": ("off", "resets itself"),
    "port92": ("off", "resets itself"), "triple": ("off", "resets itself: processor 0 triple-faulted"),
    "s5": ("off", "powered itself off"),
}

Verdict = collections.namedtuple("Verdict", "outcome why")


def listed():
    """[(group, behaviour)], as the sources say."""
    found = []
    for path in sorted(glob.glob(os.path.join(SUITE, "*_*.c"))):
        with open(path, encoding="utf-8") as f:
            names = re.findall(r"^BEHAVIOUR\((\w+)\)", f.read(), re.MULTILINE)
        found += [(os.path.basename(path).split("_")[0], name) for name in names]
    return found


def known():
    """{behaviour: why Muntin does not pass it}."""
    with open(os.path.join(SUITE, "known.txt"), encoding="utf-8") as f:
        rows = [line.split(None, 1) for line in f if line.strip() and not line.startswith("#")]
    return {name: why.strip() for name, why in rows}


BEHAVIOURS = listed()
GROUPS = sorted({group for group, _ in BEHAVIOURS})
KNOWN = known()


def elf(group):
    return os.path.join(BUILD, f"guests/suite-{group}.elf")


def play(machine):
    """What a group prints, and what ended it before its end (None: nothing)."""
    text = ""
    while True:
        try:
            found = machine.expect_any([r"^suite: done \d+\r*\n", r"^suite: begin \w+\r*\n",
                                        r"^\[suite is stopped: (.*)\]\r*\n"], BEHAVIOUR_S)
        except Silence:
            return text + str(machine.talk.buffer or ""), "it hung, or ended the machine"
        text += machine.talk.before + machine.talk.match.group(0)
        if found != 1:
            return text, None if found == 0 else "it ended the guest: " + machine.talk.match.group(1)


def verdicts(group, launch):
    """{behaviour: verdict}. launch(after) starts the group behind a behaviour, and plays it."""
    said, after = {}, None
    for _ in range(LAUNCHES):
        text, end = launch(after)
        text = plain(text)
        said.update({name: Verdict(outcome, why) for name, outcome, why in LINE.findall(text)})
        began = re.findall(r"^suite: begin (\w+)", text, re.MULTILINE)
        if end is None or not began:
            break
        after = began[-1]
        said.setdefault(after, Verdict("error", end))
    never = Verdict("error", "it did not run")
    return {name: said.get(name, never) for g, name in BEHAVIOURS if g == group}


def run_bare(group, place):
    """A boot of the bare machine, or several."""
    def launch(after):
        disk = str(place / f"{group}.img")
        bare.make_disk(disk, elf(group), f"after={after}" if after else "")
        with Machine(f"suite-bare-{group}", disk, life=GROUP_S, firmware="bios", cpus=CPUS, memory="64M",
                     extra=STRICT) as machine:
            return play(machine)
    return verdicts(group, launch)


def run_guest(group, session):
    """A launch of the guest, or several."""
    def launch(after):
        words = f' --cmdline "after={after}"' if after else ""
        status, answer = session.run(f"guest relaunch suite --kernel {group}{words}")
        assert status == 0, answer
        session.attach("suite")
        text, end = play(session.machine)
        session.detach()
        return text, end
    return verdicts(group, launch)


def leave_bare(way, place):
    """What the bare machine does: begins again, or ends."""
    disk = str(place / f"leave-{way}.img")
    bare.make_disk(disk, os.path.join(BUILD, "guests/leave.elf"), f"leave={way}")
    with Machine(f"suite-bare-leave-{way}", disk, life=GROUP_S, firmware="bios", memory="64M", cpus=1,
                 extra="cpu: reset_on_triple_fault=1") as machine:
        machine.expect(f"^leave: begin {way}", BEHAVIOUR_S)
        try:
            found = machine.expect_any([f"^leave: begin {way}", "^leave: no such way", "^leave: still here"],
                                       BEHAVIOUR_S)
        except Silence as silence:
            # Bochs' BIOS does not survive a reset by 8042, port 0x92 or triple fault: it writes a locked MSR, and ends.
            ended = "the machine ended" in str(silence)
            return Verdict("pass" if ended else "fail", "the machine ended" if ended else "it hung")
    if found == 0:
        return Verdict("fail" if way == "s5" else "pass", "it began again")
    return Verdict("skip" if found == 1 else "fail", ("", "no such way", "still there")[found])


def leave_guest(way, session):
    """What becomes of the guest."""
    state, words = LEAVES[way]
    status, answer = session.run(f'guest relaunch suite --kernel leave --cmdline "leave={way}"')
    assert status == 0, answer
    answer = session.run(f"guest wait suite {state} --timeout 30")[1]
    log = session.run("log -n 6")[1]
    good = answer.strip() == f"suite: {state}" and words in log
    return Verdict("pass" if good else "fail", "" if good else f"{answer} {log}")


def write_report(results):
    with open(os.path.join(BUILD, "suite-report.txt"), "w", encoding="utf-8") as f:
        f.write("# group behaviour: bare, Muntin\n")
        for (group, name), (of_bare, of_muntin) in results.items():
            f.write(f"{group} {name}: {of_bare.outcome}, {of_muntin.outcome}\n")
            f.writelines(f"    {machine}: {verdict.why}\n" for machine, verdict in
                         (("bare", of_bare), ("Muntin", of_muntin)) if verdict.why)
            if name in KNOWN:
                f.write(f"    known: {KNOWN[name]}\n")


@pytest.fixture(scope="module", name="results")
def both_machines(shared_boot, stick, tmp_path_factory):
    """{(group, behaviour): (bare, Muntin)}."""
    place = tmp_path_factory.mktemp("suite")
    conf = CONF.format(group=GROUPS[0]) + "".join(IMAGE.format(group=group) for group in GROUPS)
    files = {f"/guests/suite-{group}.elf": elf(group) for group in GROUPS}
    files["/guests/leave.elf"] = os.path.join(BUILD, "guests/leave.elf")
    of_bare = {group: run_bare(group, place) for group in GROUPS}
    of_bare["leave"] = {way: leave_bare(way, place) for way in LEAVES}
    session = Session(shared_boot("suite", stick(conf, files), life=900))
    session.wait_prompt(180)
    of_muntin = {group: run_guest(group, session) for group in GROUPS}
    of_muntin["leave"] = {way: leave_guest(way, session) for way in LEAVES}
    results = {(group, name): (of_bare[group][name], of_muntin[group][name])
               for group, name in BEHAVIOURS + [("leave", way) for way in LEAVES]}
    write_report(results)
    return results


@pytest.mark.parametrize("way", LEAVES)
def test_a_guest_leaves_as_the_bare_machine_does(results, way):
    of_bare, of_muntin = results["leave", way]
    assert of_muntin.outcome == "pass", f"bare: {of_bare}; Muntin: {of_muntin}"
    assert of_bare.outcome in ("pass", "skip"), of_bare


@pytest.mark.parametrize("group, name", BEHAVIOURS, ids=lambda word: word)
def test_what_the_bare_machine_passes_muntin_passes(results, group, name):
    of_bare, of_muntin = results[group, name]
    good = of_muntin.outcome == "pass" or (of_muntin.outcome == "skip" and of_bare.outcome != "pass")
    if name in KNOWN:
        assert not good, f"{name} is in known.txt, and is right: take it out"
        assert of_bare.outcome != "pass", f"{name} is in known.txt, but the bare machine passes it: mend it"
        return
    assert good, f"bare: {of_bare}; Muntin: {of_muntin}"


def test_the_names_are_one_of_a_kind():
    names = [name for _, name in BEHAVIOURS]
    assert sorted(set(names)) == sorted(names)


def test_what_is_known_exists():
    assert set(KNOWN) <= {name for _, name in BEHAVIOURS}


def test_the_bare_machine_passes_most(results):
    """If it did not, the comparison would say nothing."""
    passed = [name for (_, name), (of_bare, _) in results.items() if of_bare.outcome == "pass"]
    assert len(passed) >= 0.8 * len(results), sorted(set(name for _, name in results) - set(passed))
