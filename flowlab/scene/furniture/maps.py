"""Maps of a quantity side by side: one scale and one colour bar for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Self

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import AnyArray, Floats
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.colours import mix, viridis
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Scratch, Stage, enlarged
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.foot import clear_foot, foot_of, stage_of
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.legend import Entry, Legend, taken_by, write_caption
from flowlab.scene.furniture.pane_heading import below
from flowlab.scene.furniture.pictures import alone, covered, deepest, heading_in, write_heading
from flowlab.scene.furniture.tiles import HEAD, Tile, boxes, camera_in, paint_tiles

SHADES = 256
BAR = 150.0, 11.0  # of the colour bar
FADED = 0.3  # share of a scale without sign over which its lowest values fade into the ground
ENLARGED = 1600  # pixels of a map in SVG and PDF, because viewers blur small images
# from much below zero to much above, and the ends of both sides; zero differs from a blank place
DIVERGING: dict[str, tuple[Colour, Colour, Colour, Colour, Colour]] = {
    "dark": ((150, 240, 255), (0, 140, 175), (62, 66, 76), (205, 50, 100), (255, 190, 200)),
    "light": ((0, 60, 90), (40, 155, 185), (226, 226, 221), (214, 84, 118), (110, 0, 45)),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class MapPane:
    """One map: values (H, W) on cells of one size, NaN where it is blank."""

    title: str
    lines: tuple[str, ...]
    dot: Colour
    xs: Floats
    ys: Floats
    values: Floats
    low: float
    high: float
    diverging: bool = False  # True if the colours are centred on zero
    smooth: bool = True  # False if neighbouring cells are independent

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.values.nbytes

    def compact(self) -> Self:
        """Itself."""
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """All maps of a frame, and the words at both ends of their colour bar."""

    panes: Sequence[MapPane]
    low: str
    high: str


def sheet_once(frame: Frame, k: int, make: Callable[[], Sheet]) -> Sheet:
    """The k-th sheet of the frame's bundle in its theme's colours, made when it is first shown."""
    assert frame.bundle is not None
    made, key = _sheets(frame.bundle), (k, frame.theme.name)
    if key not in made:
        made[key] = make()
    return made[key]


@memoise
def _sheets(bundle: Bundle) -> dict[tuple[int, str], Sheet]:  # noqa: ARG001  # whose maps these are
    return {}


def paint_map(painter: QPainter, stage: Stage) -> None:
    """Layer: the map of one of the pictures."""
    pane = _pane_of(stage.frame.bundle)
    if pane is None:
        return
    image: QImage = stage.scratch.cached("map", (pane, stage.theme), lambda: _image(pane, stage))
    if stage.vector and not pane.smooth:
        times = max(1, ENLARGED // max(pane.values.shape))
        image = image.scaled(image.width() * times, image.height() * times)
    painter.save()
    painter.setClipRect(QRectF(0, 0, stage.width, stage.height))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, pane.smooth)
    painter.drawImage(_place(pane, stage), image)
    painter.restore()


def _pane_of(bundle: Bundle | None) -> MapPane | None:
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, MapPane) else None


def _place(pane: MapPane, stage: Stage) -> QRectF:
    half, high = (float(ticks[1] - ticks[0]) / 2 for ticks in (pane.xs, pane.ys))
    corners = [(pane.xs[0] - half, pane.ys[-1] + high), (pane.xs[-1] + half, pane.ys[0] - high)]
    (x0, y0), (x1, y1) = stage.pixels(np.array(corners, np.float32)).tolist()
    return QRectF(x0, y0, x1 - x0, y1 - y0)


def _image(pane: MapPane, stage: Stage) -> QImage:
    """The map's image, its top row first."""
    values = pane.values[::-1]
    share = np.clip((values - pane.low) / (pane.high - pane.low), 0.0, 1.0)
    blank = np.isnan(share)
    rows = np.rint(np.where(blank, 0.0, share) * (SHADES - 1)).astype(np.intp)
    pixels = np.where(blank, 0, _table(stage.theme, pane.diverging)[rows]).astype(np.uint32)
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form).copy()


@lru_cache(maxsize=4)
def _table(theme: Theme, diverging: bool) -> AnyArray:
    """Opaque pixels (SHADES,) uint32 from the lowest value to the highest."""
    share = np.linspace(0.0, 1.0, SHADES)
    if diverging:
        stops = DIVERGING[theme.name]
        place = share * (len(stops) - 1)
        first = np.minimum(place.astype(int), len(stops) - 2)
        pairs = zip(first.tolist(), (place - first).tolist(), strict=True)
        rgb = np.array([mix(stops[k], stops[k + 1], s) for k, s in pairs], float)
    else:
        ramp = np.clip(share / FADED, 0.0, 1.0)[:, None]
        ramp *= ramp * (3 - 2 * ramp)
        rgb = ramp * viridis(share if theme.dark else 1 - share)
        rgb += (1 - ramp) * np.array(theme.canvas, float)
    red, green, blue = np.rint(rgb.T).astype(np.uint32)
    return np.uint32(255 << 24) | (red << 16) | (green << 8) | blue


@lru_cache(maxsize=4)
def bar_image(theme: Theme, diverging: bool) -> QImage:
    """The colours from the lowest value to the highest, left to right."""
    pixels = np.ascontiguousarray(_table(theme, diverging)[None])
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, SHADES, 1, 4 * SHADES, form).copy()


@dataclass(frozen=True, kw_only=True)
class Maps:
    """The maps of a view, as `Tiles`."""

    is_tiled: Callable[[Frame], bool]
    sheet_of: Callable[[Frame], Sheet]

    def paint_tiled(
        self,
        painter: QPainter,
        width: float,
        height: float,
        frame: Frame,
        scratch: Scratch,
        dpr: float,
        paint_one: PaintOne,
    ) -> None:
        """Paint all maps, and below them the colour bar and the caption."""
        sheet = self.sheet_of(frame)
        places = _places(frame, sheet, width, height, dpr)
        tiles = [
            _tile(frame, pane, box, camera, covered(frame, box, [at for at, _ in places]))
            for pane, (box, camera) in zip(sheet.panes, places, strict=True)
        ]
        paint_tiles(painter, tiles, scratch, dpr, paint_one)
        whole = stage_of(painter, width, height, frame, scratch, dpr)
        clear_foot(painter, whole, _foot(frame, sheet, width))
        with enlarged(painter, whole) as words:
            _write_foot(painter, words, sheet)

    def tile_at(
        self, frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Camera, Box]:
        """Return the camera and the box of the map that contains a pixel."""
        places = _places(frame, self.sheet_of(frame), width, height, dpr)
        box, camera = next((each for each in places if each[0].holds(x, y)), places[-1])
        return camera, box

    def frame_at(
        self, frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> None:
        """Return None: maps have no particles."""


def _write_foot(painter: QPainter, stage: Stage, sheet: Sheet) -> None:
    """Write the colour bar, and the caption beside it or above."""
    painter.save()
    painter.setFont(small_font())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    shown = [_bar(sheet, stage.theme)] if stage.frame.legend else []
    legend = Legend(painter, stage)
    write_caption(legend, legend.draw(shown))
    painter.restore()


def _bar(sheet: Sheet, theme: Theme) -> Entry:
    bar = bar_image(theme, sheet.panes[0].diverging)
    return Entry(sheet.high, before=sheet.low, image=bar, size=BAR)


def _foot(frame: Frame, sheet: Sheet, width: float) -> float:
    """The height of the foot, which has room for a colour bar also where a neighbour shows it."""
    return foot_of(frame, width, taken_by(_bar(sheet, frame.theme)))


def _tile(frame: Frame, pane: MapPane, box: Box, camera: Camera, taken: float) -> Tile:
    assert frame.bundle is not None
    bundle = replace(frame.bundle, extra=pane)
    heading = heading_in(frame, box, pane.title, pane.lines, taken)
    one = replace(
        alone(frame, bundle, None),
        camera=camera,
        legend=False,
        card=False,
        caption="",
        head=heading.corner,
    )
    return Tile(one, box, partial(write_heading, frame=frame, heading=heading, dot=pane.dot))


def _places(
    frame: Frame, sheet: Sheet, width: float, height: float, dpr: float
) -> list[tuple[Box, Camera]]:
    """The box of each map, and the camera in it, which leaves its heading free."""
    room = max(1.0, height - _foot(frame, sheet, width))
    places = boxes(len(sheet.panes), width, room, dpr, HEAD * frame.words)
    headings = [
        heading_in(frame, b, p.title, p.lines, covered(frame, b, places))
        for p, b in zip(sheet.panes, places, strict=True)
    ]
    head = deepest(frame, headings)
    reach = _reach(sheet)
    return [
        (box, below(camera_in(frame.camera, (width, height), box, reach), box, head))
        for box in places
    ]


def _reach(sheet: Sheet) -> Extent:
    """The grid of the maps."""
    xs, ys = sheet.panes[0].xs, sheet.panes[0].ys
    return float(xs[0]), float(xs[-1]), float(ys[0]), float(ys[-1])
