"""Folded steps outside Python: bit by bit the plain ones, in any number of threads."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.network import ACTIVATIONS
from flowlab.core.learning import folded
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.folded_steps import run
from flowlab.core.learning.scripted import scripted
from flowlab.core.learning.trainer import Trainer
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic.sampling import SdeSolver, carried_both_ways, carried_by_sde
from flowlab.core.stochastic.settings import SDE_METHODS
from tests.core.stochastic.test_folded import Beside, document

SMALL = replace(document().network, width=16, depth=2, precondition=False)
WAVES = replace(SMALL, waves="on", precondition=True)


def untrained(known: Document) -> LearnedVelocity:
    """A field of random weights: the last layer of some networks begins at zero."""
    weights, rng = Trainer(known).weights(), np.random.default_rng(0)
    noise = {
        name: rng.normal(0, 0.1, array.shape).astype(array.dtype)
        for name, array in weights.arrays.items()
        if name.startswith("net.")
    }
    arrays = {name: array + noise.get(name, 0) for name, array in weights.arrays.items()}
    return field_of(known, replace(weights, arrays=arrays))


def starts(n: int = 300) -> torch.Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("method", SDE_METHODS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_steps_outside_python_are_the_plain_ones(
    activation: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = document(network=replace(WAVES, activation=activation))
    field, solver = untrained(known), SdeSolver(steps=20, method=method)
    assert scripted(run) is not run
    fast = carried_both_ways(field, known, starts(), solver, 1)
    apart = carried_both_ways(Beside(field), known, starts(), solver, 1)
    monkeypatch.setattr(folded, "scripted", lambda steps: steps)
    plain = carried_both_ways(field, known, starts(), solver, 1)
    for one, other, added_up in zip(fast, plain, apart, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_allclose(one.points, added_up.points, atol=2e-4)


@pytest.mark.parametrize("method", SDE_METHODS)
def test_threads_don_t_change_a_path(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded, "_LEAST", 50)
    known = document(network=replace(SMALL, conditional=True))
    field, solver = untrained(known), SdeSolver(steps=20, method=method)
    classes, told = torch.tensor(field.classes)[torch.arange(300) % 8], list[float]()
    alone = carried_both_ways(field, known, starts(), solver, 1, condition=classes)
    shared = carried_both_ways(field, known, starts(), solver, 1, condition=classes, workers=3)
    for one, other in zip(alone, shared, strict=True):
        np.testing.assert_allclose(one.points, other.points, atol=1e-5)
        assert one.evaluations == other.evaluations == 20 * (1 + (method == "stochastic_heun"))
    carried_by_sde(
        field, known, starts(), solver, 1, condition=classes, workers=3, progress=told.append
    )
    np.testing.assert_allclose(sorted(told), [1 / 3, 2 / 3, 1.0])


@pytest.mark.parametrize("workers", [1, 2])
def test_it_is_asked_between_steps_whether_they_are_wanted(
    workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folded, "_LEAST", 50)
    monkeypatch.setattr(folded, "_BLOCK", 4 * 300 // workers)
    known, asked = document(network=SMALL), list[int]()

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > limit

    field, limit = untrained(known), 100
    carried_by_sde(
        field, known, starts(), SdeSolver(steps=20), 1, workers=workers, cancelled=cancelled
    )
    assert len(asked) == 5 * workers
    asked, limit = [], 3
    with pytest.raises(Cancelled):
        carried_by_sde(
            field, known, starts(), SdeSolver(steps=20), 1, workers=workers, cancelled=cancelled
        )
    assert len(asked) <= 3 + workers


def test_a_lost_point_disturbs_no_other() -> None:
    known, x = document(network=SMALL), starts()
    field, solver = untrained(known), SdeSolver(steps=20)
    expected = carried_both_ways(field, known, x.clone(), solver, 1)
    x[7, 0] = math.nan
    found = carried_both_ways(field, known, x, solver, 1)
    for one, other in zip(found, expected, strict=True):
        assert np.isnan(one.points[1:, 7]).all()
        np.testing.assert_array_equal(
            np.delete(one.points, 7, axis=1), np.delete(other.points, 7, axis=1)
        )


def test_few_points_stay_in_one_thread() -> None:
    known, told = document(network=SMALL), list[float]()
    field, solver = untrained(known), SdeSolver(steps=4)
    for n, parts in ((300, 1), (500, 2)):
        carried_by_sde(field, known, starts(n), solver, 1, workers=2, progress=told.append)
        assert len(told) == parts
        told.clear()


def test_no_points_take_no_evaluation() -> None:
    known = document(network=SMALL)
    bundle = carried_by_sde(untrained(known), known, starts(0), SdeSolver(steps=4), 1, workers=2)
    assert bundle.points.shape == (5, 0, 2)
    assert bundle.evaluations == 0
