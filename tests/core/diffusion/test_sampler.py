"""What can be asked of a sampler, and what is refused in a sentence."""

from __future__ import annotations

import pytest

from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.document.limits import Invalid


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"method": "heun"}, "no method of a diffusion model 'heun'"),
        ({"method": "ddim", "variance": "beta"}, "variance belongs to ddpm, not to ddim"),
        ({"method": "ddpm", "eta": 0.5}, "eta belongs to ddim and langevin"),
        ({"method": "langevin", "T": 300}, "T belongs to ddpm and ddim"),
        ({"method": "ddim", "eta": 1.5}, "eta must be from 0 to 1, not 1.5"),
        ({"T": 0}, "T must be a whole number from 1"),
        ({"T": 10, "steps": 11}, "from 1 to 10, not 11"),
        ({"schedule": "sine"}, "no schedule 'sine'"),
        ({"kind": "ve", "schedule": "linear"}, "kind ve has no schedule"),
        ({"sigmas": (0.1, 5.0)}, "sigmas belong to langevin"),
        ({"method": "langevin", "sigmas": (1.0, -1.0)}, "numbers from 1e-06"),
        ({"method": "pf_ode", "predictor": "euler_maruyama"}, "no predictor 'euler_maruyama'"),
        ({"method": "ddim", "direction": "reverse"}, "take one of these in reverse"),
        ({"clamp": -1.0}, "clamp must be from"),
        ({"standardise": 2}, "standardise must be True or False"),
        ({"method": "reverse_sde", "corrector": -1}, "corrector, the number of"),
        (
            {"method": "reverse_sde", "predictor": "sample_timestep_iter", "corrector": 1},
            "takes no corrector",
        ),
        ({"guidance": -1.0}, "guidance must be from 0 to 100, not -1.0"),
        ({"guidance": "much"}, "guidance must be from"),
        ({"label": 1.5}, "label, a class of the target, must be a whole number"),
        ({"label": 1, "interval": (0.2, 0.8)}, "interval belongs to guidance"),
        ({"guidance": 2.0, "interval": (0.8, 0.2)}, "the lesser first"),
        (
            {"method": "langevin", "guidance": 2.0, "interval": (0.2, 0.8)},
            "interval belongs to methods that pass noise levels",
        ),
        ({"direction": "reverse", "label": 1}, "Data are noised without guidance"),
        ({"variance": "optimal", "label": 1}, "optimal variance is that of a model without"),
    ],
)
def test_what_can_t_be_is_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Sampler(**given)  # type: ignore[arg-type]


def test_what_is_taken_where_nothing_is_given() -> None:
    assert Sampler().count == 1000
    assert Sampler(T=300, steps=7).count == 7
    assert Sampler(method="langevin").count == 1000
    assert Sampler(method="reverse_sde", kind="ve").reach == pytest.approx(50.0)
    plain = Sampler(method="langevin")
    assert plain.sigmas_for(exact=True) < plain.sigmas_for(exact=False)
    assert Sampler(method="langevin", sigmas=0.5).sigmas_for(exact=True) == (0.5,)
    assert plain.step_size_for((2.0, 1.0)) == pytest.approx(0.2)
