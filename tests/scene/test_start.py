from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from flowlab.bench.painting import measure_drawing
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.base.thumbnail import thumbnail

HEADLESS = """
import sys
from flowlab.scene.base.headless import ensure_app
from flowlab.core.views.registry import VIEWS
import flowlab.scene.export.export
assert ensure_app() is ensure_app()
heavy = [name for name in ("torch", "scipy", "pyqtgraph") if name in sys.modules]
print(ensure_app().platformName(), *heavy)
"""


def test_painting_needs_no_screen_torch_scipy_or_pyqtgraph():
    run = subprocess.run(
        [sys.executable, "-c", HEADLESS], capture_output=True, text=True, timeout=60
    )
    assert run.stdout.split() == ["offscreen"], run.stderr


WINDOW_AFTERWARDS = """
from flowlab.scene.base.headless import ensure_app
app = ensure_app()
from PySide6.QtWidgets import QWidget
QWidget().show()
print(ensure_app() is app)
"""


def test_a_window_can_follow_what_was_painted_before():
    run = subprocess.run(
        [sys.executable, "-c", WINDOW_AFTERWARDS], capture_output=True, text=True, timeout=60
    )
    assert run.stdout.split() == ["True"], run.stderr


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_a_thumbnail_fits_its_points_with_equal_axes(qapp, theme):
    angle = np.linspace(0, 2 * np.pi, 4000)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32) * 7 + 30
    image = thumbnail(ring, (100, 60), theme.source, theme, dpr=2.0)
    assert (image.width(), image.height(), image.devicePixelRatio()) == (200, 120, 2.0)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(120, 200, 4)
    inked = np.abs(rows[..., 2::-1].astype(int) - theme.raised).sum(-1) > 60
    down, across = (np.flatnonzero(inked.any(axis)) for axis in (1, 0))
    assert np.ptp(down) == pytest.approx(120 * 0.82, abs=6)
    assert np.ptp(across) == pytest.approx(np.ptp(down), abs=3)
    assert not inked[50:70, 90:110].any()


def test_the_drawing_benchmark_measures_what_it_says(qapp):
    rows = measure_drawing([100, 300], frames=2)
    assert [row.particles for row in rows] == [100, 300]
    assert all(0 < row.milliseconds < 2000 for row in rows)
