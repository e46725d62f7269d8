"""Maps side by side: their colours on one scale, blank places, and the place under a pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.stochastic.derivative_results import DIFFERENCE, EXACT, LEARNED, Derivatives
from flowlab.core.stochastic.likelihood_results import (
    DIVERGENCE,
    HUTCHINSON,
    TRUE,
    LikelihoodMaps,
)
from flowlab.core.stochastic.settings import DERIVATIVES, Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.scene import canvas
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import contrast
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.scene.furniture.maps import DIVERGING
from flowlab.scene.stochastic import divergence_tiles, likelihood_tiles

WIDE, HIGH = 900, 400
AXIS = np.linspace(-2, 2, 21).astype(np.float32)


def bundle(extra: object) -> Bundle:
    cloud = np.random.default_rng(0).uniform(-2, 2, (200, 2)).astype(np.float32)
    still = np.zeros((2, 0, 2), np.float32)
    ends = np.array([0.0, 1.0], np.float32)
    return Bundle(times=ends, points=still, source=cloud, target=cloud, extra=extra, step=7)  # type: ignore[arg-type]


def likelihoods(*names: str) -> LikelihoodMaps:
    x, y = np.meshgrid(AXIS, AXIS)
    log = (-(x**2) - y**2).astype(np.float32) - np.float32(np.log(np.pi))
    return LikelihoodMaps(
        xs=AXIS,
        ys=AXIS,
        logs={name: log.copy() for name in names},
        cross=np.full_like(log, 0.5),
        vectors=4,
        means={name: Estimate(-2.1, 0.02, 100) for name in names},
        gap=Estimate(0.01, 0.004, 100),
        missed=0,
        steps=16,
    )


def derivatives() -> Derivatives:
    shape = (3, len(AXIS), len(AXIS))
    x = np.broadcast_to(AXIS, shape).astype(np.float32).copy()
    x[:, :4] = np.nan
    values = {LEARNED: x, EXACT: -x, DIFFERENCE: 2 * x}
    return Derivatives(
        times=np.linspace(0, 1, 3),
        xs=AXIS,
        ys=AXIS,
        maps={(which, q): each.copy() for which, each in values.items() for q in DERIVATIVES},
        rms={(w, q): [Estimate(1.0, 0.1, 9), None, None] for w in values for q in DERIVATIVES},
        samples=9,
        curl_free=False,
        curl_note="It need not be 0.",
        note="Exact.",
    )


def frame(view: str, extra: object, theme: Theme = DARK, t: float = 0.0) -> Frame:
    document = Document(view=View(name=view), stochastic=Stochastic(derivative="curl"))
    camera = Camera(0.0, 0.0, 2.5)
    return Frame(bundle=bundle(extra), t=t, document=document, theme=theme, camera=camera)


def painted(shown: Frame, width: int = WIDE) -> np.ndarray:
    image = QImage(width, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas.paint(painter, width, HIGH, shown)
    painter.end()
    return (
        np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, width, 4)[..., 2::-1].astype(int)
    )


def colour_at(shown: Frame, k: int, x: float, y: float) -> np.ndarray:
    """The pixel of a place of the plane in the k-th third."""
    module = likelihood_tiles if shown.view.name == "likelihood" else divergence_tiles
    camera, box = module.PICTURES.tile_at(shown, WIDE, HIGH, (k + 0.5) * WIDE / 3, HIGH / 2)
    px, py = camera.to_screen(np.array([[x, y]], np.float32), box.width, box.height)[0]
    return painted(shown)[round(box.y + py), round(box.x + px)]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_same_values_have_the_same_colours_in_all_maps(qtbot: QtBot, theme: Theme) -> None:
    shown = frame("likelihood", likelihoods(DIVERGENCE, HUTCHINSON, TRUE), theme)
    for x, y in ((0.0, 0.0), (1.0, -1.0)):
        colours = [colour_at(shown, k, x, y) for k in (0, 2)]
        np.testing.assert_allclose(colours[0], colours[1], atol=2)
    there, far = colour_at(shown, 0, 0.0, 0.0), colour_at(shown, 0, 1.9, -1.9)
    assert np.abs(there - far).max() > 40


def test_without_a_true_density_there_are_two_maps(qtbot: QtBot) -> None:
    sheet = likelihood_tiles.sheet_of(frame("likelihood", likelihoods(DIVERGENCE, HUTCHINSON)))
    assert [pane.title for pane in sheet.panes] == ["Exact divergence", "Hutchinson"]
    assert sheet.panes[1].lines[0] == "mean of 4 z, spread 0.25"
    assert {(pane.low, pane.high) for pane in sheet.panes} == {(-13.0, -1.0)}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_both_signs_have_colours_of_their_own_and_blank_is_the_ground(
    qtbot: QtBot, theme: Theme
) -> None:
    shown = frame("divergence", derivatives(), theme)
    left, middle, right = (colour_at(shown, 0, x, 1.1) for x in (-1.5, 0.02, 1.5))
    assert left[2] > left[0] + 30  # bluish
    assert right[0] > right[1] + 30  # reddish
    zero = DIVERGING[theme.name][2]
    np.testing.assert_allclose(middle, zero, atol=12)
    np.testing.assert_allclose(colour_at(shown, 0, 0.3, -1.7), theme.canvas, atol=6)
    assert contrast(zero, theme.canvas) > 1.15
    np.testing.assert_allclose(colour_at(shown, 1, 1.5, 1.1), left, atol=2)  # of the opposite


def test_the_nearest_computed_time_is_shown_and_named(qtbot: QtBot) -> None:
    sheet = divergence_tiles.sheet_of(frame("divergence", derivatives(), t=0.3))
    assert sheet.panes[0].lines == ("at t = 0.5",)
    first = divergence_tiles.sheet_of(frame("divergence", derivatives(), t=0.1))
    assert first.panes[2].lines == ("at t = 0", "rms 1.0 ± 0.1")
    assert [pane.title for pane in first.panes] == ["Learned", "Exact", "Learned − exact"]
    assert {(pane.low, pane.high) for pane in first.panes} == {(-2.0, 2.0)}


def test_a_network_that_has_learned_nothing_is_called_so(qtbot: QtBot) -> None:
    shown = frame("divergence", derivatives())
    assert shown.bundle is not None
    untrained = replace(shown, bundle=replace(shown.bundle, step=0))
    assert divergence_tiles.sheet_of(untrained).panes[0].title == "Untrained network"


def test_a_bundle_of_another_view_is_one_picture(qtbot: QtBot) -> None:
    assert not likelihood_tiles.PICTURES.is_tiled(frame("likelihood", derivatives()))
    assert not divergence_tiles.PICTURES.is_tiled(frame("divergence", likelihoods(DIVERGENCE)))
    assert painted(frame("divergence", likelihoods(DIVERGENCE))).shape == (HIGH, WIDE, 3)
    assert (
        likelihood_tiles.PICTURES.frame_at(frame("likelihood", likelihoods(DIVERGENCE)), 9, 9, 1, 1)
        is None
    )


@pytest.mark.parametrize("size", [(520, 610), (776, 640), (1400, 900), (300, 900)])
def test_maps_lie_where_they_are_largest_beside_their_headings(
    qtbot: QtBot, size: tuple[int, int]
) -> None:
    shown = frame("divergence", derivatives())
    camera, box = divergence_tiles.PICTURES.tile_at(shown, *size, 5.0, 5.0)
    pixels = 4.0 * camera.scale(box.height)  # of the grid, which is four units wide
    best = max(min(size[0] / 3, size[1] - 110), min(size[0], size[1] / 3 - 110))
    assert pixels > 0.8 * best


@pytest.mark.parametrize(("width", "rows"), [(900, 1), (520, 2)])
def test_the_caption_has_room_beside_the_colour_bar_or_above_it(
    qtbot: QtBot, width: int, rows: int
) -> None:
    """Its last line was cut at 1024 x 768."""
    words = "64 × 64 cells · 33 times · blank where pₜ is small · training step 12,000"
    said = replace(frame("divergence", derivatives()), caption=words)
    silent = replace(said, caption="", beside_caption=words)  # as of a moment beside it
    pixels = [painted(each, width) for each in (said, silent)]
    written = np.flatnonzero((pixels[0] != pixels[1]).any((1, 2)))
    foot = 34 + 20 * (rows - 1)
    assert HIGH - foot < written.min() < HIGH - foot + 20
    assert written.max() < HIGH - 8 - 20 * (rows - 1)
    box = divergence_tiles.PICTURES.tile_at(said, width, HIGH, 5.0, 5.0)[1]
    assert box.height == HIGH - foot
