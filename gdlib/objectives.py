"""Functions to descend: an `Objective` and a gallery of named ones, derivatives by hand.

Coordinates come first: a point of d coordinates has shape (d,), a batch of m points (d, m).
So ``x, y = w`` serves a point and a batch alike. Functions of one variable take a plain number too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gdlib._checks import number


@dataclass(frozen=True, eq=False)
class Objective:
    """A function with its derivatives and what is known about it.

    Attributes
    ----------
    name : str
    value, grad, hess : callables of a point (d,) or a batch (d, m)
        They return shapes () or (m,); (d,) or (d, m); (d, d) or (d, d, m). Calling the objective calls `value`.
    formula : str
        The same function as sympy reads it, in `w` (one variable) or `x` and `y` (two); "" for a loss on data.
    minima : array (number of them, d)
        The local minimisers, one a row; no row if there is none.
    L : float or None
        The smallest Lipschitz constant of the gradient; None if there is none.
    mu : float or None
        The largest constant of strong convexity; 0 for a function that is convex and no more, None if not convex.
    window : tuple of (low, high)
        For each coordinate, an interval that makes a good picture.
    domain : str
        Where the function is defined.
    source : str
        Where to read about it.
    """

    name: str
    value: Callable
    grad: Callable
    hess: Callable
    formula: str = ""
    minima: np.ndarray = field(default_factory=lambda: np.empty((0, 1)))
    L: float | None = None
    mu: float | None = None
    window: tuple = ((-2.0, 2.0),)
    domain: str = "all real numbers"
    source: str = ""

    def __call__(self, w):
        return self.value(w)

    def __repr__(self):
        return f"<Objective {self.name}: {self.formula or 'a loss on data'}>"


def parabola(curvature=1.0, minimiser=0.0):
    r"""A parabola, :math:`f(w) = \frac{\lambda}{2} (w - w^*)^2` with curvature :math:`\lambda`.

    Gradient descent multiplies the error by :math:`1 - \eta\lambda` at every step, exactly.

    Parameters
    ----------
    curvature : float
        The second derivative. Negative turns the parabola over: then there is no minimum.
    minimiser : float
        Where the slope is zero.

    Source: Goh, Why Momentum Really Works, Distill (2017). Taught in chapter 1, Walking downhill.

    Examples
    --------
    >>> f = parabola(curvature=4, minimiser=1)
    >>> print(f(3), f.grad(3), f.hess(3))
    8.0 8.0 4.0
    """
    c, a = number("curvature", curvature), number("minimiser", minimiser)
    if c == 0:
        raise ValueError("curvature must not be 0: that is a flat line, with nothing to descend")
    shift = "w" if a == 0 else f"(w - {_text(a)})" if a > 0 else f"(w + {_text(-a)})"
    return _one_variable(
        "parabola",
        lambda w: c / 2 * (w - a) ** 2,
        lambda w: c * (w - a),
        lambda w: c + 0 * w,
        formula=f"{_text(c)}*{shift}**2/2",
        minima=[[a]] if c > 0 else [],
        L=abs(c),
        mu=c if c > 0 else None,
        window=((a - 2, a + 2),),
        source="Goh, Why Momentum Really Works, Distill (2017)",
    )


def double_well():
    r"""Two valleys and a hill between them, :math:`f(w) = (w^2 - 1)^2/4`.

    Minima at -1 and 1, a local maximum at 0: where you end depends on where you start.

    Source: Strogatz, Nonlinear Dynamics and Chaos (1994). Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> f = double_well()
    >>> print(f(0), f.grad(2), f.hess(0))
    0.25 6.0 -1.0
    """
    return _one_variable(
        "double well",
        lambda w: (w**2 - 1) ** 2 / 4,
        lambda w: w * (w**2 - 1),
        lambda w: 3 * w**2 - 1,
        formula="(w**2 - 1)**2/4",
        minima=[[-1.0], [1.0]],
        window=((-1.8, 1.8),),
        source="Strogatz, Nonlinear Dynamics and Chaos (1994)",
    )


def quadratic(kappa=10.0, angle=0.0):
    r"""An elliptic bowl, :math:`f = \frac12 (u^2 + \kappa v^2)`, with axes u, v turned by `angle`.

    Here :math:`u = x\cos a + y\sin a` and :math:`v = -x\sin a + y\cos a`. The Hessian has the
    eigenvalues 1 and :math:`\kappa`, so :math:`\mu = 1`, :math:`L = \kappa` and the condition number is :math:`\kappa`.

    Parameters
    ----------
    kappa : float
        Condition number, 1 or more.
    angle : float
        Angle of the flat axis to the x axis, in radians.

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 4. Taught in chapter 6, Conditioning.

    Examples
    --------
    >>> f = quadratic(kappa=10)
    >>> print(f([1, 1]), f.grad([1, 1]))
    5.5 [ 1. 10.]
    """
    kappa, angle = number("kappa", kappa, 1, closed=True), number("angle", angle)
    c, s = np.cos(angle), np.sin(angle)
    # H = R diag(1, kappa) R': written out, so that x and y may be numbers or whole grids
    a, b, d = c * c + kappa * s * s, (1 - kappa) * c * s, s * s + kappa * c * c

    def value(w):
        x, y = w
        return (a * x * x + 2 * b * x * y + d * y * y) / 2

    def grad(w):
        x, y = w
        return np.array([a * x + b * y, b * x + d * y])

    cross = f" + {_text(2 * b)}*x*y" if b else ""
    return Objective(
        "quadratic",
        value,
        grad,
        lambda w: _matrix([[a, b], [b, d]], w),
        formula=f"({_text(a)}*x**2{cross} + {_text(d)}*y**2)/2",
        minima=np.zeros((1, 2)),
        L=kappa,
        mu=1.0,
        window=((-2.0, 2.0), (-2.0, 2.0)),
        domain="the plane",
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 4",
    )


def rosenbrock():
    r"""Rosenbrock's banana valley, :math:`f = (1 - x)^2 + 100 (y - x^2)^2`.

    One minimum, f(1, 1) = 0, at the end of a curved and nearly flat valley: its condition number there is 2508.

    Source: Rosenbrock, The Computer Journal 3 (1960). Taught in chapter 6, Conditioning.

    Examples
    --------
    >>> f = rosenbrock()
    >>> print(round(f([-1.2, 1]), 10), f.grad([-1.2, 1]).round(10))
    24.2 [-215.6  -88. ]
    """

    def value(w):
        x, y = w
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2

    def grad(w):
        x, y = w
        bend = y - x * x
        return np.array([-2 * (1 - x) - 400 * x * bend, 200 * bend])

    def hess(w):
        x, y = w
        return _matrix([[2 - 400 * (y - 3 * x * x), -400 * x], [-400 * x, 200]], w)

    return Objective(
        "Rosenbrock",
        value,
        grad,
        hess,
        formula="(1 - x)**2 + 100*(y - x**2)**2",
        minima=np.array([[1.0, 1.0]]),
        window=((-2.0, 2.0), (-1.0, 3.0)),
        domain="the plane",
        source="Rosenbrock, The Computer Journal 3 (1960)",
    )


def _one_variable(name, value, slope, curvature, minima, **facts):
    """Make an Objective from a function of one number and its two derivatives, all elementwise."""

    def first(w):
        # a point (1,) or a batch (1, m) drops its coordinate axis; numbers stay as they are
        w = np.asarray(w, dtype=float)
        return value(w[0] if w.shape[:1] == (1,) else w)

    def hess(w):
        w = np.asarray(w, dtype=float)
        return curvature(w)[np.newaxis] if w.shape[:1] == (1,) else curvature(w)

    return Objective(
        name,
        first,
        lambda w: slope(np.asarray(w, dtype=float)),
        hess,
        minima=np.array(minima, dtype=float).reshape(-1, 1),
        **facts,
    )


def _matrix(entries, w):
    """Stack a 2x2 Hessian whose entries are numbers or batches into shape (2, 2) or (2, 2, m)."""
    shape = np.shape(w)[1:]
    return np.array([[np.broadcast_to(h, shape) for h in row] for row in entries], dtype=float)


def _text(value):
    """A number as Python and sympy read it back exactly, without the '.0' of a whole number."""
    return repr(float(value)).removesuffix(".0")
