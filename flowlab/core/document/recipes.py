"""Named networks and trainings."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.training import Training

NOTEBOOK = "Interpolants notebook (512 × 3 ReLU)"
RECIPES: dict[str, tuple[Network, Training]] = {
    "FlowLab default": (Network(), Training()),
    NOTEBOOK: (
        Network(
            width=512,
            depth=3,
            activation="relu",
            time_features=0,
            space_features=0,
            precondition=False,
        ),
        Training(
            objective="quadratic",
            batch=2500,
            learning_rate=2e-3,
            beta2=0.999,
            decay_every=1500,
            decay_factor=0.6,
            ema=0.0,
            stratified=False,
        ),
    ),
    "IADB tutorial": (
        Network(
            kind="iadb",
            width=64,
            depth=4,
            activation="relu",
            time_features=0,
            space_features=0,
            precondition=False,
        ),
        Training(
            objective="sum", batch=256, learning_rate=1e-3, beta2=0.999, ema=0.0, stratified=False
        ),
    ),
}
RECIPE_ALIASES = {"Interpolants notebook": NOTEBOOK, "Seed notebook": NOTEBOOK}  # in scripts


def with_recipe(document: Document, name: str) -> Document:
    """The document with a recipe's network and training, as conditional as it was."""
    network, training = RECIPES[name]
    network = replace(network, conditional=document.network.conditional)
    return replace(document, network=network, training=training)


def recipe_of(document: Document) -> str:
    """Name of the recipe that the document follows, conditional or not, or "Custom"."""
    mine = (replace(document.network, conditional=False), document.training)
    return next((name for name, recipe in RECIPES.items() if recipe == mine), "Custom")
