"""`flowlab checkpoint`: the card of a file of weights, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from flowlab import cli
from tests.helpers import checkpoints as made


@pytest.fixture
def celeba(tmp_path: Path) -> str:
    torch.save(made.unet2d(), tmp_path / "celeba.ckpt")
    return str(tmp_path / "celeba.ckpt")


def test_the_card_in_words(celeba: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["checkpoint", celeba]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line[:12].strip(): line[13:] for line in lines if not line.startswith(" ")}
    assert rows["file"] == "celeba.ckpt (zip); nothing in it was run"
    assert rows["family"] == "IADB, iterative α-(de)blending"
    count = sum(t.numel() for t in made.unet2d().values())
    assert rows["network"] == f"unet2d, {count:,} parameters"
    assert rows["pictures"] == "64 x 64, 3 channels, values from -1 to 1"
    assert rows["time"] == "0 to 1"
    assert any(line.startswith("  meaning = iadb: ") and "google_ddpm" in line for line in lines)


def test_the_card_as_json(celeba: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["checkpoint", celeba, "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["network"], card["predicts"], card["layout"]) == ("unet2d", "velocity", "zip")
    assert [a["name"] for a in card["assumed"]] == ["meaning", "size"]
    assert "DDPM of diffusers" in card["ambiguous"]


def test_what_can_t_be_opened_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.pt").write_bytes(b"<!doctype html>")
    assert cli.main(["checkpoint", str(tmp_path / "a.pt")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        "flowlab: a.pt: it is a web page, not the weights; download the file itself, with its own "
        "link.\n"
    )
