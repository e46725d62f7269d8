"""Reflow: pairs of a flow, what they cost, and how straight the next flow is."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import Tensor

import flowlab
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.exact import oracle_for
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.reflow import FINE, pairs_of, reflowed
from flowlab.core.learning.trainer import run_training
from flowlab.core.metrics import sliced_w2
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled, integrate

EIGHT = Document(source=Gaussian(), target=Ring(), seed=4)


class Shift:
    """The same velocity everywhere."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return torch.tensor([1.0, -2.0]).expand(len(x), 2)


class Lost:
    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return torch.full_like(x, math.nan)


def exact() -> Field:
    oracle = oracle_for(EIGHT)
    assert oracle is not None
    return oracle


def cost(pairs: Array) -> tuple[float, float]:
    squares = np.square(pairs.values[:, 2:] - pairs.values[:, :2]).sum(1).astype(float)
    return float(squares.mean()), float(squares.std() / math.sqrt(len(squares)))


def test_pairs_are_samples_of_the_source_and_where_they_are_carried() -> None:
    told: list[float] = []
    pairs = pairs_of(Shift(), EIGHT, 2500, progress=told.append).values
    np.testing.assert_allclose(pairs[:, 2:] - pairs[:, :2], [[1.0, -2.0]] * 2500, atol=1e-5)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert max(np.diff(told)) < 0.05
    assert abs(pairs[:, :2].mean()) < 4 / math.sqrt(5000)
    assert pairs[:, :2].std() == pytest.approx(1.0, abs=4 / math.sqrt(10_000))


def test_the_solver_is_fine_enough() -> None:
    """Against four times the steps: far below the spread of any shape."""
    few = pairs_of(exact(), EIGHT, 300).values
    finer = dataclasses.replace(FINE, steps=4 * FINE.steps)
    many = pairs_of(exact(), EIGHT, 300, solver=finer).values
    assert np.abs(few - many).max() < 2e-3


def test_a_reflow_by_the_exact_flow_costs_no_more_and_reaches_the_target() -> None:
    pairs = pairs_of(exact(), EIGHT, 3000)
    x0, x1 = coupler_of(EIGHT).fresh(3000, torch.Generator().manual_seed(1))
    independent = cost(Array(torch.cat([x0, x1], 1).numpy()))
    found = cost(pairs)
    assert found[0] < independent[0] - 3 * math.hypot(found[1], independent[1])
    target = build(EIGHT.target)
    clouds = [target.sample(3000, torch.Generator().manual_seed(k)) for k in (2, 3)]
    assert sliced_w2(pairs.values[:, 2:].copy(), clouds[0]) < 2 * sliced_w2(*clouds)


def test_each_reflow_is_a_generation_further_with_pairs_of_its_own() -> None:
    first = reflowed(EIGHT, pairs_of(Shift(), EIGHT, 50))
    second = reflowed(first, pairs_of(Shift(), first, 50))
    assert (first.coupling.kind, first.coupling.generation) == ("reflow", 1)
    assert second.coupling.generation == 2
    assert first.coupling.pairs != second.coupling.pairs
    assert pairs_of(Shift(), EIGHT, 50) == first.coupling.pairs  # the same dice
    other = dataclasses.replace(
        second, coupling=dataclasses.replace(second.coupling, kind="independent")
    )
    assert reflowed(other, pairs_of(Shift(), other, 50)).coupling.generation == 1
    coupler_of(second)


def test_it_stops_when_cancelled() -> None:
    calls = iter(range(100))
    with pytest.raises(Cancelled):
        pairs_of(Shift(), EIGHT, 5000, cancelled=lambda: next(calls) > 20)
    assert next(calls) < 30


def test_lost_particles_are_refused() -> None:
    with pytest.raises(Invalid, match=r"train longer"):
        pairs_of(Lost(), EIGHT, 20)


def test_scripts_reflow_a_run() -> None:
    run = flowlab.train(EIGHT, steps=20, device="cpu")
    document = flowlab.reflow(run, 64)
    assert document.coupling.generation == 1
    assert document.coupling.pairs == pairs_of(run.field, EIGHT, 64)
    with pytest.raises(Invalid, match="pairs"):
        flowlab.reflow(run, 0)


def trained(document: Document, steps: int) -> LearnedVelocity:
    trainer = run_training(document, steps=steps, device="cpu")
    return LearnedVelocity(document.network, trainer.weights())


def straightness(field: Field, document: Document, n: int = 2000) -> tuple[float, float]:
    """S / E|X1 - X0|^2, and E|X1 - X0|^2, by quadrature in t along fine paths."""
    x0 = build(document.source).sample(n, torch.Generator().manual_seed(8))
    run = integrate(field.velocity, x0, Solver(method="rk4", steps=40))
    assert run.knot_velocities is not None
    chord = run.points[-1] - run.points[0]
    gaps = (run.knot_velocities - chord).square().sum(2).mean(1)
    power = float(chord.square().sum(1).mean())
    return float(torch.trapezoid(gaps, run.times)) / power, power


def euler_error(field: Field, document: Document, n: int = 2000) -> float:
    """How far one step of Euler ends from the fine solution, relative to the way."""
    x0 = build(document.source).sample(n, torch.Generator().manual_seed(8))
    end = integrate(field.velocity, x0, Solver(method="rk4", steps=40)).points[-1]
    one = x0 + field.velocity(x0, 0.0)
    return float(((one - end).square().sum() / (end - x0).square().sum()).sqrt())


@pytest.mark.slow
def test_optimal_transport_straightens_the_flow_and_reflow_does_so_for_any() -> None:
    base = dataclasses.replace(preset("eight_gaussians"), seed=2)
    independent = trained(base, 1500)
    optimal = trained(dataclasses.replace(base, coupling=Coupling(kind="ot")), 1500)
    again = reflowed(base, pairs_of(independent, base, 8192))
    rectified = trained(again, 1500)
    errors = [euler_error(field, base) for field in (independent, optimal, rectified)]
    assert errors[1] < 0.5 * errors[0]
    assert errors[2] < 0.5 * errors[0]
    bent, first = straightness(independent, base)
    independent_linear, second = straightness(rectified, base)
    assert independent_linear < 0.3 * bent
    assert again.coupling.pairs is not None
    assert second < first + 3 * cost(again.coupling.pairs)[1]
