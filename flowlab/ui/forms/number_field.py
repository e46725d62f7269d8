"""The editor of a number: a box and a slider."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout

from flowlab.ui.base.controls import NOTCHES, PAUSE_MS, CalmSlider, NameLabel
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.base.scale import Scale
from flowlab.ui.forms.fields import Field, sentences

WIDEST_SLIDER_RANGE = 1e8  # on a wider range, a slider can't set useful values


class NumberField(Field):
    """A name and a number on one line, a slim slider below."""

    def __init__(self, spec: dataclasses.Field[Any], *, starts_over: bool = False) -> None:
        super().__init__(spec, starts_over=starts_over)
        self.scale = Scale.of(spec)
        self.box = NumberBox(self.scale, spec.metadata["unit"])
        self.slider = CalmSlider()
        self.label = NameLabel(self.title, self.box, self._tip())
        self._name(self.box)
        self._name(self.slider)
        if self.scale.high - self.scale.low > WIDEST_SLIDER_RANGE:
            self.slider.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.label, 0, 0)
        grid.addWidget(self.box, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self._value: Any = None  # the document's
        self._displayed: float | None = None
        self._waiting: float | None = None  # shown, but not yet edited
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._take)
        self._connect()

    def _connect(self) -> None:
        self.label.reset.connect(self._reset)
        self.box.valueChanged.connect(self._typed)
        self.slider.valueChanged.connect(self._dragged)
        self.slider.stepped.connect(self._stepped)
        if self.starts_over:
            self.box.editingFinished.connect(self._take)
            self.slider.sliderReleased.connect(self._take)
        else:
            self.box.finished.connect(self.settled)
            self.slider.sliderReleased.connect(self.settled)

    def _tip(self) -> str:
        low, high = self.scale.shown(self.scale.low), self.scale.shown(self.scale.high)
        start = self.scale.shown(self.default)
        return sentences(super()._tip(), f"{low} to {high}; double-click the name for {start}")

    def show_value(self, value: Any) -> None:
        """Show `value` without a signal, in place of one that waits to be edited."""
        self._value, self._waiting = value, None
        self._pause.stop()
        if value != self._displayed:  # every edit, sixty a second, shows all values again
            self._display(value)

    def _display(self, value: Any) -> None:
        self._displayed = value
        for widget in (self.box, self.slider):
            widget.blockSignals(True)
        self.box.setValue(value)
        if not self.slider.isSliderDown():
            self.slider.setValue(round(NOTCHES * self.scale.share(value)))
        for widget in (self.box, self.slider):
            widget.blockSignals(False)

    def _typed(self, value: float) -> None:
        self._show_or_edit(self.scale.clamped(value))

    def _dragged(self, notch: int) -> None:
        self._show_or_edit(self.scale.at(notch / NOTCHES))
        if not (self.slider.isSliderDown() or self.starts_over):
            self.settled.emit()

    def _stepped(self, steps: int) -> None:
        self.box.stepBy(steps)
        if not self.starts_over:
            self.settled.emit()

    def _show_or_edit(self, value: float) -> None:
        """Show a new value, and edit it now, or later if that starts training over."""
        self._display(value)
        if not self.starts_over:
            self.changed.emit(value)
            return
        self._waiting = value
        if not self.slider.isSliderDown():
            self._pause.start()

    def _take(self) -> None:
        """Edit the value that has waited."""
        value, self._waiting = self._waiting, None
        self._pause.stop()
        if value not in (None, self._value):
            self.changed.emit(value)
            self.settled.emit()

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        """Leave no value waiting where it isn't seen."""
        super().hideEvent(event)
        self._take()
