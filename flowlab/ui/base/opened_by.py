"""Widgets that a button shows and hides: sections, parameters of a card, seldom used settings."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QWidget

_BUTTON = "opened_by"


def set_opener(widget: QWidget, button: QAbstractButton) -> None:
    """Note that checking `button` shows the widget."""
    widget.setProperty(_BUTTON, button)


def opener_of(widget: QWidget) -> QAbstractButton | None:
    """The button that shows the widget, if it has one."""
    button = widget.property(_BUTTON)
    return button if isinstance(button, QAbstractButton) else None


def unfold(widget: QWidget) -> None:
    """Show a widget by the buttons of all that it lies in, the outermost first."""
    parent = widget.parentWidget()
    if parent is not None and not widget.isWindow():
        unfold(parent)
    button = opener_of(widget)
    if button is not None and not button.isChecked():
        button.setChecked(True)
