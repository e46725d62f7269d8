"""Drawings: strokes rasterised to density layers (classes, rows upwards, columns), values 0 to 1.

Layer k is class k. Lengths are in cells: cell (row, column) is centred at (column + 0.5, row +
0.5). What leaves the sheet is lost; nothing accumulates at its edge.
"""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Doubles, Singles
from flowlab.core.distributions import bilinear
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Stroke
from flowlab.core.document.streams import Stream, numpy_rng

CELLS = 256
_FAR = 100.0  # sheets; points beyond are clamped, since they cannot be seen
_SUBROWS = 4  # per cell, when filling polygons; exact along x
_WIDE = 32  # cells; wider windows of the brush are stamped one by one
_SPRAY = 0.35  # dots per cell covered by a spray at full strength


def rasterise(strokes: tuple[Stroke, ...], half_width: float, cells: int = CELLS) -> Singles:
    """Layers (highest class used + 1, cells, cells) after all strokes; read-only.

    Recent results are cached: appending or undoing a stroke costs at most one stroke.
    """
    global _recent
    done, layers = _longest_prefix(strokes, half_width, cells)
    for k in range(done, len(strokes)):
        layers = apply(layers, strokes[k], half_width)
        layers.setflags(write=False)
        if k >= len(strokes) - 2:  # the last one, and the one an undo returns to
            _recent = ((strokes[: k + 1], half_width, cells, layers), *_recent[:_KEPT])
    return layers


_KEPT = 15
_recent: tuple[tuple[tuple[Stroke, ...], float, int, Singles], ...] = ()


def _longest_prefix(
    strokes: tuple[Stroke, ...], half_width: float, cells: int
) -> tuple[int, Singles]:
    blank = np.zeros((1, cells, cells), dtype=np.float32)
    blank.setflags(write=False)
    best: tuple[int, Singles] = 0, blank
    for known, width, side, layers in _recent:
        same_sheet = width == half_width and side == cells
        if same_sheet and len(known) > best[0] and strokes[: len(known)] == known:
            best = len(known), layers
    return best


def apply(layers: Singles, stroke: Stroke, half_width: float) -> Singles:
    """The layers after one more stroke, as a new array; raises `Invalid` for a broken path."""
    cells = layers.shape[-1]
    path = _in_cells(stroke, half_width, cells)
    missing = max(0, stroke.label + 1 - len(layers)) if stroke.tool not in ("eraser", "move") else 0
    layers = np.concatenate([layers, np.zeros((missing, cells, cells), dtype=np.float32)])
    if stroke.tool == "move":
        _move(layers, stroke, path, half_width)
        return layers
    cover = _mirrored(_coverage(stroke, path, half_width, cells), stroke.mirror)
    if stroke.tool == "eraser":
        layers *= 1 - stroke.strength * cover
    else:
        strength = 1.0 if stroke.tool == "spray" else stroke.strength  # a spray counts its dots
        layer = layers[stroke.label]
        layer += np.float32(strength) * cover * np.maximum(1 - layer, 0)
    return layers


def _in_cells(stroke: Stroke, half_width: float, cells: int) -> Doubles:
    """The path (n, 3) as column, row, pressure."""
    values = None if stroke.path is None else np.array(stroke.path.values, dtype=np.float64)
    if values is None or values.ndim != 2 or values.shape[1] != 3 or not len(values):
        raise Invalid("A stroke needs a path of rows x, y, pressure.")
    if not np.isfinite(values).all():
        raise Invalid("A stroke's path must be finite numbers.")
    far = _FAR * half_width
    values[:, :2] = (np.clip(values[:, :2], -far, far) / half_width + 1) * (cells / 2)
    values[:, 2] = np.clip(values[:, 2], 0, 1)
    return values


def _coverage(stroke: Stroke, path: Doubles, half_width: float, cells: int) -> Singles:
    radius = stroke.size / 2 * (cells / 2) / half_width
    if stroke.tool == "polygon":
        return _filled(path[:, :2], cells)
    if stroke.tool == "spray":
        return _sprayed(path, radius, stroke.strength, stroke.seed, cells)
    if stroke.tool == "line":
        path = path[[0, -1]]
    return _brushed(path, radius, cells)


def _flips(mirror: str) -> list[tuple[slice, slice]]:
    keep, turn = slice(None), slice(None, None, -1)
    across, upside = mirror in ("x", "both"), mirror in ("y", "both")
    rows, columns = [keep, turn][: 1 + upside], [keep, turn][: 1 + across]
    return [(row, column) for row in rows for column in columns]


def _mirrored(cover: Singles, mirror: str) -> Singles:
    flipped: Singles = np.maximum.reduce([cover[flip] for flip in _flips(mirror)])
    return flipped


def _brushed(path: Doubles, radius: float, cells: int) -> Singles:
    """Coverage by a soft round brush: the maximum along the path, so overlaps don't add up.

    Each piece of the path is evaluated in a window just large enough for the longest piece.
    """
    start, stop = _pieces(path, max(radius, 2.0))
    longest = np.abs(stop - start)[:, :2].max()
    reach = np.ceil(max(radius, 1.0) + longest / 2 + 0.5)
    middle = (start + stop)[:, :2] / 2
    near = (np.abs(middle - cells / 2) < cells / 2 + reach).all(axis=1)
    start, stop, corner = start[near], stop[near], np.floor(middle[near]) - reach
    cover, window = np.zeros((cells, cells), dtype=np.float32), np.arange(2 * reach + 1)
    if len(window) > _WIDE:
        _stamp_wide(cover, start, stop, radius, corner, window)
        return cover
    step = 200_000 // len(window) ** 2
    for i in range(0, len(start), step):
        now = slice(i, i + step)
        _stamp(cover.reshape(-1), start[now], stop[now], radius, corner[now, :, None] + window)
    return cover


def _pieces(path: Doubles, longest: float) -> tuple[Doubles, Doubles]:
    """Ends (m, 3) of the path's pieces, none longer than `longest`; near-duplicates are merged."""
    moved = np.concatenate([[True], (np.abs(np.diff(path, axis=0)) > 1e-6).any(axis=1)])
    path = path[moved]
    if len(path) == 1:
        return path, path
    path = _thinned(path, longest)
    step = np.diff(path, axis=0)
    count = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1]) / longest), 1).astype(int)
    which = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)) / count[which]
    start = path[which] + share[:, None] * step[which]
    return start, start + step[which] / count[which][:, None]


def _thinned(path: Doubles, longest: float) -> Doubles:
    """The path without points that change it, or the pressure, by less than half a piece."""
    step = np.abs(np.diff(path, axis=0, prepend=path[:1]))
    length_so_far = np.cumsum(np.hypot(step[:, 0], step[:, 1]) + longest * step[:, 2])
    keep = np.diff(np.floor(length_so_far * 2 / longest), prepend=-1) > 0
    keep[-1] = True
    return path[keep]


def _stamp(cover: Singles, start: Doubles, stop: Doubles, radius: float, windows: Doubles) -> None:
    """Raise `cover` (cells * cells,) to the pieces' soft coverage in windows (m, 2, w), at once."""
    cells = round(len(cover) ** 0.5)
    columns, rows = windows[:, 0], windows[:, 1]
    value = _capsules(start, stop, radius, columns, rows)
    across, along = (columns >= 0) & (columns < cells), (rows >= 0) & (rows < cells)
    seen = across[:, None, :] & along[:, :, None] & (value > 0)
    index = (rows[:, :, None] * cells + columns[:, None, :])[seen].astype(np.int64)
    np.maximum.at(cover, index, value[seen])


def _stamp_wide(
    cover: Singles, start: Doubles, stop: Doubles, radius: float, corner: Doubles, window: Doubles
) -> None:
    """The same, one piece at a time: faster for wide windows."""
    cells = len(cover)
    for k, (column, row) in enumerate(corner.astype(int)):
        x0, y0 = max(column, 0), max(row, 0)
        x1, y1 = (min(low + len(window), cells) for low in (column, row))
        here = slice(k, k + 1)
        columns, rows = np.arange(x0, x1, dtype=float), np.arange(y0, y1, dtype=float)
        value = _capsules(start[here], stop[here], radius, columns[None], rows[None])[0]
        part = cover[y0:y1, x0:x1]
        np.maximum(part, value, out=part)


def _capsules(
    start: Doubles, stop: Doubles, radius: float, columns: Doubles, rows: Doubles
) -> Singles:
    """Soft coverage (m, h, w) of each piece over its own columns (m, w) and rows (m, h)."""
    step = (stop - start).astype(np.float32)
    dx = (columns + 0.5 - start[:, 0, None]).astype(np.float32)[:, None, :]
    dy = (rows + 0.5 - start[:, 1, None]).astype(np.float32)[:, :, None]
    sx, sy, dp = (part[:, None, None] for part in step.T)
    square = np.maximum(sx * sx + sy * sy, np.float32(1e-12))
    along = np.clip(dx * (sx / square) + dy * (sy / square), 0, 1)
    distance = np.sqrt((dx - along * sx) ** 2 + (dy - along * sy) ** 2)
    pressure = start[:, 2, None, None].astype(np.float32) + along * dp
    return _soft(distance, np.float32(radius) * pressure)


def _soft(distance: Singles, size: Singles) -> Singles:
    """Smooth fall from 1 at half the radius to 0 at the radius; fainter if thinner than a cell."""
    radius = np.maximum(size, np.float32(1))
    s = np.clip(2 * (1 - distance / radius), 0, 1)
    return np.asarray(s * s * (3 - 2 * s) * np.minimum(size, np.float32(1)), dtype=np.float32)


def _sprayed(path: Doubles, radius: float, strength: float, seed: int, cells: int) -> Singles:
    """Random dots in the disc along the path; extending a path keeps its earlier dots."""
    rng = numpy_rng(seed, Stream.SPRAY)
    step = np.diff(path, axis=0)
    length_so_far = np.concatenate([[0.0], np.cumsum(np.hypot(step[:, 0], step[:, 1]))])
    width = 2 * max(radius, 0.5)
    head = int(np.ceil(_SPRAY * strength * np.pi * width**2 / 12))  # a tap
    rate = _SPRAY * strength * width  # dots per cell of path
    count = head + int(min(length_so_far[-1], 40 * cells) * rate)
    at = np.maximum(np.arange(count) - head + 1, 0) / rate
    x, y, pressure = (np.interp(at, length_so_far, part) for part in path.T)
    u = rng.random((count, 2))
    r, angle = np.sqrt(u[:, 0]) * max(radius, 0.5) * pressure, 2 * np.pi * u[:, 1]
    dots = _splat(x + r * np.cos(angle), y + r * np.sin(angle), cells)
    return np.minimum(dots, 1).astype(np.float32)


def _splat(x: Doubles, y: Doubles, cells: int) -> Doubles:
    """Sum of unit dots, each spread bilinearly over four cells; dots off the sheet are lost."""
    side = cells + 2  # a border of one cell catches what leaves
    column, row = np.floor(x - 0.5), np.floor(y - 0.5)
    seen = (column >= -1) & (column < cells) & (row >= -1) & (row < cells)
    column, row = column[seen], row[seen]
    wx, wy = x[seen] - 0.5 - column, y[seen] - 0.5 - row
    index = ((row + 1) * side + column + 1).astype(np.int64)
    corners = np.concatenate([index, index + 1, index + side, index + side + 1])
    weights = np.concatenate([(1 - wx) * (1 - wy), wx * (1 - wy), (1 - wx) * wy, wx * wy])
    total = np.bincount(corners, weights, minlength=side * side).reshape(side, side)
    return np.asarray(total[1:-1, 1:-1], dtype=np.float64)


def _filled(corners: Doubles, cells: int) -> Singles:
    """Coverage of a polygon (even-odd), by the sorted crossings of each sub-row.

    A crossing at x adds +1 or -1, alternating, to everything right of it.
    """
    a, b = corners, np.roll(corners, -1, axis=0)
    low, high = np.minimum(a[:, 1], b[:, 1]), np.maximum(a[:, 1], b[:, 1])
    first, last = (
        np.clip(np.ceil(y * _SUBROWS - 0.5), 0, cells * _SUBROWS).astype(int) for y in (low, high)
    )
    edge = np.repeat(np.arange(len(a)), last - first)
    begun = np.repeat(np.cumsum(last - first) - (last - first), last - first)
    row = first[edge] + np.arange(len(edge)) - begun
    rise = np.where(high > low, b[:, 1] - a[:, 1], 1.0)
    share = ((row + 0.5) / _SUBROWS - a[edge, 1]) / rise[edge]
    x = np.clip(a[edge, 0] + share * (b[edge, 0] - a[edge, 0]), 0, cells)
    order = np.lexsort((x, row))
    x, row = x[order], row[order] // _SUBROWS
    sign = np.where(np.arange(len(x)) % 2, -1.0, 1.0) / _SUBROWS
    column = x.astype(int)
    part = x - column
    index = row * (cells + 2) + column
    steps = np.bincount(
        np.concatenate([index, index + 1]),
        np.concatenate([sign * (1 - part), sign * part]),
        minlength=cells * (cells + 2),
    )
    cover = np.cumsum(steps.reshape(cells, cells + 2), axis=1)[:, :cells]
    return np.clip(cover, 0, 1).astype(np.float32)


def _move(layers: Singles, stroke: Stroke, path: Doubles, half_width: float) -> None:
    """Cut out what the polygon covers, rotate it about the polygon's centroid, shift and add it.

    With mirroring, all pieces are cut before any is added; where outlines overlap they share the
    mass.
    """
    cells = layers.shape[-1]
    cover, flips = _filled(path[:, :2], cells), _flips(stroke.mirror)
    total = np.sum([cover[flip] for flip in flips], axis=0)  # looks the same in every mirror
    pieces = [layers[:, flip[0], flip[1]] * (cover / np.maximum(total, 1)) for flip in flips]
    layers *= 1 - np.minimum(total, 1)
    centre = _centroid(path[:, :2])
    shift = np.array([stroke.shift_x, stroke.shift_y]) * (cells / 2) / half_width
    for flip, piece in zip(flips, pieces, strict=True):
        _paste(layers[:, flip[0], flip[1]], piece, centre, np.radians(stroke.turn), shift)


def _centroid(corners: Doubles) -> Doubles:
    """Centroid of the polygon's area, or the mean corner if it has none."""
    a = corners - corners[0]
    b = np.roll(a, -1, axis=0)
    cross = a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]
    if abs(cross.sum()) < 1e-9:
        return np.asarray(corners.mean(axis=0))
    return np.asarray(corners[0] + (cross @ (a + b)) / (3 * cross.sum()))


def _paste(layers: Singles, piece: Singles, centre: Doubles, angle: float, shift: Doubles) -> None:
    """Add the piece, rotated about `centre` and shifted, by inverse bilinear lookup.

    Both are (classes, cells, cells); `layers` is changed in place.
    """
    cells = layers.shape[-1]
    rows, columns = np.nonzero(piece.any(axis=0))
    if not len(rows):
        return
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    box = [(x, y) for x in (columns.min(), columns.max() + 1) for y in (rows.min(), rows.max() + 1)]
    landed = (np.array(box) - centre) @ turn.T + centre + shift
    low = np.clip(np.floor(landed.min(axis=0)) - 1, 0, cells).astype(int)
    high = np.clip(np.ceil(landed.max(axis=0)) + 1, 0, cells).astype(int)
    grid = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
    source = (np.stack(grid, axis=-1) - centre - shift) @ turn + centre
    layers[:, low[1] : high[1], low[0] : high[0]] += _read(piece, source)


def _read(piece: Singles, at: Doubles) -> Singles:
    """Bilinear values (classes, h, w) of the piece at positions (h, w, 2), zero off the sheet."""
    padded = np.pad(np.moveaxis(piece, 0, -1), ((1, 1), (1, 1), (0, 0)))
    column, row = np.moveaxis(at + 0.5, -1, 0)  # in the padded frame, from centre to centre
    return np.moveaxis(bilinear.read(padded, column, row), -1, 0)
