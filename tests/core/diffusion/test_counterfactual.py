"""Points led to another class: the closed form between Gaussians, and the way that returns."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flowlab.core.diffusion.counterfactual import Counterfactual, counterfactual
from flowlab.core.diffusion.levels import levels_of
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Mixture
from flowlab.core.document.training import Training
from flowlab.core.solvers.ode import Cancelled
from tests.helpers.noise_models import drawn, exact_field, untrained

VARIANCE, MOVE = 0.49, (3.0, -1.0)
PAIR = Mixture(means=((0.0, 0.0), MOVE), covs=((VARIANCE, 0.0, VARIANCE),) * 2, weights=(0.5, 0.5))
DOCUMENT = Document(source=Gaussian(), target=PAIR)
POINTS = drawn(PAIR, 30, 0)


def led(k: int, label: int = 1, **how: object) -> Counterfactual:
    options = {name: how.pop(name) for name in ("own", "noise", "seed") if name in how}
    sampler = Sampler(**{"method": "ddim", "label": label, **how})  # type: ignore[arg-type]
    return counterfactual(exact_field(DOCUMENT), DOCUMENT, POINTS, sampler, k, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("k", [200, 500])
def test_between_equal_gaussians_it_moves_by_a_share_of_their_distance(k: int) -> None:
    """The ODE carries N(m, v I) to N(a m, (a^2 v + b^2) I): 1 - a sqrt(v) / sqrt(a^2 v + b^2)."""
    a = float(levels_of().later(k).signal[0])
    share = 1 - a * math.sqrt(VARIANCE) / math.sqrt(a**2 * VARIANCE + 1 - a**2)
    found = led(k, own=0, steps=60).difference
    np.testing.assert_allclose(found, np.tile(share * np.array(MOVE), (30, 1)), atol=0.02)


def test_led_back_to_its_own_class_a_point_returns() -> None:
    for own in (0, 1):
        same = led(600, own, own=own, steps=30)
        np.testing.assert_allclose(same.difference, 0, atol=1e-4)
        np.testing.assert_allclose(same.forth[0], same.back[0])
        np.testing.assert_allclose(same.forth[-1], POINTS)
    assert (same.times[0], same.times[-1]) == (pytest.approx(0.4), 1.0)
    assert same.forth.shape == (31, 30, 2)


def test_all_noise_forgets_and_guidance_goes_further() -> None:
    for noise in ("ddpm", "ddim"):
        end = led(1000, noise=noise, steps=25).back[-1]
        assert np.abs(end - MOVE).max() < 4.5 * math.sqrt(VARIANCE)
    plain, further = (led(700, own=0, steps=30, guidance=g).difference for g in (1.0, 3.0))
    assert further.mean(0) @ MOVE > 1.1 * plain.mean(0) @ MOVE


def test_the_drawn_noise_is_that_of_the_seed_and_of_the_first_points() -> None:
    one, same, other = (led(300, noise="ddpm", seed=s, steps=20) for s in (0, 0, 1))
    np.testing.assert_array_equal(one.back, same.back)
    assert not np.array_equal(one.forth, other.forth)
    sampler = Sampler(method="ddim", label=1, steps=20)
    field = exact_field(DOCUMENT)
    few = counterfactual(field, DOCUMENT, POINTS[:5], sampler, 300, noise="ddpm")
    np.testing.assert_array_equal(few.forth, one.forth[:, :5])


@pytest.mark.parametrize("noise", ["ddpm", "ddim"])
def test_a_network_leads_too(noise: str) -> None:
    document = Document(
        target=PAIR,
        network=Network(width=8, depth=1, conditional=True),
        training=Training(label_dropout=0.1),
    )
    field, sampler = untrained(document), Sampler(method="ddim", label=1, steps=20, guidance=2.0)
    moved = counterfactual(field, document, POINTS, sampler, 300, noise=noise)
    assert np.isfinite(moved.difference).all()
    back = counterfactual(
        field, document, POINTS, Sampler(method="ddim", label=0, steps=20), 300, own=0
    )
    np.testing.assert_allclose(back.difference, 0, atol=1e-3)


def test_what_can_t_be_is_refused() -> None:
    field = exact_field(DOCUMENT)
    for sampler, why in (
        (Sampler(method="ddim"), "say which, as label"),
        (Sampler(method="langevin", label=1), "takes the steps of ddpm"),
        (Sampler(method="reverse_sde", corrector=1, label=1), "takes the steps of ddpm"),
        (Sampler(label=7), "no class 7"),
    ):
        with pytest.raises(Invalid, match=why):
            counterfactual(field, DOCUMENT, POINTS, sampler, 100)
    with pytest.raises(Invalid, match="k, a step of the schedule"):
        led(2000)
    with pytest.raises(Cancelled):
        counterfactual(field, DOCUMENT, POINTS, Sampler(label=1), 100, cancelled=lambda: True)
