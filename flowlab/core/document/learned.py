"""Which parts of a document its network is trained on, and which of them need fresh weights."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.fresh import FRESH
from flowlab.core.document.gaussian_noise import why_no_diffusion
from flowlab.core.document.network import BETWEEN_WALLS, SMOOTH

Aspect = tuple[object, ...]

NOISE_BETWEEN_WALLS = (  # settings of the reflected room on which a score between walls depends
    "walls", "width", "height", "center_x", "center_y", "outline", "clip",
    "process", "sigma_min", "sigma_max",
)  # fmt: skip

NO_LATENT = (
    "The velocity and the latent noise are learned together only along a path that has noise: "
    "choose one in the Flow room, or predict the velocity."
)

NEEDS_SMOOTH = (
    "Implicit score matching learns from the network's derivatives, and needs an activation "
    "without kinks: choose SiLU, GELU, tanh or ELU, or denoising score matching."
)
ONLY_LEARNED = "It is of a score between walls: let the network predict that"
ONLY_DENOISING = (
    "Implicit score matching weights by σ²: the other weighting is measured on the scores of the "
    "noise, which come from the kernel that it does without"
)


def why_no_latent(document: Document) -> str:
    """Why no network can learn the latent noise beside the velocity; empty if one can."""
    return "" if document.path.noisy else NO_LATENT


def between_walls(document: Document) -> bool:
    """True if the network learns the score between walls, which no source, path or pairs have."""
    return document.network.predicts == BETWEEN_WALLS


NO_ABSOLUTE = (
    "The L1 loss compares each axis by itself, but scores between walls are tangent to them: "
    "choose the mean squared error."
)


NO_BOUND = "The ELBO's weights are of a diffusion model's noise and data: {} Or weight by none."
BETWEEN_WALLS_WEIGHS = "A score between walls has weights of its own: choose none here."


def why_no_bound(document: Document) -> str:
    """Why the loss can't be weighted as an evidence bound; empty if it can."""
    if between_walls(document):
        return BETWEEN_WALLS_WEIGHS
    why = why_no_diffusion(document)
    return NO_BOUND.format(why) if why else ""


def why_no_implicit(document: Document) -> str:
    """Why a network can't learn by implicit score matching; empty if it can."""
    return "" if document.network.activation in SMOOTH else NEEDS_SMOOTH


def _noise(document: Document) -> Aspect:
    return tuple(getattr(document.reflected, name) for name in NOISE_BETWEEN_WALLS)


def learned(document: Document) -> Aspect:
    """What the weights depend on: the pairs, the path, the network and how it is trained."""
    return *weighed(document), document.training


def weighed(document: Document) -> Aspect:
    """The parts whose change gives weights of their own; `training` may change on the way."""
    if between_walls(document):
        return document.target, document.network, *_noise(document)
    ends = document.source, document.target
    return *ends, document.path, document.coupling, document.network


def flow_of(document: Document) -> Aspect:
    """The parts whose change needs fresh weights; other shapes of the same kind are learned on."""
    if between_walls(document):
        return type(document.target), document.network, *_noise(document)
    coupling = document.coupling
    pairs = coupling.pairs if coupling.kind == "reflow" else None
    ends = type(document.source), type(document.target)
    settings = (
        getattr(getattr(document, part), name) for part, names in FRESH.items() for name in names
    )
    return *ends, pairs, *settings
