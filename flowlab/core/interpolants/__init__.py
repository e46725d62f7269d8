"""How a pair (x0, x1) is formed and joined: paths, couplings, and what may be predicted."""
