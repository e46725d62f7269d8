"""Networks that are recognised and can't be opened here, each with the reason in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from flowlab.core.document.limits import Invalid

_LATENT = "works in the latent space of an autoencoder (VAE), not on pixels, so it can't be opened."
_ABSENT = "which FlowLab recognises but has no network for."

# A name that a tensor has, or that it begins with, and what such a file is. First match counts.
_KNOWN = (
    ("first_stage_model.", f"it is a latent diffusion model, which {_LATENT}"),
    ("model.diffusion_model.", f"it is a latent diffusion model, which {_LATENT}"),
    ("joint_transformer_blocks.", f"it is a transformer (SD3), which {_LATENT}"),
    ("transformer_blocks.", f"it is a transformer, which {_LATENT}"),
    ("blocks.0.adaLN_modulation.", f"it is a diffusion transformer (DiT or SiT), which {_LATENT}"),
    ("x_embedder.", f"it is a diffusion transformer (DiT or SiT), which {_LATENT}"),
    ("quant_conv.", "it is an autoencoder (VAE), not a model that makes pictures from noise."),
    ("encoder.conv_in.", "it is an autoencoder (VAE), not a model that makes pictures from noise."),
    ("text_model.", "it is a reader of texts (CLIP), not a model that makes pictures."),
    ("map_layer0.", f"it is a network of EDM (SongUNet or DhariwalUNet), {_ABSENT}"),
    ("map_label.", f"it is a network of EDM (SongUNet or DhariwalUNet), {_ABSENT}"),
    ("enc.64x64_conv.", f"it is the ADM score network of reflected diffusion, {_ABSENT}"),
    ("u_net.d_blocks.", f"it is a denoiser of k-diffusion (image_v1), {_ABSENT}"),
    ("inner_model.u_net.", f"it is a denoiser of k-diffusion (image_v1), {_ABSENT}"),
    ("timeembed1.", f"it is the small U-Net of minDiffusion or TeaPearce's MNIST, {_ABSENT}"),
    (
        "down_blocks.0.attentions.0.transformer_blocks.",
        f"it is a text-to-image model, which {_LATENT}",
    ),
    ("fc.weight", "it is a classifier of pictures, not a model that makes them."),
)
_NAMED = 3


def refuse_known(names: Iterable[str]) -> None:
    """Raise `Invalid` for tensors of a network that FlowLab knows but does not open."""
    names = list(names)
    for start, words in _KNOWN:
        if any(name.startswith(start) for name in names):
            raise Invalid(words)


def refuse_unknown(names: Iterable[str]) -> None:
    """Raise `Invalid` for tensors of a network that nobody here has heard of."""
    names = list(names)
    first = ", ".join(" ".join(name.split())[:60] for name in names[:_NAMED])
    raise Invalid(
        f"its {len(names):,} tensors ({first} ...) are of none of the networks that FlowLab knows."
    )
