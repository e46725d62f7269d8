"""The tilted law: its mass, its moments by weighted samples, and its two ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.tilted import tilted_law, tilted_shape
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Checkerboard, Gaussian, Mixture, Moons, Points, Text
from flowlab.core.learning.conditioning import shape_of_class
from tests.helpers.noise_models import NOISE, log_mixture_at

TARGET = Mixture(
    means=((-1.0, 0.5), (1.0, -0.5)), covs=((0.5, 0.0, 0.7), (0.6, 0.2, 0.5)), weights=(0.4, 0.6)
)


@pytest.mark.parametrize("gamma", [0.3, 3.0])
def test_it_integrates_to_one_and_has_the_moments_of_weighted_samples(gamma: float) -> None:
    law = tilted_law(TARGET, 1, gamma)
    x = (torch.arange(700, dtype=torch.float64) + 0.5) / 700 * 16 - 8  # cells of another size
    places = torch.cartesian_prod(x, x)
    density = law.log_prob(places).double().exp()
    assert float(density.sum()) * (16 / 700) ** 2 == pytest.approx(1.0, abs=1e-3)
    mean = density @ places / density.sum()
    samples = build(TARGET).sample(100_000, torch.Generator().manual_seed(0)).double()
    own = log_mixture_at(TARGET, NOISE, 1.0, 1e-9, samples).log_softmax(1)[:, 1]
    weight = (gamma * own).exp()
    weighted = weight @ samples / weight.sum()
    error = ((weight / weight.sum()) @ (samples - weighted).square()) ** 0.5 / np.sqrt(
        float(weight.sum() ** 2 / weight.square().sum())
    )
    assert float(((mean - weighted).abs() / error).max()) < 4
    drawn = law.sample(20_000, torch.Generator().manual_seed(1)).double()
    assert float((drawn.mean(0) - mean).abs().max()) < 4 * float(drawn.std(0).max()) / 141


def test_at_its_ends_it_is_the_target_and_the_class() -> None:
    assert tilted_shape(TARGET, 1, 0.0) == TARGET
    assert tilted_shape(TARGET, 1, 1.0) == shape_of_class(TARGET, 1)
    nearly, one = tilted_law(TARGET, 1, 1.0 + 1e-9), build(tilted_shape(TARGET, 1, 1.0))
    x = one.sample(500, torch.Generator().manual_seed(0))
    off = (nearly.log_prob(x).exp() - one.log_prob(x).exp()).abs()
    assert float(off.max()) < 1e-3


@pytest.mark.parametrize("shape", [Checkerboard(count=2), Text(text="ab")])
def test_of_classes_that_don_t_overlap_it_is_the_class(shape: Checkerboard | Text) -> None:
    law, one = tilted_law(shape, 1, 3.0), shape_of_class(shape, 1)
    assert one is not None
    x = build(one).sample(2000, torch.Generator().manual_seed(0))
    ratio = law.log_prob(x) - build(one).log_prob(x)
    assert float(ratio.median()) == pytest.approx(0.0, abs=0.05)


def test_points_are_their_class_and_what_isn_t_known_is_told() -> None:
    cloud = Points(points=Array([[0.0, 0.0], [1.0, 0.0]]), labels=Array([0.0, 1.0]), noise=0.0)
    assert tilted_shape(cloud, 1, 3.0) == shape_of_class(cloud, 1)
    for shape in (Moons(), replace(TARGET, noise=0.1)):
        if isinstance(shape, Moons):
            with pytest.raises(Invalid, match="density of each class"):
                tilted_shape(shape, 1, 3.0)
        else:
            assert tilted_law(shape, 1, 3.0).has_log_prob
    with pytest.raises(Invalid, match="no class 4"):
        tilted_shape(TARGET, 4, 3.0)
    with pytest.raises(Invalid, match="no class 0"):
        tilted_shape(Gaussian(), 0, 3.0)
    with pytest.raises(Invalid, match="gamma must be from 0"):
        tilted_shape(TARGET, 1, -1.0)
