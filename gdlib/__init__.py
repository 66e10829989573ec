"""gdlib: gradient descent, small enough to read. The library of the book Downhill.

Everything here needs NumPy and nothing more. The pictures (`gdlib.plots`, matplotlib) and the explorers
(`gdlib.explore`, sympy and ipywidgets) are imported when they are asked for.
"""

from gdlib import (
    autodiff,
    convexity,
    derivatives,
    linesearch,
    models,
    objectives,
    optimizers,
    schedules,
    stochastic,
)
from gdlib.descent import Result, basins, gradient_descent, minimize, trajectories

__all__ = [
    "Result",
    "autodiff",
    "basins",
    "convexity",
    "derivatives",
    "gradient_descent",
    "linesearch",
    "minimize",
    "models",
    "objectives",
    "optimizers",
    "schedules",
    "stochastic",
    "trajectories",
]
