"""All controls of the panels by their words, so that the search box can lead to them.

Forms that don't exist yet are known from the tables they will be created from.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any, Protocol, TypeGuard

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

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.ui.base.called import (
    APART,
    FIGURES_CALLED,
    also_called,
    entries_called,
    what_it_does,
)
from flowlab.ui.base.elided import ElidedButton
from flowlab.ui.base.matching import Words, words_named, words_of
from flowlab.ui.base.opened_by import opener_of
from flowlab.ui.forms.fields import Field
from flowlab.ui.forms.form import Form

UNLISTED = "unlisted"  # property of widgets whose controls are found in another way
_TAG = re.compile(r"<[^>]*>")
_ENDING = re.compile(r"\s*\([^()]*\)$")  # a key in brackets


class Rows(Protocol):
    """A widget that knows its rows before it has created them."""

    @property
    def specs(self) -> Sequence[dataclasses.Field[Any]]:
        """The fields that have a row."""

    def row(self, name: str) -> QWidget:
        """Return the row of a field, created if it isn't there yet."""


class Readings(Protocol):
    """A widget that knows its figures before it has created them."""

    @property
    def figure_names(self) -> Mapping[str, tuple[str, str]]:
        """The name and the explanation of each figure."""

    def figure_widget(self, key: str) -> QWidget:
        """Return the widget that shows a figure, created if it isn't there yet."""


def _has_rows(widget: QWidget) -> TypeGuard[Rows]:
    return hasattr(type(widget), "specs")


def _has_readings(widget: QWidget) -> TypeGuard[Readings]:
    return hasattr(type(widget), "figure_widget")


def _nothing() -> str:
    return ""


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
    also: str = ""  # other words by which it is found, phrases between commas
    note: str = ""  # what is said on arrival
    keys: str = ""  # the keys or the gesture that do it
    names: tuple[str, ...] = ()  # its other visible words
    does: str = ""  # the same for all that do the same
    bonus: float = 0.0  # for its place among those that fit
    absent: bool = False  # True for what FlowLab lacks
    act: Callable[[], object] | None = None  # goes there in another way than to a panel
    why: Callable[[], str] = _nothing  # why it can't be reached now; empty if it can

    @cached_property
    def words(self) -> Words:
        """The words by which it is found."""
        tip = "" if self.option else self.tip  # which is the list's
        return words_named((self.title, *self.names), self.also, self.where, tip)


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
    if _has_readings(widget):
        yield from _of_readings(widget, where)
    if _has_rows(widget):
        for spec in widget.specs:
            yield from _of_spec(widget, spec, where)
    elif _is_control(widget):
        yield from _of_widget(widget, where)
        return
    for child in _children(widget):
        yield from controls_in(child, where, but)


def _children(widget: QWidget) -> Iterator[QWidget]:
    """The widgets inside, but those that a table of rows has named already."""
    named = _has_rows(widget)
    for child in widget.children():
        if not isinstance(child, QWidget) or child.isWindow():
            continue
        if not named or not (_has_rows(child) or isinstance(child, Form | Field)):
            yield child


def _of_readings(widget: Readings, where: Sequence[str]) -> Iterator[Control]:
    place = _joined(where)
    for key, (title, tip) in widget.figure_names.items():
        name = plain(title)
        find = partial(widget.figure_widget, key)
        also = FIGURES_CALLED.get(key, "")
        yield Control(name, place, plain(tip), find, also=also, does=f"figure {name} {place}")


def _of_spec(rows: Rows, spec: dataclasses.Field[Any], where: Sequence[str]) -> Iterator[Control]:
    title, tip = str(spec.metadata["label"]), str(spec.metadata.get("tip", ""))
    also = str(spec.metadata.get("also", ""))
    does = keys_of_fields().get(spec) or f"{spec.name} {' '.join(where[-1:])} {id(spec)}"
    find = partial(rows.row, spec.name)
    row = Control(title, _joined(where), tip, find, also=also, does=does)
    yield row
    entries = spec.metadata.get("entries", {})
    for key, words in spec.metadata.get("options", {}).items():
        yield _option(row, str(words), str(key), str(entries.get(key, "")))


@cache
def keys_of_fields() -> dict[dataclasses.Field[Any], str]:
    """The fields of the document and its parts, as "View.layout"; shapes are of two ends."""
    parts = [Document(), *(getattr(Document(), spec.name) for spec in dataclasses.fields(Document))]
    return {
        spec: f"{type(part).__name__}.{spec.name}"
        for part in parts
        if dataclasses.is_dataclass(part) and not isinstance(part, Shape)
        for spec in dataclasses.fields(part)
    }


def _of_widget(widget: QWidget, where: Sequence[str]) -> Iterator[Control]:
    tip, names = plain(widget.toolTip()), names_of(widget)
    if not names:
        return
    also, does = also_called(widget), what_it_does(widget)
    title, *others = names
    place = _joined(where)
    control = Control(title, place, tip, lambda: widget, also=also, names=tuple(others), does=does)
    yield control
    if isinstance(widget, QComboBox):
        entries = entries_called(widget)
        for i in range(widget.count()):
            key = str(widget.itemData(i))
            yield _option(control, widget.itemText(i), key, entries.get(key, ""))


def _option(control: Control, words: str, key: str, other: str) -> Control:
    """An entry of a list, which is also found by the key that scripts use, and by other names."""
    does = f"{control.does}={key}" if control.does else ""
    where = _joined((*control.where.split(APART), control.title))
    return replace(
        control, title=words, names=(), where=where, option=words, also=f"{key}, {other}", does=does
    )


def _is_control(widget: QWidget) -> bool:
    kinds = (QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox, QLineEdit)
    if isinstance(widget, kinds):
        return not isinstance(widget, QScrollBar)
    focused = widget.focusPolicy() == Qt.FocusPolicy.StrongFocus and widget.accessibleName()
    return isinstance(widget, QGraphicsView) or bool(focused)


def name_of(widget: QWidget) -> str:
    """What a control is called: by its label, otherwise by its own words."""
    return next(iter(names_of(widget)), "")


def names_of(widget: QWidget) -> list[str]:
    """All that a control is called; what it is called first of all comes first."""
    own = widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else ""
    full = widget.words if isinstance(widget, ElidedButton) else own
    told = [_ENDING.sub("", text) for text in (widget.accessibleName(), widget.toolTip())]
    names = [plain(name).split(": ")[0].split("\n")[0] for name in (_label_of(widget), full, *told)]
    readable = [name for name in names if any(len(word) > 1 for word in words_of(name))]
    return [name for name in dict.fromkeys((*readable[:1], *names[:3])) if name and readable]


def plain(text: str) -> str:
    """A text without tags."""
    return _TAG.sub("", text)


def _label_of(widget: QWidget) -> str:
    parent = widget.parentWidget()
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    labels = parent.findChildren(QLabel, options=direct) if parent is not None else []
    return next((label.text() for label in labels if label.buddy() is widget), "")


def _joined(where: Sequence[str]) -> str:
    """A place in words, the outermost first; a section and the one list in it have one name."""
    return APART.join(name for i, name in enumerate(where) if i == 0 or name != where[i - 1])


def without_headings(controls: Sequence[Control]) -> list[Control]:
    """The controls without the headings of sections that hold a control of the same name."""
    inner = {(c.where, c.title) for c in controls}
    return [c for c in controls if (_joined((c.where, c.title)), c.title) not in inner]
