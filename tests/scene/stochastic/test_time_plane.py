"""The processes against time: any direction, the particle under the pointer, and what is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage, QPainter

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Checkerboard, Gaussian, Ring
from flowlab.core.document.view import View
from flowlab.core.stochastic.results import CHURN, NAIVE, ODE, SDE, TITLES, Pane
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.stochastic.time_plane_result import TimePlaneProcesses
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.projected_densities import projected_density
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.samples import ends_alone
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.canvas import paint
from flowlab.scene.furniture.time_key import WIDTHS
from flowlab.scene.furniture.time_paths import name_of
from flowlab.scene.furniture.time_plane import axes_of
from flowlab.scene.stochastic.time_plane import LOOKS, nearest, plane_of

pytestmark = pytest.mark.usefixtures("qapp")

WIDE, HIGH = 640, 480
DOCUMENT = Document(source=Gaussian(), target=Ring(), view=View(name="time_plane", highlighted=2))
X0 = np.array([[-1.0, 1.0], [1.0, -0.5], [0.5, 0.2]], np.float32)
X1 = np.array([[-4.0, 2.0], [3.0, 0.0], [0.0, -3.0]], np.float32)


def carried(bend: float) -> Bundle:
    """Straight paths from X0 to X1, moved by `bend` in the middle."""
    times = np.linspace(0, 1, 21, dtype=np.float32)
    t = times[:, None, None]
    points = (1 - t) * X0 + t * X1 + bend * np.sin(np.pi * t)
    return Bundle(times=times, points=points.astype(np.float32), method="euler",
                  **ends_of(DOCUMENT))  # fmt: skip


def ends_of(document: Document) -> dict[str, Any]:
    alone = ends_alone(document)
    return {"source": alone.source, "target": alone.target}


def frame(
    angle: float = 0.0, t: float = 0.5, document: Document = DOCUMENT, **fields: Any
) -> Frame:
    bends = {ODE: 0.0, SDE: 0.8, NAIVE: -1.2}
    panes = tuple(Pane(kind=kind, bundle=carried(bend)) for kind, bend in bends.items())
    extra = TimePlaneProcesses(panes=panes, density=projected_density(document))
    bundle = replace(panes[1].bundle, extra=extra)
    shown = replace(document, stochastic=Stochastic(angle=angle))
    return Frame(bundle=bundle, t=t, document=shown, **fields)


def stage(shown: Frame) -> Stage:
    return Stage(shown, WIDE, HIGH, 1.0, False, Scratch())


def painted(shown: Frame) -> np.ndarray:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint(painter, WIDE, HIGH, shown)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)[..., 2::-1].astype(int)


@settings(max_examples=15, deadline=None)
@given(angle=st.floats(0.0, 180.0), t=st.floats(0.0, 1.0))
def test_every_direction_shows_its_coordinate(angle: float, t: float) -> None:
    plane = plane_of(stage(frame(angle, t)))
    u = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    ode = plane.strands[0]
    assert ode.here == pytest.approx(((1 - t) * X0 + t * X1)[:2] @ u, abs=1e-4)
    assert ode.paths[0] == pytest.approx(X0[:2] @ u, abs=1e-5)
    assert ode.paths[-1] == pytest.approx(X1[:2] @ u, abs=1e-5)
    assert len(ode.cloud) == 3
    low, high = plane.reach
    assert low < high
    assert plane.density is not None
    cell = plane.density.x[1] - plane.density.x[0]
    assert plane.density.values.sum(1) * cell == pytest.approx(np.ones(97), abs=0.02)


def test_all_processes_of_a_particle_start_at_one_point() -> None:
    plane = plane_of(stage(frame(20.0)))
    starts = np.stack([strand.paths[0] for strand in plane.strands])
    assert np.ptp(starts, axis=0).max() < 1e-6
    assert len({strand.look for strand in plane.strands}) == 3


@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("particle", [0, 1])
@pytest.mark.parametrize("words", [1.0, 1.4])
def test_the_particle_is_found_on_any_of_its_paths(k: int, particle: int, words: float) -> None:
    shown = frame(35.0, words=words)
    on = Stage(shown, WIDE / words, HIGH / words, 1.0, False, Scratch())
    plane = plane_of(on)
    axes, strand = axes_of(plane, on), plane.strands[k]
    x = words * float(axes.x(strand.times[8]))
    y = words * float(axes.y(strand.paths[8, particle]))
    assert nearest(shown, x, y + 2, WIDE, HIGH) == particle
    assert nearest(shown, 3.0, 3.0, WIDE, HIGH) is None


def test_no_path_no_particle() -> None:
    assert nearest(frame().with_view(show_paths=False), 300, 200, WIDE, HIGH) is None
    assert nearest(Frame(document=DOCUMENT), 300, 200, WIDE, HIGH) is None


def test_a_pinned_particle_has_a_path_though_it_is_not_among_the_first() -> None:
    plane = plane_of(stage(frame(pinned=(2,))))
    assert plane.strands[1].paths.shape[1] == 3
    assert list(plane.bold) == [2]


def test_the_cloud_seems_where_new_weights_have_bent_it() -> None:
    shown = frame()
    old = shown.bundle
    assert old is not None
    moved = replace(old.extra.panes[0].bundle, points=old.extra.panes[0].bundle.points + 2)
    panes = (replace(old.extra.panes[0], bundle=moved), *old.extra.panes[1:])
    blended = replace(shown, bundle=replace(old, extra=replace(old.extra, panes=panes)),
                      blend_from=old, blend=0.5)  # fmt: skip
    here, there = (plane_of(stage(each)).strands[0].here for each in (shown, blended))
    assert there - here == pytest.approx(np.ones(2), abs=1e-4)


@pytest.mark.parametrize("quality", ["live", "export"])
def test_before_it_is_computed_or_where_it_is_refused_only_axes_are_drawn(quality: str) -> None:
    alone = ends_alone(DOCUMENT)
    for bundle in (None, alone):
        picture = painted(Frame(bundle=bundle, document=DOCUMENT, quality=quality))
        assert (picture == np.array(DARK.canvas)).all(-1).mean() > 0.7
        assert (picture != np.array(DARK.canvas)).any()


def test_neither_plane_nor_its_ends_lie_behind() -> None:
    shown = frame()
    moved = replace(shown, camera=replace(shown.camera, half_height=1.0, centre_x=3.0))
    assert (painted(shown) == painted(moved)).all()


def test_an_estimate_is_told_from_the_exact_density() -> None:
    rough = replace(DOCUMENT, target=Checkerboard())
    exact, estimate = (plane_of(stage(frame(document=d))).density for d in (DOCUMENT, rough))
    assert exact is not None
    assert estimate is not None
    assert exact.samples == 0 < estimate.samples


def test_every_process_is_drawn_in_a_way_of_its_own() -> None:
    assert set(LOOKS) == set(TITLES)
    assert len(set(LOOKS.values())) == len(TITLES) == len(WIDTHS)
    beside, plane = (set(VIEWS[name].reads) for name in ("processes", "time_plane"))
    assert beside - plane == {"density_change"}  # the same processes, here in colours of their own
    assert plane <= beside


def test_all_four_processes_can_be_seen_at_once() -> None:
    shown = frame()
    assert shown.bundle is not None
    known = shown.bundle.extra
    panes = [*known.panes, Pane(kind=CHURN, bundle=carried(0.4))]
    four = replace(shown, bundle=replace(shown.bundle, extra=replace(known, panes=tuple(panes))))
    assert (painted(four) != painted(shown)).any(-1).sum() > 500


def test_names_of_directions() -> None:
    assert [name_of(a) for a in (0.0, 90.0, 180.0)] == ["x", "y", "−x"]
    assert name_of(37.5) == "x cos 37.5° + y sin 37.5°"
