"""Losses that are means over data, and descent on a few of the data at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gdlib._types import Array, ArrayLike, Callback, Seed
from gdlib._validation import (
    blamed,
    blaming,
    frozen,
    function,
    generator,
    rows,
    same_rows,
    scalar,
    shown,
    start,
    vector,
    whole,
)
from gdlib.descent import CLINIC, DIVERGENCE_BOUND, WHENCE_NAN, counted, wrong_sign
from gdlib.optimizers import Optimizer, as_optimizer

SAMPLINGS = ("shuffled", "replacement", "in order")
KEPT = ("steps", "epochs")


@dataclass(frozen=True, eq=False, repr=False)
class FiniteSum:
    r"""A loss over n rows of data, :math:`f(w) = \frac1n \sum_i f_i(w)`, or the sum without the 1/n.

    The two differ in what a mini-batch gives. The mean over B rows estimates the whole gradient whatever B is. The sum
    over B rows is B times as large: the same eta then takes longer steps for larger batches.

    Attributes
    ----------
    loss, loss_grad : callables
        ``loss(w, X, y)``, the mean over the rows given, and its gradient.
    X, y : arrays with n rows
        Kept as NumPy arrays that cannot be changed: a row is known by its position, also where pandas has other labels.
    reduction : {"mean", "sum"}
    L, mu : float or None
        Constants of smoothness and of strong convexity of the whole loss as it stands, where they are known: a sum has
        n times those of the mean. What `models` makes has both.

    Taught in chapter 13, Stochastic gradients.

    Examples
    --------
    >>> from gdlib.objectives import squared_error, squared_error_grad
    >>> f = FiniteSum(squared_error, squared_error_grad, np.ones((4, 1)), np.array([1.0, 2.0, 3.0, 6.0]))
    >>> print(f([0.0]), f.grad([0.0]), f.batch_grad([0.0], [0, 1]))
    6.25 [-3.] [-1.5]
    >>> print(f.summed().grad([0.0]), f.summed().batch_grad([0.0], [0, 1]))
    [-12.] [-3.]
    """

    loss: Callable
    loss_grad: Callable
    X: np.ndarray
    y: np.ndarray
    reduction: str = "mean"
    L: float | None = None
    mu: float | None = None

    def __post_init__(self):
        if self.reduction not in ("mean", "sum"):
            raise ValueError(f"reduction must be 'mean' or 'sum', got {self.reduction!r}")
        for name in ("X", "y"):
            object.__setattr__(self, name, rows(name, getattr(self, name)))
        same_rows(self.X, self.y)
        for name in ("loss", "loss_grad"):
            function(name, getattr(self, name), "w, X, y")

    def __len__(self):
        return len(self.y)

    def __call__(self, w: ArrayLike) -> Any:
        return self._ask("loss", w, self.X, self.y)

    def grad(self, w: ArrayLike) -> Any:
        """The gradient of the whole loss."""
        return self._ask("loss_grad", w, self.X, self.y)

    def batch_grad(self, w: ArrayLike, rows: Any) -> Any:
        """The gradient on the given rows: their mean, or their sum."""
        return self._ask("loss_grad", w, self.X[rows], self.y[rows])

    def gradients(self, w: ArrayLike) -> Array:
        """The gradients of all n rows, one by one: array (n, d). Their spread is the noise of stochastic gradients."""
        return np.array([self.batch_grad(w, [i]) for i in range(len(self))])

    def summed(self) -> FiniteSum:
        """The same loss as a sum over the rows."""
        n = len(self) if self.reduction == "mean" else 1
        L, mu = (None if constant is None else n * constant for constant in (self.L, self.mu))
        return replace(self, reduction="sum", L=L, mu=mu)

    def _ask(self, name, w, X, y):
        """The mean that `loss` or `loss_grad` gives for these rows, or the sum."""
        try:
            mean = getattr(self, name)(w, X, y)
        except ValueError as error:
            raise blamed(name, error)
        if mean is None:
            raise ValueError(f"{name} must return a value, got None: does it end with `return`?")
        return mean if self.reduction == "mean" else len(y) * (np.asarray(mean) if isinstance(mean, list) else mean)


@dataclass(frozen=True, eq=False, repr=False)
class StochasticRun:
    """A finished run of `sgd`.

    Attributes
    ----------
    w, f : array (d,), float
        The last point and the whole loss there.
    n_iter, epochs : int
        Steps taken, and passes over the data that were begun.
    status : {"epochs", "diverged", "callback"}
    message : str
    path : array (n_iter + 1, d)
        Every point, the start first; with ``keep="epochs"`` the start and the point after every epoch, (epochs + 1, d).
    values : array (epochs + 1,)
        The whole loss at the start and after every epoch.
    etas : array (n_iter,)

    Taught in chapter 13, Stochastic gradients.
    """

    w: np.ndarray
    f: float
    n_iter: int
    epochs: int
    status: str
    message: str
    path: np.ndarray
    values: np.ndarray
    etas: np.ndarray

    def __repr__(self):
        return self.message


def minibatches(n: int, size: int, sampling: str = "shuffled", seed: Seed = 0) -> Iterator[Array]:
    """Cut one epoch of n rows into mini-batches: yields arrays of row numbers.

    Parameters
    ----------
    n, size : int
        The number of rows, and of rows in a batch.
    sampling : {"shuffled", "replacement", "in order"}
        A new order in which every row comes once (the last batch may be short); independent draws, as many batches;
        or the rows as they stand.
    seed : int or numpy.random.Generator
        Give the same Generator epoch after epoch for a new order in each.

    Source: Bottou, Curtis and Nocedal, SIAM Review 60 (2018). Taught in chapter 13, Stochastic gradients.

    Examples
    --------
    >>> [batch.tolist() for batch in minibatches(5, 2, "in order")]
    [[0, 1], [2, 3], [4]]
    >>> sorted(np.concatenate(list(minibatches(5, 2))).tolist())
    [0, 1, 2, 3, 4]
    """
    n, size = whole("n", n, 1), whole("size", size, 1)
    if size > n:
        raise ValueError(f"size must be at most n = {n}, got {size}")
    if sampling not in SAMPLINGS:
        raise ValueError(f"sampling must be one of {', '.join(map(repr, SAMPLINGS))}, got {sampling!r}")
    return _cut(n, size, sampling, generator(seed))


def sgd(
    f: FiniteSum,
    w0: ArrayLike,
    optimizer: Optimizer,
    batch_size: int = 1,
    epochs: int = 10,
    sampling: str = "shuffled",
    seed: Seed = 0,
    callback: Callback | None = None,
    keep: str = "steps",
) -> StochasticRun:
    """Stochastic gradient descent, with any update rule.

    The steps are counted over the whole run, so a schedule goes on from epoch to epoch.

    Parameters
    ----------
    f : FiniteSum
    w0 : array (d,) or number
    optimizer : Optimizer
    batch_size, epochs : int
    sampling, seed
        As for `minibatches`; every epoch goes on with the same random numbers.
    callback : callable, optional
        ``callback(epoch, w, f)`` after every epoch, epoch = 1, 2, ...; a true answer stops the run.
    keep : {"steps", "epochs"}
        Which points to keep in `path`: all of them, or those at the ends of epochs. A network of 2410 weights that takes
        40,000 steps has a path of 770 MB.

    Returns
    -------
    StochasticRun

    Source: Robbins and Monro, Annals of Mathematical Statistics 22 (1951). Taught in chapter 13, Stochastic gradients.

    Examples
    --------
    >>> from gdlib import models, optimizers, schedules
    >>> f = models.linear(np.ones((5, 1)), [1, 2, 3, 4, 6])
    >>> sgd(f, [0.0], optimizers.gd(schedules.inverse(1.0)), epochs=1).w
    array([3.2])
    >>> print(sgd(f, [0.0], optimizers.gd(1.0), batch_size=5, epochs=2, keep="epochs").path)
    [[0. ]
     [3.2]
     [3.2]]
    """
    epochs = whole("epochs", epochs)
    if keep not in KEPT:
        raise ValueError(f"keep must be one of {', '.join(map(repr, KEPT))}, got {shown(keep)}")
    if not hasattr(f, "batch_grad"):
        raise ValueError(f"f must be a FiniteSum, such as models.linear(X, y), got {shown(f)}")
    if callback is not None:
        callback = function("callback", callback, "epoch, w, f", answers=False)
    rng = generator(seed)
    init, update, rate, lookahead = as_optimizer(optimizer)
    w, status, k, epoch = start(w0), None, 0, 0
    state, path, etas = init(w), [w], []
    with np.errstate(all="ignore"), blaming("optimizer"):
        loss, value = scalar(f, w)
        grad, _ = vector(f.grad, w)
        values = [value]
        while status is None and epoch < epochs:
            epoch += 1
            for rows in minibatches(len(f), batch_size, sampling, rng):
                g = np.asarray(f.batch_grad(w if lookahead is None else lookahead(state, w), rows), dtype=float)
                step, state = update(g, state, w)
                etas.append(rate(k, state))
                w, k = frozen(w + step), k + 1
                if keep == "steps":
                    path.append(w)
                if not w @ w <= DIVERGENCE_BOUND**2:
                    break
            if keep == "epochs":
                path.append(w)
            values.append(float(loss(w)))
            if not (w @ w <= DIVERGENCE_BOUND**2 and np.isfinite(values[-1])):
                status = "diverged"
            elif callback is not None and callback(epoch, w, values[-1]):
                status = "callback"
        status = status or "epochs"
        message = _message(status, (k, epoch), path, values, loss, grad)
    trace = map(np.array, (path, values, etas))
    return StochasticRun(w.copy(), values[-1], k, epoch, status, message, *trace)


def _cut(n, size, sampling, rng):
    if sampling == "replacement":
        for _ in range(-(-n // size)):
            yield rng.integers(n, size=size)
    else:
        rows = rng.permutation(n) if sampling == "shuffled" else np.arange(n)
        for start in range(0, n, size):
            yield rows[start : start + size]


def _message(status, counts, path, values, loss, grad):
    k, epoch = counts
    steps = f"{counted(k, 'step')} in {counted(epoch, 'epoch')}"
    if status == "diverged":
        return f"Diverged after {steps}: {_what_blew_up(path, values, loss, grad)}. {CLINIC}"
    how = "Stopped by the callback" if status == "callback" else "Finished"
    return f"{how} after {steps}: the loss went from {values[0]:.6g} to {values[-1]:.6g}."


def _what_blew_up(path, values, loss, grad):
    """What is not finite at the end of a run, and the advice that follows from it."""
    w, first, last = path[-1], values[0], values[-1]
    if np.isnan(last) and np.isfinite(w).all():
        where = f"at w = {np.array2string(w, precision=6)}" if w.size <= 3 else "there"
        return f"the loss is nan, although w is finite. Look at the loss {where}: {WHENCE_NAN}"
    if last < first:
        return f"the loss fell from {first:.6g} to {last:.6g}: it may have no minimum"
    went = "w is no longer finite" if np.isnan(last) else f"the loss rose from {first:.6g} to {last:.6g}"
    why = wrong_sign(loss, grad, path[0])
    return f"{went}. The loss rose, and {why}" if why else f"{went}. Try a smaller eta"
