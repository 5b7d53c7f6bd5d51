# SPDX-License-Identifier: Apache-2.0
"""Child processes: each in a group of its own, dead when its parent dies, never left behind."""
import os
import signal
import subprocess


def tied(command, signame):
    """The command, made so that it gets the signal when its parent dies, however that dies."""
    return ["setpriv", "--pdeathsig", signame, "--", *command]


def start(command, log, pass_fds=(), env=None):
    """Start an emulator with its words going to the log, which may be None."""
    with open(log or os.devnull, "ab") as out:
        return subprocess.Popen(tied(command, "KILL"), stdin=subprocess.DEVNULL, stdout=out,
                                stderr=out, start_new_session=True, pass_fds=pass_fds, env=env)


def end(process, signum=signal.SIGKILL):
    """Signal the process's whole group, by its id, and wait until the process is gone."""
    # The leader is not reaped before this, so the id cannot belong to anyone else.
    if process.returncode is None:
        try:
            os.killpg(process.pid, signum)
        except ProcessLookupError:
            pass
        process.wait()
