# SPDX-License-Identifier: Apache-2.0
"""The first file system of the Linux guests: busybox and an init, and what a test adds."""
import stat

from guests.cpio import Cpio
from guests.elf import Elf
from guests.trouble import Trouble, run

BUSYBOX = "/bin/busybox"
DIRECTORIES = ("bin", "dev", "etc", "mnt", "proc", "root", "run", "sys", "tmp")
CONSOLE = (5, 1)  # Linux, Documentation/admin-guide/devices.txt: /dev/console

# The shell comes back when it is left: a guest without its init would panic. cttyhack gives it the
# console as its terminal, so that Ctrl-C and job control work.
INIT = """\
#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
export PATH=/bin HOME=/root TERM=vt100 PS1='guest# '
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
cd /root
[ -x /etc/start ] && /etc/start
echo 'muntin-guest: shell ready'
while :; do
	setsid cttyhack sh
done
"""
# Stays in user space: ":" is a builtin and makes no system call.
SPIN = """\
#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
while :; do :; done
"""

# What Debian's kernel has as modules, and who listens to it.
START = """\
#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
insmod /lib/button.ko && insmod /lib/evdev.ko && acpid -l /dev/console -p /run/acpid.pid
"""
ACPID_POWER_BUTTON = "etc/acpi/PWRF/00000080"
POWER_BUTTON = """\
#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
echo 'muntin-guest: power button' >/dev/console
exec poweroff -f
"""


def add_power_button(cpio, button, evdev):
    """busybox' acpid, which switches the guest off when its power button is pressed."""
    for name in ("lib", "etc/acpi", "etc/acpi/PWRF"):
        cpio.directory(name)
    cpio.file("lib/button.ko", button, 0o644)
    cpio.file("lib/evdev.ko", evdev, 0o644)
    cpio.file("etc/start", START)
    cpio.file(ACPID_POWER_BUTTON, POWER_BUTTON)


def begin():
    """Busybox, its names, init; not compressed, as unpacking costs emulated time."""
    with open(BUSYBOX, "rb") as f:
        busybox = f.read()
    if not Elf(busybox).is_static():
        raise Trouble(f"{BUSYBOX} is not static; install the package busybox-static")
    cpio = Cpio()
    for name in DIRECTORIES:
        cpio.directory(name)
    cpio.add("dev/console", stat.S_IFCHR | 0o600, device=CONSOLE)
    cpio.file("bin/busybox", busybox)
    for applet in sorted(set(run(BUSYBOX, "--list").decode().split()) - {"busybox"}):
        cpio.link(f"bin/{applet}", "busybox")
    cpio.file("bin/spin", SPIN)
    cpio.file("init", INIT)
    return cpio
