"""Controls of a view with an SDE: a drawn level begins as the shape chosen before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowlab.core.document.document import Document
from flowlab.core.stochastic.level_curve import drawn_from
from flowlab.core.stochastic.possible import why_no_gamma
from flowlab.ui.stochastic.exact_controls import ExactControls


class NoiseControls(ExactControls):
    """Controls in which the level of the noise over time can be chosen."""

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why a level can't be chosen."""
        super().show_document(document)
        for form, _ in self._forms:
            form.forbid_option("eps_shape", "gamma", why_no_gamma(document))

    def take(self, part: str, value: Any) -> None:
        """Edit a part of the document; no picture jumps when a drawn level is chosen."""
        before = self.document.stochastic
        if part == "stochastic" and value.eps_shape == "drawn" != before.eps_shape:
            value = replace(value, eps_curve=drawn_from(before, self.document.path))
        super().take(part, value)
