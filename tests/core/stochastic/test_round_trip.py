"""There and back: the ODE retraces its way as well as its solver can, the SDE only its law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Disc, Gaussian, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.metrics import sliced_w2
from flowlab.core.stochastic.round_trip import _other_seed, round_trip
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.stochastic.strip import strip
from flowlab.core.stochastic.strip_results import strip_of
from flowlab.core.stochastic.trip_results import RoundTrips, Trip, trip_of, trips_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions

WIDE = Gaussian(std_x=2.0, std_y=2.0)
ROUND = Document(
    source=Gaussian(),
    target=WIDE,
    solver=Solver(method="rk4", steps=8),
    view=View(name="round_trip", particles=1500, shows="exact"),
    stochastic=Stochastic(method="stochastic_heun", steps=40),
)


def made(document: Document) -> RoundTrips:
    oracle = oracle_for(document)
    assert oracle is not None
    found = trips_of(round_trip(document, extended_field(oracle), PlanOptions()))
    assert found is not None
    return found


def parts(way: Bundle) -> Trip:
    trip = trip_of(way)
    assert trip is not None
    return trip


def test_both_ways_meet_in_the_source_and_begin_at_the_same_points_of_the_target() -> None:
    ode, sde = made(ROUND).ways
    assert [parts(way).kind for way in (ode, sde)] == ["ode", "sde"]
    for way in (ode, sde):
        assert np.array_equal(way.points[0], parts(way).there.points[0])
        assert parts(way).error(way, 0.0) == 0.0
    assert np.array_equal(parts(ode).there.points[-1], parts(sde).there.points[-1])


def test_the_ode_comes_back_and_the_sde_does_not() -> None:
    trips = made(ROUND)
    assert trips.compact().nbytes < trips.nbytes
    errors = {parts(way).kind: parts(way).error(way, 1.0) for way in trips.ways}
    ode, sde = errors["ode"], errors["sde"]
    assert ode is not None
    assert sde is not None
    assert ode < 1e-3
    assert sde > 100 * ode
    assert sde.n == 1500
    assert 0 < sde.error < 0.1
    unrelated = 2 * np.sqrt(
        np.pi
    )  # E|x - y| of N(0, 4 I) in the plane: 2 Gamma(3/2) / Gamma(1) * 2
    assert trips.fresh == pytest.approx(unrelated, abs=4 * trips.fresh.error)
    assert sde < trips.fresh


def test_smaller_steps_help_the_ode_only() -> None:
    few, many = (
        made(replace(ROUND, solver=Solver(method="euler", steps=n),
                     stochastic=Stochastic(steps=n))).ways for n in (20, 80)
    )  # fmt: skip
    ode = [parts(ways[0]).error(ways[0], 1.0) for ways in (few, many)]
    sde = [parts(ways[1]).error(ways[1], 1.0) for ways in (few, many)]
    assert ode[0] / ode[1] == pytest.approx(4, rel=0.15)  # type: ignore[operator]
    assert sde[0] / sde[1] == pytest.approx(1, abs=0.1)  # type: ignore[operator]


def test_without_noise_the_sde_comes_back_too_and_how_far_is_the_closed_form() -> None:
    """Between Gaussians x1' given x1 is Gaussian: its correlation is known by quadrature."""
    for eps in (0.0, 1.0):
        way = made(replace(ROUND, stochastic=replace(ROUND.stochastic, eps=eps))).ways[1]
        start, end = parts(way).there.points[-1], way.points[-1]
        kept = float(np.mean(start * end) / np.sqrt(np.mean(start**2) * np.mean(end**2)))
        assert kept == pytest.approx(remembered(eps), abs=4 / np.sqrt(3000))


def remembered(eps: float) -> float:
    """exp(-2 integral of eps alpha / v), v the variance of p_t: each way forgets as much."""
    t = (np.arange(2000) + 0.5) / 2000
    variance = (1 - t) ** 2 + 4 * t**2
    return float(np.exp(-2 * np.mean(eps * (1 - t) / variance)))


def test_the_sde_returns_to_the_distribution() -> None:
    document = replace(ROUND, target=Ring(), view=replace(ROUND.view, particles=3000))
    way = made(document).ways[1]
    oracle = oracle_for(document)
    assert oracle is not None
    fresh, other = (
        oracle.sample(torch.ones(3000), torch.Generator().manual_seed(s)).float() for s in (5, 6)
    )
    assert sliced_w2(torch.tensor(way.points[-1]), fresh) < 1.7 * sliced_w2(fresh, other)


def test_the_noise_of_both_ways_is_independent_and_the_plan_deterministic() -> None:
    assert len({_other_seed(0), _other_seed(1), 0, 1}) == 4
    first, again = (made(replace(ROUND, view=replace(ROUND.view, particles=50))) for _ in "ab")
    assert np.array_equal(first.ways[1].points, again.ways[1].points)


def test_the_sde_is_refused_where_no_score_is_known_and_lost_particles_have_no_error() -> None:
    oracle = oracle_for(replace(ROUND, source=Disc()))
    assert oracle is not None
    found = trips_of(
        round_trip(replace(ROUND, source=Disc()), extended_field(oracle), PlanOptions())
    )
    assert found is not None
    assert [parts(way).kind for way in found.ways] == ["ode"]
    assert "score" in found.refused
    way = made(replace(ROUND, view=replace(ROUND.view, particles=3))).ways[0]
    lost = replace(way, points=np.full_like(way.points, np.nan), knot_velocities=None)
    assert parts(way).error(lost, 1.0) is None


def test_the_strip_has_the_law_of_the_interpolant_at_every_time() -> None:
    path = Path(noise="sine", level=0.5)
    view = View(name="strip", particles=20_000)
    document = Document(target=WIDE, path=path, view=view, stochastic=Stochastic(panels=5))
    bundle = strip(document, None, PlanOptions())  # type: ignore[arg-type]
    found = strip_of(bundle)
    assert found is not None
    assert found.times.tolist() == bundle.times.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    for t, points in zip(found.times, bundle.points, strict=True):
        gamma = 0.5 * np.sin(np.pi * t) ** 2
        variance = (1 - t) ** 2 + 4 * t**2 + gamma**2
        assert np.asarray(points).var(0) == pytest.approx([variance] * 2, rel=4 * 0.01)
    assert found.compact() is found


def test_the_strip_shows_the_documents_pairs() -> None:
    """Under optimal transport from N(0, 1) to N(0, 4) each pair is x1 = 2 x0, nearly."""
    view = View(name="strip", particles=1000)
    document = Document(target=WIDE, coupling=Coupling(kind="ot"), view=view)
    bundle = strip(document, None, PlanOptions(coarse=True))  # type: ignore[arg-type]
    x0, x1 = (np.asarray(bundle.points[k]) for k in (0, -1))
    assert np.corrcoef(x0[:, 0], x1[:, 0])[0, 1] > 0.9
