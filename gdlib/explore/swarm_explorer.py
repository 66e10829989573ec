"""The explorer of a swarm of chains."""

from math import sqrt

import numpy as np

from .explorer import Explorer
from .swarm import ball, swarm, swarm_words


class SwarmExplorer(Explorer):
    """A picture of 64 chains and their noise ball, made by `swarm`.

    It is moved by `set`, as every `Explorer`: ``eta``, ``batch``, ``steps``, ``draw``, ``x0`` and ``y0``.

    Attributes
    ----------
    run : Swarm
        The chains, their mean and their radii after each step, and the mean of f over them beside its expectation.
    ball : array (2,)
        The radius of the noise ball along each axis; infinite where there is none.

    No chapter teaches it: `swarm` gives it back.
    """

    @property
    def _size(self):
        return self._picture.swarm["sigma"] / sqrt(self._picture.batch)

    @property
    def _curvatures(self):
        return np.array(self._picture.swarm["curvatures"])

    @property
    def ball(self):
        """The radius of the noise ball along each axis; infinite where there is none."""
        return ball(self.eta, self._size, self._curvatures)

    def _go(self, run):
        return swarm(self.eta, self._size, self._curvatures, self.w0, self._picture.steps, self._picture.draw)

    def _sentences(self, results):
        return [swarm_words(self.eta, self._picture.batch, self._size, self._curvatures, made) for made in results]
