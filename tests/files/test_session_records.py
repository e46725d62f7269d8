"""What stands beside the document is checked: thumbnail, play state, losses and preview."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.views.bundle import Bundle
from flowlab.files import encoding, session, session_preview, session_records
from tests.files.zips import members_of, zipped

DOCUMENT = Document(seed=2)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)
LOSSES = {
    "step": np.array([16.0, 32.0, 48.0]),
    "mse": np.array([3.0, 2.0, 1.5]),
    "quadratic": np.array([-1.0, -2.0, -2.5]),
}


def opened_with(name: str, content: bytes, **parts: Any) -> session.Session:
    """What is read of a session whose part `name` was replaced."""
    return session.unpack(zipped(members_of(session.pack(DOCUMENT, **parts)) | {name: content}))


# --- thumbnail ------------------------------------------------------------------------------------


def test_a_thumbnail_comes_back_and_is_not_packed_twice() -> None:
    content = session.pack(DOCUMENT, thumbnail=PNG)
    assert session.unpack(content).thumbnail == PNG
    info = zipfile.ZipFile(io.BytesIO(content)).getinfo("thumbnail.png")
    assert info.compress_type == zipfile.ZIP_STORED
    assert session.unpack(session.pack(DOCUMENT)).thumbnail == b""


@pytest.mark.parametrize("content", [b"", b"GIF89a", PNG[1:], b"<svg/>"])
def test_a_thumbnail_that_is_no_png_is_left_out(content: bytes) -> None:
    assert opened_with("thumbnail.png", content).thumbnail == b""
    assert "thumbnail.png" not in members_of(session.pack(DOCUMENT, thumbnail=content))


def test_a_thumbnail_that_is_too_large_is_not_written_and_not_read() -> None:
    huge = PNG + bytes(4_000_000)
    assert session.unpack(session.pack(DOCUMENT, thumbnail=huge)).thumbnail == b""
    with pytest.raises(Invalid, match="larger than 4 MB"):
        opened_with("thumbnail.png", huge)


# --- play state -----------------------------------------------------------------------------------

GOOD_STATE = {"t": 0.25, "playing": False, "name": "flow", "path": "/a/b", "saved": "2026-01-01"}


def test_a_good_state_comes_back() -> None:
    assert session.unpack(session.pack(DOCUMENT, state=GOOD_STATE)).state == GOOD_STATE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("t", -0.1),
        ("t", 1.5),
        ("t", True),
        ("t", "0.5"),
        ("t", [0.5]),
        ("t", 10**400),
        ("t", None),
        ("playing", 1),
        ("playing", "yes"),
        ("name", 7),
        ("path", "x" * 4097),
        ("saved", None),
        ("speed", 2.0),
    ],
)
def test_only_what_is_odd_in_a_state_is_left_out(name: str, value: object) -> None:
    odd = json.dumps(GOOD_STATE | {name: value}).encode()
    rest = {key: kept for key, kept in GOOD_STATE.items() if key != name}
    assert opened_with("state.json", odd).state == rest
    assert session.unpack(session.pack(DOCUMENT, state={**GOOD_STATE, name: value})).state == rest


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"t": NaN}', b"[" * 9000, b"{}," * 9000])
def test_a_state_that_is_no_json_is_left_out(content: bytes) -> None:
    assert opened_with("state.json", content).state == {}


# --- losses ---------------------------------------------------------------------------------------


def test_losses_come_back() -> None:
    back = session.unpack(session.pack(DOCUMENT, losses=LOSSES)).losses
    assert list(back) == ["step", "mse", "quadratic"]
    for name, value in LOSSES.items():
        np.testing.assert_array_equal(back[name], value)
    assert session.unpack(session.pack(DOCUMENT)).losses == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", np.array([16.0, 8.0, 48.0])),
        ("step", np.array([16.0, np.nan, 48.0])),
        ("step", np.array([16.0, 32.0, np.inf])),
        ("step", np.array([-16.0, 32.0, 48.0])),
        ("step", np.array([True, True, True])),
        ("mse", np.array([1.0, 2.0])),
        ("mse", np.ones((3, 1))),
        ("quadratic", np.array(1.0)),
    ],
)
def test_losses_of_no_ascending_steps_are_refused(name: str, value: np.ndarray[Any, Any]) -> None:
    with pytest.raises(Invalid, match="its losses are damaged"):
        opened_with(f"losses/{name}.npy", encoding.to_npy(value), losses=LOSSES)
    with pytest.raises(Invalid, match="its losses are damaged"):
        session.pack(DOCUMENT, losses={**LOSSES, name: value})


@pytest.mark.parametrize("missing", list(LOSSES))
def test_a_curve_that_is_missing_is_refused(missing: str) -> None:
    members = members_of(session.pack(DOCUMENT, losses=LOSSES))
    del members[f"losses/{missing}.npy"]
    with pytest.raises(Invalid, match="its losses are damaged"):
        session.unpack(zipped(members))


def test_rows_that_are_not_finite_are_left_out() -> None:
    broken = encoding.to_npy(np.array([3.0, np.inf, 1.5]))
    back = opened_with("losses/mse.npy", broken, losses=LOSSES).losses
    assert {name: value.tolist() for name, value in back.items()} == {
        "step": [16.0, 48.0],
        "mse": [3.0, 1.5],
        "quadratic": [-1.0, -2.5],
    }


@pytest.mark.parametrize("since", [0.0, 32.0])
def test_the_step_from_which_they_are_of_this_document_comes_back(since: float) -> None:
    losses = {**LOSSES, "since": np.array([since])}
    read = session.unpack(session.pack(DOCUMENT, losses=losses)).losses
    assert read["since"].tolist() == [since]
    np.testing.assert_array_equal(read["mse"], LOSSES["mse"])


@pytest.mark.parametrize("since", [[np.nan], [-1.0], [1.0, 2.0], []])
def test_a_step_that_is_none_is_left_out(since: list[float]) -> None:
    losses = {**LOSSES, "since": np.array(since)}
    assert "since" not in session.unpack(session.pack(DOCUMENT, losses=losses)).losses


def test_very_long_losses_are_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_records, "MOST_ROWS", 10)
    losses = {name: np.arange(25.0) for name in LOSSES}
    back = session.unpack(session.pack(DOCUMENT, losses=losses)).losses
    assert back["step"].tolist() == [0, 3, 6, 9, 12, 15, 18, 21, 24]


# --- preview --------------------------------------------------------------------------------------

POINTS = np.random.default_rng(1).normal(size=(3, 5, 2)).astype(np.float32)
PREVIEW = Bundle(times=np.array([0, 0.5, 1], np.float32), points=POINTS, method="rk4")
FACTS = {"method": "rk4", "direction": "forward", "evaluations": 8, "step": 12}


@pytest.mark.parametrize(
    "fact",
    [
        {"evaluations": -1},
        {"evaluations": 2**60},
        {"step": -3},
        {"step": 1.5},
        {"direction": "sideways"},
        {"method": "x" * 101},
        {"method": None},
        {"labels": [1]},
    ],
)
def test_facts_that_are_odd_are_refused(fact: dict[str, Any]) -> None:
    facts = json.dumps(FACTS | fact).encode()
    with pytest.raises(Invalid, match="its preview is damaged"):
        opened_with("preview/facts.json", facts, preview=PREVIEW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("times", np.array([-1, 0.5, 1])),
        ("times", np.array([0, 0.5, 2])),
        ("points", np.full((3, 5, 2), 1e300)),
        ("points", np.full((3, 5, 2), 1e6)),
        ("points", np.zeros((3, 0, 2))),
        ("target", np.zeros((4, 3))),
    ],
)
def test_places_far_outside_are_refused(name: str, value: np.ndarray[Any, Any]) -> None:
    with pytest.raises(Invalid, match="its preview is damaged"):
        opened_with(f"preview/{name}.npy", encoding.to_npy(value), preview=PREVIEW)


def test_arrays_of_a_foreign_byte_order_are_refused() -> None:
    with pytest.raises(Invalid, match="damaged"):
        opened_with("preview/times.npy", encoding.to_npy(np.zeros(3, ">f4")), preview=PREVIEW)


def trajectory(times: int, particles: int, *, source: int = 1, target: int = 1) -> Bundle:
    """One that stands still."""
    return Bundle(
        times=np.linspace(0, 1, times, dtype=np.float32),
        points=np.zeros((times, particles, 2), np.float16),
        source=np.zeros((source, 2), np.float16),
        target=np.zeros((target, 2), np.float16),
    )


@pytest.mark.parametrize(
    "bundle",
    [
        trajectory(100, 20_000, source=20_000, target=20_000),
        trajectory(1100, 1800),
    ],
)
def test_a_preview_of_ordinary_size_comes_back(bundle: Bundle) -> None:
    back = session.unpack(session.pack(DOCUMENT, preview=bundle)).preview
    assert back is not None
    assert back.points.shape == bundle.points.shape


@pytest.mark.parametrize(
    "bundle",
    [
        trajectory(2, 20_001),
        trajectory(1101, 2),
        trajectory(101, 20_000),
        trajectory(2, 2, source=20_001),
        trajectory(2, 2, target=20_001),
    ],
)
def test_a_preview_that_nobody_would_wait_for_is_neither_read_nor_written(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "its preview has more than 20,000 particles, 1,100 times or 2,000,000 places"
    with pytest.raises(Invalid, match=f"This cannot be saved: {words}"):
        session.pack(DOCUMENT, preview=bundle)
    with monkeypatch.context() as patch:
        patch.setattr(session_preview, "_bounded", lambda *_: True)
        content = session.pack(DOCUMENT, preview=bundle)
    with pytest.raises(Invalid, match=words):
        session.unpack(content)


@pytest.mark.parametrize(
    ("name", "most"), [("times", 10_000), ("points", 33_000_000), ("source", 400_000)]
)
def test_parts_of_a_preview_are_bounded(name: str, most: int) -> None:
    with pytest.raises(Invalid, match=f"larger than {most / 1e6:g} MB"):
        opened_with(f"preview/{name}.npy", bytes(most + 1), preview=PREVIEW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pins", {"trajectories": [0, 3, 12], "of a newer version": []}),
        ("pins", {}),
        ("camera", [0.5, -2, 7.25]),
    ],
)
def test_pins_and_camera_come_back(name: str, value: object) -> None:
    content = session.pack(DOCUMENT, state={name: value})
    assert session.unpack(content).state == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pins", {"a": [-1]}),
        ("pins", {"a": [1.5]}),
        ("pins", {"a": [True]}),
        ("pins", {"a": list(range(1001))}),
        ("pins", {"a": 1}),
        ("pins", [1, 2]),
        ("camera", [0, 0]),
        ("camera", [0, 0, 0]),
        ("camera", [0, 0, -1]),
        ("camera", [1e300, 0, 1]),
        ("camera", ["0", 0, 1]),
        ("camera", [True, 0, 1]),
    ],
)
def test_pins_and_a_camera_that_nobody_could_have_saved_are_left_out(
    name: str, value: object
) -> None:
    content = json.dumps({name: value, "t": 0.5}).encode()
    assert opened_with("state.json", content).state == {"t": 0.5}
    nan = f'{{"{name}": [NaN, 0, 1]}}'.encode()
    assert opened_with("state.json", nan).state == {}
