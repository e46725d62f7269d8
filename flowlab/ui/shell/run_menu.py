"""The actions of training, of looking back in it, and of playing, for the menu Run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from flowlab.ui.base.allowed import allow
from flowlab.ui.shell.look_back import EARLIEST, NEWEST, NO_NETWORK, Timeline, places
from flowlab.ui.shell.time_bar import step_keys
from flowlab.ui.state.playback import MODES
from flowlab.ui.tools.reflow_controller import UNTRAINED

if TYPE_CHECKING:
    from flowlab.ui.shell.action_host import Adds


class RunMenu:
    """Fills the menu."""

    def __init__(self, actions: Adds) -> None:
        self.actions, self.host, self._add = actions, actions.host, actions.add
        self._moments: list[tuple[QAction, Callable[[Timeline], str]]] = []  # each with why not

    def fill(self, menu: QMenu) -> None:
        """Add the actions to the menu."""
        self._training(menu)
        menu.addSeparator()
        self._time(menu)

    def _training(self, menu: QMenu) -> None:
        self.actions.group = "Training"
        room = self.host.room
        self._add(
            menu,
            "Train or pause",
            room.toggle_training,
            "T",
            also="training, learn, fit, stop, train longer, pause training, epochs, iterations",
        )
        self._add(menu, "Train for one step", room.step_once, "Shift+T", also="training step")
        self._add(
            menu,
            "Reset the weights",
            room.reset,
            None,
            "reset",
            also="start over, restart, start again, reinitialise, fresh weights, retrain, "
            "reset training, restart training, reset network, random weights, "
            "initialisation",
        )
        self._add(
            menu,
            "Runs of this session…",
            self.host.runs.open,
            also="history, trainings, earlier weights, experiments, previous runs",
        )
        self._add(
            menu,
            "Reflow: train on pairs of the learned flow",
            room.reflow.toggle,
            why=self._why_no_reflow,
            also="rectified flow, rectify, straighten, straight paths",
        )
        menu.addSeparator()
        self._looking_back(menu)

    def _looking_back(self, menu: QMenu) -> None:
        moments = self.host.room.moments
        for text, act, key, why, does in (
            ("Earlier in training", partial(moments.move, -1), "Shift+Left", why_no_earlier, ""),
            ("Later in training", partial(moments.move, 1), "Shift+Right", why_no_later, ""),
            ("To the start of training", moments.to_first, "Shift+Home", why_no_earlier, ""),
            ("To now in training", partial(moments.look, None), "Shift+End", why_no_later, "now"),
        ):
            action = self._add(menu, text, act, key, does=does, also="training time, history")
            self._moments.append((action, why))
        pin = self._add(
            menu,
            "Pin this moment of training",
            moments.toggle_pin,
            "Shift+P",
            on=lambda: moments.line.pinned is not None,
            also="compare, side by side",
            does="pin",
        )
        self._moments.append((pin, lambda line: NO_NETWORK if line.idle else ""))
        moments.changed.connect(self._show_moments)
        self._show_moments(moments.line)

    def _show_moments(self, line: Timeline) -> None:
        for action, why in self._moments:
            allow(action, why(line))

    def _why_no_reflow(self) -> str:
        status = self.host.room.link.status()
        return "" if status is not None and (status.step or status.progress) else UNTRAINED

    def _time(self, menu: QMenu) -> None:
        self.actions.group = "Time"
        playback, room = self.host.playback, self.host.room
        self._add(
            menu,
            "Play or pause",
            playback.toggle,
            "Space",
            "play",
            also="animate, animation, stop, run, generate, start the flow",
            does="play",
        )
        self._add(
            menu,
            "Play backwards",
            playback.reverse,
            "R",
            "reverse",
            lambda: playback.direction < 0,
            also="reverse, rewind",
            does="reverse",
        )
        self._add(menu, "One step back", partial(room.step_time, -1), "Left", also="previous frame")
        self._add(menu, "One step forward", partial(room.step_time, 1), "Right", also="next frame")
        for key, by in step_keys().items():
            words = f"Step {'forward' if by > 0 else 'back'} by {abs(by):g}"
            self._add(menu, words, partial(playback.step, by), key)
        self._add(menu, "To the source, t = 0", lambda: playback.seek(0.0), "Home")
        self._add(menu, "To the target, t = 1", lambda: playback.seek(1.0), "End")
        menu.addSeparator()
        for mode, title in MODES.items():
            self._add(
                menu,
                f"At the end: {title.lower()}",
                partial(playback.set_mode, mode),
                on=partial(self._at_end, mode),
                does=f"end={mode}",
            )

    def _at_end(self, mode: str) -> bool:
        return self.host.playback.mode == mode


def why_no_earlier(line: Timeline) -> str:
    """Why no earlier moment of training can be looked at; empty if one can."""
    if line.idle:
        return NO_NETWORK
    return EARLIEST if places(line)[0] == line.step else ""


def why_no_later(line: Timeline) -> str:
    """Why no later moment of training can be looked at; empty if one can."""
    return NEWEST if line.step is None else ""
