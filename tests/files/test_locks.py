"""A lock is let go of when its process ends, however it ends."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from flowlab.files import locks, temporaries

HOLDER = """
import sys
from pathlib import Path
from flowlab.files import locks
lock = locks.take(Path(sys.argv[1]))
print("held", flush=True)
input()
"""


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    assert locks.take(path) is None
    signed = json.loads(path.read_bytes())
    assert signed["pid"] == process.pid
    assert signed["started"] == locks.started(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    process.stdin.close()
    lock = locks.take(path)
    assert lock is not None
    lock.remove()
    assert not path.exists()


def test_a_lock_of_a_file_that_was_removed_is_none(tmp_path: Path) -> None:
    lock = locks.take(tmp_path / "lock")
    assert lock is not None
    assert lock.held
    (tmp_path / "lock").unlink()
    other = locks.take(tmp_path / "lock")
    assert other is not None
    assert other.held
    assert not lock.held
    lock.release()
    other.release()


def refuse(_: IO[bytes]) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


@pytest.mark.parametrize(
    ("pid", "started", "machine", "free"),
    [
        (os.getppid(), None, None, False),
        (os.getppid(), "", None, False),
        (os.getppid(), "1 ticks after the start of another machine", None, True),
        (0, "", None, True),  # stands for one that is dead
        (0, "", "00000000", False),  # who knows
    ],
)
def test_without_locks_the_signature_tells_who_lives(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pid: int,
    started: str | None,
    machine: str | None,
    free: bool,
) -> None:
    monkeypatch.setattr(locks, "_lock", refuse)
    if pid == 0:
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        pid = process.pid
    signed = {
        "pid": pid,
        "started": locks.started(pid) if started is None else started,
        "machine": temporaries.machine() if machine is None else machine,
    }
    (tmp_path / "lock").write_text(json.dumps(signed))
    lock = locks.take(tmp_path / "lock")
    assert (lock is not None) == free
    if lock is not None:
        lock.release()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}'])
def test_without_locks_what_nobody_has_signed_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(locks, "_lock", refuse)
    (tmp_path / "lock").write_bytes(content)
    lock = locks.take(tmp_path / "lock")
    assert lock is not None
    lock.release()
    assert (tmp_path / "lock").read_bytes() == b""
