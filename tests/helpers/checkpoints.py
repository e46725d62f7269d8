"""Weights with the public key names of image models, at a sixteenth of their width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

State = dict[str, Tensor]
IADB = (8, 8, 16, 16, 32, 32)
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


class Writer:
    """Adds layers to a state dict by the names that torch gives them."""

    def __init__(self) -> None:
        self.state: State = {}
        self.rng = torch.Generator().manual_seed(0)

    def tensor(self, name: str, *shape: int) -> None:
        self.state[name] = torch.randn(*shape, generator=self.rng)

    def conv(self, name: str, out: int, before: int, side: int = 3) -> None:
        self.tensor(f"{name}.weight", out, before, side, side)
        self.tensor(f"{name}.bias", out)

    def linear(self, name: str, out: int, before: int) -> None:
        self.tensor(f"{name}.weight", out, before)
        self.tensor(f"{name}.bias", out)

    def norm(self, name: str, width: int) -> None:
        self.tensor(f"{name}.weight", width)
        self.tensor(f"{name}.bias", width)


def unet2d(
    widths: Sequence[int] = IADB,
    attention: Sequence[int] = (4,),
    channels: int = 3,
    out_channels: int = 3,
    blocks: int = 2,
    classes: int = 0,
) -> State:
    """diffusers' UNet2DModel; `attention` are levels from the top."""
    w, time = Writer(), 4 * widths[0]
    w.conv("conv_in", widths[0], channels)
    w.linear("time_embedding.linear_1", time, widths[0])
    w.linear("time_embedding.linear_2", time, time)
    if classes:
        w.tensor("class_embedding.weight", classes, time)
    skips, before = [widths[0]], widths[0]
    for i, width in enumerate(widths):
        for j in range(blocks):
            _resnet(w, f"down_blocks.{i}.resnets.{j}", before, width, time)
            if i in attention:
                _attention(w, f"down_blocks.{i}.attentions.{j}", width)
            before = width
            skips.append(width)
        if i < len(widths) - 1:
            w.conv(f"down_blocks.{i}.downsamplers.0.conv", width, width)
            skips.append(width)
    for j in range(2):
        _resnet(w, f"mid_block.resnets.{j}", before, before, time)
    _attention(w, "mid_block.attentions.0", before)
    for i, width in enumerate(reversed(widths)):
        for j in range(blocks + 1):
            _resnet(w, f"up_blocks.{i}.resnets.{j}", before + skips.pop(), width, time)
            before = width
            if len(widths) - 1 - i in attention:
                _attention(w, f"up_blocks.{i}.attentions.{j}", width)
        if i < len(widths) - 1:
            w.conv(f"up_blocks.{i}.upsamplers.0.conv", width, width)
    w.norm("conv_norm_out", before)
    w.conv("conv_out", out_channels, before)
    return w.state


def _resnet(w: Writer, name: str, before: int, after: int, time: int) -> None:
    w.norm(f"{name}.norm1", before)
    w.conv(f"{name}.conv1", after, before)
    w.linear(f"{name}.time_emb_proj", after, time)
    w.norm(f"{name}.norm2", after)
    w.conv(f"{name}.conv2", after, after)
    if before != after:
        w.conv(f"{name}.conv_shortcut", after, before, 1)


def _attention(w: Writer, name: str, width: int) -> None:
    w.norm(f"{name}.group_norm", width)
    for part in ("to_q", "to_k", "to_v", "to_out.0"):
        w.linear(f"{name}.{part}", width, width)


def old_names(state: State) -> State:
    """As diffusers called the layers of attention until version 0.16."""
    found = {}
    for name, tensor in state.items():
        for today, old in OLD_NAMES.items():
            name = name.replace(f".{today}.", f".{old}.")
        found[name] = tensor
    return found


def simple_unet(widths: Sequence[int] = (4, 8, 16, 32, 64)) -> State:
    """The SimpleUnet of text 002 with its batch normalisations."""
    w = Writer()
    w.linear("time_mlp.1", 32, 32)
    w.conv("conv0", widths[0], 3)
    downs = list(pairwise(widths))
    for i, (before, after) in enumerate(downs):
        _simple_block(w, f"downs.{i}", before, after)
    for i, (after, before) in enumerate(reversed(downs)):
        _simple_block(w, f"ups.{i}", 2 * before, after)
    w.conv("output", 3, widths[0], 1)
    return w.state


def _simple_block(w: Writer, name: str, before: int, after: int) -> None:
    w.linear(f"{name}.time_mlp", after, 32)
    w.conv(f"{name}.conv1", after, before)
    w.conv(f"{name}.transform", after, after, 4)
    w.conv(f"{name}.conv2", after, after)
    for norm in ("bnorm1", "bnorm2"):
        w.norm(f"{name}.{norm}", after)
        w.tensor(f"{name}.{norm}.running_mean", after)
        w.state[f"{name}.{norm}.running_var"] = torch.ones(after)
        w.state[f"{name}.{norm}.num_batches_tracked"] = torch.tensor(7)


def guided(
    width: int = 8,
    mults: Sequence[int] = (1, 2, 2, 2),
    blocks: int = 2,
    attention: Sequence[int] = (1,),
    channels: int = 3,
    out_channels: int = 3,
    resample: str = "conv",
    scale_shift: bool = False,
    classes: int = 0,
) -> State:
    """guided-diffusion's UNetModel; `resample` is "conv", "block" or "none" (no weights)."""
    w, time = Writer(), 4 * width
    w.linear("time_embed.0", time, width)
    w.linear("time_embed.2", time, time)
    if classes:
        w.tensor("label_emb.weight", classes, time)

    def block(name: str, before: int, after: int) -> None:
        w.norm(f"{name}.in_layers.0", before)
        w.conv(f"{name}.in_layers.2", after, before)
        w.linear(f"{name}.emb_layers.1", after * (1 + scale_shift), time)
        w.norm(f"{name}.out_layers.0", after)
        w.conv(f"{name}.out_layers.3", after, after)
        if before != after:
            w.conv(f"{name}.skip_connection", after, before, 1)

    def attend(name: str, at: int) -> None:
        w.norm(f"{name}.norm", at)
        for part, out in (("qkv", 3 * at), ("proj_out", at)):
            w.tensor(f"{name}.{part}.weight", out, at, 1)
            w.tensor(f"{name}.{part}.bias", out)

    now, index, skips = width * mults[0], 1, [width * mults[0]]
    w.conv("input_blocks.0.0", now, channels)
    for level, mult in enumerate(mults):
        for _ in range(blocks):
            block(f"input_blocks.{index}.0", now, width * mult)
            now = width * mult
            if level in attention:
                attend(f"input_blocks.{index}.1", now)
            skips.append(now)
            index += 1
        if level < len(mults) - 1:
            if resample == "conv":
                w.conv(f"input_blocks.{index}.0.op", now, now)
            elif resample == "block":
                block(f"input_blocks.{index}.0", now, now)
            skips.append(now)
            index += 1
    block("middle_block.0", now, now)
    attend("middle_block.1", now)
    block("middle_block.2", now, now)
    index = 0
    for level in reversed(range(len(mults))):
        for last in [False] * blocks + [True]:
            part = 1
            block(f"output_blocks.{index}.0", now + skips.pop(), width * mults[level])
            now = width * mults[level]
            if level in attention:
                attend(f"output_blocks.{index}.{part}", now)
                part += 1
            if last and level and resample == "conv":
                w.conv(f"output_blocks.{index}.{part}.conv", now, now)
            elif last and level and resample == "block":
                block(f"output_blocks.{index}.{part}", now, now)
            index += 1
    w.norm("out.0", now)
    w.conv("out.2", out_channels, now)
    return w.state


def pytorch_ddpm(steps: int = 100, ch: int = 8, mults: Sequence[int] = (1, 2, 2, 2)) -> State:
    """The U-Net of w86763777/pytorch-ddpm, down to where its recogniser looks."""
    w = Writer()
    w.tensor("time_embedding.timembedding.0.weight", steps, ch)
    w.linear("time_embedding.timembedding.1", 4 * ch, ch)
    w.linear("time_embedding.timembedding.3", 4 * ch, 4 * ch)
    w.conv("head", ch, 3)
    now, index = ch, 0
    for level, mult in enumerate(mults):
        for _ in range(2):
            name = f"downblocks.{index}"
            w.norm(f"{name}.block1.0", now)
            w.conv(f"{name}.block1.2", ch * mult, now)
            w.linear(f"{name}.temb_proj.1", ch * mult, 4 * ch)
            if level == 1:
                w.conv(f"{name}.attn.proj_q", ch * mult, ch * mult, 1)
            now, index = ch * mult, index + 1
        if level < len(mults) - 1:
            w.conv(f"downblocks.{index}.main", now, now)
            index += 1
    w.conv("tail.2", 3, ch)
    return w.state


def lucidrains(dim: int = 8, steps: int = 1000, itself: bool = False) -> State:
    """GaussianDiffusion of lucidrains with its Unet, down to where its recogniser looks."""
    w = Writer()
    for name in ("betas", "alphas_cumprod", "sqrt_alphas_cumprod", "posterior_variance"):
        w.state[name] = torch.linspace(1e-4, 2e-2, steps)
    w.conv("model.init_conv", dim, 6 if itself else 3, 7)
    w.linear("model.time_mlp.1", 4 * dim, dim)
    dims = [dim, dim, 2 * dim, 4 * dim, 8 * dim]
    for i, (before, after) in enumerate(pairwise(dims)):
        w.conv(f"model.downs.{i}.0.block1.proj", before, before)
        w.conv(
            f"model.downs.{i}.2.to_out.0" if i < 3 else f"model.downs.{i}.2.to_out", before, 8, 1
        )
        w.conv(f"model.downs.{i}.3", after, before)
    w.linear("model.mid_block1.mlp.1", 16 * dim, 4 * dim)
    w.conv("model.mid_block1.block1.proj", 8 * dim, 8 * dim)
    w.tensor("model.mid_attn.to_qkv.weight", 3 * 8, 8 * dim, 1, 1)
    w.tensor("model.mid_attn.mem_kv", 2, 2, 4, 4)
    w.conv("model.final_conv", 3, dim, 1)
    return w.state


def ncsnpp(nf: int = 8, mults: Sequence[int] = (1, 2, 2, 2), blocks: int = 2) -> State:
    """NCSN++ with Fourier features, residual input pyramid and BigGAN blocks, until the way up."""
    w, index = Writer(), 3
    w.state["sigmas"] = torch.linspace(5.0, 0.01, 1000)
    w.tensor("all_modules.0.W", nf)
    w.linear("all_modules.1", 4 * nf, 2 * nf)
    w.linear("all_modules.2", 4 * nf, 4 * nf)
    w.conv("all_modules.3", nf, 3)
    now, before = nf, 3

    def block(before: int, after: int) -> None:
        nonlocal index
        index += 1
        w.norm(f"all_modules.{index}.GroupNorm_0", before)
        w.conv(f"all_modules.{index}.Conv_0", after, before)
        w.linear(f"all_modules.{index}.Dense_0", after, 4 * nf)
        w.conv(f"all_modules.{index}.Conv_1", after, after)

    def attend(at: int) -> None:
        nonlocal index
        index += 1
        for part in range(4):
            w.tensor(f"all_modules.{index}.NIN_{part}.W", at, at)
            w.tensor(f"all_modules.{index}.NIN_{part}.b", at)

    for level, mult in enumerate(mults):
        for _ in range(blocks):
            block(now, nf * mult)
            now = nf * mult
            if level == 1:
                attend(now)
        if level < len(mults) - 1:
            block(now, now)
            w.conv(f"all_modules.{index}.Conv_2", now, now, 1)
            index += 1
            w.conv(f"all_modules.{index}.Conv_0", now, 3 if level == 0 else before)
            before = now
    block(now, now)
    attend(now)
    block(now, now)
    block(2 * now, now)
    w.norm(f"all_modules.{index + 1}", nf)
    w.conv(f"all_modules.{index + 2}", 3, nf)
    return w.state


def vdm(width: int = 8, blocks: int = 4) -> State:
    """The network of variational diffusion models in Reflected Diffusion."""
    w = Writer()
    w.linear("cond_map.0", 4 * width, width)
    w.linear("cond_map.2", 4 * width, 4 * width)
    w.state["image_fourier.freqs"] = 2 ** torch.arange(6, 8)
    w.conv("conv_in", width, 15)
    for i in range(blocks):
        w.conv(f"enc.{i}.conv1", width, width)
        w.conv(f"dec.{i}.conv1", width, 2 * width)
    w.conv("midattn.qkv", 3 * width, width, 1)
    w.norm("out.0", width)
    w.conv("out.2", 3, width)
    return w.state


def points_net(prefix: str = "net.", width: int = 64, layers: int = 4) -> State:
    """A small network of points in 2D and a time."""
    w = Writer()
    sizes = [3, *[width] * (layers - 1), 2]
    for i, (before, after) in enumerate(pairwise(sizes)):
        w.linear(f"{prefix}{2 * i}", after, before)
    return w.state


def converted_ddpm(widths: Sequence[int] = (8, 16, 16, 16)) -> State:
    """Ho et al.'s network by the names of pesser's and ermongroup's programs."""
    found = {}
    for name, tensor in unet2d(widths, attention=(1,)).items():
        parts = name.split(".")
        if parts[0] == "up_blocks":
            parts[1] = str(len(widths) - 1 - int(parts[1]))
        old = ".".join(parts)
        for today, before in _PESSER:
            old = old.replace(today, before)
        attends = ".attn" in old and ".norm." not in old and old.endswith(".weight")
        found[old] = tensor[:, :, None, None] if attends else tensor
    return found


_PESSER = (
    ("time_embedding.linear_1", "temb.dense.0"),
    ("time_embedding.linear_2", "temb.dense.1"),
    ("mid_block.resnets.0", "mid.block_1"),
    ("mid_block.resnets.1", "mid.block_2"),
    ("mid_block.attentions.0", "mid.attn_1"),
    ("down_blocks.", "down."),
    ("up_blocks.", "up."),
    (".resnets.", ".block."),
    (".attentions.", ".attn."),
    (".downsamplers.0.", ".downsample."),
    (".upsamplers.0.", ".upsample."),
    ("conv_norm_out", "norm_out"),
    (".time_emb_proj", ".temb_proj"),
    (".conv_shortcut", ".nin_shortcut"),
    (".group_norm", ".norm"),
    (".to_q", ".q"),
    (".to_k", ".k"),
    (".to_v", ".v"),
    (".to_out.0", ".proj_out"),
)
