"""Stored pictures of processes side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.view import View
from flowlab.core.stochastic.results import NAIVE, ODE, SDE, Pane, Processes, processes_of
from flowlab.core.views.bundle import Bundle
from flowlab.files import encoding, session
from flowlab.files.preview_panes import paths_beside, thinned, with_panes
from flowlab.files.session_parts import pane_part
from tests.files.test_session import members_of, zipped

DOCUMENT = Document(view=View(name="processes"))


def beside(n: int = 6) -> Bundle:
    """Three processes of n particles."""
    rng, times = np.random.default_rng(0), np.linspace(0, 1, 5, dtype=np.float32)
    bundles = [
        Bundle(times=times, points=rng.normal(size=(5, n, 2)).astype(np.float32), step=3)
        for _ in range(3)
    ]
    kinds = zip((ODE, SDE, NAIVE), bundles, strict=True)
    panes = tuple(Pane(kind=kind, bundle=bundle) for kind, bundle in kinds)
    return replace(bundles[1], extra=Processes(panes=panes))


def test_all_panes_come_back_in_their_order() -> None:
    given = beside()
    back = session.unpack(session.pack(DOCUMENT, preview=given)).preview
    known, found = processes_of(given), processes_of(back)
    assert known is not None
    assert found is not None
    assert [pane.kind for pane in found.panes] == [ODE, SDE, NAIVE]
    for one, other in zip(known.panes, found.panes, strict=True):
        np.testing.assert_allclose(one.bundle.at(0.6), other.bundle.at(0.6), atol=2e-3)


def test_fewer_times_are_places_on_the_same_paths() -> None:
    given, times = beside(), np.array([0, 0.5, 1], np.float32)
    few = thinned(given, times)
    np.testing.assert_array_equal(few.times, times)
    processes = processes_of(few)
    assert processes is not None
    for pane, known in zip(processes.panes, processes_of(given).panes, strict=True):  # type: ignore[union-attr]
        np.testing.assert_array_equal(pane.bundle.points[1], known.bundle.points[2])
        assert pane.bundle.extra is None


def test_a_bundle_of_one_flow_has_no_panes() -> None:
    alone = replace(beside(), extra=None)
    assert paths_beside(alone) == {}
    assert with_panes(alone, {}) is alone
    assert thinned(alone, alone.times).extra is None


def test_processes_at_other_times_are_refused() -> None:
    given = beside()
    processes = processes_of(given)
    assert processes is not None
    first, *others = processes.panes
    early = Pane(kind=ODE, bundle=thinned(first.bundle, first.bundle.times[:3].copy()))
    with pytest.raises(Invalid, match="same times"):
        paths_beside(replace(given, extra=Processes(panes=(early, *others))))


@pytest.mark.parametrize(
    "paths", [np.zeros((4, 6, 2)), np.zeros((5, 7, 2)), np.full((5, 6, 2), np.nan)]
)
def test_panes_that_dont_belong_to_the_preview_are_refused(paths: np.ndarray) -> None:
    members = members_of(session.pack(DOCUMENT, preview=beside()))
    members[pane_part(ODE)] = encoding.to_npy(paths)
    with pytest.raises(Invalid, match="preview is damaged"):
        session.unpack(zipped(members))
