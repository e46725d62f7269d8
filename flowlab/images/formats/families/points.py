"""Small networks of points in 2D, whose files people open here too."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from flowlab.images.formats.families.sketch import Sketch
from flowlab.images.formats.records import Assumption, Contents, Tensors

_LAYER = re.compile(r"^(?:(net|model|v|main|linear)\.?)?(\d+|output)\.weight$")
_ACTIVATIONS = {"net": "selu", "model": "selu", "v": "relu", "main": "silu", "linear": "relu"}
_ORDERS = {"net": "x, t", "model": "t, x", "v": "t, x", "main": "x, t", "linear": "x, t"}
_ALL_ORDERS = ("x, t", "t, x")
_ALL_ACTIVATIONS = ("relu", "selu", "silu", "gelu", "tanh")


def sketch(tensors: Tensors, contents: Contents) -> Sketch | None:
    """A network of a few full layers that takes a point and a time."""
    if any(name.startswith("joint_mlp.") for name in tensors):
        return _tiny(tensors, contents)
    prefixes, layers = set(), []
    for name, tensor in tensors.items():
        matched = _LAYER.match(name)
        if matched is None and not name.endswith(".bias"):
            return None
        if matched is not None:
            prefixes.add(matched[1] or ("linear" if matched[2] == "output" else ""))
            layers.append(tensor.shape)
    if len(prefixes) != 1 or not _are_chained(layers):
        return None
    prefix = prefixes.pop() or "model"
    first, last = layers[0][1], layers[-1][0]
    if last != 2 or first not in (3, 4):
        return None
    return _plain(prefix, [shape[0] for shape in layers[:-1]], first)


def _are_chained(layers: list[tuple[int, ...]]) -> bool:
    flat = len(layers) > 1 and all(len(shape) == 2 for shape in layers)
    return flat and all(a[0] == b[1] for a, b in pairwise(layers))


def _plain(prefix: str, widths: list[int], first: int) -> Sketch:
    settings = {"inputs": first, "widths": tuple(widths), "prefix": prefix}
    order, activation = _ORDERS[prefix], _ACTIVATIONS[prefix]
    why = f"programs that call their layers {prefix!r} do so; the weights don't say it"
    return Sketch(
        network="mlp",
        settings=settings | {"order": order, "activation": activation},
        channels=2,
        out_channels=2,
        meanings=("flow_in_2d", "diffusion_in_2d"),
        assumed=(
            Assumption("order", order, why, _ALL_ORDERS),
            Assumption("activation", activation, why, _ALL_ACTIVATIONS),
        ),
    )


def _tiny(tensors: Tensors, contents: Contents) -> Sketch | None:
    """tiny-diffusion's network: sinusoids of both coordinates and of time, and a few blocks."""
    weights = [t.shape for name, t in tensors.items() if name.endswith(".weight")]
    if not weights or weights[-1][0] != 2 or len(weights[0]) != 2:
        return None
    steps = contents.config.get("num_timesteps", 50)
    stated: dict[str, Any] = {"T": steps} if type(steps) is int and 0 < steps <= 100_000 else {}
    return Sketch(
        network="mlp",
        settings={
            "prefix": "joint_mlp",
            "widths": tuple(shape[0] for shape in weights[:-1]),
            "embedding": weights[0][1] // 3,
            "order": "x, t",
            "activation": "gelu",
        },
        channels=2,
        out_channels=2,
        meanings=("diffusion_in_2d",),
        stated=True,
        fixed=stated,
        assumed=() if stated and "num_timesteps" in contents.config else (
            Assumption("T", 50, "tiny-diffusion trains 50 steps", (50, 100, 1000)),
        ),
    )  # fmt: skip
