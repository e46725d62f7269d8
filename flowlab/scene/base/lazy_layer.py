"""Layers whose modules are imported on first use, so that the window starts faster."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtGui import QPainter

from flowlab.scene.base.stage import Layer, Stage


def lazy(module: str, name: str) -> Layer:
    """Return the layer function `name` of a module of this package; its first frame imports it."""

    def layer(painter: QPainter, stage: Stage) -> None:
        getattr(import_module(f"flowlab.scene.{module}"), name)(painter, stage)

    layer.__name__ = name
    return layer
