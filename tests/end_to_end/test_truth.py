"""What is true beside what was learned, in the real window with its engine."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from flowlab.ui.shell.window import Window
from tests.helpers.windows import wait


def test_a_lens_over_the_picture_shows_pairs_where_the_mouse_is(
    window: Window, qtbot: QtBot
) -> None:
    canvas = window.room.canvas
    window.playback.seek(0.5)
    qtbot.keyClick(window, Qt.Key.Key_L)
    wait(qtbot, lambda: canvas.lens is not None and len(canvas.lens.paths) > 0)
    middle = QPoint(canvas.width() // 2 + 30, canvas.height() // 2)
    qtbot.mouseMove(canvas, middle)
    x, y = canvas.current_camera().to_plane(middle.x(), middle.y(), canvas.width(), canvas.height())

    def there() -> bool:
        sight = canvas.lens
        return sight is not None and abs(sight.query.x - x) + abs(sight.query.y - y) < 1e-6

    wait(qtbot, there)
    assert canvas.lens is not None
    assert canvas.lens.exact is not None
    assert canvas.lens.learned is not None


def test_the_switch_brings_the_exact_flow_and_the_difference(window: Window, qtbot: QtBot) -> None:
    canvas, switch = window.room.canvas, window.room.shows
    qtbot.mouseClick(switch.buttons["difference"], Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: canvas.bundle is not None and canvas.bundle.flow_error is not None)
    assert canvas.bundle is not None
    assert canvas.bundle.exact is not None
    assert window.store.document.view.shows == "difference"
    assert window.store.stack.count() == 0
    qtbot.mouseClick(switch.buttons["learned"], Qt.MouseButton.LeftButton)
    assert window.store.document.view.shows == "learned"
