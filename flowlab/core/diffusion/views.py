"""The views of the diffusion room."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow, only

_CLOUD = ("show_particles", "show_trails", "show_density", "show_contours", "show_paths")
_PLAIN = {"layout": "overlay", "show_raw": False, "field": "none", "show_grid": False}
_PATHS_ALONE = {
    name: value
    for name, value in only(layout="overlay", show_raw=False).items()
    if name != "show_paths"
}
_LEVELS = ("T", "schedule", "kind", "ve_least", "ve_most", "standardise")
_MODEL = ("steps", *_LEVELS)
_SAMPLERS = (
    "variance", "eta", "predictor", "ode_predictor", "corrector", "snr", "clamp", "box",
)  # fmt: skip
_GUIDED = ("guided_by", "guidance", "guided_from", "guided_to")
_LATENT = (
    "latent_x", "latent_slope", "latent_bend", "latent_deviation", "q_mean", "q_deviation",
)  # fmt: skip
_SHOWN = ("first", "second", "third")

ROOM = Room(
    name="diffusion",
    title="Diffusion",
    tip="The same flow as a diffusion model: noise is added, and taken away again",
    settings="diffusion",
    presets="flowlab.core.diffusion.presets:presets",
    views=(
        ViewRow(
            name="samplers",
            also="diffusion model, denoising diffusion, score-based model, reverse process, "
            "samplers, reverse diffusion",
            title="Samplers of a diffusion model",
            button="Samplers",
            tip="The same noise carried to the data by up to three samplers, side by side",
            plan="flowlab.core.diffusion.plan:denoising",
            calls="flowlab.core.diffusion.plan:evaluations",
            reads=(*_MODEL, *_SAMPLERS, *_SHOWN, "iadb_is_ddim"),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
        ViewRow(
            name="noising",
            also="forward process, noising process, forward diffusion, corruption, filmstrip, "
            "noise schedule",
            title="Forward and reverse strip",
            button="Strip",
            tip="The data at several noise levels, noised step by step, and the way back below",
            plan="flowlab.core.diffusion.strip:noising",
            calls="flowlab.core.diffusion.strip:evaluations",
            reads=(*_MODEL, *_SAMPLERS, "first", "panels"),
            compares=False,
            layers=("show_particles", "show_density", "show_contours", "show_ends"),
            overrides={**_PLAIN, "show_paths": False, "show_trails": False},
            ends=True,
        ),
        ViewRow(
            name="diffusion_time_plane",
            also="time plane, space time, one coordinate, x against t, SDE and ODE paths",
            title="Diffusion against t",
            button="(t, x)",
            tip="Paths of the samplers against time, over the density of one coordinate",
            plan="flowlab.core.diffusion.time_plane:time_plane",
            calls="flowlab.core.diffusion.plan:evaluations",
            reads=(*_MODEL, *_SAMPLERS, *_SHOWN),
            compares=False,
            layers=("show_paths",),
            overrides=_PATHS_ALONE,
            still=0.5,
            ends=True,
        ),
        ViewRow(
            name="faces",
            also="parameterization, epsilon prediction, x0 prediction, v prediction, noise "
            "prediction, score function, denoiser, Tweedie's formula, equivalence",
            title="One model, four faces",
            button="Faces",
            tip="The same model as noise, denoised point, score and velocity, and how errors grow",
            plan="flowlab.core.diffusion.faces:faces",
            is_new="flowlab.core.diffusion.faces:is_new",
            reads=_LEVELS,
            compares=False,
            layers=("show_ends",),
            overrides={name: value for name, value in only().items() if name != "show_ends"}
            | {"layout": "overlay", "show_raw": False},
            still=0.5,
            ends=True,
        ),
        ViewRow(
            name="langevin_dynamics",
            also="Langevin dynamics, ULA, unadjusted Langevin, annealed Langevin, NCSN, MCMC, "
            "score matching with Langevin dynamics, mode collapse, SMLD",
            title="Langevin dynamics",
            button="Langevin",
            tip="Steps along the score: with noise, without any, and with noise that is annealed",
            cloud="particles",
            plan="flowlab.core.diffusion.langevin_runs:langevin_runs",
            calls="flowlab.core.diffusion.langevin_runs:evaluations",
            reads=(
                "langevin_start",
                "langevin_steps",
                "step_size",
                "sigma",
                "most_sigma",
                "sigmas",
            ),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
            own_ends=True,
        ),
        ViewRow(
            name="class_guidance",
            also="classifier-free guidance, CFG, guidance scale, classifier guidance, conditional "
            "generation, tilted distribution, class-conditional",
            title="Guidance to a class",
            button="Guidance",
            tip="Samples led to a class, the tilted law that they don’t follow, and the arrows",
            cloud="particles",
            plan="flowlab.core.diffusion.guided_runs:class_guidance",
            calls="flowlab.core.diffusion.guided_runs:evaluations",
            is_new="flowlab.core.diffusion.guided_runs:is_new",
            reads=(*_MODEL, *_SAMPLERS, *_GUIDED, "first"),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
        ViewRow(
            name="counterfactual",
            also="anomaly map, anomaly detection, what if, image to image, SDEdit, DDIM inversion, "
            "difference map, class transfer, counterfactual",
            title="Counterfactual",
            button="What if",
            tip="Points noised and led to another class, and how far that moves each of them",
            cloud="particles",
            plan="flowlab.core.diffusion.counterfactual_runs:counterfactuals",
            calls="flowlab.core.diffusion.counterfactual_runs:evaluations",
            is_new="flowlab.core.diffusion.counterfactual_runs:is_new",
            reads=(
                *_MODEL,
                *_SAMPLERS,
                *_GUIDED,
                "first",
                "noised_to",
                "noise_of_point",
                "point_x",
                "point_y",
            ),
            compares=False,
            layers=("show_particles", "show_density", "show_contours", "show_paths", "show_ends"),
            overrides={**_PLAIN, "show_trails": False},
            ends=True,
            own_ends=True,
        ),
        ViewRow(
            name="learned_scores",
            also="implicit score matching, sliced score matching, denoising score matching, "
            "noise-conditioned score network, NCSN, energy-based model, EBM, partition function, "
            "Hyvärinen, Stein score",
            title="Score matching",
            button="Scores",
            tip="One score learned in five ways, as training goes on, and how far each is off",
            plan="flowlab.core.diffusion.score_matching:score_matching",
            is_new="flowlab.core.diffusion.score_matching:is_new",
            reads=("score_sigma", "score_steps"),
            network=False,
            compares=False,
            overrides={**only(), "layout": "overlay", "show_raw": False},
            ends=True,
            roles=("target",),
            own_ends=True,
        ),
        ViewRow(
            name="elbo",
            also="ELBO, evidence lower bound, variational bound, negative log-likelihood, NLL, "
            "denoising matching, prior matching, reconstruction term, KL terms, VLB",
            title="Bound on the likelihood",
            button="ELBO",
            tip="The evidence lower bound as a bar for each step, and how far it is from −log p",
            plan="flowlab.core.diffusion.likelihood_bound:likelihood_bound",
            is_new="flowlab.core.diffusion.likelihood_bound:is_new",
            reads=("T", "schedule", "kind", "standardise", "variance", "bound_points"),
            compares=False,
            overrides={**only(), "layout": "overlay", "show_raw": False},
            still=0.5,
            ends=True,
            own_ends=True,
        ),
        ViewRow(
            name="latent_model",
            also="latent variable model, variational inference, approximate posterior, "
            "evidence, KL divergence, amortisation, ELBO of a latent variable model",
            title="A latent model and its bound",
            button="Latent",
            tip="log p = ELBO + KL on a line: drag q, and see what is left",
            plan="flowlab.core.diffusion.latent_plan:latent_model",
            reads=_LATENT,
            network=False,
            compares=False,
            overrides={**only(), "layout": "overlay", "show_raw": False},
            ends=True,
            roles=(),
            timeless=True,
            own_ends=True,
        ),
        ViewRow(
            name="memorisation",
            also="memorization, nearest neighbour distance, training set, "
            "generalisation, generalization, empirical score, data copying",
            title="Memorisation",
            tip="What samples have of a few training points: their copies, or points of their own",
            plan="flowlab.core.diffusion.memorising:memorising",
            is_new="flowlab.core.diffusion.memorising:is_new",
            calls="flowlab.core.diffusion.memorising:evaluations",
            reads=(*_MODEL, "training_points"),
            compares=False,
            layers=("show_particles", "show_paths"),
            overrides={
                **_PLAIN,
                "show_density": False,
                "show_contours": False,
                "show_trails": False,
                "show_ends": False,
            },
            ends=True,
        ),
    ),
)
