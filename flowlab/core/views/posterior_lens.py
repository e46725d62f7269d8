"""The answer of the lens: posterior pairs, their mean and covariance at one point and time."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.document.classes import nearest_class
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import oracle_for, why_none
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.interpolants.paths import Interpolant, interpolant_of
from flowlab.core.learning.conditioning import field_shown, of_class
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.views.lens import LensAnswer, LensQuery

_SHOWN, _DRAWN = 36, 256  # pairs shown as paths, and pairs in the means and covariances
_CURVE = 33  # points of a curved path
_RIM = 8  # directions in which the density is evaluated around the point
_POOL = 1 << 17  # pairs drawn where no oracle is known, of which the nearest are taken
_MATCHING = 1.0  # seconds for matching them, once for a document
_FEW, _WIDER = 12, 3.0  # so few pairs within the rim are made up for, up to so many radii away
_UNLIKELY = 1e-9  # probability of passing within the rim, below which no pair does
_NOTHING = "No pair passes through this point at this t."
_HARDLY = f"Fewer than 1 in {1 / _UNLIKELY:,.0f} pairs passes through this point at this t."


def lens_answer(
    document: Document, query: LensQuery, field: Field | None, step: int = 0
) -> LensAnswer:
    """What the lens shows at one point; `field` is the learned velocity, or None.

    Every point uses the same random numbers, so that pairs move smoothly with the lens.
    """
    if field is not None and classes_of(field):
        document, field = _one_class(document, field)
    path = interpolant_of(document.path)
    oracle = oracle_for(document) if not document.network.conditional else None
    learned = None if field is None else _velocity(field, query)
    if oracle is None or not oracle.facts.has_pairs:
        return _nearby(document, path, query, learned, step)
    disc = _disc(query)
    exact = _finite(oracle.velocity(disc, query.t)[0])
    rng = torch_rng(document.seed, Stream.LENS)
    x0, x1 = (end[0] for end in oracle.pairs(disc[:1], query.t, _DRAWN, rng))
    if not bool((x0.isfinite() & x1.isfinite()).all()):
        return _blank(query, _NOTHING, learned, step)
    p = oracle.density(disc, query.t)
    density, mass = _density(p, query)
    # Such as beside the target at t = 1, or far out: the pairs drawn pass only nearby.
    if float(p[0]) == 0.0 or (mass is not None and mass < _UNLIKELY):
        none = float(oracle.log_density(disc[:1], query.t)[0]) == -math.inf
        return _blank(query, _NOTHING if none else _HARDLY, learned, step)
    return _answer(
        query, path, x0, x1,
        exact=exact,
        learned=learned, density=density, mass=mass, note=oracle.facts.note, step=step,
    )  # fmt: skip


def _one_class(document: Document, field: Field) -> tuple[Document, Field]:
    """The document and the field of the view's class, for a conditional network.

    The document is unchanged where the class has no shape of its own.
    """
    k = nearest_class(classes_of(field), document.view.condition)
    return of_class(document, k) or document, field_shown(field, document)


def _answer(
    query: LensQuery,
    path: Interpolant,
    x0: Tensor,
    x1: Tensor,
    *,
    exact: Floats | None,
    learned: Floats | None,
    density: float | None,
    mass: float | None,
    note: str,
    step: int,
    pool: int = 0,
    reach: float = 1.0,
) -> LensAnswer:
    straight = path.name == "linear"
    return LensAnswer(
        query=query,
        paths=_pair_paths(path, x0[:_SHOWN], x1[:_SHOWN], query, straight),
        straight=straight,
        mean0=x0.mean(0).numpy(),
        mean1=x1.mean(0).numpy(),
        cov0=torch.cov(x0.T).numpy() if len(x0) > 2 else None,
        cov1=torch.cov(x1.T).numpy() if len(x1) > 2 else None,
        exact=exact,
        learned=learned,
        density=density,
        mass=mass,
        drawn=len(x0),
        pool=pool,
        reach=reach,
        note=note,
        step=step,
    )


def _pair_paths(
    path: Interpolant, x0: Tensor, x1: Tensor, query: LensQuery, straight: bool
) -> Floats:
    """The paths (n, S, 2) of the pairs; the latent noise is such that they pass the point."""
    if straight:
        return torch.stack([x0, x1], 1).float().numpy()
    t = torch.tensor([query.t], dtype=x0.dtype)
    gamma = float(path.gamma(t))
    z = torch.zeros_like(x0)
    if path.noisy and gamma > 0:
        here = torch.tensor([query.x, query.y], dtype=x0.dtype)
        z = (here - path.point(x0, x1, t.expand(len(x0)))) / gamma
    times = torch.linspace(0, 1, _CURVE, dtype=x0.dtype)
    noise = z if path.noisy else None
    points = [path.point(x0, x1, s.expand(len(x0)), noise) for s in times]
    return torch.stack(points, 1).float().numpy()


def _disc(query: LensQuery) -> Tensor:
    """The point and, around it, `_RIM` points on the circle that halves the disc's area."""
    angle = torch.arange(_RIM) * (2 * math.pi / _RIM)
    ring = torch.stack([angle.cos(), angle.sin()], 1).double() * query.radius * math.sqrt(0.5)
    centre = torch.tensor([[query.x, query.y]], dtype=torch.float64)
    return torch.cat([centre, centre + ring])


def _density(p: Tensor, query: LensQuery) -> tuple[float | None, float | None]:
    """p_t at the point, and its integral over the disc, from the values `p` at `_disc`'s points."""
    p = p.nan_to_num(0.0)
    if not bool(p.isfinite().all()):
        return None, None
    return float(p[0]), float(p.mean()) * math.pi * query.radius**2


def _nearby(
    document: Document, path: Interpolant, query: LensQuery, learned: Floats | None, step: int
) -> LensAnswer:
    """Without an exact posterior: of many drawn pairs, those that pass within or near the rim."""
    x0, x1, z = _pool(document)
    x = path.point(x0, x1, torch.full((len(x0),), query.t), z)
    off = torch.linalg.vector_norm(x - torch.tensor([query.x, query.y]), dim=1)
    share = float((off <= query.radius).double().mean())
    near, within = _nearest(off, query.radius)
    if not len(near):
        nothing = f"None of {len(x0):,} drawn pairs passes near this point at this t."
        return _blank(query, f"{_why(document)} {nothing}", learned, step)
    t = torch.full((len(near),), query.t)
    v = path.velocity(x0[near], x1[near], t, None if z is None else z[near]).double()
    return _answer(
        query, path, x0[near], x1[near],
        exact=_finite(v.mean(0)),
        learned=learned,
        density=share / (math.pi * query.radius**2),
        mass=share,
        pool=len(x0),
        reach=within / query.radius,
        note=f"{_why(document)} Shown: {_shown(len(near), len(x0), within, query.radius)}, "
        f"their mean velocity is known to {_known_to(v)}.",
        step=step,
    )  # fmt: skip


def _nearest(off: Tensor, radius: float) -> tuple[Tensor, float]:
    """Pairs within the rim, or the nearest if those are few; and the distance they lie within."""
    near = torch.nonzero(off <= radius)[:_DRAWN, 0]
    if len(near) >= _FEW:
        return near, radius
    distances, nearest = off.topk(min(_FEW, len(off)), largest=False)
    nearest = nearest[distances <= _WIDER * radius]
    return nearest, max(radius, float(off[nearest].max())) if len(nearest) else radius


def _shown(count: int, of: int, within: float, radius: float) -> str:
    pairs = f"{count} of {of:,} drawn pairs"
    if within <= radius:
        return f"{pairs} that pass within the rim"
    return f"the {pairs} that pass nearest, within {within / radius:.1f} radii of the rim"


def _known_to(v: Tensor) -> str:
    if len(v) < 2:
        return "no error that one pair could show"
    return f"± {float((v.var(0).sum() / len(v)).sqrt()):.1g}"


@lru_cache(maxsize=2)
def _pool(document: Document) -> tuple[Tensor, Tensor, Tensor | None]:
    """Pairs of the document's coupling, none of them twice, of the view's class if it has one."""
    rng = torch_rng(document.seed, Stream.LENS_POOL)
    coupler = coupler_of(document)
    n = coupler.affordable(_POOL, _MATCHING)
    if document.network.conditional:
        x0, x1, c = coupler.labelled(n, rng, fresh=True)
        mask = c == nearest_class(tuple(torch.unique(c).tolist()), document.view.condition)
        x0, x1 = x0[mask], x1[mask]
    else:
        x0, x1 = coupler.fresh(n, rng)
    noisy = interpolant_of(document.path).noisy
    return x0, x1, torch.randn(x0.shape, generator=rng) if noisy else None


def _why(document: Document) -> str:
    return why_none(document) or "No exact field is known of this class alone."


def _velocity(field: Field, query: LensQuery) -> Floats | None:
    return _finite(field.velocity(torch.tensor([[query.x, query.y]]), query.t)[0].double())


def _finite(v: Tensor) -> Floats | None:
    return v.cpu().numpy() if bool(v.isfinite().all()) else None


def _blank(query: LensQuery, note: str, learned: Floats | None, step: int) -> LensAnswer:
    paths = np.zeros((0, 2, 2), np.float32)
    return LensAnswer(
        query=query, paths=paths, straight=True, note=note, learned=learned, step=step
    )
