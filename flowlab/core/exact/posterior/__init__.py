"""Pairs (x0, x1) drawn given x_t: one sampler for each kind of ends.

Mixtures and clouds beside Gaussians have a closed form (`mixtures`), uniform regions are
intersected (`regions`), a cloud beside a density is drawn by weights (`clouds`), all others on
grids of cells (`cells`; with latent noise `noisy_cells`). Oracles and deblending share them.
"""
