"""Noise levels against the formulas of the papers, and schedules of which some steps are taken."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from flowlab.core.diffusion.levels import alpha_bars, levels_of
from flowlab.core.diffusion.models import levels_for
from flowlab.core.diffusion.settings import KINDS, SCHEDULES, Diffusion
from flowlab.core.document.limits import Invalid


def test_linear_betas_are_the_papers_and_the_texts() -> None:
    assert alpha_bars("linear", 1000)[-1] == pytest.approx(4.036e-5, rel=1e-3)
    assert alpha_bars("linear", 300)[-1] == pytest.approx(0.0481, abs=5e-5)  # 22 % are left of it
    betas = np.linspace(1e-4, 0.02, 300)
    np.testing.assert_allclose(alpha_bars("linear", 300)[1:], np.cumprod(1 - betas), rtol=1e-12)


def test_the_cosine_schedule_is_a_cosine_but_for_its_last_beta() -> None:
    k = np.arange(1000)
    f = np.cos((k / 1000 + 0.008) / 1.008 * np.pi / 2) ** 2
    bars = alpha_bars("cosine", 1000)
    np.testing.assert_allclose(bars[:-1], f / f[0], rtol=1e-9)
    assert bars[-1] == pytest.approx(float(bars[-2]) * 1e-3)


def test_vp_is_the_integral_of_its_rate() -> None:
    bars = alpha_bars("vp", 40)
    for k in (0, 7, 40):
        area, _ = quad(lambda s: 0.1 + 19.9 * s, 0, k / 40)
        assert float(bars[k]) == pytest.approx(np.exp(-area))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("T", "steps"), [(1000, n) for n in (1, 2, 7, 21, 40, 1000)] + [(100, 5)])
def test_steps_begin_at_the_noisiest_and_end_at_the_data(kind: str, T: int, steps: int) -> None:
    every = levels_of(kind, T=T)
    taken = every.visited(steps)
    assert len(taken.k) == steps + 1
    assert (taken.k[0], taken.k[-1]) == (T, 0)
    assert bool((taken.k.diff() < 0).all())
    assert (taken.signal[-1], taken.noise[-1]) == (1.0, 0.0)
    assert (taken.times[0], taken.times[-1]) == (0.0, 1.0)
    torch.testing.assert_close(taken.noise, every.noise[T - taken.k])
    assert bool((taken.added > 0).all())
    shrunk = taken.signal[0] / taken.signal[:-1]  # of noise on its way to the noisiest
    together = (taken.added * shrunk**2).sum() if kind != "blend" else taken.added[0]
    torch.testing.assert_close(together, taken.visited(1).added[0])


def test_the_least_and_largest_sigma_are_levels() -> None:
    levels = levels_of("ve", T=10, sigmas=(0.1, 20.0))
    assert levels.noise[:-1].tolist() == pytest.approx(np.geomspace(20.0, 0.1, 10).tolist())
    assert levels.prior == pytest.approx(20.0)


def test_what_can_t_be_is_refused() -> None:
    for schedule in SCHEDULES:
        with pytest.raises(Invalid, match="T, the steps"):
            alpha_bars(schedule, 0)
    with pytest.raises(Invalid, match="no schedule 'sine'"):
        levels_of(schedule="sine")
    with pytest.raises(Invalid, match="from 1 to 100, not 101"):
        levels_of(T=100).visited(101)
    with pytest.raises(Invalid, match="least and the largest"):
        levels_of("ve", sigmas=(2.0, 1.0))


def test_a_room_has_sigmas_of_its_own() -> None:
    levels = levels_for(Diffusion(kind="ve", ve_least=0.1, ve_most=10.0, T=3, steps=3), "ddpm")
    torch.testing.assert_close(levels.noise, torch.tensor([10, 1, 0.1, 0]).double())
    assert levels_for(Diffusion(ve_most=10.0, T=3, steps=3), "ddpm").kind == "vp"
