"""The classifier of digits whose features are compared: as good as its card says."""

from __future__ import annotations

import pytest
import torch

from flowlab.images.digit_features import (
    FEATURES,
    accuracy,
    classifier_card,
    digit_classifier,
    train_classifier,
)
from flowlab.images.digits import Pictures, digits
from flowlab.images.frechet import features_of, frechet_distance


def test_the_bundled_one_is_as_right_as_its_card_says() -> None:
    found = accuracy(digit_classifier(), digits("test"))
    assert found == pytest.approx(classifier_card()["accuracy"], abs=0.001)
    assert found > 0.97


def test_real_digits_are_near_and_blurred_ones_far() -> None:
    net, train, test = digit_classifier(), digits("train").pictures[:2000], digits("test").pictures
    near = features_of(train, net.features_of)
    assert near.shape == (2000, FEATURES)
    floor = frechet_distance(near, features_of(test, net.features_of))
    blurred = torch.nn.functional.avg_pool2d(test, 5, 1, 2)
    assert frechet_distance(near, features_of(blurred, net.features_of)) > 10 * floor


def test_a_training_repeats_itself_and_learns() -> None:
    every = digits("train")
    data = Pictures(every.pictures[:1200], every.labels[:1200])
    one, two = (train_classifier(data, 2, seed=3) for _ in range(2))
    assert torch.equal(one.classes.weight, two.classes.weight)
    assert accuracy(one, data) > 0.5
