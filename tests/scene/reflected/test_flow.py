"""Pictures of flow matching between walls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.shapes import Polygon
from flowlab.core.reflected.uniform_source import uniform_source
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.framing import fitted
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.canvas import paint
from flowlab.scene.reflected import flow
from tests.helpers.between_walls import between_walls

WIDE, HIGH = 640, 480


def painted(shown: Frame) -> QImage:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint(painter, WIDE, HIGH, shown, scratch=Scratch(), dpr=1.0)
    painter.end()
    return image


class Away:
    """A field that carries everything beyond the walls."""

    def velocity(self, x: Any, t: Any) -> Any:
        return 0 * x * t + 9


def flow_frame(t: float = 0.5, *, n: int = 60) -> Frame:
    """Of a flow in a star, to a small triangle in its upper tip."""
    tip = Polygon(vertices=((-0.3, 1.5), (0.3, 1.5), (0.0, 2.2)))
    given = between_walls("flow_between_walls", n=n, walls="drawn")
    given = replace(given, source=uniform_source(given.reflected), target=tip)
    bundle = plan_of("flow_between_walls")(given, Away(), PlanOptions())
    assert isinstance(bundle, Bundle)
    camera = fitted(bundle, given.view, WIDE, HIGH)
    return Frame(bundle=bundle, document=given, t=t, camera=camera, theme=DARK)


def test_the_flow_s_pictures_tell_what_is_outside() -> None:
    shown = flow_frame(1.0)
    lines, free, reflected, exact = flow.PICTURES.pictures(shown)
    titles = [picture.title for picture in (lines, free, reflected, exact)]
    assert titles == ["Straight lines", "Without walls", "Reflected", "Exact velocity"]
    assert "cross a wall" in lines.lines[1]
    assert free.lines[0].startswith("100.0 % outside")
    assert reflected.lines[0].startswith("0.0 % outside")
    assert all("W₂ at t = 1: " in picture.lines[1] for picture in (free, reflected, exact))
    assert len({picture.dot for picture in (lines, free, reflected, exact)}) == 4
    image = painted(shown)
    assert image != painted(replace(shown, t=0.0))


def test_lines_that_cross_a_wall_have_the_colour_of_warnings() -> None:
    shown = flow_frame()
    lines = flow.PICTURES.pictures(shown)[0].frame
    bare = lines.with_view(show_particles=False)
    assert bare.bundle is not None
    assert len(bare.bundle.pairs) == 20

    def warm(frame: Frame) -> int:
        image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        flow.paint_lines(painter, Stage(frame, WIDE, HIGH, 1.0, False, Scratch()))
        painter.end()
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)
        return int((pixels[..., 2] > 150).sum())

    assert warm(bare) > 500
    reflected = flow.PICTURES.pictures(shown)[2].frame
    assert warm(reflected) == 0
