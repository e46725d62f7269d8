"""The diffusion room's pictures: side by side, in two strips, and against time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.diffusion.plan import denoising
from flowlab.core.diffusion.results import strips_of
from flowlab.core.diffusion.settings import DDPM, IADB, NONE, NOT_A_SAMPLER, ODE, TEXT, Diffusion
from flowlab.core.diffusion.strip import noising
from flowlab.core.diffusion.time_plane import time_plane
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene import canvas
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.diffusion import denoising as pictures
from flowlab.scene.diffusion import strip, strip_marks
from flowlab.scene.diffusion import time_plane as plane
from flowlab.scene.furniture import time_processes
from flowlab.scene.furniture.tiles import banded, boxes
from tests.helpers.noise_models import NOISE, TWO, untrained

WIDE, HIGH = 900, 480
PLANS = {"samplers": denoising, "noising": noising, "diffusion_time_plane": time_plane}


def frame(view: str, t: float = 0.6, shown: dict[str, Any] | None = None, **settings: Any) -> Frame:
    document = Document(
        source=NOISE,
        target=TWO,
        network=Network(width=8, depth=1),
        view=View(name=view, particles=80, highlighted=3, **(shown or {})),
        diffusion=Diffusion(**{"steps": 12, "T": 300, **settings}),
    )
    bundle = PLANS[view](document, untrained(document), PlanOptions())
    camera = Camera(0.0, 0.0, 3.0)
    return Frame(bundle=bundle, t=t, document=document, camera=camera, card=False, theme=DARK)


def painted(shown: Frame) -> np.ndarray:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas.paint(painter, WIDE, HIGH, shown)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)
    return rows[..., 2::-1].astype(int)


def test_each_sampler_has_a_titled_picture_with_its_noise_level(qapp: object) -> None:
    shown = frame("samplers", second=TEXT, third=IADB, clamp=True)
    made = pictures._pictures(shown)
    assert [each.title for each in made] == ["DDPM", "The text's step", "IADB"]
    assert all(each.lines[0] == "k = 120 of 300" for each in made)
    assert "clamped to ±1, in units of the scaled data" in made[0].lines
    assert NOT_A_SAMPLER in made[1].lines
    assert len({each.dot for each in made}) == 3


def test_what_is_refused_has_an_empty_picture_with_the_reason(qapp: object) -> None:
    shown = frame("samplers")
    bundle = shown.bundle
    assert bundle is not None
    extra = replace(bundle.extra, refused=((IADB, "Because."),))  # type: ignore[type-var]
    made = pictures._pictures(replace(shown, bundle=replace(bundle, extra=extra)))
    assert made[-1].title == "IADB"
    assert made[-1].lines == ["Because."]
    assert made[-1].frame.bundle is not None
    assert made[-1].frame.bundle.count == 0


@pytest.mark.parametrize("view", PLANS)
def test_a_source_that_is_no_noise_is_refused_in_the_picture(qapp: object, view: str) -> None:
    shown = frame(view)
    document = replace(shown.document, source=Disc())
    bundle = PLANS[view](document, untrained(shown.document), PlanOptions())
    shown = replace(shown, bundle=bundle, document=document)
    tiles = drawing_of(view).tiles(shown)
    assert tiles is not None
    made = tiles.pictures(shown)  # type: ignore[attr-defined]
    assert "choose one Gaussian as the source" in made[0].lines[0]
    assert painted(shown).std() > 2


def test_rings_of_ddim_surround_the_dots_of_iadb(qapp: object) -> None:
    """Around the first particle is ink at the rings' radius, and none without the other sampler."""
    shown = frame("samplers", t=1.0, first=DDPM, second=NONE, third=NONE, iadb_is_ddim=True)
    twin = pictures._pictures(shown)[-1]
    assert twin.title == "IADB is DDIM"
    assert any("η = 0" in line for line in twin.lines)
    bundle = twin.frame.bundle
    assert bundle is not None
    bare = replace(twin.frame, bundle=replace(bundle, extra=None), legend=False)
    with_rings = replace(twin.frame, legend=False)
    view = {"show_ends": False, "show_paths": False, "show_trails": False}
    inks = []
    for each in (bare, with_rings):
        image = painted(each.with_view(name="samplers", **view))
        x, y = each.camera.to_screen(bundle.at(1.0)[:1], WIDE, HIGH)[0]
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        rows, columns = np.rint(y + 4.5 * np.sin(turn)), np.rint(x + 4.5 * np.cos(turn))
        inks.append(image[rows.astype(int), columns.astype(int)].sum(1))
    assert (inks[1] - inks[0] > 60).mean() > 0.8


def test_bands_are_halves_divided_alike() -> None:
    made = banded(20, 2, 1000.0, 640.0, head=75.0)
    above, below = made[:10], made[10:]
    assert above == boxes(10, 1000.0, 320.0, head=75.0)
    assert {box.y for box in below} == {box.y + 320.0 for box in above}


def test_both_strips_show_the_same_levels_one_below_the_other(qapp: object) -> None:
    shown = frame("noising", panels=5)
    made = strip._pictures(shown)
    titles = [each.title for each in made]
    assert titles[:5] == titles[5:] == [f"k = {k}" for k in (240, 180, 120, 60, 0)]
    _, box = strip.PICTURES.tile_at(shown, WIDE, HIGH, 5.0, 5.0)
    _, other = strip.PICTURES.tile_at(shown, WIDE, HIGH, 5.0, HIGH / 2 + 5.0)
    assert (other.x, other.width) == (box.x, box.width)
    nearest = painted(shown), painted(replace(shown, t=1.0))
    changed = np.flatnonzero(np.abs(nearest[0] - nearest[1]).sum((0, 2)))
    assert changed.min() < 0.7 * WIDE < 0.8 * WIDE < changed.max()  # the frames have moved


def test_a_point_that_is_pinned_is_the_one_whose_way_is_marked(qapp: object) -> None:
    shown = frame("noising")
    assert strip_marks.marked(shown) == 0
    assert strip_marks.marked(replace(shown, pinned=(4, 7))) == 7
    strips = strips_of(shown.bundle)
    assert strips is not None
    there = strip_marks._so_far(strips.forward, 7, 0.5, forward=True)
    back = strip_marks._so_far(strips.backward, 7, 0.5, forward=False)
    np.testing.assert_allclose(there[-1], strips.forward.at(1.0)[7])
    np.testing.assert_allclose(there[0], strips.forward.at(0.5)[7])
    np.testing.assert_allclose(back[0], strips.backward.at(0.0)[7])
    np.testing.assert_allclose(back[-1], strips.backward.at(0.5)[7])


@pytest.mark.parametrize("angle", [0.0, 90.0])
def test_against_time_every_sampler_has_paths_and_the_density_is_theirs(
    qapp: object, angle: float
) -> None:
    shown = frame("diffusion_time_plane", angle=angle, third=ODE, second=NONE)
    stage = Stage(shown, float(WIDE), float(HIGH), 1.0, False, Scratch())
    made = time_processes.plane_of(stage, plane.known_of(stage))
    assert [strand.title for strand in made.strands] == ["DDPM", "Probability-flow ODE"]
    assert made.density is not None
    assert shown.bundle is not None
    ddpm = made.strands[0]
    axis = 0 if angle == 0.0 else 1
    np.testing.assert_allclose(ddpm.paths[-1], shown.bundle.at(1.0)[:3, axis], atol=1e-6)
    assert painted(shown).std() > 5
    assert drawing_of("diffusion_time_plane").why_no_lens(shown.document)


def test_the_particle_is_found_on_its_path(qapp: object) -> None:
    shown = frame("diffusion_time_plane", second=NONE, third=NONE)
    assert plane.nearest(shown, 2.0, HIGH - 2.0, WIDE, HIGH) is None
    found = {
        plane.nearest(shown, x, y, WIDE, HIGH)
        for x in range(100, 600, 40)
        for y in range(60, HIGH - 60, 12)
    }
    assert {0, 1, 2} <= found
