"""Small widgets and helpers that know nothing of FlowLab's own values."""
