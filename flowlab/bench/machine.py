"""The machine on which the figures were measured."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

from flowlab.core.solvers.threads import threads_used

_SIDE = 2048  # of the matrices whose product is the ceiling
_BUSY = 0.5  # load average for each core from which on the figures are in doubt


@dataclass(frozen=True)
class Machine:
    """The processor, its software and its speed in GFLOP/s of fp32 matrix products."""

    processor: str
    cores: int
    system: str
    python: str
    torch: str
    threads: int  # that torch uses of its own accord
    gflops_one: float  # one thread
    gflops_all: float  # all of them
    load: float  # average over the minute before

    @property
    def busy(self) -> bool:
        """True if other programs were running."""
        return self.load > _BUSY * self.cores

    def lines(self) -> list[str]:
        """The machine in words."""
        said = [
            f"{self.processor}, {self.cores} cores, {self.system}",
            f"Python {self.python}, torch {self.torch}, {self.threads} threads",
            f"fp32 matrix product {_SIDE}^3: {self.gflops_one:.0f} GFLOP/s on 1 thread, "
            f"{self.gflops_all:.0f} on {self.threads}",
            f"load average {self.load:.2f}",
        ]
        if self.busy:
            said.append("WARNING: this machine is busy; seconds are too long, ratios less so.")
        return said


def describe(runs: int = 3) -> Machine:
    """Look at the machine and measure its matrix products; the load is read first."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    threads = all_threads()
    return Machine(
        processor=processor(),
        cores=os.cpu_count() or 1,
        system=platform.platform(terse=True),
        python=platform.python_version(),
        torch=torch.__version__,
        threads=threads,
        gflops_one=gflops(1, runs),
        gflops_all=gflops(threads, runs),
        load=load,
    )


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine() or "unknown processor"


def all_threads() -> int:
    """As many threads as there are cores for this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gflops(threads: int, runs: int = 3, side: int = _SIDE) -> float:
    """Median speed of an fp32 matrix product of that size, in GFLOP/s."""
    a, b = torch.rand(2, side, side)
    out = torch.empty(side, side)
    with threads_used(threads):
        torch.mm(a, b, out=out)  # the first one starts threads and touches memory
        return median(2e-9 * side**3 / _seconds(a, b, out) for _ in range(runs))


def _seconds(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor) -> float:
    start = time.perf_counter()
    torch.mm(a, b, out=out)
    return time.perf_counter() - start
