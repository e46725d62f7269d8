"""Benchmarks of the (de)blending room."""
