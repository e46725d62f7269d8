"""The picture of the bound: bars over t on a logarithmic axis, and what they add up to."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.diffusion.elbo_results import ElboForms, forms_of
from flowlab.core.diffusion.likelihood_bound import likelihood_bound
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.diffusion.elbo import (
    _laid_out,
    nearest,
    paint_elbo,
    sums_of,
    term_words,
)

WIDTH, HEIGHT = 900, 560
DOCUMENT = Document(
    target=Gaussian(std_x=0.7, std_y=0.7),
    view=View(name="elbo", shows="exact"),
    diffusion=Diffusion(T=60, bound_points=40),
)


@lru_cache(maxsize=1)
def frame() -> Frame:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    bundle = likelihood_bound(DOCUMENT, oracle, PlanOptions())
    return Frame(bundle=bundle, t=0.5, document=DOCUMENT, theme=DARK)


def forms() -> ElboForms:
    found = forms_of(frame().bundle)
    assert found is not None
    return found


def stage(shown: Frame, width: int = WIDTH) -> Stage:
    return Stage(shown, width, HEIGHT, 1.0, False, Scratch())


def painted(shown: Frame) -> np.ndarray:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_elbo(painter, stage(shown))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)
    return pixels[..., 2::-1].astype(int)


def test_a_bar_is_as_high_as_its_nats_and_lies_at_its_steps(qapp: object) -> None:
    shown, found = frame(), forms()
    axes, bars = _laid_out(stage(shown), found)
    picture, T = painted(shown), found.schedule.T
    for k in (3, len(bars.nats) // 2 + 6, len(bars.nats) - 2):
        x = axes.x(1 - (bars.first[k] + bars.last[k] - 1) / 2 / T)
        y = axes.y(bars.nats[k])
        column = picture[:, round(x) - 1]
        violet = np.abs(column - np.array(DARK.learned)).sum(1) < 30
        assert np.flatnonzero(violet).min() == pytest.approx(y, abs=2)
    assert axes.y(1.0) - axes.y(10.0) == pytest.approx(axes.y(0.1) - axes.y(1.0))


def test_the_bar_at_t_is_lit(qapp: object) -> None:
    def lit(t: float) -> float:
        picture = painted(replace(frame(), t=t))
        axes, _ = _laid_out(stage(frame()), forms())
        row = picture[round(axes.plot.y + axes.plot.height) - 3]
        bright = np.flatnonzero(np.abs(row - np.array(DARK.text)).sum(1) < 20)
        return float((bright.mean() - axes.plot.x) / axes.plot.width)

    assert lit(0.3) == pytest.approx(0.3, abs=0.03)
    assert lit(0.8) == pytest.approx(0.8, abs=0.03)
    assert not painted(replace(frame(), bundle=None)).any()
    assert nearest(frame(), 0.0, 0.0, 1.0, 1.0) is None


def test_the_sums_lead_from_term_to_term() -> None:
    found = forms()
    bars = sums_of(found, DARK)
    assert [bar.title for bar in bars][-3:] == [
        "Bound on −log p",
        "−log p, exact",
        "Bound, first form",
    ]
    reconstruction, matching, prior, total = bars[:4]
    assert matching.start == reconstruction.end
    assert prior.start == pytest.approx(matching.end)
    assert prior.end == pytest.approx(total.end)
    assert len(sums_of(replace(found, first=None), DARK)) == 5
    blank = replace(found, second=replace(found.second, exact=None, gap=None))
    assert [bar.leads for bar in sums_of(blank, DARK)][3] is False


def test_the_step_at_t_is_told_in_words() -> None:
    found = forms()
    assert term_words(found, 1.0).startswith("k = 1 of 60: reconstruction −")
    assert term_words(found, 0.5).startswith("k = 30 of 60: matching 0.0")


@pytest.mark.parametrize("width", [420, 900, 1900])
def test_bars_and_sums_have_room_of_their_own(width: int) -> None:
    captioned = replace(frame(), caption="mean over 40 points · " * 6)
    axes, bars = _laid_out(stage(captioned, width), forms())
    plot, sums = axes.plot, axes.sums
    right = axes.reconstruction.x + axes.reconstruction.width
    assert right <= sums.x or plot.y + plot.height + 40 <= sums.y
    assert sums.x + sums.width <= width
    assert sums.y + sums.height < HEIGHT
    assert plot.width / len(bars.nats) >= 4.5
