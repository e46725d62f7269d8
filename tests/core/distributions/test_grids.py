"""Density grids: no lattice artefacts, the bilinear density exactly, classes, refusals; text."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.interpolate import RegularGridInterpolator

from flowlab.core.distributions import text as typeset
from flowlab.core.distributions.categorical import alias_table, sample_alias
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Drawing, Grid, Picture, Stroke, Text
from tests.helpers.randomness import rng

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
@pytest.mark.parametrize("power", [0.0, 1.0, 12.0])
def test_alias_table_keeps_every_mass(count: int, power: float) -> None:
    mass = RNG.uniform(0.01, 1, count) ** power
    share, alias = alias_table(mass)
    back = share + np.bincount(alias, 1 - share, minlength=count)
    assert share.min() >= 0
    assert np.allclose(back / count, mass / mass.sum(), atol=1e-12)


def test_picking_follows_the_masses() -> None:
    mass = np.array([1.0, 5.0, 2.0, 2.0])
    table = [torch.from_numpy(part) for part in alias_table(mass)]
    counts = np.bincount(sample_alias(*table, 50_000, rng()).numpy(), minlength=4)
    assert stats.chisquare(counts, 5000 * mass).pvalue > 1e-3


@pytest.mark.parametrize("cells", [(1, 1), (3, 5), (64, 64)])
def test_a_flat_grid_is_uniform_within_every_cell_and_up_to_the_edge(
    cells: tuple[int, int],
) -> None:
    d = build(Grid(density=Array(np.ones(cells)), extent=(-1.0, 2.0, 0.0, 4.0)))
    x = d.sample(40_000, rng()).double().numpy()
    for axis, (low, high, count) in enumerate([(-1, 2, cells[1]), (0, 4, cells[0])]):
        u = (x[:, axis] - low) / (high - low)
        assert stats.kstest(u, "uniform").pvalue > 1e-3
        assert stats.kstest((u * count) % 1, "uniform").pvalue > 1e-3
    inside = d.log_prob(torch.rand(500, 2) * torch.tensor([3.0, 4.0]) + torch.tensor([-1.0, 0.0]))
    assert torch.allclose(inside, torch.full((500,), -math.log(12.0)), atol=1e-5)


def test_a_slope_leaves_no_trace_of_the_cells() -> None:
    """On a linear ramp the distribution function is known; whole cells would show as steps."""
    ramp = np.arange(1.0, 21.0)[None].repeat(3, axis=0)
    d = build(Grid(density=Array(ramp), extent=(0.0, 20.0, 0.0, 1.0)))
    x = d.sample(60_000, rng())[:, 0].double().numpy()
    middle = x[(x > 0.5) & (x < 19.5)]
    edges = np.array([0.5, 19.5])
    first, last = (edges + 0.5) ** 2
    assert stats.kstest(middle, lambda v: ((v + 0.5) ** 2 - first) / (last - first)).pvalue > 1e-3


def test_log_prob_is_the_bilinear_interpolation() -> None:
    masses = RNG.uniform(0, 1, (6, 8))
    d = build(Grid(density=Array(masses), extent=(0.0, 4.0, 0.0, 3.0)))
    rows, columns = (np.arange(6) + 0.5) / 2, (np.arange(8) + 0.5) / 2
    reference = RegularGridInterpolator((rows, columns), masses / masses.sum() / 0.25)
    x = RNG.uniform([0.25, 0.25], [3.75, 2.75], (200, 2))
    assert np.allclose(d.log_prob(torch.tensor(x)).exp(), reference(x[:, ::-1]), rtol=1e-4)
    outside = torch.tensor([[-0.01, 1.0], [4.01, 1.0], [1.0, -0.01], [1.0, 3.01]])
    assert bool((d.log_prob(outside) == -math.inf).all())


def test_rows_of_a_grid_run_up_and_of_a_picture_down() -> None:
    values = np.zeros((10, 10))
    values[0, 0] = 1
    x = build(Grid(density=Array(values))).sample(500, rng()).mean(0)
    middle = -3.6 + 0.8 / 24  # of the corner cell, whose tent is folded back at the edge
    assert torch.allclose(x, torch.tensor([middle, middle]), atol=0.05)
    bright = Picture(pixels=Array(255 * values, np.uint8), dark_is_mass=False)
    assert torch.allclose(
        build(bright).sample(500, rng()).mean(0), torch.tensor([middle, -middle]), atol=0.05
    )


def test_contrast_is_a_power_of_the_mass() -> None:
    tones = Array([[0, 127.5]], np.float64)
    for contrast in (1.0, 2.0):
        d = build(Picture(pixels=tones, contrast=contrast))
        ratio = d.log_prob(torch.tensor([[-3.5, 0.0]])) - d.log_prob(torch.tensor([[3.5, 0.0]]))
        assert float(ratio) == pytest.approx(contrast * math.log(2), abs=1e-5)


def test_masses_of_any_size_are_normalised() -> None:
    values = RNG.uniform(0, 1, (5, 5))
    a, b = (build(Grid(density=Array(factor * values, np.float64))) for factor in (1e-280, 1e280))
    x = torch.rand(20, 2)
    assert torch.allclose(a.log_prob(x), b.log_prob(x), atol=1e-5)


@pytest.mark.parametrize(
    ("density", "extent", "words"),
    [
        (np.zeros((3, 3)), (0, 1, 0, 1), "empty"),
        (np.zeros((0, 3)), (0, 1, 0, 1), "empty"),
        (-np.eye(3), (0, 1, 0, 1), "not negative"),
        (np.full((2, 2), np.nan), (0, 1, 0, 1), "finite"),
        (np.ones(3), (0, 1, 0, 1), "rows and columns"),
        (np.eye(3), (1, 0, 0, 1), "x0 < x1"),
        (np.eye(3), (0, math.inf, 0, 1), "x0 < x1"),
        (np.ones((2049, 2048)), (0, 1, 0, 1), "at most"),
        (np.eye(3), (-1e308, 1e308, 0, 1), "within"),
        (np.eye(3), (0, 5e-324, 0, 1), "its sides at least"),
    ],
)
def test_grids_that_are_none(density: object, extent: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        build(Grid(density=Array(density), extent=extent))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.full((4, 4), 200), "one tone"),
        (np.array([[0, 300]]), "0 to 255"),
        (np.array([[0, np.nan]]), "0 to 255"),
        (np.zeros((4, 4, 3)), "rows and columns"),
        (np.zeros((0, 4)), "rows and columns"),
    ],
)
def test_pictures_that_are_none(pixels: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        build(Picture(pixels=Array(pixels)))  # type: ignore[arg-type]


def test_missing_data_is_refused() -> None:
    for shape in (Grid(density=None), Picture(pixels=None)):
        with pytest.raises(Invalid):
            build(shape)


def dot(x: float, label: int, strength: float = 1.0) -> Stroke:
    return Stroke(path=Array([[x, 0.0, 1.0]]), size=1.0, label=label, strength=strength)


def test_colours_are_classes() -> None:
    d = build(Drawing(strokes=(dot(-2.0, 1), dot(2.0, 4, strength=0.5))))
    x, classes = d.sample_labelled(3000, rng())
    assert d.labels is not None
    assert d.labels.tolist() == [1, 4]
    assert classes is not None
    assert torch.equal(x[:, 0] < 0, classes == 1)
    assert float((classes == 1).double().mean()) == pytest.approx(2 / 3, abs=0.03)


def test_one_colour_is_no_class_and_an_empty_drawing_no_distribution() -> None:
    d = build(Drawing(strokes=(dot(0.0, 3),)))
    assert d.labels is None
    assert d.sample_labelled(5, rng())[1] is None
    erase = Stroke(tool="eraser", path=Array([[0.0, 0.0, 1.0]]), size=5.0)
    for strokes in ((), (erase,), (dot(0.0, 0), erase)):
        with pytest.raises(Invalid, match="drawing is empty"):
            build(Drawing(strokes=strokes))


def test_blurred_grids_have_no_density_but_the_right_spread() -> None:
    shape = Grid(density=Array(np.ones((8, 8))), extent=(-1.0, 1.0, -1.0, 1.0), noise=0.5)
    d = build(shape)
    assert not d.has_log_prob
    x = d.sample(60_000, rng()).double()
    assert torch.allclose(x.T.cov().diag(), torch.full((2,), 1 / 3 + 0.25).double(), rtol=0.02)


@pytest.mark.parametrize("font", typeset.FONTS)
@pytest.mark.parametrize("line", ["flow", "i", "—", "Ångström √2", "A" * 64])
def test_text_is_as_wide_as_asked_and_centred(line: str, font: str) -> None:
    d = build(Text(text=line, font=font, width=6.0))
    x = d.sample(20_000, rng())
    assert float(x[:, 0].max() - x[:, 0].min()) == pytest.approx(6.0, rel=0.03)
    low, high = x.aminmax(dim=0)
    assert torch.allclose((low + high) / 2, torch.zeros(2), atol=0.12)
    rows, columns = typeset.ink(line, font).shape
    assert float((high - low)[1]) == pytest.approx(6.0 * rows / columns, rel=0.1)
    assert max(rows, columns) >= 250


def test_text_reads_upright() -> None:
    """An L has its foot at the lower right and nothing at the upper right."""
    x = build(Text(text="L", width=2.0)).sample(4000, rng())
    right = x[x[:, 0] > 0.3]
    assert float(right[:, 1].max()) < 0
    ink = typeset.ink("L", "sans")
    assert ink.max() == 1
    assert 0 < ((ink > 0) & (ink < 1)).mean() < 0.2


@pytest.mark.parametrize("line", ["漢字", "a\nb", "ab\uffff", "flow 漢", "\x07a"])
def test_characters_that_the_font_lacks_are_refused(line: str) -> None:
    with pytest.raises(Invalid, match="has no character"):
        build(Text(text=line))


def test_invisible_text_is_refused() -> None:
    with pytest.raises(Invalid):
        build(Text(text="\u200b"))
    with pytest.raises(Invalid):
        build(Text(text="\u2800"))


def test_composed_and_decomposed_letters_are_the_same_ink() -> None:
    assert np.array_equal(typeset.ink("é", "serif"), typeset.ink("e\u0301", "serif"))
