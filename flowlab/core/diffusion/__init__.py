"""Diffusion models: noise added step by step, and what takes it away again."""
