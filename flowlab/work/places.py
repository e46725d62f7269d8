"""Devices and threads for training and sampling: as calibrated, or as chosen."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.learning.calibration import Place
from flowlab.core.learning.devices import pick_device
from flowlab.files.calibrations import calibrated


class Places:
    """The places for a device; "auto" takes the calibration, measured on the first start."""

    def __init__(self, device: str = "auto") -> None:
        self._fixed = None if device == "auto" else Place(pick_device(device), 1)
        self._calibration = calibrated() if self._fixed is None else None

    def training(self, document: Document) -> Place:
        """Where to train the document's network; one core is left to the window."""
        if self._calibration is None:
            assert self._fixed is not None
            return self._fixed
        return self._calibration.for_training(document.network, document.training.batch, spare=1)

    def sampling_threads(self, busy: bool) -> int:
        """Number of threads for sampling: one while training is `busy` with the others."""
        if self._calibration is None or busy:
            return 1
        return self._calibration.for_sampling().threads
