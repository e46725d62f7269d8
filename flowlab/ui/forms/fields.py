"""Editors of single values: a number, a choice, a switch, a line of text."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.document.fresh import STARTS_OVER
from flowlab.ui.base.controls import (
    KeyKeeper,
    NameLabel,
    WordsCombo,
)

NAME_WIDTH = 68


def sentences(*parts: str) -> str:
    """Join the parts of a tooltip, each as a sentence; empty ones are left out."""
    return " ".join(part if part.endswith((".", ")")) else f"{part}." for part in parts if part)


class Field(QWidget):
    """One row of a form: a label and the editor of one value.

    With `starts_over`, an edit throws away a training: the tooltip says so, and a number is edited
    once it is let go of.
    """

    changed = Signal(object)
    settled = Signal()

    def __init__(self, spec: dataclasses.Field[Any], *, starts_over: bool = False) -> None:
        super().__init__()
        self.spec, self.starts_over = spec, starts_over
        self.default: Any = spec.default
        self.why = ""  # it is disabled
        self.title = str(spec.metadata.get("label", spec.name))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_value(self, value: Any) -> None:
        """Show `value` without a signal."""
        raise NotImplementedError

    def forbid(self, reason: str) -> None:
        """Disable the field and show `reason` as its tooltip; an empty reason enables it again."""
        if reason == self.why:
            return
        self.why = reason
        self.setEnabled(not reason)
        self.setToolTip(reason)
        for editor in self.findChildren(QWidget):
            if editor.accessibleName() == self.title:
                editor.setToolTip(reason or self._tip())
        self._explain()

    def _name(self, editor: QWidget) -> None:
        """Set the editor's accessible name and tooltip."""
        editor.setAccessibleName(self.title)
        editor.setAccessibleDescription(self.spec.metadata.get("tip", ""))
        editor.setToolTip(self._tip())

    def _explain(self) -> None:
        """Let the tooltip speak of the value, where it does."""

    def _tip(self) -> str:
        tip = str(self.spec.metadata.get("tip", ""))
        return sentences(tip, STARTS_OVER) if self.starts_over else tip

    def _reset(self) -> None:
        if self.default is dataclasses.MISSING:
            return
        self.show_value(self.default)
        self.changed.emit(self.default)
        self.settled.emit()


class ChoiceField(Field):
    """A name and a combo box; one below the other if the words are long."""

    LONG = 92

    def __init__(self, spec: dataclasses.Field[Any], *, starts_over: bool = False) -> None:
        super().__init__(spec, starts_over=starts_over)
        self.combo = WordsCombo(starts_over=starts_over)
        for key, words in spec.metadata["options"].items():
            self.combo.addItem(words, key)
        self._name(self.combo)
        self.label = NameLabel(self.title, self.combo, self._tip())
        stacked = self._stacked()
        row = QVBoxLayout(self) if stacked else QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(3 if stacked else 6)
        row.addWidget(self.label)
        row.addWidget(self.combo, 1)
        self.label.reset.connect(self._reset)
        self.combo.currentIndexChanged.connect(self._chosen)
        self._explain()

    def _stacked(self) -> bool:
        self.ensurePolished()
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(words) for words in self.combo.words())
        if widest > self.LONG or metrics.horizontalAdvance(self.title) > NAME_WIDTH:
            return True
        self.label.setFixedWidth(NAME_WIDTH)
        return False

    def show_value(self, value: Any) -> None:
        """Show `value` without a signal."""
        if value == self.combo.currentData():
            return
        self.combo.blockSignals(True)
        self.combo.setCurrentIndex(self.combo.findData(value))
        self.combo.blockSignals(False)
        self._explain()

    def forbid_option(self, key: str, reason: str) -> None:
        """Disable an entry of the list and show `reason` as its tooltip; "" enables it again."""
        model = self.combo.model()
        item = (
            model.item(self.combo.findData(key)) if isinstance(model, QStandardItemModel) else None
        )
        if item is not None:
            item.setEnabled(not reason)
            item.setToolTip(reason)

    def _explain(self) -> None:
        tip = self._tip()
        words = self.combo.currentText()
        self.combo.setToolTip(self.why or (sentences(words, tip) if tip else words))

    def _chosen(self) -> None:
        self._explain()
        self.changed.emit(self.combo.currentData())
        self.settled.emit()


class SwitchField(Field):
    """A check box with a name."""

    def __init__(self, spec: dataclasses.Field[Any], *, starts_over: bool = False) -> None:
        super().__init__(spec, starts_over=starts_over)
        self.check = QCheckBox(self.title)
        KeyKeeper(self.check, [Qt.Key.Key_Space])
        self._name(self.check)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.addWidget(self.check)
        self.check.clicked.connect(self._clicked)

    def show_value(self, value: Any) -> None:
        """Show `value` without a signal."""
        self.check.setChecked(value)

    def _clicked(self, on: bool) -> None:
        self.changed.emit(on)
        self.settled.emit()


class TextField(Field):
    """A name above a line of text."""

    def __init__(self, spec: dataclasses.Field[Any]) -> None:
        super().__init__(spec)
        self.line = QLineEdit()
        self.line.setMaxLength(spec.metadata["longest"])
        self._name(self.line)
        self.label = NameLabel(self.title, self.line, self._tip())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(3)
        column.addWidget(self.label)
        column.addWidget(self.line)
        self.label.reset.connect(self._reset)
        self.line.textEdited.connect(lambda text: self.changed.emit(text))
        self.line.editingFinished.connect(self.settled)

    def show_value(self, value: Any) -> None:
        """Show `value` without a signal; the cursor stays where it is while typing."""
        if value != self.line.text():
            self.line.setText(value)
