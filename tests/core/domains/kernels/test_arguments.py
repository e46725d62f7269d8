"""What a kernel refuses, and in what it answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.factory import kernel
from tests.helpers.odd_values import ODD, complaint
from tests.helpers.walled import ELL, SQUARE, Walled

OWN = kernel(Walled((SQUARE,)))
MIDDLE = [[0.5, 0.5]]


@pytest.mark.parametrize(
    "tau", [0, -1, 0.0, math.nan, math.inf, "a", None, True, [0.1, 0.2], 1e300]
)
def test_a_heat_time_that_is_none(tau: Any) -> None:
    for call in (OWN.density, OWN.score, OWN.by_images, OWN.by_harmonics):
        with pytest.raises(Invalid, match="tau"):
            call(MIDDLE, [0.5, 0.5], tau)
    with pytest.raises(Invalid):
        OWN.terms([tau, tau])


@pytest.mark.parametrize("modes", [0, -3, 2.5, "many", None, 10**9, True])
def test_modes_out_of_range(modes: Any) -> None:
    with pytest.raises(Invalid, match="modes must be a whole number from 1 to 2,000"):
        kernel(Walled((SQUARE,)), modes)


@pytest.mark.parametrize("domain", [None, "square", 3, SQUARE, Walled(())])
def test_what_is_no_domain(domain: Any) -> None:
    with pytest.raises(Invalid, match="needs a domain"):
        kernel(domain)


def test_a_start_outside_is_refused_and_an_end_outside_has_density_0() -> None:
    with pytest.raises(Invalid, match="1 of 2 points don't"):
        OWN.density(MIDDLE * 2, [[0.5, 0.5], [1.5, 0.5]], 0.1)
    density = OWN.density([[1.5, 0.5], [0.5, 0.5], [math.nan, 0.0]], [0.5, 0.5], 0.1)
    assert float(density[0]) == 0 < float(density[1])
    assert bool(density[2].isnan())
    assert bool(OWN.score([[1.5, 0.5]], [0.5, 0.5], 0.1).isnan().all())


def test_a_point_on_the_wall_is_within() -> None:
    own = kernel(Walled((ELL,)), 10)
    for k in (OWN, own):
        assert float(k.density([[0.0, 0.3]], [0.0, 0.3], 0.01)) > 0
        assert float(k.density([[0.0, 0.0]], [0.0, 0.0], 0.01)) > 0


def test_the_answer_is_of_the_points_type() -> None:
    assert OWN.density(MIDDLE, MIDDLE, 0.1).dtype == torch.float64
    single = torch.tensor(MIDDLE, dtype=torch.float32)
    assert OWN.density(single, single, 0.1).dtype == torch.float32
    assert OWN.score(np.array(MIDDLE), single, torch.tensor(0.1)).shape == (1, 2)
    assert OWN.density(np.zeros((0, 2)), [0.5, 0.5], 0.1).shape == (0,)
    assert OWN.score(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)).shape == (0, 2)


@pytest.mark.parametrize("place", ["x", "x0", "tau"])
def test_odd_arguments_work_or_are_refused_in_a_sentence(place: str) -> None:
    right: dict[str, Any] = {"x": np.array(MIDDLE), "x0": [0.5, 0.5], "tau": 0.1}
    for odd in ODD:
        for call in (OWN.density, OWN.score):
            assert not complaint(lambda odd=odd, call=call: call(**{**right, place: odd}))


def test_one_harmonic_is_the_uniform_one() -> None:
    own = kernel(Walled((SQUARE,)), 1)
    assert float(own.by_harmonics(MIDDLE, [0.2, 0.2], 0.01)) == pytest.approx(1)
    exact = float(OWN.density(MIDDLE, [0.2, 0.2], 0.01))
    assert float(own.density(MIDDLE, [0.2, 0.2], 0.01)) == pytest.approx(exact, rel=1e-9)


def test_real_domains_get_the_kernel_of_their_kind() -> None:
    from flowlab.core import domains

    made = {
        "BoxImages": domains.rectangle(2.0, 1.0, center=(1.0, 0.0)),
        "DiscImages": domains.disc(0.5),
        "EquilateralImages": domains.triangle(),
        "TriangleImages": domains.triangle("right", 2.0),
        "PolygonImages": domains.polygon(ELL),
    }
    for name, domain in made.items():
        own = domains.kernel(domain, 20)
        assert type(own.images).__name__ == name
        assert own.shape.area == pytest.approx(domain.area)
        inside = domain.uniform(50, torch.Generator().manual_seed(0))
        assert bool((own.density(inside, inside, 0.05) > 0).all())


def test_rooms_that_do_not_meet_hold_what_is_theirs() -> None:
    own = kernel(Walled((SQUARE, SQUARE + np.array([2.0, 0.0]))), 20)
    for tau in (0.01, 1.0):
        density = own.density([[0.5, 0.5], [2.5, 0.5]], [0.5, 0.5], tau)
        assert float(density[0]) > 0.9
        assert float(density[1]) == pytest.approx(0, abs=1e-6)
