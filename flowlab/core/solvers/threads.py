"""How many threads compute: those that carry particles, and torch's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


def carrying_threads(count: int) -> ThreadPoolExecutor:
    """A pool of so many threads, none of which divides a matrix product among others.

    A new thread takes torch's number of threads over only when it first asks for it. Until then
    its products would start threads of their own, which keep the cores busy in vain.
    """
    return ThreadPoolExecutor(max(1, count), "flowlab-carrying", initializer=torch.get_num_threads)


def call_all(calls: Sequence[Callable[[], None]], workers: int) -> None:
    """Call each function, on `workers` threads; raises the first exception."""
    if workers < 2 or len(calls) < 2:
        for call in calls:
            call()
        return
    with carrying_threads(min(workers, len(calls))) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()


@contextmanager
def threads_used(count: int) -> Iterator[None]:
    """Let torch use `count` threads within the block."""
    before = torch.get_num_threads()
    if before != count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if before != count:
            torch.set_num_threads(before)
