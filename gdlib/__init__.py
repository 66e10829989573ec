"""gdlib: gradient descent, small enough to read. The library of the book Downhill."""

from gdlib import derivatives, objectives, optimizers, schedules
from gdlib.descent import Result, gradient_descent, minimize, trajectories

__all__ = [
    "Result",
    "derivatives",
    "gradient_descent",
    "minimize",
    "objectives",
    "optimizers",
    "schedules",
    "trajectories",
]
