"""Group `exports`: how near the pictures of an exported film are to those that were painted."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image, ImageSequence

from flowlab.bench.effort import Effort
from flowlab.bench.painting import eight_gaussians_flow
from flowlab.bench.report import Row, Rows
from flowlab.core.array_types import Bytes
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import THEMES
from flowlab.scene.export.export import ExportSpec, FrameAt, export, render, times
from flowlab.scene.export.pictures import rgb_of

_PARTICLES, _SIZE, _FPS = 5_000, (640, 360), 25.0
_WHITE = 255.0


def rows(effort: Effort) -> Rows:
    """PSNR of a GIF's pictures against the painted ones, all three colours together, and its size.

    A film of 3 s, 640 x 360; a quick run has one of 0.4 s.
    """
    frame_at = _film()
    for theme in THEMES:
        with tempfile.TemporaryDirectory() as folder:
            path, seconds = Path(folder, "flow.gif"), 0.4 if effort.quick else 3.0
            width, height = _SIZE
            spec = ExportSpec(path, width, height, fps=_FPS, seconds=seconds, theme=theme)
            export(frame_at, spec)
            pictures = zip(shown(path), painted(frame_at, spec), strict=True)
            values = [psnr(seen, wanted) for seen, wanted in pictures]
            size = path.stat().st_size
        yield Row(f"GIF, {theme}: PSNR, median of pictures", median(values), "dB")
        yield Row(f"GIF, {theme}: PSNR, worst picture", min(values), "dB")
        yield Row(f"GIF, {theme}: size of a picture", size / len(values) / 1e3, "kB")


def _film() -> FrameAt:
    """A Gaussian on its way to eight, with trails."""
    flow, camera = eight_gaussians_flow(_PARTICLES), Camera(half_height=7)
    document = Document(view=View(show_trails=True))
    return lambda t: Frame(bundle=flow, document=document, camera=camera, t=t)


def shown(path: Path) -> Iterator[Bytes]:
    """The pictures of a film (height, width, 3), as a reader of its file has them."""
    with Image.open(path) as film:
        for picture in ImageSequence.Iterator(film):
            yield np.asarray(picture.convert("RGB"))


def painted(frame_at: FrameAt, spec: ExportSpec) -> Iterator[Bytes]:
    """The same pictures, as they were painted."""
    scratch = Scratch()
    for t in times(spec):
        yield rgb_of(render(frame_at(t), spec, scratch))


def psnr(seen: Bytes, wanted: Bytes) -> float:
    """Peak signal-to-noise ratio in dB; infinite for equal pictures."""
    error = float(np.square(seen.astype(float) - wanted).mean())
    return math.inf if error == 0 else 10 * math.log10(_WHITE**2 / error)
