"""Each curve is carried once; a quick one is refined by cubics, as far as it is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.shapes import Gaussian
from flowlab.core.stochastic.along_path import QUICK, STEPS
from flowlab.core.stochastic.carried_curves import Carrier, OneCurve, Point, even_times
from flowlab.core.stochastic.cubic import cubic_between

POINTS: list[Point] = [(1.0, 0.0, 0.0), (0.5, -0.5, 0.5)]


class Spin:
    """A turn by one radian while all grows by e: div b = 2."""

    def __init__(self) -> None:
        self.asked = 0

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        self.asked += len(x)
        return x + x.flip(1) * torch.tensor([-1.0, 1.0], dtype=x.dtype)


def carried(field: Spin, points: list[Point], quick: bool) -> list[OneCurve]:
    carrier = Carrier(field=field, source=Gaussian(), oracle=None, key=id(field))
    return carrier.curves(points, quick=quick)


@pytest.mark.parametrize(("quick", "off"), [(False, 1e-6), (True, 1e-3)])
def test_curves_are_those_of_the_closed_form(quick: bool, off: float) -> None:
    t = even_times()
    for (x, y, at), curve in zip(POINTS, carried(Spin(), POINTS, quick), strict=True):
        place = (x + 1j * y) * np.exp((1 + 1j) * (t - at))
        np.testing.assert_allclose(curve.places, np.stack([place.real, place.imag], 1), atol=off)
        np.testing.assert_allclose(curve.change, -2 * t, atol=1e-6)
        start = -np.log(2 * np.pi) - abs(place[0]) ** 2 / 2
        assert curve.start == pytest.approx(start, abs=10 * off)
        assert curve.known is None


def test_a_curve_that_is_there_is_not_carried_again() -> None:
    field = Spin()
    carried(field, POINTS, quick=False)
    before = field.asked
    first, _ = carried(field, POINTS, quick=False)
    quick, _ = carried(field, POINTS, quick=True)  # the full one is there already
    assert field.asked == before
    assert quick is first
    carried(field, [POINTS[0], (0.1, 0.2, 0.5)], quick=True)
    assert 0 < field.asked - before < before * QUICK / STEPS


def test_a_cubic_is_read_exactly_between_its_times() -> None:
    t = np.linspace(0.0, 1.0, QUICK + 1)
    for at in (0.0, 0.03, 0.5, 0.77, 1.0):
        assert cubic_between(t**3 - t, at) == pytest.approx(at**3 - at, abs=1e-12)
