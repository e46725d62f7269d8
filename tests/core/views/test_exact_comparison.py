"""The exact flow beside the learned one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.metrics import velocity_error
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.trajectories import trajectories
from flowlab.run import train

DOCUMENT = Document(view=View(particles=1500, shows="difference"))
OPTIONS = PlanOptions(lattice=False, field=True)
plan = trajectories


def test_the_exact_field_has_no_gap_to_itself() -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    bundle = plan(DOCUMENT, oracle, OPTIONS)
    assert bundle.flow_error is not None
    assert bundle.exact is not None
    assert np.array_equal(bundle.exact.points, bundle.points)
    assert float(np.nanmax(np.abs(bundle.flow_error.frames.values))) < 1e-4
    assert bundle.flow_error.velocity.max() < 1e-5
    assert bundle.flow_error.places.max() == 0


def test_the_gap_over_all_times_is_the_field_error() -> None:
    run = train(DOCUMENT, steps=150, seed=0)
    bundle = plan(DOCUMENT, run.field, OPTIONS)
    oracle = oracle_for(DOCUMENT)
    assert bundle.flow_error is not None
    assert oracle is not None
    error = velocity_error(run.field, oracle, DOCUMENT, n=20_000)
    gap = bundle.flow_error  # the one is an integral by lattice and trapezium, the other by samples
    whole = np.sqrt(np.trapezoid(gap.velocity**2, gap.frames.times))
    assert float(whole) == pytest.approx(error, rel=0.05)


def test_a_constant_error_is_found_as_it_is() -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None

    class Pushed:
        def velocity(self, x: torch.Tensor, t: float | torch.Tensor) -> torch.Tensor:
            return oracle.velocity(x, t) + torch.tensor([0.3, 0.0])

    bundle = plan(DOCUMENT, Pushed(), OPTIONS)
    assert bundle.flow_error is not None
    values = bundle.flow_error.frames.values
    seen = np.isfinite(values[..., 0])
    np.testing.assert_allclose(values[seen], np.tile([0.3, 0.0], (seen.sum(), 1)), atol=1e-4)


def test_where_no_mass_passes_the_gap_is_blank() -> None:
    run = train(DOCUMENT, steps=5, seed=0)
    bundle = plan(DOCUMENT, run.field, OPTIONS)
    assert bundle.flow_error is not None
    last = bundle.flow_error.frames.values[-1]
    middle = last[last.shape[0] // 2, last.shape[1] // 2]
    assert np.isnan(middle).all()  # between the eight modes


def test_without_an_exact_flow_the_reason_is_told() -> None:
    from flowlab.core.document.coupling import COUPLINGS, Coupling

    kinds = [kind for kind in COUPLINGS if kind != "independent" and kind != "reflow"]
    document = replace(DOCUMENT, coupling=Coupling(kind=kinds[0]))
    run = train(DOCUMENT, steps=5, seed=0)
    bundle = plan(document, run.field, OPTIONS)
    assert bundle.exact is None
    assert bundle.flow_error is None
    assert bundle.exact_note.endswith(".")


def test_one_particle_is_compared_too() -> None:
    run = train(DOCUMENT, steps=20, seed=0)
    alone = replace(DOCUMENT, view=replace(DOCUMENT.view, particles=1))
    bundle = plan(alone, run.field, OPTIONS)
    assert bundle.flow_error is not None
    assert bundle.exact is not None
    off = np.linalg.norm(bundle.points[-1] - bundle.exact.points[-1])
    radius = np.sqrt(np.square(bundle.target - bundle.target.mean(0)).sum(1).mean())
    assert bundle.flow_error.places[-1] == pytest.approx(off / radius, rel=1e-4)
