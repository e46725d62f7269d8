"""What can be chosen for the samplers of a diffusion model; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, choice, number, switch

DIFFUSION_METHODS = {  # of `flowlab.sample`
    "ddpm": "DDPM",
    "ddim": "DDIM",
    "pf_ode": "Probability-flow ODE",
    "reverse_sde": "Reverse SDE",
    "langevin": "Langevin dynamics",
}
SCHEDULES = {"linear": "Linear", "cosine": "Cosine", "vp": "VP"}
KINDS = {
    "vp": "Variance preserving",
    "ve": "Variance exploding",
    "sub_vp": "Sub-VP",
    "blend": "α-blending",
}
VARIANCES = {
    "posterior": "Posterior σ̃²",
    "beta": "β",
    "optimal": "Optimal",
}
SDE_PREDICTORS = {
    "euler_maruyama": "Euler–Maruyama",
    "reverse_diffusion": "Reverse diffusion",
    "sample_timestep_iter": "The text's sample_timestep_iter",
}
ODE_PREDICTORS = {"heun": "Heun", "euler": "Euler"}

_LEVELLED = ("ddpm", "ddim", "pf_ode", "reverse_sde")
OPTIONS = {  # and the methods that they belong to
    "T": _LEVELLED,
    "schedule": _LEVELLED,
    "kind": _LEVELLED,
    "standardise": _LEVELLED,
    "eta": ("ddim", "langevin"),
    "variance": ("ddpm",),
    "predictor": ("pf_ode", "reverse_sde"),
    "corrector": ("reverse_sde",),
    "snr": ("reverse_sde",),
    "clamp": ("ddpm", "ddim", "reverse_sde"),
    "step_size": ("langevin",),
    "sigmas": ("langevin", *_LEVELLED),
}

NOT_A_SAMPLER = (
    "The text's step sample_timestep_iter is not a sampler: its score lacks the factor 1/√(1 − ᾱ), "
    "its factor ½ belongs to the probability-flow ODE, which has no noise, and its noise has the "
    "step size of a Langevin corrector times √β."
)

MOST_STEPS = 10_000  # of a training schedule, and of Langevin dynamics
LEAST_SIGMA = 1e-6  # a standard deviation of noise; the largest is 1 over it


DDPM, DDIM, SDE, ODE, TEXT, IADB = "ddpm", "ddim", "reverse_sde", "pf_ode", "text", "iadb"
PROCESSES = {
    DDPM: "DDPM",
    DDIM: "DDIM",
    SDE: "Reverse SDE",
    ODE: "Probability-flow ODE",
    TEXT: "The text's step",
    IADB: "IADB",
}
NONE = "none"
ROOM_KINDS = {kind: title for kind, title in KINDS.items() if kind != "blend"}
ROOM_PREDICTORS = {key: SDE_PREDICTORS[key] for key in ("euler_maruyama", "reverse_diffusion")}
MOST_PANELS = 20
RING, MODE, SOURCE = "ring", "mode", "source"
STARTS = {RING: "Far ring", MODE: "One mode", SOURCE: "Source"}
NOISE, DENOISED, SCORE, VELOCITY = "noise", "denoised", "score", "velocity"
FACES = {
    NOISE: "Noise ε",
    DENOISED: "Denoised point D",
    SCORE: "Score s",
    VELOCITY: "Velocity v",
}
BY_FIELDS, BY_CLASSIFIER = "fields", "classifier"
GUIDES = {BY_FIELDS: "Classifier-free", BY_CLASSIFIER: "By a classifier"}
DRAWN, TAKEN_BACK = "ddpm", "ddim"
NOISES = {DRAWN: "Drawn at random", TAKEN_BACK: "DDIM reversed"}
FARTHEST = 100.0  # of a coordinate of the point that is led to another class
ARROWS, ERROR = "arrows", "error"
DRAWN_AS = {ARROWS: "Arrows", ERROR: "Error"}
_ALSO = "process, method, sampler, ancestral sampling, DDPM, DDIM, reverse SDE, score SDE, IADB"


@dataclass(frozen=True, kw_only=True)
class Diffusion(Checked):
    """The flow from noise as a diffusion model: its schedule, its samplers, and what is shown."""

    T: int = number(
        1000,
        1,
        MOST_STEPS,
        "Schedule length T",
        "Noise levels of the schedule. The fewer there are, the more of the data a linear schedule "
        "leaves in the last one",
        log=True,
        also="T, number of timesteps, diffusion steps, number of noise levels, timesteps",
    )
    steps: int = number(
        100,
        1,
        MOST_STEPS,
        "Steps",
        "How many of the T levels a sampler visits, evenly; all of them if this is T or more",
        log=True,
        also="number of steps, sampling steps, inference steps, respacing, NFE",
    )
    schedule: str = choice(
        "linear",
        SCHEDULES,
        "Schedule",
        "Linear: β from 0.0001 to 0.02, whatever T. Cosine: ᾱ falls as a squared cosine. VP: the "
        "SDE with β(t) from 0.1 to 20. The exploding variance has none of these",
        also="noise schedule, beta schedule, linear schedule, cosine schedule, alpha bar",
    )
    kind: str = choice(
        "vp",
        ROOM_KINDS,
        "Kind",
        "Variance preserving: data shrink as noise grows. Exploding: data stay, and noise grows "
        "far beyond them. Sub-VP: less noise than VP on the way",
        also="VP, VE, sub-VP, variance preserving, variance exploding, forward SDE, SMLD, NCSN",
    )
    ve_least: float = number(
        0.01,
        0.0001,
        0.5,
        "Least σ",
        "Of the exploding variance, at its first step: the last noise that is taken away",
        log=True,
        also="sigma min, smallest noise scale, VE, NCSN, SMLD",
    )
    ve_most: float = number(
        50.0,
        1.0,
        1000.0,
        "Largest σ",
        "Of the exploding variance, where samplers start. What is left of the data there is 1 over "
        "it; between both, σ grows by equal factors",
        log=True,
        also="sigma max, largest noise scale, VE, NCSN, SMLD",
    )
    standardise: bool = switch(
        True,
        "Scale the target to the noise",
        "The data are brought to the mean of the noise and to its spread first, and back for the "
        "picture. Schedules are made for such data",
        also="standardise, normalise, normalize, whiten, rescale the data, unit variance",
    )
    first: str = choice(
        DDPM, PROCESSES, "First process", "Carries the noise to the data", also=_ALSO
    )
    second: str = choice(
        DDIM,
        {**PROCESSES, NONE: "None"},
        "Second process",
        "The same starts and noise, carried in another way",
        also=_ALSO,
    )
    third: str = choice(
        ODE,
        {**PROCESSES, NONE: "None"},
        "Third process",
        "The same starts and noise, carried in another way",
        also=_ALSO,
    )
    variance: str = choice(
        "posterior",
        VARIANCES,
        "Variance",
        "Of the noise in DDPM's steps. σ̃² is that of the step before, given the data; β that of "
        "the forward step; the optimal one adds what is unknown of the data, and needs the exact "
        "field",
        also="reverse variance, sigma, posterior variance, optimal variance, Analytic-DPM",
    )
    eta: float = number(
        0.0,
        0.0,
        1.0,
        "η",
        "Noise in DDIM's steps: none at 0, as much as in DDPM at 1",
        step=0.05,
        also="eta, DDIM noise, stochasticity, deterministic sampling",
    )
    predictor: str = choice(
        "euler_maruyama",
        ROOM_PREDICTORS,
        "SDE steps",
        "How the reverse SDE is solved: by Euler–Maruyama, or with the coefficients of the forward "
        "chain",
        also="predictor, reverse diffusion predictor, Euler-Maruyama, SDE solver",
    )
    ode_predictor: str = choice(
        "heun",
        ODE_PREDICTORS,
        "ODE steps",
        "How the probability-flow ODE is solved. Heun's method takes two evaluations a step",
        also="ODE solver, Heun, Euler, probability flow ODE solver",
    )
    corrector: int = number(
        0,
        0,
        20,
        "Corrections",
        "Steps of Langevin dynamics after each step of the reverse SDE, at the level reached",
        also="corrector, Langevin corrector, predictor-corrector, PC sampler, corrector steps",
    )
    snr: float = number(
        0.16,
        0.001,
        1.0,
        "Signal to noise r",
        "The size of a correction: the score's length over that of the noise",
        log=True,
        also="snr, signal-to-noise ratio, corrector step size",
    )
    clamp: bool = switch(
        False,
        "Clamp",
        "As the text does: after each step every coordinate is cut off at the box. It distorts "
        "the distribution",
        also="clip, clamp, thresholding, clip sample, clamp(-1, 1)",
    )
    box: float = number(
        1.0,
        0.1,
        10.0,
        "Box ±",
        "Where the clamp cuts off, in the units in which the noise is added. The text has 1, for "
        "pictures between −1 and 1",
        log=True,
        also="clamp range, clip range, clamp box",
    )
    iadb_is_ddim: bool = switch(
        False,
        "IADB is DDIM",
        "One picture more: Euler's steps of IADB as dots, and DDIM's with η = 0 at the same levels "
        "as rings around them. They are the same steps",
        also="iterative alpha deblending, equivalence, IADB equals DDIM, alpha blending",
    )
    panels: int = number(
        10,
        2,
        MOST_PANELS,
        "Times",
        "At how many levels both strips are shown, evenly from the data on",
        also="number of panels, snapshots, strip, filmstrip",
    )
    angle: float = number(
        0.0,
        0.0,
        180.0,
        "Direction",
        "Which coordinate is drawn against t: x at 0°, y at 90°, between them x cos + y sin",
        unit="°",
        step=1.0,
        also="angle, axis, projection, coordinate, x, y",
    )

    off_face: str = choice(
        NOISE,
        FACES,
        "Error 1 in",
        "The chart has how large such an error is once the other three are computed from this one",
        also="parameterization, parametrisation, epsilon prediction, x0 prediction, v prediction, "
        "error amplification, instability near the boundaries, what the network predicts",
    )

    faces_as: str = choice(
        ARROWS,
        DRAWN_AS,
        "Drawn as",
        "Each face as arrows, or how far the network's is from the exact one, in its own units",
        also="error map, disagreement, difference, learned minus exact, quiver",
    )

    langevin_start: str = choice(
        RING,
        STARTS,
        "Start",
        "Where Langevin dynamics begins: on a ring three times as far out as the data, in the "
        "target's first class (one of its points if it has none), or as the source",
        also="initialisation, initialization, starting point, far away, low-density region",
    )
    langevin_steps: int = number(
        300,
        1,
        MOST_STEPS,
        "Steps",
        "Steps of Langevin dynamics; the annealed one shares them equally among its σ",
        log=True,
        also="number of steps, MCMC steps, Markov chain Monte Carlo, chain length, burn-in",
    )
    step_size: float = number(
        0.01,
        0.0001,
        10.0,
        "Langevin η",
        "A step is η/2 times the score, and noise of variance η. The larger it is, the sooner the "
        "points are there, and the more spread they keep",
        log=True,
        also="eta, learning rate of Langevin, discretisation error, ULA, MALA",
    )
    sigma: float = number(
        0.1,
        0.01,
        2.0,
        "Noise σ",
        "The score is that of the data with so much of the source's noise. Less of it is closer to "
        "the data, and harder to learn",
        log=True,
        also="sigma, noise scale, smoothing, denoising score matching",
    )
    most_sigma: float = number(
        5.0,
        0.1,
        50.0,
        "First σ",
        "Annealed Langevin dynamics begins with so much noise and ends with the other σ, by equal "
        "factors",
        log=True,
        also="annealing, annealed Langevin, NCSN, noise-conditioned score, sigma max",
    )
    sigmas: int = number(
        10,
        2,
        100,
        "How many σ",
        "Noise levels of annealed Langevin dynamics. Its step size at each is 0.2 σ²",
        also="number of sigmas, noise levels, annealing schedule",
    )

    guided_by: str = choice(
        BY_FIELDS,
        GUIDES,
        "Guidance",
        "Classifier-free: γ s(x | y) + (1 − γ) s(x), from the fields of the class and of all. By a "
        "classifier of noisy points: s(x) + γ ∇ log p(y | xₜ)",
        also="classifier-free guidance, classifier guidance, CFG, conditional generation",
    )
    guidance: float = number(
        3.0,
        0.0,
        20.0,
        "Guidance γ",
        "0 is all classes, 1 the class as it is, and more than 1 goes beyond it. Other texts count "
        "w = γ − 1, with (w + 1) s(x | y) − w s(x), the score of p(x) p(y | x)^(w + 1). One text "
        "writes p(x) p(y | x)^w beside this formula: the two don’t go together",
        step=0.1,
        also="guidance scale, CFG scale, classifier-free guidance, w, strength of guidance, gamma",
    )
    guided_from: float = number(
        0.0,
        0.0,
        1.0,
        "Guided from t",
        "Before this t the class is left as it is, γ = 1",
        step=0.05,
        also="guidance interval, limited interval, where guidance is applied",
    )
    guided_to: float = number(
        1.0,
        0.0,
        1.0,
        "Guided to t",
        "After this t the class is left as it is, γ = 1",
        step=0.05,
        also="guidance interval, limited interval, where guidance is applied",
    )

    noised_to: int = number(
        400,
        1,
        MOST_STEPS,
        "Noised to step L",
        "How far points go into the noise before they are led to the class: the farther, the more "
        "they change, and the less of them is left. At most T",
        log=True,
        also="L, noise level of the counterfactual, strength, encoding steps, image to image, "
        "SDEdit",
    )
    noise_of_point: str = choice(
        TAKEN_BACK,
        NOISES,
        "Noise",
        "DDIM’s steps reversed lead a point to itself if nothing guides it. Noise drawn at random "
        "forgets the more the higher the step",
        also="DDIM inversion, encoding, deterministic encoding",
    )
    point_x: float = number(
        2.0, -FARTHEST, FARTHEST, "Point x", "Of the point that is followed", step=0.05
    )
    point_y: float = number(
        0.0, -FARTHEST, FARTHEST, "Point y", "Of the point that is followed", step=0.05
    )
    score_sigma: float = number(
        0.3,
        0.05,
        2.0,
        "Noise of the data",
        "Deviation σ of the Gaussian noise that the data are given. The score is that of what "
        "results, the data's density blurred",
        log=True,
        also="sigma, noise scale, smoothing, bandwidth, denoising score matching, Parzen",
    )
    score_steps: int = number(
        600,
        10,
        20_000,
        "Steps of each network",
        "Of its training. All are trained for this picture, from the same weights and, but for "
        "the noise-conditioned one, with the same noised data",
        log=True,
        also="number of training steps, iterations, optimiser steps, score network",
    )
    scores_as: str = choice(
        ARROWS,
        DRAWN_AS,
        "Pictures",
        "Each score as arrows, or how far it is from the exact one",
        also="quiver, error map, score error, difference to the exact score",
    )

    bound_points: int = number(
        400,
        16,
        20_000,
        "Data points",
        "Samples of the target over which the terms of the bound are averaged. Four times as many "
        "halve the errors",
        log=True,
        also="number of samples, Monte Carlo samples, ELBO, evidence lower bound",
    )

    training_points: int = number(
        64,
        16,
        16_000,
        "Data set size",
        "How many training points: the first samples of the target, which the empirical field "
        "remembers",
        log=True,
        also="size of the training set, training points, memorisation, memorization, "
        "generalisation, empirical distribution, nearest neighbour",
    )

    latent_x: float = number(
        1.5,
        -10.0,
        10.0,
        "Data point x",
        "What is observed; the latent z is not",
        step=0.1,
        also="observation, evidence, data point, latent variable model",
    )
    latent_slope: float = number(
        1.0,
        -3.0,
        3.0,
        "Decoder’s slope",
        "The mean of x given z is this times z, and the bend times z²",
        step=0.1,
        also="decoder, slope, generator, linear model",
    )
    latent_bend: float = number(
        0.0,
        -2.0,
        2.0,
        "Decoder’s bend",
        "With 0 the posterior is Gaussian, and some q leaves no gap. Otherwise none does",
        step=0.1,
        also="decoder, nonlinearity, bend, amortisation gap, variational family",
    )
    latent_deviation: float = number(
        0.5,
        0.1,
        5.0,
        "Spread of x",
        "Standard deviation of x given z",
        log=True,
        also="decoder noise, sigma, likelihood, observation noise",
    )
    q_mean: float = number(
        0.2,
        -6.0,
        6.0,
        "Mean of q",
        "Or drag the top of its bell",
        step=0.05,
        also="variational mean, approximate posterior, encoder, variational inference",
    )
    q_deviation: float = number(
        0.6,
        0.05,
        5.0,
        "Spread of q",
        "Its standard deviation; or drag the flank of its bell",
        log=True,
        also="variational variance, approximate posterior, encoder, variational inference",
    )

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes that are chosen, each once."""
        chosen = dict.fromkeys((self.first, self.second, self.third))
        return tuple(each for each in chosen if each != NONE)

    @property
    def visited(self) -> int:
        """How many steps a sampler takes."""
        return min(self.steps, self.T)
