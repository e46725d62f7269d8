"""FlowLab's own checkpoints: safetensors with the whole card in their metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from flowlab.core.document.limits import Invalid, shown
from flowlab.images.formats.records import (
    BASES,
    CONDITIONS,
    NETWORKS,
    PREDICTS,
    TIMES,
    Card,
    Contents,
    Tensors,
)
from flowlab.images.formats.tensor_names import is_buffer

KEY = "flowlab_card"
OWN_NETWORKS = (*NETWORKS, "digits")
_WORDS = {"condition": CONDITIONS, "predicts": PREDICTS, "time": TIMES, "base": BASES}
_WHOLE = {
    "parameters": 1 << 40,
    "channels": 64,
    "out_channels": 64,
    "classes": 100_000,
    "T": 1 << 20,
}
_DERIVED = ("assumed", "ambiguous", "group", "ema", "stated")


def metadata_of(card: Card) -> dict[str, str]:
    """The metadata of a safetensors file that opens as this very card."""
    plain = card.to_json()
    return {KEY: json.dumps({k: v for k, v in plain.items() if k not in _DERIVED})}


def own_card(contents: Contents, tensors: Tensors) -> Card | None:
    """The card in a file's metadata, None where there is none.

    Raises `Invalid` for values that no card has, and where it is not that of the file's tensors.
    """
    plain = contents.config.get(KEY)
    if not isinstance(plain, dict):
        return None
    names = {spec.name for spec in fields(Card)} - set(_DERIVED)
    if plain.keys() != names:
        raise Invalid("its card is of another version of FlowLab.")
    _check(plain)
    counted = sum(t.numel for name, t in tensors.items() if not is_buffer(name))
    if plain["parameters"] != counted:
        raise Invalid("its card is not that of its weights.")
    low, high = plain["pixel_range"]
    return Card(**{**plain, "settings": _tuples(plain["settings"]), "pixel_range": (low, high)})


def _check(plain: Mapping[str, Any]) -> None:
    for name, words in _WORDS.items():
        if plain[name] not in words:
            raise Invalid(f"its card has an unknown {name}: {shown(plain[name])}.")
    if plain["network"] not in OWN_NETWORKS:
        raise Invalid(f"its card names an unknown network: {shown(plain['network'])}.")
    for name, most in _WHOLE.items():
        if type(plain[name]) is not int or not 0 <= plain[name] <= most:
            raise Invalid(f"its card has an impossible {name}: {shown(plain[name])}.")
    ends = plain["pixel_range"]
    right = isinstance(ends, list) and len(ends) == 2 and all(type(v) in (int, float) for v in ends)
    size = plain["size"]
    right = right and (size is None or (type(size) is int and 0 < size <= 4096))
    right = right and isinstance(plain["family"], str) and isinstance(plain["settings"], dict)
    if not right or not isinstance(plain["schedule"], dict):
        raise Invalid("its card is damaged.")


def _tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a network takes them: lists of JSON are tuples."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in settings.items()}
