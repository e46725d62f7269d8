"""The caption of a picture of this room, one line at its foot."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.core.reflected.results import motion_of, ways_of
from flowlab.core.reflected.settings import WALLS
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, counted, particles_words


def caption(document: Document, bundle: Bundle) -> str:
    """The caption for the document's view; the bundle may still be another view's."""
    return CAPTIONS[document.view.name](document, bundle)


def _of_motion(document: Document, bundle: Bundle) -> str:
    motion = motion_of(bundle)
    return COMING if motion is None else " · ".join(_words(document, bundle))


def _of_ways(document: Document, bundle: Bundle) -> str:
    return COMING if ways_of(bundle) is None else " · ".join(_words(document, bundle))


def _words(document: Document, bundle: Bundle) -> list[str]:
    settings = document.reflected
    return [
        particles_words(bundle, document.view.particles),
        f"{WALLS[settings.walls].lower()} walls",
        f"from {START_WORDS[settings.start]}",
        f"{NOISE_WORDS[settings.process]}, {counted(settings.steps, 'step')}",
        *(["target clipped to the walls"] if settings.clip and settings.start == "target" else []),
    ]


START_WORDS = {
    "target": "the target",
    "uniform": "the uniform law",
    "point": "one point",
}
NOISE_WORDS = {"ve": "variance exploding", "brownian": "Brownian motion"}
CAPTIONS: dict[str, Callable[[Document, Bundle], str]] = {
    "reflected_motion": _of_motion,
    "reflected_time_plane": _of_motion,
    "ways_to_stay": _of_ways,
}
