"""Which classes shapes have, what a class alone is, and the reasons why there is no condition."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.classes import classes_of, nearest_class, why_no_condition
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import (
    KINDS,
    Checkerboard,
    Drawing,
    Gaussian,
    Mixture,
    Moons,
    Pinwheel,
    Points,
    Ring,
    SCurve,
    Shape,
    Smiley,
    Stroke,
    Text,
)
from flowlab.core.document.training import Training
from flowlab.core.learning.conditioning import conditions_of, of_class, sample_class, shape_of_class
from flowlab.core.metrics import sliced_w2, sliced_w2_floor
from tests.helpers.randomness import rng

DOCUMENT = Document(network=Network(conditional=True))


def stroke(y: float, label: int) -> Stroke:
    return Stroke(path=Array([[-2.0, y, 1.0], [2.0, y, 1.0]]), label=label)


DRAWING = Drawing(strokes=(stroke(-2.0, 1), stroke(2.0, 4)), rotation=30.0, offset_x=1.0)
CLOUD = Points(
    points=Array(np.random.default_rng(0).normal(size=(40, 2))),
    labels=Array(np.arange(40) % 3 + 2, np.int64),
    noise=0.1,
    scale=2.0,
)
UNEVEN = Mixture(weights=(1.0, 0.0, 3.0), rotation=40.0, noise=0.2, offset_y=-1.0)
BUILT = [k() for k in KINDS.values() if k.kind not in ("points", "grid", "picture", "drawing")]


@pytest.mark.parametrize("shape", [*BUILT, DRAWING, CLOUD, UNEVEN], ids=lambda s: s.kind)
def test_classes_are_told_without_drawing_and_are_those_that_are_drawn(shape: Shape) -> None:
    x, drawn = build(shape).sample_labelled(4000, rng())
    labels = build(shape).labels
    found = () if drawn is None else tuple(torch.unique(drawn).tolist())
    assert classes_of(shape) == found
    assert x.shape == (4000, 2)
    assert found == (() if labels is None else tuple(torch.unique(labels).tolist()))


def test_classes_are_the_parts_that_one_sees() -> None:
    ring, (x, k) = Ring(std=0.1), build(Ring(std=0.1)).sample_labelled(1000, rng())
    angle = 2 * torch.pi * torch.as_tensor(k) / ring.count
    middle = ring.radius * torch.stack([angle.sin(), angle.cos()], 1)
    assert float((x - middle).norm(dim=1).max()) < 0.6
    x, k = build(Checkerboard()).sample_labelled(1000, rng())
    cells = ((x + 4) / 2).floor().long()
    pairs = {(int(c), tuple(cell.tolist())) for c, cell in zip(k, cells, strict=True)}  # type: ignore[arg-type]
    assert len(pairs) == 8
    x, k = build(Moons(noise=0.0)).sample_labelled(1000, rng())
    assert bool((x[k == 0][:, 1] > -0.51).all())  # the upper arc, about (-1, -0.5)
    x, k = build(Smiley(noise=0.0)).sample_labelled(1000, rng())
    assert bool((x[k == 0].norm(dim=1) > 3.99).all())
    assert bool((x[k == 1][:, 1] > 0).all())
    assert bool((x[k == 2][:, 1] < 0).all())
    blades = build(Pinwheel(twist=0.0)).sample_labelled(2000, rng())[1]
    assert torch.as_tensor(blades).bincount().tolist() == pytest.approx([400] * 5, abs=90)
    assert classes_of(SCurve()) == classes_of(Gaussian()) == classes_of(Ring(count=1)) == ()


@pytest.mark.parametrize(
    ("shape", "k"),
    [(Ring(count=5, rotation=20.0), 3), (UNEVEN, 1), (Checkerboard(rotation=10.0), 5),
     (CLOUD, 3), (DRAWING, 4), (Text(text="a b c", rotation=5.0), 1)],
    ids=["ring", "mixture", "board", "points", "drawing", "text"],
)  # fmt: skip
def test_a_class_alone_is_what_is_drawn_of_it(shape: Shape, k: int) -> None:
    own = shape_of_class(shape, k)
    assert own is not None
    found = sample_class(build(shape), k, 3000, rng(1))
    law = build(own)
    distance = sliced_w2(law.sample(3000, rng(2)), found)
    assert distance < 2 * sliced_w2_floor(law, 3000)
    another = next(c for c in classes_of(shape) if c != k)
    assert sliced_w2(
        law.sample(3000, rng(2)), sample_class(build(shape), another, 3000, rng(1))
    ) > (3 * distance)


def test_a_class_that_is_not_there() -> None:
    assert shape_of_class(Moons(), 0) is None
    assert shape_of_class(Ring(), 8) is None
    assert of_class(replace(DOCUMENT, target=Moons()), 0) is None
    with pytest.raises(Invalid, match="no points of class 9"):
        sample_class(build(Ring()), 9, 10, rng())
    one = of_class(DOCUMENT, 2)
    assert one is not None
    assert not one.network.conditional
    assert nearest_class((1, 4), 0) == 1
    assert nearest_class((1, 4), 9) == 4


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (replace(DOCUMENT, target=Gaussian()), "“Gaussian”, has no classes"),
        (replace(DOCUMENT, target=Checkerboard(count=16)), "at most 64 classes"),
        (replace(DOCUMENT, path=Path(kind="mirror", noise="sine")), "mirror path"),
        (
            replace(DOCUMENT, network=Network(predicts="score")),
            "the denoiser or the score between walls",
        ),
        (replace(DOCUMENT, training=Training(target="exact")), "train on pairs"),
        (
            replace(DOCUMENT, coupling=Coupling(kind="reflow", pairs=Array(np.eye(4)))),
            "Reflow pairs",
        ),
    ],
    ids=["classless", "many", "mirror", "score", "exact", "reflow"],
)
def test_why_there_is_no_condition(document: Document, words: str) -> None:
    assert words in why_no_condition(document)
    with pytest.raises(Invalid, match=words):
        conditions_of(document)


def test_what_was_erased_is_no_class() -> None:
    gone = Stroke(tool="eraser", path=Array([[-3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]), size=3.0)
    drawing = replace(DRAWING, strokes=(*DRAWING.strokes, gone))
    document = replace(DOCUMENT, target=drawing)
    assert why_no_condition(document) == ""
    with pytest.raises(Invalid, match="only one class left"):
        conditions_of(document)
    with pytest.raises(Invalid, match="only one class left"):
        sample_class(build(drawing), 4, 10, torch.Generator())
    assert conditions_of(replace(DOCUMENT, target=DRAWING)) == (1, 4)
    assert why_no_condition(DOCUMENT) == ""


def test_it_needs_no_torch() -> None:
    code = "import sys, flowlab.core.document.classes; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "False", run.stderr
