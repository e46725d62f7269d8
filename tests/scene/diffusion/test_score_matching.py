"""Pictures of score matching: arrows over densities, or maps of errors."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.diffusion.score_matching import score_matching
from flowlab.core.diffusion.score_results import ENERGY, EXACT, WAYS, fits_of
from flowlab.core.diffusion.settings import ERROR, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Ring
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.diffusion.score_matching import (
    PICTURES,
    ScorePane,
    extent,
    paint_score,
    sheet_of,
)


@lru_cache(maxsize=1)
def frame() -> Frame:
    document = Document(
        target=Ring(),
        network=Network(width=8, depth=1),
        view=View(name="learned_scores"),
        diffusion=Diffusion(score_steps=40),
    )
    bundle = score_matching(document, None, PlanOptions())  # type: ignore[arg-type]
    return Frame(bundle=bundle, t=1.0, document=document, camera=Camera(0, 0, 4), theme=DARK)


def test_only_the_data_and_the_energy_have_a_density() -> None:
    shown = frame()
    fits = fits_of(shown.bundle)
    assert fits is not None
    assert PICTURES.is_tiled(shown)
    panes = dict(zip((EXACT, *WAYS), sheet_of(shown).panes, strict=True))
    blank = {name for name, pane in panes.items() if np.isnan(pane.values).all()}
    assert blank == set(WAYS) - {ENERGY}
    assert panes[ENERGY].values is not panes[EXACT].values
    np.testing.assert_array_equal(panes[ENERGY].values, fits.energy.maps[-1])
    lengths = np.hypot(*panes[EXACT].vectors.T)  # type: ignore[attr-defined]
    assert 0.5 < np.sqrt(np.square(lengths).mean()) < 2  # in units of their typical one
    assert panes["sliced"].lines[1] == "40 of 40 steps"
    assert panes["sliced"].lines[2].startswith("off by ")
    assert panes["conditioned"].lines[0].endswith("σ to 3")
    first = sheet_of(replace(shown, t=0.0)).panes[1]
    assert first.lines[1] == "0 of 40 steps"


def test_errors_are_maps_on_one_scale() -> None:
    shown, fits = frame(), fits_of(frame().bundle)
    assert fits is not None
    document = replace(shown.document, diffusion=Diffusion(scores_as=ERROR))
    sheet = sheet_of(replace(shown, document=document))
    assert [pane.title for pane in sheet.panes] == list(WAYS.values())
    assert {(pane.low, pane.high) for pane in sheet.panes} == {(0.0, fits.size)}
    np.testing.assert_array_equal(sheet.panes[2].values, fits.fits["denoising"].error[-1])
    x0, x1, y0, y1 = extent(fits) or (0, 0, 0, 0)
    assert x0 < fits.places[:, 0].min() < fits.places[:, 0].max() < x1
    assert y0 < fits.places[:, 1].min() < fits.places[:, 1].max() < y1
    assert extent(None) is None


def test_arrows_are_drawn_in_the_colour_of_their_way(qapp: object) -> None:
    shown = frame()
    pane = sheet_of(shown).panes[3]
    assert isinstance(pane, ScorePane)
    assert shown.bundle is not None

    def ink(bundle_frame: Frame) -> np.ndarray:
        image = QImage(300, 300, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_score(painter, Stage(bundle_frame, 300, 300, 1.0, False, Scratch()))
        painter.end()
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(300, 300, 4)
        return pixels[..., 2::-1].astype(int)

    drawn = ink(replace(shown, bundle=replace(shown.bundle, extra=pane)))
    lit = drawn.sum(2) > 60
    assert 0.002 < lit.mean() < 0.3
    assert np.abs(drawn[lit] - np.array(DARK.learned)).sum(1).min() < 60
    assert not ink(shown).any()
