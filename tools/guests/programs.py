# SPDX-License-Identifier: Apache-2.0
"""Programs of Debian packages with all the libraries they need."""
import os

from guests.elf import Elf
from guests.trouble import Trouble

LIBRARY_PLACE = "lib/x86_64-linux-gnu"


class Libraries:
    """Shared libraries of packages, by the names that programs ask for."""

    def __init__(self, debs):
        self.found = {}
        for deb in debs:
            files = deb.read("*/lib*.so.*", "*/ld-*.so.*")
            plain = {os.path.basename(p): d for p, d in files.items() if isinstance(d, bytes)}
            for path, target in files.items():
                # libfoo.so.1 is most often a link to libfoo.so.1.2 beside it.
                if isinstance(target, str) and os.path.basename(target) in plain:
                    plain.setdefault(os.path.basename(path), plain[os.path.basename(target)])
            self.found = {**plain, **self.found}

    def closure(self, program):
        """{name: bytes} of all that a program needs, directly and not."""
        wanted, result = list(Elf(program).needed()), {}
        while wanted:
            name = wanted.pop()
            if name in result:
                continue
            if name not in self.found:
                raise Trouble(f"no package of tools/guests/table.py has the library {name}")
            result[name] = self.found[name]
            wanted += Elf(result[name]).needed()
        return result


def add_programs(cpio, programs, libraries):
    """Programs ({name: bytes}) into bin, their libraries and their loader where they look."""
    needed, loaders = {}, set()
    for name, data in programs.items():
        cpio.file(f"bin/{name}", data)
        needed.update(libraries.closure(data))
        loaders.add(Elf(data).loader())
    cpio.directory("lib")
    cpio.directory(LIBRARY_PLACE)
    for name in sorted(needed):
        cpio.file(f"{LIBRARY_PLACE}/{name}", needed[name])
    for path in sorted(loaders - {None}):
        place, name = os.path.split(path.lstrip("/"))
        cpio.directory(place)
        cpio.link(f"{place}/{name}", f"/{LIBRARY_PLACE}/{name}")
