"""Specular reflection: what keeps the uniform law, reverses, and never leaves, at any step."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flowlab.core import domains
from flowlab.core.domains import billiard
from flowlab.core.domains.domain import BOUNCES, Domain
from tests.helpers.walls import BOX, DOMAINS, STRAIGHT, circle, comb, draw, region, star

ALL = pytest.mark.parametrize("name", DOMAINS)


def p_of_uniform(domain: Domain, x: np.ndarray, cells: int = 9) -> float:
    """The p-value of the uniform law, from counts in cells whose share shapely measures."""
    x0, y0, x1, y1 = domain.bounds
    edges = np.linspace(x0, x1, cells + 1), np.linspace(y0, y1, cells + 1)
    counts = np.histogram2d(x[:, 0], x[:, 1], bins=edges)[0].ravel()
    corners = itertools.product(itertools.pairwise(edges[0]), itertools.pairwise(edges[1]))
    whole = region(domain)
    areas = [whole.intersection(shapely.box(a, c, b, d)).area for (a, b), (c, d) in corners]
    expected = np.array(areas) / sum(areas) * len(x)
    big = expected > 10
    rest = [counts[~big].sum()], [expected[~big].sum()]
    seen, meant = (np.append(v[big], r) for v, r in zip((counts, expected), rest, strict=True))
    kept = meant > 5
    meant = meant[kept] * seen[kept].sum() / meant[kept].sum()
    return float(stats.chisquare(seen[kept], meant).pvalue)


@ALL
@pytest.mark.parametrize("spread", [0.03, 0.3, 2.0])
def test_uniform_stays_uniform_for_any_step(name: str, spread: float) -> None:
    domain = DOMAINS[name]
    x, step = draw(domain, 8000, spread, seed=3)
    moved = domain.reflect(x, step).numpy()
    assert p_of_uniform(domain, moved) > 1e-3
    assert p_of_uniform(domain, domain.project(x + step).numpy()) < 1e-6 or spread < 0.1


def test_uniform_stays_uniform_after_many_small_steps() -> None:
    domain = DOMAINS["star"]
    x = domain.uniform(20_000, torch.Generator().manual_seed(1))
    numbers = np.random.default_rng(0)
    for _ in range(20):
        x = domain.reflect(x, numbers.standard_normal((len(x), 2)) * 0.1)
    assert p_of_uniform(domain, x.numpy()) > 1e-3


@ALL
@pytest.mark.parametrize("spread", [0.1, 1.0])
def test_bounces_and_push_have_the_means_of_the_invariant_measure(name: str, spread: float) -> None:
    """Under Liouville's measure, E bounces = P/A E[v+] and E push = P/A E[v+^2], at any step."""
    domain = DOMAINS[name]
    x, step = draw(domain, 8000, spread, seed=5)
    trace = domain.trace(x, step, 0)
    h, crowding = spread * domain.size, domain.perimeter / domain.area
    for seen, mean in (
        (trace.bounces.double().numpy(), crowding * h / math.sqrt(2 * math.pi)),
        (trace.push.numpy(), crowding * h**2 / 2),
    ):
        assert abs(seen.mean() - mean) < 4 * seen.std() / math.sqrt(len(seen))


@pytest.mark.parametrize("name", ["square", "disc", "equilateral", "star", "ring"])
def test_the_local_time_rate_is_that_of_reflected_brownian_motion(name: str) -> None:
    domain, h, numbers = DOMAINS[name], 0.05, np.random.default_rng(0)
    x, pushes = domain.uniform(20_000, torch.Generator().manual_seed(0)), []
    for _ in range(40):
        trace = domain.trace(x, numbers.standard_normal((len(x), 2)) * h * domain.size, 0)
        x = trace.points
        pushes.append(float(trace.push.mean()) / (h * domain.size) ** 2)
    assert np.mean(pushes) == pytest.approx(domain.perimeter / domain.area / 2, rel=0.02)


def test_a_push_is_twice_the_depth_of_the_unreflected_end() -> None:
    domain = DOMAINS["square"]
    x, step = draw(domain, 5_000, 0.2)
    for walls in (domain, domains.polygon(domain.rings[0])):
        trace = walls.trace(x, step, 0)
        once = trace.bounces == 1
        assert once.sum() > 500
        depth = walls.penetration(x + step)
        assert torch.allclose(trace.push[once], 2 * depth[once], atol=1e-12)
        assert not trace.push[trace.bounces == 0].any()


@ALL
def test_the_way_back_leads_to_the_start_and_a_path_keeps_its_length(name: str) -> None:
    domain = DOMAINS[name]
    x, step = draw(domain, 300, 0.7, seed=2)
    trace = domain.trace(x, step)
    end, hits = trace.points.numpy(), trace.hit_place.numpy()
    back, length = np.zeros_like(x), np.zeros(len(x))
    for i in range(len(x)):
        corners = np.vstack([x[i], hits[trace.hit_particle.numpy() == i], end[i]])
        parts = np.diff(corners, axis=0)
        length[i] = np.hypot(*parts.T).sum()
        back[i] = x[i] if not np.any(parts[-1]) else -parts[-1] / np.hypot(*parts[-1])
    whole = np.hypot(*step.T)
    few = trace.bounces.numpy() <= 60  # each bounce multiplies what rounding has left
    assert few.mean() > 0.95
    assert np.allclose(length[few], whole[few], rtol=1e-9)
    few &= trace.bounces.numpy() <= 8
    returned = domain.reflect(end, back * whole[:, None]).numpy()
    assert np.allclose(returned[few], x[few], atol=1e-6 * domain.size)


@pytest.mark.parametrize("name", ["star", "holes", "equilateral", "comb"])
def test_turned_and_mirrored_walls_turn_and_mirror_the_paths(name: str) -> None:
    domain = DOMAINS[name]
    x, step = draw(domain, 500, 0.3, seed=4)
    c, s = math.cos(0.7), math.sin(0.7)
    for turn in (np.array([[c, -s], [s, c]]), np.array([[0.0, 1.0], [1.0, 0.0]])):
        rings = [ring @ turn.T for ring in domain.rings]
        turned = domains.polygon(rings[0], rings[1:])
        paths = turned.reflect(x @ turn.T, step @ turn.T).numpy()
        few = domain.bounces(x, step).numpy() <= 8
        expected = domain.reflect(x, step).numpy() @ turn.T
        assert np.allclose(paths[few], expected[few], atol=1e-6 * domain.size)


def _edges(ring: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return zip(ring, np.roll(ring, -1, axis=0), strict=True)


def one_by_one(rings: tuple[np.ndarray, ...], x: complex, step: complex) -> complex:
    """The same path in complex numbers: the first of all edges, then the step's conjugate in it."""
    edges = [(complex(*a), complex(*b)) for r in rings for a, b in _edges(r)]
    last = None
    for _ in range(200):
        hits = []
        for k, (a, b) in enumerate(edges):
            cross = (step.conjugate() * (b - a)).imag
            if k == last or cross == 0:
                continue
            t = ((a - x).conjugate() * (b - a)).imag / cross
            u = ((a - x).conjugate() * step).imag / cross
            if 0 <= t <= 1 and 0 <= u <= 1:
                hits.append((t, k))
        if not hits:
            return x + step
        t, last = min(hits)
        along = edges[last][1] - edges[last][0]
        x, step = x + t * step, ((1 - t) * step / along).conjugate() * along
    raise AssertionError


@pytest.mark.parametrize("name", ["star", "holes", "ring", "comb", "rooms", "petals"])
def test_paths_are_those_of_every_edge_tried_in_turn(name: str) -> None:
    domain = DOMAINS[name]
    x, step = draw(domain, 60, 0.3, seed=6)
    ends = domain.reflect(x, step).numpy()
    for start, way, end in zip(x, step, ends, strict=True):
        expected = one_by_one(domain.rings, complex(*start), complex(*way))
        assert abs(complex(*end) - expected) < 1e-6 * domain.size


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(sorted(STRAIGHT)),
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=20),
    st.floats(0, 2 * math.pi),
    st.floats(0, 40),
)
def test_any_step_from_any_point_ends_inside(
    name: str, points: list[tuple[float, float]], angle: float, length: float
) -> None:
    domain = DOMAINS[name]
    x = np.array(points) * domain.size + domain.bounds[:2]
    step = np.tile([math.cos(angle), math.sin(angle)], (len(x), 1)) * length * domain.size
    trace = domain.trace(x, step)
    assert bool(domain.inside(trace.points).all())
    assert bool((domain.rooms(trace.points) == domain.rooms(domain.project(x))).all())
    assert float(domain.distance(trace.hit_place).abs().max() if len(trace.hit_place) else 0) <= (
        domain.slack
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_corners_exactly_hit_and_walls_grazed_do_not_leak(data: st.DataObject) -> None:
    domain = DOMAINS[data.draw(st.sampled_from(sorted(STRAIGHT)))]
    corners = np.concatenate(domain.rings)
    k = data.draw(st.integers(0, len(corners) - 1))
    share = data.draw(st.sampled_from([0.0, 0.5, 1.0, 1e-12, 1 - 1e-12]))
    start = corners[k] + share * (
        np.concatenate([np.roll(r, -1, 0) for r in domain.rings])[k] - corners[k]
    )
    x = np.vstack([domain.uniform(10, torch.Generator().manual_seed(k)).numpy(), start, corners])
    target = corners[data.draw(st.integers(0, len(corners) - 1))]
    tilt = data.draw(st.sampled_from([0.0, 1e-17, 1e-13, -1e-9]))
    step = (target - x) * data.draw(st.sampled_from([1.0, 2.0, 7.3])) + tilt
    ends = domain.reflect(x, step)
    assert bool(domain.inside(ends).all())


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.02, 1.0), st.floats(0.05, 3.0)), min_size=3, max_size=12),
    st.floats(0.01, 8),
    st.integers(0, 1000),
)
def test_no_particle_leaves_any_polygon(
    rays: list[tuple[float, float]], spread: float, seed: int
) -> None:
    turns = 2 * math.pi * np.cumsum([gap for gap, _ in rays]) / sum(gap for gap, _ in rays)
    reach = np.array([r for _, r in rays])
    domain = domains.polygon(np.stack([reach * np.cos(turns), reach * np.sin(turns)], axis=1))
    x, step = draw(domain, 30, spread, seed)
    assert bool(domain.inside(domain.reflect(x, step)).all())


@pytest.mark.parametrize("angle", [0.3, 1e-2, 1e-3, 1e-5])
def test_a_thin_wedge_turns_everyone_back_in_bounded_time(angle: float) -> None:
    domain = domains.polygon([(0, 0), (1, 0), (1, math.tan(angle))])
    x = np.column_stack([np.linspace(0.5, 0.9, 8), np.full(8, 0.3 * math.tan(angle))])
    start = time.process_time()
    step = np.tile([-3.0, 0.1 * angle], (8, 1))
    trace = domain.trace(x, step, 0)
    assert time.process_time() - start < 30
    assert bool(domain.inside(trace.points).all())
    if angle >= 1e-2:  # in a wedge, pi / angle bounces at most; twice, for the wall turns all back
        assert int(trace.bounces.max()) <= 2 * math.pi / angle + 4
    assert int(trace.bounces.max()) <= BOUNCES


def test_a_step_of_a_thousand_widths_ends_inside_after_a_bounded_number_of_bounces() -> None:
    for name in ("square", "disc", "star"):
        domain = DOMAINS[name]
        x, step = draw(domain, 2, 1.0)
        step *= 1000 * domain.size / np.hypot(*step.T)[:, None]
        trace = domain.trace(x, step, 0)
        assert bool(domain.inside(trace.points).all())
        assert int(trace.bounces.min()) > 400
        assert name != "star" or int(trace.bounces.max()) <= BOUNCES


def test_more_edges_in_a_place_than_a_cell_lists_are_all_seen() -> None:
    """A fine saw in a corner: hundreds of edges in a single cell."""
    saw = [(x, 1e-4 * (k % 2)) for k, x in enumerate(np.linspace(0.5, 0.51, 401))]
    domain = domains.polygon([(0, 0), *saw, (1, 0), (1, 1), (0, 1)])
    x = np.column_stack([np.linspace(0.49, 0.52, 200), np.full(200, 0.3)])
    step = np.column_stack([np.linspace(-0.01, 0.01, 200), np.full(200, -0.5)])
    ends = domain.reflect(x, step).numpy()
    assert bool(domain.inside(ends).all())
    for start, way, end in zip(x[::20], step[::20], ends[::20], strict=True):
        expected = one_by_one(domain.rings, complex(*start), complex(*way))
        assert abs(complex(*end) - expected) < 1e-6


def test_the_square_of_edges_is_the_folded_square() -> None:
    folded, edges = domains.square(1.0, (0.5, 0.5)), domains.polygon(BOX)
    x, step = draw(folded, 2_000, 2.0)
    one, other = folded.trace(x, step), edges.trace(x, step)
    assert torch.allclose(one.points, other.points, atol=1e-11)
    assert torch.equal(one.bounces, other.bounces)
    assert torch.allclose(one.push, other.push, atol=1e-10)
    assert torch.equal(one.hit_particle, other.hit_particle)
    assert torch.allclose(one.hit_arc, other.hit_arc, atol=1e-10)


def test_whoever_slides_along_a_wall_gets_to_its_end() -> None:
    """Where rounding says outwards by less than a step's last digit, one bounce is enough."""
    for turn in np.linspace(0, 2 * math.pi, 25):
        c, s = math.cos(turn), math.sin(turn)
        corners = np.array([(0.0, 0.0), (3.0, 0.0), (0.0, 3.0)]) @ [[c, s], [-s, c]]
        domain = domains.polygon(corners)
        along = (corners[1] - corners[0]) / 3
        trace = domain.trace([corners[0] + along], [along * 1.9])
        assert int(trace.bounces) <= 2
        assert np.allclose(trace.points.numpy(), corners[0] + 2.9 * along, atol=1e-9)


def test_particles_without_a_step_stay() -> None:
    for domain in DOMAINS.values():
        x = domain.uniform(100)
        assert torch.allclose(domain.reflect(x, torch.zeros(100, 2)), x, atol=1e-12 * domain.size)


def test_no_particles_are_no_trouble() -> None:
    nothing = np.zeros((0, 2))
    for domain in DOMAINS.values():
        trace = domain.trace(nothing, nothing)
        assert len(trace.points) == len(trace.bounces) == len(trace.hit_arc) == 0


def test_hits_are_recorded_of_those_asked_for_alone() -> None:
    domain = domains.polygon(comb())
    x, step = draw(domain, 400, 0.5)
    every, some = domain.trace(x, step), domain.trace(x, step, 50)
    first = every.hit_particle < 50
    assert torch.equal(every.hit_place[first], some.hit_place)
    assert torch.equal(every.bounces, torch.bincount(every.hit_particle, minlength=400))
    assert len(domain.trace(x, step, 0).hit_arc) == 0


def test_the_arc_says_where_along_the_rings_a_wall_was_hit() -> None:
    domain = DOMAINS["ring"]
    x, step = draw(domain, 500, 0.5)
    trace = domain.trace(x, step)
    outer, inner = (shapely.LinearRing(ring) for ring in domain.rings)
    for place, arc in zip(trace.hit_place.numpy(), trace.hit_arc.tolist(), strict=True):
        ring, way = (outer, arc) if arc < outer.length else (inner, arc - outer.length)
        assert ring.interpolate(way).distance(shapely.Point(place)) < 1e-9


def test_hits_of_uniform_particles_are_uniform_along_the_wall() -> None:
    domain = domains.polygon(star(10), [circle(5, 0.2)])
    trace = domain.trace(*draw(domain, 30_000, 0.2))
    first = np.unique(trace.hit_particle.numpy(), return_index=True)[1]
    shares = trace.hit_arc.numpy() / domain.perimeter
    assert len(first) > 5_000
    counts = np.histogram(shares, bins=25, range=(0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-4


def test_a_particle_stops_where_bounces_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billiard, "BOUNCES", 3)
    domain = domains.polygon(BOX)
    trace = domain.trace([[0.5, 0.5]], [[0.3, 100.0]])
    assert int(trace.bounces) == 3
    assert bool(domain.inside(trace.points).all())
