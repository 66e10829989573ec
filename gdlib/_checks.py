"""Refuse bad input in one sentence: the argument's name, what was expected, what came."""

from math import inf
from numbers import Integral, Real

import numpy as np


def number(name, value, low=-inf, high=inf, *, closed=False):
    """Return `value` as a float in the open interval (low, high); `closed` lets `low` itself in.

    The comparison is written so that NaN fails it, and infinity too.
    """
    if isinstance(value, Real) and (low < value < high or closed and value == low > -inf):
        return float(value)
    raise ValueError(f"{name} must be {_describe(low, high, closed)}, got {value}")


def whole(name, value, low=0):
    """Return `value` as an int, at least `low`."""
    if isinstance(value, Integral) and value >= low:
        return int(value)
    raise ValueError(f"{name} must be a whole number, at least {low}, got {value}")


def array(name, value, ndim=None):
    """Return a new float array of finite numbers, with `ndim` axes if that is given."""
    try:
        result = np.array(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of real numbers, got {value!r}") from None
    if ndim is not None and result.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} {'axis' if ndim == 1 else 'axes'}, got shape {result.shape}")
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite, got {value}")
    return result


def _describe(low, high, closed):
    if (low, high) == (0, inf):
        return "a finite number, 0 or more" if closed else "a positive finite number"
    if (low, high) == (-inf, inf):
        return "a finite number"
    if high == inf:
        return f"a finite number, {low} or more" if closed else f"a finite number above {low}"
    return f"a number in {'[' if closed else '('}{low}, {high})"
