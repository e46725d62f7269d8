"""The forward process beside the reverse one: its pictures, figures, caption and controls."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from flowlab.core.reflected.results import both_ways_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.reflected.both_ways import PICTURES, apart_words
from flowlab.ui.reflected.both_ways_story import FIGURES, BothWaysStory
from flowlab.ui.reflected.captions import caption
from flowlab.ui.reflected.controls import BothWaysControls
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from tests.helpers.between_walls import between_walls, bundle_of

DOCUMENT = between_walls("forward_and_reverse", 300, width=9.0, reverse_steps=20, start="target")


def test_both_pictures_show_the_same_t_and_say_how_far_they_are_apart() -> None:
    bundle = bundle_of(DOCUMENT)
    both = both_ways_of(bundle)
    assert both is not None
    shown = Frame(document=DOCUMENT, bundle=bundle, t=0.52)
    assert PICTURES.is_tiled(shown)
    ahead, back = PICTURES.pictures(shown)
    assert ahead.frame.t == back.frame.t == both.panes[0].bundle.times[10]
    assert (ahead.title, back.title) == ("Forward process", "Reverse SDE")
    assert back.lines[2] == apart_words(both.moments[2])
    assert back.lines[2].endswith("× floor")
    assert apart_words(None).endswith("…")
    old = replace(shown, blend_from=bundle)
    assert PICTURES.pictures(old)[0].frame.blend_from is both.panes[0].bundle
    assert PICTURES.reach(shown)[0] < -4.5


def test_the_distances_are_those_near_t(qtbot: QtBot) -> None:
    story, bundle = BothWaysStory(), bundle_of(DOCUMENT)
    qtbot.addWidget(story)
    both = both_ways_of(bundle)
    assert both is not None
    story.show_bundle(bundle)
    story.show_t(0.99)
    last = both.moments[-1]
    assert story.figures.values["t"].text() == "1.00"
    assert story.figures.values["ratio"].text() == f"{last.apart / last.floor:.2f}"
    other = between_walls("reflected_sampling", width=9.0, reverse_steps=8, flow_steps=8)
    story.show_bundle(bundle_of(other))
    assert [story.figures.values[name].text() for name in FIGURES] == [NONE] * len(FIGURES)
    words = caption(DOCUMENT, bundle)
    assert words == "300 particles each way · square walls · 20 steps · exact score"
    assert caption(DOCUMENT, bundle_of(other)) == COMING


def test_the_exact_score_is_all_there_is_without_a_learned_one(qtbot: QtBot) -> None:
    controls = BothWaysControls(DOCUMENT)
    qtbot.addWidget(controls)
    assert controls.exact.isChecked()
    assert not controls.exact.isEnabled()
    assert controls.outside is not None
