"""NPY and NPZ files: which array holds the points, and which the classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files.points import Cloud, examine, read_cloud
from flowlab.files.tables.table import Options, Parts

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
        "x is column 1 of “X”, y is column 2 of “X”, the classes are in the array “y”; not used: "
        "the array “w”."
    )
    assert read(tmp_path / "a.npz", label=False).classes == ()


UNUSED = [  # what stands beside 400 points, and what is said of it
    ({"y": np.arange(10)}, "the array “y” (10 values) doesn't fit 400 points: not used"),
    ({"w": np.zeros((3, 4))}, "not “w”"),  # which may be a cloud
    ({"y": np.array(["a"] * 9)}, "the array “y” (9 values) doesn't fit 400 points: not used"),
    ({"y": np.zeros((10, 1))}, "the array “y” (shape 10 × 1) doesn't fit 400 points: not used"),
    ({"seed": np.array(3)}, "the array “seed” is no column of numbers or words: not used"),
    ({"o": np.array([None], object)}, "the array “o” is no column of numbers or words: not used"),
    ({f"y{k}": np.arange(10) for k in range(5)}, "; 3 more arrays: not used"),
    ({f"c{k}": np.zeros(400) for k in range(9)}, "“c8” is beyond the 8 columns that are read"),
]


@pytest.mark.parametrize(("arrays", "told"), UNUSED)
def test_an_array_that_is_not_used_is_named_with_the_reason(
    tmp_path: Path, arrays: dict[str, np.ndarray], told: str
) -> None:
    xy = np.random.default_rng(0).normal(size=(400, 2))
    np.savez(tmp_path / "a.npz", X=xy, **arrays)
    cloud = read(tmp_path / "a.npz", label=False)
    assert np.allclose(cloud.points.points.values, xy)
    assert told in cloud.told
    assert "x is column 1 of “X”, y is column 2 of “X”" in cloud.told


def test_a_file_whose_arrays_are_all_used_says_nothing_of_others(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=XY[:, 0], y=XY[:, 1], c=K)
    assert read(tmp_path / "a.npz").layout.assumed == (
        "x is the array “x”, y is the array “y”, the classes are in the array “c”."
    )


def test_arrays_x_and_y_of_two_lengths_are_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=XY[:, 0], y=XY[:3, 1])
    with pytest.raises(Invalid, match="“x” has 4 values and “y” 3 values; a point needs one of"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("x", "y"), [("column 2 of “X”", "column 1 of X"), ("X[1]", "X[0]"), (2, 1), ("Column 2", "1")]
)
def test_a_column_of_an_array_is_chosen_by_all_its_names(
    tmp_path: Path, x: str | int, y: str | int
) -> None:
    np.savez(tmp_path / "a.npz", X=XY, y=K)
    cloud = read(tmp_path / "a.npz", x=x, y=y, label="the array “y”")
    assert np.array_equal(cloud.points.points.values, XY[:, ::-1])
    assert cloud.classes == ("0", "1", "3")


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
        (np.zeros(9), "not the shape"),
        (np.zeros((9, 1)), "not 1 column"),
        (np.zeros((5, 3, 2)), "not the shape"),
    ],
)
def test_arrays_that_are_no_tables(tmp_path: Path, values: np.ndarray, sentence: str) -> None:
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(Invalid, match=sentence):
        read(tmp_path / "a.npy")


@pytest.mark.parametrize("columns", [7, 60, 500])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_that_is_turned_round_is_read_and_that_is_said(
    tmp_path: Path, columns: int, order: str
) -> None:
    wide = np.random.default_rng(0).normal(size=(3, columns))
    wide[2] = np.arange(columns) % 3
    np.save(tmp_path / "a.npy", wide.astype(float, order=order))  # type: ignore[call-overload]
    np.savez(tmp_path / "a.npz", xy=wide[:2], labels=wide[2].astype(int))
    for name in ("a.npy", "a.npz"):
        cloud = read(tmp_path / name)
        assert np.allclose(cloud.points.points.values, wide[:2].T)
        assert cloud.points.labels is not None
        assert np.array_equal(cloud.points.labels.values, wide[2])
        assert "urned round from" in cloud.layout.assumed


def test_a_text_that_is_turned_round_is_refused_with_advice(tmp_path: Path) -> None:
    wide = np.random.default_rng(0).normal(size=(2, 60))
    np.savetxt(tmp_path / "a.csv", wide, delimiter=",")
    with pytest.raises(Invalid, match="2 rows of 60 columns look turned round: transpose it"):
        read(tmp_path / "a.csv")
    np.savetxt(tmp_path / "a.csv", np.round(wide.repeat(10, 1), 2), delimiter=",", fmt="%.2f")
    with pytest.raises(Invalid, match=r"600 columns.*transpose it if each of them is a point"):
        read(tmp_path / "a.csv")
    np.savetxt(tmp_path / "a.csv", wide.repeat(20, 1), delimiter=",")
    with pytest.raises(Invalid, match=r"line of over 10,000 characters.*transpose it"):
        read(tmp_path / "a.csv")


def test_of_two_clouds_a_person_chooses(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=XY, b=XY[:3] + 1)
    with pytest.raises(Invalid, match=r"may be in the array “a” or “b”. State array"):
        read(tmp_path / "a.npz")
    cloud = read(tmp_path / "a.npz", array="b")
    assert np.array_equal(cloud.points.points.values, XY[:3] + 1)
    assert "The points are the array “b”, not “a” (to be chosen as array)" in cloud.told
    examined = examine(tmp_path / "a.npz")  # as the dialog shows it
    assert examined.layout.parts == Parts("array", ("a", "b"), "a")
    assert examined.cloud is not None
    with pytest.raises(Invalid, match="no array of points 'c'; it has “a” or “b”"):
        read(tmp_path / "a.npz", array="c")


def test_a_known_name_and_a_flat_array_come_first_which_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", other=XY + 1, points=XY)
    np.savez(tmp_path / "b.npz", features=np.zeros((4, 20)), place=XY)
    for name, other in (("a.npz", "other"), ("b.npz", "features")):
        cloud = read(tmp_path / name)
        assert np.array_equal(cloud.points.points.values, XY)
        assert f"not “{other}”" in cloud.told


def test_only_an_npz_file_has_named_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", XY)
    with pytest.raises(Invalid, match="holds no named arrays"):
        read(tmp_path / "a.npy", array="a")


def test_numbers_that_are_finite_but_too_large_are_called_so(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[0.0, 1.0], [1e200, 1.0]]))
    with pytest.raises(Invalid, match=r"further out than 1e.15, the first is row 2; rescale"):
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
