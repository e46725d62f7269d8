from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from flowlab.core.document import RECIPES, Document, recipe_of
from flowlab.core.gallery import named
from flowlab.ui.left_panel import LeftPanel


def panel(qtbot: QtBot) -> tuple[LeftPanel, list[Document]]:
    made, heard = LeftPanel(Document()), []
    made.edited.connect(lambda document, *_: (heard.append(document), made.show_document(document)))
    qtbot.addWidget(made)
    made.show()
    return made, heard


def test_forms_are_made_when_their_section_opens_and_show_the_document(qtbot: QtBot) -> None:
    left, heard = panel(qtbot)
    assert left.training.form is None
    left.show_document(replace(Document(), training=replace(Document().training, batch=512)))
    left._network_section.head.click()
    assert left.training.form is not None
    assert left.training.form.value.batch == 512
    assert heard == []


def test_parameters_follow_the_kind_of_the_shape(qtbot: QtBot) -> None:
    left, heard = panel(qtbot)
    left.target.tune.click()
    left.show_document(replace(Document(), target=named("spiral")))
    assert left.target.form.form is not None
    assert "turns" in left.target.form.form.fields
    assert heard == []


def test_a_recipe_is_one_edit_of_network_and_training(qtbot: QtBot) -> None:
    left, heard = panel(qtbot)
    for name in RECIPES:
        left.recipe.setCurrentIndex(left.recipe.findData(name))
        left.recipe.activated.emit(left.recipe.currentIndex())
        assert recipe_of(left.document) == name
    assert heard[-1].network.kind == "iadb"


def test_only_the_solvers_own_settings_are_shown(qtbot: QtBot) -> None:
    left, _ = panel(qtbot)
    left._solver_section.head.click()
    assert left.fixed.isVisible()
    assert not left.adaptive.isVisible()
    adaptive = replace(Document().solver, method="dopri5")
    left.show_document(replace(Document(), solver=adaptive))
    assert left.adaptive.isVisible()
    assert not left.fixed.isVisible()
