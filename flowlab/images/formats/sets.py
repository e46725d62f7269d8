"""Which of a file's sets of weights is taken, and its tensors by the names of today's network."""

from __future__ import annotations

import re
from typing import Any

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.records import Contents
from flowlab.images.formats.tensor_names import is_frozen, todays_names, unprefixed

_AVERAGES = ("ema", "shadow")  # parts of the keys under which averages lie
_ORDER = (
    "ema_model",
    "model_ema",
    "unet_ema",
    "ema",
    "shadow_params",
    "unet",
    "state_dict",
    "net_model",
    "model",
    "",
)


def chosen_group(contents: Contents) -> str:
    """The set of weights that is taken: an average (EMA) before what was trained last."""
    keys = [key for key, tensors in contents.groups.items() if len(tensors) > 1]

    def rank(key: str) -> tuple[int, int]:
        parts = key.replace("/", ".").split(".")
        found = [k for k, name in enumerate(_ORDER) if name in parts or name == key]
        average = 0 if is_average(key) else 1
        return average, min(found, default=len(_ORDER))

    if not keys:
        raise Invalid("it holds no weights of a network.")
    return min(keys, key=rank)


def is_average(key: str) -> bool:
    """True for a key under which averaged weights lie."""
    words = re.split(r"[._/]", key)
    return "online" not in words and any(word in words for word in _AVERAGES)


def named_tensors(contents: Contents, group: str) -> dict[str, Any]:
    """The tensors of a set, by the names that today's network has.

    Those of a mere list have the names of the other set's parameters, in their order; raises
    `Invalid` where shapes show that they are of another network.
    """
    return names_of(contents.groups[group], contents.groups, group)


def names_of(tensors: Any, groups: Any, group: str) -> dict[str, Any]:
    """The same for tensors that may have been read."""
    if not all(name.isdecimal() for name in tensors):
        today = todays_names(tensors)
        return unprefixed(tensors) if points_like(today) else today
    model = next((g for key, g in groups.items() if key != group and not _is_list(g)), None)
    if model is None:
        raise Invalid("it holds a list of averaged weights without their names.")
    return _listed(tensors, todays_names(model))


def _is_list(tensors: Any) -> bool:
    return all(name.isdecimal() for name in tensors)


def points_like(names: Any) -> bool:
    """True for layers without a name, which a wrapper's prefix alone tells apart."""
    return all(name.split(".")[0].isdecimal() for name in names)


def _listed(average: Any, model: Any) -> dict[str, Any]:
    """An average that is a list of the parameters, with buffers taken from the model."""
    parameters = [name for name in model if not is_frozen(name)]
    if len(parameters) != len(average):
        raise Invalid("its averaged weights are not as many as the network's.")
    named = dict(model)
    for name, value in zip(parameters, average.values(), strict=True):
        if tuple(value.shape) != tuple(model[name].shape):
            raise Invalid("its averaged weights have other shapes than the network's.")
        named[name] = value
    return named
