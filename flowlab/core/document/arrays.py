"""Immutable arrays, for use in a frozen document."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.core.array_types import AnyArray
from flowlab.core.document.arguments import numbers_of
from flowlab.core.document.limits import Invalid

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def array_of(given: Any, name: str, dtype: Any = None) -> Array:
    """Numbers as an immutable array, of their own type by default; raises `Invalid`."""
    if isinstance(given, Array):
        return given
    values = numbers_of(given, name)
    return Array(values, values.dtype if dtype is None else dtype)


class Array:
    """A read-only numeric array; equality and hash depend on its content, as documents' do."""

    def __init__(self, values: ArrayLike, dtype: Any = np.float32) -> None:
        """Raises `Invalid` unless the values are real numbers that the type can hold."""
        given = numbers_of(values, "The values of an array")
        with np.errstate(over="ignore"):  # the check below says it in words
            copied: AnyArray = np.array(given, dtype=dtype, order="C", copy=None)
        if copied.dtype.kind == "f" and np.isinf(copied).any() and not np.isinf(given).any():
            raise Invalid(f"An array of {copied.dtype} cannot hold numbers as large as these.")
        copied.setflags(write=False)
        self.values = copied

    @cached_property
    def digest(self) -> str:
        """Hexadecimal digest of type, shape and content; also the array's name in a session."""
        import hashlib  # it loads a library of its own, and the first frame needs no digest

        head = f"{self.values.dtype.str}{self.values.shape}".encode()
        return hashlib.sha256(head + self.values.tobytes()).hexdigest()[:24]

    @cached_property
    def finite(self) -> bool:
        """True if these are numbers and all are finite."""
        return self.values.dtype.kind in "fiub" and bool(np.isfinite(self.values).all())

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(self.values.shape)

    def __len__(self) -> int:
        return len(self.values) if self.values.ndim else 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Array) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Array({'x'.join(map(str, self.values.shape))} {self.values.dtype})"
