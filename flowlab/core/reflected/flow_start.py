"""Particles at their starts between walls, and the flows that carry them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.domains import Domain
from flowlab.core.domains.clipped import drawn_inside
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.conditioning import sample_conditions
from flowlab.core.learning.field import classes_of, rows
from flowlab.core.reflected.flow_results import FREE, REFLECTED, FlowPane
from flowlab.core.reflected.folded import Folded
from flowlab.core.reflected.results import Fresh
from flowlab.core.reflected.sampling import fresh_of, measured
from flowlab.core.reflected.starts import check_memory
from flowlab.core.reflected.straight_lines import leaving, outside_of
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.tableaux import TABLEAUX
from flowlab.core.solvers.threads import call_all
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

COARSE = 250  # particles of a first quick answer
MOMENTS = 65  # at which the share outside is known
_SHOWN = 64  # parts of a reflected way, at least, for a picture that bounces sharply


@dataclass(frozen=True, eq=False, kw_only=True)
class Start:
    """Particles at their starts, and what carries them."""

    document: Document
    domain: Domain
    options: PlanOptions
    whole: Tensor  # (N, 2) float64, of all particles
    x: Tensor  # (n, 2) the first of them, which are carried
    facts: dict[str, Any]  # of every bundle
    condition: Tensor | None  # (n,) their classes, of a conditional flow
    fresh: Fresh | None  # None for a quick first answer, and while a network trains

    @classmethod
    def of(cls, document: Document, flow: Field, options: PlanOptions, *, exact: bool) -> Start:
        """Samples of the source between the walls, of a coarse answer the first ones."""
        n, domain = options.particles or document.view.particles, walls_of(document.reflected)
        steps = document.solver.steps
        check_memory(n, max(steps, _SHOWN) + 4 * steps)  # the others have velocities too
        rng = torch_rng(document.seed, Stream.STARTS)
        x, labels = drawn_inside(build(document.source), domain, n, rng, "source")
        classes = () if exact else classes_of(flow)
        if classes:
            rng = torch_rng(document.seed, Stream.CONDITIONS)
            labels = sample_conditions(document.target, n, rng).numpy()
        count = min(n, options.few or COARSE) if options.coarse else n
        labels = None if labels is None else labels[:count]
        quick = options.coarse or options.training
        return cls(
            document=document,
            domain=domain,
            options=options,
            whole=x,
            x=x[:count],
            facts={"labels": labels, "classes": classes, **ends_of(document, options)},
            condition=torch.from_numpy(labels) if classes and labels is not None else None,
            fresh=None if quick else fresh_of(document.target, domain, document.seed, count),
        )

    def measured(self, pane: FlowPane) -> FlowPane:
        """The pane with its distances to the target, if there is time, and no particle is lost."""
        if self.fresh is None or not np.isfinite(pane.bundle.points[-1]).all():
            return pane
        return measured(pane, self.fresh)

    def without_walls(self, flow: Field, kind: str) -> FlowPane:
        """The particles by the solver alone; counted are the steps that cross a wall outwards."""
        bundle = carried(
            flow,
            self.x.float(),
            self.document.solver,
            cancelled=self.options.cancelled,
            workers=self.options.workers,
            condition=self.condition if kind == FREE else None,
        )
        knots = np.asarray(bundle.points, np.float64)
        left = np.mean([leaving(self.domain, *step) for step in pairwise(knots)])
        return self._pane(kind, bundle, float(left))

    def reflected(self, flow: Field, free: Bundle) -> FlowPane:
        """The same, each step reflected; at the same times as without walls."""
        times, method = np.asarray(free.times, np.float64), self.document.solver.method
        steps, n = len(times) - 1, len(self.x)
        parts = max(1, math.ceil(_SHOWN / max(1, steps)))
        points = np.empty((steps * parts + 1, n, 2), np.float32)
        device = getattr(flow, "device", torch.device("cpu"))
        share = max(1, min(rows(device), -(-n // max(1, self.options.workers))))
        done: list[Folded] = []

        def carry(part: slice) -> None:
            folded = Folded(self.domain, self._velocity(flow, part), TABLEAUX[method])
            x = self.x[part].numpy()
            points[:, part] = folded.points(x, times, parts, self.options.cancelled)
            done.append(folded)

        chunks = [slice(first, first + share) for first in range(0, n, share)]
        call_all([lambda part=part: carry(part) for part in chunks], self.options.workers)  # type: ignore[misc]
        inner = np.arange(steps * parts + 1) / parts
        bundle = Bundle(
            times=np.interp(inner, np.arange(steps + 1), times).astype(np.float32),
            points=points,
            method=method,
            evaluations=done[0].evaluations if done else 0,
        )
        left = sum(each.met for each in done) / max(1, steps * n)
        pane = self._pane(REFLECTED, bundle, left)
        return replace(pane, stopped=sum(each.stopped for each in done))

    def _velocity(self, flow: Field, part: slice) -> Callable[[Doubles, float], Doubles]:
        device = getattr(flow, "device", torch.device("cpu"))
        given = {} if self.condition is None else {"condition": self.condition[part].to(device)}

        def velocity(x: Doubles, t: float) -> Doubles:
            v = flow.velocity(torch.from_numpy(x).float(), t, **given)
            found: Doubles = v.double().cpu().numpy()
            return found

        return velocity

    def _pane(self, kind: str, bundle: Bundle, left: float) -> FlowPane:
        outside = [outside_of(self.domain, x).mean() for x in _seen(kind, bundle)]
        return FlowPane(
            kind=kind,
            bundle=replace(bundle, **self.facts),
            left=left,
            outside=np.array(outside),
        )


def _seen(kind: str, bundle: Bundle) -> Iterator[Floats]:
    """The particles (n, 2) at even times; of a reflected flow at the nearest knots.

    Between those it is drawn as straight lines, which may cut off a corner.
    """
    for t in np.linspace(0.0, 1.0, MOMENTS):
        if kind == REFLECTED:
            yield bundle.points[int(np.abs(bundle.times - t).argmin())]
        else:
            yield bundle.at(t)
