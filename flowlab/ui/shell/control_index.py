"""All controls of the panels by their words, so that the search box can lead to them.

Forms that don't exist yet are known from the tables they will be created from.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from flowlab.ui.base.opened_by import opener_of
from flowlab.ui.forms.fields import Field
from flowlab.ui.forms.form import Form

UNLISTED = "unlisted"  # property of widgets whose controls are found in another way
LEAST = 3  # letters of a word that is looked for in explanations
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W_]+")  # of a name such as `learning_rate` too
_ENDING = re.compile(r"\s*\([^()]*\)$")  # a key in brackets


@runtime_checkable
class Rows(Protocol):
    """A widget that knows its rows before it has created them."""

    @property
    def specs(self) -> Sequence[dataclasses.Field[Any]]:
        """The fields that have a row."""

    def row(self, name: str) -> QWidget:
        """Return the row of a field, created if it isn't there yet."""


@dataclass(frozen=True, eq=False)
class Control:
    """A control, or one of the options of a list: its words, its place, and how to get it."""

    title: str
    where: str
    tip: str
    find: Callable[[], QWidget]
    room: str = ""  # that must be open, if any
    view: str = ""
    option: str = ""  # the words of the option in the list
    also: str = ""  # other words by which it is found
    note: str = ""  # what is said on arrival

    @cached_property
    def _words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return words_of(self.title), words_of(f"{self.where} {self.tip} {self.also}")

    def score(self, typed: str) -> float | None:
        """How well the typed words fit, larger is better; None if one of them doesn't."""
        total, wanted = 0.0, words_of(typed)
        title, rest = self._words
        for word in wanted:
            if any(own.startswith(word) for own in title) or word in words_of(self.also):
                total += 3.0 * len(word)
            elif len(word) >= LEAST and any(own.startswith(word) for own in rest):
                total += 1.0 * len(word)
            else:
                return None
        whole = title[: len(wanted)] == wanted or " ".join(title).startswith(" ".join(wanted))
        return total + (20.0 if whole and wanted else 0.0) - 0.02 * len(self.title)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without signs between them."""
    return tuple(_WORD.findall(_TAG.sub("", text).casefold()))


def controls_in(
    widget: QWidget, where: Sequence[str] = (), but: Collection[QWidget] = ()
) -> Iterator[Control]:
    """Every control inside a widget, but those inside some others.

    `where` names what the widget lies in, the outermost first.
    """
    button = opener_of(widget)
    if button is not None:
        where = (*where, name_of(button))
    if widget.property(UNLISTED) or widget in but:
        return
    if isinstance(widget, Rows):
        for spec in widget.specs:
            yield from _of_spec(widget, spec, where)
    elif _is_control(widget):
        yield from _of_widget(widget, where)
        return
    for child in _children(widget):
        yield from controls_in(child, where, but)


def _children(widget: QWidget) -> Iterator[QWidget]:
    """The widgets inside, but those that a table of rows has named already."""
    named = isinstance(widget, Rows)
    for child in widget.children():
        if not isinstance(child, QWidget) or child.isWindow():
            continue
        if not named or not isinstance(child, Rows | Form | Field):
            yield child


def _of_spec(rows: Rows, spec: dataclasses.Field[Any], where: Sequence[str]) -> Iterator[Control]:
    title, tip = str(spec.metadata["label"]), str(spec.metadata.get("tip", ""))
    row = Control(title, _joined(where), tip, lambda: rows.row(spec.name), also=spec.name)
    yield row
    for words in spec.metadata.get("options", {}).values():
        yield _option(row, str(words))


def _of_widget(widget: QWidget, where: Sequence[str]) -> Iterator[Control]:
    tip = _TAG.sub("", widget.toolTip())
    control = Control(name_of(widget), _joined(where), tip, lambda: widget)
    if not control.title:
        return
    yield control
    if isinstance(widget, QComboBox):
        for i in range(widget.count()):
            yield _option(control, widget.itemText(i))


def _option(control: Control, words: str) -> Control:
    return replace(control, title=words, where=control.title, option=words)


def _is_control(widget: QWidget) -> bool:
    kinds = (QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox, QLineEdit)
    plot = isinstance(widget, QGraphicsView)
    return plot or (isinstance(widget, kinds) and not isinstance(widget, QScrollBar))


def name_of(widget: QWidget) -> str:
    """What a control is called: by its label, otherwise by its own words."""
    own = widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else ""
    names = [_label_of(widget), own, widget.accessibleName(), widget.toolTip()]
    name = next((name for name in names if any(len(word) > 1 for word in words_of(name))), "")
    return _ENDING.sub("", _TAG.sub("", name).split(": ")[0].split("\n")[0])


def _label_of(widget: QWidget) -> str:
    parent = widget.parentWidget()
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    labels = parent.findChildren(QLabel, options=direct) if parent is not None else []
    return next((label.text() for label in labels if label.buddy() is widget), "")


def _joined(where: Sequence[str]) -> str:
    return " · ".join(where)
