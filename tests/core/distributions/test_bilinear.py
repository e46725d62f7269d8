"""NumPy's and torch's bilinear reading, beside SciPy's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy.interpolate import RegularGridInterpolator

from flowlab.core.distributions import bilinear, bilinear_torch

VALUES = np.random.default_rng(0).normal(size=(5, 7, 2))
PLACES = np.random.default_rng(1).uniform((-2, -2), (9, 7), (500, 2))  # some beyond the edge


def expected(places: np.ndarray) -> np.ndarray:
    """Values at places (n, 2), the edge's beyond it."""
    by_scipy = RegularGridInterpolator((np.arange(5), np.arange(7)), VALUES)
    return np.asarray(by_scipy(np.clip(places[:, ::-1], 0, (4, 6))))


def test_numpy_reads_as_scipy_does_and_the_edge_beyond_it() -> None:
    read = bilinear.read(VALUES, *PLACES.T)
    np.testing.assert_allclose(read, expected(PLACES), atol=1e-6)
    one = bilinear.read(np.ascontiguousarray(VALUES[..., 0]), *PLACES.T)
    np.testing.assert_allclose(one, read[:, 0], atol=1e-12)


def test_a_lattice_is_read_as_its_crossings_are() -> None:
    column, row = np.linspace(-1, 7, 13), np.linspace(-1, 5, 9)
    read = bilinear.read_lattice(np.moveaxis(VALUES, -1, 0).copy(), column, row)
    places = np.stack(np.meshgrid(column, row), -1).reshape(-1, 2)
    np.testing.assert_allclose(read.reshape(2, -1).T, expected(places), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_torch_reads_the_table_that_is_asked_for(dtype: torch.dtype) -> None:
    tables = torch.from_numpy(np.stack([VALUES, -2 * VALUES])).to(dtype)
    which = torch.arange(500) % 2
    read = bilinear_torch.read(tables, *torch.from_numpy(PLACES).unbind(1), which)
    sign = np.where(which.numpy() == 0, 1.0, -2.0)[:, None]
    np.testing.assert_allclose(read.numpy(), sign * expected(PLACES), atol=1e-5)


def test_torch_reads_a_grid_of_one_row_and_of_one_value() -> None:
    places = torch.tensor([-1.0, 0.5, 3.0])
    row = torch.tensor([[[1.0, 3.0, 5.0]]])
    assert bilinear_torch.read(row, places, places).tolist() == [1, 2, 5]
    assert bilinear_torch.read(row[:, :, :1], places, places).tolist() == [1, 1, 1]


def test_a_blank_value_makes_its_four_cells_blank() -> None:
    values = VALUES.copy()
    values[2, 3] = np.nan
    inside = (np.abs(PLACES[:, 0] - 3) < 1) & (np.abs(PLACES[:, 1] - 2) < 1)
    blank = np.isnan(bilinear.read(values, *PLACES.T)).all(1)
    assert blank[inside].all()
    assert not blank[(np.abs(PLACES[:, 0] - 3) > 1) | (np.abs(PLACES[:, 1] - 2) > 1)].any()


def test_what_draws_gets_no_torch_with_it() -> None:
    code = "import sys, flowlab.core.distributions.bilinear; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
