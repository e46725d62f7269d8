"""Samplers of pictures, with networks that are exact where each pixel is N(m, v)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from flowlab.core.diffusion.levels import levels_of
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import CALLS
from flowlab.images.methods import SOLVERS
from flowlab.images.model import PREDICTS, PictureModel, SigmaTime, UnitTime, WholeSteps
from flowlab.images.sampling import (
    clipped,
    ddim,
    dynamically_clipped,
    even_times,
    flow,
)

MEAN, VARIANCE = 0.4, 0.3
LEVELS = levels_of(T=1000)
TIMES: dict[str, UnitTime | WholeSteps] = {
    "velocity": UnitTime(),
    "velocity into noise": UnitTime(backwards=True),
    "noise": WholeSteps.of(LEVELS),
    "noise and variance": WholeSteps.of(LEVELS),
    "data": WholeSteps.of(LEVELS),
    "v": WholeSteps.of(LEVELS),
    "score": WholeSteps.of(LEVELS),
}


def exact(predicts: str, mean: float = MEAN, variance: float = VARIANCE) -> PictureModel:
    """A model whose network knows the answer for pixels N(mean, variance), from what it is told."""
    time = TIMES[predicts]

    def network(x: Tensor, told: Tensor, _: Tensor | None) -> Tensor:
        if isinstance(time, UnitTime):
            a = told[:, None, None, None].double()
            a = 1 - a if time.backwards else a
            b = 1 - a
        else:
            k = told.round().long()  # exact at whole steps
            at = len(LEVELS.k) - 2 - k
            a = LEVELS.signal[at][:, None, None, None]
            b = LEVELS.noise[at][:, None, None, None]
        off = (x - a * mean) / (a**2 * variance + b**2)
        data, noise = mean + a * variance * off, b * off
        out = {
            "velocity": data - noise,
            "velocity into noise": noise - data,
            "noise": noise,
            "noise and variance": torch.cat([noise, noise * 0], 1),
            "data": data,
            "v": a * noise - b * data,
            "score": -noise / b,
        }
        return out[predicts].to(x)

    return PictureModel(network, predicts, time)


def noise_of(n: int) -> Tensor:
    return torch.randn(n, 1, 2, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("predicts", list(PREDICTS))
def test_each_prediction_is_read_as_the_same_two_ends(predicts: str) -> None:
    """At a whole step, x scaled in two ways."""
    x, k = noise_of(3), 300
    a, b = (float(part[1000 - k]) for part in (LEVELS.signal, LEVELS.noise))
    off = (x - a * MEAN) / (a**2 * VARIANCE + b**2)
    for scale in (1.0, 1 / (a + b)):
        data, noise = exact(predicts).ends(scale * x, scale * a, scale * b)
        torch.testing.assert_close(data, MEAN + a * VARIANCE * off, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(noise, b * off, rtol=1e-6, atol=1e-6)


def last(looks: object) -> Tensor:
    return list(looks)[-1].x  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_the_flow_ends_where_the_closed_form_does_with_the_solver_s_order(
    solver: str, order: int
) -> None:
    """The ODE of pixels N(0, 1) to N(m, v) keeps quantiles: x1 = m + sqrt(v) x0."""
    x, model = noise_of(20), exact("velocity")
    errors = [
        float((last(flow(model, x, even_times(n), solver=solver)) - _mapped(x)).abs().max())
        for n in (32, 64)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.4)


def _mapped(x: Tensor) -> Tensor:
    return MEAN + math.sqrt(VARIANCE) * x


@pytest.mark.parametrize("predicts", ["velocity", "noise", "v"])
def test_ddim_goes_to_the_same_pictures_as_the_flow(predicts: str) -> None:
    x = noise_of(20)
    torch.testing.assert_close(
        last(ddim(exact(predicts), x, LEVELS)), _mapped(x), rtol=0.02, atol=0.02
    )


def test_ddpm_of_300_steps_loses_of_the_mean_what_its_start_has_lost() -> None:
    """m (1 - abar v / (abar v + 1 - abar)) for v = 1: 2.856 of 3, abar_T = .048."""
    levels = levels_of(T=300)
    time = WholeSteps.of(levels)

    def network(x: Tensor, told: Tensor, _: Tensor | None) -> Tensor:
        at = 299 - told.round().long()
        a, b = (part[at][:, None, None, None].to(x) for part in (levels.signal, levels.noise))
        return b * (x - 3 * a)  # v = 1: a^2 + b^2 = 1

    rng = torch.Generator().manual_seed(1)
    x = noise_of(5000)
    found = last(ddim(PictureModel(network, "noise", time), x, levels, eta=1.0, rng=rng))
    assert float(found.mean()) == pytest.approx(2.856, abs=4 / math.sqrt(20_000))
    assert float(found.var()) == pytest.approx(1.0, abs=0.05)


def test_a_first_look_comes_before_the_network_is_asked() -> None:
    def never(x: Tensor, told: Tensor, _: Tensor | None) -> Tensor:
        raise AssertionError

    model = PictureModel(never, "velocity", UnitTime())
    look = next(flow(model, noise_of(1), even_times(4)))
    assert (look.t, look.data) == (0.0, None)


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_the_calls_of_a_step_are_counted(solver: str) -> None:
    told: list[float] = []

    def network(x: Tensor, t: Tensor, _: Tensor | None) -> Tensor:
        told.append(float(t[0]))
        return x

    list(flow(PictureModel(network, "velocity", UnitTime(1000.0)), noise_of(1), even_times(3),
              solver=solver))  # fmt: skip
    assert len(told) == 3 * CALLS[solver]
    assert max(told) <= 1000.0


def test_thresholding_keeps_what_is_inside() -> None:
    x = torch.linspace(-3, 3, 400).reshape(1, 1, 20, 20)
    assert clipped(x).abs().max() == 1
    dynamic = dynamically_clipped(0.9)(x)
    assert dynamic.abs().max() == 1
    assert float((dynamic.abs() == 1).float().mean()) == pytest.approx(0.1, abs=0.02)
    torch.testing.assert_close(dynamically_clipped()(x / 4), x / 4)


def test_a_guarded_flow_stays_in_the_box() -> None:
    model, x = exact("velocity", mean=0.9, variance=0.5), noise_of(200)
    free = last(flow(model, x, even_times(16)))
    kept = last(flow(model, x, even_times(16), solver="euler", guard=clipped))
    assert free.abs().max() > 1.5
    assert kept.abs().max() <= 1 + 1e-6


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(Invalid, match="prediction"):
        PictureModel(lambda x, t, y: x, "blur", UnitTime())
    with pytest.raises(Invalid, match="solver"):
        list(flow(exact("velocity"), noise_of(1), even_times(2), solver="adams"))
    with pytest.raises(Invalid, match="steps"):
        even_times(0)


def test_a_network_of_sigmas_sees_data_plus_noise() -> None:
    seen: list[tuple[float, float]] = []

    def network(x: Tensor, told: Tensor, _: Tensor | None) -> Tensor:
        sigma = float(told[0])
        seen.append((float(x.flatten()[0]), sigma))
        return -(x - MEAN) / (VARIANCE + sigma**2)  # the score of data plus noise

    model = PictureModel(network, "score", SigmaTime(0.01, 50.0))
    x, a, b = noise_of(3), 0.4, 0.6
    data, noise = model.ends(x, a, b)
    assert seen == [(pytest.approx(float(x.flatten()[0]) / a), pytest.approx(1.5))]
    torch.testing.assert_close(a * data + b * noise, x)
    torch.testing.assert_close(
        data, MEAN + a * VARIANCE * (x - a * MEAN) / (a**2 * VARIANCE + b**2)
    )
    assert SigmaTime(0.01, 50.0, log=True).told(1.0, 100.0) == pytest.approx(math.log(50))
