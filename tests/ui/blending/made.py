"""Bundles of the room's views, made by hand: consistent, small, and with no engine."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.results import Blends, Chain, Convergence
from flowlab.core.blending.tangent.results import Tangents
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle, FieldFrames


def clouds(seed: int = 0, n: int = 400) -> tuple[Floats, Floats]:
    """A round source and a square target."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(n, 2))
    target = rng.uniform(-2, 2, size=(n, 2)) + np.array([3.0, 1.0])
    return source.astype(np.float32), target.astype(np.float32)


def chain_bundle(
    steps: int = 6, chains: int = 20, followed: int = 0, tries: Floats | None = None
) -> Bundle:
    """Chains whose bead k + 1 lies on the segment of pair k, which passes through bead k."""
    rng = np.random.default_rng(1)
    source, target = clouds()
    alphas = np.arange(steps + 1) / steps
    x1 = rng.uniform(-2, 2, size=(steps, chains, 2)) + np.array([3.0, 1.0])
    x0, beads = np.zeros_like(x1), np.zeros((steps + 1, chains, 2))
    beads[0] = x0[0] = rng.normal(size=(chains, 2))
    for k in range(steps):
        a, b = alphas[k], alphas[k + 1]
        x0[k] = (beads[k] - a * x1[k]) / (1 - a)
        beads[k + 1] = (1 - b) * x0[k] + b * x1[k]
    n = 2 ** np.arange(8)
    convergence = Convergence(
        steps=n.astype(np.float32),
        distance=(0.9 / np.sqrt(n)).astype(np.float32),
        error=(0.05 / np.sqrt(n)).astype(np.float32),
        variation=(1.4 / n).astype(np.float32),
        variation_error=(0.14 / n).astype(np.float32),
        order=Estimate(-0.5, 0.02),
        note="200 starts; their exact paths by RK4 in 32 steps. Exact: areas, centroids and edges "
        "of intersections of the two regions.",
    )
    chain = Chain(
        x0=x0.astype(np.float32),
        x1=x1.astype(np.float32),
        followed=followed,
        tries=np.ones(steps, np.float32) if tries is None else tries,
        convergence=convergence,
        note="exact, by intersections of the two regions",
    )
    return Bundle(
        times=alphas.astype(np.float32),
        points=beads.astype(np.float32),
        source=source,
        target=target,
        extra=chain,
    )


def blend_bundle(n: int = 5000) -> Bundle:
    """Independent pairs."""
    x0, x1 = clouds(2, n)
    source, target = clouds(3, 4000)
    return Bundle(
        times=np.array([0, 1], np.float32),
        points=np.stack([x0, x1]),
        source=source,
        target=target,
        extra=Blends(),
        pairs=np.concatenate([x0, x1], 1)[:60],
    )


def tangent_bundle() -> Bundle:
    """A field that turns with alpha, 0 to 90 degrees, of speed 2, on cells of side 1/2."""
    times = np.linspace(0, 1, 5, dtype=np.float32)
    xs = np.arange(-2, 2.1, 0.5, dtype=np.float32)
    ys = np.arange(-1, 1.1, 0.5, dtype=np.float32)
    angle = np.pi / 2 * times
    values = np.zeros((5, len(ys), len(xs), 2), np.float32)
    values[..., 0] = 2 * np.cos(angle)[:, None, None]
    values[..., 1] = 2 * np.sin(angle)[:, None, None]
    values[:, 0, 0] = np.nan
    frames = FieldFrames(times=times, xs=xs, ys=ys, values=values)
    flat = np.ones(values.shape[:3], np.float32)
    tangents = Tangents(
        estimate=frames,
        count=400 * flat,
        stderr=0.25 * flat,
        exact=frames,
        density=flat,
        errors={
            "estimate": np.linspace(0.1, 0.2, 5, dtype=np.float32),
            "noise": np.linspace(0.08, 0.16, 5, dtype=np.float32),
        },
        angles={"estimate": np.linspace(1, 3, 5, dtype=np.float32)},
        note="The polygons' own field.",
    )
    source, target = clouds()
    return Bundle(
        times=np.array([0, 1], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        source=source,
        target=target,
        extra=tangents,
    )
