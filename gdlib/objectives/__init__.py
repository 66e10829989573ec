"""Functions to descend: an `Objective`, a gallery of named ones, and losses on data.

Coordinates come first: a point of d coordinates has shape (d,), a batch of m points (d, m).
So ``x, y = w`` serves a point and a batch alike. Functions of one variable take a plain number too.
"""

from .gallery import (
    abs_value,
    beale,
    double_well,
    exp_bowl,
    exp_decay,
    himmelblau,
    huber,
    logistic_map,
    monkey_saddle,
    parabola,
    quadratic,
    quadratic_form,
    quartic,
    rosenbrock,
    saddle,
)
from .losses import (
    least_squares,
    logistic_grad,
    logistic_loss,
    logistic_regression,
    softmax_grad,
    softmax_loss,
    softmax_regression,
    squared_error,
    squared_error_grad,
)
from .objective import Objective

__all__ = [
    "Objective",
    "abs_value",
    "beale",
    "double_well",
    "exp_bowl",
    "exp_decay",
    "himmelblau",
    "huber",
    "least_squares",
    "logistic_grad",
    "logistic_loss",
    "logistic_map",
    "logistic_regression",
    "monkey_saddle",
    "parabola",
    "quadratic",
    "quadratic_form",
    "quartic",
    "rosenbrock",
    "saddle",
    "softmax_grad",
    "softmax_loss",
    "softmax_regression",
    "squared_error",
    "squared_error_grad",
]
