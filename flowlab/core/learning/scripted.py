"""Functions that run outside Python."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch


@cache
def scripted(function: Callable[..., None]) -> Callable[..., None]:
    """The function without Python's lock and overhead if this torch has TorchScript, else itself.

    TorchScript is deprecated, but nothing else runs many small operations outside Python without a
    compiler on the machine (torch.compile needs one, and 30 seconds). So its warning is ignored;
    once it is removed, the same function runs as plain Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            made: Callable[..., None] = torch.jit.script(function)
        except (AttributeError, RuntimeError):
            return function
    return made


def as_written() -> AbstractContextManager[None]:
    """Within it, this thread runs scripted functions without rewriting them first.

    That takes 0.1 seconds of the first calls, and gains nothing where all memory is given.
    """
    optimised = getattr(torch.jit, "optimized_execution", lambda _should: nullcontext())
    within: AbstractContextManager[None] = optimised(False)
    return within
