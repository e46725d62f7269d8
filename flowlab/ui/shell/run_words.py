"""What distinguishes a training from the others of a session, in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from flowlab.core.document.document import (
    ACTIVATIONS,
    CLOCKS,
    COUPLINGS,
    NETWORKS,
    NOISES,
    PATHS,
    PREDICTIONS,
    Document,
    recipe_of,
)

PARTS = ("source", "target", "path", "coupling", "network", "training")
SAID = {  # in the other words of a row
    "path": ("kind", "noise", "level", "clock"),
    "coupling": ("kind", "generation"),
    "network": ("kind", "predicts", "width", "depth", "activation", "conditional"),
}


def coupling_words(document: Document) -> str:
    """The coupling, and how often reflow pairs were carried by a learned flow."""
    coupling = document.coupling
    words = COUPLINGS[coupling.kind]
    return f"{words}, generation {coupling.generation}" if coupling.kind == "reflow" else words


def path_words(document: Document) -> str:
    """The path, with its noise and its clock where they aren't the plain ones."""
    path = document.path
    words = [PATHS[path.kind] if path.kind == "custom" else f"{PATHS[path.kind]} path"]
    if path.noisy:
        words.append(f"{NOISES[path.noise].split()[0].lower()} noise × {path.level:g}")
    if path.clock != "even":
        words.append(f"clock {CLOCKS[path.clock].lower()}")
    return ", ".join(words)


def network_words(document: Document) -> str:
    """The recipe's name, the size of the network, and what it predicts."""
    name, network = recipe_of(document), document.network
    size = f"{network.width} × {network.depth} {ACTIVATIONS[network.activation]}"
    kind = "" if network.kind == "velocity" else f", {NETWORKS[network.kind]}"
    predicts = PREDICTIONS[network.predicts].split()[0].lower()
    told = ", conditional" if network.conditional else ""
    recipe = "Own settings" if name == "Custom" else name.split(" (")[0]
    return f"{recipe}\n{size}{kind}\nPredicts {predicts}{told}"


def distinctions(documents: Sequence[Document]) -> list[list[str]]:
    """For each document, the settings that other words leave out and that aren't the same in all.

    Those are the ones that change what is trained, and have a number, a choice or a switch.
    """
    told: list[list[str]] = [[] for _ in documents]
    for part in PARTS:
        values = [getattr(document, part) for document in documents]
        said = SAID.get(part, ())
        specs = {spec.name: spec for value in values for spec in dataclasses.fields(value)}
        for name, spec in specs.items():
            if name not in said and isinstance(spec.default, int | float | str):
                _tell(told, [getattr(value, name, None) for value in values], spec, part)
    _tell(told, [document.seed for document in documents], _SEED, "")
    return told


_SEED = next(spec for spec in dataclasses.fields(Document) if spec.name == "seed")


def _tell(
    told: Sequence[list[str]], values: Sequence[Any], spec: dataclasses.Field[Any], part: str
) -> None:
    """Say a setting of each document, unless it is the same in all that have it."""
    label = spec.metadata.get("label")
    if not label or len({value for value in values if value is not None}) < 2:
        return
    end = f"{part} " if part in ("source", "target") else ""
    for words, value in zip(told, values, strict=True):
        if value is not None:
            words.append(f"{end}{label[:1].lower()}{label[1:]} {_value(value, spec)}")


def _value(value: Any, spec: dataclasses.Field[Any]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return str(spec.metadata.get("options", {}).get(value, f"“{value}”"))
    return f"{value:g}"
