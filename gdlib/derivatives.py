"""Derivatives by finite differences, and the check of a gradient written by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdlib._types import Array, ArrayLike, Gradient, Loss, Seed
from gdlib._validation import array, frozen, function, generator, number, point, shaped, shown, single, whole

UNIT = np.finfo(float).eps  # the gap between 1 and the next number, 2**-52
FORWARD_STEP = 2 * UNIT**0.5  # minimises h/2 + 2 UNIT/h, the bound on the error for |f| = |f''| = 1
CENTRAL_STEP = (3 * UNIT) ** (1 / 3)  # minimises h**2/6 + UNIT/h, for |f| = |f'''| = 1
COMPLEX_STEP = 1e-20  # nothing is subtracted, so nothing is lost
NAMES = {np.float16: "half precision (float16)", np.float32: "single precision (float32)"}


def forward(f: Loss, w: ArrayLike, h: float | None = None) -> Array:
    r"""Gradient by forward differences, :math:`(f(w + h e_i) - f(w))/h`.

    The error is at most :math:`h|f''|/2 + 2u|f|/h`: the first part shrinks with h, the second grows.

    Parameters
    ----------
    f : callable
    w : number or array (d,)
    h : float, optional
        The step. By default :math:`2\sqrt u \approx 3\cdot 10^{-8}`, times \|w_i\| where that is above 1.

    Source: Nocedal and Wright, Numerical Optimization (2006), chapter 8. Taught in chapter 3, The gradient.

    Examples
    --------
    >>> print(forward(lambda w: w[0] ** 2 + 3 * w[1], [2.0, 0.0]).round(6))
    [4. 3.]
    """
    f, (w, steps) = function("f", f), _point_and_steps(w, h, FORWARD_STEP)
    start = _value(f, w)
    return _per_coordinate(w, steps, lambda move, h: (_value(f, w + move) - start) / h)


def central(f: Loss, w: ArrayLike, h: float | None = None) -> Array:
    r"""Gradient by central differences, :math:`(f(w + h e_i) - f(w - h e_i))/(2h)`.

    The error is at most :math:`h^2|f'''|/6 + u|f|/h`.

    Parameters
    ----------
    f : callable
    w : number or array (d,)
    h : float, optional
        The step. By default :math:`(3u)^{1/3} \approx 9\cdot 10^{-6}`, times \|w_i\| where that is above 1.

    Source: Nocedal and Wright, Numerical Optimization (2006), chapter 8. Taught in chapter 3, The gradient.

    Examples
    --------
    >>> print(central(lambda w: w[0] ** 2 + 3 * w[1], [2.0, 0.0]).round(9))
    [4. 3.]
    """
    f, (w, steps) = function("f", f), _point_and_steps(w, h, CENTRAL_STEP)
    return _per_coordinate(w, steps, lambda move, h: (_value(f, w + move) - _value(f, w - move)) / (2 * h))


def complex_step(f: Loss, w: ArrayLike, h: float | None = None) -> Array:
    r"""Gradient by the complex step, :math:`\operatorname{Im} f(w + i h e_j)/h`: nothing is subtracted, nothing cancels.

    Parameters
    ----------
    f : callable
        It must compute with complex numbers: no abs, max or float inside.
    w : number or array (d,)
    h : float, optional
        The step: as small as you please. By default :math:`10^{-20}`, times \|w_i\| where that is above 1.

    Raises
    ------
    ValueError
        If f gives back a real number.

    Source: Squire and Trapp, SIAM Review 40 (1998). Taught in chapter 3, The gradient.

    Examples
    --------
    >>> print(complex_step(lambda w: np.exp(w[0]) * w[1], [0.0, 2.0]))
    [2. 1.]
    """
    f, (w, steps) = function("f", f), _point_and_steps(w, h, COMPLEX_STEP)
    return _per_coordinate(w, steps, lambda move, h: _imaginary(f, w + 1j * move) / h)


def hessian(grad: Gradient, w: ArrayLike, h: float | None = None) -> Array:
    r"""Hessian by central differences of the gradient, made symmetric.

    Parameters
    ----------
    grad : callable
    w : array (d,)
    h : float, optional
        The step, by default as for `central`.

    Returns
    -------
    array (d, d)

    Source: Nocedal and Wright, Numerical Optimization (2006), chapter 8. No chapter teaches it: it checks a Hessian
    written by hand.

    Examples
    --------
    >>> print(hessian(lambda w: [2 * w[0] + w[1], w[0]], [1.0, 1.0]).round(6))
    [[2. 1.]
     [1. 0.]]
    """
    grad, (w, steps) = function("grad", grad), _point_and_steps(array("w", w, ndim=1), h, CENTRAL_STEP)
    rows = np.array([_turn(grad, w, move) / (2 * h) for h, move in zip(steps, np.diag(steps))])
    return (rows + rows.T) / 2


class Sharpness(NamedTuple):
    """What `sharpness` found.

    Attributes
    ----------
    value : float
        The eigenvalue.
    direction : array (d,)
        v, a unit vector: along it f is curved most.
    residual : float
        The norm of H v - value v.
    n_iter : int
        How many products of H with a vector it took.

    No chapter teaches it: `sharpness` gives it back.
    """

    value: float
    direction: np.ndarray
    residual: float
    n_iter: int


def sharpness(
    grad: Gradient, w: ArrayLike, tol: float = 1e-3, max_iter: int = 200, seed: Seed = 0, h: float | None = None
) -> Sharpness:
    r"""The largest eigenvalue of the Hessian, without the Hessian: power iteration on products

    .. math:: Hv \approx \frac{\nabla f(w + hv) - \nabla f(w - hv)}{2h}, \qquad v \leftarrow Hv/\|Hv\|.

    For a unit vector v, :math:`\lambda = v^T H v` is at most the largest eigenvalue, and some eigenvalue lies within the
    residual :math:`\|Hv - \lambda v\|` of it (its distance is about the residual squared over the gap to the next
    one). Power iteration heads for the eigenvalue of largest size. If that is negative, or two of opposite sign are
    equally large, it begins again on :math:`H + \|H\| I`, whose eigenvalues are those of H, all moved by :math:`\|H\|`.

    Parameters
    ----------
    grad : callable
    w : array (d,)
    tol : float
        It stops once the residual is at most tol times the size of :math:`\lambda`.
    max_iter : int
        The largest number of products, two gradients each, and as many again for the second beginning. The residual
        tells whether they were enough.
    seed : int or numpy.random.Generator
        For the random first vector.
    h : float, optional
        The step, by default as for `central`, with the norm of w.

    Returns
    -------
    Sharpness

    Raises
    ------
    ValueError
        If grad is not finite near w.

    Source: Trefethen and Bau, Numerical Linear Algebra (1997), lecture 27; Pearlmutter, Neural Computation 6 (1994).
    Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> from gdlib import objectives
    >>> f = objectives.rosenbrock()
    >>> found = sharpness(f.grad, [1, 1])
    >>> print(round(found.value, 1), found.residual < 1, np.linalg.eigvalsh(f.hess([1, 1]))[-1].round(1))
    1001.6 True 1001.6
    """
    grad, w, tol = function("grad", grad), frozen(array("w", w, ndim=1)), number("tol", tol, 0)
    h = CENTRAL_STEP * max(1.0, float(np.linalg.norm(w))) if h is None else number("h", h, 0)
    max_iter = whole("max_iter", max_iter, 1)
    start = generator(seed).normal(size=w.shape)

    def product(v):
        turn = _turn(grad, w, h * v) / (2 * h)
        if not np.isfinite(turn).all():
            raise ValueError(f"grad must be finite within h = {h:.2g} of w, where it changes by {shown(turn, str)}")
        return turn

    found = _power_iteration(product, start, 0.0, tol, max_iter)
    if found.residual <= tol * found.value:
        return found
    size = np.hypot(found.value, found.residual)  # the norm of H v: that of H, in the end
    again = _power_iteration(product, start, size, tol, max_iter)
    best = max(found, again, key=lambda pair: pair.value)  # neither is above the largest eigenvalue
    return best._replace(n_iter=found.n_iter + again.n_iter)


def error_by_step(f: Loss, grad: Gradient, w: ArrayLike, steps: ArrayLike, rule: Callable[..., Array] = central) -> Array:
    """How far the difference rule is from the true gradient, for each step h: a valley on logarithmic axes.

    Parameters
    ----------
    f, grad : callables
    w : number or array (d,)
    steps : array (k,)
        The values of h to try.
    rule : forward, central or complex_step

    Returns
    -------
    array (k,)
        Euclidean norms of the error.

    Taught in chapter 3, The gradient.

    Examples
    --------
    >>> print(error_by_step(np.exp, np.exp, 0.0, [1e-1, 1e-2]))
    [1.6675002e-03 1.6666750e-05]
    """
    if rule not in (forward, central, complex_step):
        raise ValueError(f"rule must be forward, central or complex_step, got {shown(rule)}")
    w = frozen(array("w", w))
    true = shaped("grad(w)", function("grad", grad)(w), "w", w)
    return np.array([np.linalg.norm(rule(f, w, h) - true) for h in array("steps", steps, ndim=1)])


@dataclass(frozen=True)
class GradientCheck:
    """What `check_gradient` found; `message` says it in a sentence.

    Taught in chapter 3, The gradient.
    """

    ok: bool
    worst: int  # the coordinate where the two gradients differ most
    error: float  # their relative difference there
    analytic: np.ndarray
    numeric: np.ndarray
    message: str

    def __repr__(self):
        return self.message


def check_gradient(f: Loss, grad: Gradient, w: ArrayLike, tol: float = 1e-6, h: float | None = None) -> GradientCheck:
    r"""Compare `grad` with central differences at `w` and name the worst coordinate.

    The error of coordinate i is :math:`|a_i - n_i| / \max(1, |a_i|, |n_i|)`: relative for large
    slopes, absolute for small ones. An f or a grad that computes in single precision, or an f that is not defined
    around `w`, can leave the matter undecided: `message` then says why and what to do, and `ok` is False.

    Parameters
    ----------
    f, grad : callables
    w : number or array (d,)
        Where to compare. One point proves little: try a few random ones, never only a minimum.
    tol : float
        The largest error that passes.
    h : float, optional
        The step of the central differences.

    Taught in chapter 3, The gradient.

    Examples
    --------
    >>> check_gradient(lambda w: w[0] ** 2 + 3 * w[1], lambda w: [2 * w[0], 4.0], [2.0, 0.0])
    Wrong: coordinate 1 of the gradient is 4, but central differences give 3 (relative error 0.25, tol 1e-06).
    """
    tol = number("tol", tol, 0)
    w, steps = _point_and_steps(w, h, CENTRAL_STEP)
    f, grad = function("f", f), function("grad", grad)
    numeric = central(f, w, h)
    slopes = grad(w)
    analytic = shaped("grad(w)", slopes, "w", w)
    with np.errstate(invalid="ignore"):
        errors = np.abs(analytic - numeric) / np.maximum(1, np.maximum(np.abs(analytic), np.abs(numeric)))
    errors = np.where(np.isfinite(errors), errors, np.inf).ravel()
    worst = int(np.argmax(errors))
    error, a, n = float(errors[worst]), analytic.flat[worst], numeric.flat[worst]
    ok = error <= tol
    doubt = "" if ok else _doubt(f, slopes, w, n, steps.flat[worst], worst, error)
    facts = f"{a:.6g}, {'and' if ok else 'but'} central differences give {n:.6g}"
    message = (
        f"{'Right' if ok else 'Not decided' if doubt else 'Wrong'}: coordinate {worst} of the gradient is {facts} "
        f"(relative error {error:.2g}, tol {tol:g}).{doubt}"
    )
    return GradientCheck(ok, worst, error, analytic, numeric, message)


def _doubt(f, slopes, w, slope, h, i, error):
    """Why coordinate i may be right although the two gradients differ there, and what to do; empty if it is wrong."""
    move = np.zeros(w.shape)
    move.flat[i] = h
    values = [_value(f, w + k * move) for k in (-1, 0, 1)]
    if not np.isfinite(slope):
        return f" f is not finite within h = {h:.2g} of w: choose a w farther inside the domain of f, or a smaller h."
    kind = _precision(np.asarray(f(w)).dtype, values)
    # what is rounded is f, and w inside f; ten times as much, for there is more than one operation
    lost = 10 * np.finfo(kind).eps * (np.abs(values).max() + abs(w.flat[i] * slope)) / max(1, abs(slope))
    if kind != np.float64 and error <= lost / h:
        wide = float(f"{(3 * np.finfo(kind).eps) ** (1 / 3) * max(1, abs(w.flat[i])):.1g}")
        tol = 10 ** np.ceil(np.log10(lost / wide + wide**2))
        or_else = f", or call check_gradient with h={wide:g} and tol={tol:g}" if tol < 0.1 else ""
        return (
            f" f computes in {NAMES[kind]}, whose rounding alone can make such a difference at h = {h:.2g}. "
            f"Let f compute in double precision{or_else}."
        )
    kind = _precision(np.asarray(slopes).dtype)
    if kind != np.float64 and error <= 1000 * np.finfo(kind).eps:
        return f" grad computes in {NAMES[kind]}: let it compute in double precision, or choose a larger tol."
    return ""


def _precision(dtype, values=()):
    """The type that numbers were computed in: their own, or float32 if Python floats show that they were rounded to it."""
    if dtype.type in NAMES:
        return dtype.type
    rounded = len(set(values)) == 3 and all(float(np.float32(value)) == value for value in values)
    return np.float32 if rounded else float


def falls_along(f: Loss, w: Array, g: Array) -> bool:
    """Whether f clearly falls along g at w, and rises against it: then -g, and not g, is like its gradient.

    No chapter teaches it: the loops call it when a run goes wrong.

    Examples
    --------
    >>> falls_along(lambda w: w @ w, np.ones(2), np.array([-2.0, -2.0]))
    True
    """
    size = np.linalg.norm(g)
    step = g * (CENTRAL_STEP * max(1, np.abs(w).max()) / size) if size else 0 * w
    before, here, after = f(point(w - step)), f(w), f(point(w + step))
    rounding = 1e-12 * max(abs(before), abs(here), abs(after))
    return bool(after < here - rounding and before > here + rounding)


def _turn(grad, w, move):
    """By how much grad changes from w - move to w + move."""
    after, before = (shaped("grad(w)", grad(point(v)), "w", w) for v in (w + move, w - move))
    return after - before


def _power_iteration(product, v, shift, tol, max_iter):
    """Power iteration on H + shift I; what it returns is about H."""
    for k in range(1, max_iter + 1):  # noqa: B007  (how many there were is returned)
        unit = v / np.linalg.norm(v)
        image = product(unit)
        value = float(unit @ image)
        residual = float(np.linalg.norm(image - value * unit))
        if residual <= tol * abs(value):
            break
        v = image + shift * unit
    return Sharpness(value, unit, residual, k)


def _point_and_steps(w: ArrayLike, h: float | None, default: float) -> tuple[Array, Array]:
    w = frozen(array("w", w))
    if h is not None:
        return w, np.full(w.shape, number("h", h, 0))
    return w, default * np.maximum(1, np.abs(w))


def _per_coordinate(w, steps, difference):
    """Fill a gradient with `difference(h e_i, h)`, one coordinate after the other."""
    result = np.empty(w.shape)
    for i in np.ndindex(w.shape):
        move = np.zeros(w.shape)
        move[i] = steps[i]
        result[i] = difference(move, steps[i])
    return result


def _value(f, w):
    """f(w) as a number: the learner's function of one variable may give an array of one."""
    return single("f(w)", f(point(w))).item()


def _imaginary(f, w):
    value = np.asarray(f(point(w)))
    single("f(w)", value.real)
    if not np.iscomplexobj(value):
        raise ValueError(
            "f must compute with complex numbers for the complex step (abs, max and float do not), got a real value"
        )
    return value.imag.item()
