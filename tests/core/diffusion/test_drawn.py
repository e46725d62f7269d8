"""Where points of a diffusion are drawn, they have the law that is said of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.denoiser import Affinity, Denoiser, denoiser_of
from flowlab.core.diffusion.drawn import in_plane, left, shrunk, weights
from flowlab.core.diffusion.levels import levels_of
from flowlab.core.document.document import Document
from tests.helpers.noise_models import DATA, NOISE, drawn, exact_field

DOCUMENT = Document(source=NOISE, target=DATA)
AFFINITY = Affinity(torch.tensor([3.0, 1.0]).double(), 0.4)


def model(data: Affinity | None) -> Denoiser:
    return denoiser_of(exact_field(DOCUMENT), DOCUMENT, data)


@pytest.mark.parametrize("data", [None, AFFINITY], ids=["as they are", "brought"])
@pytest.mark.parametrize("kind", ["vp", "ve", "sub_vp"])
def test_noised_points_are_sums_of_noise_and_data_as_weighted(
    kind: str, data: Affinity | None
) -> None:
    denoiser, levels = model(data), levels_of(kind, T=40)
    x0, x1 = (drawn(end, 5, k).double() for k, end in enumerate((NOISE, DATA)))
    a, b = (each[:, None, None] for each in (levels.signal, levels.noise))
    shown = in_plane(denoiser, levels, a * denoiser.taken(x1) + b * x0)
    rows = torch.from_numpy(weights(levels, data))[:, :, None, None]
    torch.testing.assert_close(shown, rows[0] * x0 + rows[1] * x1)
    torch.testing.assert_close(shown[-1], x1)  # data end where they are


def test_a_variance_that_explodes_is_drawn_as_far_out_as_its_source() -> None:
    levels = levels_of("ve", T=40)
    rows = weights(levels, AFFINITY) * shrunk(levels, AFFINITY)
    np.testing.assert_allclose(rows[0, 0], 1.0, atol=2e-3)  # b = 50 times .4
    np.testing.assert_allclose(rows[:, -1], (0.0, 1.0), atol=1e-12)
    np.testing.assert_array_equal(shrunk(levels_of(T=40), AFFINITY), 1.0)


def test_what_is_left_of_data_of_the_noise_s_spread_is_the_ratio_of_both_weights() -> None:
    levels = levels_of(T=300)  # abar 0.0481, as computed by hand
    assert left(levels, 1.0, 1.0) == pytest.approx((0.0481 / (1 - 0.0481)) ** 0.5, rel=2e-3)
    assert left(levels, 1.0, 2.0) == pytest.approx(2 * left(levels, 1.0, 1.0))
