"""Processes side by side: a titled picture for each, and the particles under the pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.stochastic.results import NAIVE, ODE, SDE, Pane, Processes, processes_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.particle_values import ParticleValues
from flowlab.scene import canvas
from flowlab.scene.base import pick
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.scene.furniture.legend import entries
from flowlab.scene.stochastic.processes import PICTURES, _pictures, colour_of

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
        camera, box = PICTURES.tile_at(frame(), WIDE, HIGH, WIDE * (k + 0.5) / 3, HIGH / 2)
        x, y = camera.to_screen(np.array([place, 0.0]), box.width, box.height)
        column, row = round(box.x + x), round(box.y + y)
        around = changed[row - 8 : row + 8, column - 8 : column + 8]
        assert around.any(), kind


def test_the_particle_under_the_pointer_is_that_of_the_picture_there(qapp: object) -> None:
    shown = frame()
    for k, place in enumerate(PLACES.values()):
        one, box = PICTURES.frame_at(shown, WIDE, HIGH, WIDE * (k + 0.5) / 3, HIGH / 2)
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


def changed(t: float, theme: Theme, values: float) -> Frame:
    """The frame with a log density of the ODE's particles that falls or rises to `values`."""
    shown = frame(t, theme)
    found = processes_of(shown.bundle)
    assert found is not None
    assert shown.bundle is not None
    rates = np.full((3, 50), values, np.float32)
    change = ParticleValues(
        name="change of log density since t = 0", times=np.linspace(0, 1, 3),
        values=np.outer([0.0, 0.5, 1.0], rates[0]).astype(np.float32), rates=rates, error=0.01,
        scale=5.0,
    )  # fmt: skip
    panes = (replace(found.panes[0], change=change), *found.panes[1:])
    bundle = replace(shown.bundle, extra=replace(found, panes=panes))
    settings = replace(shown.document.stochastic, density_change=True)
    return replace(shown, bundle=bundle, document=replace(shown.document, stochastic=settings))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_density_change_colours_the_ode_alone_and_by_its_sign(qapp: object, theme: Theme) -> None:
    fell, rose = (painted(replace(changed(1.0, theme, v), legend=False)) for v in (-5.0, 5.0))
    third = WIDE // 3
    below = slice(100, HIGH)  # the titles
    assert (fell[below, third + 2 :] == rose[below, third + 2 :]).all()
    parts = [each[below, : third - 2].reshape(-1, 3) for each in (fell, rose)]
    different = np.abs(parts[0] - parts[1]).sum(1) > 60
    assert different.any()
    means = [part[different].mean(0) for part in parts]
    assert means[0][2] > means[0][0]  # cyan: it has fallen
    assert means[1][0] > means[1][2]  # pink: it has risen


def test_the_legend_names_the_density_change_and_its_scale(qapp: object) -> None:
    shown = changed(0.5, DARK, 5.0)
    one, _ = PICTURES.frame_at(shown, WIDE, HIGH, 10.0, HIGH / 2)
    told = [
        entry.before + entry.text
        for entry in entries(Stage(one, 300.0, 400.0, 1.0, False, Scratch()))
    ]
    assert "change of log density since t = 0" in told
    assert "−5+5, ± 0.01" in told
    plain, _ = PICTURES.frame_at(
        replace(shown, document=frame().document), WIDE, HIGH, 10.0, HIGH / 2
    )
    assert plain.values is None  # switched off again, while the picture still has it


def test_an_sde_that_stops_says_so_and_stays_at_that_time() -> None:
    shown = frame()
    bundle, settings = shown.bundle, Stochastic(eps=1 / 3, stop=True)
    assert bundle is not None
    stopped = replace(bundle, extra=replace(processes_of(bundle), until=0.99))
    document = replace(shown.document, stochastic=settings)
    ode, sde, naive = _pictures(replace(shown, bundle=stopped, document=document))
    for picture in (sde, naive):
        assert picture.frame.t == 0.99
        assert picture.lines[-1] == "ends at t = 0.99"
        assert "ε = 0.333 α(t)" in picture.lines[0].replace("\N{NO-BREAK SPACE}", " ")
    assert ode.frame.t == 1.0
    assert len(ode.lines) == 1
