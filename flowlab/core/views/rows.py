"""The rows of the table of views: all that is known of a view or room before importing it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

Settings = TypeVar("Settings")

TIME = "t"
PAIRS = "show_pairs"  # a switch that has a place of its own in the panel of couplings
LAYERS = {  # switches of `document.View` that show a layer of the picture, with their titles
    "show_particles": "Particles",
    "show_trails": "Trails",
    "show_density": "Density",
    "show_contours": "Contours",
    "show_grid": "Grid",
    "show_paths": "Paths",
    "show_ends": "Ends",
    "show_raw": "Raw weights",
}


@dataclass(frozen=True, kw_only=True)
class ViewRow:
    """One view: all that window, painter, export, command line and engine need to know of it."""

    name: str  # as documents and the command line spell it
    title: str
    tip: str
    plan: str  # "module:function" that computes it, see `core.views.request.Plan`
    button: str = ""  # a shorter title, for the room's switch between its views
    also: str = ""  # other words by which the search box finds it, phrases between commas
    is_new: str = ""  # "module:function": True if something slow isn't cached yet
    calls: str = ""  # "module:function": network evaluations for a particle, unless the solver's
    reads: tuple[str, ...] = ()  # fields of the room's settings that the plan depends on
    network: bool = True  # False if the picture doesn't depend on a network
    predicts: str = ""  # the one prediction of networks that have a part in it; any, if empty
    compares: bool = True  # True if it can be shown as learned, exact, or their difference
    layers: tuple[str, ...] = ()  # switches of `LAYERS` that it has, and "layout" for two planes
    overrides: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    # fields of `document.View` that have a fixed value in this view, whatever the document says
    time: str = TIME  # the articles' symbol for the time
    timeless: bool = False  # True if the picture is the same at every time
    cloud: str = ""  # what the legend calls the particles at a time; else that they are those of p
    still: float = 1.0  # the time of a still picture
    key: bool = False  # True if the view has a key of its own below the picture
    blends: bool = False  # True if its particles are x_t of independent pairs on straight lines
    ends: bool = False  # True if only both ends are shown where it can't be computed
    roles: tuple[str, ...] = ("source", "target")  # the ends that have a part in it
    own_ends: bool = False  # True if its particles needn't begin or end as source and target are
    backwards: bool = False  # True if its process runs from t = 1 to t = 0, and so it is played

    def seen(self, view: Settings) -> Settings:
        """The settings of the view (a `document.View`) as they are drawn, overrides applied."""
        if all(getattr(view, name) == value for name, value in self.overrides.items()):
            return view
        overridden: Settings = dataclasses.replace(view, **self.overrides)  # type: ignore[type-var]
        return overridden


@dataclass(frozen=True, kw_only=True)
class Room:
    """One tab of the window; its packages in every layer have its name."""

    name: str
    title: str
    tip: str
    views: tuple[ViewRow, ...]  # the first one is shown when the room is first opened
    settings: str = ""  # the field of the document that holds the room's own settings
    presets: str = ""  # "module:function" that returns name -> maker of a document


@dataclass(frozen=True)
class Preset:
    """A document, made on request, and the t at which it is paused (None: it plays)."""

    make: Callable[[], Any]
    title: str = field(default="", kw_only=True)  # where its name in words isn't spelled right
    t: float | None = None
    weights: str = ""  # the preset whose bundled weights it has too, in place of its own
    steps: int = 0  # of training for its bundled weights; 0 for as many as most have
    earlier: int = 0  # weights of earlier steps that are bundled too, to look back on the training


def resolve(dotted: str) -> Any:
    """The object that a row names as "module:name", imported now."""
    module, _, name = dotted.partition(":")
    return getattr(import_module(module), name)


def only(**on: Any) -> dict[str, Any]:
    """Overrides that switch every layer off but those named."""
    names = ("particles", "trails", "density", "contours", "grid", "paths", "ends", "pairs")
    return {**{f"show_{name}": False for name in names}, "field": "none", **on}
