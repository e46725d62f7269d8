"""Score matching side by side: it learns, again and again the same, and can be stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.score_network import curl
from flowlab.core.diffusion.score_objectives import OBJECTIVES
from flowlab.core.diffusion.score_training import ScoreTask, learn, learn_scores, scaling_of
from flowlab.core.diffusion.smoothed import Smoothed, score_error
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Moons
from flowlab.core.document.training import Training
from flowlab.core.solvers.ode import Cancelled

EXACT, SIGMA = Smoothed.of(Moons()), 0.5
TASK = ScoreTask(target=EXACT.target, sigma=SIGMA, steps=400)
SHORT = replace(TASK, network=Network(width=16, depth=2), steps=70)


def test_each_objective_learns_the_score() -> None:
    start = score_error(learn(replace(TASK, steps=1), "implicit").score, EXACT, SIGMA).relative
    found = learn_scores(TASK)
    assert list(found) == list(OBJECTIVES)
    errors = {k: score_error(v.score, EXACT, SIGMA).relative for k, v in found.items()}
    assert start > 0.6
    assert max(errors.values()) < 0.25
    late = {name: float(value.losses[-200:].mean()) for name, value in found.items()}
    assert late["denoising"] - late["implicit"] == pytest.approx(1, abs=0.05)
    assert late["sliced"] == pytest.approx(late["implicit"], abs=0.05)
    other = 1.5  # of which only the noise-conditioned network has heard
    by_level = {k: score_error(v.score, EXACT, other).relative for k, v in found.items()}
    assert min(by_level, key=by_level.__getitem__) == "conditioned"
    x = EXACT.sample(100, SIGMA, torch.Generator().manual_seed(1))
    assert float(curl(found["denoising"].score, x, SIGMA).abs().mean()) > 1e-3  # no gradient


def test_it_starts_at_the_score_of_one_gaussian() -> None:
    exact = Smoothed.of(Gaussian(std_x=0.7, std_y=0.7, offset_x=1.5))
    rate = Training(learning_rate=1e-6)
    task = replace(SHORT, target=exact.target, steps=1, training=rate)
    found = learn(task, "implicit")
    assert found.scaling.deviation == pytest.approx(0.7)
    assert score_error(found.score, exact, SIGMA).relative < 1e-4


def test_the_same_seed_learns_the_same() -> None:
    shares: list[float] = []
    one = learn_scores(SHORT, ("sliced", "denoising"), progress=shares.append)
    two = learn_scores(SHORT, ("denoising", "sliced"))
    for name in one:
        assert one[name].losses.shape == (70,)
        np.testing.assert_array_equal(one[name].losses, two[name].losses)
        for first, second in zip(
            one[name].net.parameters(), two[name].net.parameters(), strict=True
        ):
            assert torch.equal(first, second)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    other = learn(replace(SHORT, seed=1), "denoising")
    assert not np.array_equal(other.losses, one["denoising"].losses)
    other = learn(replace(SHORT, vectors="gaussian"), "sliced")
    assert not np.array_equal(other.losses, one["sliced"].losses)


def test_it_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        learn_scores(SHORT, cancelled=lambda: True)


def test_what_cannot_be_learned_is_refused() -> None:
    with pytest.raises(Invalid, match="no objective"):
        learn_scores(SHORT, ("explicit",))
    with pytest.raises(Invalid, match="positive"):
        replace(TASK, sigma=0.0)
    with pytest.raises(Invalid, match="without kinks"):
        replace(TASK, network=Network(activation="relu"))
    wild = Training(learning_rate=10.0, optimiser="sgd")
    with pytest.raises(Invalid, match="diverged"):
        learn(replace(TASK, training=wild), "implicit")


def test_a_single_point_has_a_scale() -> None:
    class Point:
        def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
            return torch.ones(n, 2)

        def mixture(self) -> None:
            return None

    assert scaling_of(Point(), 0).deviation > 0  # type: ignore[arg-type]
