"""Which oracle a document has, and why some have none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture, Moons, Points, Polygon, Ring, Shape
from flowlab.core.document.training import Training
from flowlab.core.exact import MixtureOracle, Oracle, closed_form, oracle_for, why_none

CLOUD = Array(np.random.default_rng(0).normal(size=(40, 2)))
BARE = Points(points=CLOUD, noise=0.0, offset_x=1.0, scale=2.0)
MANY = Array(np.random.default_rng(0).normal(size=(3000, 2)))


def _found(source: Shape, target: Shape, path: Path | None = None) -> Oracle:
    document = Document(source=source, target=target, path=path or Path())
    oracle = oracle_for(document)
    assert oracle is not None
    assert oracle.document is document
    assert why_none(document) == ""
    return oracle


@pytest.mark.parametrize(
    ("source", "target", "kind", "exact"),
    [
        (Gaussian(), Ring(), "mixture", True),
        (Mixture(rotation=30.0, noise=0.2), Ring(), "mixture", True),
        (Gaussian(), BARE, "empirical", True),
        (Ring(), Points(points=CLOUD), "empirical", True),
        (Points(points=CLOUD), Gaussian(), "empirical", True),
        (BARE, BARE, "empirical", False),
        (Polygon(), Polygon(rotation=40.0), "polygon", True),
        (Gaussian(), Moons(), "grid", False),
        (Ring(count=8), Points(points=MANY), "grid", False),
        (Gaussian(), Polygon(), "grid", False),
    ],
)
def test_the_right_oracle_is_chosen(source: Shape, target: Shape, kind: str, exact: bool) -> None:
    facts = _found(source, target).facts
    assert (facts.kind, facts.exact) == (kind, exact)
    assert facts.note.endswith(".")
    assert facts.has_score
    assert facts.has_pairs


def test_the_points_are_placed_as_the_document_says() -> None:
    oracle = _found(Gaussian(), BARE)
    x1 = oracle.pairs(torch.zeros(1, 2), 0.5, 300)[1][0].double()
    points = torch.from_numpy(2.0 * CLOUD.values + [1.0, 0.0]).double()
    assert float(torch.cdist(x1, points).min(1).values.max()) < 1e-5


def test_it_follows_the_path_of_the_document() -> None:
    x = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    straight = _found(Gaussian(), Ring()).velocity(x, 0.5)
    bent = _found(Gaussian(), Ring(), Path(kind="trigonometric")).velocity(x, 0.5)
    assert float((straight - bent).norm()) > 0.1


def test_noise_of_the_path_makes_bare_clouds_exact() -> None:
    assert not _found(BARE, BARE).facts.exact
    assert _found(BARE, BARE, Path(noise="quadratic")).facts.exact


def test_it_is_kept_for_the_same_pair_whatever_else_changes() -> None:
    document = Document()
    one, two = oracle_for(document), oracle_for(replace(document, training=Training(batch=100)))
    assert isinstance(one, MixtureOracle)
    assert isinstance(two, MixtureOracle)
    assert one._joint is two._joint
    assert one.document is document
    assert two.document is not document


def test_another_coupling_has_none_and_a_sentence_says_so() -> None:
    document = Document(coupling=Coupling(kind="ot"))
    assert oracle_for(document) is None
    assert "independent pairs" in why_none(document)
    assert closed_form(document) is None


def test_a_network_learns_from_closed_forms_alone() -> None:
    assert closed_form(Document()) is not None
    assert closed_form(Document(target=Points(points=CLOUD))) is not None
    assert closed_form(Document(target=BARE)) is None  # not defined at t = 1
    assert closed_form(Document(source=Ring(count=40), target=Ring(count=40))) is None  # dear
    assert closed_form(Document(target=Moons())) is None


def test_an_end_that_cannot_be_built_says_why() -> None:
    bow = Polygon(vertices=((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(Invalid, match="crosses"):
        oracle_for(Document(target=bow))
