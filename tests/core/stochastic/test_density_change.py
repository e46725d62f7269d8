"""The change of the log density along the ODE's paths, against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics.divergence import divergence
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic import density_change as module
from flowlab.core.stochastic import plan
from flowlab.core.stochastic.density_change import integrated
from flowlab.core.stochastic.results import ODE, processes_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.stochastic.time_plane import time_plane
from flowlab.core.views.particle_values import ParticleValues, scale_of
from flowlab.core.views.request import PlanOptions

DOCUMENT = Document(
    source=Gaussian(),
    target=Gaussian(std_x=0.4, std_y=2.0, offset_x=1.0),
    view=View(name="processes", particles=60, shows="exact"),
    solver=Solver(method="rk4", steps=32),
    stochastic=Stochastic(density_change=True, steps=8),
)


def change_of(document: Document, field: object = None) -> ParticleValues:
    bundle = plan.processes(document, field, PlanOptions())  # type: ignore[arg-type]
    found = processes_of(bundle)
    assert found is not None
    assert all(pane.change is None for pane in found.panes if pane.kind != ODE)
    change = found.panes[0].change
    assert change is not None
    return change


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_between_gaussians_it_is_that_of_their_areas(direction: str) -> None:
    document = replace(DOCUMENT, solver=replace(DOCUMENT.solver, direction=direction))
    change = change_of(document)
    for t in (0.0, 0.2, 0.517, 1.0):
        spreads = [np.sqrt((1 - t) ** 2 + (t * s) ** 2) for s in (0.4, 2.0)]
        assert change.at(t) == pytest.approx(-np.log(np.prod(spreads)), abs=2e-4)
    assert change.error < 1e-3
    assert change.compact().at(0.7) == pytest.approx(change.at(0.7), abs=2e-3)


def test_it_is_the_difference_of_exact_log_densities_at_both_places() -> None:
    document = replace(DOCUMENT, target=Ring(count=3, radius=2.0, std=0.6))
    oracle = oracle_for(document)
    assert oracle is not None
    found = processes_of(plan.processes(document, None, PlanOptions()))  # type: ignore[arg-type]
    assert found is not None
    change, ode = found.panes[0].change, found.panes[0].bundle
    assert change is not None
    starts, there = torch.tensor(ode.at(0.0)), torch.tensor(ode.at(0.6))
    expected = oracle.log_density(there, 0.6) - oracle.log_density(starts, 0.0)
    assert change.at(0.6) == pytest.approx(expected.numpy(), abs=5e-3)


def test_each_particle_of_a_conditional_network_has_the_rate_of_its_class() -> None:
    document = replace(
        DOCUMENT,
        target=Ring(count=2),
        network=Network(conditional=True, width=16, depth=2),
        view=View(name="processes", particles=60),
    )
    field = field_of(document, Trainer(document).weights())
    found = processes_of(plan.processes(document, field, PlanOptions()))
    assert found is not None
    change, ode = found.panes[0].change, found.panes[0].bundle
    assert change is not None
    assert ode.labels is not None
    for k in (0, 1):
        mine = ode.labels == k
        _, trace = divergence(field.for_class(k), torch.tensor(ode.at(0.5))[mine], 0.5)
        assert change.rates[16][mine] == pytest.approx(-trace.numpy(), abs=1e-4)


def test_it_is_computed_only_when_asked_for_and_once_for_one_flow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = change_of(DOCUMENT)
    louder = replace(DOCUMENT, stochastic=replace(DOCUMENT.stochastic, eps=3.0))
    assert change_of(louder) is first
    monkeypatch.setattr(plan, "density_change", None)
    silent = replace(DOCUMENT, stochastic=Stochastic(steps=8))
    found = processes_of(plan.processes(silent, None, PlanOptions()))  # type: ignore[arg-type]
    assert found is not None
    assert found.panes[0].change is None
    time_plane(DOCUMENT, None, PlanOptions())  # type: ignore[arg-type]


def test_it_can_be_cancelled_and_says_how_far_it_is() -> None:
    told: list[float] = []
    bundle = plan.processes(DOCUMENT, None, PlanOptions()).extra.panes[0].bundle  # type: ignore[attr-defined,arg-type]
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    with pytest.raises(Cancelled):
        module.density_change(
            DOCUMENT, oracle, bundle, None, PlanOptions(cancelled=lambda: True), told.append
        )
    module.density_change(DOCUMENT, oracle, bundle, None, PlanOptions(), told.append)
    assert told[-1] == 1.0
    assert len(told) == module.EVALUATIONS


def test_simpson_is_exact_for_cubics_and_its_error_covers_what_it_misses() -> None:
    t = np.linspace(0, 1, 65)
    rates = np.stack([t**3, np.exp(6 * t)], 1)
    values, error = integrated(rates)
    true = np.stack([t**4 / 4, (np.exp(6 * t) - 1) / 6], 1)[::2]
    assert values[:, 0] == pytest.approx(true[:, 0], abs=1e-6)
    assert np.abs(values - true).max() < max(error, 1e-5)


def test_a_scale_is_round_and_holds_most_values() -> None:
    assert scale_of(np.array([np.nan, -3.0, 1.0])) == 5.0
    assert scale_of(np.zeros(3)) == 1.0
    assert scale_of(np.array([np.inf])) == 1.0
