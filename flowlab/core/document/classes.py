"""Which classes a shape has, and whether a network may be conditioned on them; imports no torch.

Conditional iterative alpha-(de)blending (Heitz, Belcour and Chambon 2023, arXiv:2305.03486) gives
the network a condition c as a further input: it then learns E[dx_t/dt | x_t, c], the flow from p0
to p1(. | c). Here c is the class of the target point.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.document import shapes
from flowlab.core.document.document import Document
from flowlab.core.document.network import BETWEEN_WALLS
from flowlab.core.document.shapes import Shape

MOST = 64  # classes of a conditional network
NO_CLASS = -1  # told to it in place of a class: that of all of the target

_KINDS = (
    "a ring or mixture of Gaussians, moons, a checkerboard, text, a drawing in several classes, or "
    "points with a third column"
)


@lru_cache(maxsize=64)
def classes_of(shape: Shape) -> tuple[int, ...]:
    """The classes of a shape's points, ascending, from its settings; empty where it has none.

    For a drawing, the classes of its strokes, including one that was erased completely.
    """
    if isinstance(shape, shapes.Points):
        values = () if shape.labels is None else np.unique(np.asarray(shape.labels.values))
        return tuple(int(v) for v in values)
    if isinstance(shape, shapes.Drawing):
        drawn = {s.label for s in shape.strokes if s.tool not in ("eraser", "move")}
        return tuple(sorted(drawn)) if len(drawn) > 1 else ()
    count = _count(shape)
    return tuple(range(count)) if count > 1 else ()


def _count(shape: Shape) -> int:
    """The number of classes of a built-in shape."""
    if isinstance(shape, shapes.Mixture):
        return sum(weight > 0 for weight in shape.weights)
    if isinstance(shape, shapes.Ring | shapes.Spiral | shapes.Rings | shapes.Pinwheel):
        return shape.count
    if isinstance(shape, shapes.Checkerboard):
        return (shape.count**2 + 1) // 2
    if isinstance(shape, shapes.Text):
        return len("".join(shape.text.split()))
    return {shapes.Moons: 2, shapes.Smiley: 3}.get(type(shape), 1)


def class_name(label: int, shape: Shape | None = None) -> str:
    """What people read of the class that documents and scripts number `label`.

    It is the word of the file that `shape` is from, or else its number, counted from 1: the digit
    of the class's key and of its chip. Colours go by the label too.
    """
    names = shape.classes if isinstance(shape, shapes.Points) else ()
    return (names[label] if 0 <= label < len(names) else "") or str(label + 1)


def nearest_class(classes: tuple[int, ...], wanted: int) -> int:
    """The class nearest to `wanted`; of two equally near, the lower one."""
    return min(classes, key=lambda c: (abs(c - wanted), c))


def why_no_condition(document: Document) -> str:
    """Why the document's network cannot be conditional, in one sentence; empty where it can."""
    classes = classes_of(document.target)
    if not classes:
        return (
            f"The target, “{document.target.title}”, has no classes to be a condition: choose "
            f"{_KINDS} as target."
        )
    if len(classes) > MOST:
        return f"A condition has at most {MOST} classes, and this target has {len(classes)}."
    if document.network.predicts == BETWEEN_WALLS:
        return ""
    if document.coupling.kind == "reflow":
        return "Reflow pairs do not say which class they are of: choose another coupling."
    if document.path.kind == "mirror":
        return "On a mirror path a point starts in its own class: choose another path."
    if document.network.predicts not in ("velocity", "denoiser"):
        return (
            "A conditional network predicts the velocity, the denoiser or the score between walls: "
            "choose one of them."
        )
    if document.training.target == "exact":
        return "The zero-variance target is the mean over all classes: train on pairs."
    return ""
