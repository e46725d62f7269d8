"""Generations for one class: really sampled, from other noise each time, and judged."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.blending.generations import Generations, generations_of
from flowlab.core.blending.tangent.results import tangents_of
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Moons, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.solvers.ode import Cancelled, integrate
from flowlab.core.views.lens import LensQuery
from flowlab.core.views.packed import Packed
from flowlab.core.views.posterior_lens import lens_answer
from flowlab.core.views.request import PlanOptions, plan_of

DOCUMENT = Document(
    target=Ring(count=4, std=0.5),
    network=Network(conditional=True, waves="off"),
    view=View(name="conditions", particles=1500, condition=2),
    seed=3,
)
plan = plan_of("conditions")


@pytest.fixture(scope="module")
def field() -> LearnedVelocity:
    torch.manual_seed(0)
    trainer = Trainer(DOCUMENT)
    trainer.advance(250)
    return field_of(DOCUMENT, trainer.weights())


def made(document: Document, field: LearnedVelocity, **options: bool) -> Generations:
    bundle = plan(document, field, PlanOptions(**options))  # type: ignore[arg-type]
    assert generations_of(bundle) is not None
    return generations_of(bundle)


def test_the_generations_are_the_network_s_own_from_other_noise(field: LearnedVelocity) -> None:
    found = made(DOCUMENT, field)
    assert [panel.title for panel in found.panels] == ["Reference"] + [
        f"Generation {g}" for g in (1, 2, 3)
    ]
    for g, panel in enumerate(found.panels[1:]):
        x = torch.randn(500, 2, generator=torch_rng(3 + g, Stream.GENERATIONS))
        end = integrate(field.for_class(2).velocity, x, Solver()).points[-1]
        np.testing.assert_allclose(panel.bundle.points[-1], end, atol=1e-4)
        assert panel.bundle.labels is not None
        assert set(panel.bundle.labels) == {2}
        assert panel.bundle.classes == (0, 1, 2, 3)
    one, two = (panel.bundle.points for panel in found.panels[1:3])
    assert not np.allclose(one[0], two[0])
    again = made(replace(DOCUMENT, seed=4), field)
    np.testing.assert_array_equal(again.panels[1].bundle.points, two)


def test_the_reference_is_of_the_class_and_stays(field: LearnedVelocity) -> None:
    reference = made(DOCUMENT, field).panels[0].bundle
    assert float(np.linalg.norm(reference.at(0.3) - (0.0, -5.0), axis=1).max()) < 3
    np.testing.assert_allclose(reference.at(0.0), reference.at(0.8), rtol=1e-6)
    assert len(reference.points[0]) == 500


def test_the_figures_tell_a_told_network_from_one_that_is_not(field: LearnedVelocity) -> None:
    found = made(DOCUMENT, field)
    assert found.conditional
    assert found.note == ""
    assert found.accuracy > 0.99
    assert found.error is not None
    assert 0.0 < found.error < 0.25
    for panel in found.panels[1:]:
        assert panel.accuracy is not None
        assert panel.distance is not None
        assert panel.accuracy > 0.95
        assert panel.distance < 10 * found.floor
    plain = replace(DOCUMENT, network=Network(waves="off"))
    trainer = Trainer(plain)
    trainer.advance(250)
    other = made(plain, field_of(plain, trainer.weights()))
    assert not other.conditional
    assert "Conditional" in other.note
    assert other.error is None
    for panel in other.panels[1:]:
        assert panel.accuracy == pytest.approx(0.25, abs=0.1)
        assert panel.distance is not None
        assert panel.distance > 20 * other.floor


def test_the_exact_flow_of_the_class_ends_at_its_floor(field: LearnedVelocity) -> None:
    exact = replace(DOCUMENT, view=replace(DOCUMENT.view, shows="exact"))
    found = made(exact, field)
    assert found.exact
    assert all(p.accuracy is not None and p.accuracy > 0.99 for p in found.panels[1:])
    distances = [p.distance for p in found.panels[1:] if p.distance is not None]
    assert float(np.mean(distances)) < found.floor + 3 * found.spread
    moons = replace(exact, target=Moons())
    oracle = oracle_for(replace(moons, network=Network()))
    assert oracle is not None
    bundle = plan(moons, oracle, PlanOptions())
    assert generations_of(bundle) is not None
    assert not generations_of(bundle).exact
    assert bundle.exact_note == "No exact flow is known of this class alone."


def test_a_class_that_is_not_there_is_the_nearest_one(field: LearnedVelocity) -> None:
    far = replace(DOCUMENT, view=replace(DOCUMENT.view, condition=200))
    assert made(far, field).condition == 3


def test_a_target_without_classes_is_told(field: LearnedVelocity) -> None:
    plain = replace(DOCUMENT, target=Gaussian(), network=Network())
    oracle = oracle_for(plain)
    assert oracle is not None
    with pytest.raises(Invalid, match="“Gaussian”, has no classes"):
        plan(plain, oracle, PlanOptions())
    with pytest.raises(Cancelled):
        plan(DOCUMENT, field, PlanOptions(cancelled=lambda: True))


def test_a_coarse_answer_comes_first_and_all_of_it_travels(field: LearnedVelocity) -> None:
    coarse = made(
        replace(DOCUMENT, view=replace(DOCUMENT.view, particles=6000)), field, coarse=True
    )
    assert coarse.panels[1].bundle.points.shape[1] == 400
    bundle = plan(DOCUMENT, field, PlanOptions(revision=5, step=7))
    assert (bundle.revision, bundle.step) == (5, 7)
    back = pickle.loads(pickle.dumps(bundle))
    np.testing.assert_array_equal(
        generations_of(back).panels[2].bundle.points,
        generations_of(bundle).panels[2].bundle.points,  # type: ignore[union-attr]
    )
    small = bundle.compact()
    assert generations_of(small) is not None
    assert all(isinstance(panel.bundle.points, Packed) for panel in generations_of(small).panels)


def test_other_views_of_a_conditional_network(field: LearnedVelocity) -> None:
    """Particles of all classes; lattice and arrows of the one that is named."""
    document = replace(DOCUMENT, view=replace(DOCUMENT.view, name="trajectories", show_raw=True))
    bundle = plan_of("trajectories")(document, field, PlanOptions(raw=field))
    assert bundle.labels is not None
    assert bundle.classes == (0, 1, 2, 3)
    assert np.bincount(bundle.labels).tolist() == pytest.approx([375] * 4, abs=80)
    ends = bundle.points[-1]
    angle = np.pi / 2 * bundle.labels
    middle = 5 * np.stack([np.sin(angle), np.cos(angle)], 1)
    assert float(np.mean(np.linalg.norm(ends - middle, axis=1) < 2.5)) > 0.95
    assert bundle.raw is not None
    np.testing.assert_array_equal(bundle.raw.points, bundle.points)
    assert bundle.lattice is not None
    assert bundle.field is not None
    middle_of_lattice = bundle.lattice.points[-1].mean(0)
    np.testing.assert_allclose(middle_of_lattice, (0.0, -5.0), atol=1.5)
    shown = replace(document, view=replace(document.view, shows="exact"))
    assert "Conditions" in plan_of("trajectories")(shown, field, PlanOptions()).exact_note
    backward = replace(document, solver=Solver(direction="reverse"))
    reverse = plan_of("trajectories")(backward, field, PlanOptions())
    assert float(np.abs(reverse.points[0]).mean()) < 1.2  # back to the Gaussian, mean |x| 0.8


def test_the_tangent_field_is_that_of_the_class(field: LearnedVelocity) -> None:
    document = replace(DOCUMENT, view=replace(DOCUMENT.view, name="tangent_field"))
    small = replace(document.blending, cells=16, samples=200)
    found = plan_of("tangent_field")(replace(document, blending=small), field, PlanOptions())
    assert tangents_of(found) is not None
    errors = tangents_of(found).errors["learned"]
    assert float(np.nanmedian(errors)) < 0.3
    np.testing.assert_allclose(found.target.mean(0), (0.0, -5.0), atol=0.1)
    moons = replace(document, target=Moons())
    with pytest.raises(Invalid, match="field for each class"):
        plan_of("tangent_field")(moons, field, PlanOptions())


def test_the_lens_shows_the_pairs_of_the_class(field: LearnedVelocity) -> None:
    sight = lens_answer(DOCUMENT, LensQuery(0.3, -2.0, 0.5, 0.3), field)
    ends = sight.paths[:, -1]
    assert float(np.linalg.norm(ends - (0.0, -5.0), axis=1).max()) < 3.0
    assert sight.error is not None
    assert sight.error < 0.3
    moons = replace(DOCUMENT, target=Moons(), view=replace(DOCUMENT.view, condition=1))
    trainer = Trainer(moons)
    own = field_of(moons, trainer.weights())
    sight = lens_answer(moons, LensQuery(0.5, -0.5, 0.5, 0.3), own)
    assert "of this class alone" in sight.note
    assert len(sight.paths) > 20
    x, y = sight.paths[:, -1].T  # of the lower moon, about (1, 0.5)
    np.testing.assert_allclose(np.hypot(x - 1.0, y - 0.5), 2.0, atol=0.7)
