# SPDX-License-Identifier: Apache-2.0
"""One boot that takes every figure, over the serial line."""
import json
import math
import re
import time

from machine import Silence

PROMPT = "muntin> "
SHELL = "guest# "
INTERRUPT = "\x03"  # Ctrl-C
DETACH = "\x1d"
FIRMWARE_S = 180     # wall time limits
LINUX_S = 600
WINDOW_WALL_S = 600
WINDOW_S = 10        # guest time
SETTLE_S = 5
ATTACHED = 10
ASKED = 10
LOOK_S = 1
ROUNDS_MIN = 1000
LINUX_HZ = 250       # CONFIG_HZ of Debian's kernel: its tick while it is not idle

IMAGE = re.compile(r"image: (\d+) bytes")
CLAIMED = re.compile(r"claimed, .*: (\d+) bytes")
LAST_GUEST = re.compile(r"last guest entered .* (\d+) since efi_main")
MEASURED = re.compile(r"bench: (\S+) min=(\d+) mean=(\d+) max=(\d+)")
LOCAL_TIMER = re.compile(r"LOC:((?: +\d+)+)")


class Sample:
    """What `exits --json` says of one guest: the time, and its counts by (vcpu, reason).

    The reasons "total" and "ipis" are those of a virtual processor as a whole.
    """

    def __init__(self, answer):
        self.time = answer["time_us"] / 1e6
        self.counts = {(row["vcpu"], row["reason"]): row["count"] for row in answer["reasons"]
                       if row["reason"] != "IPI"}
        for row in answer["vcpus"]:
            for whole in ("total", "ipis"):
                self.counts[row["vcpu"], whole] = row[whole]

    def since(self, before):
        """How far each count that moved did move."""
        moved = {key: count - before.counts.get(key, 0) for key, count in self.counts.items()}
        return {key: count for key, count in moved.items() if count}


class Scenario:
    """Takes the figures of one machine, in the order of the methods."""

    def __init__(self, machine, figures):
        self.machine = machine
        self.figures = figures

    def run(self):
        """Everything. A machine.Silence ends it; the figures taken so far stay."""
        self.machine.expect(PROMPT, FIRMWARE_S)
        self.machine.ask("set paging off", PROMPT)
        self.await_shell()
        self.round_trips()
        self.traced()
        self.start_up()
        self.settle()
        self.window("idle")
        self.top()
        self.attach_often()
        self.spin()
        self.settle()
        ticks = self.ticks_of_linux()
        self.window("spin")
        self.check_ticks(ticks)
        self.answers()
        self.latency()

    def attach(self, guest):
        self.machine.send(f"guest console {guest}\r")
        self.machine.expect(rf"\[attached to {guest};.*\n")

    def detach(self):
        self.machine.send(DETACH)
        self.machine.expect(r"\[detached from ")
        self.machine.expect(PROMPT)

    def round_trips(self):
        """What the bench guest measured long ago, while nobody looked."""
        self.take(self.measured())

    def take(self, rows):
        for name, least, mean, most in rows:
            self.figures.set(name, int(mean), f"{least} to {most}")

    def traced(self):
        """The same again with its exits traced: what that adds to the cheapest one."""
        self.machine.ask("trace on bench", PROMPT)
        self.machine.ask("guest reset bench", PROMPT)
        mean = {name: int(mean) for name, _, mean, _ in self.measured()}
        self.machine.ask("trace off bench", PROMPT)
        if "ticks.vmcall" in mean:
            self.figures.set("ticks.trace", mean["ticks.vmcall"] -
                             self.figures.values["ticks.vmcall"])

    def measured(self):
        """What the bench guest says: [(name, least, mean, most)]."""
        self.attach("bench")
        self.machine.expect("bench: done")
        rows = MEASURED.findall(self.machine.talk.before)
        self.detach()
        return rows

    def await_shell(self):
        self.attach("linux")
        self.machine.expect("shell ready", LINUX_S)
        self.machine.expect(SHELL, LINUX_S)
        self.detach()

    def start_up(self):
        """What the log says of the start."""
        log = self.machine.ask("log", PROMPT)
        for name, line in (("bytes.image", IMAGE), ("bytes.claimed", CLAIMED),
                           ("ticks.efi_main_to_last_guest", LAST_GUEST)):
            found = line.search(log)
            if found:
                self.figures.set(name, int(found.group(1)))

    def sample(self):
        return Sample(json.loads(self.machine.ask("exits linux --json", PROMPT)))

    def wait(self, before, seconds):
        """The first sample taken `seconds` of guest time behind `before`, or later."""
        limit = time.monotonic() + WINDOW_WALL_S
        while time.monotonic() < limit:
            time.sleep(0.5)
            after = self.sample()
            if after.time - before.time >= seconds:
                return after
        raise Silence(f"{seconds} s of the machine's time did not pass in {WINDOW_WALL_S} s")

    def settle(self):
        """Let end what typing and starting have set off."""
        self.wait(self.sample(), SETTLE_S)

    def window(self, what):
        """Count over WINDOW_S; the little that the window is longer is taken off again."""
        before = self.sample()
        after = self.wait(before, WINDOW_S)
        elapsed = after.time - before.time
        moved = after.since(before)

        def per_window(reason):
            count = sum(n for (_, name), n in moved.items() if name == reason)
            return math.ceil(count * WINDOW_S / elapsed)

        why = [f"vcpu{vcpu} {reason} +{n}" for (vcpu, reason), n in moved.items()
               if reason not in ("ipis", "total")]
        note = ", ".join([f"over {elapsed:.2f} s"] + why)
        self.figures.set(f"exits.linux_{what}_10s", per_window("total"), note)
        self.figures.set(f"ipis.linux_{what}_10s", per_window("ipis"))

    def top(self):
        """What it costs Linux, idle, that `top` shows it for WINDOW_S."""
        before = self.sample()
        self.machine.send("top -n 1\r")
        for _ in range(WINDOW_S + 1):
            self.machine.expect(r"linux +running", 60)
        self.machine.send(INTERRUPT)
        self.machine.expect(PROMPT)
        after = self.sample()
        if after.time - before.time < WINDOW_S:
            raise Silence(f"`top` drew {WINDOW_S + 1} times in {after.time - before.time:.2f} s")
        self.figures.set("exits.top_10s", after.since(before).get((0, "total"), 0) +
                         after.since(before).get((1, "total"), 0), f"over {after.time - before.time:.2f} s")

    def in_shell(self, line):
        """One command in Linux; returns what it printed."""
        self.attach("linux")
        answer = self.machine.ask(line, SHELL)
        self.detach()
        return answer

    def spin(self):
        """Keep both processors in user space from now on."""
        for _ in range(2):
            self.in_shell("while :; do :; done &")
        jobs = self.in_shell("jobs")
        if jobs.count("Running") != 2:
            raise Silence(f"two loops should be running, and Linux says: {jobs!r}")

    def ticks_of_linux(self):
        """The guest's time, and timer interrupts so far on each processor."""
        found = LOCAL_TIMER.search(self.in_shell("grep LOC /proc/interrupts"))
        return self.sample().time, [int(n) for n in found.group(1).split()]

    def check_ticks(self, before):
        """The tick must have been on while its exits were counted."""
        after = self.ticks_of_linux()
        elapsed = after[0] - before[0]
        rates = [(b - a) / elapsed for a, b in zip(before[1], after[1])]
        if len(rates) != 2 or min(rates) < LINUX_HZ / 2:
            raise Silence(f"Linux should tick {LINUX_HZ} times a second on both processors, and "
                          f"its rates are {rates}")

    def attach_often(self):
        """What it costs Linux, idle, that somebody looks at its console."""
        before = self.sample()
        for _ in range(ATTACHED):
            self.attach("linux")
            self.detach()
        moved = self.sample().since(before)
        self.figures.set("exits.attach", sum(n for (_, what), n in moved.items() if what == "total"))

    def answers(self):
        """The slowest answer of all, also when Enter comes in one breath with leaving a flooding console."""
        self.attach("linux")
        self.machine.send("while :; do echo fl''ood; done &\r")
        for _ in range(ASKED):
            self.machine.expect("flood")
            self.machine.send(DETACH + "version\r")
            self.machine.expect(r"^version +Muntin \d")
            self.machine.expect(PROMPT)
            self.attach("linux")
        self.detach()
        answer = json.loads(self.machine.ask("console --json", PROMPT))
        self.figures.set("ms.monitor_answer", math.ceil(answer["slowest_answer_us"] / 1000),
                         f"{answer['slowest_answer_us']} us since start-up")

    def latency(self):
        """The guest that takes Linux' place: its figures, and what it does without an exit."""
        self.machine.ask("guest relaunch linux --kernel latency --initrd none", PROMPT)
        self.attach("linux")
        self.machine.expect("latency: begin self_ipi")
        self.take(MEASURED.findall(self.machine.talk.before))
        self.phase("self_ipi", "latency: begin timer_arm")
        self.phase("timer_arm", "latency: done")

    def phase(self, name, then):
        """All exits of a second of it; it has begun, and its console is attached to. Then the next has."""
        self.detach()
        before = self.sample()
        after = self.wait(before, LOOK_S)
        self.attach("linux")
        self.machine.send("x")
        rounds = int(self.machine.expect(rf"latency: end {name} rounds=(\d+)\r*\n").group(1))
        self.machine.expect(then)
        if rounds < ROUNDS_MIN:
            raise Silence(f"{rounds} rounds of {name} are too few to mean anything")
        moved = after.since(before)
        self.figures.set(f"exits.{name}", sum(n for (_, what), n in moved.items() if what == "total"),
                         f"{rounds} rounds in all")
