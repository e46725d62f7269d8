"""Samplers of the posterior: pairs (x0, x1) given x_t, one for each kind of ends.

Mixtures, and clouds with Gaussians, have a closed form (`mixtures`); uniform regions are
intersected (`regions`); a cloud with a density is sampled by weights (`clouds`); all others on
grids of cells (`cells`, with latent noise `noisy_cells`). Oracles and deblending share them.
"""
