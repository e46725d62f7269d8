"""Dots of a chosen opacity and size: as opaque as asked, piling up, at any pixel ratio."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene import canvas
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK, LIGHT, Theme

SIDE = 200


def covered(
    theme: Theme,
    count: int,
    opacity: float,
    dot: float,
    dpr: float = 1.0,
    quality: str = "export",
    spread: float = 0.0,
    wanted: int = 0,
) -> np.ndarray:
    """How far each pixel is from the empty picture, (H, W)."""
    places = np.random.default_rng(0).uniform(-spread, spread, (count, 2)).astype(np.float32)
    points = np.stack([places, places])
    view = View(particles=wanted or count, show_trails=False, show_ends=False, show_paths=False,
                opacity=opacity, dot=dot)  # fmt: skip
    shown = []
    for particles in (points, points + 1e3):
        bundle = Bundle(times=np.array([0.0, 1.0], np.float32), points=particles, method="euler")
        frame = Frame(bundle=bundle, t=1.0, document=Document(view=view), theme=theme, card=False,
                      legend=False, camera=Camera(0.0, 0.0, 1.0), quality=quality)  # fmt: skip
        size = round(SIDE * dpr)
        image = QImage(size, size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(dpr)
        painter = QPainter(image)
        canvas.paint(painter, SIDE, SIDE, frame)
        painter.end()
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(size, size, 4)
        shown.append(pixels[..., :3].astype(float))
    return np.abs(shown[0] - shown[1]).sum(2)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_one_dot_is_as_opaque_as_chosen_and_dots_pile_up(qapp: object, theme: Theme) -> None:
    full = covered(theme, 1, 1.0, 5.0)
    middle = SIDE // 2, SIDE // 2
    for count in (1, 5):
        share = covered(theme, count, 0.2, 5.0)[middle] / full[middle]
        assert share == pytest.approx(1 - 0.8**count, abs=0.06)


@pytest.mark.parametrize("dpr", [1.0, 2.0])
def test_a_dot_has_its_radius_at_any_pixel_ratio(qapp: object, dpr: float) -> None:
    seen = covered(LIGHT, 1, 1.0, 5.0, dpr)
    area = (seen > seen.max() / 2).sum() / dpr**2
    assert area == pytest.approx(np.pi * 25, rel=0.15)


def test_on_the_screen_a_crowd_of_large_dots_has_as_much_ink(qapp: object) -> None:
    """Smaller dots, whose optical depths have the same sum, where these would take too long."""
    live, export = (
        covered(LIGHT, 40_000, 0.002, 8.0, quality=q, spread=0.7).sum() for q in ("live", "export")
    )
    assert export > 0
    assert live == pytest.approx(export, rel=0.05)


def test_some_of_the_particles_have_the_ink_of_all(qapp: object) -> None:
    some, every = (
        covered(LIGHT, n, 0.01, 5.0, spread=0.7, wanted=4000).sum() for n in (1000, 4000)
    )
    assert some == pytest.approx(every, rel=0.1)


def test_without_a_choice_nothing_changes(qapp: object) -> None:
    adapted = covered(DARK, 3, 0.0, 0.0)
    assert 0 < (adapted > 100).sum() < 60
