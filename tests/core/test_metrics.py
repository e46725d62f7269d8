"""Distances against closed forms, POT and scipy."""

from __future__ import annotations

import math

import ot
import pytest
import torch
from scipy.stats import energy_distance as energy_on_a_line
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Checkerboard, Ring
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import oracle_for
from flowlab.core.metrics import (
    energy_distance,
    exact_w2,
    sliced_w2,
    sliced_w2_floor,
    velocity_error,
)


def _cloud(n: int, seed: int = 0) -> Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("n", "m"), [(400, 400), (400, 300), (70, 399), (1, 50)])
def test_sliced_w2_agrees_with_pot(n: int, m: int) -> None:
    x, y = _cloud(n), 2 * _cloud(m, 1) + 1
    angles = math.pi * torch.rand(256, generator=torch_rng(0, Stream.PROJECTIONS))
    directions = torch.stack([angles.cos(), angles.sin()]).double().numpy()
    theirs = ot.sliced_wasserstein_distance(
        x.double().numpy(), y.double().numpy(), projections=directions
    )
    assert sliced_w2(x, y) == pytest.approx(float(theirs), rel=1e-4)


def test_sliced_w2_of_a_shift_is_the_shift_over_root_two() -> None:
    x = _cloud(500)
    shift = torch.tensor([3.0, 4.0])
    assert sliced_w2(x, x + shift, projections=2048) == pytest.approx(5 / 2**0.5, rel=0.05)
    assert sliced_w2(x, x) == 0


def test_sliced_w2_is_symmetric_and_repeatable() -> None:
    x, y = _cloud(300), _cloud(200, 1) + 1
    assert sliced_w2(x, y) == pytest.approx(sliced_w2(y, x), rel=1e-6)
    assert sliced_w2(x, y, seed=3) == sliced_w2(x, y, seed=3) != sliced_w2(x, y, seed=4)


def test_floor_is_what_two_fresh_samples_show_and_falls_with_size() -> None:
    law = build(Ring())
    small, large = sliced_w2_floor(law, 250), sliced_w2_floor(law, 4000)
    assert 0 < large < 0.5 * small
    fresh = [law.sample(4000, torch.Generator().manual_seed(s)) for s in (50, 51)]
    assert sliced_w2(*fresh) == pytest.approx(large, rel=0.8)


def test_energy_distance_agrees_with_scipy_on_a_line() -> None:
    x, y = _cloud(300), _cloud(200, 1) * 2 + 1
    x[:, 1] = y[:, 1] = 0
    theirs = energy_on_a_line(x[:, 0].double().numpy(), y[:, 0].double().numpy())
    assert energy_distance(x, y) == pytest.approx(theirs, rel=1e-6)


def test_energy_distance_of_two_points_and_of_a_cloud_to_itself() -> None:
    x, y = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    assert energy_distance(x, y) == pytest.approx(10**0.5)
    assert energy_distance(_cloud(500), _cloud(500)) == pytest.approx(0, abs=1e-6)


def test_exact_w2_agrees_with_pot() -> None:
    x, y = _cloud(200).double(), (2 * _cloud(200, 1) + 1).double()
    plain = torch.ones(200).double().numpy() / 200
    theirs = ot.emd2(plain, plain, ot.dist(x.numpy(), y.numpy()))
    assert exact_w2(x, y) == pytest.approx(theirs**0.5, rel=1e-6)


def test_exact_w2_between_gaussians_is_near_its_closed_form() -> None:
    x, y = _cloud(700), 3 * _cloud(700, 1) + torch.tensor([4.0, 0.0])
    exact = (16 + 2 * (3 - 1) ** 2) ** 0.5  # |dm|^2 + tr(C0 + C1 - 2 (C0 C1)^1/2)
    assert exact_w2(x, y, n=700) == pytest.approx(exact, rel=0.05)


def test_velocity_error_is_zero_for_the_exact_field_and_relative_otherwise() -> None:
    document = Document()
    oracle = oracle_for(document)
    assert oracle is not None

    class Scaled:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return 1.25 * oracle.velocity(x, t)

    assert velocity_error(oracle, oracle, document, n=2000) < 1e-6
    assert velocity_error(Scaled(), oracle, document, n=2000) == pytest.approx(0.25, rel=1e-5)


def test_lost_particles_and_empty_clouds_are_refused_with_a_sentence() -> None:
    x = _cloud(10)
    with pytest.raises(Invalid, match="left the plane"):
        sliced_w2(x * math.inf, x)
    with pytest.raises(Invalid, match="at least one point"):
        energy_distance(x[:0], x)


def test_floor_of_a_shape_without_oracle() -> None:
    assert 0 < sliced_w2_floor(build(Checkerboard()), 2000, pairs=2) < 0.3
