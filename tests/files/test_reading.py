"""What every reader has in common."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files import reading
from flowlab.files.reading import one_line, open_file, read_all, refusing, relayed, size_of


class Wish(Exception):
    """Somebody wants to stop."""


def test_what_a_progress_raises_passes_every_handler_unchanged() -> None:
    wish = Wish()

    def progress(share: float) -> None:
        if share > 0.5:
            raise wish

    told = []

    def read() -> None:
        with relayed(progress) as tell:
            for share in (0.2, 0.7):
                try:
                    tell(share)
                    told.append(share)
                except Exception:
                    pytest.fail("a reader's own handler must not catch it")

    with pytest.raises(Wish) as caught:
        read()
    assert caught.value is wish
    assert told == [0.2]


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ArithmeticError), relayed(lambda _: None):
        raise ArithmeticError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "a.csv cannot be read: .*\\.$"),
        (MemoryError(), "a.csv cannot be read: it needs more memory than there is"),
        (RecursionError(), "a.csv cannot be read: it is nested too deeply"),
    ],
)
def test_what_the_system_refuses_is_one_sentence(error: Exception, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence), refusing("a.csv cannot be read"):
        raise error


def test_a_line_is_short_and_one() -> None:
    assert one_line("a\nb\r\nc") == "a b c"
    long = one_line("x" * 300 + "y" * 300)
    assert long == "x" * 200 + " … " + "y" * 200
    assert one_line("z" * 400) == "z" * 400


def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    with open_file(path) as file:
        assert size_of(file) == 5
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "none")
    with pytest.raises(OSError, match="no file of that name"):
        open_file(Path("a\0b"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="no ordinary file"):
            open_file(tmp_path / "pipe")


def test_it_reads_piece_by_piece_and_never_more_than_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 4)
    told: list[float] = []
    assert read_all(io.BytesIO(b"0123456789"), 10, told.append) == b"0123456789"
    assert told == [0.4, 0.8, 1.0]
    assert read_all(io.BytesIO(b"0123456789"), 6, told.append) == b"012345"
    assert read_all(io.BytesIO(b"012"), 6, told.append) == b"012"
