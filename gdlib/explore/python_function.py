"""A learner's own Python function in an explorer: the kernel computes, the browser draws."""

from itertools import product
from typing import ClassVar

import numpy as np

from .._validation import frozen, function, shaped, single
from ..derivatives import central

SAMPLES = {1: (301,), 2: (81, 61)}  # how often f is looked at along each axis, to draw it


class PythonFunction:
    """A Python function of one or two variables, with what an explorer asks of a `Formula`.

    Parameters
    ----------
    f : callable
        Takes an array (d,), gives a number.
    grad : callable, optional
        Its gradient. Without it, central differences of f are taken.
    dimension : int
    """

    computed_in = "kernel"
    program: ClassVar = {}  # there is none

    def __init__(self, f, grad, dimension):
        self._f = function("function", f)
        grad = getattr(f, "grad", None) if grad is None else grad
        self._grad = function("grad", (lambda w: central(f, w)) if grad is None else grad)
        self.variables = ("w",) if dimension == 1 else ("x", "y")
        name = getattr(f, "__name__", "") or getattr(f, "name", "")
        self.title = f"f({', '.join(self.variables)})" + (f" = {name}" if name.isidentifier() and name != "f" else "")

    def value(self, w):
        """f at a point (d,)."""
        return single("f(w)", self._f(frozen(np.array(w, dtype=float)))).item()

    def gradient(self, w):
        """The gradient at a point (d,): the learner's, or central differences."""
        w = frozen(np.array(w, dtype=float))
        return shaped("grad(w)", self._grad(w), "w", w)

    def defined_at(self, w):
        """Whether f and its gradient are finite at w."""
        with np.errstate(all="ignore"):
            return bool(np.isfinite(self.value(w)) and np.isfinite(self.gradient(w)).all())

    def samples(self, window):
        """f, and in one variable its slope too, on a grid: for each axis the number of samples, and the values."""
        counts = SAMPLES[len(window)]
        axes = [np.linspace(*ends, n) for ends, n in zip(window, counts)]
        with np.errstate(all="ignore"):
            values = [[self.value(w), *(self.gradient(w) if len(w) == 1 else ())] for w in product(*axes)]
        return {"counts": list(counts), "values": finite_or_none(values)}


def finite_or_none(values):
    """Nested lists of numbers with None for what JSON has no word for."""
    if isinstance(values, (list, tuple, np.ndarray)):
        return [finite_or_none(value) for value in values]
    return float(values) if np.isfinite(values) else None
