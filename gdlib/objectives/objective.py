"""What an objective is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gdlib._types import Array, ArrayLike, Gradient, Hessian, Loss, Window


@dataclass(frozen=True, eq=False)
class Objective:
    """A function with its derivatives and what is known about it.

    Attributes
    ----------
    name : str
    value, grad, hess : callables of a point (d,) or a batch (d, m)
        They return shapes () or (m,); (d,) or (d, m); (d, d) or (d, d, m). Calling the objective calls `value`.
    formula : str
        The same function as sympy reads it, in `w` (one variable) or `x` and `y` (two); "" for matrices and data.
    minima : array (number of them, d)
        The local minimisers, one a row; no row if there is none.
    L : float or None
        A Lipschitz constant of the gradient, the smallest one unless its docstring says otherwise; None if none exists.
    mu : float or None
        The largest constant of strong convexity; 0 for a function that is convex and no more, None if not convex.
    window : tuple of (low, high)
        For each coordinate, an interval that makes a good picture.
    domain : str
        Where the function is defined.
    source : str
        Where to read about it.

    Taught in chapter 3, The gradient.
    """

    name: str
    value: Loss
    grad: Gradient
    hess: Hessian
    formula: str = ""
    minima: Array = field(default_factory=lambda: np.empty((0, 1)))
    L: float | None = None
    mu: float | None = None
    window: Window = ((-2.0, 2.0),)
    domain: str = "all real numbers"
    source: str = ""

    def __call__(self, w: ArrayLike) -> Any:
        return self.value(w)

    def __repr__(self):
        return f"<Objective {self.name}{self.formula and ': ' + self.formula}>"


def repeated(H: Array, w: Any) -> Array:
    """A constant Hessian (d, d): as it is for a point, repeated to (d, d, m) for a batch."""
    batch = np.shape(w)[1:]
    return np.broadcast_to(H.reshape(H.shape + (1,) * len(batch)), H.shape + batch)
