"""The plan of the view `processes`: the same starts by the ODE, the SDE and naive noise.

Albergo, Boffi and Vanden-Eijnden 2023 (arXiv:2303.08797), section 2.3: with the score s of p_t,
dX = (b + eps s) dt + sqrt(2 eps) dW has the same marginals as dX/dt = b, for every eps(t) >= 0.
Without the score term it has not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from flowlab.core.array_types import Floats, Ints
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.churn import carried_with_churn
from flowlab.core.stochastic.density_change import EVALUATIONS, density_change
from flowlab.core.stochastic.drift import shown_drift, why_no_level, why_no_sde
from flowlab.core.stochastic.possible import takes_exact_score, why_no_churn, why_no_stop
from flowlab.core.stochastic.results import CHURN, NAIVE, ODE, SDE, Pane, Processes
from flowlab.core.stochastic.sampling import SdeSolver, carried_both_ways, carried_by_sde
from flowlab.core.stochastic.settings import NOTEBOOK_STOP
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.carry import carried_for
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.marginal_samples import POINTS, marginals_of
from flowlab.core.views.marginals import Marginals
from flowlab.core.views.particle_values import ParticleValues
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of, start_of

_PAIRED = 1000  # of each set where pairs have to be matched first
_FEW = 2000  # particles, which are carried with and without the score at once
_COARSE = 250  # particles of a first quick answer, and while the noise is dragged


def processes(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The particles of the document by the ODE, with churn, by the SDE, and by noise alone.

    SDE and naive noise share their Brownian increments. Returns the bundle of the SDE, its `extra`
    the `Processes`; where no score is known that of the ODE, which needs none, and why there is no
    SDE. Raises `Cancelled`.
    """
    began = time.perf_counter()
    flow, exact, note = flow_shown(document, field)
    classes = () if exact else classes_of(field)
    x, labels = _start_of(document, options, bool(classes))
    if options.coarse:
        few = options.few or _COARSE
        x, labels = x[:few], None if labels is None else labels[:few]
    condition = torch.from_numpy(labels) if classes and labels is not None else None
    marginals = None if options.coarse else _marginals(document)
    refused = _refused(document, flow)
    panes = _carried(document, flow, x, labels, condition, options, dict(refused))
    ends = ends_of(document, options)
    dressed = [
        replace(pane, bundle=_dressed(document, pane.bundle, labels, classes, **ends))
        for pane in panes
    ]
    main = next((pane.bundle for pane in dressed if pane.kind == SDE), dressed[0].bundle)
    extra = Processes(
        panes=tuple(dressed),
        marginals=marginals,
        exact=exact,
        until=until(document),
        modes=modes_of(document.target),
        refused=refused,
        **({} if SDE in dict(refused) else _evaluated(document, flow, exact)),
    )
    return replace(main, extra=extra, exact_note=note, seconds=time.perf_counter() - began)


def _evaluated(document: Document, flow: Field, exact: bool) -> dict[str, Any]:
    """Between which times the drift of the SDE is evaluated, and where its score is from."""
    drift = shown_drift(document, flow)
    first, last = drift.bounds
    return {"first": first, "last": last, "score": "" if exact else drift.score_from}


def _refused(document: Document, flow: Field) -> tuple[tuple[str, str], ...]:
    """The processes that can't be had, and why."""
    why_no_noise = why_no_level(document)
    naive = ((NAIVE, why_no_noise),) if why_no_noise and document.stochastic.naive else ()
    why = why_no_sde(document, flow)
    return ((SDE, why), *naive) if why else naive


_starts: LruCache[tuple[Tensor, Ints | None]] = LruCache(2)


def _start_of(
    document: Document, options: PlanOptions, conditional: bool
) -> tuple[Tensor, Ints | None]:
    """See `start_of`; the last starts stay while the noise is changed."""
    n = options.particles or document.view.particles
    ends = document.source, document.target, document.solver.direction
    key = ends, document.seed, n, conditional, options.coarse
    return _starts.get(key, lambda: start_of(document, options, conditional))


def evaluations(document: Document) -> int:
    """How many velocities a particle of all panes takes; a divergence costs as much as four."""
    settings, ode = document.stochastic, document.solver.evaluations
    each = settings.steps * (2 if settings.method == "stochastic_heun" else 1)
    divergences = EVALUATIONS if settings.density_change else 0
    carried = ode * (2 if is_churned(document) else 1) + each * (2 if settings.naive else 1)
    return carried + 4 * divergences


def is_churned(document: Document) -> bool:
    """True if there is a picture of the ODE with churn."""
    return bool(document.stochastic.churn) and not why_no_churn(document)


def until(document: Document) -> float:
    """Where the SDE ends: at 1, or where the notebook ends it."""
    stops = document.stochastic.stop and not why_no_stop(document)
    return NOTEBOOK_STOP if stops else 1.0


@lru_cache(maxsize=8)
def modes_of(shape: Shape) -> Floats | None:
    """The means (k, 2) of a mixture's modes; None for other shapes, and for a single Gaussian."""
    mixture = build(shape).mixture()
    several = mixture is not None and len(mixture.weights) > 1
    return mixture.means.float().numpy() if mixture is not None and several else None


def _carried(
    document: Document,
    flow: Field,
    x: Tensor,
    labels: Ints | None,
    condition: Tensor | None,
    options: PlanOptions,
    refused: Mapping[str, str],
) -> list[Pane]:
    """All panes; the ODE doesn't depend on the noise, and is kept while that is changed."""
    settings, ode = document.stochastic, document.solver
    done = _shares(
        options.progress, 2 + is_churned(document) + settings.naive + settings.density_change
    )
    given = ode, document.source, document.target, document.seed, len(x), condition is None
    key = _same_flow(document, (flow, *given))
    told = replace(options, progress=next(done))

    def by_ode() -> Bundle:
        bundle = carried_for(document, flow, x, told, None, condition)
        return replace(bundle, arrivals=arrivals_of(document, replace(bundle, labels=labels)))

    carried, change = _odes.get(key, by_ode), None
    if settings.density_change:
        tell = next(done)
        change = _changes.get(
            key,
            lambda: density_change(document, flow, carried, condition, options, tell),
        )
    panes = [Pane(kind=ODE, bundle=carried, change=change)]
    if is_churned(document):
        bundle = carried_with_churn(
            flow, document, x, ode, settings.churn,
            condition=condition, workers=options.workers, cancelled=options.cancelled,
        )  # fmt: skip
        panes.append(Pane(kind=CHURN, bundle=bundle))
        next(done)
    kinds = [kind for kind in _noisy(document) if kind not in refused]
    return [*panes, *_with_noise(document, flow, x, condition, options, kinds, done)]


def _with_noise(
    document: Document,
    flow: Field,
    x: Tensor,
    condition: Tensor | None,
    options: PlanOptions,
    kinds: Sequence[str],
    done: Iterator[Callable[[float], None]],
) -> Iterator[Pane]:
    """The panes of these kinds, on the same noise; few particles go by both at once."""
    solver = _solver(document)
    if len(kinds) > 1 and len(x) <= _FEW:
        both = carried_both_ways(
            flow, document, x, solver, document.seed,
            condition=condition, workers=options.workers, cancelled=options.cancelled,
        )  # fmt: skip
        for kind, bundle in zip(kinds, both, strict=True):
            yield Pane(kind=kind, bundle=bundle)
        return
    for kind in kinds:
        bundle = carried_by_sde(
            flow, document, x, solver, document.seed,
            scored=kind == SDE, condition=condition,
            workers=options.workers, cancelled=options.cancelled, progress=next(done),
        )  # fmt: skip
        yield Pane(kind=kind, bundle=bundle)


def _solver(document: Document) -> SdeSolver:
    """How the document's SDE is solved."""
    settings = document.stochastic
    return SdeSolver(
        method=settings.method,
        steps=settings.steps,
        eps=settings.eps,
        eps_shape=settings.level_shape,
        exact_score=takes_exact_score(document),
        direction=document.solver.direction,
        until=until(document),
    )


def _noisy(document: Document) -> tuple[str, ...]:
    """The processes with noise that the document asks for."""
    return (SDE, NAIVE) if document.stochastic.naive else (SDE,)


def _same_flow(document: Document, key: tuple[object, ...]) -> tuple[object, ...]:
    """The key, which begins with a flow, the same for two objects that are one exact flow."""
    flow, *others = key
    exact = hasattr(flow, "oracle")  # made anew for each request
    return (document.path, document.coupling) if exact else flow, *others


def _shares(tell: Callable[[float], None] | None, parts: int) -> Iterator[Callable[[float], None]]:
    """For each of so many parts of the work, a function that takes the share of it that is done."""
    for k in range(parts):
        yield lambda share, k=k: None if tell is None else tell((k + share) / parts)  # type: ignore[misc]


_odes: LruCache[Bundle] = LruCache(2)
_changes: LruCache[ParticleValues] = LruCache(2)


def _dressed(
    document: Document, bundle: Bundle, labels: object, classes: tuple[int, ...], **ends: object
) -> Bundle:
    """The bundle with its classes and both ends."""
    bundle = replace(bundle, labels=labels, classes=classes, **ends)  # type: ignore[arg-type]
    if bundle.arrivals is not None:
        return bundle
    return replace(bundle, arrivals=arrivals_of(document, bundle))


def _marginals(document: Document) -> Marginals:
    ends, coupling = (document.source, document.target), document.coupling
    n = POINTS if coupling.kind == "independent" else _PAIRED
    return marginals_of(*ends, document.path, document.seed, n, coupling=coupling)
