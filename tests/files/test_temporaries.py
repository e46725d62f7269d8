"""Temporary files: noted as long as they exist, and removed for those that died."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowlab.files import atomic, temporaries
from tests.helpers.files import names


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "journal"
    temporaries.keep_journal(folder)
    yield folder
    temporaries.keep_journal(None)


@pytest.fixture(scope="module")
def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left_by(pid: int, target: Path, machine: str | None = None) -> Path:
    """A temporary file of `target` that another process has made."""
    machine = temporaries.machine() if machine is None else machine
    path = target.with_name(f".{target.name}.{machine}-{pid}-0123abcd.part")
    path.write_bytes(b"half")
    return path


def test_the_next_write_removes_what_a_dead_process_left_of_that_file(
    tmp_path: Path, dead: int
) -> None:
    path = tmp_path / "a.flowlab"
    left = left_by(dead, path)
    others = [
        left_by(os.getppid(), path),  # alive
        left_by(dead, path, machine="00000000"),  # perhaps alive there
        left_by(dead, tmp_path / "b.flowlab"),
        tmp_path / f".a.flowlab.{dead}.part",  # somebody else's way to name a file
        tmp_path / "a.flowlab.part",
    ]
    for other in others:
        other.write_bytes(b"theirs")
    atomic.write(path, b"x")
    assert not left.exists()
    assert all(other.exists() for other in others)


def test_a_temporary_file_is_noted_as_long_as_it_exists(tmp_path: Path, journal: Path) -> None:
    with temporaries.beside(tmp_path / "a") as path:
        path.write_bytes(b"half")
        (note,) = journal.iterdir()
        assert Path(os.fsdecode(note.read_bytes())) == path
    assert not path.exists()
    assert not names(journal)


def test_both_temporary_files_of_a_write_are_noted(
    tmp_path: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = list[set[str]]()
    real = os.replace

    def replace(here: Path, there: Path) -> None:
        notes = [os.fsdecode(note.read_bytes()) for note in journal.iterdir()]
        assert str(here) in notes
        noted.append(set(notes))
        real(here, there)

    atomic.write(tmp_path / "a", b"one")
    monkeypatch.setattr(os, "replace", replace)
    atomic.write(tmp_path / "a", b"two", backup=True)
    assert [len(notes) for notes in noted] == [2, 1]


def test_a_relative_path_is_noted_as_an_absolute_one(
    tmp_path: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with temporaries.beside(Path("a")) as path:
        assert path.parent == tmp_path


def test_a_journal_that_cannot_be_written_stops_no_write(
    tmp_path: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.rmdir()
    atomic.write(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"


def test_noted_files_and_folders_of_the_dead_are_removed(tmp_path: Path, journal: Path) -> None:
    file = tmp_path / ".film.mp4.0123abcd-12-aaaaaaaa.part"
    folder = tmp_path / ".frames.0123abcd-12-bbbbbbbb.part"
    file.write_bytes(b"half")
    folder.mkdir()
    (folder / "0000.png").write_bytes(b"one")
    for path in (file, folder):
        (journal / path.name[-13:-5]).write_bytes(os.fsencode(path))
    temporaries.remove_noted(journal)
    assert not file.exists()
    assert not folder.exists()
    assert not names(journal)


def test_a_note_of_anything_else_removes_nothing(tmp_path: Path, journal: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "work").write_bytes(b"x")
    (tmp_path / ".other.0123abcd-12-cccccccc.part").write_bytes(b"x")
    notes = {
        "aaaaaaaa": str(precious),
        "bbbbbbbb": str(tmp_path / ".other.0123abcd-12-cccccccc.part"),  # of another note
        "dddddddd": ".relative.0123abcd-12-dddddddd.part",
        "eeeeeeee": "\0",
    }
    for name, path in notes.items():
        (journal / name).write_text(path)
    before = names(tmp_path)
    temporaries.remove_noted(journal)
    assert names(tmp_path) == before
    assert (precious / "work").exists()
    assert not names(journal)


@pytest.mark.skipif(sys.platform == "win32", reason="of POSIX file systems")
def test_a_link_that_is_named_like_a_temporary_folder_is_removed_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "work").write_bytes(b"x")
    link = tmp_path / ".a.0123abcd-12-aaaaaaaa.part"
    link.symlink_to(precious)
    temporaries.remove(link)
    assert names(tmp_path) == {"precious"}
    assert names(precious) == {"work"}
