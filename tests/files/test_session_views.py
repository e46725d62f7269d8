"""Views: one list of names for all layers, and a file whose view is not among them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.view import View
from flowlab.core.views.registry import VIEWS
from flowlab.files import session
from tests.files.zips import members_of, zipped

SAVED = Document(view=View(name="density", particles=77), seed=5)


def seen_in(name: Any) -> session.Session:
    """What is opened of a file that was last seen in the view `name`."""
    members = members_of(session.pack(SAVED))
    head = json.loads(members["document.json"])
    head["document"]["view"]["name"] = name
    return session.unpack(zipped(members | {"document.json": json.dumps(head).encode()}))


def test_a_document_has_no_other_view() -> None:
    with pytest.raises(Invalid, match="View: 'films' is not one of trajectories, density"):
        View(name="films")


@pytest.mark.parametrize("name", ["reflected", "", "a\nb", "x" * 5000, "😀"])
def test_an_unknown_view_is_told_and_loses_nothing_else(name: str) -> None:
    opened = seen_in(name)
    assert opened.document == replace(SAVED, view=replace(SAVED.view, name="trajectories"))
    (remark,) = opened.remarks
    assert f"in the view {name[:40]!r}, which this FlowLab doesn't know" in remark
    assert "is shown as trajectories" in remark
    assert "\n" not in remark
    assert len(remark) < 250


@pytest.mark.parametrize("name", [None, True, 7, 1e300, [], {"a": []}, ["density"]])
def test_a_view_that_is_no_text_is_told_too(name: Any) -> None:
    opened = seen_in(name)
    assert opened.document.view == replace(SAVED.view, name="trajectories")
    assert opened.remarks == (
        "It does not say which view it was last seen in, and is shown as trajectories.",
    )


@pytest.mark.parametrize("name", list(VIEWS))
def test_a_known_view_is_not_remarked_on(name: str) -> None:
    opened = seen_in(name)
    assert opened.document.view.name == name
    assert opened.remarks == ()
