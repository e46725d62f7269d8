"""Autosaves: one folder for each running window, and recovery from those of windows that died.

A folder belongs to the process that holds its lock. The system releases the lock when that process
ends, so a folder whose lock can be taken was left by a window that was killed.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_state_path

from flowlab.core.document.limits import Invalid
from flowlab.files import atomic, locks, temporaries
from flowlab.files.recovery import NAME, Recovery, glance

LOCK, JOURNAL = "lock", "temporary"
MOST, LARGEST = 10, 1_000_000_000  # autosaves, and bytes of all of them
DAMAGED_SECONDS = 7 * 86_400.0  # age at which an unreadable autosave is removed
_FOLDER = re.compile(r"\d+-\w{8}")


class Taken:
    """A recovery that this process holds: no other window can take or remove it."""

    def __init__(self, recovery: Recovery, lock: locks.Lock) -> None:
        self.recovery, self._lock = recovery, lock

    def discard(self) -> None:
        """Remove it for good."""
        _remove(self.recovery.folder, self._lock)

    def give_back(self) -> None:
        """Leave it to be offered again."""
        self._lock.release()


class Profile:
    """The autosave folders of one person: this window's own, and those left by other windows."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = autosave_root() if root is None else root
        self.own: Path | None = None
        self._lock: locks.Lock | None = None

    # this window's own

    def claim(self) -> None:
        """Make this window's folder and lock it; raises `Invalid` where that fails."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            while self._lock is None:  # once, unless another window cleans up at this moment
                folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self.root))
                with contextlib.suppress(FileNotFoundError):
                    self.own, self._lock = folder, locks.take(folder / LOCK)
            assert self.own is not None
            temporaries.keep_journal(self.own / JOURNAL)
        except OSError as error:
            raise Invalid(f"{self.root} cannot be written: {atomic.reason(error)}.") from None

    def write(self, content: bytes) -> None:
        """Replace this window's autosave; raises `Invalid` where it cannot be written."""
        if self._lock is None or not self._lock.held:  # the folder has been removed meanwhile
            self.release()
            self.claim()
        assert self.own is not None
        atomic.write(self.own / NAME, content)
        self._trim()

    def clear(self) -> None:
        """Remove this window's autosave, when nothing is unsaved."""
        if self.own is not None:
            temporaries.remove(self.own / NAME)

    def release(self) -> None:
        """Remove this window's folder and release its lock; may be called again."""
        if self.own is not None and self._lock is not None:
            temporaries.keep_journal(None)
            _remove(self.own, self._lock)
        self.own = self._lock = None

    # what others have left

    def found(self) -> list[Recovery]:
        """The recoveries left by dead windows, newest first; also cleans up their folders."""
        dead = [folder for folder in self._others() if _sweep(folder)]
        self._trim()
        recoveries = [recovery for folder in dead if (recovery := _offered(folder)) is not None]
        return sorted(recoveries, key=lambda recovery: recovery.saved, reverse=True)

    def take(self, recovery: Recovery) -> Taken | None:
        """Lock a recovery; None if another window has it."""
        with contextlib.suppress(OSError):
            lock = locks.take(recovery.folder / LOCK)
            if lock is not None and recovery.path.exists():
                return Taken(recovery, lock)
            if lock is not None:
                _remove(recovery.folder, lock)
        return None

    def discard(self, recovery: Recovery) -> bool:
        """Remove a recovery for good; False if another window has it."""
        taken = self.take(recovery)
        if taken is not None:
            taken.discard()
        return taken is not None

    def _others(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            for folder in sorted(self.root.iterdir()):
                if _FOLDER.fullmatch(folder.name) and folder != self.own:
                    yield folder

    def _trim(self) -> None:
        """Remove the oldest autosaves beyond the limits, but never the newest or one in use."""
        folders = [*self._others(), *([] if self.own is None else [self.own])]
        newest_first = sorted(filter(None, map(_facts, folders)), reverse=True)
        total = 0
        for rank, (_, size, folder) in enumerate(newest_first):
            total += size
            if rank > 0 and (rank >= MOST or total > LARGEST) and folder != self.own:
                _remove_dead(folder)


def autosave_root() -> Path:
    """The folder of all autosaves; it survives a restart of the machine."""
    return user_state_path("flowlab") / "autosave"


def _facts(folder: Path) -> tuple[float, int, Path] | None:
    """Time of writing and size in bytes of the autosave in a folder, and the folder."""
    with contextlib.suppress(OSError):
        facts = (folder / NAME).stat()
        return facts.st_mtime, facts.st_size, folder
    return None


def _sweep(folder: Path) -> bool:
    """Clean up the folder of a dead window; True if it has left an autosave."""
    with contextlib.suppress(OSError):
        lock = locks.take(folder / LOCK)
        if lock is None:
            return False
        temporaries.remove_noted(folder / JOURNAL)
        _empty(folder, but=(NAME, LOCK))
        if (folder / NAME).exists():
            lock.release()
            return True
        _remove(folder, lock)
    return False


def _offered(folder: Path) -> Recovery | None:
    """The recovery in a folder, or None; one that can't be read stays for some days."""
    try:
        return glance(folder)
    except OSError:
        return None  # another window has removed it meanwhile
    except Invalid:
        facts = _facts(folder)
        if facts is not None and time.time() - facts[0] > DAMAGED_SECONDS:
            _remove_dead(folder)
    return None


def _remove_dead(folder: Path) -> None:
    """Remove a folder unless a running window holds it."""
    with contextlib.suppress(OSError):
        lock = locks.take(folder / LOCK)
        if lock is not None:
            _remove(folder, lock)


def _remove(folder: Path, lock: locks.Lock) -> None:
    with contextlib.suppress(OSError):
        _empty(folder, but=(LOCK,))
    lock.remove()
    with contextlib.suppress(OSError):
        folder.rmdir()


def _empty(folder: Path, but: tuple[str, ...]) -> None:
    for left in list(folder.iterdir()):
        if left.name not in but:
            temporaries.remove(left)
