"""Specs: what a script may write for a distribution, and the sentence for what it may not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core.distributions.factory import build, spec
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import GALLERY
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import (
    KINDS,
    Checkerboard,
    Drawing,
    Gaussian,
    Grid,
    Mixture,
    Moons,
    Picture,
    Points,
    Polygon,
    Ring,
    Stroke,
    Text,
)

NEEDS_DATA = {"points": "points", "grid": "density", "picture": "pixels"}


@pytest.mark.parametrize("name", GALLERY)
def test_names_of_the_gallery(name: str) -> None:
    assert spec(name) == GALLERY[name][1]
    assert spec(name, offset_x=1).offset_x == 1


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_shape(kind: str) -> None:
    if kind in NEEDS_DATA:
        with pytest.raises(Invalid, match=f"{NEEDS_DATA[kind]}="):
            spec(kind)
    else:
        assert type(spec(kind)) is KINDS[kind]


def test_names_taken_loosely_and_numbers_of_any_library() -> None:
    assert spec("8 Gaussians", std=np.float32(0.5)) == Ring(std=0.5)
    assert spec("Swiss Roll", noise=torch.tensor(0.25)).noise == 0.25
    assert spec("checkerboard", count=np.int64(6)) == Checkerboard(count=6)
    assert spec(Moons(radius=3.0), noise=0.5) == Moons(radius=3.0, noise=0.5)
    assert spec("s-curve") == spec("s_curve")
    assert spec("text", text="hi") == Text(text="hi")


@pytest.mark.parametrize(
    ("stds", "covs"),
    [
        (0.5, [(0.25, 0, 0.25)] * 2),
        ([0.5, 2], [(0.25, 0, 0.25), (4, 0, 4)]),
        ([[0.5, 1], [2, 3]], [(0.25, 0, 1), (4, 0, 9)]),
    ],
)
def test_mixtures_by_deviations(stds: Any, covs: Any) -> None:
    means = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    expected = Mixture(means=((0, 1), (2, 3)), covs=tuple(covs), weights=(1, 1))
    assert spec("mixture", means=means, stds=stds) == expected


@pytest.mark.parametrize(
    "covs",
    [
        [[0.5, 0.2], [0.2, 0.4]],
        [[[0.5, 0.2], [0.2, 0.4]]] * 3,
        [[0.5, 0.2, 0.4]] * 3,
    ],
)
def test_mixtures_by_covariances(covs: Any) -> None:
    means = [(0, 0), (1, 1), (2, 0)]
    shape = spec("mixture", means=means, covs=np.array(covs), weights=[1, 2, 3], scale=2)
    assert isinstance(shape, Mixture)
    assert shape.covs == ((0.5, 0.2, 0.4),) * 3
    assert (shape.weights, shape.scale) == ((1, 2, 3), 2)


def test_mixtures_with_a_part_changed() -> None:
    assert spec("mixture", weights=[1, 2, 3]).weights == (1, 2, 3)  # type: ignore[attr-defined]
    assert spec("mixture", stds=1).covs == ((1, 0, 1),) * 3  # type: ignore[attr-defined]


def test_gaussians() -> None:
    assert spec("gaussian", mean=(1, 2), std=(3, 0.5)) == Gaussian(
        offset_x=1, offset_y=2, std_x=3, std_y=0.5
    )
    mixture = build(spec("gaussian", mean=(1, 2), cov=[[2, 0.5], [0.5, 1]])).mixture()
    assert mixture is not None
    assert torch.allclose(mixture.means, torch.tensor([[1.0, 2.0]]).double())
    assert torch.allclose(mixture.covs, torch.tensor([[[2, 0.5], [0.5, 1]]]).double())


def test_gaussians_past_the_sliders_become_a_mixture_of_one() -> None:
    mixture = build(spec("gaussian", mean=(50, 0), std=30)).mixture()
    assert mixture is not None
    assert mixture.means.tolist() == [[50, 0]]
    assert torch.allclose(mixture.covs, 900 * torch.eye(2).double())
    tight = build(spec("gaussian", cov=[[1, 0.999], [0.999, 1]])).mixture()
    assert tight is not None
    assert float(tight.covs[0, 0, 1]) == pytest.approx(0.999)


def test_points_grids_pictures_and_drawings() -> None:
    cloud = spec("points", points=np.eye(2), labels=[3, 0], noise=0)
    assert cloud == Points(points=Array(np.eye(2)), labels=Array([3, 0], np.int64), noise=0)
    assert spec(cloud, labels=None).labels is None  # type: ignore[attr-defined]
    assert spec(cloud, labels=[1, 1]).points == cloud.points  # type: ignore[attr-defined]
    assert spec(cloud, noise=1).labels == cloud.labels  # type: ignore[attr-defined]
    assert spec("grid", density=[[1, 2]], extent=(0, 1, 0, 2)) == Grid(
        density=Array([[0.5, 1]]), extent=(0, 1, 0, 2)
    )
    assert spec("picture", pixels=[[0, 255]]) == Picture(pixels=Array([[0, 255]]))
    stroke = Stroke(path=Array([[0, 0, 1]]))
    assert spec("drawing", strokes=[stroke]) == Drawing(strokes=(stroke,))
    assert spec("polygon", vertices=np.array([[0, 0], [1, 0], [0, 1]])) == Polygon(
        vertices=((0, 0), (1, 0), (0, 1))
    )
    assert spec("triangle", vertices=Array([[0, 0], [1, 0], [0, 1]])) == Polygon(
        vertices=((0, 0), (1, 0), (0, 1))
    )


def test_shapes_with_data_keep_it_when_another_field_changes() -> None:
    grid, picture = Grid(density=Array([[1.0]])), Picture(pixels=Array([[0, 255]]))
    assert spec(grid, extent=(0, 1, 0, 2), noise=1) == Grid(
        density=Array([[1.0]]), extent=(0, 1, 0, 2), noise=1
    )
    assert spec(picture, contrast=2) == Picture(pixels=Array([[0, 255]]), contrast=2)
    beyond = spec("gaussian", mean=(0, 30), noise=0.5)
    assert beyond == Mixture(means=((0, 30),), covs=((1, 0, 1),), weights=(1,), noise=0.5)


MEANS = [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("nonesuch", {}, "no distribution named 'nonesuch'"),
        (7, {}, "name or a shape"),
        ("moons", {"radios": 1}, "'moons' has no option 'radios'.*radius"),
        ("mixture", {"mean": (0, 0)}, "no option 'mean'.*stds"),
        ("moons", {"radius": "wide"}, "Radius"),
        ("moons", {"radius": 1e9}, "Radius must be a number from"),
        ("moons", {"radius": [1, 2]}, "Radius"),
        ("moons", {"radius": np.ones(2)}, "Radius"),
        ("ring", {"count": 2.5}, "Modes must be a whole number"),
        ("text", {"font": "comic"}, "Font.*sans"),
        ("text", {"text": ""}, "visible"),
        ("mixture", {"means": MEANS}, "stds or covs"),
        ("mixture", {"means": MEANS, "stds": 1, "covs": np.eye(2)}, "not both"),
        ("mixture", {"means": MEANS, "stds": 1, "weights": [1]}, "2 weights"),
        ("mixture", {"means": MEANS, "stds": [1, 2, 3]}, "2 stds"),
        ("mixture", {"means": MEANS, "stds": -1}, "positive"),
        ("mixture", {"means": MEANS, "stds": "many"}, "stds must be numbers"),
        ("mixture", {"means": MEANS, "covs": [[1, 0, 1]] * 3}, "2 covs"),
        ("mixture", {"means": MEANS, "covs": [[1, 0.5], [0, 1]]}, "symmetric"),
        ("mixture", {"means": MEANS, "covs": [[1, 2], [2, 1]]}, "positive definite"),
        ("mixture", {"means": MEANS, "stds": 1, "weights": [1, -1]}, "negative"),
        ("mixture", {"means": [(0, 0), (1, math.nan)], "stds": 1}, "means.*row 2"),
        ("mixture", {"means": [(0, 0, 0)], "stds": 1}, "means must be rows x, y"),
        ("mixture", {"means": [[0, 0], [1]], "stds": 1}, "means must be numbers"),
        ("gaussian", {"std": 1, "cov": np.eye(2)}, "not both"),
        ("gaussian", {"mean": 1}, "mean must be a pair"),
        ("gaussian", {"std": 0}, "std must be positive"),
        ("gaussian", {"mean": (50, 0), "scale": 2}, "Offset x"),
        ("polygon", {"vertices": [(0, 0), (1, 1)]}, "3 to 2000"),
        ("points", {"points": np.eye(2), "labels": [1]}, "2 labels"),
        ("points", {"points": np.eye(2), "labels": [0, 8]}, "0 to 7"),
        ("points", {"points": np.eye(2), "labels": [0, 0.5]}, "whole"),
        ("points", {"points": [[0, math.inf]]}, "points.*row 1"),
        ("points", {"points": []}, "points must be rows"),
        ("grid", {"density": [[-1, 1]]}, "density"),
        ("grid", {"density": [[0, 0]]}, "density"),
        ("grid", {"density": [[1]], "extent": (1, 0, 0, 1)}, "extent"),
        ("grid", {"density": [1]}, "density must be rows and columns"),
    ],
)
def test_errors_name_the_option(name: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        build(spec(name, **options))
