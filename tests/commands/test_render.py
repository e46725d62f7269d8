"""Sizes as people write them, and pictures of the size that was asked for."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import flowlab
from flowlab.commands.render import command, parse_size
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.training import Training
from flowlab.core.document.view import View


@pytest.mark.parametrize("text", ["1280x720", "1280X720", "1280×720"])
def test_a_size_is_width_by_height(text: str) -> None:
    assert parse_size(text) == (1280, 720)


@pytest.mark.parametrize("text", ["1280", "1280x", "x720", "1x2x3", "-1x5", "1.5x2", "٣x٤", "1 x2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="like 1280x720"):
        parse_size(text)


def test_a_size_of_a_thousand_digits_is_no_number_of_as_many() -> None:
    assert parse_size("9" * 1000 + "x1") == (999_999, 1)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flow from the left to the right."""
    path = tmp_path_factory.mktemp("run") / "run.flowlab"
    document = Document(
        source=Gaussian(std_x=0.3, std_y=0.3, offset_x=-3.0),
        target=Gaussian(std_x=0.3, std_y=0.3, offset_x=3.0),
        network=Network(width=16, depth=2),
        training=Training(batch=64),
        view=View(particles=800, show_ends=False, show_paths=False, show_trails=False),
    )
    flowlab.save(flowlab.train(document, steps=300, seed=0), path)
    return path


def arguments(run: Path, output: Path, **changed: object) -> argparse.Namespace:
    given = {
        "document": str(run), "output": str(output), "view": None, "shows": None,
        "size": "160x80", "fps": 5.0, "seconds": 0.6, "theme": "dark", "t": None,
        "ping_pong": False, "seed": None, "device": "cpu", "json": True,
    }  # fmt: skip
    return argparse.Namespace(**{"force": False} | given | changed)


def middle_of_ink(path: Path) -> float:
    """Of what differs from the background, from 0 at the left to 1 at the right."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(float)[10:60]
    ink = np.abs(pixels - np.median(pixels, axis=(0, 1))).sum((0, 2))
    return float((ink * np.arange(len(ink))).sum() / ink.sum() / len(ink))


def test_a_still_is_of_its_time_and_size(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = []
    for t in (0.0, 0.5, 1.0):
        path = tmp_path / f"{t}.png"
        command(arguments(saved, path, t=t))
        with Image.open(path) as picture:
            assert picture.size == (160, 80)
        said = json.loads(capsys.readouterr().out)
        assert said == {"output": str(path), "bytes": path.stat().st_size, "size": [160, 80]}
        places.append(middle_of_ink(path))
    assert places[0] < 0.4 < places[1] < 0.6 < places[2]
    path = tmp_path / "default.png"
    command(arguments(saved, path))
    assert middle_of_ink(path) == pytest.approx(places[2], abs=0.01)  # the end of time


def test_a_film_of_odd_size_says_what_the_size_became(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.mp4"
    command(arguments(saved, path, size="161x81", json=False))
    assert "160 × 80 pixels: the sides of an MP4 are even" in capsys.readouterr().out
    command(arguments(saved, path, size="161x81", force=True))
    assert json.loads(capsys.readouterr().out)["size"] == [160, 80]
    command(arguments(saved, tmp_path / "odd.png", size="161x81", json=False))
    assert "MP4" not in capsys.readouterr().out


def test_a_folder_holds_a_frame_for_each_step_of_time(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    command(arguments(saved, folder, ping_pong=False))
    frames = sorted(folder.iterdir())
    assert [frame.name for frame in frames] == ["0000.png", "0001.png", "0002.png"]
    places = [middle_of_ink(frame) for frame in frames]
    assert places == sorted(places)
    with pytest.raises(Invalid, match="not an empty folder"):
        command(arguments(saved, folder))


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("x.bmp", {}, "must end in one of"),
        ("x.png", {"view": "teapot"}, "no view named 'teapot'"),
        ("none/frames", {}, "no folder"),
        ("x.png", {"size": "0x10"}, "pixels"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_written(
    name: str, changed: dict, said: str, saved: Path, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match=said):
        command(arguments(saved, tmp_path / name, **changed))
    assert list(tmp_path.iterdir()) == []
