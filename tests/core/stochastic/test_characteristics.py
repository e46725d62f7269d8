"""The plan of the view of characteristics, and the settings that it reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core.document.codec import from_plain, to_plain
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Checkerboard, Moons, Ring, Shape
from flowlab.core.document.view import View
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.time_slice import TimeSlice
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer
from flowlab.core.stochastic.characteristics import CONDITIONAL, characteristics
from flowlab.core.stochastic.curves import Characteristics, characteristics_of
from flowlab.core.stochastic.settings import CURVES as DEFAULT
from flowlab.core.stochastic.settings import MOST_CURVES, Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions

DOCUMENT = Document(view=View(name="characteristics", particles=40, shows="exact"))


def untrained(document: Document) -> LearnedVelocity:
    small = replace(document, network=replace(document.network, width=16, depth=2))
    return field_of(small, Trainer(small).weights())


def plan(document: Document, field: Any = None, **how: Any) -> tuple[Bundle, Characteristics]:
    bundle = characteristics(document, field, PlanOptions(**how))
    found = characteristics_of(bundle)
    assert found is not None
    return bundle, found


def test_with_the_exact_velocity_both_densities_agree() -> None:
    bundle, found = plan(DOCUMENT)
    assert bundle.count == 40
    assert found.exact
    assert found.known is not None
    for k in range(found.count):
        np.testing.assert_allclose(found.log_density(k), found.known[:, k], atol=1e-4)
    assert found.cell is not None
    assert found.cell.at(0.4).residual == pytest.approx(0, abs=1e-6)
    places = [(x, y) for x, y, _ in DEFAULT]
    np.testing.assert_allclose(found.at(0.0), places, atol=1e-12)


def test_a_dragged_cell_carries_no_particles_again() -> None:
    before, _ = plan(DOCUMENT)
    moved = replace(DOCUMENT, stochastic=Stochastic(cell_x=-1.0))
    after, found = plan(moved, revision=7)
    assert after.points is before.points
    assert after.revision == 7
    assert found.cell is not None
    assert found.cell.x == -1.0


def test_a_learned_velocity_is_judged_by_the_exact_density() -> None:
    document = replace(DOCUMENT, view=replace(DOCUMENT.view, shows="learned"))
    _, found = plan(document, untrained(document))
    assert not found.exact
    assert found.cell is not None
    now = found.cell.at(0.5)
    assert abs(now.quadrature) < 1e-6 < 1e-3 < abs(now.residual)
    assert found.known is not None
    assert np.abs(found.log_density(0) - found.known[:, 0]).max() > 0.1


def test_what_isn_t_known_says_why() -> None:
    coupled = replace(
        DOCUMENT, coupling=Coupling(kind="ot"), view=replace(DOCUMENT.view, shows="learned")
    )
    _, found = plan(coupled, untrained(coupled))
    assert found.known is found.cell is None
    assert "independent pairs" in found.unknown


def test_a_conditional_network_shows_one_class_and_no_cell() -> None:
    document = Document(
        target=Ring(count=2), network=Network(conditional=True), view=View(name="characteristics")
    )
    made, found = plan(document, untrained(document), particles=20)
    assert found.known is found.cell is None
    assert found.unknown == CONDITIONAL
    assert found.condition == 0
    assert set(np.asarray(made.labels).tolist()) == {0}  # its particles too
    assert np.isfinite(found.change).all()


def test_a_first_quick_answer_has_a_rougher_cell() -> None:
    """And all particles, where those are there already."""
    elsewhere = Stochastic(cell_x=0.3)  # of which the full cell isn't there already
    document = replace(DOCUMENT, view=replace(DOCUMENT.view, particles=1200), stochastic=elsewhere)
    quick, found = plan(document, coarse=True)
    assert quick.count == 1000
    full, fine = plan(document)
    assert full.count == plan(document, coarse=True)[0].count == 1200
    assert found.cell is not None
    assert fine.cell is not None
    assert len(found.cell.times) < len(fine.cell.times)
    assert found.cell.at(0.5).mass == pytest.approx(fine.cell.at(0.5).mass, abs=1e-5)
    assert found.cell.at(0.5).residual == pytest.approx(0, abs=1e-3)


ON_GRID = replace(DOCUMENT, target=Checkerboard())


def test_a_quick_answer_shows_the_cell_on_a_grid_as_the_full_one_does() -> None:
    moved = replace(ON_GRID, stochastic=Stochastic(cell_x=0.7))
    (_, quick), (_, full) = plan(moved, coarse=True), plan(moved)
    assert quick.cell is not None
    assert full.cell is not None
    assert len(quick.cell.times) < len(full.cell.times)
    for t in (0.25, 0.5, 0.75):
        rough, fine = quick.cell.at(t), full.cell.at(t)
        assert rough.mass == pytest.approx(fine.mass, abs=2e-3)
        np.testing.assert_allclose(rough.inflow, fine.inflow, atol=0.02 * full.cell.largest)
        error = abs(rough.total - fine.total)  # what is told of the quadrature holds it
        assert error < 3 * (abs(rough.quadrature) + abs(fine.quadrature)) + 1e-4


def test_a_dragged_cell_or_curve_transforms_nothing_on_a_grid_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = replace(ON_GRID, target=Checkerboard(scale=1.1))  # of which nothing is kept yet
    for coarse in (True, False):
        plan(document, coarse=coarse)
    made, slice_of = list[float](), GridOracle._make_slice

    def counted(oracle: GridOracle, t: float) -> TimeSlice:
        made.append(t)
        return slice_of(oracle, t)

    monkeypatch.setattr(GridOracle, "_make_slice", counted)
    (_, _, t), *rest = DEFAULT
    moved = Stochastic(cell_y=0.1, curves=((0.1, 0.2, t), *rest))
    for coarse in (True, False):
        plan(replace(document, stochastic=moved), coarse=coarse)
    assert made == []


@pytest.mark.parametrize("target", [Ring(), Checkerboard()])
def test_a_dragged_curve_leaves_the_others_and_is_rougher_for_a_moment(target: Shape) -> None:
    document = replace(DOCUMENT, target=target)
    _, before = plan(document)
    moved = Stochastic(curves=((0.33, -0.2, 0.25), *DEFAULT[1:]))
    document = replace(document, stochastic=moved)
    (_, quick), (_, full) = plan(document, coarse=True), plan(document)
    for after in (quick, full):
        np.testing.assert_array_equal(after.points[:, 1:], before.points[:, 1:])
        np.testing.assert_array_equal(after.change[:, 1:], before.change[:, 1:])
    assert 0 < np.abs(quick.points - full.points).max() < 0.02
    assert np.abs(quick.change - full.change).max() < 0.1
    np.testing.assert_array_equal(plan(document, coarse=True)[1].points, full.points)


def test_a_cell_that_is_off_is_not_computed() -> None:
    _, found = plan(replace(DOCUMENT, stochastic=Stochastic(show_cell=False)))
    assert found.cell is None


def test_a_source_without_a_density_shows_the_change_alone() -> None:
    document = Document(
        source=Moons(noise=0.0),
        coupling=Coupling(kind="ot"),
        view=View(name="characteristics", particles=20),
    )
    _, found = plan(document, untrained(document))
    assert np.isnan(found.start).all()
    assert np.isfinite(found.change).all()


def test_its_size_is_told() -> None:
    bundle, found = plan(DOCUMENT)
    assert found.cell is not None
    assert found.compact() is found
    assert found.nbytes > found.cell.nbytes > 0
    assert bundle.nbytes > found.nbytes


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ((), "1 to 24 curves"),
        (DEFAULT * 4, "1 to 24 curves, not 28"),
        (((0.0, 0.0, 1.5),), "between 0 and 1, not at 1.5"),
        (((0.0, 0.0, float("nan")),), "between 0 and 1"),
        (((float("inf"), 0.0, 0.5),), "not at infinite"),
        (((0.0, -2e4, 0.5),), "not at"),
        (((0.0, 1.0),), "rows of x, y and t"),
        ("curves", "rows of x, y and t"),
    ],
)
def test_points_that_cannot_be_are_refused(points: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Stochastic(curves=points)


def test_points_are_kept_by_a_file_and_taken_from_arrays() -> None:
    document = Document(stochastic=Stochastic(curves=torch.tensor([[0.5, 1.0, 0.25]])))  # type: ignore[arg-type]
    assert document.stochastic.curves == ((0.5, 1.0, 0.25),)
    plain = to_plain(document, arrays := {})
    assert from_plain(plain, arrays) == document
    del plain["stochastic"]["curves"]  # as in a file of an earlier version
    assert from_plain(plain, arrays).stochastic.curves == DEFAULT
    assert len(DEFAULT) < MOST_CURVES


def test_a_curve_of_the_exact_field_is_a_flow() -> None:
    """The same as the particles' own solver gives, in many steps."""
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    field = extended_field(oracle)
    x = torch.tensor([DEFAULT[1][:2]], dtype=torch.float64)
    steps = 100
    for k in range(steps):
        half = x + field.velocity(x, k / steps) / (2 * steps)
        x = x + field.velocity(half, (k + 0.5) / steps) / steps
    _, found = plan(DOCUMENT)
    np.testing.assert_allclose(found.points[-1, 1], x[0], atol=2e-3)
