"""Domains that several tests look at."""

from __future__ import annotations

import math

import numpy as np
import shapely

from flowlab.core import domains
from flowlab.core.domains.domain import Domain
from tests.helpers.randomness import rng


def circle(count: int, radius: float = 1.0, center: tuple[float, float] = (0, 0)) -> np.ndarray:
    angle = 2 * math.pi * np.arange(count) / count
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius + center


def star(count: int = 30, inner: float = 0.55) -> np.ndarray:
    return circle(count) * np.where(np.arange(count) % 2, 1.0, inner)[:, None]


def comb(teeth: int = 12) -> np.ndarray:
    """A box with as many thin walls that come down from its lid."""
    down = [(k + 0.9, k + 0.5, k + 0.45) for k in reversed(range(teeth))]
    tips = [p for a, b, c in down for p in ((a, 4.0), (b, 0.3), (c, 4.0))]
    return np.array([(0.0, 0.0), (teeth, 0.0), *tips])


BOX = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
PETALS = circle(301) * (1 + 0.2 * np.sin(5 * np.linspace(0, 2 * math.pi, 301)))[:, None]
DOMAINS: dict[str, Domain] = {
    "square": domains.square(2.0, (0.3, -0.2)),
    "rectangle": domains.rectangle(3.0, 0.5),
    "disc": domains.disc(1.5, (1.0, 2.0)),
    "equilateral": domains.triangle(),
    "right": domains.triangle("right", 2.0, (1.0, 1.0)),
    "star": domains.polygon(star()),
    "petals": domains.polygon(PETALS),
    "comb": domains.polygon(comb()),
    "wedge": domains.polygon([(0, 0), (1, 0), (1, 0.05)]),
    "ring": domains.polygon(circle(60, 2.0), [circle(40)[::-1]]),
    "holes": domains.polygon(BOX, [circle(3, 0.1, (0.2, 0.2)), BOX[::-1] * 0.3 + 0.5]),
    "rooms": domains.polygon([(-1, -1), (1, 1), (1, -1), (-1, 1)]),
    "far": domains.polygon(star() + 1e4),
}
STRAIGHT = {name: domain for name, domain in DOMAINS.items() if name != "disc"}


def region(domain: Domain) -> shapely.Geometry:
    """The same by shapely: its rings' areas, holes subtracted."""
    whole = shapely.Polygon()
    for ring in domain.rings:
        whole = whole.symmetric_difference(shapely.Polygon(ring))
    return whole


def draw(domain: Domain, n: int, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Uniform points and Gaussian steps of that deviation, in sizes of the domain."""
    x = domain.uniform(n, rng(seed)).numpy()
    step = np.random.default_rng(seed).standard_normal((n, 2)) * spread * domain.size
    return x, step
