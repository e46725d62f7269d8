"""What the search box knows of a widget or an action beside its words, kept at the thing itself."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject

APART = " › "  # between the names of what a thing lies in
FIGURES_CALLED = {  # other names of figures, by their keys
    "straightness": "curvature, straightness, straight paths, bending",
    "npe": "path energy, kinetic energy, action",
    "w2": "Wasserstein distance, earth mover's distance, EMD, distance to the target",
    "exact_w2": "Wasserstein distance, earth mover's distance, EMD",
    "sliced_w2": "Wasserstein distance",
    "mmd": "maximum mean discrepancy, kernel distance",
    "likelihood": "NLL, negative log likelihood",
    "rate": "training speed, speed of training, iterations per second",
    "elapsed": "training time, time spent",
    "floor": "lowest possible loss, minimum loss, Bayes error",
    "step": "epoch, epochs, training steps, iterations, progress",
    "error": "velocity error, approximation error",
    "device": "GPU, CUDA, CPU, threads, hardware",
}
_ALSO, _DOES, _PLACE, _ENTRIES = "also_called", "does", "place", "entries"


def call(
    thing: QObject,
    also: str = "",
    does: str = "",
    place: str = "",
    entries: Mapping[str, str] | None = None,
) -> None:
    """Give a thing other names (phrases between commas), a key of what it does, and a place.

    Of all things that do the same, the search box lists one. The place says where the thing is.
    `entries` holds other names of a list's entries, by their keys.
    """
    named = (_ALSO, also), (_DOES, does), (_PLACE, place), (_ENTRIES, dict(entries or {}))
    for name, value in named:
        if value:
            thing.setProperty(name, value)


def also_called(thing: QObject) -> str:
    """The other names of a thing."""
    return str(thing.property(_ALSO) or "")


def entries_called(thing: QObject) -> dict[str, str]:
    """The other names of a list's entries, by their keys."""
    return dict(thing.property(_ENTRIES) or {})


def what_it_does(thing: QObject) -> str:
    """The key of what a thing does; empty if nothing else does the same."""
    return str(thing.property(_DOES) or "")


def place_of(thing: QObject) -> str:
    """Where a thing is; empty if that isn't known."""
    return str(thing.property(_PLACE) or "")
