"""Closed-form flows and ways to look at a painted picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.blending.settings import Blending
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.canvas import paint

DOTS = View(show_trails=False, show_paths=False, show_ends=False)
NOTHING = View(show_particles=False, show_trails=False, show_paths=False, show_ends=False)
OFF = {f"show_{n}": False for n in ("particles", "trails", "paths", "ends")}


def straight(x0, x1, **fields):
    """A bundle of particles that go straight from x0 (N, 2) to x1 (N, 2)."""
    x0, x1 = np.asarray(x0, np.float32), np.asarray(x1, np.float32)
    return Bundle(times=np.array([0, 1], np.float32), points=np.stack([x0, x1]), **fields)


def gaussian_bundle(n=400, seed=0):
    rng = np.random.default_rng(seed)
    x0 = rng.standard_normal((n, 2))
    x1 = 0.5 * rng.standard_normal((n, 2)) + [3, 0]
    ends = {"source": x0.astype(np.float32), "target": x1.astype(np.float32)}
    return straight(x0, x1, **ends)


def frame_of(bundle, t=0.5, half_height=6.0, view=None, blending=None, **fields):
    fields = {"legend": False, **fields}
    camera = Camera(half_height=half_height)
    document = Document(view=view or View(), blending=blending or Blending())
    return Frame(bundle=bundle, t=t, document=document, camera=camera, **fields)


def seen(frame, view=None, blending=None, **fields):
    """A frame with another view, other settings of the room, and other fields."""
    document = frame.document
    document = replace(document, view=view or document.view, blending=blending or document.blending)
    return replace(frame, document=document, **fields)


def painted(frame, width=300, height=240, dpr=1.0, scratch=None):
    """Pixels (height dpr, width dpr, 3) float, red first."""
    image = QImage(round(width * dpr), round(height * dpr), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(dpr)
    painter = QPainter(image)
    try:
        paint(painter, width, height, frame, dpr=dpr, scratch=scratch)
    finally:
        painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return rows[..., 2::-1].astype(float)


def ink(frame, without, **options):
    """How much each pixel differs between two frames, summed over channels (H, W)."""
    return np.abs(painted(frame, **options) - painted(without, **options)).sum(-1)


def centroid(amount):
    """Centre (x, y) of mass in pixels, a pixel's own centre being at +0.5."""
    y, x = np.indices(amount.shape) + 0.5
    return np.array([(amount * x).sum(), (amount * y).sum()]) / amount.sum()


def stage_of(frame, width=300, height=240):
    return Stage(frame, width, height, 1.0, False, Scratch())
