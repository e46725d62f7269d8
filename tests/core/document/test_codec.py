"""Every document survives the way through plain JSON, and nothing wrong gets in."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.codec import from_plain, to_plain
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import (
    KINDS,
    Drawing,
    Grid,
    Mixture,
    Picture,
    Points,
    Polygon,
    Stroke,
)
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.document.view import View

finite = st.floats(-20, 20, width=32)


def fields_of(cls: type) -> dict[str, st.SearchStrategy[Any]]:
    """A strategy for every field of `cls` that has limits, taken from those limits."""
    found: dict[str, st.SearchStrategy[Any]] = {}
    for spec in dataclasses.fields(cls):
        meta = spec.metadata
        if "low" in meta and isinstance(spec.default, int):
            found[spec.name] = st.integers(int(meta["low"]), int(meta["high"]))
        elif "low" in meta:
            found[spec.name] = st.floats(meta["low"], meta["high"])
        elif "options" in meta:
            found[spec.name] = st.sampled_from(list(meta["options"]))
        elif "longest" in meta:
            shown = st.text(max_size=meta["longest"] - 1).map(lambda s: "x" + s)
            found[spec.name] = shown
        elif isinstance(spec.default, bool):
            found[spec.name] = st.booleans()
    return found


def arrays(columns: tuple[int, ...]) -> st.SearchStrategy[Array]:
    def make(rows: int, seed: int) -> Array:
        return Array(np.random.default_rng(seed).normal(size=(rows, *columns)))

    return st.builds(make, st.integers(1, 5), st.integers(0, 9))


pairs = st.lists(st.tuples(finite, finite), min_size=3, max_size=6).map(tuple)
strokes = st.builds(Stroke, path=arrays((3,)), **fields_of(Stroke))
mixtures = pairs.map(
    lambda means: Mixture(
        means=means, covs=((0.5, 0.1, 0.4),) * len(means), weights=(1.0,) * len(means)
    )
)
EXTRA: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "polygon": {"vertices": pairs},
    "points": {"points": arrays((2,)), "labels": st.none() | arrays(())},
    "grid": {"density": arrays((4,)), "extent": st.just((-1.0, 2.0, -3.0, 4.0))},
    "picture": {"pixels": arrays((3,))},
    "drawing": {"strokes": st.lists(strokes, max_size=3).map(tuple)},
}
shapes = mixtures | st.one_of(
    [st.builds(c, **fields_of(c), **EXTRA.get(k, {})) for k, c in KINDS.items() if k != "mixture"]
)
couplings = st.builds(
    Coupling,
    **fields_of(Coupling) | {"kind": st.sampled_from(["independent", "ot", "sinkhorn", "lines"])},
    lines=st.none() | arrays((4,)),
    pairs=st.none() | arrays((4,)),
)
documents = st.builds(
    Document,
    source=shapes,
    target=shapes,
    coupling=couplings,
    network=st.builds(Network, **fields_of(Network)),
    training=st.builds(Training, **fields_of(Training)),
    solver=st.builds(Solver, **fields_of(Solver)),
    view=st.builds(View, **fields_of(View)),
    seed=st.integers(0, 2**31 - 1),
)


@settings(max_examples=60, deadline=None)
@given(documents)
def test_every_document_survives_json(document: Document) -> None:
    held: dict[str, np.ndarray] = {}
    text = json.dumps(to_plain(document, held), allow_nan=False)
    assert from_plain(json.loads(text), held) == document


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_of_shape_is_decoded_as_itself(kind: str) -> None:
    shape = {
        "points": lambda: Points(points=Array([[0.0, 1.0]]), labels=Array([2], dtype=np.int64)),
        "grid": lambda: Grid(density=Array(np.eye(3))),
        "picture": lambda: Picture(pixels=Array(np.eye(3) * 255, dtype=np.uint8)),
        "drawing": lambda: Drawing(strokes=(Stroke(path=Array([[0.0, 0.0, 1.0]])),)),
    }.get(kind, KINDS[kind])()
    held: dict[str, np.ndarray] = {}
    back = from_plain(to_plain(Document(target=shape), held), held).target
    assert type(back) is type(shape)
    assert back == shape


def change(path: str, value: Any) -> dict[str, Any]:
    plain = to_plain(Document(), {})
    *groups, last = path.split(".")
    part = plain
    for group in groups:
        part = part[group]
    part[last] = value
    return plain


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("network.width", "48", "document.network.width"),
        ("network.width", 48.5, "document.network.width"),
        ("network.width", True, "document.network.width"),
        ("network.width", 10**9, "Width must be"),
        ("network.colour", 1, "'colour'"),
        ("seed", None, "document.seed"),
        ("seed", -1, "Seed must be"),
        ("training.objective", "magic", "Loss"),
        ("source.kind", "teapot", "document.source"),
        ("source.kind", ["gaussian"], "document.source"),
        ("target.kind", "points", "document.target has a field"),
        ("source", [], "document.source"),
        ("solver", 3, "document.solver"),
        ("view.show_trails", 1, "document.view.show_trails"),
        ("target.radius", float("nan"), "document.target.radius"),
        ("training.learning_rate", float("inf"), "document.training.learning_rate"),
    ],
)
def test_a_wrong_field_is_refused_by_name(path: str, value: Any, said: str) -> None:
    with pytest.raises(Invalid, match=r".") as caught:
        from_plain(change(path, value), {})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "points"},
        {"kind": "points", "points": None},
        {"kind": "points", "points": "0" * 24},
        {"kind": "points", "points": 5},
        {"kind": "polygon", "vertices": [[0.0, 1.0]]},
        {"kind": "polygon", "vertices": [[0.0, 1.0, 2.0]] * 3},
        {"kind": "drawing", "strokes": {}},
        {"kind": "drawing", "strokes": [[]]},
        {"kind": "drawing", "strokes": [{"tool": "brush"}]},
    ],
)
def test_a_shape_without_its_data_is_refused(target: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        from_plain({"target": target}, {})


def test_an_array_must_be_the_one_it_is_named_after() -> None:
    held: dict[str, np.ndarray] = {}
    plain = to_plain(Document(target=Points(points=Array([[0.0, 1.0]]))), held)
    (name,) = held
    with pytest.raises(Invalid, match="does not match"):
        from_plain(plain, {name: held[name] + 1})


@pytest.mark.parametrize("array", [np.zeros((3, 3)), np.zeros(3), np.zeros((0, 2))])
def test_points_of_another_layout_are_refused(array: np.ndarray) -> None:
    name = Array(array, dtype=array.dtype).digest
    with pytest.raises(Invalid, match="layout"):
        from_plain({"target": {"kind": "points", "points": name}}, {name: array})


def test_a_polygon_keeps_more_than_single_precision() -> None:
    corners = ((0.1, 0.2), (1 / 3, 2.0), (3.0, 1e-17))
    document = Document(target=Polygon(vertices=corners))
    assert from_plain(to_plain(document, {}), {}).target.vertices == corners


def zeros(*lengths: int) -> Array:
    return Array(np.zeros(lengths), np.uint8)


def strokes_of(*lengths: int) -> Drawing:
    return Drawing(strokes=tuple(Stroke(path=zeros(n, 3)) for n in lengths))


def decoded(document: Document) -> Document:
    held: dict[str, np.ndarray] = {}
    return from_plain(to_plain(document, held), held)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Points(points=zeros(2_000_001, 2)), "target.points holds 2,000,001 points; at most 2,0"),
        (Points(points=zeros(1, 2), labels=zeros(2_000_001)), "labels; at most 2,000,000 are"),
        (Picture(pixels=zeros(2000, 1001)), "2,002,000 pixels; at most 2,000,000 are"),
        (Grid(density=zeros(2048, 2049)), "4,196,352 cells; at most 4,194,304 are"),
        (
            strokes_of(1, 1_000_001),
            r"strokes\[1\].path holds 1,000,001 places; at most 1,000,000 are",
        ),
        (strokes_of(*[800_001] * 5), "of document.target hold 4,000,005 places; at most 4,000,000"),
    ],
)
def test_more_than_anybody_draws_or_imports_is_refused(target: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        decoded(Document(target=target))


def test_more_pairs_than_a_reflow_makes_are_refused() -> None:
    for count, fine in ((1_000_000, True), (1_000_001, False)):
        document = Document(coupling=Coupling(kind="reflow", pairs=zeros(count, 4)))
        if fine:
            assert decoded(document) == document
            continue
        with pytest.raises(Invalid, match="1,000,001 pairs; at most 1,000,000 are"):
            decoded(document)


@pytest.mark.parametrize(
    "target",
    [
        Points(points=zeros(2_000_000, 2)),
        Picture(pixels=zeros(2000, 1000)),
        Grid(density=zeros(2048, 2048)),
        strokes_of(*[1_000_000] * 4),
    ],
)
def test_as_much_as_is_allowed_is_taken(target: Any) -> None:
    document = Document(target=target)
    assert decoded(document) == document


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"kind": "polygon", "vertices": [[1e308, 0], [0, -1e308], [-1e308, 1]]}, "vertices"),
        ({"kind": "mixture", "means": [[1e300, 0]] * 3}, "means"),
        ({"kind": "mixture", "covs": [[1e60, 0.0, 1e60]] * 3}, "covariances"),
    ],
)
def test_numbers_that_overflow_are_refused(target: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=f"The {words} of a .* must be finite and at most"):
        from_plain({"target": target}, {})


def test_weights_of_any_size_are_taken() -> None:
    """They are relative: their sum may overflow."""
    document = from_plain({"target": {"kind": "mixture", "weights": [1e308] * 3}}, {})
    weights = build(document.target).mixture().weights  # type: ignore[union-attr]
    np.testing.assert_allclose(weights, 1 / 3)
