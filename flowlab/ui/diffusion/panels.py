"""The panels of the diffusion room."""

from __future__ import annotations

from flowlab.core.diffusion.memorisation_results import memories_of
from flowlab.core.diffusion.views import ROOM
from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.diffusion import latent_handles, point_handle
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.controls import CONTROLS
from flowlab.ui.diffusion.counterfactual_story import CounterfactualStory
from flowlab.ui.diffusion.denoising_story import DenoisingStory
from flowlab.ui.diffusion.elbo_story import ElboStory
from flowlab.ui.diffusion.faces_story import FacesStory
from flowlab.ui.diffusion.guided_story import GuidedStory
from flowlab.ui.diffusion.langevin_story import LangevinStory
from flowlab.ui.diffusion.latent_handles import LatentHandles
from flowlab.ui.diffusion.latent_story import LatentStory
from flowlab.ui.diffusion.memorisation_controls import MemorisationControls
from flowlab.ui.diffusion.memorisation_story import MemorisationStory
from flowlab.ui.diffusion.point_handle import PointHandle
from flowlab.ui.diffusion.score_story import ScoreStory
from flowlab.ui.diffusion.strip_story import StripStory
from flowlab.ui.diffusion.time_plane_story import TimePlaneStory
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story import Story
from flowlab.ui.room.views_panels import ViewsPanels

STORIES: dict[str, type[Story]] = {
    "samplers": DenoisingStory,
    "noising": StripStory,
    "diffusion_time_plane": TimePlaneStory,
    "faces": FacesStory,
    "class_guidance": GuidedStory,
    "counterfactual": CounterfactualStory,
    "langevin_dynamics": LangevinStory,
    "learned_scores": ScoreStory,
    "elbo": ElboStory,
    "latent_model": LatentStory,
    "memorisation": MemorisationStory,
}
KEY_ROWS = {"Diffusion": (*point_handle.KEY_ROWS, *latent_handles.KEY_ROWS)}


class DiffusionPanels(ViewsPanels):
    """Left the levels and the samplers, right how far each is from noised data."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, ROOM, CONTROLS, STORIES)
        self.point = PointHandle(host.canvas, host.store)
        self.bell = LatentHandles(host.canvas, host.store)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show the results, and which training points can be taken as the target."""
        super().show_bundle(bundle)
        for controls in self.left.controls.values():
            if isinstance(controls, MemorisationControls):
                controls.show_memories(memories_of(bundle))

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        return caption(document, bundle)


def make(host: Host) -> DiffusionPanels:
    """Create the room's panels."""
    return DiffusionPanels(host)
