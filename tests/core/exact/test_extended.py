"""Particles carried along an exact field reach the other end."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

import flowlab
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Points, Ring, Shape
from flowlab.core.document.solver import Solver
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.metrics import sliced_w2, sliced_w2_floor
from flowlab.core.solvers.ode import integrate
from tests.helpers.shapes import TILTED

CASES = [
    (TILTED, Ring(count=3, radius=3.0), Path(), "forward"),
    (TILTED, Ring(count=3, radius=3.0), Path(), "reverse"),
    (Gaussian(), TILTED, Path(kind="trigonometric"), "forward"),
    (TILTED, Gaussian(), Path(noise="brownian"), "forward"),
    (Gaussian(), TILTED, Path(kind="preserving"), "reverse"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target", "path", "direction"), CASES)
def test_the_exact_flow_carries_one_end_to_the_other(
    source: Shape, target: Shape, path: Path, direction: str
) -> None:
    """Five clouds, each to be as far from fresh samples as those are from each other."""
    oracle = oracle_for(Document(source=source, target=target, path=path))
    assert oracle is not None
    start, end = (source, target) if direction == "forward" else (target, source)
    n, clouds, rng = 400, 5, torch.Generator().manual_seed(1)
    x = build(start).sample(n * clouds, rng)
    run = integrate(
        extended_field(oracle).velocity, x, Solver(method="rk4", steps=12, direction=direction)
    )
    arrived = run.points[-1 if direction == "forward" else 0]
    apart = [sliced_w2(part, build(end).sample(n, rng)) for part in torch.split(arrived, n)]
    assert np.mean(apart) < 1.4 * sliced_w2_floor(build(end), n, pairs=12)


def test_particles_reach_bare_points_within_the_error_of_the_solver() -> None:
    cloud = np.random.default_rng(0).normal(size=(30, 2)) * 3
    document = Document(target=Points(points=Array(cloud), noise=0.0))
    bundle = flowlab.sample(flowlab.oracle(document), 400, method="rk4", steps=100)
    last = torch.from_numpy(bundle.points[-1].copy()).double()
    gaps = torch.cdist(last, torch.from_numpy(cloud).float().double()).min(1).values
    assert bool(gaps.isfinite().all())
    assert float(gaps.median()) < 0.05
    assert float((gaps < 0.3).double().mean()) > 0.95


def test_off_the_support_the_field_of_a_point_nearer_the_middle_is_taken() -> None:
    class Disc:
        """Known on a disc alone, where everything turns about the origin."""

        document = None

        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            v = torch.stack([-x[:, 1], x[:, 0]], 1)
            v[x.norm(dim=1) > 1] = float("nan")
            return v

        def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
            return torch.zeros(len(t), 2)

    x = torch.tensor([[0.5, 0.0], [1.01, 0.0], [0.0, 1.6], [90.0, 0.0]])
    v = extended_field(Disc()).velocity(x, 0.5)  # type: ignore[arg-type]
    torch.testing.assert_close(v[0], torch.tensor([0.0, 0.5]))
    torch.testing.assert_close(v[1], torch.tensor([0.0, 1.01 * 0.98]))
    torch.testing.assert_close(v[2], torch.tensor([-0.96, 0.0]))
    torch.testing.assert_close(v[3], torch.zeros(2))
    each = extended_field(Disc()).velocity(x, torch.tensor([0.0, 0.3, 0.6, 1.0]))  # type: ignore[arg-type]
    torch.testing.assert_close(each, v)
