"""A healthy training run in twenty lines, and the faults that one changed line makes of it.

`healthy` trains a small network on the digits. Each of `FAULTS` is that very run with one line replaced, so that a reader can
see its curves before meeting it at work. `record` reads instruments on the way. `examine` puts a run to six tests that are
often recommended; none of them sees every fault.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from gdlib._types import Array
from gdlib._validation import whole
from gdlib.autodiff import Tensor, logsumexp, value_and_grad
from gdlib.models import MLP

NET = MLP((64, 32, 10))


class Moment(NamedTuple):
    """One step of a run: w before it, the rows it takes, the loss it prints, its gradient, and the step.

    `scores` and `loss` are the run's own functions of w and of numbers of rows, with the fault in them.

    No chapter teaches it: `healthy` yields them.
    """

    w: Array
    rows: Array
    value: float
    g: Array
    step: Array
    scores: Callable[[Any, Array], Any]
    loss: Callable[[Any, Array], Any]


def softmax(scores: Any) -> Any:
    """The probabilities of the classes, one row for each row of scores.

    No chapter teaches it: a fault takes it twice.
    """
    return np.exp(scores - logsumexp(scores))


def fixed(x: Tensor) -> Array:
    """The value of a tensor, as a constant: nothing is differentiated through it (torch calls this detach).

    No chapter teaches it: two faults are made with it.
    """
    return x.data


def healthy(
    X: Array, y: Array, n: int, eta: float = 0.3, size: int = 32, epochs: int = 10, seed: int = 0
) -> Iterator[Moment]:
    """Train on the first n rows by stochastic gradient descent without replacement, and yield a `Moment` for each step.

    Parameters
    ----------
    X, y : arrays (rows, 64) and (rows,)
        Digits: pixels from 0 to 16, and labels.
    n : int
        Rows to train on; the others are held out.
    eta, size, epochs, seed
        The learning rate, halved after each third of the epochs; rows in a batch; and the seed of weights and order.

    No chapter teaches it: the page The clinic is made with it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> first = next(healthy(rng.uniform(0, 16, (100, 64)), np.arange(100) % 10, n=80))
    >>> print(round(first.value, 1), np.allclose(first.step, -0.3 * first.g))
    2.3 True
    """
    rng, w, g = np.random.default_rng(seed), NET.init(seed), np.zeros(1)
    X, y = X / 16, y.astype(int)

    def scores(w, rows):
        (W1, b1), (W2, b2) = NET.unpack(w)
        inner = X[rows] @ W1 + b1
        hidden = np.tanh(inner)
        return hidden @ W2 + b2

    def loss(w, rows):
        z = scores(w, rows)
        logp = z - logsumexp(z)
        return -logp[np.arange(len(rows)), y[rows]].mean()

    for k in range(epochs * (n // size)):
        epoch, batch = divmod(k, n // size)
        if batch == 0:
            order = rng.permutation(n)
        rows = order[batch * size : (batch + 1) * size]
        value, new = value_and_grad(partial(loss, rows=rows))(w)
        g = new
        step = -eta * 0.5 ** (3 * epoch // epochs) * g
        yield Moment(w, rows, value, g, step, scores, loss)
        w = w + step


@dataclass(frozen=True)
class Fault:
    """A line of `healthy`, and what stands in its place.

    Attributes
    ----------
    name : str
    line, instead : str
        The line of the healthy run that goes, and the one that comes.
    settings : dict
        Other values of `healthy`'s arguments, where the fault is looked at with them.

    No chapter teaches it: the page The clinic is made with it.

    Examples
    --------
    >>> print(FAULTS["sign"].diff)
    - w = w + step
    + w = w - step
    """

    name: str
    line: str
    instead: str
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def diff(self) -> str:
        """The change, as version control shows it."""
        return f"- {self.line}\n+ {self.instead}"

    def train(self, X: Array, y: Array, n: int, **settings: Any) -> Iterator[Moment]:
        """The run with this fault in it; arguments as those of `healthy`."""
        source = inspect.getsource(healthy)
        if source.count(self.line) != 1:
            raise ValueError(
                f"line must stand in `healthy` once, got {self.line!r}, which stands there {source.count(self.line)} times"
            )
        room = dict(globals())
        exec(compile(source.replace(self.line, self.instead), f"<healthy, with the fault: {self.name}>", "exec"), room)
        return room["healthy"](X, y, n, **{**self.settings, **settings})


def _faults():
    """Each line of `healthy` in which something is planted stands here once."""
    start, pixels = "NET.init(seed)", "X, y = X / 16, y.astype(int)"
    tanh, logp, mean = "hidden = np.tanh(inner)", "logp = z - logsumexp(z)", "y[rows]].mean()"
    order, step = "order = rng.permutation(n)", "step = -eta * 0.5 ** (3 * epoch // epochs) * g"
    yield Fault("sign", "w = w + step", "w = w - step")
    yield Fault("η × 100", step, "step = -100 * eta * 0.5 ** (3 * epoch // epochs) * g")
    yield Fault("η / 1000", step, "step = -0.001 * eta * 0.5 ** (3 * epoch // epochs) * g")
    yield Fault("zero weights", start, "0 * NET.init(seed)")
    yield Fault("weights × 10", start, "10 * NET.init(seed)")
    yield Fault("labels one row off", pixels, "X, y = X / 16, np.roll(y, 1).astype(int)")
    yield Fault("a fifth of the labels wrong", pixels, f"{pixels}; y[:n:5] = (y[:n:5] + 1) % 10")
    yield Fault("pixels 0 to 16", pixels, "X, y = X, y.astype(int)")
    yield Fault("schedule in batches", step, "step = -eta * 0.5 ** (3 * k // epochs) * g")
    yield Fault("softmax twice", logp, "logp = softmax(z) - logsumexp(softmax(z))")
    yield Fault("log of a probability", logp, "logp = np.log(softmax(z))", dict(eta=30))
    yield Fault("rows in class order", order, "order = np.argsort(y[:n], kind='stable')")
    yield Fault("gradients pile up", "g = new", "g = g + new", dict(eta=0.01))
    yield Fault("derivative missing", tanh, "hidden = inner + fixed(np.tanh(inner) - inner)")
    yield Fault("first layer cut off", tanh, "hidden = fixed(np.tanh(inner))")
    yield Fault("sum for mean", mean, "y[rows]].sum()", dict(size=256))


FAULTS = {fault.name: fault for fault in _faults()}


class Record(NamedTuple):
    """What the instruments read at some moments of a run: arrays of one number for each moment.

    Attributes
    ----------
    epoch : array
    batch : array
        The mean of the losses printed since the moment before.
    whole, accuracy : arrays
        The loss over all training rows at that moment, and the share of them that the scores put into the right class.
    held, held_accuracy : arrays
        The same of the rows held out.
    ratio : array
        The length of the step, divided by the norm of w.
    gradient, weights : arrays
        Their norms.

    No chapter teaches it: `record` makes it.
    """

    epoch: Array
    batch: Array
    whole: Array
    accuracy: Array
    held: Array
    held_accuracy: Array
    ratio: Array
    gradient: Array
    weights: Array


Train = Callable[..., Iterator[Moment]]


def record(train: Train, X: Array, y: Array, n: int, every: int = 21, **settings: Any) -> Record:
    """Read the instruments on the way of a run: at its first step, and then at each step whose number `every` divides.

    Parameters
    ----------
    train : function
        `healthy`, or the method `train` of a `Fault`.
    X, y, n : as for `healthy`
    every : int
        With batches of 32, an epoch of the digits has 42 steps.
    settings
        Handed on to `train`.

    No chapter teaches it: the page The clinic is made with it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.uniform(0, 16, (100, 64)), np.arange(100) % 10
    >>> seen = record(healthy, X, y, n=80, every=2, size=20, epochs=1)
    >>> print(seen.epoch, seen.whole.round(1))
    [0.  0.5] [2.3 2.3]
    """
    every, printed, rows = whole("every", every, 1), [], []
    with np.errstate(all="ignore"):  # a run may fail: it is what is looked at
        for k, moment in enumerate(train(X, y, n, **settings)):
            printed.append(moment.value)
            if k % every == 0:
                epoch = k / (n // len(moment.rows))
                rows.append([epoch, np.mean(printed[-every:]), *_readings(moment, y, n)])
    return Record(*np.array(rows).T)


def _readings(moment, y, n):
    w, weights = moment.w, np.linalg.norm(moment.w)
    for rows in (np.arange(n), np.arange(n, len(y))):
        yield _value(moment.loss, w, rows)
        yield np.mean(_value(moment.scores, w, rows).argmax(axis=1) == y[rows])
    yield np.linalg.norm(moment.step) / weights if weights else np.inf
    yield np.linalg.norm(moment.g)
    yield weights


def _value(function, w, rows):
    return function(Tensor(w), rows).data


class Checks(NamedTuple):
    """Six tests of a run that are often recommended: True where the run passes.

    Attributes
    ----------
    start : bool
        The first loss is within a tenth of log 10, the loss of equal chances for ten classes.
    ten_rows : bool
        Trained on ten rows alone, 300 steps bring their loss below 0.05.
    gradient : bool
        Along a random direction, the first gradient is the slope that central differences give.
    whole : bool
        The mean of the losses printed in an epoch is within a factor 2 of the loss over all rows after it.
    step : bool
        The median of step length by norm of w is between 0.001 and 0.01.
    accuracy : bool
        More than nine in ten training rows are right.

    The last three are read in ten epochs, where each begins.

    No chapter teaches it: `examine` makes it.
    """

    start: bool
    ten_rows: bool
    gradient: bool
    whole: bool
    step: bool
    accuracy: bool


def examine(train: Train, X: Array, y: Array, n: int) -> Checks:
    """Put a run to six tests; arguments as for `record`.

    No chapter teaches it: the page The clinic is made with it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> examine(FAULTS["derivative missing"].train, rng.uniform(0, 16, (80, 64)), np.arange(80) % 10, n=64).gradient
    False
    """
    first = next(train(X, y, n))
    seen = record(train, X, y, n, every=n // len(first.rows), epochs=10)
    with np.errstate(all="ignore"):
        *_, ten = train(X[:10], y[:10], 10, size=10, epochs=300)
    tests = (
        abs(first.value / np.log(10) - 1) < 0.1,
        ten.value < 0.05,
        _gradient_is_right(first),
        0.5 < seen.batch[-1] / seen.whole[-1] < 2,
        1e-3 < np.median(seen.ratio) < 1e-2,
        seen.accuracy[-1] > 0.9,
    )
    return Checks(*map(bool, tests))


def _gradient_is_right(moment, h=1e-5):
    v = np.random.default_rng(1).normal(size=moment.w.size)
    up, down = (_value(moment.loss, moment.w + way * v, moment.rows) for way in (h, -h))
    return np.isclose(moment.g @ v, (up - down) / (2 * h), rtol=1e-3, atol=1e-8)
