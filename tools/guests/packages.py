# SPDX-License-Identifier: Apache-2.0
"""Debian packages: downloaded into build/debs, read there, never installed. Needs no root."""
import fnmatch
import io
import os
import re
import tarfile
import time

from guests.trouble import Trouble, run

TRIES = 3
PAUSE = 5  # seconds between two tries
# A meta package of kernels names the one of today as what it depends on.
KERNELS = "linux-image-"
KERNEL = re.compile(r"^\s*Depends: (linux-image-\d\S+)", re.MULTILINE)
# What apt-get says with --print-uris: 'URI' FILE SIZE CHECKSUM
URI = re.compile(r"^'\S+' (\S+) \d+", re.MULTILINE)


def own_lists(place):
    """Options that let apt keep lists of its own: that needs no root."""
    for name in ("lists/partial", "archives/partial"):
        os.makedirs(os.path.join(place, name), exist_ok=True)
    return ["-o", f"Dir::State::Lists={place}/lists", "-o", f"Dir::Cache={place}",
            "-o", "Dir::Cache::archives=archives"]


class Packages:
    """The archive as apt sees it: with the system's lists, or, when those fail, with new ones."""

    def __init__(self, place):
        self.place = os.path.abspath(place)
        self.options = ["-o", "APT::Sandbox::User=root"]
        self.fresh = False
        self.debs = {}
        os.makedirs(self.place, exist_ok=True)

    def refresh(self):
        """New lists, once."""
        print("fetch-guests: getting new package lists", flush=True)
        self.options += own_lists(os.path.join(self.place, "apt"))
        self.retry(lambda: run("apt-get", *self.options, "-qq", "update"))
        self.fresh = True

    def retry(self, step):
        """Networks have bad moments: several tries, then the last one's words."""
        for left in reversed(range(TRIES)):
            try:
                return step()
            except Trouble as trouble:
                if not left:
                    raise
                print(f"fetch-guests: {trouble}\nfetch-guests: trying again", flush=True)
                time.sleep(PAUSE)
        raise AssertionError("TRIES is 0")

    def with_lists(self, step):
        """Lists may be absent, or name packages that the archive has replaced since."""
        if self.fresh:
            return self.retry(step)
        try:
            return step()
        except Trouble as trouble:
            print(f"fetch-guests: {trouble}", flush=True)
            self.refresh()
            return self.retry(step)

    def fetch(self, names):
        """Download what is not there. A meta package of kernels stands for the kernel's."""
        missing = [name for name in dict.fromkeys(names) if name not in self.debs]
        if missing:
            self.with_lists(lambda: self.download(missing))

    def __getitem__(self, name):
        """The package of that name, a Deb; fetch() it before."""
        return self.debs[name]

    def download(self, names):
        """One try. apt-get itself leaves alone what is there and has the right checksum."""
        real = {name: self.kernel_of(name) if name.startswith(KERNELS) else name for name in names}
        uris = run("apt-get", *self.options, "-qq", "--print-uris", "download",
                   *real.values()).decode()
        files = {file.split("_")[0]: file for file in URI.findall(uris)}
        for name in real.values():
            if name not in files:
                raise Trouble(f"apt-get knows no file for {name}: {uris.strip()!r}")
        print(f"fetch-guests: downloading {', '.join(real.values())}", flush=True)
        run("apt-get", *self.options, "-qq", "download", *real.values(), cwd=self.place)
        for name in names:
            self.debs[name] = Deb(os.path.join(self.place, files[real[name]]))

    def kernel_of(self, meta):
        """The package that the meta package stands for today."""
        match = KERNEL.search(run("apt-cache", *self.options, "depends", meta).decode())
        if not match:
            raise Trouble(f"apt knows no {meta}; is this a Debian with its main archive enabled?")
        return match.group(1)


class Deb:
    """One package file."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).removesuffix(".deb")

    def read(self, *patterns):
        """{path: bytes or, for a symbolic link, its target as text} of all that match."""
        found = {}
        data = io.BytesIO(run("dpkg-deb", "--fsys-tarfile", self.path))
        with tarfile.open(fileobj=data) as archive:
            for member in archive:
                path = member.name.removeprefix("./")
                if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns):
                    if member.issym():
                        found[path] = member.linkname
                    elif member.isfile():
                        found[path] = archive.extractfile(member).read()
        return found

    def only(self, pattern):
        """The one file that matches."""
        found = {path: data for path, data in self.read(pattern).items() if isinstance(data, bytes)}
        if len(found) != 1:
            raise Trouble(f"{self.name} has {len(found)} files like {pattern}, not one")
        return next(iter(found.values()))
