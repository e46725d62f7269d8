"""The legend, which explains the colours, at the bottom left; the caption at the bottom right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from flowlab.core.document.classes import class_name, classes_of, nearest_class
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.estimates import plain
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.rows import TIME, resolve
from flowlab.scene.base.colours import FULL as DEEP
from flowlab.scene.base.colours import class_colour, heat_table, moving
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.end_colours import ink_of, role_colour
from flowlab.scene.base.layout import drift
from flowlab.scene.base.stage import Scratch, Stage, rgba
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.base.tone import toned
from flowlab.scene.furniture.caption import placed
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.layers.density import SHARES, heights
from flowlab.scene.layers.error_map import FULL, error_image, flow_error_of
from flowlab.scene.layers.paths import emphasised, highlighted
from flowlab.scene.layers.vectors import field_colour
from flowlab.scene.particles.particle_colours import (
    VALUES,
    classes,
    labelled_end,
    meaning,
    speed_palette,
    start_code,
    start_palette,
    top_speed,
    value_palette,
    values_of,
)
from flowlab.scene.particles.particles import raw_of

EDGE = 13.0  # distance of legend and caption from the edge of the picture
DOT = 4.0
GAP = 18.0  # distance between two entries
BAR = BAR_WIDTH, BAR_HEIGHT = 96.0, 8.0
WHEEL = 11.0  # radius of the wheel of start positions
SHOWN_CLASSES = 8
LONGEST_WORD = 24  # characters of a class
SAME = 1e-6  # difference of two times that are one


LINE = 20.0  # px from one row to the next
PAD, GROUND = 5.0, 0.75  # px that the ground of words is wider than they, and its opacity


@dataclass(frozen=True)
class Entry:
    """One row of the legend as data: words, and the colour or the colour bar that they explain."""

    text: str
    colour: Colour | None = None
    mark: str = "dot"  # or "cross"; without a colour, nothing
    before: str = ""  # the words before a picture
    image: QImage | None = None
    size: tuple[float, float] = (0.0, 0.0)  # of the picture
    gap: float = 18.0  # distance to the next entry


class Legend:
    """Entries one after another, on as many lines as they need, the last one at the bottom."""

    def __init__(self, painter: QPainter, stage: Stage) -> None:
        self.painter, self.stage = painter, stage
        self.metrics = QFontMetricsF(small_font())
        self.to(stage.height - EDGE)

    def to(self, base: float) -> None:
        """Begin a row with this base line."""
        self.base, self.x = base, EDGE
        self.middle = base - self.metrics.xHeight() / 2

    def rows(self, entries: Iterable[Entry]) -> list[list[Entry]]:
        """The entries divided into lines."""
        rows: list[list[Entry]] = [[]]
        x = EDGE
        for entry in map(self._fitted, entries):
            if rows[-1] and x + self._width(entry) > self.stage.width - EDGE:
                rows.append([])
                x = EDGE
            rows[-1].append(entry)
            x += self._width(entry) + entry.gap
        return rows

    def _fitted(self, entry: Entry) -> Entry:
        """The entry without what is said last, where a line has no room for all of it."""
        room = self.stage.width - 2 * EDGE
        while self._width(entry) > room and ", " in entry.text:
            entry = replace(entry, text=entry.text.rpartition(", ")[0])
        over = self._width(entry) - room
        if over <= 0:
            return entry
        left = max(0.0, self.metrics.horizontalAdvance(entry.text) - over)
        return replace(
            entry, text=self.metrics.elidedText(entry.text, Qt.TextElideMode.ElideRight, left)
        )

    def draw(self, entries: Iterable[Entry]) -> list[list[Entry]]:
        """Draw all entries, and return their rows; `x` is then where the lowest line ends."""
        rows = self.rows(entries)
        for k, row in enumerate(rows):
            self.to(self.stage.height - EDGE - LINE * (len(rows) - 1 - k))
            self.ground(sum(self._width(e) + e.gap for e in row) - row[-1].gap if row else 0.0)
            for entry in row:
                self._draw(entry)
        return rows

    def ground(self, width: float) -> None:
        """Dim what lies behind the next words, so that they are read on paths and grid lines."""
        if width > 0:
            row = QRectF(self.x - PAD, self.middle - LINE / 2, width + 2 * PAD, LINE)
            self.painter.fillRect(row, rgba(self.stage.theme.canvas, GROUND))

    def _draw(self, entry: Entry) -> None:
        if entry.image is not None:
            if entry.before:
                self.text(entry.before, 6.0)
            self.image(entry.image, *entry.size, 6.0)
        if entry.colour is not None:
            draw = self.cross if entry.mark == "cross" else self.dot
            draw(entry.colour, entry.text, entry.gap)
        else:
            self.text(entry.text, entry.gap)

    def taken(self, entry: Entry) -> float:
        """The width of an entry with the space behind it."""
        return taken_by(entry)

    def _width(self, entry: Entry) -> float:
        return taken_by(entry) - entry.gap

    def text(self, text: str, gap: float = GAP) -> None:
        """Add text in the secondary colour."""
        self.painter.setPen(rgba(self.stage.theme.dim))
        self.painter.drawText(QPointF(self.x, self.base), text)
        self.x += self.metrics.horizontalAdvance(text) + gap

    def dot(self, colour: Colour, text: str, gap: float = GAP) -> None:
        """Add a dot and its meaning."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(rgba(colour))
        self.painter.drawEllipse(QPointF(self.x + DOT, self.middle), DOT, DOT)
        self.x += 2 * DOT + 6
        self.text(text, gap)

    def cross(self, colour: Colour, text: str, gap: float = GAP) -> None:
        """Add a cross and its meaning."""
        self.painter.setPen(self.stage.pen(colour, 1.0, 1.6))
        x, y = self.x + DOT, self.middle
        self.painter.drawLine(QPointF(x - DOT, y), QPointF(x + DOT, y))
        self.painter.drawLine(QPointF(x, y - DOT), QPointF(x, y + DOT))
        self.x += 2 * DOT + 6
        self.text(text, gap)

    def image(self, image: QImage, width: float, height: float, gap: float) -> None:
        """Add a picture, centred on the line."""
        box = QRectF(self.x, self.middle - height / 2, width, height)
        self.painter.drawImage(box, image)
        self.x += width + gap


def taken_by(entry: Entry) -> float:
    """The width of an entry with the space behind it."""
    metrics = QFontMetricsF(small_font())
    wide = metrics.horizontalAdvance(entry.text) + entry.gap
    if entry.colour is not None:
        wide += 2 * DOT + 6
    if entry.image is not None:
        wide += entry.size[0] + 6.0
    if entry.before:
        wide += metrics.horizontalAdvance(entry.before) + 6.0
    return wide


def paint_legend(painter: QPainter, stage: Stage) -> None:
    """Layer: legend at the bottom left, caption at the bottom right, or above it if narrow."""
    painter.setFont(small_font())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    legend = Legend(painter, stage)
    write_caption(legend, legend.draw(entries(stage) if stage.frame.legend else ()))


def write_caption(legend: Legend, rows: list[list[Entry]]) -> None:
    """Write the caption at the bottom right, beside the lowest row of the legend or above all."""
    stage = legend.stage
    caption, above = _caption(legend, rows)
    for k, text in enumerate(reversed(caption)):
        wide = legend.metrics.horizontalAdvance(text)
        legend.to(stage.height - EDGE - LINE * (above + k))
        legend.x = stage.width - EDGE - wide
        legend.ground(wide)
        legend.text(text)


def _caption(legend: Legend, rows: list[list[Entry]]) -> tuple[tuple[str, ...], int]:
    """The lines of the caption, and above how many rows of the legend they stand."""
    room, taken = legend.stage.width - 2 * EDGE, sum(map(legend.taken, rows[-1]))
    lines, beside = placed(legend.stage.frame.caption, room, taken)
    return lines, 0 if beside or not rows[-1] else len(rows)


def height_of(painter: QPainter, stage: Stage) -> float:
    """Pixels that the legend's rows need above the lowest one, for keys that lie above it."""
    legend = Legend(painter, stage)
    rows = legend.rows(entries(stage) if stage.frame.legend else ())
    caption, above = _caption(legend, rows)
    return LINE * (max(len(rows), above + len(caption)) - 1)


def entries(stage: Stage) -> list[Entry]:
    """What the legend says: an entry for each colour in the picture, and none for any other."""
    bundle = stage.frame.bundle
    if bundle is None:
        return []
    if VIEWS[stage.view.name].own_ends and not bundle.count and bundle.extra is None:
        return [Entry("p₁ target", role_colour(stage.theme, "target"))]  # refused: nothing moves
    made = [*_ends(stage, bundle), *_moving(stage, bundle)]
    made += _density(stage)
    if own := drawing_of(stage.view.name).entries:
        made += resolve(own)(stage)
    if raw_of(stage) is not None:
        made.append(Entry("raw weights", stage.theme.raw, "cross"))
    if stage.view.field != "none" and bundle.field:
        moved = " in this layout" if drift(stage.view, bundle) else ""
        name = f"velocity{moved}" if flow_error_of(stage) is None else "v − v*"
        made.append(Entry(name + _class_shown(stage, bundle), field_colour(stage)))
    return [*made, *_truth(stage)]


def _ends(stage: Stage, bundle: Bundle) -> Iterator[Entry]:
    """Source and target, where their colours occur: as clouds, or as the ends of lines."""
    view, frame = stage.view, stage.frame
    lines = VIEWS[view.name].key or frame.lens is not None
    lines = lines or (view.show_pairs and len(bundle.pairs) > 0)
    lines = lines or bool(highlighted(frame) or emphasised(frame) or frame.probe is not None)
    if VIEWS[view.name].own_ends:
        return
    roles = ("source", "p₀ source", "x₀"), ("target", "p₁ target", "x₁")
    for (role, name, point), shape in zip(roles, frame.shown_ends, strict=True):
        inks = ink_of(shape) if view.show_ends else ()
        yield from _ink(stage, name, shape, inks)
        if lines or (view.show_ends and not inks):
            yield Entry(point if inks else name, role_colour(stage.theme, role))


def _ink(stage: Stage, name: str, shape: Shape, classes: tuple[int, ...]) -> Iterator[Entry]:
    """The colours of an end that has those of its classes."""
    for k, label in enumerate(classes):
        called = _called(label, shape)
        text = f"{name}, class {called}" if k == 0 else called
        gap = GAP if label == classes[-1] else 10.0
        yield Entry(text, class_colour(stage.theme, label), gap=gap)


def _class_shown(stage: Stage, bundle: Bundle) -> str:
    """The class whose velocity a conditional flow follows, in words."""
    if not bundle.classes:
        return ""
    label = nearest_class(bundle.classes, stage.view.condition)
    return f" of class {_called(label, stage.frame.document.target)}"


def _called(label: int, shape: Shape) -> str:
    """What a class of this shape is called, shortened where its word is long."""
    name = class_name(label, shape)
    return name if len(name) <= LONGEST_WORD else f"{name[: LONGEST_WORD - 1]}…"


def _moving(stage: Stage, bundle: Bundle) -> Iterator[Entry]:
    """The cloud at t, and the meaning of its colours."""
    time, view = VIEWS[stage.view.name].time, stage.view
    if VIEWS[view.name].timeless:
        return
    t, kind = f"{time} = {stage.frame.t:.2f}", meaning(stage)
    cloud = VIEWS[view.name].cloud or ("p" if time != TIME else "pₜ")
    name = f"{cloud} at {t}"
    has_cloud = view.show_particles or view.show_trails
    if not has_cloud:
        drawn = view.show_grid or VIEWS[view.name].key
        yield Entry(name, moving(stage.theme, stage.frame.t)) if drawn else Entry(t)
    elif kind == "time":
        yield Entry(name, stage.frame.cloud or moving(stage.theme, stage.frame.t))
        if view.colour == "class":
            yield Entry(_why_by_time(stage, bundle))
    elif (values := values_of(stage)) is not None:
        yield Entry(name)
        yield Entry(values.name)
        error = "error below 0.001" if values.error < 1e-3 else f"± {plain(values.error, 1)}"
        most = f"+{values.scale:g}, {error}"
        bar = value_bar(stage.theme.dark)
        yield Entry(most, before=f"−{values.scale:g}", image=bar, size=BAR)
    elif kind == "class":
        yield Entry(f"{name}, {_whose_class(bundle)}:", gap=10.0)
        for text, colour in _class_entries(stage, bundle):
            yield Entry(text, colour, gap=10.0)
    elif kind == "start":
        wheel = start_wheel(stage.theme.dark)
        size = 2 * WHEEL, 2 * WHEEL
        yield Entry("where it started", before=f"{name}, colour:", image=wheel, size=size)
    else:
        top = f"{top_speed(bundle):g} plane units per unit of t"
        bar = speed_bar(stage.theme.dark)
        yield Entry(top, before=f"{name}, colour: |dx/dt| 0", image=bar, size=BAR)


def _whose_class(bundle: Bundle) -> str:
    """What classes the colours are: the particles' own, or those of where they end."""
    if bundle.labels is not None:
        return "colour"
    end = "target" if bundle.start == 0.0 else "source"
    if bundle.method == "blend":
        return f"colour of its {end} point"
    return f"colour of the nearest {end} point where it ends"


def _density(stage: Stage) -> Iterator[Entry]:
    """The colours of the density layer, and what it was computed from."""
    view = stage.view
    if not (view.show_density or view.show_contours):
        return
    field = heights(stage)
    known = f"estimated from {field.samples:,} samples" if field.samples else "exact"
    if abs(field.t - stage.frame.t) > SAME:
        known += f" at {VIEWS[view.name].time} = {field.t:.3f}"
    if view.show_density:
        top = f"{float(field.values.max()):.3g} per unit area, {known}"
        yield Entry(top, before="density 0", image=heat_bar(stage.theme.dark), size=BAR)
    else:
        inside = "–".join(f"{100 * share:.0f}" for share in (SHARES[0], SHARES[-1])) + " %"
        yield Entry(f"contours around {inside} of the mass, {known}")


def _why_by_time(stage: Stage, bundle: Bundle) -> str:
    """Why particles whose colour should be their class have that of the time."""
    document = stage.frame.document
    first, last = ("source", "target") if bundle.start == 0.0 else ("target", "source")
    end = getattr(document, last)
    if classes_of(end) or ink_of(end):
        return f"particles start in the {first}, which has no classes: coloured by time"
    return "no classes: coloured by time"


def _truth(stage: Stage) -> Iterator[Entry]:
    """Whether the flow is the exact one, and the meaning of the difference's colours."""
    gap, bundle = flow_error_of(stage), stage.frame.bundle
    if stage.frame.exact:
        yield Entry("exact flow")  # in the colours of any flow; green is only what lies beside one
    elif gap is not None and bundle is not None and not VIEWS[stage.view.name].key:
        if bundle.exact is not None:
            yield Entry("its exact place", stage.theme.exact)
        bar = error_bar(stage.theme)
        yield Entry(f"{100 * FULL:.0f} % of the speed", before="|v − v*| 0", image=bar, size=BAR)


@lru_cache(maxsize=2)
def error_bar(theme: Theme) -> QImage:
    """The colours of errors, from left to right."""
    return error_image(np.linspace(0.0, FULL, 96)[None], theme)


@lru_cache(maxsize=2)
def heat_bar(dark: bool) -> QImage:
    """The colours of densities, from left to right."""
    ramp = np.linspace(0.0, 1.0, 256, dtype=np.float32)[None]
    return toned(ramp, DEEP, heat_table(dark), Scratch()).copy()


def _class_entries(stage: Stage, bundle: Bundle) -> Iterator[tuple[str, Colour]]:
    """Words and colour of each class; of those with the same colour, the first one and dots."""
    labels, shape = classes(bundle), labelled_end(stage.frame.document, bundle)
    shown = {label % SHOWN_CLASSES: label for label in reversed(labels)}
    for k, label in enumerate(sorted(shown.values())):
        again = ", …" if label + SHOWN_CLASSES in labels else ""
        name = ("class " if k == 0 else "") + _called(label, shape) + again
        yield name, class_colour(stage.theme, label)


@lru_cache(maxsize=2)
def speed_bar(dark: bool) -> QImage:
    """The colours of speeds, from left to right."""
    return _image(speed_palette(dark)[None].astype(float), np.ones((1, 256)))


@lru_cache(maxsize=2)
def value_bar(dark: bool) -> QImage:
    """The colours of values with a sign, from left to right."""
    return _image(value_palette(dark)[None].astype(float), np.ones((1, VALUES)))


@lru_cache(maxsize=2)
def start_wheel(dark: bool) -> QImage:
    """The colours of start positions, arranged as in the plane."""
    side = 96
    y, x = (np.indices((side, side)) + 0.5 - side / 2) * (2 / side)
    noise = numpy_rng(0, Stream.WHEEL).random((side, side)) - 0.5
    rgb = start_palette(dark)[start_code(x, -y, noise)].astype(float)
    return _image(rgb, np.clip((1 - np.hypot(x, y)) * side / 2, 0, 1))


def _image(rgb: Any, alpha: Any) -> QImage:
    """An image that owns its memory, from colours (H, W, 3), 0 to 255, and alpha (H, W)."""
    channels = np.empty((*alpha.shape, 4), np.uint8)
    channels[..., :3] = np.rint(rgb[..., ::-1] * alpha[..., None])
    channels[..., 3] = np.rint(255 * alpha)
    height, width = alpha.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(channels.data, width, height, 4 * width, form).copy()
