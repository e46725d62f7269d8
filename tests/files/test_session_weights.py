"""Weights in a session are checked: their note, their header and their classes."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.learning.networks import build_network
from flowlab.core.learning.weights import Weights
from flowlab.files import session
from tests.files.zips import members_of, zipped

DOCUMENT = Document(network=Network(width=4, depth=1))
WEIGHTS = Weights(step=12, seconds=1.5, arrays={"w": np.ones((2, 3), np.float32)})


def opened_with(weights: bytes) -> session.Session:
    """What is read of a session with other weights."""
    return session.unpack(
        zipped(members_of(session.pack(DOCUMENT)) | {"weights.safetensors": weights})
    )


def with_header(change: dict[str, Any], note: dict[str, Any] | None = None) -> bytes:
    """The good weights with other entries in their header, or in their note."""
    content = members_of(session.pack(DOCUMENT, WEIGHTS))["weights.safetensors"]
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    told = json.loads(header["__metadata__"]["flowlab"]) | (note or {})
    header["__metadata__"]["flowlab"] = json.dumps(told)
    text = json.dumps(header | change).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + size :]


def test_good_weights_survive_the_header() -> None:
    back = opened_with(with_header({})).weights
    assert back is not None
    assert (back.step, back.seconds) == (12, 1.5)


@pytest.mark.parametrize(
    "note",
    [
        {"step": -1},
        {"step": 2**60},
        {"step": 1.5},
        {"step": 10**400},
        {"step": None},
        {"seconds": "long"},
        {"seconds": 10**400},
        {"seconds": -1.0},
        {"seconds": None},
        {"network": []},
        {"network": None},
    ],
)
def test_a_note_that_is_odd_is_refused(note: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="its weights are damaged"):
        opened_with(with_header({}, note))


@pytest.mark.parametrize(
    "change",
    [
        {"__metadata__": {}},
        {"__metadata__": {"flowlab": "{"}},
        {"w": {"dtype": "F8_E4M3", "shape": [24], "data_offsets": [0, 24]}},
        {"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 24]}},
        {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 10**12]}},
        {f"w{k}": {"dtype": "F32", "shape": [0], "data_offsets": [24, 24]} for k in range(400)},
    ],
)
def test_a_header_that_is_odd_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="its weights are damaged"):
        opened_with(with_header(change))


@pytest.mark.parametrize("length", [0, 1, 2**20, 2**63, 2**64 - 1])
def test_a_length_that_is_odd_is_refused(length: int) -> None:
    with pytest.raises(Invalid, match="its weights are damaged"):
        opened_with(struct.pack("<Q", length) + with_header({})[8:])


@pytest.mark.parametrize(
    "classes", [np.array(3), np.array([[0, 1]]), np.arange(65), np.array([0.0, 1.5]), [1, 0], [-1]]
)
def test_classes_that_are_none_are_refused(classes: Any) -> None:
    odd = Weights(step=1, arrays={"w": WEIGHTS.arrays["w"], "classes": np.array(classes)})
    with pytest.raises(Invalid, match="its weights are damaged"):
        session.unpack(session.pack(DOCUMENT, odd))


def test_weights_larger_than_the_network_are_not_unpacked() -> None:
    members = members_of(session.pack(DOCUMENT))
    content = zipped(members | {"weights.safetensors": bytes(1_000_000)})
    with pytest.raises(Invalid, match="belong to another network"):
        session.unpack(content)
    with pytest.raises(Invalid, match="belong to another network"):
        session.pack(DOCUMENT, Weights(arrays={"w": np.zeros(100_000)}))


@pytest.mark.parametrize("kind", ["velocity", "iadb"])
@pytest.mark.parametrize(("width", "depth"), [(4, 1), (48, 4), (1024, 2)])
@pytest.mark.parametrize("features", [0, 16])
def test_every_network_has_room_for_its_weights(
    kind: str, width: int, depth: int, features: int
) -> None:
    network = Network(
        kind=kind,
        width=width,
        depth=depth,
        waves="on",
        time_features=features,
        space_features=4 * features,
        conditional=True,
    )
    state = build_network(network, classes=range(64)).state_dict()
    arrays = {name: value.double().numpy() for name, value in state.items() if name != "classes"}
    arrays["classes"] = np.arange(64)
    back = session.unpack(session.pack(Document(network=network), Weights(arrays=arrays))).weights
    assert back is not None
    assert set(back.arrays) == set(arrays)
