"""The samples in a picture: the particles' starts, and the faint clouds of both ends."""

from __future__ import annotations

from functools import lru_cache
from typing import TypedDict

import numpy as np
from torch import Tensor

from flowlab.core.array_types import Floats, Ints
from flowlab.core.distributions.factory import build
from flowlab.core.distributions.ink_classes import inked_classes
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Drawing, Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.learning.conditioning import sample_conditions
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions

CLOUD = 4000  # samples of each end in the faint clouds
COARSE = 1000  # particles of a first quick answer


class Ends(TypedDict):
    """The fields of a bundle that are the same in all views of a document."""

    source: Floats
    target: Floats
    revision: int
    step: int


def ends_of(document: Document, options: PlanOptions) -> Ends:
    """Samples of both ends and the request's numbers, as keywords of a bundle."""
    return Ends(
        source=cloud(document.source, document.seed, Stream.SOURCE_CLOUD),
        target=cloud(document.target, document.seed, Stream.TARGET_CLOUD),
        revision=options.revision,
        step=options.step,
    )


def ends_alone(document: Document, revision: int = 0) -> Bundle:
    """A bundle with both ends only, where a plan refuses the document; raises `Invalid`."""
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        **ends_of(document, PlanOptions(revision=revision)),
    )


@lru_cache(maxsize=32)
def cloud(shape: Shape, seed: int, stream: Stream, n: int = CLOUD) -> Floats:
    """Samples (n, 2) float32 of a shape, read-only, the same for the same seed and stream."""
    points: Floats = build(shape).sample(n, torch_rng(seed, stream)).numpy()
    points.setflags(write=False)
    return points


def start_of(
    document: Document, options: PlanOptions, conditional: bool = False
) -> tuple[Tensor, Ints | None]:
    """Start positions (n, 2) of the particles and their classes (n,), if the end has classes.

    The particles of a coarse answer are the first of the full one. For a conditional flow from the
    source, classes are drawn in proportion to their mass in the target.
    """
    n = options.particles or document.view.particles
    x, labels = build(beginning(document)).sample_labelled(
        n, torch_rng(document.seed, Stream.STARTS)
    )
    if conditional and document.solver.direction == "forward":
        labels = sample_conditions(document.target, n, torch_rng(document.seed, Stream.CONDITIONS))
    count = min(n, COARSE) if options.coarse else n
    if labels is None:
        return x[:count], _only_class(beginning(document), count)
    return x[:count], labels[:count].numpy()


def _only_class(shape: Shape, count: int) -> Ints | None:
    """The class (count,) of a drawing in one class, for its colour; None for anything else."""
    drawn = inked_classes(shape) if isinstance(shape, Drawing) else ()
    return np.full(count, drawn[0]) if len(drawn) == 1 else None


def beginning(document: Document) -> Shape:
    """The end where the solver starts."""
    return document.source if document.solver.direction == "forward" else document.target
