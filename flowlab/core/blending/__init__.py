"""Iterative alpha-(de)blending (Heitz, Belcour and Chambon 2023, arXiv:2305.03486) in the plane.

Blending is x_alpha = (1 - alpha) x0 + alpha x1 for independent x0 ~ p0 and x1 ~ p1; deblending
draws (x0, x1) from its posterior given x_alpha. In the plane both can be done exactly.
Names that scripts call are imported on first use, so that importing the settings loads no torch.
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
    if name == "tangent":
        return importlib.import_module(f"{__name__}.tangent")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
