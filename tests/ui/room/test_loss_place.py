"""The room of the loss plot before pyqtgraph is imported: as high as the plot that comes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from flowlab.scene.base.style import DARK
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.room.loss_place import HEIGHT, LEAST, LossPlace
from flowlab.work.status import Status


@pytest.fixture
def place(qtbot: QtBot, qapp: QApplication) -> LossPlace:
    apply_theme(qapp, DARK)
    panel, made = QWidget(), LossPlace()
    QVBoxLayout(panel).addWidget(made)
    qtbot.addWidget(panel)
    panel.resize(256, 400)
    panel.show()
    made.panel = panel  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("pixels", [-50, 0, 30, 500])
def test_the_plot_takes_just_the_room_that_was_left_for_it(place: LossPlace, pixels: int) -> None:
    place.save_room(pixels)
    QApplication.processEvents()
    before = place.sizeHint().height()
    place.ready()
    assert place.plot is not None
    assert place.sizeHint().height() == before
    assert place.plot.plot.height() == min(HEIGHT, max(LEAST, HEIGHT - pixels))


def test_a_plot_gets_lower_too(place: LossPlace) -> None:
    place.ready()
    before = place.sizeHint().height()
    place.save_room(40)
    QApplication.processEvents()
    assert place.sizeHint().height() == before - 40


def test_the_plot_says_why_it_is_empty(place: LossPlace) -> None:
    place.show_status(Status(step=12_000))  # without a plot: nothing to do
    place.ready()
    assert place.plot is not None
    place.show_status(Status())
    assert "press Train" in place.plot.plot.invitation
    place.show_status(Status(step=12_000))
    assert "not saved" in place.plot.plot.invitation
