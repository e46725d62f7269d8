"""How long a frame of the views of chains, of blending and of the mapping takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from flowlab.bench.blending.frames import median_ms
from flowlab.bench.painting import HEIGHT, WIDTH
from flowlab.core.array_types import Floats
from flowlab.core.blending.results import Blends, Chain
from flowlab.core.blending.settings import MOST_STEPS, Blending
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.headless import ensure_app

CHAINS, FAN, OTHERS, PAIRS = 1000, 24, 64, 400
CORNERS = 3.0 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])


def measure_blending(frames: int = 60) -> Iterator[tuple[str, float]]:
    """Each picture's name and the median ms of a frame at 850 x 720, over `frames` rising t."""
    ensure_app()
    for steps in (6, 50, MOST_STEPS):
        yield f"{CHAINS:,} chains of {steps} steps", _measured("chain", _chain(steps), frames)
    yield f"blending, {PAIRS} pairs", _measured("blending", _pairs(5000), frames)
    yield f"a mapping of {PAIRS} lines", _measured("mapping", _pairs(5000), frames)


def _measured(view: str, bundle: Bundle, frames: int) -> float:
    document = Document(view=View(name=view, layout="side"), blending=Blending(pairs=PAIRS))
    frame = Frame(bundle=bundle, document=document, camera=Camera(half_height=7))
    return median_ms(frame, WIDTH, HEIGHT, frames)


def _chain(steps: int) -> Bundle:
    """Chains that step along arbitrary pairs."""
    rng = np.random.default_rng(0)
    alphas = np.linspace(0, 1, steps + 1)
    start = rng.uniform(-3, 3, (CHAINS, 2))
    points, ways = _walked(start, alphas, rng)
    fan, _ = _walked(np.repeat(start[:1], FAN, 0), alphas, rng)
    a, x = alphas[:-1, None, None], points[:-1]
    others = rng.normal(0, 2, (steps, OTHERS, 2))
    bead = x[:, :1]
    return Bundle(
        times=_floats(alphas),
        points=_floats(points),
        source=_floats(start),
        target=_floats(points[-1]),
        exact=Bundle(times=_floats([0, 1]), points=_floats(points[[0, -1]])),
        extra=Chain(
            x0=_floats(x - a * ways),
            x1=_floats(x + (1 - a) * ways),
            others=_floats(np.stack([bead - a * others, bead + (1 - a) * others], 2)),
            fan=_floats(fan),
            outlines=(_floats(np.concatenate([CORNERS, CORNERS], 1)),),
        ),
    )


def _walked(start: Floats, alphas: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Beads (N + 1, C, 2), and x1 - x0 (N, C, 2) of the pairs between them."""
    ways = rng.normal(0, 2, (len(alphas) - 1, *start.shape))
    steps = np.diff(alphas)[:, None, None] * ways
    return np.concatenate([start[None], start + np.cumsum(steps, 0)]), ways


def _pairs(count: int) -> Bundle:
    rng = np.random.default_rng(0)
    x0, x1 = rng.uniform(-3, 3, (2, count, 2))
    return Bundle(
        times=_floats([0, 1]),
        points=_floats([x0, x1]),
        source=_floats(x0),
        target=_floats(x1),
        pairs=_floats(np.concatenate([x0, x1], 1)[:PAIRS]),
        extra=Blends(outlines=(_floats(np.concatenate([CORNERS, CORNERS], 1)),)),
        step=1,
    )


def _floats(values: Any) -> Floats:
    return np.ascontiguousarray(values, np.float32)
