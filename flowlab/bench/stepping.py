"""Group `steps`: training steps a second of every loop, in turn within one run."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from flowlab.bench.contenders import (
    OURS,
    Contender,
    FlowLab,
    faster_threads,
    make_ours,
    make_peer,
)
from flowlab.bench.effort import Effort
from flowlab.bench.peers import PEERS
from flowlab.bench.report import Row, Rows
from flowlab.core.document.gallery import preset
from flowlab.core.document.recipes import NOTEBOOK, RECIPES

_TITLES = {
    OURS: OURS,
    NOTEBOOK: "FlowLab, notebook recipe",
    "IADB tutorial": "FlowLab, IADB recipe",
}
_TWINS = {
    "FlowLab, notebook recipe": "interpolants notebook loop",
    "FlowLab, IADB recipe": "IADB tutorial loop",
}  # the same network, batch and optimiser, in FlowLab's step and as published


def rows(effort: Effort) -> Rows:
    """Steps a second on 8 Gaussians, medians of turns taken one after the other.

    A recipe of FlowLab has the settings of a published loop in FlowLab's own step.
    """
    contenders = [*_recipes(), *(make_peer(kind, preset("eight_gaussians")) for kind in PEERS)]
    measured: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(max(2, effort.rounds)):
        for contender in contenders:
            measured[contender.name].append(contender.rate(effort.turn))
    rates = {name: median(values) for name, values in measured.items()}
    threads = {contender.name: contender.threads for contender in contenders}
    for name, rate in rates.items():
        said = f"{threads[name]} thread{'s' * (threads[name] > 1)}"
        yield Row(f"steps: {name}", rate, "steps/s", note=said)
    for name, twin in _TWINS.items():
        yield Row(f"steps: {name} against the {twin}", rates[name] / rates[twin], "times")


def _recipes() -> list[Contender]:
    base = preset("eight_gaussians")
    documents = {
        _TITLES[name]: replace(base, network=network, training=training)
        for name, (network, training) in RECIPES.items()
    }
    return [
        make_ours(document, name=name, threads=faster_threads(FlowLab(document)))
        for name, document in documents.items()
    ]
