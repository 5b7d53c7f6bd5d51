# SPDX-License-Identifier: Apache-2.0
"""The QEMU rigs: KVM with nested VT-x, and TCG, which has none. Facts and traps: shared/rigs.md."""
import os
import shutil
import socket
import time

from rigs import process
from rigs.spec import Trouble, need_firmware, need_program

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
U_BOOT = "/usr/lib/u-boot/qemu-x86_64/u-boot.rom"
# u-boot knows nothing of the removable-media path by itself; these are typed at its prompt.
U_BOOT_SCRIPT = (
    (b"stop autoboot", b" "),
    (b"=> ", b"scsi scan\r"),
    (b"=> ", b"load scsi 0:1 0x2000000 EFI/BOOT/BOOTX64.EFI\r"),
    (b"=> ", b"bootefi 0x2000000\r"),
)
ACCEL = {
    "qemu-kvm": (["-accel", "kvm"], "host,+vmx"),
    "qemu-tcg": (["-accel", "tcg"], "max"),
}


class Typist:
    """Answers a firmware's prompts, each once and in order."""

    def __init__(self, script):
        self.script = list(script)
        self.tail = b""

    def hear(self, data):
        """What to type now that the machine has printed data."""
        if not self.script:
            return b""
        self.tail += data
        prompt, answer = self.script[0]
        place = self.tail.find(prompt)
        if place < 0:
            self.tail = self.tail[-256:]
            return b""
        self.tail = self.tail[place + len(prompt):]
        self.script.pop(0)
        return answer


class Qemu:
    """One QEMU machine; its serial line is one end of a socket pair."""

    def __init__(self, spec, scratch):
        if spec.firmware == "bios":
            raise Trouble("--firmware bios needs --rig bochs")
        if spec.firmware == "u-boot" and spec.rig != "qemu-tcg":
            raise Trouble("--firmware u-boot needs --rig qemu-tcg")
        if spec.ips is not None:
            raise Trouble("--ips is Bochs's own: QEMU has no instruction rate")
        if "," in spec.image + (spec.com2 or ""):
            raise Trouble("QEMU cannot take a comma in the path of an image or of --com2")
        self.spec = spec
        self.scratch = scratch
        self.typist = Typist(U_BOOT_SCRIPT) if spec.firmware == "u-boot" else None
        self.serial = None
        self.socket = None

    def firmware(self):
        """The firmware and the stick; u-boot has no xHCI driver here, so it gets a disk."""
        drive = f"if=none,id=stick,format=raw,snapshot=on,file={os.path.abspath(self.spec.image)}"
        if self.spec.firmware == "u-boot":
            return ["-bios", need_firmware(U_BOOT), "-drive", drive,
                    "-device", "ide-hd,drive=stick"]
        variables = os.path.join(self.scratch, "variables.fd")
        shutil.copyfile(need_firmware(OVMF_VARS), variables)
        return ["-drive", f"if=pflash,format=raw,readonly=on,file={need_firmware(OVMF_CODE)}",
                "-drive", f"if=pflash,format=raw,file={variables}", "-drive", drive,
                "-device", "qemu-xhci,id=usb", "-device", "usb-storage,bus=usb.0,drive=stick"]

    def command(self, descriptor):
        """The whole command line; descriptor is the serial line's."""
        spec = self.spec
        accel, model = ACCEL[spec.rig]
        command = [need_program("qemu-system-x86_64"), "-machine", "q35", *accel,
                   "-cpu", spec.model or model, "-smp", str(spec.cpus), "-m", f"{spec.memory}M",
                   "-nodefaults", "-vga", "std", "-display", "none", "-monitor", "none",
                   "-chardev", f"socket,id=com1,fd={descriptor}", "-serial", "chardev:com1"]
        if spec.com2:
            command += ["-serial", f"file:{spec.com2}"]
        if spec.time is not None:
            base = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(spec.time))
            command += ["-rtc", f"base={base},clock=vm"]
        return command + self.firmware() + list(spec.extra)

    def start(self):
        """Start the emulator; returns its process."""
        self.socket, theirs = socket.socketpair()
        self.serial = self.socket.fileno()
        env = dict(os.environ, TMPDIR=self.scratch)  # the snapshot's file goes away with it
        with theirs:
            return process.start(self.command(theirs.fileno()), self.spec.log,
                                 pass_fds=(theirs.fileno(),), env=env)
