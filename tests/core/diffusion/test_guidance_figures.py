"""Guided samples follow the tilted law at gamma 1, and at 3 they don't."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core.diffusion.guidance_figures import figures_of, purity, spread
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Checkerboard, Mixture

TARGET = Mixture(
    means=((-1.0, 0.5), (1.0, -0.5)), covs=((0.5, 0.0, 0.7), (0.6, 0.2, 0.5)), weights=(0.4, 0.6)
)
DOCUMENT = Document(target=TARGET)


def test_guided_samples_follow_the_tilted_law_at_1_and_not_at_3() -> None:
    of = {}
    for gamma in (0, 1, 3):
        samples = flowlab.sample(
            flowlab.oracle(DOCUMENT), 2000, method="ddpm", steps=100, label=1, guidance=gamma
        )
        of[gamma] = figures_of(samples.points[-1], DOCUMENT, 1, gamma)
    for gamma in (0, 1):
        assert of[gamma].distance < 1.5 * of[gamma].floor
        assert of[gamma].purity == pytest.approx(of[gamma].tilted_purity, abs=0.03)
        assert of[gamma].spread == pytest.approx(of[gamma].tilted_spread, rel=0.05)
    assert of[3].distance > 4 * of[3].floor
    assert of[3].spread < 0.98 * of[3].tilted_spread
    assert of[0].purity < of[1].purity < of[3].purity


def test_purity_of_equal_gaussians_is_that_of_a_half_plane() -> None:
    target = Mixture(
        means=((-1.0, 0.0), (1.0, 0.0)), covs=((1.0, 0.0, 1.0),) * 2, weights=(1.0, 1.0)
    )
    n = 4000
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(0)) + torch.tensor([1.0, 0.0])
    share = 0.5 * (1 + math.erf(1 / math.sqrt(2)))
    found = purity(x, Document(target=target), 1)
    assert float(found) == float((x[:, 0] > 0).double().mean())
    assert float(found) == pytest.approx(share, abs=4 * found.error)
    assert spread(x) == pytest.approx(math.sqrt(2), rel=4 / math.sqrt(n))


def test_of_shapes_with_edges_a_point_just_outside_has_a_class() -> None:
    document = Document(target=Checkerboard(count=2))
    corner = torch.tensor([[-3.0, -3.0], [-4.02, -3.0], [50.0, 50.0]])
    assert purity(corner[:2], document, 0) == 1.0
    assert purity(corner[2:], document, 0) == 0.0


def test_samples_that_are_lost_are_refused() -> None:
    with pytest.raises(Invalid, match="finite positions"):
        figures_of(np.full((4, 2), np.nan), DOCUMENT, 1, 1.0)
