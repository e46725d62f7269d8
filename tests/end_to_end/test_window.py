"""The real window, driven as a person would: mouse, keys, files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from pytestqt.qtbot import QtBot

from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Drawing, Points
from flowlab.core.document.training import Training
from flowlab.files import session
from flowlab.ui.shell.export_dialog import ExportDialog
from flowlab.ui.shell.window import Window
from tests.helpers.windows import LONG, SMALL, shows


def train_to(window: Window, qtbot: QtBot, step: int) -> None:
    qtbot.mouseClick(window.room.opened["flow"].left.train_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.link.status().step >= step, timeout=LONG)  # type: ignore[union-attr]
    qtbot.mouseClick(window.room.opened["flow"].left.train_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.link.status().state == "paused", timeout=LONG)  # type: ignore[union-attr]
    final = window.link.status().step  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: shows(window, step=final), timeout=LONG)


def draw_stroke(window: Window, qtbot: QtBot, points: list[tuple[float, float]]) -> None:
    """A stroke by mouse, in plane coordinates."""
    canvas = window.room.canvas
    where = canvas.current_camera().to_screen(
        np.array(points, np.float32), canvas.width(), canvas.height()
    )
    pixels = [QPoint(round(float(x)), round(float(y))) for x, y in where]
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=pixels[0])
    for pixel in pixels[1:]:
        qtbot.mouseMove(canvas, pixel)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=pixels[-1])


def picture(window: Window, t: float) -> np.ndarray:
    """The canvas at t as pixels."""
    canvas = window.room.canvas
    canvas.show_t(t)
    canvas._before = None
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), image.width(), 4)[..., :3].copy()


def knows_both_ends(window: Window) -> bool:
    """True if source and target are drawn by their densities, which the engine computes once."""
    return all(known is not None for known in window.room.canvas.frame().known_ends)


def test_draw_train_scrub_export_reopen_same_frames(
    window: Window, make: Callable[[], Window], qtbot: QtBot, tmp_path: Path
) -> None:
    window.room.drawing.open("target")
    draw_stroke(window, qtbot, [(-3, 2), (-1, 2), (1, 2), (3, 2)])
    draw_stroke(window, qtbot, [(-3, -2), (0, -2), (3, -2)])
    drawing = window.store.document.target
    assert isinstance(drawing, Drawing)
    assert len(drawing.strokes) == 2
    window.room.drawing.close()

    train_to(window, qtbot, 60)
    bundle = window.room.canvas.bundle
    assert bundle is not None
    assert np.array_equal(bundle.at(0.0), bundle.points[0])

    slider = window.time_bar.slider
    middle = QPoint(round(slider.x_of(0.5)), slider.height() // 2)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=middle)
    assert window.playback.t == pytest.approx(0.5, abs=0.01)

    dialog = ExportDialog(window.exports.frames_of(bundle), 0.5, "dark", window)
    qtbot.addWidget(dialog)
    dialog.path.setText(str(tmp_path / "flow.gif"))
    dialog.width_box.setValue(160)
    dialog.height_box.setValue(120)
    dialog.fps.setValue(10)
    dialog.seconds.setValue(0.5)
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.job is None, timeout=LONG)
    assert "Written" in dialog.words.text()
    with Image.open(tmp_path / "flow.gif") as animation:
        assert animation.size == (160, 120)
        assert animation.n_frames == 5  # type: ignore[attr-defined]
    dialog.reject()

    path = tmp_path / "mine.flowlab"
    assert window.session.save_to(path)
    qtbot.waitUntil(lambda: knows_both_ends(window), timeout=LONG)
    before = [picture(window, t) for t in (0.0, 0.4, 1.0)]

    other = make()
    other.resize(window.size())
    assert other.session.open(path)
    trained = bundle.step
    qtbot.waitUntil(lambda: shows(other, step=trained), timeout=LONG)
    assert other.store.document == window.store.document
    assert other.room.canvas.bundle is not None
    assert np.array_equal(other.room.canvas.bundle.points, bundle.points)
    qtbot.waitUntil(lambda: knows_both_ends(other), timeout=LONG)
    after = [picture(other, t) for t in (0.0, 0.4, 1.0)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_undo_and_redo_of_strokes_by_keys(window: Window, qtbot: QtBot) -> None:
    source = window.store.document.target
    window.room.drawing.open("target")
    draw_stroke(window, qtbot, [(-1, 0), (1, 0)])
    drawn = window.store.document.target
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.store.document.target == source
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Z, modifiers)
    assert window.store.document.target == drawn
    window.room.drawing.close()


def test_drawing_while_training_swaps_the_data_and_keeps_the_weights(
    window: Window, qtbot: QtBot
) -> None:
    window.room.drawing.open("target")
    draw_stroke(window, qtbot, [(-3, 0), (3, 0)])
    qtbot.mouseClick(window.room.opened["flow"].left.train_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.link.status().step > 20, timeout=LONG)  # type: ignore[union-attr]
    step = window.link.status().step  # type: ignore[union-attr]
    draw_stroke(window, qtbot, [(0, -3), (0, 3)])
    qtbot.waitUntil(lambda: window.link.status().step > step + 20, timeout=LONG)  # type: ignore[union-attr]
    assert window.link.status().state == "training"  # type: ignore[union-attr]
    window.room.drawing.close()


def test_keys_play_step_and_jump(window: Window, qtbot: QtBot) -> None:
    playing = window.playback.playing
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_Space)
    assert window.playback.playing is not playing
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_End)
    assert window.playback.t == 1.0
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_Home)
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_Right)
    assert window.playback.t == pytest.approx(0.01)


def test_the_learning_rate_changes_without_a_reset(window: Window, qtbot: QtBot) -> None:
    train_to(window, qtbot, 40)
    step = window.link.status().step  # type: ignore[union-attr]
    document = window.store.document
    faster = Training(batch=64, learning_rate=1e-3)
    window.store.edit(document.with_parts(training=faster), "Change training")
    window.link.call(lambda engine: engine.step())  # done after the edit
    qtbot.waitUntil(lambda: window.link.status().step != step, timeout=LONG)  # type: ignore[union-attr]
    assert window.link.status().step == step + 1  # type: ignore[union-attr]


def test_a_diverging_rate_stops_with_its_reason_and_keeps_the_last_good_weights(
    window: Window, qtbot: QtBot
) -> None:
    train_to(window, qtbot, 40)
    wild = Training(batch=64, optimiser="sgd", learning_rate=10.0)
    window.store.edit(window.store.document.with_parts(training=wild), "Change training")
    qtbot.mouseClick(window.room.opened["flow"].left.train_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.link.status().state == "stopped", timeout=LONG)  # type: ignore[union-attr]
    window.room._show_status()
    assert "learning rate" in window.room.opened["flow"].right.message.text()
    record = window.link.record(window.store.document.network)
    assert record is not None
    assert all(np.isfinite(a).all() for a in record.weights.arrays.values())


def test_hover_click_pins_and_a_dragged_start_point_is_followed(
    window: Window, qtbot: QtBot
) -> None:
    canvas = window.room.canvas
    window.playback.seek(0.0)
    bundle = canvas.bundle
    assert bundle is not None
    far = int(np.argmax(np.hypot(*bundle.at(0.0)[: window.store.document.view.highlighted].T)))
    x, y = canvas.current_camera().to_screen(
        bundle.at(0.0)[far : far + 1], canvas.width(), canvas.height()
    )[0]
    at = QPoint(round(float(x)), round(float(y)))
    qtbot.mouseMove(canvas, at)
    qtbot.waitUntil(lambda: canvas.hover is not None, timeout=LONG)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    assert len(canvas.pins) == 1
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at)
    goal = at + QPoint(40, 30)
    qtbot.mouseMove(canvas, goal)
    qtbot.waitUntil(lambda: canvas.probe is not None, timeout=LONG)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=goal)
    plane = canvas.current_camera().to_plane(goal.x(), goal.y(), canvas.width(), canvas.height())
    qtbot.waitUntil(
        lambda: canvas.probe is not None and np.allclose(canvas.probe.at(0.0)[0], plane, atol=0.05),
        timeout=LONG,
    )


def test_bad_files_are_told_in_a_sentence_and_change_nothing(
    window: Window, tmp_path: Path
) -> None:
    before = window.store.document
    (tmp_path / "broken.flowlab").write_bytes(b"PK\x03\x04nonsense")
    (tmp_path / "one.csv").write_text("1,2\n")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "what.xyz").write_text("?")
    for name in ("broken.flowlab", "one.csv", "empty.png", "what.xyz", "missing.flowlab"):
        assert not window.session.take_file(tmp_path / name)
    complaints = window.complaints  # type: ignore[attr-defined]
    assert len(complaints) == 5
    assert all(words.endswith(".") and "\n" not in words for words in complaints)
    assert window.store.document == before


def test_an_empty_drawing_is_told_and_its_picture_is_empty_until_undo(
    window: Window, qtbot: QtBot
) -> None:
    assert window.room.canvas.bundle is not None
    window.room.set_shape("target", Drawing())
    qtbot.waitUntil(lambda: window.link.status().problem != "", timeout=LONG)  # type: ignore[union-attr]
    assert "Nothing is drawn" in window.room.panels.card("target").problem.text()
    assert window.room.canvas.bundle is None  # no picture of the target before
    window.store.stack.undo()
    qtbot.waitUntil(lambda: window.room.canvas.bundle is not None, timeout=LONG)


def test_more_than_memory_holds_is_refused_in_a_sentence_and_nothing_is_lost(
    window: Window, qtbot: QtBot
) -> None:
    train_to(window, qtbot, 40)
    shown, step = window.room.canvas.bundle, window.link.status().step  # type: ignore[union-attr]
    huge = replace(
        window.store.document,
        view=replace(window.store.document.view, particles=1_000_000),
        solver=replace(window.store.document.solver, method="euler", steps=1000),
    )
    window.store.edit(huge, "Change view")
    message = window.room.opened["flow"].right.message
    qtbot.waitUntil(lambda: message.isVisible() and "memory" in message.text(), timeout=LONG)
    assert message.text().endswith(".")
    assert "\n" not in message.text()
    assert window.room.canvas.bundle is shown
    assert window.store.document == huge
    window.store.stack.undo()
    qtbot.waitUntil(lambda: not message.isVisible(), timeout=LONG)
    assert window.link.status().step == step  # type: ignore[union-attr]
    assert shows(window, step=step)


def test_an_unwritable_path_is_told_and_nothing_is_lost(window: Window, tmp_path: Path) -> None:
    assert not window.session.save_to(tmp_path / "no" / "such" / "folder" / "x.flowlab")
    assert len(window.complaints) == 1  # type: ignore[attr-defined]
    assert window.store.document == SMALL


def test_a_saved_session_is_read_back_by_the_library(window: Window, tmp_path: Path) -> None:
    window.session.save_to(tmp_path / "a.flowlab")
    assert session.load(tmp_path / "a.flowlab").document == SMALL
    with pytest.raises(Invalid):
        session.load(tmp_path / "b.flowlab")


def test_a_dropped_file_becomes_the_target_and_one_on_the_source_card_the_source(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "cloud.csv"
    path.write_text("\n".join(f"{i % 7},{i % 5}" for i in range(60)))
    drop(window, path, QPoint(640, 400))
    qtbot.waitUntil(lambda: isinstance(window.store.document.target, Points), timeout=LONG)
    card = window.room.opened["flow"].left.source.picture
    drop(window, path, card.mapTo(window, QPoint(20, 20)))
    qtbot.waitUntil(lambda: isinstance(window.store.document.source, Points), timeout=LONG)
    assert window.store.stack.count() == 2


def drop(window: Window, path: Path, at: QPoint) -> None:
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(
            QPointF(at),
            Qt.DropAction.CopyAction,
            files,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
