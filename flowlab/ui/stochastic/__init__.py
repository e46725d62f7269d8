"""The ODE / SDE room: one velocity, and a family of processes with the same marginals."""
