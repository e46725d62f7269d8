"""The networks: shapes, the published sizes, and the preconditioning against closed forms."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowlab.core.distributions.factory import MixtureParameters, build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import ACTIVATIONS, Network
from flowlab.core.document.paths import Path
from flowlab.core.document.recipes import NOTEBOOK, RECIPES
from flowlab.core.document.shapes import Checkerboard, Ring
from flowlab.core.exact import MixtureOracle
from flowlab.core.interpolants.parameterization import make_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.fast_step.flat_network import Batch, FlatParameters, as_batches
from flowlab.core.learning.fast_step.step import backward
from flowlab.core.learning.fourier import FourierFeatures
from flowlab.core.learning.networks import build_network, load_arrays
from flowlab.core.learning.objectives import squared_error
from flowlab.core.learning.preconditioning import Moments, Preconditioner, measure_moments
from tests.helpers.randomness import rng


def _moments(cov0: list[list[float]], cov1: list[list[float]]) -> Moments:
    return Moments(
        torch.tensor([1.0, -2.0], dtype=torch.float64),
        torch.tensor(cov0, dtype=torch.float64),
        torch.tensor([-3.0, 0.5], dtype=torch.float64),
        torch.tensor(cov1, dtype=torch.float64),
    )


CASES = [
    ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]),
    ([[1.0, 0.0], [0.0, 1.0]], [[13.0, 0.0], [0.0, 13.0]]),
    ([[2.0, 0.8], [0.8, 0.5]], [[0.3, -0.2], [-0.2, 4.0]]),
    ([[0.01, 0.0], [0.0, 9.0]], [[9.0, 2.9], [2.9, 1.0]]),
]


def _one(mean: torch.Tensor, cov: torch.Tensor) -> MixtureParameters:
    return MixtureParameters(torch.ones(1, dtype=torch.float64), mean[None], cov[None])


@pytest.mark.parametrize(("cov0", "cov1"), CASES)
def test_untrained_preconditioned_net_is_exact_between_gaussians(
    cov0: list[list[float]], cov1: list[list[float]]
) -> None:
    m = _moments(cov0, cov1)
    oracle = MixtureOracle(_one(m.mean0, m.cov0), _one(m.mean1, m.cov1))
    net = build_network(Network(precondition=True), m, rng())
    t = torch.rand(2000, generator=rng())
    x = oracle.sample(t, rng(1)).float()
    exact = oracle.velocity(x, t)
    with torch.no_grad():
        error = (net(x, t) - exact).norm() / exact.norm()
    assert error < 1e-4


@pytest.mark.parametrize(("cov0", "cov1"), CASES)
def test_inputs_are_white_and_the_gain_is_the_residual_deviation(
    cov0: list[list[float]], cov1: list[list[float]]
) -> None:
    m = _moments(cov0, cov1)
    oracle = MixtureOracle(_one(m.mean0, m.cov0), _one(m.mean1, m.cov1))
    net = build_network(Network(precondition=True), m, rng())
    for time in (0.0, 0.37, 1.0):
        t = torch.full((40_000,), time)
        x = oracle.sample(t, rng(1)).float()
        prepared = net.prepare(x, t)
        assert prepared.gain is not None
        assert prepared.unwhiten is not None
        torch.testing.assert_close(
            torch.cov(prepared.features[:2]), torch.eye(2), atol=0.03, rtol=0
        )
        spread = prepared.gain[:, 0].diag() @ prepared.unwhiten
        trace = float(torch.trace(spread.T @ spread))
        assert trace == pytest.approx(float(oracle.residual(x[:1], time)[0]), rel=1e-3)


@pytest.mark.parametrize("flat", [[[0.0, 0.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]])
def test_degenerate_covariances_stay_finite(flat: list[list[float]]) -> None:
    for cov0, cov1 in ((flat, flat), (flat, CASES[0][1]), (CASES[0][0], flat)):
        net = build_network(Network(precondition=True), _moments(cov0, cov1), rng())
        torch.nn.init.ones_(net.net[-1].weight)  # type: ignore[arg-type]
        for time in (0.0, 0.5, 1.0):
            assert bool(net(torch.randn(100, 2), torch.full((100,), time)).isfinite().all())


def test_moments_are_exact_for_mixtures_and_estimated_otherwise() -> None:
    m = measure_moments(build(Ring(radius=5.0, std=0.7)), build(Checkerboard()), rng())
    eye = torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(m.cov0, (12.5 + 0.49) * eye)
    # Each axis is uniform on [-4, 4]; the squares on the diagonal make the covariance 1.
    expected = torch.tensor([[16 / 3, 1.0], [1.0, 16 / 3]], dtype=torch.float64)
    torch.testing.assert_close(m.cov1.abs(), expected, atol=0.15, rtol=0)
    torch.testing.assert_close(m.mean1, torch.zeros(2, dtype=torch.float64), atol=0.08, rtol=0)


@pytest.mark.parametrize(
    ("recipe", "count"),
    [
        (NOTEBOOK, 4 * 512 - 512 + 2 * (512 * 512 + 512) + 2 * 512 + 2 + 512),
        ("IADB tutorial", 4 * 64 + 3 * (64 * 64 + 64) + 2 * 64 + 2),
    ],
)
def test_published_nets_have_their_published_size(recipe: str, count: int) -> None:
    net = build_network(RECIPES[recipe][0], None, rng())
    assert sum(p.numel() for p in net.parameters()) == count


def test_the_iadb_net_sees_x_and_alpha_alone() -> None:
    spec = Network(kind="iadb", time_features=5, space_features=5, precondition=True)
    net = build_network(spec, None, rng())
    x, t = torch.randn(7, 2), torch.rand(7)
    seen = torch.cat([x, t[:, None], torch.ones(7, 1)], 1)
    assert torch.equal(net.prepare(x, t).features, seen.T)
    with torch.no_grad():
        torch.testing.assert_close(net(x, t), net.net(torch.cat([x, t[:, None]], 1)))


def test_first_weights_hang_on_the_generator_alone() -> None:
    before = torch.get_rng_state()
    spec = RECIPES["IADB tutorial"][0]
    one, two, other = (build_network(spec, None, rng(s)).state_dict() for s in (3, 3, 4))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["net.0.weight"], other["net.0.weight"])
    assert torch.equal(torch.get_rng_state(), before)


def test_plain_initial_weights_follow_torch_default_distribution() -> None:
    net = build_network(replace(RECIPES[NOTEBOOK][0], width=256), None, rng())
    weight = net.state_dict()["net.2.weight"]
    assert float(weight.abs().max()) <= 1 / 16
    assert float(weight.std()) == pytest.approx(1 / 16 / 3**0.5, rel=0.02)


def test_fourier_features_are_attenuated_as_by_a_gaussian() -> None:
    waves, y = FourierFeatures(6), torch.tensor([[0.3], [-0.8]])
    blur = torch.tensor([[0.04], [0.09]])
    z = torch.randn(2, 200_000, generator=rng())
    blurred = waves(y + z * blur.sqrt()).mean(1)
    torch.testing.assert_close(waves(y, blur)[:, 0], blurred, atol=0.01, rtol=0)
    assert torch.equal(waves(y, torch.zeros(2, 1)), waves(y))


def test_detail_is_blurred_by_both_ends_and_by_neither_at_the_ends_of_time() -> None:
    net = build_network(Network(), _moments([[1.0, 0.0], [0.0, 1.0]], [[4.0, 0.0], [0.0, 0.25]]))
    assert net.preconditioner is not None
    t = torch.tensor([[0.0, 0.5, 1.0]])
    source, target = torch.tensor([1.0, 0.25, 0.0]), torch.tensor([0.0, 1.0, 4.0])
    expected = source * target / (source + target).square()  # along the wide axis
    along = net.preconditioner.blur(t)[net.preconditioner.source_variance.argmin()]
    torch.testing.assert_close(along, expected)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("precondition", [True, False])
@pytest.mark.parametrize("space_features", [0, 5])
@pytest.mark.parametrize("predicts", ["velocity", "velocity_and_noise"])
def test_written_out_gradient_is_autograd_s(
    activation: str, precondition: bool, space_features: int, predicts: str
) -> None:
    spec = Network(
        width=16,
        depth=3,
        activation=activation,
        space_features=space_features,
        precondition=precondition,
    )
    path = Path() if predicts == "velocity" else Path(noise="brownian")
    to_learn = make_parameterization(predicts, interpolant_of(path))
    net = build_network(spec, _moments(*CASES[2]), rng(), to_learn)
    torch.nn.init.normal_(net.net[-1].weight, generator=rng())  # type: ignore[arg-type]
    net.double()
    x = torch.randn(50, 2, dtype=torch.float64, generator=rng(5))
    displacement = torch.randn(50, to_learn.outputs, dtype=torch.float64, generator=rng(7))
    t = torch.rand(50, dtype=torch.float64, generator=rng(6))
    v = net(x, t)
    (squared_error(v, displacement) / 2).backward()
    expected = {name: p.grad for name, p in net.named_parameters()}
    flat = FlatParameters(net, activation)
    batch = Batch.of(net.prepare(x, t), displacement.T, len(x))
    data = as_batches([batch])
    backward(flat.workspace(len(x)), data, 0)
    output = data.outputs[0]
    torch.testing.assert_close(batch.prediction(output).T, v.detach())
    torch.testing.assert_close(flat.named(flat.gradient), expected, rtol=1e-6, atol=1e-9)


def test_weights_of_another_net_are_refused() -> None:
    small = build_network(Network(width=8), None, rng()).state_dict()
    arrays = {name: value.numpy() for name, value in small.items()}
    with pytest.raises(Invalid, match="another kind or size"):
        load_arrays(build_network(Network(width=16), None, rng()), arrays)


EVERY_WAY = [
    (Path(kind="trigonometric"), "velocity"),
    (Path(noise="brownian", level=0.6), "velocity"),
    (Path(kind="encoding", noise="sine"), "velocity"),
    (Path(kind="preserving"), "denoiser"),
    (Path(kind="mirror", noise="quadratic"), "noise"),
    (Path(noise="sine", clock="late"), "score"),
    (Path(), "denoiser"),
]


@pytest.mark.parametrize(("path", "predicts"), EVERY_WAY)
@pytest.mark.parametrize("cross", [0.0, 0.6])
def test_standardiser_is_the_regression_of_any_target_on_any_path(
    path: Path, predicts: str, cross: float
) -> None:
    """Against least squares over joint Gaussian samples with correlated ends."""
    parameterization, n, t = make_parameterization(predicts, interpolant_of(path)), 100_000, 0.3
    m = replace(
        _moments([[2.0, 0.0], [0.0, 0.5]], [[1.0, 0.0], [0.0, 4.0]]),
        cross=cross * torch.diag(torch.tensor([2.0**0.5, 2.0**0.5], dtype=torch.float64)),
    )
    joint = torch.cat([torch.cat([m.cov0, m.cross], 1), torch.cat([m.cross.T, m.cov1], 1)])
    rng = torch.Generator().manual_seed(3)
    root = torch.linalg.cholesky(joint)
    ends = torch.randn(n, 4, dtype=torch.float64, generator=rng) @ root.T
    x0, x1 = m.mean0 + ends[:, :2], m.mean1 + ends[:, 2:]
    z, times = torch.randn(n, 2, dtype=torch.float64, generator=rng), torch.full((n,), t).double()
    noise = z if path.noisy else None
    x, y = (
        parameterization.path.point(x0, x1, times, noise),
        parameterization.target(x0, x1, times, noise),
    )
    preconditioner = Preconditioner(parameterization)
    preconditioner.fit(m)
    white, base, gain = preconditioner(x.T.float(), times[None].float())
    torch.testing.assert_close(torch.cov(white), torch.eye(2), atol=0.02, rtol=0)
    features = torch.cat([x, torch.ones(n, 1, dtype=torch.float64)], 1)
    fit = features @ torch.linalg.lstsq(features, y).solution
    size = float(y.std())
    assert float((base.T - fit).square().mean().sqrt()) < 0.02 * size
    left = ((y - base.T) @ torch.linalg.inv(preconditioner.unwhiten.double())).var(0).sqrt()
    assert preconditioner.max_gain is None or bool(
        (gain[:, 0] <= preconditioner.max_gain[:, 0] + 1e-6).all()
    )
    torch.testing.assert_close(gain[:, 0].double(), left, atol=0.02 * float(left.max()), rtol=0)


@pytest.mark.parametrize(("path", "predicts"), EVERY_WAY[:1] + EVERY_WAY[3:])
def test_at_one_time_and_in_float64_the_standardiser_says_the_same(
    path: Path, predicts: str
) -> None:
    preconditioner = Preconditioner(make_parameterization(predicts, interpolant_of(path)))
    preconditioner.fit(_moments(*CASES[2]))
    t, x = torch.tensor([[0.4]]), torch.randn(2, 50)
    y, base, gain = preconditioner(x, t)
    inner, whole, same = preconditioner.affine(t.double())
    point = torch.cat([x, torch.ones(1, 50)]).double()
    for found, expected in ((inner @ point, y), (whole @ point, base), (same, gain[:, :1])):
        torch.testing.assert_close(found.float(), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(preconditioner.linear(x.double(), t.double()).float(), base)


def test_latent_noise_blurs_what_can_be_seen() -> None:
    ends = _moments([[1.0, 0.0], [0.0, 1.0]], [[4.0, 0.0], [0.0, 0.25]])
    t = torch.tensor([[0.0, 0.3, 0.5, 1.0]])
    blurs = []
    for level in (0.05, 1.0, 10.0):
        parameterization = make_parameterization(
            "velocity", interpolant_of(Path(noise="quadratic", level=level))
        )
        preconditioner = Preconditioner(parameterization)
        preconditioner.fit(ends)
        blurs.append(preconditioner.blur(t))
    still = Preconditioner()
    still.fit(ends)
    torch.testing.assert_close(blurs[0], still.blur(t), atol=1e-3, rtol=0)
    assert bool((blurs[0][:, 1:3] < blurs[1][:, 1:3]).all())
    assert bool((blurs[1][:, 1:3] < blurs[2][:, 1:3]).all())
    assert bool((blurs[2] <= 1).all())
    torch.testing.assert_close(blurs[2][:, [0, 3]], torch.zeros(2, 2))


def test_weights_saved_before_couplings_were_are_still_taken() -> None:
    net = build_network(Network(width=8), _moments(*CASES[1]), rng())
    arrays = {name: value.numpy() for name, value in net.state_dict().items()}
    del arrays["standard.cross"]
    other = build_network(
        Network(width=8), replace(_moments(*CASES[2]), cross=torch.eye(2).double()), rng(1)
    )
    load_arrays(other, arrays)
    assert other.preconditioner is not None
    assert other.preconditioner.independent_linear
    x, t = torch.randn(20, 2), torch.rand(20)
    with torch.no_grad():
        assert torch.equal(other(x, t), net(x, t))
