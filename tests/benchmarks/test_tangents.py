"""The article's estimator in our words is the one that ours is measured against."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.bench.blending.tangents import SQUARE, TRIANGLE, articles_field
from flowlab.core.blending.tangent.averages import direct
from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.blending.tangent.draws import Coefficients, Scattered
from flowlab.core.distributions.factory import build


def samples() -> tuple[np.ndarray, np.ndarray]:
    rng = torch.Generator().manual_seed(0)
    x0, x1 = (build(shape).sample(80, rng).double().numpy() for shape in (TRIANGLE, SQUARE))
    return x0, x1


def test_it_is_the_direction_of_the_average_over_all_pairs() -> None:
    x0, x1 = samples()
    field = articles_field(0.4, x0, x1, 24).transpose(1, 0, 2)
    rows, columns, _ = field.shape
    grid, parts = (
        Cells(0.0, 0.0, 1 / 24, columns, rows),
        (Coefficients(0.6, -1.0), Coefficients(0.4, 1.0)),
    )
    known = direct(Scattered(x0.T.copy()), Scattered(x1.T.copy()), parts, grid)
    assert known.count.sum() == 80 * 80
    assert np.array_equal(field.any(-1), known.count > 0)
    length = np.linalg.norm(known.mean, axis=-1, keepdims=True)
    filled = known.count > 0
    np.testing.assert_allclose(field[filled], (known.mean / length)[filled], atol=1e-12)


def test_negative_coordinates_have_no_cell_there() -> None:
    x0, x1 = samples()
    with pytest.raises(ValueError, match="invalid entry"):
        articles_field(0.4, x0 - 1.0, x1, 24)
