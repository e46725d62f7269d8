"""The picture of a latent model: bells where their numbers are, and bars that add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.diffusion.latent_picture import pictured
from flowlab.core.diffusion.latent_plan import latent_model
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, Colour
from flowlab.scene.diffusion.latent import (
    BellAxes,
    Grips,
    bars_of,
    grips_of,
    nearest,
    paint_latent,
)
from flowlab.scene.diffusion.waterfall import span_of

WIDTH, HEIGHT = 900, 560
DOCUMENT = Document(view=View(name="latent_model"), diffusion=Diffusion(q_mean=-2.0))


def frame(document: Document = DOCUMENT) -> Frame:
    bundle = latent_model(DOCUMENT, None, PlanOptions())  # type: ignore[arg-type]
    return Frame(bundle=bundle, document=document, theme=DARK)


def painted(shown: Frame) -> np.ndarray:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_latent(painter, Stage(shown, WIDTH, HEIGHT, 1.0, False, Scratch()))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)
    return pixels[..., 2::-1].astype(int)


def near(picture: np.ndarray, place: tuple[float, float], colour: Colour) -> float:
    """How close the nearest pixel around a place is to a colour."""
    x, y = (round(value) for value in place)
    part = picture[y - 3 : y + 4, x - 3 : x + 4]
    return float(np.abs(part - np.array(colour)).sum(-1).min())


def axes_of(settings: Diffusion) -> BellAxes:
    return BellAxes.of(WIDTH, HEIGHT, pictured(settings), "")


def test_bells_are_as_high_as_their_densities(qapp: object) -> None:
    axes = axes_of(DOCUMENT.diffusion)
    picture = painted(frame())
    found = pictured(DOCUMENT.diffusion)
    for density, colour in ((found.prior, DARK.source), (found.posterior, DARK.exact)):
        k = int(density.argmax())
        at = float(axes.x(found.z[k])), float(axes.y(density[k]))
        assert near(picture, at, colour) < 60
    assert axes.z(float(axes.x(1.3))) == pytest.approx(1.3)


def test_a_moved_q_is_drawn_at_once_whatever_the_plan_has_answered(qapp: object) -> None:
    moved = replace(DOCUMENT, diffusion=replace(DOCUMENT.diffusion, q_mean=2.5))
    for document in (DOCUMENT, moved):
        shown, top = frame(document), grips_of(document.diffusion, axes_of(document.diffusion))
        assert near(painted(shown), top["top"], DARK.learned) < 40
        held = painted(replace(shown, room_state=Grips("top")))
        assert near(held, top["top"], DARK.text) < 40
    x, y = grips_of(moved.diffusion, axes_of(moved.diffusion))["right"]
    axes, q = axes_of(moved.diffusion), moved.diffusion
    assert axes.z(x) == pytest.approx(q.q_mean + q.q_deviation)
    found = pictured(q)
    height = np.interp(axes.z(x), found.z, found.q)
    assert y == pytest.approx(float(axes.y(height)), abs=0.5)
    assert not painted(replace(shown, bundle=None)).any()
    assert nearest(shown, 0.0, 0.0, 1.0, 1.0) is None


def test_bars_begin_where_the_last_one_ended() -> None:
    found = pictured(DOCUMENT.diffusion)
    first, rate, elbo, gap, evidence = bars_of(found, DARK)
    assert (first.start, rate.start) == (0.0, first.end)
    assert rate.end == pytest.approx(elbo.end)
    assert gap.start == pytest.approx(elbo.end)
    assert gap.end == pytest.approx(evidence.end) == pytest.approx(found.log_evidence)
    low, high = span_of((first, rate, elbo, gap, evidence))
    assert low < elbo.end < 0 < high


@pytest.mark.parametrize("width", [420, 1900])
def test_bells_and_bars_have_room_of_their_own(width: int) -> None:
    axes = BellAxes.of(width, 620, pictured(DOCUMENT.diffusion), "a caption")
    plot, sums = axes.plot, axes.sums
    beside = plot.x + plot.width <= sums.x
    below = plot.y + plot.height + 40 <= sums.y
    assert beside or below
    assert sums.x + sums.width <= width
    assert sums.y + sums.height <= 620
