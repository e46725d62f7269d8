"""Random numbers: one named stream for every use, so that no two uses share numbers.

A stream is `SeedSequence(seed, spawn_key=(stream, ...))`. As one tuple of entropy (s + 2^32, 3)
would be (s, 1, 3), and (s, 3) would be (s, 3, 0); a spawn key is told apart from the seed.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


class Stream(IntEnum):
    """Every use. A new one takes the next number; the number of one that goes is not used again."""

    # What a view shows.
    STARTS = 1  # of particles and of chains, which are the same points
    SOURCE_CLOUD = 2  # the source's faint cloud, the same in every view
    TARGET_CLOUD = 3  # the target's
    CONDITIONS = 4  # the class that each particle of a conditional flow is carried to
    CLASS_CLOUD = 5  # the faint cloud, and the reference points, of one class
    GENERATIONS = 6  # starts in the view of conditions, from the seeds s, s + 1, s + 2
    SHOWN_PAIRS = 7  # the pairs of a coupling that are drawn, and measured
    BLENDS = 8  # the pairs of the view `blending`
    CHAIN_PAIRS = 9  # that the chains deblend into; for each redraw
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

    # What learns.
    BATCHES = 20  # of training
    INITIAL_WEIGHTS = 21
    MOMENTS = 22  # of both ends, that inputs and outputs are standardised by
    CROSS_COVARIANCE = 23  # of the coupling's pairs, likewise
    REFLOW = 24  # the starts that become pairs; for each generation
    THINNESS = 25  # samples whose neighbours tell whether a shape is thin
    THINNESS_OF_GAUSSIAN = 26  # what they are compared with
    GRADIENT_VARIANCE = 27  # pairs of its curves
    CALIBRATION = 28  # particles that are carried to time it

    # What is exact.
    EVALUATION = 29  # points, times and exact velocities that a field is compared at
    LOSS_FLOOR = 30  # the least loss that there can be
    POSTERIOR_PARTS = 31  # the parts of large clouds that stand for the whole
    CELLS_BOX = 32  # where a grid's distribution has mass
    CELLS_PLACES = 33  # places within cells
    CELLS_SAMPLES = 34  # samples counted in cells
    MIDDLES = 35  # of both ends, where the exact velocity is sought from
    PEAK = 36  # of a density

    # What measures.
    PROJECTIONS = 37  # directions of the sliced distance
    ASSIGNED_PARTS = 38  # the parts of large clouds that are assigned
    TRANSPORT = 39  # samples between which W2 is
    LEAST_COST = 40  # samples that the cheapest coupling is of
    NOISE_FLOOR = 41  # fresh samples of one distribution
    FLOOR_PAIRS = 42  # the same in the panel, which takes them one by one; for each pair
    REFERENCE = 43  # samples that arrivals are compared with
    READING_AXES = 44  # samples that tell how large a grid has to be
    ERROR_BY_TIME = 45  # points of the errors against t
    CLASS_POINTS = 46  # points and exact velocities of every class
    CLASS_SHARES = 47  # how much mass classes have
    KNOWN_CLASSES = 48  # target points among which the nearest tells the class
    CLASS_REFERENCE = 49  # of one class, that generations are compared with
    CLASS_FLOOR = 50  # fresh samples of one class
    TRAIN_REFERENCE = 51  # what `flowlab train` compares with

    # What is drawn.
    SPRAY = 52  # dots of a stroke, by the stroke's own seed
    THUMBNAILS = 53
    TEXTURE = 54  # grain that follows a tangent field
    WHEEL = 55  # of start colours, dithered

    # What benchmarks judge by.
    JUDGE = 56  # starts, references and exact velocities
    STROKES = 57  # how sharply samples keep to a drawing


SHARED = {Stream.STARTS, Stream.CONDITIONS}
"""Those drawn in more than one place, where the same numbers are wanted."""


def numpy_rng(seed: int, stream: Stream, *more: int) -> np.random.Generator:
    """NumPy's generator of a use; `more`, each below 2^32, tell apart what it is used for."""
    return np.random.Generator(np.random.PCG64(_sequence(seed, stream, more)))


def torch_rng(
    seed: int, stream: Stream, *more: int, device: torch.device | str = "cpu"
) -> torch.Generator:
    """Torch's, whose `manual_seed` reads 32 bits on the CPU: so its whole state is given there."""
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
