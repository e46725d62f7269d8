"""What the window wants of the engine, remembered so that another process can take over."""

from __future__ import annotations

from typing import Any

from flowlab.core.document.document import Document

Wish = tuple[str, tuple[Any, ...]]

_SEEN = ("measure", "watch", "probe", "look")  # to be asked for once more
_MOMENTS = ("look_back", "pin")  # likewise, once the moments of training are there


class Wanted:
    """The sum of all wishes so far, as a process that heard none of them needs it."""

    def __init__(self) -> None:
        self.document: Document | None = None
        self.training = False
        self._newest: dict[str, tuple[Any, ...]] = {}
        self._clouds: dict[str, tuple[Any, ...]] = {}
        self._waiting: list[Wish] = []  # for moments

    def note(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Take in a wish."""
        if name in ("open", "apply"):
            self.document = arguments[0]
        if name == "open":
            for seen in (*_MOMENTS, "probe", "look"):
                self._newest.pop(seen, None)
        if name in ("train", "pause", "step", "open"):
            self.training = name == "train"
        if name in _SEEN + _MOMENTS:
            self._newest[name] = arguments
        if name == "request_cloud":
            self._clouds[arguments[0]] = arguments

    def once_more(self, training: bool) -> list[Wish]:
        """What to ask of a new process after it has opened the document."""
        known = [(name, self._newest[name]) for name in (*_SEEN, *_MOMENTS) if name in self._newest]
        self._waiting = [wish for wish in known if wish[0] in _MOMENTS]
        clouds = [("request_cloud", arguments) for arguments in self._clouds.values()]
        at_once = [wish for wish in known if wish[0] in _SEEN]
        return [*at_once, *clouds, *([("train", ())] if training else [])]

    def of_moments(self) -> list[Wish]:
        """What waited until there were moments of training; once."""
        waiting, self._waiting = self._waiting, []
        return waiting
