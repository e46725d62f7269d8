"""The Markov chain of a DDPM, and its Gaussian posterior.

Ho, Jain and Abbeel 2020 (arXiv:2006.11239). Their x_0, the data, is x1 here, as everywhere in
FlowLab; x_k is the data after k of T steps, x_k = sqrt(abar_k) x1 + sqrt(1 - abar_k) z, and x_T is
close to N(0, I). Tensors over the steps have step k at index k - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from flowlab.core.document.limits import Invalid


@dataclass(frozen=True, eq=False)
class Chain:
    """The coefficients of T steps, float64 (T,), from abar alone; step k is at index k - 1."""

    abar: Tensor

    def __post_init__(self) -> None:
        """Raises `Invalid` unless 1 > abar_1 > abar_2 > ... > abar_T > 0."""
        abar = torch.as_tensor(self.abar).detach().double()
        if abar.ndim != 1 or not len(abar):
            raise Invalid(f"abar must be a row of numbers, not of shape {tuple(abar.shape)}.")
        ends = torch.cat([abar.new_ones(1), abar, abar.new_zeros(1)])
        if not bool((ends.diff() < 0).all()):  # NaN is not
            raise Invalid("abar must fall from below 1, step by step, and stay above 0.")
        object.__setattr__(self, "abar", abar)

    @classmethod
    def of_betas(cls, betas: Tensor) -> Chain:
        """The chain whose k-th step adds noise of variance beta_k (T,) to sqrt(1 - beta_k) x."""
        return cls((1 - torch.as_tensor(betas).double()).cumprod(0))

    def __len__(self) -> int:
        """T, the number of steps."""
        return len(self.abar)

    @cached_property
    def _ends(self) -> Tensor:
        """abar_k from k = 0, the data, on."""
        return torch.cat([self.abar.new_ones(1), self.abar])

    @cached_property
    def before(self) -> Tensor:
        """abar_{k-1}, which is 1 for the first step."""
        return torch.cat([self.abar.new_ones(1), self.abar[:-1]])

    @cached_property
    def alpha(self) -> Tensor:
        """alpha_k = abar_k / abar_{k-1}."""
        return self.abar / self.before

    @cached_property
    def beta(self) -> Tensor:
        """beta_k = 1 - alpha_k."""
        return (self.before - self.abar) / self.before

    @cached_property
    def posterior_variance(self) -> Tensor:
        """sigma-tilde^2 of q(x_{k-1} | x_k, x1); 0 for the first step. Equation 7 of the paper."""
        return self.beta * (1 - self.before) / (1 - self.abar)

    @cached_property
    def mean_per_noise(self) -> Tensor:
        """Change of the reverse mean with the predicted noise, beta / sqrt(alpha (1 - abar))."""
        return self.beta / (self.alpha * (1 - self.abar)).sqrt()

    @cached_property
    def mean_per_data(self) -> Tensor:
        """The same with the denoised point, sqrt(abar_{k-1}) beta / (1 - abar)."""
        return self.before.sqrt() * self.beta / (1 - self.abar)

    def noised(self, x: Tensor, z: Tensor, k: int, start: int = 0) -> Tensor:
        """x_k (n, d) from x_start (n, d), the data for 0, and noise z (n, d), for start <= k."""
        kept = self._ends[k] / self._ends[start]
        return kept.sqrt() * x + (1 - kept).sqrt() * z

    def posterior_mean(self, x: Tensor, x1: Tensor, k: int) -> Tensor:
        """mu-tilde, the mean of q(x_{k-1} | x_k, x1) (n, d); equation 7 of the paper.

        The coefficient of x1 has beta_k = 1 - alpha_k; 1 - abar_k in its place, as some texts print
        it, is no posterior's.
        """
        i = k - 1
        per_x = self.alpha[i].sqrt() * (1 - self.before[i]) / (1 - self.abar[i])
        return per_x * x + self.mean_per_data[i] * x1

    def reverse_mean(self, x: Tensor, noise: Tensor, k: int) -> Tensor:
        """mu, the same mean (n, d) for a predicted noise in place of x1; equation 11."""
        i = k - 1
        shift = self.beta[i] / (1 - self.abar[i]).sqrt() * noise
        return (x - shift) / self.alpha[i].sqrt()

    def denoised(self, x: Tensor, noise: Tensor, k: int) -> Tensor:
        """The data point (n, d) that x_k is for a predicted noise; equation 15."""
        abar = self.abar[k - 1]
        return (x - (1 - abar).sqrt() * noise) / abar.sqrt()
