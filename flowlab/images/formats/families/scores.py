"""Score networks: NCSN++ of score SDEs and of reflected diffusion, and its VDM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowlab.images.formats.families.sketch import Sketch, levels
from flowlab.images.formats.records import Contents, Tensors

_SIGMAS = ("sigma_min", "sigma_max")


@dataclass(frozen=True)
class _Module:
    """One of the numbered modules: what it is, and the shape of its first weight (out, in, ...)."""

    kind: str  # "block", "attention", "resample", "fourier", "linear", "conv" or "norm"
    shape: tuple[int, ...]
    halves: bool = False  # True for a block that changes the size of its picture


def ncsnpp(tensors: Tensors, contents: Contents) -> Sketch | None:
    """NCSN++ or DDPM++ of Song et al., numbered modules in the order of the forward pass."""
    if not any(name.startswith("all_modules.") for name in tensors):
        return None
    modules = _modules(tensors)
    fourier = modules[0].kind == "fourier"
    convolutions = [module.shape for module in modules if module.kind == "conv"]
    nf, channels = convolutions[0][:2]
    encoder = _encoder(modules, nf)
    return Sketch(
        network="ncsnpp",
        settings={
            "nf": nf,
            "channels": channels,
            **encoder,
            "embedding_type": "fourier" if fourier else "positional",
            "fir": any("Conv2d_0" in name for name in tensors),
            "num_scales": tensors["sigmas"].shape[0] if "sigmas" in tensors else 1000,
        },
        channels=channels,
        out_channels=convolutions[-1][0],
        meanings=_meanings(contents, fourier),
        halvings=len(encoder["ch_mult"]) - 1,
        why="programs of score SDEs, reflected diffusion and rectified flow write the same keys",
        fixed=_sigmas(contents, fourier),
    )


def _modules(tensors: Tensors) -> list[_Module]:
    """The modules by their numbers."""
    parts: dict[int, dict[str, tuple[int, ...]]] = {}
    for name, tensor in tensors.items():
        words = name.split(".", 2)
        if words[0] == "all_modules" and len(words) == 3 and words[1].isdecimal():
            parts.setdefault(int(words[1]), {})[words[2]] = tensor.shape
    return [_module(parts[number]) for number in sorted(parts)]


def _module(parts: dict[str, tuple[int, ...]]) -> _Module:
    first = parts.get("Conv_0.weight", parts.get("Conv2d_0.weight", ()))
    if first and "GroupNorm_0.weight" in parts:
        return _Module("block", first, "Conv_2.weight" in parts and first[0] == first[1])
    if first:
        return _Module("resample", first)
    if "NIN_3.W" in parts:
        return _Module("attention", parts["NIN_3.W"])
    if "W" in parts:
        return _Module("fourier", parts["W"])
    shape = parts["weight"]
    return _Module({4: "conv", 2: "linear"}.get(len(shape), "norm"), shape)


def _encoder(modules: list[_Module], nf: int) -> dict[str, Any]:
    """Widths of the levels, blocks of each, and which of them attend.

    A level ends where a block or a convolution changes the size. The way up begins where a block
    takes more channels than the last one gave; two blocks before it are the middle.
    """
    levels_: list[list[_Module]] = [[]]
    before, pyramid = nf, False
    for module in modules:
        if module.kind == "block" and module.shape[1] > before:
            break
        if module.kind == "attention" or (module.kind == "block" and not module.halves):
            levels_[-1].append(module)
        elif module.halves or (module.kind == "resample" and levels_[-1]):
            levels_.append([])
        pyramid = pyramid or (module.kind == "resample" and not levels_[-1])
        before = module.shape[0] if module.kind == "block" else before
    return _described(levels_, nf, pyramid)


def _described(levels_: list[list[_Module]], nf: int, pyramid: bool) -> dict[str, Any]:
    each = sum(module.kind == "block" for module in levels_[0])
    blocks = [[m for m in level if m.kind == "block"] for level in levels_]
    attends = [level[1].kind == "attention" for level in levels_]
    return {
        "ch_mult": tuple(level[0].shape[0] // nf for level in blocks),
        "num_res_blocks": each,
        "attention": tuple(k for k, attending in enumerate(attends) if attending),
        "progressive_input": "residual" if pyramid else "none",
    }


def _meanings(contents: Contents, fourier: bool) -> tuple[str, ...]:
    if not fourier:
        return ("rectified_flow", "reflected", "score_sde")
    beside = " ".join([*contents.facts, *contents.left])
    if "sigma_max" in beside or "scaler" in beside:
        return ("reflected", "score_sde", "rectified_flow")
    return ("score_sde", "reflected", "rectified_flow")


def _sigmas(contents: Contents, reflected: bool) -> dict[str, Any]:
    """The noise levels that the settings of the training name."""
    found = {name: contents.facts[name] for name in _SIGMAS if name in contents.facts}
    if len(found) < 2 or not reflected:
        return {}
    return {"schedule": {"kind": "reflected ve"} | found}


def vdm(tensors: Tensors, contents: Contents) -> Sketch | None:
    """The network of variational diffusion models, as reflected diffusion trains it."""
    if "cond_map.0.weight" not in tensors or "midattn.qkv.weight" not in tensors:
        return None
    blocks = levels(tensors, "enc.", ".conv1.weight")
    channels = tensors["out.2.weight"].shape[0]
    taken = tensors["conv_in.weight"].shape[1]
    return Sketch(
        network="vdm",
        settings={
            "channels": tensors["conv_in.weight"].shape[0],
            "num_blocks": len(blocks),
            "attention": any(name.endswith(".qkv.weight") and name.startswith("enc.")
                             for name in tensors),
            "input_channels": channels,
            "fourier_features": (taken // channels - 1) // 2,
            **{name: value for name, value in contents.facts.items() if name in _SIGMAS},
        },
        channels=channels,
        out_channels=channels,
        meanings=("reflected",),
        halvings=0,
        stated=True,
        fixed=_sigmas(contents, True),
    )  # fmt: skip
