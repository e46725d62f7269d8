"""The picture of curves and cell: where they lie, and which way the arrows point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.stochastic.settings import Stochastic
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK
from flowlab.scene.stochastic.cell_marks import inflow_words
from tests.helpers.curves import CURVES, cell_of, curves_bundle
from tests.helpers.pictures import painted

HALF = 5.0
WIDTH, HEIGHT = 400, 400
ONE = replace(
    CURVES,
    stochastic=Stochastic(curves=((-3.0, -3.0, 0.0),), cell_x=1.0, cell_y=1.0, cell_size=4.0),
)


def frame(document: Document = ONE, t: float = 0.5, **fields: Any) -> Frame:
    bundle = curves_bundle(document, **fields)
    camera = Camera(half_height=HALF)
    return Frame(bundle=bundle, t=t, document=document, camera=camera, legend=False, card=False)


def pixel(x: float, y: float) -> tuple[int, int]:
    """Row and column of a place."""
    return round((HALF - y) / (2 * HALF) * HEIGHT), round((x + HALF) / (2 * HALF) * WIDTH)


def inked(picture: Any, colour: Any, x: float, y: float, reach: int = 2) -> bool:
    """Whether a colour is seen around a place."""
    row, column = pixel(x, y)
    near = picture[row - reach : row + reach + 1, column - reach : column + reach + 1]
    return bool((np.abs(near - np.array(colour)).max(-1) < 12).any())


def bright(picture: Any, x: float, y: float) -> bool:
    """Whether a thin line, which mixes with its ground, is seen at a place."""
    row, column = pixel(x, y)
    return bool(picture[row - 2 : row + 3, column - 2 : column + 3].min(-1).max() > 60)


def seen(given: Frame) -> Any:
    return painted(given, WIDTH, HEIGHT)


def test_the_chosen_curve_is_followed_up_to_t() -> None:
    picture = seen(frame(t=0.5))
    assert inked(picture, DARK.learned, -2.5, -3.0)  # passed
    assert inked(picture, DARK.learned, -2.0, -3.0)  # its head
    assert not inked(picture, DARK.learned, -1.5, -3.0)  # ahead
    assert bright(picture, -1.5, -3.0)
    assert inked(picture, DARK.target, -1.0, -3.0, 3)  # its end


def test_arrows_lie_on_the_side_to_which_mass_flows() -> None:
    for inflow, inside in ((0.8, True), (-0.8, False)):
        cell = cell_of(ONE.stochastic, (inflow, 0.0, 0.0, 0.0), inflow)
        picture = seen(frame(cell=cell))
        left = -1.0
        places = {True: left + 0.4, False: left - 0.4}
        for within, x in places.items():
            assert inked(picture, DARK.learned, x, 2.6, 3) == (within is inside)


def test_the_exact_flow_has_its_own_colour() -> None:
    cell = cell_of(ONE.stochastic, (0.8, 0.0, 0.0, 0.0), 0.8)
    assert inked(seen(frame(cell=cell, exact=True)), DARK.exact, -0.6, 2.6, 3)


def test_a_flow_of_another_place_is_drawn_there_and_the_handles_where_they_are_held() -> None:
    """Until the flow of the new place has been computed."""
    cell = cell_of(replace(ONE.stochastic, cell_x=0.5), (0.8, 0.0, 0.0, 0.0), 0.8)
    still = seen(frame(replace(ONE, stochastic=replace(ONE.stochastic, cell_x=0.5)), cell=cell))
    held = seen(frame(cell=cell))
    changed = np.argwhere(np.abs(still - held).max(-1) > 12)
    assert 0 < len(changed) < 500  # the squares of four corners, there and here


def test_without_a_known_density_there_is_no_cell() -> None:
    picture = seen(frame(unknown="not known", cell=None))
    assert not bright(picture, -1.0, 2.6)
    off = replace(ONE, stochastic=replace(ONE.stochastic, show_cell=False))
    assert not bright(seen(frame(off)), -1.0, 2.6)


def test_inflow_in_words() -> None:
    assert inflow_words(0.1234) == "0.123 in"
    assert inflow_words(-0.5) == "0.500 out"
    assert inflow_words(float("nan")) == "–"
