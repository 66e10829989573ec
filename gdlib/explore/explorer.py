"""The explorers: a picture that answers at once, and the sliders that ask."""

import io
import re
from math import floor, log2, log10
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets

from .._checks import number, whole
from ..descent import gradient_descent
from .formula import Formula
from .sentence import sentence

_HERE = Path(__file__).parent


def _source(*names):
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


class Picture(anywidget.AnyWidget):
    """What the browser draws: the curve, the way down it, and the sentence about it."""

    _esm = _source("rules.js", "picture.js")
    _css = _source("picture.css")
    variable = traitlets.Unicode("w").tag(sync=True)
    javascript = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    window = traitlets.List(traitlets.Float()).tag(sync=True)
    gtol = traitlets.Float(1e-6).tag(sync=True)
    max_iter = traitlets.Int(1000).tag(sync=True)
    eta = traitlets.Float(0.1).tag(sync=True)
    w0 = traitlets.Float(1.0).tag(sync=True)


class Explorer(ipywidgets.VBox):
    """A picture of gradient descent with sliders for the learning rate and the start.

    Made by `one_d`. It is live in JupyterLab and on the static page; its ``repr`` is the
    sentence that says what it shows.

    Attributes
    ----------
    eta, w0 : float
        The learning rate and the start that the sliders show. Setting them moves the picture.
    run : Result
        The whole run from there, as `gdlib.gradient_descent` gives it.
    """

    def __init__(self, formula, picture, eta_range):
        self._formula, self._picture, self._eta_range = formula, picture, eta_range
        # sixteenths of a doubling, counted from the first eta, so that the slider holds it
        # exactly; from eta = 1/4 it holds 1/2, 1 and 2 as well
        low, high = eta_range
        at, up, down = log2(picture.eta), log2(high / picture.eta), log2(picture.eta / low)
        self._eta = ipywidgets.FloatLogSlider(
            picture.eta, base=2, min=at - floor(16 * down) / 16, max=at + floor(16 * up) / 16,
            step=1 / 16, readout_format=".3g",
            description="learning rate η", **_WIDE,
        )  # fmt: skip
        left, right = picture.window
        self._w0 = ipywidgets.FloatSlider(
            picture.w0, min=left, max=right, readout_format=".3g",
            step=10.0 ** floor(log10((right - left) / 100)),  # 100 to 1000 places
            description=f"start {formula.variable}₀", **_WIDE,
        )  # fmt: skip
        self._links = [
            ipywidgets.jslink((self._eta, "value"), (picture, "eta")),
            ipywidgets.jslink((self._w0, "value"), (picture, "w0")),
        ]
        super().__init__([picture, self._eta, self._w0])

    @property
    def eta(self):
        return self._picture.eta

    @eta.setter
    def eta(self, value):
        self._eta.value = self._picture.eta = _between("eta", value, *self._eta_range)

    @property
    def w0(self):
        return self._picture.w0

    @w0.setter
    def w0(self, value):
        self._w0.value = self._picture.w0 = _between("w0", value, *self._picture.window)

    @property
    def run(self):
        f, p = self._formula, self._picture
        return gradient_descent(f.value, f.slope, p.w0, p.eta, gtol=p.gtol, max_iter=p.max_iter)

    def __repr__(self):
        name, p = self._formula.variable, self._picture
        if not self._formula.defined_at(p.w0):
            return sentence(name, p.eta, [p.w0], np.nan, "undefined", p.gtol)
        return self._describe(self.run)

    def _describe(self, run):
        name, p = self._formula.variable, self._picture
        path = [float(w) for w in run.path[:, 0]]
        return sentence(name, p.eta, path, float(run.grad_norms[-1]), run.status, p.gtol)

    def still(self):
        """The picture as PNG bytes: for paper, for a page without JavaScript, for a preview."""
        from matplotlib.figure import Figure  # slow to load, and needed here only

        from .. import plots

        figure = Figure(figsize=(6.4, 3.8), dpi=100, layout="constrained")
        p = self._picture
        axes = plots.descent_1d(
            self._formula.value, self.run, window=tuple(p.window), ax=figure.subplots()
        )
        axes.set_title(p.title)
        image = io.BytesIO()
        figure.savefig(image, format="png", facecolor="white", metadata={"Software": None})
        return image.getvalue()

    def _repr_mimebundle_(self, **kwargs):
        bundle = {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}
        return {**bundle, "image/png": self.still()} if self._formula.defined_at(self._picture.w0) else bundle


_WIDE = {
    "style": {"description_width": "8.5em"},
    "layout": {"width": "auto", "max_width": "44rem"},
}


def one_d(function, eta=0.1, w0=None, *, eta_range=(1 / 64, 4), window=None, gtol=1e-6, max_iter=1000):
    r"""Gradient descent on a function of one variable, live: sliders for :math:`\eta` and :math:`w_0`.

    The picture shows f, the way :math:`w_{k+1} = w_k - \eta f'(w_k)` takes along it (start as a
    ring, every step as a dot, the end as a diamond), the tangent at the start, and one sentence.

    Parameters
    ----------
    function : Objective or str
        An objective of one variable, or a formula such as ``"(w**2 - 1)**2/4"``.
    eta : float
        The learning rate at first, within `eta_range`.
    w0 : float, optional
        The start at first, within `window`; by default nine tenths of the way to its right end.
    eta_range : (float, float)
        The ends of the slider for eta, which moves in sixteenths of a doubling from `eta`.
    window : (float, float), optional
        The part of the axis that is shown; by default the objective's, or (-2.5, 2.5).
    gtol : float
        The run stops where :math:`|f'(w)|` is at most this.
    max_iter : int
        ... or after this many steps.

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
    formula = Formula(getattr(function, "formula", function))
    left, right = _interval("window", window or getattr(function, "window", [(-2.5, 2.5)])[0])
    low, high = _interval("eta_range", eta_range)
    if low <= 0:
        raise ValueError(f"eta_range must be two positive numbers, got {eta_range}")
    if w0 is None:
        w0 = left + 0.9 * (right - left)
    w0 = _between("w0", w0, left, right)
    if not formula.defined_at(w0):
        raise ValueError(f"f and its slope must be finite at w0, but at {w0} they are not")
    picture = Picture(
        variable=formula.variable,
        javascript=formula.javascript,
        title=f"f({formula.variable}) = {_plain(formula.text)}",
        window=[left, right],
        eta=_between("eta", eta, low, high),
        w0=w0,
        gtol=number("gtol", gtol, 0, closed=True),
        max_iter=whole("max_iter", max_iter),
    )
    return Explorer(formula, picture, (low, high))


def _interval(name, ends):
    try:
        low, high = (number(name, end) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two finite numbers, low and high; got {ends!r}") from None
    if not low < high:
        raise ValueError(f"{name} must have its low end first, got {ends!r}")
    return low, high


def _between(name, value, low, high):
    value = number(name, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low:.4g} and {high:.4g}, got {value:.4g}")
    return value


def _plain(text):
    """A formula as it is written by hand: ``3*w**2`` as 3·w²."""
    raised = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    text = re.sub(r"\*\*(\d+)(?![\d.])", lambda power: power[1].translate(raised), text)
    return text.replace("**", "^").replace("*", "·").replace("-", "−")
