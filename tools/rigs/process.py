# SPDX-License-Identifier: Apache-2.0
"""The emulator's process: started in a group of its own, and never left behind."""
import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1  # prctl(2)
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signum):
    """A function for preexec_fn: the child gets signum when its parent dies, however it dies."""
    parent = os.getpid()

    def arm():
        LIBC.prctl(PR_SET_PDEATHSIG, signum)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)
    return arm


def start(command, log, pass_fds=(), env=None):
    """Start an emulator with its words going to the log, which may be None."""
    with open(log or os.devnull, "ab") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                start_new_session=True, pass_fds=pass_fds, env=env,
                                preexec_fn=die_with_parent(signal.SIGKILL))


def end(process):
    """Kill the emulator's whole group, by its id, and wait until it is gone."""
    # The leader is not reaped before this, so the id cannot belong to anyone else.
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
