"""The context menu of a plot: copy its numbers, save its picture, show all of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu

from flowlab.ui.base import messages
from flowlab.ui.base.allowed import allow

if TYPE_CHECKING:
    from flowlab.ui.plots.contract import Saved

DENSITY = 3  # pixels of a saved picture for each one on the screen
FORMATS = "PNG picture (*.png);;SVG drawing (*.svg)"


def menu_of(plot: Saved) -> QMenu:
    """The menu, which is deleted when it closes."""
    menu = QMenu(plot.widget())
    menu.setToolTipsVisible(True)
    whole = menu.addAction("Show all\tHome", plot.show_all)
    allow(whole, "" if plot.zoomed else "All is shown already")
    menu.addSeparator()
    copy = menu.addAction("Copy data\tCtrl+C", lambda: copy_data(plot))
    allow(copy, "" if plot.curves else "There is no curve yet")
    menu.addAction("Save as picture…", lambda: save_as(plot))
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def copy_data(plot: Saved) -> None:
    """Copy the numbers to the clipboard, for a spreadsheet."""
    if plot.curves:
        QGuiApplication.clipboard().setText(plot.table())


def save_as(plot: Saved) -> None:
    """Ask for a file and write it; show the reason if that fails."""
    from flowlab.core.document.limits import Invalid

    name, file_filter = QFileDialog.getSaveFileName(
        plot.widget(), "Save as picture", file_name(plot), FORMATS
    )
    if not name:
        return
    path = Path(name)
    if path.suffix.lower() not in (".png", ".svg"):
        path = path.with_name(path.name + (".svg" if "svg" in file_filter else ".png"))
    try:
        save(plot, path)
    except Invalid as error:
        messages.tell(plot.widget(), str(error))


def save(plot: Saved, path: Path) -> None:
    """Write the visible part of the plot, as SVG or PNG by the suffix; raises `Invalid`."""
    from flowlab.files import atomic

    atomic.write(path, drawing(plot) if path.suffix.lower() == ".svg" else picture(plot))


def file_name(plot: Saved) -> str:
    """A suggested file name, from the plot's title."""
    words = re.findall(r"\w+", plot.accessibleName() or "plot")
    return "-".join(words).lower() + ".png"


def picture(plot: Saved) -> bytes:
    """The plot as a PNG."""
    image = QImage(plot.saved_size() * DENSITY, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    plot.paint_on(painter, QRectF(image.rect()))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def drawing(plot: Saved) -> bytes:
    """The plot as an SVG."""
    buffer, size = QBuffer(), plot.saved_size()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(plot.accessibleName())
    painter = QPainter(generator)
    plot.paint_on(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return bytes(buffer.data().data())
