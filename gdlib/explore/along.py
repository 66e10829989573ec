"""The line from a point against its gradient, as a line search sees it, and in words. Mirrors js/along.js."""

from typing import NamedTuple

import numpy as np

from .sentence import coordinate, point, short

SAMPLES = 600  # points on the line at which f is looked at; what lies between two of them is found by halving
HALVINGS = 50
TRIES = 5  # told one by one; of more, the first and the last
MOST = 2000  # tries: by then a step is lost in w, unless the factor is very near to 1


class Along(NamedTuple):
    r"""What there is on the line: f is :math:`\varphi(t) = f(w - t g)`, for 0 <= t <= longest.

    Attributes
    ----------
    accepted : list of [low, high]
        Where Armijo's condition holds: the ends of each piece.
    tries : list of float
        The steps that backtracking tries; it takes the last.
    lowest : float
        Where f is lowest.
    longest : float
        Where the part of the line ends that is looked at.
    """

    accepted: list
    tries: list
    lowest: float
    longest: float


def along(f, w, g, first, factor, c, longest):
    """Look along the line from w against g.

    Parameters
    ----------
    f : callable
        At a point (d,), or at the columns of a batch (d, m).
    w, g : arrays (d,)
        A point, and the gradient there, which is not zero.
    first, factor, c
        As for `gdlib.linesearch.armijo`.
    longest : float
        How far to look.

    Examples
    --------
    >>> f = lambda w: w[0] ** 2 / 2
    >>> seen = along(f, np.array([1.0]), np.array([1.0]), first=4, factor=0.5, c=0.25, longest=2)
    >>> print([round(end, 6) for end in seen.accepted[0]], seen.tries, round(seen.lowest, 6))
    [0.0, 1.5] [4, 2.0, 1.0] 1.0
    """
    here, slope = float(f(w)), float(g @ g)

    def value(t):
        return float(f(w - t * g))

    def pays(t):
        return value(t) <= here - c * t * slope

    ts = longest * np.arange(SAMPLES + 1) / SAMPLES
    with np.errstate(all="ignore"):
        heights = f(w[:, None] - ts * g[:, None])
        tries = [first]
        while not pays(tries[-1]) and len(tries) < MOST:
            tries.append(tries[-1] * factor)
        return Along(_pieces(ts, heights <= here - c * ts * slope, pays), tries, _lowest(ts, heights, value), longest)


def reach(f, w, g, first, c):
    """How far to look along a line: twice the first step, halved as long as none of the longer half is accepted.

    Examples
    --------
    >>> reach(lambda w: 5 * w[0] ** 2, np.array([1.0]), np.array([10.0]), first=1, c=1e-4)
    0.25
    """
    here, longest = float(f(w)), 2 * first
    for _ in range(HALVINGS):
        ts = longest * (1 + np.arange(1, 65) / 64) / 2
        with np.errstate(all="ignore"):
            if (f(w[:, None] - ts * g[:, None]) <= here - c * ts * float(g @ g)).any():
                break
        longest /= 2
    return float(longest)


def _pieces(ts, holds, pays):
    """The ends of each piece; it begins at 0, since every short enough step pays."""
    ends = [0.0]
    for k in range(1, len(ts)):
        before = len(ends) % 2 == 1
        if bool(holds[k]) == before:
            continue
        low, high = ts[k - 1], ts[k]
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if pays(middle) == before else (low, middle)
        ends.append(float(low))
    if len(ends) % 2:
        ends.append(float(ts[-1]))
    return [ends[i : i + 2] for i in range(0, len(ends), 2)]


def _lowest(ts, heights, value):
    """Where f is lowest: near the lowest of the samples, by thirds."""
    k = int(np.argmin(np.where(np.isfinite(heights), heights, np.inf)))
    low, high = ts[max(0, k - 1)], ts[min(len(ts) - 1, k + 1)]
    for _ in range(2 * HALVINGS):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, b) if value(a) <= value(b) else (a, high)
    return float((low + high) / 2)


def words(name, k, w, g, seen):
    """What is told of step k: the tries, where they lead, what else would be accepted, and the lowest point.

    Parameters
    ----------
    name : str
        The variable's name, for a function of one variable.
    k : int
        The step: 0 for the first.
    w, g : arrays (d,)
        Where it begins, and the gradient there.
    seen : Along
    """
    step = seen.tries[-1]
    landing = [a - step * b for a, b in zip(w, g)]
    to = f"{name} = {coordinate(landing[0])}" if len(landing) == 1 else point(landing, coordinate)
    pieces = _listed([f"{short(low)} to {short(high)}" for low, high in seen.accepted])
    lowest = f"lowest at t = {short(seen.lowest)}"
    if seen.lowest > (1 - 1e-6) * seen.longest:
        lowest = "still falling there"
    return (
        f"Step {k + 1} tries t = {_tried(seen.tries)}, to {to}. "
        f"Of all t up to {short(seen.longest)} it would accept {pieces}; f is {lowest}."
    )


def _tried(tries):
    if len(tries) == 1:
        return f"{short(tries[0])} and takes it"
    if len(tries) <= TRIES:
        return f"{', '.join(map(short, tries[:-1]))} and takes {short(tries[-1])}"
    return f"{short(tries[0])} and shorter, and after {len(tries)} tries takes {short(tries[-1])}"


def _listed(things):
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
