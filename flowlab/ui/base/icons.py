"""FlowLab's own line icons, tinted in the theme's colours and updated when the theme changes."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from flowlab.resources import asset
from flowlab.scene.base.style import DARK, THEMES, Colour, Theme

SIZES = (20, 32)  # px: as drawn, and for screens of higher density
_ICON, _THEME = "flowlab_icon", "flowlab_theme"
_following = False  # True once `set_icon` has set an icon


def current_theme() -> Theme:
    """The theme last applied to the application; dark before the first one."""
    app = QApplication.instance()
    return THEMES.get(str(app.property(_THEME)), DARK) if app else DARK


def icon(name: str, theme: Theme | None = None) -> QIcon:
    """The icon `name`: text colour, dim when disabled, accent when checked."""
    return _icon(name, theme or current_theme())


def app_icon() -> QIcon:
    """FlowLab's own icon, for windows and task bars."""
    return QIcon(str(asset("icons/flowlab.png")))


def set_icon(target: QAction | QAbstractButton, name: str) -> None:
    """Give an action or a button an icon that follows later changes of the theme."""
    global _following
    _following = True
    target.setProperty(_ICON, name)
    target.setIcon(icon(name))


def use_dialog_icons(theme: Theme) -> None:
    """Give Qt's own dialogs, which ask, tell and choose files, icons of the program's set."""
    folder = str(asset("icons"))
    others = [path for path in QIcon.themeSearchPaths() if path != folder]
    QIcon.setThemeSearchPaths([folder, *others])
    QIcon.setThemeName(f"flowlab-{theme.name}")


def refresh_icons(app: QApplication) -> None:
    """Tint every icon set by `set_icon` again; `apply_theme` calls this."""
    for widget in app.allWidgets() if _following else ():  # without icons, start-up skips this walk
        for target in (widget, *widget.actions()):
            name = target.property(_ICON)
            if name and isinstance(target, QAction | QAbstractButton):
                target.setIcon(icon(str(name)))


def tinted(name: str, colour: Colour, side: int, opacity: float = 1.0) -> QPixmap:
    """The icon in one colour, `side` pixels square."""
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(opacity)
    painter.drawPixmap(0, 0, _mask(name, side))
    painter.setOpacity(1.0)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), QColor(*colour))
    painter.end()
    return pixmap


@lru_cache(maxsize=128)
def _mask(name: str, side: int) -> QPixmap:
    """The icon in black, cached: drawn once from its file, then tinted as often as needed."""
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _drawing(name).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


@lru_cache(maxsize=64)
def _drawing(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(asset(f"icons/{name}.svg").read_bytes()))


@lru_cache(maxsize=256)
def _icon(name: str, theme: Theme) -> QIcon:
    states = QIcon()
    for side in SIZES:
        states.addPixmap(tinted(name, theme.text, side))
        states.addPixmap(tinted(name, theme.text, side, 0.35), QIcon.Mode.Disabled)
        states.addPixmap(tinted(name, theme.learned, side), QIcon.Mode.Normal, QIcon.State.On)
        states.addPixmap(tinted(name, theme.on_accent, side), QIcon.Mode.Selected)
    return states
