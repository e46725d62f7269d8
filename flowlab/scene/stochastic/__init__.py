"""The ODE / SDE room: one flow carried in several ways, side by side."""
