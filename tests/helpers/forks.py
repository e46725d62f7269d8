"""Engines' processes that fork from one that has read torch already: they start at once.

What such a process does is what one that starts from nothing does; only its start is another,
which the tests of `engine_process` and the windows of other processes go through.
"""

from __future__ import annotations

import multiprocessing
import os
from typing import Any

import pytest

from flowlab.environment import calm_threads
from flowlab.work import engine_process, herald

POSSIBLE = "forkserver" in multiprocessing.get_all_start_methods()
READ = [
    "flowlab.work.herald",
    "flowlab.work.engine",
    "flowlab.core.learning.trainer",
    # what most first pictures and figures are made by
    "flowlab.core.views.trajectories",
    "flowlab.core.views.arrivals",
    "flowlab.core.views.densities",
    "flowlab.core.views.exact_comparison",
    "flowlab.core.views.interpolant_densities",
    "flowlab.core.exact.grid",
    "flowlab.core.exact.polygon",
    "flowlab.core.exact.posterior.regions",
    "flowlab.work.densities",
]


def fork_engines(patch: pytest.MonkeyPatch) -> None:
    """From here on an engine's process is a fork of one that is kept for that."""
    if not POSSIBLE:
        return
    of_method = multiprocessing.get_context
    fork = of_method("forkserver")
    patch.setattr(multiprocessing, "get_context", lambda method=None: _Context(fork))
    patch.setattr(engine_process, "serve", _serve)


class _Context:
    """Of multiprocessing; its processes have this one's environment, as one that is new has."""

    def __init__(self, fork: Any) -> None:
        self._fork = fork
        self.Pipe = fork.Pipe

    def Process(self, args: tuple[Any, ...], **named: Any) -> Any:
        _start_server()
        return self._fork.Process(args=(dict(os.environ), *args), **named)


def _start_server() -> None:
    """Start the process that is forked, unless it runs; its own lines are not counted."""
    from multiprocessing import forkserver

    calm_threads()
    forkserver.set_forkserver_preload(READ)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS")]:
            patch.delenv(name)
        forkserver.ensure_running()


def _serve(environment: dict[str, str], *given: Any) -> None:
    """In the fork; it gives no way to other tests, whose work would hold up this one's."""
    os.environ.clear()
    os.environ.update(environment)
    herald.NICENESS = 0
    if not any(name.startswith("COVERAGE_PROCESS") for name in environment):
        herald.serve(*given)
        return
    import coverage

    counting = coverage.process_startup()
    try:
        herald.serve(*given)
    finally:
        if counting is not None:
            counting.stop()
            counting.save()
