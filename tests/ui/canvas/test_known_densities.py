"""Densities of both ends: asked for once a shape rests, and shown only for that shape."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian
from flowlab.core.views.densities import density_map
from flowlab.core.views.density_map import DensityQuery
from flowlab.ui.canvas import known_densities
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.canvas.known_densities import KnownDensities
from flowlab.work.queries import Answer


class Link:
    def __init__(self) -> None:
        self.asked: list[DensityQuery] = []
        self.engine = object()

    def ask(self, query: DensityQuery) -> None:
        self.asked.append(query)

    def answer(self, _: type[DensityQuery], key: str) -> Answer[object] | None:
        mine = [query for query in self.asked if query.key == key]
        return self._made(mine[-1]) if mine else None

    def _made(self, query: DensityQuery) -> Answer[object]:
        if not hasattr(self, query.key):
            setattr(self, query.key, Answer(1, query, density_map(query.shape)))
        made: Answer[object] = getattr(self, query.key)
        return made


@pytest.fixture
def canvas(qtbot: QtBot) -> CanvasView:
    made = CanvasView()
    qtbot.addWidget(made)
    made.show_document(Document(target=Gaussian(offset_x=2.0)))
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(known_densities.time, "perf_counter", lambda: now[0])
    return now


def test_a_resting_shape_is_asked_for_once_and_shown(
    canvas: CanvasView, clock: list[float]
) -> None:
    link = Link()
    densities = KnownDensities(canvas, link)  # type: ignore[arg-type]
    densities.tick()
    assert not link.asked
    clock[0] += 1
    densities.tick()
    densities.tick()
    assert [query.key for query in link.asked] == ["source", "target"]
    frame = canvas.frame()
    assert [known is not None for known in frame.known_ends] == [True, True]
    assert frame.known_ends[1].shape == canvas.document.target  # type: ignore[union-attr]


def test_the_density_of_another_shape_is_not_shown(canvas: CanvasView, clock: list[float]) -> None:
    link = Link()
    densities = KnownDensities(canvas, link)  # type: ignore[arg-type]
    densities.tick()
    clock[0] += 1
    densities.tick()
    changed = replace(canvas.document, target=Gaussian(offset_x=3.0))
    canvas.show_document(changed)
    assert canvas.frame().known_ends[1] is None  # at once
    densities.tick()
    assert len(link.asked) == 2  # not while it still changes
    assert canvas.frame().known_ends[0] is not None
