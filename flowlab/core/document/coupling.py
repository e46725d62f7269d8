"""Which source point is paired with which target point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowlab.core.document.arrays import Array, array_of
from flowlab.core.document.limits import Checked, Invalid, choice, data, number, text

COUPLINGS = {
    "independent": "Independent",
    "ot": "Optimal transport",
    "sinkhorn": "Sinkhorn transport",
    "lines": "Drawn lines",
    "reflow": "Reflow pairs",
}
MOST_LINES = 64


@dataclass(frozen=True, kw_only=True)
class Coupling(Checked):
    """Which source point is paired with which target point; both keep their distribution."""

    kind: str = choice(
        "independent",
        COUPLINGS,
        "Coupling",
        "Which source point is paired with which target point; both distributions stay as they are",
        also="pairing, matching, couple",
        entries={
            "ot": "OT, minibatch OT, assignment",
            "sinkhorn": "entropic OT, entropic transport, Schrödinger bridge",
            "reflow": "rectified flow",
        },
    )
    batch: int = number(
        128,
        2,
        512,
        "Matched batch",
        "So many source points are matched with as many target points. The best matching of a "
        "batch is not that of the whole: small batches leave more crossings and a higher cost "
        "(2 is nearly independent), and the bias fades as the batch grows",
        log=True,
        also="minibatch, mini-batch, OT batch",
    )
    regularisation: float = number(
        0.1,
        1e-3,
        100.0,
        "Regularisation",
        "Weight ε of the plan's entropy, in squared units of the plane: a small one comes near "
        "the exact assignment, a large one near the independent coupling",
        log=True,
        also="entropy, epsilon, ε",
    )
    reach: float = number(
        1.0,
        0.05,
        10.0,
        "Reach",
        "A line speaks for source points within this distance of its start",
        log=True,
    )
    lines: Array | None = data(None, "Lines")  # (k, 4): x0, y0, x1, y1
    pairs: Array | None = data(None, "Pairs")  # (n, 4), carried by an earlier flow
    generation: int = number(0, 0, 9999, "Generation", "How often the pairs were flowed anew")
    ends: str = text("", 200, "Made for")  # fingerprint of the distributions that the pairs join

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lines", "pairs"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _four_columns(given, name))
        if self.lines is not None and len(self.lines) > MOST_LINES:
            raise Invalid(f"A coupling takes at most {MOST_LINES} lines; remove some.")
        if self.kind == "reflow" and self.pairs is None:
            raise Invalid("There are no reflow pairs yet: train a flow, then press Reflow.")


def _four_columns(given: Any, name: str) -> Array:
    """`given` as rows x0, y0, x1, y1; raises `Invalid`."""
    array = array_of(given, f"The coupling's {name}", np.float32)
    if not (array.shape[1:] == (4,) and array.finite and len(array)):
        raise Invalid(f"The coupling's {name} must be finite rows x0, y0, x1, y1.")
    return array
