"""The names that a checkpoint may hold beside tensors, each replaced by an inert value."""

from __future__ import annotations

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.inert import BUILDERS, STORAGES

_DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8")
_TORCH = {"torch.device", "torch.Tensor", "torch.bool", *(f"torch.{name}" for name in _DTYPES)}

# What people's training programs write beside the weights: options, counts and paths.
_BESIDE = {
    "argparse.Namespace",
    "builtins.dict",
    "builtins.list",
    "builtins.int",
    "builtins.float",
    "collections.Counter",
    "collections.defaultdict",
    "numpy.dtype",
    "numpy.ndarray",
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata",
    "omegaconf.base.Metadata",
    "omegaconf.nodes.AnyNode",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath",
    "pathlib._local.PosixPath",
    "pathlib._local.WindowsPath",
    "types.SimpleNamespace",
    "typing.Any",
    "easydict.EasyDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "pytorch_lightning.utilities.parsing.AttributeDict",
}
_BESIDE |= {f"numpy.{name}" for name in ("float64", "float32", "int64", "int32", "bool_")}
_BESIDE |= {
    f"numpy.dtypes.{name}DType" for name in ("Float64", "Float32", "Int64", "Int32", "Bool")
}

# Whole modules of notebooks, whose numbers are taken out of what they hold.
_MODULES = {
    "__main__.SimpleUnet",
    "__main__.Block",
    "__main__.SinusoidalPositionEmbeddings",
    "__main__.MLP",
    "__main__.Swish",
    "torchcfm.models.models.MLP",
}
_NN = {
    "container": ("Sequential", "ModuleList"),
    "linear": ("Linear", "Identity"),
    "activation": ("ReLU", "SiLU", "SELU", "GELU", "Tanh"),
    "conv": ("Conv2d", "ConvTranspose2d"),
    "batchnorm": ("BatchNorm2d",),
    "normalization": ("GroupNorm",),
    "dropout": ("Dropout",),
}
_MODULES |= {f"torch.nn.modules.{file}.{name}" for file, names in _NN.items() for name in names}

HOLDERS = frozenset(_BESIDE | _MODULES)  # of these torch makes a `Holder`
KNOWN = HOLDERS | _TORCH | BUILDERS.keys() | STORAGES.keys()
STUBBED = HOLDERS | {"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"}


def check_name(name: str) -> None:
    """Raise `Invalid` for a name that is not on the list, in a sentence that names it."""
    if name not in KNOWN:
        words = " ".join(name.split())[:100]
        raise Invalid(
            f"it names {words!r}, which would have to run as code to be opened; save the "
            "network's state_dict() alone, or a .safetensors file."
        )
