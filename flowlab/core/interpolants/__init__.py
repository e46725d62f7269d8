"""How a pair (x0, x1) is drawn and interpolated: couplings, paths, parameterizations."""
