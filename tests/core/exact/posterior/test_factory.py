"""The sampler for two shapes: its kind, its words, and its mean beside the exact velocity."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Disc, Gaussian, Points, Shape
from flowlab.core.exact.posterior.cells import CellPairs
from flowlab.core.exact.posterior.clouds import CloudPairs
from flowlab.core.exact.posterior.factory import oracle_between, pairs_between
from flowlab.core.exact.posterior.interfaces import Generators
from flowlab.core.exact.posterior.mixtures import MixturePairs
from flowlab.core.exact.posterior.regions import RegionPairs
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TILTED, TRIANGLE

PLACES = np.random.default_rng(0).normal(size=(40, 2))
CLOUD, BARE = Points(points=Array(PLACES), noise=0.3), Points(points=Array(PLACES), noise=0.0)
KINDS: dict[str, tuple[Shape, Shape, type]] = {
    "regions": (TRIANGLE, SQUARE, RegionPairs),
    "mixtures": (Gaussian(), TILTED, MixturePairs),
    "cloud and Gaussian": (Gaussian(), CLOUD, MixturePairs),
    "cloud and region": (CLOUD, SQUARE, CloudPairs),
    "densities": (Disc(), named("smiley"), CellPairs),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_ends_has_its_sampler_which_agrees_with_the_oracle(name: str) -> None:
    source, target, kind = KINDS[name]
    pairs, ends = pairs_between(source, target)
    assert isinstance(pairs, kind)
    t, n, seed = 0.45, 6000, Generators(rng(1))
    x0, x1 = (end(400, seed) for end in ends)
    assert x0.shape == (2, 400)
    blend = (1 - t) * x0 + t * x1
    oracle = oracle_between(source, target)
    density = oracle.density(blend.T, t).numpy()
    x = blend[:, np.argsort(density)[-200]]  # where there is as much as there is in the middle
    drawn = pairs.draw(np.tile(x[:, None], n), t, seed)
    assert drawn.found.mean() > 0.99
    rate = (drawn.x1 - drawn.x0)[:, drawn.found]
    true = oracle.velocity(x[None], t).numpy()[0]
    slack = 0.0 if oracle.facts.exact else 0.05 * np.linalg.norm(rate.std(1))
    error = 4 * rate.std(1) / np.sqrt(n) + slack
    assert np.all(np.abs(rate.mean(1) - true) < error), (rate.mean(1), true, error)


def test_a_note_says_how_exactly_pairs_are_drawn() -> None:
    notes = [pairs_between(s, t)[0].note for s, t, _ in KINDS.values()]
    assert "intersections" in notes[0]
    assert "closed form between mixtures" in notes[1]
    assert "weights of the points" in notes[2]
    assert notes[3] == notes[2]
    assert notes[4] == "nearly exact, on 256 × 256 cells"


def test_bare_points_are_widened_and_so_are_their_samples() -> None:
    pairs, ends = pairs_between(BARE, BARE)
    assert isinstance(pairs, MixturePairs)
    assert "widened to a Gaussian of deviation" in pairs.note
    deviation = float(pairs.note.rsplit(" ", 1)[1])
    n = 20_000
    x = ends[0](n, Generators(rng(2)))
    apart = np.linalg.norm(x.T[:, None] - PLACES[None], axis=-1).min(1)
    assert apart.min() > 0  # none lies on a point
    assert np.sqrt(np.mean(apart**2) / 2) < 1.05 * deviation
    true = np.cov(PLACES.T, bias=True) + deviation**2 * np.eye(2)
    np.testing.assert_allclose(np.cov(x), true, atol=4 * np.trace(true) * np.sqrt(2 / n))


def test_the_same_shapes_have_the_same_sampler() -> None:
    assert pairs_between(TRIANGLE, SQUARE)[0] is pairs_between(TRIANGLE, SQUARE)[0]
    assert pairs_between(SQUARE, TRIANGLE)[0] is not pairs_between(TRIANGLE, SQUARE)[0]
