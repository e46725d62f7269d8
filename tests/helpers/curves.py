"""Characteristics made by hand: straight curves, and a cell whose figures are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.stochastic.cell import CellFlow
from flowlab.core.stochastic.curves import Characteristics
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.bundle import Bundle

TIMES = np.linspace(0.0, 1.0, 5)
MOVED = np.array([2.0, 0.0])  # from t = 0 to 1
CURVES = Document(view=View(name="characteristics", show_particles=False, show_ends=False))


def cell_of(settings: Stochastic, inflow: tuple[float, ...], rate: float) -> CellFlow:
    """The same flow at all times, evenly along each side."""
    rows = np.tile(np.array(inflow), (5, 1))
    return CellFlow(
        x=settings.cell_x,
        y=settings.cell_y,
        size=settings.cell_size,
        times=TIMES,
        nodes=np.linspace(-0.9, 0.9, 4),
        profile=np.repeat(-rows[:, :, None] / settings.cell_size, 4, 2),
        mass=0.25 + rate * TIMES,
        rate=np.full(5, rate),
        inflow=rows,
        exact_inflow=np.tile(np.array([rate, 0.0, 0.0, 0.0]), (5, 1)),
    )


def curves_bundle(document: Document = CURVES, **fields: Any) -> Bundle:
    """Curves that go 2 to the right; their log density falls by t."""
    starts = np.array(document.stochastic.curves)[:, :2]
    n = len(starts)
    made: dict[str, Any] = {
        "times": TIMES,
        "points": starts + TIMES[:, None, None] * MOVED,
        "change": np.tile(-TIMES[:, None], (1, n)),
        "start": np.full(n, -2.0),
        "known": np.tile(-2.0 - 1.5 * TIMES[:, None], (1, n)),
        "cell": cell_of(document.stochastic, (0.3, -0.1, 0.05, -0.05), 0.15),
    }
    end = np.array([[4.0, 4.0], [-4.0, -4.0]], np.float32)
    return Bundle(
        times=np.array([0, 1], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        source=end,
        target=end,
        extra=Characteristics(**{**made, **fields}),
    )
