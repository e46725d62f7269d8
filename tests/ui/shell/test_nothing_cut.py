"""No word, child or row is cut off in any panel, at any size, with any section open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QScrollArea, QToolButton

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.paths import Path
from flowlab.core.document.solver import Solver
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import ROOMS
from flowlab.ui.base.section import Section
from flowlab.ui.flow.right_panel import RightPanel
from flowlab.ui.room.figures import AS_GOOD
from flowlab.ui.shell.window import Window
from flowlab.work.figures import GAUGES, Figure
from flowlab.work.status import History, Status
from tests.helpers.clipping import doubled, faults
from tests.helpers.events import settle
from tests.ui.blending.made import blend_bundle, chain_bundle, tangent_bundle
from tests.ui.flow.test_metrics_panel import by_time

# The narrowest and the lowest window: 1276 x 680 is what a screen of 1280 x 720 leaves.
SIZES = (1024, 768), (1276, 680)
# German numbers take other marks of the same width: each size is looked at with one of the two.
CASES = list(zip(("de_DE", "C"), SIZES, strict=True))
EACH = pytest.mark.parametrize(
    ("window", "size"),
    CASES,
    indirect=["window"],
    ids=lambda case: case if isinstance(case, str) else "x".join(map(str, case)),
)
VIEWS = [view.name for room in ROOMS for view in room.views]
LINES = Coupling(kind="lines", lines=Array(np.zeros((3, 4))))
OTHERS = (
    Document(coupling=Coupling(kind="ot")),
    Document(coupling=Coupling(kind="sinkhorn"), solver=Solver(method="dopri5")),
    Document(coupling=LINES, target=named("mixture")),
    Document(path=Path(kind="mirror", noise="brownian"), target=named("text")),
    Document(path=Path(kind="trigonometric", noise="brownian", level=0.5)),
)
WIDE, STEPS = Estimate(1.23e-3, 9e-5), np.arange(1.0, 201.0)
FULL = Status(
    state="training", step=123_456, seconds=12_345.6, steps_per_second=12_345.6,
    device="CPU, 16 threads", of_step=123_456,
    history=History(steps=STEPS, mse=200 / STEPS, quadratic=-STEPS),
    mse_floor=WIDE, quadratic_floor=WIDE, sliced_w2=Estimate(0.124, 0.004),
    sliced_w2_floor=Estimate(0.12, 0.004), sliced_w2_spread=0.02, velocity_error=WIDE,
    crossings=WIDE, meetings=WIDE, pair_cost=WIDE, least_cost=WIDE, flow_cost=WIDE,
    flow_least=WIDE, straightness=WIDE, looking_back=111_111, seconds_then=1234.5,
    variances=(STEPS / 200, STEPS, STEPS),
    figures={
        name: Figure(value=0.01234, error=2e-4, floor=Estimate(0.0123 + 1e-4 * k, 1e-4),
                     spread=0.1, n=2500, pairs=8)
        for k, name in enumerate(name for names in GAUGES.values() for name in names)
    },
    by_time=by_time(),
)  # fmt: skip


@pytest.fixture
def window(request: pytest.FixtureRequest, still_window: Window) -> Iterator[Window]:
    """A window whose panels show the widest figures that occur."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    for room in ROOMS:
        still_window.room.panels_of(room.name).engine_ready()
    yield still_window
    QLocale.setDefault(before)


def bundle_of(view: str) -> Bundle:
    made = {"chain": chain_bundle, "blending": blend_bundle, "tangent_field": tangent_bundle}
    return made.get(view, blend_bundle)()


def enter(window: Window, view: str) -> None:
    document = window.store.document
    window.store.edit(replace(document, view=replace(document.view, name=view)), "Show")
    panels, bundle = window.room.panels, bundle_of(view)
    panels.show_bundle(bundle)
    panels.show_status(FULL, training=True)
    panels.show_particle(bundle, 0 if bundle.points.shape[1] else None)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle()


def switches(window: Window) -> list[QToolButton]:
    """The buttons that open something in the panels that are shown."""
    panels = window.room.panels
    heads = [s.head for side in (panels.left, panels.right) for s in side.findChildren(Section)]
    tunes = [panels.card(role).tune for role in ("source", "target")]
    return [button for button in (*heads, *tunes) if button.isVisible()]


def more(window: Window) -> list[QToolButton]:
    """The buttons of folded settings in what is open."""
    left = window.room.panels.left
    return [b for b in left.findChildren(QToolButton) if b.text() == "More" and b.isVisible()]


def look(window: Window, place: str) -> list[str]:
    """What is wrong in the window, and where."""
    window.room.panels.show_status(FULL, training=True)
    settle()
    wrong = [*faults(window), *(f"said twice: {words}" for words in doubled(window))]
    return [f"{place}: {fault}" for fault in wrong]


def walk(window: Window, view: str) -> list[str]:
    """Open every section after another, with all that is folded in it."""
    enter(window, view)
    found = look(window, view)
    for button in switches(window):
        button.click()
        name = f"{view}, {button.text() or button.accessibleName()}"
        found += look(window, name)
        for inner in more(window):
            inner.click()
            found += look(window, f"{name}, more")
            inner.click()
        button.click()
    return found


@EACH
def test_nothing_is_cut_with_any_section_open(window: Window, size: tuple[int, int]) -> None:
    window.resize(*size)
    found = [fault for view in VIEWS for fault in walk(window, view)]
    assert (window.width(), window.height()) == size
    assert not found, "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("document", OTHERS, ids=lambda d: f"{d.coupling.kind} {d.path.noise}")
def test_nothing_is_cut_in_other_experiments(still_window: Window, document: Document) -> None:
    window = still_window
    window.room.panels.engine_ready()
    window.resize(1280, 720)
    window.store.edit(document, "Show")
    found = [fault for view in ("trajectories", "mapping") for fault in walk(window, view)]
    assert not found, "\n".join(dict.fromkeys(found))


@EACH
def test_all_results_of_a_flow_are_seen_without_scrolling(
    window: Window, size: tuple[int, int]
) -> None:
    window.resize(*size)
    enter(window, "trajectories")
    right = window.room.panels.right
    assert isinstance(right, RightPanel)
    right.show_status(replace(FULL, variances=None))
    settle()
    bar = right.findChild(QScrollArea).verticalScrollBar()
    assert bar.maximum() == 0
    assert right.quality.values["ratio"].text() == AS_GOOD
    edges = {
        label.mapTo(right, label.rect().topRight()).x()
        for figures in (right.training, right.quality, right.flow, right.particle)
        for label in figures.values.values()
    }
    right.metrics_section.head.click()
    settle()
    assert bar.maximum() > 0  # and nothing moves sideways for the scroll bar
    label = right.quality.values["ratio"]
    assert edges == {label.mapTo(right, label.rect().topRight()).x()}
