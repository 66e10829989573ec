"""Line searches: optimizers that look along the line before every step. `Result.etas` holds the steps they accepted."""

import numpy as np

from gdlib._checks import array, function, number, shown
from gdlib.derivatives import falls_along
from gdlib.optimizers import Optimizer


def armijo(f, first=1.0, factor=0.5, c=1e-4):
    r"""Backtracking: shorten the step until it pays, as Armijo's condition has it.

    .. math:: f(w - tg) \le f(w) - c\,t\,\|g\|^2

    t starts at `first` in every iteration and is multiplied by `factor` until the condition holds. For small t it
    does, by the definition of the gradient; if f is L-smooth, the accepted t is at least
    :math:`\min(t_0, 2q(1-c)/L)`, with q for `factor`. No step is ever uphill.

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
    >>> print(run.etas, run.values.round(4))
    [0.00097656 0.00195312 0.00097656] [24.2     5.1011  5.047   4.114 ]
    """
    first, factor = number("first", first, 0), number("factor", factor, 0, 1)
    c, f = number("c", c, 0, 1), function("f", f)

    def update(g, t, w):
        here, slope, t = f(w), g @ g, first
        # rounding ends the loop even where f is flat: once t g is lost in w, both sides are f(w)
        while t > 0 and not f(w - t * g) <= here - c * t * slope:
            t *= factor
        if (w - t * g == w).all() and falls_along(f, w, g):
            raise ValueError(f"grad must point uphill, but at w = {shown(w, str)} f falls along it: its sign is wrong")
        return -t * g, t

    return Optimizer(_one_point, update, lambda k, t: t)


def exact(H):
    r"""The exact line search on a quadratic with Hessian H: :math:`t = g^T g / g^T H g`.

    The step goes to the lowest point of the line, and the next gradient is at a right angle to this one: a zig-zag.

    Parameters
    ----------
    H : array (d, d)
        Symmetric positive definite.

    Source: Nocedal and Wright, Numerical Optimization (2006), chapter 3. Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> from gdlib import minimize, objectives
    >>> f = objectives.quadratic(kappa=10)
    >>> run = minimize(f, f.grad, [1, 1], exact(f.hess([0, 0])), max_iter=1)
    >>> print(run.etas, 101 / 1001)
    [0.1008991] 0.1008991008991009
    """
    H = array("H", H, ndim=2)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T) or np.linalg.eigvalsh(H)[0] <= 0:
        raise ValueError("H must be symmetric with positive eigenvalues: else some lines have no lowest point")

    def update(g, t, w):
        slope = g @ g
        t = slope / (g @ H @ g) if slope else 0.0
        return -t * g, t

    return Optimizer(_one_point, update, lambda k, t: t)


def _one_point(w):
    # a search starts afresh in every iteration: its state is the last accepted step, and before that nothing
    if np.ndim(w) != 1:
        raise ValueError(f"a line search takes one start of shape (d,), got shape {np.shape(w)}")
