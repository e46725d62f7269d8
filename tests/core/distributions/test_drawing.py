"""The pencil: each tool leaves its mass in the right place, and replays are exact."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from shapely import LineString
from shapely import Polygon as Outline

from flowlab.core.array_types import Singles
from flowlab.core.distributions import drawing
from flowlab.core.distributions.drawing import apply, rasterise
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import MIRRORS, TOOLS, Stroke

HALF = 5.0
CELL = 2 * HALF / 256
RNG = np.random.default_rng(3)


def stroke(points: Any, pressure: float = 1.0, **options: Any) -> Stroke:
    xy = np.asarray(points, dtype=float)
    return Stroke(path=Array(np.column_stack([xy, np.full(len(xy), pressure)])), **options)


def middles() -> np.ndarray[Any, Any]:
    return (np.arange(256) + 0.5) * CELL - HALF


def centroid(layer: Singles) -> tuple[float, float]:
    row, column = ndimage.center_of_mass(layer)
    return (column + 0.5) * CELL - HALF, (row + 0.5) * CELL - HALF


def wave(n: int = 60) -> np.ndarray[Any, Any]:
    t = np.linspace(-1, 1, n)
    return np.column_stack([3 * t, np.sin(4 * t) - 0.5])


def draw(*strokes: Stroke) -> Singles:
    return rasterise(strokes, HALF)


def test_nothing_drawn_is_one_blank_layer() -> None:
    assert draw().shape == (1, 256, 256)
    assert not draw().any()


@pytest.mark.parametrize("size", [0.1, 0.35, 1.0, 3.0])
def test_a_dot_lies_where_it_was_put(size: float) -> None:
    layer = draw(stroke([(1.3, -2.1)], size=size))[0]
    assert centroid(layer) == pytest.approx((1.3, -2.1), abs=CELL / 6)
    assert layer.max() == pytest.approx(1, abs=0.1)
    x, y = np.meshgrid(middles(), middles())
    distance = np.hypot(x - 1.3, y + 2.1)
    assert not layer[distance > max(size / 2, CELL)].any()
    assert (layer[distance < size / 4 - 0.01] > 0.99).all()


@pytest.mark.parametrize("size", [0.1, 0.3, 0.8, 2.0])
def test_a_freehand_stroke_covers_its_path_evenly(size: float) -> None:
    """Half coverage lies at three quarters of the radius, along the whole curve."""
    layer = draw(stroke(wave(300), size=size))[0]
    line = LineString(wave(300))
    area = line.buffer(max(0.75 * size / 2, 0.75 * CELL)).area
    assert (layer > 0.5).sum() * CELL**2 == pytest.approx(area, rel=0.03 if size > 0.2 else 0.25)
    assert layer.max() <= 1


def test_overlap_within_a_stroke_does_not_double_but_strokes_add() -> None:
    there, back = [(-2, 0), (2, 0)], [(-2, 0), (2, 0), (-2, 0)]
    once, twice = (draw(stroke(p, strength=0.4))[0] for p in (there, back))
    assert np.allclose(once, twice, atol=1e-6)
    again = draw(stroke(there, strength=0.4), stroke(there, strength=0.4))[0]
    assert again.max() == pytest.approx(1 - 0.6**2, abs=1e-6)


def test_pressure_narrows() -> None:
    wide, thin = (draw(stroke([(-2, 0), (2, 0)], p, size=1.0))[0].sum() for p in (1.0, 0.5))
    assert wide / thin == pytest.approx(2, rel=0.1)
    path = Array([[-3.0, 0, 0.2], [3.0, 0, 1.0]])
    taper = draw(Stroke(path=path, size=1.0))[0].sum(axis=0)
    assert taper[200] > 2 * taper[70] > 0


def test_points_close_together_change_nothing() -> None:
    few, many = (draw(stroke(wave(n), size=0.5))[0] for n in (80, 4000))
    assert np.abs(few - many).mean() < 0.002


def test_a_line_joins_the_ends_only() -> None:
    line = draw(stroke([(-2, -2), (4, -3), (0, 4), (2, 2)], tool="line"))
    straight = draw(stroke([(-2, -2), (2, 2)]))
    assert np.array_equal(line, straight)


@pytest.mark.parametrize("turned", [0.0, 17.0])
def test_a_polygon_is_filled_by_its_area(turned: float) -> None:
    angle = np.radians(turned + np.array([0, 100, 140, 200, 290]))
    corners = np.column_stack([np.cos(angle), np.sin(angle)]) * [[3], [2.5], [0.7], [3], [2]]
    layer = draw(stroke(corners, tool="polygon", strength=0.5))[0]
    outline = Outline(corners)
    assert layer.sum() * CELL**2 == pytest.approx(outline.area / 2, rel=2e-3)
    assert centroid(layer) == pytest.approx(outline.centroid.coords[0], abs=CELL / 4)
    assert layer.max() == 0.5


def test_a_polygon_past_the_sheet_fills_what_is_on_it() -> None:
    layer = draw(stroke([(-9, -9), (0, -9), (0, 9), (-9, 9)], tool="polygon"))[0]
    assert layer[:, :128].min() == 1
    assert layer[:, 128:].max() == 0


def test_spray_scatters_by_strength_within_the_disc_and_by_seed() -> None:
    path = [(-2, 1), (2, 1)]
    strong, weak, other = (
        draw(stroke(path, tool="spray", size=1.0, **o))[0]
        for o in ({}, {"strength": 0.25}, {"seed": 1})
    )
    assert strong.sum() / weak.sum() == pytest.approx(4, rel=0.25)
    assert not np.array_equal(strong, other)
    assert strong.sum() == pytest.approx(other.sum(), rel=0.1)
    away = ndimage.distance_transform_edt(draw(stroke(path, size=0.1))[0] < 0.5) * CELL
    assert away[strong > 0].max() < 0.5 + 3 * CELL
    assert centroid(strong) == pytest.approx((0, 1), abs=0.2)


def test_spraying_on_leaves_the_earlier_dots() -> None:
    short, long = (draw(stroke([(-3, 0), (x, 0)], tool="spray"))[0] for x in (0, 3))
    assert (long >= short - 1e-6).all()
    assert long.sum() > 1.5 * short.sum()


def test_the_eraser_removes_from_every_class() -> None:
    paint = [stroke([(-3, 0), (3, 0)], size=1.0, label=k) for k in (0, 2)]
    layers = draw(*paint, stroke([(0, 0)], tool="eraser", size=2.0, strength=0.5))
    assert layers.shape[0] == 3
    assert layers[[0, 2], 128, 128] == pytest.approx(0.5)
    assert layers[[0, 2], 128, 60] == pytest.approx(1)
    assert not layers[1].any()
    assert draw(*paint, stroke([(0, 0)], tool="eraser", size=5.0))[:, 110:146, 110:146].max() == 0


@pytest.mark.parametrize("tool", ["brush", "spray", "polygon", "line"])
def test_mirrors_are_exact(tool: str) -> None:
    path = [(0.5, 0.7), (2.5, 1.0), (1.5, 3.0)]
    plain = draw(stroke(path, tool=tool))[0]
    both = draw(stroke(path, tool=tool, mirror="both"))[0]
    assert np.array_equal(both, both[::-1])
    assert np.array_equal(both, both[:, ::-1])
    assert np.array_equal(both[128:, 128:], plain[128:, 128:])
    across = draw(stroke(path, tool=tool, mirror="x"))[0]
    assert np.array_equal(across, np.maximum(plain, plain[:, ::-1]))
    upside = draw(stroke(path, tool=tool, mirror="y"))[0]
    assert np.array_equal(upside, np.maximum(plain, plain[::-1]))


BOX = [(-2, -2), (1, -2), (1, 1), (-2, 1)]


def test_a_shift_by_whole_cells_moves_the_picture_exactly() -> None:
    paint = stroke([(-1.5, -1.0), (0.4, 0.2)], size=0.5)
    move = stroke(BOX, tool="move", shift_x=16 * CELL, shift_y=-9 * CELL)
    before, after = draw(paint)[0], draw(paint, move)[0]
    assert np.allclose(after, np.roll(before, (-9, 16), axis=(0, 1)), atol=1e-5)


@pytest.mark.parametrize("turn", [0.0, 30.0, -135.0, 450.0])
def test_a_move_conserves_mass_and_lands_where_it_should(turn: float) -> None:
    paint = (stroke([(-1.5, -1.0), (0.4, 0.2)], size=0.4), stroke([(0, -1)], label=1))
    move = stroke(BOX, tool="move", turn=turn, shift_x=1.23, shift_y=0.77)
    before, after = draw(*paint), draw(*paint, move)
    assert after.sum(axis=(1, 2)) == pytest.approx(before.sum(axis=(1, 2)), rel=0.01)
    for old, new in zip(before, after, strict=True):
        offset = complex(*centroid(old)) - (-0.5 - 0.5j)
        expected = offset * np.exp(1j * math.radians(turn)) + (-0.5 - 0.5j) + (1.23 + 0.77j)
        assert centroid(new) == pytest.approx((expected.real, expected.imag), abs=CELL / 2)


def test_a_move_takes_only_what_lies_inside() -> None:
    paint = stroke([(-4, 0), (4, 0)], size=0.4)
    after = draw(paint, stroke(BOX, tool="move", shift_y=3.0))[0]
    assert after[128, 80:150].max() == 0
    assert after[128, 30] == pytest.approx(draw(paint)[0][128, 30])
    assert after[128 + round(3 / CELL), 100] == pytest.approx(1, abs=0.3)


def test_what_leaves_the_sheet_is_lost_and_nothing_gathers_at_the_edge() -> None:
    paint = stroke([(-0.5, -0.5)], size=1.0)
    gone = draw(paint, stroke(BOX, tool="move", shift_x=20.0))
    assert gone.sum() == 0
    half = draw(paint, stroke(BOX, tool="move", shift_x=5.5))[0]
    assert half.sum() == pytest.approx(draw(paint)[0].sum() / 2, rel=0.05)
    assert half[:, -1].sum() < 2 * half[:, -8].sum()
    for tool in TOOLS:
        away = stroke([(7, 7), (9, 7), (8, 9)], tool=tool, size=0.5)
        assert not draw(away).any()


def test_a_mirrored_move_keeps_the_mirror_and_the_mass() -> None:
    paint = stroke(wave(), size=0.5, mirror="x")
    for shift in (0.8, -1.5):
        move = stroke([(0.2, -3), (4, -3), (4, 3), (-0.5, 3)], tool="move", turn=20, shift_x=shift)
        after = draw(paint, replace(move, mirror="x"))[0]
        assert np.allclose(after, after[:, ::-1], atol=1e-5)
        assert after.sum() == pytest.approx(draw(paint)[0].sum(), rel=0.01)


def test_a_move_of_nothing_changes_nothing() -> None:
    paint = stroke([(3, 3)])
    for corners in (BOX, [(0, 0), (1, 1), (2, 2)], [(0, 0)]):
        assert np.array_equal(draw(paint, stroke(corners, tool="move", turn=9)), draw(paint))


def several() -> tuple[Stroke, ...]:
    return tuple(
        stroke(
            RNG.uniform(-4, 4, (int(RNG.integers(1, 9)), 2)),
            tool=tool,
            mirror=mirror,
            size=float(RNG.uniform(0.05, 2)),
            strength=float(RNG.uniform(0.2, 1)),
            label=int(RNG.integers(0, 4)),
            shift_x=float(RNG.uniform(-2, 2)),
            turn=float(RNG.uniform(-90, 90)),
        )
        for tool in TOOLS
        for mirror in MIRRORS
    )


def test_appending_undoing_and_redoing_equal_a_full_replay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strokes = several()
    layers = np.zeros((1, 256, 256), dtype=np.float32)
    whole = []
    for each in strokes:
        layers = apply(layers, each, HALF)
        whole.append(layers)
    monkeypatch.setattr(drawing, "_recent", ())
    for k in [*range(len(strokes)), 20, 5, 23, 0, 11]:
        assert np.array_equal(draw(*strokes[: k + 1]), whole[k])


def test_appending_applies_one_stroke_only(monkeypatch: pytest.MonkeyPatch) -> None:
    strokes = several()
    draw(*strokes[:-1])
    applied: list[Stroke] = []

    def counting(layers: Singles, each: Stroke, half_width: float) -> Singles:
        applied.append(each)
        return apply(layers, each, half_width)

    monkeypatch.setattr(drawing, "apply", counting)
    draw(*strokes)
    draw(*strokes[:-1])
    draw(*strokes)
    assert applied == [strokes[-1]]


def test_the_sheets_size_and_fineness_are_no_part_of_another() -> None:
    paint = (stroke([(1, 1)], size=1.0),)
    assert rasterise(paint, HALF, cells=64).shape == (1, 64, 64)
    coarse, fine = (rasterise(paint, HALF, cells=c)[0].sum() / c**2 for c in (64, 256))
    assert coarse == pytest.approx(fine, rel=0.05)
    wide = rasterise(paint, 10.0)[0].sum()
    assert wide == pytest.approx(rasterise(paint, HALF)[0].sum() / 4, rel=0.05)


def test_layers_are_never_changed_in_place() -> None:
    layers = draw(stroke([(0, 0)]))
    copy = layers.copy()
    for tool in TOOLS:
        apply(layers, stroke(BOX, tool=tool), HALF)
    assert np.array_equal(layers, copy)
    with pytest.raises(ValueError, match="read-only"):
        layers[0, 0, 0] = 1


@pytest.mark.parametrize(
    "path",
    [None, Array(np.zeros((0, 3))), Array([[1.0, 2.0]]), Array([[1.0, np.nan, 1.0]]), Array([1.0])],
)
def test_broken_paths_are_refused(path: Array | None) -> None:
    with pytest.raises(Invalid, match="path"):
        draw(Stroke(path=path))  # type: ignore[arg-type]


def test_paths_that_go_far_away_stay_affordable() -> None:
    for tool in TOOLS:
        draw(stroke([(0, 0), (1e30, 1e30), (-1e30, 5.0)], tool=tool))
