"""Chains between two boxes, by plain rejection, without using the program's own code."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from flowlab.core.blending.results import Blends, Chain
from flowlab.core.blending.settings import Blending
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from tests.helpers.pictures import painted, straight

LEFT, RIGHT, HALF = np.array([-3.0, 0.0]), np.array([3.0, 0.0]), np.array([1.0, 1.5])
BARE = View(name="chain", show_particles=False, show_ends=False, show_paths=False)
ALONE = Blending(show_others=False, show_flow=False)
CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * HALF
OUTLINE = np.concatenate([LEFT + CORNERS, RIGHT + CORNERS], 1).astype(np.float32)


def drawn(centre, n, rng):
    return centre + HALF * rng.uniform(-1, 1, (n, 2))


def deblended(x, a, rng):
    """One pair for each of the points x (n, 2) of p_a."""
    x0, x1 = np.empty_like(x), np.empty_like(x)
    left = np.arange(len(x))
    while len(left):
        near = drawn(LEFT, len(left), rng)
        far = (x[left] - (1 - a) * near) / a
        if a < 0.5:
            far = drawn(RIGHT, len(left), rng)
            near = (x[left] - a * far) / (1 - a)
        fits = (np.abs(near - LEFT) <= HALF).all(1) & (np.abs(far - RIGHT) <= HALF).all(1)
        x0[left[fits]], x1[left[fits]] = near[fits], far[fits]
        left = left[~fits]
    return x0, x1


def chains(starts, alphas, rng):
    """Beads (N + 1, C, 2) and the pairs behind them, (N, C, 2) each."""
    beads, firsts, lasts = [starts], [], []
    for a, b in pairwise(alphas):
        x = beads[-1]
        x0, x1 = (x, drawn(RIGHT, len(x), rng)) if a == 0 else deblended(x, a, rng)
        beads.append((1 - b) * x0 + b * x1)
        firsts.append(x0)
        lasts.append(x1)
    return np.stack(beads), np.stack(firsts), np.stack(lasts)


def floats(values):
    return np.ascontiguousarray(values, np.float32)


def chain_bundle(steps=4, count=40, fan=0, others=0, followed=3, seed=0, **fields):
    """A bundle of `count` chains, one of them followed."""
    rng = np.random.default_rng(seed)
    alphas = np.arange(steps + 1) / steps
    beads, x0, x1 = chains(drawn(LEFT, count, rng), alphas, rng)
    told = {"followed": followed}
    if fan:
        told["fan"] = floats(chains(np.repeat(beads[0, [followed]], fan, 0), alphas, rng)[0])
    if others:
        told["others"] = floats(
            [
                np.stack(_at(beads[k, followed], a, others, rng), 1)
                for k, a in enumerate(alphas[:-1])
            ]
        )
    return Bundle(
        times=floats(alphas),
        points=floats(beads),
        source=floats(drawn(LEFT, 400, rng)),
        target=floats(drawn(RIGHT, 400, rng)),
        extra=Chain(x0=floats(x0), x1=floats(x1), **told),
        **fields,
    )


def _at(bead, a, count, rng):
    x = np.repeat(bead[None], count, 0)
    return (x, drawn(RIGHT, count, rng)) if a == 0 else deblended(x, a, rng)


def blend_bundle(count=300, pairs=8, seed=0, outlines=(OUTLINE,)):
    """Independent pairs, the first few of them also as lines."""
    rng = np.random.default_rng(seed)
    x0, x1 = drawn(LEFT, count, rng), drawn(RIGHT, count, rng)
    ends = {"source": floats(drawn(LEFT, 400, rng)), "target": floats(drawn(RIGHT, 400, rng))}
    lines = floats(np.concatenate([x0, x1], 1)[:pairs])
    return straight(x0, x1, pairs=lines, extra=Blends(outlines=outlines), **ends)


def pixel(xy):
    """Column and row of points (..., 2) on a picture of `painted`'s size, 20 pixels a unit."""
    return np.array([150.0, 120.0]) + 20.0 * np.asarray(xy) * [1, -1]


def near(picture, xy, reach=1):
    """The pixels (k, 3) within `reach` of a point of the plane."""
    column, row = np.floor(pixel(xy)).astype(int)
    rows, columns = slice(row - reach, row + reach + 1), slice(column - reach, column + reach + 1)
    return picture[rows, columns].reshape(-1, picture.shape[-1])


def leaning(frame, without, xy, colour):
    """Cosine between the change that a frame makes near a point and the change towards `colour`."""
    change = near(painted(frame) - painted(without), xy)
    change = change[np.abs(change).sum(-1).argmax()]
    wanted = np.array(colour, float) - frame.theme.canvas
    lengths = np.linalg.norm(change) * np.linalg.norm(wanted)
    return float(change @ wanted / max(lengths, 1e-9))


def closest(picture, xy, colour, reach=1):
    """Summed distance over channels from `colour` to the nearest pixel's colour."""
    return np.abs(near(picture, xy, reach) - np.array(colour, float)).sum(-1).min()
