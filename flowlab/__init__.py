"""FlowLab: see how generative flows work.

The functions for scripts, loaded on first use so that the import loads neither torch nor Qt:
`presets`, `distribution`, `read_points`, `Document`, `load`, `save`, `train`, `sample`, `oracle`,
`Run`, `Invalid`, `Diverged`, `metrics`, `core`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowlab import core
    from flowlab.core import metrics
    from flowlab.core.document.limits import Invalid
    from flowlab.core.learning.trainer import Diverged
    from flowlab.run import Run
    from flowlab.scripting import (
        Document,
        distribution,
        load,
        oracle,
        presets,
        read_points,
        reflow,
        sample,
        save,
        train,
    )

from flowlab.version import __version__

__all__ = [
    "Diverged",
    "Document",
    "Invalid",
    "Run",
    "__version__",
    "core",
    "distribution",
    "load",
    "metrics",
    "oracle",
    "presets",
    "read_points",
    "reflow",
    "sample",
    "save",
    "train",
]

_MODULES = {"core": "flowlab.core", "metrics": "flowlab.core.metrics"}
_HOMES = {
    "Run": "flowlab.run",
    "Invalid": "flowlab.core.document.limits",
    "Diverged": "flowlab.core.learning.trainer",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name in __all__:
        return getattr(importlib.import_module(_HOMES.get(name, "flowlab.scripting")), name)
    raise AttributeError(f"module 'flowlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
