"""The look of every widget: palette, style sheet, font and icons of the light and dark theme."""

from __future__ import annotations

from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from flowlab.resources import asset
from flowlab.scene.base.style import FONT_BODY, FONT_HEADING, FONT_SMALL, Colour, Theme
from flowlab.ui.base.icons import app_icon, current_theme, refresh_icons, use_dialog_icons

__all__ = ["apply_theme", "colour", "current_theme", "set_role", "system_theme"]

SCROLL_BAR = 6  # px wide


def system_theme() -> str:
    """The desktop's theme, "dark" or "light"; dark if it doesn't say."""
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "light" if light else "dark"


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Apply `theme` to the whole application, to present and future windows.

    The style sheet is written for Fusion, the style the application starts with (`app.ARGUMENTS`).
    """
    app.setProperty("flowlab_theme", theme.name)
    app.setPalette(palette(theme))
    app.setFont(font())
    app.setStyleSheet(style_sheet(theme))
    app.setWindowIcon(app_icon())
    use_dialog_icons(theme)
    refresh_icons(app)


def set_role(widget: QWidget, role: str) -> None:
    """Set the role of a label or button: heading, section, dim, value, warn; primary, quiet."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def colour(rgb: Colour, alpha: float = 1.0) -> QColor:
    """A theme colour for painting."""
    qt_colour = QColor(*rgb)
    qt_colour.setAlphaF(alpha)
    return qt_colour


def font(size: int = FONT_BODY) -> QFont:
    """The system's font at one of the three sizes, with digits of equal width."""
    system_font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    system_font.setPixelSize(size)
    system_font.setFeature(QFont.Tag("tnum"), 1)
    return system_font


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour `share` of the way from a to b."""
    r, g, l = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return r, g, l


def faint(theme: Theme) -> Colour:
    """The colour of words on disabled controls, fainter than secondary text but found."""
    return mix(theme.text, theme.panel, 0.55 if theme.dark else 0.45)


def palette(theme: Theme) -> QPalette:
    """A Qt palette in the theme's colours, for what the style sheet doesn't reach."""
    role, colours = QPalette.ColorRole, QPalette()
    disabled = faint(theme)
    for roles, rgb in (
        ((role.Window, role.Base, role.AlternateBase), theme.panel),
        ((role.Button, role.ToolTipBase), theme.raised),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), theme.text),
        ((role.BrightText,), theme.warn),
        ((role.PlaceholderText,), theme.dim),
        ((role.Highlight, role.Link, role.Accent), theme.learned),
        ((role.HighlightedText,), theme.on_accent),
        ((role.Light, role.Midlight), mix(theme.raised, theme.text, 0.1)),
        ((role.Mid,), theme.line),
        ((role.Dark, role.Shadow), theme.canvas),
    ):
        for each in roles:
            colours.setColor(each, QColor(*rgb))
    for each in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, each, QColor(*disabled))
    return colours


def style_sheet(theme: Theme) -> str:
    """The application's style sheet, in the theme's colours."""
    words = {
        name: QColor(*getattr(theme, name)).name()
        for name in ("canvas", "panel", "raised", "line", "text", "dim", "warn", "on_accent")
    }
    words |= {
        "accent": QColor(*theme.learned).name(),
        "accent_hover": QColor(*mix(theme.learned, theme.text, 0.15)).name(),
        "hover": QColor(*mix(theme.raised, theme.text, 0.07)).name(),
        "edge": QColor(*mix(theme.line, theme.text, 0.22)).name(),
        "wash": QColor(*mix(theme.panel, theme.learned, 0.18)).name(),
        "faint": QColor(*faint(theme)).name(),
        "small": f"{FONT_SMALL}px",
        "body": f"{FONT_BODY}px",
        "heading": f"{FONT_HEADING}px",
        "bar": f"{SCROLL_BAR}px",
        "check": asset(f"icons/check-{theme.name}.svg").as_posix(),
        "chevron": asset(f"icons/chevron-{theme.name}.svg").as_posix(),
    }
    return Template(_SHEET).substitute(words)


_SHEET = """
QWidget { color: $text; font-size: $body; }
QWidget#panel { background: $panel; }
QLabel#thumbnail { background: $raised; border-radius: 6px; color: $dim; font-size: $small; }
QFrame#foot { border: none; border-top: 1px solid $line; }
QFrame#plotGround { background: $raised; color: $dim; font-size: $small; }
QMainWindow, QDialog { background: $panel; }
Picker { border: 1px solid $edge; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolTip { background: $raised; color: $text; border: 1px solid $edge; padding: 4px 6px; }

QLabel { background: transparent; }
QLabel:disabled { color: $faint; }
QWidget#topBar, QWidget#timeBar { background: $panel; }
QFrame#notice { background: $wash; border: 1px solid $edge; border-radius: 8px; }
QLabel#brand { font-size: $heading; font-weight: 700; }
QLabel[role="heading"] { font-size: $heading; font-weight: 600; }
QLabel[role="section"], QLabel#caption { font-size: $small; font-weight: 600; color: $dim; }
QLabel[role="key"] { font-size: $small; font-weight: 600; }
QLabel[role="dim"], QLabel[role="name"] { font-size: $small; color: $dim; }
QLabel[role="warn"] { font-size: $small; color: $warn; }
QLabel[role="figure"] { font-size: $small; }
QLabel[role="reading"] {
  font-size: $small; background: $panel; border: 1px solid $line; border-radius: 4px;
  padding: 1px 5px;
}
QLabel[role="hint"] {
  font-size: $small; background: $raised; border: 1px solid $warn; border-radius: 4px;
  padding: 3px 8px;
}
QPushButton[role="all"] {
  font-size: $small; background: $panel; color: $text; border: 1px solid $line;
  border-radius: 4px; padding: 0px 5px; min-height: 0px;
}
QPushButton[role="all"]:hover { background: $hover; border-color: $edge; }

QPushButton, QToolButton, QComboBox, QLineEdit, QAbstractSpinBox {
  background: $panel; border: 1px solid $line; border-radius: 6px;
  padding: 3px 8px; min-height: 20px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QComboBox, QLineEdit, QAbstractSpinBox { background: $raised; }
QLineEdit { placeholder-text-color: $dim; }
QPushButton:hover, QToolButton:hover, QComboBox:hover { background: $hover; border-color: $edge; }
QLineEdit:hover, QAbstractSpinBox:hover { border-color: $edge; }
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QAbstractSpinBox:focus,
QTableView:focus, QListView:focus { border-color: $accent; outline: none; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled, QLineEdit:disabled,
QAbstractSpinBox:disabled { color: $faint; }
QPushButton { padding: 3px 14px; }
QPushButton[role="tight"] { padding: 3px 8px; }
QPushButton#primary, QPushButton[role="primary"] {
  background: $accent; border-color: $accent; color: $on_accent; font-weight: 600;
  min-height: 24px;
}
QPushButton#primary:hover, QPushButton[role="primary"]:hover {
  background: $accent_hover; border-color: $accent_hover;
}
QPushButton#primary:focus, QPushButton[role="primary"]:focus {
  border: 2px solid $text; padding: 2px 13px; outline: none;
}
QPushButton#primary:disabled, QPushButton[role="primary"]:disabled {
  background: $line; border-color: $line; color: $faint;
}
QToolButton { padding: 3px; min-width: 20px; }
QToolButton:checked { background: $wash; border-color: $accent; color: $text; }
QToolButton[role="quiet"], QPushButton[role="quiet"] {
  background: transparent; border-color: transparent;
}
QToolButton[role="quiet"]:hover, QPushButton[role="quiet"]:hover { background: $hover; }
QToolButton[role="quiet"]:focus, QPushButton[role="quiet"]:focus { border-color: $accent; }
QToolButton[role="quiet"]:checked { background: $wash; }
QToolButton[role="more"], QToolButton#sectionHead {
  background: transparent; border: 1px solid transparent; color: $dim; font-size: $small;
  font-weight: 600; padding: 2px 0; text-align: left;
}
QToolButton[role="more"]:checked, QToolButton#sectionHead:checked {
  background: transparent; border-color: transparent; color: $text;
}
QToolButton[role="more"]:hover, QToolButton#sectionHead:hover { color: $text; }
QToolButton[role="more"]:focus, QToolButton#sectionHead:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }

QComboBox { padding-right: 0; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$chevron"); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
  background: $raised; border: 1px solid $edge; outline: none; padding: 3px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QAbstractSpinBox[role="value"] {
  background: transparent; border-color: transparent; padding: 0; min-height: 18px;
}
QAbstractSpinBox[role="value"]:hover { background: $raised; border-color: $edge; }
QAbstractSpinBox[role="value"]:focus { background: $raised; border-color: $accent; }

QCheckBox, QRadioButton { spacing: 6px; background: transparent; }
QCheckBox::indicator, QMenu::indicator, QListView::indicator {
  width: 13px; height: 13px; border: 1px solid $dim; border-radius: 3px; background: $panel;
}
QCheckBox::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus { border-color: $text; }
QCheckBox::indicator:checked, QMenu::indicator:checked, QListView::indicator:checked {
  background: $accent; border-color: $accent; image: url("$check");
}
QCheckBox::indicator:checked:focus { border-color: $text; }
QCheckBox::indicator:disabled { border-color: $line; }
QCheckBox:disabled { color: $faint; }

QSlider { background: transparent; min-height: 14px; }
QSlider::groove:horizontal { height: 3px; border-radius: 1px; background: $line; }
QSlider::sub-page:horizontal { height: 3px; border-radius: 1px; background: $accent; }
QSlider::handle:horizontal {
  width: 10px; height: 11px; margin: -5px 0; border-radius: 6px;
  background: $text; border: 1px solid $panel;
}
QSlider::handle:horizontal:hover { background: $accent; }
QSlider::handle:horizontal:focus { background: $accent; border-color: $text; }
QSlider::sub-page:horizontal:disabled { background: $line; }
QSlider::handle:horizontal:disabled { background: $faint; }

QTableView, QListView, QTreeView, QPlainTextEdit, QTextEdit {
  background: $raised; border: 1px solid $line; border-radius: 6px; outline: none;
  gridline-color: $line; selection-background-color: $accent; selection-color: $on_accent;
}
QTableView { font-size: $small; }
QTableView QLineEdit { border-radius: 0; padding: 0 2px; min-height: 0; font-size: $small; }
QTableView::item { padding: 0 3px; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
  background: transparent; color: $dim; font-size: $small; border: none; padding: 2px 3px;
}
QTableCornerButton::section { background: transparent; border: none; }

QScrollArea { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: $bar; }
QScrollBar:horizontal { height: $bar; }
QScrollBar::handle { background: $line; border-radius: 3px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $dim; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenuBar { background: $panel; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $edge; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 8px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QMenu::indicator { margin-left: 6px; }
QMenu::icon { padding-left: 6px; }

QTabBar { background: transparent; border: none; }
QTabBar::tab {
  background: transparent; color: $dim; border: none; border-bottom: 2px solid transparent;
  padding: 6px 12px;
}
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; font-weight: 600; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { border-bottom-color: $text; }
QTabBar#rooms::tab { padding: 8px 7px 7px 7px; margin-right: 2px; }
QTabBar#rooms:focus::tab:selected { color: $accent; }
QTabWidget::pane { border: none; }

QProgressBar {
  background: $line; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
  color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QStatusBar { background: $panel; color: $dim; font-size: $small; }
QStatusBar::item { border: none; }
QSplitter::handle { background: $line; }
QGroupBox { border: none; margin-top: 18px; font-size: $small; color: $dim; }
QFrame[role="card"] { background: $raised; border: 1px solid $line; border-radius: 6px; }
QFrame[role="float"] { background: $panel; border: 1px solid $line; border-radius: 8px; }
"""
