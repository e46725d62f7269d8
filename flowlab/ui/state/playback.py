"""The clock: everything that moves is drawn at its ticks."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from flowlab.ui.state.frame_budget import FRAME, FrameBudget

MODES = {"loop": "Loop", "once": "Once", "bounce": "Back and forth"}
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
SECONDS = 4.0  # duration from t = 0 to t = 1 at speed 1
REST = 0.5  # seconds that a loop pauses at its end, to show the result
STEP, BIG_STEP = 0.01, 0.1


class Playback(QObject):
    """The play head t in [0, 1], its movement, and the timer that moves it."""

    ticked = Signal(float)  # every frame, playing or not, with t
    moved = Signal(float)  # t has changed
    changed = Signal()  # playing, mode, speed or direction has changed

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(parent)
        self.t, self.playing, self.mode, self.speed, self.direction = 0.0, False, "loop", 1.0, 1
        self._clock, self._last, self._rest = clock, clock(), 0.0
        self.budget = FrameBudget(clock)
        self._due = 0.0
        self.timer = QTimer(self)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setSingleShot(True)  # repeated whole milliseconds would drift from 60 Hz
        self.timer.timeout.connect(self._frame)

    def start(self) -> None:
        """Start the clock (not playing)."""
        self._last = self._clock()
        self._due = self._last + FRAME
        self._wait()

    def stop(self) -> None:
        """Stop the clock."""
        self.timer.stop()

    def _frame(self) -> None:
        """Do and measure one tick, then wait for the next slot of the schedule."""
        self._due = self.budget.begin(self._due)
        self._wait()  # first, whatever the tick does
        self.tick()
        self.budget.end()

    def _wait(self) -> None:
        self.timer.start(max(0, round(1e3 * (self._due - self._clock()))))

    def tick(self) -> None:
        """Advance t by the time that has passed, and announce the frame."""
        now = self._clock()
        passed, self._last = min(now - self._last, 0.1), now
        if self.playing:
            self._advance(passed)
        self.ticked.emit(self.t)

    def seek(self, t: float) -> None:
        """Move the head without changing whether it plays."""
        t = min(1.0, max(0.0, float(t)))
        if t != self.t:
            self.t = t
            self.moved.emit(t)

    def step(self, by: float) -> None:
        """Move the head by `by` and stop playing."""
        self.pause()
        self.seek(round(self.t + by, 6))

    def play(self) -> None:
        """Play; at the end in the direction of play, start from the other end."""
        if self.t == self._end():
            self.seek(1.0 - self._end())
        self._set(playing=True)

    def pause(self) -> None:
        """Stop the head where it is."""
        self._set(playing=False)

    def toggle(self) -> None:
        """Play or pause."""
        self.pause() if self.playing else self.play()

    def set_mode(self, mode: str) -> None:
        """Set the mode, one of `MODES`."""
        self._set(mode=mode)

    def set_speed(self, speed: float) -> None:
        """Set the speed, in runs of [0, 1] per `SECONDS` seconds."""
        self._set(speed=speed)

    def reverse(self) -> None:
        """Reverse the direction of play."""
        self._set(direction=-self.direction)

    def _set(self, **values: object) -> None:
        before = {name: getattr(self, name) for name in values}
        for name, value in values.items():
            setattr(self, name, value)
        if before != values:
            self._rest = 0.0
            self.changed.emit()

    def _end(self) -> float:
        return 1.0 if self.direction > 0 else 0.0

    def _advance(self, passed: float) -> None:
        if self.t == self._end():
            self._turn(passed)
        else:
            self.seek(self.t + self.direction * self.speed * passed / SECONDS)

    def _turn(self, passed: float) -> None:
        """Pause at an end, then do what the mode says."""
        if self.mode == "once":
            self.pause()
            return
        self._rest += passed
        if self._rest < REST:
            return
        self._rest = 0.0
        if self.mode == "loop":
            self.seek(1.0 - self._end())
        else:
            self.direction = -self.direction
            self.changed.emit()
