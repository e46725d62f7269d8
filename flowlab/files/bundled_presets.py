"""Presets with the trained weights that ship with the program."""

from __future__ import annotations

from pathlib import Path

from flowlab.core.document.gallery import preset, preset_key, preset_state, preset_weights
from flowlab.files import session
from flowlab.resources import asset


def bundled_path(name: str) -> Path:
    """The file with the weights of a preset: its own, or that of the preset whose weights it has.

    It need not exist.
    """
    return asset("presets") / f"{preset_weights(name)}{session.SUFFIX}"


def load_bundled(name: str) -> session.Session:
    """A preset with its bundled weights and losses; raises `Invalid` where there are none."""
    content = session.load(bundled_path(name))
    if preset_weights(name) == preset_key(name):
        return content
    return session.Session(
        document=preset(name),
        state=preset_state(name),
        weights=content.weights,
        losses=content.losses,
    )
