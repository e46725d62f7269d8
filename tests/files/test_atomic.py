"""A file is there whole or not at all, and nothing is left beside it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files import atomic
from tests.helpers.files import names

posix = pytest.mark.skipif(sys.platform == "win32", reason="of POSIX file systems")


# --- replacing -----------------------------------------------------------------------------------


def test_the_previous_version_is_kept_with_a_tilde(tmp_path: Path) -> None:
    path = tmp_path / "a.flowlab"
    for content in (b"one", b"two", b"three"):
        atomic.write(path, content, backup=True)
    assert path.read_bytes() == b"three"
    assert (tmp_path / "a.flowlab~").read_bytes() == b"two"
    assert names(tmp_path) == {"a.flowlab", "a.flowlab~"}


def test_without_hard_links_the_previous_version_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    test_the_previous_version_is_kept_with_a_tilde(tmp_path)


def test_whoever_reads_meanwhile_finds_one_whole_version_or_another(tmp_path: Path) -> None:
    path, versions = tmp_path / "a", [bytes([k]) * 300_000 for k in range(3)]
    atomic.write(path, versions[0])
    over, seen = threading.Event(), set[bytes]()

    def read() -> None:
        while not over.is_set():
            seen.add(path.read_bytes())  # a missing file ends this thread with an error

    reader = threading.Thread(target=read)
    reader.start()
    for k in range(60):
        atomic.write(path, versions[k % 3], backup=True)
    over.set()
    reader.join()
    assert seen <= set(versions)
    assert len(seen) > 1


@posix
def test_a_file_keeps_its_permissions_and_a_new_one_has_those_of_the_mask(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"")
    old.chmod(0o604)
    mask = os.umask(0o027)
    try:
        atomic.write(old, b"x")
        atomic.write(new, b"x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(old.stat().st_mode) == 0o604
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


@posix
def test_what_is_private_is_private_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, modes = tmp_path / "private", list[int]()
    path.write_bytes(b"")
    path.chmod(0o600)
    monkeypatch.setattr(os, "fsync", lambda fd: modes.append(stat.S_IMODE(os.fstat(fd).st_mode)))
    atomic.write(path, b"secret")
    assert modes[0] == 0o600


def test_a_full_disk_leaves_the_old_version_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a"
    atomic.write(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Invalid, match=r"a cannot be written: no space left on device\."):
        atomic.write(path, b"new", backup=True)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == {"a"}


def test_a_name_as_long_as_a_name_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 126 + "x")  # 253 bytes
    atomic.write(path, b"x", backup=True)
    atomic.write(path, b"y", backup=True)
    assert path.read_bytes() == b"y"


def test_whether_a_file_could_be_written_is_found_out_without_a_trace(tmp_path: Path) -> None:
    atomic.check_writable(tmp_path / "a")
    assert not names(tmp_path)
    with pytest.raises(Invalid, match="is a folder"):
        atomic.check_writable(tmp_path)
    with pytest.raises(Invalid, match="no such file or directory"):
        atomic.check_writable(tmp_path / "none" / "a")


# Kills a copy of itself at the first step of a write, at the second, and so on to the last.
KILLED = """
import os, signal, sys
from pathlib import Path
from flowlab.files import atomic

path, old, new = Path(sys.argv[1]), b"old" * 9999, b"new" * 9999
backup = path.with_name(path.name + "~")

def write(last):
    steps = 0
    def step(frame, event, argument):
        nonlocal steps
        steps += event == "c_call"
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(step)
    atomic.write(path, new, backup=True)
    os._exit(0)

for last in range(1, 5000):
    for left in list(path.parent.iterdir()):
        left.unlink()  # each try has the same steps
    path.write_bytes(old)
    backup.write_bytes(b"older")
    process = os.fork()
    if process == 0:
        write(last)
    status = os.waitpid(process, 0)[1]
    assert path.read_bytes() in (old, new), last
    assert backup.read_bytes() in (b"older", old), last
    assert path.read_bytes() == old or backup.read_bytes() == old, last
    if status == 0:
        break
print(last)
"""


@posix
def test_killed_at_any_step_of_a_write_it_leaves_a_whole_version(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "a")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert 50 < int(done.stdout) < 5000
    assert names(tmp_path) == {"a", "a~"}


# --- links ---------------------------------------------------------------------------------------


@posix
def test_a_link_stays_a_link_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "a", tmp_path / "link"
    real.write_bytes(b"one")
    link.symlink_to("real/a")
    atomic.write(link, b"two", backup=True)
    assert link.is_symlink()
    assert real.read_bytes() == b"two"
    assert (tmp_path / "real" / "a~").read_bytes() == b"one"
    assert names(tmp_path) == {"real", "link"}


@posix
def test_a_link_to_nothing_makes_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("later")
    atomic.write(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "later").read_bytes() == b"x"


@posix
def test_links_in_a_circle_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("a", "levels of symbolic links"), ("pipe", "no ordinary file")):
        with pytest.raises(Invalid, match=words):
            atomic.write(tmp_path / name, b"x")
    assert names(tmp_path) == {"a", "b", "pipe"}
    assert (tmp_path / "a").is_symlink()
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_reasons_are_in_the_language_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "strerror", lambda _: "Datei oder Verzeichnis nicht gefunden")
    error = OSError(errno.ENOENT, "Datei oder Verzeichnis nicht gefunden")
    assert atomic.reason(error) == "no such file or directory"
    own = OSError(errno.EINVAL, "it is no ordinary file")
    assert atomic.reason(own) == "it is no ordinary file"
    assert atomic.reason(OSError("Something.")) == "oserror"
