"""Export of pictures and films of a flow, at any size, without a window."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.limits import Invalid
from flowlab.core.views.registry import VIEWS
from flowlab.files import temporaries
from flowlab.files.atomic import reason, target_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.headless import ensure_app
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import FONT_SMALL, THEMES
from flowlab.scene.canvas import paint
from flowlab.scene.export.encoders import write_apng, write_frames, write_gif, write_mp4, write_webp
from flowlab.scene.export.stills import write_pdf, write_png, write_svg

FORMATS = {
    "mp4": "MP4 film (H.264)",
    "gif": "Animated GIF",
    "webp": "Animated WebP",
    "apng": "Animated PNG",
    "frames": "Folder of numbered PNGs",
    "png": "PNG still",
    "svg": "SVG still",
    "pdf": "PDF still",
}
STILLS = ("png", "svg", "pdf")
FASTEST = {"gif": 50.0}  # frames per second; browsers slow faster GIFs down
LARGEST, SMALLEST, MOST_FRAMES = 8192, 16, 10_000
DESIGN = 720  # shorter side, in logical pixels, at which text and dots have their designed size

WRITERS = {"mp4": write_mp4, "webp": write_webp, "apng": write_apng, "frames": write_frames}
PALETTE_TIMES = (0.0, 0.3, 0.6, 1.0)  # t of the pictures from which a GIF's palette is chosen
LEAST_WORDS = 10.0  # file pixels that the letters of a legend measure at least
FrameAt = Callable[[float], Frame]


class Cancelled(Exception):
    """The export was cancelled and left no file behind."""


@dataclass(frozen=True)
class ExportSpec:
    """What to write: the suffix of `path` is the format unless given; a folder gets PNG frames."""

    path: Path
    width: int = 1280
    height: int = 720
    fps: float = 30.0
    seconds: float = 4.0
    ping_pong: bool = False
    theme: str = "dark"
    t: float = 1.0  # of a single picture
    hold: float = 0.0  # seconds of pause at each end
    format: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        object.__setattr__(self, "format", self.format or self.path.suffix[1:].lower() or "frames")
        _check(self)

    @property
    def still(self) -> bool:
        """True for a single picture."""
        return self.format in STILLS

    @property
    def real_fps(self) -> float:
        """Frames per second in the file; some formats can't be as fast as `fps` asks."""
        return min(self.fps, FASTEST.get(self.format, self.fps))

    @property
    def size(self) -> tuple[int, int]:
        """Size in pixels; for films, odd sides are reduced by one."""
        if self.format != "mp4":
            return self.width, self.height
        return self.width // 2 * 2, self.height // 2 * 2

    @property
    def size_note(self) -> str:
        """What the size became and why, if it isn't the one asked for; otherwise nothing."""
        if self.size == (self.width, self.height):
            return ""
        return f"{self.size[0]} × {self.size[1]} pixels: the sides of an MP4 are even"


def moments_of(frame_at: FrameAt, spec: ExportSpec) -> list[float]:
    """The t of each picture, which fall where the view's process runs from t = 1 to t = 0."""
    moments = times(spec)
    if spec.still or not VIEWS[frame_at(spec.t).view.name].backwards:
        return moments
    return [1 - t for t in moments]


def times(spec: ExportSpec) -> list[float]:
    """The t of each picture: pause at 0, run to 1 in `seconds`, pause, and back for ping-pong."""
    if spec.still:
        return [spec.t]
    rest, run = round(spec.hold * spec.real_fps), max(2, round(spec.seconds * spec.real_fps))
    forwards = [k / (run - 1) for k in range(run)]
    back = forwards[-2:0:-1] if spec.ping_pong else []
    return [0.0] * rest + forwards + [1.0] * rest + back


def export(
    frame_at: FrameAt,
    spec: ExportSpec,
    progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Write the pictures `frame_at(t)` and return the path; raises Invalid or Cancelled.

    The export is written to a temporary file and renamed at the end. A failure, a full disk or a
    cancellation leaves nothing behind and doesn't change an older file.
    """
    ensure_app()
    _check_place(spec)
    try:
        target = spec.path if spec.format == "frames" else target_of(spec.path)
        with temporaries.beside(target) as temporary:
            steps = _steps(frame_at, spec, progress, cancelled)
            _write(steps, frame_at, spec, temporary, len(times(spec)))
            os.replace(temporary, target)
    except OSError as error:
        words = reason(error) if error.errno else str(error)  # ffmpeg's own have no number
        raise Invalid(f"Could not write {spec.path}: {words}.") from error
    return spec.path


def estimate_bytes(frame_at: FrameAt, spec: ExportSpec) -> int:
    """Estimate the file's size by encoding a few frames: the first one, then a run."""
    ensure_app()
    moments = moments_of(frame_at, spec)
    if len(moments) <= 8:
        return _size_of(frame_at, spec, moments)
    middle = len(moments) // 2
    first, run = [moments[middle]], moments[middle : middle + 6]
    alone = _size_of(frame_at, spec, first)
    each = (_size_of(frame_at, spec, run) - alone) / (len(run) - 1)
    moving = sum(a != b for a, b in pairwise(moments))
    return round(alone + max(each, 0.0) * moving)


def render(frame: Frame, spec: ExportSpec, scratch: Scratch | None = None) -> QImage:
    """Render one picture of the export, opaque, at full size."""
    width, height = spec.size
    scale, times = scale_of(spec), _oversampling(spec)
    image = QImage(times * width, times * height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(times * scale)
    painter = QPainter(image)
    try:
        dressed, dpr = dress(frame, spec), times * scale
        paint(painter, width / scale, height / scale, dressed, scratch=scratch, dpr=dpr)
    finally:
        painter.end()
    return image if times == 1 else _reduced(image, width, height)


def _oversampling(spec: ExportSpec) -> int:
    """How many times as wide a small picture is painted before it is reduced.

    Dots and lines can't be drawn thinner than a pixel, so painted at its own size a small picture
    would be brighter than a large one.
    """
    return math.ceil(1 / scale_of(spec) - 1e-9)


def _reduced(image: QImage, width: int, height: int) -> QImage:
    """The image with every block of pixels replaced by its mean."""
    smooth = Qt.TransformationMode.SmoothTransformation
    image.setDevicePixelRatio(1.0)
    small = image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    return small.convertToFormat(QImage.Format.Format_RGB32)


def dress(frame: Frame, spec: ExportSpec) -> Frame:
    """Return the frame in the export's theme and quality."""
    words = max(1.0, LEAST_WORDS / (FONT_SMALL * scale_of(spec)))
    return replace(frame, theme=THEMES[spec.theme], quality="export", hovered=None, words=words)


def scale_of(spec: ExportSpec) -> float:
    """File pixels for each logical pixel: the same picture at any size."""
    return min(spec.size) / DESIGN


def _steps(
    frame_at: FrameAt,
    spec: ExportSpec,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Iterator[Frame]:
    moments = moments_of(frame_at, spec)
    for k, t in enumerate(moments):
        if cancelled():
            raise Cancelled
        progress(k / len(moments))
        yield frame_at(t)
    if cancelled():
        raise Cancelled
    progress(1.0)


def _write(
    frames: Iterator[Frame], frame_at: FrameAt, spec: ExportSpec, path: Path, count: int
) -> None:
    if spec.still:
        frame = dress(next(frames), spec)
        size, scale = spec.size, scale_of(spec)
        if spec.format == "png":
            write_png(path, render(frame, spec))
        else:
            {"svg": write_svg, "pdf": write_pdf}[spec.format](path, frame, size, scale)
        next(frames, None)
        return
    scratch = Scratch()
    images = (render(frame, spec, scratch) for frame in frames)
    if spec.format == "gif":
        typical = [render(frame_at(t), spec) for t in PALETTE_TIMES]
        write_gif(path, images, spec.size, spec.real_fps, count, typical)
    else:
        WRITERS[spec.format](path, images, spec.size, spec.real_fps, count)


def _size_of(frame_at: FrameAt, spec: ExportSpec, moments: list[float]) -> int:
    with temporaries.beside(Path(tempfile.gettempdir()) / "flowlab-estimate") as folder:
        folder.mkdir(mode=0o700)
        path = folder / "sample"
        _write((frame_at(t) for t in moments), frame_at, spec, path, len(moments))
        files = path.iterdir() if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files)


def _check(spec: ExportSpec) -> None:
    if spec.format not in FORMATS:
        raise Invalid(f"Cannot write {spec.path.name!r}: choose one of {', '.join(FORMATS)}.")
    if spec.theme not in THEMES:
        raise Invalid(f"There is no theme {spec.theme!r}; choose one of {', '.join(THEMES)}.")
    if not all(SMALLEST <= side <= LARGEST for side in (spec.width, spec.height)):
        size = f"{spec.width} × {spec.height}"
        raise Invalid(f"The size must be from {SMALLEST} to {LARGEST} pixels a side, not {size}.")
    if not spec.still and not (0.1 <= spec.fps <= 240 and 0 < spec.seconds < 1e6):
        raise Invalid("A film needs 0.1 to 240 frames a second and a length of more than 0 s.")
    if not 0 <= spec.hold < 1e6:
        raise Invalid("The rest at each end must be 0 seconds or more.")
    if not 0.0 <= spec.t <= 1.0:
        raise Invalid(f"The time of a still must be from 0 to 1, not {spec.t:g}.")
    count = (spec.seconds * (2 if spec.ping_pong else 1) + 2 * spec.hold) * spec.real_fps
    if not spec.still and count > MOST_FRAMES:
        raise Invalid(f"That is {count:,.0f} frames, more than {MOST_FRAMES:,}: make it shorter.")


def _check_place(spec: ExportSpec) -> None:
    folder = spec.path.parent
    if not folder.is_dir():
        raise Invalid(f"Cannot write {spec.path}: there is no folder {folder}.")
    if spec.format == "frames":
        if spec.path.exists() and not (spec.path.is_dir() and not any(spec.path.iterdir())):
            raise Invalid(f"Cannot write frames to {spec.path}: it exists and is not empty.")
    elif spec.path.is_dir():
        raise Invalid(f"Cannot write {spec.path}: it is a folder.")
