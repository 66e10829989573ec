"""The family of explorers: each is a few lines, its arguments checked by the same few functions."""

import inspect
import re
from math import floor, log2, log10

import ipywidgets
import numpy as np

from .. import linesearch, optimizers
from .._validation import array, number, whole
from ..schedules import rates
from ..stochastic import minibatches
from .along import reach
from .clinic import CASES, INSTRUMENTS
from .clinic_explorer import ClinicExplorer
from .explorer import Explorer, within
from .formula import Formula
from .formula_graph import FormulaGraph
from .graph_explorer import GraphExplorer
from .network import RULES as NETWORK_RULES
from .network import NetworkLoss
from .network_explorer import NetworkExplorer
from .points import PointLoss
from .python_function import PythonFunction
from .swarm import MOST_STEPS
from .swarm_explorer import SwarmExplorer

SIGNS = {"eta": "η", "beta": "β", "beta1": "β₁", "beta2": "β₂", "decay": "ρ", "adamw decay": "λ"}
SIGNS |= {"part": "part θ", "first": "first step t₀", "factor": "factor q", "c": "share c"}
LIMITS = {
    "part": (0.01, 1.99, 0.01),
    "factor": (0.01, 0.95, 0.01),
    "c": (0.0001, 0.9901, 0.01),
}  # with the grain: a key is to show
WIDE = {"style": {"description_width": "9em"}, "layout": {"width": "auto", "max_width": "44rem"}}


def _rules():
    """The update rules and line searches of gdlib: for each its parameters that are numbers, with their defaults."""
    for name, make in inspect.getmembers(optimizers, inspect.isfunction) + inspect.getmembers(
        linesearch, inspect.isfunction
    ):
        parameters = inspect.signature(make).parameters
        first, home = next(iter(parameters)), make.__module__
        if (first, home) in {("eta", optimizers.__name__), ("f", linesearch.__name__), ("H", linesearch.__name__)}:
            defaults = {key: 0.1 if (key, p.default) == ("eta", p.empty) else p.default for key, p in parameters.items()}
            yield name, {key: value for key, value in defaults.items() if type(value) is float}


RULES = dict(_rules())


def one_d(
    function,
    eta=0.1,
    w0=None,
    *,
    eta_range=(1 / 64, 4),
    window=None,
    gtol=1e-6,
    xtol=0,
    ftol=0,
    max_iter=1000,
    beside="",
    bound=None,
    grad=None,
    constants=None,
    predict="",
    goal=None,
):
    r"""Gradient descent on a function of one variable, live: sliders for :math:`\eta` and :math:`w_0`.

    The picture shows f, the way :math:`w_{k+1} = w_k - \eta f'(w_k)` takes along it (start as a
    ring, every step as a dot, the end as a diamond), the tangent at the start, and one sentence.

    Parameters
    ----------
    function : Objective, str or callable
        An objective of one variable, or a formula such as ``"(w**2 - 1)**2/4"``; or your own Python function of an
        array (1,). The kernel computes your own, so on a page without one it is a still picture.
    eta : float or schedule
        The learning rate at first, within `eta_range`.
    w0 : float, optional
        The start at first, within `window`; by default nine tenths of the way to its right end.
    eta_range : (float, float)
        The ends of the slider for eta, which moves in sixteenths of a doubling from `eta`.
    window : (float, float), optional
        The part of the axis that is shown; by default the objective's, or (-2.5, 2.5).
    gtol, xtol, ftol, max_iter
        When the run stops, as for `gdlib.gradient_descent`.
    beside : {"", "f", "cobweb", "sweep"}
        A second picture: f against the step; the map :math:`w \mapsto w - \eta f'(w)` with the run as a
        cobweb on it; or the steps needed against :math:`\eta`.
    bound : float, optional
        Draws the parabola of this curvature that touches f at the start. If f is L-smooth and this is L, it is
        the upper bound of the descent lemma, and the step :math:`\eta = 1/L` leads to its lowest point.
    grad : callable, optional
        The gradient of your own function: takes an array (1,), gives one. By default central differences.
    constants : dict, optional
        Named numbers of a formula, each with a slider: from the name to its lowest and highest value and its grain, as in
        ``{"θ": (0, 90, 1)}``. It begins at the lowest; a fourth number is another beginning.
    predict : {"", "end", "steps", "regime"}
        What the reader is to guess before the run is seen: where it ends, in how many steps, or what becomes of it.
    goal : dict, optional
        What the first run is to reach, which the picture tells as soon as it does: ``{"steps": 12}`` to converge in at most 12
        steps, ``{"end": w}`` to end at w; and with that, settings between two ends, ``{"eta": (0.4, None)}``.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        For a formula with an unknown name, two variables or a syntax error (the message says
        where), and for numbers out of range.

    Taught in chapter 1, Walking downhill.

    Examples
    --------
    >>> one_d("w**2/2", eta=1.5, w0=1.6)
    η = 1.5 from w₀ = 1.6: alternates sides and converges to w ≈ 0: |f′| ≤ 1e-6 after 21 steps.
    """
    numbers = _constants(constants)
    formula, window = _formula(function, 1, window and [window], grad, numbers)
    runs, sliders = _runs({"": eta}, eta_range, beside, whole("max_iter", max_iter))
    start = _start(formula, w0 if w0 is None else [w0], window, ["w0"])
    return _explorer(
        formula,
        sliders | start | numbers,
        runs,
        list(start),
        window=window,
        eta_range=eta_range,
        steps=whole("max_iter", max_iter),
        goal=goal,
        **_checked(["", "f", "cobweb", "sweep"], beside, predict, gtol, xtol, ftol),
        bound=None if bound is None else number("bound", bound),
    )


def two_d(function, eta=0.1, w0=None, **options):
    r"""Gradient descent on a function of two variables, live: from above, and its values beside.

    The start can be dragged, or moved by the arrow keys; sliders move the learning rate, the start
    and the number of steps.

    Parameters
    ----------
    function : Objective, str or callable
        An objective of two variables, or a formula in x and y such as ``"x**2 + 10*y**2"``; or your own Python
        function of an array (2,). The kernel computes your own, so on a page without one it is a still picture.
    eta : float or schedule
        The learning rate at first, within `eta_range`; or a rule and its parameters, as in the runs of `compare`.
    w0 : (float, float), optional
        The start at first, within `window`; by default near its upper right corner.
    eta_range, window, steps, max_steps, gtol, xtol, ftol, beside
        As for `compare`.
    grad, constants, predict, goal
        As for `one_d`; `grad` takes an array (2,) and gives one, and a goal's end is a point.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        For a formula that cannot be read (the message says where) and for numbers out of range.

    Taught in chapter 3, The gradient.

    Examples
    --------
    >>> two_d("(x**2 + 10*y**2)/2", eta=2/11, w0=(1, 1), steps=100)
    η = 0.182 from (1, 1): zig-zags and converges to about (0, 0): ‖∇f‖ ≤ 1e-6 after 81 steps.
    """
    return compare(function, {"": eta}, w0, **options)


def compare(
    function,
    runs,
    w0=None,
    *,
    eta_range=(1 / 1024, 4),
    window=None,
    steps=50,
    max_steps=200,
    gtol=1e-6,
    xtol=0,
    ftol=0,
    beside="f",
    grad=None,
    constants=None,
    predict="",
    goal=None,
):
    r"""Several runs from one start on one picture: learning rates, or update rules, side by side.

    Parameters
    ----------
    function, w0
        As for `two_d`.
    runs : dict
        From a label to a learning rate, or to a rule and its parameters, as in
        ``{"plain": 0.1, "heavy ball": ("momentum", {"eta": 0.1, "beta": 0.8})}``. The rules are
        those of `gdlib.optimizers`; every parameter but eps is a slider. At most six. A schedule
        may stand for a learning rate: its slider moves the largest rate, and below the picture all
        rates are bars. The line searches are rules too: ``("armijo", {"first": 1, "c": 0.3})``, and
        for a quadratic ``("exact", {"part": 0.9})``, nine tenths of the best step.
    eta_range : (float, float)
        The ends of the sliders for eta, which move in sixteenths of a doubling from the first eta.
    window : ((float, float), (float, float)), optional
        What is shown of x and of y; by default the objective's, or (-2.5, 2.5) each.
    steps, max_steps : int
        The number of steps at first, and at most.
    gtol, xtol, ftol : float
        When a run stops earlier, as for `gdlib.gradient_descent`.
    beside : {"f", "sweep", ""}
        The second picture: f against the step; or the steps that the first run needs against its eta.
    grad, constants, predict, goal
        As for `one_d`; `grad` takes an array (2,) and gives one, and a goal's end is a point.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        As for `two_d`; also for a rule or a parameter that is not known.

    Taught in chapter 5, The learning rate.

    Examples
    --------
    >>> compare("(x**2 + 10*y**2)/2", {"timid": 0.02, "bold": 0.18}, w0=(-4, 0.5), window=((-5, 5), (-2, 2)), steps=20)
    timid: η = 0.02 from (−4, 0.5): never turns back, not there yet: ‖∇f‖ = 2.67 after 20 steps.
    bold: η = 0.18 from (−4, 0.5): turns back 9 times, not there yet: ‖∇f‖ = 0.095 after 20 steps.
    """
    numbers = _constants(constants)
    formula, window = _formula(function, 2, window, grad, numbers)
    runs, sliders = _runs(runs, eta_range, beside, whole("max_steps", max_steps, 1))
    start = _start(formula, w0, window, ["x0", "y0"])
    sliders |= start | _counter("steps", steps, max_steps) | numbers
    return _explorer(
        formula,
        sliders,
        runs,
        list(start),
        window=window,
        eta_range=eta_range,
        steps=steps,
        goal=goal,
        **_checked(["f", "sweep", ""], beside, predict, gtol, xtol, ftol),
    )


def line(
    function,
    w0=None,
    *,
    c=1e-4,
    first=1.0,
    factor=0.5,
    longest=None,
    window=None,
    gtol=1e-6,
    xtol=0,
    ftol=0,
    max_iter=1000,
    constants=None,
    predict="",
    goal=None,
):
    r"""The line from w against the gradient g, live: what a backtracking line search sees of f, and what it does.

    .. math:: \varphi(t) = f(w - t g), \qquad \text{accepted: } \varphi(t) \le \varphi(0) - c\,t\,\|g\|^2

    Beside f with the run stands :math:`\varphi` with its tangent at 0, Armijo's condition as the line that slopes c times as
    much, and the accepted t as bars. Crosses are tries that are refused, the diamond is the step that is taken, the small ring
    the lowest point of the line. In the plane the contour line through that point is drawn: it touches the line of the
    step. "Next step" goes on from search to search.

    Parameters
    ----------
    function : Objective or str
        An objective of one or two variables, or a formula in w, or in x and y.
    w0 : float or (float, float), optional
        The start at first; it can be dragged.
    c, first, factor : float
        As for `gdlib.linesearch.armijo`: the share c, the first step :math:`t_0` and the factor q.
    longest : float, optional
        How far along the line f is drawn, in units of t; by default so far that all accepted t up to twice the first step
        are seen from the start as it is at first.
    window, gtol, xtol, ftol, max_iter, constants, predict, goal
        As for `one_d` or `two_d`.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        As for `one_d`; also if f is flat at w0, where there is no such line.

    Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> print(repr(line("w**2/10 + sin(3*w)", w0=2.2, c=1e-4, first=1, factor=0.5)).split(". ")[-1])
    Of all t up to 2 it would accept 0 to 0.434, 0.577 to 1.06 and 1.26 to 1.61; f is lowest at t = 0.824.
    """
    d, numbers = 2 if _in_the_plane(function) else 1, _constants(constants)
    formula, window = _formula(function, d, [window] if window and d == 1 else window, None, numbers)
    if isinstance(formula, PythonFunction):
        raise ValueError(f"line needs a formula or an objective with one, got {function!r}")
    start = _start(formula, [w0] if w0 is not None and d == 1 else w0, window, ["w0"] if d == 1 else ["x0", "y0"])
    w = np.array([slider.value for slider in start.values()])
    g = formula.gradient(w)
    if not g.any():
        raise ValueError(f"w0 must be a point where f is not flat: at {w.tolist()} there is no line to look along")
    longest = reach(formula.value, w, g, number("first", first, 0), number("c", c, 0, 1)) if longest is None else longest
    longest = number("longest", longest, 0)
    first_range = (min(first, longest / 64), max(16 * first, 4 * longest))
    runs, sliders = _runs({"": ("armijo", {"first": first, "factor": factor, "c": c})}, first_range)
    if twice := sliders.keys() & numbers.keys():
        raise ValueError(f"constants must have names of their own, and {min(twice)!r} is the line search's")
    return _explorer(
        formula,
        sliders | start | numbers,
        runs,
        list(start),
        window=window,
        steps=whole("max_iter", max_iter),
        longest=longest,
        goal=goal,
        **_checked(["line"], "line", predict, gtol, xtol, ftol),
    )


def sweep(function, eta=0.1, w0=None, **options):
    """How many steps each learning rate needs: `one_d` or `two_d` with that picture beside it.

    Parameters
    ----------
    function, eta, w0, options
        As for `one_d`, if the function has one variable; else as for `two_d`.

    Returns
    -------
    Explorer

    Taught in chapter 7, Convergence and stopping.

    Examples
    --------
    >>> sweep("w**2/2", eta=0.5, w0=1)
    η = 0.5 from w₀ = 1: moves one way and converges to w ≈ 0: |f′| ≤ 1e-6 after 20 steps.
    """
    if _in_the_plane(function):
        return two_d(function, eta, w0, **{"steps": 200, **options, "beside": "sweep"})
    return one_d(function, eta, w0, **options, beside="sweep")


def basins(objective, eta=0.01, w0=None, **options):
    """Which minimum each start reaches: `two_d` on a map of the starts, painted anew as eta moves.

    Parameters
    ----------
    objective : Objective
        An objective of two variables with at least one minimum.
    eta, w0, options
        As for `two_d`.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If the objective's minima are not known.

    Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> from gdlib import objectives
    >>> basins(objectives.himmelblau(), eta=1/64, w0=(0, 0), steps=100)
    η = 0.0156 from (0, 0): never turns back and converges to about (3, 2): ‖∇f‖ ≤ 1e-6 after 37 steps.
    """
    minima = np.asarray(getattr(objective, "minima", []), dtype=float)
    known = minima.ndim == 2 and minima.shape[1:] == (2,) and 1 <= len(minima) <= 6
    if not known or not objective.formula:
        raise ValueError(
            f"basins needs an objective of two variables with a formula and one to six known minima, got {objective!r}"
        )
    explorer = two_d(objective, eta, w0, **options)
    explorer._picture.minima = minima.tolist()
    return explorer


def fit(
    model,
    points,
    eta=0.1,
    w0=None,
    *,
    eta_range=(1 / 1024, 4),
    window=None,
    steps=50,
    max_steps=200,
    gtol=1e-6,
    xtol=0,
    ftol=0,
    beside="data",
    predict="",
    goal=None,
):
    r"""Gradient descent on the loss of a model on a few points, live: the points can be dragged.

    Parameters
    ----------
    model : {"constant", "line", "logistic"}
        What is fitted: the number w or the line w x + b, by least squares; or the probability
        :math:`1/(1 + e^{-(wx + b)})` of label 1, by logistic regression.
    points : array (n, 2)
        2 to 12 pairs x, y; for logistic regression y is a label, 0 or 1.
    eta, w0 : float, (float, float)
        The learning rate and the start (w, b) at first.
    eta_range, window, steps, max_steps, gtol, xtol, ftol
        As for `compare`.
    predict, goal
        As for `one_d`.
    beside : {"data", "f", "sweep", ""}
        The second picture: the points, with the fit at the start and at the end; or what `compare` shows.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        For a model that is not known, labels other than 0 and 1, and numbers out of range.

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> fit("line", [(0, 1), (1, 3), (2, 2), (3, 5)], eta=1/4, w0=(0, 0), steps=100)
    η = 0.25 from (0, 0): turns back 1 time, not there yet: ‖∇f‖ = 6.94e-5 after 100 steps.
    """
    loss, window, runs, sliders, start = _fitted(model, points, eta, w0, eta_range, window)
    return Explorer(
        loss,
        sliders | _counter("steps", steps, max_steps),
        runs,
        start,
        window=window,
        eta_range=eta_range,
        steps=steps,
        goal=goal,
        prediction=loss.prediction,
        **_checked(["data", "f", "sweep", ""], beside, predict, gtol, xtol, ftol),
    )


def sgd(
    model,
    points,
    eta=0.1,
    w0=None,
    *,
    batch_size=1,
    epochs=5,
    max_epochs=20,
    draws=8,
    eta_range=(1 / 1024, 4),
    window=None,
    beside="f",
    lines=False,
    predict="",
    goal=None,
):
    r"""Stochastic gradient descent on the loss of a model on a few points: a few of them make each step.

    The sliders choose the batch size, the number of epochs, and one of several draws of the random order: draw k is
    `gdlib.sgd` with ``seed=k``, number for number.

    Parameters
    ----------
    model, points, eta, w0, eta_range, window
        As for `fit`.
    batch_size : int
        How many points make a step.
    epochs, max_epochs : int
        The number of passes over the points at first, and at most.
    draws : int
        How many random orders there are to choose from.
    beside : {"f", "data", ""}
        The second picture: the whole loss at every step; or the points, which can be dragged, and the fit.
    lines : bool
        Whether each point (x, y) has its line of no error, :math:`wx + b = y`, in the plane of w and b. While the run is played
        the lines of the points that made the last step are thicker. For the model ``"line"``.
    predict : {"", "end"}
        Whether the reader is to guess first where the run ends.
    goal : dict, optional
        As for `one_d`, but for ``steps``: a stochastic run ends with its last epoch, whatever it has reached.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        As for `fit`; also for `lines` with another model.

    Taught in chapter 13, Stochastic gradients.

    Examples
    --------
    >>> sgd("constant", [(1, 1), (2, 2), (3, 3), (4, 6)], eta=1/4, w0=0, window=(-1, 7), batch_size=4, epochs=1)
    η = 0.25 from w₀ = 0, 4 of 4 points a step: after 1 step, 1 epoch, f went from 6.25 to 4.28; in the last epoch it kept between 4.28 and 6.25.
    """
    if goal and "steps" in goal:
        raise ValueError("a goal of sgd cannot name steps: the run ends with its last epoch; name an end, or settings")
    loss, window, runs, sliders, start = _fitted(model, points, eta, w0, eta_range, window)
    if lines and model != "line":
        raise ValueError(f"lines needs the model 'line', got lines={lines!r} and the model {model!r}")
    n, draws, most = len(loss.points), whole("draws", draws, 1), whole("max_epochs", max_epochs, 1)
    sliders |= _counter("batch", batch_size, n, "batch size") | _counter("epochs", epochs, most)
    sliders |= _counter("draw", 0, draws - 1, low=0)
    return Explorer(
        loss,
        sliders,
        runs,
        start,
        window=window,
        eta_range=eta_range,
        orders=[_orders(n, most, seed) for seed in range(draws)],
        lines=bool(lines),
        beside=_one_of("beside", ["f", "data", ""], beside),
        predict=_one_of("predict", ["", "end"], predict),
        goal=goal,
        prediction=loss.prediction,
    )


def swarm(
    eta=0.1,
    batch=1,
    w0=(1.4, 0.8),
    *,
    mu=1,
    L=10,
    sigma=1,
    max_batch=64,
    steps=200,
    max_steps=400,
    draws=24,
    eta_range=None,
    window=((-1.6, 1.6), (-1, 1)),
    predict="",
):
    r"""64 chains of stochastic gradient descent on a bowl, live: the cloud that they become, and the noise ball.

    .. math:: w_{k+1} = w_k - \eta\Bigl(Hw_k + \frac{\sigma}{\sqrt B}\,z_k\Bigr), \qquad f(w) = \tfrac12 w^\top H w

    H is diagonal with the curvatures :math:`\mu` along x and L along y. The noise is added to the true gradient: in each
    coordinate, at each step and in each chain z is a number of its own, evenly spread from :math:`-\sqrt3` to :math:`\sqrt3`, of
    mean 0 and variance 1. A batch of B rows divides the variance of the noise by B. For :math:`\eta < 2/\lambda` the variance
    along an axis with curvature :math:`\lambda` then tends to

    .. math:: \frac{\eta\,\sigma^2}{B\,\lambda\,(2 - \eta\lambda)} .

    Its root is the radius of the noise ball along that axis. The picture shows the chains as dots, with twice their own radius
    around their mean, and twice that of the ball (dashed). Beside it stands the mean of f over the chains, with its expectation.

    Parameters
    ----------
    eta : float
        The learning rate at first, within `eta_range`.
    batch, max_batch : int
        The batch size B at first, and at most.
    w0 : (float, float)
        The start of all chains at first, within `window`; it can be dragged.
    mu, L : float
        The curvatures, positive.
    sigma : float
        The noise of a single row: the root of its variance in each coordinate, positive.
    steps, max_steps : int
        The number of steps at first, and at most: up to 1024.
    draws : int
        How many draws of the noise there are to choose from.
    eta_range : (float, float), optional
        The ends of the slider for eta; by default :math:`\eta L` goes from 1/64 to 4.
    window : ((float, float), (float, float))
        What is shown of x and of y.
    predict : {"", "end"}
        Whether the reader is to guess first how wide the cloud ends.

    Returns
    -------
    SwarmExplorer

    Raises
    ------
    ValueError
        For numbers out of range.

    Taught in chapter 13, Stochastic gradients.

    Examples
    --------
    >>> print(*repr(swarm(eta=0.1)).split(". "), sep=".\n")
    η = 0.1, B = 1 from (1.4, 0.8): after 200 steps the cloud's radius is 0.213 along x and 0.0924 along y; the noise ball's is 0.229 along x and 0.1 along y.
    f is 0.0687 on average; 0.0763 is predicted.
    """
    mu, L, sigma = number("mu", mu, 0), number("L", L, 0), number("sigma", sigma, 0)
    formula, window = _formula(f"({mu!r}*x**2 + {L!r}*y**2)/2", 2, window, None, {})
    formula.title = f"64 chains on (μx² + Ly²)/2: μ = {mu:.4g}, L = {L:.4g}, σ = {sigma:.4g}"
    eta_range = (1 / (64 * L), 4 / L) if eta_range is None else _positive("eta_range", eta_range)
    start = _start(formula, w0, window, ["x0", "y0"])
    sliders = {"eta": _slider("eta", eta, eta_range, "learning rate η")} | _counter(
        "batch", batch, max_batch, "batch size B"
    )
    longest = within("max_steps", max_steps, 1, MOST_STEPS)
    sliders |= start | _counter("steps", steps, int(longest))
    sliders |= _counter("draw", 0, whole("draws", draws, 1) - 1, low=0)
    return SwarmExplorer(
        formula,
        sliders,
        [{"label": "", "rule": "swarm", "parameters": {"eta": "eta", "batch": "batch"}}],
        list(start),
        swarm={"curvatures": [mu, L], "sigma": sigma},
        window=window,
        eta_range=eta_range,
        steps=steps,
        beside="f",
        predict=_one_of("predict", ["", "end"], predict),
    )


def roots(steps, low, high, w0=None):
    r"""Steps that are planned for a quadratic, as the roots of a polynomial, live: the roots can be dragged.

    .. math:: p(\lambda) = (1 - \eta_0 \lambda)(1 - \eta_1 \lambda) \cdots (1 - \eta_{n-1} \lambda)

    By p(λ) the n steps multiply the error along an eigenvector with eigenvalue λ of the Hessian. The picture shows p with its
    roots :math:`1/\eta_k` over the spectrum from `low` to `high`, and its largest size there; beside it f at every step on
    the quadratic :math:`\tfrac12(\mu x^2 + L y^2)` with these two eigenvalues, for the steps in their order and backwards.

    Parameters
    ----------
    steps : array (n,)
        :math:`\eta_0, \dots, \eta_{n-1}`: 1 to 64 positive numbers.
    low, high : float
        :math:`\mu` and L: the ends of the spectrum, positive.
    w0 : (float, float), optional
        The start; by default (L/μ, 1), from which plain gradient descent is slowest.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        For numbers that are not positive, or ends that are not in order.

    Taught in chapter 10, Choosing the step.

    Examples
    --------
    >>> roots([1 / 7.828, 1 / 2.172], low=1, high=9)
    as given: 2 steps from 0.128 to 0.46; |p| is at most 0.471 from 1 to 9. f is never higher than at the start and ends at 0.222 of it.
    backwards: 2 steps from 0.128 to 0.46; |p| is at most 0.471 from 1 to 9. f rises to 1.25 times its start at step 1 and ends at 0.222 of it.
    """
    etas, (low, high) = array("steps", steps), _interval("low, high", (low, high))
    if etas.ndim != 1 or not 1 <= len(etas) <= 64 or not (etas > 0).all() or low <= 0:
        raise ValueError(f"steps must be one to 64 positive numbers, and low positive; got {steps!r} and low = {low:g}")
    formula = Formula(f"({low!r}*x**2 + {high!r}*y**2)/2", 2)
    formula.title = f"p(λ), the product of {len(etas)} factors 1 − ηλ"
    at, names = 1 / etas, [f"root{k}" for k in range(1, len(etas) + 1)]
    least, most = min(low, at.min()) / 2, 1.05 * max(high, at.max())
    limits = [least, most, 10.0 ** round(log10((most - least) / 1000))]
    window = [(-2 * high / low, 2 * high / low), (-2.0, 2.0)]
    start = _start(formula, (high / low, 1.0) if w0 is None else w0, window, ["x0", "y0"])
    plain = {"rule": "gd", "parameters": {}}
    return Explorer(
        formula,
        start,
        [{"label": "as given", **plain, "roots": names}, {"label": "backwards", **plain, "roots": names[::-1]}],
        list(start),
        roots=dict(zip(names, ((root, limits) for root in at.tolist()))),
        spectrum=[low, high],
        window=window,
        steps=len(etas),
        **_checked(["f"], "f", "", 0, 0, 0),
    )


def regimes(eta=0.2, beta=0.86, mu=1, L=1, *, eta_range=None, steps=60, max_steps=200, predict=""):
    r"""What the heavy ball does with :math:`\eta` and :math:`\beta`, live: the plane of its regimes, and the spectrum in it.

    .. math:: z^2 - (1 + \beta - \eta\lambda)\,z + \beta = 0

    The roots z decide what becomes of the error along an eigenvector with eigenvalue :math:`\lambda`. In the plane of
    :math:`\eta\lambda` (on a logarithmic axis) and :math:`\beta` the colours tell whether the error moves one way, oscillates,
    alternates sides or diverges; thin lines join places where the larger root has the same size. All eigenvalues from mu to L
    are a bar of length :math:`\ln(L/\mu)` that can be dragged. Beside it stand the roots on and in the unit circle, below it the
    errors along the ends of the bar, from 1, with the best constant step of gradient descent for comparison.

    Parameters
    ----------
    eta, beta : float
        The learning rate and the momentum at first: eta within `eta_range`, beta from 0 to 0.995.
    mu, L : float
        The ends of the spectrum, positive. If they are equal, there is one parabola, and the bar is a point.
    eta_range : (float, float), optional
        The ends of the slider for eta; by default :math:`\eta L` goes from 1/64 to 8.
    steps, max_steps : int
        The number of steps at first, and at most.
    predict : {"", "regime"}
        Whether the reader is to guess first what becomes of the error. For one parabola.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        For numbers out of range, and for a guess where there is more than one parabola.

    Taught in chapter 14, Momentum and adaptive steps.

    Examples
    --------
    >>> print(*repr(regimes(eta=0.2, beta=0.86)).split(". "), sep=".\n")
    η = 0.2, β = 0.86 from w₀ = 1: at ηλ = 0.2 it oscillates, with complex roots of size 0.927.
    In the long run the error falls to a tenth in about 30.5 steps.
    After 60 steps the error is 0.00973.
    """
    mu, L = number("mu", mu, 0), number("L", L, 0)
    if mu > L:
        raise ValueError(f"mu must be at most L, got mu = {mu:g} and L = {L:g}")
    if _one_of("predict", ["", "regime"], predict) and mu < L:
        raise ValueError("predict='regime' needs mu = L: along a whole spectrum several things happen at once")
    formula = Formula(f"{mu!r}*w**2/2") if mu == L else Formula(f"({mu!r}*x**2 + {L!r}*y**2)/2", 2)
    formula.title = "z² − (1 + β − ηλ)z + β = 0"
    eta_range = (1 / (64 * L), 8 / L) if eta_range is None else _positive("eta_range", eta_range)
    sliders = {"eta": _slider("eta", eta, eta_range, "learning rate η"), "beta": _momentum(beta)}
    return Explorer(
        formula,
        sliders | _counter("steps", steps, max_steps),
        [{"label": "", "rule": "momentum", "parameters": {name: name for name in sliders}}],
        [],
        spectrum=[mu, L],
        steps=steps,
        **_checked(["circle"], "circle", predict, 0, 0, 0),
    )


def graph(formula, at=None, *, window=(-5, 5), stage=None, beside="nudge", nudge=None, h=0.1):
    r"""A formula as its computational graph, live: values forward, gradients backward, local derivatives on the edges.

    The leaves can be dragged. Both sweeps go step by step, and a sentence says what is computed. Beside it the promise
    of the gradient is held against the fact: f + h·∂f/∂w against f where the leaf w has moved by h.

    Parameters
    ----------
    formula : str
        Such as ``"x*y + sin(x)"``: numbers, names of one letter (and digits), ``+ - * / **``, brackets, pi, e, and abs,
        cos, exp, log, relu, sin, sqrt, tanh. What is written twice is one node, and nothing is simplified.
    at : dict, optional
        From a leaf's name to its number at first, within `window`; 1 for those that are not named.
    window : (float, float)
        From where to where the leaves can be moved.
    stage : int or "forward", optional
        What is shown at first: 0 the leaves, then a step more each, forward and backward; ``"forward"`` the whole way forward
        and no gradient. By default all.
    beside : {"nudge", ""}
        The second picture: f as one leaf moves by h, with the straight line that the gradient promises.
    nudge : str, optional
        The leaf that moves at first; by default the first.
    h : float
        How far, from -1 to 1.

    Returns
    -------
    GraphExplorer

    Raises
    ------
    ValueError
        For a formula that cannot be read (the message says where), one with more than 15 nodes, and for numbers out of range.

    Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> graph("x*y + sin(x)", {"x": 2, "y": 3})
    f = 6.909 at x = 2, y = 3. The gradient: ∂f/∂x = −0.416 + 3 = 2.584, ∂f/∂y = 2.
    If x moves by 0.1, the gradient promises f + 0.1 · 2.584 = 7.168; f becomes 7.163.
    >>> graph("x*y + sin(x)", {"x": 2, "y": 3}, stage=5, beside="")
    Backward, step 2 of 3: the gradient at sin(x) is 1. It hands on 1 · (−0.416) = −0.416 to x. x has 1 of 2 numbers, and waits.
    """
    function = FormulaGraph(formula)
    ends = _interval("window", window)
    sliders = _leaves(function, at or {}, ends)
    leaves = list(sliders)
    if _one_of("beside", ["nudge", ""], beside):
        nudge = _one_of("nudge", leaves, leaves[0] if nudge is None else nudge)
        sliders["nudge"] = _place_slider("h", h, (-1, 1), "nudge h")
    elif nudge is not None:
        raise ValueError(f"nudge needs beside='nudge', got nudge={nudge!r} and no second picture")
    shown = {None: function.last, "forward": len(function.operations)}.get(stage, stage)
    sliders |= _counter("stage", shown, function.last, low=0)
    return GraphExplorer(function, sliders, leaves, nudge, window=[list(ends)] * len(leaves), beside=beside)


def network(
    X,
    y,
    eta=0.1,
    *,
    units=8,
    max_units=12,
    draw=0,
    draws=24,
    steps=1000,
    max_steps=3000,
    rule="gd",
    eta_range=(1 / 64, 1),
    beside="sharpness",
    predict="",
):
    r"""A small network trained in the page, live: its fit, its loss, and the sharpness beside :math:`2/\eta`.

    One hidden layer of tanh units, and all points in each step. The points can be dragged, and buttons choose the rule. The
    *sharpness* is the largest eigenvalue :math:`\lambda` of the Hessian of the loss. On a parabola gradient descent grows
    beyond :math:`\lambda = 2/\eta`, and momentum beyond :math:`2(1 + \beta)/\eta`, with :math:`\beta = 0.9` here: that is the
    dashed line. Adam has none.

    Parameters
    ----------
    X : array (n,) or (n, 2)
        2 to 12 numbers, or points of the plane.
    y : array (n,)
        What is fitted, by half the mean squared error; or for points of the plane their classes 0 and 1, told apart by
        cross-entropy.
    eta : float
        The learning rate at first, within `eta_range`.
    units, max_units : int
        How many hidden units at first, and at most: up to 16.
    draw, draws : int
        The first weights are those of `gdlib.models.MLP.init` with ``seed=draw``; how many draws there are to choose from.
    steps, max_steps : int
        The number of steps at first, and at most: up to 5000.
    rule : {"gd", "momentum", "adam"}
        The rule at first, with the defaults that `gdlib.optimizers` has for all but eta.
    eta_range : (float, float)
        As for `one_d`.
    beside : {"sharpness", "f", ""}
        The second picture: the sharpness, with the loss below; or the loss alone.
    predict : {"", "end"}
        Whether the reader is to guess first at what sharpness the run ends.

    Returns
    -------
    NetworkExplorer

    Raises
    ------
    ValueError
        For data that do not fit together, labels other than 0 and 1, and numbers out of range.

    Taught in chapter 15, Training a network, end to end.

    Examples
    --------
    >>> print(repr(network([-1, 0, 1], [1, 0, 1], eta=1 / 4, units=4, steps=100)).split(": ")[1])
    the loss, 0.377 at the start, falls at every step, to 0.111. The sharpness, 1.66 at the start, ends at 1.65; 2/η = 8.
    """
    function, (most, longest) = (
        NetworkLoss(X, y),
        (within("max_units", max_units, 1, 16), within("max_steps", max_steps, 1, 5000)),
    )
    runs, sliders = _runs({"": eta}, eta_range)
    sliders |= _counter("units", units, int(most), "hidden units") | _counter("steps", steps, int(longest))
    sliders |= _counter("draw", draw, whole("draws", draws, 1) - 1, "draw of weights", low=0)
    return NetworkExplorer(
        function,
        sliders,
        runs,
        _one_of("rule", list(NETWORK_RULES), rule),
        network=function.drawn(draws, int(most)),
        window=[[0.0, float(f"{6 / eta:.2g}")]],
        eta_range=eta_range,
        steps=steps,
        beside=_one_of("beside", ["sharpness", "f", ""], beside),
        predict=_one_of("predict", ["", "end"] if beside == "sharpness" else [""], predict),
    )


def clinic(case=1, on=()):
    r"""A mystery run of the clinic, live: its curve of the loss, instruments to be switched on, and its fault to be named.

    The runs are those of `gdlib.faults`, recorded: the healthy one and one with each fault, ten epochs each, in another
    draw than the pictures of the page. The loss stands on a logarithmic axis. A healthy run is drawn beside each. A wrong answer is
    told which instrument tells the two runs apart, and what it would read.

    Parameters
    ----------
    case : int
        From 0 to 999. It picks the run: one for each student, by the last three digits of the student number.
    on : sequence of str
        The instruments that are on at first: of ``whole``, ``held``, ``accuracy``, ``held_accuracy``, ``ratio``, ``gradient``,
        ``weights`` (as in `gdlib.faults.Record`), ``check`` (the gradient check) and ``ten`` (ten rows learnt alone).

    Returns
    -------
    ClinicExplorer

    Raises
    ------
    ValueError
        For a number out of range, and for an instrument that is not known.

    No chapter teaches it: the page The clinic is made with it.

    Examples
    --------
    >>> mystery = clinic(7, on=["weights"])
    >>> mystery
    Case 7. Printed loss: 14.3 to 0.221. ‖w‖: 65.1 to 64.6.
    >>> mystery.set(named=9)
    >>> print(repr(mystery).split("\n")[1])
    You say “pixels 0 to 16”. No. What tells the two apart: Ten rows alone. With “pixels 0 to 16” it reads: loss 0.483 after 300 steps.
    """
    for name in on:
        _one_of("on", INSTRUMENTS, name)
    return ClinicExplorer(_counter("case", case, CASES - 1, "case number", low=0), on)


# --- what they have in common: each argument checked, each slider made


def _leaves(function, at, ends):
    """A slider for each leaf of a formula's graph."""
    if not isinstance(at, dict) or not at.keys() <= set(function.variables):
        raise ValueError(f"at must be a dict with the names {', '.join(function.variables)}, got {at!r}")
    return {name: _place_slider(name, at.get(name, 1), ends, name) for name in function.variables}


def _fitted(model, points, eta, w0, eta_range, window):
    """The loss, its window, and the sliders for eta and the start."""
    loss = PointLoss(model, points)
    d = len(loss.variables)
    window = [_interval("window", ends) for ends in _windows([window] if window and d == 1 else window, d)]
    runs, sliders = _runs({"": eta}, eta_range)
    start = _start(loss, [w0] if w0 is not None and d == 1 else w0, window, [f"{name}0" for name in loss.variables])
    return loss, window, runs, sliders | start, list(start)


def _orders(n, epochs, seed):
    """Each epoch's order of the rows, as `gdlib.sgd` draws it: batches are cut from it, whatever their size."""
    rng = np.random.default_rng(seed)
    return [next(minibatches(n, n, seed=rng)).tolist() for _ in range(epochs)]


def _in_the_plane(function):
    return {"x", "y"} <= set(re.findall(r"\b[xy]\b", getattr(function, "formula", str(function))))


def _explorer(function, sliders, runs, start, *, beside, **picture):
    if any(run["rule"] == "exact" for run in runs):
        if isinstance(function, PythonFunction):
            raise ValueError("the rule exact needs a formula: of your own function the second derivatives are not known")
        linesearch.exact(function.hessian())  # says what is wrong
    if isinstance(function, PythonFunction):
        if beside == "sweep":
            raise ValueError("beside='sweep' needs a formula: your own function would have to run 100,000 times")
        picture["samples"] = function.samples(picture["window"])
    return Explorer(function, sliders, runs, start, beside=beside, **picture)


def _formula(function, dimension, window, grad, numbers):
    """The function, made ready for the browser or for the kernel, and what is shown of each coordinate."""
    constants = {name: slider.value for name, slider in numbers.items()}
    if callable(function) and not getattr(function, "formula", ""):
        if constants:
            raise ValueError(f"constants need a formula, and {function!r} is a function of your own")
        formula = PythonFunction(function, grad, dimension)
    else:
        formula = Formula(getattr(function, "formula", function), dimension, constants)
    return formula, [_interval("window", ends) for ends in _windows(window or getattr(function, "window", None), dimension)]


def _windows(window, dimension):
    window = window or [(-2.5, 2.5)] * dimension
    if np.ndim(window) == 0 or len(window) != dimension:
        raise ValueError(f"window must have two ends for each of the {dimension} coordinates, got {window}")
    return window


def _constants(wanted):
    """A slider for each named number of a formula."""
    sliders = {}
    for name, given in (wanted or {}).items():
        if np.ndim(given) != 1 or len(given) not in (3, 4):
            raise ValueError(
                f"constants must give (low, high, grain) or (low, high, grain, first) for {name}, got {given!r}"
            )
        low, high = _interval(f"constants[{name!r}]", given[:2])
        grain = number(f"the grain of {name}", given[2], 0)
        first = within(name, given[3] if len(given) == 4 else low, low, high)
        sliders[name] = ipywidgets.FloatSlider(
            first, min=low, max=high, step=grain, readout_format=".6g", description=name, **WIDE
        )
    return sliders


def _counter(name, value, high, description=None, low=1):
    """A slider for a whole number."""
    value, high = whole(name, value, low), whole(f"max_{name}", high, low)
    within(name, value, low, high)
    return {name: ipywidgets.IntSlider(value, min=low, max=high, description=description or name, **WIDE)}


def _one_of(name, known, wanted):
    if wanted not in known:
        raise ValueError(f"{name} must be one of {known}, got {wanted!r}")
    return wanted


def _checked(panels, beside, predict, gtol, xtol, ftol):
    """What the kinds without chance have in common."""
    tests = {"gtol": gtol, "xtol": xtol, "ftol": ftol}
    return {
        "beside": _one_of("beside", panels, beside),
        "predict": _one_of("predict", ["", "end", "steps", "regime"], predict),
        "tolerances": {name: number(name, tol, 0, closed=True) for name, tol in tests.items()},
    }


def _runs(wanted, eta_range, beside="", most=1000):
    """For each run its rule and the names of its sliders; and the sliders."""
    if not isinstance(wanted, dict) or not 1 <= len(wanted) <= 6:
        raise ValueError(f"runs must be a dict of one to six runs, got {wanted!r}")
    eta_range = _positive("eta_range", eta_range)
    runs, sliders = [], {}
    for i, (label, run) in enumerate(wanted.items(), 1):
        rule, given = run if isinstance(run, tuple) and len(run) == 2 else ("gd", {"eta": run})
        if rule not in RULES:
            raise ValueError(f"the rule must be one of {', '.join(RULES)}; got {rule!r}")
        if not isinstance(given, dict) or not given.keys() <= RULES[rule].keys():
            raise ValueError(f"the parameters of {rule} are {', '.join(RULES[rule])}; got {given!r}")
        if beside in ("sweep", "cobweb") and "eta" not in RULES[rule]:
            raise ValueError(f"beside={beside!r} needs a learning rate, and the rule {rule} has none")
        parameters, shares = {}, {}
        for name, value in (RULES[rule] | given).items():
            if name == "eta" and callable(value):
                value, shares["rates"] = _shares(value, most)
            if name == "eps":
                parameters[name] = number("eps", value, 0, closed=True)
                continue
            parameters[name] = key = name if len(wanted) == 1 else f"{name}_{i}"
            sign = SIGNS.get(f"{rule} {name}", SIGNS[name])
            plain = "learning rate η" if name == "eta" else sign
            if shares and name == "eta":
                sign, plain = "largest ηₖ", "largest learning rate ηₖ"
            description = f"{sign}, {label}" if label else plain
            sliders[key] = _slider(name, value, eta_range, description)
        runs.append({"label": label, "rule": rule, "parameters": parameters, **shares})
    return runs, sliders


def _shares(schedule, n):
    """The largest of a schedule's first n rates, and each as a share of it; after them the last one stays."""
    etas = rates(schedule, n).tolist()
    while len(etas) > 1 and etas[-1] == etas[-2]:
        etas.pop()
    return max(etas), [eta / max(etas) for eta in etas]


def _slider(name, value, eta_range, description):
    if name in LIMITS:
        low, high, grain = LIMITS[name]
        return ipywidgets.FloatSlider(
            within(name, value, low, high),
            min=low,
            max=high,
            step=grain,
            readout_format=".4g",
            description=description,
            **WIDE,
        )
    if name not in ("eta", "first"):
        value = number(name, value, 0, 1, closed=True)
        return ipywidgets.FloatSlider(
            value, min=0, max=0.999, step=0.001, readout_format=".3f", description=description, **WIDE
        )
    # sixteenths of a doubling, counted from the first eta, so that the slider holds it
    # exactly; from eta = 1/4 it holds 1/2, 1 and 2 as well
    low, high = eta_range
    value = within(name, value, low, high)
    return ipywidgets.FloatLogSlider(
        value,
        base=2,
        min=log2(value) - floor(16 * log2(value / low)) / 16,
        max=log2(value) + floor(16 * log2(high / value)) / 16,
        step=1 / 16,
        readout_format=".3g",
        description=description,
        **WIDE,
    )


def _momentum(beta):
    """A slider for beta on a picture of all beta: a key is to show there."""
    value = within("beta", beta, 0, 0.995)
    return ipywidgets.FloatSlider(value, min=0, max=0.995, step=0.005, readout_format=".3f", description="β", **WIDE)


def _start(formula, w0, window, names):
    """A slider for each coordinate of the start."""
    if w0 is None:
        w0 = [left + 0.9 * (right - left) for left, right in window]
    if np.shape(w0) != (len(window),):
        raise ValueError(f"w0 must have {len(window)} coordinates, got {w0}")
    w0 = [within("w0", x, *ends) for x, ends in zip(w0, window)]
    if not formula.defined_at(w0):
        raise ValueError(f"f and its gradient must be finite at w0, but at {w0} they are not")
    return {
        name: _place_slider("w0", value, ends, f"start {variable}₀")
        for name, value, ends, variable in zip(names, w0, window, formula.variables)
    }


def _place_slider(name, value, ends, description):
    """A slider for a coordinate, with 100 to 1000 places."""
    low, high = ends
    step = 10.0 ** floor(log10((high - low) / 100))
    value = within(name, value, low, high)
    return ipywidgets.FloatSlider(value, min=low, max=high, step=step, readout_format=".3g", description=description, **WIDE)


def _interval(name, ends):
    try:
        low, high = (number(name, end) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two finite numbers, low and high; got {ends!r}") from None
    if not low < high:
        raise ValueError(f"{name} must have its low end first, got {ends!r}")
    return low, high


def _positive(name, ends):
    low, high = _interval(name, ends)
    if low <= 0:
        raise ValueError(f"{name} must be two positive numbers, got {(low, high)}")
    return low, high
