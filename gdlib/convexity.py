"""Is it convex, and how curved is it? Witnesses, spectra and estimates over a region.

A witness against convexity settles the matter; the absence of one among samples only suggests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gdlib._types import Array, ArrayLike, Gradient, Hessian, Loss, Seed, Window
from gdlib._validation import (
    array,
    frozen,
    function,
    generator,
    number,
    point,
    real,
    shaped,
    single,
    symmetric,
    table,
    whole,
)


@dataclass(frozen=True)
class Witness:
    """A segment on which f rises above its chord: a proof that f is not convex.

    Taught in chapter 8, Convexity.
    """

    a: np.ndarray
    b: np.ndarray
    t: float
    gap: float  # f at the point (1 - t) a + t b, minus the chord there: positive

    def __repr__(self):
        a, b = (np.array2string(point, precision=4) for point in (self.a, self.b))
        return f"Not convex: between {a} and {b}, at t = {self.t:.4g}, f is {self.gap:.4g} above the chord."


def jensen_gap(f: Loss, a: ArrayLike, b: ArrayLike, t: float = 0.5) -> float:
    r"""How far f is above its chord, :math:`f((1-t)a + tb) - (1-t) f(a) - t f(b)`. Never positive if f is convex.

    Source: Boyd and Vandenberghe, Convex Optimization (2004), section 3.1. Taught in chapter 8, Convexity.

    Examples
    --------
    >>> jensen_gap(lambda w: w**2, -1.0, 1.0), jensen_gap(lambda w: -(w**2), -1.0, 1.0)
    (-1.0, 1.0)
    """
    a, b, f = frozen(array("a", a)), frozen(array("b", b)), function("f", f)
    if a.shape != b.shape:
        raise ValueError(f"a and b must have the same shape, got {a.shape} and {b.shape}")
    return _gap(f, a, b, number("t", t, 0, 1))[0]


def jensen_witness(f: Loss, window: Window, tries: int = 1000, seed: Seed = 0) -> Witness | None:
    """Look for a segment that shows f not to be convex, at random in a window.

    Parameters
    ----------
    f : callable
    window : tuple of (low, high)
        One interval for each coordinate.
    tries : int
        The number of segments.
    seed : int

    Returns
    -------
    Witness or None
        The one with the largest gap; None if no segment is a witness. Rounding is no witness: a gap counts if it is
        above 1e-12 times the values on the segment.

    Source: Boyd and Vandenberghe, Convex Optimization (2004), section 3.1. Taught in chapter 8, Convexity.

    Examples
    --------
    >>> from gdlib import objectives
    >>> jensen_witness(objectives.quartic(), [(-2, 2)]) is None
    True
    >>> jensen_witness(objectives.double_well(), [(-1, 1)]).gap > 0.2
    True
    """
    f, rng = function("f", f), generator(seed)
    ends = _sample(window, 2 * whole("tries", tries, 1), rng)
    best = None
    for a, b, t in zip(ends[::2], ends[1::2], rng.uniform(0.05, 0.95, tries)):
        gap, size = _gap(f, a, b, float(t))
        if gap > 1e-12 * size and (best is None or gap > best.gap):
            best = Witness(a.copy(), b.copy(), float(t), gap)
    return best


def spectrum(hess: Hessian, window: Window, n: int = 1000, seed: Seed = 0) -> Array:
    """Eigenvalues of the Hessian at n random points of a window: array (n, d), ascending in each row.

    Their smallest and largest bracket the curvature there. A negative one shows that f is not convex.

    Parameters
    ----------
    hess : callable
        (d,) -> (d, d)
    window : tuple of (low, high)
    n : int
    seed : int

    Taught in chapter 8, Convexity.

    Examples
    --------
    >>> from gdlib import objectives
    >>> print(spectrum(objectives.quadratic(kappa=10).hess, [(-1, 1), (-1, 1)], n=2))
    [[ 1. 10.]
     [ 1. 10.]]
    """
    hess, points = function("hess", hess), _sample(window, whole("n", n, 1), generator(seed))
    d = points.shape[1]
    return np.array([np.linalg.eigvalsh(_square(hess(w), d)) for w in points])


def condition_number(H: ArrayLike) -> float:
    r"""Condition number :math:`\kappa = L/\mu` of a Hessian; infinite if the smallest eigenvalue is 0.

    Descent with a fixed step needs about :math:`\frac{\kappa}{2} \ln\frac1\varepsilon` steps to shrink an error by
    :math:`\varepsilon`.

    Parameters
    ----------
    H : array (d, d)
        Symmetric, with no negative eigenvalue.

    Source: Nocedal and Wright, Numerical Optimization (2006), chapter 3. Taught in chapter 6, Conditioning.

    Examples
    --------
    >>> print(round(condition_number([[2, 1], [1, 3]]), 6))
    2.618034
    """
    H = symmetric("H", H)
    mu, L = np.linalg.eigvalsh(H)[[0, -1]]
    rounding = len(H) * np.finfo(float).eps * max(L, -mu)
    if mu < -rounding or L <= 0:
        raise ValueError(f"H must have no negative eigenvalue and not be 0, got the eigenvalues from {mu:.6g} to {L:.6g}")
    return np.inf if mu <= rounding else float(L / mu)


def data_curvature(X: ArrayLike) -> tuple[float, float]:
    r"""The smallest and the largest eigenvalue of :math:`X^T X/n`: mu and L of `objectives.squared_error`.

    For the losses of models :math:`\frac1n \sum_i \varphi_i(x_i^T w)` whose second derivatives :math:`\varphi_i''` lie
    between a and b, a times the one and b times the other are constants of strong convexity and smoothness: a = b = 1
    for the squared error, 0 and 1/4 for the logistic loss; for softmax, with many scores a row, 0 and 1/2.

    Parameters
    ----------
    X : array (n, d)

    Returns
    -------
    mu, L : float
        mu is 0 if the columns depend on each other, up to rounding.

    Source: Boyd and Vandenberghe, Convex Optimization (2004), section 9.3. No chapter teaches it: `gdlib.models` finds
    L and mu with it.

    Examples
    --------
    >>> mu, L = data_curvature([[1, 0], [1, 1], [1, 2], [1, 3]])
    >>> print(round(mu, 6), round(L, 6))
    0.297438 4.202562
    """
    X = table(X)
    n, d = X.shape
    spectrum = np.linalg.eigvalsh((X.T @ X if n >= d else X @ X.T) / n)  # but for zeros, both have the same
    flat = n < d or spectrum[0] <= 1e-14 * spectrum[-1]
    return 0.0 if flat else float(spectrum[0]), float(spectrum[-1])


def estimate_L_mu(grad: Gradient, window: Window, n: int = 1000, seed: Seed = 0) -> tuple[float, float]:
    r"""Estimate L and :math:`\mu` from gradients at random pairs of points.

    .. math::

        L \ge \frac{\|\nabla f(u) - \nabla f(v)\|}{\|u - v\|}, \qquad
        \mu \le \frac{\langle \nabla f(u) - \nabla f(v), u - v \rangle}{\|u - v\|^2}

    So the first is an estimate from below and the second from above: a step of 2/L with the estimate may be too long.

    Parameters
    ----------
    grad : callable
    window : tuple of (low, high)
    n : int
        The number of pairs; of each, the second point is near the first in every other pair.
    seed : int

    Returns
    -------
    L, mu : float

    Source: Nesterov, Lectures on Convex Optimization (2018), section 2.1. No chapter teaches it: it estimates what
    chapter 8 defines.

    Examples
    --------
    >>> from gdlib import objectives
    >>> L, mu = estimate_L_mu(objectives.quadratic(kappa=10).grad, [(-1, 1), (-1, 1)])
    >>> print(round(L, 2), round(mu, 2))
    10.0 1.0
    """
    grad, rng = function("grad", grad), generator(seed)
    u, v = _sample(window, whole("n", n, 1), rng), _sample(window, n, rng)
    near = np.arange(n)[:, np.newaxis] % 2 == 0
    v = frozen(np.where(near, u + 1e-4 * (v - u), v))  # near pairs see the sharpest curvature, far ones the whole
    slopes = [[shaped("grad(w)", grad(w), "w", w) for w in points] for points in (u, v)]
    change = np.subtract(slopes[1], slopes[0])
    squared = ((v - u) ** 2).sum(axis=1)
    L = np.sqrt((change**2).sum(axis=1) / squared).max()
    return float(L), float(((change * (v - u)).sum(axis=1) / squared).min())


def _sample(window, n, rng):
    """n points (n, d), uniform in the window."""
    sides = array("window", window, ndim=2)
    if sides.shape[1] != 2 or (sides[:, 0] >= sides[:, 1]).any():
        raise ValueError(f"window must hold (low, high) with low < high for each coordinate, got {window}")
    return frozen(rng.uniform(sides[:, 0], sides[:, 1], (n, len(sides))))


def _gap(f, a, b, t):
    """The Jensen gap on one segment, and the size of f at its ends."""
    middle, fa, fb = (single("f(w)", f(w)).item() for w in (point((1 - t) * a + t * b), a, b))
    return middle - (1 - t) * fa - t * fb, max(abs(fa), abs(fb))


def _square(H, d):
    """A Hessian as a matrix (d, d); a function of one variable may give a number."""
    H = np.atleast_2d(real("hess(w)", H, f"an array of shape ({d}, {d})"))
    if H.shape != (d, d):
        raise ValueError(f"hess(w) must have shape ({d}, {d}), got {H.shape}")
    return H
