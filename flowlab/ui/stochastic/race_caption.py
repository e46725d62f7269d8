"""The caption of the race: how many particles, which noise, whose velocity."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.stochastic.race.results import race_of
from flowlab.core.stochastic.settings import LEVELS, eps_shape_of
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, particles_words, weights_words


def race_caption(document: Document, bundle: Bundle) -> str:
    """The caption for a race, or that it is on its way."""
    race, settings = race_of(bundle), document.stochastic
    if race is None:
        return COMING
    shape = eps_shape_of(settings, document.path.noisy)
    level = LEVELS[shape].replace("ε", f"ε = {settings.eps:.3g}", 1)
    parts = [
        f"{particles_words(bundle, document.view.particles)} a lane",
        *([] if race.why_no_sde else [level]),
        weights_words(bundle, exact=race.exact),
    ]
    return " · ".join(parts)
