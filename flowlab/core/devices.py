"""How the place where torch computes is said to a person."""

from __future__ import annotations

import torch


def device_label(device: str, threads: int) -> str:
    """The name of the card, or the threads of the processor."""
    if device.startswith("cuda"):
        return f"GPU, {torch.cuda.get_device_name(device)}"
    if device != "cpu":
        return f"GPU ({device})"
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"
