"""Words shortened to the width of their button."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from flowlab.ui.base.elided import ElidedButton, ElidedLabel
from flowlab.ui.room.figures import Figures
from tests.helpers.events import settle


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


def test_a_figure_is_never_cut_and_its_name_is_shortened_instead(qtbot: QtBot) -> None:
    """At 1280 x 720 a round-trip error was shown as ".0005 ± 0.0001"."""
    figures = Figures({"ode": ("A very long name of a flow", "What it is")})
    qtbot.addWidget(figures)
    figures.show_values(ode="0.000512 ± 0.000103")
    figures.show()
    name, value = figures._names["ode"], figures.values["ode"]
    for width, shortened in ((400, False), (200, True)):
        figures.resize(width, 30)
        settle()
        assert value.width() >= value.fontMetrics().horizontalAdvance(value.text())
        assert isinstance(name, ElidedLabel)
        assert name.shortened is shortened
        tip = "A very long name of a flow: What it is" if shortened else "What it is"
        assert name.toolTip() == tip
    assert not figures.grab().isNull()


def test_rows_of_what_isnt_there_are_hidden(qtbot: QtBot) -> None:
    figures = Figures({name: (name, "") for name in ("one", "two", "three")})
    qtbot.addWidget(figures)
    figures.show_rows("one", "three")
    assert [value.isHidden() for value in figures.values.values()] == [False, True, False]
    low = figures.sizeHint().height()
    figures.show_rows("one", "two", "three")
    assert not figures.values["two"].isHidden()
    assert figures.sizeHint().height() > low


def test_a_shortened_name_keeps_the_colour_of_its_curve(qtbot: QtBot) -> None:
    figures = Figures({"ode": ("A very long name of a flow", "What it is")})
    qtbot.addWidget(figures)
    figures.set_dots(ode=(250, 20, 10))
    figures.show_values(ode="0.000512 ± 0.000103")
    figures.resize(200, 30)
    figures.show()
    settle()
    name = figures._names["ode"]
    assert isinstance(name, ElidedLabel)
    assert name.shortened
    image = name.grab().toImage()
    inks = [image.pixelColor(x, y) for x in range(12) for y in range(image.height())]
    assert any(ink.red() > ink.green() + 120 for ink in inks)
