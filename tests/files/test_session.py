"""A session comes back as it was; anything else is refused with one sentence."""

from __future__ import annotations

import contextlib
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Points, Ring, Stroke
from flowlab.core.document.view import View
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import Weights
from flowlab.core.views.bundle import Bundle
from flowlab.files import atomic, encoding, session
from tests.files.zips import members_of, zipped

DOCUMENT = Document(
    source=Drawing(strokes=(Stroke(path=Array(np.ones((4, 3)))),)),
    target=Points(points=Array(np.random.default_rng(0).normal(size=(9, 2)))),
    network=Network(width=4, depth=1),
    seed=7,
)
ARRAYS = {
    "w": np.arange(6, dtype=np.float32).reshape(2, 3),
    "steps": np.array(12, dtype=np.int64),
}
WEIGHTS = Weights(step=12, seconds=1.5, arrays=ARRAYS)


def test_lines_and_reflow_pairs_are_kept(tmp_path: Path) -> None:
    pairs = np.random.default_rng(2).normal(size=(5, 4))
    coupling = Coupling(
        kind="reflow", generation=3, pairs=Array(pairs), lines=Array(pairs[:2]), ends="abc"
    )
    document = replace(DOCUMENT, coupling=coupling)
    session.save(tmp_path / "a.flowlab", document)
    assert session.load(tmp_path / "a.flowlab").document == document


def trajectory() -> Bundle:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(3, 10, 2)).astype(np.float32)
    return Bundle(
        times=np.linspace(0, 1, 3, dtype=np.float32),
        points=points,
        knot_velocities=points[::-1].copy(),
        source=points[0].copy(),
        target=points[2].copy(),
        method="rk4",
        evaluations=8,
        step=12,
    )


GOOD = session.pack(DOCUMENT, WEIGHTS, preview=trajectory(), state={"t": 0.25, "playing": True})


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.flowlab"
    session.save(path, DOCUMENT, WEIGHTS, preview=trajectory(), state={"t": 0.25, "playing": True})
    back = session.load(path)
    assert back.document == DOCUMENT
    assert back.state == {"t": 0.25, "playing": True}
    assert back.weights is not None
    assert (back.weights.step, back.weights.seconds) == (12, 1.5)
    assert set(back.weights.arrays) == set(ARRAYS)
    for name, value in ARRAYS.items():
        assert back.weights.arrays[name].dtype == value.dtype
        np.testing.assert_array_equal(back.weights.arrays[name], value)
    assert back.preview is not None
    np.testing.assert_allclose(back.preview.points, trajectory().points, atol=2e-3)
    assert (back.preview.method, back.preview.evaluations) == ("rk4", 8)


def test_a_bare_document_comes_back_alone() -> None:
    back = session.unpack(session.pack(Document()))
    assert (back.document, back.weights, back.preview, dict(back.state)) == (
        Document(),
        None,
        None,
        {},
    )


def test_the_same_session_makes_the_same_file() -> None:
    again = session.pack(
        DOCUMENT, WEIGHTS, preview=trajectory(), state={"playing": True, "t": 0.25}
    )
    assert again == GOOD


def test_saving_keeps_the_previous_version(tmp_path: Path) -> None:
    path = tmp_path / "a.flowlab"
    session.save(path, Document(seed=1))
    session.save(path, Document(seed=2))
    assert session.load(path).document.seed == 2
    assert session.load(tmp_path / "a.flowlab~").document.seed == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.flowlab", "a.flowlab~"]


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.flowlab"
    session.save(path, Document(seed=1))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Invalid, match="no space left on device"):
        session.save(path, Document(seed=2))
    monkeypatch.undo()
    assert session.load(path).document.seed == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.flowlab"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "a.flowlab"
    with pytest.raises(Invalid, match="no such file"):
        session.save(missing, Document())
    with pytest.raises(Invalid, match="no such file"):
        atomic.check_writable(missing)
    with pytest.raises(Invalid, match="is a folder"):
        atomic.check_writable(tmp_path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no such file"):
        session.load(tmp_path / "none.flowlab")
    with pytest.raises(Invalid, match="cannot be opened"):
        session.load(tmp_path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_flipped_bytes_are_refused_or_harmless(data: st.DataObject) -> None:
    broken = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] ^= data.draw(st.integers(1, 255))
    only_invalid(bytes(broken))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1))
def test_a_truncated_file_is_refused(length: int) -> None:
    with pytest.raises(Invalid):
        session.unpack(GOOD[:length])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_a_foreign_file_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        session.unpack(content)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_part_in_a_sound_zip_is_refused_or_harmless(data: st.DataObject) -> None:
    members = members_of(GOOD)
    name = data.draw(st.sampled_from(sorted(members)))
    part = bytearray(members[name])
    part[data.draw(st.integers(0, min(len(part), 400) - 1))] ^= data.draw(st.integers(1, 255))
    only_invalid(zipped(members | {name: bytes(part)}))


def only_invalid(content: bytes) -> None:
    with contextlib.suppress(Invalid):
        session.unpack(content)


def with_head(**changes: object) -> bytes:
    members = members_of(GOOD)
    head = json.loads(members["document.json"]) | changes
    return zipped(members | {"document.json": json.dumps(head).encode()})


def test_a_file_of_the_future_says_so() -> None:
    with pytest.raises(Invalid, match=r"made by FlowLab 9\.9; update FlowLab"):
        session.unpack(with_head(format=2, made_by="FlowLab 9.9"))


@pytest.mark.parametrize("version", [None, "1", True, 0, 1.0])
def test_a_file_without_a_format_is_refused(version: object) -> None:
    with pytest.raises(Invalid, match="format"):
        session.unpack(with_head(format=version))


def test_weights_of_another_network_are_refused() -> None:
    members = members_of(GOOD)
    other = members_of(session.pack(Document(), WEIGHTS))
    swapped = members | {"weights.safetensors": other["weights.safetensors"]}
    with pytest.raises(Invalid, match="another network"):
        session.unpack(zipped(swapped))


def test_weights_that_are_not_finite_are_refused() -> None:
    broken = Weights(step=1, seconds=1.0, arrays={"w": np.array([1.0, np.nan])})
    with pytest.raises(Invalid, match="finite"):
        session.unpack(session.pack(DOCUMENT, broken))


def test_a_pickle_is_never_loaded() -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(Invalid, match="damaged"):
        encoding.unpack_npy(stream.getvalue(), "arrays/x.npy")


def test_an_array_may_not_promise_more_than_it_holds() -> None:
    content = encoding.to_npy(np.zeros((2, 2)))
    with pytest.raises(Invalid, match="damaged"):
        encoding.unpack_npy(content.replace(b"(2, 2)", b"(9, 9)"), "x")


@pytest.mark.parametrize(
    "preview",
    [
        {"times": np.array([1.0, 0.0, 0.5])},
        {"points": np.zeros((2, 5, 2))},
        {"points": np.zeros((3, 5))},
        {"slopes": np.zeros((3, 4, 2))},
        {"source": np.zeros(4)},
        {"target": np.full((1, 2), np.inf)},
    ],
)
def test_a_preview_that_is_no_trajectory_is_refused(preview: dict[str, np.ndarray]) -> None:
    members = members_of(GOOD)
    members |= {f"preview/{name}.npy": encoding.to_npy(value) for name, value in preview.items()}
    with pytest.raises(Invalid, match="preview"):
        session.unpack(zipped(members))


def test_weights_saved_before_the_network_had_a_field_are_opened() -> None:
    """A program of next year adds a field: today's sessions must not be lost by it."""
    members = members_of(GOOD)
    content = members["weights.safetensors"]
    assert b'\\"waves\\": \\"auto\\", ' in content
    older = content.replace(b'\\"waves\\": \\"auto\\", ', b"")
    size = int.from_bytes(older[:8], "little") - (len(content) - len(older))
    opened = session.unpack(
        zipped(members | {"weights.safetensors": size.to_bytes(8, "little") + older[8:]})
    )
    assert opened.weights is not None


CONDITIONAL = Document(
    target=Ring(count=3), network=Network(width=8, depth=1, conditional=True, waves="off")
)


def test_a_conditional_network_comes_back_with_its_classes(tmp_path: Path) -> None:
    document = replace(CONDITIONAL, view=View(name="conditions", condition=2))
    trainer = Trainer(document)
    trainer.advance(3)
    session.save(tmp_path / "a.flowlab", document, trainer.weights())
    back = session.load(tmp_path / "a.flowlab")
    assert back.document == document
    assert back.weights is not None
    assert back.weights.arrays["classes"].tolist() == [0, 1, 2]
    x, c = np.zeros((4, 2), np.float32), torch.tensor([0, 1, 2, 0])
    mine, other = (field_of(document, w) for w in (trainer.weights(), back.weights))
    at = torch.from_numpy(x)
    assert torch.equal(mine.velocity(at, 0.5, c), other.velocity(at, 0.5, c))
    resumed = Trainer(back.document)
    resumed.load(back.weights)
    assert resumed.step == 3


def test_a_file_from_before_there_were_conditions_is_a_plain_network(tmp_path: Path) -> None:
    """It says nothing of `conditional` and `condition`, neither in its document nor its weights."""
    document = replace(CONDITIONAL, network=replace(CONDITIONAL.network, conditional=False))
    members = members_of(session.pack(document, Trainer(document).weights()))
    head = json.loads(members["document.json"])
    del head["document"]["network"]["conditional"], head["document"]["view"]["condition"]
    members["document.json"] = json.dumps(head).encode()
    written = members["weights.safetensors"]
    said = b'\\"conditional\\": false, '
    assert said in written
    members["weights.safetensors"] = written.replace(said, b" " * len(said))
    old = session.unpack(zipped(members))
    assert old.document == document
    assert old.weights is not None
    assert field_of(old.document, old.weights).classes == ()
    with pytest.raises(Invalid, match="another kind or size"):
        field_of(CONDITIONAL, old.weights)
