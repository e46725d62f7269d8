"""A network with the weights of one step, and the document it was trained for."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

from flowlab.core.document.document import Document
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.weights import Weights
from flowlab.work.kept import Published
from flowlab.work.status import Recorder


@dataclass(frozen=True, eq=False)
class Model:
    """Weights that fit `document.network`, whose two distributions are known to be usable."""

    document: Document
    weights: Weights
    device: str = "cpu"
    recorder: Recorder | None = None  # of the training that they come from
    branch: int = 0  # number of that training

    @functools.cached_property
    def published(self) -> Published:
        """The weights as they are sent to another process, without the raw ones."""
        return Published(self.branch, self.document.network, replace(self.weights, raw=None))

    @functools.cached_property
    def field(self) -> LearnedVelocity:
        """The network's velocity; made once, and safe to use from several threads."""
        return field_of(self.document, self.weights, self.device)

    @functools.cached_property
    def raw_field(self) -> LearnedVelocity | None:
        """The velocity of the weights that aren't averaged; None where they aren't known."""
        if self.weights.raw is None:
            return None
        raw = replace(self.weights, arrays=self.weights.raw)
        return field_of(self.document, raw, self.device)
