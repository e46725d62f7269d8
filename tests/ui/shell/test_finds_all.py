"""Whatever the window shows is found by its words: every label, every entry of every list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QWidget,
)

from flowlab.core.document.gallery import GALLERY
from flowlab.core.document.shapes import CLASSES
from flowlab.core.views.registry import ROOMS
from flowlab.ui.base.elided import ElidedButton
from flowlab.ui.base.matching import words_of
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.forms.fields import Field
from flowlab.ui.forms.lazy_form import LazyForm
from flowlab.ui.shell.found import Found
from flowlab.ui.shell.keys_window import KeysWindow
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle

NEAR = 3  # rows among which a name is that others have too
CALLED = {  # what the search box calls some labels
    "Train": "Train or pause",
    "Draw": "Draw the source",
    **dict.fromkeys(("t =", "t = α ="), "Time t"),
    **{str(label): f"Class {label}" for label in range(1, CLASSES + 1)},
}


def found(window: Window, words: str) -> list[Found]:
    with QSignalBlocker(window.search):  # the list needn't be shown
        window.search.setText(words)
    return window.search.matches()


def shown(widget: QWidget) -> Iterator[str]:
    """Every word that a panel shows at its controls, and every entry of its lists."""
    for button in widget.findChildren(QAbstractButton):
        folds, shape = button.text() == "More", isinstance(button, ElidedButton)
        if not folds and not shape and not button.text().startswith("zoomed"):
            yield button.text()
    for field in widget.findChildren(Field):
        yield field.title
    for combo in widget.findChildren(QComboBox):
        yield from (combo.itemText(i) for i in range(combo.count()))
    for label in widget.findChildren(QLabel):
        if label.buddy() is not None:
            yield label.text()


def all_labels(window: Window) -> set[str]:
    """The labels of the whole window, after all of it has been created."""
    labels = set[str]()
    for panels in window.room.opened.values():
        for side in (panels.left, panels.right):
            for form in side.findChildren(LazyForm):
                form.build() if form.value is not None else None
            labels |= set(shown(side))
    for widget in (window.time_bar, window.room.shows, window.room.drawing.tools.bar):
        labels |= set(shown(widget))
    for action in window.actions():
        listed = action.isVisible() and not action.isSeparator() and action.menu() is None
        if listed and action is not window.search.focus_action:
            labels.add(action.text().replace("&", ""))
    labels |= {title for name, (title, _) in GALLERY.items() if name != "drawing"}
    labels |= {view.button or view.title for view in ROOMS[1].views}
    return {label.strip() for label in labels if words_of(label)}


@pytest.fixture
def window(still_window: Window) -> Window:
    still_window.room._engine_ready()  # with all charts
    settle()
    still_window.search.start()
    still_window.afterwards.finish()
    settle()
    return still_window


def test_every_visible_label_typed_in_full_leads_to_what_bears_it(window: Window) -> None:
    before = set[str]()
    for room in ROOMS:
        window.room.enter(room.name)
        settle()
        window.search.start()
        window.afterwards.finish()
        labels = all_labels(window)
        assert len(labels) > 250
        lost = {}
        for label in sorted(labels - before):
            rows = [words_of(row.words) for row in found(window, label)]
            if words_of(CALLED.get(label, label)) not in rows[:NEAR]:
                lost[label] = rows[:NEAR]
        assert not lost, "\n".join(f"{k}: {v}" for k, v in lost.items())
        before |= labels


SEARCHES = [
    ("point size", "Dot size"),
    ("transparency", "Dot opacity"),
    ("mp4", "MP4 video"),
    ("gif", "GIF animation"),
    ("number of particles", "Particles"),
    ("brush size", "Size"),
    ("zoom", "Zoom in"),
    ("dopri5", "Dormand–Prince"),
    ("optimizer", "Optimiser"),
    ("colour bar", "Density"),
    ("color bar", "Density"),
    ("log-likelihood", "log-likelihood"),
    ("dark", "Light theme"),
    ("light", "Light theme"),
    ("theme", "Light theme"),
    ("fullscreen", "Full screen"),
    ("screenshot", "Export"),
    ("picture", "Copy the picture"),
    ("csv", "Import points as the target"),
    ("undo", "Undo"),
    ("reset", "Reset the weights"),
    ("batch", "Batch"),
    ("batch size", "Batch"),
    ("learning rate", "Learning rate"),
    ("lr", "Learning rate"),
    ("euler", "Euler"),
    ("heun", "Heun"),
    ("rk4", "RK4"),
    ("sinkhorn", "Sinkhorn transport"),
    ("ot", "Optimal transport"),
    ("seed", "Seed"),
    ("fps", "Frames a second"),
    ("frames per second", "Frames a second"),
    ("shortcuts", "Keys and gestures"),
    ("rectified flow", "Reflow: train on pairs of the learned flow"),
    ("vector field", "Velocity"),
    ("two moons", "Two moons"),
    ("hidden layers", "Depth"),
    ("ema", "EMA window"),
    ("sinkhron", "Sinkhorn transport"),
    ("guassian", "Gaussian"),
    ("traning", "Network and training"),
    ("delimiter", "Separator"),
    ("excel", "Import points as the target"),
    ("spreadsheet", "Import points as the source"),
    ("upload", "Import points as the target"),
    ("download", "Save"),
    ("checkpoint", "Save"),
    ("slow down", "Speed"),
    ("slow motion", "Speed"),
    ("speed", "Speed"),
    ("faster", "Speed"),
    ("gpu", "device"),
    ("cuda", "device"),
    ("threads", "device"),
    ("epochs", "step"),
    ("iterations", "Train or pause"),
    ("train longer", "Train or pause"),
    ("stop training", "Train or pause"),
    ("delete", "Eraser"),
    ("erase", "Eraser"),
    ("rubber", "Eraser"),
    ("clear", "Clear"),
    ("select", "Select and move"),
    ("diffusion", "Variance preserving"),
    ("ddpm", "DDPM"),
    ("vp", "Variance preserving"),
    ("cosine schedule", "Trigonometric"),
    ("noise schedule", "Path"),
    ("schrodinger bridge", "Sinkhorn transport"),
    ("weight decay", "AdamW"),
    ("l2", "AdamW"),
    ("score matching", "Score ∇ log p"),
    ("straighten", "Reflow: train on pairs of the learned flow"),
    ("network size", "Width"),
    ("sample size", "Particles"),
    ("trajectory", "Paths"),
    ("prior", "Choose the source"),
    ("base distribution", "Choose the source"),
    ("letter", "Text"),
    ("sigma", "Std"),
    ("rotate", "Rotation"),
    ("resize", "Scale"),
    ("translate", "Offset x"),
    ("runge kutta", "RK4"),
    ("adaptive", "Dormand–Prince"),
    ("nll", "log-likelihood"),
    ("quality", "Metrics"),
    ("magnifying glass", "Lens"),
    ("hover", "See a particle's path; with the lens, the pairs that pass through a point"),
    ("pan", "Pan"),
    ("centre", "Copy, pin, centre, export"),
    ("center", "Copy, pin, centre, export"),
    ("mouse", "Keys and gestures"),
    ("help", "Keys and gestures"),
    ("white background", "Light theme"),
    ("colormap", "Colour"),
    ("images", "Copy the picture"),
    ("quit", "Quit"),
    ("exit", "Quit"),
    ("random seed", "Seed"),
    ("start over", "Reset the weights"),
    ("start again", "Reset the weights"),
    ("initialisation", "Reset the weights"),
    ("initialization", "Reset the weights"),
    ("standardise", "Precondition"),
    ("standardize", "Precondition"),
    ("learning rates", "Learning rate"),
    ("sde solver", "SDE solver"),
    ("noise level", "Noise level ε"),
    ("epsilon", "Noise level ε"),
    ("brownian", "Brownian √(t(1 − t))"),
    ("hutchinson", "Vectors z"),
    ("churn", "Churn"),
    ("cfg", "Guidance"),
    ("guidance scale", "Guidance γ"),
    ("anomaly map", "What if"),
    ("langevin", "Langevin"),
    ("langevin corrector", "Corrector steps"),
    ("ddim", "DDIM"),
]
LACKED = {  # what people search for and FlowLab has not, with the row that says so
    "font size": "Size of letters",
    "larger text": "Size of letters",
    "language": "Other languages",
    "preferences": "Preferences",
    "mnist": "Images as data",
    "3d": "Three or more dimensions",
    "batch norm": "Other networks",
    "layer normalisation": "Other networks",
    "layer normalization": "Other networks",
    "transformer": "Other networks",
    "unet": "Other networks",
    "vae": "Other generative models",
    "gan": "Other generative models",
    "normalising flow": "Other generative models",
    "normalizing flow": "Other generative models",
    "validation": "Validation set",
    "overfitting": "Validation set",
    "fid": "FID and KL divergence",
    "gradient clipping": "Other training settings",
    "tensorboard": "TensorBoard",
    "python": "Scripts",
    "paste": "Paste",
    "line width": "Width of lines",
    "print": "Sharing",
    "email": "Sharing",
    "autosave": "Autosave",
    "update": "Updates",
    "documentation": "Documentation",
    "parquet": "Parquet",
}


def test_what_people_type_is_among_the_first(window: Window) -> None:
    rows = {typed: [row.words for row in found(window, typed)[:NEAR]] for typed, _ in SEARCHES}
    lost = {typed: rows[typed] for typed, name in SEARCHES if name not in rows[typed]}
    assert not lost, "\n".join(f"{k}: {v}" for k, v in lost.items())


def test_what_is_lacking_is_said_and_leads_nowhere(window: Window) -> None:
    for typed, name in LACKED.items():
        window.search.setText(typed)
        rows = window.search.matches()
        assert name in [row.words for row in rows], typed
        assert all(row.why for row in rows), typed
        window.search.keyPressEvent(
            QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
        )
        assert window.search.text() == typed  # nothing was chosen


def test_resetting_comes_before_a_new_document(window: Window) -> None:
    assert found(window, "start over")[0].words == "Reset the weights"
    assert found(window, "new")[0].words == "New"


def test_the_seed_of_the_open_room_comes_first(window: Window) -> None:
    assert found(window, "seed")[0].where == "Flow › How many, seed"
    row = found(window, "random seed")[0]
    window.search.clear()
    row.act()
    settle()
    focused = QApplication.focusWidget()
    assert isinstance(focused, NumberBox)
    assert focused.accessibleName() == "Seed"


def test_a_gesture_opens_the_list_of_keys_at_it(window: Window) -> None:
    row = next(r for r in found(window, "pan") if r.words == "Pan")
    assert (row.keys, row.where) == ("Drag", "Keys and gestures › Picture")
    row.act()
    settle()
    keys_window = window.findChild(KeysWindow)
    assert keys_window.line.text() == "Pan"
    keys_window.close()


def test_what_charts_keep_for_themselves_is_no_action(window: Window) -> None:
    """pyqtgraph has actions of its own, which nobody may trigger."""
    own = set(window.actions())
    others = [a for a in window.findChildren(QAction) if a not in own and a.text()]
    assert others
    assert set(window.search.actions_of_window()) <= own


def test_letters_that_only_occur_somewhere_find_nothing(window: Window) -> None:
    assert "Export the metrics" not in [row.words for row in found(window, "theme")]
    assert not found(window, "qxzv")


def test_each_row_says_where_it_is_or_why_it_cannot_be_done(window: Window) -> None:
    for typed in ("particles", "noise", "colour", "size", "two moons", "train", "width", "seed"):
        rows = found(window, typed)
        assert all(row.where or row.why for row in rows)
        places = [(row.words, row.where, row.why) for row in rows]
        assert len(places) == len(set(places))  # no two rows look the same


def test_what_does_the_same_is_listed_once(window: Window) -> None:
    for typed in ("trails", "play or pause", "antithetic pairs", "sinkhorn transport", "loop"):
        rows = [row.words.casefold() for row in found(window, typed)]
        assert rows.count(typed) + rows.count(f"at the end: {typed}") == 1
    assert [row.words for row in found(window, "seed")].count("Seed") == 1


def test_two_moons_opens_the_picker_at_them(window: Window) -> None:
    row = next(r for r in found(window, "two moons") if r.where == "Choose the source")
    row.act()
    settle()
    picker = window.picker.picker
    assert picker is not None
    assert picker.isVisible()
    assert picker.role == "source"
    assert picker.grid.currentIndex().data() == "Two moons"
    picker.close()


def test_a_tool_of_the_drawing_bar_opens_the_bar(window: Window) -> None:
    row = found(window, "brush size")[0]
    assert row.where == "Drawing bar"
    window.search.clear()
    row.act()
    settle()
    assert window.room.drawing.role == "target"
    assert window.room.drawing.tools.bar.size_slider.hasFocus()
    window.room.drawing.close()
