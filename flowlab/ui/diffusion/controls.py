"""The controls of each view of the diffusion room."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.ui.diffusion.counterfactual_controls import CounterfactualControls
from flowlab.ui.diffusion.elbo_controls import ElboControls
from flowlab.ui.diffusion.face_controls import FaceControls
from flowlab.ui.diffusion.guided_controls import GuidedControls
from flowlab.ui.diffusion.langevin_controls import LangevinControls
from flowlab.ui.diffusion.latent_controls import LatentControls
from flowlab.ui.diffusion.memorisation_controls import MemorisationControls
from flowlab.ui.diffusion.model_controls import ModelControls, StripControls, TimePlaneControls
from flowlab.ui.diffusion.score_controls import ScoreControls
from flowlab.ui.room.controls import Controls

CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "samplers": ModelControls,
    "noising": StripControls,
    "diffusion_time_plane": TimePlaneControls,
    "faces": FaceControls,
    "class_guidance": GuidedControls,
    "counterfactual": CounterfactualControls,
    "langevin_dynamics": LangevinControls,
    "learned_scores": ScoreControls,
    "elbo": ElboControls,
    "latent_model": LatentControls,
    "memorisation": MemorisationControls,
}
