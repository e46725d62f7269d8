"""Where a document's network trains and its particles are carried: as measured, or as told."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.devices import pick_device
from flowlab.files.calibrations import calibrated


class Places:
    """The machine's places; "auto" measures it on the first start, any other device is taken."""

    def __init__(self, device: str = "auto") -> None:
        self._fixed = None if device == "auto" else Place(pick_device(device), 1)
        self._calibration = calibrated() if self._fixed is None else None

    def training(self, document: Document) -> Place:
        """Where to train its network; one core is left to the window."""
        if self._calibration is None:
            assert self._fixed is not None
            return self._fixed
        return self._calibration.for_training(document.network, document.training.batch, spare=1)

    def sampling_threads(self, busy: bool) -> int:
        """Threads that carry particles: one while training is `busy` with the others."""
        if self._calibration is None or busy:
            return 1
        return self._calibration.for_sampling().threads
