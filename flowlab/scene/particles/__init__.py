"""The moving cloud, its trails, and its colours."""
