"""The plan of trajectories: what is in the bundle, and that it is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Points
from flowlab.core.document.solver import METHODS, Solver
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics import sliced_w2
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions, Preview
from flowlab.core.views.trajectories import trajectories

DOCUMENT = Document(view=View(particles=3000))
plan = trajectories


class Still:
    """A field that leaves everything where it is."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return torch.zeros_like(x)


class Turning:
    """A field that turns the plane about its origin."""

    def __init__(self, pace: float) -> None:
        self.turn = pace * torch.tensor([[0.0, 1.0], [-1.0, 0.0]])

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return x @ self.turn


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_the_exact_field_carries_one_end_to_the_other(direction: str) -> None:
    document = replace(DOCUMENT, solver=Solver(direction=direction))
    oracle = oracle_for(document)
    assert oracle is not None
    bundle = plan(document, oracle, PlanOptions(lattice=False, field=False))
    rng = torch.Generator().manual_seed(77)
    for knot, shape in ((0, document.source), (-1, document.target)):
        fresh = build(shape).sample(3000, rng)
        assert sliced_w2(torch.from_numpy(bundle.points[knot].copy()), fresh) < 0.3
    assert (bundle.times[0], bundle.times[-1]) == (0, 1)


def test_the_start_of_a_forward_run_is_the_source_sample_itself() -> None:
    trainer = Trainer(DOCUMENT)
    before = plan(DOCUMENT, LearnedVelocity(DOCUMENT.network, trainer.weights()), PlanOptions())
    trainer.advance(20)
    after = plan(DOCUMENT, LearnedVelocity(DOCUMENT.network, trainer.weights()), PlanOptions())
    still = plan(DOCUMENT, Still(), PlanOptions())
    assert np.array_equal(before.points[0], after.points[0])  # the same noise for new weights
    assert np.array_equal(before.points[0], still.points[-1])
    assert not np.array_equal(before.points[-1], after.points[-1])
    other = plan(replace(DOCUMENT, seed=1), Still(), PlanOptions())
    assert not np.array_equal(still.points[0], other.points[0])


def test_same_document_same_weights_same_bundle() -> None:
    weights = Trainer(DOCUMENT).weights()
    one, two = (
        plan(DOCUMENT, LearnedVelocity(DOCUMENT.network, weights), PlanOptions()) for _ in range(2)
    )
    for name in ("times", "points", "knot_velocities", "source", "target"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert one.field is not None
    assert two.field is not None
    assert np.array_equal(one.field.values, two.field.values, equal_nan=True)


def test_the_bundle_says_what_it_is() -> None:
    options = PlanOptions(revision=7, step=42)
    bundle = plan(replace(DOCUMENT, solver=Solver(method="heun", steps=5)), Still(), options)
    assert (bundle.revision, bundle.step, bundle.method) == (7, 42, "heun")
    assert bundle.evaluations == 10
    assert bundle.points.shape == (6, 3000, 2)
    assert bundle.points.dtype == np.float32
    assert not bundle.points.flags.writeable
    assert bundle.source.shape == bundle.target.shape == (4000, 2)
    assert bundle.seconds > 0


def test_a_coarse_answer_is_the_first_particles_of_the_full_one() -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    full, coarse = (
        plan(DOCUMENT, oracle, PlanOptions(coarse=c, lattice=False, field=False))
        for c in (False, True)
    )
    np.testing.assert_allclose(coarse.points, full.points[:, :1000], atol=1e-5)


def test_particles_may_be_overridden_and_carry_their_classes() -> None:
    cloud = np.random.default_rng(0).normal(size=(300, 2))
    classes = (cloud[:, 0] > 0).astype(int)
    points = Points(points=Array(cloud), labels=Array(classes, np.int64), noise=0.0)
    bundle = plan(replace(DOCUMENT, source=points), Still(), PlanOptions(particles=500))
    assert bundle.labels is not None
    assert len(bundle.labels) == bundle.points.shape[1] == 500
    assert np.array_equal(bundle.labels, (bundle.points[0, :, 0] > 0).astype(int))


def test_the_lattice_covers_the_start_and_is_carried_like_the_particles() -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    bundle = plan(DOCUMENT, oracle, PlanOptions(field=False))
    assert bundle.lattice is not None
    rows, columns = bundle.lattice_shape
    start = bundle.lattice.points[0].reshape(rows, columns, 2)
    assert (np.diff(start[..., 0], axis=1) > 0).all()
    assert (np.diff(start[..., 1], axis=0) > 0).all()
    low, high = start.min((0, 1)), start.max((0, 1))
    inside = ((bundle.points[0] >= low) & (bundle.points[0] <= high)).all(1)
    assert inside.mean() > 0.99
    middle = bundle.lattice.points[0].copy()
    run = plan(DOCUMENT, oracle, PlanOptions(field=False, lattice=False))
    assert run.lattice is None
    v = oracle.velocity(torch.from_numpy(middle), 0.0).numpy()
    assert bundle.lattice.knot_velocities is not None
    np.testing.assert_allclose(bundle.lattice.knot_velocities[0], v, atol=1e-5)


def test_field_frames_hold_the_velocity_where_mass_is_and_are_blank_elsewhere() -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    bundle = plan(DOCUMENT, oracle, PlanOptions(lattice=False))
    frames = bundle.field
    assert frames is not None
    x, y = np.meshgrid(frames.xs, frames.ys)
    cells = torch.from_numpy(np.stack([x, y], -1).reshape(-1, 2))
    h = frames.xs[1] - frames.xs[0]
    for i in (0, 8, 16):
        t = float(frames.times[i])
        values = frames.values[i].reshape(-1, 2)
        shown = ~np.isnan(values[:, 0])
        exact = oracle.velocity(cells, t).numpy()
        np.testing.assert_allclose(values[shown], exact[shown], atol=1e-4)
        gaps = cells.numpy()[:, None] - bundle.at(t)[None]
        nearest = np.abs(gaps).max(-1).min(1)
        assert (nearest[~shown] > h / 2).all()  # a cell with a particle in it is never blank
        assert (nearest[shown] < 1.51 * h).all()
        assert 0.02 < shown.mean() < 0.9


@pytest.mark.parametrize("method", METHODS)
def test_every_solver_gives_a_readable_bundle(method: str) -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    document = replace(DOCUMENT, solver=Solver(method=method), view=View(particles=200))
    bundle = plan(document, oracle, PlanOptions(lattice=False))
    assert (bundle.knot_velocities is None) == (method == "euler")
    assert bundle.at(0.5).shape == (200, 2)


def test_cancelling_is_heard() -> None:
    with pytest.raises(Cancelled):
        plan(DOCUMENT, Still(), PlanOptions(cancelled=lambda: True))


def test_a_field_that_loses_particles_still_gives_a_bundle() -> None:
    class Wild:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return torch.where(x[:, :1] > 1, torch.inf, 0.0).expand_as(x)

    bundle = plan(replace(DOCUMENT, target=Gaussian()), Wild(), PlanOptions())
    lost = ~np.isfinite(bundle.points[-1]).all(1)
    assert lost.mean() == pytest.approx(0.16, abs=0.03)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_what_is_seen_comes_first_and_the_rest_is_of_the_older_bundle(direction: str) -> None:
    document = replace(DOCUMENT, solver=Solver(method="rk4", steps=8, direction=direction))
    told = list[Bundle]()
    older = plan(document, Turning(1.0), PlanOptions())
    preview = Preview(t=0.4, older=older, show=told.append)
    whole = plan(document, Turning(2.0), PlanOptions(preview=preview, step=9))
    (first,) = told
    assert (first.step, len(first.times)) == (9, 9)
    fresh = [bool(np.array_equal(first.points[k], whole.points[k])) for k in range(9)]
    kept = [bool(np.array_equal(first.points[k], older.points[k])) for k in range(9)]
    reached = [t <= 0.5 if direction == "forward" else t >= 0.375 for t in whole.times]
    assert fresh == reached
    assert all(new or old for new, old in zip(fresh, kept, strict=True))
    np.testing.assert_allclose(first.at(0.4), whole.at(0.4), atol=1e-6)


def test_nothing_comes_early_where_the_older_bundle_is_of_other_particles() -> None:
    document = replace(DOCUMENT, solver=Solver(method="rk4", steps=8))
    told = list[Bundle]()
    fewer = replace(document, view=replace(document.view, particles=7))
    older = plan(fewer, Turning(1.0), PlanOptions())
    preview = Preview(t=0.4, older=older, show=told.append)
    plan(document, Turning(1.0), PlanOptions(preview=preview))
    assert not told
