"""What is fitted to a few points: a loss that is a mean over them, for the browser and for Python.

The browser gets the loss of one point as a formula; Python takes the whole from `gdlib.models`. A test in a real
browser holds the two together.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy

from .. import models
from .._validation import array
from .formula import printed
from .program import program

MOST = 12  # every point can be dragged and reached by keys: a handful, not a crowd

MEETING = 1e-9  # of y: as near as this a point is on the line through two others

_X, _Y = sympy.symbols("x y", real=True)
_W, _B = sympy.symbols("w b", real=True)
_Z = _W * _X + _B


@dataclass(frozen=True)
class Model:
    """A prediction from x, with the parameters `variables`, and the loss of one point (x, y)."""

    variables: tuple
    prediction: sympy.Expr
    loss: sympy.Expr
    written: str
    whole: callable  # X, y -> FiniteSum

    def design(self, x):
        """The matrix whose product with the parameters is the line through them: columns x and 1, or 1 alone."""
        return np.column_stack([x, np.ones_like(x)][-len(self.variables) :])


MODELS = {
    "constant": Model(("w",), _W, (_W - _Y) ** 2 / 2, "(w − y)²/2", models.linear),
    "line": Model(("w", "b"), _Z, (_Z - _Y) ** 2 / 2, "(w·x + b − y)²/2", models.linear),
    # log(1 + e^z) as log(1 + e^-|z|) + max(z, 0): e^z would overflow
    "logistic": Model(
        ("w", "b"),
        1 / (1 + sympy.exp(-_Z)),
        sympy.log(1 + sympy.exp(-abs(_Z))) + (_Z + abs(_Z)) / 2 - _Y * _Z,
        "log(1 + e^(w·x + b)) − y·(w·x + b)",
        models.logistic,
    ),
}


class PointLoss:
    """The mean loss of a model over points, as a function of the model's parameters.

    Has what an explorer asks of a `Formula`; `at` gives the same loss for other points.
    """

    computed_in = "browser"

    def __init__(self, model, points):
        if model not in MODELS:
            raise ValueError(f"model must be one of {', '.join(map(repr, MODELS))}, got {model!r}")
        self.model, self.name = MODELS[model], model
        self.points = array("points", points)
        if self.points.ndim != 2 or self.points.shape[1] != 2 or not 2 <= len(self.points) <= MOST:
            raise ValueError(f"points must be 2 to {MOST} pairs (x, y), got shape {self.points.shape}")
        x, y = self.points.T
        self.sum = self.model.whole(self.model.design(x), y)  # refuses labels other than 0 and 1
        self.variables = self.model.variables
        self.title = f"f({', '.join(self.variables)}) = mean of {self.model.written}"
        self.program, self.prediction = _programs(model)
        self.value, self.gradient = self.sum, self.sum.grad

    def at(self, points):
        """The same loss for other points."""
        return PointLoss(self.name, points)

    def predict(self, w, x):
        """The model's predictions at the numbers x (m,), for the parameters w."""
        z = self.model.design(x) @ w
        return 1 / (1 + np.exp(-z)) if self.name == "logistic" else z

    def line_words(self):
        """Whether the lines of no error of all points meet, in words: whether one straight line, not upright, has them all.

        >>> PointLoss("line", [(0, 1), (2, 2), (4, 3)]).line_words(), PointLoss("line", [(0, 1), (0, 2)]).line_words()
        (' The lines of no error all meet in one point.', ' The lines of no error do not all meet in one point.')
        """
        x, y = self.points[np.argsort(self.points[:, 0], kind="stable")].T
        off = abs((x[-1] - x[0]) * (y - y[0]) - (y[-1] - y[0]) * (x - x[0]))
        meet = x[0] < x[-1] and off.max() <= MEETING * (x[-1] - x[0])
        return f" The lines of no error {'' if meet else 'do not '}all meet in one point."

    def limits(self):
        """For x and for y: how far a point can be dragged, and the grain of a drag."""
        if self.name == "logistic":
            return around(self.points[:, 0]), (0.0, 1.0, 1.0)
        return around(self.points[:, 0]), around(self.points[:, 1])

    def defined_at(self, w):
        """True: these losses are finite for all finite parameters."""
        return True


@cache
def _programs(model):
    """The loss of one point, and the prediction, as the browser takes them: the same wherever the points are."""
    variables, loss, prediction = MODELS[model].variables, MODELS[model].loss, MODELS[model].prediction
    slopes = sympy.symbols(variables, real=True)
    return program(printed(loss, slopes), [*variables, "x", "y"]), program(printed(prediction), [*variables, "x"])


def around(values):
    """A round window with room on both sides, and a hundredth of it, round too."""
    low, high = float(values.min()), float(values.max())
    room = (high - low) / 4 or 1.0
    grain = 10.0 ** np.floor(np.log10((high - low + 2 * room) / 100))
    return float(np.floor((low - room) / grain) * grain), float(np.ceil((high + room) / grain) * grain), float(grain)
