"""Pictures of objectives and runs, in one style.

White and opaque (a dark page leaves them readable), in the Okabe-Ito colours that colour-blind readers tell apart,
with a marker and a line style of its own for every run, so that they read in grey too.
Every function returns its Axes and leaves a sentence that says what is to be seen in ``ax.alt``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, ListedColormap, to_rgba

from gdlib._types import Array, ArrayLike, Loss, Run, Window
from gdlib._validation import array, frozen, function, real, shown, single, whole
from gdlib.autodiff import Graph
from gdlib.derivatives import central
from gdlib.descent import counted

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 2)))
OPERATORS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "/", "negative": "−", "matmul": "@", "power": "^"}
PALE = LinearSegmentedColormap.from_list("pale", ["#8fb4d6", "#f7fafd"])  # darker is lower; paths stand out
STYLE: dict[Any, Any] = {
    "figure.figsize": (6.4, 4.0),
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "font.size": 11,
    "legend.frameon": False,
    "text.color": "#222222",
    "axes.labelcolor": "#222222",
}


def descent_1d(f: Loss, run: Run, window: Sequence[float] | None = None, ax: Axes | None = None) -> Axes:
    """The curve of a function of one variable, the path of a run on it, and the tangent at the start.

    Parameters
    ----------
    f : Objective or callable
    run : Result or array (n + 1, 1)
    window : (low, high), optional
        What to show of the axis. By default the objective's window, or where the run went.
    ax : Axes, optional

    Returns
    -------
    Axes

    Taught in chapter 1, Walking downhill.

    Examples
    --------
    >>> from gdlib import gradient_descent, objectives
    >>> f = objectives.parabola()
    >>> ax = descent_1d(f, gradient_descent(f, f.grad, w0=1.5, eta=0.1))
    >>> ax.get_xlabel()
    'w'
    """
    path = _path(run, 1)[:, 0]
    ((low, high),) = _window([_window_1d(f, path) if window is None else window], 1)
    ax = _axes(ax)
    curve = np.linspace(low, high, 400)
    heights = _on_batch(f, curve[np.newaxis])
    ax.plot(curve, heights, color="#555555", lw=1.8, zorder=1)
    bottom, top = _limits(heights)
    seen = path[np.isfinite(path) & (low <= path) & (path <= high)]
    points = _on_batch(f, seen[np.newaxis])
    ax.plot(seen, points, "-o", color=OKABE_ITO[1], lw=1, ms=5, zorder=2, label="gradient descent")
    if seen.size and seen[0] == path[0]:
        _tangent(ax, f, path[0], (high - low) / 8)
        ax.plot(path[0], points[0], "o", ms=10, mfc="white", mec=OKABE_ITO[1], mew=2, zorder=3, label="start")
    ax.set(xlim=(low, high), ylim=(bottom, top), xlabel="w", ylabel="f(w)")
    ax.legend(loc="upper center")
    return _say(ax, f"The curve of f from w = {low:g} to {high:g}, with the path on it. {describe(run)}")


def contours(
    f: Loss,
    runs: Run | Sequence[Run] = (),
    window: Window | None = None,
    ax: Axes | None = None,
    labels: str | Sequence[str] | None = None,
) -> Axes:
    """Filled contours of a function of two variables, with one path or several.

    Parameters
    ----------
    f : Objective or callable
    runs : Result, array (n + 1, 2), or a list of them
    window : ((x low, x high), (y low, y high)), optional
        By default the objective's own window.
    ax : Axes, optional
    labels : str or list of str, optional
        One for each run, for the legend.

    Returns
    -------
    Axes

    Taught in chapter 2, Functions of several variables.

    Examples
    --------
    >>> from gdlib import gradient_descent, objectives
    >>> f = objectives.quadratic(kappa=10)
    >>> run = gradient_descent(f, f.grad, [1.5, 1], eta=0.17)
    >>> ax = contours(f, run, labels="eta = 0.17")
    >>> ax.alt  # doctest: +ELLIPSIS
    'Contour lines of f. eta = 0.17: from (1.5, 1), f falls from 6.125 to ... in 77 steps, ending at (1e-06, 0) (gtol).'
    """
    runs, labels = _several(runs, labels)
    paths = [_path(run, 2) for run in runs]
    (x0, x1), (y0, y1) = _window(getattr(f, "window", None) if window is None else window, 2)
    ax = _axes(ax)
    x, y, heights = surface(f, ((x0, x1), (y0, y1)))
    levels = np.unique(np.quantile(heights[np.isfinite(heights)], np.linspace(0, 1, 16)))
    # as much of the window in each band as in any other: a narrow valley shows beside steep walls
    ax.contourf(x, y, heights, levels=levels, cmap=PALE, norm=BoundaryNorm(levels, PALE.N))
    ax.contour(x, y, heights, levels=levels, colors="#7b8fa3", linewidths=0.5, linestyles="solid")
    for (colour, marker, dash), path, label in zip(_looks(), paths, labels):
        px, py = path.T
        size = 5 if len(px) <= 60 else 2.5
        ax.plot(px, py, linestyle=dash, marker=marker, ms=size, color=colour, lw=1.4, label=label)
        ax.plot(px[0], py[0], marker, ms=10, mfc="white", mec=colour, mew=2)
    if any(labels):
        ax.legend(loc="best", frameon=True, framealpha=0.9)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="x", ylabel="y")
    ax.grid(False)
    return _say(ax, " ".join(["Contour lines of f.", *map(describe, runs, labels)]))


def values(
    runs: Run | Sequence[Run],
    ax: Axes | None = None,
    labels: str | Sequence[str] | None = None,
    log: bool = False,
    optimum: float = 0.0,
) -> Axes:
    """The loss curve: f after every step.

    Parameters
    ----------
    runs : Result or list of them
    ax : Axes, optional
    labels : str or list of str, optional
    log : bool
        Draw the gap f - `optimum` on a logarithmic axis: a straight line is then convergence at a linear rate.
    optimum : float
        The smallest value of f, for `log`.

    Returns
    -------
    Axes

    Taught in chapter 4, The algorithm.

    Examples
    --------
    >>> from gdlib import gradient_descent, objectives
    >>> f = objectives.quadratic(kappa=10)
    >>> ax = values(gradient_descent(f, f.grad, [1.5, 1], eta=0.17), log=True)
    >>> ax.get_yscale()
    'log'
    """
    runs, labels = _several(runs, labels)
    _check_results(runs, "values")
    ax = _axes(ax)
    for (colour, marker, dash), run, label in zip(_looks(), runs, labels):
        gap = run.values - optimum if log else run.values
        every = max(1, len(gap) // 12)
        ax.plot(gap, linestyle=dash, marker=marker, markevery=every, color=colour, ms=5, lw=1.6, label=label)
    if log:
        ax.set_yscale("log", nonpositive="mask")
        low, high = ax.get_ylim()
        if high > 100 * low:
            ax.minorticks_off()  # the powers of ten are enough, and the ticks between them are slow to draw
    if any(labels):
        ax.legend()
    ax.set(xlabel="step k", ylabel=f"f(wₖ) − {optimum:g}" if log and optimum else "f(wₖ)")
    return _say(ax, " ".join(["The value of f after every step.", *map(describe, runs, labels)]))


def fitted(points: ArrayLike, predict: Callable[..., ArrayLike], fits: dict[str, Any], ax: Axes | None = None) -> Axes:
    """Points (x, y), and the predictions of a model for some of its parameters.

    Parameters
    ----------
    points : array (n, 2)
    predict : callable
        ``predict(w, x)``: the predictions at the numbers x (m,).
    fits : dict
        From a label to the parameters.
    ax : Axes, optional

    Returns
    -------
    Axes

    Taught in chapter 11, Fitting models.

    Examples
    --------
    >>> ax = fitted([(0, 1), (1, 3)], lambda w, x: w[0] * x + w[1], {"start": [0, 0], "end": [2, 1]})
    >>> ax.alt
    '2 points, and the predictions start, end.'
    """
    points, predict = array("points", points, ndim=2), function("predict", predict, "w, x")
    if points.shape[1] != 2 or not len(points):
        raise ValueError(f"points must be pairs (x, y), got shape {points.shape}")
    if not isinstance(fits, dict):
        raise ValueError(f"fits must be a dict from labels to parameters, got {shown(fits)}")
    ax = _axes(ax)
    room = 0.1 * np.ptp(points[:, 0])
    x = np.linspace(points[:, 0].min() - room, points[:, 0].max() + room, 100)
    for (colour, _, dash), (label, w) in zip(_looks(), fits.items()):
        ax.plot(x, predict(w, x), linestyle=dash, color=colour, lw=1.6, label=label)
    ax.plot(*points.T, "o", color="#222222", ms=6)
    ax.legend()
    ax.set(xlabel="x", ylabel="y")
    return _say(ax, f"{len(points)} points, and the predictions {', '.join(fits)}.")


def basins(labels: ArrayLike, window: Window, minima: ArrayLike, ax: Axes | None = None) -> Axes:
    """The map of basins of attraction: which minimum each start reaches.

    Parameters
    ----------
    labels : array (size, size)
        From `descent.basins`.
    window : ((x low, x high), (y low, y high))
    minima : array (number of them, 2)
        Each is marked with a marker of its own, in the legend too.
    ax : Axes, optional

    Returns
    -------
    Axes

    Taught in chapter 9, Local minima and saddles.

    Examples
    --------
    >>> ax = basins(np.array([[0, 1], [0, -1]]), ((-1, 1), (-1, 1)), [[-1, 0], [1, 0]])
    >>> ax.alt
    'A map of starts: 50 % reach the minimum (-1, 0), 25 % reach the minimum (1, 0), 25 % reach none.'
    """
    labels, minima = array("labels", labels, ndim=2), array("minima", minima, ndim=2)
    (x0, x1), (y0, y1) = _window(window, 2)
    ax = _axes(ax)
    colours = ListedColormap([to_rgba("white"), *(to_rgba(c, 0.55) for c, _ in zip(cycle(OKABE_ITO), minima))])
    extent = (x0, x1, y0, y1)
    ax.imshow(labels, cmap=colours, vmin=-1, vmax=len(minima) - 1, origin="lower", extent=extent, aspect="auto")
    for i, (point, (colour, marker, _)) in enumerate(zip(minima, _looks())):
        # lines around each basin, and a marker in it: the map reads in grey too
        ax.contour(labels == i, levels=[0.5], extent=extent, colors="#222222", linewidths=0.6)
        ax.plot(*point, marker, ms=10, mfc=colour, mec="white", mew=1.5, ls="none", label=_point(point))
    parts = [f"{np.mean(labels == i) * 100:.3g} % reach the minimum {_point(w)}" for i, w in enumerate(minima)]
    lost = np.mean(labels < 0) * 100
    ax.legend(title="minimum", loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="x of the start", ylabel="y of the start")
    ax.grid(False)
    return _say(ax, f"A map of starts: {', '.join(parts)}{f', {lost:.3g} % reach none' if lost else ''}.")


def spectrum(eigenvalues: ArrayLike, ax: Axes | None = None) -> Axes:
    """The eigenvalues of one Hessian as sticks, or the spread of many Hessians' eigenvalues as a histogram.

    Parameters
    ----------
    eigenvalues : array (d,) or (n, d)
        As from `numpy.linalg.eigvalsh` or `convexity.spectrum`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Taught in chapter 8, Convexity.

    Examples
    --------
    >>> spectrum([1.0, 10.0]).alt
    '2 eigenvalues from 1 to 10: the condition number is 10.'
    """
    eigenvalues = array("eigenvalues", eigenvalues)
    if eigenvalues.ndim not in (1, 2) or not eigenvalues.size:
        raise ValueError(f"eigenvalues must have shape (d,) or (n, d), got shape {eigenvalues.shape}")
    ax = _axes(ax)
    low, high = eigenvalues.min(), eigenvalues.max()
    if eigenvalues.ndim == 1:
        ax.vlines(eigenvalues, 0, 1, color=OKABE_ITO[0], lw=2)
        ax.set(yticks=[], ylim=(0, 1.1))
        says = f"the condition number is {high / low:.6g}" if low > 0 else "not all are positive"
    else:
        ax.hist(eigenvalues.ravel(), bins=40, color=OKABE_ITO[0], edgecolor="white", linewidth=0.5)
        ax.set_ylabel("how many")
        says = "none is negative" if low >= 0 else f"{np.mean(eigenvalues < 0) * 100:.3g} % are negative"
    ax.axvline(0, color="#222222", lw=1)
    ax.set_xlabel("eigenvalue of the Hessian")
    return _say(ax, f"{eigenvalues.size} eigenvalues from {low:.6g} to {high:.6g}: {says}.")


def sweep(etas: ArrayLike, runs: Sequence[Run], ax: Axes | None = None) -> Axes:
    """The number of steps that each learning rate needs; crosses at the top where it does not converge.

    Parameters
    ----------
    etas : array (number of runs,)
    runs : list of Result
    ax : Axes, optional

    Returns
    -------
    Axes

    No chapter teaches it: the explorer `gdlib.explore.sweep` draws the same, live.

    Examples
    --------
    >>> from gdlib import gradient_descent, objectives
    >>> f = objectives.parabola()
    >>> etas = [0.1, 0.5, 1.0, 1.5, 2.1]
    >>> sweep(etas, [gradient_descent(f, f.grad, 1.0, eta) for eta in etas]).alt
    'Steps needed against the learning rate: fewest, 1, at eta = 1; no convergence at eta = 2.1.'
    """
    etas = array("etas", etas, ndim=1)
    runs, _ = _several(runs, None)
    if len(etas) != len(runs):
        raise ValueError(f"there must be one eta for each run, got {len(etas)} etas and {len(runs)} runs")
    _check_results(runs, "converged")
    ax = _axes(ax)
    steps, converged = np.array([run.n_iter for run in runs]), np.array([run.converged for run in runs])
    ax.plot(etas[converged], np.maximum(steps[converged], 1), "o-", color=OKABE_ITO[0], ms=5, label="converges")
    top = 3 * max([1, *steps[converged]])
    ax.plot(etas[~converged], np.full((~converged).sum(), top), "x", color=OKABE_ITO[1], ms=7, label="does not")
    ax.set(xscale="log", yscale="log", ylim=(0.7, 2 * top), xlabel="learning rate η", ylabel="steps until it converges")
    ax.legend(loc="lower left")
    parts = []
    if converged.any():
        best = np.argmin(np.where(converged, steps, np.inf))
        parts.append(f"fewest, {steps[best]}, at eta = {etas[best]:.6g}")
    if not converged.all():
        parts.append("no convergence at eta = " + ", ".join(f"{eta:.6g}" for eta in etas[~converged]))
    return _say(ax, f"Steps needed against the learning rate: {'; '.join(parts)}.")


def graph(g: Graph, ax: Axes | None = None) -> Axes:
    """A computational graph: its value above each node, its gradient below, and on each edge the local derivative.

    The way forward is from left to right. A node stands to the right of all that it was made from, and a leaf in the
    column before its first use. Before `backward` there are no gradients, and the local derivatives are left out too.

    Parameters
    ----------
    g : autodiff.Graph
    ax : Axes, optional

    Returns
    -------
    Axes

    No chapter teaches it: a still picture of any `Tensor`, whose formula alone `gdlib.explore.graph` makes live.

    Examples
    --------
    >>> from gdlib import autodiff
    >>> x, y = autodiff.Tensor(2.0, name="x"), autodiff.Tensor(3.0, name="y")
    >>> f = x * y
    >>> f.backward()
    >>> graph(autodiff.graph(f)).alt
    'A graph of 3 nodes: x is 2, gradient 3; y is 3, gradient 2; × of x and y is 6, gradient 1.'
    """
    if not isinstance(g, Graph):
        raise ValueError(f"g must be a Graph, as autodiff.graph gives it, got {shown(g)}")
    ax, places = _axes(ax), _places(g)
    names = [OPERATORS.get(node.name, node.name) for node in g.nodes]
    ways = [(edge.source, edge.target) for edge in g.edges]
    for n, (way, edge) in enumerate(zip(ways, g.edges)):
        told = edge.derivative is not None and g.nodes[-1].grad is not None
        label = _brief(edge.derivative) if told else ""
        _edge(ax, places[edge.source], places[edge.target], ways.count(way), ways[:n].count(way), label)
    said = []
    for i, (node, name, (x, y)) in enumerate(zip(g.nodes, names, places)):
        _node(ax, x, y, name, node)
        made = " and ".join(names[source] for source, target in ways if target == i)
        grad = "" if node.grad is None else f", gradient {_brief(node.grad)}"
        said.append(f"{name}{f' of {made}' if made else ''} is {_brief(node.value)}{grad}")
    (left, bottom), (right, top) = places.min(axis=0), places.max(axis=0)
    ax.set(xlim=(left - 0.6, right + 0.6), ylim=(bottom - 0.7, top + 0.7), aspect="equal")
    ax.set_axis_off()
    return _say(ax, f"A graph of {len(names)} nodes: {'; '.join(said)}.")


def training(seen: Any, beside: Any = None, ax: Any = None) -> Any:
    """The losses of a training run, on a linear axis and on a log axis: over all rows, over those held out, and as printed.

    Parameters
    ----------
    seen : Record
        As `faults.record` makes it.
    beside : Record, optional
        Another run, whose loss over all rows is drawn in grey.
    ax : two Axes, optional

    Returns
    -------
    array of two Axes

    No chapter teaches it: the page The clinic is made with it.

    Examples
    --------
    >>> from gdlib import faults
    >>> seen = faults.record(faults.healthy, np.ones((20, 64)), np.arange(20) % 10, n=10, size=5, every=1, epochs=2)
    >>> linear, log = training(seen)
    >>> print(linear.alt)
    The loss over all rows goes from 2.3 to 2.3, that of the rows held out ends at 2.3.
    """
    with plt.rc_context(STYLE):
        if ax is None:
            ax = plt.subplots(1, 2, figsize=(6.4, 2.6), layout="constrained")[1]
        for axes, scale in zip(ax, ("linear", "log")):
            if beside is not None:
                axes.plot(beside.epoch, beside.whole, color="#888888", ls=":", label="healthy")
            axes.plot(seen.epoch, seen.batch, ".", color=OKABE_ITO[4], ms=4, label="as printed")
            axes.plot(seen.epoch, seen.held, color=OKABE_ITO[1], ls="--", label="rows held out")
            axes.plot(seen.epoch, seen.whole, color=OKABE_ITO[0], label="all rows")
            axes.set(xlabel="epoch", yscale=scale)
        ax[0].set_ylabel("loss")
        ax[0].legend(fontsize=9)
        start, end, held = seen.whole[0], seen.whole[-1], seen.held[-1]
        for axes in ax:
            axes.alt = (
                f"The loss over all rows goes from {start:.3g} to {end:.3g}, that of the rows held out ends at {held:.3g}."
            )
    return ax


def describe(run: Run, label: str | None = None) -> str:
    """Say in a sentence what a run did: for alt text.

    No chapter teaches it: the pictures say it in ``ax.alt``.

    Examples
    --------
    >>> from gdlib import gradient_descent, objectives
    >>> f = objectives.parabola()
    >>> describe(gradient_descent(f, f.grad, w0=1.5, eta=0.1, max_iter=3))
    'From 1.5, f falls from 1.125 to 0.597871 in 3 steps, ending at 1.0935 (max_iter).'
    """
    who = f"{label}: from" if label else "From"
    path = _path(run)
    steps = counted(len(path) - 1, "step")
    if not hasattr(run, "values"):
        return f"{who} {_point(path[0])} to {_point(path[-1])} in {steps}."
    first, last = run.values[0], run.values[-1]
    verb = "falls" if last < first else "rises" if last > first else "stays"
    how = f"at {first:.6g}" if verb == "stays" else f"from {first:.6g} to {last:.6g}"
    return f"{who} {_point(path[0])}, f {verb} {how} in {steps}, ending at {_point(path[-1])} ({run.status})."


def surface(f: Loss, window: Window, n: int = 201) -> tuple[Array, Array, Array]:
    """f on an n x n grid over the window: x (n,), y (n,) and heights (n, n), whose rows go with y.

    Taught in chapter 2, Functions of several variables.

    Examples
    --------
    >>> x, y, heights = surface(lambda w: w[0] + 10 * w[1], ((0, 1), (0, 2)), n=3)
    >>> print(heights)
    [[ 0.   0.5  1. ]
     [10.  10.5 11. ]
     [20.  20.5 21. ]]
    """
    (x0, x1), (y0, y1) = _window(window, 2)
    n = whole("n", n, 1)
    x, y = np.linspace(x0, x1, n), np.linspace(y0, y1, n)
    grid = np.array(np.meshgrid(x, y)).reshape(2, -1)
    return x, y, _on_batch(f, grid).reshape(n, n)


def _places(g):
    """Where each node of a graph stands (n, 2): columns from left to right, and in each the nodes near what they lead to."""
    n, made = len(g.nodes), {edge.target for edge in g.edges}
    uses: list[list[int]] = [[] for _ in g.nodes]
    column = [0] * n
    for edge in g.edges:  # sorted by target, so the source's column is known
        column[edge.target] = max(column[edge.target], column[edge.source] + 1)
        uses[edge.source].append(edge.target)
    column = [column[i] if i in made or not uses[i] else min(column[j] for j in uses[i]) - 1 for i in range(n)]
    places = np.zeros((n, 2))
    for c in range(max(column), -1, -1):
        here = [i for i in range(n) if column[i] == c]
        here.sort(key=lambda i: -np.mean([places[j, 1] for j in uses[i]] or [0]))
        for place, i in enumerate(here):
            places[i] = 2 * c, 1.7 * ((len(here) - 1) / 2 - place)
    return places


def _edge(ax, start, end, of, nth, label):
    """An arrow, bent where two nodes have more than one (x * x) or where it passes a column; the label nearer its tail."""
    (across, up), passes = end - start, end[0] - start[0] > 2
    bend = 0.35 * (1 - 2 * nth) if of > 1 else 0.35 * (-1 if start[1] > 0 else 1) * passes
    arrow = {"arrowstyle": "-|>", "color": "#555555", "shrinkA": 13, "shrinkB": 13}
    ax.annotate("", end, start, arrowprops={**arrow, "connectionstyle": f"arc3,rad={bend}"})
    t = 0.36  # along the arc, off the place where two arrows cross
    x, y = start + t * (end - start) + 2 * t * (1 - t) * bend * np.array([up, -across])
    ax.text(x, y, label, ha="center", va="center", size=9, bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"})


def _node(ax, x, y, name, node):
    middle = {"ha": "center", "va": "center"}
    ax.text(x, y, name, bbox={"boxstyle": "round,pad=0.35", "fc": "white", "ec": "#555555"}, zorder=3, **middle)
    near = {"xy": (x, y), "textcoords": "offset points", **middle}
    ax.annotate(_brief(node.value), xytext=(0, 19), color=OKABE_ITO[0], **near)
    if node.grad is not None:
        ax.annotate(_brief(node.grad), xytext=(0, -20), color=OKABE_ITO[1], weight="bold", **near)


def _brief(value):
    return f"{value.item():.4g}" if value.size == 1 else f"shape {value.shape}"


def _on_batch(f, points):
    """f at the columns of (d, m): at once if f can, one by one if it cannot."""
    f, points, m = function("f", f), frozen(points), points.shape[1]
    with np.errstate(all="ignore"):
        try:
            heights = np.asarray(f(points), dtype=float)
            if heights.size == m and heights.shape[-1:] == (m,):
                return heights.reshape(m)
        except (TypeError, ValueError):
            pass
        return np.array([single("f(w)", f(point)).item() for point in points.T])


def _tangent(ax, f, start, half):
    """The tangent at the start: it is what gradient descent sees of f."""
    height, slope = np.ravel(f(np.array([start]))), central(f, [start])
    ends = np.array([start - half, start + half])
    ax.plot(ends, height + slope * (ends - start), "--", color=OKABE_ITO[0], lw=1.6, label="tangent at the start")


def _window_1d(f, path):
    if hasattr(f, "window"):
        low, high = f.window[0]
        return min(low, path[0]), max(high, path[0])
    finite = path[np.isfinite(path)]
    margin = 0.2 * (finite.max() - finite.min()) or 1.0
    return finite.min() - margin, finite.max() + margin


def _limits(heights):
    """A little air below and above the curve."""
    heights = heights[np.isfinite(heights)]
    bottom, top = heights.min(), heights.max()
    air = 0.08 * (top - bottom) or 1.0
    return bottom - air, top + air


def _path(run, d=None):
    """The points of a run (n + 1, d), which may run on to inf and nan."""
    points = f"an array (n + 1, {d or 'd'})"
    path = real("run", getattr(run, "path", run), f"a Result or {points}")
    if path.ndim != 2 or not len(path) or d not in (None, path.shape[1]):
        raise ValueError(f"run must be a Result or {points}, got one of shape {path.shape}")
    return path


def _check_results(runs, needed):
    """Refuse runs that are no Results: bare points do not say what f was there, nor why the run ended."""
    for run in runs:
        if not hasattr(run, needed):
            raise ValueError(f"runs must be a Result or a list of Results, got {shown(run)}")


def _window(window, d):
    """The two ends for each of d coordinates."""
    ends = real("window", window, f"given as (low, high) for each of {d} coordinates")
    if ends.shape != (d, 2) or not (ends[:, 0] < ends[:, 1]).all():
        raise ValueError(f"window must be (low, high) with low < high for each of {d} coordinates, got {shown(window)}")
    return ends.tolist()


def _several(runs, labels):
    """One run or a list of them, as a list, with a label (or None) for each."""
    if hasattr(runs, "path") or isinstance(runs, np.ndarray) or not np.iterable(runs):
        runs = [runs]
    runs = list(runs)
    labels = [labels] if isinstance(labels, str) else list(labels or [None] * len(runs))
    if len(labels) != len(runs):
        raise ValueError(f"labels must name each run: there are {len(runs)} runs and {len(labels)} labels")
    return runs, labels


def _looks():
    return zip(cycle(OKABE_ITO), cycle(MARKERS), cycle(DASHES))


def _axes(ax):
    if ax is not None:
        return ax
    with plt.rc_context(STYLE):
        return plt.subplots(layout="constrained")[1]


def _say(ax, sentence):
    """Leave the alt text on the Axes; a second picture on the same Axes adds its own."""
    ax.alt = f"{ax.alt} {sentence}" if hasattr(ax, "alt") else sentence
    return ax


def _point(w):
    # adding 0 turns -0 into 0
    coordinates = [f"{c + 0:.6g}" for c in np.round(w, 6)] if len(w) <= 3 else None
    if coordinates is None:
        return f"a point of {len(w)} coordinates"
    return coordinates[0] if len(coordinates) == 1 else f"({', '.join(coordinates)})"
