"""Pictures of memorisation: crosses on the training points, arrows on one scale, and headings."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.diffusion.memorisation_results import Memories, MemoryPicture, memories_of
from flowlab.core.diffusion.memorising import memorising
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Layer, Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.diffusion.memorisation import (
    PICTURES,
    crosses,
    entries,
    half_of,
    lines_of,
    paint_expected,
    paint_training_points,
    title_of,
)
from tests.helpers.noise_models import TWO

DOCUMENT = Document(
    target=TWO,
    view=View(name="memorisation", particles=60, shows="exact"),
    diffusion=Diffusion(training_points=16, T=50, steps=20),
)


@lru_cache(maxsize=1)
def frame() -> Frame:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    bundle = memorising(DOCUMENT, oracle, PlanOptions())
    return Frame(bundle=bundle, t=0.9, document=DOCUMENT, camera=Camera(0, 0, 4), theme=DARK)


def memories() -> Memories:
    found = memories_of(frame().bundle)
    assert found is not None
    return found


def stage(k: int, t: float = 0.9) -> Stage:
    """One of both pictures."""
    one = PICTURES.pictures(frame())[k].frame
    return Stage(replace(one, t=t, camera=Camera(0, 0, 4)), 400, 400, 1.0, False, Scratch())


def ink(layer: Layer, shown: Stage) -> np.ndarray:
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    layer(painter, shown)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(400, 400, 4)
    return pixels[..., 2::-1].astype(int)


def test_every_training_point_has_a_cross(qapp: object) -> None:
    shown = stage(0)
    picture = ink(paint_training_points, shown)
    for x, y in shown.pixels(memories().points).round().astype(int).tolist():
        part = picture[y - 1 : y + 2, x - 1 : x + 2]
        assert np.abs(part - np.array(DARK.source)).sum(-1).min() < 60
    assert len(crosses(np.zeros((3, 2), np.float32), 4.0)) == 6
    assert half_of(16) > half_of(1000) > half_of(16_000) > 1


def test_arrows_have_the_colour_of_their_field_and_one_scale(qapp: object) -> None:
    few, whole = (ink(paint_expected, stage(k)) for k in (0, 1))
    assert (few.sum(2) > 60).mean() > 0.005
    for picture, colour in ((few, DARK.warn), (whole, DARK.exact)):
        lit = picture[picture.sum(2) > 200]
        apart = np.abs(lit - 0.75 * np.array(colour)).sum(1)
        assert np.median(apart) < 60
    assert not ink(paint_expected, replace(stage(0), frame=frame())).any()


def test_headings_tell_what_each_field_knows() -> None:
    found = memories()
    first, second = found.panes
    assert title_of(found, first.kind) == "Exact for 16 points"
    assert title_of(found, second.kind) == "Exact for the whole target"
    assert title_of(replace(found, exact=False), second.kind) == "The network"
    assert lines_of(found, first, 0.5)[0] == "k = 25 of 50"
    learned = replace(found, exact=False, trained_on_these=True, bare=True)
    assert lines_of(learned, second, 0.5)[1] == "learns from these points alone"
    assert lines_of(learned, second, 0.5)[3].startswith("of each point to the others")
    assert entries(stage(0))[0].text == "training point"
    assert entries(replace(stage(0), frame=frame())) == []


def test_a_picture_is_left_for_another_only_with_as_many_particles() -> None:
    bundle = frame().bundle
    assert bundle is not None
    assert PICTURES.is_tiled(frame())
    before = PICTURES.pictures(replace(frame(), blend_from=bundle))
    assert before[1].frame.blend_from is memories().panes[1].bundle
    fewer = [replace(p, bundle=p.bundle.select(np.arange(5))) for p in memories().panes]
    old = replace(bundle, extra=replace(memories(), panes=tuple(fewer)))
    assert PICTURES.pictures(replace(frame(), blend_from=old))[0].frame.blend_from is None
    extra = before[0].frame.bundle.extra  # type: ignore[union-attr]
    assert isinstance(extra, MemoryPicture)
    assert extra.compact() is extra
    points = memories().compact().panes[0].bundle.at(1.0)
    np.testing.assert_allclose(points, memories().panes[0].bundle.at(1.0), atol=1e-3)
