"""The types of NumPy arrays that the program passes around, one name each."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

Scalar = TypeVar("Scalar", bound=np.generic)

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]  # of any precision; pictures hold float32
Doubles = np.ndarray[Any, np.dtype[np.float64]]  # where the mathematics needs float64
Singles = np.ndarray[Any, np.dtype[np.float32]]
Complexes = np.ndarray[Any, np.dtype[np.complexfloating[Any, Any]]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
ArrayOf = np.ndarray[Any, np.dtype[Scalar]]  # of a type that the caller names
AnyArray = np.ndarray[Any, Any]  # of numbers read from a file or given by a script
