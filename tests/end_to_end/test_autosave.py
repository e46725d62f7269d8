"""Windows in processes of their own that are killed, and what the next start finds."""

from __future__ import annotations

import ast
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flowlab.core.document.gallery import preset
from flowlab.core.document.shapes import Drawing
from flowlab.files import autosave, session
from flowlab.files.autosave import Profile
from flowlab.files.recovery import Recovery
from tests.helpers.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="of signals of POSIX systems")

LONG = 60.0  # seconds: a loaded machine may be slow, a test may not be flaky

# The whole program, which answers what it is asked on its standard input.
CHILD = """
import functools, signal, sys
from dataclasses import replace
from PySide6.QtCore import QPoint, QSocketNotifier, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
import numpy as np
from flowlab import app, cli
from flowlab.ui.state.engine_link import EngineLink

def draw(*points):
    canvas, left = window.room.canvas, Qt.MouseButton.LeftButton
    plane = np.array(points, np.float32)
    where = canvas.current_camera().to_screen(plane, canvas.width(), canvas.height())
    pixels = [QPoint(round(float(x)), round(float(y))) for x, y in where]
    QTest.mousePress(canvas, left, pos=pixels[0])
    for pixel in pixels[1:]:
        QTest.mouseMove(canvas, pixel)
    QTest.mouseRelease(canvas, left, pos=pixels[-1])

def edit(seed):
    window.store.edit(replace(window.store.document, seed=seed), "Change the seed")

def train():
    training = replace(window.store.document.training, batch=64)
    window.store.edit(replace(window.store.document, training=training), "Change training")
    window.link.call(lambda engine: engine.train())

def export(path):
    from flowlab.ui.shell.export_dialog import ExportDialog
    dialog = ExportDialog(window.exports.frames_of(window.room.canvas.bundle), 0.5, "dark", window)
    dialog.open()
    dialog.path.setText(path)
    dialog.seconds.setValue(100.0)
    dialog.start()  # the older film: it asks
    assert dialog.start_button.text() == "Replace"
    dialog.start()

def dialogs(name):
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    return [w for w in shown if type(w).__name__ == name]

def ask_something():
    box = QMessageBox(window)
    QTimer.singleShot(0, box.exec)

def step():
    weights = window.session.content().weights
    return 0 if weights is None else weights.step

def obey():
    line = sys.stdin.readline()
    if not line:
        sys.exit(1)
    print(repr(eval(line)), flush=True)

def opened(*given, **named):
    global window
    window = real(*given, **named)
    window.session.may_leave = lambda: True
    notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, window)
    notifier.activated.connect(obey)
    return window

signal.signal(signal.SIGHUP, signal.SIG_DFL)
real, app.open_window = app.open_window, opened
app.guard = functools.partial(app.guard, seconds=float(sys.argv[1]))
if sys.argv[2] == "no engine":
    EngineLink.start = lambda self: None
sys.exit(cli.main(["--device", "cpu"]))
"""


class Child:
    """A running window."""

    def __init__(self, place: Path, seconds: float, engine: str = "engine") -> None:
        env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(place)}
        for name in ("STATE", "CONFIG", "DATA"):
            env[f"XDG_{name}_HOME"] = str(place / name.lower())
        self._errors = (place / "errors").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(seconds), engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=env,
        )

    def ask(self, expression: str) -> Any:
        """What a Python expression is worth there."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, self.errors()
        return ast.literal_eval(answer)

    def begins(self, root: Path) -> None:
        """Wait until it guards its work."""
        ended = self.process.poll
        until(lambda: ended() is not None or list(root.glob("*/lock")))
        assert ended() is None, self.errors()

    def until(self, expression: str) -> Any:
        """Wait until it is true."""
        return until(lambda: self.ask(expression))

    def ends(self, number: int) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(LONG)

    def errors(self) -> str:
        self._errors.flush()
        return Path(self._errors.name).read_text()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self._errors):
            assert pipe is not None
            pipe.close()


Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Child] = []

    def begin(*given: Any) -> Child:
        made.append(Child(tmp_path, *given))
        return made[-1]

    yield begin
    for child in made:
        child.close()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where these windows keep their autosaves."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return autosave.autosave_root()


def written(root: Path) -> list[Path]:
    return list(root.glob("*/session.flowlab"))


def lost(root: Path) -> Recovery:
    """The one thing that a new window would be offered."""
    (found,) = Profile(root).found()
    return found


def trained_to(path: Path) -> int:
    weights = session.load(path).weights
    return 0 if weights is None else weights.step


def strokes(path: Path) -> int:
    drawing = session.load(path).document.target
    return len(drawing.strokes) if isinstance(drawing, Drawing) else 0


def test_killed_while_drawing_training_and_exporting_everything_is_there_again(
    start: Start, root: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"an older film")

    child = start(0.3, "no engine")  # killed while drawing
    child.until("len(window.actions()) > 0")
    child.ask("window.room.drawing.open('target')")
    child.ask("draw((-3, 2), (3, 2))")
    child.ask("draw((-3, -2), (3, -2))")
    until(lambda: any(strokes(path) == 2 for path in written(root)))
    assert Profile(root).found() == []  # it runs: nobody else is offered this
    child.ask("draw((-1, 0), (1, 0))")
    assert child.ends(signal.SIGKILL) == -signal.SIGKILL
    assert lost(root).name == "Eight gaussians"
    assert lost(root).thumbnail

    child = start(0.3)  # recovers the drawing; killed while training and exporting
    child.until("len(dialogs('RecoveryDialog'))")
    child.ask("dialogs('RecoveryDialog')[0].recover_button.click()")
    assert child.ask("len(window.store.document.target.strokes)") in (2, 3)
    assert child.ask("window.session.dirty")
    until(lambda: len(written(root)) == 1)  # its own: the dead one's is no longer needed
    child.until("window.link.engine is not None")
    child.ask("train()")
    child.until("step() > 0")
    until(lambda: any(trained_to(path) > 0 for path in written(root)))
    child.until("window.room.canvas.bundle is not None")
    child.ask(f"export({str(film)!r})")
    (part,) = until(lambda: list(tmp_path.glob(".film.mp4.*.part")))
    assert child.ends(signal.SIGKILL) == -signal.SIGKILL
    assert part.exists()

    child = start(3600.0)  # recovers the weights; asked to end amid an export and a question
    child.until("len(dialogs('RecoveryDialog'))")
    assert not part.exists()
    assert film.read_bytes() == b"an older film"
    child.ask("dialogs('RecoveryDialog')[0].recover_button.click()")
    steps = child.ask("step()")
    assert steps > 0
    assert child.ask("len(window.store.document.target.strokes)") in (2, 3)
    child.ask("edit(77)")
    child.until("window.room.canvas.bundle is not None")
    child.ask(f"export({str(film)!r})")
    until(lambda: list(tmp_path.glob(".film.mp4.*.part")))
    child.ask("ask_something()")
    child.until("len(dialogs('QMessageBox'))")
    assert child.ends(signal.SIGTERM) == 128 + signal.SIGTERM
    assert "Traceback" not in child.errors()
    assert not list(tmp_path.glob(".film.mp4.*.part"))
    assert film.read_bytes() == b"an older film"
    content = session.load(lost(root).path)
    assert content.document.seed == 77
    assert content.weights is not None
    assert content.weights.step == steps


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_asked_to_end_it_saves_at_once(start: Start, root: Path, number: int) -> None:
    child = start(3600.0, "no engine")
    child.begins(root)
    child.ask("edit(77)")
    assert child.ends(number) == 128 + number
    assert "Traceback" not in child.errors()
    assert session.load(lost(root).path).document.seed == 77


def test_work_outlives_an_event_loop_that_ends_by_itself(start: Start, root: Path) -> None:
    """As Qt's does when the display is lost."""
    child = start(3600.0, "no engine")
    child.begins(root)
    child.ask("edit(77)")
    child.ask("QTimer.singleShot(0, lambda: QApplication.exit(1))")
    assert child.process.wait(LONG) == 1
    assert "Traceback" not in child.errors()
    assert session.load(lost(root).path).document.seed == 77


def test_closed_by_the_person_it_leaves_nothing(start: Start, root: Path) -> None:
    child = start(0.2, "no engine")
    child.begins(root)
    child.ask("edit(77)")
    until(lambda: written(root))
    child.ask("QTimer.singleShot(0, window.close)")
    assert child.process.wait(LONG) == 0
    assert "Traceback" not in child.errors()
    assert not list(root.iterdir())


SAVER = """
import itertools, sys
from dataclasses import replace
import numpy as np
from flowlab.core.document.network import Network
from flowlab.core.document.gallery import preset
from flowlab.core.learning.weights import Weights
from flowlab.files import session

noise = np.random.default_rng(0).random(60_000)
for k in itertools.count(int(sys.argv[2])):
    weights = Weights(step=k, arrays={"a": noise + k})
    document = replace(preset("moons"), seed=k, network=Network(width=256))
    session.save(sys.argv[1], document, weights)
    print(k, flush=True)
"""


def test_killed_while_saving_the_file_is_always_one_whole_version(tmp_path: Path) -> None:
    path, rng, newest = tmp_path / "mine.flowlab", random.Random(5), 0
    session.save(path, preset("moons"))
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path), str(newest + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.1))
        process.kill()
        told = process.stdout.read().split()
        process.wait()
        process.stdout.close()
        newest += 1 + len(told)
        content = session.load(path)
        assert content.weights is not None
        assert content.document.seed == content.weights.step
        assert content.weights.step in (newest, newest + 1)
        newest = content.weights.step
        before = session.load(path.with_name("mine.flowlab~"))
        assert newest - before.document.seed in (0, 1)
    session.save(path, preset("moons"))
    assert {left.name for left in tmp_path.iterdir()} == {"mine.flowlab", "mine.flowlab~"}
