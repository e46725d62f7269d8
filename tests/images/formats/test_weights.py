"""Weights are read under today's names, without a line of the file's code being run."""

from __future__ import annotations

import argparse
import pathlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import recognise, with_assumption
from flowlab.images.formats.contents import read_contents
from flowlab.images.formats.own_card import metadata_of
from flowlab.images.formats.weights import read_betas, read_weights
from tests.helpers import checkpoints as made


def weights_of(path: Path) -> made.State:
    contents = read_contents(path)
    return read_weights(contents, recognise(contents))


def check_equal(found: made.State, expected: made.State) -> None:
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("zipped", [True, False])
def test_old_names_and_wrappers_are_renamed(tmp_path: Path, zipped: bool) -> None:
    state = made.unet2d((8, 16), (1,))
    wrapped = {f"module._orig_mod.{n}": t for n, t in made.old_names(state).items()}
    torch.save(wrapped, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)
    assert read_contents(tmp_path / "a.pt").layout == ("zip" if zipped else "old pickle")
    check_equal(weights_of(tmp_path / "a.pt"), state)


def test_full_layers_that_were_convolutions(tmp_path: Path) -> None:
    """pesser's names, with attention's layers as 1 x 1 convolutions."""
    torch.save(made.converted_ddpm(), tmp_path / "a.pt")
    check_equal(weights_of(tmp_path / "a.pt"), made.unet2d((8, 16, 16, 16), (1,)))


def test_a_list_of_averages_is_mapped_by_order(tmp_path: Path) -> None:
    state = made.ncsnpp()
    names = [n for n in state if n not in ("sigmas", "all_modules.0.W")]
    shadow = [state[name] + 1 for name in names]
    content = {"model": state, "ema": {"decay": 0.9, "num_updates": 1, "shadow_params": shadow}}
    torch.save(content, tmp_path / "a.pth")
    expected = state | {name: state[name] + 1 for name in names}
    check_equal(weights_of(tmp_path / "a.pth"), expected)
    content["ema"]["shadow_params"] = shadow[:-1]
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(Invalid, match="not as many"):
        weights_of(tmp_path / "a.pth")
    content["ema"]["shadow_params"] = [shadow[1], shadow[0], *shadow[2:]]
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(Invalid, match="other shapes"):
        weights_of(tmp_path / "a.pth")


def test_other_values_beside_the_weights_are_left_alone(tmp_path: Path) -> None:
    state = made.guided()
    options = argparse.Namespace(lr=1e-4, out=pathlib.PurePosixPath("runs/x"), seed=3)
    content = {"model": state, "loss": np.float64(0.5), "args": options, "curve": np.arange(9.0)}
    torch.save(content, tmp_path / "a.pt")
    contents = read_contents(tmp_path / "a.pt")
    assert (contents.facts["args.seed"], contents.facts["loss"]) == (3, 0.5)
    check_equal(read_weights(contents, recognise(contents)), state)


class _Ran:
    count = 0


def whole_module(monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """A SimpleUnet of `__main__`, which counts when its code is run."""

    class SimpleUnet(nn.Module):
        def __setstate__(self, state: dict[str, Any]) -> None:
            _Ran.count += 1
            super().__setstate__(state)

    SimpleUnet.__module__, SimpleUnet.__qualname__ = "__main__", "SimpleUnet"
    monkeypatch.setattr(sys.modules["__main__"], "SimpleUnet", SimpleUnet, raising=False)
    module = SimpleUnet()
    for name, tensor in made.simple_unet().items():
        *path, last = name.split(".")
        place: nn.Module = module
        for part in path:
            if part not in place._modules:
                place.add_module(
                    part, nn.Sequential() if part in ("downs", "ups") else _layer(part)
                )
            place = place._modules[part]  # type: ignore[assignment]
        if "running" in last or "num" in last:
            place.register_buffer(last, tensor)
        else:
            place.register_parameter(last, nn.Parameter(tensor))
    return module


def _layer(name: str) -> nn.Module:
    layer = nn.BatchNorm2d(1) if "norm" in name else nn.Sequential()
    layer._parameters.clear()
    layer._buffers.clear()
    return layer


def test_a_whole_module_is_read_without_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(whole_module(monkeypatch), tmp_path / "Diff_U_net.pt")
    _Ran.count = 0
    found = weights_of(tmp_path / "Diff_U_net.pt")
    assert _Ran.count == 0
    check_equal(found, made.simple_unet())
    torch.load(tmp_path / "Diff_U_net.pt", weights_only=False)
    assert _Ran.count == 1  # the file does hold code that runs


@pytest.mark.filterwarnings("ignore:Couldn't retrieve source")
def test_a_whole_module_of_the_old_form_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = whole_module(monkeypatch)
    torch.save(module, tmp_path / "a.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(Invalid, match=r"^a\.pt: it is a whole module in the form of torch before"):
        read_contents(tmp_path / "a.pt")


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    state = made.points_net()
    save_file({n: t.half() for n, t in state.items()}, tmp_path / "a.safetensors")
    check_equal(
        weights_of(tmp_path / "a.safetensors"), {n: t.half().float() for n, t in state.items()}
    )


@pytest.mark.parametrize("end", ["pt", "safetensors"])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, end: str) -> None:
    state = made.points_net()
    state["net.2.bias"][1] = torch.nan
    save = torch.save if end == "pt" else save_file
    save(state, tmp_path / f"a.{end}")
    with pytest.raises(
        Invalid, match=r"^a\.\w+: its weights are not all finite numbers \(net.2.bias\)"
    ):
        weights_of(tmp_path / f"a.{end}")


def test_the_chosen_set_is_read(tmp_path: Path) -> None:
    state = made.points_net()
    torch.save({"ema": {n: t + 1 for n, t in state.items()}, "model": state}, tmp_path / "a.pt")
    contents = read_contents(tmp_path / "a.pt")
    card = recognise(contents)
    check_equal(read_weights(contents, card), {n: t + 1 for n, t in state.items()})
    check_equal(read_weights(contents, with_assumption(card, "group", "model")), state)


def test_a_file_that_has_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save(made.points_net(), path)
    contents = read_contents(path)
    card = recognise(contents)
    torch.save(made.points_net(width=32), path)
    with pytest.raises(Invalid, match=r"^a\.pt: it has changed since"):
        read_weights(contents, card)


def test_the_schedule_is_read_for_itself(tmp_path: Path) -> None:
    torch.save({"model": made.lucidrains(steps=30)}, tmp_path / "a.pt")
    contents = read_contents(tmp_path / "a.pt")
    betas = read_betas(contents, recognise(contents))
    assert betas is not None
    assert torch.allclose(betas, torch.linspace(1e-4, 2e-2, 30).double())


def test_our_own_file_opens_as_the_card_that_it_was_saved_with(tmp_path: Path) -> None:
    torch.save(made.unet2d((8, 16), (1,)), tmp_path / "a.pt")
    card = with_assumption(recognise(read_contents(tmp_path / "a.pt")), "meaning", "google_ddpm")
    save_file(made.unet2d((8, 16), (1,)), tmp_path / "b.safetensors", metadata_of(card))
    own = recognise(read_contents(tmp_path / "b.safetensors"))
    assert (own.settings, own.predicts, own.T, own.pixel_range) == (
        card.settings, card.predicts, card.T, card.pixel_range,
    )  # fmt: skip
    assert (own.assumed, own.ambiguous) == ((), ())
    metadata = metadata_of(card)
    save_file(made.points_net(), tmp_path / "c.safetensors", metadata)
    with pytest.raises(Invalid, match="not that of its weights"):
        recognise(read_contents(tmp_path / "c.safetensors"))
    bad = {"flowlab_card": metadata["flowlab_card"].replace('"noise"', '"nonsense"')}
    save_file(made.unet2d((8, 16), (1,)), tmp_path / "d.safetensors", bad)
    with pytest.raises(Invalid, match="unknown predicts: 'nonsense'"):
        recognise(read_contents(tmp_path / "d.safetensors"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("end", ["pt", "safetensors"])
def test_reading_takes_no_more_than_one_and_a_half_times_the_file(tmp_path: Path, end: str) -> None:
    state = made.points_net(width=2048, layers=4)  # 34 MB
    save = torch.save if end == "pt" else save_file
    save(state, tmp_path / f"a.{end}")
    size = sum(4 * t.numel() for t in state.values())
    del state
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = _peak()
    found = weights_of(tmp_path / f"a.{end}")
    total = sum(float(tensor.sum()) for tensor in found.values())  # touches each page
    assert np.isfinite(total)
    assert _peak() - before < 1.5 * size


def _peak() -> int:
    """The most memory that the process has used since the last reset, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
