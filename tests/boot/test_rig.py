# SPDX-License-Identifier: Apache-2.0
"""The rigs themselves: a stick that tools/mkimage makes is one that firmware starts from."""


def test_firmware_starts_the_program_on_the_stick(stick, boot, tmp_path):
    # Not a program: the firmware says so on its serial console, and goes on.
    program = tmp_path / "none.efi"
    program.write_bytes(b"not a program")
    machine = boot(stick(None, efi=program), rig="qemu-tcg", cpus=1, memory="256M", life=120)
    machine.expect("BdsDxe: failed to load Boot.*USB")
