"""A link to an engine that answers what the test says."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QObject, Signal

from flowlab.core.document.document import Document
from flowlab.core.learning.branch import Branch
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.query import Query
from flowlab.work.status import Status


class Link(QObject):
    plots_ready = Signal()
    ready = Signal()
    plots = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.said, self.bundle = Status(), None
        names = ("train", "pause", "step", "apply")
        self.engine = SimpleNamespace(**{n: lambda *_, n=n: self.heard.append(n) for n in names})

    def call(self, action: Callable[[Any], Any]) -> None:
        action(self.engine)

    def apply(self, document: Document, branch: Branch) -> None: ...

    def flush(self) -> None: ...

    def ask(self, query: Query[Any]) -> None:
        self.heard.append(type(query).__name__)

    def answer(self, _kind: type, _key: object = None) -> None: ...

    def status(self) -> Status:
        return self.said

    def newest(self) -> Bundle | None:
        return self.bundle
