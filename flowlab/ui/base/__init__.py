"""Small widgets and helpers that don't depend on FlowLab's own values."""
