"""The right panel's statements, against independent truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from flowlab.core.blending.results import Marginals, chain_of
from flowlab.core.blending.settings import Blending
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.scene.base.style import DARK
from flowlab.scene.blending.tangent_figures import tangent_lines
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.blending import chain_story
from flowlab.ui.blending.blend_story import (
    BlendStory,
    blended,
    blended_errors,
    errors_of,
    moments_of,
)
from flowlab.ui.blending.captions import caption
from flowlab.ui.blending.chain_story import ChainStory
from flowlab.ui.blending.mapping_story import MappingStory, sampler_words
from flowlab.ui.blending.panels import stories
from flowlab.ui.blending.tangent_story import TangentStory
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.ui.room.side_panel import RIGHT_WIDTH
from flowlab.ui.shell.workspace import Workspace
from flowlab.work.status import History, Status
from tests.helpers.events import settle
from tests.helpers.pictures import frame_of, stage_of
from tests.ui.blending.conftest import deliver, show
from tests.ui.blending.made import blend_bundle, chain_bundle, tangent_bundle


def test_errors_of_moments_are_their_spread_over_fresh_samples() -> None:
    rng = np.random.default_rng(0)
    mix = np.array([[1.0, 0.4], [0.0, 0.7]])
    samples = [rng.normal(size=(400, 2)) @ mix.T for _ in range(200)]
    spread = np.std([moments_of(x) for x in samples], axis=0)
    claims = np.mean([errors_of(x) for x in samples], axis=0)
    np.testing.assert_allclose(claims / spread, 1.0, atol=0.2)
    both = blended_errors(claims, 2 * claims, 0.25)
    np.testing.assert_allclose(both[0], np.hypot(0.75 * claims[0], 0.25 * 2 * claims[0]))


def test_moments_of_a_blend_are_those_of_the_formula() -> None:
    bundle = blend_bundle(20_000)
    ends = moments_of(bundle.points[0]), moments_of(bundle.points[1])
    for alpha in (0.0, 0.3, 1.0):
        drawn, law = moments_of(bundle.at(alpha)), blended(*ends, alpha)
        np.testing.assert_allclose(drawn[:2], law[:2], atol=1e-5)  # the mean is linear
        noise = 4 * np.sqrt(np.prod([m[2:4].mean() for m in ends]) / 20_000)
        np.testing.assert_allclose(drawn[2:], law[2:], atol=noise)
    wrong = (1 - 0.3) * ends[0] + 0.3 * ends[1]  # not the law of covariances
    assert abs(moments_of(bundle.at(0.3))[2] - wrong[2]) > 10 * noise


def test_both_columns_of_a_blend_follow_t(qtbot: QtBot) -> None:
    story = BlendStory()
    qtbot.addWidget(story)
    story.show()
    bundle = blend_bundle()
    story.show_bundle(bundle)
    for t in (0.0, 0.5, 1.0):
        story.show_t(t)
        pairs, formula, off = (label.text() for label in story.moments.values["mean_x"])
        assert float(pairs.replace("−", "-")) == pytest.approx(bundle.at(t)[:, 0].mean(), abs=0.006)
        assert float(off) > 0
        law = (1 - t) * bundle.source[:, 0].mean() + t * bundle.target[:, 0].mean()
        assert float(formula.replace("−", "-")) == pytest.approx(law, abs=0.006)


def test_the_chain_s_limit_is_drawn_on_logarithmic_axes(room: Workspace) -> None:
    deliver(room, chain_bundle(16))
    story = room.opened["blending"].right.stories["chain"]
    assert isinstance(story, ChainStory)
    rule, dots = story.far.curves
    np.testing.assert_allclose(rule.ys, dots.ys, rtol=1e-5)  # which falls as 1 / sqrt(N)
    a, b, c = (story.far.spot(n, 0.9 / n**0.5) for n in (1, 8, 64))
    assert b.x() - a.x() == pytest.approx(c.x() - b.x())
    assert b.y() - a.y() == pytest.approx(c.y() - b.y())
    assert story.far.marked == 16
    assert story.rough.marked == 1 / 16
    assert story.slope.values["slope"].text() == "−0.50 ± 0.02"
    assert story.variation.values["variation"].text() == "0.087 ± 0.009"  # 1.4 / 16, to 10 %


def test_the_variation_of_uneven_steps_is_that_of_their_squares(room: Workspace) -> None:
    times = np.array([0.0, 0.75, 1.0], np.float32)
    deliver(room, replace(chain_bundle(2), times=times))
    story = room.opened["blending"].right.stories["chain"]
    assert isinstance(story, ChainStory)
    assert story.rough.marked == 0.625
    variation = story.variation.values["variation"].text().split(" ± ")
    assert float(variation[0]) == pytest.approx(1.4 * 0.625, 1e-2)
    assert float(variation[1]) == pytest.approx(0.14 * 0.625, 0.1)


def test_a_chain_without_an_exact_path_says_so(room: Workspace) -> None:
    bundle = chain_bundle()
    assert chain_of(bundle) is not None
    deliver(room, replace(bundle, extra=replace(chain_of(bundle), convergence=None)))
    story = room.opened["blending"].right.stories["chain"]
    assert isinstance(story, ChainStory)
    assert not story.far.curves
    assert story.far.invitation
    assert story.slope.values["slope"].text() == "–"


def test_what_rejection_costs_is_told_where_it_is_used(room: Workspace) -> None:
    tries = np.array([1, 40, 20, 10, 5, 2], np.float32)
    deliver(room, chain_bundle(6, tries=tries))
    story = room.opened["blending"].right.stories["chain"]
    assert isinstance(story, ChainStory)
    assert not story.cost.isVisible()
    document = room.store.document
    room.store.edit(replace(document, blending=Blending(deblend="rejection")), "By rejection")
    deliver(room, chain_bundle(6, tries=tries))
    assert story.cost.isVisible()
    assert story.cost.values["chain"].text() == "78"
    assert story.cost.values["step"].text() == "13.0"
    assert story.cost.values["gave_up"].text() == "0 of 20"
    np.testing.assert_array_equal(story.tries.curves[0].ys, tries)


def test_the_cell_under_the_cursor_is_read_at_t(qtbot: QtBot) -> None:
    story = TangentStory()
    qtbot.addWidget(story)
    story.show_bundle(tangent_bundle())
    story.show_t(0.5)
    story.show_place((0.1, 0.1))
    values = {key: label.text() for key, label in story.cell.values.items()}
    assert values["count"] == "400"
    assert values["error"] == "0.25"
    assert values["estimate"] == values["exact"] == "45°, 2.00"
    assert values["learned"] == "–"
    assert story.hint.isHidden()
    story.show_place((-2.0, -1.0))  # a blank cell
    assert story.cell.values["estimate"].text() == "–"
    story.show_place((30.0, 0.0))
    assert story.cell.values["count"].text() == "–"
    assert not story.hint.isHidden()


def test_errors_of_a_field_are_those_at_t(qtbot: QtBot) -> None:
    story = TangentStory()
    qtbot.addWidget(story)
    bundle = tangent_bundle()
    story.show_bundle(bundle)
    story.show_t(0.5)
    assert story.errors.values["estimate"].text() == "15.0 %"
    assert story.errors.values["noise"].text() == "12.0 %"
    assert story.errors.values["turned"].text() == "2.00°"
    assert [curve.name for curve in story.chart.curves] == ["expected", "averaged"]
    unknown = replace(tangents_of(bundle) or Tangents, errors=None, angles=None, note="Not known.")
    story.show_bundle(replace(bundle, extra=unknown))
    assert story.errors.values["estimate"].text() == "–"
    assert story.chart.invitation == "No exact field to compare with"
    assert story.note.text() == "Not known."  # once
    story.grab()


def test_why_there_is_no_exact_field_is_said_once(qtbot: QtBot) -> None:
    story, bundle = TangentStory(), tangent_bundle()
    qtbot.addWidget(story)
    why = "The exact field is known for independent pairs only; another coupling bends it."
    unknown = replace(tangents_of(bundle) or Tangents, exact=None, errors=None, note=why)
    bundle = replace(bundle, extra=unknown)
    story.show()
    for shown, error in (("estimate", False), ("estimate", True), ("exact", False)):
        blending = Blending(field=shown, show_error=error)
        document = Document(view=View(name="tangent_field"), blending=blending)
        story.show_document(document)
        story.show_bundle(bundle)
        frame = replace(frame_of(bundle), document=document)
        said = [words for words, _ in tangent_lines(stage_of(frame))]
        said += [label.text() for label in story.findChildren(QLabel) if label.isVisible()]
        said += [story.chart.invitation, caption(document, bundle)]
        assert sum(why in words for words in said) == 1


def test_the_pointer_over_the_picture_tells_its_cell(room: Workspace, qtbot: QtBot) -> None:
    show(room, "tangent_field")
    deliver(room, tangent_bundle())
    story = room.opened["blending"].right.stories["tangent_field"]
    assert isinstance(story, TangentStory)
    canvas = room.canvas
    x, y = canvas.current_camera().to_screen(
        np.array([[1.0, 0.5]], np.float32), canvas.width(), canvas.height()
    )[0]
    at = canvas.rect().topLeft()
    at.setX(round(float(x)))
    at.setY(round(float(y)))
    qtbot.mouseMove(canvas, at)
    qtbot.waitUntil(lambda: story.place is not None)
    assert story.place == pytest.approx((1.0, 0.5), abs=0.02)
    assert story.cell.values["count"].text() == "400"


def test_the_mapping_says_what_a_single_step_does(qtbot: QtBot) -> None:
    story = MappingStory()
    qtbot.addWidget(story)
    story.engine_ready()
    story.show_document(Document(solver=Solver(method="euler", steps=1)))
    assert "mean" in story.sampler.text()
    assert "16 times" in sampler_words(Document(solver=Solver(method="euler", steps=16)))
    assert "limit" in sampler_words(Document())
    one = Solver(method="euler", steps=1)
    assert "source's mean" in sampler_words(Document(solver=replace(one, direction="reverse")))
    for bent in (Document(path=Path(kind="trigonometric")), Document(coupling=Coupling(kind="ot"))):
        assert "mean" not in sampler_words(replace(bent, solver=one))
        assert "limit" not in sampler_words(bent)
    history = History(steps=np.array([1.0]), mse=np.array([2.5]), quadratic=np.array([0.5]))
    story.show_status(Status(step=12, history=history, sliced_w2=0.2, sliced_w2_floor=0.1))
    assert story.training.values["loss"].text() == "2.5"
    assert story.quality.values["ratio"].text() == "2.00 ×"


def test_what_cannot_be_done_is_told_above_the_story(room: Workspace) -> None:
    room.link.said = Status(problem="The shapes have no area.")  # type: ignore[attr-defined]
    room._show_status()
    message = room.opened["blending"].right.message
    assert (message.isVisible(), message.text()) == (True, "The shapes have no area.")
    room.link.said = Status()  # type: ignore[attr-defined]
    room._show_status()
    assert not message.isVisible()


def test_what_will_not_come_is_not_waited_for(room: Workspace) -> None:
    show(room, "blending")
    deliver(room, blend_bundle(50))
    show(room, "chain")
    story = room.opened["blending"].right.stories["chain"]
    assert isinstance(story, ChainStory)
    assert (room.canvas.caption, story.sentence.text()) == (COMING, chain_story.COMING)
    room.step_time(1)
    assert room.playback.t == 0.0
    room.link.said = Status(problem="The shapes have no area.")  # type: ignore[attr-defined]
    room._show_status()
    assert room.canvas.caption == ""
    assert story.sentence.text() == chain_story.NO_CHAINS
    assert story.far.invitation == ""


def test_nothing_is_told_of_the_chains_of_before(room: Workspace) -> None:
    story = room.opened["blending"].right.stories["chain"]
    assert isinstance(story, ChainStory)
    deliver(room, chain_bundle(6))
    assert story.whose.text()
    assert story.far.curves
    deliver(room, blend_bundle(50))  # another experiment, opened with its stored bundle
    assert (story.whose.text(), story.how.text(), story.far.curves) == ("", "", ())
    assert story.law.values["law"].text() == NONE
    assert story.far.invitation == chain_story.STUDYING


def test_captions_say_what_is_shown() -> None:
    chains = Document(view=View(name="chain"))
    assert caption(chains, chain_bundle(6)) == (
        "20 chains · N = 6 · deblended from the exact posterior"
    )
    listed = replace(chains, blending=Blending(alphas=(0.0, 1.0), deblend="rejection"))
    assert (
        caption(listed, chain_bundle(1, 1))
        == "1 chain · N = 1 at listed α · deblended by rejection"
    )
    assert caption(chains, blend_bundle(5)) == COMING  # the bundle is still the other view's
    fields = Document(view=View(name="tangent_field"), blending=Blending(samples=2000))
    averaged = "averaged field · 9 × 5 cells · all pairs of 2,000 and 2,000 samples"
    assert caption(fields, tangent_bundle()) == averaged
    exact = replace(fields, blending=Blending(field="exact"))
    assert caption(exact, tangent_bundle()) == "exact field · 9 × 5 cells"
    learned = replace(fields, blending=Blending(field="learned"))
    assert caption(learned, tangent_bundle()).endswith("untrained")
    blends = Document(view=View(name="blending"))
    assert caption(blends, blend_bundle(70)) == "70 independent pairs, blended"
    assert caption(Document(view=View(name="mapping")), tangent_bundle()) == COMING


def test_the_caption_names_the_field_that_is_chosen_at_once(room: Workspace) -> None:
    show(room, "tangent_field")
    assert room.canvas.bundle is None
    deliver(room, tangent_bundle())
    assert room.canvas.caption.startswith("averaged")
    document = room.store.document
    room.store.edit(replace(document, blending=Blending(field="exact")), "Exact")
    assert room.canvas.caption.startswith("exact field")


def test_a_chart_puts_values_in_their_place_and_leaves_gaps(qtbot: QtBot) -> None:
    chart = Chart("error", "t", log_y=True)
    qtbot.addWidget(chart)
    chart.resize(222, chart.height())
    chart.show_curves(
        Curve("a", np.array([0.0, 0.5, 1.0]), np.array([1.0, np.nan, 100.0])),
        Curve("b", np.array([0.0, 1.0]), np.array([10.0, 0.0]), dotted=True),
    )
    low, high = chart.spot(0.0, 1.0), chart.spot(1.0, 100.0)
    assert chart.spot(0.5, 10.0).y() == pytest.approx((low.y() + high.y()) / 2)
    assert low.x() < high.x()
    chart.mark(0.5)
    assert not chart.grab().isNull()
    assert chart.words().startswith("a: 0 → 1")


def test_hidden_stories_cost_nothing(room: Workspace) -> None:
    deliver(room, chain_bundle())
    panel = room.opened["blending"].right
    show(room, "blending")
    deliver(room, blend_bundle())
    assert panel.shown is panel.stories["blending"]
    sentence = panel.stories["chain"].sentence.text()  # type: ignore[attr-defined]
    room.playback.seek(0.7)
    assert panel.stories["chain"].t == 0.0
    assert panel.stories["chain"].sentence.text() == sentence  # type: ignore[attr-defined]


@pytest.mark.parametrize("view", list(stories(None)))
def test_no_story_is_wider_than_its_panel(
    qapp: QApplication, room: Workspace, qtbot: QtBot, view: str
) -> None:
    apply_theme(qapp, DARK)
    document = room.store.document
    rejecting = replace(document.blending, deblend="rejection")
    room.store.edit(replace(document, blending=rejecting), "By rejection")
    show(room, view)
    made = {"chain": chain_bundle, "tangent_field": tangent_bundle}.get(view, blend_bundle)
    deliver(room, made())
    room.opened["blending"].engine_ready()
    area = room.opened["blending"].right.findChild(QScrollArea)
    assert area is not None
    settle()
    assert area.widget().width() == area.viewport().width()


def test_the_whole_story_of_a_chain_is_seen_at_the_design_size(
    qapp: QApplication, room: Workspace, qtbot: QtBot
) -> None:
    apply_theme(qapp, DARK)
    deliver(room, chain_bundle())
    room.resize(1280, 697)
    area = room.opened["blending"].right.findChild(QScrollArea)
    assert area is not None
    settle()
    assert area.verticalScrollBar().maximum() == 0


def test_the_law_s_figures_fit_into_the_panel(room: Workspace, qapp: QApplication) -> None:
    apply_theme(qapp, DARK)
    whole = chain_bundle(16)
    assert chain_of(whole) is not None
    a = np.array([0.0, 1.0], np.float32)
    law = Marginals(
        alphas=a,
        distance=0 * a + 0.0123,
        error=0 * a + 0.00123,
        floor=0 * a + 0.0456,
        floor_error=0 * a + 0.00345,
        spread=0 * a + 0.00789,
        count=9,
    )
    deliver(room, replace(whole, extra=replace(chain_of(whole), marginals=law)))
    assert "blending" in room.opened
    panel = room.opened["blending"].right
    values = panel.stories["chain"].law.values  # type: ignore[attr-defined]
    assert [label.text() for label in values.values()] == ["0.012 ± 0.001", "0.046 ± 0.003"]
    assert "As good as fresh samples" in values["law"].toolTip()
    left, _, right, _ = panel.column.getContentsMargins()  # type: ignore[misc]
    assert panel.stories["chain"].minimumSizeHint().width() <= RIGHT_WIDTH - left - right
