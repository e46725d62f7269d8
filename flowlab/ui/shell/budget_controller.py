"""Developers' view of the frame budget: how long the parts of each frame take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowlab.scene.base.style import Theme
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.canvas.frame_overlay import FrameOverlay
    from flowlab.ui.state.engine_link import EngineLink


class BudgetController:
    """Creates the overlay on first use, and gives it facts about the program."""

    def __init__(self, canvas: CanvasView, link: EngineLink) -> None:
        self.canvas, self.link = canvas, link
        self.overlay: FrameOverlay | None = None

    @property
    def on(self) -> bool:
        """True while the overlay is shown."""
        return self.overlay is not None and self.overlay.isVisible()

    def toggle(self) -> None:
        """Show or hide the overlay."""
        if self.overlay is None:
            from flowlab.ui.canvas.frame_overlay import FrameOverlay

            canvas = self.canvas
            self.overlay = FrameOverlay(canvas, canvas.budget, self._facts, canvas.theme)
        self.overlay.setVisible(not self.overlay.isVisible())

    def _facts(self) -> list[tuple[str, str]]:
        """Return the overlay's facts besides times."""
        bundle, status = self.canvas.bundle, self.link.status()
        count, size = (0, 0) if bundle is None else (bundle.points.shape[1], bundle.nbytes)
        training = status is not None and status.state == "training"
        rate = f"{status.steps_per_second:,.0f}" if status is not None and training else "–"
        return [
            ("particles · bundle", f"{count:,} · {size / 1e6:.1f} MB"),
            ("training steps a second", rate),
        ]

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        if self.overlay is not None:
            self.overlay.set_theme(theme)
