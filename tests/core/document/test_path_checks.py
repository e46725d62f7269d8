"""Which paths make sense, and the sentence for each that does not."""

from __future__ import annotations

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path

LATE = ((0.4, 0.0), (0.6, 0.01))  # of beta, which is nothing until then


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ({"kind": "mirror"}, "The mirror path is .* stands still without noise: choose a noise"),
        ({"kind": "encoding"}, "passes through pure noise at t = 1/2: choose a noise"),
        (
            {"kind": "trigonometric", "noise": "brownian", "level": 2.0},
            "γ must stay below 1: choose a noise level below 2",
        ),
        ({"kind": "trigonometric", "noise": "sine", "level": 1.0}, "choose a noise level below 1"),
        ({"alpha_knots": ()}, "The curve of a needs 1 to 6 knots"),
        ({"beta_knots": ((0.5, 0.1),) * 7}, "The curve of b needs 1 to 6 knots"),
        ({"beta_knots": ((0.5, float("nan")),)}, "The curve of b needs 1 to 6 knots"),
        ({"alpha_knots": ((0.5, 0.5, 0.5),)}, "The curve of a needs 1 to 6 knots"),
        ({"alpha_knots": ((0.5, 0.6), (0.51, 0.4))}, "knots of a must lie .* at least 0.02 apart"),
        ({"beta_knots": ((0.99, 0.5),)}, "knots of b must lie between t = 0 and 1"),
        ({"alpha_knots": ((0.3, 0.4), (0.6, 0.5))}, "a must fall from 1 to 0 and never rise"),
        ({"beta_knots": ((0.3, 0.4), (0.6, 0.3))}, "b must rise from 0 to 1 and never fall"),
        ({"alpha_knots": ((0.3, 1.2),)}, "a must fall from 1 to 0"),
        (
            {"kind": "custom", "alpha_knots": ((0.4, 0.0),), "beta_knots": LATE},
            "both weights, a and b, are almost zero and all points would meet",
        ),
    ],
)
def test_what_does_not_go_together_is_told(path: dict[str, object], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        Path(**path)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        {"kind": "mirror", "noise": "brownian"},
        {"kind": "encoding", "noise": "sine"},
        {"kind": "trigonometric", "noise": "brownian", "level": 1.9},
        {"kind": "trigonometric", "noise": "quadratic", "level": 2.0},
        {"alpha_knots": ((0.02, 1.0), (0.98, 0.0))},
        {"kind": "custom", "alpha_knots": ((0.5, 0.5),), "beta_knots": LATE},
        {"kind": "custom", "noise": "sine", "alpha_knots": ((0.4, 0.0),), "beta_knots": LATE},
    ],
)
def test_what_does_is_taken(path: dict[str, object]) -> None:
    assert Path(**path)  # type: ignore[arg-type]
