"""What of the target lies outside, walls that hold it, strokes, and the mass of rooms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Gaussian
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.domains.shares import percent
from flowlab.core.reflected.fitting import outside_of
from flowlab.core.reflected.outlines import OUTLINES
from flowlab.core.reflected.outside import Outside, OutsideQuery
from flowlab.core.reflected.results import motion_of
from flowlab.core.reflected.settings import WALLS, Reflected
from flowlab.core.reflected.strokes import MOST, is_open, ring_of
from flowlab.work.queries import QUERIES, Known, row_of
from tests.helpers.between_walls import between_walls, bundle_of

BOARD = named("checkerboard")


def test_the_share_outside_is_the_distribution_s() -> None:
    found = outside_of(Gaussian(), Reflected(walls="square", width=2.0), 0)
    inside = math.erf(1 / math.sqrt(2)) ** 2
    assert found.share == pytest.approx(1 - inside, abs=4 * math.sqrt(0.25 / 20_000))


@pytest.mark.parametrize("kind", WALLS)
def test_fitted_walls_hold_the_target_closely(kind: str) -> None:
    settings = Reflected(walls=kind, width=3.0, height=2.0, center_x=1.0)
    found = outside_of(BOARD, settings, 3)
    assert found.share > 0.1
    assert found.fitted is not None
    assert outside_of(BOARD, found.fitted, 3).share == 0
    if kind != "drawn":
        smaller = replace(
            found.fitted, width=0.95 * found.fitted.width, height=0.95 * found.fitted.height
        )
        assert outside_of(BOARD, smaller, 3).share > 0
    else:
        before, after = walls_of(settings).bounds, walls_of(found.fitted).bounds
        assert (before[0] + before[2]) == pytest.approx(after[0] + after[2], abs=1e-3)


def test_a_ring_can_t_hold_what_lies_in_its_hole() -> None:
    found = outside_of(BOARD, Reflected(walls="drawn", outline=OUTLINES["ring"].rings), 0)
    assert found.share > 0.1
    assert found.fitted is None


def test_nothing_is_fitted_where_all_is_inside() -> None:
    found = outside_of(BOARD, Reflected(width=9.0), 0)
    assert found.share == 0
    assert found.fitted is None


def test_the_engine_answers() -> None:
    handler = row_of(QUERIES, OutsideQuery).answer()
    known = Known(document=None, model=None, seen=None)

    def ask(settings: Reflected) -> object:
        return handler(known, OutsideQuery(BOARD, settings, 0), lambda: False, lambda _: None)

    assert ask(Reflected(width=2.0)) == outside_of(BOARD, Reflected(width=2.0), 0)
    nothing = (((0.0, 0.0), (1.0, 0.0), (2.0, 0.0)),)
    assert ask(Reflected(walls="drawn", outline=nothing)) is None


def test_shares_are_never_rounded_to_nothing() -> None:
    assert percent(0.0315) == "3.1 %"
    assert percent(1e-5) == "Less than 0.1 %"


def circle(n: int, radius: float = 2.0, whole: float = 1.0) -> np.ndarray:
    angles = 2 * np.pi * whole * np.arange(n) / n
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def test_a_stroke_has_few_corners_and_the_same_area() -> None:
    ring = ring_of(circle(900), 0.01)
    assert 20 < len(ring) < 100
    drawn = walls_of(Reflected(walls="drawn", outline=(ring,)))
    assert drawn.area == pytest.approx(math.pi * 4, rel=0.01)


def test_a_very_rough_stroke_has_not_too_many_corners() -> None:
    rough = circle(4000) * (1 + 0.05 * (np.arange(4000) % 2))[:, None]
    assert 3 <= len(ring_of(rough, 1e-4)) <= MOST


def test_an_open_stroke_is_told_from_a_closed_one() -> None:
    assert is_open(circle(300, whole=0.8), 0.01)
    assert not is_open(circle(300), 0.01)


def test_the_mass_of_separate_rooms_is_kept() -> None:
    rings = OUTLINES["apart"].rings
    motion = motion_of(bundle_of(between_walls(n=4000, walls="drawn", outline=rings)))
    assert motion is not None
    assert motion.rooms_keep
    shares = sorted(motion.in_rooms(0.3))
    assert shares == pytest.approx([2 / 5, 3 / 5], abs=4 * math.sqrt(0.24 / 4000))
    assert sum(motion.in_rooms(1.0)) == pytest.approx(1.0)
    one = motion_of(bundle_of(between_walls(n=50)))
    assert one is not None
    assert not len(one.in_rooms(0.5))


def test_walls_are_fitted_to_the_source_too_where_it_has_a_part() -> None:
    settings, source = Reflected(width=9.0), Gaussian(std_x=0.5, std_y=0.5)
    assert outside_of(BOARD, settings, 0, source) == Outside(0.0, None, 0.0)
    wide = Gaussian(std_x=4.0, std_y=4.0)
    found = outside_of(BOARD, settings, 0, wide)
    inside = math.erf(4.5 / 4 / math.sqrt(2)) ** 2
    assert found.share == 0
    assert found.source == pytest.approx(1 - inside, abs=4 * math.sqrt(0.25 / 20_000))
    assert found.fitted is not None
    assert outside_of(BOARD, found.fitted, 0, wide) == Outside(0.0, None, 0.0)


def test_what_lies_outside_is_one_sentence_of_both_ends() -> None:
    both = Outside(0.0315, None, 0.0002)
    assert both.words(clipped=False) == (
        "3.1 % of the target and less than 0.1 % of the source lie outside the walls."
    )
    assert both.words(clipped=True).endswith("lie outside the walls and are cut off.")
    source = Outside(0.0, None, 0.5)
    assert source.any
    assert source.words(clipped=False) == "50.0 % of the source lies outside the walls."
    assert not Outside(0.0).any
