"""The controls of each view of the diffusion room."""

from __future__ import annotations

from collections.abc import Callable, Collection

from flowlab.core.diffusion.settings import DDIM, DDPM, ODE, SDE, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_only_learned
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.control_words import EXACT, KIND, forbid_levels
from flowlab.ui.diffusion.elbo_controls import ElboControls
from flowlab.ui.diffusion.face_controls import FaceControls
from flowlab.ui.diffusion.langevin_controls import LangevinControls
from flowlab.ui.diffusion.latent_controls import LatentControls
from flowlab.ui.diffusion.memorisation_controls import MemorisationControls
from flowlab.ui.diffusion.score_controls import ScoreControls
from flowlab.ui.room.controls import Controls
from flowlab.ui.room.exact_switch import ExactSwitch

NOT_SHOWN = "Belongs to a process that isn't shown: {}."
NO_CORRECTION = "There are no corrections: choose one or more."
NO_CLAMP = "Nothing is clamped: switch Clamp on."
NO_OPTIMAL = "The optimal variance needs the exact field. {}"
OWNERS = {  # settings of a sampler, and the processes that read them
    "variance": (DDPM, "DDPM"),
    "eta": (DDIM, "DDIM"),
    "predictor": (SDE, "Reverse SDE"),
    "corrector": (SDE, "Reverse SDE"),
    "snr": (SDE, "Reverse SDE"),
    "ode_predictor": (ODE, "Probability-flow ODE"),
}


class ModelControls(ExactSwitch):
    """Controls for the levels of noise, for the samplers, and for what is drawn."""

    view = "samplers"
    words, tip = "Exact noise and score", EXACT
    chosen: tuple[str, ...] = ("first", "second", "third")
    drawn: tuple[str, ...] = ("particles", "highlighted", "colour")

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_first()
        self.add_form("diffusion", *self.chosen)
        self.noise = self.add_form("diffusion", "eta", "variance")
        self.add_equivalence()
        self.column.addWidget(heading("Noise levels"))
        self.levels = self.add_form("diffusion", "steps", "T", "schedule", *KIND, "standardise")
        self.column.addWidget(heading("Single steps"))
        self.solvers = self.add_form("diffusion", "predictor", "ode_predictor", "corrector", "snr")
        self.cut = self.add_form("diffusion", "clamp", "box")
        self.column.addWidget(self.exact)
        self.add_form("view", *self.drawn)
        self.add_more(self.view)
        self.show_document(document)

    def add_first(self) -> None:
        """Add what only this view has, above all others."""

    def add_equivalence(self) -> None:
        """Add the switch that puts IADB and DDIM on one picture."""
        self.add_form("diffusion", "iadb_is_ddim")

    def processes(self, settings: Diffusion) -> Collection[str]:
        """The processes that have a part in the picture."""
        return settings.processes

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why some have no part in the picture."""
        super().show_document(document)
        settings = document.diffusion
        shown = self.processes(settings)
        for form in (self.noise, self.solvers):
            for name in (spec.name for spec in form.specs):
                process, title = OWNERS[name]
                form.forbid(name, "" if process in shown else NOT_SHOWN.format(title))
        if SDE in shown:
            self.solvers.forbid("snr", "" if settings.corrector else NO_CORRECTION)
        why = why_only_learned(document)
        self.noise.forbid_option("variance", "optimal", NO_OPTIMAL.format(why) if why else "")
        forbid_levels(self.levels, settings)
        self.cut.forbid("box", "" if settings.clamp else NO_CLAMP)


class StripControls(ModelControls):
    """The same for one process, with the number of pictures."""

    view = "noising"
    chosen = ("first",)
    drawn = ("particles", "colour")

    def add_first(self) -> None:
        """Add the number of pictures."""
        self.add_form("diffusion", "panels")

    def add_equivalence(self) -> None:
        """Nothing: there is one process."""

    def processes(self, settings: Diffusion) -> Collection[str]:
        """The process of the way back."""
        return (settings.first,)


class TimePlaneControls(ModelControls):
    """The same, below the direction; paths have the colours of their starts."""

    view = "diffusion_time_plane"
    drawn = ("particles", "highlighted")

    def add_first(self) -> None:
        """Add the direction."""
        self.add_form("diffusion", "angle")

    def add_equivalence(self) -> None:
        """Nothing: paths that are the same lie upon each other anyway."""


CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "samplers": ModelControls,
    "noising": StripControls,
    "diffusion_time_plane": TimePlaneControls,
    "faces": FaceControls,
    "langevin_dynamics": LangevinControls,
    "learned_scores": ScoreControls,
    "elbo": ElboControls,
    "latent_model": LatentControls,
    "memorisation": MemorisationControls,
}
