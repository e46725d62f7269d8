"""Thin or not: strokes and scattered blobs are, one blob is not, at any size and place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Drawing, Gaussian, Moons, Points, Shape, Spiral, Stroke
from flowlab.core.learning.fourier_auto import (
    fourier_from_weights,
    needs_fourier_features,
    resolve_fourier,
)

THIN = [
    "moons",
    "spiral",
    "swiss_roll",
    "rings",
    "smiley",
    "text",
    "checkerboard",
    "eight_gaussians",
]
BROAD = ["gaussian", "triangle", "square", "rhombus", "disc"]


@pytest.mark.parametrize("name", [*THIN, *BROAD])
def test_strokes_and_scattered_blobs_are_thin_and_one_blob_is_not(name: str) -> None:
    assert needs_fourier_features(named(name)) == (name in THIN)


@pytest.mark.parametrize("shape", [Spiral(), Gaussian()])
def test_neither_place_size_nor_stretch_matters(shape: Shape) -> None:
    moved = replace(shape, offset_x=15.0, scale=0.2, rotation=40.0, noise=0.2 * shape.noise)
    assert needs_fourier_features(moved) == needs_fourier_features(shape)
    assert not needs_fourier_features(
        Gaussian(std_x=5.0, std_y=0.05)
    )  # long, but standardising makes it round


def test_noise_makes_a_stroke_broad() -> None:
    assert needs_fourier_features(Moons(noise=0.02))
    assert not needs_fourier_features(Moons(noise=2.0))


def test_what_is_still_being_drawn_counts_as_thin_and_an_empty_shape_is_refused() -> None:
    path = Array(np.array([[0.0, 0.0, 1.0], [0.1, 0.0, 1.0]]))
    assert needs_fourier_features(Drawing(strokes=(Stroke(path=path, size=2.0),)))
    with pytest.raises(Invalid):
        needs_fourier_features(Points(points=Array(np.zeros((0, 2)))))


def test_points_without_noise_are_as_thin_as_can_be() -> None:
    assert needs_fourier_features(Points(points=Array([[1.0, 2.0]]), noise=0.0))


def test_either_end_decides_unless_a_person_did() -> None:
    auto, thin, broad = Network(), Moons(), Gaussian()
    assert (
        resolve_fourier(auto, broad, thin).waves == resolve_fourier(auto, thin, broad).waves == "on"
    )
    assert resolve_fourier(auto, broad, broad).waves == "off"
    for chosen in ("on", "off"):
        assert resolve_fourier(Network(waves=chosen), broad, thin).waves == chosen


@pytest.mark.parametrize(("inputs", "waves"), [(7, "off"), (55, "on")])
def test_saved_weights_say_whether_they_have_fourier_features(inputs: int, waves: str) -> None:
    assert fourier_from_weights(Network(), {"net.0.weight": np.zeros((48, inputs))}).waves == waves
    assert (
        fourier_from_weights(Network(waves="on"), {"net.0.weight": np.zeros((48, 7))}).waves == "on"
    )
