"""Processes that carry the same particles, along one direction of the plane, against time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from flowlab.core.array_types import Doubles, Floats, Ints
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.projected_density import ProjectedDensity, direction
from flowlab.scene.base.end_colours import role_colour
from flowlab.scene.base.frame import Frame, smoothstep
from flowlab.scene.base.layout import ends
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.time_paths import hues_of, name_of, nearest_path
from flowlab.scene.furniture.time_values import DensityTable, Strand, TimePlane
from flowlab.scene.layers.paths import emphasised, highlighted

TIMES, CELLS = 97, 256  # of the table of densities
SMOOTHEST, MOST = 97, 401  # points of a path: of a curve, and of a polygon at most
TAIL = 0.002  # of the mass, on each side, that may lie outside the picture
MARGIN = 0.08  # of the height, on each side
WIDER = 1.0  # of the ends' width, on each side, where mass is looked for


@dataclass(frozen=True, eq=False, kw_only=True)
class Shown:
    """A process: how it is named and drawn, and its particles."""

    kind: str  # a name of its own in the picture
    title: str
    colour: Colour
    look: str  # SMOOTH, JAGGED, BROKEN or DOTTED
    bundle: Bundle
    old: Bundle | None = None  # the one that it still moves away from


class Pane(Protocol):
    """One of several pictures of the same particles."""

    @property
    def kind(self) -> str:
        """Its process."""

    @property
    def bundle(self) -> Bundle:
        """Its particles."""


def shown_of(
    panes: Sequence[Pane],
    before: Sequence[Pane],
    titles: Mapping[str, str],
    colour_of: Callable[[str], Colour],
    looks: Mapping[str, str],
) -> list[Shown]:
    """The processes of panes that still move away from those before, if these are as many."""
    old = [pane.bundle for pane in before] if len(before) == len(panes) else [None] * len(panes)
    return [
        Shown(
            kind=pane.kind,
            title=titles[pane.kind],
            colour=colour_of(pane.kind),
            look=looks[pane.kind],
            bundle=pane.bundle,
            old=own,
        )
        for pane, own in zip(panes, old, strict=True)
    ]


@dataclass(frozen=True, eq=False, kw_only=True)
class Known:
    """All processes of a frame, the direction in degrees, and the density that they share."""

    processes: Sequence[Shown]
    angle: float
    density: ProjectedDensity | None = None


def nearest_of(
    frame: Frame, known: Callable[[Stage], Known], px: float, py: float, width: float, height: float
) -> int | None:
    """The particle whose path, by any process, lies nearest to a pixel; None if none is near."""
    stage = Stage(frame, width / frame.words, height / frame.words, 1.0, False, Scratch())
    shown = known(stage)
    plane, index = plane_of(stage, shown, present=False), _index(frame, shown)
    if not len(index) or not plane.strands:
        return None
    best = nearest_path(plane, stage, np.array([px, py]) / frame.words)
    return None if best is None else int(index[best])


def plane_of(stage: Stage, known: Known, *, present: bool = True) -> TimePlane:
    """The frame's processes as arrays; not those at t unless `present`."""
    frame, angle, density = stage.frame, known.angle, known.density
    index, bold = _index(frame, known), _bold(frame, known)
    reach = (-1.0, 1.0) if frame.bundle is None else _reach(frame.bundle, density, angle)
    return TimePlane(
        key=(frame.bundle, frame.before, frame.blend if frame.before else 1.0, tuple(index),
             tuple(bold), angle, frame.view.show_paths),
        name=name_of(angle),
        reach=reach,
        density=_table(frame, density, angle, reach, present) if density is not None else None,
        strands=[_strand(stage, each, angle, index, present) for each in known.processes],
        colours=_colours(stage, known.processes[0].bundle, index) if known.processes else [],
        ends=(role_colour(stage.theme, "source"), role_colour(stage.theme, "target")),
        bold=[index.tolist().index(k) for k in bold],
    )  # fmt: skip


def _bold(frame: Frame, known: Known) -> list[int]:
    return emphasised(frame) if known.processes else []


def _index(frame: Frame, known: Known) -> Ints:
    """The particles with a path: the first few, those that are pinned, and the one pointed at."""
    shown = list(dict.fromkeys([*highlighted(frame), *_bold(frame, known)]))
    return np.array(shown, np.intp)


def _strand(stage: Stage, shown: Shown, angle: float, index: Ints, present: bool) -> Strand:
    frame, u = stage.frame, direction(angle).astype(np.float32)
    new, old = shown.bundle, shown.old
    times = _times(new)
    paths: Floats = _paths(new, index, times)
    if old is not None:
        share = smoothstep(frame.blend)
        paths = np.asarray((1 - share) * _paths(old, index, times) + share * paths)
    cloud: Floats = np.zeros(0, np.float32)
    if present:
        cloud = stage.read(new, old, frame.t, shown.kind) @ u
    return Strand(
        title=shown.title,
        colour=shown.colour,
        look=shown.look,
        times=times,
        paths=paths @ u,
        here=cloud[index] if present else cloud,
        cloud=cloud,
    )


@memoise
def _times(bundle: Bundle) -> Floats:
    """The times of a path's points: the solver's own of a polygon, even ones of a curve."""
    first, last = float(bundle.times[0]), float(bundle.times[-1])
    if bundle.knot_velocities is not None:
        return np.linspace(first, last, SMOOTHEST, dtype=np.float32)
    if len(bundle.times) <= MOST:
        return bundle.times
    return np.linspace(first, last, MOST, dtype=np.float32)


@memoise
def _read(bundle: Bundle) -> dict[Any, Floats]:  # noqa: ARG001  # whose paths it caches
    return {}


def _paths(bundle: Bundle, index: Ints, times: Floats) -> Floats:
    """Paths (S, n, 2) of some particles, cached until others are asked for."""
    cache, key = _read(bundle), (index.tobytes(), times.tobytes())
    paths = cache.get(key)
    if paths is None:
        few = bundle.select(index)
        paths = np.stack([few.at(t) for t in times.astype(float).tolist()])
        cache.clear()
        cache[key] = paths
    return paths


def _colours(stage: Stage, bundle: Bundle, index: Ints) -> list[Colour]:
    """A hue for each particle, by where in the plane it started."""
    start = ends(bundle)[int(bundle.start)]
    places = bundle.points[0 if bundle.start == 0.0 else -1][index]
    return hues_of(places - np.median(start, axis=0), stage.theme.dark)


def _reach(bundle: Bundle, density: ProjectedDensity | None, angle: float) -> tuple[float, float]:
    """Lowest and highest coordinate shown: nearly all of p_t at every t."""
    cache = _reaches(bundle)
    reach = cache.get(angle)
    if reach is None:
        reach = _made_reach(bundle, density, angle)
        cache.clear()
        cache[angle] = reach
    return reach


@memoise
def _reaches(bundle: Bundle) -> dict[float, tuple[float, float]]:  # noqa: ARG001
    return {}


def _made_reach(
    bundle: Bundle, density: ProjectedDensity | None, angle: float
) -> tuple[float, float]:
    along = np.concatenate([end @ direction(angle) for end in ends(bundle)])
    along = along[np.isfinite(along)]
    low, high = np.quantile(along, [TAIL, 1 - TAIL]).tolist() if len(along) else (-1.0, 1.0)
    width = max(high - low, 1e-3)
    if density is not None:
        wide = np.linspace(low - WIDER * width, high + WIDER * width, CELLS // 2)
        rows = density.density(angle, np.linspace(0.0, 1.0, 9), wide, float(wide[1] - wide[0]))
        mass = np.cumsum(np.nan_to_num(rows), axis=1)
        below = mass / np.maximum(mass[:, -1:], 1e-300)
        seen = np.flatnonzero(((below > TAIL) & (below < 1 - TAIL)).any(axis=0))
        if len(seen):
            low, high = min(low, float(wide[seen[0]])), max(high, float(wide[seen[-1]]))
    edge = MARGIN * (high - low) / (1 - 2 * MARGIN)
    return low - max(edge, 1e-3), high + max(edge, 1e-3)


def _table(
    frame: Frame,
    density: ProjectedDensity,
    angle: float,
    reach: tuple[float, float],
    present: bool,
) -> DensityTable:
    low, high = reach
    width = (high - low) / CELLS
    x: Doubles = low + width * (np.arange(CELLS, dtype=np.float64) + 0.5)
    return DensityTable(
        times=np.linspace(0.0, 1.0, TIMES),
        x=x,
        values=_values(density, angle, x, width),
        now=density.density(angle, np.array([frame.t]), x, width)[0] if present else x,
        samples=density.samples,
    )


def _values(density: ProjectedDensity, angle: float, x: Doubles, width: float) -> Floats:
    """The table, computed anew only for another direction or reach."""
    cache, key = _made_tables(density), (angle, float(x[0]), width)
    values = cache.get(key)
    if values is None:
        values = density.density(angle, np.linspace(0.0, 1.0, TIMES), x, width)
        cache.clear()
        cache[key] = values
    return values


@memoise
def _made_tables(density: ProjectedDensity) -> dict[Any, Floats]:  # noqa: ARG001
    return {}
