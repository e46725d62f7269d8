"""From a folder of pictures to what FlowLab opens, and from the bundled digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from flowlab.core.document.limits import Invalid
from flowlab.images.folder_pictures import picture_of, pictures_in
from flowlab.images.opened import open_checkpoint
from flowlab.images.runs import PictureRun, looks
from flowlab.images.train import main, task_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for kind in ("cats", "dogs"):
        (tmp_path / "data" / kind).mkdir(parents=True)
        for k in range(4):
            pixels = rng.integers(0, 256, (20, 30, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / kind / f"{k}.png")
    return tmp_path / "data"


def test_pictures_of_a_folder_are_squares_with_their_subfolder_as_class(folder: Path) -> None:
    found = pictures_in(folder, 16)
    assert found.pictures.shape == (8, 3, 16, 16)
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    assert -1 <= float(found.pictures.min()) < float(found.pictures.max()) <= 1
    grey = Image.new("L", (40, 20), 0)
    grey.paste(255, (10, 0, 30, 20))  # the square in the middle
    grey.save(folder / "square.png")
    assert picture_of(folder / "square.png", 8, 1).unique().tolist() == [1.0]


@pytest.mark.parametrize("recipe", ["iadb", "text002"])
def test_the_round_trip_at_16_by_16(folder: Path, tmp_path: Path, recipe: str) -> None:
    path = tmp_path / "own.safetensors"
    given = ["--data", str(folder), "--size", "16", "--recipe", recipe, "--steps", "2"]
    assert main([*given, "-o", str(path)]) == 0
    model = open_checkpoint(path)
    assert model.shape == (3, 16, 16)
    assert model.card.classes == 2
    assert (300 if recipe == "text002" else 1) == model.card.T
    last = list(looks(model, PictureRun(n=2, steps=2)))[-1]
    assert last.x.shape == (2, 3, 16, 16)
    assert bool(torch.isfinite(last.x).all())
    with safe_open(str(path), "pt") as file:
        assert file.metadata()["steps"] == "2"
    assert not list(tmp_path.glob("*.part"))


def test_what_cannot_be_trained_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "own.safetensors")
    for given, why in (
        (["--data", str(tmp_path), "-o", path], "holds no pictures"),
        (["--data", str(tmp_path / "none"), "-o", path], "no folder"),
        (["--data", "digits", "--size", "20", "-o", path], "14, 16, 28 or 32"),
        (["--data", "digits", "-o", "own.pt"], "must end in .safetensors"),
    ):
        assert main(given) == 2
        assert why in capsys.readouterr().err
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(Invalid, match=r"bad.png can't be read"):
        pictures_in(tmp_path, 16)
    assert task_of(["--data", "digits", "--size", "16", "-o", path]).classes == 10
