"""DDPM and DDIM against the papers' formulas, closed forms, and the flow that they are."""

from __future__ import annotations

import math

import pytest
import torch

from flowlab.core.diffusion.ancestral import data_coefficient, ddim, ddpm
from flowlab.core.diffusion.denoiser import Denoiser, denoiser_of
from flowlab.core.diffusion.levels import Levels, levels_of
from flowlab.core.diffusion.optimal_variance import posterior_covariance
from flowlab.core.diffusion.steps import Steps, carry, noise_for, taken
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian
from flowlab.core.solvers.ode import euler
from tests.helpers.noise_models import DATA, NOISE, TWO, Beside, at_noisiest, exact_model, untrained

SMALL = Network(width=16, depth=2)
LEARNED = Document(source=NOISE, target=TWO, network=SMALL)


def ends(model: Denoiser, steps: Steps, x: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return carry(model.field, [steps], x, noise_for(len(x), len(steps), seed)).points[-1]


def points(n: int = 200) -> torch.Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(0)).double()


def learned_model() -> Denoiser:
    return denoiser_of(Beside(untrained(LEARNED)), LEARNED)


@pytest.mark.parametrize("steps", [300, 20])
def test_the_ancestral_step_is_the_papers(steps: int) -> None:
    """x' = (x - beta eps / sqrt(1 - abar)) / sqrt(alpha) + sigma z (Ho et al., algorithm 2)."""
    document = Document(target=TWO, network=SMALL)
    model = denoiser_of(Beside(untrained(document)), document)
    levels, x = levels_of(T=300).visited(steps), points()
    z, bars = noise_for(len(x), steps, 0), levels.signal**2
    path = list(taken(model.field, ddpm(model, levels), x, z))
    for k in (0, 5, steps - 1):
        x, bar, later = path[k], float(bars[k]), float(bars[k + 1])
        alpha = bar / later
        eps = model.faces(x, math.sqrt(bar), math.sqrt(1 - bar)).noise
        mean = (x - (1 - alpha) / math.sqrt(1 - bar) * eps) / math.sqrt(alpha)
        sigma = math.sqrt((1 - alpha) * (1 - later) / (1 - bar)) if k < steps - 1 else 0.0
        expected = mean + sigma * z[k].double()
        torch.testing.assert_close(path[k + 1], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["vp", "sub_vp", "ve", "blend"])
def test_ddim_with_all_its_noise_is_ancestral_sampling(kind: str) -> None:
    model, levels = learned_model(), levels_of(kind).visited(40)
    x = levels.prior * points()
    one, other = (ends(model, s, x) for s in (ddpm(model, levels), ddim(model, levels, eta=1.0)))
    torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
    assert float((one - ends(model, ddim(model, levels, eta=0.9), x)).abs().max()) > 0.01


def test_ddim_without_noise_gives_the_same_bits_whatever_the_seed() -> None:
    model, levels, x = learned_model(), levels_of().visited(30), points()
    assert torch.equal(ends(model, ddim(model, levels), x), ends(model, ddim(model, levels), x, 1))


def test_alpha_deblending_is_ddim() -> None:
    """Of any network: Euler's step on (1 - t, t), and on VP after x / (a + b)."""
    model = learned_model()
    levels, x = levels_of("blend", T=20), points()
    *_, flow = euler(model.field.velocity, x, levels.times)
    torch.testing.assert_close(ends(model, ddim(model, levels), x), flow, rtol=0, atol=1e-6)
    levels = levels_of("vp").visited(20)
    size = levels.signal + levels.noise
    times = (levels.signal / size).tolist()
    *_, flow = euler(model.field.velocity, x / float(size[0]), times)
    torch.testing.assert_close(ends(model, ddim(model, levels), x), flow, rtol=0, atol=1e-6)


def test_a_short_schedule_starts_too_near_the_middle() -> None:
    """T = 300 keeps 22 % of the data in its noise, which N(0, I) lacks; N(3, I) ends at 2.856."""
    document, levels = Document(target=Gaussian(offset_x=3.0)), levels_of(T=300)
    model, n = exact_model(document), 1000
    bar, error = float(levels.signal[0] ** 2), 4 / math.sqrt(1000)
    expected = 3 * (1 - bar * 1.0 / (bar * 1.0 + 1 - bar))
    assert expected == pytest.approx(2.856, abs=1e-3)
    steps, x = ddpm(model, levels), points(n)
    x -= x.mean(0)
    found = ends(model, steps, x)
    assert abs(float(found[:, 0].mean()) - expected) < error
    true = at_noisiest(document, levels, n, 3)
    assert abs(float(ends(model, steps, true)[:, 0].mean()) - 3.0) < error


@pytest.mark.parametrize(("variance", "sign"), [("posterior", -1), ("optimal", 0), ("beta", 1)])
def test_of_a_gaussian_the_optimal_variance_is_exact_in_few_steps(variance: str, sign: int) -> None:
    """At each level but the data's, to which the last step has no noise."""
    document, levels, n = Document(target=DATA), levels_of().visited(4), 10_000
    model, z = exact_model(document), noise_for(n, 4, 0)
    of_data = posterior_covariance(document, levels) if variance == "optimal" else None
    steps = ddpm(model, levels, variance, of_data)
    *_, x, _ = taken(model.field, steps, at_noisiest(document, levels, n, 0).double(), z)
    a2, b2 = float(levels.signal[-2]) ** 2, float(levels.noise[-2]) ** 2
    off = x.var(0) / (a2 * 0.25 + b2) - 1
    if sign:
        assert bool((sign * off > 0.05).all())
    else:
        assert float(off.abs().max()) < 4 * math.sqrt(2 / n) + 0.01


def test_the_data_s_covariance_given_a_noisy_point_is_a_gaussians() -> None:
    document, levels = Document(source=NOISE, target=DATA), levels_of().visited(200)
    found = posterior_covariance(document, levels)
    a, b = (each[:-1, None, None] for each in (levels.signal, levels.noise))
    S, C = 0.25 * torch.eye(2).double(), exact_model(document).source.cov
    expected = S - a * a * S @ torch.linalg.inv(a * a * S + b * b * C) @ S
    off = (found - expected).abs().amax((1, 2)) / expected.abs().amax((1, 2))
    assert float(off.max()) < 5 * math.sqrt(2 / 4000)
    assert float(data_coefficient(levels)[-1]) == pytest.approx(1.0)
    with pytest.raises(Invalid, match="take the variance posterior or beta"):
        posterior_covariance(Document(network=Network(conditional=True)), levels)


def test_points_are_clipped_after_each_step_where_that_is_asked_for() -> None:
    document = Document(target=TWO)
    model, levels = exact_model(document), levels_of(T=50)
    path = list(
        taken(model.field, ddpm(model, levels, box=1.0), 3 * points(), noise_for(200, 50, 0))
    )
    assert float(path[0].abs().max()) > 1
    assert all(float(x.abs().max()) <= 1 for x in path[1:])


def _levels_of(bars: list[float]) -> Levels:
    bar = torch.tensor(bars, dtype=torch.float64)
    k = torch.arange(len(bars) - 1, -1, -1)
    return Levels("vp", len(bars) - 1, k, bar.sqrt(), (1 - bar).sqrt())


@pytest.mark.filterwarnings("ignore")  # of another library
@pytest.mark.parametrize(("steps", "eta"), [(100, 0.0), (20, 0.0), (20, 0.7), (20, 1.0)])
def test_diffusers_ddim_agrees_step_by_step(steps: int, eta: float) -> None:
    pytest.importorskip("diffusers", reason="diffusers comes with the extra `images`")
    from diffusers import DDIMScheduler

    theirs = DDIMScheduler(100, 1e-4, 0.02, clip_sample=False)
    theirs.set_timesteps(steps)
    bars = [float(theirs.alphas_cumprod[t]) for t in theirs.timesteps]
    document = Document(target=TWO)
    model, levels, x = exact_model(document), _levels_of([*bars, 1.0]), points()
    z = noise_for(len(x), steps, 0)
    ours = list(taken(model.field, ddim(model, levels, eta), x, z))
    for k, t in enumerate(theirs.timesteps):
        noise = model.faces(ours[k], *(float(e[k]) for e in (levels.signal, levels.noise))).noise
        found = theirs.step(noise, int(t), ours[k], eta=eta, variance_noise=z[k].double())
        torch.testing.assert_close(found.prev_sample, ours[k + 1], rtol=0, atol=1e-4)


@pytest.mark.filterwarnings("ignore")  # of another library
def test_diffusers_ddpm_agrees_step_by_step() -> None:
    pytest.importorskip("diffusers", reason="diffusers comes with the extra `images`")
    from diffusers import DDPMScheduler

    theirs = DDPMScheduler(100, 1e-4, 0.02, clip_sample=False)
    levels, document, x = levels_of(T=100), Document(target=TWO), points()
    model, z = exact_model(document), torch.zeros(100, len(x), 2)
    ours = list(taken(model.field, ddpm(model, levels), x, z))
    for k, t in enumerate(range(99, -1, -1)):
        noise = model.faces(ours[k], *(float(e[k]) for e in (levels.signal, levels.noise))).noise
        torch.manual_seed(0)
        found = theirs.step(noise, t, ours[k]).prev_sample
        torch.manual_seed(0)
        fresh = torch.randn(x.shape, dtype=x.dtype) * math.sqrt(theirs._get_variance(t)) * (t > 0)
        # their schedule is of single precision, and the step divides by small differences of it
        torch.testing.assert_close(found - fresh, ours[k + 1], rtol=0, atol=5e-4)
