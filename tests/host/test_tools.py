# SPDX-License-Identifier: Apache-2.0
"""tools/mkimage and tools/run as their users meet them."""
import os
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONF = "[guest g]\nkernel = \\guests\\kernel\n"


def call(tool, *args):
    """Run a tool; returns its exit status and all it said."""
    done = subprocess.run([os.path.join(TOP, "tools", tool), *map(str, args)], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def parts(tmp_path):
    """A config, a program and a kernel to put on a stick."""
    for name, text in (("conf", CONF), ("efi", "program"), ("kernel", "k" * 5000)):
        (tmp_path / name).write_text(text)
    return tmp_path


def mkimage(parts, *args):
    return call("mkimage", "--conf", parts / "conf", "--efi", parts / "efi", "-o", parts / "img",
                *args)


def listing(image):
    """Every path on the stick."""
    done = subprocess.run(["mdir", "-b", "-/", "-i", f"{image}@@1M", "::"], text=True,
                          capture_output=True, check=True)
    return [line.lower() for line in done.stdout.split()]


def test_stick_holds_program_config_and_images(parts):
    status, said = mkimage(parts, "--add", f"{parts}/kernel:\\guests\\kernel")
    assert status == 0, said
    assert {"::/efi/boot/bootx64.efi", "::/efi/muntin/muntin.conf", "::/guests/kernel"} <= set(
        listing(parts / "img"))


def test_stick_has_a_partition_table_without_faults(parts):
    mkimage(parts, "--no-check")
    done = subprocess.run(["sgdisk", "-v", parts / "img"], text=True, capture_output=True,
                          check=True)
    assert "No problems found" in done.stdout


def test_equal_contents_make_equal_sticks(parts):
    mkimage(parts, "--no-check")
    first = (parts / "img").read_bytes()
    mkimage(parts, "--no-check")
    assert (parts / "img").read_bytes() == first


def test_image_that_config_names_and_nobody_adds_is_an_error(parts):
    status, said = mkimage(parts)
    assert status == 1 and "conf:2: kernel names '\\guests\\kernel'" in said
    assert not (parts / "img").exists()


def test_modules_that_config_names_are_looked_for_without_their_texts(parts):
    with open(parts / "conf", "a", encoding="utf-8") as f:
        f.write('modules = "/guests/kernel a b; \\\\guests\\\\two; /three c"\n')
    status, said = mkimage(parts, "--add", f"{parts}/kernel:/guests/kernel", "--add", f"{parts}/kernel:/guests/two")
    assert status == 1 and "modules names '/three', which is not on the stick" in said
    assert said.count("is not on the stick") == 1, said


def test_no_check_turns_that_error_into_a_warning(parts):
    status, said = mkimage(parts, "--no-check")
    assert status == 0 and "warning" in said


@pytest.mark.parametrize("add, words", [
    ("kernel", "wants HOSTPATH:STICKPATH"), ("nowhere:/a", "'nowhere' does not exist"),
    ("/etc:/a", "'/etc' is not a file"), ("/etc/passwd:/../a", "cannot hold a name like '..'"),
    ("/etc/passwd:/efi/boot/bootx64.efi", "put on the stick twice")])
def test_bad_add_is_refused_in_words(parts, add, words):
    status, said = mkimage(parts, "--no-check", "--add", add)
    assert status == 1 and words in said


@pytest.mark.parametrize("args, words", [
    (["--image", "nowhere.img"], "'nowhere.img' does not exist"),
    (["--image", "/etc/passwd", "--serial", "tcp"], "--serial wants"),
    (["--image", "/etc/passwd", "--until", "("], "not a regular expression"),
    (["--image", "/etc/passwd", "--memory", "lots"], "--memory wants"),
    (["--image", "/etc/passwd", "--rig", "bochs", "--firmware", "u-boot"], "needs --rig qemu-tcg")])
def test_run_refuses_bad_usage_with_status_2(args, words):
    status, said = call("run", *args)
    assert status == 2 and words in said


def test_run_ends_with_status_1_when_time_is_up(parts):
    mkimage(parts, "--no-check")
    status, said = call("run", "--image", parts / "img", "--rig", "qemu-tcg", "--cpus", 1,
                        "--until", "never printed", "--timeout", 2)
    assert status == 1 and "time is up after 2 s; 'never printed' was not seen" in said
