"""Refuse bad input in one sentence: the argument's name, what was expected, what came.

A learner's function comes in by `function`, which makes sure that it is one and guards it. The arrays that it is given
are `frozen`: NumPy stops a function that would change them in place, and the guard says which function it was.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from numbers import Integral, Real
from typing import Any

import numpy as np


def number(name: str, value: Any, low: float = -inf, high: float = inf, *, closed: bool = False) -> float:
    """Return `value` as a float in the open interval (low, high); `closed` lets `low` itself in.

    The comparison is written so that NaN fails it, and infinity too.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, Real) and (low < value < high or (closed and value == low > -inf)):  # type: ignore[operator]
        return float(value)
    raise ValueError(f"{name} must be {_describe(low, high, closed)}, got {shown(value, str)}")


def whole(name: str, value: Any, low: int = 0) -> int:
    """Return `value` as an int, at least `low`."""
    if isinstance(value, Integral) and value >= low:  # type: ignore[operator]  # numbers.Real has no order
        return int(value)
    raise ValueError(f"{name} must be a whole number, at least {low}, got {shown(value, str)}")


def generator(seed: Any) -> np.random.Generator:
    """NumPy's random numbers: from a seed, or the Generator that is given."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ValueError(f"seed must be a whole number, 0 or more, or a Generator, got {shown(seed)}") from None


def array(name: str, value: Any, ndim: int | None = None) -> np.ndarray:
    """Return a new float array of finite numbers, with `ndim` axes if that is given."""
    result = np.array(real(name, value, "an array of real numbers"))
    if ndim is not None and result.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} {'axis' if ndim == 1 else 'axes'}, got shape {result.shape}")
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite, got {shown(value, str)}")
    return result


def rows(name: str, value: Any) -> np.ndarray:
    """Return data as a frozen array of finite numbers of their own type. An array counts by position, pandas by label."""
    numbers, data = array(name, value), np.asarray(value)
    return frozen(data.view() if data.dtype.kind in "biuf" else numbers)


def data(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Data as float arrays: X (n, d), y (n,)."""
    X, y = table(X), array("y", y, ndim=1)
    same_rows(X, y)
    return X, y


def table(X: Any) -> np.ndarray:
    """Rows of numbers as a float array (n, d), with at least one row and one column."""
    X = array("X", X, ndim=2)
    if X.size == 0:
        raise ValueError(f"X must have at least one row and one column, got shape {X.shape}")
    return X


def same_rows(X: np.ndarray, y: np.ndarray) -> None:
    """Refuse arrays that do not have the same number of rows, or that have none."""
    n, m = (len(array) if array.ndim else 0 for array in (X, y))
    if n != m or not n:
        raise ValueError(f"X and y must have the same number of rows, at least 1: got {n} and {m}")


def plain(data: Any) -> Any:
    """Data as an array, which counts by position; a Tensor as it is."""
    return data if hasattr(data, "backward") else np.asarray(data)


def start(w0: Any) -> np.ndarray:
    """The start as a fresh float array (d,), frozen."""
    w = array("w0", w0)
    if w.ndim > 1 or w.size == 0:
        raise ValueError(f"w0 must be a number or an array of shape (d,), got shape {w.shape}")
    return frozen(w.reshape(-1))


def real(name: str, value: Any, expected: str) -> np.ndarray:
    """`value` as a float array, the same one if it is one; may hold nan."""
    try:
        if value is None or np.iscomplexobj(value):
            raise TypeError
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be {expected}, got {shown(value)}") from None


def frozen(w: np.ndarray) -> np.ndarray:
    """The same array, which NumPy now protects from being changed."""
    w.setflags(write=False)
    return w


def point(w: Any) -> Any:
    """A point for a learner's function: a frozen array, or a NumPy number, which cannot be changed anyway."""
    return frozen(w) if w.ndim else w


def function(name: str, value: Any, arguments: str = "w", answers: bool = True) -> Callable[..., Any]:
    """Return `value`, a function of these arguments, guarded: if it changes one of them or returns nothing, it is named.

    A function that `answers` must return something; a callback need not.
    """
    if not callable(value):
        hint = "" if value is None or isinstance(value, str) else ": give the function itself, not one of its values"
        raise ValueError(f"{name} must be a function of {arguments}, got {shown(value)}{hint}")

    def guarded(*given):
        try:
            answer = value(*given)
        except ValueError as error:
            raise blamed(name, error)
        except TypeError as error:
            raise _misfit(name, value, arguments) or error
        if answer is None and answers:
            raise ValueError(f"{name} must return a value, got None: does it end with `return`?")
        return answer

    return guarded


def blamed(name: str, error: Exception) -> Exception:
    """`error` itself; or, if it is NumPy's word on writing to a frozen array, a sentence with the name of the function."""
    if "read-only" not in str(error):
        return error
    sentence = ValueError(
        f"{name} must not change its arguments in place: write w = 2 * w for w *= 2, or begin with w = w.copy()"
    )
    sentence.__cause__ = error  # its traceback shows the line
    return sentence


@contextmanager
def blaming(name: str) -> Iterator[None]:
    """Whatever in this block changes a frozen array is called `name`."""
    try:
        yield
    except ValueError as error:
        raise blamed(name, error)


def explained(error: Exception, f: Any, grad: Any, w: np.ndarray) -> Exception:
    """What to raise for an error that came up at w: the sentence, if f or grad is at fault. They are asked once more."""
    try:
        single("f(w)", function("f", f)(w))
        shaped("grad(w)", function("grad", grad)(w), "w", w)
    except Exception as found:
        return found
    return error


def scalar(f: Any, w: np.ndarray, name: str = "w0") -> tuple[Callable[[np.ndarray], Any], float]:
    """f and f(w0), as numbers: a function of one variable may give arrays of one element."""
    value = single(f"f({name})", function("f", f)(w))
    if not np.isfinite(value):
        raise ValueError(f"f({name}) must be finite, got {value.item()}")
    return (f, value.item()) if value.ndim == 0 else (lambda w: np.asarray(f(w)).item(), value.item())


def single(name: str, value: Any) -> np.ndarray:
    """One number as a float array of one element; may be nan."""
    value = real(name, value, "a single number")
    if value.size != 1:
        raise ValueError(f"{name} must be a single number, got an array of shape {value.shape}")
    return value


def vector(grad: Any, w: np.ndarray, name: str = "w0") -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """grad and grad(w0), as float arrays of the shape of w0: checked once, here, and not in every step."""
    g = function("grad", grad)(w)
    array_g = shaped(f"grad({name})", g, name, w)
    if not np.isfinite(array_g).all():
        raise ValueError(f"grad({name}) must be finite, got {shown(array_g, str)}")
    return (grad, g) if array_g is g else (lambda w: np.asarray(grad(w), dtype=float), array_g)


def shaped(name: str, value: Any, like: str, w: np.ndarray) -> np.ndarray:
    """`value` as a float array of the shape of `w`, which is called `like`."""
    result = real(name, value, f"an array of shape {w.shape}")
    if result.shape != w.shape:
        raise ValueError(f"{name} has shape {result.shape}, but {like} has shape {w.shape}")
    return result


def symmetric(name: str, value: Any) -> np.ndarray:
    """Return `value` as a square matrix that equals its transpose up to rounding."""
    H = array(name, value, ndim=2)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T, rtol=0, atol=1e-12 * np.abs(H).max()):
        raise ValueError(f"{name} must be a symmetric matrix, got shape {H.shape}, not equal to its transpose")
    return H


def shown(value: Any, form: Callable[[Any], str] = repr) -> str:
    """What came, on one short line."""
    if inspect.isroutine(value) or inspect.isclass(value):
        return f"the {'class' if inspect.isclass(value) else 'function'} {value.__name__}"
    text = " ".join((str if isinstance(value, np.generic) else form)(value).split())
    if len(text) <= 80:
        return text
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"{text[:77]}..."


def _misfit(name, value, arguments):
    """The error for a function that does not take these arguments; None if it does, or does not tell what it takes."""
    try:
        takes = inspect.signature(value)
    except (TypeError, ValueError):  # some functions that are not written in Python do not tell
        return None
    try:
        takes.bind(*arguments.split(", "))
    except TypeError:
        bare = [one.replace(annotation=one.empty) for one in takes.parameters.values()]  # types would make it two lines
        takes = takes.replace(parameters=bare, return_annotation=takes.empty)
        return ValueError(f"{name} must be a function of {arguments}, got one that takes {takes}")


def _describe(low, high, closed):
    if (low, high) == (-inf, inf):
        return "a finite number"
    if high == inf:
        return f"a finite number, {low} or more" if closed else "a positive finite number"
    return f"a number in {'[' if closed else '('}{low}, {high})"
