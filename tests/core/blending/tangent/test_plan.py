"""The plan of the view: its frames, its figures, and what it keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.blending.settings import Blending
from flowlab.core.blending.tangent import learned, plan
from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.blending.tangent.estimate import grid_field
from flowlab.core.blending.tangent.exact import exact_field
from flowlab.core.blending.tangent.plan import tangent_field
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Disc, Gaussian, Points, Polygon, Shape
from flowlab.core.exact import Oracle, oracle_for
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import CLOUD
from tests.helpers.shapes import SQUARE, TRIANGLE

DOCUMENT = Document(source=TRIANGLE, target=SQUARE, blending=Blending(cells=20, samples=400))
OPTIONS = PlanOptions()


class Pushed:
    """The exact field, pushed the same way everywhere."""

    def __init__(self, oracle: Oracle, push: tuple[float, float] = (0.0, 0.0)) -> None:
        self.oracle, self.push = oracle, torch.tensor(push)

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return self.oracle.velocity(x, t) + self.push


class Even:
    """A field that is linear in place and time."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return x @ torch.tensor([[0.5, -1.0], [2.0, 0.3]]) + torch.tensor([1.0, -t])


TIMES = 17


@pytest.fixture(autouse=True)
def _few_times_and_nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_TIMES", TIMES)
    for kept in (plan._estimates, plan._exacts, plan._figures):
        kept._values.clear()


def oracle_of(document: Document) -> Oracle:
    oracle = oracle_for(document)
    assert oracle is not None
    return oracle


def tangents_in(bundle: Bundle) -> Tangents:
    tangents = tangents_of(bundle)
    assert tangents is not None
    return tangents


def planned(document: Document = DOCUMENT, **changes: object) -> Tangents:
    return tangents_in(tangent_field(document, Even(), replace(OPTIONS, **changes)))  # type: ignore[arg-type]


def test_all_frames_are_of_the_same_times_and_cells() -> None:
    bundle = tangent_field(DOCUMENT, Even(), replace(OPTIONS, revision=3, step=7))
    found = tangents_in(bundle)
    assert (bundle.revision, bundle.step) == (3, 7)
    assert len(bundle.source) == len(bundle.target) == CLOUD
    assert found.exact is not None
    assert found.learned is not None
    shape = found.count.shape
    assert shape[0] == TIMES
    assert max(shape[1:]) == 20
    for frames in (found.estimate, found.exact, found.learned):
        assert np.array_equal(frames.times, np.linspace(0, 1, TIMES, dtype=np.float32))
        assert frames.values.shape == (*shape, 2)
        assert (len(frames.ys), len(frames.xs)) == shape[1:]
        assert not frames.values.flags.writeable
    assert found.stderr.shape == shape
    assert found.density is not None
    assert found.density.shape == shape


def test_what_is_not_known_is_blank() -> None:
    found = planned()
    assert found.exact is not None
    assert found.learned is not None
    assert found.density is not None
    assert np.array_equal(np.isnan(found.estimate.values[..., 0]), found.count == 0)
    assert np.array_equal(np.isnan(found.exact.values[..., 0]), found.density == 0)
    assert np.array_equal(np.isnan(found.learned.values[..., 0]), found.density == 0)
    assert (found.count.sum((1, 2)) == 400**2).all()


def test_exact_and_learned_frames_are_the_fields_at_the_middles_of_cells() -> None:
    found = planned()
    assert found.exact is not None
    assert found.learned is not None
    seen = np.argwhere(np.isfinite(found.exact.values[..., 0]))
    for k, row, column in np.random.default_rng(0).permutation(seen)[:20]:
        t = float(found.exact.times[k])
        x = torch.tensor([[found.exact.xs[column], found.exact.ys[row]]])
        known = oracle_of(DOCUMENT).velocity(x.double(), t)[0].numpy()
        np.testing.assert_allclose(found.exact.values[k, row, column], known, atol=1e-5)
        told = Even().velocity(x, t)[0].numpy()
        np.testing.assert_allclose(found.learned.values[k, row, column], told, atol=1e-5)


def test_a_constant_error_is_found_as_it_is() -> None:
    field = Pushed(oracle_of(DOCUMENT), (0.3, -0.4))
    found = tangents_in(tangent_field(DOCUMENT, field, OPTIONS))
    assert found.errors is not None
    assert found.exact is not None
    assert found.density is not None
    square = np.nan_to_num(np.square(found.exact.values).sum(-1))
    power = (found.density * square).sum((1, 2)) / found.density.sum((1, 2))
    speed = np.sqrt(np.trapezoid(power, found.exact.times))
    np.testing.assert_allclose(found.errors["learned"], 0.5 / speed, rtol=1e-3)


def test_the_exact_field_has_no_error() -> None:
    found = tangents_in(tangent_field(DOCUMENT, Pushed(oracle_of(DOCUMENT)), OPTIONS))
    assert found.errors is not None
    assert found.angles is not None
    assert found.errors["learned"].max() < 1e-5
    assert found.angles["learned"].max() < 1e-3


def test_a_turned_field_is_off_by_the_angle_it_is_turned_by() -> None:
    oracle, turn = oracle_of(DOCUMENT), torch.tensor([[0.6, 0.8], [-0.8, 0.6]])

    class Turned:
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            return oracle.velocity(x, t) @ turn

    found = tangents_in(tangent_field(DOCUMENT, Turned(), OPTIONS))
    assert found.angles is not None
    np.testing.assert_allclose(found.angles["learned"], np.degrees(np.arctan2(0.8, 0.6)), atol=0.01)


def test_the_estimate_is_as_far_off_as_its_noise_lets_one_expect() -> None:
    wanted = replace(DOCUMENT, blending=Blending(cells=48, samples=1000))
    found = planned(wanted)
    assert found.errors is not None
    assert found.angles is not None
    inner = slice(2, -2)
    for figures in (found.errors, found.angles):
        ratio = figures["estimate"][inner] / figures["noise"][inner]
        assert 0.6 < np.sqrt(np.mean(ratio**2)) < 1.7


def test_more_samples_bring_the_estimate_nearer() -> None:
    few, many = (planned(_with(samples=n)).errors for n in (100, 10_000))
    assert few is not None
    assert many is not None
    assert np.median(few["estimate"]) > 2.5 * np.median(many["estimate"])


def _with(**changes: int) -> Document:
    return replace(DOCUMENT, blending=replace(DOCUMENT.blending, **changes))  # type: ignore[arg-type]


def test_new_weights_cost_only_what_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = planned()

    def never(*_: object) -> None:
        raise AssertionError("computed once more")

    monkeypatch.setattr(plan, "average", never)
    monkeypatch.setattr(plan, "exact_field", never)
    monkeypatch.setattr(plan.errors, "noise", never)
    after = tangents_in(tangent_field(DOCUMENT, Pushed(oracle_of(DOCUMENT)), OPTIONS))
    assert after.estimate is before.estimate
    assert after.exact is not None
    assert before.exact is not None
    assert after.exact.values is before.exact.values
    assert after.learned is not None
    assert before.learned is not None
    assert not np.array_equal(after.learned.values, before.learned.values, equal_nan=True)


def test_other_samples_leave_the_exact_field_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before = planned()
    monkeypatch.setattr(plan, "exact_field", None)
    after = planned(_with(samples=300))
    assert before.exact is not None
    assert after.exact is not None
    assert after.exact.values is before.exact.values
    assert after.count.sum() < before.count.sum()


def test_the_same_seed_gives_the_same_frames() -> None:
    one = planned()
    plan._estimates._values.clear()
    other, third = planned(), planned(replace(DOCUMENT, seed=5))
    assert one.estimate is not other.estimate
    assert np.array_equal(one.estimate.values, other.estimate.values, equal_nan=True)
    assert np.array_equal(one.stderr, other.stderr, equal_nan=True)
    assert not np.array_equal(one.count, third.count)


def test_a_plan_is_given_up_when_it_is_not_wanted_any_more() -> None:
    asked = iter([False] * 10 + [True])
    with pytest.raises(Cancelled):
        planned(cancelled=lambda: next(asked))
    assert planned().count.sum() == TIMES * 400**2


def test_a_first_answer_is_coarse_unless_the_fine_one_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "_COARSE_TIMES", 5)
    wanted = _with(cells=60)
    coarse, fine, again = (planned(wanted, coarse=first) for first in (True, False, True))
    assert coarse.count.shape[0] == 5
    assert max(coarse.count.shape[1:]) == 32
    assert fine.count.shape[0] == TIMES
    assert max(fine.count.shape[1:]) == 60
    assert again.estimate is fine.estimate


def test_finer_grids_have_fewer_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    wanted = [plan._FieldKey.of(_with(cells=cells), coarse=False).times for cells in (64, 65, 256)]
    assert wanted == [65, 33, 33]


def test_a_network_is_asked_at_fewer_places_where_there_are_very_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = planned().learned
    monkeypatch.setattr(learned, "MOST", 500)
    asked = []

    class Counted(Even):
        def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
            asked.append(len(x))
            return super().velocity(x, t)

    fewer = tangents_in(tangent_field(DOCUMENT, Counted(), OPTIONS)).learned
    assert whole is not None
    assert fewer is not None
    assert sum(asked) < 0.5 * np.isfinite(whole.values[..., 0]).sum()
    np.testing.assert_allclose(fewer.values, whole.values, atol=1e-5)  # it is linear


def test_a_dear_oracle_is_asked_at_fewer_times() -> None:
    times = np.linspace(0, 1, 65, dtype=np.float32)
    grid = Cells.over([(-3.0, 2.5, -1.5, 2.5)], 20)
    whole = exact_field(DOCUMENT, times, grid, lambda: None)
    fewer = exact_field(DOCUMENT, times, grid, lambda: None, seconds=1e-9)
    assert whole is not None
    assert fewer is not None
    assert (whole.asked, fewer.asked) == (65, 9)
    assert np.array_equal(fewer.values[::8], whole.values[::8], equal_nan=True)
    mean = (fewer.values[8] + fewer.values[16]) / 2
    np.testing.assert_allclose(fewer.values[12], mean, atol=1e-6)
    both = np.isfinite(fewer.values) & np.isfinite(whole.values)
    assert np.abs(fewer.values - whole.values)[both].mean() < 0.1


def test_that_it_is_asked_at_fewer_times_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_COARSE_SECONDS", 1e-9)
    assert "Computed at 9 values of α" in planned().note


def test_a_support_smaller_than_a_cell_is_blank() -> None:
    tiny = Polygon(vertices=((0.0, 0.0), (0.01, 0.0), (0.0, 0.01)))
    document = replace(DOCUMENT, source=tiny, target=replace(tiny, offset_x=0.35))
    grid = Cells.over([(-2.0, 2.3, -2.0, 2.0)], 20)
    found = exact_field(document, np.array([0.0, 0.5], np.float32), grid, lambda: None)
    assert found is not None
    assert not found.known.any()
    assert found.speed == 0


def test_one_time_alone_has_a_speed() -> None:
    grid = Cells.over([(-3.0, 2.5, -1.5, 2.5)], 20)
    found = exact_field(DOCUMENT, np.array([0.5], np.float32), grid, lambda: None)
    assert found is not None
    square = np.square(found.v).sum(1)
    assert found.speed == pytest.approx(np.sqrt((found.p * square).sum() / found.p.sum()), rel=1e-5)


def test_the_newest_few_results_are_kept() -> None:
    kept: LruCache[int] = LruCache(2)
    made = [kept.get(key, lambda: len(key)) for key in ("a", "bb", "a", "ccc")]  # noqa: B023
    assert made == [1, 2, 1, 3]
    assert [key in kept for key in ("a", "bb", "ccc")] == [True, False, True]


def test_its_memory_is_known() -> None:
    bundle = tangent_field(DOCUMENT, Even(), OPTIONS)
    places = tangents_in(bundle).count.size
    assert bundle.nbytes == places * 4 * (3 * 2 + 3)


def test_another_path_has_its_own_velocity_everywhere() -> None:
    bent = replace(_with(cells=40, samples=1000), path=Path(kind="trigonometric"))
    found = tangents_in(tangent_field(bent, Pushed(oracle_of(bent)), OPTIONS))
    assert "dx/dα" in found.note
    assert found.errors is not None
    assert found.errors["learned"].max() < 1e-4
    assert np.median(found.errors["estimate"]) < 2 * np.median(found.errors["noise"])


@pytest.mark.parametrize("noise", ["none", "brownian"])
def test_pairs_of_a_coupling_are_averaged_once_and_nothing_is_exact(noise: str) -> None:
    matched = replace(DOCUMENT, coupling=Coupling(kind="ot"), path=Path(noise=noise))
    bundle = tangent_field(matched, Even(), OPTIONS)
    found = tangents_in(bundle)
    assert found.exact is None
    assert found.errors is None
    assert bundle.exact_note
    assert "400 pairs" in found.note
    assert found.learned is not None
    assert np.array_equal(np.isnan(found.learned.values[..., 0]), found.count == 0)
    if noise == "none":
        assert (found.count.sum((1, 2)) == 400).all()


def test_a_steep_path_has_figures_at_all_times() -> None:
    noisy = Document(path=Path(noise="brownian"), blending=Blending(cells=24, samples=500))
    found = tangents_in(tangent_field(noisy, Even(), OPTIONS))
    assert found.errors is not None
    assert all(np.isfinite(figures).all() for figures in found.errors.values())


def test_at_bare_points_nothing_is_exact() -> None:
    points = Points(points=Array(np.random.default_rng(0).normal(size=(30, 2))), noise=0.0)
    found = planned(replace(DOCUMENT, source=Gaussian(), target=points))
    assert found.errors is not None
    assert np.isnan(found.errors["learned"][-1])
    assert np.isfinite(found.errors["learned"][:-1]).all()


def test_drawn_shapes_are_compared_with_the_field_on_a_grid() -> None:
    found = planned(replace(DOCUMENT, target=Disc(offset_x=2.0)))
    assert "grid" in found.note
    assert found.errors is not None
    assert np.median(found.errors["estimate"]) < 2 * np.median(found.errors["noise"])


def test_a_shape_without_area_is_refused() -> None:
    line = Polygon(vertices=((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)))
    with pytest.raises(Invalid, match="no area"):
        planned(replace(DOCUMENT, target=line))


class Given:
    """An end whose samples are those that the view draws."""

    def __init__(self, shape: Shape, samples: np.ndarray) -> None:
        self.extent, self._samples = build(shape).extent, samples

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        assert n == self._samples.shape[1]
        return torch.from_numpy(self._samples.T.copy())


@pytest.mark.parametrize("samples", [400, 3000], ids=["directly", "by convolution"])
@pytest.mark.parametrize("ends", [(TRIANGLE, SQUARE), (Gaussian(), Disc())])
def test_estimate_and_errors_are_those_of_grid_field(
    ends: tuple[Shape, Shape], samples: int
) -> None:
    blending = Blending(cells=24, samples=samples)
    document = Document(source=ends[0], target=ends[1], blending=blending)
    seen = tangents_of(tangent_field(document, Even(), OPTIONS))
    drawn = [
        Given(shape, plan._drawn(shape, samples, document.seed, stream))
        for shape, stream in zip(ends, plan._STREAMS, strict=True)
    ]
    for k, alpha in enumerate(seen.estimate.times.tolist()):
        alone = grid_field(*drawn, alpha, cells=24, samples=samples)
        assert np.array_equal(seen.count[k], alone.count)
        mean, stderr = (v.astype(np.float32) for v in (alone.mean, alone.stderr))
        np.testing.assert_array_equal(seen.estimate.values[k], mean)
        np.testing.assert_array_equal(seen.stderr[k], stderr)
