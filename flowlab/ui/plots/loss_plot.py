"""The loss, live: both published losses, with the floor that no network can pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QSizePolicy, QVBoxLayout, QWidget

from flowlab.scene.base.style import Theme
from flowlab.ui.base.controls import WordsCombo
from flowlab.ui.plots.plain_axis import PlainAxis

if TYPE_CHECKING:
    from flowlab.work.status import Status

Floats = np.ndarray[Any, Any]

LOSSES = {
    "mse": "MSE  |v − ẋ|²",
    "quadratic": "½|v|² − ẋ·v",
    "gap": "Loss above its floor",
}
LOSS_TIP = (
    "Both losses have the same minimiser, and neither goes to zero. v is what the network "
    "predicts, ẋ what each pair asks of it: x₁ − x₀ for the velocity on the linear path"
)
REDRAW_SECONDS = 0.3
SMOOTHING = 25  # points that the drawn mean runs over
DRAWN = 240  # points of a curve: one for each pixel is as many as can be seen


class LossPlot(QWidget):
    """Faint: the loss of each block. Bold: its running mean. Shaded: the irreducible floor."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.which = WordsCombo()
        for key, title in LOSSES.items():
            self.which.addItem(title, key)
        self.which.setAccessibleName("Which loss is drawn")
        self.which.setToolTip(LOSS_TIP)
        self.which.activated.connect(lambda _: self._draw())
        self.left, self.bottom = PlainAxis("left"), PlainAxis("bottom")
        self.plot = pg.PlotWidget(axisItems={"left": self.left, "bottom": self.bottom})
        self.plot.setViewportUpdateMode(pg.PlotWidget.ViewportUpdateMode.FullViewportUpdate)
        self.plot.showAxes(False)
        for side in ("top", "right"):
            self.plot.getAxis(side).unlinkFromView()  # never seen, and slow to follow
        self.plot.setFixedHeight(140)
        self.plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.plot.setMouseEnabled(False, False)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setAccessibleName("Loss against training step")
        self.raw, self.mean, self.floor = pg.PlotCurveItem(), pg.PlotCurveItem(), pg.PlotCurveItem()
        self.shade = QGraphicsRectItem()
        self.shade.setPen(QPen(Qt.PenStyle.NoPen))
        self.invitation = pg.TextItem(
            "The loss appears here\nonce you press Train", anchor=(0.5, 0.5)
        )
        self.invitation.setPos(0.5, 0.5)
        for item in (self.shade, self.raw, self.floor, self.mean, self.invitation):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0), padding=0.0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.plot)
        column.addWidget(self.which)
        self._status: Status | None = None
        self._drawn: tuple[object, ...] = ()
        self._due = 0.0
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.plot.setBackground(QColor(*theme.raised))
        accent, faint = QColor(*theme.learned), QColor(*theme.learned)
        faint.setAlpha(90)
        self.raw.setPen(pg.mkPen(faint, width=1))
        self.mean.setPen(pg.mkPen(accent, width=2))
        self.floor.setPen(pg.mkPen(QColor(*theme.exact), width=1, style=Qt.PenStyle.DashLine))
        self.invitation.setColor(QColor(*theme.dim))
        ground = QColor(*theme.exact)
        ground.setAlpha(50)
        self.shade.setBrush(ground)
        for axis in (self.left, self.bottom):
            axis.set_colours(QColor(*theme.line), QColor(*theme.dim))

    def show_status(self, status: Status) -> None:
        """Draw the newest history, if it is newer than what is drawn."""
        key = (status.step, len(status.history.steps), status.mse_floor)
        now = time.perf_counter()
        if key != self._drawn and now >= self._due and self.isVisible():
            self._drawn, self._status, self._due = key, status, now + REDRAW_SECONDS
            self._draw()

    def _draw(self) -> None:
        status = self._status
        if status is None:
            return
        which = self.which.currentData()
        steps, values, floor = series(status, which)
        log = which != "quadratic"
        keep = values > 0 if log else np.isfinite(values)
        steps, values = steps[keep], values[keep]
        shown = np.log10(values) if log else values
        smooth = running_mean(shown)
        some = thinned(len(steps))
        self.raw.setData(steps[some], shown[some])
        self.mean.setData(steps[some], smooth[some])
        self.left.log = log
        level = None if floor is None else float(np.log10(floor) if log and floor > 0 else floor)
        self._frame(steps, shown, None if which == "gap" else level)

    def _frame(self, steps: Floats, shown: Floats, level: float | None) -> None:
        """The part of the plane that is seen, and the floor in it."""
        drawn = len(shown) > 0
        if drawn == self.invitation.isVisible():
            self.invitation.setVisible(not drawn)
            self.plot.showAxes((drawn, False, False, drawn))
        self.floor.setVisible(drawn and level is not None)
        self.shade.setVisible(drawn and level is not None)
        if not drawn:
            self.plot.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0), padding=0.0)
            return
        first, last = float(steps[0]), max(float(steps[0]) + 1.0, float(steps[-1]))
        low, high = float(np.min(shown)), float(np.quantile(shown, 0.995))
        low = low if level is None else min(low, level)
        pad = 0.08 * max(high - low, 0.05)
        bottom = low - 2 * pad
        self.plot.setRange(xRange=(first, last), yRange=(bottom, high + pad), padding=0.0)
        self.plot.getViewBox().prepareForPaint()  # else the first paint asks for a second one
        if level is not None:
            self.floor.setData([first, last], [level, level])
            self.shade.setRect(QRectF(first, bottom, last - first, level - bottom))


def thinned(count: int, most: int = DRAWN) -> np.ndarray[Any, np.dtype[np.intp]]:
    """At most `most` evenly spaced places of `count`, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))


def series(status: Status, which: str) -> tuple[Floats, Floats, float | None]:
    """Steps, values and floor of one of `LOSSES`."""
    history = status.history
    if which == "quadratic":
        return history.steps, history.quadratic, status.quadratic_floor
    if which == "mse" or status.mse_floor is None:
        return history.steps, history.mse, status.mse_floor
    return history.steps, running_mean(history.mse) - status.mse_floor, None


def running_mean(values: Floats, width: int = SMOOTHING) -> Floats:
    """Mean over the last `width` values, over fewer at the start."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    index = np.arange(1, len(values) + 1)
    start = np.maximum(0, index - width)
    return (total[index] - total[start]) / (index - start)
