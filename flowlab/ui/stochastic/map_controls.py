"""The controls of the views that are maps: the likelihood, and curl and divergence."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.ui.room.controls import Controls
from flowlab.ui.stochastic.exact_controls import ExactControls

EXACT = "The likelihood of the exact velocity in place of the network's, where it is known"


class LikelihoodControls(ExactControls):
    """Controls for the number of z, and for whose likelihood is shown."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.classes = self.add_class_choice()
        self.add_form("stochastic", "vectors")
        self.exact.setToolTip(EXACT)
        self.column.addWidget(self.exact)
        self.add_more("likelihood")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and its classes if the network is conditional."""
        super().show_document(document)
        self.classes.show_document(document)


class DivergenceControls(Controls):
    """Controls for which of both is shown."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.classes = self.add_class_choice()
        self.add_form("stochastic", "derivative")
        self.add_more("divergence")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and its classes if the network is conditional."""
        super().show_document(document)
        self.classes.show_document(document)
