# SPDX-License-Identifier: Apache-2.0
"""tools/muntin-passwd: what it prints is taken by the config checker and is the password's hash."""
import hashlib
import os
import pty
import re
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(TOP, "tools/muntin-passwd")
GUEST = "[guest a]\ncpus = 1\nmemory = 2M\nkernel = k\n"


def run(typed, *args):
    return subprocess.run([TOOL, *args], input=typed, capture_output=True, text=True, check=False)


def test_line_is_the_salted_hash_of_the_password(tmp_path):
    line = run("tr0ub4dor & 3\n", "--cost", "1000").stdout
    cost, salt, digest = re.fullmatch(
        r"password = pbkdf2-sha256\$(\d+)\$([0-9a-f]{32})\$([0-9a-f]{64})\n", line).groups()
    assert cost == "1000"
    wanted = hashlib.pbkdf2_hmac("sha256", b"tr0ub4dor & 3", bytes.fromhex(salt), 1000)
    assert digest == wanted.hex()
    conf = tmp_path / "muntin.conf"
    conf.write_text("[monitor]\n" + line + GUEST)
    done = subprocess.run([os.path.join(TOP, "build/muntin-check"), str(conf)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_two_lines_for_one_password_are_different():
    assert run("x\n", "--cost", "1000").stdout != run("x\n", "--cost", "1000").stdout


def test_stated_cost_is_the_default():
    assert run("x\n").stdout.startswith("password = pbkdf2-sha256$600000$")


@pytest.mark.parametrize("typed, words", [
    ("", "empty"), ("\n", "empty"), (" x\n", "space"), ("x \n", "space"), ("@x y\n", "@"), ("-x\n", "-"),
    ('a"b\n', "double quote"), ("p\u00e4ss\n", "printable ASCII"), ("a\tb\n", "printable ASCII"),
    ("x" * 129 + "\n", "128 fit")])
def test_password_that_cannot_be_typed_is_refused(typed, words):
    done = run(typed)
    assert done.returncode == 1 and done.stdout == "" and words in done.stderr, done.stderr


@pytest.mark.parametrize("cost", ["999", "10000001", "-1", "1e6", ""])
def test_cost_out_of_range_is_refused(cost):
    done = run("x\n", "--cost", cost)
    assert done.returncode == 2 and "1000 to 10000000" in done.stderr


def type_at_terminal(*lines):
    """Run it on a terminal; returns its exit status and what the terminal showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(TOOL, [TOOL, "--cost", "1000"])
    shown = b""
    for line in lines:
        while not shown.endswith(b": "):
            shown += os.read(terminal, 1)
        os.write(terminal, line.encode() + b"\n")
        shown += os.read(terminal, 1)
    try:
        while more := os.read(terminal, 4096):
            shown += more
    except OSError:  # the terminal of a program that has ended
        pass
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return status, shown.decode()


def test_terminal_is_asked_twice_and_does_not_show_it():
    status, shown = type_at_terminal("hunter2", "hunter2")
    assert status == 0 and "password = pbkdf2-sha256$1000$" in shown and "hunter2" not in shown
    status, shown = type_at_terminal("hunter2", "hunter3")
    assert status == 1 and "not the same" in shown and "password =" not in shown
