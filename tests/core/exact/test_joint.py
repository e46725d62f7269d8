"""The Gaussians of x_t and dx_t/dt for pairs of components, against sums over the pairs."""

from __future__ import annotations

import pytest
import torch

from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.paths import Path
from flowlab.core.exact.joint import Blend, Joint
from flowlab.core.interpolants.paths import interpolant_of

SOURCE = MixtureParameters(
    weights=torch.tensor([1.0, 3.0, 0.0]),
    means=torch.tensor([[1.0, 2.0], [-1.0, 0.0], [9.0, 9.0]]),
    covs=torch.tensor(
        [[[1.0, 0.2], [0.2, 2.0]], [[0.5, 0.0], [0.0, 0.1]], [[1.0, 0.0], [0.0, 1.0]]]
    ),
)
TARGET = MixtureParameters(
    weights=torch.tensor([2.0, 2.0]),
    means=torch.tensor([[5.0, 0.0], [4.0, -3.0]]),
    covs=torch.tensor([[[0.3, -0.1], [-0.1, 0.2]], [[0.0, 0.0], [0.0, 0.0]]]),
)
PATHS = [Path(), Path(kind="trigonometric"), Path(noise="quadratic", level=0.7)]


def test_weights_multiply_and_parts_without_weight_are_left_out() -> None:
    joint = Joint.of(SOURCE, TARGET, interpolant_of(Path()))
    torch.testing.assert_close(joint.weights, torch.tensor([1, 1, 3, 3]).double() / 8)
    assert joint.mean0.T.tolist() == [[1, 2], [1, 2], [-1, 0], [-1, 0]]
    assert joint.mean1.T.tolist() == [[5, 0], [4, -3], [5, 0], [4, -3]]
    assert not joint.shared
    assert joint.take(torch.tensor([2])).mean0.T.tolist() == [[-1, 0]]


def test_equal_covariances_are_kept_once() -> None:
    even = MixtureParameters(TARGET.weights, TARGET.means, TARGET.covs[:1].expand(2, 2, 2))
    joint = Joint.of(even, even, interpolant_of(Path()))
    assert joint.shared
    assert len(joint.cov0.xx) == 1
    assert len(joint.weights) == 4


def test_the_least_variance_is_small_beside_the_whole() -> None:
    joint = Joint.of(SOURCE, TARGET, interpolant_of(Path()))
    assert joint.size == 9.0
    assert 0 < joint.least < 1e-12 * joint.size**2
    assert joint.least < joint.to("cpu", torch.float32).least < 1e-6 * joint.size**2


@pytest.mark.parametrize("chosen", PATHS, ids=["linear", "trigonometric", "noisy"])
@pytest.mark.parametrize("t", [0.2, 0.5, 0.9])
def test_moments_are_those_of_many_pairs_and_rates_their_differences(
    chosen: Path, t: float
) -> None:
    """Of one pair: x_t = a x0 + b x1 + c z, by matrices; its rate by a difference in t."""
    path = interpolant_of(chosen)
    joint = Joint.of(SOURCE, TARGET, path).take(torch.tensor([0]))
    now, step = torch.tensor(t, dtype=torch.float64), 1e-6
    blend = Blend(joint, now)
    a, b, c = (float(f(now)) for f in (path.alpha, path.beta, path.gamma))
    cov0, cov1 = SOURCE.covs[0].double(), TARGET.covs[0].double()
    unit = torch.eye(2, dtype=torch.float64)

    def dense(s: object) -> torch.Tensor:
        rows = [[float(s.xx), float(s.xy)], [float(s.xy), float(s.yy)]]  # type: ignore[attr-defined]
        return torch.tensor(rows, dtype=torch.float64)

    def cov(at: float) -> torch.Tensor:
        return dense(Blend(joint, torch.tensor(at, dtype=torch.float64)).cov)

    torch.testing.assert_close(dense(blend.cov), a**2 * cov0 + b**2 * cov1 + c**2 * unit)
    mean = blend.at(joint.mean0, joint.mean1)[:, 0]
    torch.testing.assert_close(mean, a * SOURCE.means[0].double() + b * TARGET.means[0].double())
    later, sooner = (Blend(joint, now + s).at(joint.mean0, joint.mean1) for s in (step, -step))
    rate = blend.velocity(joint.mean0, joint.mean1)
    torch.testing.assert_close(rate, (later - sooner) / (2 * step), atol=1e-7, rtol=1e-7)
    half = (cov(t + step) - cov(t - step)) / (4 * step)
    torch.testing.assert_close(dense(blend.velocity_cross_cov), half, atol=1e-7, rtol=1e-7)
    dots = [(float(f(now + step)) - float(f(now - step))) / (2 * step) for f in
              (path.alpha, path.beta, path.gamma)]  # fmt: skip
    spread = dots[0] ** 2 * cov0.trace() + dots[1] ** 2 * cov1.trace() + 2 * dots[2] ** 2
    assert float(blend.velocity_variance) == pytest.approx(float(spread), rel=1e-6)
