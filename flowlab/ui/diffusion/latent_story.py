"""The story of a latent model: what a q loses, and that nothing else is lost."""

from __future__ import annotations

from flowlab.core.diffusion.latent import LatentBound
from flowlab.core.diffusion.latent_picture import is_latent, pictured
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.scene.diffusion.latent import shown
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures
from flowlab.ui.room.story import Story, say, words

READ = (
    "A latent z ~ N(0, 1) is decoded to x = g(z) plus noise, g(z) = slope z + bend z². What z was "
    "behind an observed x, the posterior says; q is a guess of it. For every q, log p(x) = ELBO + "
    "KL(q ‖ posterior). The left side knows nothing of q: what the ELBO gains, the gap loses."
)
DRAG = (
    "Drag the top of the violet bell to move q, a dot at its flank to widen it. Arrow keys in the "
    "number fields do the same. Nothing here depends on t."
)
PARTS = (
    "The ELBO is E log p(x | z) under q, how well z drawn from q explains x, less KL(q ‖ prior), "
    "what q says beyond the prior. A variational autoencoder raises it, with a network for q and "
    "one for g. A diffusion model’s bound is the same with the noised data as its latents, whose q "
    "is fixed."
)
STRAIGHT = "The decoder is a straight line, so that the posterior is Gaussian: one q loses nothing."
BENT = (
    "The decoder is bent, so that the posterior isn’t Gaussian: every Gaussian q loses something. "
    "Numbers by quadrature over z, exact to rounding."
)
ROWS = {
    "reconstruction": ("E log p(x | z)", "Mean over z ~ q, in nats"),
    "rate": ("KL(q ‖ prior)", "In nats"),
    "elbo": ("ELBO", "The first less the second"),
    "gap": ("KL(q ‖ posterior)", "What the ELBO is below log p(x); 0 only if q is the posterior"),
    "log_evidence": ("log p(x)", "The same for every q"),
    "mean": ("posterior mean", "Of z given x"),
    "deviation": ("posterior spread", "Its standard deviation"),
}


class LatentStory(Story):
    """The figures of the bound, and how it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.drag, self.parts, self.kind = words(), words(), words(), words("dim")
        self.figures = Figures(ROWS)
        for widget in (
            heading("log p = ELBO + KL"),
            self.figures,
            self.kind,
            self.drag,
            self.read,
            self.parts,
        ):
            self.column.addWidget(widget)
        for label, sentence in ((self.read, READ), (self.drag, DRAG), (self.parts, PARTS)):
            say(label, sentence)
        say(self.kind, "")

    def show_document(self, document: Document) -> None:
        """Show the figures of the document's q at once, as the picture does."""
        super().show_document(document)
        self.renew()

    def renew(self) -> None:
        """Show the figures; dashes while another picture is shown, or none can be had."""
        found = _found(self.document.diffusion) if is_latent(self.bundle) else None
        self.figures.show_values(**figure_words(found))
        bent = self.document.diffusion.latent_bend != 0
        say(self.kind, "" if found is None else BENT if bent else STRAIGHT)


def _found(settings: Diffusion) -> LatentBound | None:
    try:
        return pictured(settings)
    except Invalid:
        return None


def figure_words(found: LatentBound | None) -> dict[str, str]:
    """The figures of `ROWS` in words."""
    if found is None:
        return dict.fromkeys(ROWS, NONE)
    own = {"mean": found.posterior_mean, "deviation": found.posterior_deviation}
    names = (name for name in ROWS if name not in own)
    return {name: shown(value, 4) for name, value in own.items()} | {
        name: shown(getattr(found, name), 4) for name in names
    }
