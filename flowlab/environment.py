"""What must be set before torch is loaded."""

from __future__ import annotations

import os


def calm_threads() -> None:
    """Let torch's idle threads sleep: spinning for work, they starve everybody on a busy machine.

    With one of two cores busy, a network's step on two threads took 100 times as long as on one.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
