"""Values that nobody means to give, and what may come of one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from flowlab.core.document.limits import Invalid


def _frozen(array: Any) -> Any:
    array.setflags(write=False)
    return array


NUMBERS: list[Any] = [0, -1, 2.5, True, None, 1e200, 1e308, 5e-324, 10**18, 2**70, 1 + 2j]
NUMBERS += [math.nan, math.inf, -math.inf, np.float64(0.5), np.array(0.5), torch.tensor(0.5)]
NUMBERS += [-1e-3, 1.001, np.array([0.5]), [0.5, 0.5, 1.5], torch.tensor([0.1, 0.2, 0.3])]

OTHERS: list[Any] = ["ab", "", "0.5", b"ab", [], {}, object(), print, [[]], [1, 2], [[1, 2], [3]]]

POINTS: list[Any] = [
    np.zeros((0, 2)),
    np.zeros((3, 3)),
    np.zeros((2, 3, 2)),
    [[math.nan, 0.0]] * 3,
    [[math.inf, 0.0], [-math.inf, math.inf], [0.0, math.nan]],
    [[1e30, -1e30]] * 3,
    [[1e200, 1e200]] * 3,
    [[1e308, -1e308]] * 3,
    [[5e-324, 0.0]] * 3,
    [[10**30, 2**70]] * 3,
    [(0, 0), (1, 1), (0, 1)],
    np.array([[object(), 1]]),
    np.array([["a", "b"]]),
    _frozen(np.zeros((3, 2))),
    np.zeros((6, 4))[::2, ::2],
    np.zeros((3, 2))[::-1],
    np.zeros((3, 2)).astype(">f8"),
    *[np.zeros((3, 2), kind) for kind in (int, bool, np.float16, np.longdouble, complex)],
    torch.zeros(3, 2, requires_grad=True),
    torch.zeros(2, 3).T,
    torch.zeros(3, 2).to_sparse(),
    torch.zeros(3, 2, dtype=torch.bfloat16),
    torch.zeros(3, 2, dtype=torch.complex64),
]

ODD = [*NUMBERS, *OTHERS, *POINTS]


def complaint(call: Callable[[], Any], given: Any = math.nan) -> str:
    """What is wrong with what comes of a call: neither a result nor one sentence; else empty.

    Where the value `given` is finite, a result that is NaN is wrong too.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = call()
        if is_finite(given) and holds_nan(result):
            return "NaN in silence"
    except Invalid as error:
        text = str(error)
        right = text.endswith(".") and "\n" not in text and 10 < len(text) < 1000
        return "" if right else f"no sentence: {text}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:80]}"
    return ""


def is_finite(given: Any) -> bool:
    """True for numbers that are all finite."""
    try:
        if isinstance(given, torch.Tensor):
            return bool(given.to_dense().isfinite().all())
        return bool(np.isfinite(np.asarray(given, np.complex128)).all())
    except (TypeError, ValueError, OverflowError):
        return False


def holds_nan(result: Any) -> bool:
    """True if there is a NaN in a number, an array, a tensor, or in a tuple of these."""
    if isinstance(result, tuple | list):
        return any(map(holds_nan, result))
    if isinstance(result, torch.Tensor):
        return result.is_floating_point() and bool(result.isnan().any())
    if isinstance(result, np.ndarray):
        return result.dtype.kind == "f" and bool(np.isnan(result).any())
    return isinstance(result, float) and math.isnan(result)
