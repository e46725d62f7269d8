"""The views of the heat kernel, and the presets of the room."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.view import View
from flowlab.core.domains.clipped import check_inside
from flowlab.core.reflected.heat import heat_kernel, signed, tones
from flowlab.core.reflected.heat_results import HeatMaps, Tones, heat_maps_of, tones_of
from flowlab.core.reflected.presets import presets
from flowlab.core.reflected.settings import Reflected
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.request import PlanOptions

NOBODY = cast(Any, None)


def document(**settings: Any) -> Document:
    known = {"width": 4.0, "start_x": 0.8, "start_y": 0.4} | settings
    return Document(view=View(name="heat_kernel"), reflected=Reflected(**known))


def maps(**settings: Any) -> HeatMaps:
    known = heat_maps_of(heat_kernel(document(**settings), NOBODY, PlanOptions(coarse=True)))
    assert known is not None
    return known


def known_tones(**settings: Any) -> Tones:
    known = tones_of(tones(document(**settings), NOBODY, PlanOptions()))
    assert known is not None
    return known


def test_each_sum_fails_where_the_other_is_good() -> None:
    found = maps(image_terms=9, tone_terms=24)
    images, harmonics = found.errors["images"], found.errors["harmonics"]
    assert np.allclose(found.sigmas, 4 * 1.5 * (0.01 / 1.5) ** found.times, rtol=1e-6)
    assert images[-1] < 1e-12 < harmonics[-1]  # at t = 1, the least noise
    assert harmonics[0] < 1e-12 < images[0]
    assert found.doubt.max() < 1e-10


def test_the_best_sum_has_mass_one_and_is_uniform_in_the_end() -> None:
    found = maps()
    best = found.maps["best"]
    mass = best.mean(axis=(1, 2), dtype=np.float64) * 16
    assert np.allclose(mass[:-3], 1.0, atol=1e-3)  # where cells are fine enough
    assert np.allclose(best[0], 1 / 16, rtol=1e-3)
    assert found.at(0.0) == 0
    assert found.at(0.99) == len(found.times) - 1


def test_it_is_the_product_of_both_axes_cosines() -> None:
    found = maps()
    k = 2
    tau = found.sigmas[k] ** 2 / 2

    def along(x: np.ndarray, x0: float) -> np.ndarray:
        n = np.arange(1, 80)[:, None]
        rate = n * math.pi / 4
        terms = np.exp(-(rate**2) * tau) * np.cos(rate * (x + 2)) * np.cos(rate * (x0 + 2))
        return (1 + 2 * terms.sum(0)) / 4

    expected = np.outer(along(found.ys, 0.4), along(found.xs, 0.8))
    assert np.allclose(found.maps["best"][k], expected, atol=1e-5)


def test_a_start_outside_is_refused_and_work_is_cancelled() -> None:
    with pytest.raises(Invalid, match="outside the walls"):
        maps(start_x=3.0)
    with pytest.raises(Cancelled):
        heat_kernel(document(), NOBODY, PlanOptions(cancelled=lambda: True))


def test_tones_of_a_square_are_cosines() -> None:
    found = known_tones(tone=0, tones_shown=4)
    rate = (math.pi / 4) ** 2
    assert found.numbers == (0, 1, 2, 3)
    assert np.allclose(found.eigenvalues, [0, rate, rate, 2 * rate], atol=1e-9)
    assert found.slowest == pytest.approx(rate)
    assert found.rooms == 1
    assert np.allclose(found.values[0], 0.25)  # of mean square 1 over the area
    assert np.allclose((found.values**2).mean((1, 2)), 1 / 16, rtol=1e-3)


def test_the_sign_of_a_tone_is_always_the_same() -> None:
    tone = np.array([[np.nan, -0.01, -1.0], [0.5, 2.0, 1.0]])
    assert np.array_equal(signed(tone), -tone, equal_nan=True)
    assert np.array_equal(signed(-tone), -tone, equal_nan=True)


def test_separate_rooms_have_a_tone_each_that_doesn_t_decay() -> None:
    bow = ((-2.0, -2.0), (2.0, 2.0), (2.0, -2.0), (-2.0, 2.0))  # crosses itself in the middle
    found = known_tones(walls="drawn", outline=(bow,), tone=0)
    assert found.rooms == 2
    assert found.slowest == pytest.approx(math.pi**2 / 8, rel=2e-3)  # of each triangle, leg 2 √2


def test_the_last_tones_are_shown_where_more_are_asked_for() -> None:
    found = known_tones(tone=199, tones_shown=6)
    assert found.numbers == (199,)
    assert found.compact() is found
    assert found.nbytes == found.values.nbytes


@pytest.mark.parametrize("name", presets())
def test_a_preset_s_target_lies_between_its_walls(name: str) -> None:
    made = presets()[name].make()
    if made.reflected.start == "target":
        check_inside(replace(made))
