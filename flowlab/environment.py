"""Settings of the environment, made before torch is loaded or another process is started."""

from __future__ import annotations

import os
import sys


def calm_threads() -> None:
    """Let torch's idle threads sleep: threads that spin slow everything on a busy machine.

    With one of two cores busy, a network's step on two threads took 100 times as long as on one.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def use_safe_path() -> None:
    """Stop every Python process started from here from importing modules of the current folder.

    Otherwise `python -c`, which multiprocessing starts, runs a `signal.py` that lies there.
    """
    os.environ["PYTHONSAFEPATH"] = "1"  # an empty value means "off": never keep one


def safe_path_is_ignored() -> bool:
    """True if the processes started from here would ignore `use_safe_path`: after `python -E`."""
    return bool(sys.flags.ignore_environment and not sys.flags.safe_path)
