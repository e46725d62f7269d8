"""The coefficients of the explicit Runge-Kutta methods."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.solvers.dopri5 import NODES, STAGES

Row = tuple[float, ...]


@dataclass(frozen=True)
class Tableau:
    """A method: when each stage is, the weights of earlier velocities there, and at the end."""

    nodes: Row
    stages: tuple[Row, ...]  # of each stage but the first
    weights: Row


TABLEAUX = {
    "euler": Tableau((0.0,), (), (1.0,)),
    "midpoint": Tableau((0.0, 0.5), ((0.5,),), (0.0, 1.0)),
    "heun": Tableau((0.0, 1.0), ((1.0,),), (0.5, 0.5)),
    "rk4": Tableau(
        (0.0, 0.5, 0.5, 1.0), ((0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)), (1 / 6, 1 / 3, 1 / 3, 1 / 6)
    ),
    "dopri5": Tableau(NODES[:-1], STAGES[:-1], STAGES[-1]),
}
