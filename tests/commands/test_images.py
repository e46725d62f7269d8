"""`flowlab images`: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flowlab.cli import main
from tests.images.test_opened import saved, trained


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(trained("iadb"), tmp_path_factory.mktemp("weights") / "own.safetensors")


def test_a_grid_and_a_video_of_the_same_pictures(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still, moving = tmp_path / "grid.png", tmp_path / "way.gif"
    given = ["images", str(weights), "-n", "4", "--steps", "3", "-o"]
    assert main([*given, str(still), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["evaluations"] == 6
    assert main([*given, str(moving)]) == 0
    assert "4 pictures by FlowLab: IADB" in capsys.readouterr().out
    grid = Image.open(still)
    assert min(grid.size) >= 400
    with Image.open(moving) as way:
        assert way.n_frames == 4
        way.seek(3)
        last = np.asarray(way.convert("RGB"), float)
    assert np.abs(last - np.asarray(grid, float)).mean() < 6  # a GIF has 256 colours


def test_a_video_has_even_sides(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "way.mp4"
    given = ["images", str(weights), "-n", "3", "--steps", "2", "--method", "euler", "--label", "1"]
    assert main([*given, "-o", str(path)]) == 0
    assert path.stat().st_size > 500


def test_what_cannot_be_is_said_in_a_line(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "grid.jpg"
    assert main(["images", str(weights), "-o", str(other)]) == 2
    assert "must end in" in capsys.readouterr().err
    assert main(["images", str(tmp_path / "none.pt"), "-o", str(tmp_path / "g.png")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "g.png").exists()
