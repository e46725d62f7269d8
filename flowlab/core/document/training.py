"""How a network is trained."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, choice, number, switch

OBJECTIVES = {
    "mse": "Mean squared error",
    "quadratic": "Quadratic",
    "sum": "Sum of squared errors",
    "l1": "Absolute error (L1)",
}
ABSOLUTE = "l1"
LOSS_WEIGHTS = {"none": "None", "bound": "As the ELBO"}
BOUND = "bound"
OPTIMISERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum"}
TARGETS = {
    "pairs": "Each pair",
    "exact": "Zero-variance target E[ẋ | x]",
}
SCORE_MATCHING = {
    "denoising": "Denoising",
    "implicit": "Implicit, no kernel",
}
WEIGHTINGS = {
    "variance": "σ²",
    "inverse": "1/E|∇ log p|²",
}
WEIGHT_CAP = 10.0  # times sigma^2
LABEL_DROPOUT = 0.1  # that suffices for guidance


@dataclass(frozen=True, kw_only=True)
class Training(Checked):
    """How the network is trained."""

    objective: str = choice(
        "mse",
        OBJECTIVES,
        "Loss",
        "The first three have the same minimiser, the mean of what pairs ask for. The quadratic "
        "one leaves out the square of that and is negative at its best; the sum over a batch has a "
        "gradient 2 × batch times as large, which matters to SGD but not to Adam. L1 learns the "
        "median of each axis, which is another field where what pairs ask for is skewed",
        also="objective, loss function, criterion, MSE",
        entries={"mse": "MSE, L2 loss", "l1": "MAE, mean absolute error, median"},
    )
    loss_weights: str = choice(
        "none",
        LOSS_WEIGHTS,
        "Loss weights",
        "How much each time counts. None: as often as it is met. As the ELBO, the bound on a "
        "diffusion model's likelihood, weights it: on the linear path an error of the noise by "
        "1/(t (1 − t)), of the denoised point by t/(1 − t)³, of the velocity by t/(1 − t), which "
        "are one and the same cost; held before t = 0.01 and after 0.99. Samples are usually "
        "better without",
        also="loss weighting, eps weighting, x0 weighting, SNR weighting, likelihood weighting, "
        "simple loss, L simple, time weights, min-SNR",
        entries={"none": "simple loss, unweighted", "bound": "variational bound, VLB, likelihood"},
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
        entries={"adamw": "weight decay, L2, regularisation", "sgd": "stochastic gradient descent"},
    )
    learning_rate: float = number(
        4e-3,
        1e-6,
        10.0,
        "Learning rate",
        "May change while training",
        log=True,
        also="lr, step size of training, learning speed",
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
    label_dropout: float = number(
        0.0,
        0.0,
        0.9,
        "Label dropout",
        "Share of pairs whose class isn't told to a conditional network, so that it learns the "
        "field of all classes too. Classifier-free guidance needs both: 0.1 to 0.2 is usual",
        also="classifier-free guidance, CFG, unconditional, p_uncond, null class, drop condition",
    )
    score_matching: str = choice(
        "denoising",
        SCORE_MATCHING,
        "Score matching",
        "How a score between walls is learned. Denoising: each noised point is asked for the score "
        "of its noise, ∇ log p(xₜ | x₁), which the kernel of the walls says. Implicit: from noised "
        "points alone, E[½ |s|² + ∇·s], whose boundary term vanishes because s is tangent to the "
        "walls on them; no kernel, but noisier and a slower step",
        also="loss between walls, objective between walls",
        entries={
            "implicit": "implicit score matching, ISM, Hyvärinen, divergence",
            "denoising": "denoising score matching, CDSM, DSM",
        },
    )
    weighting: str = choice(
        "variance",
        WEIGHTINGS,
        "Weighting",
        "How much each noise level of a score between walls counts. 1/E|∇ log p(xₜ | x₁)|², times "
        "the two dimensions, is σ² where no wall is felt. Between walls the score vanishes as all "
        "becomes uniform, so that it grows like e^(π²σ²/L²), to 2,000 σ² at σ = L: there is "
        "nothing left to learn there, and that would outweigh all else. So it is capped at 10 σ²",
        also="loss weighting, lambda, λ, g², likelihood weighting, noise level weights",
        entries={"variance": "sigma squared, g²", "inverse": "capped, 10 σ²"},
    )
