"""Iterative alpha-(de)blending: chains between any two distributions, deblended exactly."""

from flowlab.core.blending.choosing import deblender_of
from flowlab.core.blending.converging import converge
from flowlab.core.blending.faces import Deblender, Drawn
from flowlab.core.blending.scripted import chain, deblend
from flowlab.core.blending.supports import support_of

__all__ = [
    "Deblender",
    "Drawn",
    "chain",
    "converge",
    "deblend",
    "deblender_of",
    "support_of",
]
