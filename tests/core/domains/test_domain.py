"""What every domain answers, beside shapely; and what it refuses, in one sentence."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
import shapely
import torch

from flowlab.core import domains
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.domain import Domain
from tests.core.domains.test_billiard import p_of_uniform
from tests.helpers.randomness import rng
from tests.helpers.walls import BOX, DOMAINS, STRAIGHT, circle, draw, region

ALL = pytest.mark.parametrize("name", DOMAINS)
EDGED = pytest.mark.parametrize("name", STRAIGHT)


def around(domain: Domain, n: int = 1_000) -> np.ndarray:
    """Points in the domain, about it and far away."""
    x0, y0, x1, y1 = domain.bounds
    numbers = np.random.default_rng(0)
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    near = middle + (numbers.random((n, 2)) - 0.5) * 1.6 * domain.size
    return np.vstack([near, middle + numbers.standard_normal((20, 2)) * 300 * domain.size])


@EDGED
def test_inside_distance_and_projection_are_shapelys(name: str) -> None:
    domain = DOMAINS[name]
    whole, x = region(domain), around(domain)
    points = shapely.points(x)
    sign = np.where(shapely.contains_xy(whole, x), 1.0, -1.0)
    far = shapely.distance(points, whole.boundary)
    clear = far > 1e-9 * domain.size
    assert np.array_equal(domain.inside(x).numpy()[clear], (sign > 0)[clear])
    assert np.allclose(domain.distance(x).numpy(), sign * far, atol=1e-9 * domain.size)
    assert np.allclose(domain.penetration(x).numpy(), shapely.distance(points, whole), atol=1e-9)
    moved = domain.project(x)
    assert bool(domain.inside(moved).all())
    gone = np.hypot(*(moved.numpy() - x).T)
    assert np.allclose(gone, shapely.distance(points, whole), atol=1e-9 * domain.size)


@ALL
def test_the_normal_is_the_gradient_of_the_distance(name: str) -> None:
    domain, h = DOMAINS[name], 1e-6 * DOMAINS[name].size
    x = around(domain)
    x = x[np.abs(domain.distance(x).numpy()) > 10 * h]
    steps = np.array([(h, 0.0), (0.0, h)])
    slopes = [(domain.distance(x + s) - domain.distance(x - s)).numpy() / (2 * h) for s in steps]
    slope, normal = np.stack(slopes, axis=1), domain.normal(x).numpy()
    smooth = np.abs(np.hypot(*slope.T) - 1) < 1e-3  # elsewhere two walls are equally near
    assert smooth.mean() > 0.9
    assert np.allclose(slope[smooth], normal[smooth], atol=1e-3)
    assert np.allclose(np.hypot(*normal.T), 1.0)


@EDGED
def test_on_the_wall_the_normal_points_inwards(name: str) -> None:
    domain = DOMAINS[name]
    for ring in domain.rings:
        edge = np.roll(ring, -1, axis=0) - ring
        inward = np.stack([-edge[:, 1], edge[:, 0]], axis=1) / np.hypot(*edge.T)[:, None]
        assert np.allclose(domain.normal(ring + edge / 2).numpy(), inward, atol=1e-6)


@EDGED
def test_area_perimeter_bounds_and_the_sense_of_rings(name: str) -> None:
    domain = DOMAINS[name]
    whole = region(domain)
    assert domain.area == pytest.approx(whole.area, rel=1e-7)
    assert domain.perimeter == pytest.approx(whole.length, rel=1e-7)
    assert domain.bounds == pytest.approx(whole.bounds)
    for polygon in shapely.get_parts(whole):
        assert any(shapely.LinearRing(r).is_ccw for r in domain.rings)
        holes = sum(not shapely.LinearRing(r).is_ccw for r in domain.rings)
        assert holes == len(polygon.interiors) or name == "rooms"


@ALL
def test_uniform_samples_are_uniform(name: str) -> None:
    domain = DOMAINS[name]
    x = domain.uniform(20_000, rng(7))
    assert x.dtype == torch.float64
    assert x.shape == (20_000, 2)
    assert bool(domain.inside(x).all())
    assert p_of_uniform(domain, x.numpy()) > 1e-3
    assert torch.equal(x, domain.uniform(20_000, rng(7)))


@ALL
def test_equal_domains_are_equal_values_and_travel(name: str) -> None:
    domain = DOMAINS[name]
    domain.inside([[0.0, 0.0]])
    copy = pickle.loads(pickle.dumps(domain))
    assert copy == domain
    assert hash(copy) == hash(domain)
    assert copy != domains.square(123.0)


def test_results_have_the_precision_of_the_points() -> None:
    for domain in DOMAINS.values():
        x, step = (torch.from_numpy(part).float() for part in draw(domain, 500, 0.3))
        moved = domain.reflect(x, step)
        assert moved.dtype == domain.distance(x).dtype == torch.float32
        assert bool(domain.inside(moved).all())
        assert bool(domain.inside(domain.project(3 * x)).all())
        assert domain.inside(x).dtype == torch.bool
        assert domain.bounces(x, step).dtype == torch.int64
    assert domains.square().project([[3, 4]]).dtype == torch.float64
    assert domains.square().project([[3, 4]]).tolist() == [[0.5, 0.5]]


def test_what_is_given_stays_as_it_is() -> None:
    for domain in DOMAINS.values():
        x, step = draw(domain, 100, 0.5)
        before = x.copy(), step.copy()
        domain.trace(x, step)
        domain.project(x + step)
        assert np.array_equal(before[0], x)
        assert np.array_equal(before[1], step)


def test_a_domain_is_made_without_torch_shapely_or_scipy() -> None:
    """So that documents can hold one before the first frame."""
    code = (
        "import sys; from flowlab.core.domains.walled import Polygon; "
        "from flowlab.core.domains.discs import Disc; Disc(); "
        "Polygon(vertices=((0, 0), (1, 0), (0, 1))); "
        "print([n for n in ('torch', 'shapely', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "x", [[[np.nan, 0]], [[np.inf, 0]], [[1, 2, 3]], [1, 2], "here", None, [[1e300, 0]], [[1j, 0]]]
)
def test_points_that_are_none_are_refused(x: object) -> None:
    for domain in (DOMAINS["disc"], DOMAINS["star"], DOMAINS["square"]):
        for ask in (domain.inside, domain.project, domain.distance, domain.rooms):
            with pytest.raises(Invalid, match="Points"):
                ask(x)
        with pytest.raises(Invalid, match="Steps"):
            domain.reflect([[0.0, 0.0]], x)


def test_there_is_a_step_for_each_point() -> None:
    with pytest.raises(Invalid, match="one step for each of the 2 points"):
        domains.disc().reflect([[0, 0], [0, 0]], [[1, 1]])
    with pytest.raises(Invalid, match="number of samples"):
        domains.disc().uniform(-1)
    with pytest.raises(Invalid, match="generator"):
        domains.disc().uniform(3, 5)


def test_rooms_keep_their_mass() -> None:
    domain = domains.polygon([(-2, -2), (1, 1), (1, -1), (-2, 2)])
    x = domain.uniform(20_000, rng())
    before = torch.bincount(domain.rooms(x))
    assert len(before) == 2
    for seed in range(5):
        step = np.random.default_rng(seed).standard_normal((len(x), 2))
        moved = domain.reflect(x, step)
        assert torch.equal(domain.rooms(x), domain.rooms(moved))
        x = moved
    assert torch.equal(torch.bincount(domain.rooms(x)), before)
    areas = [shapely.Polygon(ring).area for ring in domain.rings]
    assert before[0] / before.sum() == pytest.approx(areas[0] / sum(areas), abs=0.02)
    assert domain.rooms([[5.0, 5.0]]).tolist() == [-1]
    assert domains.disc().rooms([[0.0, 0.0], [2.0, 0.0]]).tolist() == [0, -1]


def test_a_hole_belongs_to_no_room() -> None:
    domain = domains.polygon(BOX, [circle(8, 0.2, (0.5, 0.5))])
    assert domain.rooms([[0.1, 0.1], [0.5, 0.5]]).tolist() == [0, -1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: domains.square(0), "Width"),
        (lambda: domains.square(np.nan), "Width"),
        (lambda: domains.rectangle(1, "2"), "Height"),
        (lambda: domains.disc(-1), "Radius"),
        (lambda: domains.disc(1, (np.inf, 0)), "centre"),
        (lambda: domains.disc(1, "here"), "centre"),
        (lambda: domains.disc(1e-6, (1e3, 0)), "too small"),
        (lambda: domains.square(1, (1e7, 0)), "too small"),
        (lambda: domains.triangle(center=(0, -1e7)), "too small"),
        (lambda: domains.triangle("obtuse"), "equilateral, right"),
        (lambda: domains.triangle(side=None), "Side"),
    ],
)
def test_measures_that_make_no_domain_are_refused(make: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        make()  # type: ignore[operator]


def test_measures_may_be_numbers_of_numpy() -> None:
    assert domains.square(np.float32(2)) == domains.square(2.0)
    assert domains.disc(torch.tensor(2.0)) == domains.disc(2.0)
