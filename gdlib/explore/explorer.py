"""The explorers: a picture that answers at once, and the sliders that ask."""

from typing import Literal, Protocol

import anywidget
import ipywidgets
import numpy as np
import traitlets

from .. import linesearch, optimizers, stochastic
from .._validation import array, number, whole
from ..descent import minimize
from . import goal as goals
from . import still
from .along import along, words
from .python_function import finite_or_none
from .regimes import regime_words
from .roots import roots_words
from .script import joined, style
from .sentence import noisy_sentence, sentence, short


class Descended(Protocol):
    """What an explorer asks of the function that it descends: `Formula`, `PointLoss` and `PythonFunction` have it."""

    computed_in: Literal["browser", "kernel"]  # who computes it where the picture is drawn
    variables: tuple[str, ...]
    title: str
    program: dict  # for the browser: f and its gradient as instructions

    def value(self, w):
        """f at a point (d,)."""

    def gradient(self, w):
        """The gradient there, of the shape of w."""

    def defined_at(self, w) -> bool:
        """Whether f and its gradient are finite at w."""


class Picture(anywidget.AnyWidget):
    """What the browser draws. The traits that sliders move are added to it by name."""

    _esm = joined("explorer.js")
    _css = style()
    computed_in = traitlets.Unicode("browser").tag(sync=True)  # or "kernel"
    variables = traitlets.List(traitlets.Unicode()).tag(sync=True)
    program = traitlets.Dict().tag(sync=True)  # f and its gradient, as instructions (program.py)
    title = traitlets.Unicode("").tag(sync=True)
    window = traitlets.List().tag(sync=True)
    runs = traitlets.List().tag(
        sync=True
    )  # {label, rule, parameters: name -> trait or number; rates: a schedule's shares; roots}
    start = traitlets.List(traitlets.Unicode()).tag(sync=True)  # the traits that hold w0
    settings = traitlets.Dict().tag(sync=True)  # every trait that can be moved -> [lowest, highest, grain]
    predict = traitlets.Unicode("").tag(sync=True)  # what is to be guessed first: end, steps, regime or nothing
    goal = traitlets.Dict({"words": ""}).tag(sync=True)  # what the first run is to reach (goal.py)
    locked = traitlets.Bool(False).tag(sync=True)  # whether the sliders wait for the guess
    constants = traitlets.List(traitlets.Unicode()).tag(sync=True)  # the traits that hold a formula's named numbers
    tolerances = traitlets.Dict().tag(sync=True)
    steps = traitlets.Int(1000).tag(sync=True)
    eta_range = traitlets.List(traitlets.Float()).tag(sync=True)
    beside = traitlets.Unicode("").tag(sync=True)  # the second panel: f, cobweb, sweep, data, line, circle or none
    longest = traitlets.Float(None, allow_none=True).tag(
        sync=True
    )  # how far to look along the line, where it is looked along
    spectrum = traitlets.List().tag(
        sync=True
    )  # of a quadratic its lowest and highest curvature: where steps are planned, or the heavy ball's regimes are seen
    bound = traitlets.Float(None, allow_none=True).tag(sync=True)  # the curvature of the bound that is drawn
    minima = traitlets.List().tag(sync=True)  # whose basins are painted
    nodes = traitlets.List().tag(sync=True)  # of a formula's graph, each after its operands (formula_graph.py)
    edges = traitlets.List().tag(sync=True)
    points = traitlets.List().tag(sync=True)  # for each point of the data the traits that hold its x and y
    prediction = traitlets.Dict().tag(sync=True)  # what is fitted to them, as instructions
    orders = traitlets.List().tag(sync=True)  # for each draw, each epoch's order of the points: stochastic if there are any
    network = traitlets.Dict().tag(
        sync=True
    )  # that is trained: its inputs and outputs, the classes, each draw's random numbers
    lines = traitlets.Bool(False).tag(sync=True)  # whether each point has its line of no error on the map
    swarm = traitlets.Dict().tag(sync=True)  # of chains with noise: the curvatures along x and y, and the noise's size
    cases = traitlets.Dict().tag(sync=True)  # of the clinic: recorded runs, and what is said of them (clinic.py)
    samples = traitlets.Dict().tag(sync=True)  # of a learner's own function, which the kernel computes
    computed = traitlets.Dict().tag(sync=True)  # its runs and sentences, or what went wrong


class Explorer(ipywidgets.VBox):
    """A picture of gradient descent with sliders for the learning rate and the start.

    Made by `one_d`, `two_d`, `compare` and their like. It is live in JupyterLab and on the static page; its
    ``repr`` is the sentence, or the sentences, that say what it shows.

    Attributes
    ----------
    settings : dict
        What every slider shows, by name: eta, w0, steps ... and where points stand that can be dragged.
    eta, w0
        The learning rate (of the first run) and the start. Setting them moves the picture.
    run, runs : Result, list of Result
        The whole run from there, as `gdlib.minimize` (or `gdlib.sgd`) gives it; all the runs of a comparison.
    points : array (n, 2)
        The data, where there are any. Setting them moves them.
    reached : bool or None
        Whether the first run reaches the goal, where there is one.

    No chapter teaches it: `one_d` and its like give it back.
    """

    def __init__(self, function, sliders, runs, start, goal=None, roots=None, **picture):
        self._function, self._sliders = function, sliders
        self._picture = Picture(
            computed_in=function.computed_in,
            variables=list(function.variables),
            program=function.program,
            title=function.title,
            constants=list(getattr(function, "constants", {})),
            runs=runs,
            start=start,
            settings={name: _limits(slider) for name, slider in sliders.items()},
            **picture,
        )
        for name, slider in sliders.items():
            self._add(name, slider.value)
        self._links = [ipywidgets.jslink((slider, "value"), (self._picture, name)) for name, slider in sliders.items()]
        self._add_points()
        self._add_roots(roots or {})
        self._picture.goal = goals.goal(goal, self._picture.window, self._picture.settings)
        self._add_guess()
        if function.computed_in == "kernel":
            self._compute()
            self._picture.observe(self._compute_again, names=list(self._picture.settings))
        super().__init__([self._picture, *sliders.values()])

    def _add(self, name, value):
        if name in self._picture.constants and self._picture.has_trait(name):
            raise ValueError(f"constants must have names of their own, and {name!r} is one of the picture's")
        if not self._picture.has_trait(name):
            kind = traitlets.Int if isinstance(value, int) else traitlets.Float
            self._picture.add_traits(**{name: kind(value).tag(sync=True)})

    def _add_points(self):
        names, limits = [], {}
        for i, point in enumerate(getattr(self._function, "points", []), 1):
            names.append([f"x{i}", f"y{i}"])
            limits |= zip(names[-1], self._function.limits())
            for name, value in zip(names[-1], point.tolist()):
                self._add(name, value)
        self._picture.points = names
        self._picture.settings = {**self._picture.settings, **limits}

    def _add_roots(self, roots):
        """What can be moved of planned steps: 1 over each of them, from its name to its value and its limits."""
        for name, (value, _) in roots.items():
            self._add(name, value)
        self._picture.settings = {**self._picture.settings, **{name: limits for name, (_, limits) in roots.items()}}

    def _add_guess(self):
        """What is to be guessed before the run is seen, held as the sliders' numbers are: a link keeps it."""
        p = self._picture
        if not p.predict:
            return
        limits = {"guessed": [0, 2, 1]}  # not yet; shown; skipped
        if p.predict == "end":
            limits |= {f"guess_{v}": [*ends, (ends[1] - ends[0]) / 200] for v, ends in zip(p.variables, p.window)}
        else:
            last = 3 if p.spectrum else 2  # of the regimes
            limits[f"guess_{p.predict}"] = [0, p.steps if p.predict == "steps" else last, 1]
        for name, (low, high, _) in limits.items():
            self._add(name, (low + high) / 2 if p.predict == "end" and name != "guessed" else 0)
        p.settings, p.locked = {**p.settings, **limits}, True
        for slider in self._sliders.values():
            slider.disabled = True
            self._links.append(ipywidgets.jsdlink((p, "locked"), (slider, "disabled")))

    @property
    def settings(self):
        """What every slider shows and where every point stands, by name."""
        return {name: getattr(self._picture, name) for name in self._picture.settings}

    def set(self, **settings):
        """Move sliders, by name: ``picture.set(eta=0.5, steps=20)``."""
        limits = self._picture.settings
        for name, value in settings.items():
            if name not in limits:
                raise ValueError(f"there is no slider {name!r}; there are {', '.join(limits)}")
            slider = self._sliders.get(name)
            if isinstance(slider, ipywidgets.IntSlider):
                value = whole(name, value)
            low, high, _ = limits[name]
            value = within(name, value, low, high)
            if slider is not None:
                slider.value = value
            setattr(self._picture, name, value if slider is None else slider.value)

    @property
    def points(self):
        """The data (n, 2), where they stand now; empty if there are none."""
        return np.array([[getattr(self._picture, name) for name in pair] for pair in self._picture.points])

    @points.setter
    def points(self, value):
        names, value = self._picture.points, array("points", value)
        if value.shape != np.shape(names):
            raise ValueError(f"points must have shape {np.shape(names)}, got {value.shape}")
        self.set(**{name: x for pair, point in zip(names, value.tolist()) for name, x in zip(pair, point)})

    @property
    def f(self):
        """The function that is descended: its `value` and `gradient`."""
        p = self._picture
        if p.points:
            return self._function.at(self.points)
        return self._function.at([getattr(p, name) for name in p.constants]) if p.constants else self._function

    @property
    def eta(self):
        """The learning rate of the first run, if its rule has one."""
        return getattr(self._picture, self._picture.runs[0]["parameters"]["eta"])

    @eta.setter
    def eta(self, value):
        self.set(**{self._picture.runs[0]["parameters"]["eta"]: value})

    @property
    def w0(self):
        """The start: a number, or an array (2,). Ones, where nothing moves it."""
        w0 = [getattr(self._picture, name) for name in self._picture.start] or [1.0] * len(self._function.variables)
        return w0[0] if len(w0) == 1 else np.array(w0)

    @w0.setter
    def w0(self, value):
        if not self._picture.start:
            raise ValueError(f"w0 cannot be set here: the error begins at 1 along every eigenvector; got {value!r}")
        self.set(**dict(zip(self._picture.start, np.atleast_1d(value).tolist(), strict=True)))

    @property
    def run(self):
        """The first run, whole, as `gdlib.minimize` or `gdlib.sgd` gives it."""
        return self.runs[0]

    @property
    def runs(self):
        """All the runs of a comparison, in their order."""
        return [self._go(run) for run in self._picture.runs]

    @property
    def reached(self):
        """Whether the first run reaches the goal; None where there is none."""
        goal = self._picture.goal
        return goals.reached(goal, self.run, self.settings) if goal["words"] else None

    def _go(self, run):
        f, p, start, rule = self.f, self._picture, np.atleast_1d(self.w0), self._rule(run)
        if p.orders:
            return stochastic.sgd(f.sum, start, rule, p.batch, p.epochs, seed=p.draw)
        return minimize(f.value, f.gradient, start, rule, **p.tolerances, max_iter=p.steps)

    def _rule(self, run):
        parameters = self._parameters(run)
        if "roots" in run:
            parameters["eta"] = _schedule(1, [1 / root for root in self._roots(run)])
        if "rates" in run:
            parameters["eta"] = _schedule(parameters["eta"], run["rates"])
        if run["rule"] == "armijo":
            return linesearch.armijo(self.f.value, **parameters)
        if run["rule"] == "exact":
            return linesearch.exact(self._function.hessian(), **parameters)
        return getattr(optimizers, run["rule"])(**parameters)

    def _roots(self, run):
        return [getattr(self._picture, name) for name in run["roots"]]

    def _parameters(self, run):
        values = run["parameters"].items()
        return {name: getattr(self._picture, value) if isinstance(value, str) else value for name, value in values}

    def __repr__(self):
        return "\n".join(self._sentences(self.runs if self._defined() else None))

    def _defined(self):
        return self.f.defined_at(np.atleast_1d(self.w0))

    def _sentences(self, results):
        if results is None:
            told = [([np.atleast_1d(self.w0).tolist()], np.nan, False, "undefined")] * len(self._picture.runs)
        elif self._picture.orders:
            return [self._say_noisy(run) for run in results]
        elif "roots" in self._picture.runs[0]:
            return [self._say_planned(*pair) for pair in zip(self._picture.runs, results)]
        elif self._picture.spectrum:
            p = self._picture
            return [regime_words(p.eta, p.beta, *p.spectrum, results[0].path.tolist())]
        else:
            told = [(r.path.tolist(), r.grad_norms[-1], r.values[-1] > r.values[0], r.status) for r in results]
        return [self._say(run, *result) for run, result in zip(self._picture.runs, told)]

    def _say(self, run, path, slope, rose, status):
        label = f"{run['label']}: " if run["label"] else ""
        name, given = self._function.variables[0], self._given(run)
        said = sentence(name, label, given, path, slope, rose, status, self._picture.tolerances)
        if self._picture.longest is None or len(path) == 1 or not np.isfinite(self.f.value(path[-1])):
            return said
        w = np.array(path[0])
        g, p = self.f.gradient(w), self._parameters(run)
        seen = along(self.f.value, w, g, p["first"], p["factor"], p["c"], self._picture.longest)
        return f"{said} {words(name, 0, w, g, seen)}"

    def _given(self, run):
        """What the steps come from, to begin the sentence with."""
        p = {name: short(value) for name, value in self._parameters(run).items()}
        match run["rule"]:
            case "armijo":
                return f"t₀ = {p['first']}, q = {p['factor']}, c = {p['c']}"
            case "exact":
                return f"part θ = {p['part']}"
        return f"{'ηₖ ≤' if 'rates' in run else 'η ='} {p['eta']}"

    def _say_planned(self, run, result):
        values, diverged = result.values.tolist(), result.status == "diverged"
        return roots_words(run["label"], self._roots(run), *self._picture.spectrum, values, diverged)

    def _say_noisy(self, run):
        p, path, values = self._picture, run.path.tolist(), self._losses(run)
        said = noisy_sentence(self.eta, p.batch, len(p.points), path, values, run.status, run.epochs)
        return said + (self.f.line_words() if p.lines else "")

    def _losses(self, run):
        """The whole loss at every iterate of a stochastic run, which itself keeps one an epoch."""
        with np.errstate(all="ignore"):
            return self.f.value(run.path.T)

    def _compute(self):
        """What the browser cannot: the runs of a learner's own function, and what is said of them."""
        results = self.runs if self._defined() else None
        self._picture.computed = {
            "sentences": self._sentences(results),
            "runs": [
                {"path": finite_or_none(run.path), "values": finite_or_none(run.values), "status": run.status}
                for run in results or []
            ],
        }

    def _compute_again(self, change):
        try:
            self._compute()
        except Exception as error:  # the learner's: nobody reads what a callback raises, so the picture says it
            self._picture.computed = {"sentences": [f"{type(error).__name__}: {error}"], "runs": []}

    def still(self):
        """The picture as PNG bytes: for paper, for a page without JavaScript, for a preview; None where it cannot be drawn."""
        return still.still(self._still_state())

    def _still_state(self):
        """What the picture is drawn from, by name."""
        widgets_own = {"layout", "tabbable", "tooltip"}
        names = {name for name in self._picture.trait_names(sync=True) if not name.startswith("_")} - widgets_own
        return {name: getattr(self._picture, name) for name in names}

    def _repr_mimebundle_(self, **kwargs):
        bundle = {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}
        png = self.still() if self._defined() else None
        return {**bundle, "image/png": png} if png else bundle


def _schedule(largest, shares):
    """The schedule whose rates are these shares of the largest; after them the last one stays."""

    def rate(k):
        return largest * shares[min(k, len(shares) - 1)]

    rate.sound = True  # its rates were looked at when the shares were made; a last one may be 0
    return rate


def _limits(slider):
    """The lowest and the highest value of a slider, and its grain (0 for a logarithmic one)."""
    if isinstance(slider, ipywidgets.FloatLogSlider):
        return [slider.base**slider.min * (1 - 1e-12), slider.base**slider.max * (1 + 1e-12), 0]
    return [slider.min, slider.max, slider.step]


def within(name, value, low, high):
    """Return `value` as a float from low to high, both included; else say which argument it was and what came."""
    value = number(name, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low:.4g} and {high:.4g}, got {value:.4g}")
    return value
