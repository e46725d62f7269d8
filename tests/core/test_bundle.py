"""Reading a bundle between its knots, against a fine integration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.bundle import Bundle
from flowlab.core.document import Document, Solver, View
from flowlab.core.oracles import MixtureOracle, oracle_for
from flowlab.core.plans import PLANS, PlanOptions
from flowlab.core.solvers import integrate

DOCUMENT = Document(view=View(particles=400))
TIMES = (0.03, 0.2, 0.44, 0.5, 0.77, 0.9, 0.98)


def _oracle() -> MixtureOracle:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    return oracle


def _bundle(solver: Solver) -> Bundle:
    options = PlanOptions(lattice=False, field=False)
    return PLANS["trajectories"](replace(DOCUMENT, solver=solver), _oracle(), options)


def _fine(x: np.ndarray) -> Bundle:
    run = integrate(
        _oracle().velocity, torch.from_numpy(x.copy()).double(), Solver(method="rk4", steps=100)
    )
    return Bundle(times=run.times.numpy(), points=run.points.float().numpy())


@pytest.mark.parametrize(
    ("solver", "limit"),
    [(Solver(method="rk4", steps=8), 1e-3), (Solver(method="dopri5", rtol=1e-5, atol=1e-5), 1e-3)],
)
def test_between_knots_a_path_is_true_to_a_tenth_of_a_percent(solver: Solver, limit: float) -> None:
    bundle = _bundle(solver)
    fine = _fine(bundle.points[0])
    for t in TIMES:
        error = np.square(bundle.at(t) - fine.at(round(t, 2))).sum(1).mean() ** 0.5
        radius = np.square(fine.at(t)).sum(1).mean() ** 0.5
        assert error / radius < limit


def test_euler_is_read_as_the_polygon_that_it_computed() -> None:
    bundle, oracle = _bundle(Solver(method="euler", steps=10)), _oracle()
    assert bundle.slopes is None
    for i in range(10):
        x = torch.from_numpy(bundle.points[i].copy())
        v = oracle.velocity(x, i / 10)
        np.testing.assert_allclose(bundle.points[i + 1], x + v / 10, atol=1e-5)
        np.testing.assert_allclose(bundle.at(i / 10 + 0.03), x + 0.03 * v, atol=1e-5)


def test_knots_and_ends_are_read_exactly() -> None:
    bundle = _bundle(Solver(method="rk4", steps=8))
    for i in range(9):
        assert np.array_equal(bundle.at(i / 8), bundle.points[i])
    assert np.array_equal(bundle.at(-1.0), bundle.points[0])
    assert np.array_equal(bundle.at(2.0), bundle.points[-1])


def test_paths_and_speed_are_those_of_the_particles() -> None:
    bundle, oracle = _bundle(Solver(method="rk4", steps=8)), _oracle()
    paths = bundle.paths(np.array([3, 5]), 9)
    np.testing.assert_allclose(paths, bundle.points[:, [3, 5]], atol=1e-6)
    x = torch.from_numpy(bundle.at(0.4))
    speed = oracle.velocity(x, 0.4).norm(dim=1).numpy()
    np.testing.assert_allclose(bundle.speed(0.4), speed, rtol=0.05, atol=0.05)
