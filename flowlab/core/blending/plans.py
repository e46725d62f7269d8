"""The plans of the views `chain` and `blending`, which use no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.blending.chaining import Links, linked
from flowlab.core.blending.converging import STUDIED, converge
from flowlab.core.blending.factory import deblender_of, oracle_between
from flowlab.core.blending.interfaces import Deblender, Generators, ShouldStop
from flowlab.core.blending.marginals import marginals
from flowlab.core.blending.results import Blends, Chain, Convergence
from flowlab.core.blending.supports import support_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import extended_field
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.carry import carried
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import COARSE, ends_of

_STARTS = 20_000  # always drawn, so that more chains begin at the same points and at further ones
_BEADS = 6_000_000  # of all chains together: 144 MB with their pairs
_OTHERS = ((64, 200), (1 << 30, 64))  # (most steps of a chain, other pairs drawn at each bead)
_FLOWN, _STEPS = 64, 16  # starts that the exact flow carries, and its RK4 steps
_STUDIED, _FINE = 200, {"grid": 16}  # chains for convergence; RK4 steps by the oracle's kind
_FINER = 32  # RK4 steps for every other kind

_exact_flows: LruCache[Bundle] = LruCache(3)
_convergences: LruCache[Convergence] = LruCache(3)


def chain(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Chains of blending and deblending, one of them in detail, and the exact path of its start.

    The starts depend on the seed only, the pairs also on `blending.redraw`. The exact path and the
    convergence study are cached for two shapes and a seed (`seconds` doesn't include them); a
    coarse answer leaves out a study that isn't cached. Raises `Cancelled` or `Invalid`.
    """
    del field
    began = time.perf_counter()
    deblender = _deblender(document, options.cancelled)
    exact = deblender_of(document.source, document.target)
    start = _starts(document)
    links = _chains(document, deblender, start, options)
    index = min(document.blending.followed, links.points.shape[1] - 1)
    followed_chain = _followed_chain(
        document, deblender, exact, links, index, start, options.cancelled
    )
    bundle = Bundle(
        times=np.array(document.blending.knots, np.float32),
        points=links.points,
        method="chain",
        exact_note=oracle_between(document.source, document.target).facts.note,
        **ends_of(document, options),
    )
    seconds = time.perf_counter() - began
    flow = _cached_exact_flow(document, start, index, options)
    followed_chain = replace(
        followed_chain, convergence=_convergence(document, exact, start, options)
    )
    return replace(bundle, extra=followed_chain, exact=flow, seconds=seconds)


def is_new(document: Document) -> bool:
    """True if how chains converge isn't cached; then a coarse answer should come first."""
    return _ends(document) not in _convergences


def blending(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Independent pairs (x0, x1), the straight lines between them, and the support of p_alpha.

    Between its two knots the bundle is x_alpha = (1 - alpha) x0 + alpha x1, the blending of Heitz,
    Belcour and Chambon 2023 (arXiv:2305.03486). Raises `Invalid` where an end cannot be built.
    """
    del field
    began = time.perf_counter()
    n = options.particles or document.view.particles
    n = min(n, COARSE) if options.coarse else n
    rng = torch_rng(document.seed, Stream.BLENDS)
    x0, labels = build(document.source).sample_labelled(n, rng)
    x1, arrivals = build(document.target).sample_labelled(n, rng)
    points = torch.stack([x0, x1]).numpy()
    return Bundle(
        times=np.array([0, 1], np.float32),
        points=points,
        labels=None if labels is None else labels.numpy(),
        arrivals=None if arrivals is None or labels is not None else arrivals.numpy(),
        pairs=np.concatenate(list(points), axis=1)[: document.blending.pairs],
        method="blend",
        exact_note="Exact: both points of every pair are independent draws of the two ends.",
        extra=Blends(outlines=support_of(document.source, document.target)),
        **ends_of(document, options),
        seconds=time.perf_counter() - began,
    )


def _deblender(document: Document, cancelled: ShouldStop | None) -> Deblender:
    how = document.blending.deblend
    return deblender_of(document.source, document.target, how, cancelled=cancelled)


def _starts(document: Document) -> Floats:
    """x0 (2, 20000)."""
    exact = deblender_of(document.source, document.target)
    return exact.sources(_STARTS, Generators(torch_rng(document.seed, Stream.STARTS)))


def _chains(document: Document, deblender: Deblender, start: Floats, options: PlanOptions) -> Links:
    knots, n = document.blending.knots, document.blending.chains
    n = min(n, COARSE) if options.coarse else n
    if n * len(knots) > _BEADS:
        raise Invalid(
            f"{n:,} chains of {len(knots) - 1} steps do not fit into memory; take fewer chains or "
            "fewer steps."
        )
    rng = Generators(torch_rng(document.seed, Stream.CHAIN_PAIRS, document.blending.redraw))
    return linked(deblender, start[:, :n], knots, rng, options.cancelled)


def _followed_chain(
    document: Document,
    deblender: Deblender,
    exact: Deblender,
    links: Links,
    index: int,
    start: Floats,
    cancelled: ShouldStop | None,
) -> Chain:
    """The pairs of all chains; for the followed one also its fan and other possible pairs.

    Fan and other pairs come from the exact posterior, whichever deblender draws the chains: all
    deblenders draw from the same distribution.
    """
    blending = document.blending
    fan = np.zeros((0, 0, 2), np.float32)
    if blending.fan:
        again = np.repeat(start[:, index, None], blending.fan, axis=1)
        rng = Generators(torch_rng(document.seed, Stream.CHAIN_FAN, blending.redraw))
        fan = linked(exact, again, blending.knots, rng, cancelled).points
    marginal_rng = Generators(torch_rng(document.seed, Stream.CHAIN_MARGINALS))
    return Chain(
        marginals=marginals(links.points, blending.knots, exact, marginal_rng),
        x0=links.x0,
        x1=links.x1,
        followed=index,
        others=_others(document, exact, links, index),
        fan=fan,
        tries=links.tries,
        unfinished=links.unfinished,
        outlines=support_of(document.source, document.target),
        note=deblender.note,
    )


def _others(document: Document, exact: Deblender, links: Links, index: int) -> Floats:
    """M more draws from the posterior at each bead of the followed chain, (N, M, 2, 2).

    NaN from where the chain is lost.
    """
    steps = len(links.x0)
    count = next(count for most, count in _OTHERS if steps <= most)
    rng = Generators(torch_rng(document.seed, Stream.CHAIN_OTHERS, document.blending.redraw))
    others = np.full((steps, count, 2, 2), np.nan, np.float32)
    others[0, :, 0], others[0, :, 1] = links.points[0, index], exact.targets(count, rng).T
    for k, alpha in enumerate(document.blending.knots[1:-1], 1):
        pair = links.x0[k, index], links.x1[k, index]
        x = (1 - alpha) * pair[0].astype(float) + alpha * pair[1].astype(float)
        if not np.isfinite(x).all():
            break
        drawn = exact.draw(np.repeat(x[:, None], count, axis=1), alpha, rng)
        for side, (points, mine) in enumerate(zip((drawn.x0, drawn.x1), pair, strict=True)):
            others[k, :, side] = np.where(drawn.found[:, None], points.T, mine)
    return others


def _cached_exact_flow(
    document: Document, start: Floats, index: int, options: PlanOptions
) -> Bundle:
    """The exact flow of the first starts, or of the followed start only if it isn't among them."""
    rows = slice(0, _FLOWN) if index < _FLOWN else slice(index, index + 1)
    key = (*_ends(document), rows.start)
    return _exact_flows.get(key, lambda: _exact_flow(document, start[:, rows], _STEPS, options))


def _exact_flow(document: Document, start: Floats, steps: int, options: PlanOptions) -> Bundle:
    oracle = oracle_between(document.source, document.target)
    x = torch.from_numpy(start.T.copy())
    return carried(
        extended_field(oracle),
        x,
        Solver(method="rk4", steps=steps),
        cancelled=options.cancelled,
        exact_note=oracle.facts.note,
    )


def _convergence(
    document: Document, exact: Deblender, start: Floats, options: PlanOptions
) -> Convergence | None:
    """How chains converge between these ends; None in a coarse answer where that isn't cached."""
    if options.coarse and is_new(document):
        return None
    make = _convergence_of(document, exact, start[:, :_STUDIED], options)
    return _convergences.get(_ends(document), make)


def _ends(document: Document) -> tuple[Shape, Shape, int]:
    """What the exact paths of the starts depend on."""
    return document.source, document.target, document.seed


def _convergence_of(
    document: Document, exact: Deblender, start: Floats, options: PlanOptions
) -> Callable[[], Convergence]:
    def study() -> Convergence:
        oracle = oracle_between(document.source, document.target)
        steps = _FINE.get(oracle.facts.kind, _FINER)
        ends = _exact_flow(document, start, steps, options).points[-1]
        note = f"{start.shape[1]} starts; their exact paths by RK4 in {steps} steps. "
        return converge(
            exact,
            start,
            np.asarray(ends),
            Generators(torch_rng(document.seed, Stream.CHAIN_STUDY)),
            note + oracle.facts.note,
            steps=STUDIED,
            cancelled=options.cancelled,
        )

    return study
