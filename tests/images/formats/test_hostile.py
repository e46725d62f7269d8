"""Files that are damaged or lie: each is refused in a sentence."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import recognise
from flowlab.images.formats.contents import read_contents
from flowlab.images.formats.weights import read_weights
from tests.helpers import checkpoints as made
from tests.helpers.files import COUNTING, within

SMALL = made.points_net(width=4)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One good file of each layout."""
    path = tmp_path_factory.mktemp("whole")
    torch.save({"model": SMALL, "step": 3}, path / "a.pt")
    torch.save({"model": SMALL}, path / "old.pt", _use_new_zipfile_serialization=False)
    save_file(SMALL, path / "a.safetensors")
    return {file.name: file.read_bytes() for file in path.iterdir()}


@pytest.mark.parametrize("name", ["a.pt", "old.pt", "a.safetensors"])
def test_a_part_of_a_file_is_told_at_every_length(
    tmp_path: Path, whole: dict[str, bytes], name: str
) -> None:
    content, path = whole[name], tmp_path / name
    for percent in range(100):
        path.write_bytes(content[: len(content) * percent // 100])
        with pytest.raises(Invalid, match=rf"^{name}: [^\n]+\.$"):
            read_contents(path)


@pytest.mark.filterwarnings("ignore:invalid escape")  # of Python's reader of text opcodes
def test_a_damaged_file_opens_or_says_why_not(
    tmp_path: Path, whole: dict[str, bytes], pytestconfig: pytest.Config
) -> None:
    rng = random.Random(pytestconfig.getoption("fuzz_seed"))
    for _ in range(pytestconfig.getoption("mutations") // 5):
        name = rng.choice(sorted(whole))
        content = bytearray(whole[name])
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        (tmp_path / name).write_bytes(content)
        wrong = _complaint(tmp_path / name)
        assert re.fullmatch(rf"({name}: [^\n]*\.)?", wrong), wrong


def _complaint(path: Path) -> str:
    """What is said of a file that can't be opened; empty for one that can."""
    try:
        contents = read_contents(path)
        read_weights(contents, recognise(contents))
    except Invalid as error:
        return str(error)
    return ""


def test_recognition_is_quick(tmp_path: Path) -> None:
    """A network of 450 MB has no more keys than this one, and no more is read of it."""
    torch.save(made.unet2d(), tmp_path / "a.pt")
    with within(0.1 * COUNTING, 20):
        recognise(read_contents(tmp_path / "a.pt"))
