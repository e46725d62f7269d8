"""Lanes at one budget: what is shown is what was done, on one Brownian path, or says why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.ode import integrate
from flowlab.core.stochastic.race.adaptive import FINEST, LOOSEST, carried_nearest, tolerance_of
from flowlab.core.stochastic.race.carrying import Carried, empty
from flowlab.core.stochastic.race.plan import evaluations, race
from flowlab.core.stochastic.race.results import ADAPTIVE, EVALUATIONS, LANES, Lane, Race, race_of
from flowlab.core.stochastic.race.walks import CELLS, knots_of, walk
from flowlab.core.stochastic.settings import SDE_METHODS, Stochastic
from flowlab.core.views.marginal_samples import marginals_of
from flowlab.core.views.request import PlanOptions

N = 60
COARSE = PlanOptions(coarse=True, particles=N)


def document(budget: int = 40, **parts: object) -> Document:
    given = {"source": Gaussian(), "target": Ring(), "view": View(name="race")} | parts
    return Document(stochastic=Stochastic(race_evaluations=budget), **given)  # type: ignore[arg-type]


class Turning:
    """A velocity that counts what it is asked, each thread at its own times."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def velocity(self, x: Tensor, t: float) -> Tensor:
        self.asked.append(t)
        return 3 * torch.stack([-x[:, 1], x[:, 0]], 1) * (1 + t)


def raced(doc: Document, flow: object) -> Race:
    found = race_of(race(doc, flow, COARSE))  # type: ignore[arg-type]
    assert found is not None
    return found


def by_method(found: Race) -> dict[str, Lane]:
    return {lane.method: lane for lane in found.lanes}


@pytest.mark.parametrize("budget", [4, 11, 40, 97])
@pytest.mark.parametrize("method", list(EVALUATIONS))
def test_a_lane_has_all_whole_steps_that_fit(method: str, budget: int) -> None:
    lane = by_method(raced(document(budget), Turning()))[method]
    each = EVALUATIONS[method]
    assert lane.steps == budget // each
    assert lane.evaluations == lane.bundle.evaluations == lane.steps * each
    assert lane.evaluations <= budget


def test_the_evaluations_that_are_shown_are_those_that_were_done() -> None:
    for direction in ("forward", "reverse"):
        flow = Turning()
        found = raced(document(41, solver=Solver(direction=direction)), flow)
        fixed = sum(lane.evaluations for lane in found.lanes if lane.method != ADAPTIVE)
        adaptive = len(flow.asked) - fixed  # with the tries for its tolerance
        assert adaptive >= by_method(found)[ADAPTIVE].evaluations
        assert all(0 <= t <= 1 for t in flow.asked)
        again = len(flow.asked)
        raced(document(41, solver=Solver(direction=direction)), flow)
        assert len(flow.asked) == again  # all of it is cached


@pytest.mark.parametrize("budget", [30, 60, 200])
def test_dormand_prince_comes_nearest_below_the_budget(budget: int) -> None:
    flow = Turning()
    lane = by_method(raced(document(budget), flow))[ADAPTIVE]
    assert lane.tolerance is not None
    assert lane.evaluations <= budget
    x = torch.randn(N, 2)
    finer = [
        integrate(flow.velocity, x, Solver(method="dopri5", rtol=tol, atol=tol)).evaluations
        for tol in (lane.tolerance, lane.tolerance * 10 ** (-3 / 8))
        if 1e-8 <= tol <= 0.1
    ]
    assert not finer or max(finer) >= budget - 12  # a step or two more would be too many


def test_of_all_tolerances_the_most_evaluations_within_are_found() -> None:
    def run(k: int) -> Carried | None:
        spent = 14 + 6 * ((LOOSEST - k) // 3)
        return Carried(empty(), 0, spent, tolerance_of(k)) if spent <= budget else None

    for budget in (14, 40, 41, 100):
        assert carried_nearest(run, budget).evaluations == budget - (budget - 14) % 6
    budget = 1000
    assert carried_nearest(run, budget).tolerance == pytest.approx(1e-8)
    budget = 13
    assert carried_nearest(run, budget).evaluations == 0
    assert tolerance_of(FINEST) == pytest.approx(1e-8)


def test_every_number_of_steps_reads_one_brownian_path() -> None:
    for steps in (40, 80, 160):
        times, dw = walk(N, steps, 3)
        assert times == [i / steps for i in range(steps + 1)]
        assert torch.allclose(dw, brownian_increments(N, steps, 3), atol=1e-5)
    whole = walk(N, CELLS, 3)[1].cumsum(0)
    for steps in (1, 7, 33, 417, 640):
        times, dw = walk(N, steps, 3)
        assert (times[0], times[-1]) == (0.0, 1.0)
        lengths = np.diff(times)
        assert lengths.max() - lengths.min() < 1.01 / CELLS
        at = [k - 1 for k in knots_of(steps)[1:]]
        assert torch.allclose(dw.cumsum(0), whole[at], atol=1e-5)


def test_starts_are_the_same_and_distances_are_those_to_exact_samples() -> None:
    found = raced(document(80, view=View(name="race", shows="exact")), Turning())
    assert found.exact
    starts = [lane.bundle.points[0] for lane in found.lanes]
    assert all(np.array_equal(starts[0], start) for start in starts)
    doc = document()
    marginals = marginals_of(doc.source, doc.target, doc.path, doc.seed, N)
    ends = [np.asarray(lane.bundle.points[-1]) for lane in found.lanes]
    assert [lane.distance for lane in found.lanes] == list(marginals.meter(ends, 1.0).values)
    assert np.allclose(found.fresh.at(0.3), marginals.at(0.3)[0], atol=1e-5)
    compact = found.compact()
    for lane, packed in zip(found.lanes, compact.lanes, strict=True):
        assert np.allclose(lane.bundle.at(0.7), packed.bundle.at(0.7), atol=1e-3)
    assert compact.nbytes > 0


def test_a_budget_below_one_step_leaves_a_lane_empty() -> None:
    lane = by_method(raced(document(7), Turning()))[ADAPTIVE]
    assert (lane.evaluations, lane.bundle.count, lane.distance) == (0, 0, None)


def test_an_empty_lane_leaves_the_others_their_distances() -> None:
    """Below the least budget of Dormand-Prince they had none, and the floor that of 50 points."""
    few, more = raced(document(11), Turning()), raced(document(40), Turning())
    left = [lane for lane in few.lanes if lane.method != ADAPTIVE]
    assert all(lane.distance is not None for lane in left if lane.bundle.count)
    assert few.floor == more.floor


def test_without_a_score_the_odes_race_alone_and_it_is_said_why() -> None:
    found = raced(document(coupling=Coupling(kind="ot")), Turning())
    assert [lane.method for lane in found.lanes] == [m for m in LANES if m not in SDE_METHODS]
    assert "one Gaussian" in found.why_no_sde
    assert not found.fresh_moves
    assert np.allclose(found.fresh.at(0.2), found.fresh.at(1.0), atol=1e-5)


def test_equal_time_is_estimated_and_no_more_is_spent() -> None:
    settings = Stochastic(race_by="milliseconds", race_milliseconds=5.0)
    found = raced(replace(document(), stochastic=settings), Turning())
    for lane in found.lanes:
        assert lane.cost is not None
        assert lane.cost > 0
        assert lane.milliseconds == lane.cost * lane.evaluations <= 5.0


@pytest.mark.parametrize("factor", [float("nan"), float("inf"), 1e4, -1e4, 1e20])
def test_a_diverged_velocity_ends_within_the_budget(factor: float) -> None:
    class Diverged(Turning):
        def velocity(self, x: Tensor, t: float) -> Tensor:
            return factor * super().velocity(x, t)

    flow = Diverged()
    found = raced(document(40), flow)
    assert all(0 <= t <= 1 for t in flow.asked)
    assert all(lane.evaluations <= 40 for lane in found.lanes)
    assert len(flow.asked) < 1500


def test_the_work_grows_with_the_budget_and_orders_come_at_rest() -> None:
    assert evaluations(document(80)) > evaluations(document(40)) > 7 * 40 * 1000 / 5000
    small = document(8, network=Network(width=8, depth=2))
    flow = Turning()
    assert race_of(race(small, flow, PlanOptions(particles=20, training=True))).orders == ()  # type: ignore[union-attr]
    first = race(small, flow, PlanOptions(particles=20))
    assert {order.method for order in first.extra.orders} == set(EVALUATIONS)  # type: ignore[union-attr]
