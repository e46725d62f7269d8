"""The exact score and density of a target blurred by N(0, sigma^2 I), from its oracle.

With a source N(0, I) and the linear path, x_t / t = x1 + sigma x0 for sigma = (1 - t) / t. So at
t = 1 / (1 + sigma), p_sigma(x) = t^2 p_t(t x), and its score is t times that of p_t at t x.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate, root_estimate
from flowlab.core.exact import Oracle, oracle_for

Score = Callable[[Tensor, float], Tensor]  # (x (n, 2), sigma) -> (n, 2)


@dataclass(frozen=True, eq=False)
class Smoothed:
    """A target at any noise level sigma > 0; results are float64."""

    target: Distribution
    oracle: Oracle

    @classmethod
    def of(cls, shape: Shape) -> Smoothed:
        """Of a target's shape; raises `Invalid` if it cannot be built."""
        oracle = oracle_for(Document(source=Gaussian(), target=shape))
        assert oracle is not None  # since pairs are independent
        return cls(build(shape), oracle)

    def score(self, x: Tensor, sigma: float) -> Tensor:
        """grad log p_sigma (n, 2) at x (n, 2); NaN where it isn't defined."""
        t = 1 / (1 + sigma)
        return t * self.oracle.score(t * x.double(), t)

    def log_density(self, x: Tensor, sigma: float) -> Tensor:
        """log p_sigma (n,) at x (n, 2)."""
        t = 1 / (1 + sigma)
        return self.oracle.log_density(t * x.double(), t) + 2 * math.log(t)

    def sample(self, n: int, sigma: float, rng: torch.Generator) -> Tensor:
        """Samples (n, 2) of p_sigma."""
        x1 = self.target.sample(n, rng).double()
        z = torch.randn(x1.shape, dtype=x1.dtype, device=x1.device, generator=rng)
        return x1 + sigma * z


@dataclass(frozen=True)
class ScoreError:
    """How far a score is from the exact one, and how large that is: roots of mean squares."""

    error: Estimate
    size: Estimate

    @property
    def relative(self) -> Estimate:
        """The error over the size, with the standard error of the former alone."""
        return Estimate(self.error / self.size, self.error.error / self.size, self.error.n)


@dataclass(frozen=True, eq=False)
class ScoreReference:
    """Samples of p_sigma where the exact score is defined, and that score, float64."""

    sigma: float
    x: Tensor  # (n, 2)
    truth: Tensor  # (n, 2)

    @classmethod
    def of(cls, exact: Smoothed, sigma: float, n: int, seed: int, *more: int) -> ScoreReference:
        """At a noise level, from `n` samples; `more` selects others of the same seed."""
        x = exact.sample(n, sigma, torch_rng(seed, Stream.SCORE_ERROR, *more))
        truth = exact.score(x, sigma)
        defined = truth.isfinite().all(1)
        return cls(sigma, x[defined], truth[defined])

    def error(self, score: Score) -> ScoreError:
        """Compare a score with the exact one over the samples."""
        with torch.no_grad():
            difference = score(self.x, self.sigma).to(self.truth) - self.truth
        return ScoreError(_rms(difference), _rms(self.truth))


def score_error(
    score: Score, exact: Smoothed, sigma: float, *, n: int = 4000, seed: int = 0
) -> ScoreError:
    """Compare a score with the exact one over samples x ~ p_sigma, where that is defined."""
    return ScoreReference.of(exact, sigma, n, seed).error(score)


def _rms(vectors: Tensor) -> Estimate:
    return root_estimate(mean_estimate(vectors.square().sum(1).cpu().numpy()))
