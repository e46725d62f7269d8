"""Steps that look at the whole cloud: corrections keep a law, and the text's step is the text's."""

from __future__ import annotations

import math
from itertools import islice

import numpy as np
import torch

from flowlab.core.diffusion.affine import Affine
from flowlab.core.diffusion.corrector import corrected, sample_timestep_iter
from flowlab.core.diffusion.levels import levels_of
from flowlab.core.diffusion.reverse_sde import reverse_sde
from flowlab.core.diffusion.settings import NOT_A_SAMPLER
from flowlab.core.diffusion.steps import Steps, noise_for
from flowlab.core.document.document import Document
from flowlab.core.metrics import sliced_w2
from tests.helpers.noise_models import DATA, NOISE, TWO, drawn, exact_model, moments


def test_corrections_alone_lead_to_the_law_of_their_level() -> None:
    """From points all in one place, without any predictor, to a Gaussian's mean and covariance."""
    document, n = Document(source=NOISE, target=DATA), 2000
    model, (m, C), (mu, S) = exact_model(document), moments(NOISE), moments(DATA)
    levels = levels_of("vp", "vp", T=8)
    still = reverse_sde(model, levels)
    one = torch.ones(8, dtype=torch.float64)
    still = Steps(still.times, still.reading, Affine.of(0 * one, one), 0 * still.spread)
    x = torch.zeros(n, 2, dtype=torch.float64) + m
    path = corrected(model, levels, still, x, torch.zeros(8, n, 2), 30, 0.3, 0)
    x = next(islice(path, 5, None))
    a, b = float(levels.signal[5]), float(levels.noise[5])
    off = np.abs(np.cov(x.T.numpy()) / (a * a * S + b * b * C).numpy() - 1)
    assert off.diagonal().max() < 0.15  # of steps of that length, and of the sample
    assert float((x.mean(0) - a * mu - b * m).abs().max()) < 4 / math.sqrt(n) + 0.03


def test_the_text_s_step_is_the_text_s() -> None:
    model, levels = exact_model(Document(target=TWO)), levels_of(T=300)
    x = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)).double()
    z = noise_for(100, 300, 0)
    path = list(sample_timestep_iter(model, levels, x, z))
    bars = levels.signal**2
    for k in (0, 3, 299):
        bar, beta = float(bars[k]), 1 - float(bars[k] / bars[k + 1])
        g = -model.faces(path[k], math.sqrt(bar), math.sqrt(1 - bar)).noise
        mean = (2 - math.sqrt(1 - beta)) * path[k] + 0.5 * beta * g
        fresh = z[k].double() * (k < 299)
        noise = 2 * math.sqrt(beta) * (0.05 * fresh.norm() / g.norm()) ** 2 * fresh
        torch.testing.assert_close(path[k + 1], mean + noise, rtol=1e-7, atol=1e-7)


def test_the_text_s_step_does_not_reach_the_data() -> None:
    model, levels = exact_model(Document(target=TWO)), levels_of(T=300)
    x = torch.randn(500, 2, generator=torch.Generator().manual_seed(0)).double()
    *_, found = sample_timestep_iter(model, levels, x, noise_for(500, 300, 0))
    fresh = [drawn(TWO, 500, seed) for seed in (1, 2)]
    assert float(sliced_w2(found.float(), fresh[0])) > 3 * float(sliced_w2(*fresh))
    assert "is not a sampler" in NOT_A_SAMPLER
