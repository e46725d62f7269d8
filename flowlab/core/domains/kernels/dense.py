"""Dense linear algebra by torch: it keeps to the number of threads that the program has chosen.

NumPy's and SciPy's own BLAS takes all cores, and beside a busy neighbour that is several times
slower than one.
"""

from __future__ import annotations

import torch

from flowlab.core.array_types import Doubles


def product(a: Doubles, b: Doubles) -> Doubles:
    """The matrix product."""
    result: Doubles = (torch.from_numpy(a) @ torch.from_numpy(b)).numpy()
    return result


def eigh(a: Doubles) -> tuple[Doubles, Doubles]:
    """Eigenvalues, ascending, and eigenvectors of a symmetric matrix."""
    values, vectors = torch.linalg.eigh(torch.from_numpy(a))
    return values.numpy(), vectors.numpy()


def rayleigh_ritz(block: Doubles, image: Doubles) -> tuple[Doubles, Doubles]:
    """Eigenvalues of a symmetric matrix on the span of a block (n, k), from the block and its
    image; and how the block must be turned (k, k) to be the eigenvectors.
    """
    x, y = torch.from_numpy(block), torch.from_numpy(image)
    root = torch.linalg.cholesky(x.T @ x)
    half = torch.linalg.solve_triangular(root, x.T @ y, upper=False)
    small = torch.linalg.solve_triangular(root, half.T, upper=False)
    values, vectors = torch.linalg.eigh((small + small.T) / 2)
    turn = torch.linalg.solve_triangular(root.T, vectors, upper=True)
    return values.numpy(), turn.numpy()
