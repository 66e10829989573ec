"""The explorer of a small network that is trained in the page."""

from functools import partial

from .. import optimizers
from ..descent import minimize
from .explorer import Explorer
from .network import RULES, largest_curvature, network_words


class NetworkExplorer(Explorer):
    """A picture of a network's training, made by `network`.

    It is moved by `set`, as every `Explorer`: ``eta``, ``units``, ``draw``, ``steps``, and ``rule`` (from 0: gradient descent,
    momentum, Adam).

    Attributes
    ----------
    network : MLP
        The network, of the width that the slider shows.
    f : FiniteSum
        Its loss on the points, as they stand.
    w0 : array
        The first weights: ``network.init(seed=draw)``.
    run : Result
        The training from there, as `gdlib.minimize` gives it.
    sharpness : float
        The largest eigenvalue of the Hessian at its end.

    No chapter teaches it: `network` gives it back.
    """

    def __init__(self, function, sliders, runs, rule, **picture):
        super().__init__(function, sliders, runs, [], **picture)
        self._add("rule", list(RULES).index(rule))
        self._picture.settings = {**self._picture.settings, "rule": [0, len(RULES) - 1, 1]}

    @property
    def network(self):
        """The network, of the width that the slider shows."""
        return self._function.network(self._picture.units)

    @property
    def f(self):
        """Its loss on the points, as they stand."""
        return self._function.at(self.points).loss(self._picture.units)

    @property
    def w0(self):
        """The first weights."""
        return self.network.init(seed=self._picture.draw)

    @property
    def sharpness(self):
        """The largest eigenvalue of the Hessian at the end of the run."""
        return largest_curvature(self.f, self.run.w)

    def _rule_name(self):
        return list(RULES)[int(self._picture.rule)]

    def _go(self, run):
        f, rule = self.f, getattr(optimizers, self._rule_name())(self.eta)
        return minimize(f, f.grad, self.w0, rule, gtol=0, max_iter=self._picture.steps)

    def _defined(self):
        return True  # for all points and weights

    def _sentences(self, results):
        p, f = self._picture, self.f
        say = partial(network_words, self.eta, p.draw, p.units, p.steps, self._rule_name())
        return [say(run.values, _ends(f, run)) for run in results]


def _ends(f, run):
    """The sharpness where a run begins and where it ends; None if it diverged."""
    return None if run.status == "diverged" else (largest_curvature(f, run.path[0]), largest_curvature(f, run.w))
