"""A hand that drives a pencil over a canvas, and what it does often."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from flowlab.scene.base.camera import Camera
from flowlab.ui.tools.pencil import Pencil

SHIFT, PLAIN = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
RIGHT = Qt.MouseButton.RightButton
SQUARE = [(-2.0, -1.0), (2.0, -1.0), (2.0, 1.0), (-2.0, 1.0)]


class Hand:
    """Drives a pencil in plane coordinates over a canvas of 600 x 500 px, 50 px to the unit."""

    def __init__(self):
        self.pencil, self.strokes, self.previews = Pencil(), [], []
        self.pencil.stroked.connect(self.strokes.append)
        self.pencil.preview.connect(self.previews.append)
        self.pencil.begin(Camera(0.0, 0.0, 5.0), 600, 500)

    @staticmethod
    def px(x, y):
        return 300 + 50 * x, 250 - 50 * y

    def press(self, x, y, pressure=1.0, buttons=Qt.MouseButton.LeftButton, modifiers=PLAIN):
        self.pencil.press(*self.px(x, y), pressure, buttons, modifiers)

    def move(self, x, y, pressure=1.0, modifiers=PLAIN):
        self.pencil.move(*self.px(x, y), pressure, Qt.MouseButton.LeftButton, modifiers)

    def release(self, x, y, modifiers=PLAIN):
        self.pencil.release(*self.px(x, y), 1.0, Qt.MouseButton.NoButton, modifiers)

    def drag(self, points, **press):
        modifiers = press.get("modifiers", PLAIN)
        self.press(*points[0], **press)
        for point in points[1:]:
            self.move(*point, modifiers=modifiers)
        self.release(*points[-1], modifiers=modifiers)

    def click(self, x, y):
        self.press(x, y)
        self.release(x, y)

    def key(self, key, kind=QEvent.Type.KeyPress, modifiers=PLAIN):
        return self.pencil.key(QKeyEvent(kind, key, modifiers))

    @property
    def path(self):
        assert len(self.strokes) == 1
        return self.strokes[0].path.values


def select(hand):
    hand.pencil.set_tool("move")
    hand.drag([SQUARE[0], SQUARE[2]])
    assert hand.pencil.selection is not None
