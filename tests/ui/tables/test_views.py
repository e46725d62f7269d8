"""The two previews: points where they belong in their colours, and rows with their roles."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Points
from flowlab.files.points import read_layout
from flowlab.ui.tables.cloud_view import MOST_SHOWN, CloudView
from flowlab.ui.tables.rows_view import ROWS, RowsView


def cloud(rows: list[list[float]], labels: list[int] | None = None) -> Points:
    classes = None if labels is None else Array(labels, np.int64)
    return Points(points=Array(np.array(rows)), labels=classes)


def marks(view: CloudView) -> np.ndarray:
    """Where the picture differs from an empty one, as rows x, y."""
    filled = view.grab().toImage()
    view.show_cloud(None)
    empty = view.grab().toImage()
    return np.argwhere(pixels(filled) != pixels(empty))[:, ::-1]


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())


def test_y_points_upwards_and_axes_are_equal(qtbot: QtBot) -> None:
    view = CloudView()
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show_cloud(cloud([[0, 0], [10, 5], [10, 5]]))
    at = marks(view)
    left, right = at[at[:, 0].argmin()], at[at[:, 0].argmax()]
    assert right[1] < left[1]  # the higher y is further up
    span = np.abs(right - left)
    assert span[0] / span[1] == pytest.approx(2, rel=0.1)
    assert np.allclose((left + right) / 2, [150, 100], atol=3)


def test_classes_have_their_colours(qtbot: QtBot) -> None:
    view = CloudView()
    qtbot.addWidget(view)
    view.resize(200, 200)
    view.show_cloud(cloud([[0, 0], [1, 1], [2, 0]], [0, 1, 5]))
    many = len(np.unique(pixels(view.grab().toImage())))
    view.show_cloud(cloud([[0, 0], [1, 1], [2, 0]], [0, 0, 0]))
    assert many > len(np.unique(pixels(view.grab().toImage())))


def test_large_and_degenerate_clouds_are_drawn(qtbot: QtBot) -> None:
    view = CloudView()
    qtbot.addWidget(view)
    view.show_cloud(cloud(np.random.default_rng(0).normal(size=(50_000, 2)).tolist()))
    assert 0.5 * MOST_SHOWN < view.shown <= MOST_SHOWN
    for rows in ([[1, 1], [1, 1]], [[0, 0], [1e15, 0]], [[1e-30, 0], [2e-30, 0]]):
        view.show_cloud(cloud(rows))
        view.grab()
        assert view.shown == 2


def test_rows_show_their_first_cells_and_roles(qtbot: QtBot, tmp_path) -> None:
    lines = "".join(f"{k},{k / 7},{k / 3},{'ab'[k % 2]}\n" for k in range(50))
    (tmp_path / "a.csv").write_text("id,x,y,kind\n" + lines)
    view = RowsView()
    qtbot.addWidget(view)
    view.show_layout(read_layout(tmp_path / "a.csv"))
    assert (view.rowCount(), view.columnCount()) == (ROWS, 4)
    titles = [view.horizontalHeaderItem(k).text() for k in range(4)]
    assert titles == ["id", "x → x", "y → y", "kind → class"]
    assert view.item(3, 3).text() == "b"
    assert view.item(3, 3).font().bold()
    assert not view.item(3, 0).font().bold()
