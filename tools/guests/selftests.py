# SPDX-License-Identifier: Apache-2.0
"""The kernel's own tests of timers and clocks, compiled as they are from Debian's source package of the kernel."""
import os
import tempfile

from guests.trouble import run

# In the source: PLACE/timers/*.c and PLACE/kselftest.h.
PLACE = "*/tools/testing/selftests"
DEPTH = 4  # directories above timers/


def compile_all(deb, pattern, names):
    """{name: static program} of the package whose source archive fits the pattern."""
    with tempfile.TemporaryDirectory(prefix="muntin-selftests-") as scratch:
        run("tar", "-xJf", "-", "-C", scratch, f"--strip-components={DEPTH}", "--wildcards",
            f"{PLACE}/timers/*.c", f"{PLACE}/kselftest.h", data=deb.only(pattern))
        return {name: compile_one(scratch, name) for name in names}


def compile_one(scratch, name):
    """As the kernel's Makefile does, but static: no loader is needed where it runs."""
    program = os.path.join(scratch, name)
    run("gcc", "-O2", "-static", "-w", os.path.join(scratch, "timers", f"{name}.c"), "-o", program,
        "-lrt", "-lpthread", "-lm")
    with open(program, "rb") as f:
        return f.read()
