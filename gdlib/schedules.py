"""Learning rates that change: each schedule is a plain function k -> eta_k of the step k = 0, 1, 2, ...

Give one to any optimizer in place of the number eta. The step is counted over the whole run, never from the
beginning of an epoch. `join` and `warmup` make one schedule of two, `rates` draws one. Your own is looked at in every
step: a rate that is not positive and finite is refused there. Those made here are positive by their formulas, apart from the 0 at which `cosine` may end.
"""

from __future__ import annotations

from math import cos, inf, pi

import numpy as np

from gdlib._types import Array, Schedule
from gdlib._validation import function, number, shown, whole


def constant(eta: float) -> Schedule:
    r"""The same learning rate at every step, :math:`\eta_k = \eta`.

    No chapter teaches it: a number does the same wherever a schedule is taken.

    Examples
    --------
    >>> constant(0.1)(7)
    0.1
    """
    eta = number("eta", eta, 0)
    return _sound(lambda k: eta)


def step(eta: float, factor: float = 0.1, every: int = 100) -> Schedule:
    r"""A staircase, :math:`\eta_k = \eta\, q^{\lfloor k/m \rfloor}`: multiplied by q after every m steps.

    Parameters
    ----------
    eta : float
        The first learning rate.
    factor : float
        q, between 0 and 1.
    every : int
        m, in steps.

    Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> [step(1.0, factor=0.5, every=2)(k) for k in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    eta, factor, every = number("eta", eta, 0), number("factor", factor, 0, 1), whole("every", every, 1)
    return _sound(lambda k: eta * factor ** (k // every))


def inverse(eta: float, rate: float = 1.0) -> Schedule:
    r"""One over k, :math:`\eta_k = \eta/(1 + rk)`: the sum is infinite, the sum of squares is not.

    These are the Robbins-Monro conditions, under which stochastic gradients converge.

    Parameters
    ----------
    eta : float
        The first learning rate.
    rate : float
        r > 0: the larger, the sooner the rate falls.

    Source: Robbins and Monro, Annals of Mathematical Statistics 22 (1951). Taught in chapter 13, Stochastic gradients.

    Examples
    --------
    >>> [inverse(1.0)(k) for k in (0, 1, 3)]
    [1.0, 0.5, 0.25]
    """
    eta, rate = number("eta", eta, 0), number("rate", rate, 0)
    return _sound(lambda k: eta / (1 + rate * k))


def cosine(eta: float, n: int, final: float = 0.0) -> Schedule:
    r"""Half a cosine, from eta at step 0 down to `final` at step n, and `final` from there on.

    .. math:: \eta_k = \eta_n + \tfrac12 (\eta - \eta_n)(1 + \cos(\pi k/n))

    Parameters
    ----------
    eta : float
        The first learning rate.
    n : int
        How many steps the descent of the rate takes.
    final : float
        The last learning rate, 0 or more.

    Source: Loshchilov and Hutter, SGDR (2017). Taught in chapter 15, Training a network, end to end.

    Examples
    --------
    >>> [round(cosine(1.0, n=4)(k), 3) for k in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    eta, n, final = number("eta", eta, 0), whole("n", n, 1), number("final", final, 0, closed=True)
    return _sound(lambda k: final + (eta - final) * (1 + cos(pi * min(k, n) / n)) / 2)


def warmup(eta: float | Schedule, n: int) -> Schedule:
    r"""Rise in a straight line over n steps, :math:`\eta_k = \eta_0 (k + 1)/n`, then follow `eta` from its beginning.

    Parameters
    ----------
    eta : float or schedule
        What comes after: a number, or a schedule that then starts at its own step 0.
    n : int
        The length of the rise, in steps.

    Source: Goyal et al., Accurate, Large Minibatch SGD (2017). Taught in chapter 15, Training a network, end to end.

    Examples
    --------
    >>> [warmup(1.0, n=4)(k) for k in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    >>> print(rates(warmup(cosine(1.0, n=4), n=2), 8).round(3))
    [0.5 1. 1. 0.854 0.5 0.146 0. 0. ]
    """
    then, n = as_schedule(eta), whole("n", n, 1)
    return join(_sound(lambda k: then(0) * (k + 1) / n), n, then)


def join(first: float | Schedule, n: int, then: float | Schedule) -> Schedule:
    r"""One schedule for n steps, and another from there on, which begins at its own step 0.

    .. math:: \eta_k = a_k \text{ for } k < n, \qquad \eta_k = b_{k-n} \text{ for } k \ge n

    Parameters
    ----------
    first, then : float or schedule
        a and b.
    n : int
        How many steps the first one lasts.

    Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> print(rates(join(1.0, 3, cosine(1.0, n=2)), 7))
    [1. 1. 1. 1. 0.5 0. 0. ]
    """
    first, n, then = as_schedule(first), whole("n", n, 1), as_schedule(then)
    return _sound(lambda k: first(k) if k < n else then(k - n))


def rates(eta: float | Schedule, n: int) -> Array:
    """The learning rates of the first n steps, array (n,): ``plt.step(range(n), rates(eta, n), where="mid")`` draws them.

    Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> print(rates(inverse(1.0), 4).round(3))
    [1.    0.5   0.333 0.25 ]
    """
    eta = as_schedule(eta)
    return np.array([eta(k) for k in range(whole("n", n))], dtype=float)


def as_schedule(eta: float | Schedule) -> Schedule:
    """Let a number stand for the constant schedule; a schedule of your own is looked at in every step.

    Raises
    ------
    ValueError
        If the number, or the schedule's value at step 0, is not positive and finite. A schedule whose value is no
        longer so at step k raises it at step k.

    No chapter teaches it: it serves an update rule of your own.

    Examples
    --------
    >>> as_schedule(0.1)(7), as_schedule(inverse(0.1))(1)
    (0.1, 0.05)
    """
    if getattr(eta, "__module__", "") == "gdlib.optimizers":
        raise ValueError(f"eta must be a number or a schedule, got {shown(eta)}: give an optimizer to minimize")
    if not callable(eta):
        return constant(eta)
    if getattr(eta, "sound", False):
        return eta
    schedule = function("eta", eta, "k")

    def checked(k):
        rate = schedule(k)
        return rate if type(rate) is float and 0 < rate < inf else number(f"eta({k})", rate, 0)

    checked(0)
    return checked


def _sound(schedule):
    """Mark a schedule that was made here: nobody need look at its rates."""
    schedule.sound = True
    return schedule
