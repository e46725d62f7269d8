"""The real window under many actions in no sensible order: it keeps its word about bad input."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.blending.settings import DEBLENDERS, FIELD_SOURCES, PICTURES
from flowlab.core.document.gallery import GALLERY, preset_names
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import PREDICTIONS
from flowlab.core.document.paths import NOISES, PATHS
from flowlab.core.document.solver import DIRECTIONS
from flowlab.core.document.view import LAYOUTS, SHOWS
from flowlab.core.views.registry import VIEWS
from flowlab.ui.shell.window import Window
from tests.helpers.windows import frames

ACTIONS = 120
PAUSES = (0, 1, 5)  # frames


class Person:
    """Somebody who presses anything."""

    def __init__(self, window: Window, seed: int) -> None:
        self.window, self.rng = window, random.Random(seed)
        self.done: list[str] = []

    def act(self) -> None:
        """One action; what is refused in words is fine."""
        name, action = self.rng.choice(list(self.actions().items()))
        self.done.append(name)
        with contextlib.suppress(Invalid):
            action()

    def part(self, part: str, field: str, *values: Any) -> None:
        """Another value of a field of a part of the document."""
        store = self.window.store
        changed = replace(getattr(store.document, part), **{field: self.rng.choice(values)})
        store.edit(store.document.with_parts(**{part: changed}), "Change", "random")
        store.settle()

    def actions(self) -> dict[str, Callable[[], object]]:
        """What can be done, by name."""
        window, room, pick, part = self.window, self.window.room, self.rng.choice, self.part
        shapes = [shape for _, shape in GALLERY.values()]
        engine = room.link.engine
        assert engine is not None
        return {
            "preset": lambda: window.welcome(pick(preset_names())),
            "train": room.trainer.toggle,
            "target": lambda: room.set_shape("target", pick(shapes)),
            "source": lambda: room.set_shape("source", pick(shapes)),
            "swap": room.swap_ends,
            "undo": window.store.stack.undo,
            "redo": window.store.stack.redo,
            "lens": room.lens.toggle,
            "lens moves": lambda: room.canvas.lens_moved.emit(pick((-2.0, 0.5)), 0.3),
            "shows": lambda: room.choose_flow(pick(tuple(SHOWS))),
            "play": window.playback.toggle,
            "seek": lambda: window.playback.seek(pick((0.0, 0.3, 1.0))),
            "look back": lambda: engine.look_back(pick((None, 0, 8))),
            "pin": lambda: engine.pin(pick((None, 0, 8))),
            "theme": window.toggle_theme,
            "view": lambda: part("view", "name", *VIEWS),
            "layout": lambda: part("view", "layout", *LAYOUTS),
            "particles": lambda: part("view", "particles", 1, 50, 3000),
            "path": lambda: part("path", "kind", *PATHS),
            "noise": lambda: part("path", "noise", *NOISES),
            "coupling": lambda: part("coupling", "kind", "independent", "ot", "sinkhorn"),
            "predicts": lambda: part("network", "predicts", *PREDICTIONS),
            "conditional": lambda: part("network", "conditional", False, True),
            "method": lambda: part("solver", "method", "euler", "rk4", "dopri5"),
            "direction": lambda: part("solver", "direction", *DIRECTIONS),
            "steps N": lambda: part("blending", "steps", 1, 6, 40),
            "alphas": lambda: part("blending", "alphas", (), (0.0, 0.5, 1.0)),
            "deblend": lambda: part("blending", "deblend", *DEBLENDERS),
            "followed": lambda: part("blending", "followed", 0, 7, 900),
            "picture": lambda: part("blending", "picture", *PICTURES),
            "field": lambda: part("blending", "field", *FIELD_SOURCES),
            "error": lambda: part("blending", "show_error", False, True),
        }


@pytest.mark.parametrize("seed", [1])
def test_no_order_of_actions_breaks_the_window(window: Window, qtbot: QtBot, seed: int) -> None:
    person = Person(window, seed)
    complaints: list[str] = []
    window.session.complain = complaints.append  # type: ignore[method-assign]
    window.session.may_leave = lambda: True  # type: ignore[method-assign]
    for _ in range(ACTIONS):
        person.act()
        frames(window, qtbot, person.rng.choice(PAUSES))
        status = window.link.status()
        assert status is not None
        assert status.state != "stopped", person.done[-8:]
        assert "failed" not in status.problem, (status.problem, person.done[-8:])
    assert all(complaint.endswith(".") for complaint in complaints)
