"""Transition densities of reflected Brownian motion in heat time tau = sigma^2 / 2.

`flowlab.core.domains.kernel(domain, modes=200)` makes a `HeatKernel`, which answers

- `density`, `score`: p_tau(x | x0) and its score for pairs, each with its own tau;
- `picture(x0, tau, method, terms)`: the density on a grid by so many images, by so many harmonics
  or by the better of both, with its error; `terms`, `error`: how many there are, and how good;
- `tone(mode)`, `eigenvalues`: the eigenfunctions on a grid, one by one;
- `marginal(density, tau)`, `marginals(density, taus)`: tables of the density and score of whatever
  starts from a density on a grid, with `density(x)` and `score(x)` at points;
- `decay(x)`: rate lambda_1 and size of the slowest way of a cloud to uniform;
- `switch`, `mismatch`, `agreement`: where harmonics take over, and how well both sums agree there.

A first picture of a polygon's tones is `factory.numerical_kernel(rings, modes=30, cells=64)`, that
of marginals `factory.rough_flow(domain)`, which is a moment's work and takes no kernel.
"""
