"""What the picture shows."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, choice, number, switch
from flowlab.core.views.registry import DEFAULT, VIEWS

LAYOUTS = {"overlay": "One plane", "side": "Side by side"}
COLOURS = {
    "time": "Time",
    "class": "Class",
    "start": "Start position",
    "speed": "Speed",
}
SHOWS = {"learned": "Learned", "exact": "Exact", "difference": "Difference"}
FIELDS = {"none": "Off", "arrows": "Arrows", "streamlines": "Streamlines"}
_VIEWS = {name: row.title for name, row in VIEWS.items()}


@dataclass(frozen=True, kw_only=True)
class View(Checked):
    """What is shown and how; only some fields change what is computed."""

    name: str = choice(DEFAULT, _VIEWS, "View")
    particles: int = number(
        5000,
        1,
        1_000_000,
        "Particles",
        "How many samples travel",
        log=True,
        also="number of particles, number of samples, sample size, number of points, count, points",
    )
    highlighted: int = number(
        12,
        0,
        200,
        "Paths",
        "Particles whose whole path is drawn",
        also="number of paths, trajectories, trajectory, highlighted",
    )
    shows: str = choice(
        "learned",
        SHOWS,
        "Flow",
        "What the network learned, the exact flow that it is to learn, or how far they are apart",
    )
    layout: str = choice(
        "overlay",
        LAYOUTS,
        "Layout",
        also="side by side, overlay",
    )
    show_particles: bool = switch(
        True,
        "Particles",
        "The moving samples",
        also="points, dots, show particles",
    )
    show_trails: bool = switch(
        True,
        "Trails",
        "Where each particle just was",
        also="traces, tails, motion blur",
    )
    show_density: bool = switch(
        False,
        "Density",
        "Heat map of the particles' density",
        also="heat map, heatmap, colour bar, colourmap, histogram, KDE",
    )
    show_contours: bool = switch(
        False,
        "Contours",
        "Lines of equal density",
        also="isolines, level sets, contour lines",
    )
    show_grid: bool = switch(
        False,
        "Grid",
        "A square lattice carried along by the flow",
        also="deforming grid, lattice, mesh",
    )
    show_paths: bool = switch(
        True,
        "Paths",
        "The whole path of a few particles",
        also="trajectories, trajectory, lines, curves",
    )
    show_raw: bool = switch(
        False,
        "Raw weights",
        "The same particles under the weights of this very step, not their moving average",
        also="without EMA, unaveraged weights",
    )
    show_ends: bool = switch(
        True,
        "Ends",
        "Faint clouds of source and target",
        also="source and target, both clouds",
    )
    show_pairs: bool = switch(
        False,
        "Pairs",
        "Straight lines between the two points of some pairs",
        also="coupling lines, connections",
    )
    field: str = choice(
        "none",
        FIELDS,
        "Velocity",
        "Where the flow goes at this t",
        also="velocity field, vector field, quiver",
    )
    colour: str = choice(
        "time",
        COLOURS,
        "Colour",
        "What the colour of a particle tells",
        also="color by, palette, paint, colour map, colormap, colour scheme, colour blind",
    )
    trail: float = number(
        0.12,
        0.01,
        1.0,
        "Trail length",
        "In units of t",
        also="tail length",
    )
    condition: int = number(
        0, 0, 255, "Condition", "The class that a conditional network is asked for"
    )
    opacity: float = number(
        0.0,
        0.0,
        1.0,
        "Dot opacity",
        "Of each particle: they pile up as in a scatter plot. At 0 it adapts to how crowded they "
        "are",
        step=0.01,
        also="alpha, transparency, scatter plot, overplotting",
    )
    dot: float = number(
        0.0,
        0.0,
        8.0,
        "Dot size",
        "Radius of each particle. At 0 it adapts to their number",
        unit="px",
        step=0.1,
        also="marker size, point size, radius",
    )
