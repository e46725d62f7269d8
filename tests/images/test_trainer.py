"""Training of picture networks: both kinds find the closed form, and a seed repeats itself."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from flowlab.core.document.limits import Invalid
from flowlab.images.digits import Pictures
from flowlab.images.trainer import PictureTrainer, Recipe

MEANS = torch.tensor([-0.6, 0.4])  # of pixels, by class


class Affine(nn.Module):
    """A pixel's best affine prediction of x, one for each class and for none, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(3, 8))

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        """Cubic in t, for offset and slope."""
        unit = t / 1000 if t.max() > 1 else t
        powers = torch.stack([unit**k for k in range(4)], 1)
        offset, slope = (
            (powers * part).sum(1)[:, None, None, None] for part in self.table[label].chunk(2, 1)
        )
        return offset + slope * x


def pictures(n: int = 512) -> Pictures:
    labels = torch.arange(n) % 2
    x = MEANS[labels][:, None, None, None].expand(n, 1, 2, 2)
    return Pictures(x.contiguous(), labels)


@pytest.mark.parametrize("kind", ["iadb", "ddpm"])
def test_each_kind_learns_the_picture_of_a_class(kind: str) -> None:
    """Pictures of a class are all alike, so that each noisy one shows which it is."""
    recipe = Recipe(kind=kind, batch=256, learning_rate=0.05, label_dropout=0.3, ema=0.98)
    trainer = PictureTrainer(Affine(), pictures(), recipe, classes=2)
    trainer.advance(400)
    z = torch.randn(200, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    for label, mean in enumerate(MEANS.tolist()):
        found = trainer.model().ends(0.6 * mean + 0.8 * z, 0.6, 0.8, torch.full((200,), label))
        assert float(found.data.mean()) == pytest.approx(mean, abs=0.08)
        assert float((found.noise - z).square().mean().sqrt()) < 0.15


def test_a_seed_repeats_itself_whatever_the_blocks() -> None:
    one, two, other = (
        PictureTrainer(Affine(), pictures(64), Recipe(batch=24), classes=2, seed=seed)
        for seed in (1, 1, 2)
    )
    one.advance(6)
    two.advance(2)
    two.advance(4)
    other.advance(6)
    found = [trainer.averaged.table for trainer in (one, two, other)]  # type: ignore[union-attr]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_the_average_lags_and_is_no_part_of_the_training() -> None:
    trainer = PictureTrainer(Affine(), pictures(64), Recipe(batch=24), classes=2)
    trainer.advance(3)
    table, mean = trainer.network.table, trainer.averaged.table
    assert not mean.requires_grad
    assert float(mean.abs().max()) < float(table.detach().abs().max())


def test_the_absolute_loss_is_another_one() -> None:
    mse, l1 = (
        PictureTrainer(Affine(), pictures(64), Recipe(batch=64, loss=loss), classes=2).advance()
        for loss in ("mse", "l1")
    )
    assert mse == pytest.approx(l1**2 * 1.57, rel=0.15)  # of a Gaussian pi / 2


def test_more_classes_than_the_network_knows_are_refused() -> None:
    with pytest.raises(Invalid, match="knows 1 classes"):
        PictureTrainer(Affine(), pictures(8), Recipe(), classes=1)
