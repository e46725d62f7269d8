"""The view of memorisation: copies by the field of few points, and the arrows of both fields."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.diffusion.memorisation import memorised, on_few_points, training_points
from flowlab.core.diffusion.memorisation_results import (
    EMPIRICAL,
    LEARNED,
    Memories,
    median_estimate,
    memories_of,
)
from flowlab.core.diffusion.memorising import evaluations, is_new, memorising
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Points
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.request import PlanOptions
from tests.helpers.noise_models import TWO

DOCUMENT = Document(
    target=TWO,
    view=View(name="memorisation", particles=400, shows="exact"),
    diffusion=Diffusion(training_points=16, T=200, steps=200, standardise=False),
)


def memories(document: Document, **options: object) -> Memories:
    oracle = oracle_for(document)
    assert oracle is not None
    found = memories_of(memorising(document, oracle, PlanOptions(**options)))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_few_points_come_back_and_the_whole_target_does_not() -> None:
    told: list[float] = []
    found = memories(DOCUMENT, progress=told.append)
    empirical, whole = found.panes
    assert (empirical.kind, whole.kind) == (EMPIRICAL, LEARNED)
    assert empirical.measured.ratio < 0.05
    fresh = whole.measured.median_fresh
    error = np.hypot(fresh.error, whole.measured.median.error)
    assert abs(whole.measured.median - fresh) < 4 * error < 0.3 * fresh
    assert empirical.measured.copied > 0.85
    np.testing.assert_array_equal(empirical.bundle.at(0.0), whole.bundle.at(0.0))  # one noise
    assert found.exact
    assert not found.trained_on_these
    assert told == sorted(told)
    assert not is_new(DOCUMENT)
    assert evaluations(DOCUMENT) == 200


def test_arrows_end_where_the_data_are_expected() -> None:
    """Late, those of few points end at one of them; early, both fields expect the same mean."""
    found = memories(DOCUMENT)
    arrows = found.panes[0].arrows
    late, places = arrows.values[-2], np.stack(np.meshgrid(arrows.xs, arrows.ys), -1)
    known = np.isfinite(late[..., 0])
    ends = (places + late)[known]
    away = np.linalg.norm(ends[:, None] - found.points, axis=2)
    spread = found.points.std()
    assert np.quantile(away.min(1), 0.8) < 0.02 * spread
    early = [pane.arrows.values[0] for pane in found.panes]
    both = np.isfinite(early[0][..., 0])
    apart = np.linalg.norm((early[0] - early[1])[both], axis=1)
    assert apart.max() < 1.5 * spread / np.sqrt(16) * 2
    assert found.size[0] > found.size[-1]


def test_bare_points_are_trained_on_as_they_are() -> None:
    points = on_few_points(DOCUMENT, 40).target
    assert isinstance(points, Points)
    bare = replace(DOCUMENT, target=points)
    few = training_points(bare, 16)
    assert len(few) == 16
    assert len(np.unique(few, axis=0)) == 16
    every = np.asarray(points.points.values, np.float64)
    assert np.isin(few[:, 0], every[:, 0]).all()
    np.testing.assert_array_equal(training_points(bare, 500), every)
    measured = memorised(every, bare, 500)
    assert measured.count == len(measured.fresh) == 40
    apart = np.linalg.norm(every[:, None] - every, axis=2) + np.diag(np.full(40, np.inf))
    np.testing.assert_allclose(measured.fresh, apart.min(1), rtol=1e-6)
    with pytest.raises(Invalid, match="16 or more"):
        training_points(replace(bare, target=Points(points=every[:5], noise=0.0)), 16)


def test_the_points_taken_as_the_target_are_all_that_there_is() -> None:
    taken = replace(DOCUMENT, target=on_few_points(DOCUMENT, 16).target)
    found = memories(replace(taken, view=replace(taken.view, particles=50)))
    assert found.trained_on_these
    assert found.bare
    np.testing.assert_allclose(found.points, training_points(DOCUMENT, 16), atol=1e-6)
    assert found.labels is not None


def test_many_points_take_fewer_particles_and_a_plan_can_be_cancelled() -> None:
    settings = replace(DOCUMENT.diffusion, training_points=300, steps=20)
    few = replace(DOCUMENT, diffusion=settings)
    assert is_new(few)
    with pytest.raises(Cancelled):
        memories(few, cancelled=lambda: True)
    assert memories(few, coarse=True, few=20).panes[1].bundle.count == 20


def test_a_median_has_the_error_of_its_ranks() -> None:
    """Of a normal law it is sqrt(pi / 2) that of the mean."""
    rng = np.random.default_rng(0)
    found = [median_estimate(rng.normal(size=400)) for _ in range(200)]
    assert np.std(found) == pytest.approx(np.sqrt(np.pi / 2 / 400), rel=0.15)
    assert np.mean([each.error for each in found]) == pytest.approx(np.std(found), rel=0.15)
    assert np.isnan(median_estimate(np.ones(3)).error)
