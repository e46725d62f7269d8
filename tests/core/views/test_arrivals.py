"""The classes that particles arrive at: of the nearest sample, checked by all distances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.blending.plans import blending
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Moons
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.view import View
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import CLOUD
from flowlab.core.views.trajectories import trajectories

DOCUMENT = Document(
    source=Gaussian(), target=Moons(), view=View(particles=300), solver=Solver(steps=20)
)


def planned(document: Document):
    return trajectories(document, extended_field(oracle_for(document)), PlanOptions())


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_a_particle_has_the_class_of_the_sample_nearest_to_its_end(direction: str) -> None:
    document, stream = DOCUMENT, Stream.TARGET_CLOUD
    if direction == "reverse":
        document = replace(document, source=Moons(), target=Gaussian())
        stream = Stream.SOURCE_CLOUD
    document = replace(document, solver=replace(document.solver, direction=direction))
    bundle = planned(document)
    points, labels = build(Moons()).sample_labelled(CLOUD, torch_rng(document.seed, stream))
    ends = bundle.points[-1 if direction == "forward" else 0].astype(float)
    off = np.square(ends[:, None] - points.numpy()).sum(-1)
    assert bundle.labels is None
    assert bundle.arrivals.tolist() == labels.numpy()[off.argmin(1)].tolist()
    assert set(bundle.arrivals.tolist()) == {0, 1}
    few = np.array([3, 7])
    assert bundle.select(few).arrivals.tolist() == bundle.arrivals[few].tolist()


def test_the_exact_flow_has_its_own() -> None:
    solver = Solver(method="euler", steps=2)  # the exact one has a table for each time
    shown = replace(DOCUMENT, view=replace(DOCUMENT.view, shows="difference"), solver=solver)
    bundle = planned(shown)
    assert bundle.exact is not None
    assert np.array_equal(bundle.exact.arrivals, arrivals_of(shown, bundle.exact))


def test_own_classes_come_first_and_ends_without_classes_have_none() -> None:
    assert planned(replace(DOCUMENT, source=Moons(), target=Gaussian())).arrivals is None
    assert planned(replace(DOCUMENT, source=Moons())).arrivals is None
    assert planned(replace(DOCUMENT, target=Gaussian(scale=2.0))).arrivals is None


def test_a_lost_particle_does_no_harm() -> None:
    bundle = planned(DOCUMENT)
    points = np.array(bundle.points)
    points[-1, 5] = np.nan
    lost = arrivals_of(DOCUMENT, replace(bundle, points=points))
    assert lost is not None
    assert len(lost) == 300


def test_a_blend_has_the_class_of_its_own_target_point() -> None:
    bundle = blending(DOCUMENT, None, PlanOptions())  # type: ignore[arg-type]
    upper = np.array(bundle.points[1])
    assert bundle.labels is None
    assert set(bundle.arrivals.tolist()) == {0, 1}
    means = [upper[bundle.arrivals == k].mean(0) for k in (0, 1)]
    assert np.hypot(*(means[0] - means[1])) > 0.5
