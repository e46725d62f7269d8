"""Small widgets used by every panel: headings, combo boxes, buttons with icons."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLabel, QToolButton

from flowlab.ui.base.calm_combo import CalmCombo

BRIEF_MS = 5000  # for tooltips that come to lie over the picture


def heading(text: str) -> QLabel:
    """A small heading in capitals."""
    label = QLabel(text.upper())
    label.setObjectName("caption")
    return label


def combo(options: dict[str, str], tip: str, *, starts_over: bool = False) -> CalmCombo:
    """A combo box of words, whose data are the keys."""
    box = CalmCombo(starts_over=starts_over)
    for key, title in options.items():
        box.addItem(title, key)
    box.setToolTip(tip)
    box.setAccessibleName(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    return box


def tool(tip: str) -> QToolButton:
    """A small button for an icon."""
    button = QToolButton()
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFixedSize(36, 32)
    return button
