"""Transition densities of reflected Brownian motion in heat time tau = sigma^2 / 2."""
