"""The interpolants against their definitions, their own derivatives and scipy's monotone cubics."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from scipy.interpolate import PchipInterpolator

from flowlab.core.document.limits import Invalid
from flowlab.core.document.monotone import MonotoneCubic
from flowlab.core.document.paths import CLOCKS, NOISES, PATHS, Path
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from flowlab.core.interpolants.schedules import curves, schedules

LEVEL = 0.7
KNOTS = {
    "alpha_knots": ((0.2, 0.95), (0.5, 0.4), (0.6, 0.4)),
    "beta_knots": ((0.1, 0.0), (0.45, 0.5), (0.8, 0.7), (0.9, 1.0)),
}


def _legal(kind: str, noise: str) -> bool:
    return noise != "none" or kind not in ("mirror", "encoding")


PAIRS = [(k, n) for k, n in product(PATHS, NOISES) if _legal(k, n)]
EVERY = [  # with the even clock and with one of the others in turn
    Path(kind=kind, noise=noise, level=LEVEL, clock=clock, **KNOTS)
    for k, (kind, noise) in enumerate(PAIRS)
    for clock in ("even", [*CLOCKS][1 + k % (len(CLOCKS) - 1)])
]


def _name(path: Path) -> str:
    return f"{path.kind}-{path.noise}-{path.clock}"


def _at(schedule: object, t: float | torch.Tensor) -> torch.Tensor:
    times = torch.as_tensor(t, dtype=torch.float64).reshape(-1)
    return (schedule(times) + torch.zeros_like(times)).double()  # type: ignore[operator]


def test_the_path_joins_its_ends() -> None:
    x0, x1 = torch.randn(2, 50, 2)
    assert torch.equal(LINEAR.point(x0, x1, torch.zeros(50)), x0)
    assert torch.equal(LINEAR.point(x0, x1, torch.ones(50)), x1)


@pytest.mark.parametrize("path", EVERY, ids=_name)
def test_every_path_leads_from_source_to_target(path: Path) -> None:
    found = interpolant_of(path)
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    alpha = [0.0, 0.0] if path.kind == "mirror" else [1.0, 0.0]
    beta = [1.0, 1.0] if path.kind == "mirror" else [0.0, 1.0]
    for schedule, values in ((found.alpha, alpha), (found.beta, beta), (found.gamma, [0.0, 0.0])):
        np.testing.assert_allclose(_at(schedule, ends), values, atol=1e-8)
    assert found.noisy == bool(_at(found.gamma, 0.5) > 0)


@pytest.mark.parametrize("path", EVERY, ids=_name)
def test_derivatives_are_those_of_the_schedules(path: Path) -> None:
    found, h = interpolant_of(path), 1e-6
    t = torch.linspace(0.013, 0.987, 101, dtype=torch.float64)
    pairs = (
        (found.alpha, found.alpha_dot),
        (found.beta, found.beta_dot),
        (found.gamma, found.gamma_dot),
    )
    for schedule, dot in pairs:
        slope = (_at(schedule, t + h) - _at(schedule, t - h)) / (2 * h)
        np.testing.assert_allclose(_at(dot, t), slope, atol=2e-5, rtol=1e-5)
    product_ = _at(found.gamma, t) * _at(found.gamma_dot, t)
    np.testing.assert_allclose(_at(found.gamma_gamma_dot, t), product_, atol=1e-12)


@pytest.mark.parametrize("path", EVERY, ids=_name)
def test_at_the_ends_of_time_what_exact_fields_need_is_finite(path: Path) -> None:
    found, h = interpolant_of(path), 1e-7
    for end, inside in ((0.0, h), (1.0, 1 - h)):
        square = (_at(found.gamma, inside) ** 2 - _at(found.gamma, end) ** 2) / (inside - end)
        np.testing.assert_allclose(_at(found.gamma_gamma_dot, end), square / 2, atol=1e-5)
        pull = _at(found.alpha, end) * _at(found.alpha_dot, end)
        square = (_at(found.alpha, inside) ** 2 - _at(found.alpha, end) ** 2) / (inside - end)
        np.testing.assert_allclose(pull, square / 2, atol=1e-5)
        for part in (found.alpha_dot, found.beta_dot, found.gamma_dot):
            assert bool(_at(part, end).isfinite())


@pytest.mark.parametrize("path", EVERY[::2], ids=_name)
def test_numpy_draws_the_curves_that_torch_learns(path: Path) -> None:
    t, values = curves(path, 41)
    found = interpolant_of(path)
    for schedule, row in zip((found.alpha, found.beta, found.gamma), values, strict=True):
        np.testing.assert_allclose(_at(schedule, torch.from_numpy(t)), row, atol=1e-12)


def test_the_equations_of_the_catalogue() -> None:
    t = torch.linspace(0, 1, 21, dtype=torch.float64)

    def of(kind: str, noise: str = "none") -> list[torch.Tensor]:
        path = interpolant_of(Path(kind=kind, noise=noise, level=0.8))
        return [_at(f, t) for f in (path.alpha, path.beta, path.gamma)]

    alpha, beta, gamma = of("trigonometric", "sine")
    torch.testing.assert_close(alpha**2 + beta**2 + gamma**2, torch.ones_like(t))
    torch.testing.assert_close(gamma, 0.8 * torch.sin(torch.pi * t) ** 2)
    torch.testing.assert_close(beta[:-1] / alpha[:-1], torch.tan(torch.pi / 2 * t[:-1]))
    alpha, beta, gamma = of("preserving", "brownian")
    torch.testing.assert_close(alpha**2 + beta**2, torch.ones_like(t))
    torch.testing.assert_close(gamma**2, 0.64 * t * (1 - t))
    alpha, beta, gamma = of("encoding", "quadratic")
    assert bool((alpha * beta == 0).all())
    torch.testing.assert_close(alpha + beta, torch.cos(torch.pi * t) ** 2)
    torch.testing.assert_close(gamma, 0.8 * t * (1 - t))
    alpha, beta, _ = of("mirror", "sine")
    assert bool((alpha == 0).all())
    assert bool((beta == 1).all())


def test_a_clock_reads_the_path_at_other_times_and_ends_where_it_ends() -> None:
    t = torch.linspace(0, 1, 50, dtype=torch.float64)
    for kind in CLOCKS:
        tau = _at(interpolant_of(Path(clock=kind)).beta, t)  # beta of the linear path is tau
        assert float(tau.diff().min()) > 0
        other = interpolant_of(Path(kind="trigonometric", clock=kind))
        torch.testing.assert_close(_at(other.beta, t), torch.sin(torch.pi / 2 * tau))
    early, late = (_at(interpolant_of(Path(clock=k)).beta, 0.3) for k in ("early", "late"))
    assert float(early) > 0.3 > float(late)


@pytest.mark.parametrize("path", [LINEAR, *map(interpolant_of, EVERY[::5])], ids=lambda p: p.name)
def test_the_velocity_is_the_derivative_of_the_point(path: Interpolant) -> None:
    x0, x1, z = torch.randn(3, 50, 2, dtype=torch.float64)
    t = 0.01 + 0.98 * torch.rand(50, dtype=torch.float64)
    h, noise = 1e-6, z if path.noisy else None
    slope = (path.point(x0, x1, t + h, noise) - path.point(x0, x1, t - h, noise)) / (2 * h)
    found = path.velocity(x0, x1, t, noise).expand_as(slope)
    torch.testing.assert_close(found, slope, atol=1e-4, rtol=1e-4)


def test_mean_and_covariance_of_the_blend() -> None:
    x0 = torch.randn(50_000, 2) @ torch.tensor([[1.0, 0.4], [0.0, 0.5]]) + 1
    x1 = torch.randn(50_000, 2) * torch.tensor([0.3, 2.0]) - 2
    x = LINEAR.point(x0, x1, torch.full((50_000,), 0.3))
    torch.testing.assert_close(x.mean(0), 0.7 * x0.mean(0) + 0.3 * x1.mean(0))
    blended = 0.49 * torch.cov(x0.T) + 0.09 * torch.cov(x1.T)
    torch.testing.assert_close(torch.cov(x.T), blended, atol=0.02, rtol=0)


@pytest.mark.parametrize("seed", range(5))
def test_monotone_cubics_are_scipy_s(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.sort(rng.uniform(0.05, 0.95, 4))
    y = np.sort(rng.uniform(0, 1, 4)) if seed else np.array([0.2, 0.2, 0.9, 0.9])
    knots = [(0.0, 0.0), *zip(t.tolist(), y.tolist(), strict=True), (1.0, 1.0)]
    ours, theirs = MonotoneCubic(knots), PchipInterpolator(*np.array(knots).T)
    s = np.linspace(0, 1, 301)
    np.testing.assert_allclose(ours.at(s), theirs(s), atol=1e-12)
    np.testing.assert_allclose(ours.derivative(s), theirs(s, 1), atol=1e-9)
    assert np.diff(ours.at(s)).min() > -1e-12
    line = MonotoneCubic([(0.0, 1.0), (1.0, 0.0)])
    np.testing.assert_allclose(line.at(s), 1 - s, atol=1e-12)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "mirror"}, "stands still without noise"),
        ({"kind": "encoding"}, "pure noise at t = 1/2"),
        ({"kind": "trigonometric", "noise": "sine"}, "level below 1"),
        ({"kind": "trigonometric", "noise": "brownian", "level": 2.5}, "level below 2"),
        ({"kind": "spiral"}, "not one of"),
        ({"level": 0.0}, "Noise level must be"),
        ({"alpha_knots": ()}, "needs 1 to 6 knots"),
        ({"alpha_knots": ((0.5, float("nan")),)}, "needs 1 to 6 knots"),
        ({"alpha_knots": ((0.5, 0.5), (0.5, 0.4))}, "one after the other"),
        ({"beta_knots": ((0.001, 0.5),)}, "one after the other"),
        ({"alpha_knots": ((0.3, 0.4), (0.6, 0.5))}, "never rise"),
        ({"beta_knots": ((0.5, 1.2),)}, "never fall"),
        (
            {
                "kind": "custom",
                "alpha_knots": ((0.3, 0.0),),
                "beta_knots": ((0.7, 0.0),),
            },
            "all points would meet",
        ),
    ],
)
def test_paths_that_make_no_sense_are_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        Path(**fields)  # type: ignore[arg-type]
    assert str(refused.value).count(". ") == 0  # one sentence


def test_noise_heals_what_only_it_can() -> None:
    torn = Path(
        kind="custom", noise="quadratic", alpha_knots=((0.3, 0.0),), beta_knots=((0.7, 0.0),)
    )
    assert interpolant_of(torn).noisy
    assert interpolant_of(replace(Path(kind="mirror", noise="sine"), level=3.0)).noisy


def test_the_linear_path_is_one_and_the_same_object_whatever_the_unused_fields() -> None:
    assert interpolant_of(Path(level=3.0, **KNOTS)) is LINEAR  # type: ignore[arg-type]
    assert interpolant_of(Path(clock="late")) is not LINEAR
    slow = schedules(Path(), np)
    t = np.linspace(0, 1, 5)
    np.testing.assert_array_equal(slow.alpha.at(t), 1 - t)
