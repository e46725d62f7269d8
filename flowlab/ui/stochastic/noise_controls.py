"""Controls of a view with an SDE: a drawn level begins as the shape chosen before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowlab.core.stochastic.level_curve import drawn_from
from flowlab.ui.stochastic.exact_controls import ExactControls


class NoiseControls(ExactControls):
    """Controls in which the level of the noise over time can be chosen."""

    def take(self, part: str, value: Any) -> None:
        """Edit a part of the document; no picture jumps when a drawn level is chosen."""
        before = self.document.stochastic
        if part == "stochastic" and value.eps_shape == "drawn" != before.eps_shape:
            value = replace(value, eps_curve=drawn_from(before, self.document.path))
        super().take(part, value)
