"""Distributions of the plane: to be sampled, and evaluated where a density is known."""
