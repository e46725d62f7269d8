"""The caption of a picture, one line at its foot: the parts that rooms share."""

from __future__ import annotations

from flowlab.core.document.classes import class_name
from flowlab.core.document.document import Document
from flowlab.core.document.solver import METHODS
from flowlab.core.views.bundle import Bundle

COMING = "on its way …"  # shown until the view's picture arrives


def flow_caption(document: Document, bundle: Bundle, wanted: int = 0) -> str:
    """The caption of a flow: its particles, of how many are `wanted`, its solver, its velocity."""
    name, shows = METHODS.get(bundle.method, bundle.method), document.view.shows
    steps = document.solver.steps
    one = f"{name}, {steps} step{'' if steps == 1 else 's'}"
    how = name if bundle.method == "dopri5" else one
    what = weights_words(bundle, exact=shows == "exact" and bundle.exact is not None)
    if shows != "learned" and bundle.exact is None and bundle.exact_note:
        what = f"{bundle.exact_note} · {what}"
    return f"{particles_words(bundle, wanted)} · {how} · {what}"


def weights_words(bundle: Bundle, *, exact: bool = False) -> str:
    """Whose velocity is followed: that of a training step, or the exact one."""
    if exact:
        return bundle.exact_note or "exact velocity"
    return "untrained" if bundle.step == 0 else f"training step {bundle.step:,}"


def particles_words(bundle: Bundle, wanted: int) -> str:
    """The number of particles; "1,000 of 1,000,000 particles" where not all are computed."""
    shown = bundle.points.shape[1]
    of = f"{shown:,} of " if 0 < shown < wanted else ""
    return of + counted(wanted if of else shown, "particle")


def class_words(document: Document, condition: int | None) -> list[str]:
    """Whose class's velocity it is, as a part of a caption; empty for that of no single class."""
    return [] if condition is None else [f"class {class_name(condition, document.target)}"]


def counted(count: int, word: str) -> str:
    """A count in words: "1 particle", "2,000 particles"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
