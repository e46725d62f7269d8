"""The cards of source and target: thumbnail, name, and parameters."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.array_types import Floats
from flowlab.core.document.fresh import OTHER_SHAPE
from flowlab.core.document.gallery import GALLERY
from flowlab.core.document.shapes import Drawing, Picture, Points, Shape
from flowlab.scene.base.end_colours import role_colour
from flowlab.scene.base.style import DARK, Theme
from flowlab.scene.base.thumbnail import thumbnail
from flowlab.ui.base.elided import ElidedButton
from flowlab.ui.base.icons import icon
from flowlab.ui.base.in_sight import bring_in_sight
from flowlab.ui.base.opened_by import set_opener
from flowlab.ui.forms.lazy_form import LazyForm

HEIGHT = 68


def title_of(shape: Shape) -> str:
    """The gallery's title of a shape in it, otherwise the kind's, with the file's name."""
    for title, known in GALLERY.values():
        if known == shape:
            return title
    if isinstance(shape, Picture) and shape.name:
        return shape.name
    if isinstance(shape, Points) and shape.points is not None:
        return f"{len(shape.points):,} points"
    return type(shape).title


def _check(shape: Shape) -> None:
    from flowlab.core.distributions.refusals import check_shape  # not needed for the first frame

    check_shape(shape)


def _problem_of(shape: Shape) -> str:
    """Why a shape that the document has can't be used, as after opening a file; empty if it can."""
    from flowlab.core.distributions.refusals import problem_of

    return problem_of(shape)


class Thumbnail(QLabel):
    """A cloud of samples in the colour of its role; a click opens the picker."""

    clicked = Signal()

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role, self.theme = role, DARK
        self.points: Floats | None = None
        self.shape: Shape | None = None
        self.setObjectName("thumbnail")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"Choose the {role}. {OTHER_SHAPE}")

    def show_points(self, points: Floats | None, shape: Shape | None) -> None:
        """Show this cloud of a shape, unless it is shown already."""
        previous, other = self.points, shape is not self.shape
        if other or previous is None or points is None or not np.array_equal(previous, points):
            self.points, self.shape = points, shape
            self._render()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        self._render()

    def _render(self) -> None:
        if self.points is None or not len(self.points):
            self.setText("")
            return
        theme, size = self.theme, (max(16, self.width()), HEIGHT)
        colour, dpr = role_colour(theme, self.role), self.devicePixelRatioF()
        image = thumbnail(self.points, size, colour, theme, dpr, self.shape)
        self.setPixmap(QPixmap.fromImage(image))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw the thumbnail at the new width."""
        self._render()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Ask for the picker."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()


class DistributionCard(QWidget):
    """The card of one end of the flow."""

    choose = Signal()
    draw = Signal()
    edited = Signal(object)  # the shape with changed parameters
    settled = Signal()

    def __init__(self, role: str, symbol: str) -> None:
        super().__init__()
        self.role = role
        self.shape: Shape | None = None
        self.form = LazyForm(None, check=_check)
        self.form.edited.connect(self.edited)
        self.form.settled.connect(self.settled)
        self.form.hide()
        self._own_problem = ""  # of the shape that the document has
        self.problem = QLabel()
        self.problem.setProperty("role", "warn")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.picture = Thumbnail(role)
        self.name = ElidedButton()
        self.pencil = QPushButton("Draw")
        self.pencil.setProperty("role", "tight")
        self.name.setProperty("role", "tight")
        self.pencil.setAccessibleName(f"Draw the {role}")
        self.tune = QToolButton()
        self.tune.setCheckable(True)
        self.tune.setToolTip(f"Parameters of the {role}")
        self.tune.setAccessibleName(f"Parameters of the {role}")
        for button in (self.name, self.pencil):
            button.setProperty("unlisted", True)  # the search box finds their actions
        self._lay_out(symbol)
        self.picture.clicked.connect(self.choose)
        self.name.clicked.connect(self.choose)
        self.pencil.clicked.connect(self.draw)
        self.tune.toggled.connect(self.form.setVisible)
        set_opener(self.form, self.tune)

    def _lay_out(self, symbol: str) -> None:
        heading = QLabel(f"{self.role.upper()}  {symbol}")
        heading.setObjectName("caption")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.name, 1)
        row.addWidget(self.tune)
        row.addWidget(self.pencil)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading)
        column.addWidget(self.picture)
        column.addLayout(row)
        column.addWidget(self.problem)
        column.addWidget(self.form)

    def show_shape(self, shape: Shape) -> None:
        """Show the name and the form of this shape."""
        if shape == self.shape:
            self.say(self._own_problem)
            return
        self.shape = shape
        self._own_problem = _problem_of(shape)
        self.say(self._own_problem)
        bring_in_sight(self.problem)
        title = title_of(shape)
        self.name.set_words(title.split(" · ")[0])
        self.name.setAccessibleName(f"{self.role}: {title}")
        self.name.setToolTip(f"{title} · choose another {self.role}. {OTHER_SHAPE}")
        drawn = isinstance(shape, Drawing)
        self.pencil.setText("Edit" if drawn else "Draw")
        tip = f"Draw the {self.role} with the mouse or a pen"
        self.pencil.setToolTip(tip if drawn else f"{tip}. {OTHER_SHAPE}")
        self.form.set_value(shape)

    def refuse(self, why: str) -> None:
        """Say why a new shape can't be used; name, thumbnail and form keep the one there is."""
        self.form.set_value(self.shape)
        self.say(why)
        bring_in_sight(self.problem)

    def say(self, sentence: str) -> None:
        """Show a sentence below the name; an empty one hides it."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def show_points(self, points: Floats | None) -> None:
        """Show samples of the shape."""
        self.picture.show_points(points, self.shape)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.picture.set_theme(theme)
        self.tune.setIcon(icon("settings", theme))
