"""The methods of all solvers by the names that scripts and the command line take."""

from __future__ import annotations

import unicodedata
from difflib import get_close_matches
from typing import Any

from flowlab.core.diffusion.settings import DIFFUSION_METHODS
from flowlab.core.document.document import Document
from flowlab.core.document.learned import between_walls
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.solver import METHODS
from flowlab.core.reflected.settings import WALL_METHODS, Reflected
from flowlab.core.stochastic.settings import SDE_METHODS
from flowlab.core.views.registry import room_of

ALL = {**METHODS, **SDE_METHODS, **WALL_METHODS, **DIFFUSION_METHODS}
_OTHERS = {"rk45": "dopri5", "em": "euler_maruyama", "runge_kutta": "rk4"}


def method_of(given: Any) -> str:
    """The method of this name; raises `Invalid`, with all names and the nearest, for another."""
    name = given.lower() if isinstance(given, str) else given
    if isinstance(name, str) and name in ALL:
        return name
    near = _nearest(given) if isinstance(given, str) else ""
    meant = f" did you mean {near!r}?" if near else ""
    ode, sde, walls = ", ".join(METHODS), " and ".join(SDE_METHODS), ", ".join(WALL_METHODS)
    diffusion = ", ".join(DIFFUSION_METHODS)
    raise Invalid(
        f"There is no method {shown(given)};{meant or ' take one of these.'} "
        f"For the ODE there are {ode}; for the SDE {sde}; between walls {walls}; of a "
        f"diffusion model {diffusion}."
    )


def uses_walls(document: Document) -> bool:
    """True if a document is about particles between walls, of which each has some.

    Its network has learned a score there, its view is one of the reflected room's, or its walls or
    their noise have been changed.
    """
    in_room = room_of(document.view.name).name == "reflected"
    return between_walls(document) or in_room or document.reflected != Reflected()


def _nearest(given: str) -> str:
    """The method that may be meant by a name or title, with whatever signs; or empty."""
    names = {_plain(name): name for name in ALL}
    names |= {_plain(title): name for name, title in ALL.items()} | _OTHERS
    close = get_close_matches(_plain(given), names, 1, 0.7)
    return names[close[0]] if close else ""


def _plain(text: str) -> str:
    """Lower case, with an underscore for any signs between words, and without accents."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return "_".join("".join(kept).split())
