"""The solvers side by side at one budget, and the orders at which their errors fall."""
