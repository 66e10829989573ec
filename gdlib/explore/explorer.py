"""The explorers: a picture that answers at once, and the sliders that ask."""

import io
import re
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets

from .. import optimizers
from .._checks import number, whole
from ..descent import minimize
from .sentence import sentence

_HERE = Path(__file__).parent

def _source(*names):
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


class Picture(anywidget.AnyWidget):
    """What the browser draws. The traits that sliders move are added to it by name."""

    _esm = _source("rules.js", "picture.js")
    _css = _source("picture.css")
    variables = traitlets.List(traitlets.Unicode()).tag(sync=True)
    javascript = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    window = traitlets.List().tag(sync=True)
    runs = traitlets.List().tag(sync=True)  # {label, rule, parameters: name -> trait or number}
    start = traitlets.List(traitlets.Unicode()).tag(sync=True)  # the traits that hold w0
    settings = traitlets.List(traitlets.Unicode()).tag(sync=True)  # all the traits that sliders move
    tests = traitlets.Dict().tag(sync=True)
    steps = traitlets.Int(1000).tag(sync=True)
    eta_range = traitlets.List(traitlets.Float()).tag(sync=True)
    beside = traitlets.Unicode("").tag(sync=True)  # the second panel: f, cobweb, sweep or none
    bound = traitlets.Float(None, allow_none=True).tag(sync=True)  # the curvature of the bound that is drawn
    minima = traitlets.List().tag(sync=True)  # whose basins are painted


class Explorer(ipywidgets.VBox):
    """A picture of gradient descent with sliders for the learning rate and the start.

    Made by `one_d`, `two_d` and `compare`. It is live in JupyterLab and on the static page; its
    ``repr`` is the sentence, or the sentences, that say what it shows.

    Attributes
    ----------
    settings : dict
        What every slider shows, by name: eta, w0, steps ...
    eta, w0
        The learning rate (of the first run) and the start. Setting them moves the picture.
    run, runs : Result, list of Result
        The whole run from there, as `gdlib.minimize` gives it; all the runs of a comparison.
    """

    def __init__(self, formula, sliders, runs, start, **picture):
        self._formula, self._sliders = formula, sliders
        self._picture = Picture(
            variables=list(formula.variables),
            javascript=formula.javascript,
            title=f"f({', '.join(formula.variables)}) = {plain(formula.text)}",
            runs=runs,
            start=start,
            settings=list(sliders),
            **picture,
        )
        for name, slider in sliders.items():
            if not self._picture.has_trait(name):
                self._picture.add_traits(**{name: traitlets.Float(slider.value).tag(sync=True)})
        self._links = [
            ipywidgets.jslink((slider, "value"), (self._picture, name)) for name, slider in sliders.items()
        ]
        super().__init__([self._picture, *sliders.values()])

    @property
    def settings(self):
        return {name: getattr(self._picture, name) for name in self._sliders}

    def set(self, **settings):
        """Move sliders, by name: ``picture.set(eta=0.5, steps=20)``."""
        for name, value in settings.items():
            if name not in self._sliders:
                raise ValueError(f"there is no slider {name!r}; there are {', '.join(self._sliders)}")
            slider = self._sliders[name]
            if isinstance(slider, ipywidgets.IntSlider):
                value = whole(name, value)
            slider.value = between(name, value, *_ends(slider))
            setattr(self._picture, name, slider.value)

    @property
    def eta(self):
        return getattr(self._picture, self._picture.runs[0]["parameters"]["eta"])

    @eta.setter
    def eta(self, value):
        self.set(**{self._picture.runs[0]["parameters"]["eta"]: value})

    @property
    def w0(self):
        w0 = [getattr(self._picture, name) for name in self._picture.start]
        return w0[0] if len(w0) == 1 else np.array(w0)

    @w0.setter
    def w0(self, value):
        self.set(**dict(zip(self._picture.start, np.atleast_1d(value).tolist(), strict=True)))

    @property
    def run(self):
        return self.runs[0]

    @property
    def runs(self):
        f, p = self._formula, self._picture
        start = np.atleast_1d(self.w0)
        return [minimize(f.value, f.gradient, start, self._rule(run), **p.tests, max_iter=p.steps) for run in p.runs]

    def _rule(self, run):
        return getattr(optimizers, run["rule"])(**self._parameters(run))

    def _parameters(self, run):
        return {
            name: getattr(self._picture, value) if isinstance(value, str) else value
            for name, value in run["parameters"].items()
        }

    def __repr__(self):
        w0 = np.atleast_1d(self.w0)
        if not self._formula.defined_at(w0):
            told = [([w0.tolist()], np.nan, False, "undefined")] * len(self._picture.runs)
        else:
            told = [(r.path.tolist(), r.grad_norms[-1], r.values[-1] > r.values[0], r.status) for r in self.runs]
        return "\n".join(self._say(run, *result) for run, result in zip(self._picture.runs, told))

    def _say(self, run, path, slope, rose, status):
        label = f"{run['label']}: " if run["label"] else ""
        eta = self._parameters(run)["eta"]
        return sentence(self._formula.variables[0], label, eta, path, slope, rose, status, self._picture.tests)

    def still(self):
        """The picture as PNG bytes: for paper, for a page without JavaScript, for a preview."""
        from matplotlib.figure import Figure  # slow to load, and needed here only

        from .. import plots

        figure = Figure(figsize=(6.4, 3.8), dpi=100, layout="constrained")
        f, p, runs = self._formula.value, self._picture, self.runs
        figure.suptitle(p.title)
        if len(p.window) == 1:
            plots.descent_1d(f, runs[0], window=tuple(p.window[0]), ax=figure.subplots())
        else:
            labels = [run["label"] for run in p.runs] if len(runs) > 1 else None
            left, right = figure.subplots(1, 2, width_ratios=(3, 2))
            plots.contours(f, runs, window=tuple(map(tuple, p.window)), ax=left, labels=labels)
            plots.values(runs, ax=right, labels=labels, log=all((run.values > 0).all() for run in runs))
        image = io.BytesIO()
        figure.savefig(image, format="png", facecolor="white", metadata={"Software": None})
        return image.getvalue()

    def _repr_mimebundle_(self, **kwargs):
        bundle = {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}
        defined = self._formula.defined_at(np.atleast_1d(self.w0))
        return {**bundle, "image/png": self.still()} if defined else bundle


def _ends(slider):
    if isinstance(slider, ipywidgets.FloatLogSlider):
        return slider.base**slider.min * (1 - 1e-12), slider.base**slider.max * (1 + 1e-12)
    return slider.min, slider.max


def between(name, value, low, high):
    """Return `value` as a float from low to high, both included; else say which argument it was and what came."""
    value = number(name, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low:.4g} and {high:.4g}, got {value:.4g}")
    return value


def plain(text):
    """A formula as it is written by hand: ``3*w**2`` as 3·w²."""
    raised = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    text = re.sub(r"\*\*(\d+)(?![\d.])", lambda power: power[1].translate(raised), text)
    text = text.replace("+ -", "- ")
    return text.replace("**", "^").replace("*", "·").replace("-", "−")
