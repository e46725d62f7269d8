"""Threads that carry particles keep to one core each."""

from __future__ import annotations

import time
from functools import partial

import torch

from flowlab.core.solvers.threads import call_all, carrying_threads


def test_a_new_thread_divides_no_matrix_product() -> None:
    """One that does keeps other cores busy, so that the process takes more time than the thread."""

    weights, x = torch.ones(48, 51), torch.ones(51, 500)

    def products() -> tuple[float, float]:
        whole, own = time.process_time(), time.thread_time()
        for _ in range(100):
            weights @ x
        return time.process_time() - whole, time.thread_time() - own

    with carrying_threads(1) as pool:
        whole, own = pool.submit(products).result()
    assert whole < 1.3 * own


def test_all_are_called_and_the_first_failure_is_raised() -> None:
    for workers in (1, 3):
        called: list[int] = []
        call_all([partial(called.append, k) for k in range(5)], workers)
        assert sorted(called) == list(range(5))
