"""Layers whose modules are imported when they are first drawn: a window's start waits for none."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtGui import QPainter

from flowlab.scene.base.stage import Layer, Stage


def later(module: str, name: str) -> Layer:
    """The layer function `name` of a module of this package, imported by its first frame."""

    def layer(painter: QPainter, stage: Stage) -> None:
        getattr(import_module(f"flowlab.scene.{module}"), name)(painter, stage)

    layer.__name__ = name
    return layer
