"""The diffusion room: the flow from noise as a diffusion model."""
