"""Documents and bundles of the reflected room."""

from __future__ import annotations

from typing import Any, cast

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.view import View
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions, plan_of

NOBODY = cast(Any, None)  # no network has a part in these pictures


def between_walls(view: str = "reflected_motion", n: int = 200, **settings: Any) -> Document:
    """A document with few particles in the default square, long steps, and highlighted paths."""
    known = {"width": 5.0, "start": "uniform", "process": "brownian", "steps": 20}
    known |= settings
    shown = View(name=view, particles=n, highlighted=3)
    return Document(target=named("checkerboard"), view=shown, reflected=Reflected(**known))


def bundle_of(document: Document) -> Bundle:
    """What the plan of its view makes of it."""
    bundle = plan_of(document.view.name)(document, NOBODY, PlanOptions())
    assert isinstance(bundle, Bundle)
    return bundle
