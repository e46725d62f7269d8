"""The articles' figures as presets."""

from __future__ import annotations

import hashlib

import numpy as np

from flowlab.core.distributions.factory import build
from flowlab.core.document.article_pictures import article_pictures
from flowlab.core.document.gallery import preset, preset_names
from flowlab.core.views.registry import VIEWS


def test_each_preset_names_a_view_that_there_is() -> None:
    views = {name: preset(name).view.name for name in preset_names()}
    assert set(views.values()) <= set(VIEWS)
    assert views["direction_of_the_tangent"] == "tangent_field"


def test_the_six_values_of_alpha_are_those_of_the_paper() -> None:
    assert preset("six_values_of_alpha").blending.knots == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def test_the_pictures_are_dark_on_white_and_the_cat_is_symmetric() -> None:
    whirl, cat = (np.asarray(picture.pixels.values) for picture in article_pictures())
    assert whirl.min() < 40
    assert min(whirl[0].min(), cat[:, 0].min()) > 200
    assert np.abs(cat.astype(int) - cat[:, ::-1]).max() <= 1


def test_the_pictures_are_those_that_were_once_computed() -> None:
    found = [hashlib.sha256(p.pixels.values.tobytes()).hexdigest() for p in article_pictures()]
    assert [digest[:16] for digest in found] == ["41aa165aa6eb8d25", "54f9e6ac1a967d2d"]
    assert [picture.name for picture in article_pictures()] == ["p0.png", "p1.png"]


def test_samples_of_the_cat_have_two_ears_and_no_forehead_between_them() -> None:
    points = build(article_pictures()[1]).sample(20_000)
    high = points[points[:, 1] > 1.6]
    assert len(high) > 500
    assert (high[:, 0].abs() > 0.55).float().mean() > 0.98
