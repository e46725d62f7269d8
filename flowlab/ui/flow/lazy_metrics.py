"""A placeholder for the metrics panel, which is created when first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.scene.base.style import DARK, Theme

if TYPE_CHECKING:
    from flowlab.ui.flow.metrics_panel import MetricsPanel
    from flowlab.work.status import Status


class LazyMetrics(QWidget):
    """Stands for `MetricsPanel`; figures are only computed while they are visible."""

    wanted = Signal(object)  # names of the visible figures; empty while hidden

    def __init__(self) -> None:
        super().__init__()
        self.panel: MetricsPanel | None = None
        self._theme: Theme = DARK
        self._t = 0.0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self._theme = theme
        if self.panel is not None:
            self.panel.set_theme(theme)

    def show_status(self, status: Status) -> None:
        """Show the newest figures, if they are visible."""
        if self.panel is not None and self.isVisible():
            self.panel.show_status(status)

    def show_t(self, t: float) -> None:
        """Mark the present t."""
        self._t = t
        if self.panel is not None:
            self.panel.show_t(t)

    @property
    def figure_names(self) -> dict[str, tuple[str, str]]:
        """Name and explanation of each figure, known without creating the panel."""
        from flowlab.ui.flow.metrics_panel import ROWS

        return {key: (row.title, row.tip) for key, row in ROWS.items()}

    def figure_widget(self, key: str) -> QWidget:
        """Return the widget of a figure, created if it isn't there yet."""
        if self.panel is None:
            self._make()
        assert self.panel is not None
        return self.panel.values[key]

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Create the panel, once, and request its figures."""
        if self.panel is None:
            self._make()
        super().showEvent(event)
        from flowlab.work.figures import GAUGES

        self.wanted.emit(tuple(GAUGES))

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        """Request no more figures."""
        super().hideEvent(event)
        self.wanted.emit(())

    def _make(self) -> None:
        from flowlab.ui.flow.metrics_panel import MetricsPanel

        self.panel = MetricsPanel(self._theme)
        self.panel.show_t(self._t)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.panel)
