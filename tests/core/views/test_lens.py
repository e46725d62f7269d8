"""The two figures of a lens."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.views.lens import LensAnswer, LensQuery


def seen(exact: tuple[float, float] | None, learned: tuple[float, float] | None) -> LensAnswer:
    arrays = [None if v is None else np.array(v) for v in (exact, learned)]
    query = LensQuery(0.0, 0.0, 0.5, 1.0)
    ways = np.zeros((0, 2, 2), np.float32)
    return LensAnswer(query=query, paths=ways, straight=True, exact=arrays[0], learned=arrays[1])


@pytest.mark.parametrize(
    ("exact", "learned", "angle", "error"),
    [
        ((1.0, 0.0), (1.0, 0.0), 0.0, 0.0),
        ((2.0, 0.0), (0.0, 2.0), 90.0, 2**0.5),
        ((1.0, 0.0), (-3.0, 0.0), 180.0, 4.0),
        ((-1.0, 0.1), (-1.0, -0.1), 2 * np.degrees(np.arctan(0.1)), 0.2 / 1.01**0.5),
    ],
)
def test_angle_and_error_of_the_learned_velocity(
    exact: tuple[float, float], learned: tuple[float, float], angle: float, error: float
) -> None:
    found = seen(exact, learned)
    assert found.angle == pytest.approx(angle)
    assert found.error == pytest.approx(error)


def test_there_is_none_where_one_is_unknown_or_nothing_moves() -> None:
    for found in (seen(None, (1.0, 0.0)), seen((1.0, 0.0), None)):
        assert found.angle is None
        assert found.error is None
    assert seen((0.0, 0.0), (1.0, 0.0)).error is None
