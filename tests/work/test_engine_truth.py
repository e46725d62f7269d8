"""Figures belong to the weights shown: blank until measured, and of the moment looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Checkerboard, Gaussian
from flowlab.core.document.training import Training
from flowlab.core.estimates import error_of
from flowlab.core.learning.branch import Branch
from flowlab.work.engine import Engine
from flowlab.work.status import Status
from tests.helpers.waiting import until

SMALL = Document(
    source=Gaussian(), target=Gaussian(offset_x=2.0),
    network=Network(width=16, depth=1), training=Training(batch=64),
)  # fmt: skip


def measured(status: Status) -> bool:
    return status.velocity_error is not None and status.sliced_w2 is not None


@pytest.fixture
def trained(engine: Engine) -> Engine:
    engine.apply(SMALL)
    engine.train()
    until(lambda: engine.status().step > 300)
    engine.pause()
    until(lambda: engine.status().state == "paused" and measured(engine.status()))
    until(lambda: engine.status().of_step == engine.status().step)
    return engine


def test_figures_carry_their_step_and_their_errors(trained: Engine) -> None:
    until(lambda: error_of(trained.status().velocity_error) is not None)
    status = trained.status()
    assert status.of_step == status.step
    for name in ("velocity_error", "sliced_w2", "sliced_w2_floor", "mse_floor", "flow_cost"):
        assert error_of(getattr(status, name)) is not None, name
    assert status.flow_least <= status.flow_cost  # type: ignore[operator]


def test_a_reset_blanks_all_figures_until_the_new_weights_are_measured(trained: Engine) -> None:
    trained.measure(("energy", "learned"))
    until(lambda: "energy" in trained.status().figures)
    before = trained.status().velocity_error
    seen = []
    trained.apply(SMALL, Branch(1))
    until(lambda: trained.status().step == 0)
    while not measured(status := trained.status()):
        seen.append(status)
    assert {status.of_step for status in seen} <= {None, 0}
    unmeasured = [status for status in seen if status.of_step is None]
    assert all(status.velocity_error is status.sliced_w2 is None for status in unmeasured)
    assert trained.status().of_step == 0
    assert trained.status().velocity_error != before
    until(lambda: "energy" in trained.status().figures)
    assert trained.status().figures["energy"].step == 0


@pytest.mark.parametrize("end", ["source", "target"])
def test_an_edit_of_an_end_blanks_them_too(trained: Engine, end: str) -> None:
    trained.apply(replace(SMALL, **{end: Gaussian(offset_y=1.0, offset_x=2.0)}))
    until(lambda: trained.status().of_step is None or measured(trained.status()))
    until(lambda: measured(trained.status()))
    assert trained.status().problem == ""


def test_looking_back_every_figure_is_of_that_moment(trained: Engine) -> None:
    trained.measure(("energy",))
    until(lambda: "energy" in trained.status().figures)
    now = trained.status()
    trained.look_back(now.steps_kept[1])
    until(lambda: trained.status().looking_back is not None)
    status = trained.status()
    assert status.looking_back == now.steps_kept[1]
    assert status.of_step in (None, status.looking_back)
    assert 0 < status.seconds_then < status.seconds
    until(lambda: trained.status().of_step == status.looking_back)
    until(lambda: "energy" in trained.status().figures)
    assert trained.status().figures["energy"].step == status.looking_back
    trained.look_back(None)
    until(lambda: trained.status().looking_back is None)
    assert trained.status().of_step in (None, now.step)
    until(lambda: trained.status().of_step == now.step)


def test_at_rest_a_grid_s_floor_becomes_known_to_a_hundredth(engine: Engine) -> None:
    engine.apply(replace(SMALL, target=Checkerboard()))

    def known() -> bool:
        floor = engine.status().mse_floor
        return floor is not None and (error_of(floor) or 1.0) < 0.01 * floor

    until(known)
