"""The estimator against the exact field, within its standard error, which is put to the test."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlab.core.array_types import Floats
from flowlab.core.blending.tangent import GridField, grid_field
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import (
    Checkerboard,
    Disc,
    Gaussian,
    Mixture,
    Moons,
    Polygon,
    Ring,
    Shape,
)
from flowlab.core.exact import oracle_for
from flowlab.core.exact.polygon import PolygonOracle
from flowlab.core.interpolants.paths import LINEAR, interpolant_of
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TRIANGLE


def exact(source: Shape, target: Shape, alpha: float, found: GridField) -> tuple[Floats, Floats]:
    """Density (H, W) and velocity (H, W, 2) of the oracle, averaged over parts of each cell."""
    oracle = oracle_for(Document(source=source, target=target))
    assert oracle is not None
    h = float(found.xs[1] - found.xs[0])
    density, flow = np.zeros(found.count.shape), np.zeros(found.mean.shape)
    for dx, dy in np.ndindex(3, 3):
        x, y = found.xs + h * (dx - 1) / 3, found.ys + h * (dy - 1) / 3
        places = torch.from_numpy(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2))
        p = oracle.density(places, alpha).nan_to_num(0.0).numpy().reshape(density.shape)
        v = oracle.velocity(places, alpha).numpy().reshape(flow.shape)
        density += p / 9
        flow += np.where(p[..., None] > 0, p[..., None] * v, 0) / 9
    with np.errstate(invalid="ignore"):
        return density, flow / density[..., None]


def off_in_standard_errors(found: GridField, p: Floats, v: Floats) -> float:
    """rms distance to the exact field over the rms standard error, both weighted by p."""
    seen = np.isfinite(found.stderr) & np.isfinite(v[..., 0])
    off, expected = np.square(found.mean - v).sum(-1)[seen], np.square(found.stderr)[seen]
    return float(np.sqrt((p[seen] * off).sum() / (p[seen] * expected).sum()))


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    """Three to six corners in order about a middle anywhere, left and below zero too."""
    count = draw(st.integers(3, 6))
    gaps = draw(st.lists(st.floats(0.4, 1.0), min_size=count, max_size=count))
    radii = draw(st.lists(st.floats(0.5, 1.5), min_size=count, max_size=count))
    turns = np.cumsum(gaps) / sum(gaps) * 2 * math.pi
    x, y = draw(st.floats(-4, 2)), draw(st.floats(-4, 2))
    corners = [(x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(radii, turns)]  # noqa: B905
    return Polygon(vertices=tuple(corners))


@settings(max_examples=8, deadline=None)
@given(polygons(), polygons(), st.floats(0.1, 0.9))
def test_random_polygons_are_met_within_the_standard_error(
    source: Polygon, target: Polygon, alpha: float
) -> None:
    found = grid_field(source, target, alpha, cells=48, samples=400, generator=rng())
    assert found.count.sum() == 400 * 400
    p, v = exact(source, target, alpha, found)
    assert 0.4 < off_in_standard_errors(found, p, v) < 2.2  # cells share points: they err together


MIXTURE = Mixture(
    means=((-4.0, -2.0), (-2.0, -4.0)), covs=((0.3, 0.1, 0.2), (0.2, 0.0, 0.5)), weights=(1.0, 2.0)
)


@pytest.mark.parametrize(
    ("source", "target"),
    [(MIXTURE, Ring(radius=3.0)), (Ring(count=5), TRIANGLE), (Disc(offset_x=-3.0), SQUARE)],
)
@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 0.8, 1.0])
def test_mixtures_and_other_shapes_too(source: Shape, target: Shape, alpha: float) -> None:
    found = grid_field(source, target, alpha, cells=64, samples=2000, generator=rng(3))
    p, v = exact(source, target, alpha, found)
    p = np.where(p > 0.02 * p.max(), p, 0)  # where cells are fuller than edges are long
    assert 0.3 < off_in_standard_errors(found, p, v) < 2.0


@pytest.mark.parametrize(
    ("n", "within", "method"), [(60, 0.3, "direct"), (300, 0.12, "convolution")]
)
def test_standard_errors_are_neither_too_large_nor_too_small(
    n: int, within: float, method: str
) -> None:
    """Over repeated draws |mean - expectation|^2 / stderr^2 averages 1; a million know the latter.

    As if pairs were independent, errors would be told several times too small.
    """
    grid = {"cells": 12, "generator": rng(1)}
    truth = grid_field(TRIANGLE, SQUARE, 0.5, samples=400_000, **grid)  # type: ignore[arg-type]
    full = truth.count > 0.01 * truth.count.sum()
    oracle = PolygonOracle.of(TRIANGLE, SQUARE, LINEAR)
    assert oracle is not None
    middles = np.stack(np.meshgrid(truth.xs, truth.ys), -1).reshape(-1, 2)
    residual = oracle.residual(middles, 0.5).reshape(full.shape).numpy()
    scores, naive = [], []
    for _ in range(120):
        found = grid_field(TRIANGLE, SQUARE, 0.5, samples=n, method=method, **grid)  # type: ignore[arg-type]
        square = np.square(found.mean - truth.mean).sum(-1)[full]
        scores.append(square / np.square(found.stderr[full]))
        naive.append(square * found.count[full] / residual[full])
    assert np.nanmean(scores) == pytest.approx(1, abs=within)
    assert np.nanmean(naive) > 5


def test_more_samples_bring_it_nearer_as_one_over_the_root() -> None:
    offs = []
    for n in (300, 30_000):
        found = grid_field(TRIANGLE, SQUARE, 0.4, cells=48, samples=n, generator=rng())
        p, v = exact(TRIANGLE, SQUARE, 0.4, found)
        seen = np.isfinite(found.mean[..., 0]) & np.isfinite(v[..., 0])
        off = np.square(found.mean - v).sum(-1)[seen]
        offs.append(np.sqrt((p[seen] * off).sum() / p[seen].sum()))
    assert offs[0] / offs[1] == pytest.approx(10, rel=0.5)


@pytest.mark.parametrize("method", ["direct", "convolution"])
@pytest.mark.parametrize("alpha", [0.0, 0.35, 1.0])
def test_its_mean_over_all_pairs_is_the_way_between_the_means(method: str, alpha: float) -> None:
    x0, x1 = (build(s).sample(150, rng(k)) for k, s in enumerate((TRIANGLE, SQUARE)))
    found = grid_field(x0, x1, alpha, cells=20, method=method)
    assert found.count.sum() == 150 * 150
    whole = np.nansum(found.count[..., None] * found.mean, (0, 1)) / found.count.sum()
    np.testing.assert_allclose(whole, (x1.double().mean(0) - x0.double().mean(0)), atol=1e-9)


def test_empty_cells_are_blank_and_magnitudes_are_kept() -> None:
    x0, x1 = np.array([[-3.0, -2.0]]), np.array([[1.0, 4.0]])
    found = grid_field(x0, x1, 0.25, cells=16)
    (row,), (column,) = np.nonzero(found.count)
    assert found.mean[row, column].tolist() == [4.0, 6.0]
    assert abs(found.xs[column] + 2.0) <= (found.xs[1] - found.xs[0]) / 2
    assert abs(found.ys[row] + 0.5) <= (found.ys[1] - found.ys[0]) / 2
    assert np.isnan(found.mean).sum() == 2 * (found.count.size - 1)
    assert np.isnan(found.stderr).all()  # one pair does not tell of a spread


def test_a_quarter_turn_of_both_ends_turns_everything_by_as_much() -> None:
    x0, x1 = (build(s).sample(120, rng(k)).double() for k, s in enumerate((TRIANGLE, SQUARE)))
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)  # (x, y) to (-y, x)
    found = grid_field(x0, x1, 0.45, cells=24, method="direct")
    turned = grid_field(x0 @ turn, x1 @ turn, 0.45, cells=24, method="direct")
    assert np.array_equal(turned.count[:, ::-1].T, found.count)
    back = turned.mean[:, ::-1].swapaxes(0, 1) @ turn.numpy().T
    np.testing.assert_allclose(back, found.mean, atol=1e-9)
    np.testing.assert_allclose(turned.stderr[:, ::-1].T, found.stderr, atol=1e-9)


@pytest.mark.parametrize("degrees", [37.0, -110.0])
def test_polar_angles_turn_with_the_shapes(degrees: float) -> None:
    turned = [replace(shape, rotation=degrees) for shape in (TRIANGLE, SQUARE)]
    found = grid_field(*turned, 0.5, cells=64, samples=60_000, generator=rng())
    turn = cmath.rect(1.0, math.radians(degrees))
    oracle = oracle_for(Document(source=TRIANGLE, target=SQUARE))
    assert oracle is not None
    full = found.count > np.median(found.count[found.count > 0])
    x, y = np.meshgrid(found.xs, found.ys)
    places = (x + 1j * y)[full] / turn  # where they were before
    before = oracle.velocity(np.stack([places.real, places.imag], 1), 0.5).numpy()
    known = found.mean[full] @ [1, 1j]
    off = np.angle(known / (before @ [1, 1j] * turn), deg=True)
    assert np.median(np.abs(off)) < 0.3


def test_other_paths_have_their_own_velocity() -> None:
    path = interpolant_of(Path(kind="trigonometric"))
    x0, x1 = np.array([[-1.0, 0.5]]), np.array([[2.0, 1.0]])
    found = grid_field(x0, x1, 0.3, cells=16, path=path)
    (row,), (column,) = np.nonzero(found.count)
    t, (a, b) = torch.tensor([0.3]), (torch.from_numpy(x) for x in (x0, x1))
    np.testing.assert_allclose(found.mean[row, column], path.velocity(a, b, t)[0], rtol=1e-6)
    middle = found.xs[column], found.ys[row]
    np.testing.assert_allclose(middle, path.point(a, b, t)[0], atol=0.1)


def test_latent_noise_blurs_it_as_the_exact_field() -> None:
    path = Path(noise="brownian")
    oracle = oracle_for(Document(source=MIXTURE, target=Ring(), path=path))
    assert oracle is not None
    found = grid_field(
        MIXTURE, Ring(), 0.5, cells=64, samples=4000, generator=rng(), path=interpolant_of(path)
    )
    x = np.stack(np.meshgrid(found.xs, found.ys), -1).reshape(-1, 2)
    p = oracle.density(x, 0.5).numpy().reshape(found.count.shape)
    v = oracle.velocity(x, 0.5).numpy().reshape(found.mean.shape)
    p = np.where(p > 0.05 * p.max(), p, 0)
    assert 0.3 < off_in_standard_errors(found, p, v) < 2.0


def test_the_same_dice_give_the_same_field() -> None:
    one, other, third = (
        grid_field(TRIANGLE, SQUARE, 0.4, samples=500, generator=rng(seed)) for seed in (4, 4, 5)
    )
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(one.count, third.count)


LINE = Polygon(vertices=((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)))
CROSSED = Polygon(vertices=((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 1.0)))
NOTHING = np.zeros((0, 2))
REFUSED = {
    "has no area": {"source": LINE},
    "crosses or touches": {"target": CROSSED},
    "at least one": {"source": NOTHING},
    "shape": {"source": np.zeros((3, 3))},
    "finite": {"target": np.array([[0.0, math.nan]])},
    "from 0, the source": {"alpha": 1.2},
    "samples, of each end, must be": {"samples": 0},
    "no method": {"method": "guess"},
    "cells, along the longer side, must be": {"cells": 1},
    "cells, .* not '64'": {"cells": "64"},
    "from 1 to": {"samples": 2.5},
    "real numbers": {"source": [["a", "b"]]},
    "no distribution named": {"source": "triangel"},
}


def test_ends_may_be_given_as_names_and_lists_and_views_of_arrays() -> None:
    rows = np.random.default_rng(0).normal(size=(30, 2))
    means = [
        grid_field(source, "square", 0.5, generator=rng(), cells=16).count.sum()
        for source in ("triangle", ("text", {"text": "a"}), rows.tolist(), rows[::-1])
    ]
    assert means == [2000 * 2000, 2000 * 2000, 30 * 2000, 30 * 2000]


@pytest.mark.parametrize("words", list(REFUSED))
def test_what_cannot_be_is_refused_in_words(words: str) -> None:
    asked = {"source": TRIANGLE, "target": SQUARE, "alpha": 0.5} | REFUSED[words]
    with pytest.raises(Invalid, match=words):
        grid_field(**asked)  # type: ignore[arg-type]


def test_an_alpha_that_is_no_number_is_refused() -> None:
    with pytest.raises(Invalid):
        grid_field(TRIANGLE, SQUARE, math.nan)
    with pytest.raises(Invalid, match="from 0, the source"):
        grid_field(TRIANGLE, SQUARE, "0.5")  # type: ignore[arg-type]


EDGES = [(Gaussian(), Ring(count=3)), (Checkerboard(), Moons())]


@pytest.mark.parametrize(("source", "target"), EDGES)
@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9])
def test_errors_at_the_edge_are_those_of_the_pairs(
    source: Shape, target: Shape, alpha: float
) -> None:
    """By convolution as by visiting every pair, also in cells with a fifth of the usual pairs."""
    rng = torch.Generator().manual_seed(0)
    ends = build(source).sample(400, rng), build(target).sample(400, rng)
    known, found = (grid_field(*ends, alpha, cells=24, method=m) for m in ("direct", "convolution"))
    both = np.isfinite(known.stderr) & np.isfinite(found.stderr) & (known.stderr > 0)
    ratio = (found.stderr / np.where(both, known.stderr, 1.0))[both]
    assert np.quantile(ratio, 0.05) > 0.75
    assert np.quantile(ratio, 0.95) < 1.33
    few = (known.count < np.median(known.count[known.count > 0]) / 5)[both]
    assert few.sum() == 0 or 0.8 < np.median(ratio[few]) < 1.25
    assert (np.isfinite(known.stderr) != np.isfinite(found.stderr)).sum() < 0.03 * both.sum() + 3
