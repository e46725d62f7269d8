"""What may be wrong with an engine as a whole, in sentences."""

from __future__ import annotations

import time
from dataclasses import dataclass

TOLD_SECONDS = 10.0  # that a restart is told of, afterwards
RESTART = "Start the engine again"
SAFE = "Your document and weights are still here."
DOWN = "The engine is not running."


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the engine's process, in a sentence, and the words of its cure if any."""

    sentence: str
    cure: str = ""
    stops: bool = True  # nothing is computed meanwhile
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
    """A process that never became an engine."""
    return Trouble(f"The engine could not start: {str(error).rstrip('.')}. {SAFE}", RESTART)


def silent(seconds: float) -> Trouble:
    """A process that says nothing, and may yet go on."""
    return Trouble(f"The engine has not answered for {seconds:.0f} seconds.", RESTART, stops=False)


def not_started(seconds: float) -> Trouble:
    """A process that is long in starting."""
    return Trouble(f"The engine has not started for {seconds:.0f} seconds.", RESTART)


def replaced(step: int) -> Trouble:
    """A lost process that another has taken over from."""
    words = f"The engine ended unexpectedly and was started again, at step {step:,}."
    return Trouble(words, stops=False, until=time.monotonic() + TOLD_SECONDS)
