"""What is trained, and what it predicts."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, choice, number, switch

NETWORKS = {"velocity": "Velocity MLP", "iadb": "IADB network"}
ACTIVATIONS = {
    "silu": "SiLU",
    "relu": "ReLU",
    "gelu": "GELU",
    "tanh": "tanh",
    "elu": "ELU",
    "selu": "SELU",
}
SMOOTH = ("silu", "gelu", "tanh", "elu")  # of which no derivative jumps
WAVES = {"auto": "Where shapes are thin", "on": "Always", "off": "Never"}
PREDICTIONS = {
    "velocity": "Velocity",
    "velocity_and_noise": "Velocity and noise E[z | x]",
    "score": "Score ∇ log p",
    "denoiser": "Denoiser E[x₁ | x]",
    "noise": "Noise E[z | x]",
    "score_between_walls": "Score between walls",
}

BOTH = "velocity_and_noise"  # the one prediction of two quantities
BETWEEN_WALLS = "score_between_walls"  # the one that belongs to the room Reflected, not to a flow


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
        also="model, neural network, architecture, net, perceptron",
    )
    predicts: str = choice(
        "velocity",
        PREDICTIONS,
        "Predicts",
        "What the network learns; where it is not the velocity, that is computed from it, which "
        "needs a Gaussian source or, for the score and the noise, a path that says so. With both "
        "velocity and noise an SDE is known under any coupling. The score between walls belongs to "
        "the room Reflected",
        also="prediction, parameterisation, v-prediction, x-prediction",
        entries={
            "score": "score matching, score function",
            "denoiser": "denoising, x-prediction, data prediction",
            "noise": "epsilon prediction, noise prediction",
            "score_between_walls": "reflected diffusion, constrained score matching, CDSM",
            "velocity_and_noise": "velocity and score, joint, latent noise, stochastic interpolant",
        },
    )
    width: int = number(
        48,
        4,
        1024,
        "Width",
        "Neurons in each hidden layer",
        log=True,
        also="hidden size, hidden units, neurons, number of neurons, network size, "
        "neural network size, size of the network, number of parameters",
    )
    depth: int = number(
        4,
        1,
        10,
        "Depth",
        "Hidden layers",
        also="number of layers, hidden layers, network size, neural network size, deep",
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
        also="class-conditional, labels, condition on the class, conditional model",
    )
