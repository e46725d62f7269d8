"""Numerical harmonics on cut cells, against closed forms and dense linear algebra."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.cut_cells import cut_cells
from flowlab.core.domains.kernels.dispersion import corrected
from flowlab.core.domains.kernels.eigenpairs import eigenpairs, grids_of
from flowlab.core.domains.kernels.factory import kernel, numerical_kernel
from flowlab.core.domains.kernels.grid_reading import GridReader
from flowlab.core.domains.kernels.kernel import HeatKernel
from flowlab.core.domains.kernels.room_pairs import pairs_on_grid
from tests.helpers.walled import (
    ELL,
    EQUILATERAL,
    RING,
    SQUARE,
    STAR,
    RoundWalled,
    Walled,
    circle,
    heart,
    turned,
    within,
)

EXACT: dict[str, Any] = {
    "square": Walled((SQUARE,)),
    "disc": RoundWalled((circle(400),), "disc", 1.0, (0.0, 0.0)),
    "equilateral": Walled((EQUILATERAL,)),
}


@pytest.fixture(scope="module")
def numerical() -> dict[str, HeatKernel]:
    return {name: numerical_kernel(domain.rings) for name, domain in EXACT.items()}


@pytest.mark.parametrize("name", EXACT)
def test_the_first_thirty_eigenvalues(numerical: dict[str, HeatKernel], name: str) -> None:
    exact = kernel(EXACT[name]).eigenvalues[1:30]
    np.testing.assert_allclose(numerical[name].eigenvalues[1:30], exact, rtol=3e-4)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("share", [0.02, 0.08, 0.15, 0.8])
def test_the_kernel_is_within_a_hundredth_at_every_sigma(
    numerical: dict[str, HeatKernel], name: str, share: float
) -> None:
    """Of its peak, at the start, near it, and at the walls; sigma as a share of the domain."""
    own, exact = numerical[name], kernel(EXACT[name])
    sigma = share * math.sqrt(exact.shape.area)
    start = within(exact, 60)
    x = np.concatenate([start, start + sigma * np.random.default_rng(1).normal(size=start.shape)])
    x0 = np.concatenate([start, start])
    both = own.shape.inside(x) & exact.shape.inside(x) & own.shape.inside(x0)
    found, known = (k.density(x[both], x0[both], sigma**2 / 2).numpy() for k in (own, exact))
    peak = max(1 / (2 * math.pi * sigma**2), 1 / exact.shape.area)
    assert np.abs(found - known).max() / peak < 0.01


def test_its_score_is_near_the_exact_one(numerical: dict[str, HeatKernel]) -> None:
    own, exact = numerical["square"], kernel(EXACT["square"])
    for sigma in (0.05, 0.2, 0.5):
        x0 = within(exact, 80)
        x = x0 + 0.5 * sigma * np.random.default_rng(1).normal(size=x0.shape)
        keep = exact.shape.inside(x)
        one, other = (k.score(x[keep], x0[keep], sigma**2 / 2) for k in (own, exact))
        assert float((one - other).abs().max()) * sigma < 0.03


def test_the_score_runs_along_the_walls() -> None:
    own = numerical_kernel((turned(STAR),), 60, 64)
    ring = turned(STAR)
    along = np.roll(ring, -1, 0) - ring
    wall, normal = ring + 0.6 * along, np.stack([along[:, 1], -along[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    score = own.score(wall, within(own, 1)[0], 0.1).numpy()
    assert np.abs((score * normal).sum(1)).max() < 0.1 * np.abs(score).max()


@pytest.mark.parametrize("rings", [(ELL,), (STAR,), RING], ids=["ell", "star", "ring"])
def test_mass_is_conserved_and_uniform_is_stationary(rings: tuple[Doubles, ...]) -> None:
    cells = cut_cells(shapely.Polygon(rings[0], rings[1:]), 48)
    matrix, root = cells.operator, np.sqrt(cells.volumes)
    assert np.abs(matrix @ root).max() < 1e-9 * np.abs(matrix.diagonal()).max()
    assert abs(matrix - matrix.T).max() == 0
    area = shapely.Polygon(rings[0], rings[1:]).area
    assert cells.volumes.sum() == pytest.approx(area, rel=2e-4)  # slivers are left out


@pytest.mark.parametrize("rings", [(ELL,), (STAR,), RING], ids=["ell", "star", "ring"])
def test_block_iteration_finds_what_dense_algebra_finds(rings: tuple[Doubles, ...]) -> None:
    polygon = shapely.Polygon(rings[0], rings[1:])
    grids = [GridReader(cut_cells(polygon, n), polygon) for n in (16, 32)]
    values, functions = eigenpairs(grids, 30)
    cells = grids[-1].cells
    dense, vectors = np.linalg.eigh(cells.operator.toarray())
    known, _ = corrected(cells, dense[:30], vectors[:, :30] / np.sqrt(cells.volumes)[:, None])
    np.testing.assert_allclose(values, known, rtol=1e-3, atol=1e-8)
    gram = functions.T @ (functions * cells.volumes[:, None])
    np.testing.assert_allclose(gram, np.eye(30), atol=1e-8)


def test_rooms_that_do_not_meet_have_a_zero_each() -> None:
    """A wall that cuts the square: two eigenvalues 0, and no density on the other side."""
    slit = shapely.box(0.49, -1, 0.51, 2)
    halves = shapely.difference(shapely.Polygon(SQUARE), slit)
    _, values, functions = pairs_on_grid(halves, 20, 64)
    assert values[1] == pytest.approx(0, abs=1e-9)
    assert values[2] > 1
    assert np.ptp(functions[:, 0]) == pytest.approx(0, abs=1e-9)  # the uniform one is first
    assert np.ptp(functions[:, 0] ** 2 + functions[:, 1] ** 2) < 1e-6


@pytest.mark.parametrize(
    ("rings", "mean", "most"),
    [((ELL,), 1e-3, 0.01), ((STAR,), 3e-3, 0.02), (RING, 0.01, 0.05), ((heart(),), 0.02, 0.3)],
    ids=["ell", "star", "ring", "heart"],
)
def test_images_meet_the_harmonics_where_there_is_no_closed_form(
    rings: tuple[Doubles, ...], mean: float, most: float
) -> None:
    """Worst beside a heart's notch, where two curved walls turn by 330 degrees; and it is told."""
    own = numerical_kernel(rings, 100, 96)
    assert own.agreement.mean < mean
    assert own.mismatch < most
    size = math.sqrt(2 * own.shape.area)  # of half as many harmonics as usual
    assert 0.05 <= math.sqrt(2 * own.switch) / size <= 0.2
    assert own.error(0.5 * own.switch).used >= own.mismatch > own.agreement.mean


def test_half_the_step_makes_a_sixteenth_of_the_error() -> None:
    exact = kernel(EXACT["disc"], 40).eigenvalues[1:].numpy()
    rings = EXACT["disc"].rings
    off = [
        np.abs(numerical_kernel(rings, 40, n).eigenvalues[1:].numpy() / exact - 1).mean()
        for n in (32, 64)
    ]
    assert 10 < off[0] / off[1] < 25


def test_grids_get_finer_up_to_the_one_asked_for() -> None:
    grids = grids_of(shapely.Polygon(ELL), 20, 128)
    assert [round(1 / grid.cells.step) for grid in grids] == [32, 64, 128]
    assert len(grids_of(shapely.Polygon(ELL), 1000, 64)) == 1


def test_too_many_harmonics_for_the_grid_are_refused() -> None:
    with pytest.raises(Invalid, match="at most 512 harmonics, not 600"):
        numerical_kernel((SQUARE,), 600, 32)


def test_walls_must_enclose_an_area() -> None:
    bow = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(Invalid, match="not cross"):
        kernel(Walled((bow,)))
