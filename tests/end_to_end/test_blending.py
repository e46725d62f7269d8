"""The (de)blending room in the real window with its engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from flowlab.core.blending.results import blends_of, chain_of
from flowlab.core.blending.tangent.results import tangents_of
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.views.bundle import Bundle
from flowlab.ui.shell.window import Window
from tests.helpers.windows import SMALL, wait

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
POLYGONS = replace(SMALL, source=named("triangle"), target=named("square"))


def shown(window: Window) -> Bundle:
    bundle = window.room.canvas.bundle
    assert bundle is not None
    return bundle


@pytest.fixture
def opened(window: Window, qtbot: QtBot) -> Window:
    """In the room, by its key, with two polygons."""
    take(window, POLYGONS)
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_2, CTRL)
    wait(qtbot, lambda: blends_of(shown(window)) is not None)
    return window


def take(window: Window, document: Document) -> None:
    window.store.replace(document)
    window.link.open(document, None, window.store.branch)


def test_chain_field_and_mapping_in_one_visit(opened: Window, qtbot: QtBot) -> None:
    step_a_chain_by_keys_and_make_it_finer(opened, qtbot)
    scrub_the_field_without_asking_the_engine_again(opened, qtbot)
    train_a_mapping_whose_single_step_lands_on_the_mean(opened, qtbot)


def step_a_chain_by_keys_and_make_it_finer(opened: Window, qtbot: QtBot) -> None:
    room, canvas = opened.room, opened.room.canvas
    left, stepper = room.opened["blending"].left, room.opened["blending"].stepper
    opened.playback.pause()
    opened.playback.seek(0.0)
    qtbot.mouseClick(left.views.buttons["chain"], LEFT)
    wait(qtbot, lambda: chain_of(shown(opened)) is not None)
    for presses, place in enumerate([(0.0, True), (1 / 6, False), (1 / 6, True)], 1):
        qtbot.keyClick(canvas, Qt.Key.Key_Right)
        assert (opened.playback.t, stepper.deblended) == pytest.approx(place), presses
    pair = chain_of(shown(opened))
    assert pair is not None
    blend = (1 - 1 / 6) * pair.x0[1, 0] + 1 / 6 * pair.x1[1, 0]
    np.testing.assert_allclose(blend, shown(opened).at(1 / 6)[0], atol=1e-4)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert (opened.playback.t, stepper.deblended) == pytest.approx((1 / 6, False))
    left.controls["chain"].steps.fields["steps"].box.setValue(24)
    wait(qtbot, lambda: len(shown(opened).times) == 25)
    assert "N = 24" in canvas.caption


def scrub_the_field_without_asking_the_engine_again(opened: Window, qtbot: QtBot) -> None:
    left = opened.room.opened["blending"].left
    qtbot.mouseClick(left.views.buttons["tangent_field"], LEFT)
    wait(qtbot, lambda: tangents_of(shown(opened)) is not None)
    first = shown(opened)
    for t in (0.0, 0.37, 1.0):
        opened.playback.seek(t)
        wait(qtbot, lambda: opened.room.canvas.t == t)  # noqa: B023
        assert not opened.room.canvas.grab().isNull()
    assert shown(opened) is first
    steps = opened.store.document.blending.steps
    opened.store.stack.undo()  # the chain's steps: which view is open is no step of the history
    assert opened.store.document.blending.steps != steps
    assert opened.store.document.view.name == "tangent_field"
    qtbot.mouseClick(left.views.buttons["chain"], LEFT)
    wait(qtbot, lambda: chain_of(shown(opened)) is not None)


def train_a_mapping_whose_single_step_lands_on_the_mean(opened: Window, qtbot: QtBot) -> None:
    left = opened.room.opened["blending"].left
    qtbot.mouseClick(left.views.buttons["mapping"], LEFT)
    mapping = left.controls["mapping"]
    qtbot.mouseClick(mapping.recipe, LEFT)
    assert opened.store.document.network.kind == "iadb"
    mapping.sampler.fields["steps"].box.setValue(1)
    qtbot.mouseClick(left.train_button, LEFT)
    wait(qtbot, lambda: opened.link.status().step > 300)  # type: ignore[union-attr]
    qtbot.mouseClick(left.train_button, LEFT)
    wait(qtbot, lambda: opened.link.status().state == "paused")  # type: ignore[union-attr]
    final = opened.link.status().step  # type: ignore[union-attr]
    wait(qtbot, lambda: shown(opened).step == final)
    ends, target = shown(opened).at(1.0), shown(opened).target
    assert np.hypot(*(ends.mean(0) - target.mean(0))) < 0.5
    assert ends.std() < 0.5 * target.std()  # all near the mean, nothing like the target


def test_a_figure_at_one_alpha_stands_still_there_and_others_play(window: Window) -> None:
    window.welcome("direction_of_the_tangent")
    assert (window.playback.t, window.playback.playing) == (0.5, False)
    window.welcome("chain_of_6_steps")
    assert window.playback.playing
