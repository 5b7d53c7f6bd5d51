#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bench: every figure Muntin promises, measured in one boot and held against its budget.

`make bench` builds, makes a stick from bench.conf, boots it (Bochs, 4 processors, 1 GiB), prints the
table and writes build/bench.json: a list of {name, value, unit, budget, rig}; budget null means
measured only, value null not measured. The transcript is build/boot-logs/bench.log.

Exit status: 0 when all is measured and within its budget, 1 when not, 2 when nothing could be
started.

How the figures are taken:
  exits.*, ipis.*  `exits linux` twice, 10 s of the machine's own time apart (it says when): the sum
                   of the `total` of both processors, which leaves writes of the ICR out; those
                   are ipis.*. Idle is Linux at its shell's prompt with the
                   monitor on the line; spin is two endless loops in that shell, and the scenario
                   fails unless Linux counts its timer interrupts meanwhile.
  exits.attach     the same counts around 10 times `guest console linux` and Ctrl-], with Linux idle.
  ms.monitor_answer  `console --json`, slowest_answer_us: by the monitor's clock, from when the UART's interrupt
                   brought Enter until the UART took the first byte of the answer; the slowest of all since
                   start-up. The last ones are asked in one breath with Ctrl-], while Linux floods the console that is
                   left and spins on both processors.
  ticks.*          tests/guest/bench.c, RDTSC around one instruction, 1000 rounds, the mean without
                   the cost of the two RDTSCs. Bochs' clock moves 5 instructions at a time when it has
                   several processors, so the guest begins each round at another place of the 5, and
                   the mean is exact to a tick; least and most are off by up to 5.
                   They include the accounts of each exit's time, which are always kept.
                   ticks.pit_in: counter 0 runs in mode 2 and is not latched; low and high byte by turns.
                   ticks.xapic_write: the guest has left x2APIC mode for xAPIC mode before; it runs
                   without paging, so its instruction is fetched without a walk. ticks.xapic_write_paged: the
                   walk has three levels.
                   ticks.trace: the guest is started again with `trace on`.
  ticks.ipi_*, ticks.self_ipi  tests/guest/latency.c, which takes Linux' place on its two processors: from the RDTSC
                   right before the write of ICR or SELF_IPI to the first instruction of the handler, an RDTSC
                   (two pushes before it). The receiver spins, or halts.
  ticks.timer_late the same guest: from a TSC deadline to the first instruction of its handler. The same binary on
                   the bare machine, which has a BIOS then, gives ticks.timer_late_bare; on Bochs alone.
  exits.self_ipi, exits.timer_arm  the same guest sends itself interrupts, or arms and disarms its timer in both
                   modes, without pause: all exits in between two looks, a second apart.
  bytes.*          the log's lines "image ..." and "claimed ...". The image is what it takes in
                   memory, whole pages.
  ticks.efi_main_to_last_guest  the log's line "start: last guest entered".
"""
import argparse
import os
import subprocess
import sys

PLACE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(PLACE))
sys.path.insert(0, os.path.join(TOP, "tests/boot"))
sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
import bare
from figures import Figures
from machine import BUILD, Machine, Silence
from scenario import MEASURED, Scenario

LIFE_S = 1800
BARE_S = 120
GUESTS = {"vmlinuz": "vmlinuz", "initrd.img": "initrd.cpio", "bench.elf": "bench.elf",
          "latency.elf": "latency.elf"}


def make_stick(path):
    """The image, by tools/mkimage."""
    command = [os.path.join(TOP, "tools/mkimage"), "-q", "-o", path,
               "--conf", os.path.join(PLACE, "bench.conf"),
               "--efi", os.path.join(BUILD, "BOOTX64.EFI")]
    for name, host in GUESTS.items():
        command += ["--add", f"{os.path.join(BUILD, 'guests', host)}:/guests/{name}"]
    subprocess.run(command, check=True)


def measure(image, figures):
    """Fill the figures. Return: what went wrong, or None."""
    try:
        with Machine("bench", image, life=LIFE_S, rig=figures.rig) as machine:
            Scenario(machine, figures).run()
        if figures.rig == "bochs":
            measure_bare(figures)
    except Silence as trouble:
        return str(trouble)
    return None


def measure_bare(figures):
    """The guest that measures interrupts, without Muntin."""
    disk = os.path.join(BUILD, "bench-bare.img")
    bare.make_disk(disk, os.path.join(BUILD, "guests/latency.elf"))
    with Machine("bench-bare", disk, life=BARE_S, rig=figures.rig, firmware="bios", cpus=2, memory="64M") as machine:
        machine.expect("bench: done", BARE_S)
        mean = {name: int(mean) for name, _, mean, _ in MEASURED.findall(machine.talk.before)}
        figures.set("ticks.timer_late_bare", mean.get("ticks.timer_late"))


def arguments():
    parser = argparse.ArgumentParser(prog="bench", description="Measure every figure and hold it "
                                     "against its budget.")
    parser.add_argument("--rig", default="bochs", help="as of tools/run (%(default)s)")
    parser.add_argument("--json", default=os.path.join(BUILD, "bench.json"), metavar="FILE",
                        help="where the list goes (build/bench.json)")
    return parser.parse_args()


def main():
    args = arguments()
    figures = Figures(args.rig)
    image = os.path.join(BUILD, "bench.img")
    try:
        make_stick(image)
        trouble = measure(image, figures)
    except (Silence, OSError, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    figures.write(args.json)
    print(figures.table())
    if trouble:
        print(f"bench: {trouble}", file=sys.stderr)
    return 0 if figures.good() and not trouble else 1


if __name__ == "__main__":
    sys.exit(main())
