"""Update rules. Each is a pair of pure functions, so one loop serves them all (and a batch as well as a point)."""

from collections.abc import Callable
from typing import NamedTuple

from gdlib.schedules import as_schedule


class Optimizer(NamedTuple):
    """An update rule.

    Attributes
    ----------
    init : w -> state
        What the rule remembers before the first step.
    update : (g, state, w) -> (step, state)
        The step to add to `w`, given the gradient `g`, and what to remember next. Nothing is changed in place.
    rate : (k, state) -> float
        The learning rate of step k, which led to `state`: it goes into the trace.
    lookahead : (state, w) -> point, optional
        Where the rule wants its gradient, if that is not at `w` itself (Nesterov).
    """

    init: Callable
    update: Callable
    rate: Callable
    lookahead: Callable | None = None


def gd(eta):
    r"""Plain gradient descent: :math:`w_{k+1} = w_k - \eta_k \nabla f(w_k)`.

    Parameters
    ----------
    eta : float or schedule
        The learning rate: a positive number, or a function k -> eta_k.

    Source: Cauchy (1847). Taught in chapter 1, Walking downhill.

    Examples
    --------
    >>> rule = gd(0.1)
    >>> step, state = rule.update(4.0, rule.init(1.0), 1.0)
    >>> step
    -0.4
    """
    eta = as_schedule(eta)

    def update(g, k, w):
        return -eta(k) * g, k + 1

    return Optimizer(lambda w: 0, update, lambda k, state: eta(k))
