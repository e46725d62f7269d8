"""Autosaves of windows that run, and of windows that have died."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from flowlab.core.document.gallery import preset
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.weights import Weights
from flowlab.files import autosave, session, temporaries
from flowlab.files.autosave import Profile
from flowlab.files.recovery import pack
from tests.helpers.files import PNG

DOCUMENT = preset("moons")
Open = Callable[[], Profile]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "autosave"


@pytest.fixture
def open_window(root: Path) -> Iterator[Open]:
    """Windows of one person; a file's lock is of who opened it, so one process can be several."""
    made: list[Profile] = []

    def claimed() -> Profile:
        made.append(Profile(root))
        made[-1].claim()
        return made[-1]

    yield claimed
    for profile in made:
        profile.release()


def die(profile: Profile) -> None:
    """Let go of everything without cleaning up, as the system does for a process that is killed."""
    assert profile._lock is not None
    profile._lock._file.close()
    profile.own = profile._lock = None
    temporaries.keep_journal(None)


def packed(name: str = "mine.flowlab", path: Path | None = None) -> bytes:
    content = session.Session(
        document=DOCUMENT,
        weights=Weights(step=7, seconds=0.5, arrays={"a": np.arange(3.0)}),
        state={"t": 0.25},
    )
    return pack(content, name, path, lambda: PNG)


def left(open_window: Open, content: bytes | None = None, hours: float = 0.0) -> Path:
    """The folder of a window that wrote an autosave and died."""
    profile = open_window()
    profile.write(packed() if content is None else content)
    assert profile.own is not None
    folder, when = profile.own, time.time() - 3600 * hours
    os.utime(folder / "session.flowlab", (when, when))
    die(profile)
    return folder


def folders(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()}


# --- recovering ----------------------------------------------------------------------------------


def test_what_a_dead_window_left_is_found_and_is_a_whole_session(
    open_window: Open, tmp_path: Path
) -> None:
    path = tmp_path / "flows" / "mine.flowlab"
    left(open_window, packed(path=path), hours=2)
    (found,) = open_window().found()
    assert (found.name, found.original, found.thumbnail) == ("mine.flowlab", path, PNG)
    assert time.time() - found.saved == pytest.approx(7200, abs=60)
    content = session.load(found.path)
    assert content.document == DOCUMENT
    assert content.weights is not None
    assert content.weights.step == 7
    assert content.state["t"] == 0.25
    assert content.state["saved"].startswith(time.strftime("%Y-"))


def test_one_that_was_never_saved_has_no_place(open_window: Open) -> None:
    left(open_window, packed("Untitled"))
    (found,) = open_window().found()
    assert (found.name, found.original) == ("Untitled", None)


def test_a_name_that_is_no_text_does_not_lose_the_work(open_window: Open, tmp_path: Path) -> None:
    left(open_window, packed("\udcff.flowlab", tmp_path / "\udcff.flowlab"))
    (found,) = open_window().found()
    assert (found.name, found.original) == ("Untitled", None)


def test_the_newest_is_offered_first(open_window: Open) -> None:
    for hours in (2, 1, 3):
        left(open_window, packed(f"{hours}"), hours=hours)
    assert [found.name for found in open_window().found()] == ["1", "2", "3"]


def test_windows_that_run_do_not_see_each_other(open_window: Open) -> None:
    one, other = open_window(), open_window()
    one.write(packed())
    other.write(packed())
    assert one.found() == other.found() == []
    assert one.own is not None
    assert other.own is not None
    assert (one.own / "session.flowlab").exists()
    assert (other.own / "session.flowlab").exists()


def test_who_takes_one_first_has_it(open_window: Open) -> None:
    left(open_window)
    one, other = open_window(), open_window()
    (offered,), (again,) = one.found(), other.found()
    taken = one.take(offered)
    assert taken is not None
    assert other.take(again) is None
    assert not other.discard(again)
    assert other.found() == []
    taken.give_back()
    assert other.found() == [again]


def test_one_that_is_discarded_is_gone_for_every_window(open_window: Open, root: Path) -> None:
    folder = left(open_window)
    one, other = open_window(), open_window()
    (offered,), (again,) = one.found(), other.found()
    assert one.discard(offered)
    assert not folder.exists()
    assert other.take(again) is None
    assert len(folders(root)) == 2  # of the windows that run


# --- the own one ---------------------------------------------------------------------------------


def test_cleared_there_is_nothing_to_be_found(open_window: Open, root: Path) -> None:
    profile = open_window()
    profile.write(packed())
    profile.clear()
    profile.clear()
    die(profile)
    assert open_window().found() == []
    assert len(folders(root)) == 1  # nor a folder


def test_a_window_that_ends_well_leaves_nothing(open_window: Open, root: Path) -> None:
    profile = open_window()
    profile.write(packed())
    profile.release()
    profile.release()
    assert not folders(root)


def test_it_can_be_read_by_nobody_else(open_window: Open) -> None:
    own = open_window().own
    assert own is not None
    assert sys.platform == "win32" or own.stat().st_mode & 0o077 == 0


def test_a_folder_that_somebody_removes_is_made_again(open_window: Open) -> None:
    profile = open_window()
    assert profile.own is not None
    temporaries.remove(profile.own)
    profile.write(packed())
    assert open_window().found() == []  # it is held
    die(profile)
    assert len(open_window().found()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="of POSIX file systems")
def test_where_nothing_can_be_written_that_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    profile = Profile(tmp_path / "file" / "autosave")
    for act in (profile.claim, lambda: profile.write(b"")):
        with pytest.raises(Invalid, match=r"autosave cannot be written: not a directory\."):
            act()
    assert profile.found() == []


def test_a_full_disk_leaves_the_last_autosave(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    profile = open_window()
    profile.write(packed("first"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Invalid, match="no space left on device"):
            profile.write(packed("second"))
    die(profile)
    assert [found.name for found in open_window().found()] == ["first"]


# --- bounds and cleaning -------------------------------------------------------------------------


def test_of_twelve_the_ten_newest_are_left(
    open_window: Open, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(autosave, "MOST", 100)
        for hours in range(12):
            left(open_window, packed(f"{hours}"), hours=hours)
    for profile in (open_window(), open_window()):
        assert [found.name for found in profile.found()] == [f"{hours}" for hours in range(10)]
    assert len(folders(root)) == 12  # ten, and the windows that look


def test_writing_keeps_the_bounds_too(open_window: Open) -> None:
    folder = [left(open_window, hours=hours + 1) for hours in range(10)][-1]
    open_window().write(packed())
    assert not folder.exists()


def test_no_more_than_so_many_bytes_are_left_but_always_the_newest(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(packed())
    kept = [left(open_window, hours=hours) for hours in range(4)]
    for most, count in ((3.5, 3), (2.5, 2), (0.5, 1)):
        monkeypatch.setattr(autosave, "LARGEST", most * size)
        open_window().found()
        assert [folder.exists() for folder in kept] == [k < count for k in range(4)]


def test_the_bounds_touch_no_window_that_runs(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = open_window(), open_window()
    old.write(packed())
    monkeypatch.setattr(autosave, "MOST", 1)
    monkeypatch.setattr(autosave, "LARGEST", 1)
    new.write(packed())
    assert old.own is not None
    assert (old.own / "session.flowlab").exists()


def test_temporary_files_of_the_dead_are_removed_wherever_they_are(
    open_window: Open, tmp_path: Path
) -> None:
    profile = open_window()
    elsewhere = temporaries.beside(tmp_path / "film.mp4")
    part = elsewhere.__enter__()
    part.write_bytes(b"half")
    assert profile.own is not None
    (profile.own / ".session.flowlab.0123abcd-1-0123abcd.part").write_bytes(b"half")
    profile.write(packed())
    own = profile.own
    die(profile)
    open_window().found()
    assert not part.exists()
    assert {path.name for path in own.iterdir()} == {"lock", "session.flowlab"}


def test_temporary_files_of_a_window_that_runs_are_left_alone(
    open_window: Open, tmp_path: Path
) -> None:
    other = open_window()
    other.found()
    open_window()  # whose journal the next file is noted in
    with temporaries.beside(tmp_path / "film.mp4") as part:
        part.write_bytes(b"half")
        assert other.found() == []
        assert part.exists()


def test_what_is_not_an_autosave_is_left_alone(open_window: Open, root: Path) -> None:
    (root / "mine").mkdir(parents=True)
    (root / "mine" / "notes").write_bytes(b"x")
    (root / "12345-abcdefgh").write_bytes(b"x")
    assert open_window().found() == []
    assert (root / "mine" / "notes").exists()
    assert (root / "12345-abcdefgh").exists()


@pytest.mark.parametrize("content", [b"", b"no zip", packed()[:-100]])
def test_one_that_cannot_be_read_is_not_offered_and_kept_for_a_week(
    open_window: Open, content: bytes
) -> None:
    fresh, old = left(open_window, content, hours=24), left(open_window, content, hours=24 * 8)
    good = left(open_window)
    assert [found.folder for found in open_window().found()] == [good]
    assert (fresh / "session.flowlab").read_bytes() == content
    assert not old.exists()


def test_windows_that_start_at_once_lose_nothing_of_each_other(root: Path) -> None:
    """Eight of them clean up while they claim, write and look, thirty times each."""
    errors: list[str] = []

    def live() -> None:
        for _ in range(30):
            profile = Profile(root)
            profile.claim()
            profile.found()
            profile.write(b"PK")
            profile.found()
            whole = profile.own is not None and (profile.own / "session.flowlab").exists()
            if not whole or profile._lock is None or not profile._lock.held:
                errors.append("lost")
            profile.release()

    threads = [threading.Thread(target=live) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not folders(root)
