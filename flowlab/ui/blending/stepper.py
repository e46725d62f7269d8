"""Steps through the operations of a chain one by one: deblend, blend, deblend …"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from flowlab.core.blending.results import chain_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.blending.chain_state import BeadState, ChainPosition, position_at

if TYPE_CHECKING:
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.state.playback import Playback


class Stepper(QObject):
    """The position on the followed chain; a step deblends its bead, or blends to the next one."""

    moved = Signal()

    def __init__(self, playback: Playback, canvas: CanvasView) -> None:
        super().__init__()
        self.playback, self.canvas = playback, canvas
        self._stepping = self.deblended = False
        self._show(False)
        playback.moved.connect(self._time_moved)

    @property
    def bundle(self) -> Bundle | None:
        """The chain that is shown."""
        bundle = self.canvas.bundle
        return None if bundle is None or chain_of(bundle) is None else bundle

    def position(self) -> ChainPosition | None:
        """Return the present position on the chain; None without one."""
        bundle = self.bundle
        if bundle is None:
            return None
        return position_at(bundle.times, self.playback.t, self.deblended)

    def step(self, by: int) -> None:
        """Do one operation forwards, or one back if `by` is -1; do nothing without a chain."""
        bundle, now = self.bundle, self.position()
        if bundle is None or now is None:
            return
        last = len(bundle.times) - 1
        if by > 0:
            if now.bead == last:
                place = (last, False)
            elif now.on_bead and not now.deblended:
                place = (now.bead, True)
            else:
                place = (now.bead + 1, False)
        elif not now.on_bead:
            place = (now.bead, True)
        elif now.deblended:
            place = (now.bead, False)
        else:
            place = (max(0, now.bead - 1), now.bead > 0)
        self._go(float(bundle.times[place[0]]), place[1])

    def _go(self, t: float, deblended: bool) -> None:
        self._stepping = True
        self.playback.pause()
        self._show(deblended)
        self.playback.seek(t)
        self._stepping = False
        self.moved.emit()

    def _time_moved(self) -> None:
        """Show beads as blended after the play head was moved by other means."""
        if not self._stepping and self.deblended:
            self._show(False)
            self.moved.emit()

    def _show(self, deblended: bool) -> None:
        """Show, on a bead, the pair drawn there or the pair that led there."""
        self.deblended = deblended
        self.canvas.show_room_state(BeadState(deblended))
