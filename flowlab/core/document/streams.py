"""Random numbers: one named stream for every use, so that no two uses share numbers.

A stream is `SeedSequence(seed, spawn_key=(stream, ...))`. Seed and stream in one tuple of entropy
would collide: (s + 2^32, 3) equals (s, 1, 3), and (s, 3) equals (s, 3, 0). A spawn key is kept
apart from the seed.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


class Stream(IntEnum):
    """All uses. A new one takes the next number; the number of a removed one is never reused."""

    # What a view shows.
    STARTS = 1  # of particles and of chains, which are the same points
    SOURCE_CLOUD = 2  # the source's faint cloud, the same in every view
    TARGET_CLOUD = 3  # the target's
    CONDITIONS = 4  # the class that each particle of a conditional flow is conditioned on
    CLASS_CLOUD = 5  # the faint cloud of one class, and its reference points
    GENERATIONS = 6  # starts in the view of conditions, from the seeds s, s + 1, s + 2
    SHOWN_PAIRS = 7  # the pairs of a coupling that are drawn as lines and measured
    BLENDS = 8  # the pairs of the view `blending`
    CHAIN_PAIRS = 9  # the chains' deblending; for each redraw
    CHAIN_FAN = 10  # other chains from the same start; for each redraw
    CHAIN_OTHERS = 11  # other pairs at each bead; for each redraw
    CHAIN_MARGINALS = 12  # samples of p_alpha beside the beads
    CHAIN_STUDY = 13  # how chains converge
    TANGENT_SOURCE = 14  # the estimate's samples of the source
    TANGENT_TARGET = 15  # of the target
    TANGENT_MATCHED = 16  # its pairs, where a coupling matches them
    TANGENT_LATENT = 17  # its z, along a path with noise
    LENS = 18  # pairs of the exact posterior
    LENS_POOL = 19  # pairs among which the nearest are sought

    MARGINALS = 73  # samples of p_t that the processes of a flow are compared with
    PROJECTED = 80  # samples of p_t whose density along a direction is estimated
    HUTCHINSON = 84  # the vectors z of Hutchinson's estimate
    LIKELIHOOD_SAMPLES = 85  # target samples whose mean log-likelihood is shown
    DERIVATIVES = 86  # samples of p_t over which curl and divergence are averaged
    BROWNIAN = 72  # the noise of an SDE's paths; for each coarsest grid and each halving
    RETURN_NOISE = 89  # the seed of the Brownian paths of the way forth, in the view `round_trip`
    STRIP = 91  # the pairs of the view `strip`
    CHURN = 90  # the fresh noise between the steps of an ODE with churn
    WALL_NOISE = 92  # of particles between walls; for each step
    REVERSE_STARTS = 94  # of the reverse processes between walls
    REVERSE_NOISE = 95  # their noise; for each step and each correction
    WALL_CELLS = 96  # samples of the target counted in cells between the walls
    WALL_REFERENCE = 97  # target samples that those generated between walls are compared with
    WALL_FLOOR = 98  # independent target samples between the walls
    GUIDED_DATA = 110  # samples of what is generated between walls
    FORWARD_DATA = 113  # target samples that noise carries to the uniform law, beside the way back
    FORWARD_NOISE = 114  # that noise; for each step
    KERNEL_PLACES = 111  # places where both sums of a kernel are compared
    KERNEL_START = 112  # of the search for harmonics
    SHARE_OUTSIDE = 93  # samples whose share outside the walls is told
    DIFFUSION_NOISE = 118  # of the steps back of a diffusion model
    CORRECTOR_NOISE = 119  # of the Langevin corrector between them; for each step
    OPTIMAL_VARIANCE = 120  # pairs over which Var(x1 | x) is averaged, for a sampler's variance
    DATA_MOMENTS = 122  # samples for the mean and spread to which data are brought
    NOISED_DATA = 140  # the data that a diffusion model noises, in the view `noising`
    LANGEVIN_STARTS = 150  # of Langevin dynamics, where they aren't the source's
    FORWARD_DIFFUSION = 121  # the noise that is added to the data, step by step
    SCORE_ERROR = 125  # noised samples over which a score's error is averaged
    BOUND_NOISE = 126  # the noise of the terms of a bound on the likelihood
    FIRST_BOUND_NOISE = 127  # the same for the first form of that bound
    BOUND_DATA = 170  # the data whose likelihood is bounded, in the view `elbo`
    BOUND_VARIANCE = 171  # other noise of that data, for the best variances of the first form
    TILTED_LAW = 130  # samples of p(x) p(y | x)^gamma that guided ones are compared with
    COUNTERFACTUAL_NOISE = 131  # the noise that a point is given, to be led to another class
    COUNTERFACTUAL_POINTS = 160  # samples of the target that are led to another class
    FRESH_SAMPLES = 133  # of the target, beside which a model's nearness to its data is judged

    # What learns.
    BATCHES = 20  # of training
    INITIAL_WEIGHTS = 21
    MOMENTS = 22  # samples for mean and covariance of both ends, for the preconditioning
    CROSS_COVARIANCE = 23  # samples for that of the coupling's pairs, likewise
    REFLOW = 24  # the starts of reflow pairs; for each generation
    CLASSIFIER_BATCHES = 128  # noisy points from which a classifier learns
    CLASSIFIER_WEIGHTS = 129  # its initial weights, after the samples for its moments
    FEW_POINTS = 132  # the first of the target's samples, all that a network is trained on
    WALL_DATA = 101  # the target's points of the pairs of a score between walls
    WALL_STEPS = 102  # and how noise carries them; for each part of their pool
    SCORE_BATCHES = 123  # noised samples from which the score is learned in several ways
    SCORE_WEIGHTS = 124  # the initial weights of what learns it
    WALL_WEIGHTING = 116  # pairs by which its noise levels are weighted
    THINNESS = 25  # samples whose nearest neighbours show whether a shape is thin
    THINNESS_OF_GAUSSIAN = 26  # the Gaussian samples that those are compared with
    GRADIENT_VARIANCE = 27  # pairs for the curves of gradient variance
    CALIBRATION = 28  # particles for timing the sampler

    # What is exact.
    EVALUATION = 29  # points and times at which a field is compared with the exact velocity
    LOSS_FLOOR = 30  # samples for the irreducible loss
    POSTERIOR_PARTS = 31  # subsamples of large clouds
    CELLS_BOX = 32  # samples for the box in which a distribution has mass
    CELLS_PLACES = 33  # positions within cells
    CELLS_SAMPLES = 34  # samples counted in cells
    MIDDLES = 35  # samples for the middle of both ends
    PEAK = 36  # starts of the search for a density's maximum

    # What measures.
    PROJECTIONS = 37  # directions of the sliced distance
    ASSIGNED_PARTS = 38  # subsamples of large clouds for the assignment
    TRANSPORT = 39  # samples for W2
    NOISE_FLOOR = 41  # independent samples of one distribution
    FLOOR_PAIRS = 42  # the same in the panel, one pair at a time; for each pair
    REFERENCE = 43  # target samples that generated samples are compared with
    READING_AXES = 44  # samples for the extent of a grid
    ERROR_BY_TIME = 45  # points for the errors against t
    CLASS_POINTS = 46  # points and exact velocities of every class
    CLASS_SHARES = 47  # samples for the mass of each class
    KNOWN_CLASSES = 48  # labelled target points of the nearest-neighbour classifier
    CLASS_REFERENCE = 49  # samples of one class that generations are compared with
    CLASS_FLOOR = 50  # independent samples of one class
    TRAIN_REFERENCE = 51  # the target samples of `flowlab train`
    TRAIN_FLOOR = 117  # and independent samples of it between walls
    ERROR_GROUPS = 58  # the groups of points whose distances show its standard error

    # What is drawn.
    SPRAY = 52  # dots of a stroke, by the stroke's own seed
    THUMBNAILS = 53
    TEXTURE = 54  # grain that follows a tangent field
    WHEEL = 55  # of start colours, dithered
    DENSITY_CELLS = 71  # samples that say where a known density is evaluated

    # What benchmarks judge by.
    JUDGE = 56  # starts, references and exact velocities
    STROKES = 57  # reference points on a drawing's strokes

    # Of pictures.
    DIGITS_SPLIT = 180  # which of the bundled digits are for tests
    PICTURE_BATCHES = 181  # pictures, noise, times and dropped classes of their training
    DIGIT_CLASSIFIER = 182  # weights and batches of the classifier whose features are compared
    PICTURE_STARTS = 183  # the noise that pictures begin as
    PICTURE_STEPS = 184  # fresh noise on their way, of DDPM
    PICTURE_WEIGHTS = 185  # the initial weights of a network of pictures


SHARED = {Stream.STARTS, Stream.CONDITIONS, Stream.SOURCE_CLOUD, Stream.TARGET_CLOUD}
"""Streams that several modules draw from, where the same numbers are wanted."""


def numpy_rng(seed: int, stream: Stream, *more: int) -> np.random.Generator:
    """NumPy's generator of a stream; `more`, each below 2^32, selects a substream."""
    return np.random.Generator(np.random.PCG64(_sequence(seed, stream, more)))


def torch_rng(
    seed: int, stream: Stream, *more: int, device: torch.device | str = "cpu"
) -> torch.Generator:
    """Torch's generator of a stream; `more`, each below 2^32, selects a substream.

    On the CPU `manual_seed` reads only 32 bits, so the whole state is set instead.
    """
    import torch  # documents are read without it

    generator = torch.Generator(device)
    words = np.random.PCG64(_sequence(seed, stream, more)).random_raw(624)
    if generator.device.type != "cpu":
        return generator.manual_seed(int(words[0]))  # of which all 64 bits count there
    state = np.zeros(632, np.uint64)  # as torch lays it out: seed, left and seeded, next, words
    state[0], state[1] = words[0], 1 | 1 << 32
    np.bitwise_and(words, 0xFFFF_FFFF, out=state[3:627])
    generator.set_state(torch.from_numpy(state.view(np.uint8)))
    return generator


def _sequence(seed: int, stream: Stream, more: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed, spawn_key=(int(stream), *more))
