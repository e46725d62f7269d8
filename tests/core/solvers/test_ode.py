"""Solvers against closed-form linear flows, torchdiffeq and scipy."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchdiffeq
from scipy.integrate import solve_ivp
from torch import Tensor

import flowlab
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.solver import Solver
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.solvers.dopri5 import dopri5
from flowlab.core.solvers.ode import Cancelled, Trajectory, integrate

A = torch.tensor([[-0.5, 2.0], [-2.0, 0.3]], dtype=torch.float64)
ORDERS = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}
EVALUATIONS = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}
START = torch.randn(64, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def _growth(t: float) -> Tensor:
    """exp(integral of (1 + cos 3t) A): A commutes with itself at all times."""
    return torch.linalg.matrix_exp((t + math.sin(3 * t) / 3) * A)


def _linear(x: Tensor, t: float) -> Tensor:
    return (1 + math.cos(3 * t)) * x @ A.T


def _moved(x: Tensor, t: float) -> Tensor:
    return x @ _growth(t).T


def _run(method: str, steps: int = 8, direction: str = "forward", x: Tensor = START) -> Trajectory:
    return integrate(_linear, x, Solver(method=method, steps=steps, direction=direction))


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("method", ORDERS)
def test_convergence_order(method: str, direction: str) -> None:
    counts = np.array([16, 32, 64, 128])
    start = START if direction == "forward" else _moved(START, 1.0)
    end = _moved(START, 1.0) if direction == "forward" else START
    last = -1 if direction == "forward" else 0
    errors = [
        float((_run(method, int(n), direction, start).points[last] - end).abs().max())
        for n in counts
    ]
    order = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert order == pytest.approx(ORDERS[method], abs=0.15)


@pytest.mark.parametrize("method", ORDERS)
def test_evaluations_are_what_was_really_spent(method: str) -> None:
    calls = []

    def counted(x: Tensor, t: float) -> Tensor:
        calls.append(t)
        return _linear(x, t)

    run = integrate(counted, START, Solver(method=method, steps=10))
    assert run.evaluations == 10 * EVALUATIONS[method]
    assert len(calls) == run.evaluations + (method != "euler")  # one more for the last slope


@pytest.mark.parametrize("method", [*ORDERS, "dopri5"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_times_ascend_and_knot_velocities_are_the_field(method: str, direction: str) -> None:
    solver = Solver(method=method, steps=5, rtol=1e-7, atol=1e-7, direction=direction)
    run = integrate(_linear, START, solver)
    assert run.times[0] == 0
    assert run.times[-1] == 1
    assert bool((run.times.diff() > 0).all())
    assert torch.equal(run.points[0 if direction == "forward" else -1], START)
    if method == "euler":
        assert run.knot_velocities is None
        return
    assert run.knot_velocities is not None
    tolerance = 1e-3 if method == "dopri5" else 1e-6  # knots inside a long step are interpolated
    for t, x, v in zip(run.times.tolist(), run.points, run.knot_velocities, strict=True):
        torch.testing.assert_close(v, _linear(x, t), atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("method", ORDERS)
def test_chunks_change_nothing(method: str) -> None:
    solver = Solver(method=method, steps=4)
    whole = integrate(_linear, START, solver, chunk=1000)
    parts = integrate(_linear, START, solver, chunk=10)
    torch.testing.assert_close(whole.points, parts.points, rtol=1e-13, atol=1e-13)
    assert whole.evaluations == parts.evaluations


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_dopri5_obeys_its_tolerance(tolerance: float, direction: str) -> None:
    solver = Solver(method="dopri5", rtol=tolerance, atol=tolerance, direction=direction)
    run = integrate(_linear, START if direction == "forward" else _moved(START, 1.0), solver)
    scale = tolerance * (1 + START.abs())
    for t, x in zip(run.times.double().tolist(), run.points, strict=True):
        error = ((x - _moved(START, t)) / scale).square().mean().sqrt()
        assert error < 10


def test_dopri5_agrees_with_torchdiffeq_at_no_greater_cost() -> None:
    calls = 0

    def field(t: Tensor, x: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return _linear(x, float(t))

    times = torch.tensor([0.0, 1.0], dtype=torch.float64)
    theirs = torchdiffeq.odeint(field, START, times, rtol=1e-6, atol=1e-6, method="dopri5")[-1]
    ours = integrate(_linear, START, Solver(method="dopri5", rtol=1e-6, atol=1e-6))
    torch.testing.assert_close(ours.points[-1], theirs, rtol=1e-5, atol=1e-5)
    assert ours.evaluations <= 1.2 * calls


def test_dopri5_takes_scipys_steps_on_one_stiffening_path() -> None:
    def bend(x: Tensor, t: float) -> Tensor:
        return torch.stack([x[:, 1], -(1 + 200 * t**4) * x[:, 0]], 1)

    x = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    run = integrate(bend, x, Solver(method="dopri5", rtol=1e-7, atol=1e-8))
    exact = solve_ivp(
        lambda t, y: [y[1], -(1 + 200 * t**4) * y[0]],
        (0, 1), [1.0, 0.5], method="DOP853", rtol=1e-12, atol=1e-12, dense_output=True,
    )  # fmt: skip
    expected = exact.sol(run.times.double().numpy()).T
    np.testing.assert_allclose(run.points[:, 0], expected, atol=3e-6)
    peer = solve_ivp(
        lambda t, y: [y[1], -(1 + 200 * t**4) * y[0]],
        (0, 1), [1.0, 0.5], method="RK45", rtol=1e-7, atol=1e-8,
    )  # fmt: skip
    assert run.evaluations == pytest.approx(peer.nfev, rel=0.25)


def test_dopri5_counts_its_evaluations() -> None:
    calls = []

    def counted(x: Tensor, t: float) -> Tensor:
        calls.append(t)
        return _linear(x, t)

    run = integrate(counted, START, Solver(method="dopri5"))
    assert run.evaluations == len(calls)
    assert (run.evaluations - 2) % 6 == 0  # first same as last: six a step


def test_dopri5_gives_up_with_a_sentence() -> None:
    def pole(x: Tensor, t: float) -> Tensor:
        return x / (0.5 - t) ** 2 if t != 0.5 else x

    with pytest.raises(Invalid, match="loosen its tolerances"):
        list(dopri5(pole, START, 0.0, 1.0, 1e-8, 1e-8))


DIVERGED = {
    "NaN": lambda x: math.nan * x,
    "infinite": lambda x: math.inf * x,
    "exploding": lambda x: 1e10 * x,
    "in finite time": lambda x: 1e3 * x * x,
    "collapsing": lambda x: -1e10 * x,
    "rough": lambda x: 1e6 * torch.sin(1e6 * x),
}


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("name", DIVERGED)
def test_dopri5_on_a_diverged_velocity_ends_in_words_and_never_leaves_0_to_1(
    name: str, direction: str
) -> None:
    asked: list[float] = []

    def diverged(x: Tensor, t: float) -> Tensor:
        asked.append(t)
        return DIVERGED[name](x)

    run, words = None, ""
    try:
        run = integrate(diverged, START.float(), Solver(method="dopri5", direction=direction))
    except Invalid as reason:
        words = str(reason)
    if run is None:
        assert "gave up" in words
    else:
        assert run.evaluations == len(asked)
        assert not run.points.isinf().any()  # lost ones are NaN
    assert all(0 <= t <= 1 for t in asked)
    assert len(asked) <= 2 + 6 * 2000


def test_dopri5_on_a_diverged_network_ends_too() -> None:
    run, asked = flowlab.train(Document(network=Network(width=8, depth=2)), steps=1), 0
    for factor in (math.nan, math.inf, 1e6):
        arrays = {
            name: array * np.float32(factor) if name.startswith("net.") else array
            for name, array in run.weights.arrays.items()
        }
        net = field_of(run.document, replace(run.weights, arrays=arrays), "cpu")

        def velocity(x: Tensor, t: float, net: LearnedVelocity = net) -> Tensor:
            nonlocal asked
            asked += 1
            assert 0 <= t <= 1
            return net.velocity(x, t)

        with suppress(Invalid):
            integrate(velocity, START[:8].float(), Solver(method="dopri5"))
        assert asked <= 3 * (2 + 6 * 2000)


@pytest.mark.parametrize("method", [*ORDERS, "dopri5"])
def test_a_lost_particle_does_not_stop_the_others(method: str) -> None:
    x = START.clone()
    x[3] = math.nan
    run = _run(method, 16, x=x)
    alive = [i for i in range(len(x)) if i != 3]
    assert bool(run.points[:, alive].isfinite().all())
    assert bool(run.points[-1, 3].isnan().all())


@pytest.mark.parametrize("method", ["euler", "rk4", "dopri5"])
def test_cancelling_stops_at_the_next_evaluation(method: str) -> None:
    calls = 0

    def counted(x: Tensor, t: float) -> Tensor:
        nonlocal calls
        calls += 1
        return _linear(x, t)

    with pytest.raises(Cancelled):
        integrate(counted, START, Solver(method=method, steps=100), cancelled=lambda: calls >= 7)
    assert calls == 7


def test_work_that_is_shared_out_gives_the_same_and_can_be_stopped() -> None:
    x, solver = torch.randn(1000, 2), Solver(method="rk4", steps=4)
    alone = integrate(_turning, x, solver, chunk=100)
    shared = integrate(_turning, x, solver, chunk=100, workers=3)
    assert torch.equal(alone.points, shared.points)
    assert alone.knot_velocities is not None
    assert shared.knot_velocities is not None
    assert torch.equal(alone.knot_velocities, shared.knot_velocities)
    assert alone.evaluations == shared.evaluations == 16
    with pytest.raises(Cancelled):
        integrate(_turning, x, solver, chunk=100, workers=3, cancelled=lambda: True)


def _turning(x: torch.Tensor, t: float) -> torch.Tensor:
    return torch.stack([-x[:, 1], x[:, 0]], 1) * (1 + t)
