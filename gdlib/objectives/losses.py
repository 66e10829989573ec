"""Losses on data, and the regressions that minimise them.

The losses are functions of the weights w (d,) or (d, m) and of the rows X (n, d), y (n,) that they look at: all of them
for the whole loss, some of them for a mini-batch. All are means over the rows. Rows count by position, so what comes from
pandas is made an array first: it would be matched by its labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gdlib._types import ArrayLike
from gdlib._validation import data, number, plain
from gdlib.autodiff import sigmoid
from gdlib.convexity import data_curvature

from .objective import Objective, repeated


def squared_error(w: Any, X: Any, y: Any, penalty: float = 0.0) -> Any:
    """Half the mean of the squared errors, of X w against y, plus ``penalty |w|^2 / 2``.

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> print(squared_error([2.0], np.ones((2, 1)), np.array([1.0, 5.0])))
    2.5
    """
    errors = (plain(X) @ w).T - plain(y)  # (n,) for a point, (m, n) for a batch
    loss = (errors * errors).mean(axis=-1) / 2
    return loss + _penalty(w, penalty)


def squared_error_grad(w: Any, X: Any, y: Any, penalty: float = 0.0) -> Any:
    """The gradient of `squared_error`, X^T (X w - y) / n + penalty w.

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> squared_error_grad([2.0], np.ones((2, 1)), np.array([1.0, 5.0]))
    array([-1.])
    """
    X, y = plain(X), plain(y)
    grad = X.T @ ((X @ w).T - y).T / len(y)
    return grad + _penalty_grad(w, penalty)


def logistic_loss(w: Any, X: Any, y: Any, penalty: float = 0.0) -> Any:
    """The mean of log(1 + exp(z)) - y z for z = X w and labels 0 and 1, plus ``penalty |w|^2 / 2``.

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> print(logistic_loss([0.0], np.ones((2, 1)), np.array([0.0, 1.0])).round(6), np.log(2).round(6))
    0.693147 0.693147
    """
    z, y = (plain(X) @ w).T, plain(y)
    loss = (np.logaddexp(0, z) - y * z).sum(axis=-1) / len(y)
    return loss + _penalty(w, penalty)


def logistic_grad(w: Any, X: Any, y: Any, penalty: float = 0.0) -> Any:
    """The gradient of `logistic_loss`, X^T (sigmoid(X w) - y) / n + penalty w.

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> logistic_grad([0.0], np.ones((2, 1)), np.array([1.0, 1.0]))
    array([-0.5])
    """
    X, y = plain(X), plain(y)
    grad = X.T @ (sigmoid((X @ w).T) - y).T / len(y)
    return grad + _penalty_grad(w, penalty)


def softmax_loss(w: Any, X: Any, y: Any, c: int, penalty: float = 0.0) -> Any:
    """The mean of log(sum_j exp(z_j)) - z_y over the rows, for the scores Z = X W of c classes, plus ``penalty |w|^2 / 2``.

    w is W (d, c), row by row.

    Taught in chapter 15, Training a network, end to end.

    Examples
    --------
    >>> print(softmax_loss(np.zeros(3), np.ones((2, 1)), np.array([0, 2]), c=3).round(6), np.log(3).round(6))
    1.098612 1.098612
    """
    z, y = _scores(w, plain(X), c), plain(y)
    loss = (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y.astype(int)]).mean(axis=0)
    return loss + _penalty(w, penalty)


def softmax_grad(w: Any, X: Any, y: Any, c: int, penalty: float = 0.0) -> Any:
    """The gradient of `softmax_loss`, X^T (P - Y) / n + penalty w, for predicted probabilities P and true ones Y.

    Taught in chapter 15, Training a network, end to end.

    Examples
    --------
    >>> print(softmax_grad(np.zeros(4), np.ones((2, 1)), np.array([0, 1]), c=4))
    [-0.25 -0.25  0.25  0.25]
    """
    X, y = plain(X), plain(y)
    p = _softmax(_scores(w, X, c))
    p[np.arange(len(y)), y.astype(int)] -= 1
    grad = np.tensordot(X.T, p, 1).reshape(np.shape(w)) / len(y)
    return grad + _penalty_grad(w, penalty)


def least_squares(X: ArrayLike, y: ArrayLike, penalty: float = 0.0) -> Objective:
    r"""Linear regression, :math:`f(w) = \frac{1}{2n} \|Xw - y\|^2`: half the mean of the squared errors.

    The mean, not the sum: with the sum, :math:`\eta` would have to shrink as data are added. With a penalty
    :math:`\lambda` it is ridge regression: :math:`\frac{\lambda}{2} \|w\|^2` more, and mu and L grow by
    :math:`\lambda`.

    Parameters
    ----------
    X : array (n, d)
        One row for each observation. A column of ones gives an intercept.
    y : array (n,)
    penalty : float
        :math:`\lambda \ge 0`. It weighs all of w, an intercept too.

    Source: Boyd and Vandenberghe, Convex Optimization (2004). Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> f = least_squares([[1, 0], [1, 1], [1, 2], [1, 3]], [1, 3, 2, 5])
    >>> print(f.minima.round(6), round(f.mu, 6), round(f.L, 6))
    [[1.1 1.1]] 0.297438 4.202562
    """
    X, y = data(X, y)
    lam, n = number("penalty", penalty, 0, closed=True), len(X)
    H = X.T @ X / n + lam * np.eye(X.shape[1])
    mu, L = data_curvature(X)
    # without a penalty the shortest one, if there are many
    minimiser = np.linalg.solve(H, X.T @ y / n) if lam else np.linalg.lstsq(X, y, rcond=None)[0]
    return Objective(
        "least squares",
        lambda w: squared_error(w, X, y, lam),
        lambda w: squared_error_grad(w, X, y, lam),
        lambda w: repeated(H, w),
        minima=minimiser[np.newaxis],
        L=L + lam,
        mu=mu + lam,
        window=((-2.0, 2.0),) * X.shape[1],
        domain=f"R^{X.shape[1]}",
        source="Boyd and Vandenberghe, Convex Optimization (2004)",
    )


def logistic_regression(X: ArrayLike, y: ArrayLike, penalty: float = 0.0) -> Objective:
    r"""Logistic regression, the mean of :math:`\log(1 + e^{z_i}) - y_i z_i` with z = Xw, plus a penalty if asked for.

    .. math:: \nabla f = \frac1n X^T (\sigma(Xw) - y) + \lambda w, \qquad \sigma(z) = \frac{1}{1 + e^{-z}}

    Convex, with :math:`L = \lambda_{\max}(X^T X)/(4n) + \lambda`. Without a penalty, data that a plane separates have
    no minimiser: `minima` is then empty.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
        Labels, 0 or 1.
    penalty : float
        :math:`\lambda \ge 0` of the term :math:`\frac{\lambda}{2} \|w\|^2`.

    Source: Boyd and Vandenberghe, Convex Optimization (2004), section 7.1. Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> f = logistic_regression([[1, -2], [1, -1], [1, 0], [1, 1], [1, 2]], [0, 1, 0, 1, 1])
    >>> print(f.minima.round(6), f.L)
    [[0.62269  1.090426]] 0.5
    """
    X, y = data(X, y)
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold labels 0 and 1, got {np.unique(y)}")
    lam, n = number("penalty", penalty, 0, closed=True), len(X)

    def value(w):
        return logistic_loss(w, X, y, lam)

    def grad(w):
        return logistic_grad(w, X, y, lam)

    def hess(w):
        p = sigmoid(X @ w)
        return np.einsum("ni,n...,nj->ij...", X, p * (1 - p), X) / n + repeated(lam * np.eye(X.shape[1]), w)

    w = _newton(value, grad, hess, X.shape[1])
    margins = (2 * y - 1) * (X @ w)
    separated = lam == 0 and margins.min() >= -1e-6 and margins.max() > 1e-6

    return Objective(
        "logistic regression",
        value,
        grad,
        hess,
        minima=np.empty((0, len(w))) if separated else w[np.newaxis],
        L=data_curvature(X)[1] / 4 + lam,
        mu=lam,
        window=((-4.0, 4.0),) * X.shape[1],
        domain=f"R^{X.shape[1]}",
        source="Boyd and Vandenberghe, Convex Optimization (2004), section 7.1",
    )


def softmax_regression(X: ArrayLike, y: ArrayLike) -> Objective:
    r"""Softmax regression on c classes: the mean of :math:`\log \sum_j e^{z_{ij}} - z_{i y_i}` with Z = XW.

    The point w holds the matrix W (d, c), row after row. :math:`\nabla f = \frac1n X^T (P - Y)`, where P holds the
    predicted probabilities and Y the true ones. Adding one vector to every column of W changes nothing, so the
    minimisers, where there are any, are never alone, and `minima` stays empty.
    L is the bound :math:`\lambda_{\max}(X^T X)/(2n)`.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
        Labels 0, 1, ..., c - 1.

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2. Taught in chapter 15, Training a
    network, end to end.

    Examples
    --------
    >>> f = softmax_regression([[1, 0], [0, 1], [1, 1]], [0, 1, 2])
    >>> print(f(np.zeros(6)).round(6), np.log(3).round(6))
    1.098612 1.098612
    """
    X, y = data(X, y)
    if not (np.isin(y, np.arange(len(y))).all() and np.array_equal(np.unique(y), np.arange(y.max() + 1))):
        raise ValueError(f"y must hold labels 0, 1, ..., c - 1, each at least once, got {np.unique(y)}")
    (n, d), c = X.shape, int(y.max()) + 1

    def hess(w):
        p = _softmax(_scores(w, X, c))
        spread = np.einsum("nj...,jk->njk...", p, np.eye(c)) - np.einsum("nj...,nk...->njk...", p, p)
        blocks = np.einsum("na,njk...,nb->ajbk...", X, spread, X) / n
        return blocks.reshape(d * c, d * c, *np.shape(w)[1:])

    return Objective(
        "softmax regression",
        lambda w: softmax_loss(w, X, y, c),
        lambda w: softmax_grad(w, X, y, c),
        hess,
        minima=np.empty((0, d * c)),
        L=data_curvature(X)[1] / 2,
        mu=0.0,
        window=((-4.0, 4.0),) * (d * c),
        domain=f"R^{d * c}",
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2",
    )


def _penalty(w, penalty):
    return penalty / 2 * np.square(w).sum(axis=0) if penalty else 0.0


def _penalty_grad(w, penalty):
    return penalty * np.asarray(w) if penalty else 0.0


def _scores(w, X, c):
    """Z = X W (n, c) or (n, c, m), shifted so that each row's largest is 0: no probability changes, exp stays small."""
    w = np.asarray(w, dtype=float)
    z = np.tensordot(X, w.reshape(-1, c, *w.shape[1:]), 1)
    return z - z.max(axis=1, keepdims=True)


def _softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def _newton(value, grad, hess, d):
    """The minimiser of a smooth convex function by Newton's method with halved steps; far out, if there is none."""
    w = np.zeros(d)
    for _ in range(50):
        step = np.linalg.lstsq(hess(w), -grad(w), rcond=None)[0]
        while np.abs(step).max() > 1e-12 and value(w + step) > value(w):
            step = step / 2
        w = w + step
    return w
