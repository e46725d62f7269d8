"""Group `denoised`: how soon the default recipe carries noise to the data, in each formulation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from flowlab.bench.effort import Effort
from flowlab.bench.floors import Floors
from flowlab.bench.machine import all_threads
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import carried_by_diffusion
from flowlab.core.diffusion.score_training import ScoreTask, learn
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.network import Network
from flowlab.core.document.training import Training
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer, warm_up
from flowlab.core.solvers.threads import threads_used

POINTS, ENOUGH = 5000, 1.5
LOOKS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  # seconds of training
FORMULATIONS = {  # all steps of T = 1,000, but for DDIM
    "DDPM, T = 1,000": Sampler(method="ddpm"),
    "VP": Sampler(method="reverse_sde", kind="vp"),
    "VE": Sampler(method="reverse_sde", kind="ve"),
    "sub-VP": Sampler(method="reverse_sde", kind="sub_vp"),
    "DDIM, 100 steps": Sampler(method="ddim", steps=100),
}
TEXT_TRAINING = Training(objective="l1", batch=128, learning_rate=1e-3, beta2=0.999, ema=0.0)
TEXT = Sampler(method="ddpm", T=300)
TEXT_STEP = replace(TEXT, method="reverse_sde", predictor="sample_timestep_iter")
SIGMA, STEPS, STEP_SIZE = 0.1, 1000, 0.01  # of plain score matching, and its Langevin dynamics


@dataclass
class Judged:
    """A document's network in training, and how far samples by a sampler are from its target."""

    document: Document
    floors: Floors = field(init=False)
    trainer: Trainer = field(init=False)

    def __post_init__(self) -> None:
        target = build(self.document.target)
        self.floors = Floors.of(lambda rng: target.sample(POINTS, rng))
        self.trainer = Trainer(self.document)

    def train(self, seconds: float) -> None:
        """Train until so many seconds of training are spent, in one thread."""
        with threads_used(1):
            while self.trainer.seconds < seconds:
                self.trainer.advance(16)

    def ratio(self, sampler: Sampler) -> float:
        """Distance of the samples to the target, over that of fresh samples."""
        flow = field_of(self.document, self.trainer.weights())
        with threads_used(1):
            run = carried_by_diffusion(
                flow, self.document, starts(self.document), sampler, 0, workers=all_threads()
            )
        return self.floors.ratio(torch.from_numpy(run.points[-1].copy()))


def starts(document: Document) -> Tensor:
    """The noise (n, 2) that all samplers start from."""
    return build(document.source).sample(POINTS, torch.Generator().manual_seed(0))


def rows(effort: Effort) -> Rows:
    """Seconds of training in one thread until samples are 1.5 times as far as fresh ones.

    In sliced W2 and energy distance of 5,000 particles on 8 Gaussians. Beside them the text's own
    settings, trained for as long as the last look, and the plain score at one noise level.
    """
    warm_up()
    looks = LOOKS[1:4:2] if effort.quick else LOOKS
    judged = Judged(preset("eight_gaussians"))
    left, worst = dict(FORMULATIONS), dict[str, float]()
    for seconds in looks:
        judged.train(seconds)
        worst |= {name: judged.ratio(sampler) for name, sampler in left.items()}
        for name in [name for name in left if worst[name] <= ENOUGH]:
            del left[name]
            yield Row(f"{name}: to 1.5 x floor", seconds, "s", at_most(2.0))
            yield Row(f"{name}: then at", worst[name], "x floor")
    for name in left:
        yield Row(f"{name}: to 1.5 x floor", None, "s", at_most(2.0), beyond=looks[-1])
        yield Row(f"{name}: then at", worst[name], "x floor")
    yield from _of_the_text(judged.document, looks[-1])


def _of_the_text(document: Document, seconds: float) -> Iterator[Row]:
    """Noise learned by the L1 loss, with T = 300 and its own step; a plain score with Langevin."""
    noise = replace(document, network=Network(predicts="noise"), training=TEXT_TRAINING)
    judged = Judged(noise)
    judged.train(seconds)
    yield Row(f"the text's DDPM, T = 300, {seconds:g} s", judged.ratio(TEXT), "x floor")
    yield Row("the text's own step", judged.ratio(TEXT_STEP), "x floor")
    task = ScoreTask(target=build(document.target), sigma=SIGMA, steps=judged.trainer.step)
    score = learn(task, "denoising").score
    rng, x = torch.Generator().manual_seed(1), starts(document)
    with torch.no_grad(), threads_used(all_threads()):
        for _ in range(STEPS):
            z = torch.randn(x.shape, generator=rng)
            x = x + STEP_SIZE / 2 * score(x, SIGMA) + math.sqrt(STEP_SIZE) * z
    yield Row("plain score matching, Langevin", judged.floors.ratio(x), "x floor")
