"""Which parts of a document its network is trained on, and which of them need fresh weights."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.fresh import FRESH

Aspect = tuple[object, ...]

NO_LATENT = (
    "The velocity and the latent noise are learned together only along a path that has noise: "
    "choose one in the Flow room, or predict the velocity."
)


def why_no_latent(document: Document) -> str:
    """Why no network can learn the latent noise beside the velocity; empty if one can."""
    return "" if document.path.noisy else NO_LATENT


def learned(document: Document) -> Aspect:
    """What the weights depend on: the pairs, the path, the network and how it is trained."""
    return *weighed(document), document.training


def weighed(document: Document) -> Aspect:
    """The parts whose change gives weights of their own; `training` may change on the way."""
    ends = document.source, document.target
    return *ends, document.path, document.coupling, document.network


def flow_of(document: Document) -> Aspect:
    """The parts whose change needs fresh weights; other shapes of the same kind are learned on."""
    coupling = document.coupling
    pairs = coupling.pairs if coupling.kind == "reflow" else None
    ends = type(document.source), type(document.target)
    settings = (
        getattr(getattr(document, part), name) for part, names in FRESH.items() for name in names
    )
    return *ends, pairs, *settings
