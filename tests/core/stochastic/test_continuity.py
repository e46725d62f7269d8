"""The continuity equation on a cell, against error functions, refinement and conservation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Checkerboard, Gaussian, Ring
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic.cell import SIDES, CellFlow
from flowlab.core.stochastic.continuity import Cell, cell_flow, cell_flow_on_grid
from flowlab.core.stochastic.remembered import remembered

MEAN, STD = (1.0, -0.5), 2.0  # of the target; the source is N(0, 1)
TO_GAUSSIAN = Document(
    source=Gaussian(),
    target=Gaussian(std_x=STD, std_y=STD, offset_x=MEAN[0], offset_y=MEAN[1]),
)
CELL = Cell(0.7, 0.2, 1.5)


def through(document: Document, cell: Cell, field: Field | None = None, **how: int) -> CellFlow:
    oracle = oracle_for(document)
    assert oracle is not None
    exact = extended_field(oracle)
    return cell_flow(oracle, field or exact, exact, cell, **how)


def spread(t: float) -> float:
    return math.sqrt((1 - t) ** 2 + (t * STD) ** 2)


def share(low: float, high: float, mean: float, std: float) -> float:
    """The mass of a normal law between two values."""
    erfs = [math.erf((end - mean) / (std * math.sqrt(2))) for end in (low, high)]
    return (erfs[1] - erfs[0]) / 2


def balance(cell: Cell, t: float) -> tuple[float, dict[str, float]]:
    """Mass and inflows through the sides: p_t = N(t m, s_t^2), b = m + (s_t'/s_t) (x - t m)."""
    s, half = spread(t), cell.size / 2
    slope = (t * STD**2 - (1 - t)) / s  # s_t'
    inflow, shares = {}, []
    for axis, centre in enumerate((cell.x, cell.y)):
        m, low, high = MEAN[axis], centre - half, centre + half
        shares.append(share(low, high, t * m, s))
        for name, place, sign in zip(
            SIDES[2 * axis : 2 * axis + 2], (low, high), (1, -1), strict=True
        ):
            z = (place - t * m) / s
            density = math.exp(-z * z / 2) / (s * math.sqrt(2 * math.pi))
            inflow[name] = sign * density * (m + slope * z)
    for names, other in ((SIDES[:2], shares[1]), (SIDES[2:], shares[0])):
        for name in names:
            inflow[name] *= other
    return shares[0] * shares[1], inflow


@pytest.mark.parametrize("t", [0.25, 0.5, 0.75])
def test_mass_and_flux_are_those_of_error_functions(t: float) -> None:
    found = through(TO_GAUSSIAN, CELL, times=5).at(t)
    mass, inflow = balance(CELL, t)
    assert found.mass == pytest.approx(mass, abs=1e-7)
    assert found.inflow == pytest.approx([inflow[side] for side in SIDES], abs=1e-7)
    change = (balance(CELL, t + 1e-5)[0] - balance(CELL, t - 1e-5)[0]) / 2e-5
    assert found.rate == pytest.approx(change, abs=1e-7)
    assert found.rate == pytest.approx(sum(inflow.values()), abs=1e-7)


def test_the_identity_holds_to_quadrature_error_at_every_t() -> None:
    flow = through(Document(target=Ring()), CELL)
    residual = flow.rate - flow.inflow.sum(1)
    assert np.abs(flow.rate).max() > 0.1
    assert np.abs(residual).max() < 1e-6


def test_two_nodes_have_the_order_of_gauss() -> None:
    """Two nodes each way are exact to cubics: errors of a cell's mass go with its side^6."""
    errors = []
    for size in (0.8, 0.4):
        cell = replace(CELL, size=size)
        mass = through(TO_GAUSSIAN, cell, nodes=2, times=3).at(0.5).mass
        errors.append(abs(mass - balance(cell, 0.5)[0]))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(6, abs=0.3)


def test_nodes_refine_the_residual() -> None:
    wide = Cell(0.5, 1.0, 6.0)
    rough, fine = (
        through(Document(target=Ring()), wide, nodes=nodes, times=9) for nodes in (6, 24)
    )
    errors = [np.abs(flow.rate - flow.inflow.sum(1)).max() for flow in (rough, fine)]
    assert errors[1] < errors[0] / 100


def test_a_large_cell_keeps_all_mass() -> None:
    flow = through(Document(target=Ring()), Cell(0.3, -0.2, 22.0), nodes=64, times=5)
    np.testing.assert_allclose(flow.mass, 1, atol=1e-6)
    np.testing.assert_allclose(flow.rate, 0, atol=1e-6)
    np.testing.assert_allclose(flow.inflow, 0, atol=1e-6)


def test_a_wrong_velocity_leaves_the_residual_that_it_causes() -> None:
    oracle = oracle_for(TO_GAUSSIAN)
    assert oracle is not None

    class Faster:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return 1.1 * oracle.velocity(x, t)

    found = through(TO_GAUSSIAN, CELL, Faster(), times=5).at(0.5)
    assert found.residual == pytest.approx(-0.1 * sum(found.exact_inflow), abs=1e-6)
    assert abs(found.quadrature) < 1e-6 < abs(found.residual)


def test_a_density_on_a_grid_keeps_the_identity_to_its_accuracy() -> None:
    flow = through(Document(target=Checkerboard()), Cell(0.5, 0.8, 1.5), times=5)
    residual = np.abs(flow.rate - flow.inflow.sum(1))[1:4]  # its edges are sharp at t = 1
    assert residual.max() < 0.01 * np.abs(flow.inflow).sum(1).max()


@pytest.mark.parametrize("path", [Path(), Path(noise="brownian")])
def test_all_times_at_once_are_what_each_gives_alone(path: Path) -> None:
    document = Document(target=Checkerboard(), path=path)
    known = remembered(document)
    assert known is not None
    cell = Cell(0.5, 0.8, 1.5)
    at_once = cell_flow_on_grid(known, known.field, cell, nodes=8, times=5)
    alone = through(document, cell, nodes=8, times=5)
    for name in ("mass", "rate", "inflow", "exact_inflow", "profile", "nodes"):
        one, other = (getattr(flow, name)[1:4] for flow in (at_once, alone))
        np.testing.assert_allclose(one, other, atol=2e-3 * max(1e-2, np.abs(other).max()))


def test_on_a_grid_a_wrong_velocity_leaves_the_residual_that_it_causes() -> None:
    known = remembered(Document(target=Checkerboard()))
    assert known is not None

    class Faster:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return 1.1 * known.oracle.velocity(x, t)

    found = cell_flow_on_grid(known, Faster(), Cell(0.5, 0.8, 1.5), times=5).at(0.5)
    causes = -0.1 * sum(found.exact_inflow)
    assert found.residual - found.quadrature == pytest.approx(causes, abs=2e-4)
    assert abs(found.quadrature) < 2e-3 < abs(found.residual)


def test_on_a_grid_it_can_be_cancelled() -> None:
    known = remembered(Document(target=Checkerboard(count=6)))
    assert known is not None
    with pytest.raises(Cancelled):
        cell_flow_on_grid(known, known.field, CELL, cancelled=lambda: True)


def test_between_its_times_all_sums_are_kept() -> None:
    flow = through(Document(target=Ring()), CELL)
    fine = through(Document(target=Ring()), CELL, times=129)
    t = 63 / 128  # half way between two times of the coarser one
    found = flow.at(t)
    assert found.rate == pytest.approx(found.total, abs=1e-6)
    assert found.mass == pytest.approx(fine.at(t).mass, abs=1e-4 * flow.mass.max())
    assert found.inflow == pytest.approx(fine.at(t).inflow, abs=1e-3 * flow.largest)
    for end, k in ((0.0, 0), (1.0, -1)):
        assert flow.at(end).mass == flow.mass[k]
    nodes = flow.profile_at(t)
    weights = np.polynomial.legendre.leggauss(len(flow.nodes))[1] * CELL.size / 2
    assert -(nodes @ weights) == pytest.approx(found.inflow)


def test_it_can_be_cancelled() -> None:
    oracle = oracle_for(TO_GAUSSIAN)
    assert oracle is not None
    field = extended_field(oracle)
    with pytest.raises(Cancelled):
        cell_flow(oracle, field, field, CELL, cancelled=lambda: True)


def test_where_there_is_no_mass_nothing_flows() -> None:
    flow = through(TO_GAUSSIAN, Cell(90.0, 90.0, 1.0), times=5)
    assert flow.strongest == flow.largest == 0
    assert np.isfinite(flow.profile).all()
