"""A density in blocks of level cells: what it holds, where it draws, what it reads."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.distributions.factory import build
from flowlab.core.document.gallery import named
from flowlab.core.exact.posterior.blocks import CELLS, GridEnd, blocks_of
from flowlab.core.exact.posterior.interfaces import Generators
from tests.helpers.randomness import rng
from tests.helpers.shapes import RIDGE, TILTED


@pytest.mark.parametrize("cells", [CELLS, 36])
def test_blocks_share_out_all_mass(cells: int) -> None:
    blocks = blocks_of(build(RIDGE), cells)
    assert blocks.height.shape == (cells, cells)
    assert float(blocks.mass.sum()) == pytest.approx(1, abs=1e-5)
    each = cells // blocks.count
    for k in range(blocks.count**2):
        row, column = divmod(k, blocks.count)
        tile = blocks.height[row * each : (row + 1) * each, column * each : (column + 1) * each]
        assert float(blocks.mass[k]) == pytest.approx(float(tile.sum()), abs=1e-6)
        assert blocks.bound[row, column] == tile.max()


def test_within_a_block_places_follow_its_cells() -> None:
    blocks = blocks_of(build(TILTED), 32)
    k, n = int(blocks.mass.argmax()), 40_000
    x = blocks.within(np.full(n, k), Generators(rng(1)))
    row, column = divmod(k, blocks.count)
    each = 32 // blocks.count
    low = blocks.low + blocks.block * np.array([[column], [row]])
    assert bool(((x >= low) & (x <= low + blocks.block)).all())
    edges = [low[i, 0] + np.arange(each + 1) * blocks.cell[i, 0] for i in (0, 1)]
    counts, *_ = np.histogram2d(*x, bins=edges)
    tile = blocks.height[row * each : (row + 1) * each, column * each : (column + 1) * each].T
    expected = n * tile / tile.sum()
    assert np.all(np.abs(counts - expected) < 4.5 * np.sqrt(expected) + 1)


def test_a_point_reads_its_cell_and_off_the_grid_there_is_nothing() -> None:
    blocks = blocks_of(build(RIDGE), 32)
    x, y = np.meshgrid(blocks.xs, blocks.ys)
    middles = np.stack([x.ravel(), y.ravel()])
    jitter = (np.random.default_rng(0).random(middles.shape) - 0.5) * 0.98 * blocks.cell
    np.testing.assert_array_equal(blocks.at(middles + jitter), blocks.height.ravel())
    beyond = blocks.low - 0.01 * blocks.cell
    assert blocks.at(np.hstack([beyond, beyond + 33 * blocks.cell])).tolist() == [0.0, 0.0]


def test_a_lattice_reads_what_its_points_do() -> None:
    blocks = blocks_of(build(RIDGE), 32)
    xs = np.linspace(blocks.xs[0] - 1, blocks.xs[-1] + 1, 53)
    ys = np.linspace(blocks.ys[0] - 1, blocks.ys[-1] + 1, 41)
    x, y = np.meshgrid(xs, ys)
    alone = blocks.at(np.stack([x.ravel(), y.ravel()])).reshape(41, 53)
    np.testing.assert_array_equal(blocks.on_lattice(xs, ys), alone)


def test_levels_stand_for_a_density_that_is_dear() -> None:
    shape = named("smiley")
    law, levels = build(shape), GridEnd(build(shape))
    x = law.sample(2000, rng(2)).double().numpy()
    true = np.exp(law.log_prob(x).double().numpy())
    near = levels.share(x.T) * levels.peak
    assert levels.peak == pytest.approx(true.max(), rel=0.1)
    assert np.mean(np.abs(near - true)) < 0.05 * true.mean()
    assert levels.share(x.T).max() <= 1
