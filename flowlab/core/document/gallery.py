"""Named distributions (those of the picker) and named presets."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import (
    Checkerboard,
    Disc,
    Drawing,
    Gaussian,
    Mixture,
    Moons,
    Pinwheel,
    Polygon,
    Ring,
    Rings,
    SCurve,
    Shape,
    Smiley,
    Spiral,
    SwissRoll,
    Text,
)
from flowlab.core.views.registry import ROOMS
from flowlab.core.views.rows import Preset, resolve

TRIANGLE = ((-3.0, -2.4), (3.0, -2.4), (0.0, 2.8))
SQUARE = ((-2.4, -2.4), (2.4, -2.4), (2.4, 2.4), (-2.4, 2.4))
RHOMBUS = ((0.0, -3.4), (2.4, 0.0), (0.0, 3.4), (-2.4, 0.0))

# name -> (title, shape). The four "8 Gaussians" in use differ in radius and deviation.
GALLERY: dict[str, tuple[str, Shape]] = {
    "gaussian": ("Gaussian", Gaussian()),
    "eight_gaussians": ("8 Gaussians · r 5, σ 0.7 (notebook)", Ring()),
    "eight_gaussians_cfm": ("8 Gaussians · r 5, σ 0.562 (torchcfm)", Ring(std=0.1**0.25)),
    "eight_gaussians_unit": ("8 Gaussians · r 5, σ 1 (CFM paper)", Ring(std=1.0)),
    "eight_gaussians_dsb": ("8 Gaussians · r 12, σ 1.5 (bridge toy)", Ring(radius=12.0, std=1.5)),
    "mixture": ("Gaussian mixture", Mixture()),
    "checkerboard": ("Checkerboard · ±4", Checkerboard()),
    "checkerboard_fm": ("Checkerboard · ±4.44 (FM notebook)", Checkerboard(half_width=2 / 0.45)),
    "moons": ("Two moons", Moons()),
    "spiral": ("Spiral", Spiral()),
    "swiss_roll": ("Swiss roll", SwissRoll()),
    "rings": ("Concentric rings", Rings()),
    "pinwheel": ("Pinwheel", Pinwheel()),
    "triangle": ("Triangle", Polygon(vertices=TRIANGLE)),
    "square": ("Square", Polygon(vertices=SQUARE)),
    "rhombus": ("Rhombus", Polygon(vertices=RHOMBUS)),
    "polygon": ("Polygon", Polygon()),
    "disc": ("Disc", Disc()),
    "s_curve": ("S-curve", SCurve()),
    "smiley": ("Smiley", Smiley()),
    "text": ("Text", Text()),
    "drawing": ("Drawing", Drawing()),
}

_ALIASES = {
    "8gaussians": "eight_gaussians",
    "gaussianmixture": "mixture",
    "gmm": "mixture",
    "mog": "mixture",
    "disk": "disc",
    "twomoons": "moons",
    "circles": "rings",
    "concentricrings": "rings",
    "ring": "eight_gaussians",
    "checker": "checkerboard",
    "normal": "gaussian",
    "scurve": "s_curve",
    "swissroll": "swiss_roll",
    "letters": "text",
    "word": "text",
}


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def aliases_of(name: str) -> list[str]:
    """Other names of a distribution."""
    return [alias for alias, known in _ALIASES.items() if known == name]


def named(name: str) -> Shape:
    """The gallery's shape of that name, ignoring case and punctuation; raises `Invalid` if none."""
    known = {_plain(key): key for key in GALLERY} | _ALIASES
    key = known.get(_plain(name))
    if key is None:
        raise Invalid(f"There is no distribution named {name!r}; try one of {', '.join(GALLERY)}.")
    return GALLERY[key][1]


@lru_cache(maxsize=1)
def _presets() -> dict[str, Preset]:
    """The presets of all rooms, whose documents no module of this layer may know."""
    made = [resolve(room.presets)() for room in ROOMS if room.presets]
    return {name: preset for presets in made for name, preset in presets.items()}


def preset_names() -> list[str]:
    """Names of the presets, in the order of the menu: room by room."""
    return list(_presets())


def preset_title(name: str) -> str:
    """The preset's name in words."""
    title = _presets()[name].title if name in _presets() else ""
    return title or name.replace("_", " ").capitalize()


def preset_key(name: str) -> str:
    """The preset's listed name, ignoring case and punctuation; raises `Invalid` if none."""
    titles = {_plain(preset_title(key)): key for key in preset_names()}
    key = (titles | {_plain(key): key for key in preset_names()}).get(_plain(name))
    if key is None:
        names = ", ".join(preset_names())
        raise Invalid(f"There is no preset named {name!r}; try one of {names}.")
    return key


def preset_state(name: str) -> dict[str, Any]:
    """The play state of a preset: a figure with a `t` of its own is paused there, others play."""
    t = _presets()[preset_key(name)].t
    return {} if t is None else {"t": t, "playing": False}


def preset_weights(name: str) -> str:
    """The preset in whose bundled file the weights of a preset lie: mostly its own."""
    return _presets()[preset_key(name)].weights or preset_key(name)


def preset_steps(name: str) -> int:
    """How many steps the bundled weights of a preset are trained; 0 for the usual number."""
    return _presets()[preset_key(name)].steps


def preset_earlier(name: str) -> int:
    """How many weights of earlier steps are bundled with a preset."""
    return _presets()[preset_key(name)].earlier


def preset(name: str) -> Document:
    """The document of a preset; raises `Invalid` if there is none of that name."""
    made: Document = _presets()[preset_key(name)].make()
    return made
