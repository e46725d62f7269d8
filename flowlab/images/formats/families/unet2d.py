"""The U-Net of diffusers (UNet2DModel): IADB's, DDPMs of the hub, and flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.families.sketch import Sketch, condition_of, levels
from flowlab.images.formats.records import Assumption, Contents, Tensors
from flowlab.images.formats.tensor_names import is_converted

_IADB = (1, 1, 2, 2, 4, 4)  # widths of six levels, in those of the first
_OLD_SETTINGS = {
    "block_channels": "block_out_channels",
    "image_size": "sample_size",
    "num_head_channels": "attention_head_dim",
    "resnet_eps": "norm_eps",
    "resnet_num_groups": "norm_num_groups",
    "resnet_act_fn": "act_fn",
    "down_blocks": "down_block_types",
    "up_blocks": "up_block_types",
    "mid_block": "mid_block_type",
}
_OLD_BLOCKS = {
    "UNetResDownBlock2D": "DownBlock2D",
    "UNetResAttnDownBlock2D": "AttnDownBlock2D",
    "UNetResUpBlock2D": "UpBlock2D",
    "UNetResAttnUpBlock2D": "AttnUpBlock2D",
}
_PREDICTIONS = {"epsilon": "noise", "sample": "data", "v_prediction": "v"}
_LEARNED = ("learned", "learned_range")


def sketch(tensors: Tensors, contents: Contents) -> Sketch | None:
    """The network, from a file of settings where there is one and else from its tensors."""
    if "conv_in.weight" not in tensors or "time_embedding.linear_1.weight" not in tensors:
        return None
    if any(".transformer_blocks." in name for name in tensors):
        raise Invalid("this network is told a text, as those in the latent space of a VAE are.")
    first, last = tensors["conv_in.weight"].shape, tensors["conv_out.weight"].shape
    channels, out_channels = first[1], last[0]
    if channels == out_channels == 4:
        raise Invalid("it takes 4 channels, as models in the latent space of a VAE do, which "
                      "FlowLab does not open.")  # fmt: skip
    settings = shape_settings(tensors) | {"in_channels": channels, "out_channels": out_channels}
    stated = stated_settings(contents.config)
    _check_widths(settings, stated)
    classes = (
        tensors["class_embedding.weight"].shape[0] if "class_embedding.weight" in tensors else 0
    )
    if classes:
        settings["num_class_embeds"] = classes
    return _told(tensors, contents, settings, stated, condition_of(channels, out_channels, classes))


def shape_settings(tensors: Tensors) -> dict[str, Any]:
    """The settings that shapes tell: widths, blocks, and where there is attention."""
    count = len(levels(tensors, "down_blocks.", ".resnets.0.conv1.weight"))
    widths = [tensors[f"down_blocks.{i}.resnets.0.conv1.weight"].shape[0] for i in range(count)]
    return {
        "block_out_channels": tuple(widths),
        "layers_per_block": len(levels(tensors, "down_blocks.0.resnets.", ".conv1.weight")),
        "down_block_types": tuple(_block(tensors, "Down", i) for i in range(count)),
        "up_block_types": tuple(_block(tensors, "Up", i) for i in range(count)),
        "add_attention": any(name.startswith("mid_block.attentions.") for name in tensors),
        "norm_num_groups": _groups(widths),
        "resnet_time_scale_shift": "scale_shift" if _scales(tensors) else "default",
    }


def _scales(tensors: Tensors) -> bool:
    """True if the embedding of time scales and shifts: then it has twice as many rows."""
    first = "down_blocks.0.resnets.0."
    embedding = tensors.get(f"{first}time_emb_proj.weight")
    return (
        embedding is not None and embedding.shape[0] == 2 * tensors[f"{first}conv1.weight"].shape[0]
    )


def _block(tensors: Tensors, way: str, level: int) -> str:
    prefix = f"{way.lower()}_blocks.{level}."
    names = [name for name in tensors if name.startswith(prefix)]
    skip = "Skip" if any("skip" in name or ".resnet_" in name for name in names) else ""
    attention = "Attn" if any(".attentions." in name for name in names) else ""
    return f"{attention}{skip}{way}Block2D"


def _groups(widths: list[int]) -> int:
    """32, or the largest power of two below it that divides all widths."""
    groups = 32
    while groups > 1 and any(width % groups for width in widths):
        groups //= 2
    return groups


def stated_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in a config.json of any generation, by today's names."""
    if "UNet" not in str(config.get("_class_name", "")):
        return {}
    stated = {_OLD_SETTINGS.get(name, name): value for name, value in config.items()}
    for name in ("down_block_types", "up_block_types"):
        if isinstance(stated.get(name), list):
            stated[name] = tuple(_OLD_BLOCKS.get(str(block), str(block)) for block in stated[name])
    if isinstance(stated.get("block_out_channels"), list):
        stated["block_out_channels"] = tuple(stated["block_out_channels"])
    return {name: value for name, value in stated.items() if not name.startswith("_")}


def _check_widths(shapes: Mapping[str, Any], stated: Mapping[str, Any]) -> None:
    """Raise `Invalid` where the settings beside the weights are those of another network."""
    for name in ("block_out_channels", "layers_per_block", "in_channels", "out_channels"):
        if stated.get(name, shapes[name]) != shapes[name]:
            raise Invalid(f"the config.json beside these weights is of another network ({name}).")


def _told(
    tensors: Tensors, contents: Contents, settings: Any, stated: dict[str, Any], condition: str
) -> Sketch:
    fourier, count = "time_proj.weight" in tensors, len(settings["block_out_channels"])
    if fourier:
        settings["time_embedding_type"] = "fourier"
    meanings = _meanings(contents, settings, fourier)
    known = _known_meaning(contents) or bool(stated and contents.scheduler)
    return Sketch(
        network="unet2d",
        settings=settings | stated,
        channels=settings["in_channels"],
        out_channels=settings["out_channels"],
        meanings=meanings,
        why=_why(contents, bool(stated)),
        size=_size(stated.get("sample_size")),
        usual_size=64 if count > 4 else 32,
        halvings=count - 1,
        condition=condition,
        classes=settings.get("num_class_embeds") or 0,
        stated=known,
        fixed=noise_settings(contents.scheduler) if known else {},
        assumed=_picture() if condition == "picture" else (),
    )


def _picture() -> tuple[Assumption, ...]:
    words = "it takes twice the channels that it returns, so a picture is appended to x"
    return (Assumption("condition", "picture", words, ("picture", "none")),)


def _size(size: Any) -> int | None:
    """The side of pictures; a pair where some versions of diffusers write one."""
    side = size[0] if isinstance(size, (list, tuple)) and size else size
    return side if type(side) is int and 0 < side <= 4096 else None


def _known_meaning(contents: Contents) -> bool:
    return "IADB" in f"{contents.config.get('_pipeline')} {contents.scheduler.get('_class_name')}"


def _meanings(contents: Contents, settings: Mapping[str, Any], fourier: bool) -> tuple[str, ...]:
    """What such a network may predict, likeliest first."""
    flows = ("iadb", "ddpm", "google_ddpm", "flow_times_1000", "iadb_from_data")
    if fourier:
        return ("score_sde",)
    if settings["out_channels"] == 2 * settings["in_channels"]:
        return ("ddpm_variance",)
    if is_converted(name for group in contents.groups.values() for name in group):
        return ("google_ddpm",)
    if _known_meaning(contents):
        return ("iadb",)
    if contents.scheduler or contents.path.name.startswith("diffusion_pytorch_model"):
        return ("ddpm", "google_ddpm", "iadb", "flow_times_1000", "iadb_from_data")
    first = settings["block_out_channels"][0]
    ratios = tuple(width / first for width in settings["block_out_channels"])
    return flows if ratios == _IADB else ("ddpm", "iadb", *flows[2:])


def _why(contents: Contents, stated: bool) -> str:
    if stated:
        return "its settings say which network it is, not what it predicts"
    if contents.layout in ("zip", "old pickle"):
        return "bare weights of this shape are IADB's, and as well those of several DDPMs"
    return "several programs train this very network; the weights don't say which"


def noise_settings(scheduler: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the card that a scheduler_config.json states."""
    if "IADB" in str(scheduler.get("_class_name")) or not scheduler:
        return {}
    predicts = _PREDICTIONS.get(str(scheduler.get("prediction_type", "epsilon")), "noise")
    if scheduler.get("variance_type") in _LEARNED:
        predicts = "noise and variance"
    steps = scheduler.get("num_train_timesteps", scheduler.get("timesteps", 1000))
    if "sigma_max" in scheduler:
        names = ("sigma_min", "sigma_max")
        return {"schedule": {"kind": "ve"} | {n: scheduler[n] for n in names if n in scheduler}}
    schedule = {
        "kind": {"squaredcos_cap_v2": "cosine"}.get(
            str(scheduler.get("beta_schedule")), scheduler.get("beta_schedule", "linear")
        ),
        "beta_start": scheduler.get("beta_start", 1e-4),
        "beta_end": scheduler.get("beta_end", 0.02),
    }
    right = type(steps) is int and 0 < steps <= 1_000_000
    return {"predicts": predicts, "T": steps if right else 1000, "schedule": schedule}
