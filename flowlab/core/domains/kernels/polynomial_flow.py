"""Heat flow on cut cells at many times at once, by Chebyshev polynomials of the Laplacian.

exp(-tau A) is a series of them; only its coefficients depend on tau, and about sqrt(tau) of its
terms are not negligible. A is the five-point Laplacian without the mean of its first error.
"""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.cut_cells import CutCells
from flowlab.core.domains.kernels.dense import product
from flowlab.core.domains.kernels.dispersion import ISOTROPIC

_DEPTH = 37.0  # coefficients of e^-37 are left out
_AT_ONCE = 32  # terms


def flowed(cells: CutCells, start: Doubles, taus: Doubles) -> Doubles:
    """The densities (k, cells) at heat times (k,) of one that starts as `start` (cells,)."""
    from scipy.sparse import eye_array

    root, operator = np.sqrt(cells.volumes), cells.operator.tocsr()
    highest = 2 * float(operator.diagonal().max())  # bounds the spectrum, by Gershgorin
    centred = operator * (2 / highest) - eye_array(len(start), format="csr")
    coefficients = series(taus, highest, cells.step**2 * ISOTROPIC / 12)
    own = start * root
    before = centred @ own  # T_-1 = T_1, so that the recursion begins as it goes on
    total, terms = np.zeros((len(taus), len(start))), []
    for k in range(coefficients.shape[1]):
        terms.append(own)
        before, own = own, 2 * (centred @ own) - before
        if len(terms) == _AT_ONCE or k == coefficients.shape[1] - 1:
            part = coefficients[:, k + 1 - len(terms) : k + 1]
            total += product(np.ascontiguousarray(part), np.stack(terms))
            terms = []
    return total / root


def series(taus: Doubles, highest: float, bend: float) -> Doubles:
    """Chebyshev coefficients (n, degree), for b in -1 ... 1, of exp(-tau (a + bend a^2)) where
    a = highest (1 + b) / 2.
    """
    from scipy.fft import dct

    least = math.sqrt(_DEPTH * highest * float(taus.max())) + 1.5 * _DEPTH
    degree = math.ceil(least * (1 + bend * highest) ** 0.25)
    a = highest * (1 + np.cos(np.pi * (np.arange(degree) + 0.5) / degree)) / 2
    coefficients = dct(np.exp(-taus[:, None] * (a + bend * a**2)), axis=1) / degree
    coefficients[:, 0] /= 2
    return np.asarray(coefficients, dtype=np.float64)
