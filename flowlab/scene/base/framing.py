"""Which camera shows all of a view; the window and every export use the same one."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.rows import resolve
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.drawing import drawing_of
from flowlab.scene.base.layout import extents


def laid_out(view: View) -> View:
    """Return the view in the layout it is drawn in: some views have one plane only."""
    layout = VIEWS[view.name].overrides.get("layout", view.layout)
    return view if layout == view.layout else replace(view, layout=layout)


def fitted(bundle: Bundle | None, view: View, width: int, height: int) -> Camera:
    """Return the camera that shows all of a bundle in the view's layout: mostly both ends."""
    if bundle is None:
        return Camera()
    of_room = drawing_of(view.name).extent
    if of_room and bundle.extra is not None:
        own: Extent | None = resolve(of_room)(bundle.extra)
        if own is not None:
            return Camera.fit([own], width, height)
    return Camera.fit(extents(laid_out(view), bundle), width, height)
