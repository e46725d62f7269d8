"""The caption of a picture of this room, one line at its foot."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.blending.generations import generations_of
from flowlab.core.blending.results import blends_of, chain_of
from flowlab.core.blending.tangent.results import tangents_of
from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, counted, flow_caption

DRAWN = {
    "exact": "deblended from the exact posterior",
    "rejection": "deblended by rejection",
    "cheaper": "deblended by rejection, from the cheaper end",
}


def caption(document: Document, bundle: Bundle) -> str:
    """The caption for the document's view; the bundle may still be another view's."""
    view = document.view.name
    if view == "chain":
        return chain_caption(document, bundle) if chain_of(bundle) is not None else COMING
    if view == "tangent_field":
        return tangent_caption(document, bundle) if tangents_of(bundle) is not None else COMING
    if view == "blending":
        pairs = counted(bundle.points.shape[1], "independent pair")
        return f"{pairs}, blended" if blends_of(bundle) else COMING
    if view == "conditions":
        return (
            conditions_caption(document, bundle) if generations_of(bundle) is not None else COMING
        )
    return flow_caption(document, bundle) if bundle.flows else COMING


def conditions_caption(document: Document, bundle: Bundle) -> str:
    """How many points of how many generations, and which flow carries them."""
    generations = generations_of(bundle)
    assert generations is not None
    if generations.exact:
        bundle = replace(bundle, exact=bundle)
    count = f"{len(generations.panels) - 1} generations of "
    return count + flow_caption(document, bundle)


def chain_caption(document: Document, bundle: Bundle) -> str:
    """How many chains, with how many steps, and how their pairs were drawn."""
    chain = chain_of(bundle)
    assert chain is not None
    steps = len(bundle.times) - 1
    how = DRAWN[document.blending.deblend]
    listed = " at listed α" if document.blending.alphas else ""
    given_up = chain.unfinished
    lost = f" · {given_up:,} gave up" if given_up else ""
    return f"{counted(bundle.points.shape[1], 'chain')} · N = {steps}{listed} · {how}{lost}"


def tangent_caption(document: Document, bundle: Bundle) -> str:
    """Which fields, on which grid, and from how many samples."""
    tangents, which = tangents_of(bundle), document.blending.field
    assert tangents is not None
    grid = f"{len(tangents.estimate.xs)} × {len(tangents.estimate.ys)} cells"
    if which == "exact":
        return f"exact field · {grid}"  # how it is known, the panel or the card says
    if which == "learned":
        what = "untrained" if bundle.step == 0 else f"training step {bundle.step:,}"
        return f"learned field · {grid} · {what}"
    n, coupled = document.blending.samples, document.coupling.kind != "independent"
    if which == "beside":
        whence = "pairs of the coupling" if coupled else f"{n:,} samples an end"
        return f"three fields · {grid} · averaged from {whence}"
    whose = "pairs of the coupling" if coupled else f"all pairs of {n:,} and {n:,} samples"
    return f"averaged field · {grid} · {whose}"
