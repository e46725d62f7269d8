"""The diffusion room: one model of noise and its samplers, side by side."""
