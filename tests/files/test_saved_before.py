"""A session that an earlier version of the program saved opens as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowlab.core.blending.settings import Blending
from flowlab.core.document.network import Network
from flowlab.files import session
from flowlab.run import Run

SAVED = Path(__file__).parent / "saved" / "version_1.flowlab"  # of FlowLab before rooms had rows


def test_the_document_the_weights_and_the_trajectory_are_there() -> None:
    opened = session.unpack(SAVED.read_bytes())
    assert opened.remarks == ()
    document = opened.document
    assert (document.view.name, document.view.particles, document.seed) == ("chain", 60, 9)
    assert document.blending == Blending(steps=7, followed=3)
    assert document.network == Network(width=8, depth=1)
    assert opened.weights is not None
    assert opened.weights.step == 123
    total = sum(float(np.abs(values).sum()) for values in opened.weights.arrays.values())
    assert total == pytest.approx(40.845167, rel=1e-6)
    assert opened.preview is not None
    assert opened.preview.knot_velocities is not None
    assert float(np.abs(opened.preview.points).sum()) == pytest.approx(952.505, rel=1e-3)
    assert float(np.abs(opened.preview.knot_velocities).sum()) == pytest.approx(836.834, rel=1e-3)
    assert len(opened.snapshots) == 3
    assert opened.state == {"t": 0.3}


def test_its_network_says_what_it_said() -> None:
    opened = session.unpack(SAVED.read_bytes())
    assert opened.weights is not None
    run = Run(document=opened.document, weights=opened.weights)
    found = run.velocity([[0.5, -1.0], [2.0, 1.0]], 0.4)
    expected = [[-0.396591, 0.809575], [-1.316786, 0.189907]]  # by that version
    np.testing.assert_allclose(found, expected, atol=1e-5)
