"""The (t, x) view's panels: the direction reaches the document, and the words fit what is shown."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.stochastic.settings import Stochastic
from flowlab.ui.stochastic.controls import CONTROLS
from flowlab.ui.stochastic.time_plane_story import READ, WRONG, TimePlaneStory
from tests.helpers.events import settle

DOCUMENT = Document(view=View(name="time_plane"), stochastic=Stochastic(angle=30.0))


def test_its_controls_have_a_direction_and_the_other_views_none(qtbot: QtBot) -> None:
    for view, there in (("time_plane", True), ("processes", False)):
        made = CONTROLS[view](DOCUMENT)
        qtbot.addWidget(made)
        names = {name for form, _ in made._forms for name in form.fields}
        assert ("angle" in names) is there


def test_naive_noise_is_spoken_of_only_where_it_is_shown(qtbot: QtBot) -> None:
    story = TimePlaneStory()
    qtbot.addWidget(story)
    settle()
    for naive in (True, False):
        settings = replace(DOCUMENT.stochastic, naive=naive)
        story.show_document(replace(DOCUMENT, stochastic=settings))
        story.renew()
        assert story.read.text() == (f"{READ} {WRONG}" if naive else READ)
