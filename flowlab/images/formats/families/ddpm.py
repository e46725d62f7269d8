"""U-Nets that come with one program each: SimpleUnet, pytorch-ddpm's, lucidrains'."""

from __future__ import annotations

from typing import Any

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.families.sketch import Sketch, levels
from flowlab.images.formats.records import Assumption, Contents, Tensors

_STEPS = (200, 300, 500, 1000)


def simple_unet(tensors: Tensors, _contents: Contents) -> Sketch | None:
    """The SimpleUnet of a notebook on DDPM, whose classes are pickled with it."""
    if "downs.0.bnorm1.running_mean" not in tensors or "conv0.weight" not in tensors:
        return None
    count = len(levels(tensors, "downs.", ".conv1.weight"))
    widths = [tensors["conv0.weight"].shape[0]]
    widths += [tensors[f"downs.{i}.conv1.weight"].shape[0] for i in range(count)]
    steps = Assumption("T", 300, "the text trains 300 steps; the weights don't say it", _STEPS)
    channels = tensors["conv0.weight"].shape[1]
    return Sketch(
        network="simple_unet",
        settings={
            "channels": channels,
            "widths": tuple(widths),
            "time_width": tensors["time_mlp.1.weight"].shape[0],
            "batch_norm": "averages",
        },
        channels=channels,
        out_channels=tensors["output.weight"].shape[0],
        meanings=("simple_unet",),
        stated=True,
        usual_size=128,
        halvings=count,
        assumed=(steps, _batch_norm()),
    )


def _batch_norm() -> Assumption:
    words = "the right way; the notebook samples with the statistics of each batch"
    return Assumption("batch_norm", "averages", words, ("averages", "batch"))


def pytorch_ddpm(tensors: Tensors, contents: Contents) -> Sketch | None:
    """The U-Net of w86763777/pytorch-ddpm, with a table of its time steps."""
    table = tensors.get("time_embedding.timembedding.0.weight")
    if table is None or "head.weight" not in tensors:
        return None
    blocks = levels(tensors, "downblocks.", ".block1.2.weight")
    rests = levels(tensors, "downblocks.", ".main.weight")
    each = rests[0] if rests else len(blocks)
    ch = tensors["head.weight"].shape[0]
    firsts = [level * (each + 1) for level in range(len(rests) + 1)]
    widths = [tensors[f"downblocks.{k}.block1.2.weight"].shape[0] // ch for k in firsts]
    channels = tensors["head.weight"].shape[1]
    drawn = contents.facts.get("shape of x_T", ())
    return Sketch(
        network="ddpm_unet",
        settings={
            "channels": channels,
            "T": table.shape[0],
            "ch": ch,
            "ch_mult": tuple(widths),
            "attn": tuple(level for level, k in enumerate(firsts)
                          if f"downblocks.{k}.attn.proj_q.weight" in tensors),
            "num_res_blocks": each,
        },
        channels=channels,
        out_channels=tensors["tail.2.weight"].shape[0],
        meanings=("pytorch_ddpm",),
        stated=True,
        size=drawn[-1] if len(drawn) == 4 else None,
        halvings=len(widths) - 1,
        fixed={"T": table.shape[0]},
    )  # fmt: skip


def lucidrains(tensors: Tensors, contents: Contents) -> Sketch | None:
    """The Unet of lucidrains' denoising-diffusion-pytorch, since November 2022."""
    if "init_conv.weight" not in tensors or "mid_block1.mlp.1.weight" not in tensors:
        return None
    if "mid_block1.block1.proj.weight" not in tensors:
        raise Invalid("it is of an early version of denoising-diffusion-pytorch, whose network "
                      "FlowLab does not have.")  # fmt: skip
    channels, out_channels = (
        tensors["init_conv.weight"].shape[1],
        tensors["final_conv.weight"].shape[0],
    )
    itself = channels == 2 * out_channels
    steps = _steps(contents)
    widths = _widths(tensors)
    dim = tensors["time_mlp.1.weight"].shape[0] // 4  # the first width may be another
    settings: dict[str, Any] = {
        "channels": out_channels if itself else channels,
        "dim": dim,
        "dim_mults": tuple(width // dim for width in widths[1:]),
        "init_dim": widths[0],
        "out_dim": out_channels,
        "self_condition": itself,
    }
    return Sketch(
        network="lucidrains_unet",
        settings=settings | _attention(tensors, len(widths) - 1),
        channels=out_channels if itself else channels,
        out_channels=out_channels,
        meanings=("lucidrains", "lucidrains_v", "lucidrains_data"),
        why="the file holds T and the schedule, but not what was predicted",
        fixed={"T": steps} if steps else {},
        usual_size=128,
        halvings=len(widths) - 2,
    )


def _widths(tensors: Tensors) -> list[int]:
    """Channels before the first level and after each."""
    count = len(levels(tensors, "downs.", ".0.block1.proj.weight"))
    befores = [tensors[f"downs.{i}.0.block1.proj.weight"].shape[0] for i in range(count)]
    return [*befores, tensors["mid_block1.block1.proj.weight"].shape[0]]


def _attention(tensors: Tensors, count: int) -> dict[str, Any]:
    """How attention and norms are computed, which releases of the program changed."""
    wrapped = "mid_attn.fn.fn.to_qkv.weight" in tensors
    inner = "fn.fn." if wrapped else ""
    memory = tensors.get("mid_attn.mem_kv")
    heads = memory.shape[1] if memory else 4
    groups = "mid_block1.block1.norm.weight" in tensors
    era = "2022-11" if wrapped else "2023-06" if not memory else "2023-10" if groups else "2024-05"
    learned = tensors.get("time_mlp.0.weights")
    return {
        "attn_heads": heads,
        "attn_dim_head": tensors[f"mid_attn.{inner}to_qkv.weight"].shape[0] // (3 * heads),
        "full_attn": tuple(f"downs.{i}.2.{inner}to_out.weight" in tensors for i in range(count)),
        "learned_sinusoidal_dim": 2 * learned.shape[0] if learned else 0,
        "era": era,
    }


def _steps(contents: Contents) -> int:
    """T, by the length of the schedule that lies beside the weights; 0 if there is none."""
    for group in contents.groups.values():
        for name, tensor in group.items():
            if name.split(".")[-1] == "betas" and len(tensor.shape) == 1:
                return tensor.shape[0]
    return 0
