"""What may be wrong with an engine as a whole, in sentences."""

from __future__ import annotations

import time
from dataclasses import dataclass

TOLD_SECONDS = 10.0  # for which a restart is reported afterwards
RESTART = "Start the engine again"
SAFE = "Your document and weights are still here."
DOWN = "The engine is not running."


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the engine's process, in a sentence, and the remedy's label if any."""

    sentence: str
    cure: str = ""
    stops: bool = True  # True if nothing is computed meanwhile
    until: float = float("inf")


LOST = Trouble(
    "The engine ended unexpectedly and is being started again with your document and weights."
)
LOST_AGAIN = Trouble(
    "The engine ended unexpectedly twice within a minute, perhaps for lack of memory. Your "
    "document and weights are still here: save them, make the experiment smaller, and start the "
    "engine again.",
    RESTART,
)


def could_not_start(error: Exception) -> Trouble:
    """The trouble of a process that could not start."""
    return Trouble(f"The engine could not start: {str(error).rstrip('.')}. {SAFE}", RESTART)


def silent(seconds: float) -> Trouble:
    """The trouble of a process that doesn't answer, but may still work."""
    return Trouble(f"The engine has not answered for {seconds:.0f} seconds.", RESTART, stops=False)


def not_started(seconds: float) -> Trouble:
    """The trouble of a process that takes long to start."""
    return Trouble(f"The engine has not started for {seconds:.0f} seconds.", RESTART)


def replaced(step: int) -> Trouble:
    """The report of a lost process that was replaced by another."""
    words = f"The engine ended unexpectedly and was started again, at step {step:,}."
    return Trouble(words, stops=False, until=time.monotonic() + TOLD_SECONDS)
