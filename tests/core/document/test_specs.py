"""Shapes as scripts write them: fields from means, deviations and matrices, or one sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document import shapes
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import GALLERY, named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.specs import shape_of, spec


def matrix(shape: shapes.Shape) -> np.ndarray:
    assert isinstance(shape, shapes.Gaussian)
    xy = shape.correlation * shape.std_x * shape.std_y
    return np.array([[shape.std_x**2, xy], [xy, shape.std_y**2]])


def test_a_gaussian_by_mean_and_matrix_is_that_gaussian() -> None:
    cov = np.array([[2.0, 0.6], [0.6, 1.5]])
    made = spec("gaussian", mean=torch.tensor([1.0, -2.0]), cov=cov)
    assert isinstance(made, shapes.Gaussian)
    assert (made.offset_x, made.offset_y) == (1.0, -2.0)
    np.testing.assert_allclose(matrix(made), cov, rtol=1e-12)
    np.testing.assert_allclose(matrix(spec("gaussian", std=(0.5, 2.0))), np.diag([0.25, 4.0]))
    np.testing.assert_allclose(matrix(spec("gaussian", std=3)), 9 * np.eye(2))


def test_a_deviation_undoes_an_earlier_correlation() -> None:
    tilted = spec("gaussian", cov=[[1.0, 0.5], [0.5, 1.0]])
    assert spec(tilted, std=2.0) == spec("gaussian", std=2.0)
    assert spec(tilted, mean=(1, 1)).correlation == pytest.approx(0.5)  # type: ignore[attr-defined]


@pytest.mark.parametrize("options", [{"std": 50.0}, {"mean": (1e3, 0)}, {"cov": 900 * np.eye(2)}])
def test_beyond_its_sliders_a_gaussian_is_a_mixture_of_one(options: dict) -> None:
    made = spec("gaussian", noise=0.25, **options)
    assert isinstance(made, shapes.Mixture)
    assert made.noise == 0.25
    assert made.means == (tuple(map(float, options.get("mean", (0, 0)))),)
    cov = options.get("cov", options.get("std", 1.0) ** 2 * np.eye(2))
    np.testing.assert_allclose(made.covs[0], (cov[0][0], cov[0][1], cov[1][1]))


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ({"stds": 2.0}, [(4, 0, 4), (4, 0, 4)]),
        ({"stds": (1, 3)}, [(1, 0, 1), (9, 0, 9)]),
        ({"stds": [(1, 2), (3, 4)]}, [(1, 0, 4), (9, 0, 16)]),
        ({"covs": [[2, 1], [1, 3]]}, [(2, 1, 3), (2, 1, 3)]),
        ({"covs": [(2, 1, 3), (1, 0, 1)]}, [(2, 1, 3), (1, 0, 1)]),
        ({"covs": [np.eye(2), 4 * np.eye(2)]}, [(1, 0, 1), (4, 0, 4)]),
    ],
)
def test_spreads_of_a_mixture_are_read_in_every_form(given: dict, rows: list) -> None:
    made = spec("mixture", means=[(0, 0), (5, 5)], **given)
    assert isinstance(made, shapes.Mixture)
    np.testing.assert_allclose(made.covs, rows)
    assert made.weights == (1.0, 1.0)


@pytest.mark.parametrize("name", GALLERY)
def test_all_ways_to_name_a_shape_are_one(name: str) -> None:
    shape = named(name)
    for given in (name, shape, (name,), [name, {}], {"kind": name}, {"name": name}):
        assert shape_of(given) == shape
    moved = spec(shape, offset_x=1.5)
    for given in ((name, {"offset_x": 1.5}), {"kind": name, "offset_x": 1.5}):
        assert shape_of(given) == moved
    assert shape_of((name, {"offset_x": 9.0}), offset_x=1.5) == moved
    assert moved.offset_x == 1.5


def test_numbers_of_numpy_and_torch_become_pythons_own() -> None:
    made = spec("ring", count=np.int64(5), radius=torch.tensor(2.0))
    assert isinstance(made, shapes.Ring)
    assert (type(made.count), type(made.radius)) == (int, float)
    assert made == shapes.Ring(count=5, radius=2.0)
    assert spec("Eight Gaussians") == spec("eight_gaussians") == spec("eight-gaussians")


def test_data_become_arrays() -> None:
    points = spec("points", points=[(0, 1), (2, 3)], labels=[0, 2])
    assert isinstance(points, shapes.Points)
    np.testing.assert_array_equal(points.points.values, [(0, 1), (2, 3)])
    assert points.labels == Array(np.array([0, 2]), np.int64)
    assert spec(points, points=[(0, 0)]).labels is None  # type: ignore[attr-defined]
    kept = spec(points, labels=[1, 1])
    np.testing.assert_array_equal(kept.points.values, points.points.values)  # type: ignore[attr-defined]
    grid = spec("grid", density=[[0, 2], [4, 1]], extent=(0, 1, 0, 2))
    assert isinstance(grid, shapes.Grid)
    np.testing.assert_allclose(grid.density.values, [[0, 0.5], [1, 0.25]])
    assert grid.extent == (0, 1, 0, 2)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("gaussian", {"std": 1, "cov": np.eye(2)}, "not both"),
        ("gaussian", {"std": 0}, "std must be positive"),
        ("gaussian", {"cov": [[1, 2], [2, 1]]}, "cov must be positive definite"),
        ("gaussian", {"cov": [[1, 0.1], [0.2, 1]]}, "cov must be symmetric"),
        ("gaussian", {"mean": (1, 2, 3)}, r"not an array of shape \(3,\)"),
        ("gaussian", {"mean": ("a", "b")}, "mean must be numbers"),
        ("gaussian", {"teapot": 1}, "'gaussian' has no option 'teapot'"),
        ("mixture", {"means": [(0, 0)]}, "Give stds or covs"),
        ("mixture", {"means": [(0, 0)], "stds": (1, 2)}, "1 means, so there must be 1 stds"),
        ("mixture", {"weights": (1,)}, "weights"),
        ("points", {}, "Give the points"),
        ("points", {"points": [(0, np.nan), (1, 1)]}, "1 of its rows are not, the first is row 1"),
        ("points", {"points": [(0, 0)], "labels": [0.5]}, "whole numbers"),
        ("points", {"points": [(0, 0)], "labels": [0, 1]}, "must be 1 labels"),
        ("grid", {}, "Give the density"),
        ("grid", {"density": [[-1, 2]]}, "must not be negative"),
        ("grid", {"density": [[1]], "extent": (1, 0, 0, 1)}, "x0 < x1"),
        ("picture", {}, "pixels="),
        ("teapot", {}, "teapot"),
    ],
)
def test_what_is_wrong_is_said_by_its_name(name: str, options: dict, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        spec(name, **options)


@pytest.mark.parametrize(
    "given", [None, 3, object(), (), ("ring", {}, {}), ("ring", 3), {"radius": 1}, (3, {})]
)
def test_what_names_no_distribution_is_refused(given: object) -> None:
    with pytest.raises(Invalid, match=r"[Dd]istribution"):
        shape_of(given)
