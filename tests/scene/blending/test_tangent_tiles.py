"""Three tangent fields side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from flowlab.core.blending.settings import Blending
from flowlab.core.blending.tangent.results import tangents_of as tangents_in
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK
from flowlab.scene.blending.tangent_tiles import fields_of, tile_at
from flowlab.scene.canvas import paint
from flowlab.ui.base.theme import apply_theme
from tests.helpers.pictures import seen
from tests.scene.tangent_fields import bundle_of, swirl, tangents_of

WIDTH, HEIGHT = 900, 400


@pytest.fixture
def frame(qapp: QApplication) -> Frame:
    apply_theme(qapp, DARK)
    return Frame(
        bundle=bundle_of(tangents_of(swirl)),
        t=0.5,
        document=Document(view=View(name="tangent_field"), blending=Blending(field="beside")),
        camera=Camera(0.0, 0.0, 3.0),
        theme=DARK,
    )


def painted(frame: Frame) -> np.ndarray:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint(painter, WIDTH, HEIGHT, frame)
    painter.end()
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(HEIGHT, WIDTH, 4)[..., :3].astype(int)


def test_each_third_shows_a_field_of_its_own(frame: Frame) -> None:
    assert fields_of(frame) == ["estimate", "exact", "learned"]
    thirds = np.split(painted(frame)[60:300], 3, axis=1)
    for third in thirds:
        assert (third.max(2) - third.min(2) > 60).mean() > 0.1  # colours of directions
    assert np.abs(thirds[0] - thirds[1]).mean() > 0.5


def test_a_field_that_is_not_known_has_no_place(frame: Frame) -> None:
    assert frame.bundle is not None
    assert tangents_in(frame.bundle) is not None
    bundle = replace(frame.bundle, extra=replace(tangents_in(frame.bundle), exact=None))
    assert fields_of(replace(frame, bundle=bundle)) == ["estimate", "learned"]


def test_a_pixel_is_told_in_which_picture_it_lies(frame: Frame) -> None:
    boxes = [tile_at(frame, WIDTH, HEIGHT, x, 200.0) for x in (10.0, 450.0, 890.0)]
    assert [round(found[1].x) for found in boxes] == [0, 300, 600]
    alone = seen(frame, blending=replace(frame.document.blending, field="exact"))
    assert drawing_of("tangent_field").tiles(alone) is None
