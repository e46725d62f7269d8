"""The table of what needs fresh weights is what the training thread does, setting by setting."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.fresh import needs_fresh_weights
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Ring
from flowlab.core.document.training import Training
from flowlab.core.learning.calibration import Place
from flowlab.work.model import Model
from flowlab.work.training import TrainingThread
from tests.helpers.waiting import until

DOCUMENT = Document(
    target=Ring(count=3),
    path=Path(kind="custom", noise="quadratic"),
    network=Network(width=8, depth=1),
    training=Training(batch=16),
)
PARTS = [
    spec.name
    for spec in dataclasses.fields(Document)
    if dataclasses.is_dataclass(getattr(DOCUMENT, spec.name))
    and spec.name not in ("source", "target")
]
SETTINGS = [(p, spec.name) for p in PARTS for spec in dataclasses.fields(getattr(DOCUMENT, p))]
VALUES: dict[str, Any] = {
    "alpha_knots": ((0.5, 0.5),),
    "beta_knots": ((0.5, 0.6),),
    "lines": Array(np.ones((1, 4))),
    "pairs": Array(np.ones((9, 4))),
    "ends": "other",
    "alphas": (0.0, 0.5, 1.0),
    "kind": "iadb",
    "curves": ((0.5, 0.5, 0.5),),
    "eps_curve": ((0.0, 0.5), (1.0, 0.5)),
    "outline": (((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)),),
}


def others(spec: dataclasses.Field[Any], now: Any) -> Iterator[Any]:
    """Other values that the field may have."""
    if "options" in spec.metadata:
        yield from (key for key in spec.metadata["options"] if key != now)
    elif isinstance(now, bool):
        yield not now
    elif "low" in spec.metadata:
        low, high = spec.metadata["low"], spec.metadata["high"]
        yield from (now + 1, now / 2, low, (low + high) / 2)
    else:
        yield VALUES[spec.name]


def base_of(name: str) -> Document:
    """The document whose setting is changed: the ELBO has no weights where a path adds noise."""
    return replace(DOCUMENT, path=Path()) if name == "loss_weights" else DOCUMENT


def changed(part: str, name: str) -> Document:
    """The document with another value of one setting."""
    base = base_of(name)
    value = getattr(base, part)
    spec = next(s for s in dataclasses.fields(value) if s.name == name)
    for other in others(spec, getattr(value, name)):
        try:
            document = base.with_parts(**{part: replace(value, **{name: other})})
        except Invalid:
            continue
        if document != base:
            return document
    raise AssertionError(f"no other value of {part}.{name}")


@pytest.fixture(scope="module")
def thread() -> Iterator[tuple[TrainingThread, list[Model]]]:
    models: list[Model] = []
    made = TrainingThread(lambda _: Place("cpu", 1), models.append, lambda: True)
    yield made, models
    assert made.close()


@pytest.mark.parametrize(("part", "name"), SETTINGS, ids=[".".join(s) for s in SETTINGS])
def test_a_setting_begins_a_new_training_where_the_table_says_so(
    thread: tuple[TrainingThread, list[Model]], part: str, name: str
) -> None:
    made, models = thread
    document = changed(part, name)
    models.clear()
    made.open(base_of(name))
    until(lambda: len(models) > 0)
    before = made.present.trainer
    models.clear()
    made.want(document)
    until(lambda: len(models) > 0)
    assert before is not None
    assert made.problem == ""
    assert (made.present.trainer is not before) == needs_fresh_weights(
        type(getattr(DOCUMENT, part)), name
    )
