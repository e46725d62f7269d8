"""The training loops that FlowLab is compared with, rewritten from their published settings.

Plain torch, as their authors run it: nn.Sequential, autograd, torch.optim.Adam, no averaging of
weights; losses are mapped over single samples, data go through numpy and numbers are read each
step wherever the original does so. They share FlowLab's samplers of shapes, fresh at each step,
and its convention: t = 0 is the source.
"""

from __future__ import annotations

import importlib.util
import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document

Draw = Callable[[int], Tensor]

_ROWS = 4096  # evaluated at once by a field


class PlainField:
    """A network of cat(x, t) as a velocity field."""

    def __init__(self, net: nn.Sequential) -> None:
        self._net = net

    @torch.no_grad()
    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        times = torch.as_tensor(t, dtype=x.dtype).expand(len(x))[:, None]
        inputs = torch.cat([x, times], 1)
        return torch.cat([self._net(part) for part in torch.split(inputs, _ROWS)])


class Peer(ABC):
    """A training loop: subclasses say what one step is and with which settings."""

    name: ClassVar[str]
    standard_source: ClassVar[bool] = False  # True if its source can only be N(0, I)
    independent: ClassVar[bool] = True  # True if its optimum is E[x1 - x0 | x], pairs independent

    def __init__(self, document: Document) -> None:
        self.seconds, self.step = 0.0, 0
        self.source, self.target = build(document.source), build(document.target)
        self.net = self.network()
        self.optimiser = self.adam()

    @abstractmethod
    def network(self) -> nn.Sequential:
        """A fresh network of the published size."""

    @abstractmethod
    def adam(self) -> torch.optim.Optimizer:
        """Its optimiser."""

    @abstractmethod
    def one_step(self) -> None:
        """Draw a batch and follow its gradient once."""

    def advance(self, block: int = 1) -> None:
        """Train for `block` steps."""
        start = time.perf_counter()
        for _ in range(block):
            self.one_step()
        self.step += block
        self.seconds += time.perf_counter() - start

    @property
    def field(self) -> PlainField:
        """The velocity under the present weights."""
        return PlainField(self.net)

    @property
    def note(self) -> str:
        """A remark on its figures; empty without one."""
        return ""


def mlp(width: int, depth: int, activation: type[nn.Module]) -> nn.Sequential:
    """`depth` hidden layers on cat(x, t), with torch's own initialisation."""
    widths = [3, *[width] * depth]
    hidden: Iterator[list[nn.Module]] = (
        [nn.Linear(before, after), activation()] for before, after in itertools.pairwise(widths)
    )
    return nn.Sequential(*itertools.chain.from_iterable(hidden), nn.Linear(width, 2))


class InterpolantsNotebook(Peer):
    """Stochastic interpolants: 3 x 512 ReLU, 2500 pairs, Adam 2e-3 times 0.6 each 1500 steps.

    The loss |b|^2 / 2 - I'.b is written for one pair and mapped over the batch; Gaussians come
    from torch.distributions; each step ends by reading the loss for a progress bar.
    """

    name = "interpolants notebook loop"
    batch = 2500

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimiser, step_size=1500, gamma=0.6)
        self.draw0, self.draw1 = torch_sampler(self.source), torch_sampler(self.target)
        self.losses: list[Any] = []
        self.said = ""  # what the progress bar would show
        self.loss_of_each = torch.func.vmap(self.loss_of_one, randomness="different")

    def network(self) -> nn.Sequential:
        """528,386 parameters."""
        return mlp(512, 3, nn.ReLU)

    def adam(self) -> torch.optim.Optimizer:
        """At 2e-3."""
        return torch.optim.Adam([{"params": self.net.parameters(), "lr": 2e-3}])

    def loss_of_one(self, x0: Tensor, x1: Tensor, t: Tensor) -> Tensor:
        """|b(x_t, t)|^2 / 2 - I'_t . b(x_t, t) of one pair (2,), (2,) at one time ()."""
        point = (1.0 - t) * x0 + t * x1
        slope = (-1.0 + 0 * t) * x0 + (1.0 + 0 * t) * x1  # schedules are functions of t there
        b = self.net(torch.cat((point, t.unsqueeze(-1))))
        return 0.5 * torch.sum(b**2) - torch.sum(slope * b)

    def loss(self) -> Tensor:
        """Mean over a fresh batch."""
        n = self.batch
        x0, x1, t = self.draw0(n), self.draw1(n), torch.rand(n)
        mean: Tensor = self.loss_of_each(x0, x1, t).mean()
        return mean

    def one_step(self) -> None:
        """Gradient, Adam, schedule, and the loss on its way to the screen."""
        loss = self.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()
        self.losses.append(loss.detach().cpu().numpy())
        self.said = f"Loss: {self.losses[-1]:.4f}"


class IadbTutorial(Peer):
    """Iterative (de)blending in 2D: 4 x 64 ReLU, 256 pairs of 65536 points each, Adam 1e-3."""

    name = "IADB tutorial loop"
    batch, points = 256, 65536

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.points0, self.points1 = (d.sample(self.points) for d in (self.source, self.target))
        self.rng = np.random.default_rng(0)

    def network(self) -> nn.Sequential:
        """12,866 parameters."""
        return mlp(64, 4, nn.ReLU)

    def adam(self) -> torch.optim.Optimizer:
        """At 1e-3."""
        return torch.optim.Adam(self.net.parameters(), lr=1e-3)

    def one_step(self) -> None:
        """Blend random pairs and regress their difference; errors are summed."""
        x0 = self.points0[self.rng.integers(0, self.points, self.batch)]
        x1 = self.points1[self.rng.integers(0, self.points, self.batch)]
        alpha = torch.rand(self.batch, 1)
        blend = (1 - alpha) * x0 + alpha * x1
        loss = torch.sum((self.net(torch.cat([blend, alpha], 1)) - (x1 - x0)) ** 2)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()


class MinibatchOT(Peer):
    """Conditional flow matching in 2D: 3 x 64 SELU, 256 pairs by exact transport, sigma 0.1."""

    name = "minibatch-OT CFM"
    independent = False
    batch, sigma = 256, 0.1

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.rng = np.random.default_rng(0)
        self.pot = importlib.util.find_spec("ot") is not None
        self.pairing = pairs_by_pot if self.pot else pairs_by_scipy

    def network(self) -> nn.Sequential:
        """8,706 parameters."""
        return mlp(64, 3, nn.SELU)

    def adam(self) -> torch.optim.Optimizer:
        """With all of its defaults."""
        return torch.optim.Adam(self.net.parameters())

    def one_step(self) -> None:
        """Pair the batch, blur x_t by sigma, regress x1 - x0."""
        self.optimiser.zero_grad()
        x0, x1 = self.source.sample(self.batch), self.target.sample(self.batch)
        i, j = self.pairing(torch.cdist(x0, x1).square().numpy(), self.rng)
        x0, x1 = x0[i], x1[j]
        t = torch.rand(self.batch)[:, None]
        x = t * x1 + (1 - t) * x0 + self.sigma * torch.randn_like(x0)
        loss = torch.mean((self.net(torch.cat([x, t], -1)) - (x1 - x0)) ** 2)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()

    @property
    def note(self) -> str:
        """A remark on which library computes the transport."""
        return "pairs by POT" if self.pot else "pairs by scipy"


class DiffusionExplorer(Peer):
    """Its browser settings: 3 x 64 ELU, 200 pairs, Adam 1e-2.

    It trains on 600 fixed points, which could not come closer than twice the noise floor of large
    clouds; here it is given 65536, and its preview each ten epochs is left out.
    """

    name = "Diffusion Explorer settings"
    standard_source = True
    batch, points = 200, 65536

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.points1 = self.target.sample(self.points)

    def network(self) -> nn.Sequential:
        """8,706 parameters."""
        return mlp(64, 3, nn.ELU)

    def adam(self) -> torch.optim.Optimizer:
        """At 1e-2."""
        return torch.optim.Adam(self.net.parameters(), lr=1e-2)

    def one_step(self) -> None:
        """Regress x1 - x0."""
        x0 = torch.randn(self.batch, 2)
        x1 = self.points1[torch.randint(self.points, (self.batch,))]
        t = torch.rand(self.batch, 1)
        x = (1 - t) * x0 + t * x1
        loss = torch.mean((self.net(torch.cat([x, t], 1)) - (x1 - x0)) ** 2)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()


PEERS: tuple[type[Peer], ...] = (InterpolantsNotebook, IadbTutorial, MinibatchOT, DiffusionExplorer)


def pairs_by_pot(cost: Floats, rng: np.random.Generator) -> tuple[Any, Any]:
    """Rows and columns drawn, with replacement, from the exact plan of a cost (n, n)."""
    import ot

    n = len(cost)
    plan = ot.emd(ot.unif(n), ot.unif(n), cost).ravel()
    return np.divmod(rng.choice(n * n, n, p=plan / plan.sum()), n)


def pairs_by_scipy(cost: Floats, _: np.random.Generator) -> tuple[Any, Any]:
    """Rows and columns of the best assignment of a cost (n, n)."""
    rows, columns = linear_sum_assignment(cost)
    return rows, columns


def torch_sampler(distribution: Distribution) -> Draw:
    """Samples by torch.distributions for an isotropic mixture, otherwise by FlowLab."""
    mixture = distribution.mixture()
    if mixture is None:
        return distribution.sample
    means, covs = mixture.means.float(), mixture.covs.float()
    if len(means) == 1:
        normal = torch.distributions.MultivariateNormal(means[0], covs[0])
        return lambda n: normal.sample((n,))
    deviations = covs.diagonal(dim1=1, dim2=2).sqrt()
    if not torch.allclose(covs, torch.diag_embed(deviations**2)):
        return distribution.sample
    modes = torch.distributions.Independent(torch.distributions.Normal(means, deviations), 1)
    weights = torch.distributions.Categorical(mixture.weights.float())
    all_modes = torch.distributions.MixtureSameFamily(weights, modes)
    return lambda n: all_modes.sample((n,))  # type: ignore[no-untyped-call]
