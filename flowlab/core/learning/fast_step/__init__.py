"""The training step written out, on one flat vector of parameters."""
