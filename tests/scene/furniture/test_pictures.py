"""Pictures side by side: whose each pixel is, and which has caption and heading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from pytestqt.qtbot import QtBot

from flowlab.core.array_types import Ints
from flowlab.core.document.document import Document
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.furniture.caption import wrapped as wrapped_caption
from flowlab.scene.furniture.card import wrapped
from flowlab.scene.furniture.foot import foot_of
from flowlab.scene.furniture.ground import paint_numbers, small_font
from flowlab.scene.furniture.pane_heading import EDGE, PAD
from flowlab.scene.furniture.pictures import Picture, Pictures, covered, heading_in
from flowlab.scene.furniture.side_by_side import left_of
from flowlab.scene.furniture.tiles import boxes

WIDE, HIGH = 900.0, 400.0
FRAME = Frame(
    bundle=None, t=0.0, document=Document(), theme=DARK, camera=Camera(0.0, 0.0, 2.5), caption="all"
)


def pictures(lines: tuple[str, ...] = ()) -> Pictures:
    return Pictures(
        is_tiled=lambda _: True,
        pictures=lambda frame: [
            Picture(frame=replace(frame, t=t), title="One", lines=more, dot=DARK.text)
            for t, more in ((0.0, ()), (0.5, ()), (1.0, lines))
        ],
        reach=lambda _: (-2.0, 2.0, -2.0, 2.0),
        is_hovered=lambda frame: frame.t < 1,
    )


def test_each_third_is_that_of_its_picture_and_none_has_the_caption(qtbot: QtBot) -> None:
    for k, (t, caption) in enumerate(((0.0, ""), (0.5, ""))):
        found = pictures().frame_at(FRAME, WIDE, HIGH, 300.0 * k + 150, 200)
        assert found is not None
        frame, box = found
        assert (frame.t, frame.caption, box.x, box.width) == (t, caption, 300.0 * k, 300.0)
    assert pictures().frame_at(FRAME, WIDE, HIGH, 750, 200) is None  # nothing to pick there
    assert pictures().tile_at(FRAME, WIDE, HIGH, 750, 200)[1].x == 600


def test_the_deepest_heading_moves_all_pictures_down_alike(qtbot: QtBot) -> None:
    def cameras(lines: tuple[str, ...]) -> list[Camera]:
        return [pictures(lines).tile_at(FRAME, WIDE, HIGH, x, 9)[0] for x in (10, 450, 890)]

    plain, deep = cameras(()), cameras(("a line", "another"))
    assert len(set(plain)) == len(set(deep)) == 1
    assert deep[0].half_height > plain[0].half_height
    assert deep[0].centre_y > plain[0].centre_y > 0


def test_only_the_heading_at_the_top_right_keeps_clear_of_the_button_there(qtbot: QtBot) -> None:
    """Cards ended below the lens's button at 1280 x 720."""
    frame, text = replace(FRAME, corner=50.0), "word " * 30
    places = boxes(8, WIDE, HIGH, 1.0)
    found = [heading_in(frame, b, "One", [text], covered(frame, b, places)) for b in places]
    for box, heading in zip(places, found, strict=True):
        right = box.x + EDGE + heading.across + 2 * PAD
        corner = box.y == 0 and box.x + box.width >= WIDE - 1
        assert right <= (WIDE - 50 if corner else box.x + box.width - EDGE)
    assert sum(covered(frame, box, places) > 0 for box in places) == 1
    assert not any(covered(FRAME, box, places) for box in places)  # as in exports


def test_a_title_keeps_clear_of_the_button_too(qtbot: QtBot) -> None:
    """It was cut at 1024 x 768, where three maps lie side by side."""
    frame = replace(FRAME, corner=50.0)
    places = boxes(3, 780.0, 300.0, 1.0)
    assert len({box.y for box in places}) == 1
    for title in ("Learned − exact", "Untrained network", "Exact divergence"):
        for box in places:
            heading = heading_in(frame, box, title, [], covered(frame, box, places))
            assert " ".join(heading.titles) == title
            assert heading.corner[0] <= box.width - (50.0 if box is places[-1] else 3.0)


def painted(frame: Frame, width: int, height: int) -> Ints:
    """Grey levels (height, width) of three empty pictures with headings."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    pictures().paint_tiled(painter, width, height, frame, Scratch(), 1.0, lambda *_: None)
    painter.end()
    return np.array(image.bits(), np.uint8).reshape(height, width, 4)[..., :3].sum(2, dtype=int)


@pytest.mark.parametrize("width", [776, 520, 260])
def test_the_caption_has_a_ground_of_its_own_below_all_pictures(qtbot: QtBot, width: int) -> None:
    parts = "5,000 particles", "ODE RK4 8", "SDE, 80 steps", "last velocity at t = 1 − h/2"
    frame = replace(FRAME, caption=" · ".join((*parts, "training step 12,000")))
    room = width - 26
    assert wrapped_caption(frame.caption, room)[-1].endswith("12,000")
    lines = len(wrapped_caption(frame.caption, room))
    foot = foot_of(frame, width)
    assert foot == 34 + 20 * (lines - 1)
    box = pictures().tile_at(frame, width, HIGH, width - 1, HIGH - foot - 1)[1]
    assert box.y + box.height == pytest.approx(HIGH - foot, abs=1)
    said, silent = (
        painted(each, width, int(HIGH)) for each in (frame, left_of(replace(frame, beside=None)))
    )
    written = np.flatnonzero((said != silent).any(1))
    assert HIGH - foot < written.min() < HIGH - foot + 20
    assert written.max() < HIGH - 5


def test_no_number_of_an_axis_lies_under_a_heading(qtbot: QtBot) -> None:
    def numbers(head: tuple[float, float]) -> Ints:
        image = QImage(260, 400, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        frame = replace(FRAME, head=head)
        paint_numbers(painter, Stage(frame, 260.0, 400.0, 1.0, False, Scratch()))
        painter.end()
        return np.array(image.bits(), np.uint8).reshape(400, 260, 4)[..., 3].astype(int)

    deep, free = 170, numbers((0.0, 0.0))
    for wide in (60, 150):
        kept = numbers((wide, deep))
        assert free[:deep, :wide].any()
        assert not kept[:deep, :wide].any()
        assert kept[deep:].any()  # the others stay
        assert kept[:20, 120:].any() == (wide < 120)


def test_a_value_stays_with_its_error_when_lines_are_broken(qtbot: QtBot) -> None:
    metrics = QFontMetricsF(small_font())
    width = metrics.horizontalAdvance("W₂ at t = 1: 0.5 ±")
    lines = wrapped(metrics, "W₂ at t = 1: 0.5 ± 0.1", width)
    assert [line.replace("\u00a0", " ") for line in lines] == ["W₂ at t = 1:", "0.5 ± 0.1"]
