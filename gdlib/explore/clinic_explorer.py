"""The explorer of a mystery run: what went wrong in it is to be named from what the instruments read."""

import numpy as np

from .clinic import INSTRUMENTS, cases, clinic_words, curve, picked
from .explorer import Explorer

SHOWN = [{"label": "", "rule": "clinic", "parameters": {}}]  # what stands in the place of runs


class Mystery:
    """What an explorer asks of a function, where there is none: the runs are recorded."""

    computed_in = "browser"
    variables = ("epoch",)
    title = "A mystery run"
    program = {}  # noqa: RUF012


class ClinicExplorer(Explorer):
    """A picture of a training run whose fault is to be named, made by `clinic`.

    It is moved by `set`, as every `Explorer`: ``case`` (its number picks the run), each instrument by its name (0 off, 1 on) and ``named``
    (0 nothing yet, 1 healthy, then the faults in their order). Another case takes back what was named. There is no run of
    its own: `runs` is empty.

    Attributes
    ----------
    fault : str
        The answer: "healthy", or a name in `gdlib.faults.FAULTS`.
    curves : dict
        From the name of an instrument that is on to what it read, an array; "printed" is the printed loss.

    No chapter teaches it: `clinic` gives it back.
    """

    def __init__(self, sliders, on):
        super().__init__(Mystery(), sliders, SHOWN, [], cases=cases())
        for name in INSTRUMENTS:
            self._add(name, int(name in on))
        self._add("named", 0)
        switches = {name: [0, 1, 1] for name in INSTRUMENTS}
        self._picture.settings = {**self._picture.settings, **switches, "named": [0, len(cases()["runs"]), 1]}
        self._picture.observe(lambda change: self._picture.set_trait("named", 0), names="case")

    @property
    def _run(self):
        runs = cases()["runs"]
        return runs[picked(self._picture.case, len(runs))]

    @property
    def _on(self):
        return [name for name in INSTRUMENTS if getattr(self._picture, name)]

    @property
    def fault(self):
        """What is wrong with the run."""
        return self._run["name"]

    @property
    def curves(self):
        """What the instruments that are on have read."""
        drawn = [name for name in ["printed", *self._on] if name in self._run["curves"]]
        return {name: np.array(curve(self._run, name)) for name in drawn}

    @property
    def runs(self):
        """None: it is recorded."""
        return []

    def _defined(self):
        return True

    def _sentences(self, results):
        return [clinic_words(self._picture.case, self._on, self._picture.named)]
