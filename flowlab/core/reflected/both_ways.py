"""The plan of the view `forward_and_reverse`: the data become noise, and noise becomes the data.

Both processes have the same distribution p_t at every t, which is why the reverse one ends at the
data (Lou and Ermon 2023, arXiv:2304.04740): it is measured at a few of their moments.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, numpy_rng, torch_rng
from flowlab.core.domains import Domain
from flowlab.core.domains.clipped import check_inside, drawn_inside
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.metrics.distances import sliced_w2
from flowlab.core.reflected.exact import is_new as score_is_new
from flowlab.core.reflected.results import FORWARD, BothWays, Moment, Sampled
from flowlab.core.reflected.sampling import MEASURED, SDE, pane_of, starts_of
from flowlab.core.reflected.scores import learned_shown, needs_exact
from flowlab.core.reflected.starts import check_memory
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import Ends, ends_of

_MOMENTS = 5  # at which both are compared


def both_ways(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """Samples of the target carried to the noise, and uniform particles carried to the target.

    By steps at the same times. Returns those of the reverse SDE, with the `BothWays` as their
    `extra`. Raises `Cancelled`, or `Invalid` for walls that can't be, or a target outside.
    """
    began = time.perf_counter()
    check_inside(document)
    domain, learned = walls_of(document.reflected), learned_shown(document, network)
    rough = options.coarse and learned is None and is_new(document)
    ends, x = ends_of(document, options), starts_of(document, domain, options)
    check_memory(len(x), document.reflected.reverse_steps, 3)
    plain = replace(document.reflected, guard="reflect", corrections=0, denoise=False)
    one = replace(document, reflected=plain)
    reverse = pane_of(one, domain, learned, SDE, x, options, ends, rough=rough)
    forward = _forward_pane(document, domain, len(x), options, ends)
    measured = not (options.coarse or options.training)
    extra = BothWays(
        panes=(forward, reverse),
        fresh=None,
        blur=document.reflected.sigma_min * domain.size,
        bounds=domain.bounds,
        exact=learned is None,
        rough=rough,
        moments=_moments(document, domain, forward, reverse, options) if measured else (),
    )
    return replace(reverse.bundle, extra=extra, seconds=time.perf_counter() - began)


def is_new(document: Document) -> bool:
    """True if an exact score is shown that isn't cached; then a coarse answer should come first."""
    steps = document.reflected.reverse_steps
    return needs_exact(document) and score_is_new(document, steps)


def evaluations(document: Document) -> int:
    """How many scores a particle takes."""
    return document.reflected.reverse_steps


def forward(
    document: Document, domain: Domain, n: int, options: PlanOptions, twin: int = 0
) -> tuple[Floats, float, int]:
    """Samples of the target with more and more reflected noise, at ascending t from noise to data.

    Positions (K + 1, n, 2), of which the last are blurred by sigma_0, the share of all steps that
    a wall turned, and how many had too many walls to meet. A `twin` has samples and noise of its
    own. Raises `Cancelled`.
    """
    seed, steps = document.seed, document.reflected.reverse_steps
    variances = total_variance(document.reflected, domain.size, np.linspace(0.0, 1.0, steps + 1))
    rng = torch_rng(seed, Stream.FORWARD_DATA, twin)
    at: Doubles = drawn_inside(build(document.target), domain, n, rng)[0].numpy()
    points, turned, stopped = np.empty((steps + 1, n, 2), np.float32), 0, 0
    for k, deviation in enumerate(np.sqrt(np.diff(variances, prepend=0.0))):
        if options.cancelled is not None and options.cancelled():
            raise Cancelled
        noise = numpy_rng(seed, Stream.FORWARD_NOISE, twin, k).standard_normal((n, 2))
        paths = domain.follow(at, deviation * noise)
        at = points[steps - k] = paths.points
        turned += int((paths.bounces > 0).sum())
        stopped += paths.stopped
    return points, turned / max(1, n * len(points)), stopped


def _forward_pane(
    document: Document, domain: Domain, n: int, options: PlanOptions, ends: Ends
) -> Sampled:
    points, turned, stopped = forward(document, domain, n, options)
    times = np.linspace(0.0, 1.0, len(points), dtype=np.float32)
    bundle = Bundle(times=times, points=points, method=FORWARD, direction="reverse", **ends)
    return Sampled(kind=FORWARD, bundle=bundle, left=turned, stopped=stopped)


def _moments(
    document: Document, domain: Domain, one: Sampled, other: Sampled, options: PlanOptions
) -> tuple[Moment, ...]:
    """How far both clouds are apart at a few times, and two clouds of the forward process."""
    n = min(one.bundle.count, MEASURED)
    if n < 2:
        return ()
    twin, _, _ = forward(document, domain, n, options, twin=1)
    made = []
    for k in np.unique(np.linspace(0, len(twin) - 1, _MOMENTS).round().astype(int)):
        clouds = (one.bundle.points[k], other.bundle.points[k], twin[k])
        ahead, back, fresh = (torch.from_numpy(np.array(cloud[:n])) for cloud in clouds)
        t = float(one.bundle.times[k])
        made.append(Moment(t=t, apart=sliced_w2(back, ahead), floor=sliced_w2(fresh, ahead)))
    return tuple(made)
