"""Drawing walls, a choice of drawn ones, and what can be done about what lies outside them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from flowlab.core.reflected.outlines import OUTLINES, outline_named
from flowlab.core.reflected.outside import Outside
from flowlab.core.reflected.settings import MOST_RINGS, Reflected
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import call
from flowlab.ui.base.theme import set_role
from flowlab.ui.base.widgets import combo
from flowlab.ui.room.story import say, words

DRAW = "draw walls, boundary, outline, polygon, free hand, sketch a domain, pencil"
HOLE = "hole, inner wall, obstacle, island, cut out"
LIST = "drawn walls, boundary, preset walls, domain, outline, shapes of walls"
BY_HAND = "hand"  # the entry of walls that are none of the list
FULL = f"There are {MOST_RINGS - 1} holes already"
NO_FIT = "Walls of this shape don’t hold it at any size that can be had: clip it"


class WallButtons(QWidget):
    """Draw, add a hole, and the drawn walls to begin with."""

    draw = Signal(str)  # "walls" or "hole"
    chosen = Signal(str)  # a name of `OUTLINES`

    def __init__(self) -> None:
        super().__init__()
        self.walls = _button(
            "Draw walls",
            "Draw the walls with the mouse: in one stroke, or corner by corner",
            DRAW,
            does="draw walls",
        )
        self.hole = _button("Add a hole", "Draw a hole into the walls", HOLE, does="draw a hole")
        self.shapes = combo(
            {**{name: outline.title for name, outline in OUTLINES.items()}, BY_HAND: "By hand"},
            "Drawn walls to begin with; drag their corners on the picture",
        )
        entries = {name: outline.also for name, outline in OUTLINES.items()}
        call(self.shapes, LIST, does="choose drawn walls", entries={**entries, BY_HAND: DRAW})
        self.shapes.setAccessibleName("Drawn walls")
        self.shapes.setPlaceholderText("Drawn walls …")
        self.walls.clicked.connect(lambda: self.draw.emit("walls"))
        self.hole.clicked.connect(lambda: self.draw.emit("hole"))
        self.shapes.activated.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(_row(self.walls, self.hole))
        column.addWidget(self.shapes)

    def show_settings(self, settings: Reflected) -> None:
        """Show which drawn walls these are, and why no hole can be added."""
        drawn = settings.walls == "drawn"
        name = outline_named(settings.outline) or BY_HAND if drawn else ""
        self.shapes.setCurrentIndex(self.shapes.findData(name))
        allow(self.hole, FULL if drawn and len(settings.outline) >= MOST_RINGS else "")

    def show_drawing(self, what: str) -> None:
        """Show what is being drawn: a second click on its button stops that."""
        self.walls.setText("Stop drawing" if what == "walls" else "Draw walls")
        self.hole.setText("Stop drawing" if what == "hole" else "Add a hole")

    def _choose(self, index: int) -> None:
        name = str(self.shapes.itemData(index))
        if name == BY_HAND:
            self.draw.emit("walls")
        else:
            self.chosen.emit(name)


class OutsideRow(QWidget):
    """How much of both ends lies outside the walls, and what can be done about it."""

    clip = Signal()
    fit = Signal(object)  # the walls made to hold the target

    def __init__(self) -> None:
        super().__init__()
        self.words: QLabel = words("warn")
        self.clip_button = _button(
            "Clip",
            "Keep only what lies between the walls",
            "truncate, cut off the target, cut off the source",
            does="clip the target",
        )
        self.fit_button = _button(
            "Fit walls",
            "Move and resize the walls until they hold all that lies outside",
            "enclose",
            does="fit walls",
        )
        self.answer: Outside | None = None
        self.clip_button.clicked.connect(self.clip)
        self.fit_button.clicked.connect(self._fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addLayout(_row(self.clip_button, self.fit_button))
        self.hide()

    def show_answer(self, answer: Outside | None, *, clipped: bool) -> None:
        """Show the share outside; nothing where it is 0 or not known."""
        self.answer = answer
        if answer is None or not answer.any:
            self.hide()
            return
        set_role(self.words, "dim" if clipped else "warn")  # what was wanted is no warning
        say(self.words, answer.words(clipped=clipped))
        self.clip_button.setVisible(not clipped)
        allow(self.fit_button, "" if answer.fitted is not None else NO_FIT)
        self.show()

    def _fit(self) -> None:
        if self.answer is not None and self.answer.fitted is not None:
            self.fit.emit(self.answer.fitted)


def _button(title: str, tip: str, also: str, does: str) -> QPushButton:
    button = QPushButton(title)
    button.setProperty("role", "tight")
    button.setToolTip(tip)
    call(button, also, does)  # alike in all views: the search box lists it once
    return button


def _row(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for button in buttons:
        row.addWidget(button, 1)
    return row
