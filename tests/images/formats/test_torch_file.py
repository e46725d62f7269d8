"""Zips that are none of torch's, or whose parts are not what they claim to be."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from tests.helpers import checkpoints as made
from tests.helpers.hostile import refused, tensor_pickle, zipped

SMALL = made.points_net(width=4)


def test_zips_that_are_none_of_torch_s(tmp_path: Path) -> None:
    torch.save(SMALL, tmp_path / "in.pt")
    inner = (tmp_path / "in.pt").read_bytes()
    with zipfile.ZipFile(tmp_path / "nested.pt", "w") as archive:
        archive.writestr("model.pt", inner)
    refused(tmp_path / "nested.pt", "a zip of other files")
    refused(zipped(tmp_path / "script.pt", b"N.", ("a/code/x.py", b"import os")), "TorchScript")
    refused(zipped(tmp_path / "bomb.pt", b"N" * 10**6, packed=True), "larger than that of any")
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped(tmp_path / "two.pt", pickle.dumps({}, 2), ("a/data.pkl", inner))
    refused(tmp_path / "two.pt", "damaged")
    content = tensor_pickle(6, 0, (2, 3), (3, 1))
    refused(zipped(tmp_path / "lacks.pt", content), "damaged")
    refused(zipped(tmp_path / "short.pt", content, ("a/data/0", bytes(20))), "larger than what")
