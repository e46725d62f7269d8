"""Moments of training in a session: written, bounded, read back, and not needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import Weights
from flowlab.files import session
from tests.files.zips import members_of, zipped

DOCUMENT = Document(network=Network(width=6, depth=1))


def weights(step: int) -> Weights:
    arrays = Trainer(DOCUMENT).weights().arrays
    return Weights(step=step, arrays={n: a.astype(np.float16) for n, a in arrays.items()})


def test_snapshots_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    kept = [weights(step) for step in (0, 2, 40, 1000)]
    path = tmp_path / "a.flowlab"
    session.save(path, DOCUMENT, weights(1001), snapshots=kept)
    back = session.load(path)
    assert [moment.step for moment in back.snapshots] == [0, 2, 40, 1000]
    for a, b in zip(kept, back.snapshots, strict=True):
        for name, value in a.arrays.items():
            np.testing.assert_array_equal(b.arrays[name], value)
    assert back.weights is not None
    assert back.weights.step == 1001


def test_a_session_without_snapshots_opens_as_before(tmp_path: Path) -> None:
    session.save(tmp_path / "a.flowlab", DOCUMENT, weights(3))
    assert session.load(tmp_path / "a.flowlab").snapshots == ()
    assert b"moments/" not in (tmp_path / "a.flowlab").read_bytes()


def test_no_more_snapshots_are_written_or_read_than_a_file_may_hold() -> None:
    many = [weights(step) for step in range(50)]
    content = session.pack(DOCUMENT, weights(60), snapshots=many)
    assert len(session.unpack(content).snapshots) == session.SNAPSHOTS
    assert len(content) < 400_000


def test_of_too_many_snapshots_the_last_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [weights(step) for step in range(50)]
    monkeypatch.setattr(session, "SNAPSHOTS", 50)
    content = session.pack(DOCUMENT, weights(60), snapshots=many)
    monkeypatch.undo()
    assert [moment.step for moment in session.unpack(content).snapshots] == list(range(18, 50))


@pytest.mark.parametrize("damage", ["cut", "twice"])
def test_damaged_snapshots_are_told_in_words(damage: str) -> None:
    members = members_of(session.pack(DOCUMENT, snapshots=[weights(4)]))
    name = next(name for name in members if name.startswith("moments/"))
    if damage == "cut":
        members[name] = members[name][:50]
    else:
        members["moments/9.safetensors"] = members[name]
    with pytest.raises(Invalid, match="damaged"):
        session.unpack(zipped(members))


def test_snapshots_of_another_network_are_refused() -> None:
    other = Document(network=Network(width=7, depth=1))
    members = members_of(session.pack(other, snapshots=[weights(4)]))
    members["document.json"] = members_of(session.pack(DOCUMENT))["document.json"]
    with pytest.raises(Invalid, match="another network"):
        session.unpack(zipped(members))


STEPS = 2**53


def test_training_that_went_on_beyond_all_steps_can_be_opened_again() -> None:
    kept = [weights(step) for step in (7, STEPS - 1, STEPS, STEPS + 64)]
    last = weights(STEPS + 64)
    late = Weights(step=last.step, seconds=1e13, arrays=last.arrays)
    back = session.unpack(session.pack(DOCUMENT, late, snapshots=kept))
    assert back.weights is not None
    assert back.weights.step == STEPS - 1
    assert 9e11 < back.weights.seconds < 1e12
    assert [moment.step for moment in back.snapshots] == [7, STEPS - 1]


def changed(kept: Weights, change: str) -> Weights:
    """With one array too short, none, one more, or a scalar in its place."""
    name = "net.0.weight"
    arrays = {k: v for k, v in kept.arrays.items() if change != "missing" or k != name}
    other = {"short": kept.arrays[name][:-1], "scalar": np.ones(())}
    if change in other:
        arrays[name] = other[change]
    return Weights(step=kept.step, arrays=arrays | ({"x": np.ones(1)} if change == "more" else {}))


@pytest.mark.parametrize("change", ["short", "scalar", "missing", "more"])
def test_snapshots_of_another_layout_than_the_weights_are_refused(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = [weights(2), changed(weights(4), change)]
    left_out = session.unpack(session.pack(DOCUMENT, weights(9), snapshots=odd))
    assert [moment.step for moment in left_out.snapshots] == [2]
    monkeypatch.setattr(session, "alike", lambda _, snapshots: snapshots)
    for own in (weights(9), None):
        with pytest.raises(Invalid, match="its weights are damaged"):
            session.unpack(session.pack(DOCUMENT, own, snapshots=odd))


def test_snapshots_from_before_there_was_an_array_stay() -> None:
    """Files of the first versions have no `standard.cross`; trained on, their weights have."""
    old = weights(4)
    arrays = {name: value for name, value in old.arrays.items() if name != "standard.cross"}
    assert len(arrays) == len(old.arrays) - 1
    snapshots = [Weights(step=4, arrays=arrays), weights(8)]
    assert (
        len(session.unpack(session.pack(DOCUMENT, weights(9), snapshots=snapshots)).snapshots) == 2
    )
