"""The U-Net of guided diffusion, which torchcfm and Meta's flow_matching train as a flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.families.sketch import Sketch, condition_of, levels
from flowlab.images.formats.records import Assumption, Contents, Tensors

_HEADS = (1, 2, 4, 8, 16)
_HEAD_CHANNELS = (32, 64, 128)
_FLOWS = ("torchcfm", "torchcfm_one_head", "riemannian", "flow_matching", "guided_flow_times_1000")


def sketch(tensors: Tensors, contents: Contents) -> Sketch | None:
    """The network, from its tensors; raises `Invalid` for a classifier and an upsampler."""
    if "input_blocks.0.0.weight" not in tensors or "time_embed.0.weight" not in tensors:
        return None
    if "out.2.weight" not in tensors or not levels(
        tensors, "output_blocks.", ".0.in_layers.2.weight"
    ):
        raise Invalid("it is a classifier of noisy pictures, which guides a diffusion model; "
                      "open the diffusion model itself.")  # fmt: skip
    channels, out_channels = (
        tensors["input_blocks.0.0.weight"].shape[1],
        tensors["out.2.weight"].shape[0],
    )
    if channels == 6 and out_channels == 6:
        raise Invalid("it is an upsampler: it enlarges pictures (6 channels in), and makes none.")
    settings = shape_settings(tensors)
    classes = tensors["label_emb.weight"].shape[0] if "label_emb.weight" in tensors else 0
    meanings = _meanings(contents, channels, out_channels, settings)
    return Sketch(
        network="guided_unet",
        settings=settings | {"num_classes": classes or None},
        channels=channels,
        out_channels=out_channels,
        meanings=meanings,
        why=_why(contents),
        condition=condition_of(channels, out_channels, classes),
        classes=classes,
        halvings=len(settings["channel_mult"]) - 1,
        fixed=_stated(contents),
        assumed=_heads(settings),
    )


def _heads(settings: Mapping[str, Any]) -> tuple[Assumption, ...]:
    """What attention is divided into, of what divides its widths: no tensor shows it."""
    widths = attending(settings)
    words = "the shapes of attention's weights are the same for any number of heads"
    each = (-1, *(n for n in _HEAD_CHANNELS if not any(w % n for w in widths)))
    order = "legacy and new order of q, k and v have the same shapes; a wrong one draws rubbish"
    return (
        Assumption(
            "num_heads", None, words, tuple(n for n in _HEADS if not any(w % n for w in widths))
        ),
        Assumption("num_head_channels", None, f"{words} (-1: by their number)", each),
        Assumption("use_new_attention_order", None, order, (False, True)),
    )


def shape_settings(tensors: Tensors) -> dict[str, Any]:
    """The settings that shapes tell: widths, blocks a level, attention, and how sizes change."""
    width = tensors["time_embed.0.weight"].shape[1]
    blocks = _Blocks(tensors)
    return {
        "in_channels": tensors["input_blocks.0.0.weight"].shape[1],
        "out_channels": tensors["out.2.weight"].shape[0],
        "model_channels": width,
        "num_res_blocks": blocks.each,
        "channel_mult": tuple(_ratio(w, width) for w in blocks.widths),
        "attention_resolutions": blocks.attention,
        "conv_resample": blocks.conv or blocks.updown,
        "resblock_updown": blocks.updown,
        "use_scale_shift_norm": blocks.scale_shift,
    }


def _ratio(value: int, base: int) -> int | float:
    return value // base if value % base == 0 else value / base


class _Blocks:
    """Levels of the encoder, found from the numbers of its blocks."""

    def __init__(self, tensors: Tensors):
        self.tensors = tensors
        ups = [name for name in tensors if name.startswith("output_blocks.")]
        self.updown = any(name.endswith(".in_layers.2.weight") and name.split(".")[2] != "0"
                          for name in ups)  # fmt: skip
        self.conv = any(name.endswith(".0.op.weight") for name in tensors)
        decoder = len({name.split(".")[1] for name in ups})
        self.count = self._levels(decoder)
        self.each = max(1, decoder // self.count - 1)
        firsts = [1 + level * (self.each + 1) for level in range(self.count)]
        self.widths = [self._width(first) for first in firsts]
        self.attention = tuple(2**level for level, first in enumerate(firsts)
                               if f"input_blocks.{first}.1.qkv.weight" in tensors)  # fmt: skip
        emb = tensors[f"input_blocks.{firsts[0]}.0.emb_layers.1.weight"].shape[0]
        self.scale_shift = emb == 2 * self.widths[0]

    def _levels(self, decoder: int) -> int:
        """How many sizes there are: downsampling has a convolution, a block, or nothing at all."""
        if self.updown:
            grown = {name.split(".")[1] for name in self.tensors
                     if name.startswith("output_blocks.") and name.split(".")[2] != "0"
                     and name.endswith(".in_layers.2.weight")}  # fmt: skip
            return 1 + len(grown)
        if self.conv:
            return 1 + len(levels(self.tensors, "input_blocks.", ".0.op.weight"))
        blocks = len(levels(self.tensors, "input_blocks.", ".0.in_layers.2.weight"))
        return max(1, decoder - blocks)

    def _width(self, first: int) -> int:
        return self.tensors[f"input_blocks.{first}.0.in_layers.2.weight"].shape[0]


def _meanings(
    contents: Contents, channels: int, out_channels: int, settings: Mapping[str, Any]
) -> tuple[str, ...]:
    """What such a network may predict, likeliest first, by what lies around it and its options."""
    diffusions = ("guided_diffusion", "guided_diffusion_cosine", "improved_diffusion")
    name = contents.path.name.lower()
    if out_channels == 2 * channels:
        return _openai(name, diffusions)
    keys = contents.groups.keys()
    if "net_model" in keys or "ema_model" in keys:
        return ("torchcfm", "riemannian", "torchcfm_one_head", "guided_flow_times_1000")
    if any(key.endswith("shadow_params") for key in keys) or _of_meta(contents):
        return ("flow_matching", *(m for m in _FLOWS if m != "flow_matching"))
    if name.startswith(("ema_0", "model0", "lsun", "256x256", "64x64", "128x128", "512x512")):
        return (*_openai(name, diffusions), *_FLOWS)
    if settings["use_scale_shift_norm"]:
        return ("flow_matching", *(m for m in _FLOWS if m != "flow_matching"), *diffusions)
    bare = ("torchcfm_one_head", "torchcfm", *_FLOWS[2:], *diffusions)
    return bare if settings["conv_resample"] else (*_FLOWS, *diffusions)


def _openai(name: str, diffusions: tuple[str, ...]) -> tuple[str, ...]:
    first = "guided_diffusion_cosine" if name.startswith("64x64") else "guided_diffusion"
    if "uncond_50m" in name or "cifar10" in name or "imagenet64" in name:
        first = "improved_diffusion"
    return (first, *(meaning for meaning in diffusions if meaning != first))


def _of_meta(contents: Contents) -> bool:
    return any(name.startswith("args.") for name in contents.facts)


def _stated(contents: Contents) -> dict[str, Any]:
    """The only option of a training program that names a field of the card."""
    drawn = contents.facts.get("args.base_distribution")
    return {"base": "truncated gaussian"} if drawn == "truncated_normal" else {}


def _why(contents: Contents) -> str:
    if "net_model" in contents.groups:
        return "torchcfm's programs write these keys; Riemannian flow matching writes the same"
    return "several programs train this very network; the weights don't say which"


def attending(settings: Mapping[str, Any]) -> list[int]:
    """The widths at which there is attention, that of the middle first."""
    mults, width = settings["channel_mult"], settings["model_channels"]
    places = [level.bit_length() - 1 for level in settings["attention_resolutions"]]
    return [int(width * mult) for mult in (mults[-1], *(mults[place] for place in places))]


def fitted(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, with one head where heads of so many channels don't divide the widths."""
    each = settings.get("num_head_channels", -1)
    if each > 0 and any(width % each for width in attending(settings)):
        return settings | {"num_heads": 1, "num_head_channels": -1}
    return settings
