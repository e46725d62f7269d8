"""What the arguments of every public metric must be, by their annotations: one table, one check."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.solver import Solver

P = ParamSpec("P")
T = TypeVar("T")


def _has(*names: str) -> Callable[[Any], bool]:
    """A test for objects with these methods; no class has all of its own."""
    return lambda given: (
        not isinstance(given, type) and all(callable(getattr(given, n, None)) for n in names)
    )


def _is_bundle(given: Any) -> bool:
    """True for what has real numbers as times and positions; their layout is checked later."""
    arrays = (getattr(given, name, None) for name in ("times", "points"))
    return all(a is not None and np.asarray(a).dtype.kind in "fiu" for a in arrays)


_WANTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "Field": (_has("velocity"), "a field, as of a run or an oracle"),
    "Oracle": (_has("velocity", "density"), "an oracle, as of flowlab.oracle()"),
    "Document": (lambda given: isinstance(given, Document), "a document, as flowlab.Document()"),
    "Distribution": (_has("sample", "log_prob"), "a distribution, as of flowlab.distribution()"),
    "Solver": (lambda given: isinstance(given, Solver), "a Solver"),
    "Paths": (_is_bundle, "a bundle of trajectories, as of flowlab.sample()"),
    "Distance": (callable, "a function of two clouds"),
    "Scalar": (callable, "a function of points and a time"),
    "Vector": (callable, "a function of points and a time"),
}


def objects_checked(function: Callable[P, T]) -> Callable[P, T]:
    """The function, with `Invalid` for an argument that is no field, bundle, document, ..."""
    signature = inspect.signature(function)
    wanted = {
        name: _WANTED[kind]
        for name, parameter in signature.parameters.items()
        if (kind := str(parameter.annotation).removesuffix(" | None")) in _WANTED
    }
    optional = {name for name in wanted if "None" in str(signature.parameters[name].annotation)}

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        for name, given in signature.bind(*args, **kwargs).arguments.items():
            if name in wanted and not (given is None and name in optional):
                is_right, words = wanted[name]
                if not is_right(given):
                    raise Invalid(f"{name} must be {words}, not {shown(given)}.")
        return function(*args, **kwargs)

    return checked
