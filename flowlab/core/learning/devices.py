"""The device that torch computes on: selected, and named for the user."""

from __future__ import annotations

import torch

from flowlab.core.document.limits import Invalid


def pick_device(name: str = "auto") -> str:
    """ "auto" is CUDA if present, else Apple's GPU, else the CPU; raises `Invalid` if absent."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return next((kind for kind, present in there.items() if present), "cpu")
    kind, _, index = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    known = kind == "cpu" or there.get(kind, False)
    if not known or (index and not (index.isdecimal() and int(index) < count)):
        raise Invalid(f"There is no device {name!r} here; use auto or cpu.")
    return kind if kind == "cpu" else name


def device_label(device: str, threads: int) -> str:
    """The name of the GPU, or the number of CPU threads."""
    if device.startswith("cuda"):  # pragma: no cover  needs CUDA
        return f"GPU, {torch.cuda.get_device_name(device)}"
    if device != "cpu":
        return f"GPU ({device})"
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"
