"""The program as a stranger starts it, on a real X server where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.waiting import until

TOOLS = ("Xvfb", "xdotool")
pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in TOOLS), reason="needs Xvfb and xdotool"
)
PATIENCE = 60.0


@pytest.fixture
def display() -> Iterator[str]:
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-noreset", "-displayfd", str(writing), "-screen", "0", "1400x900x24"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


def run(display: str, *words: str) -> str:
    env = {**os.environ, "DISPLAY": display}
    done = subprocess.run(["xdotool", *words], env=env, capture_output=True, text=True)
    return done.stdout.strip()


def windows(display: str) -> list[str]:
    """Every visible window that is large enough to be the program's."""
    found = run(display, "search", "--onlyvisible", "--name", "FlowLab").split()
    sizes = {w: run(display, "getwindowgeometry", "--shell", w) for w in found}
    return [w for w, words in sizes.items() if "WIDTH=1" in words and len(words) > 10]


def came(program: subprocess.Popen[str], display: str) -> list[str]:
    assert program.poll() is None, program.stderr and program.stderr.read()
    return windows(display)


def test_the_window_opens_answers_keys_and_quits_cleanly(display: str, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "XDG_CONFIG_HOME": str(tmp_path),
        "HOME": str(tmp_path),
    }
    program = subprocess.Popen(
        [sys.executable, "-m", "flowlab"], env=env, stderr=subprocess.PIPE, text=True
    )
    try:
        window = until(lambda: came(program, display))[0]
        run(display, "windowfocus", "--sync", window)
        run(display, "key", "space", "End", "ctrl+q")
        _, words = program.communicate(timeout=PATIENCE)
    finally:
        program.kill()
        program.wait()
    assert program.returncode == 0, words
    assert "Traceback" not in words
