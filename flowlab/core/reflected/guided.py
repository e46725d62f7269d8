"""The plan of the view `guidance_in_walls`: several ways to stay inside while data are generated.

Classifier-free guidance follows (w + 1) s_c - w s, with the scores of one class and of all. The
larger w is, the harder it pushes at the walls. Thresholding clips what the model predicts, dynamic
thresholding (Saharia et al. 2022) clips it at a quantile and scales it back, and reflection needs
neither; nor does the flow, as long as its steps are short (Lou and Ermon 2023, arXiv:2304.04740).
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.classes import classes_of, nearest_class
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.domains import Domain
from flowlab.core.domains.clipped import check_inside, drawn_inside
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.reflected.exact import ExactScore, GuidedExactScore
from flowlab.core.reflected.exact import is_new as score_is_new
from flowlab.core.reflected.guided_steps import (
    DYNAMIC,
    FLOW,
    PROJECT,
    REFLECT,
    THRESHOLD,
    GuidedCarrier,
)
from flowlab.core.reflected.results import Guided, Way
from flowlab.core.reflected.reverse import Score
from flowlab.core.reflected.sampling import noise_of, starts_of
from flowlab.core.reflected.scores import LearnedScore, learned_shown, needs_exact, score_shown
from flowlab.core.reflected.starts import check_memory
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

FEW = 100  # steps of a first answer
SATURATED = 1e-3  # of the walls' size: as near to them counts as saturated
ONLY_BOXES = "Dynamic thresholding clips coordinates, so that it needs walls that are a box."


def guided(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """Uniform particles carried to one class of the target, or to all of it, in each way.

    All have the same starts and noise. Returns those that are reflected, with the `Guided` as their
    `extra`. A coarse answer takes fewer steps by the learned score, or by a rough one, unless the
    exact one is known. Raises `Cancelled`, or `Invalid` for walls that can't be, or a
    target outside.
    """
    began = time.perf_counter()
    check_inside(document)
    domain, ends = walls_of(document.reflected), ends_of(document, options)
    x = starts_of(document, domain, options)
    learned = learned_shown(document, network, class_of(document))
    rough = options.coarse and learned is None and is_new(document)
    if rough or (options.coarse and learned is not None):
        document = in_few_steps(document)
    names, settings = names_of(document), document.reflected
    check_memory(len(x), max(settings.reverse_steps, settings.flow_steps), len(names))
    found, bundles = [], []
    for k, name in enumerate(names):
        tell = options.progress
        score = guided_score(document, steps_of(document, name), learned, rough=rough)
        carrier = carrier_of(document, domain, name, len(x), score)
        points, shares, left, leavers, stopped = carrier.carried(x, options.cancelled)
        free = None
        if name == FLOW and learned is not None:
            free = _leavers_of(document, domain, x, learned, options)
        if tell is not None:
            tell((k + 1) / len(names))
        found.append(
            Way(
                name=name,
                leaked=shares[0],
                on_walls=shares[1],
                saturated=saturation(domain, points[-1]),
                left=left,
                leavers=leavers,
                free_leavers=free,
                stopped=stopped,
            )
        )
        bundles.append(_bundle(points, name, ends))
    main = bundles[names.index(REFLECT)]
    refused = () if DYNAMIC in names else ((DYNAMIC, ONLY_BOXES),)
    data = data_of(document, domain, len(x))
    extra = Guided(
        ways=tuple(found),
        bundles=tuple(bundles),
        bounds=domain.bounds,
        refused=refused,
        data=_bundle(np.stack([data, data]), "data", ends),
        exact=learned is None,
        rough=rough,
    )
    return replace(main, extra=extra, seconds=time.perf_counter() - began)


def _leavers_of(
    document: Document,
    domain: Domain,
    x: Doubles,
    network: LearnedWallScore,
    options: PlanOptions,
) -> int:
    """How many particles leave by the flow of the score as the network says it, not tangent."""
    score = guided_score(document, steps_of(document, FLOW), network, bounded=False)
    carrier = carrier_of(document, domain, FLOW, len(x), score)
    return carrier.carried(x, options.cancelled).leavers


def is_new(document: Document) -> bool:
    """True if exact scores are shown that aren't cached; then a coarse answer should come first."""
    label = class_of(document)
    if not needs_exact(document, label):
        return False
    labels = {label, None} if document.reflected.guidance else {label}
    steps = {steps_of(document, name) for name in (REFLECT, FLOW)}
    return any(score_is_new(document, n, each) for n in steps for each in labels)


def in_few_steps(document: Document) -> Document:
    """The document with as many steps as a first answer has."""
    s = document.reflected
    few = replace(s, reverse_steps=min(s.reverse_steps, FEW), flow_steps=min(s.flow_steps, FEW))
    return replace(document, reflected=few)


def steps_of(document: Document, name: str) -> int:
    """How many steps a way takes."""
    s = document.reflected
    return s.flow_steps if name == FLOW else s.reverse_steps


def evaluations(document: Document) -> int:
    """How many scores a particle takes in all pictures."""
    s, label = document.reflected, class_of(document)
    each = 2 if label is not None and s.guidance else 1
    flows = 1 if needs_exact(document, label) else 2  # the other one is not tangent to the walls
    return each * ((len(names_of(document)) - 1) * s.reverse_steps + flows * s.flow_steps)


def names_of(document: Document) -> tuple[str, ...]:
    """The ways that the walls allow."""
    box = document.reflected.walls in ("square", "rectangle")
    return (THRESHOLD, *([DYNAMIC] if box else []), PROJECT, REFLECT, FLOW)


def class_of(document: Document) -> int | None:
    """The class that is generated; None for all of the target, and if it has no classes."""
    known = classes_of(document.target)
    if not document.reflected.one_class or not known:
        return None
    return nearest_class(known, document.reflected.guided_class)


def guided_score(
    document: Document,
    steps: int,
    learned: LearnedWallScore | None = None,
    *,
    bounded: bool = True,
    rough: bool = False,
) -> Score:
    """(w + 1) s_c - w s at every noise level, or s where no class is asked for.

    Unless `bounded`, a learned one is as the network says it. A `rough` one is of a first answer.
    """
    label, w = class_of(document), document.reflected.guidance

    def shown(one: int | None) -> Score:
        score = score_shown(document, learned, steps, one, rough=rough)
        return replace(score, bounded=bounded) if isinstance(score, LearnedScore) else score

    whole = shown(None)
    if label is None:
        return whole
    of_class = shown(label)
    if not w:
        return of_class
    if isinstance(of_class, ExactScore) and isinstance(whole, ExactScore):
        return GuidedExactScore(of_class, whole, w)
    return lambda x, k: (w + 1) * of_class(x, k) - w * whole(x, k)


def data_of(document: Document, domain: Domain, n: int) -> Floats:
    """At most n samples (m, 2) of what is generated: of the class that is asked for."""
    rng, label = torch_rng(document.seed, Stream.GUIDED_DATA), class_of(document)
    several = n if label is None else n * len(classes_of(document.target))
    x, labels = drawn_inside(build(document.target), domain, several, rng)
    own = x.numpy() if labels is None or label is None else x.numpy()[labels == label]
    return own[:n].astype(np.float32)


def saturation(domain: Domain, x: Floats) -> float:
    """The share of points (n, 2) that lie within a thousandth of the walls, or beyond them."""
    near = domain.nearest(np.asarray(x, np.float64)).distance < SATURATED * domain.size
    return float(near.mean()) if len(x) else 0.0


def carrier_of(
    document: Document, domain: Domain, name: str, n: int, score: Score | None = None
) -> GuidedCarrier:
    """What carries the particles of one picture, by the exact score unless another is given."""
    s, steps = document.reflected, steps_of(document, name)
    variances = total_variance(s, domain.size, np.linspace(1.0, 0.0, steps + 1))
    score = guided_score(document, steps) if score is None else score
    return GuidedCarrier(domain, name, score, variances, noise_of(document.seed, n), s.quantile)


def _bundle(points: Floats, name: str, ends: object) -> Bundle:
    times = np.linspace(0.0, 1.0, len(points), dtype=np.float32)
    return Bundle(
        times=times, points=points, method=name, evaluations=len(points) - 1,
        **ends,  # type: ignore[arg-type]
    )  # fmt: skip
