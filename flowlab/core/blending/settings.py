"""What a person chose in the (de)blending room; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flowlab.core.document.limits import Checked, Invalid, choice, data, number, switch

MOST_STEPS = 512

DEBLENDERS = {
    "exact": "From the exact posterior",
    "rejection": "By rejection (the article)",
    "cheaper": "By rejection, cheaper end",
}
PICTURES = {
    "angle": "Direction as colour",
    "magnitude": "Speed as brightness",
    "arrows": "Arrows",
    "streamlines": "Streamlines",
    "lic": "Line integral convolution",
}
FIELD_SOURCES = {
    "estimate": "Averaged on the grid",
    "exact": "Exact",
    "learned": "Learned",
    "beside": "All side by side",
}


@dataclass(frozen=True, kw_only=True)
class Blending(Checked):
    """Chains of blending and deblending, and the tangent field averaged on a grid."""

    steps: int = number(
        6,
        1,
        MOST_STEPS,
        "Steps N",
        "Of a chain: α goes from 0 to 1 in N even steps",
        log=True,
        also="number of steps",
    )
    alphas: tuple[float, ...] = data(
        (), "Values of α", "An increasing list from 0 to 1 in place of even steps"
    )
    chains: int = number(
        1000,
        1,
        20_000,
        "Chains",
        "How many run at once",
        log=True,
        also="number of chains, particles, samples",
    )
    deblend: str = choice(
        "exact",
        DEBLENDERS,
        "Deblending",
        "How a pair (x₀, x₁) that could have blended into x_α is drawn",
        also="posterior, rejection sampling, inverse",
    )
    redraw: int = number(
        0, 0, 9999, "Randomness", "Other numbers: the same starts, other pairs at every step"
    )
    followed: int = number(
        0,
        0,
        19_999,
        "Followed chain",
        "The one that is explained",
        also="highlighted chain, index",
    )
    fan: int = number(
        24,
        0,
        200,
        "Fan",
        "Chains from the followed start, each with randomness of its own",
        also="number of branches",
    )
    pairs: int = number(60, 0, 400, "Pairs", "Random pairs drawn as lines", log=False)
    cells: int = number(
        64,
        8,
        256,
        "Grid",
        "Cells along the longer side of the averaged field",
        log=True,
        also="resolution, number of cells, bins",
    )
    samples: int = number(
        2000,
        10,
        1_000_000,
        "Samples",
        "Of each end; all their pairs are averaged",
        log=True,
        also="number of samples",
    )
    picture: str = choice(
        "angle",
        PICTURES,
        "Shown as",
        also="colouring, LIC, quiver, direction colours",
    )
    field: str = choice(
        "estimate",
        FIELD_SOURCES,
        "Field",
        "Whose tangent D(x, α) is shown",
        also="vector field",
    )
    show_error: bool = switch(
        False, "Error", "How far the field that is shown lies from the exact one, as a map"
    )
    show_others: bool = switch(
        True, "Other pairs", "Pairs that could have been drawn for the followed chain's point"
    )
    show_flow: bool = switch(True, "Exact path", "Where the exact ODE carries the same start")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.alphas, tuple) or self.alphas:
            object.__setattr__(self, "alphas", _rising(self.alphas))

    @property
    def knots(self) -> tuple[float, ...]:
        """The values of alpha from 0 to 1 at which a chain has a point."""
        return self.alphas or tuple(k / self.steps for k in range(self.steps + 1))


def _rising(given: Any) -> tuple[float, ...]:
    """The alphas as a tuple; raises `Invalid` unless they increase from 0 to 1."""
    try:
        given = given.tolist() if hasattr(given, "tolist") else given
        alphas = tuple(float(alpha) for alpha in given)
    except (TypeError, ValueError, RuntimeError):
        alphas = ()
    rising = all(before < after for before, after in pairwise(alphas))
    if not 2 <= len(alphas) <= MOST_STEPS + 1 or not rising or (alphas[0], alphas[-1]) != (0, 1):
        raise Invalid(
            "The values of α must increase from 0 to 1, for example 0, 0.2, 0.5, 1; "
            f"there may be at most {MOST_STEPS + 1}."
        )
    return alphas
