"""The diffusion room: DDPM, scores and SDEs as faces of one model, and its samplers."""
