"""Score networks: NCSN++ of score SDEs and of reflected diffusion, and its VDM."""

from __future__ import annotations

from typing import Any

from flowlab.images.formats.families.sketch import Sketch, levels
from flowlab.images.formats.records import Contents, Tensors

_KINDS = {
    "Conv_0.weight": "block",
    "NIN_0.W": "attention",
    "Conv2d_0.weight": "pyramid",
    "W": "fourier",
}


def ncsnpp(tensors: Tensors, contents: Contents) -> Sketch | None:
    """NCSN++ or DDPM++ of Song et al., numbered modules in the order of the forward pass."""
    if not any(name.startswith("all_modules.") for name in tensors):
        return None
    modules = _modules(tensors)
    fourier = "all_modules.0.W" in tensors
    first = next(m for m in modules if m[1] == "conv")[2]
    widths, each, attention = _encoder(modules)
    return Sketch(
        network="ncsnpp",
        settings={
            "nf": first[0],
            "channels": first[1],
            "ch_mult": tuple(width // first[0] for width in widths),
            "num_res_blocks": each,
            "attention": attention,
            "embedding_type": "fourier" if fourier else "positional",
            "progressive_input": "residual" if any(m[1] == "pyramid" for m in modules) else "none",
            "scale_by_sigma": fourier,
        },
        channels=first[1],
        out_channels=_last(tensors),
        meanings=_meanings(contents, fourier),
        why="programs of score SDEs, reflected diffusion and rectified flow write the same keys",
        fixed=_sigmas(contents, fourier),
    )


def _modules(tensors: Tensors) -> list[tuple[int, str, tuple[int, ...]]]:
    """Number, kind and shape of each of the modules that have weights."""
    found: dict[int, tuple[str, tuple[int, ...]]] = {}
    for name, tensor in tensors.items():
        parts = name.split(".", 2)
        if parts[0] != "all_modules" or len(parts) < 3 or not parts[1].isdecimal():
            continue
        kind = _KINDS.get(parts[2])
        if kind is None and parts[2] == "weight":
            kind = {4: "conv", 2: "linear", 1: "norm"}.get(len(tensor.shape))
        if kind is not None:
            found[int(parts[1])] = (kind, tensor.shape)
    return [(index, *found[index]) for index in sorted(found)]


def _encoder(
    modules: list[tuple[int, str, tuple[int, ...]]],
) -> tuple[list[int], int, tuple[int, ...]]:
    """Widths of the levels, blocks of each, and which of them attend.

    The way up begins where a block takes more channels than the last one gave; the three before
    it (block, attention, block) are the middle. Blocks that halve the size keep the width.
    """
    outs: list[int] = []
    attends: set[int] = set()
    for _, kind, shape in modules:
        if kind == "block":
            if outs and shape[1] != outs[-1]:
                grown = shape[1] > outs[-1]
                if grown:
                    break
            outs.append(shape[0])
        elif kind == "attention" and outs:
            attends.add(len(outs) - 1)
    down = outs[:-2]
    each, count = _division(down)
    firsts = [level * (each + 1) for level in range(count)]
    attention = tuple(level for level, k in enumerate(firsts) if k in attends)
    return [down[k] for k in firsts if k < len(down)], each, attention


def _division(down: list[int]) -> tuple[int, int]:
    """Blocks a level and levels, such that levels (n + 1) - 1 blocks have these widths."""
    for count in (4, 3, 5, 2, 6, 7, 1):
        each, rest = divmod(len(down) + 1, count)
        if not rest and each > 1 and _constant(down, each):
            return each - 1, count
    return max(1, len(down)), 1


def _constant(down: list[int], each: int) -> bool:
    return all(len(set(down[k : k + each])) == 1 for k in range(0, len(down), each))


def _last(tensors: Tensors) -> int:
    numbers = [m for m in _modules(tensors) if m[1] == "conv"]
    return numbers[-1][2][0]


def _meanings(contents: Contents, fourier: bool) -> tuple[str, ...]:
    if not fourier:
        return ("rectified_flow", "reflected", "score_sde")
    beside = " ".join([*contents.facts, *contents.left])
    if "sigma_max" in beside or "scaler" in beside:
        return ("reflected", "score_sde", "rectified_flow")
    return ("score_sde", "reflected", "rectified_flow")


def _sigmas(contents: Contents, reflected: bool) -> dict[str, Any]:
    """The noise levels that the settings of the training name."""
    names = [name for name in ("sigma_min", "sigma_max") if name in contents.facts]
    if len(names) < 2 or not reflected:
        return {}
    return {"schedule": {"kind": "reflected ve"} | {name: contents.facts[name] for name in names}}


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
            "scale_by_sigma": True,
        },
        channels=channels,
        out_channels=channels,
        meanings=("reflected",),
        stated=True,
        fixed=_sigmas(contents, True),
    )  # fmt: skip
