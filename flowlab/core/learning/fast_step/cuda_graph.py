"""Many steps as one CUDA graph, launched by a single replay."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Steps = Callable[[Tensor], None]  # one step for each row of hyperparameters


def captured(steps: Steps, count: int, device: str) -> Steps | None:
    """`steps(hyperparameters)` (count, 4) as one graph replay, or None if that is impossible.

    The steps must have run once before, use fixed memory, and never make the host wait.
    """
    if not device.startswith("cuda"):
        return None
    return _captured(steps, count, device)


def _captured(steps: Steps, count: int, device: str) -> Steps | None:  # pragma: no cover  CUDA
    buffer = torch.zeros(count, 4, device=device)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            steps(buffer)
    except RuntimeError:  # an operation that cannot be captured: the steps are run one by one
        return None

    def replay(hyperparameters: Tensor) -> None:
        # Pinned memory of its own each time: a copy under way is never written over.
        buffer.copy_(hyperparameters.pin_memory(), non_blocking=True)
        graph.replay()

    return replay
