"""The lens: posterior pairs at one point, against Monte Carlo over pairs that happen to pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture
from flowlab.core.exact import oracle_for
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.views.lens import LensQuery
from flowlab.core.views.posterior_lens import _pool, lens_answer
from tests.helpers.randomness import rng

TWO = Mixture(
    means=((2.0, 0.0), (-2.0, 1.0)),
    covs=((0.25, 0.0, 0.25), (0.64, 0.2, 0.5)),
    weights=(0.3, 0.7),
)
DOCUMENT = Document(source=Gaussian(), target=TWO)
LOOK = LensQuery(0.3, 0.2, 0.4, 0.3)


class Constant:
    def velocity(self, x: torch.Tensor, t: float | torch.Tensor) -> torch.Tensor:
        return torch.tensor([[3.0, 4.0]]).expand(len(x), 2)


def test_every_way_leads_through_the_point() -> None:
    sight = lens_answer(DOCUMENT, LOOK, None)
    assert sight.straight
    here = 0.6 * sight.paths[:, 0] + 0.4 * sight.paths[:, 1]
    np.testing.assert_allclose(here, np.tile([0.3, 0.2], (36, 1)), atol=1e-5)


def test_the_mean_of_the_pairs_is_the_exact_velocity_within_its_standard_error() -> None:
    sight = lens_answer(DOCUMENT, LOOK, None)
    assert sight.mean0 is not None
    assert sight.mean1 is not None
    assert sight.exact is not None
    assert sight.cov0 is not None
    assert sight.cov1 is not None
    # x1 - x0 = (x1 - x) / (1 - t) along every way: its spread is that of x1 over (1 - t)
    error = np.sqrt(np.diagonal(sight.cov1) / sight.drawn) / 0.6
    assert (np.abs(sight.mean1 - sight.mean0 - sight.exact) < 4.5 * error).all()


@pytest.mark.slow
def test_the_spread_is_that_of_pairs_that_happen_to_pass() -> None:
    sight = lens_answer(DOCUMENT, LOOK, None)
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    assert sight.cov1 is not None
    assert sight.mean1 is not None
    from flowlab.core.distributions.factory import build

    rng = torch.Generator().manual_seed(3)
    x0, x1 = (build(s).sample(600_000, rng) for s in (DOCUMENT.source, DOCUMENT.target))
    off = torch.lerp(x0, x1, 0.4) - torch.tensor([0.3, 0.2])
    near = x1[off.square().sum(1) < 0.08**2]
    assert len(near) > 500
    np.testing.assert_allclose(near.mean(0), sight.mean1, atol=0.25)
    np.testing.assert_allclose(np.cov(near.numpy().T), sight.cov1, atol=0.5)


def test_density_and_mass_are_those_of_the_oracle() -> None:
    sight = lens_answer(DOCUMENT, LOOK, None)
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    assert sight.mass is not None
    rng = torch.Generator().manual_seed(0)
    x = oracle.sample(torch.full((200_000,), 0.4), rng)
    inside = ((x - torch.tensor([0.3, 0.2])).square().sum(1) < 0.3**2).double().mean()
    assert sight.mass == pytest.approx(float(inside), rel=0.05)


def test_the_learned_arrow_is_the_fields_own() -> None:
    sight = lens_answer(DOCUMENT, LOOK, Constant(), step=12)
    assert sight.learned is not None
    assert sight.exact is not None
    np.testing.assert_allclose(sight.learned, [3, 4])
    expected = np.hypot(*(sight.exact - [3, 4])) / np.hypot(*sight.exact)
    assert sight.error == pytest.approx(expected)
    assert sight.step == 12


def test_pairs_glide_as_the_lens_is_dragged() -> None:
    one = lens_answer(DOCUMENT, LOOK, None)
    other = lens_answer(DOCUMENT, replace(LOOK, x=0.3001), None)
    moved = np.abs(one.paths - other.paths).max(axis=(1, 2))
    assert np.median(moved) < 1e-3


@pytest.mark.parametrize("t", [0.0, 1.0])
def test_at_the_ends_of_time_one_end_is_the_point_itself(t: float) -> None:
    sight = lens_answer(DOCUMENT, replace(LOOK, t=t), None)
    assert len(sight.paths) == 36
    np.testing.assert_allclose(sight.paths[:, int(t)], np.tile([0.3, 0.2], (36, 1)), atol=1e-5)


@pytest.mark.parametrize("name", ["square", "disc", "checkerboard", "text", "rings"])
@pytest.mark.parametrize("end", [0, 1])
def test_no_pair_is_shown_where_the_density_of_an_end_is_zero(name: str, end: int) -> None:
    shape, other = named(name), Gaussian()
    ends = (shape, other) if end == 0 else (other, shape)
    document = Document(source=ends[0], target=ends[1])
    oracle = oracle_for(document)
    assert oracle is not None
    side = torch.linspace(-9.0, 9.0, 5, dtype=torch.float64)
    for x, y in torch.cartesian_prod(side, side).tolist():
        if float(oracle.density([[x, y]], float(end))[0]) > 0:
            continue
        sight = lens_answer(document, LensQuery(x, y, float(end), 0.3), None)
        assert not len(sight.paths)
        assert sight.exact is None
        assert sight.note == "No pair passes through this point at this t."


def test_ways_of_a_curved_path_lead_through_the_point_too() -> None:
    document = replace(DOCUMENT, path=Path(kind="trigonometric"))
    sight = lens_answer(document, replace(LOOK, t=0.5), None)
    assert not sight.straight
    middle = sight.paths[:, sight.paths.shape[1] // 2]
    np.testing.assert_allclose(middle, np.tile([0.3, 0.2], (len(middle), 1)), atol=1e-4)


COUPLED = {
    "ot": Coupling(kind="ot"),
    "sinkhorn": Coupling(kind="sinkhorn"),
    "lines": Coupling(kind="lines", lines=((0.0, 0.0, 4.0, 0.0),)),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("kind", COUPLED)
def test_under_any_coupling_pairs_pass_in_the_middle_of_the_cloud(kind: str) -> None:
    """Those of the coupling itself: each path passes the point, from a source to a target point."""
    document = replace(DOCUMENT, coupling=COUPLED[kind])
    x0, x1 = coupler_of(document).fresh(256, rng(1))
    for t in (0.02, 0.5, 0.97):  # the drawn pairs are those of all times
        here = ((1 - t) * x0 + t * x1).median(0).values.tolist()
        nearest = ((1 - t) * x0 + t * x1 - torch.tensor(here)).norm(dim=1).min()
        look = LensQuery(*here, t, max(0.08, float(nearest)))
        sight = lens_answer(document, look, None)
        assert len(sight.paths) >= 2
        off = (1 - t) * sight.paths[:, 0] + t * sight.paths[:, 1] - np.array(here)
        assert np.hypot(*off.T).max() <= 3 * look.radius + 1e-5
        assert "drawn pairs" in sight.note
        assert "±" in sight.note


def test_no_pair_of_a_coupling_is_drawn_twice() -> None:
    document = replace(DOCUMENT, coupling=COUPLED["ot"])
    x0, _, _ = _pool(document)
    assert len(x0) > 20_000
    assert len(torch.unique(x0, dim=0)) > 0.999 * len(x0)


def test_the_mean_of_optimal_pairs_is_their_velocity() -> None:
    """Between N(0, I) and N((4, 0), I) optimal pairs are a shift: every velocity is (4, 0)."""
    document = Document(
        target=Gaussian(offset_x=4.0), coupling=Coupling(kind="ot", batch=256)
    )  # whose batches are nearly shifts
    sight = lens_answer(document, LensQuery(2.0, 0.0, 0.5, 0.2), None)
    assert sight.exact is not None
    assert np.hypot(*(sight.exact - [4.0, 0.0])) < 0.15


def test_far_out_the_lens_says_that_none_of_the_drawn_pairs_passes() -> None:
    coupled = replace(DOCUMENT, coupling=COUPLED["ot"])
    sight = lens_answer(coupled, LensQuery(90.0, 0.0, 0.5, 0.1), None)
    assert not len(sight.paths)
    assert "None of" in sight.note
    alone = lens_answer(DOCUMENT, LensQuery(90.0, 0.0, 0.5, 0.1), None)
    assert not len(alone.paths)
    assert "Fewer than 1 in 1,000,000,000 pairs" in alone.note  # of a Gaussian some always does


def test_an_estimate_of_nothing_is_a_limit_and_an_estimate_has_its_error() -> None:
    """At t = 0 the pairs of optimal batches start as the Gaussian source is distributed."""
    document = Document(target=Gaussian(), coupling=COUPLED["ot"])
    found = lens_answer(document, LensQuery(0.0, 0.0, 0.0, 0.2), None)
    assert found.pool > 20_000
    assert found.density is not None
    assert found.density == pytest.approx(1 / (2 * np.pi), abs=4 * found.density_error + 0.002)
    # a second pool of that size spreads as the error says
    share = found.inside / found.pool
    deviation = np.sqrt(share * (1 - share) / found.pool)
    assert found.density_error == pytest.approx(deviation / (np.pi * 0.2**2), rel=1e-6)
    starts, radius = _pool(document)[0].double(), 0.02
    outermost = starts[starts.norm(dim=1).argmax()] * (1 + 2 * radius / starts.norm(dim=1).max())
    nothing = lens_answer(document, LensQuery(*outermost.tolist(), 0.0, radius), None)
    assert len(nothing.paths) == 1
    assert nothing.reach == pytest.approx(2.0, rel=1e-3)
    assert (nothing.inside, nothing.density) == (0, 0.0)
    true = np.exp(-float(outermost.square().sum()) / 2) / (2 * np.pi)
    assert nothing.density_error == pytest.approx(3 / nothing.pool / (np.pi * radius**2))
    assert true < nothing.density_error
