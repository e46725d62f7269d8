"""Finds the sets of weights in what a checkpoint holds, and says what else lies there.

Tensors may be described (`StoredTensor`) or read (`torch.Tensor`): both have the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowlab.core.document.limits import Invalid

Leaves = dict[str, Any]  # tensors by name
_DEEPEST, _MOST_FACTS = 4, 64
_OPTIMISER = {"state", "param_groups"}


@dataclass
class Found:
    """The sets of weights by their key, numbers and words beside them, and what is left alone."""

    groups: dict[str, Leaves] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)  # a dictionary may hold itself, many times


def find_weights(top: Any) -> Found:
    """What lies in the value of a checkpoint.

    Raises `Invalid` where this is the state of an optimiser, or holds no weights.
    """
    found = Found()
    if isinstance(top, dict) and top.keys() >= _OPTIMISER:
        raise Invalid(
            "it is the state of an optimiser, not a network; the weights lie beside it, often as "
            "ema_0.9999_*.pt or model*.pt."
        )
    if isinstance(top, list):
        top = _listed(top)
    _search(top, "", found, 0)
    if not found.groups:
        raise Invalid("it holds no weights of a network.")
    found.groups = _split(found.groups)
    return found


def _listed(top: list[Any]) -> dict[str, Any]:
    """Five things in a row are those of ermongroup/ddim: model, optimiser, epoch, step, average."""
    names = ("model", "optimizer", "epoch", "step", "ema")
    if len(top) in (4, 5) and all(isinstance(top[k], dict) for k in (0, len(top) - 1)):
        return dict(zip(names, top, strict=False))
    return {str(k): value for k, value in enumerate(top[:16])}


def is_tensor(value: Any) -> bool:
    """True for a tensor, read or only described."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _search(value: Any, key: str, found: Found, depth: int) -> None:
    modules = module_tensors(value)
    if modules:
        found.groups[key] = modules
    elif isinstance(value, list) and value and all(is_tensor(item) for item in value):
        found.groups[key] = {str(k): item for k, item in enumerate(value)}
    elif isinstance(value, dict) and depth < _DEEPEST and id(value) not in found.seen:
        found.seen.add(id(value))
        _search_entries(value, key, found, depth)
    elif key and not isinstance(value, dict):
        _note(value, key, found)


def _search_entries(value: dict[Any, Any], key: str, found: Found, depth: int) -> None:
    """The tensors of a dictionary are a set of their own, unless other sets lie beside them."""
    if value.keys() >= _OPTIMISER:
        found.left.append(f"the state of an optimiser ({key})")
        return
    before = len(found.groups)
    tensors = {name: v for name, v in value.items() if isinstance(name, str) and is_tensor(v)}
    for name, entry in value.items():
        if name not in tensors:
            _search(entry, f"{key}.{name}" if key else str(name), found, depth + 1)
    if tensors and len(found.groups) == before:
        found.groups[key] = tensors
    else:
        found.left.extend(f"a tensor ({name})" for name in tensors)
        found.facts.update((f"shape of {n}", tuple(v.shape)) for n, v in tensors.items())


def _note(value: Any, key: str, found: Found) -> None:
    """Keep a plain number or word, also that there is none; name anything else as left alone."""
    if isinstance(value, (bool, str, float)) or (type(value) is int and abs(value) < 1 << 62):
        if len(found.facts) < _MOST_FACTS:
            found.facts[key] = value[:200] if isinstance(value, str) else value
        return
    options = getattr(value, "state", None)
    if isinstance(options, dict):
        for name, entry in list(options.items())[:_MOST_FACTS]:
            if isinstance(entry, (bool, str, float, int)):
                _note(entry, f"{key}.{name}", found)
    elif value is None:
        found.facts[key] = None
    else:
        found.left.append(key)


def module_tensors(value: Any) -> Leaves:
    """The numbers of a whole pickled module, by the names that its state_dict would have."""
    tensors: Leaves = {}
    waiting, seen = [("", value)], set[int]()
    while waiting:
        prefix, module = waiting.pop()
        state = getattr(module, "state", None)
        if not isinstance(state, dict) or not isinstance(state.get("_modules"), dict):
            continue
        if id(state["_modules"]) in seen:
            continue
        seen.add(id(state["_modules"]))
        for part in ("_parameters", "_buffers"):
            named = state.get(part)
            if isinstance(named, dict):
                tensors |= {f"{prefix}{n}": v for n, v in named.items() if is_tensor(v)}
        children = state["_modules"].items()
        waiting.extend((f"{prefix}{name}.", child) for name, child in reversed(list(children)))
    return tensors


def _split(groups: Mapping[str, Leaves]) -> dict[str, Leaves]:
    """Sets that lie within one another, each by itself: a model and its average."""
    split: dict[str, Leaves] = {}
    for key, tensors in groups.items():
        rest = dict(tensors)
        for inner in ("ema_model.", "online_model.", "shadow_params.", "model_ema."):
            taken = {n.removeprefix(inner): rest.pop(n) for n in tensors if n.startswith(inner)}
            if taken:
                split[f"{key}.{inner[:-1]}" if key else inner[:-1]] = taken
        if any("." in name or len(v.shape) > 0 for name, v in rest.items()):
            split[key] = rest
    return split
