from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.recipes import RECIPES, recipe_of
from flowlab.scene.base.style import DARK
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.flow.left_panel import LeftPanel


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


def test_colour_and_raw_weights_stand_with_the_layers_and_edit_the_view(qtbot: QtBot) -> None:
    left, heard = panel(qtbot)
    for key in ("class", "start", "speed", "time"):
        left.colour.setCurrentIndex(left.colour.findData(key))
        left.colour.activated.emit(left.colour.currentIndex())
        assert heard[-1].view.colour == key
    left.layers["show_raw"].click()
    assert heard[-1].view.show_raw
    assert list(left.layers)[:2] == ["show_particles", "show_trails"]


def test_they_are_offered_only_where_they_would_show_something(qtbot: QtBot) -> None:
    left, _ = panel(qtbot)
    raw, document = left.layers["show_raw"], Document()
    assert raw.isEnabled()
    assert left.colour.isEnabled()
    left.show_document(replace(document, training=replace(document.training, ema=0.0)))
    assert not raw.isEnabled()  # the picture shows the raw weights already
    hidden = replace(document.view, show_particles=False)
    left.show_document(replace(document, view=hidden))
    assert not raw.isEnabled()
    assert left.colour.isEnabled()  # it colours the trails
    left.show_document(replace(document, view=replace(hidden, show_trails=False)))
    assert not left.colour.isEnabled()


def test_waves_and_the_exact_target_are_in_the_forms_and_details_folded_away(qtbot: QtBot) -> None:
    left, heard = panel(qtbot)
    left._network_section.head.click()
    network, training = left.network.form, left.training.form
    assert network is not None
    assert training is not None
    assert not network.fields["waves"].isHidden()
    assert network.fields["space_features"].isHidden()
    network.more.click()
    assert not network.fields["space_features"].isHidden()
    box = training.fields["target"].combo  # type: ignore[attr-defined]
    box.setCurrentIndex(box.findData("exact"))
    assert heard[-1].training.target == "exact"
    assert "no noise" in box.toolTip()


def test_the_whole_panel_is_seen_at_the_design_size(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, DARK)
    left, _ = panel(qtbot)
    area = left.findChild(QScrollArea)
    assert area is not None
    left.resize(left.width(), 717)  # the height left by a window of 1280 x 800
    qtbot.waitUntil(lambda: area.viewport().height() > 600)
    assert area.verticalScrollBar().maximum() == 0


def test_the_network_is_conditional_only_where_the_target_has_classes(qtbot: QtBot) -> None:
    left, heard = panel(qtbot)
    left._network_section.head.click()
    form = left.network.form
    assert form is not None
    field = form.fields["conditional"]
    assert field.isEnabled()
    field.check.click()  # type: ignore[attr-defined]
    assert heard[-1].network.conditional
    plain = replace(Document(), target=named("gaussian"))
    left.show_document(plain)
    assert not field.isEnabled()
    assert "“Gaussian”, has no classes" in field.toolTip()
    assert "“Gaussian”, has no classes" in field.check.toolTip()  # type: ignore[attr-defined]
    left.show_document(replace(plain, network=heard[-1].network))
    assert field.isEnabled()  # a switch that is on can be switched off
    left.recipe.setCurrentIndex(left.recipe.findData("IADB tutorial"))
    left.recipe.activated.emit(left.recipe.currentIndex())
    assert heard[-1].network.kind == "iadb"
    assert heard[-1].network.conditional  # a recipe doesn't set it
    assert recipe_of(heard[-1]) == "IADB tutorial"
    assert "class" in field.check.toolTip()  # type: ignore[attr-defined]
