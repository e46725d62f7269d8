"""Levels of noise: their shapes, their integrals against SciPy's, and what is refused."""

from __future__ import annotations

import math

import pytest
from scipy.integrate import quad

from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.interpolants.paths import LINEAR, interpolant_of
from flowlab.core.stochastic.noise import Shape, noise_of
from flowlab.core.stochastic.settings import EPS_SHAPES, Stochastic

NOISY = interpolant_of(Path(noise="brownian", level=0.8))


@pytest.mark.parametrize("shape", [*EPS_SHAPES, ((0.0, 1.0), (0.3, 2.0), (1.0, 0.0))])
def test_the_integral_over_a_step_is_that_of_the_level(shape: Shape) -> None:
    noise = noise_of(1.7, shape, NOISY)
    for t, u in ((0.0, 0.025), (0.4, 0.425), (0.975, 1.0), (0.7, 0.6)):
        expected = quad(noise.level, t, u, epsabs=1e-12)[0]
        assert noise.between(t, u) == pytest.approx(expected, rel=5e-4)


def test_levels_are_what_their_names_say() -> None:
    t, drawn = 0.3, noise_of(2.0, [(0, 1), (1, 0)], LINEAR)
    assert noise_of(2.0, "alpha", LINEAR).level(t) == pytest.approx(1.4)
    assert noise_of(2.0, "constant", LINEAR).level(t) == 2.0
    assert noise_of(2.0, "sine", LINEAR).level(t) == pytest.approx(2 * math.sin(0.3 * math.pi) ** 2)
    assert noise_of(2.0, "gamma", NOISY).level(t) == pytest.approx(1.6 * math.sqrt(0.21))
    assert drawn.level(t) == pytest.approx(1.4)


@pytest.mark.parametrize("eps", [-1.0, math.nan, math.inf, 1e6, "2", None, True])
def test_an_eps_that_cannot_be_is_refused(eps: object) -> None:
    with pytest.raises(Invalid, match="level of noise, must be from 0 to 1000"):
        noise_of(eps, "alpha", LINEAR)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("beta", "There is no eps_shape 'beta'"),
        ("gamma", r"ε γ\(t\) .* needs a path with latent noise: choose one, or ε α\(t\)"),
        (3, "rows of 2 numbers"),
        ([(0, 1)], "ascending from 0 to 1"),
        ([(0, 1, 2), (1, 1, 2)], "rows of 2 numbers"),
        ([(0, 1), (0.5, 1)], "ascending from 0 to 1"),
        ([(0, 1), (0.6, 1), (0.4, 1), (1, 0)], "ascending from 0 to 1"),
        ([(0, 1), (1, -1)], "no value below 0"),
        ([(0, 1), (1, math.nan)], "no value below 0"),
        ([(0, "a"), (1, 1)], "real numbers"),
    ],
)
def test_shapes_that_cannot_be_are_refused(shape: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        noise_of(1.0, shape, LINEAR)  # type: ignore[arg-type]


def test_the_integral_of_a_drawn_level_is_exact_across_its_corners() -> None:
    noise = noise_of(2.0, ((0.0, 1.0), (0.3, 2.0), (0.31, 0.0), (1.0, 4.0)), LINEAR)
    expected = quad(noise.level, 0.05, 0.95, points=(0.3, 0.31), epsabs=1e-12)[0]
    assert noise.between(0.05, 0.95) == pytest.approx(expected, rel=1e-9)
    assert noise.between(0.95, 0.05) == pytest.approx(-expected, rel=1e-9)


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        (3, "rows of t and value"),
        (((0.0, 1.0),), "2 to 24 points, not 1"),
        (((0.0, 1.0), (0.9, 1.0)), "ascending from 0 to 1"),
        (((0.0, 1.0), (0.5, 1.0), (0.5, 2.0), (1.0, 1.0)), "ascending from 0 to 1"),
        (((0.0, -1.0), (1.0, 1.0)), "from 0 to 10"),
        (((0.0, math.nan), (1.0, 1.0)), "from 0 to 10"),
    ],
)
def test_a_drawn_level_of_a_document_is_checked(curve: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Stochastic(eps_curve=curve)  # type: ignore[arg-type]


def test_the_room_s_processes_follow_the_drawn_level() -> None:
    curve = ((0.0, 1.0), (0.4, 3.0), (1.0, 0.0))
    assert Stochastic(eps_shape="drawn", eps_curve=curve).level_shape == curve
    assert Stochastic(eps_shape="sine", eps_curve=curve).level_shape == "sine"
