"""What flows into a cell through each side, together, and how fast its mass changes, as bars."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.stochastic.cell import Balance
from flowlab.scene.base.style import Theme
from flowlab.ui.base.ticks import MINUS
from flowlab.ui.plots.contract import Reading
from flowlab.ui.plots.curve import Curve, number
from flowlab.ui.plots.plot import Plot

NAMES = ("left", "right", "base", "top", "all", "d/dt")
TIP = (
    "Inflow through each side of the cell, negative where mass flows out; all together; and the "
    "change d/dt of its mass, which equals that where the continuity equation holds"
)


class FluxBars(Plot):
    """Six bars on one scale: the four sides, their sum, and the change of mass."""

    zooms = (False, False)
    legend_saved = False  # the names stand below

    def __init__(self, theme: Theme, height: int) -> None:
        super().__init__(height=height, margins=(36, 6, 4, 19), legend=False, tip=TIP, theme=theme)
        self.values: tuple[float, ...] = ()

    def show_balance(
        self, balance: Balance | None, why: str, *, top: float = 0.0, exact: bool = False
    ) -> None:
        """Show these flows on a scale up to `top`, or why there are none."""
        self.invite(why)
        if balance is None:
            self.values = ()
            self.show_curves()
            self.setAccessibleName(f"Flow through the cell: {why}")
            return
        self.values = (*balance.inflow, balance.total, balance.rate)
        flow = "exact" if exact else "learned"
        inks = ("dim",) * 4 + (flow, "text")
        curves = (
            Curve(name, np.array([k + 0.08, k + 0.92]), np.array([value]), ink, bars=True)
            for k, (name, value, ink) in enumerate(zip(NAMES, self.values, inks, strict=True))
        )
        top = 1.05 * top or 1.0
        self.show_curves(*curves, spans=((0.0, len(NAMES)), (-top, top)))
        self.setAccessibleName(self.words())

    def words(self) -> str:
        """Return all bars in words."""
        pairs = zip(NAMES, self.values, strict=False)
        return "Flow into the cell: " + ", ".join(f"{name} {_number(v)}" for name, v in pairs)

    def level_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return the names of the bars."""
        return [(k + 0.5, name) for k, name in enumerate(NAMES) if low <= k + 0.5 <= high]

    def reading(self, x: float) -> Reading | None:
        """Return the bar at a place."""
        if not self.values:
            return None
        k = min(max(int(x), 0), len(NAMES) - 1)
        value = self.values[k]
        return Reading(k + 0.5, ((k + 0.5, value),), f"{NAMES[k]}  {_number(value)}", line=False)

    def stops(self) -> Floats:
        """Return the middles of the bars."""
        return np.arange(len(self.values)) + 0.5

    def table(self) -> str:
        """Return all flows with their names."""
        rows = [f"{name}\t{value:.7g}" for name, value in zip(NAMES, self.values, strict=False)]
        return "\n".join(["side\tinflow", *rows]) + "\n"


def _number(value: float) -> str:
    return number(float(f"{value:.3g}")).replace("-", MINUS)
