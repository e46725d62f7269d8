"""The four pictures of one model: equations with their numbers, arrows, and denoised points."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.diffusion.face_results import faces_of
from flowlab.core.diffusion.faces import faces
from flowlab.core.diffusion.settings import ERROR, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Shape
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene import canvas
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK
from flowlab.scene.diffusion import face_errors
from flowlab.scene.diffusion import faces as pictures
from tests.helpers.noise_models import DATA, NOISE, untrained

WIDE, HIGH = 900, 700


@lru_cache(maxsize=2)
def frame(source: Shape = NOISE) -> Frame:
    document = Document(
        source=source,
        target=DATA,
        network=Network(width=8, depth=1),
        view=View(name="faces", show_ends=False),
    )
    bundle = faces(document, untrained(document), PlanOptions(coarse=True))
    camera = Camera(0.0, 0.0, 3.0)
    return Frame(bundle=bundle, t=0.6, document=document, camera=camera, card=False, theme=DARK)


def painted(shown: Frame) -> np.ndarray:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas.paint(painter, WIDE, HIGH, shown)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)
    return rows[..., 2::-1].astype(int)


def test_each_face_has_its_equation_with_the_numbers_at_this_t(qapp: object) -> None:
    noise, denoised, score, velocity = pictures._pictures(frame(Gaussian()))
    assert noise.lines[:3] == ["k = 400 of 1,000", "ε = E[x₀ | x]", "x = 0.442 x₁ + 0.897 ε"]
    assert denoised.lines[2] == "D = (x − b ε)/a = (x − 0.897 ε)/0.442"
    assert score.lines[2] == "s = −ε/b = −ε/0.897"
    assert velocity.lines[2] == "v = D − ε = (x − 1.34 ε)/0.442"  # a + b = 1.339
    assert all(each.lines[3].startswith("off by ") for each in (noise, score))
    assert "C⁻¹(ε − m)" in pictures._pictures(frame())[2].lines[2]
    last = pictures._pictures(replace(frame(), t=1.0))[0]
    assert last.lines[0] == "k = 1 of 1,000"  # without noise there is no score


@pytest.mark.parametrize("name", ["noise", "denoised", "score", "velocity"])
def test_every_face_is_drawn_in_its_colour_where_mass_passes(qapp: object, name: str) -> None:
    shown = frame()
    titles = {"noise": 0, "denoised": 1, "score": 2, "velocity": 3}
    one = pictures._pictures(shown)[titles[name]].frame
    assert one.bundle is not None
    bare = painted(replace(one, bundle=replace(one.bundle, extra=None)))
    ink = np.abs(painted(one) - bare).sum(2) > 30
    assert 0.005 < ink.mean() < 0.3
    colour = np.array(pictures.colour_of(DARK, name))
    nearest = np.abs(painted(one)[ink] - colour).sum(1).min()
    assert nearest < 40


def test_errors_are_maps_with_a_scale_of_their_own_each() -> None:
    shown = frame()
    wanted = replace(shown, document=replace(shown.document, diffusion=Diffusion(faces_as=ERROR)))
    maps = faces_of(shown.bundle)
    assert maps is not None
    assert maps.away is not None
    k, sheet = maps.nearest(shown.t), face_errors.sheet_of(wanted)
    for (name, away), pane in zip(maps.away.items(), sheet.panes, strict=True):
        np.testing.assert_array_equal(pane.values, away[k])
        assert f"|{pictures.SYMBOLS[name]} − exact|" in pane.lines[1]
        assert 0.4 < np.nanquantile(away[k], 0.98) / pane.high <= 1
    assert face_errors.PICTURES.choose(wanted) is face_errors.ERRORS
    assert face_errors.PICTURES.choose(shown) is pictures.PICTURES
    unknown = replace(wanted, bundle=replace(wanted.bundle, extra=replace(maps, away=None)))
    assert face_errors.PICTURES.choose(unknown) is pictures.PICTURES
    assert face_errors.PICTURES.is_tiled(unknown)
    assert painted(wanted).std() > 0


def test_colours_end_at_a_round_number() -> None:
    assert [face_errors.end_of(np.full(9, value)) for value in (0.013, 0.3, 7.0, 1.0)] == (
        pytest.approx([0.02, 0.5, 10, 1])
    )
    assert face_errors.end_of(np.array([np.nan])) == 1
