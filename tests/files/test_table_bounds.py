"""Bounds before work: tables and arrays of points that would cost far more than they hold."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import clevercsv  # noqa: F401  (else its import would count as reading)
import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files import points as module
from flowlab.files.points import read_points
from tests.helpers.files import within


def refusal(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        read_points(path)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return message


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [b"\n", b"\r", b" \n", b"1 2\n", b"\r\n"])
def test_tens_of_millions_of_lines_are_refused_unread(line: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(line * 20_000_000)
    with within(seconds=2, megabytes=40):
        assert "lines; thin it out" in refusal(tmp_path / "a.csv")


@pytest.mark.parametrize("end", [b"", b"\n", b"\n1,2\n"])
def test_a_line_of_tens_of_millions_of_columns_is_refused_unread(
    end: bytes, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(b"1," * 20_000_000 + end)
    with within(seconds=2, megabytes=40):
        assert "a line of over" in refusal(tmp_path / "a.csv")


@pytest.mark.parametrize("separator", [b",", b";", b"\t", b" "])
def test_many_columns_are_counted_before_the_rows_are_read(
    separator: bytes, tmp_path: Path
) -> None:
    line = separator.join([b"1"] * 2000) + b"\n"
    (tmp_path / "a.csv").write_bytes(line * 5000)
    with within(seconds=2, megabytes=40):
        assert "has 2000 columns, of which at most 200 can be read" in refusal(tmp_path / "a.csv")


def test_a_line_that_grows_long_later_is_refused(tmp_path: Path) -> None:
    content = b"1,2\n" * 100 + b"3," * 6000 + b"\n1,2\n"
    assert "a line of over 10,000" in refusal(tmp_path / "a.csv", content)


def test_a_long_remark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"# " + b"a word " * 4000 + b"\n1,2\n3,4\n")
    assert len(read_points(tmp_path / "a.csv").points) == 2


def test_every_other_line_may_be_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_POINTS", 150_000)
    (tmp_path / "a.csv").write_bytes(b"1,2\n\n" * 150_000)
    assert len(read_points(tmp_path / "a.csv").points) == 150_000
    assert "over 150,000 points" in refusal(tmp_path / "a.csv", b"1,2\n" * 150_001)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_with_a_line_feed_or_a_carriage_return(end: str, tmp_path: Path) -> None:
    text = end.join(["# a note\u2028of two\x85lines", "x,y\x0b", "1,2", "3,4", ""])
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    assert read_points(tmp_path / "a.csv").points.values.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\x0c", "\x1c"])
def test_no_other_character_ends_a_line(mark: str, tmp_path: Path) -> None:
    content = f"5,6\n1,2{mark}3,4\n".encode()
    assert "Row" in (told := refusal(tmp_path / "a.csv", content)) or "table" in told


def test_empty_places_in_a_long_table_are_read_in_little_memory(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,2\n3,\n" * 50_000)
    with within(seconds=5, megabytes=12):
        assert "50,000 of 100,000 rows" in refusal(tmp_path / "a.csv")


# --- arrays ---------------------------------------------------------------------------------------


def npy(length: int, text: bytes = b"", version: int = 2) -> bytes:
    """The beginning of an array that says how long its header is."""
    form = "<H" if version == 1 else "<L"
    return b"\x93NUMPY" + bytes((version, 0)) + struct.pack(form, length) + text


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_header_of_gigabytes_is_not_read(suffix: str, tmp_path: Path) -> None:
    content = npy(2**32 - 1, bytes(50_000_000))
    path = tmp_path / f"a.{suffix}"
    if suffix == "npz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("points.npy", content)
    else:
        path.write_bytes(content)
    with within(seconds=2, megabytes=110):
        assert "is not an NPY array" in refusal(path)


def test_a_header_is_no_program(tmp_path: Path) -> None:
    """NumPy's own reader evaluates it; a thousand brackets have ended interpreters."""
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': " + b"(" * 5000 + b"2" + b")" * 4000
    assert "is not an NPY array" in refusal(tmp_path / "a.npy", npy(len(text), text))


@pytest.mark.parametrize(
    "header",
    [
        "{'shape': (2, 2), 'fortran_order': False, 'descr': '<f8'}",
        '{"descr": "<f8", "fortran_order": False, "shape": (2,2)}',
        "{'descr': 'float64'[0:0] + '<f8', 'fortran_order': False, 'shape': (2, 2)}",
    ],
)
def test_headers_of_other_programs(header: str, tmp_path: Path) -> None:
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    content = npy(len(header), header.encode(), version=1) + values.tobytes()
    (tmp_path / "a.npy").write_bytes(content)
    if "+" in header:
        assert "must hold real numbers" in refusal(tmp_path / "a.npy")
    else:
        np.testing.assert_array_equal(read_points(tmp_path / "a.npy").points.values, values)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_to_pack_are_refused(method: int, tmp_path: Path) -> None:
    """An LZMA dictionary may ask for 4 GB."""
    np.savez(tmp_path / "good.npz", points=np.eye(2))
    content = zipfile.ZipFile(tmp_path / "good.npz").read("points.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w", method) as archive:
        archive.writestr("points.npy", content)
    assert "packed in a way that is not known" in refusal(tmp_path / "a.npz")


def test_an_array_that_unpacks_to_more_than_points_take_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", bytes(97_000_000))
    with within(seconds=1, megabytes=5):
        assert "larger than 96" in refusal(tmp_path / "a.npz")


def test_other_arrays_of_a_file_stay_packed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("points.npy", "w") as part:
            np.save(part, np.eye(2))
        archive.writestr("pictures.npy", bytes(300_000_000))
    with within(seconds=1, megabytes=5):
        assert len(read_points(tmp_path / "a.npz").points) == 2


def test_numbers_that_do_not_fit_are_told_without_a_warning(tmp_path: Path) -> None:
    signalling = struct.pack("<4L", 0x7FA00000, 0, 0x7F800000, 0)
    np.save(tmp_path / "a.npy", np.frombuffer(signalling, "<f4").reshape(2, 2))
    assert "1 of 2 rows of a.npy has empty cells" in refusal(tmp_path / "a.npy")
