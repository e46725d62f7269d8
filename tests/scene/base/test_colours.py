"""The colours themselves: told apart by everybody, and words that everybody can read."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.scene.base.colours import CLASS_COLOURS, as_text, moving
from flowlab.scene.base.style import DARK, LIGHT

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)

# Machado, Oliveira and Fernandes 2009, severity 1: what dichromats see, in linear RGB
BLIND = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
JUST_SEEN = 2.3  # CIELAB distance of two colours that are just told apart side by side


def linear(colours):
    c = np.asarray(colours, float) / 255
    return np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)


def lab(colours, sight=None):
    """CIELAB (K, 3), under D65, as seen with a kind of colour vision."""
    seen = linear(colours)
    if sight:
        seen = np.clip(seen @ np.array(BLIND[sight]).T, 0, 1)
    f = seen @ TO_XYZ.T / TO_XYZ.sum(1)
    f = np.where(f > 216 / 24389, np.cbrt(f), (24389 / 27 * f + 16) / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


def apart(colours, others, sight=None):
    return np.linalg.norm(lab(colours, sight)[:, None] - lab(others, sight), axis=-1)


def luminance(colour):
    return float(linear(colour) @ TO_XYZ[1])


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def meanings(theme):
    """Colours that mean something else."""
    return theme.source, theme.target, theme.exact, theme.learned


@pytest.mark.parametrize(
    ("rgb", "known"), [((255, 255, 255), (100, 0, 0)), ((255, 0, 0), (53.24, 80.09, 67.20))]
)
def test_the_tests_own_lab_is_right(rgb, known):
    np.testing.assert_allclose(lab([rgb])[0], known, atol=0.02)


@THEMES
@pytest.mark.parametrize(("sight", "least"), [(None, 30), *((name, 15) for name in BLIND)])
def test_classes_are_told_apart(theme, sight, least):
    colours = CLASS_COLOURS[theme.name]
    assert len(set(colours)) == 8
    pairs = apart(colours, colours, sight)[np.triu_indices(8, 1)]
    assert pairs.min() >= least


@THEMES
def test_classes_are_told_apart_in_grey(theme):
    lightness = np.sort(lab(CLASS_COLOURS[theme.name])[:, 0])
    assert np.diff(lightness).min() >= 2 * JUST_SEEN


@THEMES
@pytest.mark.parametrize(("sight", "least"), [(None, 30), *((name, 11) for name in BLIND)])
def test_no_class_looks_like_source_target_exact_or_learned(theme, sight, least):
    assert apart(CLASS_COLOURS[theme.name], meanings(theme), sight).min() >= least


@THEMES
def test_classes_stand_out_from_the_canvas(theme):
    assert min(contrast(c, theme.canvas) for c in CLASS_COLOURS[theme.name]) >= 3


@THEMES
@pytest.mark.parametrize("t", [0.0, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0])
def test_the_cloud_is_told_from_source_and_target_at_every_t(theme, t):
    assert apart([moving(theme, t)], [theme.source, theme.target]).min() >= 8 * JUST_SEEN


@THEMES
def test_the_cloud_comes_from_the_source_and_goes_to_the_target(theme):
    for t, near, far in ((0.0, theme.source, theme.target), (1.0, theme.target, theme.source)):
        assert apart([moving(theme, t)], [near]) < apart([moving(theme, t)], [far])


@THEMES
@pytest.mark.parametrize("name", ["source", "target", "exact", "learned", "raw", "warn"])
def test_words_in_a_colour_of_the_theme_are_read_on_every_ground(theme, name):
    shade = as_text(theme, getattr(theme, name))
    for ground in (theme.canvas, theme.panel, theme.raised):
        assert contrast(shade, ground) >= 4.5
    assert apart([shade], [getattr(theme, name)]) < 35  # still that colour
