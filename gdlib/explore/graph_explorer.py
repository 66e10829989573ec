"""The explorer of a formula's graph: no descent, but the two sweeps that compute a gradient."""

from .explorer import Explorer

SWEEPS = [{"label": "", "rule": "sweeps", "parameters": {}}]  # what stands in the place of runs


class GraphExplorer(Explorer):
    """A picture of a formula as its computational graph, made by `graph`.

    It is moved by `set`, as every `Explorer`: the leaves by their names, ``stage``, ``nudge`` (how far a leaf moves) and
    ``nudged`` (which leaf, from 0). There is no run: `runs` is empty.

    Attributes
    ----------
    value : float
        f at the leaves as they stand.
    gradient : dict
        The derivative of f by each leaf.
    nodes : Graph
        The whole graph there, as `gdlib.autodiff.graph` gives it.

    No chapter teaches it: `graph` gives it back.
    """

    def __init__(self, function, sliders, leaves, nudge, **picture):
        super().__init__(function, sliders, SWEEPS, leaves, **function.drawn(), **picture)
        if nudge:
            self._add("nudged", function.variables.index(nudge))
            self._picture.settings = {**self._picture.settings, "nudged": [0, len(leaves) - 1, 1]}

    @property
    def _at(self):
        return [getattr(self._picture, name) for name in self._picture.start]

    @property
    def value(self):
        """f at the leaves as they stand."""
        return self._function.value(self._at)

    @property
    def gradient(self):
        """The derivative of f by each leaf, by its name."""
        grads = self._function.sweeps(self._at).grads
        parts = zip(self._function.parts, grads)
        return {part.formula: grad for part, grad in parts if not part.operation}

    @property
    def nodes(self):
        """The graph with its numbers, as data."""
        return self._function.graph(self._at)

    @property
    def runs(self):
        """None: nothing is descended."""
        return []

    def _defined(self):
        return True  # a node that has no number says so

    def _sentences(self, results):
        p = self._picture
        return [self._function.say(self._at, p.stage, (p.nudged, p.nudge) if p.beside else None)]
