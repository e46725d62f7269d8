"""Data into noise: the chain has at every level the law of the closed form."""

from __future__ import annotations

import math

import pytest
import torch

from flowlab.core.diffusion.forward import chain, noised
from flowlab.core.diffusion.levels import levels_of
from flowlab.core.document.document import Document
from tests.helpers.noise_models import DATA, NOISE, drawn, exact_model, moments


@pytest.mark.parametrize("kind", ["vp", "sub_vp", "ve", "blend"])
def test_the_chain_has_the_law_of_the_jump(kind: str) -> None:
    document, n = Document(source=NOISE, target=DATA), 4000
    levels, (m, C), (mu, S) = levels_of(kind, T=12), moments(NOISE), moments(DATA)
    x1 = drawn(DATA, n, 0).double()
    path = torch.stack(list(chain(exact_model(document), levels, x1, 1))).flip(0)
    jumps = noised(drawn(NOISE, n, 2).double(), x1, levels)
    for found in (path, jumps):
        for k in (0, 6, 12):
            a, b = float(levels.signal[k]), float(levels.noise[k])
            cov = a * a * S + b * b * C
            error = 5 * math.sqrt(float(cov.trace()) / n)
            torch.testing.assert_close(found[k].mean(0), a * mu + b * m, rtol=0, atol=error)
            slack = 5 * float(cov.trace()) * math.sqrt(2 / n)
            torch.testing.assert_close(found[k].T.cov(), cov, rtol=0, atol=slack)
    together = (path[6] - path[6].mean(0)).T @ (x1 - x1.mean(0)) / n  # with the data itself
    slack = 5 * (float(levels.noise[6]) + 0.5) / math.sqrt(n)
    torch.testing.assert_close(together, float(levels.signal[6]) * S, rtol=0, atol=slack)
