"""Models to fit: losses of linear, logistic and softmax regression and of a small network, and data to fit them to.

The data come with scikit-learn, which is imported only by `load`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gdlib import objectives
from gdlib._types import Array, ArrayLike, Seed
from gdlib._validation import array, data, generator, number, plain, whole
from gdlib.autodiff import Tensor, logsumexp
from gdlib.convexity import data_curvature
from gdlib.stochastic import FiniteSum

DATASETS = ("diabetes", "breast_cancer", "digits")


def linear(X: ArrayLike, y: ArrayLike, penalty: float = 0.0) -> FiniteSum:
    """Linear regression as a `FiniteSum`: half the mean of the squared errors, with its L and mu.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
    penalty : float
        0 or more: adds penalty/2 times the squared norm of w (ridge regression), so L and mu are larger by as much. It
        weighs all of w, also the intercept, which scikit-learn leaves out.

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> f = linear([[1, 0], [1, 1]], [1, 3])
    >>> print(f.grad(np.zeros(2)), round(f.L, 6), round(f.mu, 6))
    [-2.  -1.5] 1.309017 0.190983
    """
    X, y = data(X, y)
    return _model(objectives.squared_error, objectives.squared_error_grad, X, y, (1, 1), penalty=penalty)


def logistic(X: ArrayLike, y: ArrayLike, penalty: float = 0.0) -> FiniteSum:
    """Logistic regression as a `FiniteSum`, for labels 0 and 1, with its L and mu: mu is the penalty, and no more.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
    penalty : float
        As for `linear`. (scikit-learn's C is 1/(n penalty).)

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> print(logistic([[1, 0], [1, 1]], [0, 1])(np.zeros(2)).round(6), np.log(2).round(6))
    0.693147 0.693147
    """
    X, y = data(X, y)
    _check_labels(y, 2)
    return _model(objectives.logistic_loss, objectives.logistic_grad, X, y, (0, 1 / 4), penalty=penalty)


def softmax(X: ArrayLike, y: ArrayLike, classes: int, penalty: float = 0.0) -> FiniteSum:
    """Softmax regression as a `FiniteSum`, for labels 0, 1, ..., classes - 1. w holds the matrix (d, classes), row by row.

    L is an upper bound; mu is the penalty, which is that of `logistic`.

    Taught in chapter 15, Training a network, end to end.

    Examples
    --------
    >>> print(softmax([[1, 0], [1, 1]], [0, 2], classes=3)(np.zeros(6)).round(6), np.log(3).round(6))
    1.098612 1.098612
    """
    X, y = data(X, y)
    c = whole("classes", classes, 2)
    _check_labels(y, c)
    return _model(objectives.softmax_loss, objectives.softmax_grad, X, y, (0, 1 / 2), penalty=penalty, c=c)


@dataclass(frozen=True)
class MLP:
    """A multilayer perceptron: linear layers with tanh between them, and nothing after the last.

    Its weights are one flat vector w (so every optimizer serves); `unpack` shows the matrices in it.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, hidden layers, outputs: (64, 32, 10). One output is read as regression, more as scores of classes.

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 6. Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> net = MLP((2, 16, 1))
    >>> w = net.init(seed=0)
    >>> w.shape, net(w, np.zeros((5, 2))).shape
    ((65,), (5, 1))
    """

    sizes: tuple[int, ...]

    def __post_init__(self):
        if not isinstance(self.sizes, (tuple, list)) or len(self.sizes) < 2:
            raise ValueError(f"sizes must hold at least inputs and outputs, got {self.sizes}")
        for size in self.sizes:
            whole("sizes", size, 1)

    def init(self, seed: Seed = 0) -> Array:
        """Random weights of variance 1/inputs and biases 0, so that signals keep their size from layer to layer."""
        rng = generator(seed)
        layers = [(rng.normal(size=(i, o)) / np.sqrt(i), np.zeros(o)) for i, o in self._layers()]
        return np.concatenate([part.ravel() for layer in layers for part in layer])

    def unpack(self, w: Any) -> list[tuple[Any, Any]]:
        """The list of (weights (inputs, outputs), biases (outputs,)), one for each layer."""
        total = sum((i + 1) * o for i, o in self._layers())
        if len(w) != total:
            raise ValueError(f"w must have {total} entries for sizes {self.sizes}, got {len(w)}")
        layers, at = [], 0
        for i, o in self._layers():
            layers.append((w[at : at + i * o].reshape(i, o), w[at + i * o : at + (i + 1) * o]))
            at += (i + 1) * o
        return layers

    def __call__(self, w: Any, X: ArrayLike) -> Any:
        """The outputs (n, outputs) for rows X (n, inputs). w may be an array or a Tensor."""
        (W, b), *rest = self.unpack(w)
        out = plain(X) @ W + b
        for W, b in rest:
            out = np.tanh(out) @ W + b
        return out

    def mean_loss(self, w: Any, X: Any, y: Any, kind: str | None = None) -> Any:
        """The mean over the rows of half the squared error, or of -log(probability of the true class): see `loss`."""
        out, y, outputs = self(w, X), plain(y), self.sizes[-1]
        if kind == "squared" or outputs == 1:
            errors = out - (y.reshape(-1, 1) if outputs == 1 else np.eye(outputs)[y.astype(int)])
            return (errors * errors).mean() * outputs / 2
        rows = np.arange(len(y))
        return logsumexp(out).mean() - out[rows, y.astype(int)].mean()

    def loss(self, X: ArrayLike, y: ArrayLike, kind: str | None = None) -> FiniteSum:
        """The loss on data as a `FiniteSum`; its gradient comes from `autodiff`.

        Parameters
        ----------
        X : array (n, inputs)
        y : array (n,)
            Numbers for one output, labels 0, 1, ... for several.
        kind : {None, "squared", "cross-entropy"}
            Half the squared error (of several outputs against 1 for the true class and 0 for the others), or
            -log(probability of the true class); None takes the first for one output, the second for several.
        """
        X, y = data(X, y)
        if kind not in (None, "squared", "cross-entropy") or (kind == "cross-entropy" and self.sizes[-1] == 1):
            raise ValueError(f"kind must be 'squared', or 'cross-entropy' for several outputs, got {kind!r}")
        if self.sizes[-1] > 1:
            _check_labels(y, self.sizes[-1])
        if X.shape[1] != self.sizes[0]:
            raise ValueError(f"X must have {self.sizes[0]} columns for sizes {self.sizes}, got {X.shape[1]}")

        def mean_grad(w, X, y):
            w = Tensor(w)
            self.mean_loss(w, X, y, kind).backward()
            return w.grad

        return FiniteSum(partial(self.mean_loss, kind=kind), mean_grad, X, y)

    def predict(self, w: Array, X: ArrayLike) -> Array:
        """The class of highest score for each row; for one output, the output itself."""
        out = self(w, X)
        return out[:, 0] if self.sizes[-1] == 1 else out.argmax(axis=1)

    def _layers(self):
        return zip(self.sizes[:-1], self.sizes[1:])


def standardise(X: ArrayLike, like: ArrayLike | None = None) -> Array:
    """Shift and scale every column to mean 0 and standard deviation 1; one that is constant up to rounding becomes 0.

    Parameters
    ----------
    X : array (n, d)
    like : array, optional
        Take means and deviations from here: the training data, when X is the test data.

    Taught in chapter 6, Conditioning.

    Examples
    --------
    >>> print(standardise([[1, 10], [3, 10]]))
    [[-1.  0.]
     [ 1.  0.]]
    """
    X = array("X", X, ndim=2)
    like = X if like is None else array("like", like, ndim=2)
    if like.shape[1] != X.shape[1]:
        raise ValueError(f"like must have as many columns as X, got {like.shape[1]} and {X.shape[1]}")
    if like.size == 0:
        raise ValueError(f"X and like must have at least one row and one column, got shapes {X.shape} and {like.shape}")
    # the mean of equal numbers is rounded, so their deviation is seldom 0: whether they are equal, their range tells
    constant = np.ptp(like, axis=0) <= 64 * np.finfo(float).eps * np.abs(like).max(axis=0)
    centre, spread = np.where(constant, like[0], like.mean(axis=0)), np.where(constant, 1, like.std(axis=0))
    return (X - centre) / spread


def with_intercept(X: ArrayLike) -> Array:
    """Put a column of ones in front, for the intercept.

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> print(with_intercept([[5], [7]]))
    [[1. 5.]
     [1. 7.]]
    """
    X = array("X", X, ndim=2)
    return np.column_stack([np.ones(len(X)), X])


def split(X: ArrayLike, y: ArrayLike, test: float = 0.25, seed: Seed = 0) -> tuple[Array, Array, Array, Array]:
    """Split rows at random into training and test data: X_train, X_test, y_train, y_test.

    Parameters
    ----------
    X, y : arrays with n rows
    test : float
        The part of the rows to keep for testing, in (0, 1).
    seed : int

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> [len(part) for part in split(np.zeros((8, 3)), np.zeros(8))]
    [6, 2, 6, 2]
    """
    X, y = np.atleast_1d(np.asarray(X)), np.atleast_1d(np.asarray(y))
    held = round(number("test", test, 0, 1) * len(X))
    if len(X) != len(y) or not 0 < held < len(X):
        raise ValueError(f"X and y must have as many rows, enough for both parts: got {len(X)} and {len(y)}")
    rows = generator(seed).permutation(len(X))
    return X[rows[held:]], X[rows[:held]], y[rows[held:]], y[rows[:held]]


def load(name: str) -> tuple[Array, Array]:
    """A small data set that comes with scikit-learn: X (n, d) and y (n,).

    Parameters
    ----------
    name : {"diabetes", "breast_cancer", "digits"}
        442 x 10 for regression; 569 x 30 with two classes; 1797 x 64 with ten.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.

    Taught in chapter 11, Fitting models.
    """
    if name not in DATASETS:
        raise ValueError(f"name must be one of {', '.join(map(repr, DATASETS))}, got {name!r}")
    try:
        from sklearn import datasets
    except ImportError:
        raise ImportError("the data come with scikit-learn: pip install scikit-learn") from None
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return X.astype(float), y.astype(float)


def _model(loss, grad, X, y, bounds, **options):
    """The FiniteSum of a loss whose second derivative in the scores lies between these bounds, and of its penalty."""
    options["penalty"] = penalty = number("penalty", options["penalty"], 0, closed=True)
    mu, L = (bound * size + penalty for bound, size in zip(bounds, data_curvature(X)))
    return FiniteSum(partial(loss, **options), partial(grad, **options), X, y, L=L, mu=mu)


def _check_labels(y, classes):
    if not np.isin(y, np.arange(classes)).all():
        raise ValueError(f"y must hold labels 0 to {classes - 1}, got {np.unique(y)}")
