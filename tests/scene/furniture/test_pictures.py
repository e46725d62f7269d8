"""Pictures side by side: whose each pixel is, and which has caption and heading."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK
from flowlab.scene.furniture.card import wrapped
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.pane_heading import EDGE, PAD
from flowlab.scene.furniture.pictures import Picture, Pictures, covered, heading_in
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


def test_each_third_is_that_of_its_picture_and_the_last_has_the_caption(qtbot: QtBot) -> None:
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


def test_a_value_stays_with_its_error_when_lines_are_broken(qtbot: QtBot) -> None:
    metrics = QFontMetricsF(small_font())
    width = metrics.horizontalAdvance("W₂ at t = 1: 0.5 ±")
    lines = wrapped(metrics, "W₂ at t = 1: 0.5 ± 0.1", width)
    assert [line.replace("\u00a0", " ") for line in lines] == ["W₂ at t = 1:", "0.5 ± 0.1"]
