"""Guidance between walls, its ways to stay inside, and its steps one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.view import View
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.document_field import field_of
from flowlab.core.reflected.exact import counted, exact_score, rough_score
from flowlab.core.reflected.guided import (
    carrier_of,
    class_of,
    evaluations,
    guided,
    guided_score,
    is_new,
    names_of,
    saturation,
)
from flowlab.core.reflected.guided_steps import dynamic_threshold
from flowlab.core.reflected.results import Guided, guided_of, sampling_of, slow_steps_of
from flowlab.core.reflected.sampling import how_of, sampling
from flowlab.core.reflected.settings import Reflected
from flowlab.core.reflected.slow import slow_steps
from flowlab.core.views.request import PlanOptions
from flowlab.files import session

NOBODY = cast(Any, None)
PRESET = Path("assets/presets/learned_guidance_in_a_square.flowlab")


def document(n: int = 400, target: str = "checkerboard", **settings: Any) -> Document:
    known = {"width": 8.0, "reverse_steps": 40, "flow_steps": 40} | settings
    return Document(
        target=named(target), view=View(particles=n, highlighted=3), reflected=Reflected(**known)
    )


@pytest.fixture(scope="module")
def strong() -> Guided:
    """One class at the walls, guided as strongly as can be."""
    given = document(one_class=True, guided_class=0, guidance=15.0, reverse_steps=100,
                     flow_steps=100)  # fmt: skip
    known = guided_of(guided(given, NOBODY, PlanOptions()))
    assert known is not None
    return known


def test_thresholds_leak_projection_sticks_and_reflection_does_neither(strong: Guided) -> None:
    ways = {way.name: way for way in strong.ways}
    assert ways["threshold"].leaked[1:].max() > 0.05
    assert not ways["threshold"].on_walls.any()
    assert ways["project"].on_walls[1:].max() > 0.05
    assert not ways["project"].leaked.any()
    assert not ways["reflect"].leaked.any()
    assert not ways["reflect"].on_walls.any()
    assert ways["dynamic"].leaked.any()


def test_strong_guidance_saturates_the_flow_and_hardly_the_reflected(strong: Guided) -> None:
    saturated = {way.name: way.saturated for way in strong.ways}
    assert saturated["flow"] == 1.0
    assert saturated["project"] is not None
    assert saturated["reflect"] is not None
    assert saturated["reflect"] < saturated["project"] < 0.1
    assert np.asarray(strong.data.points[0]).max() < 0  # the class at the lower left corner


def test_scores_without_normal_component_need_no_guard_at_moderate_guidance() -> None:
    for w in (0.0, 1.5):
        given = document(one_class=True, guidance=w, flow_steps=100)
        carrier = carrier_of(given, walls_of(given.reflected), "flow", 400)
        x = walls_of(given.reflected).uniform(400, torch.Generator().manual_seed(0)).numpy()
        assert carrier.carried(x)[2] == 0.0


def test_guidance_is_the_text_s_sum_of_both_scores() -> None:
    given = document(one_class=True, guided_class=2, guidance=3.0)
    x = walls_of(given.reflected).uniform(50).numpy()
    of_class, whole = exact_score(given, 20, 2)(x, 10), exact_score(given, 20)(x, 10)
    assert np.allclose(guided_score(given, 20)(x, 10), 4 * of_class - 3 * whole)
    assert class_of(given) == 2
    alone = replace(given, reflected=replace(given.reflected, guidance=0.0))
    assert np.allclose(guided_score(alone, 20)(x, 10), of_class)
    none = replace(given, reflected=replace(given.reflected, one_class=False))
    assert class_of(none) is None
    assert np.allclose(guided_score(none, 20)(x, 10), whole)
    assert class_of(none.with_parts(target=named("gaussian"))) is None
    assert evaluations(given) == 2 * (4 * 40 + 40)
    assert evaluations(none) == 4 * 40 + 40


def test_the_score_has_no_component_normal_to_the_walls() -> None:
    """It falls in proportion to the distance from them."""
    for walls in ("disc", "equilateral"):
        given = document(target="two_moons", walls=walls, width=9.0, clip=True,
                         reverse_steps=20, flow_steps=20)  # fmt: skip
        domain = walls_of(given.reflected)
        ring = domain.rings[0]
        place = (ring + np.roll(ring, 1, axis=0)) / 2
        inward = domain.normal(place).numpy()
        normal = [
            np.abs((exact_score(given, 20)(place + d * inward, 8) * inward).sum(1)).max()
            for d in (0.02, 0.2)
        ]
        assert normal[0] < 0.2 * normal[1]


def test_dynamic_thresholding_scales_what_it_clips_into_the_box() -> None:
    box = (-2.0, -1.0, 2.0, 1.0)
    x = np.array([[0.5, 0.5], [4.0, 0.0], [-4.0, 2.0], [3.0, -3.0]])
    inside = dynamic_threshold(x, box, 1.0)
    assert np.allclose(inside[0], x[0])  # within the box nothing happens
    assert np.allclose(inside[1], [2.0, 0.0])
    assert np.allclose(inside[2], [-2.0, 1.0])  # both coordinates are twice the box
    assert np.allclose(inside[3], [1.0, -1.0])  # 1.5 and 3 of it, both divided by 3
    half = dynamic_threshold(x, box, 0.5)
    assert np.abs(half[:, 0]).max() <= 2.0
    assert np.abs(half[:, 1]).max() <= 1.0


def test_dynamic_thresholding_needs_a_box() -> None:
    disc = document(walls="disc", width=12.0)
    assert "dynamic" not in names_of(disc)
    known = guided_of(guided(disc, NOBODY, PlanOptions(coarse=True, few=20)))
    assert known is not None
    assert known.refused[0][0] == "dynamic"
    asked = replace(disc, reflected=replace(disc.reflected, way="dynamic"))
    with pytest.raises(Invalid, match="box"):
        slow_steps(asked, NOBODY, PlanOptions())


def test_saturation_is_what_lies_within_a_thousandth_of_the_walls() -> None:
    domain = walls_of(Reflected(width=2.0))
    x = np.array([[0.0, 0.0], [0.999, 0.0], [0.99, 0.0], [1.5, 0.0]], np.float32)
    assert saturation(domain, x) == 0.5


def test_cells_hold_the_target_s_mass_and_a_class_alone() -> None:
    given = document()
    domain = walls_of(given.reflected)
    density = counted(given.target, domain, 0)
    cell = 64.0 / density.size
    assert density.sum() * cell == pytest.approx(1.0)
    of_class = counted(given.target, domain, 0, 0)
    assert (of_class > 0).sum() < 0.2 * (density > 0).sum()


@pytest.mark.parametrize("way", ["threshold", "dynamic", "project", "reflect"])
def test_the_parts_of_a_step_add_up(way: str) -> None:
    given = document(way=way, slow_steps=6)
    bundle = slow_steps(given, NOBODY, PlanOptions())
    steps, domain = slow_steps_of(bundle), walls_of(given.reflected)
    assert steps is not None
    assert len(bundle.times) == 1 + 3 * steps.count
    falls = -np.diff(steps.variances)
    moved = steps.predicted - steps.begins
    assert np.allclose(moved, falls[:, None, None] * steps.scores, atol=1e-3)
    inside = domain.within(steps.predicted.reshape(-1, 2).astype(float))
    if way == "threshold":
        assert np.allclose(steps.means.reshape(-1, 2), inside, atol=1e-4)
    if way in ("project", "reflect"):
        assert np.allclose(steps.means, steps.predicted)
        ends = steps.ends.reshape(-1, 2).astype(float)
        assert domain.depth_beyond(ends).max() < 1e-5
    else:
        assert np.allclose(steps.ends, steps.free)
    assert np.allclose(steps.begins[1:], steps.ends[:-1])
    assert np.allclose(bundle.at(1 / (3 * steps.count)), steps.means[0], atol=1e-5)
    assert steps.step_at(0.0) == (0, 0.0)
    assert steps.step_at(1 / steps.count) == (0, pytest.approx(1.0))  # whole before the next
    assert steps.step_at(1.5 / steps.count) == (1, pytest.approx(0.5))
    assert steps.step_at(1.0) == (steps.count - 1, 1.0)


def test_every_process_reaches_the_data_between_drawn_walls() -> None:
    given = document(1000, target="two_moons", walls="drawn", clip=True, reverse_steps=40)
    known = sampling_of(sampling(given, NOBODY, PlanOptions()))
    assert known is not None
    assert known.fresh is not None
    for pane in known.panes:
        assert pane.w2 is not None
        assert pane.w2 < 2 * known.fresh.w2, pane.kind
        inside = walls_of(given.reflected).depth_beyond(np.asarray(pane.bundle.points[-1], float))
        assert inside.max() < 1e-5
    sde, annealed, flow = known.panes
    assert sde.left > annealed.left > 10 * flow.left
    assert [how_of(given, kind).annealed for kind in ("sde", "annealed", "flow")] == [1, 0.5, 0]
    assert np.array_equal(sde.bundle.points[0], flow.bundle.points[0])


def test_who_leaves_by_the_flow_of_exact_scores_is_counted() -> None:
    """Nobody does in 100 Euler steps; at w = 15 the drift is so stiff that 50 are too long."""
    for w, steps, expected in ((1.5, 100, 0), (15.0, 100, 0), (15.0, 50, 400)):
        given = document(one_class=True, guidance=w, reverse_steps=5000 // steps, flow_steps=steps)
        known = guided_of(guided(given, NOBODY, PlanOptions()))
        assert known is not None
        flow = known.ways[-1]
        assert flow.leavers == expected
        assert flow.free_leavers is None
        ends = np.asarray(known.bundles[-1].points, float).reshape(-1, 2)
        assert walls_of(given.reflected).depth_beyond(ends).max() < 1e-5  # all are folded


def test_an_unconstrained_network_leaves_where_the_tangent_one_hardly_does() -> None:
    """Counted of the same starts, against the carrier's own steps."""
    opened = session.unpack(PRESET.read_bytes())
    assert opened.weights is not None
    field = field_of(opened.document, opened.weights)
    given = replace(opened.document, view=replace(opened.document.view, particles=400))
    known = guided_of(guided(given, field, PlanOptions()))
    assert known is not None
    flow = known.ways[-1]
    assert flow.leavers is not None
    assert flow.free_leavers is not None
    assert 0 < 4 * flow.leavers < flow.free_leavers < 400
    domain, x = walls_of(given.reflected), np.asarray(known.bundles[-1].points[0], float)
    steps, left = 100, np.zeros(400, bool)
    variances = total_variance(given.reflected, domain.size, np.linspace(1, 0, steps + 1))
    for k in range(steps):
        each = [field.score(x, k / steps, label, bounded=False) for label in (0, None)]
        ahead = x + (variances[k] - variances[k + 1]) / 2 * (2.5 * each[0] - 1.5 * each[1])
        left |= ~domain.inside(ahead).numpy()
        x = domain.reflect(x, ahead - x).numpy()
    assert abs(int(left.sum()) - flow.free_leavers) <= 4  # the first starts are rounded


def test_a_first_answer_takes_fewer_steps_by_a_rough_score() -> None:
    given = document(one_class=True, guidance=1.5, reverse_steps=110, flow_steps=101, sigma_max=1.4)
    assert is_new(given)
    first = guided_of(guided(given, NOBODY, PlanOptions(coarse=True)))
    assert first is not None
    assert first.rough
    assert [len(b.times) - 1 for b in first.bundles] == [100, 100, 100, 100, 100]
    whole = guided_of(guided(given, NOBODY, PlanOptions()))
    assert whole is not None
    assert not whole.rough
    assert not is_new(given)
    again = guided_of(guided(given, NOBODY, PlanOptions(coarse=True)))
    assert again is not None
    assert not again.rough
    assert len(again.bundles[0].times) == 111
    ends = [np.asarray(each.bundles[-1].points[-1]).mean(0) for each in (first, whole)]
    assert np.allclose(*ends, atol=0.15)  # both go to the class


def test_a_rough_score_is_near_the_exact_one_where_most_is_decided() -> None:
    given = document(target="two_moons", walls="drawn", clip=True)
    x = walls_of(given.reflected).uniform(500, torch.Generator().manual_seed(1)).numpy()
    rough, exact = rough_score(given, 8), exact_score(given, 8)
    for k in (4, 5, 6):
        weight, known = exact.density(x, k)[:, None], exact(x, k)
        off = (weight * (rough(x, k) - known) ** 2).sum() / (weight * known**2).sum()
        assert off < 0.06**2
