"""What can't be opened is told by what it is, in one sentence that begins with the file's name."""

from __future__ import annotations

import gzip
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.contents import read_contents
from tests.helpers import checkpoints as made
from tests.helpers.hostile import check_refused

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 454766784\n"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.safetensors", LFS, "Git LFS pointer"),
        ("a.pt", b"<!DOCTYPE html><html>", "web page"),
        ("a.pt", b"\n <html><body>404", "web page"),
        ("a.pt", b"", "empty"),
        ("a.pt", b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("a.pt.gz", gzip.compress(b"x", mtime=0), "unpack it first"),
        ("a.npy", b"\x93NUMPY\x01\x00", "array of NumPy's"),
        ("config.json", b'{"_class_name": "UNet2DModel"}', "open the weights beside it"),
        ("a.pt", bytes(257) + b"ustar\x00" + bytes(99), "tar archive"),
        ("a.pt", b"PK", "only a part"),
        ("a.pt", b"hello", "no checkpoint of PyTorch"),
        ("a.flowlab", b"PK\x03\x04", "open it in the window"),
        ("a.npz", b"PK\x03\x04", "NumPy's arrays"),
        ("a.pkl", pickle.dumps({"a": 1}, 2), "a pickle that torch did not write"),
        ("a.pkl", pickle.dumps({"a": np.arange(3)}, 2), "a pickle that torch did not write"),
        ("a.safetensors", b"\x02\x00\x00\x00\x00\x00\x00\x00{}", "no weights"),
    ],
)
def test_a_file_of_another_kind(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    check_refused(tmp_path / name, words)


def test_the_state_of_an_optimiser_and_a_scaler(tmp_path: Path) -> None:
    steps = {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(2, 2)}}
    torch.save({"state": steps, "param_groups": [{"lr": 1e-4}]}, tmp_path / "opt160000.pt")
    check_refused(tmp_path / "opt160000.pt", "state of an optimiser.*ema_0.9999")
    torch.save({"scale": 65536.0, "growth_factor": 2.0}, tmp_path / "scaler.pt")
    check_refused(tmp_path / "scaler.pt", "no weights of a network")
    torch.save(made.points_net(), tmp_path / "old.pt", pickle_protocol=4)
    check_refused(tmp_path / "old.pt", "pickle protocol 4")


def test_a_pickle_of_edm_is_refused_by_what_it_names(tmp_path: Path) -> None:
    named = b"\x80\x04\x8c\x17torch_utils.persistence\x8c\x0f_reconstruct_pe\x93."
    (tmp_path / "edm-cifar10.pkl").write_bytes(named)
    check_refused(tmp_path / "edm-cifar10.pkl", "torch_utils.persistence")


def test_what_is_no_file(tmp_path: Path) -> None:
    check_refused(tmp_path / "gone.pt", "no such file")
    with pytest.raises(Invalid, match=r"^There can be no file of that name\.$"):
        read_contents(tmp_path / "a\0b")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.pt")
        check_refused(tmp_path / "pipe.pt", "no ordinary file")
