"""The plan of the processes: one flow carried in several ways, beside the exact p_t."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.metrics import sliced_w2
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.results import NAIVE, ODE, SDE, Processes, processes_of
from flowlab.core.stochastic.sampling import SdeSolver, carried_by_sde
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.marginal_samples import marginals_of
from flowlab.core.views.marginals import Meter
from flowlab.core.views.request import PlanOptions

DOCUMENT = Document(
    target=Ring(),
    view=View(name="processes", particles=2100),
    stochastic=Stochastic(eps=2.0, steps=40),
)


class Still:
    """A learned field: nothing more is known of it than its velocity."""

    def velocity(self, x: torch.Tensor, t: float | torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)


def exact(document: Document) -> Field:
    oracle = oracle_for(document)
    assert oracle is not None
    return extended_field(oracle)


ALL = PlanOptions()


def made(document: Document = DOCUMENT, options: PlanOptions = ALL) -> Processes:
    found = processes_of(processes(document, exact(document), options))
    assert found is not None
    return found


def kinds(found: Processes) -> list[str]:
    return [pane.kind for pane in found.panes]


def meter(found: Processes, t: float) -> Meter:
    assert found.marginals is not None
    return found.marginals.meter([pane.bundle.at(t) for pane in found.panes], t)


def test_all_begin_at_the_same_points_and_noise_alone_has_other_marginals() -> None:
    found = made()
    assert kinds(found) == [ODE, SDE, NAIVE]
    first = [pane.bundle.points[0] for pane in found.panes]
    np.testing.assert_array_equal(first[0], first[1])
    np.testing.assert_array_equal(first[0], first[2])
    for t in (0.3, 0.6, 1.0):
        known = meter(found, t)
        off = [known.is_off(value) for value in known.values if value is not None]
        assert off == [False, False, True], t


def test_backwards_the_sde_has_the_marginals_too() -> None:
    found = made(replace(DOCUMENT, solver=Solver(direction="reverse")))
    for t in (0.7, 0.3, 0.0):
        known = meter(found, t)
        off = [known.is_off(value) for value in known.values if value is not None]
        assert off == [False, False, t < 0.5], t  # there is little noise yet near t = 1


def test_without_noise_all_are_the_same_path() -> None:
    quiet = replace(DOCUMENT, solver=Solver(method="euler", steps=40))
    quiet = replace(quiet, stochastic=replace(DOCUMENT.stochastic, eps=0.0))
    ode, sde, naive = (pane.bundle.points for pane in made(quiet).panes)
    np.testing.assert_allclose(ode, sde, atol=2e-5)
    np.testing.assert_array_equal(sde, naive)


def test_a_coarse_answer_has_the_first_particles_of_the_full_one() -> None:
    few, every = made(options=PlanOptions(coarse=True)), made()
    for coarse, full in zip(few.panes, every.panes, strict=True):
        assert coarse.bundle.count == 250
        np.testing.assert_allclose(
            coarse.bundle.points, full.bundle.points[:, :250], atol=1e-4, rtol=1e-4
        )


def test_few_particles_are_carried_with_and_without_the_score_at_once() -> None:
    few = replace(DOCUMENT, view=replace(DOCUMENT.view, particles=501))
    for method in ("euler_maruyama", "stochastic_heun"):
        document = replace(few, stochastic=replace(few.stochastic, method=method))
        solver = SdeSolver(method=method, steps=40)
        _, sde, naive = made(document).panes
        for pane, scored in ((sde, True), (naive, False)):
            alone = carried_by_sde(
                exact(document), document, torch.tensor(pane.bundle.points[0]), solver, 0,
                scored=scored,
            )  # fmt: skip
            np.testing.assert_allclose(pane.bundle.points, alone.points, atol=1e-4, rtol=1e-4)
            assert pane.bundle.evaluations == alone.evaluations


def test_the_progress_is_that_of_all_pictures() -> None:
    told: list[float] = []
    made(replace(DOCUMENT, seed=5), PlanOptions(progress=told.append))
    assert told == sorted(told)
    assert 0 < told[0] <= 1 / 3
    assert told[-1] == 1.0


def test_threads_don_t_change_a_path() -> None:
    one, two = made(options=PlanOptions(workers=1)), made(options=PlanOptions(workers=2))
    for a, b in zip(one.panes, two.panes, strict=True):
        np.testing.assert_allclose(a.bundle.points, b.bundle.points, atol=1e-4, rtol=1e-4)


def test_the_ode_is_kept_while_the_noise_is_changed() -> None:
    field = exact(DOCUMENT)
    before = processes_of(processes(DOCUMENT, field, PlanOptions()))
    louder = replace(DOCUMENT, stochastic=replace(DOCUMENT.stochastic, eps=3.0))
    after = processes_of(processes(louder, field, PlanOptions()))
    assert before is not None
    assert after is not None
    assert after.panes[0].bundle.points is before.panes[0].bundle.points
    assert not np.array_equal(after.panes[1].bundle.points, before.panes[1].bundle.points)


@pytest.mark.parametrize("kind", ["ot", "sinkhorn"])
def test_where_no_score_is_known_only_the_sde_is_refused(kind: str) -> None:
    """The ODE and the noise without the score need none; without noise the SDE is the ODE."""
    matched = replace(DOCUMENT, coupling=Coupling(kind=kind, batch=32))
    found = processes_of(processes(matched, Still(), ALL))
    assert found is not None
    assert [pane.kind for pane in found.panes] == [ODE, NAIVE]
    ((which, why),) = found.refused
    assert which == SDE
    assert "independent pairs" in why
    calm = replace(matched, stochastic=replace(matched.stochastic, eps=0.0))
    found = processes_of(processes(calm, Still(), ALL))
    assert found is not None
    assert found.has(SDE)
    assert found.refused == ()


def test_a_level_that_the_path_cannot_have_leaves_the_ode() -> None:
    odd = replace(DOCUMENT, stochastic=replace(DOCUMENT.stochastic, eps_shape="gamma"))
    found = processes_of(processes(odd, Still(), ALL))
    assert found is not None
    assert [pane.kind for pane in found.panes] == [ODE]
    assert [kind for kind, _ in found.refused] == [SDE, NAIVE]
    assert all("latent noise" in why for _, why in found.refused)


def test_other_shapes_of_the_noise_stop_half_a_step_before_the_end() -> None:
    assert made().last == 1.0
    constant = replace(DOCUMENT, stochastic=Stochastic(eps_shape="constant", steps=40))
    assert made(constant).last == 1 - 0.5 / 40


def test_the_samples_of_p_t_are_those_of_gaussians_in_closed_form() -> None:
    target, path = Gaussian(offset_x=2.0, std_x=0.5, std_y=0.5), Path(noise="brownian")
    known = marginals_of(Gaussian(), target, path, 0, 20_000, 2)
    for t in (0.0, 0.35, 1.0):
        x = known.at(t).reshape(-1, 2)
        variance = (1 - t) ** 2 + 0.25 * t**2 + t * (1 - t)
        np.testing.assert_allclose(x.mean(0), [2 * t, 0.0], atol=0.03)
        np.testing.assert_allclose(np.cov(x.T), variance * np.eye(2), atol=0.04)


def test_the_meter_is_the_sliced_distance_of_the_metrics() -> None:
    known = marginals_of(Gaussian(), Ring(), Path(), 0)
    cloud = np.random.default_rng(0).normal(0, 2, (1000, 2)).astype(np.float32)
    value = known.meter([cloud], 0.5).values[0]
    by_metrics = [
        float(sliced_w2(torch.from_numpy(cloud), torch.from_numpy(x))) for x in known.at(0.5)
    ]
    assert value == pytest.approx(np.mean(by_metrics), rel=0.02)


@pytest.mark.parametrize("scale", [1.0, 1.15, 2.0], ids=["alike", "near", "far"])
def test_the_meter_s_error_is_its_spread_over_fresh_samples(scale: float) -> None:
    rng = np.random.default_rng(0)
    made = []
    for seed in range(40):
        known = marginals_of(Gaussian(), Gaussian(), Path(), seed)
        cloud = rng.normal(0, scale, (1000, 2)).astype(np.float32)
        value = known.meter([cloud], 0.0).values[0]
        assert value is not None
        made.append(value)
    claim = float(np.mean([value.error for value in made]))  # type: ignore[arg-type]
    ratio = claim / float(np.std([float(value) for value in made]))
    assert 0.6 < ratio < 2.5  # at the noise floor it is too careful


def test_lost_or_few_particles_have_no_distance() -> None:
    known = marginals_of(Gaussian(), Ring(), Path(), 0)
    lost = np.zeros((1000, 2), np.float32)
    lost[3] = np.nan
    assert known.meter([lost, np.zeros((10, 2), np.float32)], 0.5).values == (None, None)
