"""Point files: what is read, and one sentence for each way a file can be wrong."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

import flowlab
from flowlab.core.distributions.factory import build
from flowlab.core.document import specs
from flowlab.core.document.arrays import Array
from flowlab.core.document.classes import class_name
from flowlab.core.document.codec import from_plain, to_plain
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Points
from flowlab.files import points as module
from flowlab.files.points import fit, read_points
from flowlab.files.tables.table import Options

ROWS = np.array([[0.5, -1.25], [2.0, 3.0], [-4.0, 0.125]])


def refusal(path: Path) -> str:
    with pytest.raises(Invalid) as caught:
        read_points(path)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "   ", ", "])
@pytest.mark.parametrize("header", ["", "x{s}y\n", "# a comment\n", "\ufeff"])
def test_text_files_in_every_dialect(tmp_path: Path, separator: str, header: str) -> None:
    lines = [separator.join(map(str, row)) for row in ROWS]
    path = tmp_path / "cloud.csv"
    path.write_text(header.format(s=separator) + "\n".join(lines) + "\n\n", encoding="utf-8")
    read = read_points(path)
    assert np.array_equal(read.points.values, ROWS)
    assert read.labels is None


def test_decimal_commas_between_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "cloud.csv"
    path.write_bytes("größe;y\n0,5;-1,25\n2;3\n".encode("latin-1"))
    assert np.array_equal(read_points(path).points.values, ROWS[:2])


def test_classes_become_ranks(tmp_path: Path) -> None:
    path = tmp_path / "cloud.txt"
    path.write_text("0 0 7\n1 0 -3\n5 0 7\n3 0 100\n")
    read = read_points(path)
    assert read.labels == Array([1, 0, 1, 2], np.int64)
    assert build(read).labels is not None


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<i2", "<u8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_of_any_real_type(tmp_path: Path, dtype: str, order: str) -> None:
    values = np.array([[1, 0], [0, 1], [1, 1]], dtype=dtype, order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "cloud.npy", values)
    assert np.array_equal(read_points(tmp_path / "cloud.npy").points.values, values)


def test_npz_with_labels_or_one_array(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", labels=[4, 4, 9], other=ROWS[:1], points=ROWS)
    np.savez_compressed(tmp_path / "b.npz", ROWS)
    assert np.array_equal(read_points(tmp_path / "a.npz").points.values, ROWS)
    assert read_points(tmp_path / "a.npz").labels == Array([0, 0, 1], np.int64)
    assert np.array_equal(read_points(tmp_path / "b.npz").points.values, ROWS)


def test_forty_classes_are_refused_with_advice(tmp_path: Path) -> None:
    np.save(tmp_path / "many.npy", np.column_stack([np.zeros((80, 2)), np.arange(80) % 40]))
    message = refusal(tmp_path / "many.npy")
    assert "more than 8 classes" in message
    assert "merge" in message
    with pytest.raises(Invalid, match="are 40, and at most 8 classes can be shown; merge some"):
        read_points(tmp_path / "many.npy", options=Options(label=3))


def test_nan_rows_are_counted_and_the_first_named(tmp_path: Path) -> None:
    table = np.zeros((10, 2))
    table[[3, 7], [0, 1]] = np.nan, np.inf
    np.save(tmp_path / "cloud.npy", table)
    assert "1 of 10 rows of cloud.npy has empty cells" in refusal(tmp_path / "cloud.npy")
    assert "row 4" in refusal(tmp_path / "cloud.npy")
    table[3, 0] = -np.inf
    np.save(tmp_path / "cloud.npy", table)
    assert "2 of 10 rows of cloud.npy are not finite" in refusal(tmp_path / "cloud.npy")
    (tmp_path / "cloud.csv").write_text("x,y\n1,2\n,3\n4,\nnan,1\n")
    assert "3 of 4 rows" in refusal(tmp_path / "cloud.csv")
    assert "row 3" in refusal(tmp_path / "cloud.csv")  # of the file, with its header


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"x,y\n", "no rows"),
        ("a.csv", b"1,2\n", "1 point"),
        ("a.csv", b"1\n2\n", "1 column in all"),
        ("a.csv", b"1,2,3,4\n5,6,7,8\n", "4 columns hold numbers"),
        ("a.csv", b"1,2\n3,4\n5\n", "Row 3"),
        ("a.csv", b"1,2\nthree,4\n", "three"),
        ("a.csv", b"1,2,0.5\n3,4,1\n", "3 columns hold numbers"),
        ("a.csv", bytes(range(256)), "not a table"),
        ("a.csv", b"1,1e30\n1,2\n", "further out than 1e+15"),
        ("a.npy", b"junk", "NPY"),
        ("a.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': oops}\n", "NPY"),
        ("a.npz", b"PK\x03\x04junk", "NPZ"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert words in refusal(tmp_path / name)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be read" in refusal(tmp_path / "folder.csv")


def test_arrays_of_objects_and_complex_numbers_are_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1, "x"], [2, "y"]], dtype=object), allow_pickle=True)
    np.save(tmp_path / "b.npy", ROWS.astype(complex))
    assert "object" in refusal(tmp_path / "a.npy")
    assert "complex" in refusal(tmp_path / "b.npy")


def test_a_header_that_promises_too_much_is_refused_before_reading(tmp_path: Path) -> None:
    header = io.BytesIO()
    claim = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 2)}
    np.lib.format.write_array_header_1_0(header, claim)
    (tmp_path / "a.npy").write_bytes(header.getvalue())
    assert "1,000,000,000,000 points" in refusal(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("points.npy", header.getvalue())
    assert "1,000,000,000,000 points" in refusal(tmp_path / "a.npz")


def test_cut_short_and_wrongly_shaped_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", ROWS)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole[:-8])
    assert "cut short" in refusal(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.zeros((4, 4, 2)))
    assert "shape (4, 4, 2)" in refusal(tmp_path / "b.npy")
    np.savez(tmp_path / "c.npz", points=ROWS, labels=[1, 2])
    assert "3 points" in refusal(tmp_path / "c.npz")
    with zipfile.ZipFile(tmp_path / "d.npz", "w"):
        pass
    assert "no array" in refusal(tmp_path / "d.npz")


def test_too_many_rows_or_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("1,2\n" * 6)
    monkeypatch.setattr(module, "MOST_POINTS", 5)
    assert "over 5 points" in refusal(tmp_path / "a.csv")
    monkeypatch.setattr(module, "_MOST_BYTES", 5)
    assert "larger" in refusal(tmp_path / "a.csv")


def test_fit_leaves_a_cloud_of_usual_size_alone() -> None:
    cloud = Points(points=Array(ROWS))
    assert fit(cloud) is cloud


@pytest.mark.parametrize("size", [1e-9, 0.01, 1.0, 60.0, 1e7])
@pytest.mark.parametrize("distance", [0.0, 2.0, 300.0])
def test_fit_brings_a_cloud_into_view(size: float, distance: float) -> None:
    rng = np.random.default_rng(0)
    values = size * (rng.uniform(-1, 1, (500, 2)) + distance)
    fitted = fit(Points(points=Array(values, np.float64), noise=0.0))
    x0, x1, y0, y1 = build(fitted).extent
    assert max(map(abs, (x0, x1, y0, y1))) < 20.0
    assert 0.8 <= max(x1 - x0, y1 - y0) / 2 <= 20.0


def test_fit_fills_four_each_way_by_scale_and_offset() -> None:
    values = np.array([[100.0, 50.0], [180.0, 60.0]])
    fitted = fit(Points(points=Array(values), noise=0.0))
    assert (fitted.scale, fitted.offset_x) == (pytest.approx(0.1), pytest.approx(-14.0))
    assert build(fitted).extent == pytest.approx((-4, 4, -0.5, 0.5))
    assert fitted.points == Array(values)


def test_distant_small_clouds_keep_their_digits(tmp_path: Path) -> None:
    values = 4e6 + np.random.default_rng(0).uniform(0, 1, (50, 2))
    np.save(tmp_path / "far.npy", values)
    assert np.array_equal(read_points(tmp_path / "far.npy").points.values, values)


def test_quoted_cells_are_read(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    path.write_text('"x","y"\n"1.5","2"\n"3","-4"\n')
    np.testing.assert_array_equal(read_points(path).points.values, [[1.5, 2], [3, -4]])


def test_the_words_of_classes_are_kept_in_a_document_and_in_a_session(tmp_path: Path) -> None:
    (tmp_path / "iris.csv").write_text("x,y,species\n1,2,setosa\n2,1,virginica\n3,3,setosa\n")
    points = flowlab.read_points(tmp_path / "iris.csv")
    assert points.classes == ("setosa", "virginica")
    assert points.labels is not None
    assert points.labels.values.tolist() == [0, 1, 0]
    flowlab.save(flowlab.Document(target=points), tmp_path / "d.flowlab")
    document = flowlab.load(tmp_path / "d.flowlab")
    assert isinstance(document, Document)
    assert document.target == points
    assert [class_name(k, document.target) for k in (0, 1, 2)] == ["setosa", "virginica", "3"]
    again = specs.shape_of(points, scale=2.0)
    assert isinstance(again, Points)
    assert again.classes == points.classes


def test_a_document_from_before_classes_had_words_is_read() -> None:
    held: dict[str, np.ndarray] = {}
    cloud = Points(points=Array([[0.0, 1.0]]), labels=Array([1], np.int64))
    plain = to_plain(Document(target=cloud), held)
    del plain["target"]["classes"]
    document = from_plain(plain, held)
    assert document.target == cloud
    assert class_name(1, document.target) == "2"


@pytest.mark.parametrize("names", ["setosa", ["a", 3], ["k"] * 9, 7, [None]])
def test_the_words_of_classes_are_checked(names: object) -> None:
    with pytest.raises(Invalid, match="names of classes must be a list of at most 8 words"):
        Points(points=Array([[0.0, 1.0]]), classes=names)  # type: ignore[arg-type]


def test_a_word_of_a_class_is_one_short_line() -> None:
    cloud = Points(points=Array([[0.0, 1.0]]), classes=["a\nb", "c" * 500])  # type: ignore[arg-type]
    assert cloud.classes == ("a b", "c" * 80)
