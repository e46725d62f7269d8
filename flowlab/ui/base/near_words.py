"""Words that mean nearly the same to somebody who searches, and words that say nothing."""

from __future__ import annotations

FAMILIES = (
    "size number count amount quantity",
    "speed rate pace fast faster slow slower quick quicker",
    "scheme palette colormap colourmap",
    "reset restart reinitialise",
    "generate generation sample create",
    "previous earlier recent past older",
    "symmetry symmetric mirror mirrored reflect reflection",
    "curve curved curvature bend bent bending bends",
    "network net nn model mlp",
    "train training learn learning",
    "start initial first begin beginning",
    "end final last finish",
    "delete remove erase",
    "class label category group kind",
    "picture image figure",
    "film movie video animation",
    "evaluate evaluation measure metric quality",
    "stochastic random noisy",
    "wiener brownian",
    "timestep step",
    "inverse invert backward reverse",
    "file session document",
    "dimension size",
    "colour hue tint",
    "guess estimate",
    "weight parameter",
    "particle point dot",
    "trajectory path",
    "mean average expectation",
)
_FILLER = """
a an and at by for from in of on the to is are be do does can could i me my it its this that
how what where which when why with without into please want need use using get make see show
set change choose turn switch adjust edit more less new mode setting settings option options
value values button menu
"""
FILLER = frozenset(_FILLER.split())

_NEAR: dict[str, tuple[str, ...]] = {}
for _family in FAMILIES:
    for _word in _family.split():
        _others = tuple(other for other in _family.split() if other != _word)
        _NEAR[_word] = (*_NEAR.get(_word, ()), *_others)


def near(word: str) -> tuple[str, ...]:
    """Other words that may be meant."""
    return _NEAR.get(word, ())
