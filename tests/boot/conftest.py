# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the boot scenarios: sticks made by tools/mkimage, machines run by tools/run."""
import os
import re
import subprocess

import pytest

from machine import BUILD, TOP, Machine


@pytest.fixture(scope="session")
def stick(tmp_path_factory):
    """stick(config text or bytes, {stick path: host path}) makes an image and returns its path.

    check=False lets the config name images that are not there; conf=None makes a stick without a
    config; efi= puts another program on it.
    """
    def make(conf, files=None, efi=None, check=True):
        place = tmp_path_factory.mktemp("stick")
        command = [os.path.join(TOP, "tools/mkimage"), "-q", "-o", str(place / "stick.img"),
                   "--efi", str(efi or os.path.join(BUILD, "BOOTX64.EFI"))]
        if conf is None:
            command.append("--no-conf")
        else:
            path = place / "muntin.conf"
            path.write_bytes(conf if isinstance(conf, bytes) else conf.encode())
            command += ["--conf", str(path)]
        for target, host in (files or {}).items():
            command += ["--add", f"{host}:{target}"]
        if not check:
            command.append("--no-check")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return place / "stick.img"
    return make


SHIM_FLAGS = """-std=gnu11 -O2 -Wall -Wextra -Werror -I. -isystem /usr/include/efi
    -isystem /usr/include/efi/x86_64 -DGNU_EFI_USE_MS_ABI -maccumulate-outgoing-args -ffreestanding
    -fpic -fshort-wchar -mno-red-zone -fno-stack-protector -fcf-protection=none""".split()
SHIM_SECTIONS = ".text .sdata .data .dynamic .rodata .rel .rela .rel.* .rela.* .reloc".split()


@pytest.fixture(scope="session")
def shim():
    """shim(name) builds tests/boot/shim/NAME.c, an EFI program that starts \\EFI\\BOOT\\MUNTIN.EFI."""
    def make(name):
        place = os.path.join(BUILD, "shim")
        os.makedirs(place, exist_ok=True)
        linked, program = os.path.join(place, name + ".so"), os.path.join(place, name + ".efi")
        sources = [f"tests/boot/shim/{source}.c" for source in (name, "chain")]
        sections = [word for section in SHIM_SECTIONS for word in ("-j", section)]
        for command in (
                ["gcc", *SHIM_FLAGS, "-nostdlib", "-shared", "-Wl,-Bsymbolic,-znocombreloc",
                 "-Wl,-T,/usr/lib/elf_x86_64_efi.lds", "/usr/lib/crt0-efi-x86_64.o", *sources,
                 "/usr/lib/libefi.a", "/usr/lib/libgnuefi.a", "-o", linked],
                ["objcopy", *sections, "--target=efi-app-x86_64", "--subsystem=10", linked,
                 program]):
            done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        return program
    return make


@pytest.fixture
def boot(request):
    """boot(image, options of Machine) starts a machine that lives as long as one test."""
    machines = []

    def start(image, **options):
        name = re.sub(r"\W+", "_", request.node.name)
        machines.append(Machine(f"{name}-{len(machines)}" if machines else name, image, **options))
        return machines[-1]
    yield start
    for machine in machines:
        machine.close()


@pytest.fixture(scope="module")
def shared_boot(request):
    """The same for a whole file: one boot, many tests. Give it a name for its transcript."""
    machines = []

    def start(name, image, **options):
        machines.append(Machine(name, image, **options))
        return machines[-1]
    yield start
    for machine in machines:
        machine.close()
