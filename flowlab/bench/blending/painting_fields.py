"""How long a frame of a tangent field takes, in each of its pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from flowlab.bench.blending.frames import median_ms
from flowlab.core.blending.settings import PICTURES, Blending
from flowlab.core.blending.tangent.results import Tangents
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle, FieldFrames
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.headless import ensure_app

WIDTH, HEIGHT = 1280, 800
CELLS, ALPHAS = 64, 33


def measure_tangents(frames: int = 60) -> Iterator[tuple[str, float]]:
    """What is drawn, and the median ms of one of `frames` frames at 1280 x 800, t going on."""
    ensure_app()
    bundle = _bundle()
    for field in ("estimate", "exact"):
        for picture, title in PICTURES.items():
            name = f"{title.lower()}, {field}"
            yield name, _measured(bundle, Blending(field=field, picture=picture), frames)
    yield "map of errors, estimate", _measured(bundle, Blending(show_error=True), frames)


def _measured(bundle: Bundle, blending: Blending, frames: int) -> float:
    document = Document(view=View(name="tangent_field"), blending=blending)
    frame = Frame(bundle=bundle, document=document, camera=Camera(half_height=4))
    return median_ms(frame, WIDTH, HEIGHT, frames)


def _bundle() -> Bundle:
    """A swirl on a disc that grows, exactly and with noise."""
    rng = np.random.default_rng(0)
    axis = np.linspace(-3.5, 3.5, CELLS, dtype=np.float32)
    alphas = np.linspace(0.0, 1.0, ALPHAS, dtype=np.float32)
    y, x = axis[:, None], axis[None]
    density = np.stack([np.maximum(1 - (x * x + y * y) / (2.5 + a) ** 2, 0) for a in alphas])
    turned = np.stack([-y + 0 * x, x + np.sin(2 * y)], axis=-1)
    values = np.where(density[..., None] > 0, turned, np.nan).astype(np.float32)
    noisy = (values + 0.1 * rng.standard_normal(values.shape)).astype(np.float32)
    exact, estimate = (
        FieldFrames(times=alphas, xs=axis, ys=axis, values=v) for v in (values, noisy)
    )
    tangents = Tangents(
        estimate=estimate,
        count=np.where(density > 0, 100, 0).astype(np.float32),
        stderr=np.where(density > 0, 0.1, np.nan).astype(np.float32),
        exact=exact,
        density=density.astype(np.float32),
        errors={name: np.full(ALPHAS, 0.05, np.float32) for name in ("estimate", "noise")},
    )
    ends = rng.uniform(-3, 3, (2, 4000, 2)).astype(np.float32)
    still = np.zeros((2, 0, 2), np.float32)
    times = np.array([0, 1], np.float32)
    return Bundle(times=times, points=still, source=ends[0], target=ends[1], extra=tangents)
