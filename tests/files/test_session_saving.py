"""What is saved can be read again, or is not saved: the largest legal sessions too."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Grid, Points, Shape, Stroke
from flowlab.core.learning.networks import build_network
from flowlab.core.learning.weights import Weights
from flowlab.files import container, encoding, session, session_parts
from tests.files.zips import members_of

DOCUMENT = Document(seed=3)


@pytest.mark.slow
def test_a_drawing_of_very_many_strokes_is_read_again(tmp_path: Path) -> None:
    paths = np.random.default_rng(0).normal(size=(4000, 5, 3))
    strokes = tuple(Stroke(path=Array(path), seed=k) for k, path in enumerate(paths))
    document = Document(source=Drawing(strokes=strokes), target=Drawing(strokes=strokes[::-1]))
    session.save(tmp_path / "a.flowlab", document)
    assert session.load(tmp_path / "a.flowlab").document == document


def test_the_bounds_leave_room_for_the_largest_drawings() -> None:
    """Two of 100,000 strokes: parts, containers, separators and bytes, from those of one stroke."""
    stroke = Stroke(path=Array(np.ones((1, 3))), size=0.123456789012345, seed=2**31 - 1)
    sizes = []
    for count in (1001, 1002):
        strokes = (*(replace(stroke, path=Array(np.full((1, 3), k))) for k in range(count)),)
        members = members_of(session.pack(Document(target=Drawing(strokes=strokes))))
        text = members["document.json"]
        marks = text.count(b"{") + text.count(b"["), text.count(b",") + text.count(b":")
        sizes.append(np.array([len(members), *marks, len(text)]))
    each, rest = sizes[1] - sizes[0], 1000
    limits = [container.MOST_PARTS, *astuple(encoding.DOCUMENT), 64_000_000]
    assert (200_000 * each + rest * (each > 5) <= limits).all()
    assert each.tolist()[:3] == [1, 1, 20]


@pytest.mark.slow
def test_the_largest_network_and_its_snapshots_are_read_again(tmp_path: Path) -> None:
    network = Network(width=1024, depth=10, waves="on", space_features=64, time_features=16)
    arrays = {k: v.numpy() for k, v in build_network(network).state_dict().items()}
    half = {k: v.astype(np.float16) if v.size > 256 else v for k, v in arrays.items()}
    snapshots = [Weights(step=step, arrays=half) for step in range(4)]
    session.save(
        tmp_path / "a.flowlab",
        Document(network=network),
        Weights(step=9, arrays=arrays),
        snapshots=snapshots,
    )
    told: list[float] = []
    opened = session.load(tmp_path / "a.flowlab", told.append)
    assert opened.weights is not None
    assert [moment.step for moment in opened.snapshots] == [0, 1, 2, 3]
    assert len(told) > 100  # a MB or so between two chances to stop
    assert max(np.diff(told)) < 0.02


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    cloud = Points(points=Array(np.zeros((2_000_001, 2))))
    with pytest.raises(Invalid, match=r"cannot be saved: document.target.points holds 2,000,001 p"):
        session.save(tmp_path / "a.flowlab", Document(target=cloud))
    with pytest.raises(Invalid, match=r"too much to save: arrays/x.npy .*larger than 64 MB"):
        session_parts.check_readable({"arrays/x.npy": bytes(64_000_001)})
    with pytest.raises(Invalid, match="losses"):
        session.pack(DOCUMENT, losses={"step": np.arange(3.0)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "shape",
    [
        Points(points=Array(np.zeros((0, 2)))),
        Points(points=Array(np.zeros((3, 3)))),
        Points(points=Array(np.zeros((2, 2))), labels=Array([0.0, np.nan])),
        Drawing(strokes=(Stroke(path=Array(np.zeros((4, 2)))),)),
        pytest.param(
            Drawing(strokes=(Stroke(path=Array(np.zeros((1, 3)))),) * 100_001),
            marks=pytest.mark.slow,
        ),
        Grid(density=Array(np.zeros((3, 0)))),
    ],
)
def test_a_document_that_could_not_be_read_again_is_not_written(shape: Shape) -> None:
    with pytest.raises(Invalid, match=r"This cannot be saved: document\.target"):
        session.pack(Document(target=shape))


def test_snapshots_are_left_out_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {"w": np.zeros(1000, np.float32)}
    snapshots = [Weights(step=step, arrays=arrays) for step in range(20)]
    monkeypatch.setattr(session, "_MOST_SNAPSHOT_BYTES", 25_000)
    opened = session.unpack(session.pack(DOCUMENT, snapshots=snapshots))
    assert [moment.step for moment in opened.snapshots] == [15, 16, 17, 18, 19]


def test_names_with_what_is_no_character_are_read_again() -> None:
    """A file name that is no UTF-8 comes as lone surrogates, which JSON cannot hold."""
    opened = session.unpack(session.pack(DOCUMENT, state={"path": "/a/\udcff.flowlab"}))
    assert opened.state == {"path": "/a/?.flowlab"}
