"""Folders of diffusers: pipelines, single models, and what its training programs leave behind."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flowlab.images.formats.foreign import check_no_jax, refuse

_LONGEST = 1 << 20  # bytes of a file of settings
_NAMES = ("diffusion_pytorch_model", "model", "pytorch_model")
_ENDS = (
    ".safetensors",
    ".safetensor",
    ".fp16.safetensors",
    ".bin",
    ".fp16.bin",
    ".pt",
    ".pth",
    ".ckpt",
)
_AUTOENCODERS = ("vae", "vqvae", "movq", "first_stage_model")
_PARTS = ("unet_ema", "unet", "model", "transformer")
SETTINGS = ("model_index.json", "config.json", "scheduler", "scheduler_config.json")
_SIGMAS = re.compile(r"^\s*(sigma_min|sigma_max):\s*([0-9.eE+-]{1,20})\s*$", re.MULTILINE)


def settings_in(path: Path) -> dict[str, Any]:
    """The JSON object in a small file; empty where there is none, or another thing."""
    try:
        if path.stat().st_size > _LONGEST:
            return {}
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def weight_files(folder: Path) -> dict[str, Path]:
    """Files of weights in a folder, by the part of the pipeline that each is ("" of a flat one).

    Raises `Invalid` for a folder that holds none, or none that can be opened.
    """
    check_no_jax(folder)
    index = settings_in(folder / "model_index.json")
    _check_no_autoencoder(folder, index)
    parts = [name for name in _PARTS if (folder / name).is_dir()]
    found = {name: file for name in parts if (file := _file_in(folder / name)) is not None}
    flat = _file_in(folder)
    if not found and flat is not None:
        found = {"": flat}
    return found or _only_file(folder)


def _check_no_autoencoder(folder: Path, index: dict[str, Any]) -> None:
    if any(name in index or (folder / name).is_dir() for name in _AUTOENCODERS):
        refuse(folder, "this model works in the latent space of an autoencoder (VAE), not on "
               "pixels; FlowLab opens models of pixels.")  # fmt: skip


def _file_in(folder: Path) -> Path | None:
    """The weights in a folder of one model, by the names that diffusers gives them."""
    for name in _NAMES:
        for end in _ENDS:
            if (folder / f"{name}{end}").is_file():
                return folder / f"{name}{end}"
    if any(folder.glob("*.index.json")):
        refuse(folder, "its weights are split over several files, as only large models' are.")
    return None


def _only_file(folder: Path) -> dict[str, Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".safetensor",
                   ".pt", ".pth", ".ckpt", ".bin"))  # fmt: skip
    steps = sorted(p.name for p in folder.glob("checkpoint-*") if p.is_dir())
    if len(files) == 1:
        return {"": files[0]}
    if files or steps:
        names = ", ".join([*steps, *(p.name for p in files)][:5])
        refuse(folder, f"it holds several checkpoints; open one of them: {names}.")
    refuse(folder, "there are no weights in this folder that FlowLab knows.")


def config_of(folder: Path, part: str) -> dict[str, Any]:
    """The settings of a model in a folder, with the class of its pipeline as "_pipeline"."""
    config = settings_in(folder / part / "config.json")
    pipeline = settings_in(folder / "model_index.json").get("_class_name")
    return config | ({"_pipeline": pipeline} if isinstance(pipeline, str) else {})


def scheduler_of(folder: Path) -> dict[str, Any]:
    """The settings of the noise in a folder."""
    nested = settings_in(folder / "scheduler" / "scheduler_config.json")
    return nested or settings_in(folder / "scheduler_config.json")


def beside(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Settings, scheduler and facts in the files that lie around a file of weights."""
    folder = path.parent
    config = settings_in(folder / "config.json")
    if not ("_class_name" in config or "hidden_size" in config):
        config = {}
    nested = folder.parent if folder.name in _PARTS and config else folder
    if nested != folder:
        config = config_of(nested, folder.name)
    scheduler = scheduler_of(nested) if config else {}
    arguments = settings_in(folder / "args.json")
    plain = {f"args.{k}": v for k, v in arguments.items() if isinstance(v, (bool, int, float, str))}
    return config, scheduler, plain | _sigmas(folder.parent / ".hydra" / "config.yaml")


def _sigmas(path: Path) -> dict[str, Any]:
    """The range of noise levels in the settings of Reflected Diffusion, a YAML file."""
    try:
        text = path.read_bytes()[:_LONGEST].decode("utf-8", "replace")
        return {name: float(value) for name, value in _SIGMAS.findall(text)}
    except (OSError, ValueError):
        return {}
