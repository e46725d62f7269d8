"""A module that lies in the current folder is never executed, whatever its name."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

import flowlab
from flowlab import __main__ as as_module
from flowlab import cli
from flowlab.bench import real_window as benchmark
from flowlab.bench import window as bench

PATIENCE = 110  # seconds: a loaded machine may be slow, a test may not be flaky

# Python, the packages installed here, and what Python looks for of its own accord.
NAMES = {*sys.stdlib_module_names, *importlib.metadata.packages_distributions()} | {
    *("flowlab", "torch", "numpy", "scipy", "PySide6", "sitecustomize", "usercustomize")
}
SCRIPT = str(next(Path(sys.executable).parent.glob("flowlab*")))

# The real window, told to train one step. Like the console script it is a file elsewhere, so that
# the folder it runs in is not on its own path; unlike it, it leaves all to the window itself.
DRIVER = """
import sys
from flowlab import app

def opened(*given):
    from PySide6.QtCore import QTimer
    window = open_window(*given)
    timer = QTimer(window)
    timer.timeout.connect(lambda: look(window.link))
    timer.start(50)
    return window

def look(link):
    from PySide6.QtWidgets import QApplication
    if QApplication.activeModalWidget():
        sys.exit(QApplication.activeModalWidget().text())  # the engine could not start
    status = link.status()
    if status is None:
        return
    if not len(status.history.steps):
        link.call(lambda engine: engine.step())
    else:
        print("trained")
        QApplication.exit(0)  # no question whether to save

if __name__ == "__main__":
    open_window, app.open_window = app.open_window, opened
    sys.exit(app.main())
"""

# The program's commands one after another, as the console script runs each, in a file elsewhere;
# after each it prints what was executed of the folder: what one has imported the next has too.
COMMANDS = """
import json, os, sys
from flowlab import cli

if __name__ == "__main__":
    notes, commands = sys.argv[1], json.loads(sys.argv[2])
    for command in commands:
        code = cli.main(command)
        print("ran", command[0], code, *sorted(os.listdir(notes)))
"""


@dataclass(frozen=True)
class Done:
    code: int
    said: str
    complaint: str


@dataclass(frozen=True)
class Trap:
    """A folder full of modules, each of which notes that it was executed."""

    folder: Path
    notes: Path

    def run(self, *command: str) -> Done:
        for note in self.notes.iterdir():
            note.unlink()
        # What counts lines in a process has imported much before the program begins.
        given = {name: value for name, value in os.environ.items() if "COVERAGE_" not in name}
        given |= {"PYTHONSAFEPATH": "", "QT_QPA_PLATFORM": "offscreen"}
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=given,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired as error:
            return Done(124, "", str(error))
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def sprung(self) -> list[str]:
        """What the last command executed."""
        return sorted(path.name for path in self.notes.iterdir())


def plant(folder: Path, names: set[str]) -> Trap:
    trap = Trap(folder / "here", folder / "notes")
    trap.folder.mkdir()
    trap.notes.mkdir()
    for name in names:
        text = f"open({str(trap.notes / name)!r}, 'w').close()\n"
        (trap.folder / f"{name}.py").write_text(text)
    return trap


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Trap:
    return plant(tmp_path_factory.mktemp("trap"), NAMES)


def test_the_window_trains(trap: Trap, tmp_path: Path) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    done = trap.run(sys.executable, str(driver))
    assert trap.sprung == []
    assert (done.code, done.said) == (0, "trained\n"), done.complaint


@pytest.mark.parametrize(
    "command",
    [
        (SCRIPT, "presets"),
        (SCRIPT, "bench", "--list"),
        (sys.executable, "-P", "-m", "flowlab", "presets"),
    ],
    ids=["presets", "bench", "python -P -m"],
)
def test_commands_do_their_work(trap: Trap, command: tuple[str, ...]) -> None:
    done = trap.run(*command)
    assert trap.sprung == []
    assert done.code == 0, done.complaint
    assert done.said


def test_commands_make_their_files(trap: Trap, tmp_path: Path) -> None:
    """Each of these reads torch: in one process it does so once."""
    driver = tmp_path / "commands.py"
    driver.write_text(COMMANDS)
    document, run, points, film = (
        str(tmp_path / name)
        for name in ("document.flowlab", "run.flowlab", "points.npy", "film.mp4")
    )
    small = {"network": {"width": 8, "depth": 1}, "view": {"particles": 50, "highlighted": 2}}
    flowlab.save(flowlab.Document(**small), document)
    commands = [
        ["doctor"],
        ["train", document, "--steps", "2", "-o", run],
        ["sample", "-n", "9", run, "-o", points],
        ["render", "--size", "160x120", "--fps", "4", "--seconds", "1", run, "-o", film],
    ]
    done = trap.run(sys.executable, str(driver), str(trap.notes), json.dumps(commands))
    assert trap.sprung == []
    ran = [line.split() for line in done.said.splitlines() if line.startswith("ran ")]
    assert ran == [["ran", command[0], "0"] for command in commands], done.complaint
    for path in (run, points, film):
        assert Path(path).stat().st_size > 0


def test_a_folder_on_the_path_springs_the_trap(tmp_path: Path) -> None:
    trap = plant(tmp_path, {"signal"})
    trap.run(sys.executable, "-c", "import signal")
    assert trap.sprung == ["signal"]


def test_as_a_module_it_leaves_the_folder_too(tmp_path: Path) -> None:
    """Python, told to run a module, has imported some from the folder before FlowLab begins."""
    loaded = "import runpy, flowlab, sys; print(*sys.modules)"
    before = plant(tmp_path, set()).run(sys.executable, "-P", "-c", loaded).said.split()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    trap = plant(elsewhere, NAMES - set(before))
    assert {"signal", "socket", "pickle", "struct", "argparse"} <= NAMES - set(before)
    assert trap.run(sys.executable, "-m", "flowlab", "presets").code == 0
    assert trap.sprung == []


def test_a_checkout_that_is_not_installed_stays_but_comes_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "flags", SimpleNamespace(safe_path=False))
    checkout = str(Path(as_module.__file__).parents[1])
    monkeypatch.setattr(sys, "path", [checkout, "library"])
    as_module.leave_current_folder()
    assert sys.path == ["library", checkout]
    monkeypatch.setattr(sys, "path", ["elsewhere", "library"])
    as_module.leave_current_folder()
    assert sys.path == ["library"]


def test_a_safe_path_has_no_folder_to_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "flags", SimpleNamespace(safe_path=True))
    monkeypatch.setattr(sys, "path", ["library"])
    as_module.leave_current_folder()
    assert sys.path == ["library"]


def test_the_window_is_refused_where_its_engine_would_look_there(tmp_path: Path) -> None:
    trap = plant(tmp_path, set())
    refused = trap.run(sys.executable, "-E", SCRIPT)
    assert refused.code == 2
    assert refused.complaint.count("\n") == 1
    assert "python -E -P -m flowlab" in refused.complaint
    ask = "from flowlab.environment import safe_path_is_ignored as f; print(f())"
    assert trap.run(sys.executable, "-E", "-P", "-c", ask).said == "False\n"
    assert trap.run(sys.executable, "-I", "-c", ask).said == "False\n"


@pytest.mark.usefixtures("capsys")
def test_every_command_sets_the_variable_whatever_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "")  # which means "off"
    assert cli.main(["presets"]) == 0
    assert os.environ["PYTHONSAFEPATH"] == "1"


def test_the_benchmark_starts_its_processes_so_even_where_the_variable_is_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = plant(tmp_path, NAMES)
    monkeypatch.chdir(trap.folder)
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    assert bench.import_seconds("flowlab", 1) > 0
    assert trap.sprung == []
    commands: list[list[str]] = []

    def note(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(stdout="{}")

    monkeypatch.setattr(subprocess, "run", note)
    bench.window_figures(0.1)
    benchmark._one_start_up()
    assert [command[:2] for command in commands] == [[sys.executable, "-P"]] * 2
