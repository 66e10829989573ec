"""Update rules. Each is a pair of pure functions, so one loop serves them all (and a batch as well as a point).

Everywhere eta is a positive number or a schedule k -> eta_k, g is the gradient, and all operations are elementwise.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

import numpy as np

from gdlib._types import Schedule
from gdlib._validation import function, number, shown
from gdlib.schedules import as_schedule


class Optimizer(NamedTuple):
    """An update rule.

    Attributes
    ----------
    init : w -> state
        What the rule remembers before the first step. A state with an attribute `nfev` counts there how many values of
        f the rule has asked for (see `linesearch`).
    update : (g, state, w) -> (step, state)
        The step to add to `w`, given the gradient `g`, and what to remember next. Nothing is changed in place.
    rate : (k, state) -> float
        The learning rate of step k, which led to `state`: it goes into the trace.
    lookahead : (state, w) -> point, optional
        Where the rule wants its gradient, if that is not at `w` itself (Nesterov).

    Taught in chapter 14, Momentum and adaptive steps.
    """

    init: Callable
    update: Callable
    rate: Callable
    lookahead: Callable | None = None


def as_optimizer(value: Optimizer) -> Optimizer:
    """Return an `Optimizer` as it is; refuse anything else, and say what to write.

    Raises
    ------
    ValueError
        If it is no Optimizer, or one whose parts are not functions.

    No chapter teaches it: it serves a loop of your own.

    Examples
    --------
    >>> as_optimizer(adam)
    Traceback (most recent call last):
        ...
    ValueError: optimizer must be an Optimizer, got the function adam: write optimizers.adam(eta=...)
    """
    if not isinstance(value, Optimizer):
        raise ValueError(f"optimizer must be an Optimizer, got {shown(value)}: write {_meant(value)}")
    for name, arguments in (("init", "w"), ("update", "g, state, w"), ("rate", "k, state"), ("lookahead", "state, w")):
        part = getattr(value, name)
        if not callable(part) and (part is not None or name != "lookahead"):
            raise ValueError(f"the optimizer's {name} must be a function of {arguments}, got {shown(part)}")
    return value


def _meant(value):
    """What somebody wanted to write who gave "adam", or adam without its brackets, or only a learning rate."""
    name = str(getattr(value, "__name__", value)).lower()
    if name in ("gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"):
        return f"optimizers.{name}(eta=...)"
    if name in ("armijo", "exact"):
        return f"linesearch.{name}({'f' if name == 'armijo' else 'H'})"
    return f"optimizers.gd(eta={value})" if isinstance(value, Real) else "for instance optimizers.gd(eta=0.1)"


def gd(eta: float | Schedule) -> Optimizer:
    r"""Plain gradient descent: :math:`w_{k+1} = w_k - \eta_k \nabla f(w_k)`.

    Parameters
    ----------
    eta : float or schedule
        The learning rate: a positive number, or a function k -> eta_k.

    Source: Cauchy (1847). Taught in chapter 9, Local minima and saddles.

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


def momentum(eta: float | Schedule, beta: float = 0.9) -> Optimizer:
    r"""Heavy ball: :math:`v \leftarrow \beta v + g`, then :math:`w \leftarrow w - \eta v`.

    With a constant rate it is the same as :math:`w_{k+1} = w_k - \eta g_k + \beta (w_k - w_{k-1})`.
    (Some libraries write :math:`(1 - \beta) g` instead of g: their rate is then :math:`1/(1-\beta)` times ours.)

    Parameters
    ----------
    eta : float or schedule
    beta : float
        How much of the velocity is kept, in [0, 1).

    Source: Polyak, USSR Computational Mathematics and Mathematical Physics 4 (1964). Taught in chapter 14, Momentum
    and adaptive steps.

    Examples
    --------
    >>> rule = momentum(0.1, beta=0.5)
    >>> step, state = rule.update(4.0, rule.init(1.0), 1.0)
    >>> step, state = rule.update(4.0, state, 0.6)
    >>> print(round(step, 12))
    -0.6
    """
    eta, beta = as_schedule(eta), number("beta", beta, 0, 1, closed=True)

    def update(g, state, w):
        k, v = state
        v = beta * v + g
        return -eta(k) * v, (k + 1, v)

    return Optimizer(_counting(1), update, lambda k, state: eta(k))


def nesterov(eta: float | Schedule, beta: float | Schedule = 0.9) -> Optimizer:
    r"""Nesterov's momentum: as `momentum`, with the gradient where the velocity is about to carry the point.

    .. math:: v \leftarrow \beta v + \nabla f(w - \eta\beta v), \qquad w \leftarrow w - \eta v

    With a constant rate: :math:`y_k = w_k + \beta (w_k - w_{k-1})`, :math:`w_{k+1} = y_k - \eta \nabla f(y_k)`.

    Parameters
    ----------
    eta : float or schedule
    beta : float in [0, 1), or a function k -> beta_k
        :math:`(\sqrt\kappa - 1)/(\sqrt\kappa + 1)` for strongly convex f. For convex f,
        ``lambda k: max(0, k - 1) / (k + 2)`` gives :math:`f_k - f^* \le 2LR^2/(k + 1)^2`.

    Source: Nesterov, Lectures on Convex Optimization (2018), section 2.2. Taught in chapter 14, Momentum and adaptive
    steps.

    Examples
    --------
    >>> from gdlib import minimize, objectives
    >>> f = objectives.quadratic(kappa=100)
    >>> minimize(f, f.grad, [1, 1], nesterov(0.01, beta=9 / 11)).n_iter
    158
    """
    eta = as_schedule(eta)
    beta_at = _betas(beta)

    def update(g, state, w):
        k, v = state
        v = beta_at(k) * v + g
        return -eta(k) * v, (k + 1, v)

    def lookahead(state, w):
        k, v = state
        return w - eta(k) * beta_at(k) * v

    return Optimizer(_counting(1), update, lambda k, state: eta(k), lookahead)


def adagrad(eta: float | Schedule, eps: float = 1e-8) -> Optimizer:
    r"""AdaGrad: :math:`s \leftarrow s + g^2`, then :math:`w \leftarrow w - \eta\, g/(\sqrt s + \varepsilon)`.

    Every coordinate has a rate of its own, and all of them only fall. (optax puts eps inside the root.)

    Parameters
    ----------
    eta : float or schedule
    eps : float
        0 or more; a coordinate whose gradient has always been 0 stays where it is, even with 0.

    Source: Duchi, Hazan and Singer, Journal of Machine Learning Research 12 (2011). Taught in chapter 14, Momentum and
    adaptive steps.

    Examples
    --------
    >>> rule = adagrad(0.1, eps=0)
    >>> step, state = rule.update(np.array([4.0, -0.01]), rule.init(np.zeros(2)), np.zeros(2))
    >>> print(step)
    [-0.1  0.1]
    """
    eta, eps = as_schedule(eta), number("eps", eps, 0, closed=True)

    def update(g, state, w):
        k, s = state
        s = s + g * g
        return -eta(k) * _over_root(g, s, eps), (k + 1, s)

    return Optimizer(_counting(1), update, lambda k, state: eta(k))


def rmsprop(eta: float | Schedule, decay: float = 0.9, eps: float = 1e-8) -> Optimizer:
    r"""RMSprop: :math:`v \leftarrow \rho v + (1-\rho) g^2`, then :math:`w \leftarrow w - \eta\, g/(\sqrt v + \varepsilon)`.

    v starts at 0 and is not corrected for it: the first step is :math:`\eta/\sqrt{1-\rho}` long. (optax puts eps inside
    the root.)

    Parameters
    ----------
    eta : float or schedule
    decay : float
        :math:`\rho`, in [0, 1).
    eps : float

    Source: Tieleman and Hinton, lecture 6e of Neural Networks for Machine Learning (2012). Taught in chapter 14,
    Momentum and adaptive steps.

    Examples
    --------
    >>> rule = rmsprop(0.01)
    >>> step, state = rule.update(5.0, rule.init(1.0), 1.0)
    >>> print(round(step, 6))
    -0.031623
    """
    eta, decay = as_schedule(eta), number("decay", decay, 0, 1, closed=True)
    eps = number("eps", eps, 0, closed=True)

    def update(g, state, w):
        k, v = state
        v = decay * v + (1 - decay) * g * g
        return -eta(k) * _over_root(g, v, eps), (k + 1, v)

    return Optimizer(_counting(1), update, lambda k, state: eta(k))


def adam(
    eta: float | Schedule = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, amsgrad: bool = False
) -> Optimizer:
    r"""Adam: running means of g and of g², both corrected for their start at 0.

    .. math::

        m \leftarrow \beta_1 m + (1-\beta_1) g, \quad v \leftarrow \beta_2 v + (1-\beta_2) g^2, \quad
        w \leftarrow w - \eta\, \frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)} + \varepsilon}, \quad t = k + 1

    The first step is eta long in every coordinate, whatever the gradient's size.

    Parameters
    ----------
    eta : float or schedule
    beta1, beta2 : float
        In [0, 1).
    eps : float
    amsgrad : bool
        Use the largest v so far in place of v, so that no coordinate's rate rises again. (As in torch: the largest
        before the correction.)

    Source: Kingma and Ba, Adam (2015); Reddi, Kale and Kumar, On the Convergence of Adam and Beyond (2018). Taught in
    chapter 14, Momentum and adaptive steps.

    Examples
    --------
    >>> rule = adam(0.1)
    >>> step, state = rule.update(np.array([1.0, -20.0]), rule.init(np.zeros(2)), np.zeros(2))
    >>> print(step.round(6))
    [-0.1  0.1]
    """
    eta, eps = as_schedule(eta), number("eps", eps, 0, closed=True)
    b1, b2 = number("beta1", beta1, 0, 1, closed=True), number("beta2", beta2, 0, 1, closed=True)

    def update(g, state, w):
        k, m, v, largest = state
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        largest = np.maximum(largest, v) if amsgrad else v
        t = k + 1
        step = -eta(k) * _over_root(m / (1 - b1**t), largest / (1 - b2**t), eps)
        return step, (t, m, v, largest)

    return Optimizer(_counting(3), update, lambda k, state: eta(k))


def adamw(
    eta: float | Schedule = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, decay: float = 0.01
) -> Optimizer:
    r"""Adam with decoupled weight decay: :math:`w \leftarrow (1 - \eta\lambda) w` beside Adam's own step.

    The decay is not scaled by :math:`1/\sqrt v`, as the gradient of a penalty :math:`\lambda \lVert w \rVert^2/2` in f would
    be. So its end is another than that of Adam on f with the penalty. With eps = 0 a point where it stays has
    :math:`|w_i| \le 1/\lambda` in every coordinate.

    Parameters
    ----------
    eta : float or schedule
    beta1, beta2 : float
        In [0, 1).
    eps : float
    decay : float
        :math:`\lambda`, 0 or more. It is multiplied by eta, as in torch and optax; the paper multiplies it by the
        schedule only.

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019). Taught in chapter 14, Momentum and
    adaptive steps.

    Examples
    --------
    >>> rule = adamw(0.1, decay=0.1, eps=0)
    >>> step, state = rule.update(1.0, rule.init(1.0), 1.0)
    >>> print(round(1.0 + float(step), 6))
    0.89
    """
    rule, rate = adam(eta, beta1, beta2, eps), as_schedule(eta)
    decay = number("decay", decay, 0, closed=True)

    def update(g, state, w):
        step, after = rule.update(g, state, w)
        return step - rate(state[0]) * decay * w, after

    return rule._replace(update=update)


def clipped(rule: Optimizer, norm: float) -> Optimizer:
    r"""The same rule, with every gradient longer than `norm` shortened to that length: :math:`g \min(1, c/\lVert g \rVert)`.

    Its direction stays. A run that stops by its gradient's norm looks at the gradient itself, not at the shortened one.

    Parameters
    ----------
    rule : Optimizer
        Any: `gd`, `momentum`, `adam`, ...
    norm : float
        c, positive: the longest gradient that the rule is given.

    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks (2013). Taught in
    chapter 15, Training a network, end to end.

    Examples
    --------
    >>> rule = clipped(gd(0.1), norm=1)
    >>> step, state = rule.update(np.array([3.0, -4.0]), rule.init(np.zeros(2)), np.zeros(2))
    >>> print(step.round(6))
    [-0.06  0.08]
    """
    rule, norm = as_optimizer(rule), number("norm", norm, 0)

    def update(g, state, w):
        length = np.sqrt(np.square(g).sum(axis=0)) if np.ndim(g) else abs(g)  # of each column, if there are several points
        return rule.update(g * (norm / np.maximum(length, norm)), state, w)

    return rule._replace(update=update)


def _betas(beta):
    """beta as a function of the step, looked at in every step if it is one of your own."""
    if not callable(beta):
        beta = number("beta", beta, 0, 1, closed=True)
        return lambda k: beta
    own = function("beta", beta, "k")
    return lambda k: number(f"beta({k})", own(k), 0, 1, closed=True)


def _counting(zeros):
    """A state of the step's number and so many arrays of zeros (floats, whatever w is made of)."""
    return lambda w: (0, *[np.zeros(np.shape(w))] * zeros)


def _over_root(g, s, eps):
    """g / (sqrt(s) + eps), and 0 where both are 0."""
    root = np.sqrt(s) + eps
    return g / (root if eps else np.where(root > 0, root, 1))
