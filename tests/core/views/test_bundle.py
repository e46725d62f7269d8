"""Reading a bundle between its knots, against a fine integration."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.exact import MixtureOracle, oracle_for
from flowlab.core.solvers.ode import integrate
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.knots import sampled
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.trajectories import trajectories

DOCUMENT = Document(view=View(particles=400))
TIMES = (0.03, 0.2, 0.44, 0.5, 0.77, 0.9, 0.98)


def _oracle() -> MixtureOracle:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    return oracle


def _bundle(solver: Solver) -> Bundle:
    options = PlanOptions(lattice=False, field=False)
    return trajectories(replace(DOCUMENT, solver=solver), _oracle(), options)


def _fine(x: np.ndarray) -> Bundle:
    run = integrate(
        _oracle().velocity, torch.from_numpy(x.copy()).double(), Solver(method="rk4", steps=100)
    )
    return Bundle(times=run.times.numpy(), points=run.points.float().numpy())


@pytest.mark.parametrize(
    ("solver", "limit"),
    [(Solver(method="rk4", steps=8), 1e-3), (Solver(method="dopri5", rtol=1e-5, atol=1e-5), 1e-3)],
)
def test_between_knots_a_path_is_true_to_a_tenth_of_a_percent(solver: Solver, limit: float) -> None:
    bundle = _bundle(solver)
    fine = _fine(bundle.points[0])
    for t in TIMES:
        error = np.square(bundle.at(t) - fine.at(round(t, 2))).sum(1).mean() ** 0.5
        radius = np.square(fine.at(t)).sum(1).mean() ** 0.5
        assert error / radius < limit


def test_euler_is_read_as_the_polygon_that_it_computed() -> None:
    bundle, oracle = _bundle(Solver(method="euler", steps=10)), _oracle()
    assert bundle.knot_velocities is None
    for i in range(10):
        x = torch.from_numpy(bundle.points[i].copy())
        v = oracle.velocity(x, i / 10)
        np.testing.assert_allclose(bundle.points[i + 1], x + v / 10, atol=1e-5)
        np.testing.assert_allclose(bundle.at(i / 10 + 0.03), x + 0.03 * v, atol=1e-5)


def test_knots_and_ends_are_read_exactly() -> None:
    bundle = _bundle(Solver(method="rk4", steps=8))
    for i in range(9):
        assert np.array_equal(bundle.at(i / 8), bundle.points[i])
    assert np.array_equal(bundle.at(-1e-9), bundle.points[0])  # where rounding has put it
    assert np.array_equal(bundle.at(1 + 1e-7), bundle.points[-1])


@pytest.mark.parametrize("t", [-1e-3, 1.001, 2, float("nan"), float("inf"), "a", None, True])
def test_no_other_time_is_read(t: object) -> None:
    bundle = _bundle(Solver(method="rk4", steps=2))
    for ask in (bundle.at, bundle.velocity, bundle.speed, lambda t: bundle.several([0.5, t])):
        with pytest.raises(Invalid, match=r"^t must be .* not "):
            ask(t)


def test_what_cannot_be_written_or_picked_is_named() -> None:
    bundle = _bundle(Solver(method="rk4", steps=2))
    frozen = np.zeros((bundle.count, 2), np.float32)
    frozen.setflags(write=False)
    for out in (frozen, np.zeros((bundle.count, 2)), np.zeros((3, 2), np.float32), 3):
        with pytest.raises(Invalid, match=r"^out must be a writable array"):
            bundle.at(0.5, out)  # type: ignore[arg-type]
    for index in ([bundle.count], [0.5], ["a"], 3, [[0, 1]], np.ones(3, bool)):
        with pytest.raises(Invalid, match=r"^index, of particles, must be"):
            bundle.select(index)  # type: ignore[arg-type]
    every_other = np.arange(bundle.count) % 2 == 0
    assert bundle.select(every_other).count == every_other.sum()
    with pytest.raises(Invalid, match=r"^index, of a particle, .* not -1"):
        bundle.path(-1)
    with pytest.raises(Invalid, match=r"^samples, of a path, .* not 0"):
        bundle.path(0, 0)


def test_paths_and_speed_are_those_of_the_particles() -> None:
    bundle, oracle = _bundle(Solver(method="rk4", steps=8)), _oracle()
    paths = bundle.paths(np.array([3, 5]), 9)
    np.testing.assert_allclose(paths, bundle.points[:, [3, 5]], atol=1e-6)
    x = torch.from_numpy(bundle.at(0.4))
    speed = oracle.velocity(x, 0.4).norm(dim=1).numpy()
    np.testing.assert_allclose(bundle.speed(0.4), speed, rtol=0.05, atol=0.05)


def _curved(particles: int, seed: int = 0, euler: bool = False) -> Bundle:
    """A Gaussian carried to a ring that lies off the origin, on curved paths."""
    rng = np.random.default_rng(seed)
    start, angle = rng.standard_normal((particles, 2)), rng.uniform(0, 2 * np.pi, particles)
    end = 4 * np.stack([np.cos(angle), np.sin(angle)], 1) + [9.0, -2.0]
    bend = rng.standard_normal((particles, 2))
    times = np.linspace(0, 1, 9, dtype=np.float32)
    points = [start + t * (end - start) + np.sin(np.pi * t) * bend for t in times]
    slopes = [end - start + np.pi * np.cos(np.pi * t) * bend for t in times]
    return Bundle(
        times=times,
        points=np.array(points, np.float32),
        knot_velocities=None if euler else np.array(slopes, np.float32),
    )


@pytest.mark.parametrize("euler", [False, True])
@pytest.mark.parametrize("particles", [1, 700, 2048, 5001])
def test_a_compact_bundle_is_read_within_a_twentieth_of_a_percent(
    particles: int, euler: bool
) -> None:
    full = _curved(particles, euler=euler)
    small = full.compact()
    for t in (0.0, 0.01, 0.3, 0.5, 0.51, 0.77, 0.1, 1.0):
        x = full.at(t)
        radius = np.sqrt(np.square(x).sum(1).mean())
        assert np.abs(small.at(t) - x).max() < 5e-4 * radius
        assert np.abs(small.velocity(t) - full.velocity(t)).max() < 5e-4 * 30


def test_half_the_memory_and_none_of_it_twice() -> None:
    full = _curved(4 * 2048)
    small = full.compact()
    assert small.nbytes == pytest.approx(full.nbytes / 2, rel=0.01)
    before = small.nbytes
    small.at(0.3)
    assert small.nbytes - before == 4 * full.points[0].nbytes  # two knots, values and slopes
    small.at(0.9)
    assert small.nbytes - before == 4 * full.points[0].nbytes
    assert len(pickle.dumps(small)) < 1.02 * before  # what was widened stays here
    assert small.compact() is small


def test_reading_goes_into_the_given_memory() -> None:
    full = _curved(3000)
    for bundle in (full, full.compact()):
        for order in ("C", "F"):
            out = np.empty((3000, 2), np.float32, order=order)
            for t in (0.0, 0.3, 0.5, 1.0):
                assert bundle.at(t, out) is out
                np.testing.assert_allclose(out, bundle.at(t), atol=1e-6)
            assert bundle.velocity(0.3, out) is out
        assert np.empty((3, 2), order=bundle.order).flags[f"{bundle.order}_CONTIGUOUS"]


def test_compact_knots_read_like_an_array() -> None:
    full = _curved(3000)
    packed, points = full.compact().points, full.points
    some = np.array([2999, 0, 17])
    for key in (-1, 4, slice(2, 5), np.array([0, 8]), (slice(None), some), (-1, some, 0)):
        np.testing.assert_allclose(packed[key], points[key], atol=2e-3)
    for key in ((slice(None), slice(0, 3000, 7)), (slice(1, 3), some, 1)):
        assert packed[key].shape == points[key].shape
        np.testing.assert_allclose(packed[key], points[key], atol=2e-3)
    assert packed.shape == points.shape
    assert len(packed) == 9
    np.testing.assert_allclose(np.clip(packed, -2, 2), np.clip(points, -2, 2), atol=2e-3)
    with pytest.raises(ValueError, match="read-only"):
        packed.codes[:] = 0


def test_lost_and_far_particles_stay_so_and_spoil_nothing() -> None:
    full = _curved(4000)
    points, slopes = np.array(full.points), np.array(full.knot_velocities)
    points[3:, :40] = np.nan
    points[5:, 40:50, 1] = np.inf
    points[:, 50:60] *= 1e6
    slopes[:, 50:60] *= 1e6
    points[:, 60] = 3e38
    broken = replace(full, points=points, knot_velocities=slopes)
    small = pickle.loads(pickle.dumps(broken.compact()))
    for t in (0.2, 0.3, 0.5, 0.8, 1.0):
        with np.errstate(over="ignore", invalid="ignore"):
            there = np.isfinite(broken.at(t)).all(1)
        read = small.at(t)
        assert np.array_equal(np.isfinite(read).all(1)[:60], there[:60])
        np.testing.assert_allclose(read[50:60], broken.at(t)[50:60], rtol=1e-5)
        np.testing.assert_allclose(read[61:], full.at(t)[61:], atol=3e-3)
        assert (read[60] > 1e20).all()
    np.testing.assert_array_equal(small.points[:, [55]], points[:, [55]])
    assert np.isnan(small.points[-1, :50, 1]).all()


@pytest.mark.parametrize("value", [0.0, -7.5, 1e6])
def test_a_cloud_that_is_one_point_stays_that_point(value: float) -> None:
    points = np.full((2, 5000, 2), value, np.float32)
    points[1, 17] = value + 3
    small = Bundle(times=np.array([0, 1], np.float32), points=points).compact()
    np.testing.assert_allclose(small.at(0.0), points[0], rtol=1e-6)
    np.testing.assert_allclose(small.at(1.0), points[1], rtol=1e-6)


def test_raw_particles_and_labels_come_along() -> None:
    full = _curved(4096)
    both = replace(full, raw=_curved(4096, seed=1), labels=np.arange(4096) % 3)
    small = pickle.loads(pickle.dumps(both.compact()))
    np.testing.assert_allclose(small.raw.at(0.4), both.raw.at(0.4), atol=3e-3)
    assert np.array_equal(small.select(np.array([5, 9])).labels, [2, 0])
    assert both.nbytes > full.nbytes + both.raw.nbytes
    assert pickle.loads(pickle.dumps(both.compact())).raw.nbytes < both.raw.nbytes


def test_two_threads_may_read_one_compact_bundle() -> None:
    full = _curved(20_000)
    small = full.compact()

    def worst(t: float) -> float:
        return max(float(np.abs(small.at(t) - full.at(t)).max()) for _ in range(20))

    with ThreadPoolExecutor(2) as pool:
        assert max(pool.map(worst, (0.05, 0.95))) < 3e-3


def test_velocities_are_the_derivative_of_the_path() -> None:
    for bundle in (_curved(300), _curved(300, euler=True)):
        for t in (0.02, 0.3, 0.7, 0.99):
            rise = (bundle.at(t + 2e-3) - bundle.at(t - 2e-3)) / 4e-3
            np.testing.assert_allclose(bundle.velocity(t), rise, atol=0.02)
        assert np.isfinite(bundle.velocity(1.0)).all()
    curved = _curved(300)
    for i in (0, 3, 8):
        np.testing.assert_allclose(curved.velocity(i / 8), curved.knot_velocities[i], atol=1e-4)


@pytest.mark.parametrize("euler", [False, True])
def test_several_times_at_once_are_the_same_as_one_by_one(euler: bool) -> None:
    bundle = _curved(500, euler=euler)
    for times in ([0.5, 0.46, 0.42], [0.0], [1.0, 0.9], [0.01, 0.99, 0.5], [0.25, 0.2]):
        one_by_one = np.stack([bundle.at(t) for t in times])
        np.testing.assert_allclose(bundle.several(times), one_by_one, atol=2e-5)
        packed = bundle.compact()
        np.testing.assert_allclose(packed.several(times), one_by_one, atol=3e-3)
    still = Bundle(times=bundle.times[:1], points=bundle.points[:1])
    assert np.array_equal(still.several([0.3, 0.7])[1], bundle.points[0])
    assert not still.velocity(0.4, np.ones((500, 2), np.float32)).any()


@pytest.mark.parametrize("euler", [False, True])
def test_paths_at_all_their_samples_are_the_positions_at_those_times(euler: bool) -> None:
    bundle = _curved(50, euler=euler)
    points = np.array(bundle.points)
    points[-1, :5] = np.inf  # lost at the last knot, which no sample before it may show
    broken = replace(bundle, points=points)
    times = np.array([0.0, 1e-9, 0.3, *bundle.times[[3, -2]], 0.99, 1.0])
    for each in (bundle, broken, bundle.compact()):
        one_by_one = np.stack([each.at(float(t)) for t in times])
        np.testing.assert_allclose(each.sampled(times), one_by_one, atol=2e-6)
    assert np.array_equal(sampled(bundle.times, points, None, times[-1:])[0], points[-1])
    still = Bundle(times=bundle.times[:1], points=bundle.points[:1])
    assert np.array_equal(still.sampled(times)[3], bundle.points[0])


def test_infinite_positions_raise_no_alarm() -> None:
    full = _curved(200)
    points, slopes = np.array(full.points), np.array(full.knot_velocities)
    points[4:, :5], slopes[4:, :5] = np.inf, -np.inf
    broken = replace(full, points=points, knot_velocities=slopes)
    for bundle in (broken, broken.compact()):
        for t in (0.45, 0.5, 0.7):
            assert np.isfinite(bundle.at(t)[5:]).all()
            assert not np.isfinite(bundle.at(t)[:5]).any()
            assert np.isfinite(bundle.several([t, 0.4])[:, 5:]).all()
            assert np.isfinite(bundle.velocity(t)[5:]).all()
