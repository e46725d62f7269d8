"""The right panel of a room whose views have stories: it shows the story of the current view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.paced import Paced
from flowlab.ui.base.section import scrolling
from flowlab.ui.base.theme import SCROLL_BAR
from flowlab.ui.room.side_panel import RIGHT_WIDTH
from flowlab.ui.room.story import Place, Story, say, words

if TYPE_CHECKING:
    from flowlab.work.status import Status

MakeStory = Mapping[str, Callable[[], Story]]


class StoryPanel(QWidget):
    """One story at a time, and above it a sentence about what is impossible."""

    def __init__(self, make: MakeStory) -> None:
        super().__init__()
        self._make = make
        self.theme: Theme = DARK
        self.stories: dict[str, Story] = {}  # each created when its view is first shown
        self.shown: Story | None = None
        self.message = words("warn")
        self.message.hide()
        self._bundle: Bundle | None = None
        self._t, self._ready = 0.0, False
        self._paced = Paced(self, self._show_t)
        self.setObjectName("panel")
        self.setFixedWidth(RIGHT_WIDTH)
        inner = QWidget()
        inner.setObjectName("panel")
        self._area = scrolling(inner)
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(16, 14, 18 - SCROLL_BAR, 12)
        self.column.setSpacing(8)
        self.column.addWidget(self.message)
        self.column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)

    def show_document(self, document: Document) -> None:
        """Show the story of the document's view."""
        story = self._story(document.view.name)
        if story is None:
            return
        story.show_document(document)
        if story is self.shown:
            return
        if self.shown is not None:
            self.shown.hide()
        self.shown = story
        self._to_top()
        story.show()
        if self._bundle is not None:
            story.show_bundle(self._bundle)
        story.show_t(self._t)

    def _story(self, name: str) -> Story | None:
        if name not in self.stories and name in self._make:
            story = self.stories[name] = self._make[name]()
            self.column.insertWidget(self.column.count() - 1, story)
            story.hide()
            story.set_theme(self.theme)
            if self._ready:
                story.engine_ready()
        return self.stories.get(name)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a bundle from the engine."""
        self._bundle = bundle
        if self.shown is not None:
            self.shown.show_bundle(bundle)

    def show_t(self, t: float) -> None:
        """Show another t, a few times a second."""
        self._t = t
        self._paced.tell(t)

    def flush(self) -> None:
        """Show the newest t at once, because a user's step should not wait."""
        self._paced.flush()

    def _show_t(self, t: float) -> None:
        if self.shown is not None:
            self.shown.show_t(t)

    def show_place(self, place: Place | None) -> None:
        """Show the values at the cursor."""
        if self.shown is not None:
            self.shown.show_place(place)

    def show_status(self, status: Status) -> None:
        """Show the engine's status, and what is impossible."""
        why = status.problem or status.reason
        if why and why != self.message.text():
            self._to_top()
        say(self.message, why)
        if self.shown is not None:
            self.shown.show_status(status)

    def _to_top(self) -> None:
        """Scroll to where the story begins, and what is impossible is said."""
        self._area.verticalScrollBar().setValue(0)

    def engine_ready(self) -> None:
        """Create the widgets that need the engine and slow imports."""
        self._ready = True
        for story in self.stories.values():
            story.engine_ready()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        for story in self.stories.values():
            story.set_theme(theme)
