"""The straight lines from which a network learns its flow, and how many of them cross a wall."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.array_types import AnyArray, Bools, Doubles, Floats
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.domains import Domain
from flowlab.core.estimates import mean_estimate
from flowlab.core.interpolants.pairing import sample_pairs
from flowlab.core.reflected.flow_results import StraightLines

COUNTED, SHOWN = 5000, 20  # lines that are counted and, of those that cross a wall, drawn
_SINGLE = 4e-7  # rounding of points in single precision, of their coordinates


@lru_cache(maxsize=8)
def lines_between(
    source: Shape,
    target: Shape,
    coupling: Coupling,
    domain: Domain,
    seed: int,
    moments: int,
    conditional: bool = False,
) -> tuple[Floats, Doubles, StraightLines] | None:
    """Pairs (n, 4) whose ends both lie between the walls, and which of their lines don't.

    With the share (T,) outside at so many even times. None where the coupling has no such pairs.
    """
    pairs = sample_pairs(source, target, coupling, COUNTED, seed, conditional)
    inside = ~(outside_of(domain, pairs[:, :2]) | outside_of(domain, pairs[:, 2:]))
    pairs = pairs[inside]
    if not len(pairs):
        return None
    x0, x1 = pairs[:, :2].astype(np.float64), pairs[:, 2:].astype(np.float64)
    cross, times = crosses(domain, x0, x1), np.linspace(0.0, 1.0, moments)
    outside = np.stack([outside_of(domain, (1 - t) * x0 + t * x1) for t in times])
    found = StraightLines(
        crossing=mean_estimate(cross.astype(np.float32)),
        beyond=mean_estimate(np.trapezoid(outside.astype(np.float64), times, axis=0)),
        shown=pairs[cross][:SHOWN],
    )
    return pairs, outside.mean(axis=1), found


def lines_of(
    document: Document, domain: Domain, moments: int
) -> tuple[Floats, Doubles, StraightLines] | None:
    """The lines of the document's pairs, see `lines_between`."""
    ends, conditional = (document.source, document.target), document.network.conditional
    return lines_between(
        *ends, document.coupling, domain, document.seed, moments, conditional=conditional
    )


def outside_of(domain: Domain, x: AnyArray) -> Bools:
    """True (n,) for points (n, 2) beyond the walls, and for those that are lost."""
    (x0, y0, x1, y1), slack = domain.bounds, slack_of(domain)
    out: Bools = ~(
        (x[:, 0] >= x0 - slack) & (x[:, 0] <= x1 + slack)
        & (x[:, 1] >= y0 - slack) & (x[:, 1] <= y1 + slack)
    )  # fmt: skip
    near = np.flatnonzero(~out)
    out[near] = domain.depth_beyond(np.asarray(x[near], np.float64)) > slack
    return out


def crosses(domain: Domain, begin: Doubles, end: Doubles) -> Bools:
    """True (n,) where the straight line from a point inside to another point leaves the walls."""
    found = outside_of(domain, end)
    rest = np.flatnonzero(~found)
    paths = domain.follow(begin[rest], end[rest] - begin[rest])
    off = np.hypot(*(paths.points - end[rest]).T)  # a line that only touches a wall isn't turned
    found[rest] = (paths.bounces > 0) & (off > 4 * slack_of(domain))
    return found


def leaving(domain: Domain, begin: Doubles, end: Doubles) -> Bools:
    """True (n,) where a step begins between the walls and leaves them."""
    found = ~outside_of(domain, begin)
    found[found] = crosses(domain, begin[found], end[found])
    return found


def slack_of(domain: Domain) -> float:
    """How far a point in single precision may lie beyond a wall on which it is."""
    return domain.slack + _SINGLE * max(map(abs, domain.bounds))
