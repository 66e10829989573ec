"""Named functions of one and of two variables, and every quadratic: derivatives by hand."""

from __future__ import annotations

import numpy as np

from gdlib._types import ArrayLike
from gdlib._validation import array, number, symmetric

from .objective import Objective, repeated


def parabola(curvature: float = 1.0, minimiser: float = 0.0) -> Objective:
    r"""A parabola, :math:`f(w) = \frac{\lambda}{2} (w - w^*)^2` with curvature :math:`\lambda`.

    Gradient descent multiplies the error by :math:`1 - \eta\lambda` at every step, exactly.

    Parameters
    ----------
    curvature : float
        The second derivative. Negative turns the parabola over: then there is no minimum.
    minimiser : float
        Where the slope is zero.

    Source: Goh, Why Momentum Really Works, Distill (2017). Taught in chapter 5, The learning rate.

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
        formula=f"{_times(c)}{shift}**2/2",
        minima=[[a]] if c > 0 else [],
        L=abs(c),
        mu=c if c > 0 else None,
        window=((a - 2, a + 2),),
        source="Goh, Why Momentum Really Works, Distill (2017)",
    )


def double_well() -> Objective:
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


def quadratic(kappa: float = 10.0, angle: float = 0.0) -> Objective:
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

    cross = f" + {_times(2 * b)}x*y" if b else ""
    return Objective(
        "quadratic",
        value,
        grad,
        lambda w: _matrix([[a, b], [b, d]], w),
        formula=f"({_times(a)}x**2{cross} + {_times(d)}y**2)/2",
        minima=np.zeros((1, 2)),
        L=kappa,
        mu=1.0,
        window=((-2.0, 2.0), (-2.0, 2.0)),
        domain="the plane",
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 4",
    )


def rosenbrock() -> Objective:
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


def himmelblau() -> Objective:
    r"""Himmelblau's four valleys, :math:`f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2`.

    Four minima, all with f = 0, one maximum near (-0.27, -0.92) and four saddles: a map of basins worth drawing.

    Source: Himmelblau, Applied Nonlinear Programming (1972). Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> f = himmelblau()
    >>> print(f([3, 2]), f.grad([0, 0]))
    0 [-14 -22]
    """

    def value(w):
        x, y = w
        return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2

    def grad(w):
        x, y = w
        p, q = x * x + y - 11, x + y * y - 7
        return np.array([4 * x * p + 2 * q, 2 * p + 4 * y * q])

    def hess(w):
        x, y = w
        return _matrix([[12 * x * x + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 12 * y * y + 4 * x - 26]], w)

    return Objective(
        "Himmelblau",
        value,
        grad,
        hess,
        formula="(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
        minima=np.array(
            [
                [3.0, 2.0],
                [-2.8051180869527449, 3.1313125182505730],
                [-3.7793102533777469, -3.2831859912861694],
                [3.5844283403304918, -1.8481265269644034],
            ]
        ),
        window=((-5.0, 5.0), (-5.0, 5.0)),
        domain="the plane",
        source="Himmelblau, Applied Nonlinear Programming (1972)",
    )


def beale() -> Objective:
    r"""Beale's function, :math:`f = \sum_{i=1}^3 (c_i - x(1 - y^i))^2` with c = (1.5, 2.25, 2.625).

    A flat plateau with steep corners and one minimum, f(3, 0.5) = 0.

    Source: Beale, On an iterative method for finding a local minimum (1958). Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> f = beale()
    >>> print(f([1, 1]), f.grad([1, 1]), f([3, 0.5]))
    14.203125 [ 0.   27.75] 0.0
    """
    terms = ((1, 1.5), (2, 2.25), (3, 2.625))

    def value(w):
        x, y = w
        return sum((c - x * (1 - y**i)) ** 2 for i, c in terms)

    def grad(w):
        x, y = w
        gx = gy = 0
        for i, c in terms:
            t = c - x * (1 - y**i)
            gx = gx - 2 * t * (1 - y**i)
            gy = gy + 2 * t * i * x * y ** (i - 1)
        return np.array([gx, gy])

    def hess(w):
        x, y = np.asarray(w, dtype=float)
        xx = xy = yy = 0
        for i, c in terms:
            t, tx, ty = c - x * (1 - y**i), y**i - 1, i * x * y ** (i - 1)
            txy, tyy = i * y ** (i - 1), i * (i - 1) * x * y ** max(i - 2, 0)
            xx, xy, yy = xx + 2 * tx * tx, xy + 2 * (tx * ty + t * txy), yy + 2 * (ty * ty + t * tyy)
        return _matrix([[xx, xy], [xy, yy]], w)

    return Objective(
        "Beale",
        value,
        grad,
        hess,
        formula="(1.5 - x*(1 - y))**2 + (2.25 - x*(1 - y**2))**2 + (2.625 - x*(1 - y**3))**2",
        minima=np.array([[3.0, 0.5]]),
        window=((-4.5, 4.5), (-4.5, 4.5)),
        domain="the plane",
        source="Beale, On an iterative method for finding a local minimum (1958)",
    )


def saddle() -> Objective:
    r"""A saddle at the origin between two valleys, :math:`f = x^2/2 + y^4/4 - y^2/2`.

    Minima at (0, 1) and (0, -1). From y = 0 exactly, descent goes to the saddle; from anywhere else it escapes.

    Source: Nesterov, Lectures on Convex Optimization (2018), section 1.2.3. Taught in chapter 9, Local minima and
    saddles.

    Examples
    --------
    >>> f = saddle()
    >>> print(f([0, 1]), f.grad([2, 0]), np.diag(f.hess([0, 0])))
    -0.25 [2 0] [ 1. -1.]
    """

    def value(w):
        x, y = w
        return x * x / 2 + y**4 / 4 - y * y / 2

    def grad(w):
        x, y = w
        return np.array([x, y**3 - y])

    def hess(w):
        _x, y = w
        return _matrix([[1, 0], [0, 3 * y * y - 1]], w)

    return Objective(
        "saddle",
        value,
        grad,
        hess,
        formula="x**2/2 + y**4/4 - y**2/2",
        minima=np.array([[0.0, -1.0], [0.0, 1.0]]),
        window=((-1.5, 1.5), (-1.6, 1.6)),
        domain="the plane",
        source="Nesterov, Lectures on Convex Optimization (2018), section 1.2.3",
    )


def monkey_saddle() -> Objective:
    r"""Three valleys and three ridges that meet, :math:`f = x^3 - 3xy^2`.

    The Hessian at the origin is zero, so no second-order test sees that it is a saddle. Unbounded below.

    Source: Hilbert and Cohn-Vossen, Geometry and the Imagination (1952). Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> f = monkey_saddle()
    >>> print(f([1, 1]), f.grad([1, 1]))
    -2 [ 0 -6]
    """

    def value(w):
        x, y = w
        return x**3 - 3 * x * y * y

    def grad(w):
        x, y = w
        return np.array([3 * (x * x - y * y), -6 * x * y])

    def hess(w):
        x, y = w
        return _matrix([[6 * x, -6 * y], [-6 * y, -6 * x]], w)

    return Objective(
        "monkey saddle",
        value,
        grad,
        hess,
        formula="x**3 - 3*x*y**2",
        minima=np.empty((0, 2)),
        window=((-1.5, 1.5), (-1.5, 1.5)),
        domain="the plane",
        source="Hilbert and Cohn-Vossen, Geometry and the Imagination (1952)",
    )


def exp_bowl() -> Objective:
    r"""A convex bowl that is no quadratic, :math:`f = e^{x + 3y - 0.1} + e^{x - 3y - 0.1} + e^{-x - 0.1}`.

    Minimum :math:`2\sqrt2\, e^{-0.1}` at :math:`(-\frac12 \ln 2, 0)`. No constant L serves the whole plane.

    Source: Boyd and Vandenberghe, Convex Optimization (2004), equation (9.20). Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> f = exp_bowl()
    >>> print(f(f.minima[0]).round(6), (2 * np.sqrt(2) * np.exp(-0.1)).round(6))
    2.559267 2.559267
    """

    def parts(w):
        x, y = w
        return np.exp(x + 3 * y - 0.1), np.exp(x - 3 * y - 0.1), np.exp(-x - 0.1)

    def grad(w):
        a, b, c = parts(w)
        return np.array([a + b - c, 3 * (a - b)])

    def hess(w):
        a, b, c = parts(w)
        return _matrix([[a + b + c, 3 * (a - b)], [3 * (a - b), 9 * (a + b)]], w)

    return Objective(
        "exponential bowl",
        lambda w: sum(parts(w)),
        grad,
        hess,
        formula="exp(x + 3*y - 0.1) + exp(x - 3*y - 0.1) + exp(-x - 0.1)",
        minima=np.array([[-np.log(2) / 2, 0.0]]),
        mu=0.0,
        window=((-2.0, 1.0), (-1.0, 1.0)),
        domain="the plane",
        source="Boyd and Vandenberghe, Convex Optimization (2004), equation (9.20)",
    )


def abs_value() -> Objective:
    r"""The absolute value, :math:`f(w) = |w|`: convex, with a corner at its minimum.

    Its slope is ±1 however close the minimum is, so steps of a fixed length never settle. At the corner itself
    `grad` gives 0.

    Source: Boyd and Vandenberghe, Convex Optimization (2004). Taught in chapter 8, Convexity.

    Examples
    --------
    >>> f = abs_value()
    >>> print(f(-2), f.grad(-2), f.L)
    2.0 -1.0 None
    """
    return _one_variable(
        "absolute value",
        np.abs,
        np.sign,
        lambda w: 0 * w,
        formula="Abs(w)",
        minima=[[0.0]],
        mu=0.0,
        source="Boyd and Vandenberghe, Convex Optimization (2004)",
    )


def exp_decay() -> Objective:
    r"""A slope with no bottom, :math:`f(w) = e^{-w}`: convex, above 0, and no minimiser.

    Descent goes on for ever, like log k, while every stopping test passes sooner or later.

    Source: Boyd and Vandenberghe, Convex Optimization (2004). Taught in chapter 7, Convergence and stopping.

    Examples
    --------
    >>> f = exp_decay()
    >>> print(f(0), f.grad(0), len(f.minima))
    1.0 -1.0 0
    """
    return _one_variable(
        "exponential decay",
        lambda w: np.exp(-w),
        lambda w: -np.exp(-w),
        lambda w: np.exp(-w),
        formula="exp(-w)",
        minima=[],
        mu=0.0,
        window=((-1.0, 8.0),),
        source="Boyd and Vandenberghe, Convex Optimization (2004)",
    )


def quartic() -> Objective:
    r"""A flat bottom with steep walls, :math:`f(w) = w^4`.

    No constant L serves everywhere: with :math:`\eta` fixed, descent converges exactly from
    :math:`|w_0| < 1/\sqrt{2\eta}`. Near 0 it is slower than any linear rate.

    Source: Nesterov, Lectures on Convex Optimization (2018). Taught in chapter 7, Convergence and stopping.

    Examples
    --------
    >>> f = quartic()
    >>> print(f(2), f.grad(2), f.hess(2))
    16.0 32.0 48.0
    """
    return _one_variable(
        "quartic",
        lambda w: w**4,
        lambda w: 4 * w**3,
        lambda w: 12 * w**2,
        formula="w**4",
        minima=[[0.0]],
        mu=0.0,
        window=((-2.5, 2.5),),
        source="Nesterov, Lectures on Convex Optimization (2018)",
    )


def logistic_map(r: float = 3.2) -> Objective:
    r"""The cubic on which descent is the logistic map, :math:`f(w) = (1 - r) w^2/2 + r w^3/3`.

    With :math:`\eta = 1` the update is :math:`w \leftarrow r w (1 - w)`: cycles for r above 3, chaos near 4.

    Parameters
    ----------
    r : float
        Positive. For r > 1 the local minimiser is :math:`1 - 1/r`, with curvature :math:`r - 1`.

    Source: May, Nature 261 (1976). Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> f = logistic_map(r=4)
    >>> print(round(0.3 - f.grad(0.3), 12), round(4 * 0.3 * 0.7, 12))
    0.84 0.84
    """
    r = number("r", r, 0)
    return _one_variable(
        "logistic map",
        lambda w: (1 - r) * w**2 / 2 + r * w**3 / 3,
        lambda w: (1 - r) * w + r * w**2,
        lambda w: 1 - r + 2 * r * w,
        formula=f"{_times(1 - r)}w**2/2 + {_times(r)}w**3/3",
        minima=[[1 - 1 / r]] if r > 1 else [[0.0]] if r < 1 else [],
        window=((min(0, 1 - 1 / r) - 0.3, 1.3),),
        source="May, Nature 261 (1976)",
    )


def huber(threshold: float = 1.0) -> Objective:
    r"""Huber's loss: :math:`w^2/2` near 0, and straight lines beyond `threshold`.

    .. math:: f(w) = w^2/2 \text{ for } |w| \le \delta, \quad \delta |w| - \delta^2/2 \text{ beyond.}

    Convex with L = 1. With :math:`\delta = R/(2k + 1)` it attains the worst case of descent after k steps.
    The Hessian at the two thresholds, where there is none, is given as 1.

    Parameters
    ----------
    threshold : float
        Positive.

    Source: Huber, Annals of Mathematical Statistics 35 (1964); Drori and Teboulle, Mathematical Programming 145 (2014).
    Taught in chapter 7, Convergence and stopping.

    Examples
    --------
    >>> f = huber(threshold=1)
    >>> print(f(0.5), f(3), f.grad(-3))
    0.125 2.5 -1.0
    """
    t = number("threshold", threshold, 0)
    return _one_variable(
        "Huber",
        lambda w: np.where(np.abs(w) <= t, w**2 / 2, t * np.abs(w) - t**2 / 2)[()],
        lambda w: np.clip(w, -t, t),
        lambda w: np.where(np.abs(w) <= t, 1.0, 0.0)[()],
        formula=f"Piecewise((w**2/2, Abs(w) <= {_text(t)}), ({_times(t)}Abs(w) - {_text(t * t / 2)}, True))",
        minima=[[0.0]],
        L=1.0,
        mu=0.0,
        window=((-3 * t, 3 * t),),
        source="Huber, Annals of Mathematical Statistics 35 (1964)",
    )


def quadratic_form(H: ArrayLike, b: ArrayLike | None = None) -> Objective:
    r"""Any quadratic, :math:`f(w) = \frac12 w^T H w - b^T w`.

    Parameters
    ----------
    H : array (d, d)
        Symmetric. Its eigenvalues decide everything: L is the largest absolute one, :math:`\mu` the smallest.
    b : array (d,), optional
        Zero by default.

    Raises
    ------
    ValueError
        If H is not square and symmetric, or b does not fit it.

    Source: Nocedal and Wright, Numerical Optimization (2006), chapter 3. Taught in chapter 6, Conditioning.

    Examples
    --------
    >>> f = quadratic_form([[2, 1], [1, 3]], b=[1, 0])
    >>> print(f.minima.round(6), round(f.L / f.mu, 6))
    [[ 0.6 -0.2]] 2.618034
    """
    H = symmetric("H", H)
    b = np.zeros(len(H)) if b is None else array("b", b, ndim=1)
    if len(b) != len(H):
        raise ValueError(f"b must have shape ({len(H)},) to fit H, got {b.shape}")
    spectrum = np.linalg.eigvalsh(H)
    mu, rounding = float(spectrum[0]), len(H) * np.finfo(float).eps * float(np.abs(spectrum).max())
    if abs(mu) <= rounding:
        mu = 0.0  # flat in one direction: no single minimum

    def value(w):
        w = np.asarray(w)
        return (w * (H @ w)).sum(axis=0) / 2 - b @ w

    return Objective(
        "quadratic form",
        value,
        lambda w: ((H @ w).T - b).T,
        lambda w: repeated(H, w),
        minima=np.linalg.solve(H, b)[np.newaxis] if mu > 0 else np.empty((0, len(b))),
        L=float(np.abs(spectrum).max()),
        mu=mu if mu >= 0 else None,
        window=((-2.0, 2.0),) * len(b),
        domain=f"R^{len(b)}",
        source="Nocedal and Wright, Numerical Optimization (2006), chapter 3",
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


def _times(value):
    """A number as a factor: "3*", and nothing for 1."""
    return "" if value == 1 else f"{_text(value)}*"
