# SPDX-License-Identifier: Apache-2.0
"""What can go wrong on the way to a guest, and how tools are called."""
import os
import subprocess


class Trouble(Exception):
    """Something the user can mend; the text says what."""


def run(*command, cwd=None, data=None):
    """Run a tool; returns what it prints, as bytes."""
    try:
        done = subprocess.run(command, cwd=cwd, input=data or b"", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False,
                              env=dict(os.environ, LC_ALL="C"))
    except FileNotFoundError as error:
        raise Trouble(f"{command[0]} is not installed; tools/install-deps installs what is "
                      "missing") from error
    if done.returncode != 0:
        raise Trouble(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
