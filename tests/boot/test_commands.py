# SPDX-License-Identifier: Apache-2.0
"""Every command of the monitor over the real line: as text, as JSON by its schema, with good and bad arguments."""
import json
import os

import jsonschema
import pytest

from machine import BUILD, TOP
from session import Session

CONF = r"""
[monitor]
startup = "set marker on; set marker off; uptime"
[guest one]
cpus = 1
memory = 4M
kernel = \guests\heartbeat.elf
[guest two]
cpus = 2
memory = 4M
kernel = \guests\heartbeat.elf
"""
OK, FAILED, USAGE, TIMEOUT = 0, 1, 2, 4
COLUMNS = 80
MESSAGES = ("log",)  # shows messages, which are as long as they are

# command: lines to type, with the status each must end with. Lines without arguments need not be said.
LINES = {
    "guest list": [("guest list extra", USAGE)],
    "guest show": [("guest show one", OK), ("guest show nobody", FAILED), ("guest show", USAGE)],
    "guest console": [("guest console nobody", FAILED)],
    "guest log": [("guest log one", OK), ("guest log one -n 3", OK), ("guest log one -n x", USAGE),
                  ("guest log one --debug", FAILED), ("guest log nobody", FAILED)],
    "guest send": [("guest send one x", OK), (r"guest send one --raw \x00", OK), (r"guest send one \q", USAGE),
                   ("guest send nobody x", FAILED), ("guest send one", USAGE)],
    "guest break": [("guest break one", OK), ("guest break nobody", FAILED)],
    "console": [("console", OK), ("console --plain", USAGE), ("console --all extra", USAGE)],
    "guest start": [("guest start two", FAILED), ("guest start nobody", FAILED)],
    "guest stop": [("guest stop two", OK), ("guest stop two --now", USAGE)],
    "guest reset": [("guest reset two", OK), ("guest reset nobody", FAILED)],
    "guest relaunch": [("guest relaunch two --cmdline again", OK), ("guest relaunch nobody", FAILED),
                       ("guest relaunch two --kernel nothing", FAILED), ("guest relaunch", USAGE)],
    "guest wait": [("guest wait two running", OK), ("guest wait two off --timeout 0", TIMEOUT),
                   ('guest wait two --text "heartbeat: "', OK), ("guest wait two", USAGE),
                   ("guest wait two dead", USAGE), ("guest wait nobody off", FAILED)],
    "guest pause": [("guest pause nobody", FAILED), ("guest pause two extra", USAGE)],
    "guest resume": [("guest resume one", FAILED)],
    "guest nmi": [("guest nmi nobody", FAILED)],
    "guest memory": [("guest memory one 0x100000 20", OK), ("guest memory one 0", OK), ("guest memory one 0x400000", FAILED),
                     ("guest memory one 0x3ffff0 0x11", FAILED), ("guest memory one 1000000z", USAGE),
                     ("guest memory one 0 65537", USAGE), ("guest memory one 0xffffffffffffffff", FAILED),
                     ("guest memory nobody 0", FAILED), ("guest memory one", USAGE)],
    "vcpu list": [("vcpu list", OK), ("vcpu list one", OK), ("vcpu list nobody", FAILED)],
    "vcpu regs": [("vcpu regs one", OK), ("vcpu regs one 0", OK), ("vcpu regs one 1", USAGE),
                  ("vcpu regs one x", USAGE), ("vcpu regs nobody", FAILED), ("vcpu regs", USAGE)],
    "vcpu backtrace": [("vcpu backtrace one", OK), ("vcpu backtrace one 99", USAGE)],
    "vcpu step": [("vcpu step one", FAILED), ("vcpu step one 0 1001", USAGE), ("vcpu step one 0 0", USAGE),
                  ("vcpu step nobody", FAILED)],
    "vmcs dump": [("vmcs dump one --group exit", OK), ("vmcs dump one", OK), ("vmcs dump one --group all", USAGE),
                  ("vmcs dump one 0 --group", USAGE), ("vmcs dump nobody", FAILED)],
    "ept walk": [("ept walk one 0x100fff", OK), ("ept walk one 0xfee00000", OK), ("ept walk one 0x1000000000000", USAGE),
                 ("ept walk one", USAGE), ("ept walk nobody 0", FAILED)],
    "ept map": [("ept map one", OK), ("ept map nobody", FAILED)],
    "top": [("top --once", OK), ("top -n x", USAGE)],
    "exits": [("exits", OK), ("exits one", OK), ("exits nobody", FAILED)],
    "exits reset": [("exits reset two", OK), ("exits reset nobody", FAILED), ("exits reset", OK)],
    "denied": [("denied", OK), ("denied one", OK), ("denied nobody", FAILED)],
    "trace on": [("trace on two", OK), ("trace on nobody", FAILED)],
    "trace show": [("trace show two", OK), ("trace show two -n 255", OK), ("trace show", USAGE),
                   ("trace show two -n 256", USAGE), ("trace show nobody", FAILED)],
    "trace off": [("trace off two", OK), ("trace off", USAGE)],
    "log": [("log", OK), ("log -n 3", OK), ("log -l error", OK), ("log -l loud", USAGE),
            ("log -n x", USAGE), ("log --previous", FAILED), ("log --previous -f", USAGE)],
    "set": [("set", OK), ("set paging", OK), ("set colour", USAGE), ("set paging maybe", USAGE)],
    "help": [("help", OK), ("help guest list", OK), ("help nothing", FAILED)],
    "version": [("version", OK), ("version 2", USAGE)],
    "watch": [("watch -n x version", USAGE), ("watch watch version", FAILED)],
    "cpu list": [("cpu list 3", USAGE)],
    "cpuid": [("cpuid 1", OK), ("cpuid 0xd 1", OK), ("cpuid 0x40000000 0 one", OK), ("cpuid x", USAGE),
              ("cpuid 1 0 nobody", FAILED), ("cpuid 0x100000000", USAGE), ("cpuid", USAGE)],
    "msr read": [("msr read 0 0x1b", OK), ("msr read 3 0x10", OK), ("msr read 1 0x10", FAILED),
                 ("msr read 0 0x80b", FAILED), ("msr read 4 0x10", USAGE), ("msr read 0", USAGE)],
    "memory map": [("memory map all", USAGE)],
    "memory free": [("memory free 4K", USAGE)],
    "pci list": [("pci list 00:00.0", USAGE)],
    "irq list": [("irq list", OK), ("irq list one", OK), ("irq list nobody", FAILED)],
    "acpi list": [("acpi list FACP", USAGE)],
    "acpi dump": [("acpi dump", FAILED), ("acpi dump FACP", FAILED)],  # this machine has no tables
    "config show": [("config show one", USAGE)],
    "plan show": [("plan show one", USAGE)],
    "check": [("check", OK), ("check one", USAGE)],
    "promises": [("promises", OK), ("promises 3", USAGE)],
    "selftest": [("selftest", OK), ("selftest 1", USAGE)],
    "time": [("time", OK), ("time now", USAGE)],
    "crash show": [("crash show", OK), ("crash show 1", USAGE)],
    "crash test": [("crash test", USAGE)],
    "lock": [("lock", FAILED), ("lock now", USAGE)],
    "unlock": [("unlock", OK), ("unlock a b", USAGE)],
    "reboot": [("reboot now", USAGE), ("reboot --cold --warm", USAGE)],
    "poweroff": [("poweroff now", USAGE)],
    "uptime": [("uptime", OK), ("uptime 1", USAGE)],
}


@pytest.fixture(scope="module", name="session")
def two_guests(shared_boot, stick):
    image = stick(CONF, {"/guests/heartbeat.elf": os.path.join(BUILD, "guests/heartbeat.elf")})
    session = Session(shared_boot("commands", image, life=600))
    session.wait_prompt(180)
    session.attach("two")
    session.machine.expect(r"heartbeat: \d+\r*\n", 60)
    session.detach()
    return session


@pytest.fixture(scope="module", name="table")
def all_commands(session):
    """The monitor's own list, once."""
    return session.json("help")


def schema(name):
    with open(os.path.join(TOP, f"docs/schemas/{name}.json"), encoding="utf-8") as f:
        return json.load(f)


def wrong_json(session, command, line, status):
    """What is wrong with the answer as JSON, by its schema; "" for nothing."""
    got, text = session.run(line + " --json")
    if got != status:
        return f"{line} --json: status {got}, not {status}: {text[-300:]}"
    name = command.replace(" ", "-") if status == OK else "error"
    try:
        jsonschema.validate(json.loads(text), schema(name))
    except (jsonschema.ValidationError, json.JSONDecodeError) as error:
        return f"{line} --json: {str(error)[:300]}"
    return ""


def wrong_text(session, line, status):
    """The same for people: how it ended, that something was said, that it fits the screen."""
    got, text = session.run(line)
    wide = [row for row in text.splitlines() if len(row) > COLUMNS]
    if got != status:
        return f"{line}: status {got}, not {status}: {text[-300:]}"
    if status != OK and not text.strip():
        return f"{line}: nothing is said"
    if status == OK and wide and not line.startswith(MESSAGES):
        return f"{line}: wider than the screen: {wide[:2]}"
    return ""


def test_commands_of_the_config_ran_before_the_first_prompt(session):
    start = session.machine.transcript().split("Type help.")[-1].split("muntin> ")[0]
    assert start.replace("\r", "").strip().startswith("up "), start


def test_every_command_is_driven_here(table):
    assert {row["words"] for row in table} == set(LINES)


def test_every_command_has_help(session, table):
    for row in table:
        status, text = session.run("help " + row["words"])
        assert status == OK and text.startswith("usage: " + row["words"]), text


def test_every_line_ends_as_it_should_and_fits_the_screen(session):
    complaints = [wrong_text(session, line, wanted) for lines in LINES.values() for line, wanted in lines]
    assert not any(complaints), "\n".join(filter(None, complaints))


def test_every_json_answer_is_as_its_schema_says(session, table):
    complaints = []
    for row in filter(lambda row: row["json"], table):
        lines = LINES[row["words"]]
        needs_none = not row["usage"][:1].isupper() and row["words"] not in dict(lines)
        alone = [(row["words"], OK)] if needs_none else []
        complaints += [wrong_json(session, row["words"], line, wanted) for line, wanted in alone + lines]
    assert not any(complaints), "\n".join(filter(None, complaints))


def test_the_monitor_is_whole_afterwards(session):
    assert session.run("selftest")[0] == OK
    assert session.state("one") == "running"
