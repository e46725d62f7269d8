"""Reverse processes between walls, with a score in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from flowlab.core.array_types import Doubles
from flowlab.core.domains import square
from flowlab.core.reflected.reverse import Carrier, Reverse

SIDE, TILT = 2.0, 0.9
WALLS = square(SIDE)


def score(variances: Doubles):
    """Of p = (1 + a e^(-(pi/L)^2 v/2) cos(pi x / L)) / L^2 on [0, L]^2, shifted to the middle."""

    def at(x: Doubles, k: int) -> Doubles:
        rate = math.pi / SIDE
        a, u = TILT * math.exp(-(rate**2) * variances[k] / 2), rate * (x[:, 0] + SIDE / 2)
        slope = -a * rate * np.sin(u) / (1 + a * np.cos(u))
        return np.column_stack([slope, 0 * slope])

    return at


def cumulative(x: Doubles) -> Doubles:
    u = (x + SIDE / 2) / SIDE
    return u + TILT / math.pi * np.sin(math.pi * u)


def carried(how: Reverse, steps: int, n: int = 6000, seed: int = 0) -> tuple[Doubles, Carrier]:
    variances = (1.5 * SIDE * (0.01 / 1.5) ** np.linspace(0, 1, steps + 1)) ** 2
    rng = np.random.default_rng(seed)
    noise = np.random.default_rng(seed + 1)
    made = Carrier(WALLS, score(variances), variances, how, lambda k, d: noise.normal(size=(n, 2)))
    x = rng.uniform(-SIDE / 2, SIDE / 2, (n, 2))
    return made.points(x)[-1].astype(float), made


@pytest.mark.parametrize(
    ("how", "steps"),
    [
        (Reverse(), 200),
        (Reverse(annealed=0.5), 200),
        (Reverse(annealed=0.2), 200),
        (Reverse(annealed=0.0), 100),
        (Reverse(annealed=0.0, heun=True), 50),
        (Reverse(corrections=1, snr=0.1), 150),
    ],
)
def test_every_level_of_noise_reaches_the_data(how: Reverse, steps: int) -> None:
    x, made = carried(how, steps)
    assert bool(WALLS.inside(x).all())
    assert stats.kstest(x[:, 0], cumulative).pvalue > 1e-3
    assert stats.kstest(x[:, 1], stats.uniform(-SIDE / 2, SIDE).cdf).pvalue > 1e-3
    each = (2 if how.heun else 1) + how.corrections
    assert made.evaluations == each * steps


def test_the_other_sign_of_the_square_does_not() -> None:
    """The forward form's drift, (1 - (gbar/g)^2) / 2, in reverse: no drift at all at gbar = g."""

    class Wrong(Carrier):
        def _predicted(self, x: Doubles, k: int, fall: float) -> Doubles:
            share = self.how.annealed
            step = (1 - share**2) / 2 * fall * self._score(x, k)
            return self._kept(x, step + share * np.sqrt(fall) * self.noise(k, 0))

    _, made = carried(Reverse(annealed=0.7), 1)
    variances = (1.5 * SIDE * (0.01 / 1.5) ** np.linspace(0, 1, 201)) ** 2
    noise = np.random.default_rng(2)
    wrong = Wrong(WALLS, score(variances), variances, made.how,
                  lambda k, d: noise.normal(size=(6000, 2)))  # fmt: skip
    x = wrong.points(np.random.default_rng(0).uniform(-1, 1, (6000, 2)))[-1].astype(float)
    assert stats.kstest(x[:, 0], cumulative).pvalue < 1e-6


def test_the_flow_of_a_score_without_normal_component_needs_no_walls() -> None:
    _, flow = carried(Reverse(annealed=0.0), 100)
    _, noisy = carried(Reverse(), 100)
    assert flow.left == 0
    assert noisy.left > 1000


def test_projection_stays_inside_too_and_leaves_an_atom() -> None:
    x, _ = carried(Reverse(guard="project"), 60)
    assert bool(WALLS.inside(x.astype(np.float32)).all())
    on_walls = (np.abs(x).max(1) > SIDE / 2 - 1e-6).mean()
    reflected, _ = carried(Reverse(), 60)
    assert on_walls > 0.002
    assert (np.abs(reflected).max(1) > SIDE / 2 - 1e-6).mean() < on_walls / 2


def test_denoising_moves_by_the_last_variance_times_the_score() -> None:
    plain, made = carried(Reverse(), 30)
    denoised, _ = carried(Reverse(denoise=True), 30)
    expected = made.variances[-1] * score(made.variances)(plain, 30)
    inside = np.abs(plain).max(1) < SIDE / 2 - 0.01
    assert np.allclose((denoised - plain)[inside], expected[inside], atol=1e-6)
