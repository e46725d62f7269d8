"""A training step in a few calls, on one flat vector of parameters."""
