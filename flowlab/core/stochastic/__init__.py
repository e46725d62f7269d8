"""One velocity, and the family of processes that have the same marginals."""
