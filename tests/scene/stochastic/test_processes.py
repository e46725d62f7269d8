"""Processes side by side: a titled picture for each, and the particles under the pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.stochastic.results import NAIVE, ODE, SDE, Pane, Processes
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.scene import canvas
from flowlab.scene.base import pick
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.scene.stochastic.processes import colour_of, frame_at, tile_at

WIDE, HIGH = 900, 400
PLACES = {ODE: 1.5, SDE: 0.0, NAIVE: -1.5}  # x where the particles of each process end


def frame(t: float = 1.0, theme: Theme = DARK) -> Frame:
    rng = np.random.default_rng(0)
    start = rng.normal(0, 0.1, (50, 2)).astype(np.float32)
    cloud = rng.uniform(-2, 2, (200, 2)).astype(np.float32)
    panes = [
        Pane(
            kind=kind,
            bundle=Bundle(
                times=np.array([0.0, 1.0], np.float32),
                points=np.stack([start, start + np.array([x, 0.0], np.float32)]),
                source=cloud,
                target=cloud,
                method="euler",
            ),
        )
        for kind, x in PLACES.items()
    ]
    bundle = replace(panes[1].bundle, extra=Processes(panes=tuple(panes)))
    view = View(name="processes", show_trails=False, show_paths=False, show_ends=False)
    document = Document(view=view, stochastic=Stochastic(eps=1.5))
    return Frame(
        bundle=bundle, t=t, document=document, theme=theme, camera=Camera(0.0, 0.0, 2.5), card=False
    )


def painted(shown: Frame) -> np.ndarray:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas.paint(painter, WIDE, HIGH, shown)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)
    return rows[..., 2::-1].astype(int)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_each_process_has_a_picture_of_its_own_particles(qapp: object, theme: Theme) -> None:
    there, nothing = painted(frame(1.0, theme)), painted(frame(0.0, theme))
    changed = np.abs(there - nothing).sum(2) > 60
    for k, (kind, place) in enumerate(PLACES.items()):
        camera, box = tile_at(frame(), WIDE, HIGH, WIDE * (k + 0.5) / 3, HIGH / 2)
        x, y = camera.to_screen(np.array([place, 0.0]), box.width, box.height)
        column, row = round(box.x + x), round(box.y + y)
        around = changed[row - 8 : row + 8, column - 8 : column + 8]
        assert around.any(), kind


def test_the_particle_under_the_pointer_is_that_of_the_picture_there(qapp: object) -> None:
    shown = frame()
    for k, place in enumerate(PLACES.values()):
        one, box = frame_at(shown, WIDE, HIGH, WIDE * (k + 0.5) / 3, HIGH / 2)
        x, y = one.camera.to_screen(np.array([place, 0.0]), box.width, box.height)
        assert pick.nearest(one, x, y, box.width, box.height) is not None
        off, _ = one.camera.to_screen(np.array([place + 0.9, 0.0]), box.width, box.height)
        assert pick.nearest(one, off, y, box.width, box.height) is None


def test_the_processes_have_colours_of_their_own() -> None:
    for theme in (DARK, LIGHT):
        assert len({colour_of(theme, kind) for kind in PLACES}) == 3


def test_a_bundle_of_another_view_is_one_picture(qapp: object) -> None:
    plain = replace(frame(), bundle=replace(frame().bundle, extra=None))
    assert drawing_of("processes").tiles(plain) is None
    assert drawing_of("processes").tiles(frame()) is not None
