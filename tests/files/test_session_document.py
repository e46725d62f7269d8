"""The document's part of a session: arrays by digest, formats and views that are not known."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Points
from flowlab.core.document.view import View
from flowlab.files.container import opened_zip
from flowlab.files.session_document import FORMAT, pack_document, unpack_document
from tests.files.zips import zipped

CLOUD = Array(np.random.default_rng(0).normal(size=(7, 2)))
DOCUMENT = Document(source=Points(points=CLOUD), target=Points(points=CLOUD), seed=4)


def unpacked(members: dict[str, bytes]) -> tuple[Document, tuple[str, ...]]:
    with opened_zip(io.BytesIO(zipped(members)), lambda _: None) as parts:
        return unpack_document(parts)


def changed(**head: Any) -> dict[str, bytes]:
    members = dict(pack_document(DOCUMENT))
    plain = json.loads(bytes(members["document.json"])) | head
    return members | {"document.json": json.dumps(plain).encode()}


def test_an_array_that_two_shapes_share_is_packed_once() -> None:
    members = dict(pack_document(DOCUMENT))
    assert len(members) == 2
    (name,) = (name for name in members if name.endswith(".npy"))
    np.testing.assert_array_equal(np.load(io.BytesIO(bytes(members[name]))), CLOUD.values)
    assert unpacked(members) == (DOCUMENT, ())


def test_without_a_document_it_is_no_file_of_ours() -> None:
    with pytest.raises(Invalid, match="holds no document, so it is not a FlowLab file"):
        unpacked({"other.json": b"{}"})


@pytest.mark.parametrize("version", [None, True, "1", 0, 1.0])
def test_a_format_is_a_number_from_one_on(version: object) -> None:
    with pytest.raises(Invalid, match="does not say which format it has"):
        unpacked(changed(format=version))


@pytest.mark.parametrize(("maker", "words"), [("FlowLab 99", "FlowLab 99"), (3, "a newer FlowLab")])
def test_a_newer_format_is_told_with_its_maker(maker: object, words: str) -> None:
    with pytest.raises(Invalid, match=f"it was made by {words}; update FlowLab"):
        unpacked(changed(format=FORMAT + 1, made_by=maker))


@pytest.mark.parametrize(("name", "words"), [("hologram", "'hologram'"), (7, "does not say which")])
def test_a_view_that_is_not_known_is_shown_as_the_usual_one(name: object, words: str) -> None:
    plain = json.loads(bytes(dict(pack_document(DOCUMENT))["document.json"]))["document"]
    plain["view"] = {**plain.get("view", {}), "name": name, "particles": 321}
    document, (remark,) = unpacked(changed(document=plain))
    assert words in remark
    assert document == replace(DOCUMENT, view=View(particles=321))


def test_an_array_that_is_missing_is_told() -> None:
    members = {k: v for k, v in pack_document(DOCUMENT).items() if not k.endswith(".npy")}
    with pytest.raises(Invalid):
        unpacked(members)
    with zipfile.ZipFile(io.BytesIO(zipped(members))) as archive:
        assert archive.namelist() == ["document.json"]
