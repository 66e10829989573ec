"""Refuse bad input in one sentence: the argument's name, what was expected, what came."""

from math import inf
from numbers import Integral, Real

import numpy as np


def number(name, value, low=-inf, high=inf, *, closed=False):
    """Return `value` as a float in the open interval (low, high); `closed` lets `low` itself in.

    The comparison is written so that NaN fails it, and infinity too.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
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


def start(w0):
    """The start as a fresh float array (d,)."""
    w = array("w0", w0)
    if w.ndim > 1 or w.size == 0:
        raise ValueError(f"w0 must be a number or an array of shape (d,), got shape {w.shape}")
    return w.reshape(-1)


def scalar(f, w):
    """f and f(w0), as numbers: a function of one variable may give arrays of one element."""
    value = np.asarray(f(w), dtype=float)
    if value.size != 1:
        raise ValueError(f"f(w0) must be a single number, got an array of shape {value.shape}")
    if not np.isfinite(value):
        raise ValueError(f"f(w0) must be finite, got {value.item()}")
    return (f, value.item()) if value.ndim == 0 else (lambda w: np.asarray(f(w)).item(), value.item())


def vector(grad, w, name="w0"):
    """grad and grad(w0), as float arrays of the shape of w0: checked once, here, and not in every step."""
    g = grad(w)
    array_g = np.asarray(g, dtype=float)
    if array_g.shape != w.shape:
        raise ValueError(f"grad({name}) has shape {array_g.shape}, but {name} has shape {w.shape}")
    if not np.isfinite(array_g).all():
        raise ValueError(f"grad({name}) must be finite, got {array_g}")
    return (grad, g) if array_g is g else (lambda w: np.asarray(grad(w), dtype=float), array_g)


def symmetric(name, value):
    """Return `value` as a square matrix that equals its transpose up to rounding."""
    H = array(name, value, ndim=2)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T, rtol=0, atol=1e-12 * np.abs(H).max()):
        raise ValueError(f"{name} must be a symmetric matrix, got shape {H.shape}, not equal to its transpose")
    return H


def _describe(low, high, closed):
    if (low, high) == (-inf, inf):
        return "a finite number"
    if high == inf:
        return f"a finite number, {low} or more" if closed else "a positive finite number"
    return f"a number in {'[' if closed else '('}{low}, {high})"
