"""A network with one hidden layer, on a few points that can be dragged, and what is said of its training.

The network is gdlib's own `MLP`. The browser trains one of its own, ``js/network.js``, from the same first weights; a test
in a real browser holds the two together.
"""

import numpy as np

from .._validation import array
from ..derivatives import hessian
from ..models import MLP
from .points import MOST, around
from .sentence import short

RULES = {"gd": "gradient descent", "momentum": "momentum", "adam": "Adam"}  # with gdlib's defaults, but for eta
EDGES = {
    "gd": (2.0, "2/η"),
    "momentum": (3.8, "2(1 + β)/η"),
}  # the curvature, times eta, at which a parabola's run turns to grow
NEAR = 0.1  # of the edge: so near it the sharpness is at the edge
RISE = 1e-9  # of the first loss: less is rounding


class NetworkLoss:
    """The loss of a network on points: numbers y over numbers x, or two classes of points in the plane.

    Has what an explorer asks of a `Formula`, but for a formula; `at` gives the same loss for other points.
    """

    computed_in = "browser"
    variables = ("sharpness",)  # what there is to be guessed
    program = {}  # noqa: RUF012  (the browser has the network itself)

    def __init__(self, X, y):
        X, self.y = array("X", X), array("y", y, ndim=1)
        if X.ndim not in (1, 2) or X.shape[1:] not in ((), (1,), (2,)) or not 2 <= len(X) <= MOST:
            raise ValueError(f"X must be 2 to {MOST} numbers, or points of the plane with shape (n, 2), got shape {X.shape}")
        if len(self.y) != len(X):
            raise ValueError(f"y must have a number for each of the {len(X)} points, got {len(self.y)}")
        self.X = X.reshape(len(X), -1)
        self.inputs = self.outputs = self.X.shape[1]
        if self.classes and not np.isin(self.y, (0, 1)).all():
            raise ValueError(
                f"y must hold the labels 0 and 1 where points of the plane are told apart, got {self.y.tolist()}"
            )
        done = "points in two classes, told apart" if self.classes else "points, fitted"
        self.title = f"{len(X)} {done} by a network with one hidden layer"

    @property
    def classes(self):
        """Whether points are told apart, and not fitted."""
        return self.inputs == 2

    @property
    def points(self):
        """What can be dragged (n, 2): x and y, or points of the plane."""
        return self.X if self.classes else np.column_stack([self.X, self.y])

    def limits(self):
        """For both coordinates: how far a point can be dragged, and the grain of a drag."""
        return tuple(around(values) for values in self.points.T)

    def at(self, points):
        """The same loss for other points; a point keeps its class."""
        return NetworkLoss(points, self.y) if self.classes else NetworkLoss(*points.T)

    def network(self, units):
        """The network with so many hidden units."""
        return MLP((self.inputs, units, self.outputs))

    def loss(self, units):
        """Its loss, as gdlib has it."""
        return self.network(units).loss(self.X, self.y)

    def drawn(self, draws, units):
        """For the browser: how many inputs and outputs, the classes, and of each draw the random numbers of its first weights."""
        normals = [np.random.default_rng(draw).normal(size=(self.inputs + self.outputs) * units) for draw in range(draws)]
        return {
            "inputs": self.inputs,
            "outputs": self.outputs,
            "labels": self.y.astype(int).tolist() if self.classes else [],
            "normals": [" ".join(map(repr, numbers.tolist())) for numbers in normals],  # a line each in a saved notebook
        }


def largest_curvature(f, w):
    """The largest eigenvalue of the Hessian of f at w: its sharpness, from the whole matrix.

    Examples
    --------
    >>> f = NetworkLoss([0.0, 1.0], [0.0, 1.0]).loss(1)
    >>> round(largest_curvature(f, np.zeros(4)), 6)  # the output bias alone moves the loss there
    1.0
    """
    return float(np.linalg.eigvalsh(hessian(f.grad, w))[-1])


def network_words(eta, draw, units, steps, rule, values, sharpness):
    """Say what a training run did; only what no rounding can change.

    Beyond the edge rounding errors grow: there it is told on which side of the edge the sharpness ends, and no more. Adam
    divides each gradient by its own size, also one that is rounding alone, as that of a bias is where the data are symmetric.

    Parameters
    ----------
    eta : float
    draw, units, steps : int
        The number of the draw, how many hidden units, and how many steps were asked for.
    rule : {"gd", "momentum", "adam"}
    values : array
        The loss at every iterate.
    sharpness : (float, float) or None
        At the first and the last of them; None if the run diverged.
    """
    start = f"η = {short(eta)} from draw {draw}, {_count(units, 'hidden unit')}, {_count(steps, 'step')} of {RULES[rule]}: "
    start += f"the loss, {short(values[0])} at the start, "
    if sharpness is None:
        return f"{start}diverges."
    edge, sign = EDGES.get(rule, (np.nan, ""))
    calm = len(values) < 2 or np.diff(values).max() <= RISE * values[0]
    if calm and sign:
        said = f"{start}falls at every step, to {short(values[-1])}. The sharpness, {short(sharpness[0])} at the start, "
        return f"{said}ends at {short(sharpness[1])}; {sign} = {short(edge / eta)}."
    lower = "falls at every step" if calm else "does not fall at every step, and ends lower"
    said = f"{start}{lower if values[-1] < values[0] else 'ends no lower'}."
    if not sign:
        return said
    ratio = sharpness[1] * eta / edge
    side = "within 10 % of" if abs(ratio - 1) <= NEAR else "above" if ratio > 1 else "below"
    return f"{said} The sharpness ends {side} {sign} = {short(edge / eta)}."


def _count(n, thing):
    return f"{n} {thing}{'' if n == 1 else 's'}"
