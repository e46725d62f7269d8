"""Pictures side by side: whose each pixel is, and which has caption and heading."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK
from flowlab.scene.furniture.pictures import Picture, Pictures

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
