"""Losses that are means over data, and descent on a few of the data at a time."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gdlib._checks import scalar, start, vector, whole
from gdlib.descent import DIVERGENCE_BOUND

SAMPLINGS = ("shuffled", "replacement", "in order")


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
    reduction : {"mean", "sum"}

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

    def __post_init__(self):
        if self.reduction not in ("mean", "sum"):
            raise ValueError(f"reduction must be 'mean' or 'sum', got {self.reduction!r}")
        if len(self.X) == 0 or len(self.X) != len(self.y):
            raise ValueError(f"X and y must have as many rows, and not none: got {len(self.X)} and {len(self.y)}")

    def __len__(self):
        return len(self.y)

    def __call__(self, w):
        return self._scale(len(self)) * self.loss(w, self.X, self.y)

    def grad(self, w):
        """The gradient of the whole loss."""
        return self._scale(len(self)) * self.loss_grad(w, self.X, self.y)

    def batch_grad(self, w, rows):
        """The gradient on the given rows: their mean, or their sum."""
        return self._scale(len(rows)) * self.loss_grad(w, self.X[rows], self.y[rows])

    def gradients(self, w):
        """The gradients of all n rows, one by one: array (n, d). Their spread is the noise of stochastic gradients."""
        return np.array([self.batch_grad(w, [i]) for i in range(len(self))])

    def summed(self):
        """The same loss as a sum over the rows."""
        return replace(self, reduction="sum")

    def _scale(self, rows):
        return rows if self.reduction == "sum" else 1


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
    values : array
        The whole loss at the start and after every epoch.
    etas : array (n_iter,)
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


def minibatches(n, size, sampling="shuffled", seed=0):
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
    rng = np.random.default_rng(seed)
    return _cut(n, size, sampling, rng)


def sgd(f, w0, optimizer, batch_size=1, epochs=10, sampling="shuffled", seed=0, callback=None):
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
    """
    epochs = whole("epochs", epochs)
    rng = np.random.default_rng(seed)
    init, update, rate, lookahead = optimizer
    w, status, k, epoch = start(w0), None, 0, 0
    state, path, etas = init(w), [w], []
    with np.errstate(all="ignore"):
        _, value = scalar(f, w)
        vector(f.grad, w)
        values = [value]
        while status is None and epoch < epochs:
            epoch += 1
            for rows in minibatches(len(f), batch_size, sampling, rng):
                g = f.batch_grad(w if lookahead is None else lookahead(state, w), rows)
                step, state = update(g, state, w)
                etas.append(rate(k, state))
                w, k = w + step, k + 1
                path.append(w)
                if not w @ w <= DIVERGENCE_BOUND**2:
                    break
            values.append(float(f(w)))
            if not (w @ w <= DIVERGENCE_BOUND**2 and np.isfinite(values[-1])):
                status = "diverged"
            elif callback is not None and callback(epoch, w, values[-1]):
                status = "callback"
    status = status or "epochs"
    message = _message(status, k, epoch, values)
    return StochasticRun(w, values[-1], k, epoch, status, message, np.array(path), np.array(values), np.array(etas))


def _cut(n, size, sampling, rng):
    if sampling == "replacement":
        for _ in range(-(-n // size)):
            yield rng.integers(n, size=size)
    else:
        rows = rng.permutation(n) if sampling == "shuffled" else np.arange(n)
        for start in range(0, n, size):
            yield rows[start : start + size]


def _message(status, k, epoch, values):
    steps = f"{k} step{'' if k == 1 else 's'} in {epoch} epoch{'' if epoch == 1 else 's'}"
    if status == "diverged":
        return f"Diverged after {steps}: the loss rose from {values[0]:.6g} to {values[-1]:.6g}. Try a smaller eta."
    how = "Stopped by the callback" if status == "callback" else "Finished"
    return f"{how} after {steps}: the loss went from {values[0]:.6g} to {values[-1]:.6g}."
