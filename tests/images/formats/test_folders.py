"""Folders that hold several models, parts of one, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.contents import read_contents
from tests.helpers import checkpoints as made
from tests.helpers.hostile import check_refused


def test_folders_that_hold_no_weights(tmp_path: Path) -> None:
    check_refused(tmp_path, "no weights in this folder")
    (tmp_path / "manifest.ocdbt").touch()
    check_refused(tmp_path, "JAX")


def test_a_folder_of_a_latent_model(tmp_path: Path) -> None:
    index = {"_class_name": "LDMPipeline", "vqvae": ["diffusers", "VQModel"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    check_refused(tmp_path, "autoencoder")


def test_a_folder_of_several_checkpoints_names_them(tmp_path: Path) -> None:
    for step in (100, 200):
        torch.save(made.points_net(), tmp_path / f"model-{step}.pt")
    check_refused(tmp_path, r"several checkpoints; open one of them: model-100.pt, model-200.pt")
    (tmp_path / "model-200.pt").unlink()
    assert read_contents(tmp_path).layout == "folder"


def test_a_folder_of_parts_of_a_large_model(tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text("{}")
    with pytest.raises(Invalid, match="split over several files"):
        read_contents(tmp_path)
