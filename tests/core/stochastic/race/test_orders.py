"""The orders that the race shows, with exact velocities, against what the theory says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.stochastic.race.carrying import Carrier
from flowlab.core.stochastic.race.orders import FINE, IN_ORDERS, LADDER, PARTICLES, orders_of
from flowlab.core.stochastic.race.results import EVALUATIONS, Order
from flowlab.core.stochastic.race.slopes import order_of

TO_GAUSSIAN = Document(source=Gaussian(), target=Gaussian(std_x=2.0, std_y=2.0, offset_x=1.0))
TO_RING = Document(source=Gaussian(), target=Ring())
ODE = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}


def carrier(document: Document, n: int) -> Carrier:
    oracle = oracle_for(document)
    assert oracle is not None
    x = torch.randn(n, 2, generator=torch_rng(document.seed, Stream.STARTS))
    return Carrier(extended_field(oracle), document, x)


def by_method(document: Document, *methods: str) -> dict[str, Order]:
    orders = orders_of(carrier(document, 1000), methods, exact=True, particles=1000)
    return {order.method: order for order in orders}


@cache  # not a fixture: those of a module begin before torch is told to use one thread
def gaussian() -> dict[str, Order]:
    return by_method(TO_GAUSSIAN, "euler_maruyama")


@cache
def ring() -> dict[str, Order]:
    return by_method(TO_RING, *ODE, "euler_maruyama", "stochastic_heun")


@pytest.mark.slow
@pytest.mark.parametrize(("method", "order"), ODE.items())
def test_ode_solvers_have_their_orders(method: str, order: int) -> None:
    assert ring()[method].slopes["mean"] == pytest.approx(order, abs=0.25)


@pytest.mark.slow
def test_euler_maruyama_between_gaussians_has_strong_and_weak_order_one() -> None:
    slopes = gaussian()["euler_maruyama"].slopes
    assert slopes["rms"] == pytest.approx(1, abs=0.1)
    assert slopes["mean"] == pytest.approx(1, abs=0.1)
    assert slopes["weak"] == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_on_a_mixture_the_mean_absolute_error_has_order_one_and_the_rms_is_less_sure() -> None:
    slopes = ring()["euler_maruyama"].slopes
    assert slopes["mean"] == pytest.approx(1, abs=0.1)
    assert slopes["weak"] == pytest.approx(1, abs=0.15)
    assert slopes["rms"] is not None
    assert slopes["mean"] is not None
    assert slopes["rms"].error > slopes["mean"].error  # a few particles far away decide it


@pytest.mark.slow
def test_stochastic_heuns_weak_error_is_a_tenth_of_euler_maruyamas() -> None:
    maruyama, heun = (
        dict(zip(order.h, order.values["weak"], strict=True))
        for order in (ring()["euler_maruyama"], ring()["stochastic_heun"])
    )
    assert heun[1 / 40] <= maruyama[1 / 40] / 10


def test_the_work_in_orders_is_what_is_done() -> None:
    counted, few = carrier(TO_GAUSSIAN, 10), list[int]()

    class Flow:
        oracle = getattr(counted.flow, "oracle")  # noqa: B009  # of its own type

        def velocity(self, x: torch.Tensor, t: float) -> torch.Tensor:
            few.append(len(x))
            return -x

    orders_of(replace(counted, flow=Flow()), list(EVALUATIONS), exact=True)
    assert PARTICLES * len(few) == IN_ORDERS
    assert len(few) == 6 * sum(LADDER) + 4 * FINE["rk4"] + 2 * FINE["stochastic_heun"]


def test_a_slope_has_the_error_of_chance_and_none_where_nothing_is_sure() -> None:
    rng, h = np.random.default_rng(0), np.array([0.1, 0.05, 0.025, 0.0125])
    fine = rng.normal(size=(4000, 2))
    bias = h[:, None, None] * np.array([1.0, 0.0])
    noisy = fine + bias + 0.02 * rng.normal(size=(4, 4000, 2))
    order = order_of("euler", h, noisy, fine, 1e-9)
    clean = order_of("euler", h, fine + bias, fine, 1e-9)
    assert clean.slopes["rms"] == pytest.approx(1, abs=1e-6)
    assert order.slopes["rms"] is not None
    assert order.slopes["rms"] < 0.9  # noise that doesn't fall with h
    lost = order_of("euler", h, fine + 1e-3 * rng.normal(size=(4, 4000, 2)), fine, 1e-9)
    assert lost.slopes["weak"] is None
    assert order_of("euler", h, fine + bias, fine, 10.0).slopes == dict.fromkeys(
        ("rms", "mean", "weak")
    )
