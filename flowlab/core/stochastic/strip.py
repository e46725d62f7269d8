"""The plan of the view `strip`: samples of the interpolant x_t at several times, side by side."""

from __future__ import annotations

import time

import numpy as np
import torch

from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.strip_results import Strip
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import COARSE, ends_of


def strip(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The interpolant x_t = alpha x0 + beta x1 + gamma z of the same pairs at even times.

    The pairs are those of the document's coupling. Raises `Invalid` where it has none.
    """
    del field
    began = time.perf_counter()
    n = options.particles or document.view.particles
    rng = torch_rng(document.seed, Stream.STRIP)
    x0, x1 = coupler_of(document).fresh(min(n, COARSE) if options.coarse else n, rng)
    path = interpolant_of(document.path)
    z = torch.randn(x0.shape, generator=rng) if path.noisy else None
    times = np.linspace(0.0, 1.0, document.stochastic.panels)
    points = [path.point(x0, x1, torch.tensor([t], dtype=x0.dtype), z).numpy() for t in times]
    return Bundle(
        times=times.astype(np.float32),
        points=np.stack(points).astype(np.float32),
        method="interpolant",
        extra=Strip(times=times),
        **ends_of(document, options),
        seconds=time.perf_counter() - began,
    )
