"""The judge: its distances against the product's own, its floor, its errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.bench.quality import Judge, Strokes, carry, distances
from flowlab.bench.sampling import bundle, path_errors
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named, preset
from flowlab.core.document.shapes import Gaussian
from flowlab.core.exact import oracle_for
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics import energy_distance, sliced_w2
from flowlab.run import Run

EIGHT = preset("eight_gaussians")


@dataclass(frozen=True)
class Scaled:
    """The exact field of a document, times a factor."""

    document: Document
    factor: float = 1.0

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        oracle = oracle_for(self.document)
        assert oracle is not None
        return self.factor * oracle.velocity(x, t)


def test_distances_agree_with_the_metrics() -> None:
    x = torch.randn(400, 2)
    y = torch.randn(400, 2) * torch.tensor([1.5, 0.5]) + torch.tensor([0.3, 0.0])
    w2, energy = distances(x.numpy(), y.numpy())
    assert w2 == pytest.approx(sliced_w2(x, y, 4000), rel=0.02)
    assert energy == pytest.approx(energy_distance(x, y), rel=0.01)


def test_distances_of_a_cloud_to_itself_and_moved() -> None:
    x = torch.randn(300, 2).numpy()
    assert distances(x, x) == pytest.approx((0.0, 0.0), abs=1e-3)
    moved = x + np.array([3.0, 4.0], np.float32)
    assert distances(x, moved)[0] == pytest.approx(5 / np.sqrt(2), rel=1e-3)  # E cos^2 = 1/2


def test_carry_is_fourth_order() -> None:
    """dx/dt = x has x(1) = e x(0)."""

    class Growing:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return x

    start = torch.ones(1, 2, dtype=torch.float64)
    errors = [float((carry(Growing(), start, n) - np.e).abs().max()) for n in (4, 8)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.15)


def test_exact_field_scores_about_the_floor() -> None:
    gaussian = Document(source=Gaussian(), target=Gaussian(std_x=2.0, offset_x=1.0))
    judge = Judge(gaussian, 400, 3)
    verdict = judge.judge(Scaled(gaussian))
    assert 0.4 < verdict.sliced < 1.8
    assert 0.4 < verdict.energy < 1.8
    assert verdict.velocity == pytest.approx(0.0, abs=1e-5)
    assert judge.judge(Scaled(gaussian, 0.5)).both > 2.5


def test_velocity_error_is_relative() -> None:
    assert Judge(EIGHT, 20, 1).error(Scaled(EIGHT, 0.9)) == pytest.approx(0.1, rel=1e-3)


def test_no_oracle_no_velocity_error() -> None:
    class Still:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.zeros_like(x)

    judge = Judge(preset("triangle_to_square"), 1000, 1)  # of 200 it is 2.0 to 4.2, by the seed
    assert judge.judge(Still()).velocity is None
    assert judge.judge(Still()).both > 3


def test_lost_particles_are_infinitely_bad() -> None:
    class Lost:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.full_like(x, torch.inf)

    assert Judge(preset("moons"), 50, 1).judge(Lost()).both == np.inf


def test_strokes_tell_a_blurred_word_from_a_sharp_one() -> None:
    """A field that stands still leaves the source where it is, so the source is judged."""

    class Still:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.zeros_like(x)

    word = replace(named("text"), noise=0.03)
    sharp = Document(source=word, target=word)
    off, distance = Strokes(sharp, 2000, 0.03).judge(Still())
    assert off < 0.005
    assert distance == pytest.approx(1.0, rel=0.15)
    blurred = Document(source=replace(word, noise=0.3), target=word)
    off, distance = Strokes(blurred, 2000, 0.03).judge(Still())
    assert off > 0.1
    assert distance > 4


def test_path_errors_shrink_with_the_steps_of_the_bundle() -> None:
    """A run that has learned nothing follows the Gaussian flow, which is smooth."""
    run = Run(document=EIGHT, weights=Trainer(EIGHT).weights())
    errors = [path_errors(run, bundle(run, 50, steps), 100) for steps in (2, 8)]
    assert [len(found) for found in errors] == [101, 101]
    assert errors[0][0] < 1e-3  # where all start, but for the bits of a stored position
    assert max(errors[0]) > 4 * max(errors[1])
