"""Whose turn it is among the figures of the metrics panel, and what becomes of them."""

from __future__ import annotations

import math
from collections import ChainMap
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Moons, Ring, Text
from flowlab.core.document.solver import Solver
from flowlab.core.learning.trainer import Trainer
from flowlab.core.metrics import energy_distance, mmd
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.work import metrics_scheduler as gauges
from flowlab.work import panel_metrics
from flowlab.work.figures import GAUGES, Figure
from flowlab.work.latest_request import Superseded
from flowlab.work.live_metrics import measurements, reference
from flowlab.work.metrics_scheduler import MetricsScheduler
from flowlab.work.model import Model
from flowlab.work.pairing import PATHS, pair_figures
from flowlab.work.panel_metrics import READERS
from flowlab.work.status import Measures

DOCUMENT = Document(
    target=Gaussian(offset_x=2.0),
    network=Network(width=8, depth=1),
    solver=Solver(method="euler", steps=2),
)
MEASURES = Measures(sliced_w2=0.5, sliced_w2_floor=0.1, sliced_w2_spread=0.02)


def never() -> bool:
    return False


def subject(document: Document = DOCUMENT, n: int = 300) -> tuple[Model, Bundle]:
    """An untrained network, which for two Gaussians is exact, and its bundle."""
    model = Model(document, Trainer(document).weights())
    x = build(document.source).sample(n, torch.Generator().manual_seed(5))
    return model, carried(model.field, x, document.solver)


def studied(*names: str, document: Document = DOCUMENT) -> MetricsScheduler:
    made = MetricsScheduler()
    made.want(names)
    model, bundle = subject(document)
    made.take(model, bundle, MEASURES)
    made.study(never)
    return made


def test_every_gauge_has_a_reader_and_a_name_that_none_has_is_refused() -> None:
    assert list(READERS) == list(GAUGES)
    with pytest.raises(Invalid, match="no figure 'weight'"):
        MetricsScheduler().want(["energy", "weight"])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """All figures, but of few samples."""
    few = {"_CELLS": 30, "_CELL_STEPS": 4, "_ASSIGNED": 100, "_ALL_PAIRS": 150, "_LIKELY": 80}
    fewer = {"_MESH": 14, "_CARRIED": 60, "_FINE": 16}
    for name, value in {**few, **fewer}.items():
        monkeypatch.setattr(panel_metrics, name, value)


@pytest.mark.usefixtures("small")
def test_all_that_are_wanted_are_made_and_are_right() -> None:
    """The untrained network is the exact affine flow; only two steps of Euler are wrong."""
    found = studied(*GAUGES).figures
    assert set(found) == {name for names in GAUGES.values() for name in names}
    for name, figure in found.items():
        assert figure.value is not None, f"{name}: {figure.note}"
    assert found["sliced_w2"] == Figure(value=0.5, floor=0.1, spread=0.02, n=300, pairs=8)
    assert found["velocity"].value < 1e-4  # type: ignore[operator]
    assert found["model"].value < 1e-4  # type: ignore[operator]
    assert found["integration"].value > 0.05  # type: ignore[operator]
    assert found["integral"].value == pytest.approx(1, abs=0.02)
    assert found["continuity"].value < 1e-2  # type: ignore[operator]
    own = -1 - math.log(2 * math.pi)  # of a standard Gaussian in the plane
    assert found["likelihood"].value == pytest.approx(own, abs=4 * 1 / 80**0.5)
    assert found["likelihood"].value == pytest.approx(found["likelihood"].floor, abs=1e-3)


@pytest.mark.usefixtures("small")
def test_distances_are_those_of_the_arrivals_to_fresh_samples() -> None:
    found = studied("energy", "mmd").figures
    arrived = torch.from_numpy(np.array(subject()[1].points[-1][:150]))
    fresh = reference(DOCUMENT.target, 150)
    assert found["energy"].value == pytest.approx(energy_distance(arrived, fresh))
    assert (found["energy"].n, found["energy"].pairs) == (150, 8)
    h = float(found["mmd"].note.split("bandwidth ")[1].split(",")[0])
    assert found["mmd"].value == pytest.approx(mmd(arrived, fresh, h).value, rel=1e-2)


def test_where_there_is_no_exact_field_the_reason_stands_in_its_place() -> None:
    coupled = replace(DOCUMENT, coupling=Coupling(kind="ot"))
    found = studied("learned", "continuity", document=coupled)
    for name in ("excess", "velocity", "angle", "continuity"):
        assert found.figures[name].value is None
        assert "independent" in found.figures[name].note
    assert found.by_time is None


def test_errors_by_time_come_with_the_learned_velocity() -> None:
    found = studied("learned").by_time
    assert found is not None
    assert found.excess.shape == (len(found.edges) - 1,)
    assert np.nanmax(found.velocity) < 1e-4


def test_ends_that_are_one_have_no_npe_but_their_paths_a_bend() -> None:
    found = studied("paths", document=replace(DOCUMENT, target=Gaussian())).figures
    assert "no normalised path energy" in found["npe"].note
    # The cloud narrows half way and widens again: paths go there and back, all energy is bend.
    assert found["straightness"].value > 0.1  # type: ignore[operator]


def test_the_bend_of_a_picture_is_one_number_wherever_it_is_shown() -> None:
    document = replace(DOCUMENT, target=Ring())
    model, bundle = subject(document, n=PATHS + 500)
    scheduler = MetricsScheduler()
    scheduler.want(("paths",))
    scheduler.take(model, bundle, Measures())
    scheduler.study(never)
    assert scheduler.figures["straightness"].value == pair_figures(document, bundle)["straightness"]


def test_a_source_without_a_density_there_has_no_likelihood() -> None:
    document = replace(DOCUMENT, source=Text())
    note = studied("likelihood", document=document).figures["likelihood"].note
    assert "density" in note


def test_while_training_quick_ones_are_made_at_every_look_and_floors_grow_by_a_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gauges, "QUICK", 60.0)  # however busy this machine is
    made = MetricsScheduler()
    made.want(["energy", "mmd"])
    made.glance()  # nothing to measure yet
    made.take(*subject(), MEASURES)
    for looks in range(1, 5):
        made.glance()
        made.glance()  # nothing was known of their time at the first look
        assert {made.figures[name].pairs for name in ("energy", "mmd")} == {2 * looks - 1}


def test_a_slow_one_is_not_made_while_training(monkeypatch: pytest.MonkeyPatch) -> None:
    now, made = [100.0], MetricsScheduler()
    for clock in ("monotonic", "thread_time"):
        monkeypatch.setattr(gauges.time, clock, lambda: now[0])
    calls: list[str] = []

    def reader(name: str, seconds: float):  # type: ignore[no-untyped-def]
        def read(*_: object) -> dict[str, Figure]:
            calls.append(name)
            now[0] += seconds
            return {key: Figure(value=1.0) for key in GAUGES[name]}

        return read

    for name, seconds in {"energy": 0.01, "mmd": 0.05, "exact": 0.5}.items():
        monkeypatch.setitem(READERS, name, reader(name, seconds))
    made.want(["energy", "mmd", "exact"])
    made.take(*subject(), MEASURES)
    for _ in range(20):
        now[0] += 0.8
        made.glance()
    assert calls.count("energy") >= 15
    assert calls.count("exact") == 0
    assert calls.count("mmd") == 1  # it was believed to be quick
    assert set(made.since(1.0)) == {"energy"}
    now[0] += 5.0
    assert not made.since(1.0)


def test_what_is_known_of_a_picture_is_not_made_again() -> None:
    made = MetricsScheduler()
    made.want(["energy"])
    model, bundle = subject()
    made.take(model, bundle, MEASURES)
    made.study(never)
    first = made.figures["energy"]
    made.take(model, bundle, MEASURES)
    made.study(never)
    assert made.figures["energy"] is first
    made.take(model, subject()[1], MEASURES)
    made.study(never)
    assert made.figures["energy"] is not first


def test_other_shapes_drop_what_was_known_and_other_weights_do_not() -> None:
    made = studied("energy")
    model, bundle = subject()
    made.take(model, bundle, MEASURES)
    assert made.figures
    made.take(*subject(replace(DOCUMENT, target=Moons())), MEASURES)
    assert not made.figures


def test_a_cancelled_study_keeps_what_it_has_and_goes_on_later() -> None:
    made, asked = MetricsScheduler(), iter([False, True])
    made.want(["sliced", "energy"])
    model, bundle = subject()
    made.take(model, bundle, MEASURES)
    with pytest.raises(Superseded):
        made.study(lambda: next(asked))
    assert set(made.figures) == {"sliced_w2"}
    made.study(never)
    assert set(made.figures) == {"sliced_w2", "energy"}


def test_a_slow_figure_stops_within_its_work() -> None:
    made, left = MetricsScheduler(), [6]

    def soon() -> bool:
        left[0] -= 1
        return left[0] < 0

    made.want(["integral"])
    made.take(*subject(), MEASURES)
    with pytest.raises(Superseded):
        made.study(soon)
    assert not made.figures


def test_a_figure_that_breaks_says_so_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> dict[str, Figure]:
        raise RuntimeError("out of memory\nand more")

    monkeypatch.setitem(READERS, "mmd", broken)
    found = studied("mmd", "energy").figures
    assert found["mmd"].note == "This could not be computed: out of memory"
    assert found["energy"].value is not None


def test_lost_particles_are_said_to_be_lost() -> None:
    model, bundle = subject()
    points = np.array(bundle.points)
    points[-1, 0] = np.nan
    lost = replace(bundle, points=points)
    made = MetricsScheduler()
    made.want(["sliced", "energy", "paths"])
    measures = Measures(**dict(ChainMap(*measurements(model, lost))))
    made.take(model, lost, measures)
    made.study(never)
    for name in ("sliced_w2", "energy", "npe"):
        assert "left the plane" in made.figures[name].note
