"""Many steps as one CUDA graph: no launch costs but those of a single replay."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Knobs = Sequence[tuple[float, float]]
Step = Callable[[int, Tensor, Tensor], None]
Replay = Callable[[Knobs], None]


def captured(step: Step, count: int, device: str) -> Replay | None:
    """`step(k, rate, weight)` for k = 0 .. count - 1 as one call, or None where that can't be.

    The steps must have run once before, read and write memory that stays, and never make the host
    wait; rate and weight are numbers on the device, taken from the knobs at each replay.
    """
    if not device.startswith("cuda"):
        return None
    knobs = torch.zeros(count, 2, device=device)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            for k in range(count):
                step(k, knobs[k, 0], knobs[k, 1])
    except RuntimeError:  # an operation that cannot be captured: the steps are run one by one
        return None

    def replay(values: Knobs) -> None:
        # Pinned memory of its own each time: a copy under way is never written over.
        knobs.copy_(torch.tensor(values).pin_memory(), non_blocking=True)
        graph.replay()

    return replay
