# SPDX-License-Identifier: Apache-2.0
"""The Bochs rig: VT-x with EPT on any host. Facts and traps: shared/rigs.md."""
import os
import pty
import tty

from rigs import process
from rigs.spec import Trouble, need_firmware, need_program

OVMF = "/usr/share/ovmf/OVMF.fd"  # 2 MiB; the 4 MiB image is too large for Bochs
BIOS = "/usr/share/bochs/BIOS-bochs-latest"  # Bochs' own, of the package bochsbios: has ACPI tables
VGABIOS = "/usr/share/vgabios/vgabios.bin"
FIRMWARES = {"ovmf": OVMF, "bios": BIOS}
MODEL = "corei7_skylake_x"
IPS = 20000000
# When firmware sets the clock, Bochs 2.7 hands mktime() a tm_isdst that it never filled in: in plain
# UTC the machine is then an hour slow, by chance. In this zone summer time exists and differs by
# nothing, so that either value gives the same time.
UTC_WITH_SUMMER_TIME = "XST0XDT0,M4.1.0,M10.1.0"
# Debian's Bochs is the debugger build: it waits at a prompt, and this lets it go.
DEBUGGER_START = "c\n"

RC = """\
display_library: rfb, options="timeout=0"
plugin_ctrl: unmapped=true, biosdev=true, speaker=false, e1000=false, parallel=false, gameport=false
cpu: model={model}, count={cpus}:1:1, ips={ips}, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest={memory}, host={memory}
boot: disk
romimage: file="{firmware}"
vgaromimage: file="{vgabios}"
pci: enabled=1, chipset=i440fx
clock: sync=none, time0={time}
ata0: enabled=1
ata0-master: type=disk, path="{image}", mode=volatile, journal="{scratch}/journal"
com1: enabled=1, mode=term, dev={tty}
{com2}
log: "{log}"
panic: action=report
error: action=report
info: action=ignore
debug: action=ignore
{extra}
"""


class Bochs:
    """One Bochs machine; its serial line is the master of a raw pty."""

    def __init__(self, spec, scratch):
        if spec.firmware not in FIRMWARES:
            raise Trouble("--rig bochs starts OVMF or bios; --firmware u-boot needs --rig qemu-tcg")
        self.spec = spec
        self.scratch = scratch
        self.typist = None
        self.serial = None
        self.slave = None

    def config(self):
        """The bochsrc as text."""
        spec = self.spec
        for path in (spec.image, spec.com2, spec.log):
            if path and '"' in path:
                raise Trouble(f"Bochs cannot take a quotation mark in a path: {path}")
        com2 = f'com2: enabled=1, mode=file, dev="{spec.com2}"' if spec.com2 else ""
        return RC.format(
            model=spec.model or MODEL, cpus=spec.cpus, ips=spec.ips or IPS, memory=spec.memory,
            firmware=need_firmware(FIRMWARES[spec.firmware]), vgabios=need_firmware(VGABIOS),
            time="utc" if spec.time is None else spec.time, image=os.path.abspath(spec.image),
            scratch=self.scratch, tty=os.ttyname(self.slave), com2=com2,
            log=spec.log or os.devnull, extra="\n".join(spec.extra))

    def start(self):
        """Start the emulator; returns its process."""
        program = need_program("bochs")
        self.serial, self.slave = pty.openpty()
        # We keep the slave open too: a pty without one reads as an error.
        tty.setraw(self.slave)
        rc = os.path.join(self.scratch, "bochsrc")
        debugger = os.path.join(self.scratch, "debugger")
        with open(rc, "w", encoding="utf-8") as f:
            f.write(self.config())
        with open(debugger, "w", encoding="ascii") as f:
            f.write(DEBUGGER_START)
        env = dict(os.environ, TZ=UTC_WITH_SUMMER_TIME)
        console = self.spec.log and self.spec.log + ".console"
        return process.start([program, "-q", "-f", rc, "-rc", debugger], console, env=env)
