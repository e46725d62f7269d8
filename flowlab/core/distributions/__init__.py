"""Distributions of the plane: samples, classes and log densities."""
