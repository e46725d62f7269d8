"""The gradient's noise at each t on a noisy path, with and without antithetic pairs."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF

from flowlab.core.array_types import Floats
from flowlab.ui.base.ticks import ticks
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.plot import Plot

Variances = tuple[Floats, Floats, Floats]  # times, independent, antithetic

HEIGHT = 112  # px
DECADES = 4  # at most: without this limit, the logarithm of a vanishing noise would have no end
TIP = (
    "Variance of the gradient of the loss at each t, on a logarithmic scale, for two pairs with "
    "noise of their own and for one pair met with the noise z and with −z; both cost the same"
)


class VariancePlot(Plot):
    """Dashed: independent noise. Bold: antithetic pairs."""

    def __init__(self) -> None:
        super().__init__(across="t", log_y=True, height=HEIGHT, tip=TIP)
        self.setAccessibleName("Variance of the gradient against t")
        self._variances: Variances | None = None
        self._low = 0.0  # decimal logarithm

    def show_variances(self, variances: Variances) -> None:
        """Draw these variances, unless they are drawn already."""
        drawn = self._variances
        if drawn is not None and all(map(np.array_equal, drawn, variances)):
            return
        self._variances = variances
        times, independent, antithetic = variances
        logs = np.log10(np.maximum(np.concatenate(variances[1:]), 1e-12))
        high = math.ceil(logs.max())
        self._low = min(max(math.floor(logs.min()), high - DECADES), high - 1)
        self.show_curves(
            Curve("independent z", times, self._held_up(independent), "dim", dashed=True),
            Curve("with z and −z", times, self._held_up(antithetic), "learned"),
            spans=((0.0, 1.0), (self._low, high)),
        )
        share = float(np.mean(antithetic) / np.mean(independent))
        self.setAccessibleDescription(f"With antithetic pairs {100 * share:.0f} % of that without")

    def _held_up(self, values: Floats) -> Floats:
        return np.maximum(values, 10.0**self._low)

    def upright_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return a tick for every decade, or more if there are few."""
        return ticks(low, high, 5, log=True, apart=self.upright_apart)

    def spot(self, x: float, y: float) -> QPointF:
        """Return the pixel of a variance at t."""
        return super().spot(x, max(y, 10.0**self._low))
