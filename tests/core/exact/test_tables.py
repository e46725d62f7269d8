"""Tables of a path between two Gaussians, beside their closed form, at and between their times."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Gaussian
from flowlab.core.exact.cell_masses import masses_of
from flowlab.core.exact.tables import TimeTables
from flowlab.core.exact.time_slice import Endpoints, TimeSlice
from flowlab.core.interpolants.paths import LINEAR

STD, FAR = 0.5, 3.0
MODES = 48


@pytest.fixture(scope="module")
def ends() -> Endpoints:
    shapes = Gaussian(), Gaussian(std_x=STD, std_y=STD, offset_x=FAR)
    return Endpoints(*(masses_of(build(s), 2 * MODES) for s in shapes), LINEAR)  # type: ignore[arg-type]


def tables(ends: Endpoints, times: np.ndarray) -> TimeTables:
    return TimeTables.of([TimeSlice(ends, float(t), MODES) for t in times])


def points(t: Tensor) -> Tensor:
    """Within two deviations of x_t, (n, 2)."""
    u = torch.rand(len(t), 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    var = (1 - t) ** 2 + (t * STD) ** 2
    mean = torch.stack([t * FAR, torch.zeros_like(t)], 1)
    return mean + (4 * u - 2) * var.sqrt()[:, None]


def truth(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Density, E[x1 | x] and score."""
    mean1 = torch.tensor([FAR, 0.0], dtype=torch.float64)
    t = t[:, None]
    var = (1 - t) ** 2 + (t * STD) ** 2
    off = x - t * mean1
    density = (-off.square().sum(1) / (2 * var[:, 0])).exp() / (2 * torch.pi * var[:, 0])
    return density, mean1 + t * STD**2 * off / var, -off / var


def test_a_single_table_knows_its_time(ends: Endpoints) -> None:
    t = torch.full((1,), 0.45, dtype=torch.float64)
    x = points(t.expand(500))
    found = tables(ends, np.array([0.45])).at_points(x, t)
    density, mean1, score = truth(x, t.expand(500))
    assert bool(found.inside.all())
    torch.testing.assert_close(found.density, density, rtol=0, atol=0.01 * float(density.max()))
    torch.testing.assert_close(found.mean1, mean1, rtol=0, atol=0.02)
    torch.testing.assert_close(found.score, score, rtol=0, atol=0.1)


def test_what_is_read_between_times_converges_as_their_square(ends: Endpoints) -> None:
    t = torch.full((500,), 0.5, dtype=torch.float64)
    x = points(t)
    errors = []
    for gap in (0.2, 0.1, 0.05):  # 0.5 lies in the middle of two tables
        found = tables(ends, 0.5 + gap * np.array([-1.5, -0.5, 0.5, 1.5])).at_points(x, t)
        density = truth(x, t)[0]
        errors.append(float((found.density - density).abs().max() / density.max()))
    assert errors[0] > 3 * errors[1] > 6 * errors[2], errors


def test_each_point_is_read_at_its_own_time(ends: Endpoints) -> None:
    many = tables(ends, np.linspace(0.2, 0.8, 13))
    t = torch.linspace(0.2, 0.8, 400, dtype=torch.float64)
    x = points(t)
    found = many.at_points(x, t)
    _, mean1, _ = truth(x, t)
    torch.testing.assert_close(found.mean1, mean1, rtol=0, atol=0.03)
    blend = (1 - t)[:, None] * found.mean0 + t[:, None] * found.mean1
    torch.testing.assert_close(blend, x, rtol=0, atol=1e-9)
    turned = many.at_points(x.flip(0), t.flip(0))
    assert bool((turned.mean1.flip(0) == found.mean1).all())


def test_off_the_box_nothing_is_known(ends: Endpoints) -> None:
    x = torch.tensor([[60.0, 0.0], [torch.nan, 0.0], [1.4, 0.0]], dtype=torch.float64)
    found = tables(ends, np.array([0.4, 0.6])).at_points(
        x, torch.full((3,), 0.5, dtype=torch.float64)
    )
    assert found.inside.tolist() == [False, False, True]
    assert found.density[:2].tolist() == [0.0, 0.0]
    assert bool(found.mean0[:2].isnan().all())
