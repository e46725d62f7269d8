"""The samplers of pictures by name; imports nothing."""

SOLVERS = {"euler": "Euler", "heun": "Heun", "rk4": "RK4"}  # of the flow
METHODS = {**SOLVERS, "ddim": "DDIM", "ddpm": "DDPM"}
