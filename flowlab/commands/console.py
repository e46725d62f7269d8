"""Input and output of commands: results on stdout, remarks on stderr, documents by name."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowlab.core.document.gallery import preset
from flowlab.core.document.limits import Invalid
from flowlab.files import session
from flowlab.files.bundled_presets import bundled_path, load_bundled

if TYPE_CHECKING:
    from flowlab.core.learning.trainer import Progress
    from flowlab.run import Run

PRESET = "preset:"


def say(text: str) -> None:
    """Print one line of a result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(figures: dict[str, Any]) -> None:
    """Print one JSON object as a line."""
    say(json.dumps(figures, allow_nan=False))


def remark(text: str) -> None:
    """Print one line to stderr, beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def opened(name: str, *, bundled: bool = False) -> session.Session:
    """The session of a `.flowlab` file or a preset; `bundled` adds the preset's trained weights."""
    if name.startswith(PRESET):
        return _preset(name.removeprefix(PRESET), bundled)
    path = Path(name)
    if path.suffix != session.SUFFIX:
        raise Invalid(f"{name!r} is neither a {session.SUFFIX} file nor preset:NAME.")
    content = session.load(path)
    for words in content.remarks:
        remark(f"{path.name}: {words}")
    return content


def _preset(name: str, bundled: bool) -> session.Session:
    document = preset(name)
    if bundled and bundled_path(name).is_file():
        content = load_bundled(name)
        if content.document == document:
            return content
    return session.Session(document=document)


def writable(name: str, suffixes: tuple[str, ...], *, force: bool) -> Path:
    """The path; raises `Invalid` unless it has one of the suffixes and can be written.

    What is there is replaced only with `force`.
    """
    path = Path(name)
    if path.suffix not in suffixes:
        raise Invalid(f"The name of the output must end in {' or '.join(suffixes)}, not {name!r}.")
    check_free(path, force=force)
    return path


def check_free(path: Path, *, force: bool) -> None:
    """Raise `Invalid` where no file can be written, or, without `force`, where there is one."""
    from flowlab.files.atomic import check_writable

    if not force and os.path.exists(path) and not path.is_dir():
        raise Invalid(f"{path} is there already; name another file, or replace it with --force.")
    check_writable(path)


class Ticker:
    """Prints step and loss about once a second, if stderr is a terminal."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 1.0
        self._watched = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        """Take the progress after a block of steps."""
        self.tell(lambda: f"step {progress.step}, loss {progress.mse:.4f}")

    def tell(self, words: Callable[[], str]) -> None:
        """Print these words, if it is time to."""
        now = time.monotonic()
        if self._watched and now >= self._next:
            self._next = now + 1.0
            remark(words())


def run_of(content: session.Session, name: str, device: str = "cpu") -> Run:
    """The run in a session; raises `Invalid` where it holds no weights."""
    from flowlab.run import Run

    if content.weights is None:
        raise Invalid(
            f"{name} holds no weights; train it first: flowlab train {name} -o RUN.flowlab"
        )
    run = Run(document=content.document, weights=content.weights, device=device)
    _ = run.field  # raises where the weights don't fit
    return run
