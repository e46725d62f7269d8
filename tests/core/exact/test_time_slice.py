"""One moment on a grid, beside closed forms: boxes' intersections and conditional Gaussians."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Polygon, Shape
from flowlab.core.exact.cell_masses import masses_of
from flowlab.core.exact.time_slice import FAINT, Endpoints, FieldValues, TimeSlice
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of

ROUND = Gaussian(std_x=1.0, std_y=0.7, offset_x=-1.0)
SLIM = Gaussian(std_x=0.5, std_y=0.8, offset_x=2.0, offset_y=0.5)
UNIT = Polygon(vertices=((0, 0), (1, 0), (1, 1), (0, 1)))
WIDE = Polygon(vertices=((2, -1), (4, -1), (4, 0), (2, 0)))


def moment(ends: tuple[Shape, Shape], t: float, path: Interpolant, modes: int = 64) -> TimeSlice:
    masses = [masses_of(build(end), 2 * modes) for end in ends]  # type: ignore[arg-type]
    return TimeSlice(Endpoints(*masses, path), t, modes)


class Normal:
    """x_t between ROUND and SLIM by the formulas of conditional Gaussians, axis by axis."""

    def __init__(self, t: float, path: Interpolant) -> None:
        time = torch.tensor(t, dtype=torch.float64)
        names = ("alpha", "beta", "gamma", "alpha_dot", "beta_dot", "gamma_gamma_dot")
        self.a, self.b, g, self.a_dot, self.b_dot, gamma_gamma_dot = (
            float(getattr(path, name)(time)) for name in names
        )
        self.m0, self.m1 = (
            torch.tensor([end.offset_x, end.offset_y], dtype=torch.float64) for end in (ROUND, SLIM)
        )
        self.v0, self.v1 = (
            torch.tensor([end.std_x, end.std_y], dtype=torch.float64) ** 2 for end in (ROUND, SLIM)
        )
        self.mean = self.a * self.m0 + self.b * self.m1
        self.var = self.a**2 * self.v0 + self.b**2 * self.v1 + g**2
        self.gamma_gamma_dot = gamma_gamma_dot

    def density(self, x: Tensor) -> Tensor:
        logs = -0.5 * ((x - self.mean) ** 2 / self.var + (2 * math.pi * self.var).log())
        return logs.sum(-1).exp()

    def ends(self, x: Tensor) -> tuple[Tensor, Tensor]:
        pull = (x - self.mean) / self.var
        return self.m0 + self.a * self.v0 * pull, self.m1 + self.b * self.v1 * pull

    def score(self, x: Tensor) -> Tensor:
        return -(x - self.mean) / self.var

    def velocity(self, x: Tensor) -> Tensor:
        x0, x1 = self.ends(x)
        return self.a_dot * x0 + self.b_dot * x1 - self.gamma_gamma_dot * self.score(x)


def near(truth: Normal, n: int = 200) -> Tensor:
    """Points within two deviations of x_t."""
    u = torch.rand(n, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return truth.mean + (4 * u - 2) * truth.var.sqrt()


PATHS = {"linear": LINEAR, "noisy": interpolant_of(Path(noise="brownian", level=0.8))}


@pytest.mark.parametrize("t", [0.2, 0.5, 0.6, 0.85])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_all_that_is_known_between_two_gaussians(t: float, path: Interpolant) -> None:
    truth, now = Normal(t, path), moment((ROUND, SLIM), t, path)
    x = near(truth)
    known = now.at_points(x)
    assert bool(known.inside.all())
    peak = float(truth.density(truth.mean))
    torch.testing.assert_close(known.density, truth.density(x), rtol=0, atol=2e-3 * peak)
    for found, true in zip((known.mean0, known.mean1), truth.ends(x), strict=True):
        torch.testing.assert_close(found, true, rtol=0, atol=0.01)
    torch.testing.assert_close(known.score, truth.score(x), rtol=0, atol=0.03)
    time = torch.tensor([[t]], dtype=torch.float64)
    torch.testing.assert_close(known.velocity(path, time), truth.velocity(x), rtol=0, atol=0.05)


def test_ticks_and_points_tell_the_same() -> None:
    now = moment((ROUND, SLIM), 0.4, LINEAR)
    xs = torch.linspace(-1, 1, 7, dtype=torch.float64)
    ys = torch.linspace(-0.5, 1, 5, dtype=torch.float64)
    lattice = now.on_ticks(xs, ys)
    y, x = torch.meshgrid(ys, xs, indexing="ij")
    scattered = now.at_points(torch.stack([x, y], -1).reshape(-1, 2))
    assert lattice.mean0.shape == (5, 7, 2)
    torch.testing.assert_close(lattice.density.reshape(-1), scattered.density, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(lattice.mean0.reshape(-1, 2), scattered.mean0, rtol=0, atol=2e-3)


@pytest.mark.parametrize("t", [0.0, 0.01, 0.5, 1.0])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_means_blend_into_the_point(t: float, path: Interpolant) -> None:
    """alpha E[x0 | x] + beta E[x1 | x] = x + gamma^2 score, at the very ends of time too."""
    truth, now = Normal(t, path), moment((ROUND, SLIM), t, path)
    x = near(truth, 40)
    known = now.at_points(x)
    time = torch.tensor(t, dtype=torch.float64)
    whole = x + path.gamma(time) ** 2 * known.score
    blend = path.alpha(time) * known.mean0 + path.beta(time) * known.mean1
    torch.testing.assert_close(blend, whole, rtol=0, atol=1e-9)


def test_between_two_boxes_the_mean_is_the_middle_of_what_is_possible() -> None:
    """Of x0 uniform on [0, 1] given x: the interval of x0 for which x1 lies in its box."""
    t = 0.4
    now = moment((UNIT, WIDE), t, LINEAR, 128)
    u = torch.rand(300, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    v = torch.rand(300, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    low1, size1 = torch.tensor([2.0, -1.0]).double(), torch.tensor([2.0, 1.0]).double()
    x = (1 - t) * u + t * (low1 + size1 * v)
    low = ((x - t * (low1 + size1)) / (1 - t)).clamp(min=0)
    high = ((x - t * low1) / (1 - t)).clamp(max=1)
    deep = ((high - low) > 0.15).all(1)  # a grid is blurred by its own cells at the rim
    known = now.at_points(x)
    assert bool(known.inside[deep].all())
    torch.testing.assert_close(known.mean0[deep], ((low + high) / 2)[deep], rtol=0, atol=0.02)
    density = ((high - low) * (1 - t) / ((1 - t) * t * size1)).prod(1)
    mean = float(density[deep].mean())
    torch.testing.assert_close(known.density[deep], density[deep], rtol=0, atol=0.05 * mean)


def test_error_falls_faster_than_the_square_of_the_cells() -> None:
    """Of smooth ends, down to the tails beyond the boxes."""
    truth, errors = Normal(0.5, LINEAR), []
    x = near(truth)
    for modes in (16, 32, 64):
        known = moment((ROUND, SLIM), 0.5, LINEAR, modes).at_points(x)
        errors.append(float((known.mean0 - truth.ends(x)[0]).abs().max()))
    assert errors[0] > 4 * errors[1]
    assert max(errors[1:]) < 1e-3, errors


def test_the_mass_in_the_box_is_one() -> None:
    now = moment((UNIT, ROUND), 0.3, LINEAR)
    ticks = (torch.arange(200, dtype=torch.float64) + 0.5) / 200 - 0.5
    known = now.on_ticks(*(now.centre[i] + ticks * now.size[i] for i in (0, 1)), score=False)
    assert float(known.density.mean() * now.size.prod()) == pytest.approx(1, abs=5e-3)
    assert known.score.shape[-1] == 0


def test_off_the_box_nothing_is_known() -> None:
    now = moment((UNIT, WIDE), 0.5, LINEAR)
    known = now.at_points(torch.tensor([[40.0, 0.0], [math.nan, 0.0]], dtype=torch.float64))
    assert known.inside.tolist() == [False, False]
    assert known.density.tolist() == [0.0, 0.0]
    assert bool(known.mean0.isnan().all())


def test_where_there_is_little_the_field_is_blank() -> None:
    truth, now = Normal(0.5, LINEAR), moment((ROUND, SLIM), 0.5, LINEAR)
    x = truth.mean + torch.linspace(0, 5, 200, dtype=torch.float64)[:, None] * truth.var.sqrt()
    known = now.at_points(x)
    least = FAINT / float(now.size.prod())
    far, close = truth.density(x) < 0.5 * least, truth.density(x) > 2 * least
    assert bool(far.any())
    assert not bool(known.inside[far].any())
    assert bool(known.inside[close].all())


def test_which_end_is_large_hangs_on_t() -> None:
    early, late = (moment((ROUND, SLIM), t, LINEAR) for t in (0.25, 0.75))
    assert (early.target_is_larger, late.target_is_larger) == (False, True)
    assert early.large[0] is early.ends.source
    assert late.large[0] is late.ends.target
    assert early.coefficients == pytest.approx((0.75, 0.25))
    assert (early.large[1], early.small[1]) == pytest.approx((0.75, 0.25))


def test_edges_are_told_from_what_is_smooth() -> None:
    assert moment((ROUND, SLIM), 0.5, LINEAR).edge_strength == 0
    assert moment((UNIT, WIDE), 0.02, LINEAR).edge_strength > 0.5


def test_values_are_put_together_and_filled_in() -> None:
    now = moment((ROUND, SLIM), 0.5, LINEAR)
    x = near(Normal(0.5, LINEAR), 6)
    whole = now.at_points(x)
    parts = FieldValues.joined([now.at_points(x[:2]), now.at_points(x[2:])])
    torch.testing.assert_close(parts.mean1, whole.mean1, rtol=0, atol=1e-6)
    blank = FieldValues.blank(8)
    assert not bool(blank.inside.any())
    rows = torch.tensor([7, 0, 3, 5, 2, 6])
    blank.fill(rows, whole)
    assert bool((blank.mean0[rows] == whole.mean0).all())
    assert bool(blank.mean0[[1, 4]].isnan().all())
    assert blank.density[1] == 0
