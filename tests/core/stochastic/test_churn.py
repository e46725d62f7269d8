"""Churn keeps the marginals, is the ODE at 0, and is refused where it would be wrong."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import is_one_gaussian
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Disc, Gaussian, Mixture, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.interpolants.document_parameterization import known_source
from flowlab.core.metrics import sliced_w2
from flowlab.core.solvers.ode import STEPPERS, integrate
from flowlab.core.solvers.sde import integrate_sde
from flowlab.core.stochastic.churn import carried_with_churn, churned, renoising_of
from flowlab.core.stochastic.modes import mode_radius
from flowlab.core.stochastic.noise import noise_of
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.possible import why_no_churn
from flowlab.core.stochastic.results import CHURN, processes_of
from flowlab.core.views.request import PlanOptions

TO_RING = Document(source=Gaussian(), target=Ring())
TILTED = Document(
    source=Gaussian(offset_x=1.0, std_x=0.5, std_y=1.2, correlation=0.4), target=Ring()
)
CURVED = replace(TILTED, path=Path(kind="trigonometric"))
HEUN = Solver(method="heun", steps=20)


def known(document: Document) -> Oracle:
    oracle = oracle_for(document)
    assert oracle is not None
    return oracle


def samples(document: Document, n: int, t: float, seed: int = 1) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return known(document).sample(torch.full((n,), t), rng).float()


@pytest.mark.parametrize("document", [TILTED, CURVED], ids=["linear", "trigonometric"])
def test_renoising_takes_p_t_to_an_earlier_one(document: Document) -> None:
    """For a shifted, tilted source, by mean and covariance in closed form."""
    n, renoise = 40_000, renoising_of(document)
    z = torch.randn(n, 2, generator=torch.Generator().manual_seed(3))
    for t, earlier in ((0.6, 0.2), (0.5, 0.45), (0.4, 0.0), (1.0, 0.7)):
        back = renoise(samples(document, n, t), t, earlier, z)
        fresh = samples(document, n, earlier, seed=7)
        for k, moment in enumerate((back, fresh)):
            assert bool(moment.isfinite().all()), k
        spread = fresh.std(0) * math.sqrt(2 / n)
        assert bool(((back.mean(0) - fresh.mean(0)).abs() < 4.5 * spread).all())
        size = float(fresh.var(0).max())
        assert torch.allclose(back.T.cov(), fresh.T.cov(), atol=4.5 * size * 2 / math.sqrt(n))


@pytest.mark.parametrize("document", [TO_RING, CURVED], ids=["to the ring", "tilted and curved"])
def test_marginals_are_those_of_the_ode_for_any_churn(document: Document) -> None:
    n, flow = 3000, extended_field(known(document))
    for share in (0.3, 1.0):
        bundle = carried_with_churn(flow, document, samples(document, n, 0.0), HEUN, share)
        assert is_close(document, bundle.points[10], 0.5)
        assert is_close(document, bundle.points[20], 1.0)


def test_a_naive_restart_has_other_marginals() -> None:
    """So that the test above can fail: noise of the right size without the smaller b(t') / b(t)."""
    n, flow = 4000, extended_field(known(TO_RING))
    right = renoising_of(TO_RING)

    def naive(x: Tensor, t: float, earlier: float, z: Tensor) -> Tensor:
        return x + right(torch.zeros_like(x), t, earlier, z)

    run = integrate_sde(
        flow.velocity,
        noise_of(0.0, "alpha", right.path),
        samples(TO_RING, n, 0.0),
        torch.randn(20, n, 2, generator=torch.Generator().manual_seed(0)),
        method=churned(STEPPERS["heun"], naive, 0.3),
    )
    assert not is_close(TO_RING, run.points[10].numpy(), 0.5)
    assert not is_close(TO_RING, run.points[20].numpy(), 1.0)


def is_close(document: Document, cloud: np.ndarray, t: float) -> bool:
    """Is a cloud as far from p_t as fresh samples are?"""
    fresh, other = (samples(document, len(cloud), t, seed) for seed in (5, 6))
    far, floor = sliced_w2(torch.tensor(cloud), fresh), sliced_w2(other, fresh)
    return far < max(1.5 * floor, floor + 3 * math.hypot(far.error, floor.error))


@pytest.mark.parametrize("method", ["euler", "midpoint", "heun", "rk4"])
def test_without_churn_it_is_the_ode_bit_for_bit(method: str) -> None:
    x, flow, solver = samples(TO_RING, 300, 0.0), extended_field(known(TO_RING)), Solver()
    solver = replace(solver, method=method, steps=7)
    bundle = carried_with_churn(flow, TO_RING, x, solver, 0.0)
    assert np.array_equal(bundle.points, integrate(flow.velocity, x, solver).points)


def test_the_same_evaluations_as_the_ode() -> None:
    x, flow = samples(TO_RING, 10, 0.0), extended_field(known(TO_RING))
    assert carried_with_churn(flow, TO_RING, x, HEUN, 1.0).evaluations == 2 * HEUN.steps


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"source": Disc()}, "one Gaussian"),
        ({"source": Mixture()}, "one Gaussian"),
        ({"coupling": Coupling(kind="ot")}, "independent pairs"),
        ({"path": Path(noise="sine")}, "without latent noise"),
        ({"solver": Solver(method="dopri5")}, "fixed steps"),
        ({"solver": Solver(direction="reverse")}, "Source to target"),
    ],
)
def test_it_is_refused_with_the_reason(changed: dict[str, object], why: str) -> None:
    document = replace(TO_RING, **changed)  # type: ignore[arg-type]
    assert why in why_no_churn(document)
    with pytest.raises(Invalid, match=why):
        renoising_of(document)


@pytest.mark.parametrize(
    "shape",
    [Gaussian(), Ring(), Ring(count=1), Mixture(), Disc(), Gaussian(noise=0.5, rotation=30.0)],
)
def test_what_one_gaussian_is_agrees_with_the_built_distribution(shape: object) -> None:
    document = Document(source=shape, target=Ring())  # type: ignore[arg-type]
    assert is_one_gaussian(document.source) == (known_source(document) is not None)


def test_the_view_has_a_picture_of_its_own_for_churn() -> None:
    view = View(name="processes", particles=600, shows="exact")
    for share, there in ((0.0, False), (0.5, True)):
        stochastic = replace(TO_RING.stochastic, churn=share, steps=10)
        document = replace(TO_RING, view=view, stochastic=stochastic, solver=HEUN)
        made = processes_of(processes(document, extended_field(known(document)), PlanOptions()))
        assert made is not None
        assert (CHURN in [pane.kind for pane in made.panes]) == there


def test_the_notebooks_stop_ends_the_sde_there_and_shows_the_radius_it_loses() -> None:
    """How large it is absolutely: `test_the_notebooks_stop_loses_a_hundredth_of_the_radius`."""
    view, radii = View(name="processes", particles=1500, shows="exact"), {}
    for stop in (False, True):
        stochastic = replace(TO_RING.stochastic, stop=stop, naive=False, steps=40)
        document = replace(TO_RING, view=view, stochastic=stochastic, solver=HEUN)
        bundle = processes(document, extended_field(known(document)), PlanOptions(workers=2))
        made = processes_of(bundle)
        assert made is not None
        assert made.modes is not None
        assert made.until == bundle.times[-1] == pytest.approx(0.99 if stop else 1.0)
        radii[stop] = mode_radius(bundle.at(1.0), made.modes)
    stopped, ended = radii[True], radii[False]
    assert stopped is not None
    assert ended is not None
    assert stopped / ended == pytest.approx(0.99, abs=0.004)  # the same starts and noise
    assert ended.error == pytest.approx(0.7 / math.sqrt(1500), rel=0.15)


def test_a_radius_is_not_known_for_lost_particles_or_an_empty_mode() -> None:
    modes = np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32)
    points = np.array([[1.1, 0.0], [0.9, 0.0], [-1.0, 0.1], [-1.0, -0.1]], np.float32)
    assert mode_radius(points, modes) == pytest.approx(1.0)
    assert mode_radius(points[:3], modes) is None
    assert mode_radius(np.full((4, 2), np.nan, np.float32), modes) is None
