"""Learned, exact and difference: what isn't known is disabled, with the reason as its tooltip."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import COUPLINGS, Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import SEE_CONDITIONS, why_none, why_only_learned
from flowlab.core.document.network import Network
from flowlab.core.exact import oracle_for
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from tests.helpers.links import Link

PAIRS = ((0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 2.0, 1.0))
MORE = {"lines": {"lines": PAIRS}, "reflow": {"pairs": PAIRS}}


def coupled(kind: str) -> Document:
    return Document(coupling=Coupling(kind=kind, **MORE.get(kind, {})))


@pytest.fixture
def room(qtbot: QtBot) -> Workspace:
    made = Workspace(DocumentStore(Document()), Link(), Playback())  # type: ignore[arg-type]
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("kind", COUPLINGS)
def test_only_what_has_an_exact_flow_can_be_compared_with_it(room: Workspace, kind: str) -> None:
    document = coupled(kind)
    room.store.edit(document, "Couple", "coupling")
    known = oracle_for(document) is not None
    switch = room.shows
    for key in ("exact", "difference"):
        assert switch.buttons[key].isEnabled() is known
        assert (switch.buttons[key].toolTip() == why_none(document)) is not known
    assert switch.buttons["learned"].isEnabled()
    assert known is (kind == "independent")


def test_lines_without_a_line_are_independent_and_have_an_exact_flow() -> None:
    assert oracle_for(Document(coupling=Coupling(kind="lines"))) is not None


def test_a_conditional_network_s_exact_flows_are_in_another_view() -> None:
    conditional = Document(network=Network(conditional=True))
    assert why_only_learned(conditional) == SEE_CONDITIONS


def test_the_switch_shows_what_is_drawn(room: Workspace) -> None:
    """A coupling chosen while the exact flow is shown leaves the learned one."""
    room.choose_flow("exact")
    assert room.shows.buttons["exact"].isChecked()
    shown = replace(coupled("ot"), view=room.store.document.view)
    room.store.edit(shown, "Couple", "coupling")
    assert room.shows.buttons["learned"].isChecked()
    room.store.edit(replace(shown, coupling=Coupling()), "Couple", "coupling")
    assert room.shows.buttons["exact"].isChecked()


def test_x_says_why_it_goes_nowhere(
    room: Workspace, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, words, *_: said.append(words))
    room.shows.go_round()
    assert room.store.document.view.shows == "exact"
    room.store.edit(coupled("ot"), "Couple", "coupling")
    room.shows.go_round()
    assert room.store.document.view.shows == "learned"
    assert said == [why_none(coupled("ot"))]
    qtbot.mouseClick(room.shows.buttons["exact"], Qt.MouseButton.LeftButton)
    assert room.store.document.view.shows == "learned"
