"""What the window exports as numbers is what it shows, and no file is replaced unasked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.losses import Regression
from flowlab.core.document.network import BETWEEN_WALLS
from flowlab.core.document.shapes import Points
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle
from flowlab.ui.shell import number_export
from flowlab.ui.shell.window import Window
from flowlab.work.figures import Figure
from flowlab.work.status import History, Status

POINTS = np.array([[[0, 0], [1, 1]], [[2, 0], [1, 5]]], np.float32)
BUNDLE = Bundle(times=np.array([0, 1], np.float32), points=POINTS)
HISTORY = History(
    steps=np.array([10.0, 20.0]), mse=np.array([2.0, 1.5]), quadratic=np.array([-1.0, -1.5])
)


def column(columns: number_export.Columns, name: str) -> list[object]:
    return next(c.values.tolist() for c in columns if c.title == name)


def test_points_are_those_at_this_t() -> None:
    columns = number_export.points(BUNDLE, 0.25, Document())
    assert column(columns, "x") == [0.5, 1.0]
    assert column(columns, "y") == [0.0, 2.0]
    assert len(columns) == 2


def test_points_of_the_exact_flow_where_that_is_shown() -> None:
    exact = Bundle(times=BUNDLE.times, points=POINTS + 10)
    both = Bundle(times=BUNDLE.times, points=POINTS, exact=exact, labels=np.array([0, 3]))
    assert column(number_export.points(both, 0.0, Document(view=View(shows="exact"))), "x") == [
        10.0,
        11.0,
    ]
    assert column(number_export.points(both, 0.0, Document()), "x") == [0.0, 1.0]
    assert column(number_export.points(both, 0.0, Document()), "class") == [
        1,
        4,
    ]  # as the pencil counts


def test_classes_are_called_as_in_the_file_of_the_points(tmp_path: Path) -> None:
    cloud = Points(
        points=Array([[0.0, 0.0], [1.0, 1.0]]),
        labels=Array([0, 3], np.int64),
        classes=("ash", "birch", "elm", "oak, red"),
    )
    both = Bundle(times=BUNDLE.times, points=POINTS, labels=np.array([0, 3]))
    columns = number_export.points(both, 0.0, Document(source=cloud))
    assert column(columns, "class") == ["ash", "oak, red"]
    for name in ("a.csv", "a.npy"):
        number_export.write_numbers(tmp_path / name, columns)
    assert (tmp_path / "a.csv").read_text().splitlines()[2] == '1,1,"oak, red"'
    assert np.load(tmp_path / "a.npy")["class"].tolist() == ["ash", "oak, red"]
    assert column(number_export.points(both, 0.0, Document(target=cloud)), "class") == [1, 4]


def test_a_view_without_points_says_so() -> None:
    nothing = Bundle(times=BUNDLE.times, points=np.zeros((2, 0, 2), np.float32))
    with pytest.raises(Invalid, match="no points"):
        number_export.points(nothing, 0.5, Document())


def test_the_loss_is_the_whole_history() -> None:
    columns = number_export.loss(Status(history=HISTORY))
    assert column(columns, "step") == [10, 20]
    assert column(columns, "squared error") == [2.0, 1.5]
    with pytest.raises(Invalid, match="train first"):
        number_export.loss(Status())


def test_an_implicit_loss_is_no_squared_error() -> None:
    regression = Regression(BETWEEN_WALLS, matching="implicit")
    columns = number_export.loss(Status(history=HISTORY, regression=regression))
    assert [each.title for each in columns] == ["step", "twice the implicit loss", "implicit loss"]
    assert column(columns, "implicit loss") == [-1.0, -1.5]


def test_metrics_are_those_that_are_known_with_their_errors_and_units() -> None:
    figure = Figure(value=12.0, error=0.25, spread=0.5, n=2048, step=7)
    energy = Figure(value=0.1, error=0.01, floor=Estimate(0.2, 0.03), spread=0.05)
    figures = {"angle": figure, "mmd": Figure(note="not yet"), "energy": energy}
    measured = Estimate(0.25, 0.01, 512)
    status = Status(step=8, of_step=6, sliced_w2=measured, history=HISTORY, figures=figures)
    columns = number_export.metrics(status)
    names = column(columns, "metric")
    assert "mmd" not in names
    at = names.index("angle")
    rows = {c.title: c.values.tolist()[at] for c in columns}
    assert (rows["value"], rows["unit"], rows["standard error"]) == (12.0, "degrees", 0.25)
    assert rows["its standard deviation"] == 0.5
    assert (rows["samples"], rows["training step"]) == (2048, 7)
    assert np.isnan(rows["of a perfect flow"])
    rows = {c.title: c.values.tolist()[names.index("energy")] for c in columns}
    assert (rows["of a perfect flow"], rows["its standard error"]) == (0.2, 0.03)
    rows = {c.title: c.values.tolist()[names.index("sliced_w2")] for c in columns}
    assert (rows["value"], rows["standard error"]) == (0.25, 0.01)
    assert (rows["samples"], rows["training step"]) == (512, 6)
    assert "of_step" not in names
    with pytest.raises(Invalid, match="No figure is known"):
        number_export.metrics(Status())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the file dialog was given; it answers with the first entry of `answers`."""
    given: list[str] = []

    def ask(_: object, title: str, proposed: str, filters: str) -> tuple[str, str]:
        given.extend((title, proposed))
        return str(Path(proposed).with_name("mine")), filters.split(";;")[0]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return given


def test_a_file_is_proposed_that_is_not_there(
    still_window: Window, asked: list[str], tmp_path: Path
) -> None:
    (tmp_path / "two-moons-loss.csv").touch()
    columns = number_export.loss(Status(history=HISTORY))
    path = number_export.save(still_window, columns, "loss", tmp_path, "two moons")
    assert asked == ["Export the loss", str(tmp_path / "two-moons-loss-2.csv")]
    assert path == tmp_path / "mine.csv"
    assert path.read_text().startswith("step,squared error")


def test_no_file_is_replaced_without_a_question(
    still_window: Window, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.csv").write_text("precious")
    buttons = QMessageBox.StandardButton
    columns = number_export.loss(Status(history=HISTORY))
    for answer, kept in ((buttons.Cancel, True), (buttons.Yes, False)):
        monkeypatch.setattr(QMessageBox, "question", lambda *_, answer=answer: answer)
        number_export.save(still_window, columns, "loss", tmp_path, "flow")
        assert ((tmp_path / "mine.csv").read_text() == "precious") is kept


def test_without_a_picture_the_window_says_why(still_window: Window, asked: list[str]) -> None:
    still_window.exports.save_numbers("points")
    assert not asked
    assert "nothing to export yet" in still_window.complaints[0]  # type: ignore[attr-defined]
