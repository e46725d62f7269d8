"""Rows of views and rooms: their overrides, and what their dotted names stand for."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest

from flowlab.core.document.view import View
from flowlab.core.views.rows import LAYERS, PAIRS, Preset, ViewRow, only, resolve


def row(**choices: object) -> ViewRow:
    return ViewRow(name="a", title="A", tip="", plan="math:sqrt", **choices)  # type: ignore[arg-type]


def test_overrides_hold_whatever_the_document_says() -> None:
    given = View(show_trails=True, show_density=False, trail=0.5)
    seen = row(overrides={"show_trails": False, "show_density": True}).seen(given)
    assert (seen.show_trails, seen.show_density, seen.trail) == (False, True, 0.5)
    assert given.show_trails
    assert row().seen(given) == given


def test_only_switches_off_every_layer_but_those_named() -> None:
    seen = row(overrides=only(show_grid=True)).seen(View(field="arrows", show_pairs=True))
    assert seen.show_grid
    assert seen.field == "none"
    shown = {f.name for f in fields(View) if f.name.startswith("show_") and getattr(seen, f.name)}
    assert shown <= {"show_grid", "show_raw"}


def test_every_layer_is_a_switch_of_the_view() -> None:
    switches = {f.name for f in fields(View)}
    assert {*LAYERS, PAIRS, *only()} <= switches


def test_a_dotted_name_is_imported_when_it_is_asked_for() -> None:
    assert resolve("math:sqrt") is math.sqrt
    with pytest.raises(AttributeError):
        resolve("math:teapot")
    with pytest.raises(ModuleNotFoundError):
        resolve("teapot:pour")


def test_a_preset_is_made_when_it_is_asked_for() -> None:
    made: list[int] = []
    preset = Preset(lambda: made.append(1) or "document", t=0.5)
    assert made == []
    assert preset.make() == "document"
    assert (made, preset.t) == ([1], 0.5)
