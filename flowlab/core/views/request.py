"""The options of a plan, and the plan of each view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.results import Result
from flowlab.core.views.rows import resolve


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """The options of a plan, beside the document."""

    revision: int = 0  # number of the request, copied to the bundle
    step: int = 0  # training step of the weights, copied to the bundle
    cancelled: Callable[[], bool] | None = None  # checked at every evaluation of the field
    particles: int | None = None  # instead of the view's number
    coarse: bool = False  # a quick first answer: only the first particles, same solver
    few: int | None = None  # particles of a coarse answer, where the plan has no better number
    lattice: bool = True
    field: bool = True
    training: bool = False  # a network trains: what is slow and can wait is left out
    raw: Field | None = None  # of the weights that are not averaged, where those are known
    preview: Preview | None = None
    workers: int = 1  # threads that carry particles
    progress: Callable[[float], None] | None = None  # told the share of particles carried


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A request to show the particles at `t` early; all other times are those of `older`."""

    t: float
    older: Bundle
    show: Callable[[Bundle], None]


Plan = Callable[[Document, Field, PlanOptions], Result]


def plan_of(view: str) -> Plan:
    """The plan that computes a view, imported now."""
    plan: Plan = resolve(VIEWS[view].plan)
    return plan


def must_compute_first(document: Document) -> bool:
    """True if the plan needs something slow that isn't cached (the last bundle's time hides it)."""
    is_new = VIEWS[document.view.name].is_new
    return bool(is_new) and bool(resolve(is_new)(document))
