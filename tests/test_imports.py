"""What the window imports before its first frame: nothing that this frame doesn't need."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import flowlab

# Each of these takes long, or is only for what a person does later.
LATER = [
    "torch",
    "scipy",
    "pyqtgraph",
    "PIL",
    "safetensors",
    "msgspec",
    "imageio_ffmpeg",
    "shapely",
    "multiprocessing",
    "json",
    "zoneinfo",
    "hashlib",
    "statistics",
    "numpy.typing",
    "PySide6.QtSvgWidgets",
    "PySide6.QtNetwork",
    "PySide6.QtOpenGL",
    "flowlab.files",
    "flowlab.work",
    "flowlab.run",
    "flowlab.scripting",
    "flowlab.core.document.codec",
    "flowlab.core.distributions.factory",
    "flowlab.core.learning.trainer",
    "flowlab.core.distributions.drawing",
    "flowlab.ui.shell.export_dialog",
    "flowlab.ui.pickers.picker",
    "flowlab.ui.tools.pencil",
    "flowlab.ui.tools.pencil_keys",
    "flowlab.ui.tools.pencil_bar",
    "flowlab.ui.tools.sheet",
    "flowlab.ui.forms.form",
    "flowlab.ui.forms.fields",
    "flowlab.ui.forms.tables",
    "flowlab.ui.base.controls",
    "flowlab.ui.shell.command_list",
    "flowlab.ui.plots",
    "flowlab.ui.flow.metrics_panel",
    "flowlab.ui.canvas.frame_overlay",
    "flowlab.bench.real_window",
    "flowlab.ui.blending",
    "flowlab.scene.export.export",
    "flowlab.scene.export.encoders",
]
PACKAGES = {"flowlab", "PySide6", "shiboken6", "shibokensupport", "numpy"}
OWN = {"org", "__main__", "sitecustomize", "usercustomize"}  # the interpreter's, not ours

FIRST_FRAME = """
import sys
from PySide6.QtWidgets import QApplication
from PySide6.QtCore import QSettings
from flowlab.app import open_window
from flowlab.ui.state.preferences import Preferences

app = QApplication(["flowlab", "-platform", "offscreen"])
window = open_window(None, preferences=Preferences(QSettings("FlowLab", "test")))
window.room.canvas.first_painted.disconnect()  # what follows the first frame
while not window.playback.budget.count:
    app.processEvents()
print(" ".join(sorted(sys.modules)))
sys.stdout.flush()
window.shut_down()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=env, check=True
    )


@pytest.fixture(scope="module")
def at_first_frame() -> set[str]:
    """Every module that a fresh process has imported when the first frame is on the screen."""
    bare = set(run("-c", "import sys; print(*sys.modules)").stdout.split())
    return set(run("-c", FIRST_FRAME).stdout.split()) - bare


@pytest.mark.parametrize("name", LATER)
def test_the_first_frame_does_without(at_first_frame: set[str], name: str) -> None:
    assert not [m for m in at_first_frame if m == name or m.startswith(name + ".")]


def test_the_first_frame_is_that_of_the_whole_window(at_first_frame: set[str]) -> None:
    whole = {"flowlab.ui.shell.window", "flowlab.ui.canvas.canvas_view", "flowlab.scene.canvas"}
    assert whole <= at_first_frame


def test_the_window_is_made_of_flowlab_qt_and_numpy_alone() -> None:
    """By `-X importtime`, where each import of the process leaves a line."""
    before = imported("-c", "pass")
    lines = imported("-c", "import flowlab.ui.shell.window") - before
    tops = {name.split(".")[0] for name in lines}
    strangers = tops - PACKAGES - OWN - set(sys.stdlib_module_names)
    assert not strangers
    assert tops >= PACKAGES


def test_the_blending_room_is_opened_without_the_plotting_library() -> None:
    lines = imported("-c", "import flowlab.ui.blending.panels")
    assert "flowlab.ui.plots.chart" in lines
    assert "pyqtgraph" not in lines


def imported(*arguments: str) -> set[str]:
    words = run("-X", "importtime", *arguments).stderr.splitlines()
    rows = [line.split("|")[2].strip() for line in words if line.startswith("import time:")]
    return set(rows[1:])


def imports_of(path: Path, known: set[str]) -> set[str]:
    """The modules of the program that a module imports, at run time or for its types alone."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in known else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & known


def test_no_import_goes_in_a_circle() -> None:
    package = Path(flowlab.__file__).parent
    modules = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        modules[".".join(parts).removesuffix(".__init__")] = path
    known = set(modules)
    graph = {name: imports_of(path, known) - {name} for name, path in modules.items()}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle
