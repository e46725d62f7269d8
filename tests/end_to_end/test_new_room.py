"""A room is added by one entry, one field and its own files, and the whole program has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import flowlab

PACKAGE = Path(flowlab.__file__).parent
README = PACKAGE.parent / "README.md"
EXAMPLE = Path(__file__).parents[1] / "examples" / "lengths"
ENTRIES = {  # file: the lines that are added to it, each behind a line that is there
    "core/views/registry.py": {
        "from flowlab.core.flow.views import ROOM as FLOW\n": (
            "from flowlab.core.lengths.views import ROOM as LENGTHS\n"
        ),
        "ROOMS: tuple[Room, ...] = (FLOW, BLENDING, STOCHASTIC, DIFFUSION, REFLECTED)\n": (
            "ROOMS = (*ROOMS, LENGTHS)\n"
        ),
    },
    "core/document/document.py": {
        "from flowlab.core.document.shapes import Gaussian, Ring, Shape\n": (
            "from flowlab.core.lengths.settings import Lengths\n"
        ),
        "    blending: Blending = field(default_factory=Blending)\n": (
            "    lengths: Lengths = field(default_factory=Lengths)\n"
        ),
    },
}
WINDOW = """
import json
import sys
import time
from pathlib import Path
import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from flowlab.app import open_window
from flowlab.scene.export.export import ExportSpec, export
from flowlab.ui.state.preferences import Preferences

def until(met):
    while not met():
        app.processEvents()
        time.sleep(0.002)  # the engine's process comes after this one

def violet():  # pixels in the colour of the rings
    image = room.canvas.grab().toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32)
    return int(np.count_nonzero(pixels == QColor(*room.canvas.theme.learned).rgb()))

if __name__ == "__main__":
    app = QApplication(["flowlab", "-platform", "offscreen"])
    settings = QSettings(sys.argv[1], QSettings.Format.IniFormat)
    window = open_window(None, preferences=Preferences(settings))
    room, said = window.room, {}
    until(lambda: window.link.newest() is not None)
    window.room.enter("lengths")
    until(lambda: room.canvas.bundle is not None and room.canvas.bundle.extra is not None)
    said["tabs"] = [window.tabs.tabText(i) for i in range(window.tabs.count())]
    window.playback.pause()
    window.playback.seek(0.0)
    app.processEvents()
    start = violet()
    window.playback.seek(1.0)
    app.processEvents()
    said["ink"] = violet() - start
    panels = room.opened["lengths"]
    until(lambda: panels.right.shown.sentence.text())
    said["story"] = panels.right.shown.sentence.text()
    said["caption"] = room.canvas.caption
    form = next(f for f, _ in panels.left.controls["path_length"]._forms if "rings" in f.fields)
    form.fields["rings"].box.setValue(7)
    until(lambda: room.canvas.bundle.extra.values.shape[1] == 7)
    room.train()
    until(lambda: room.canvas.bundle.step > 5 and room.canvas.bundle.extra is not None)
    said["trained"] = room.canvas.bundle.step > 5
    room.toggle_training()
    spec = ExportSpec(path=Path(sys.argv[2]), width=320, height=240, seconds=0.4)
    make_frame = window.exports.frames_of(room.canvas.bundle)
    export(lambda t: make_frame(t, "dark", 320, 240), spec)
    window.shut_down()
    print(json.dumps(said))
"""
COMMANDS = """
import sys
import flowlab
from flowlab.cli import main

folder = sys.argv[1]
small = flowlab.Document(network={"width": 8, "depth": 1}, lengths={"rings": 9})
flowlab.save(small, f"{folder}/a.flowlab")
assert main(["train", f"{folder}/a.flowlab", "--steps", "20", "-o", f"{folder}/b.flowlab"]) == 0
for name in ("still.png", "film.gif"):
    given = ["render", f"{folder}/b.flowlab", "--view", "path_length", "-o", f"{folder}/{name}"]
    assert main([*given, "--json", "--size", "320x240", "--seconds", "0.3"]) == 0
print(flowlab.load(f"{folder}/b.flowlab").document.lengths.rings)
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with the room in it."""
    root = tmp_path_factory.mktemp("program")
    apart = shutil.ignore_patterns("assets")  # what is compiled already comes along
    shutil.copytree(PACKAGE, root / "flowlab", ignore=apart)
    shutil.copytree(EXAMPLE, root / "flowlab", dirs_exist_ok=True, ignore=apart)
    assets = PACKAGE / "assets"
    (root / "assets").symlink_to(assets if assets.is_dir() else PACKAGE.parent / "assets")
    for name, additions in ENTRIES.items():
        path = root / "flowlab" / name
        text = path.read_text()
        for line, added in additions.items():
            assert text.count(line) == 1, line
            text = text.replace(line, line + added)
        path.write_text(text)
    return root


def run(program: Path, *arguments: str) -> str:
    env = os.environ | {"PYTHONPATH": str(program), "QT_QPA_PLATFORM": "offscreen"}
    env["QT_LOGGING_RULES"] = "*=false"
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, cwd=program, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_rendered_from_the_command_line(program: Path, tmp_path: Path) -> None:
    script = tmp_path / "commands.py"
    script.write_text(COMMANDS)
    said = run(program, str(script), str(tmp_path)).splitlines()
    assert said[-1] == "9"
    for name in ("still.png", "film.gif"):
        size = (tmp_path / name).stat().st_size
        assert size > 1000
        assert any(f'"bytes": {size}' in line for line in said), name


def test_it_is_a_tab_that_trains_draws_scrubs_and_takes_edits(
    program: Path, tmp_path: Path
) -> None:
    script = tmp_path / "drive.py"
    script.write_text(WINDOW)
    film = tmp_path / "film.gif"
    output = run(program, str(script), str(tmp_path / "settings.ini"), str(film))
    said = json.loads(output.splitlines()[-1])
    rooms = ["Flow", "(De)blending", "ODE / SDE", "Diffusion", "Reflected"]
    assert said["tabs"] == [*rooms, "Lengths"]
    assert said["ink"] > 200  # rings that grow with the way
    assert said["story"].startswith("On average a particle has come ")
    assert said["caption"].endswith(" particles")
    assert said["trained"]
    assert film.read_bytes()[:4] == b"GIF8"


def test_readme_shows_the_same_lines() -> None:
    text = README.read_text()
    shown = text[text.index("### How to add a room") :]
    for additions in ENTRIES.values():
        for added in additions.values():
            assert added.strip() in shown
    for path in ("core/lengths/views.py", "core/lengths/settings.py", "scene/lengths/drawings.py"):
        source = (EXAMPLE / path).read_text()
        starts = [source.find(word) for word in ("@dataclass", "ROOM = ", "def paint_rings")]
        assert source[max(starts) :].split("\n\n\n")[0].strip() in shown, path
