# SPDX-License-Identifier: Apache-2.0
"""What tools/fetch-guests is made of: packages, kernels, programs, archives."""
import io
import lzma
import os
import re
import struct
import subprocess
import sys
import tarfile

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
# pylint: disable=wrong-import-position
from guests import bzimage, packages, selftests, table
from guests.cpio import Cpio
from guests.elf import Elf
from guests.programs import Libraries, add_programs
from guests.trouble import Trouble

PYTHON = os.path.realpath("/usr/bin/python3")  # a program with a loader and libraries


def read(path):
    with open(path, "rb") as f:
        return f.read()


def unpacked(archive, place):
    """What busybox, another implementation, takes out of an archive."""
    subprocess.run(["/bin/busybox", "cpio", "-idm"], cwd=place, input=archive, check=True, capture_output=True)
    return {os.path.relpath(os.path.join(root, name), place)
            for root, directories, files in os.walk(place) for name in directories + files}


# --- Archives

def test_archive_is_what_cpio_unpacks(tmp_path):
    cpio = Cpio()
    cpio.directory("a")
    cpio.file("a/odd", b"12345", 0o640)
    cpio.link("a/link", "odd")
    assert unpacked(cpio.finish(), tmp_path) == {"a", "a/odd", "a/link"}
    assert (tmp_path / "a/odd").read_bytes() == b"12345"
    assert (tmp_path / "a/odd").stat().st_mode & 0o777 == 0o640
    assert os.readlink(tmp_path / "a/link") == "odd"


# --- Programs

def readelf(*options):
    return subprocess.run(["readelf", "-W", *options], capture_output=True, text=True, check=True).stdout


def test_needed_libraries_and_loader_are_those_that_readelf_sees():
    elf = Elf(read(PYTHON))
    assert elf.needed() == re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("-d", PYTHON))
    assert elf.loader() == re.search(r"interpreter: (.*)\]", readelf("-l", PYTHON)).group(1)
    assert elf.needed() and not elf.is_static()
    assert Elf(read("/bin/busybox")).is_static()


def test_text_is_no_program():
    with pytest.raises(Trouble, match="no 64-bit ELF"):
        Elf(b"#!/bin/sh\n")


class FakeDeb:
    """The libraries of this machine that ls needs, as a package with the usual links."""

    NAMES = ("libc.so", "libselinux.so", "libpcre", "ld-linux")

    def __init__(self, without=()):
        self.without = without

    def read(self, *_):
        place, found = "/lib/x86_64-linux-gnu", {}
        for name in os.listdir(place):
            path = os.path.join(place, name)
            if name.startswith(self.NAMES) and os.path.isfile(path) and name not in self.without:
                found[path] = os.path.basename(os.path.realpath(path)) if os.path.islink(path) else read(path)
        return found


def test_program_runs_in_the_archive_that_holds_all_it_needs(tmp_path):
    cpio = Cpio()
    cpio.directory("bin")
    add_programs(cpio, {"true": read("/bin/true"), "ls": read("/bin/ls")}, Libraries([FakeDeb()]))
    names = unpacked(cpio.finish(), tmp_path)
    assert {"bin/true", "bin/ls", "lib/x86_64-linux-gnu/libc.so.6", "lib64/ld-linux-x86-64.so.2"} <= names
    library_path = str(tmp_path / "lib/x86_64-linux-gnu")
    done = subprocess.run([f"{library_path}/ld-linux-x86-64.so.2", "--inhibit-cache", "--library-path",
                           library_path, "--list", str(tmp_path / "bin/ls")], capture_output=True, text=True,
                          check=True)
    outside = [line for line in done.stdout.splitlines() if "=>" in line and library_path not in line]
    assert not outside, outside


def test_library_that_no_package_has_is_named():
    with pytest.raises(Trouble, match="libc.so.6"):
        Libraries([FakeDeb(without=("libc.so.6",))]).closure(read("/bin/true"))


# --- Kernels

def kernel(payload, size):
    """A bzImage of two setup sectors around a compressed kernel."""
    packed = payload + struct.pack("<I", size)
    head = bytearray(3 * 512)
    head[0x1F1] = 2
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, 0x20F)
    struct.pack_into("<II", head, 0x248, 64, len(packed))
    return bytes(head) + b"\xcc" * 64 + packed + b"\xee" * 100


def lz4(data):
    return subprocess.run(["lz4", "-lc"], input=data, capture_output=True, check=True).stdout


PLAIN = b"\x7fELF" + bytes(range(256)) * 4000


@pytest.mark.parametrize("packer", (lz4, lambda data: lzma.compress(data, check=lzma.CHECK_CRC32)))
def test_vmlinux_is_what_was_packed(packer):
    assert bzimage.vmlinux(kernel(packer(PLAIN), len(PLAIN))) == PLAIN


def test_kernel_that_unpacks_to_another_size_is_refused():
    with pytest.raises(Trouble, match="unpacks to"):
        bzimage.vmlinux(kernel(lz4(PLAIN), len(PLAIN) + 1))


@pytest.mark.parametrize("spoil, words", [
    (lambda image: image.replace(b"HdrS", b"HdrX"), "no bzImage"),
    (lambda image: image.replace(b"\x02\x21\x4c\x18", b"\x28\xb5\x2f\xfd"), "not known here: 28b52ffd")])
def test_file_that_cannot_be_unpacked_is_refused_in_words(spoil, words):
    with pytest.raises(Trouble, match=words):
        bzimage.vmlinux(spoil(kernel(lz4(PLAIN), len(PLAIN))))


# --- Packages

FAKE_APT = """\
#!/bin/sh
echo "$*" >>@/calls
case "$*" in
*update) touch @/updated; exit 0 ;;
esac
[ -e @/updated ] || { echo "404 Not Found" >&2; exit 100; }
[ -e @/late ] && { rm @/late; echo "Connection timed out" >&2; exit 100; }
case "$*" in
*--print-uris*) echo "'http://x/pool/tool_1_amd64.deb' tool_1_amd64.deb 10 SHA256:0" ;;
*) cp @/made.deb tool_1_amd64.deb ;;
esac
"""


@pytest.fixture(name="archive")
def archive_of_one_package(tmp_path, monkeypatch):
    """An apt-get whose lists are stale until it is told to update them."""
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text("Package: tool\nVersion: 1\nArchitecture: amd64\n"
                                         "Maintainer: Nobody <n@example.org>\nDescription: none\n")
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/tool").write_bytes(b"a tool")
    (tree / "usr/bin/alias").symlink_to("tool")
    subprocess.run(["dpkg-deb", "-b", tree, tmp_path / "made.deb"], check=True, capture_output=True)
    (tmp_path / "apt").mkdir()
    apt = tmp_path / "apt/apt-get"
    apt.write_text(FAKE_APT.replace("@", str(tmp_path)))
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(packages, "PAUSE", 0)
    return tmp_path


def test_stale_lists_are_renewed_and_a_broken_line_is_tried_again(archive, capsys):
    (archive / "late").touch()
    known = packages.Packages(archive / "debs")
    known.fetch(["tool", "tool"])
    assert known["tool"].name == "tool_1_amd64"
    assert known["tool"].only("usr/bin/t*") == b"a tool"
    assert known["tool"].read("*/alias") == {"usr/bin/alias": "tool"}
    said = capsys.readouterr().out
    assert "404 Not Found" in said and "getting new package lists" in said and "Connection timed out" in said


def test_what_is_there_is_not_asked_for_again(archive):
    known = packages.Packages(archive / "debs")
    known.fetch(["tool"])
    calls = read(archive / "calls")
    known.fetch(["tool"])
    assert read(archive / "calls") == calls


def test_package_that_nobody_has_is_an_error_in_words(archive):
    (archive / "updated").touch()
    with pytest.raises(Trouble, match="no file for other"):
        packages.Packages(archive / "debs").fetch(["other"])


def test_pattern_that_fits_two_files_is_an_error(archive):
    known = packages.Packages(archive / "debs")
    known.fetch(["tool"])
    with pytest.raises(Trouble, match="has 0 files like usr/sbin"):
        known["tool"].only("usr/sbin/*")


# --- The kernel's self-tests

class FakeSource:
    """A source package with one test, which needs its header."""

    def only(self, _):
        place, files = "linux-source-9/tools/testing/selftests", {
            "timers/answer.c": b'#include "../kselftest.h"\nint main(void) { return ANSWER; }\n',
            "kselftest.h": b"enum { ANSWER = 4 };\n", "other/broken.c": b"#error\n"}
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:xz") as tar:
            for name, text in files.items():
                member = tarfile.TarInfo(f"{place}/{name}")
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text))
        return data.getvalue()


def test_selftest_is_compiled_into_a_program_that_needs_no_loader(tmp_path):
    program = tmp_path / "answer"
    program.write_bytes(selftests.compile_all(FakeSource(), "*", ["answer"])["answer"])
    program.chmod(0o755)
    assert Elf(read(program)).is_static()
    assert subprocess.run([program], check=False).returncode == 4


def test_selftest_that_the_package_has_not_is_an_error_in_words():
    with pytest.raises(Trouble, match="gcc .*absent.c"):
        selftests.compile_all(FakeSource(), "*", ["absent"])


# --- The table

def test_no_two_files_of_the_table_have_one_name():
    names = [row.name for row in table.KERNEL + table.TEST_KERNELS]
    assert len(set(names)) == len(names)


def test_every_row_says_what_it_is_for():
    assert all(row.why for row in (*table.KERNEL, *table.TEST_KERNELS, *table.RT_PROGRAMS, *table.EXAMINE_PROGRAMS))


def test_package_is_a_tar_archive_that_is_read_whole(archive):
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive / "made.deb"], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        files = {m.name.removeprefix("./") for m in tar if m.isfile() or m.issym()}
    known = packages.Packages(archive / "debs")
    known.fetch(["tool"])
    assert set(known["tool"].read("*")) == files
