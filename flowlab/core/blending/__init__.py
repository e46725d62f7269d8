"""Iterative alpha-(de)blending: chains between any two distributions, deblended exactly.

What scripts call is imported on first use, so that the settings cost no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowlab.core.blending.converging import converge
    from flowlab.core.blending.factory import deblender_of
    from flowlab.core.blending.interfaces import Deblender, Drawn
    from flowlab.core.blending.scripted import chain, deblend
    from flowlab.core.blending.supports import support_of

__all__ = [
    "Deblender",
    "Drawn",
    "chain",
    "converge",
    "deblend",
    "deblender_of",
    "support_of",
]

_HOMES = {
    "deblender_of": "factory",
    "converge": "converging",
    "Deblender": "interfaces",
    "Drawn": "interfaces",
    "chain": "scripted",
    "deblend": "scripted",
    "support_of": "supports",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
