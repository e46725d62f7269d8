"""A link to an engine that answers what the test says."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QObject, Signal

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.work.status import Status


class Link(QObject):
    ready = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.answer, self.bundle = Status(), None
        names = ("train", "pause", "step", "reset", "probe", "apply")
        self.engine = SimpleNamespace(
            **{n: lambda *_, n=n: self.heard.append(n) for n in names},
            newest_probe=lambda: None,
            rectified=lambda: None,
        )

    def call(self, action: Callable[[Any], Any]) -> None:
        action(self.engine)

    def apply(self, document: Document) -> None: ...

    def flush(self) -> None: ...

    def status(self) -> Status:
        return self.answer

    def newest(self) -> Bundle | None:
        return self.bundle
