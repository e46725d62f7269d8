"""NPY and NPZ files: which array holds the points, and which the classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files.points import Cloud, examine, read_cloud
from flowlab.files.tables.table import Options

XY = np.array([[0.5, -1.25], [2.0, 3.0], [-4.0, 0.125], [1.0, 1.0]])
K = np.array([1, 0, 1, 3])


def read(path: Path, **options: object) -> Cloud:
    return read_cloud(path, options=Options(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arrays",
    [
        {"X": XY, "y": K},  # as scikit-learn calls them
        {"arr_0": XY, "arr_1": K},  # np.savez(xy, labels)
        {"points": XY, "labels": K},
        {"labels": K, "xy": XY},
        {"X": XY, "y": K.astype(float)[:, None]},
        {"a": XY, "target": K, "weights": XY[:, 0]},
        {"x": XY[:, 0], "y": XY[:, 1], "c": K},
        {"data": np.column_stack([XY, K])},
    ],
)
def test_points_and_their_classes(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    cloud = read(tmp_path / "a.npz")
    assert np.array_equal(cloud.points.points.values, XY)
    assert cloud.points.labels is not None
    assert cloud.points.labels.values.tolist() == [1, 0, 1, 2]
    assert cloud.classes == ("0", "1", "3")


def test_numpy_s_own_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", XY, K)
    assert read(tmp_path / "a.npz").points.labels is not None


@pytest.mark.parametrize("kind", ["<U5", "S5"])
def test_classes_as_words(tmp_path: Path, kind: str) -> None:
    np.savez(tmp_path / "a.npz", X=XY, y=np.array(["dog", "cat", "dog", "bird"], kind))
    cloud = read(tmp_path / "a.npz")
    assert cloud.classes == ("bird", "cat", "dog")
    assert cloud.points.labels is not None
    assert cloud.points.labels.values.tolist() == [2, 1, 2, 0]


def test_words_as_objects_are_refused_and_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=XY, y=np.array(["dog", "cat", "dog", "x"], object))
    assert read(tmp_path / "a.npz").points.labels is None  # left out: it cannot be read
    np.savez(tmp_path / "b.npz", X=XY.astype(object))
    with pytest.raises(Invalid, match="Python objects"):
        read(tmp_path / "b.npz")


def test_what_else_is_there_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=XY, y=K, w=XY[:, 0])
    assert read(tmp_path / "a.npz").layout.assumed == (
        "X is “X[0]”, y is “X[1]”, the classes are in “y”; not used: “w”."
    )
    assert read(tmp_path / "a.npz", label=False).classes == ()


def test_a_wide_array_needs_a_choice(tmp_path: Path) -> None:
    wide = np.random.default_rng(0).normal(size=(9, 5))
    np.save(tmp_path / "a.npy", wide)
    with pytest.raises(Invalid, match="5 columns hold numbers"):
        read(tmp_path / "a.npy")
    cloud = read(tmp_path / "a.npy", x=5, y=2)
    assert np.allclose(cloud.points.points.values, wide[:, [4, 1]])
    np.savez(tmp_path / "a.npz", X=wide)
    assert np.allclose(
        read(tmp_path / "a.npz", x="X[4]", y=2).points.points.values, wide[:, [4, 1]]
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.zeros((2, 500)), "transpose it"),
        (np.zeros(9), "not the shape"),
        (np.zeros((9, 1)), "not 1 column"),
        (np.zeros((5, 3, 2)), "not the shape"),
    ],
)
def test_arrays_that_are_no_tables(tmp_path: Path, values: np.ndarray, sentence: str) -> None:
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(Invalid, match=sentence):
        read(tmp_path / "a.npy")


def test_flipped_and_examined(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", XY)
    assert np.array_equal(read(tmp_path / "a.npy", flip_y=True).points.points.values, XY * (1, -1))
    seen = examine(tmp_path / "a.npy")
    assert seen.layout.head.rows[0] == ["0.5", "-1.25"]


def test_a_wrong_row_is_counted_from_one(tmp_path: Path) -> None:
    values = np.where(np.arange(8).reshape(4, 2) == 5, np.nan, 1.0)
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(Invalid, match="the first is row 3"):
        read(tmp_path / "a.npy")
    np.savez(tmp_path / "a.npz", X=XY, y=[0, 1, np.nan, 1])
    with pytest.raises(Invalid, match=r"1 of 4 rows of a\.npz has empty cells, the first is row 3"):
        read(tmp_path / "a.npz", label="y")
