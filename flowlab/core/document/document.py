"""The whole experiment as one frozen value: what a person chose, nothing derived from it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from flowlab.core.blending.settings import Blending
from flowlab.core.document.arguments import kind_of
from flowlab.core.document.arrays import Array, array_of
from flowlab.core.document.limits import Checked, Invalid, choice, data, number, switch, text
from flowlab.core.document.path_checks import Knots, check_path
from flowlab.core.document.shapes import Gaussian, Ring, Shape
from flowlab.core.views.registry import DEFAULT, VIEWS

NETWORKS = {"velocity": "Velocity MLP", "iadb": "IADB network"}
ACTIVATIONS = {
    "silu": "SiLU",
    "relu": "ReLU",
    "gelu": "GELU",
    "tanh": "tanh",
    "elu": "ELU",
    "selu": "SELU",
}
OBJECTIVES = {
    "mse": "Mean squared error",
    "quadratic": "Quadratic",
    "sum": "Sum of squared errors",
}
OPTIMISERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum"}
METHODS = {
    "euler": "Euler",
    "midpoint": "Midpoint",
    "heun": "Heun",
    "rk4": "RK4",
    "dopri5": "Dormand–Prince",
}
DIRECTIONS = {"forward": "Source to target", "reverse": "Target to source"}
LAYOUTS = {"overlay": "One plane", "side": "Side by side"}
TARGETS = {
    "pairs": "Each pair",
    "exact": "Zero-variance target E[ẋ | x]",
}
WAVES = {"auto": "Where shapes are thin", "on": "Always", "off": "Never"}
COLOURS = {
    "time": "Time",
    "class": "Class",
    "start": "Start position",
    "speed": "Speed",
}
PREDICTIONS = {
    "velocity": "Velocity",
    "score": "Score ∇ log p",
    "denoiser": "Denoiser E[x₁ | x]",
    "noise": "Noise E[z | x]",
}
PATHS = {
    "linear": "Linear",
    "trigonometric": "Trigonometric",
    "encoding": "Encoding–decoding",
    "preserving": "Variance preserving",
    "mirror": "Mirror",
    "custom": "Custom curves",
}
NOISES = {
    "none": "None",
    "brownian": "Brownian √(t(1 − t))",
    "quadratic": "Quadratic t(1 − t)",
    "sine": "Sine squared sin²(πt)",
}
CLOCKS = {
    "even": "Even",
    "early": "Early",
    "late": "Late",
    "smooth": "Smooth",
    "ends": "Slow in the middle",
}
COUPLINGS = {
    "independent": "Independent",
    "ot": "Optimal transport",
    "sinkhorn": "Sinkhorn transport",
    "lines": "Drawn lines",
    "reflow": "Reflow pairs",
}
MOST_LINES = 64
SHOWS = {"learned": "Learned", "exact": "Exact", "difference": "Difference"}
FIELDS = {"none": "Off", "arrows": "Arrows", "streamlines": "Streamlines"}
_VIEWS = {name: row.title for name, row in VIEWS.items()}


@dataclass(frozen=True, kw_only=True)
class Path(Checked):
    """How a pair is joined: x_t = a(t) x0 + b(t) x1 + gamma(t) z.

    `alpha_knots` are those of a, `beta_knots` those of b: the names of stochastic interpolants.
    """

    kind: str = choice(
        "linear",
        PATHS,
        "Path",
        "How the weights of source and target change as t goes",
        also="interpolant, interpolation, schedule, alpha beta",
    )
    noise: str = choice(
        "none",
        NOISES,
        "Noise",
        "Fresh noise γ z is added between the ends, and none at them: it blurs every distribution "
        "on the way",
        also="latent noise, gamma, γ, stochastic interpolant",
    )
    level: float = number(
        1.0,
        0.05,
        10.0,
        "Noise level",
        "The noise γ is multiplied by this",
        log=True,
        also="gamma, γ",
    )
    clock: str = choice(
        "even",
        CLOCKS,
        "Clock",
        "When the path is walked: early does most of it soon after t = 0, late shortly before "
        "t = 1, smooth starts and ends slowly",
        also="schedule, time schedule, timing",
    )
    alpha_knots: Knots = data(((0.3, 0.7), (0.7, 0.3)), "Knots of a")
    beta_knots: Knots = data(((0.3, 0.3), (0.7, 0.7)), "Knots of b")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_path(self)

    @property
    def noisy(self) -> bool:
        """True if the path has latent noise."""
        return self.noise != "none"


@dataclass(frozen=True, kw_only=True)
class Coupling(Checked):
    """Which source point is paired with which target point; both keep their distribution."""

    kind: str = choice(
        "independent",
        COUPLINGS,
        "Coupling",
        "Which source point is paired with which target point; both distributions stay as they are",
        also="pairing, matching, couple",
    )
    batch: int = number(
        128,
        2,
        512,
        "Matched batch",
        "So many source points are matched with as many target points. The best matching of a "
        "batch is not that of the whole: small batches leave more crossings and a higher cost "
        "(2 is nearly independent), and the bias fades as the batch grows",
        log=True,
        also="minibatch, mini-batch, OT batch",
    )
    regularisation: float = number(
        0.1,
        1e-3,
        100.0,
        "Regularisation",
        "Weight ε of the plan's entropy, in squared units of the plane: a small one comes near "
        "the exact assignment, a large one near the independent coupling",
        log=True,
        also="entropy, epsilon, ε",
    )
    reach: float = number(
        1.0,
        0.05,
        10.0,
        "Reach",
        "A line speaks for source points within this distance of its start",
        log=True,
    )
    lines: Array | None = data(None, "Lines")  # (k, 4): x0, y0, x1, y1
    pairs: Array | None = data(None, "Pairs")  # (n, 4), carried by an earlier flow
    generation: int = number(0, 0, 9999, "Generation", "How often the pairs were flowed anew")
    ends: str = text("", 200, "Made for")  # fingerprint of the distributions that the pairs join

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lines", "pairs"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _four_columns(given, name))
        if self.lines is not None and len(self.lines) > MOST_LINES:
            raise Invalid(f"A coupling takes at most {MOST_LINES} lines; remove some.")
        if self.kind == "reflow" and self.pairs is None:
            raise Invalid("There are no reflow pairs yet: train a flow, then press Reflow.")


def _four_columns(given: Any, name: str) -> Array:
    """`given` as rows x0, y0, x1, y1; raises `Invalid`."""
    array = array_of(given, f"The coupling's {name}", np.float32)
    if not (array.shape[1:] == (4,) and array.finite and len(array)):
        raise Invalid(f"The coupling's {name} must be finite rows x0, y0, x1, y1.")
    return array


@dataclass(frozen=True, kw_only=True)
class Network(Checked):
    """The network that learns the velocity, or what the velocity follows from."""

    kind: str = choice(
        "velocity",
        NETWORKS,
        "Network",
        "MLP: multilayer perceptron, in which every neuron sees all of the layer before. IADB: "
        "iterative α-(de)blending, whose network takes cat(x, α) as it is; the velocity MLP may "
        "embed t and standardise x",
        also="model, neural network, architecture, net",
    )
    predicts: str = choice(
        "velocity",
        PREDICTIONS,
        "Predicts",
        "What the network learns; where it is not the velocity, that is computed from it, which "
        "needs a Gaussian source or, for the score and the noise, a path that says so",
        also="prediction, parameterisation, v-prediction, x-prediction",
    )
    width: int = number(
        48,
        4,
        1024,
        "Width",
        "Neurons in each hidden layer",
        log=True,
        also="hidden size, hidden units, neurons, number of neurons",
    )
    depth: int = number(
        4,
        1,
        10,
        "Depth",
        "Hidden layers",
        also="number of layers, hidden layers",
    )
    activation: str = choice(
        "silu",
        ACTIVATIONS,
        "Activation",
        "Applied to every neuron. SiLU, the sigmoid linear unit: x / (1 + e⁻ˣ). ReLU, rectified: "
        "max(0, x). GELU, Gaussian error: x Φ(x), with Φ the normal distribution function. ELU, "
        "exponential: eˣ − 1 for x < 0, else x. SELU, scaled: 1.051 x for x > 0, else "
        "1.758 (eˣ − 1)",
        also="nonlinearity, activation function",
    )
    time_features: int = number(
        2,
        0,
        16,
        "Time features",
        "Sine and cosine pairs of t (velocity MLP)",
        also="time embedding, Fourier features of t, positional encoding",
    )
    waves: str = choice(
        "auto",
        WAVES,
        "Waves of x",
        "Sines and cosines of x as inputs: thin or scattered shapes are learned sooner and sharper "
        "(velocity MLP)",
        also="Fourier features, random Fourier features, sinusoidal",
    )
    space_features: int = number(
        24,
        0,
        64,
        "Space features",
        "Sine and cosine pairs of x, where there are waves (velocity MLP)",
        also="Fourier features, number of waves",
    )
    precondition: bool = switch(
        True,
        "Precondition",
        "Standardise x_t by its first two moments and "
        "learn only what the best linear velocity leaves (velocity MLP)",
        also="preconditioning, normalise, standardise, whitening",
    )
    conditional: bool = switch(
        False,
        "Conditional",
        "The class of the target point is given to the network as well: it then learns one flow "
        "for each class",
        also="class-conditional, labels, condition on the class",
    )


@dataclass(frozen=True, kw_only=True)
class Training(Checked):
    """How the network is trained."""

    objective: str = choice(
        "mse",
        OBJECTIVES,
        "Loss",
        "All have the same minimiser. The quadratic one leaves out the square of what each pair "
        "asks and is negative at its best; the sum over a batch has a gradient 2 × batch times as "
        "large, which matters to SGD but not to Adam",
        also="objective, loss function, criterion, MSE",
    )
    target: str = choice(
        "pairs",
        TARGETS,
        "Learns from",
        "The exact mean of all pairs through a point has no noise and the same minimiser; "
        "it is known between Gaussian mixtures",
        also="regression target, exact target, zero variance",
    )
    batch: int = number(
        240,
        8,
        16384,
        "Batch",
        "Pairs a step",
        log=True,
        also="batch size, minibatch, mini-batch size",
    )
    optimiser: str = choice(
        "adam",
        OPTIMISERS,
        "Optimiser",
        "SGD, stochastic gradient descent, with momentum: m ← 0.9 m + g, w ← w − rate × m, for the "
        "gradient g in the weights w. Adam, adaptive moments: w ← w − rate × m / (√s + 1e-8), with "
        "the running means m of g and s of g². AdamW also takes rate × 0.01 w away",
        also="gradient descent, training algorithm",
    )
    learning_rate: float = number(
        4e-3,
        1e-6,
        10.0,
        "Learning rate",
        "May change while training",
        log=True,
        also="lr, step size of training",
    )
    beta2: float = number(
        0.99,
        0.5,
        0.9999,
        "Beta 2",
        "β₂ of Adam's memory of squared gradients, s ← β₂ s + (1 − β₂) g²",
        also="β₂, second moment",
    )
    decay_every: int = number(
        0,
        0,
        1_000_000,
        "Decay every",
        "Steps; 0 keeps the rate constant",
        also="learning rate schedule, scheduler, lr decay",
    )
    decay_factor: float = number(
        0.6,
        0.01,
        1.0,
        "Decay factor",
        "The rate is multiplied by this",
        also="learning rate schedule, scheduler, lr decay, gamma",
    )
    ema: float = number(
        0.2,
        0.0,
        0.9,
        "EMA window",
        "Moving average of the weights, over this share of all steps so far: after k of them, "
        "w̄ ← w̄ + (w − w̄) / (1 + window × k); 0 shows the raw weights",
        also="moving average, averaged weights, exponential moving average, smoothing",
    )
    stratified: bool = switch(
        True,
        "Stratified t",
        "Spread the times of a batch evenly",
        also="time sampling, low discrepancy",
    )
    antithetic: bool = switch(
        True,
        "Antithetic pairs",
        "Each pair is met twice, with the noise z and with −z: their errors cancel near the ends "
        "of time",
        also="variance reduction",
    )


@dataclass(frozen=True, kw_only=True)
class Solver(Checked):
    """How particles are carried along the velocity."""

    method: str = choice(
        "rk4",
        METHODS,
        "Solver",
        "Euler: x ← x + h v(x, t), error h. Midpoint and Heun: two velocities a step, error h². "
        "RK4, Runge and Kutta's of order 4: four velocities, error h⁴. Dormand–Prince: order 5, "
        "with steps h chosen by the tolerances",
        also="integrator, ODE solver, sampler, integration method",
    )
    steps: int = number(
        8,
        1,
        1000,
        "Steps",
        "Of equal length, from t = 0 to t = 1",
        log=True,
        also="number of steps, NFE, step size, integration steps",
    )
    rtol: float = number(
        1e-4,
        1e-8,
        1e-1,
        "Relative tolerance",
        "Dormand–Prince only",
        log=True,
        also="rtol, accuracy",
    )
    atol: float = number(
        1e-4,
        1e-8,
        1e-1,
        "Absolute tolerance",
        "Dormand–Prince only",
        log=True,
        also="atol, accuracy",
    )
    direction: str = choice(
        "forward",
        DIRECTIONS,
        "Direction",
        also="reverse, inverse, backwards, encode",
    )


@dataclass(frozen=True, kw_only=True)
class View(Checked):
    """What is shown and how; only some fields change what is computed."""

    name: str = choice(DEFAULT, _VIEWS, "View")
    particles: int = number(
        5000,
        1,
        1_000_000,
        "Particles",
        "How many samples travel",
        log=True,
        also="number of particles, number of samples, count, points",
    )
    highlighted: int = number(
        12,
        0,
        200,
        "Paths",
        "Particles whose whole path is drawn",
        also="number of paths, trajectories, highlighted",
    )
    shows: str = choice(
        "learned",
        SHOWS,
        "Flow",
        "What the network learned, the exact flow that it is to learn, or how far they are apart",
    )
    layout: str = choice(
        "overlay",
        LAYOUTS,
        "Layout",
        also="side by side, overlay",
    )
    show_particles: bool = switch(
        True,
        "Particles",
        "The moving samples",
        also="points, dots, show particles",
    )
    show_trails: bool = switch(
        True,
        "Trails",
        "Where each particle just was",
        also="traces, tails, motion blur",
    )
    show_density: bool = switch(
        False,
        "Density",
        "Heat map of the particles' density",
        also="heat map, heatmap, colour bar, colourmap, histogram, KDE",
    )
    show_contours: bool = switch(
        False,
        "Contours",
        "Lines of equal density",
        also="isolines, level sets, contour lines",
    )
    show_grid: bool = switch(
        False,
        "Grid",
        "A square lattice carried along by the flow",
        also="deforming grid, lattice, mesh",
    )
    show_paths: bool = switch(
        True,
        "Paths",
        "The whole path of a few particles",
        also="trajectories, lines, curves",
    )
    show_raw: bool = switch(
        False,
        "Raw weights",
        "The same particles under the weights of this very step, not their moving average",
        also="without EMA, unaveraged weights",
    )
    show_ends: bool = switch(
        True,
        "Ends",
        "Faint clouds of source and target",
        also="source and target, both clouds",
    )
    show_pairs: bool = switch(
        False,
        "Pairs",
        "Straight lines between the two points of some pairs",
        also="coupling lines, connections",
    )
    field: str = choice(
        "none",
        FIELDS,
        "Velocity",
        "Where the flow goes at this t",
        also="velocity field, vector field, quiver",
    )
    colour: str = choice(
        "time",
        COLOURS,
        "Colour",
        "What the colour of a particle tells",
        also="color by, palette, paint",
    )
    trail: float = number(
        0.12,
        0.01,
        1.0,
        "Trail length",
        "In units of t",
        also="tail length",
    )
    condition: int = number(
        0, 0, 255, "Condition", "The class that a conditional network is asked for"
    )


def _eight_gaussians() -> Shape:
    return Ring()


@dataclass(frozen=True, kw_only=True)
class Document(Checked):
    """Everything that determines a result: same document, same seed, same frames."""

    source: Shape = field(default_factory=Gaussian)
    target: Shape = field(default_factory=_eight_gaussians)
    path: Path = field(default_factory=Path)
    coupling: Coupling = field(default_factory=Coupling)
    network: Network = field(default_factory=Network)
    training: Training = field(default_factory=Training)
    solver: Solver = field(default_factory=Solver)
    view: View = field(default_factory=View)
    blending: Blending = field(default_factory=Blending)
    seed: int = number(
        0,
        0,
        2**31 - 1,
        "Seed",
        "Same seed, same frames",
        also="random seed, rng, randomness",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for part in dataclasses.fields(self):
            kind = _PARTS.get(part.name)
            if kind is not None:
                kind_of(getattr(self, part.name), kind, part.name, f"a {kind.__name__}")

    def with_parts(self, **parts: Any) -> Document:
        """The document with some of its parts replaced, named by strings known at run time."""
        return replace(self, **parts)


_PARTS: dict[str, type] = {
    "source": Shape,
    "target": Shape,
    "path": Path,
    "coupling": Coupling,
    "network": Network,
    "training": Training,
    "solver": Solver,
    "view": View,
    "blending": Blending,
}

NOTEBOOK = "Interpolants notebook (512 × 3 ReLU)"
RECIPES: dict[str, tuple[Network, Training]] = {
    "FlowLab default": (Network(), Training()),
    NOTEBOOK: (
        Network(
            width=512,
            depth=3,
            activation="relu",
            time_features=0,
            space_features=0,
            precondition=False,
        ),
        Training(
            objective="quadratic",
            batch=2500,
            learning_rate=2e-3,
            beta2=0.999,
            decay_every=1500,
            decay_factor=0.6,
            ema=0.0,
            stratified=False,
        ),
    ),
    "IADB tutorial": (
        Network(
            kind="iadb",
            width=64,
            depth=4,
            activation="relu",
            time_features=0,
            space_features=0,
            precondition=False,
        ),
        Training(
            objective="sum", batch=256, learning_rate=1e-3, beta2=0.999, ema=0.0, stratified=False
        ),
    ),
}

RECIPE_ALIASES = {"Interpolants notebook": NOTEBOOK, "Seed notebook": NOTEBOOK}  # in scripts


def with_recipe(document: Document, name: str) -> Document:
    """The document with a recipe's network and training, as conditional as it was."""
    network, training = RECIPES[name]
    network = replace(network, conditional=document.network.conditional)
    return replace(document, network=network, training=training)


def recipe_of(document: Document) -> str:
    """Name of the recipe that the document follows, conditional or not, or "Custom"."""
    mine = (replace(document.network, conditional=False), document.training)
    return next((name for name, recipe in RECIPES.items() if recipe == mine), "Custom")
