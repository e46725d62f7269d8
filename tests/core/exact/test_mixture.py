"""The exact field against Monte Carlo, finite differences, conservation and published numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture, Ring
from flowlab.core.exact import MixtureOracle, loss_floor, oracle_for
from tests.helpers.randomness import rng
from tests.helpers.shapes import TILTED

BENT = Mixture(
    means=((0.0, 2.0), (1.0, -2.0), (-1.5, 0.0)),
    covs=((1.0, -0.6, 0.5), (0.3, 0.0, 0.3), (0.1, 0.05, 0.6)),
    weights=(1.0, 1.0, 3.0),
)


def _oracle(source: object = TILTED, target: object = BENT) -> MixtureOracle:
    oracle = oracle_for(Document(source=source, target=target))  # type: ignore[arg-type]
    assert isinstance(oracle, MixtureOracle)
    return oracle


def _grid(half: float = 8.0, cells: int = 240) -> tuple[Tensor, float]:
    ticks = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells * 2 * half - half
    y, x = torch.meshgrid(ticks, ticks, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2), (2 * half / cells) ** 2


@pytest.mark.parametrize("t", [0.0, 0.3, 0.8, 1.0])
def test_density_integrates_to_one(t: float) -> None:
    cells, area = _grid()
    assert float(_oracle().density(cells, t).sum()) * area == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("t", "shape"), [(0.0, TILTED), (1.0, BENT)])
def test_ends_are_the_distributions_themselves(t: float, shape: Mixture) -> None:
    x = 3 * torch.randn(300, 2, generator=rng())
    expected = build(shape).log_prob(x)
    torch.testing.assert_close(_oracle().log_density(x, t), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("t", [0.0, 0.4, 1.0])
def test_score_is_the_gradient_of_the_log_density(t: float) -> None:
    oracle = _oracle()
    x = 2 * torch.randn(200, 2, dtype=torch.float64, generator=rng())
    h = 1e-5
    for axis, step in enumerate(h * torch.eye(2, dtype=torch.float64)):
        slope = (oracle.log_density(x + step, t) - oracle.log_density(x - step, t)) / (2 * h)
        torch.testing.assert_close(oracle.score(x, t)[:, axis], slope, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("t", [0.2, 0.7])
def test_density_and_velocity_conserve_mass(t: float) -> None:
    oracle, h = _oracle(), 1e-4
    x = 2 * torch.randn(300, 2, dtype=torch.float64, generator=rng())
    rate = (oracle.density(x, t + h) - oracle.density(x, t - h)) / (2 * h)

    def flux(at: Tensor, axis: int) -> Tensor:
        return oracle.density(at, t) * oracle.velocity(at, t)[:, axis]

    steps = h * torch.eye(2, dtype=torch.float64)
    divergence = sum((flux(x + s, i) - flux(x - s, i)) / (2 * h) for i, s in enumerate(steps))
    assert float((rate + divergence).abs().max()) < 1e-5


def test_end_velocities_are_known() -> None:
    oracle, x = _oracle(), torch.randn(50, 2, dtype=torch.float64)
    mean0, mean1 = (torch.tensor(m, dtype=torch.float64) for m in ([2 / 3, 0.0], [-3.5 / 5, 0.0]))
    torch.testing.assert_close(oracle.velocity(x, 0.0), mean1 - x)
    torch.testing.assert_close(oracle.velocity(x, 1.0), x - mean0)


@pytest.mark.parametrize("t", [0.0, 0.05, 0.5, 0.6, 0.99, 1.0])
def test_pairs_blend_to_their_point_and_average_to_the_velocity(t: float) -> None:
    oracle = _oracle()
    x = oracle.sample(torch.full((6,), t), rng(3))
    x0, x1 = oracle.pairs(x, t, 10_000, rng(4))
    torch.testing.assert_close((1 - t) * x0 + t * x1, x[:, None].expand_as(x0))
    gap = x1 - x0
    error = 5 * gap.std(1) / 10_000**0.5 + 1e-6
    assert bool(((gap.mean(1) - oracle.velocity(x, t)).abs() < error).all())
    trace = gap.var(1).sum(-1)
    torch.testing.assert_close(trace, oracle.residual(x, t), rtol=0.12, atol=1e-6)


def test_marginal_of_the_pairs_is_the_prior() -> None:
    oracle = _oracle()
    x = oracle.sample(torch.full((20_000,), 0.4), rng())
    x0, x1 = oracle.pairs(x, 0.4, 1, rng(1))
    for ours, shape in ((x0[:, 0], TILTED), (x1[:, 0], BENT)):
        theirs = build(shape).sample(100_000, rng(2)).double()
        torch.testing.assert_close(ours.mean(0), theirs.mean(0), atol=0.04, rtol=0)
        torch.testing.assert_close(torch.cov(ours.T), torch.cov(theirs.T), atol=0.08, rtol=0)


def test_velocity_agrees_with_binned_monte_carlo() -> None:
    t = 0.5
    x0, x1 = (build(s).sample(400_000, rng(i)).double() for i, s in enumerate((TILTED, BENT)))
    x = (1 - t) * x0 + t * x1
    centre = x.mean(0)
    near = (x - centre).norm(dim=1) < 0.15
    binned = (x1 - x0)[near].mean(0)
    exact = _oracle().velocity(x[near], t).mean(0)
    assert int(near.sum()) > 500
    assert bool(((binned - exact).abs() < 5 * (x1 - x0)[near].std(0) / near.sum() ** 0.5).all())


def test_mean_velocity_is_the_difference_of_the_means_at_every_time() -> None:
    oracle = _oracle()
    for t in (0.1, 0.5, 0.9):
        x = oracle.sample(torch.full((10_000,), t), rng())
        expected = torch.tensor([-3.5 / 5 - 2 / 3, 0.0], dtype=torch.float64)
        torch.testing.assert_close(oracle.velocity(x, t).mean(0), expected, atol=0.06, rtol=0)


def test_golden_numbers_of_the_seed_notebook() -> None:
    oracle = _oracle(Gaussian(), Ring(count=8, radius=5.0, std=0.7))
    assert oracle.power == pytest.approx(27.98)
    floor = loss_floor(oracle, 100_000, rng())
    assert floor.mse == pytest.approx(10.128, abs=0.001 + 4 * floor.mse_error)
    assert floor.quadratic == pytest.approx(-8.921, abs=0.003 + 4 * floor.quadratic_error)
    assert oracle.power - floor.mse == pytest.approx(17.841, abs=0.005 + 4 * floor.mse_error)
    assert floor.mse_error < 0.04


def test_floor_agrees_with_the_error_of_the_exact_field_itself() -> None:
    oracle = _oracle()
    t = torch.rand(100_000, dtype=torch.float64, generator=rng(7))
    x0, x1 = (build(s).sample(len(t), rng(i)).double() for i, s in enumerate((TILTED, BENT)))
    x = (1 - t)[:, None] * x0 + t[:, None] * x1
    v, gap = oracle.velocity(x, t), x1 - x0
    floor = loss_floor(oracle, 100_000, rng())
    assert float((v - gap).square().sum(1).mean()) == pytest.approx(floor.mse, rel=0.02)
    assert float(-0.5 * v.square().sum(1).mean()) == pytest.approx(floor.quadratic, rel=0.03)


def test_far_away_and_with_a_time_for_each_point_it_stays_finite() -> None:
    oracle = _oracle()
    x, t = 100 * torch.randn(500, 2), torch.linspace(0, 1, 500)
    assert bool(oracle.velocity(x, t).isfinite().all())
    assert bool(oracle.score(x, t).isfinite().all())
    torch.testing.assert_close(oracle.velocity(x, t)[7], oracle.velocity(x[7:8], float(t[7]))[0])


def test_results_have_the_dtype_of_the_points_and_arrays_will_do() -> None:
    oracle, x = _oracle(), torch.randn(5, 2)
    assert oracle.velocity(x, 0.5).dtype == torch.float32
    assert oracle.velocity(x.double().numpy(), 0.5).dtype == torch.float64
    assert oracle.velocity(x[:0], 0.5).shape == (0, 2)


def test_many_components_are_done_in_pieces() -> None:
    oracle = _oracle(Ring(count=64), Ring(count=64, radius=3.0))
    x = torch.randn(300, 2, dtype=torch.float64)
    whole = oracle.velocity(x, 0.5)
    torch.testing.assert_close(whole[150:160], oracle.velocity(x[150:160], 0.5))


def _law(means: list[list[float]], covs: list[list[list[float]]]) -> MixtureParameters:
    count = len(means)
    return MixtureParameters(
        torch.full((count,), 1 / count, dtype=torch.float64),
        torch.tensor(means, dtype=torch.float64),
        torch.tensor(covs, dtype=torch.float64),
    )


FLAT = [[0.0, 0.0], [0.0, 0.0]]
ROUND = [[1.0, 0.0], [0.0, 1.0]]
NEEDLE = [[4.0, 0.0], [0.0, 0.0]]


def test_an_atom_at_one_end_is_reached_by_straight_lines() -> None:
    oracle = MixtureOracle(_law([[0.0, 0.0]], [ROUND]), _law([[3.0, 1.0]], [FLAT]))
    x, t = torch.randn(40, 2, dtype=torch.float64), 0.7
    aim = torch.tensor([3.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(oracle.velocity(x, t), (aim - x) / (1 - t))
    torch.testing.assert_close(oracle.velocity(x, 0.0), aim - x)
    torch.testing.assert_close(oracle.residual(x, t), torch.zeros(40, dtype=torch.float64))
    x0, x1 = oracle.pairs(x, t, 5)
    torch.testing.assert_close(x1, aim.expand(40, 5, 2))
    torch.testing.assert_close((1 - t) * x0 + t * x1, x[:, None].expand(40, 5, 2))


def test_where_no_component_has_extent_everything_is_blank() -> None:
    oracle = MixtureOracle(_law([[0.0, 0.0]], [ROUND]), _law([[3.0, 1.0], [0.0, 2.0]], [FLAT] * 2))
    x = torch.tensor([[3.0, 1.0], [0.5, 0.5]])
    for blank in (oracle.velocity(x, 1.0), oracle.score(x, 1.0), oracle.density(x, 1.0)):
        assert bool(blank.isnan().all())
    assert all(bool(end.isnan().all()) for end in oracle.pairs(x, 1.0, 3))
    assert not oracle.inside(x, 1.0).any()
    t = torch.tensor([0.5, 1.0])
    assert oracle.inside(x, t).tolist() == [True, False]
    assert oracle.velocity(x, t).isnan().any(1).tolist() == [False, True]


def test_a_component_without_width_has_no_share_where_others_have_some() -> None:
    mixed = _law([[0.0, 0.0], [1.0, 0.0]], [ROUND, NEEDLE])
    oracle = MixtureOracle(_law([[0.0, 0.0]], [ROUND]), mixed)
    alone = MixtureOracle(_law([[0.0, 0.0]], [ROUND]), _law([[0.0, 0.0]], [ROUND]))
    x = torch.randn(30, 2, dtype=torch.float64)
    torch.testing.assert_close(oracle.velocity(x, 1.0), alone.velocity(x, 1.0))
    torch.testing.assert_close(oracle.density(x, 1.0), 0.5 * alone.density(x, 1.0))
    assert bool(oracle.velocity(x, 0.999).isfinite().all())


def test_equal_covariances_take_the_quick_way_to_the_same_answer() -> None:
    """The same law, once with one covariance that differs by a hair."""
    source, target = Ring(count=3, std=0.6, radius=1.0), Ring(count=7, std=0.4)
    quick = _oracle(source, target)
    end = build(target).mixture()
    assert end is not None
    assert quick._shared is not None
    covs = end.covs.clone()
    covs[0] *= 1 + 1e-13
    start = build(source).mixture()
    assert start is not None
    slow = MixtureOracle(start, MixtureParameters(end.weights, end.means, covs))
    assert slow._shared is None
    x = 4 * torch.randn(200, 2, dtype=torch.float64, generator=rng())
    for t in (0.0, 0.35, 1.0, torch.linspace(0, 1, 200, dtype=torch.float64)):
        for name in ("velocity", "score", "log_density"):
            ours, theirs = getattr(quick, name)(x, t), getattr(slow, name)(x, t)
            torch.testing.assert_close(ours, theirs, atol=1e-9, rtol=1e-9)
        for ours, theirs in zip(quick.ends(x, t), slow.ends(x, t), strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-9, rtol=1e-9)


def test_in_single_precision_it_is_as_good_as_a_network_needs() -> None:
    for oracle in (_oracle(), _oracle(Gaussian(), Ring())):
        t = torch.rand(3000, generator=rng())
        x = oracle.sample(t, rng(1)).float()
        exact = oracle.velocity(x.double(), t)
        quick = oracle.to("cpu", torch.float32).velocity(x, t).double()
        error = (quick - exact).square().sum().sqrt() / exact.square().sum().sqrt()
        assert float(error) < 2e-5


def test_the_means_of_both_ends_blend_into_the_point() -> None:
    oracle = _oracle()
    x = 2 * torch.randn(50, 2, dtype=torch.float64, generator=rng())
    x0, x1 = oracle.ends(x, 0.3)
    torch.testing.assert_close(0.7 * x0 + 0.3 * x1, x)
    torch.testing.assert_close(x1 - x0, oracle.velocity(x, 0.3))


def test_the_same_dice_let_the_pairs_of_a_point_glide() -> None:
    oracle = _oracle()
    here = torch.tensor([[0.3, -0.2]], dtype=torch.float64)
    first, _ = oracle.pairs(here, 0.5, 400, rng(5))
    after, _ = oracle.pairs(here + 1e-3, 0.5, 400, rng(5))
    moved = (after - first).norm(dim=-1)
    assert float((moved < 0.01).double().mean()) > 0.98  # hardly one changes its component


@pytest.mark.parametrize("t", [-0.1, 1.2, float("nan")])
def test_a_time_out_of_range_is_refused(t: float) -> None:
    with pytest.raises(Invalid, match="from 0, the source, to 1"):
        _oracle().velocity(torch.zeros(1, 2), t)


def test_infinite_points_are_blank_and_not_garbage() -> None:
    x = torch.tensor([[float("inf"), 0.0], [float("nan"), 1.0], [0.0, 0.0]])
    oracle = _oracle(Gaussian(), Ring())
    assert oracle.velocity(x, 0.5).isfinite().all(1).tolist() == [False, False, True]
    assert oracle.inside(x, 0.5).tolist() == [False, False, True]


def test_points_times_and_counts_of_the_wrong_form_are_refused() -> None:
    oracle, x = _oracle(), torch.zeros(3, 2)
    for ask in (oracle.velocity, oracle.score, oracle.density, oracle.inside, oracle.residual):
        with pytest.raises(Invalid, match=r"\(n, 2\)"):
            ask(torch.zeros(2), 0.5)
        with pytest.raises(Invalid, match="one for each of the 3 points"):
            ask(x, torch.zeros(2))
    with pytest.raises(Invalid, match="n, how many pairs"):
        oracle.pairs(x, 0.5, 0)


@pytest.mark.parametrize("path", [Path(), Path(kind="trigonometric", noise="brownian")])
def test_pairs_at_one_time_are_those_at_as_many_equal_times(path: Path) -> None:
    oracle = oracle_for(Document(source=TILTED, target=BENT, path=path))
    assert isinstance(oracle, MixtureOracle)
    x = oracle.sample(torch.full((300,), 0.4), rng(1))
    one = torch.stack(oracle.triples(x, 0.4, 20, rng(2)))
    each = torch.stack(oracle.triples(x, torch.full((300,), 0.4), 20, rng(2)))
    alike = (one - each).abs().amax((0, 3)) < 1e-5  # but for a component picked on its very edge
    assert float(alike.double().mean()) > 0.999


def test_pairs_far_away_are_drawn_as_if_each_point_had_its_time() -> None:
    oracle = _oracle()
    x = torch.tensor([[1e9, 0.0], [0.0, -1e14], [torch.inf, 0.0]], dtype=torch.float64)
    one = torch.stack(oracle.pairs(x, 0.4, 5, rng(2)))
    each = torch.stack(oracle.pairs(x, torch.full((3,), 0.4), 5, rng(2)))
    torch.testing.assert_close(one, each, equal_nan=True)


@pytest.mark.parametrize("far", [1e30, 1e100, 1e200])
def test_far_out_the_field_is_that_of_the_direction(far: float) -> None:
    """Between N(0, I) and N(0, 4 I): v = (t (4 + 1) - 1) / ((1 - t)^2 + 4 t^2) x at every x."""
    document = Document(source=Gaussian(), target=Gaussian(std_x=2.0, std_y=2.0))
    oracle = oracle_for(document)
    assert oracle is not None
    for t in (0.0, 0.3, 1.0):
        slope = (5 * t - 1) / ((1 - t) ** 2 + 4 * t**2)
        v = oracle.velocity([[far, -0.5 * far]], t)[0].numpy()
        np.testing.assert_allclose(v, slope * far * np.array([1.0, -0.5]), rtol=1e-12)
        s = oracle.score([[far, -0.5 * far]], t)[0].numpy()
        np.testing.assert_allclose(s, -far / ((1 - t) ** 2 + 4 * t**2) * np.array([1.0, -0.5]))
