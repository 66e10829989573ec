"""gdlib: gradient descent, small enough to read. The library of the book Downhill."""

from gdlib import derivatives, linesearch, objectives, optimizers, schedules
from gdlib.descent import Result, basins, gradient_descent, minimize, trajectories

__all__ = [
    "Result",
    "basins",
    "derivatives",
    "gradient_descent",
    "linesearch",
    "minimize",
    "objectives",
    "optimizers",
    "schedules",
    "trajectories",
]
