"""The loop: start somewhere, step, look whether to stop, and keep the whole trace."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import hypot, inf, isfinite, isnan

import numpy as np

from gdlib._types import Array, ArrayLike, Callback, Gradient, Loss, Schedule, Window
from gdlib._validation import array, blaming, explained, frozen, function, number, scalar, start, vector, whole
from gdlib.derivatives import falls_along
from gdlib.optimizers import Optimizer, as_optimizer, gd

DIVERGENCE_BOUND = 1e20  # a run whose point is farther than this from the origin counts as diverged
WHENCE_NAN = "0 * log(0) is nan, and so is the logarithm or the root of a negative number"
CLINIC = "The book's page The clinic has such runs, with their causes."


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """A finished run: where it ended, why it stopped, and the whole way there.

    Attributes
    ----------
    w, f, grad : array (d,), float, array (d,)
        The last point, its value and its gradient.
    n_iter : int
        The number of steps taken.
    status : {"gtol", "xtol", "ftol", "max_iter", "diverged", "callback"}
    message : str
        What happened, in a sentence with the numbers.
    path : array (n_iter + 1, d)
        Every point, the start first.
    values, grad_norms : arrays (n_iter + 1,)
        f and the Euclidean norm of its gradient at every point.
    etas : array (n_iter,)
        The learning rate of every step.
    nfev : int
        How many values of f a line search asked for; 0 for a rule that looks at gradients only. (`values` is a record,
        and not counted.)

    Taught in chapter 4, The algorithm.
    """

    w: np.ndarray
    f: float
    grad: np.ndarray
    n_iter: int
    status: str
    message: str
    path: np.ndarray
    values: np.ndarray
    grad_norms: np.ndarray
    etas: np.ndarray
    nfev: int = 0

    @property
    def converged(self) -> bool:
        """True if one of the three tolerances stopped the run. It says no more than that test says."""
        return self.status in ("gtol", "xtol", "ftol")

    def __repr__(self):
        return f"{self.message}\nw = {np.array2string(self.w, precision=6)}, f(w) = {self.f:.6g}"


def gradient_descent(
    f: Loss,
    grad: Gradient,
    w0: ArrayLike,
    eta: float | Schedule,
    gtol: float = 1e-6,
    xtol: float = 0,
    ftol: float = 0,
    max_iter: int = 1000,
    callback: Callback | None = None,
) -> Result:
    r"""Walk downhill: :math:`w_{k+1} = w_k - \eta \nabla f(w_k)`.

    Parameters
    ----------
    f : callable
        The function: takes an array (d,), returns a number.
    grad : callable
        Its gradient: takes an array (d,), returns an array (d,).
    w0 : array (d,), or a number for a function of one variable
        The start. It is left untouched. (f and grad get points that NumPy protects from being changed in place.)
    eta : float or schedule
        The learning rate: a positive number, or a function k -> eta_k.
    gtol, xtol, ftol, max_iter, callback
        When to stop: see `minimize`.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If an argument is out of range or is not a function, if the shapes of w0 and grad(w0) differ, if f or its
        gradient is not finite at w0, if f or grad changes its argument in place, or if a schedule gives a learning
        rate that is not positive and finite.

    Source: Cauchy (1847). Taught in chapter 1, Walking downhill, and chapter 4, The algorithm.

    Examples
    --------
    >>> run = gradient_descent(lambda w: (w - 2) ** 2, lambda w: 2 * (w - 2), w0=4.0, eta=0.25)
    >>> run
    Stopped by gtol after 22 steps: the gradient norm 9.54e-07 is at most gtol = 1e-06.
    w = [2.], f(w) = 2.27374e-13
    >>> print(run.path[:4, 0])
    [4.   3.   2.5  2.25]
    """
    return minimize(f, grad, w0, gd(eta), gtol, xtol, ftol, max_iter, callback)


def minimize(
    f: Loss,
    grad: Gradient,
    w0: ArrayLike,
    optimizer: Optimizer,
    gtol: float = 1e-6,
    xtol: float = 0,
    ftol: float = 0,
    max_iter: int = 1000,
    callback: Callback | None = None,
) -> Result:
    r"""The same walk with any update rule.

    At every point :math:`w_k`, k = 0, 1, 2, ..., these are looked at in this order, and the first that holds stops
    the run. All norms are Euclidean and all tolerances absolute; a tolerance of 0 is switched off.

    ========== ================================================================= =========
    status     holds when                                                        from
    ========== ================================================================= =========
    diverged   w, f or its gradient is not finite, or :math:`\|w_k\| > 10^{20}`  k = 1
    gtol       :math:`\|\nabla f(w_k)\| \le` gtol                                k = 0
    xtol       :math:`\|w_k - w_{k-1}\| \le` xtol                                k = 1
    ftol       :math:`|f(w_k) - f(w_{k-1})| \le` ftol                            k = 1
    callback   ``callback(k, w_k, f_k, g_k)`` is true                            k = 1
    max_iter   k = max_iter                                                      k = 0
    ========== ================================================================= =========

    Parameters
    ----------
    f, grad, w0
        As for `gradient_descent`.
    optimizer : Optimizer
        The update rule, for instance ``optimizers.adam(eta=0.01)``.
    gtol, xtol, ftol : float
        Tolerances on the gradient, on the step and on the change of f.
    max_iter : int
        The largest number of steps. 0 returns the start.
    callback : callable, optional
        ``callback(k, w, f, g)``, called after every step; a true answer stops the run.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        As for `gradient_descent`.

    Taught in chapter 6, Conditioning.

    Examples
    --------
    >>> from gdlib import objectives, optimizers
    >>> f = objectives.quadratic(kappa=10)
    >>> run = minimize(f, f.grad, [1, 1], optimizers.gd(eta=2 / 11))
    >>> run.status, run.n_iter
    ('gtol', 81)
    """
    gtol, xtol, ftol = (number(name, tol, 0, closed=True) for name, tol in [("gtol", gtol), ("xtol", xtol), ("ftol", ftol)])
    max_iter = whole("max_iter", max_iter)
    init, update, rate, lookahead = as_optimizer(optimizer)
    if callback is not None:
        callback = function("callback", callback, "k, w, f, g", answers=False)
    # a run that diverges overflows: its status says so, no warning is needed
    with np.errstate(all="ignore"), blaming("optimizer"):
        w = start(w0)
        f, fw = scalar(f, w)
        grad, g = vector(grad, w)
        state, status, k, sound = init(w), None, 0, True
        g_norm, moved, changed = _norm(g), inf, inf  # the last two stay inf while their tests are switched off
        path, values, norms, etas = [w], [fw], [g_norm], []
        while True:
            if k and not (sound and isfinite(g_norm) and hypot(*w.tolist()) <= DIVERGENCE_BOUND):  # _norm, without a call
                status = "diverged"
            elif g_norm <= gtol > 0:
                status = "gtol"
            elif moved <= xtol:
                status = "xtol"
            elif changed <= ftol:
                status = "ftol"
            elif k and callback is not None and callback(k, w, fw, g):
                status = "callback"
            elif k == max_iter:
                status = "max_iter"
            if status:
                break
            step, state = update(g if lookahead is None else grad(lookahead(state, w)), state, w)
            etas.append(rate(k, state))
            w = w + step
            w.setflags(False)  # frozen: f and grad may look at it, and keep it, but not change it
            try:  # costs nothing until it is needed
                fw, g = f(w), grad(w)
                sound, g_norm = isfinite(fw), hypot(*g.tolist())
            except (ValueError, TypeError, AttributeError) as error:
                raise explained(error, f, grad, w)
            if xtol:
                moved = _norm(w - path[-1])
            if ftol:
                changed = abs(fw - values[-1])
            path.append(w)
            values.append(fw)
            norms.append(g_norm)
            k += 1
        message = _message(status, (path, values, norms), (moved, changed), (gtol, xtol, ftol), f, grad)
    last = (w.copy(), float(fw), np.array(g))
    trace = (np.array(path), np.array(values), np.array(norms), np.array(etas))
    return Result(*last, k, status, message, *trace, getattr(state, "nfev", 0))


def trajectories(grad: Gradient, W0: ArrayLike, optimizer: Optimizer, n: int) -> Array:
    r"""Walk from many starts at once, n steps each, with no stopping test.

    Parameters
    ----------
    grad : callable
        The gradient, for a batch: (d, m) -> (d, m).
    W0 : array (d, m) or (d,)
        The starts, one a column. Left untouched.
    optimizer : Optimizer
    n : int
        The number of steps.

    Returns
    -------
    array (n + 1, d, m) or (n + 1, d)
        All the points. A start that diverges runs on to infinity, and from there to nan; the others do not notice.

    Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> from gdlib import objectives, optimizers
    >>> f = objectives.double_well()
    >>> ends = trajectories(f.grad, [[-2.0, -0.1, 0.0, 0.1, 2.0]], optimizers.gd(0.1), n=200)[-1]
    >>> print(ends.round(6))
    [[-1. -1.  0.  1.  1.]]
    """
    n = whole("n", n)
    w = frozen(array("W0", W0))
    paths = np.empty((n + 1, *w.shape))
    with np.errstate(all="ignore"):
        for k, points in enumerate(_walk(grad, w, optimizer, n)):
            paths[k] = points
    return paths


def basins(
    grad: Gradient,
    minima: ArrayLike,
    window: Window,
    optimizer: Optimizer,
    n: int = 1000,
    size: int = 200,
    tol: float = 1e-2,
) -> Array:
    """Which minimum each start of a grid reaches.

    Parameters
    ----------
    grad : callable
        The gradient, for a batch: (d, m) -> (d, m).
    minima : array (number of them, d)
    window : tuple of (low, high)
        One interval for each coordinate.
    optimizer : Optimizer
    n : int
        The number of steps.
    size : int
        The number of starts along each side of the window.
    tol : float
        How near to a minimum counts as having reached it.

    Returns
    -------
    array (size,) for one variable, (size, size) for two, with rows along y
        The row of `minima` that the start reaches, or -1 for none of them.

    Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> from gdlib import objectives, optimizers
    >>> f = objectives.double_well()
    >>> basins(f.grad, f.minima, [(-2, 2)], optimizers.gd(0.1), size=7)
    array([ 0,  0,  0, -1,  1,  1,  1])
    """
    minima, tol = array("minima", minima, ndim=2), number("tol", tol, 0)
    sides = array("window", window, ndim=2)
    if sides.shape != (minima.shape[1], 2):
        raise ValueError(f"window must hold (low, high) for each of {minima.shape[1]} coordinates, got {window}")
    low, high = sides.T
    grid = np.meshgrid(*np.linspace(low, high, whole("size", size, 1)).T)
    with np.errstate(all="ignore"):
        starts = frozen(np.array(grid).reshape(len(sides), -1))
        (ends,) = deque(_walk(grad, starts, optimizer, whole("n", n)), maxlen=1)
        distances = np.linalg.norm(ends - minima[:, :, np.newaxis], axis=1)
    # a start that diverged is at a distance of inf or nan, and neither is at most tol
    return np.where(distances.min(axis=0) <= tol, distances.argmin(axis=0), -1).reshape(grid[0].shape)


def _walk(grad, w, optimizer, n):
    """The points of n steps, one after the other, the start first. The caller keeps what it needs of them."""
    if w.ndim not in (1, 2) or w.size == 0:
        raise ValueError(f"W0 must have shape (d, m) or (d,), got {w.shape}")
    init, update, _, lookahead = as_optimizer(optimizer)
    grad, _ = vector(function("grad", grad), w, "W0")
    with blaming("optimizer"):
        state = init(w)
        yield w
        for _ in range(n):
            step, state = update(grad(w if lookahead is None else lookahead(state, w)), state, w)
            w = frozen(w + step)
            yield w


def _norm(v):
    """The Euclidean norm, through Python's own hypot: quick on few numbers, and safe from over- and underflow."""
    return hypot(*v.tolist())


def _message(status, trace, changes, tolerances, f, grad):
    """Say in a sentence what happened, with the numbers."""
    (path, values, norms), (moved, changed), (gtol, xtol, ftol) = trace, changes, tolerances
    k, g_norm = len(path) - 1, norms[-1]
    steps = counted(k, "step")
    if status == "gtol":
        return f"Stopped by gtol after {steps}: the gradient norm {g_norm:.3g} is at most gtol = {gtol:g}."
    if status == "xtol":
        return f"Stopped by xtol after {steps}: the last step moved w by {moved:.3g}, at most xtol = {xtol:g}."
    if status == "ftol":
        return f"Stopped by ftol after {steps}: the last step changed f by {changed:.3g}, at most ftol = {ftol:g}."
    if status == "callback":
        return f"Stopped by the callback after {steps}: f = {values[-1]:.6g}, gradient norm {g_norm:.3g}."
    if status == "diverged":
        return f"Diverged after {steps}: {_what_blew_up(path, values, norms, f, grad)}. {CLINIC}"
    still = f"Stopped at the limit of {steps}: the gradient norm is still {g_norm:.3g}."
    if values[-1] > values[0]:
        why = wrong_sign(f, grad, path[0]) or "eta is probably too large"
        still += f" f rose from {values[0]:.6g} to {values[-1]:.6g}: {why}."
    return still


def _what_blew_up(path, values, norms, f, grad):
    """What is not finite at the end of a run, and the advice that follows from it."""
    w, value, g_norm = path[-1], values[-1], norms[-1]
    where = f" at w = {np.array2string(w, precision=6)}" if w.size <= 3 else " there"
    if not np.isfinite(w).all():
        what = "w is no longer finite"
    elif _norm(w) > DIVERGENCE_BOUND:
        what = f"the norm of w, {_norm(w):.3g}, is beyond {DIVERGENCE_BOUND:g}"
    elif isnan(value) and isfinite(g_norm):
        return f"f(w) is nan, although w and the gradient are finite. Look at f{where}: {WHENCE_NAN}"
    elif isfinite(value) and (isnan(g_norm) or value <= values[0]):
        return f"the gradient norm is {g_norm:g}, although w and f(w) are finite. Look at grad{where}"
    elif isnan(value):
        what = "f(w) and its gradient are not finite, so w may have left the domain of f"
    else:
        what = f"f(w) is {value:g}" if not isfinite(value) else f"the gradient norm is {g_norm:g}"
    reached = values[-2] if isnan(value) else value
    if reached < values[0]:  # a walk down for ever, which no eta will cure
        return f"{what}. f fell on the way: it may have no minimum"
    why = wrong_sign(f, grad, path[0])
    return f"{what}. f rose, and {why}" if why else f"{what}. Try a smaller eta"


def counted(n: int, noun: str) -> str:
    """`n` and what is counted: 1 step, 2 steps.

    No chapter teaches it: the sentences on runs count with it.
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"


def wrong_sign(f: Loss, grad: Gradient, w0: Array) -> str:
    """What to say if f falls along grad at the start; empty if it does not.

    No chapter teaches it: the loops call it when a run goes wrong.
    """
    return "it falls along grad at w0: grad has the wrong sign" if falls_along(f, w0, grad(w0)) else ""
