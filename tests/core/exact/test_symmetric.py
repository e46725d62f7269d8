"""Closed forms of symmetric 2 x 2 matrices, against torch's own linear algebra."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from flowlab.core.exact.symmetric import Symmetric
from tests.helpers.randomness import rng


def matrices(n: int, seed: int = 0) -> Tensor:
    root = torch.randn(n, 2, 2, dtype=torch.float64, generator=rng(seed))
    return root @ root.mT + 0.1 * torch.eye(2, dtype=torch.float64)


def dense(symmetric: Symmetric) -> Tensor:
    rows = [symmetric.xx, symmetric.xy, symmetric.xy, symmetric.yy]
    return torch.stack(rows, -1).reshape(-1, 2, 2)


def test_they_are_what_they_were_made_of_and_one_stands_for_equal_ones() -> None:
    a = matrices(5)
    torch.testing.assert_close(dense(Symmetric.of(a)), a)
    same = Symmetric.of(a[:1].expand(5, 2, 2))
    torch.testing.assert_close(dense(same), a[:1])
    picked = torch.tensor([4, 0, 0])
    torch.testing.assert_close(dense(Symmetric.of(a).take(picked)), a[picked])
    assert same.take(picked) is same


def test_sums_products_determinants_and_inverses() -> None:
    a, b = matrices(7, 1), matrices(7, 2)
    one, two = Symmetric.of(a), Symmetric.of(b)
    v = torch.randn(7, 2, dtype=torch.float64, generator=rng(3))
    by = torch.rand(7, dtype=torch.float64, generator=rng(4))
    torch.testing.assert_close(dense(one + two), a + b)
    torch.testing.assert_close(dense(one * by), a * by[:, None, None])
    torch.testing.assert_close((one @ v.T).T, (a @ v[:, :, None])[:, :, 0])
    wider = a + torch.diag_embed(by[:, None].expand(7, 2))
    torch.testing.assert_close(dense(one.widened(by)), wider)
    torch.testing.assert_close(one.det, torch.linalg.det(a))
    torch.testing.assert_close(one.trace, a.diagonal(dim1=1, dim2=2).sum(1))
    torch.testing.assert_close(dense(one.inverse()), torch.linalg.inv(a))
    square = (a @ b @ a).diagonal(dim1=1, dim2=2).sum(1)
    torch.testing.assert_close(one.trace_of_square(two), square)


def test_the_least_lies_between_half_the_smallest_eigenvalue_and_all_of_it() -> None:
    a = matrices(200, 5)
    smallest = torch.linalg.eigvalsh(a)[:, 0]
    least = Symmetric.of(a).least
    assert bool((least <= smallest + 1e-12).all())
    assert bool((least >= smallest / 2 - 1e-12).all())
    zero = Symmetric.of(torch.zeros(1, 2, 2, dtype=torch.float64))
    assert float(zero.least) == 0.0


def test_a_root_has_the_covariance_also_where_it_is_singular() -> None:
    singular = torch.tensor([[[4.0, 2.0], [2.0, 1.0]], [[0.0, 0.0], [0.0, 9.0]]]).double()
    for a in (*matrices(3, 6), *singular):
        unit = torch.eye(2, dtype=torch.float64)
        lower = Symmetric.of(a[None]).root(unit)  # its columns are L e1 and L e2
        torch.testing.assert_close(lower @ lower.T, a)
        assert lower[0, 1] == 0.0


def test_where_and_to() -> None:
    a = Symmetric.of(matrices(3, 7))
    mask = torch.tensor([True, False, True])
    found = a.where(mask, math.inf)
    assert torch.equal(found.xx[mask], a.xx[mask])
    assert bool(torch.stack([found.xx, found.xy, found.yy])[:, 1].isinf().all())
    assert a.to("cpu", torch.float32).xy.dtype == torch.float32
