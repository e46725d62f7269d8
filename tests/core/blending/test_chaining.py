"""What a chain keeps of its pairs, whoever draws them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from flowlab.core.array_types import Floats
from flowlab.core.blending.chaining import linked
from flowlab.core.blending.interfaces import Drawn, Generators
from flowlab.core.solvers.ode import Cancelled

ALPHAS = (0.0, 0.3, 0.5, 1.0)


class Told:
    """Pairs of a known rule: x0 = x - alpha c and x1 = x + (1 - alpha) c; some find none."""

    note, reuses_pair = "told", False
    way = np.array([[1.0], [2.0]])

    def __init__(
        self, lost: dict[float, list[int]] | None = None, reuses_pair: bool = False
    ) -> None:
        self.lost, self.reuses_pair, self.asked = lost or {}, reuses_pair, list[int]()

    def sources(self, n: int, rng: Generators) -> Floats:
        return np.zeros((2, n))

    def targets(self, n: int, rng: Generators) -> Floats:
        return np.arange(2.0 * n).reshape(2, n)

    def draw(self, x: Floats, alpha: float, rng: Generators) -> Drawn:
        self.asked.append(x.shape[1])
        x0, x1 = x - alpha * self.way, x + (1 - alpha) * self.way
        for k in self.lost.get(alpha, []):
            x0[:, k] = x1[:, k] = np.nan
        return Drawn(x0, x1, proposals=6.0)


def dealt() -> Generators:
    return Generators(torch.Generator().manual_seed(0))


def test_every_bead_is_the_blend_of_the_pair_before_it_and_of_its_own() -> None:
    desk, start = Told(), np.array([[0.0, 1.0, 2.0], [5.0, 4.0, 3.0]])
    links = linked(desk, start, ALPHAS, dealt())
    assert links.points.shape == (4, 3, 2)
    assert links.x0.shape == links.x1.shape == (3, 3, 2)
    np.testing.assert_array_equal(links.points[0], start.T)
    np.testing.assert_array_equal(links.x0[0], start.T)
    np.testing.assert_array_equal(links.x1[0], desk.targets(3, dealt()).T)
    for k, (now, then) in enumerate(pairwise(ALPHAS)):
        for bead, alpha in ((k, now), (k + 1, then)):
            blend = (1 - alpha) * links.x0[k] + alpha * links.x1[k]
            np.testing.assert_allclose(links.points[bead], blend, atol=1e-5)
    np.testing.assert_array_equal(links.points[-1], links.x1[-1])
    np.testing.assert_array_equal(links.tries, [1, 2, 2])  # 6 proposals for 3 pairs
    assert links.unfinished == 0


def test_a_chain_that_is_lost_stays_lost_and_costs_no_more() -> None:
    desk = Told({0.3: [1]})
    links = linked(desk, np.zeros((2, 3)), ALPHAS, dealt())
    assert desk.asked == [3, 2]
    assert links.unfinished == 1
    assert np.isfinite(links.points[:, [0, 2]]).all()
    assert np.isfinite(links.points[:2, 1]).tolist() == [[True] * 2] * 2
    assert np.isnan(links.points[2:, 1]).all()
    np.testing.assert_array_equal(links.tries, [1, 3, 3])


def test_where_the_old_pair_is_as_good_it_is_kept() -> None:
    links = linked(Told({0.3: [1], 0.5: [1]}, reuses_pair=True), np.zeros((2, 3)), ALPHAS, dealt())
    assert links.unfinished == 0
    np.testing.assert_array_equal(links.x0[:, 1], links.x0[[0, 0, 0], 1])
    np.testing.assert_array_equal(links.x1[:, 1], links.x1[[0, 0, 0], 1])


def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        linked(Told(), np.zeros((2, 3)), ALPHAS, dealt(), cancelled=lambda: True)
