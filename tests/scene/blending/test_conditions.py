"""Generations side by side: a picture for each, titled, in the colour of the class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from flowlab.core.blending.generations import Generations, Panel, generations_of
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.lens import LensAnswer, LensQuery
from flowlab.scene import canvas
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.scene.blending.conditions import _headings, tile_at
from flowlab.scene.furniture.pane_heading import EDGE
from flowlab.scene.furniture.tiles import boxes, camera_in
from tests.helpers.pictures import seen

VIEW = View(name="conditions", show_ends=False, show_trails=False, show_paths=False)
WIDE, HIGH = 640, 480


def panel(title: str, where: float, **figures: float) -> Panel:
    """40 points that move from the middle to a place on the x axis."""
    start = np.random.default_rng(0).normal(0, 0.15, (40, 2)).astype(np.float32)
    points = np.stack([start, start + np.array([where, 0.0], np.float32)])
    cloud = np.random.default_rng(1).uniform(-4, 4, (100, 2)).astype(np.float32)
    flow = Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=points,
        labels=np.full(40, 5),
        classes=(1, 3, 5),
        source=cloud,
        target=cloud,
        method="rk4",
    )
    return Panel(title=title, bundle=flow, **figures)


def frame(t: float = 1.0, theme: Theme = DARK, view: View = VIEW, **changes: object) -> Frame:
    reference = panel("Reference", 0.0)
    panels = (
        replace(reference, bundle=replace(reference.bundle, method="")),
        panel("Generation 1", -3.0, accuracy=Estimate(0.9, 0.01), distance=Estimate(0.5, 0.02)),
        panel("Generation 2", 0.0, accuracy=Estimate(0.8, 0.01), distance=Estimate(0.4, 0.02)),
        panel("Generation 3", 3.0, accuracy=Estimate(0.7, 0.01)),
    )
    made = Generations(
        condition=5,
        name="2",
        classes=(1, 3, 5),
        panels=panels,
        conditional=True,
        exact=False,
        accuracy=Estimate(0.99, 0.002),
        floor=Estimate(0.1, 0.01),
        spread=0.02,
        error=Estimate(0.05, 0.001),
    )
    bundle = replace(panels[1].bundle, extra=replace(made, **changes))  # type: ignore[arg-type]
    camera = Camera(0.0, 0.0, 4.0)
    return Frame(bundle=bundle, t=t, document=Document(view=view), theme=theme, camera=camera)


def painted(shown: Frame, scratch: Scratch | None = None) -> np.ndarray:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas.paint(painter, WIDE, HIGH, shown, scratch=scratch)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)
    return rows[..., 2::-1].astype(int)


def unit() -> float:
    """Pixels per unit of the plane in every tile."""
    camera, box = tile_at(frame(), WIDE, HIGH, 10, 10)
    return camera.scale(box.height)


def middle() -> float:
    """The row of the plane's middle in every tile."""
    camera, box = tile_at(frame(), WIDE, HIGH, 10, 10)
    return float(camera.to_screen(np.zeros(2), box.width, box.height)[1])


def of_colour(picture: np.ndarray, theme: Theme) -> np.ndarray:
    """Pixels that are close to the class's own colour."""
    far = np.abs(picture - class_colour(theme, 5)).sum(-1)
    return far < 90


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_each_generation_is_drawn_in_its_own_picture_in_the_class_s_colour(
    qapp: object, theme: Theme
) -> None:
    seen = of_colour(painted(frame(theme=theme)), theme)
    for row, column, where in ((0, 0, 0.0), (0, 1, -3.0), (1, 0, 0.0), (1, 1, 3.0)):
        tile = seen[row * 240 : (row + 1) * 240, column * 320 : (column + 1) * 320]
        y, x = np.nonzero(tile[80:])  # below the title
        assert len(x) > 40
        assert np.median(x) == pytest.approx(160 + where * unit(), abs=8)
        assert np.median(y + 80) == pytest.approx(middle(), abs=10)


def test_they_play_over_t(qapp: object) -> None:
    early, late = (of_colour(painted(frame(t)), DARK)[320:, 320:] for t in (0.25, 1.0))
    before, after = (np.median(np.nonzero(seen)[1]) for seen in (early, late))
    assert after - before == pytest.approx(0.75 * 3 * unit(), abs=8)


def test_titles_and_figures_are_written_and_notes_too(qapp: object) -> None:
    plain = painted(frame())
    told = painted(frame(note="The network is not told the class."))
    assert (plain != told)[:140, :320].any(-1).sum() > 100  # the reference's card has changed
    exact = painted(frame(exact=True, error=None))
    assert (exact != plain)[:240, :320].any()
    assert not (exact != plain)[240:].any()
    far = painted(frame(accuracy=Estimate(0.5, 0.1), floor=Estimate(9.0, 0.1)))
    assert (far != plain)[240:, :320].any()  # another scale has another noise floor
    assert not (far != plain)[240:, 320:].any()  # with lost points there is no distance


@pytest.mark.parametrize("size", [(640, 480), (1024, 640), (420, 900)])
@pytest.mark.parametrize(
    "note", ["", "The network is not told the class, so it makes all of them."]
)
def test_no_card_covers_a_picture(qapp: object, size: tuple[int, int], note: str) -> None:
    shown = frame(note=note)
    made = generations_of(shown.bundle)
    assert made is not None
    cards = _headings(shown, made, boxes(4, *size))
    for shape, place, card in zip(made.panels, boxes(4, *size), cards, strict=True):
        camera, box = tile_at(shown, *size, place.x + 1, place.y + 1)
        ends = np.concatenate([shape.bundle.source, *shape.bundle.points])
        top = camera.to_screen(ends, box.width, box.height)[:, 1].min()
        assert top >= EDGE + card.deep
        assert card.deep < 0.5 * box.height
        assert card.lines


def test_new_weights_bend_every_picture(qapp: object) -> None:
    old = frame().bundle
    assert old is not None
    assert generations_of(old) is not None
    shown = frame()
    assert shown.bundle is not None
    moved = tuple(
        replace(p, bundle=replace(p.bundle, points=p.bundle.points + np.float32(1)))
        for p in generations_of(old).panels
    )
    new = replace(shown.bundle, extra=replace(generations_of(old), panels=moved))
    half = replace(shown, bundle=new, blend_from=old, blend=0.5)
    places = [
        np.median(np.nonzero(of_colour(painted(f), DARK)[320:, :320])[1])
        for f in (shown, half, replace(half, blend=1.0))
    ]
    assert places[1] - places[0] == pytest.approx(unit() / 2, abs=5)
    assert places[2] - places[0] == pytest.approx(unit(), abs=5)


def test_two_moments_of_training_have_all_of_them(qapp: object) -> None:
    shown = frame()
    both = painted(replace(shown, beside=shown.bundle, titles=("before", "now")))
    seen = of_colour(both, DARK)
    for column in range(2):
        assert seen[:, column * 320 : (column + 1) * 320].sum() > 4 * 40


def test_the_lens_is_held_over_the_reference(qapp: object) -> None:
    look = LensQuery(-3.5, -3.0, 1.0, 0.5)
    sight = LensAnswer(
        query=look, paths=np.array([[[0.0, 0.0], [-3.5, -3.0]]], np.float32), straight=True
    )
    plain, lens = (painted(replace(frame(), lens=each)) for each in (None, sight))
    changed = np.nonzero((plain != lens).any(-1))
    assert len(changed[0]) > 400
    assert changed[0].max() < 240
    assert changed[1].max() < 320


def test_the_same_memory_gives_the_same_picture(qapp: object) -> None:
    scratch = Scratch()
    first = painted(frame(0.4), scratch)
    painted(frame(0.9), scratch)
    assert np.array_equal(painted(frame(0.4), scratch), first)
    assert np.array_equal(painted(frame(0.4)), first)


def test_another_view_s_bundle_is_one_picture(qapp: object) -> None:
    shown = frame()
    assert shown.bundle is not None
    alone = replace(shown, bundle=replace(shown.bundle, extra=None))
    assert drawing_of(alone.view.name).tiles(alone) is None
    assert (painted(alone) != painted(replace(alone, bundle=None))).any()
    other = seen(shown, view=replace(VIEW, name="trajectories"))
    assert drawing_of(other.view.name).tiles(other) is None


# --- where the pictures are ---------------------------------------------------------------------


def test_the_grid_fits_the_canvas() -> None:
    def shape(width: float, height: float) -> tuple[int, int]:
        found = boxes(4, width, height)
        return len({box.x for box in found}), len({box.y for box in found})

    assert shape(800, 600) == (2, 2)
    assert shape(1920, 480) == (4, 1)
    assert shape(400, 1600) == (1, 4)
    found = boxes(4, 801, 601, dpr=1.5)
    assert sum(box.width * box.height for box in found) == pytest.approx(801 * 601, rel=3e-3)
    assert all((1.5 * v) % 1 == pytest.approx(0) for box in found for v in (box.x, box.y))


@pytest.mark.parametrize(("size", "rows"), [((776, 660), [3]), ((520, 640), [2, 1])])
def test_three_pictures_leave_a_place_empty_where_they_are_much_larger_so(
    size: tuple[int, int], rows: list[int]
) -> None:
    found = boxes(3, *size, head=75.0)
    assert [sum(box.y == y for box in found) for y in sorted({box.y for box in found})] == rows
    assert np.ptp([(box.width, box.height) for box in found], axis=0).max() <= 1
    last = [box for box in found if box.y == found[-1].y]
    assert last[0].x == pytest.approx(size[0] - last[-1].x - last[-1].width, abs=1)


def test_what_is_to_be_seen_is_not_cut_off() -> None:
    camera, reach = Camera(1.0, 0.0, 3.0), (-4.0, 6.0, -2.0, 2.0)
    same = camera_in(camera, (800, 600), Box(0, 0, 400, 300), reach)
    assert same == camera
    narrow = camera_in(camera, (1600, 400), Box(0, 0, 400, 400), reach)
    x0, x1, _, _ = narrow.visible(400, 400)
    assert x0 < -4.0
    assert x1 > 6.0
    near = Camera(1.0, 0.0, 0.5)  # the user sees a part only
    x0, x1, _, _ = camera_in(near, (1600, 400), Box(0, 0, 400, 400), reach).visible(400, 400)
    assert (x0, x1) == pytest.approx(near.visible(1600, 400)[:2])


def test_a_pixel_knows_its_picture() -> None:
    found = tile_at(frame(), WIDE, HIGH, 400, 300)
    assert found is not None
    camera, box = found
    assert (box.x, box.y) == (320, 240)
    x, y = camera.to_plane(400 - box.x, 300 - box.y, box.width, box.height)
    assert (x, y) == pytest.approx(((80 - 160) / unit(), (middle() - 60) / unit()))
    made = generations_of(frame().bundle)
    assert made is not None
    cards = _headings(frame(), made, [box] * len(made.panels))
    head = EDGE + max(card.deep for card in cards)
    assert camera.to_plane(0, head, box.width, box.height)[1] == pytest.approx(
        4.0
    )  # below the card
