"""Words shortened to the width of their button."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from flowlab.ui.base.elided import ElidedButton


def test_it_shows_what_fits_and_all_of_it_where_there_is_room(qtbot: QtBot) -> None:
    words = "Two moons, a little nearer to each other than usual"
    button = ElidedButton()
    qtbot.addWidget(button)
    button.resize(600, 30)
    button.show()
    button.set_words(words)
    assert button.text() == words
    button.resize(120, 30)
    assert button.text().endswith("…")
    assert words.startswith(button.text()[:-1])
    assert button.fontMetrics().horizontalAdvance(button.text()) <= 120
    assert button.minimumSizeHint().width() == 40
    button.resize(600, 30)
    assert button.text() == words
