"""A swarm: 64 chains with noise of one variance on a bowl, what is expected of them, and in words. Mirrors js/swarm.js.

The noise is made of whole numbers of 32 bits and one multiplication, so that both languages draw the same chains, to the last bit.
"""

from dataclasses import dataclass

import numpy as np

from ..descent import DIVERGENCE_BOUND
from .sentence import count, point, short

CHAINS = 64
OF_A_DRAW = 2**17  # random numbers: no two draws share any
MOST_STEPS = OF_A_DRAW // (2 * CHAINS)
BORDER = 2 * (1 - 1e-9)  # of eta times lambda: a slider's place is rounded


def noise(first, n):
    r"""The numbers first, ..., first + n - 1 of a sequence that is spread evenly from :math:`-\sqrt3` to :math:`\sqrt3`.

    Their mean is 0 and their variance 1. The place in the sequence, times an odd number, is stirred by two rounds of shifts and
    products (known as splitmix32, with Chris Wellons' constants). Each step can be undone: all :math:`2^{32}` numbers are different.

    Examples
    --------
    >>> noise(0, 3).round(4).tolist(), noise(1, 1).round(4).tolist()
    ([-1.7321, -0.3737, 1.2145], [-0.3737])
    """
    x = np.arange(first, first + n).astype(np.uint32) * np.uint32(0x9E3779B9)
    for shift, factor in ((16, 0x21F0AAAD), (15, 0x735A2D97)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return np.sqrt(12) * (((x ^ (x >> np.uint32(15))) + 0.5) / 2**32 - 0.5)


@dataclass(frozen=True)
class Swarm:
    """What 64 chains did, and what is expected of them.

    Attributes
    ----------
    chains : array (n_iter + 1, 64, 2)
        Where each chain stood after each step.
    path, radii : array (n_iter + 1, 2)
        Their mean, and the root of their mean squared distance from it along each axis.
    values, expected : array (n_iter + 1,)
        The mean of f over them, and its expectation.
    status : {"max_iter", "diverged"}
        Whether they made all steps.
    """

    chains: np.ndarray
    path: np.ndarray
    radii: np.ndarray
    values: np.ndarray
    expected: np.ndarray
    status: str

    @property
    def n_iter(self):
        """How many steps were made."""
        return len(self.path) - 1


def swarm(eta, size, curvatures, w0, steps, draw):
    r"""64 chains :math:`w_{k+1} = w_k - \eta(Hw_k + s z_k)`, where `size` is s, H has the `curvatures` and each z is of variance 1.

    The expectation of f is summed up by the two recurrences in the proof of the noise ball on a parabola: they hold for all
    :math:`\eta`.

    Examples
    --------
    >>> made = swarm(0.1, 1.0, np.array([1.0, 10.0]), np.array([1.4, 0.8]), 200, 0)
    >>> made.radii[-1].round(2).tolist(), float(made.expected[-1].round(4))
    ([0.21, 0.09], 0.0763)
    """
    w, z = np.tile(w0, (CHAINS, 1)), noise(1 + draw * OF_A_DRAW, steps * 2 * CHAINS).reshape(steps, CHAINS, 2)
    mean, variance, q = np.array(w0, dtype=float), np.zeros(2), 1 - eta * curvatures
    chains, expected = [w], [curvatures @ mean**2 / 2]
    for k in range(steps):
        if abs(w).max() > DIVERGENCE_BOUND:
            break
        w = w - eta * (curvatures * w + size * z[k])
        mean, variance = q * mean, q**2 * variance + (eta * size) ** 2
        chains.append(w)
        expected.append(curvatures @ (mean**2 + variance) / 2)
    chains = np.array(chains)
    status = "diverged" if abs(w).max() > DIVERGENCE_BOUND else "max_iter"
    values = (chains**2).mean(axis=1) @ curvatures / 2
    return Swarm(chains, chains.mean(axis=1), chains.std(axis=1), values, np.array(expected), status)


def ball(eta, size, curvatures):
    r"""The radius of the noise ball along each axis: the root of :math:`\eta s^2/(\lambda(2 - \eta\lambda))`; infinite where there is none.

    Examples
    --------
    >>> ball(0.1, 1.0, np.array([1.0, 10.0, 20.0])).round(3).tolist()
    [0.229, 0.1, inf]
    """
    there = eta * curvatures < BORDER
    room = np.where(there, curvatures * (2 - eta * curvatures), 1)
    return np.where(there, size * np.sqrt(eta / room), np.inf)


def swarm_words(eta, batch, size, curvatures, made):
    """What is told of a swarm, at its end."""
    given = f"η = {short(eta)}, B = {batch} from {point(made.path[0].tolist(), short)}: "
    promised = [
        f"{short(r)} along {name}" if r < np.inf else f"none along {name} (η ≥ 2/λ = {short(2 / curvature)})"
        for name, r, curvature in zip("xy", ball(eta, size, curvatures).tolist(), curvatures.tolist())
    ]
    promised = " and ".join(promised)
    if made.status == "diverged":
        far = f"one of the {CHAINS} chains is beyond {short(DIVERGENCE_BOUND)}"
        return f"{given}diverges: after {count(made.n_iter)} {far}. The noise ball's radius is {promised}."
    measured = " and ".join(f"{short(r)} along {name}" for name, r in zip("xy", made.radii[-1].tolist()))
    return (
        f"{given}after {count(made.n_iter)} the cloud's radius is {measured}; the noise ball's is {promised}. "
        f"f is {short(made.values[-1])} on average; {short(made.expected[-1])} is predicted."
    )
