"""Edits on their way to the engine: only the newest of a drag in each frame, in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowlab.core.document.document import Document
from flowlab.core.learning.branch import Branch
from flowlab.ui.state.engine_link import EngineLink


class Engine:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def apply(self, document: Document, _branch: Branch) -> None:
        self.heard.append(document)

    def open(self, document: Document, _record: None, _branch: Branch) -> None:
        self.heard.append(("open", document))

    def train(self) -> None:
        self.heard.append("train")


@pytest.fixture
def link(qapp: object) -> EngineLink:
    made = EngineLink()
    made.engine = Engine()  # type: ignore[assignment]
    return made


def drag(link: EngineLink, edits: int) -> list[Document]:
    documents = [replace(Document(), seed=i + 1) for i in range(edits)]
    for document in documents:
        link.apply(document)
    return documents


def heard(link: EngineLink) -> list[object]:
    return link.engine.heard  # type: ignore[union-attr,return-value]


def test_a_single_edit_is_handed_on_at_once(link: EngineLink) -> None:
    assert drag(link, 1) == heard(link)


def test_a_drag_does_not_flood_the_engine_and_its_end_arrives(link: EngineLink) -> None:
    link._applied = float("inf")  # as if an edit had just been sent
    documents = drag(link, 200)
    assert heard(link) == []
    link.flush()
    link.flush()
    assert heard(link) == documents[-1:]


def test_a_call_comes_after_the_edits_before_it(link: EngineLink) -> None:
    link._applied = float("inf")
    (document,) = drag(link, 1)
    link.call(lambda engine: engine.train())
    assert heard(link) == [document, "train"]


def test_an_edit_of_what_was_open_before_is_forgotten(link: EngineLink) -> None:
    link._applied = float("inf")
    drag(link, 1)
    link.open(Document(), None)
    link.flush()
    assert heard(link) == [("open", Document())]


def test_edits_before_the_engine_is_there_wait_for_it(qapp: object) -> None:
    link = EngineLink()
    (document,) = drag(link, 1)
    engine = Engine()
    for action in link._waiting:
        action(engine)  # type: ignore[arg-type]
    assert engine.heard == [document]


def test_of_a_drag_the_document_that_begins_a_training_is_not_skipped(link: EngineLink) -> None:
    link._applied = float("inf")
    first, second, third = (replace(Document(), seed=seed) for seed in (1, 2, 3))
    link.apply(first, Branch(1))
    link.apply(second, Branch(2))
    link.apply(third, Branch(2))
    link.flush()
    assert heard(link) == [first, third]
