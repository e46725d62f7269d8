"""A square lattice that the flow carries along and deforms."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.scene.base.colours import moving, over
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage

FIRM = 4  # every fourth line is firmer, which makes lines countable


def paint_lattice(painter: QPainter, stage: Stage) -> None:
    """Layer: the deformed lattice, as polylines along rows and columns."""
    if not stage.view.show_grid:
        return
    points = stage.frame.lattice_at(stage.frame.t)
    bundle = stage.frame.bundle
    if points is None or bundle is None:
        return
    rows, columns = bundle.lattice_shape
    mesh = stage.pixels(points).reshape(rows, columns, 2)
    colour = moving(stage.theme, stage.frame.t)
    for lines in (mesh, mesh.transpose(1, 0, 2)):
        firm = np.arange(len(lines)) % FIRM == (len(lines) - 1) // 2 % FIRM
        for group, alpha in ((lines[~firm], 0.3), (lines[firm], 0.62)):
            painter.setPen(stage.pen(over(stage.theme, colour, alpha)))
            painter.drawPath(path_of(group))
