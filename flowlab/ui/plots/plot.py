"""The one plot widget of the program: pyqtgraph with FlowLab's look and behaviour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QPushButton, QToolTip, QWidget

from flowlab.core.array_types import Floats
from flowlab.scene.base.style import FONT_SMALL, Theme
from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.keyboard import COMMANDS
from flowlab.ui.base.theme import colour, font
from flowlab.ui.base.ticks import ticks
from flowlab.ui.plots.axes import LINE, Axes, legend
from flowlab.ui.plots.contract import Reading
from flowlab.ui.plots.curve import DRAWN, Curve, Span, places, reach, sentences, span, table
from flowlab.ui.plots.plot_menu import copy_data, menu_of
from flowlab.ui.plots.readout import Readout, read
from flowlab.ui.plots.series import Series
from flowlab.ui.plots.zoom_end import outlived
from flowlab.ui.plots.zoom_view import BACK, PASSING, ZOOMS, Margins, ZoomView

HEIGHT = 100  # px
ALL = "zoomed · click shows all"
ALL_TIP = "Show the whole range again; after a click on the chart, Home and Esc do so too"
MARGINS: Margins = (36, 22, 8, 18)
APART = 40.0, 12.5  # px from one number of an axis to the next, at least
AROUND = 18  # px beside the name of the horizontal axis
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Plot(ZoomView):
    """Curves, dots and bars on linear or logarithmic axes, to read, zoom, copy and save."""

    legend_saved = True  # whether a saved picture names the curves that the panel doesn't
    axes: Any = None  # the view resizes itself before they exist

    def __init__(
        self,
        title: str = "",
        across: str = "",
        *,
        log_x: bool = False,
        log_y: bool = False,
        height: int = HEIGHT,
        margins: Margins = MARGINS,
        legend: bool = True,
        tip: str = "",
        theme: Theme | None = None,
    ) -> None:
        super().__init__(margins)
        self.title, self.across, self.log_x, self.log_y = title, across, log_x, log_y
        self.legend, self.theme = legend, theme or current_theme()
        self._follows = theme is None  # True if it follows the application's theme
        self.curves: tuple[Curve, ...] = ()
        self.invitation = ""
        self._mark: float | None = None
        self._series: list[Series] = []
        self._scales = log_x, log_y  # of the drawn curves
        self.axes, self.readout = Axes(self), Readout(self)
        self.all_button = QPushButton(ALL, self.viewport())
        self.all_button.setProperty("role", "all")
        self.all_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys have Home
        self.all_button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.all_button.setToolTip(ALL_TIP)
        self.all_button.clicked.connect(self.show_all)
        self.all_button.hide()
        self.scene().addItem(self.axes)
        self.mark_line = pg.InfiniteLine(angle=90)
        self.mark_line.setZValue(800)
        self.mark_line.hide()
        self.view_box.addItem(self.mark_line, ignoreBounds=True)
        self.setFixedHeight(height)
        self.setAccessibleName(f"{title} against {across}")
        self.setToolTip(tip)
        self.set_theme(self.theme)

    # content

    def show_curves(self, *curves: Curve, spans: tuple[Span, Span] | None = None) -> None:
        """Draw these curves; `spans` is the full range of both axes, by default the curves'."""
        before, scales = self.curves, (self.log_x, self.log_y)
        self.curves = curves
        home = spans or self._spans()
        if self.zoomed and (scales != self._scales or outlived(self, before, curves, home)):
            self._look(self.home)
        self._scales = scales
        self.show_span(*home)
        self._draw()
        self.readout.renew()

    @property
    def zoomable(self) -> bool:
        """Whether there is a value to zoom in on."""
        return super().zoomable and any(np.isfinite(c.ys).any() for c in self.curves)

    def _set_zoomed(self, zoomed: bool) -> None:
        super()._set_zoomed(zoomed)
        self._place_all_button()

    def _place_all_button(self) -> None:
        """Offer to show all in the lower right corner, while a part is visible."""
        button, box = self.all_button, self.box()
        if self.zoomed:
            button.ensurePolished()
            button.adjustSize()
            button.move(round(box.right()) - button.width(), round(box.bottom()) - button.height())
        button.setVisible(self.zoomed)

    @property
    def all_place(self) -> QRect:
        """The place of the mark that shows all again; empty while everything is visible."""
        return self.all_button.geometry() if self.zoomed else QRect()

    def _spans(self) -> tuple[Span, Span]:
        """Return the range of all curves; linear vertical axes begin at 0."""
        xs = span([c.xs for c in self.curves], log=self.log_x)
        heights = [reach(c) for c in self.curves]
        return xs, span(heights, log=self.log_y, floor=not self.log_y)

    def mark(self, x: float | None) -> None:
        """Mark this value on the horizontal axis, or none."""
        if x != self._mark:
            self._mark = x
            self._show_mark()

    @property
    def marked(self) -> float | None:
        """The marked value."""
        return self._mark

    def invite(self, words: str) -> None:
        """Show why there is nothing to draw."""
        if words != self.invitation:
            self.invitation = words
            self.axes.update()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        self.setBackground(colour(theme.raised))
        self.mark_line.setPen(pg.mkPen(colour(theme.text), width=1))
        self.readout.dress()
        self._draw()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # Qt's name
        """Place the axes again."""
        super().resizeEvent(event)
        if self.axes is not None:
            self.axes.resized()
            self._place_all_button()
            self.readout.place()

    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        """Follow the application's theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and getattr(self, "_follows", False):
            theme = current_theme()
            if theme != self.theme:
                self.set_theme(theme)

    def _draw(self) -> None:
        while len(self._series) < len(self.curves):
            self._series.append(Series(self.view_box, len(self._series)))
        seen = self.view_box.viewRange()[0]
        for series, curve in zip(self._series, self.curves, strict=False):
            ink = colour(getattr(self.theme, curve.ink))
            series.show(curve, ink, log_x=self.log_x, log_y=self.log_y, seen=seen)
        for series in self._series[len(self.curves) :]:
            series.hide()
        self._show_mark()
        self.axes.update()

    def _show_mark(self) -> None:
        x = self._mark
        seen = bool(self.curves) and x is not None and (x > 0 or not self.log_x)
        if seen:
            self.mark_line.setPos(self.place_of(x or 0.0))
        if seen != self.mark_line.isVisible():
            self.mark_line.setVisible(seen)

    def items_of(self, curve: int, kind: str) -> Any:
        """Return the pyqtgraph item of a curve: its "line", "dots", "bars" or "whiskers"."""
        return self._series[curve].item(kind) if curve < len(self._series) else None

    # positions

    def place_of(self, x: float) -> float:
        """Return the place of a value on the horizontal axis."""
        return float(places(x, log=self.log_x))  # type: ignore[arg-type]

    def spot(self, x: float, y: float) -> QPointF:
        """Return the pixel of a pair of values."""
        return self.pixel(self.place_of(x), float(places(y, log=self.log_y)))  # type: ignore[arg-type]

    def level_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return ticks of the horizontal axis; its name hides those at the end."""
        name = QFontMetrics(font(FONT_SMALL)).horizontalAdvance(self.across) + AROUND
        until = (
            high
            if len(self.across) == 1
            else high - name / max(1.0, self.box().width()) * (high - low)
        )
        apart = APART[0] / max(1.0, self.box().width())
        return ticks(low, high, 4, log=self.log_x, apart=apart, until=until)

    def upright_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return ticks of the vertical axis."""
        return ticks(low, high, 3, log=self.log_y, apart=self.upright_apart)

    @property
    def upright_apart(self) -> float:
        """The least distance of two numbers of the vertical axis, as a share of it."""
        return APART[1] / max(1.0, self.box().height())

    def looked(self) -> None:
        """Draw the part that is visible now."""
        if any(len(curve.ys) > DRAWN for curve in self.curves):
            self._draw()
        self.axes.update()
        self.readout.renew()

    # read-out

    def pointed(self, pixel: QPointF | None) -> None:
        """Show the values under the cursor."""
        within = pixel is not None and self._held is None and self.box().contains(pixel)
        if pixel is not None and within:
            self.readout.show(self.reading(self.place(pixel)[0]))
        elif pixel is not None or not self.readout.by_keys:
            self.readout.show(None)

    def reading(self, x: float) -> Reading | None:
        """Return the values at a place of the horizontal axis."""
        return read(self, x)

    def stops(self) -> Floats:
        """Return the places on the horizontal axis at which the arrow keys stop."""
        return places(self.curves[0].centres, log=self.log_x) if self.curves else np.zeros(0)

    def words(self) -> str:
        """Return the curves in words, for screen readers."""
        return sentences(self.title, self.curves)

    def table(self) -> str:
        """Return all numbers as text separated by tabs."""
        return table(self.title, self.across, self.curves)

    def tip_at(self, pixel: QPointF) -> str:  # noqa: ARG002
        """Return the tooltip at a pixel."""
        return self.toolTip()

    @property
    def saved_above(self) -> int:
        """Pixels above a saved picture for the legend that the panel has no room for."""
        if self.legend or not self.legend_saved or not self.curves:
            return 0
        lines = legend(self, QFontMetrics(font(FONT_SMALL)), self.width())
        return round(LINE) * (1 + lines[-1][2]) + 4 if lines else 0

    def saved_size(self) -> QSize:
        """Return the size of a saved picture, in pixels of the screen."""
        return self.size() + QSize(0, self.saved_above)

    def paint_on(self, painter: QPainter, target: QRectF) -> None:
        """Paint the plot as visible, without the read-out, below a legend if it has none."""
        above, scale = self.saved_above, target.width() / self.width()
        if above:
            painter.fillRect(target, colour(self.theme.raised))
            painter.save()
            painter.translate(target.topLeft())
            painter.scale(scale, scale)
            painter.setFont(font(FONT_SMALL))
            self.axes.paint_legend(painter, self.width())
            painter.restore()
        self.readout.show_signs(False)
        self.axes.cache(False)
        self.render(painter, target.adjusted(0, above * scale, 0, 0), self.viewport().rect())
        self.axes.cache(True)
        self.readout.show_signs(True)

    # Qt's events

    def viewportEvent(self, event: QEvent) -> bool:  # Qt's name
        """Show a tooltip at a resting cursor, unless there is a read-out."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            if self.readout.reading is not None:
                QToolTip.hideText()
                return True
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:  # Qt's name
        """Keep the plot's keys from the window's shortcuts."""
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and self._claims(event):
            event.accept()
            return True
        return super().event(event)

    def _claims(self, event: QKeyEvent) -> bool:
        if event.modifiers() & COMMANDS:
            return event.matches(QKeySequence.StandardKey.Copy)
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            return self.zoomed or self.readout.by_keys
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and key not in ZOOMS:
            return False  # looks back in training
        if key in STEPS:
            return bool(self.curves)
        return self.zoomable and (key in ZOOMS or key in BACK)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Read with the arrows, copy; otherwise zoom."""
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            copy_data(self)
        elif key in STEPS:
            self.readout.step(STEPS[key])
        elif key == Qt.Key.Key_Escape and self.readout.by_keys:
            self.readout.show(None)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Clear a read-out that was made by keys."""
        super().focusOutEvent(event)
        if self.readout.by_keys and event.reason() not in PASSING:
            self.readout.show(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # Qt's name
        """Open the menu."""
        self.menu().popup(event.globalPos())
        event.accept()

    def widget(self) -> QWidget:
        """Return the plot as the parent of menus and dialogs."""
        return self

    def menu(self) -> QMenu:
        """Return the plot's menu."""
        return menu_of(self)
