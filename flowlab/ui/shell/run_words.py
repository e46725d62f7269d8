"""What distinguishes a training from the others of a session, in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from flowlab.core.document.coupling import COUPLINGS
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import GALLERY
from flowlab.core.document.network import ACTIVATIONS, NETWORKS, PREDICTIONS
from flowlab.core.document.paths import CLOCKS, NOISES, PATHS
from flowlab.core.document.recipes import recipe_of
from flowlab.ui.room.cards import title_of

SAID = {  # in the other words of a row
    "coupling": ("kind", "generation"),
    "network": ("kind", "predicts", "width", "depth", "activation", "conditional"),
}
LONG = 56  # letters of two shapes that need a line each


def ends_words(document: Document) -> str:
    """Source and target, in two lines where one would be too long."""
    source, target = (_shortened(title_of(end)) for end in (document.source, document.target))
    return f"{source}{chr(10) if len(source + target) > LONG else ' '}→ {target}"


def _shortened(title: str) -> str:
    """The title without its middle, where it is that of a file with a very long name."""
    return title if len(title) <= LONG else f"{title[: LONG - 20]} … {title[-16:]}"


def coupling_words(document: Document) -> str:
    """The coupling, and how often reflow pairs were carried by a learned flow."""
    coupling = document.coupling
    words = COUPLINGS[coupling.kind]
    return f"{words}, generation {coupling.generation}" if coupling.kind == "reflow" else words


def path_words(document: Document) -> str:
    """The kind of the path."""
    kind = document.path.kind
    return PATHS[kind] if kind == "custom" else f"{PATHS[kind]} path"


def network_words(document: Document) -> str:
    """The recipe's name, the size of the network, and what it predicts."""
    name, network = recipe_of(document), document.network
    size = f"{network.width} × {network.depth} {ACTIVATIONS[network.activation]}"
    kind = "" if network.kind == "velocity" else f", {NETWORKS[network.kind]}"
    predicts = " ".join(takewhile(str.isalpha, PREDICTIONS[network.predicts].split())).lower()
    told = ", conditional" if network.conditional else ""
    recipe = name.split(" (")[0]
    return f"{recipe}\n{size}{kind}\nPredicts {predicts}{told}"


def own_settings(document: Document) -> list[str]:
    """What a document has set otherwise than usual, as far as other words don't say it.

    Shapes of the gallery and recipes are said by their names.
    """
    usual = Document()
    words = []
    for role in ("source", "target"):
        shape = getattr(document, role)
        if all(shape != known for _, known in GALLERY.values()):
            words += [f"{role} {each}" for each in _changed(shape, type(shape)(), ("name",))]
    path = document.path
    if path.noisy:
        words.append(f"{NOISES[path.noise].split()[0]} noise × {path.level:g}")
    if path.clock != usual.path.clock:
        words.append(f"clock {CLOCKS[path.clock].lower()}")
    words += _changed(document.coupling, usual.coupling, SAID["coupling"])
    if recipe_of(document) == "Custom":
        words += _changed(document.network, usual.network, SAID["network"])
        words += _changed(document.training, usual.training, ())
    return [*words, f"seed {document.seed}"] if document.seed else words


def _changed(value: Any, usual: Any, said: Sequence[str]) -> list[str]:
    """The numbers, choices and switches of a part that aren't the usual ones."""
    return [
        f"{_small(spec.metadata['label'])} {_value(getattr(value, spec.name), spec)}"
        for spec in dataclasses.fields(value)
        if "label" in spec.metadata and spec.name not in said
        if isinstance(spec.default, int | float | str)
        if getattr(value, spec.name) != getattr(usual, spec.name)
    ]


def _small(label: str) -> str:
    """A label within a sentence; EMA stays as it is."""
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _value(value: Any, spec: dataclasses.Field[Any]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return str(spec.metadata.get("options", {}).get(value, f"“{_shortened(value)}”"))
    return f"{value:g}"
