"""Which camera shows a view whole, the same in the window and in every export."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.document.document import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.layout import extents


def laid_out(view: View) -> View:
    """The view in the layout that it is drawn in: some have one plane whatever was chosen."""
    layout = VIEWS[view.name].overrides.get("layout", view.layout)
    return view if layout == view.layout else replace(view, layout=layout)


def fitted(bundle: Bundle | None, view: View, width: int, height: int) -> Camera:
    """The camera that shows both ends of a bundle where the layout puts them."""
    if bundle is None:
        return Camera()
    return Camera.fit(extents(laid_out(view), bundle), width, height)
