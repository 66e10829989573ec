"""Line searches: optimizers that look along the line before every step.

`Result.etas` holds the steps they accepted, and `Result.nfev` how many values of f they asked for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gdlib._types import ArrayLike, Loss
from gdlib._validation import array, function, number, shown
from gdlib.derivatives import falls_along
from gdlib.optimizers import Optimizer


class Search(NamedTuple):
    """The state of a line search: the step it accepted, the value of f there, and the values it has asked for so far.

    No chapter teaches it: `armijo` and `exact` keep it from step to step.
    """

    step: float = 0.0
    value: Any = None  # None before the first search; an array of one element, if f gives that
    nfev: int = 0


def armijo(f: Loss, first: float = 1.0, factor: float = 0.5, c: float = 1e-4, growth: float | None = None) -> Optimizer:
    r"""Backtracking: shorten the step until it pays, as Armijo's condition has it.

    .. math:: f(w - tg) \le f(w) - c\,t\,\|g\|^2

    t starts at `first` in every iteration, or at `growth` times the last step if that is given, and is multiplied by
    `factor` until the condition holds. For small t it does, by the definition of the gradient; if f is L-smooth, the
    accepted t is at least :math:`\min(t_0, 2q(1-c)/L)`, with q for `factor`. No step is ever uphill.

    Each t that is tried costs one value of f; f(w) is known from the step before, and is asked for at the start only.

    Parameters
    ----------
    f : callable
        The function: a line search needs its values, not its gradient alone.
    first : float
        :math:`t_0`, the step to try first.
    factor : float
        q, in (0, 1).
    c : float
        In (0, 1): how much of the promised decrease is asked for.
    growth : float, optional
        1 or more: every search but the first begins at so many times the last accepted step. With 2, and q = 1/2, the
        step finds its own length from any :math:`t_0`, at about two values of f an iteration.

    Raises
    ------
    ValueError
        For arguments out of range; in a run, if no step pays because the gradient has the wrong sign.

    Source: Armijo, Pacific Journal of Mathematics 16 (1966); Nocedal and Wright, Numerical Optimization (2006),
    chapter 3. Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> from gdlib import minimize, objectives
    >>> f = objectives.rosenbrock()
    >>> run = minimize(f, f.grad, [-1.2, 1], armijo(f), max_iter=3)
    >>> print(run.etas, run.values.round(4), run.nfev)
    [0.00097656 0.00195312 0.00097656] [24.2     5.1011  5.047   4.114 ] 33
    """
    first, factor = number("first", first, 0), number("factor", factor, 0, 1)
    c, f = number("c", c, 0, 1), function("f", f)
    growth = growth if growth is None else number("growth", growth, 1, closed=True)

    def update(g, last, w):
        here, nfev = (f(w), last.nfev + 1) if last.value is None else (last.value, last.nfev)
        slope, t = g @ g, growth * last.step if growth and last.step else first
        # rounding ends the loop even where f is flat: once t g is lost in w, both sides are f(w)
        while not (value := f(w - t * g)) <= here - c * t * slope and t > 0:
            t, nfev = t * factor, nfev + 1
        if (w - t * g == w).all() and falls_along(f, w, g):
            raise ValueError(f"grad must point uphill, but at w = {shown(w, str)} f falls along it: its sign is wrong")
        return -t * g, Search(t, value, nfev + 1)

    return Optimizer(_one_point, update, lambda k, search: search.step)


def exact(H: ArrayLike, part: float = 1.0) -> Optimizer:
    r"""The exact line search on a quadratic with Hessian H: :math:`t = g^T g / g^T H g`, or a part of it.

    The whole step goes to the lowest point of the line, and the next gradient is at a right angle to this one: a
    zig-zag. A part between 0 and 2 still goes down, and one a little below 1 breaks the zig-zag.

    Parameters
    ----------
    H : array (d, d)
        Symmetric positive definite.
    part : float
        In (0, 2): how much of the best step to take.

    Source: Nocedal and Wright, Numerical Optimization (2006), chapter 3; Raydan and Svaiter, Computational Optimization
    and Applications 21 (2002). Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> from gdlib import minimize, objectives
    >>> f = objectives.quadratic(kappa=10)
    >>> run = minimize(f, f.grad, [1, 1], exact(f.hess([0, 0])), max_iter=1)
    >>> print(run.etas, 101 / 1001)
    [0.1008991] 0.1008991008991009
    """
    H, part = array("H", H, ndim=2), number("part", part, 0, 2)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T) or np.linalg.eigvalsh(H)[0] <= 0:
        raise ValueError("H must be symmetric with positive eigenvalues: else some lines have no lowest point")

    def update(g, last, w):
        slope = g @ g
        t = part * slope / (g @ H @ g) if slope else 0.0
        return -t * g, Search(t)

    return Optimizer(_one_point, update, lambda k, search: search.step)


def _one_point(w):
    if np.ndim(w) != 1:
        raise ValueError(f"a line search takes one start of shape (d,), got shape {np.shape(w)}")
    return Search()
