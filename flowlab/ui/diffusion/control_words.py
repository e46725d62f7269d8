"""What the controls of several views of the room have: sentences, and the form of the levels."""

from __future__ import annotations

from flowlab.core.diffusion.settings import Diffusion
from flowlab.ui.forms.lazy_form import LazyForm

KIND = ("kind", "ve_least", "ve_most")
EXACT = "Noise and score of the exact field in place of the network's, where it is known"
ONLY_EXPLODING = "Belongs to the exploding variance: choose that kind."
NO_SCHEDULE = "The exploding variance has no schedule: its noise grows by equal factors."


def forbid_levels(form: LazyForm, settings: Diffusion) -> None:
    """Disable what has no part in levels of the chosen kind."""
    exploding = settings.kind == "ve"
    form.forbid("schedule", NO_SCHEDULE if exploding else "")
    for name in KIND[1:]:
        form.forbid(name, "" if exploding else ONLY_EXPLODING)
