"""The room's panels: its one setting at the left, the mean length at the right."""

from __future__ import annotations

import numpy as np
from flowlab.core.lengths.plan import PathLengths
from flowlab.core.lengths.views import ROOM

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, counted
from flowlab.ui.room.controls import Controls
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story import Story, say, words
from flowlab.ui.room.views_panels import ViewsPanels


class LengthControls(Controls):
    """How many rings there are."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("lengths", "rings")
        self.add_more("path_length")


class LengthStory(Story):
    """The mean length at this t."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = words()
        self.column.addWidget(self.sentence)

    def renew(self) -> None:
        """Say the mean of the paths up to t."""
        extra = None if self.bundle is None else self.bundle.extra
        if isinstance(extra, PathLengths):
            mean = np.interp(self.t, self.bundle.times, extra.values.mean(1))
            say(self.sentence, f"On average a particle has come {mean:.2f} units.")


class LengthPanels(ViewsPanels):
    """One view, with its controls and its story."""

    def caption(self, document: Document, bundle: Bundle) -> str:
        """How many particles there are."""
        known = isinstance(bundle.extra, PathLengths)
        return counted(bundle.count, "particle") if known else COMING


def make(host: Host) -> LengthPanels:
    """The room's panels."""
    return LengthPanels(host, ROOM, {"path_length": LengthControls}, {"path_length": LengthStory})
