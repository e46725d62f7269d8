"""NPY headers as NumPy writes them, and what is refused before a number is read."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files.npy_table import header_of, values_of


def written(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version)
    return stream.getvalue()


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2", "i1", ">u2", "<i8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_what_numpy_writes_is_read(dtype: str, order: str, version: tuple[int, int]) -> None:
    array = np.array([[0, 1], [1, 0], [1, 1]], dtype, order=order)  # type: ignore[call-overload]
    content = written(array, version)
    header = header_of(content, "a.npy", 10)
    assert header.end == len(content)
    found = values_of(content, header, "a.npy")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, array)


def headed(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + bytes(64)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04", "is not an NPY array"),
        (b"\x93NUMPY\x09\x00" + bytes(20), "is not an NPY array"),
        (headed("{'descr': '<f8'}"), "is not an NPY array"),
        (written(np.zeros((4, 2)))[:40], "is not an NPY array"),
        (written(np.zeros((2, 400))), "holds 400 points; thin it out"),
        (written(np.zeros((4, 400))), r"rows x, y .* not the shape \(4, 400\)"),
        (written(np.zeros((10, 4))), "holds 40 numbers; leave out some columns"),
        (written(np.zeros((2, 2, 2))), r"not the shape \(2, 2, 2\)"),
        (written(np.zeros((1,) * 6)), r"not the shape \(1, 1, 1, 1, …\)"),
        (written(np.zeros(())), r"not the shape \(\)"),
        (written(np.zeros((11, 2))), "holds 11 points; thin it out to at most 10"),
        (written(np.zeros((2, 2), complex)), "real numbers, not complex numbers"),
        (written(np.array([["a", "b"]])), "real numbers, not text"),
        (written(np.zeros(2, [("x", "f8")])), "not values of type 'a table with named columns'"),
        (headed("{'descr': '<f16', 'fortran_order': False, 'shape': (1, 2)}"), ""),
        (headed("{'descr': '<i16', 'fortran_order': False, 'shape': (1, 2)}"), "of type '<i16'"),
    ],
)
def test_other_arrays_are_refused_with_their_reason(content: bytes, sentence: str) -> None:
    if not sentence:  # on most machines there are such long numbers
        assert header_of(content, "a.npy", 10).dtype.itemsize == 16
        return
    with pytest.raises(Invalid, match=sentence) as caught:
        header_of(content, "a.npy", 10)
    assert "a.npy" in str(caught.value)


def test_numbers_that_are_missing_are_told() -> None:
    content = written(np.zeros((4, 2)))
    with pytest.raises(Invalid, match="is cut short"):
        values_of(content[:-1], header_of(content, "a.npy", 10), "a.npy")
