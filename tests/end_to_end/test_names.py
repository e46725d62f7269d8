"""Files and folders of any name, also where the locale knows no letters but ASCII."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flowlab.core.document.shapes import Points
from flowlab.files import session

FOLDER = "тест 测试 é#%20 %d 12:30"
NAMES = ("точки é#%d", "12:30 测试?")
PATIENCE = 110.0  # seconds: a loaded machine may be slow
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")

# The program as it starts, then told what a person does with files; it prints what it finds.
DRIVER = """
import json, sys
from pathlib import Path
from flowlab import app, cli

def opened(*given):
    from PySide6.QtCore import QTimer
    window = open_window(*given)
    QTimer.singleShot(0, lambda: window.afterwards.add(lambda: go(window)))
    return window

def go(window):
    from PySide6.QtWidgets import QApplication
    from flowlab.ui.state.preferences import Preferences
    told = []
    window.session.complain = told.append
    window.session.may_leave = lambda: True
    table = Path(sys.argv[1])
    drop(window, table)
    window.session.save_to(table.with_suffix(".flowlab"))
    window.session.new()
    window.session.open(table.with_suffix(".flowlab"))
    seen = {
        "points": len(window.store.document.target.points),
        "title": window.session.title,
        "recent": Preferences().recent,
        "notice": window.import_notice.words.text(),
        "told": told,
    }
    from flowlab.files.autosave import Profile
    profile = Profile()
    profile.claim()
    profile.write(table.with_suffix(".flowlab").read_bytes())
    seen["autosaved"] = str(next(Path(sys.argv[2]).rglob("*.flowlab"), ""))
    profile.clear()
    profile.release()
    print(json.dumps(seen))
    QApplication.exit(0)

def drop(window, path):
    from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
    from PySide6.QtGui import QDropEvent
    from flowlab.ui.shell import window as module
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path))])
    module.QTimer = type("AtOnce", (), {"singleShot": staticmethod(lambda _, do: do())})
    window.dropEvent(QDropEvent(
        QPointF(640, 400), Qt.DropAction.CopyAction, files,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    ))

if __name__ == "__main__":
    open_window, app.open_window = app.open_window, opened
    sys.exit(cli.main([]))
"""


def environment(**more: str) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONUTF8", "LANG", "LC_CTYPE")}
    return env | {"LC_ALL": "C", "QT_QPA_PLATFORM": "offscreen"} | more


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / FOLDER
    made.mkdir()
    return made


def flowlab(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flowlab", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


def test_a_window_opens_drops_saves_and_remembers_files_of_any_name(
    folder: Path, tmp_path: Path
) -> None:
    table = folder / f"{NAMES[0]}#%1:2.csv"
    table.write_text("x,y\n" + "".join(f"{k / 7},{k / 3}\n" for k in range(20)))
    driver = folder / "driver.py"
    driver.write_text(DRIVER)
    homes = {f"XDG_{k}_HOME": str(folder / k.lower()) for k in ("CONFIG", "DATA", "STATE")}
    done = subprocess.run(
        [sys.executable, str(driver), str(table), str(folder / "state")],
        env=environment(**homes),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert "locale" not in done.stderr  # Qt's complaint
    seen = json.loads(done.stdout.splitlines()[-1])
    saved = table.with_suffix(".flowlab")
    assert seen["told"] == []
    assert seen["points"] == 20
    assert seen["title"] == saved.name
    assert seen["recent"] == [str(saved.resolve())]
    assert seen["autosaved"]
    target = session.load(saved).document.target
    assert isinstance(target, Points)
    assert np.allclose(target.points.values[3], [3 / 7, 1])


def test_every_command_takes_files_of_any_name(folder: Path) -> None:
    for name in NAMES:
        (folder / f"{name}.tsv").write_text("x\ty\n1,5\t2,5\n3,25\t1\n", encoding="utf-8")
        done = flowlab(folder, "points", f"./{name}.tsv", "-o", f"./{name}.flowlab")
        assert done.returncode == 0, done.stderr
        assert name in done.stdout
        assert done.stderr == ""
        assert isinstance(session.load(folder / f"{name}.flowlab").document.target, Points)
    trained = flowlab(folder, "train", f"./{NAMES[0]}.flowlab", "--steps", "2", "-o", "r:é.flowlab")
    assert trained.returncode == 0, trained.stderr
    sampled = flowlab(folder, "sample", "r:é.flowlab", "-n", "9", "-o", "1:é%d.npy")
    assert sampled.returncode == 0, sampled.stderr
    assert np.load(folder / "1:é%d.npy").shape == (9, 2)


def test_a_film_may_be_named_after_a_time(folder: Path) -> None:
    size = ("--size", "64x48", "--fps", "4", "--seconds", "0.5", "--view", "density")
    done = flowlab(folder, "render", "preset:flow", "--shows", "exact", "-o", "12:30.mp4", *size)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in folder.iterdir()] == ["12:30.mp4"]


def test_a_refusal_names_the_file_as_it_is_called(folder: Path) -> None:
    done = flowlab(folder, "points", "нет:é%s.csv")
    assert done.returncode == 2
    assert done.stderr == "flowlab: нет:é%s.csv cannot be read: no such file or directory.\n"


def test_a_name_that_is_no_text_is_printed_as_an_escape(folder: Path) -> None:
    (folder / "a.csv").write_text("1,2\n3,4\n")
    output = os.fsdecode(b"\xe9.flowlab")
    done = flowlab(folder, "points", "a.csv", "-o", output)
    assert done.returncode == 0, done.stderr
    assert (folder / output).is_file()
    assert r"\udce9" in done.stdout


def test_an_old_terminal_shows_escapes_for_what_it_lacks(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flowlab", "presets"],
        env=environment(PYTHONIOENCODING="ascii"),
        capture_output=True,
        encoding="ascii",
        timeout=PATIENCE,
    )
    assert done.returncode == 0
    assert r"\u2192" in done.stdout
