"""Short names for what the functions take and give: a signature says `f: Loss`, and here stands what that means.

A point w is an array (d,). What a function of the reader's gives back may be anything that NumPy reads as numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

Array: TypeAlias = np.ndarray
Loss: TypeAlias = Callable[[Any], Any]  # f(w), a number
Gradient: TypeAlias = Callable[[Any], Any]  # grad(w), in the shape of w
Hessian: TypeAlias = Callable[[Any], Any]  # hess(w), (d, d)
Schedule: TypeAlias = Callable[[int], float]  # eta_k, the learning rate of step k = 0, 1, 2, ...
Callback: TypeAlias = Callable[..., object]  # a true answer stops the run
Window: TypeAlias = Sequence[Sequence[float]] | Array  # (low, high) for each coordinate
Seed: TypeAlias = int | np.random.Generator
Run: TypeAlias = Any  # a Result, a StochasticRun, or the points alone: an array (n + 1, d)

__all__ = ["Array", "ArrayLike", "Callback", "Gradient", "Hessian", "Loss", "Run", "Schedule", "Seed", "Window"]
