"""U-Nets that come with one program each: SimpleUnet, pytorch-ddpm's, lucidrains'."""

from __future__ import annotations

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
    """The Unet of lucidrains' denoising-diffusion-pytorch."""
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
    count = len(levels(tensors, "downs.", ".0.block1.proj.weight"))
    dim = tensors["time_mlp.1.weight"].shape[0] // 4  # the first width may be another
    outs = [tensors[f"downs.{i}.0.block1.proj.weight"].shape[0] for i in range(1, count)]
    outs.append(tensors["mid_block1.block1.proj.weight"].shape[0])
    steps = _steps(contents)
    return Sketch(
        network="lucidrains_unet",
        settings={
            "dim": dim,
            "init_dim": tensors["init_conv.weight"].shape[0],
            "out_dim": out_channels,
            "dim_mults": tuple(out // dim for out in outs),
            "channels": out_channels if itself else channels,
            "self_condition": itself,
            "learned_variance": out_channels == 2 * channels,
            "memory_in_attention": any(name.endswith(".mem_kv") for name in tensors),
        },
        channels=out_channels if itself else channels,
        out_channels=out_channels,
        meanings=("lucidrains", "lucidrains_v", "lucidrains_data"),
        why="the file holds T and the schedule, but not what was predicted",
        fixed={"T": steps} if steps else {},
        usual_size=128,
        halvings=count - 1,
    )


def _steps(contents: Contents) -> int:
    """T, by the length of the schedule that lies beside the weights; 0 if there is none."""
    for group in contents.groups.values():
        for name, tensor in group.items():
            if name.split(".")[-1] == "betas" and len(tensor.shape) == 1:
                return tensor.shape[0]
    return 0
