"""A form that is created when first shown, with all earlier calls applied."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from flowlab.core.document.solver import Solver
from flowlab.ui.forms.lazy_form import LazyForm


def test_it_is_made_once_with_its_newest_value_and_what_is_forbidden(qtbot: QtBot) -> None:
    lazy = LazyForm(Solver(), fields=["method", "steps"])
    qtbot.addWidget(lazy)
    lazy.set_value(replace(Solver(), steps=7))
    lazy.forbid("method", "There is but one.")
    lazy.forbid_option("method", "rk4", "Too good.")
    assert lazy.form is None
    lazy.show()
    form = lazy.form
    assert form is not None
    assert list(form.fields) == ["method", "steps"]
    assert form.fields["steps"].box.value() == 7  # type: ignore[attr-defined]
    assert not form.fields["method"].isEnabled()
    combo = form.fields["method"].combo  # type: ignore[attr-defined]
    row = combo.model().index(combo.findData("rk4"), 0)
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    assert row.data(Qt.ItemDataRole.ToolTipRole) == "Too good."
    lazy.forbid_option("method", "rk4", "")
    assert row.flags() & Qt.ItemFlag.ItemIsEnabled
    lazy.hide()
    lazy.show()
    assert lazy.form is form


def test_it_tells_what_its_form_tells_and_no_more(qtbot: QtBot) -> None:
    lazy = LazyForm(Solver(), fields=["steps"])
    qtbot.addWidget(lazy)
    heard: list[object] = []
    lazy.edited.connect(heard.append)
    lazy.settled.connect(lambda: heard.append("settled"))
    lazy.show()
    assert lazy.form is not None
    lazy.set_value(replace(Solver(), steps=9))
    assert heard == []
    lazy.form.fields["steps"].box.setValue(4)  # type: ignore[attr-defined]
    assert replace(Solver(), steps=4) in heard


def test_what_was_forbidden_is_allowed_again(qtbot: QtBot) -> None:
    lazy = LazyForm(Solver(), fields=["steps"])
    qtbot.addWidget(lazy)
    lazy.forbid("steps", "Not now.")
    lazy.show()
    assert lazy.form is not None
    assert not lazy.form.fields["steps"].isEnabled()
    lazy.forbid("steps", "")
    assert lazy.form.fields["steps"].isEnabled()
