"""The sentence that says what a picture shows.

It is the picture's text for screen readers, its ``repr``, and what a printout shows.
Each function here stands, line for line, in ``js/sentence.js`` too; a test in a real browser
holds the two together.
"""

import itertools
from decimal import ROUND_HALF_UP, Context, Decimal
from math import hypot, inf

from ..descent import DIVERGENCE_BOUND

TAIL = 10  # the last steps that a run still on its way is judged by
LONGEST_CYCLE = 8
RIGHT = 1e-6  # a right angle is a turn, however it was rounded: the exact line search makes nothing else
GEOMETRIC = 0.99  # a last step at most this part of the one before: closing in geometrically
STOPPED_BY = {"xtol": "the step", "ftol": "the change of f"}

_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)  # as JavaScript rounds


def short(x):
    """At most three significant digits.

    >>> short(0.3), short(2.0), short(1234.5), short(0.00012345), short(-1e20)
    ('0.3', '2', '1230', '1.23e-4', '−1e20')
    """
    r = float(_THREE_DIGITS.create_decimal_from_float(x)) + 0.0  # no minus zero
    if r == 0 or 1e-3 <= abs(r) < 1e5:
        return _sign(f"{r:.12g}")
    digits, exponent = f"{r:.2e}".split("e")
    return _sign(f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}")


def coordinate(x):
    """A coordinate: at most three decimals.

    >>> coordinate(0.0625), coordinate(-0.00001), coordinate(2.5), coordinate(1e12)
    ('0.063', '0', '2.5', '1e12')
    """
    if abs(x) >= 1e5:
        return short(x)
    return _sign(f"{float(Decimal(x).quantize(Decimal('0.001'), ROUND_HALF_UP)) + 0.0:.12g}")


def sentence(name, label, given, path, slope, rose, status, tolerances):
    """Say what a run did.

    Parameters
    ----------
    name : str
        The variable's name, for a function of one variable.
    label : str
        What the run is called, to begin with; may be empty.
    given : str
        The learning rate, or what else the steps come from, as in ``η = 0.1``.
    path : sequence of points, length n_iter + 1
        The iterates; a point is a sequence of floats.
    slope : float
        The norm of the gradient at the last of them.
    rose : bool
        Whether f is larger there than at the start.
    status : {"gtol", "xtol", "ftol", "max_iter", "diverged", "undefined"}
        Why the run ended; undefined if f or its gradient is not finite at the start.
    tolerances : dict
        The tolerances by name.
    """
    one, n, last = len(path[0]) == 1, len(path) - 1, path[-1]
    gradient, size = ("|f′|", f"|{name}|") if one else ("‖∇f‖", "‖w‖")
    start = f"{label}{given} from {f'{name}₀ = ' if one else ''}{point(path[0], short)}: "
    if status == "undefined":
        return f"{start}f or its slope is not a finite number there, so no step can be taken."
    steps = [_minus(b, a) for a, b in itertools.pairwise(path)]
    small = f"{gradient} ≤ {short(tolerances['gtol'])}"
    way = _motion(steps, one)
    where = f"{f'{name} ≈ ' if one else 'about '}{point(last, coordinate)}"
    if status == "diverged":
        if _norm(last) <= DIVERGENCE_BOUND and not rose:
            return f"{start}{way} and ends after {count(n)} at {where}: f or its slope is not a finite number there."
        far = "no finite number"
        if DIVERGENCE_BOUND < _norm(last) < inf:
            far = f"{size} > {short(DIVERGENCE_BOUND)}"
        return f"{start}{way} and diverges: {far} after {count(n)}."
    if status == "gtol":
        if n == 0:
            return f"{start}already flat, {small}, so no step is taken."
        if n == 1:
            return f"{start}one step and it is there, {where}: {small}."
        if _norm(steps[-1]) <= GEOMETRIC * _norm(steps[-2]):
            return f"{start}{way} and converges to {where}: {small} after {n} steps."
        return f"{start}{way} and stops on nearly flat ground at {where}: {small} after {n} steps."
    if status in STOPPED_BY:
        return (
            f"{start}{way} and is stopped at {where}: {STOPPED_BY[status]} is at most {short(tolerances[status])} "
            f"after {count(n)}, and {gradient} is {short(slope)}."
        )
    return start + _unfinished(path, steps, way, f"{gradient} = {short(slope)}", size, rose)


def noisy_sentence(eta, size, rows, path, values, status, epochs):
    """Say what a stochastic run did.

    Parameters
    ----------
    eta : float
    size, rows : int
        How many of the rows of data make a step.
    path, values : sequences, length n_iter + 1
        The iterates, and the whole loss at each.
    status : {"epochs", "diverged"}
    epochs : int
    """
    n = len(path) - 1
    start = f"η = {short(eta)} from {'w₀ = ' if len(path[0]) == 1 else ''}{point(path[0], short)}, "
    start += f"{size} of {count(rows, 'point')} a step: "
    if status == "diverged":
        return f"{start}diverges after {count(n)}."
    last = values[n - -(-rows // size) :]  # the last epoch, with the point that it set out from
    return (
        f"{start}after {count(n)}, {count(epochs, 'epoch')}, f went from {short(values[0])} to {short(values[n])}; "
        f"in the last epoch it kept between {short(min(last))} and {short(max(last))}."
    )


def _unfinished(path, steps, way, slope, size, rose):
    """What a run that used up its steps was doing at the end."""
    n = len(steps)
    sizes = [_norm(step) for step in steps[-TAIL:]]
    pairs = list(itertools.pairwise(sizes))
    growing = bool(pairs) and all(b > a * (1 + 1e-9) for a, b in pairs)
    if growing and rose:
        return f"{way} and diverges: {size} = {short(_norm(path[-1]))} after {count(n)} and growing."
    if growing or all(b < a * (1 - 1e-9) for a, b in pairs):
        return f"{way}, not there yet: {slope} after {count(n)}."
    undecided = "neither converges nor diverges"
    for period in range(2, min(LONGEST_CYCLE, n) + 1):
        if _norm(_minus(path[-1], path[-1 - period])) <= 1e-3 * sizes[-1] > 0:
            return f"{undecided}: a cycle of {period} points{_extent(path)}, still going after {n} steps."
    if len(path[0]) == 1 and way != "moves one way":
        return f"{undecided}: wanders{_extent(path)}, still going after {count(n)}."
    return f"{way}, not there yet: {slope} after {count(n)}."


def _extent(path):
    if len(path[0]) > 1:
        return ""
    half = [w for (w,) in path[(len(path) - 1) // 2 :]]
    return f" between {coordinate(min(half))} and {coordinate(max(half))}"


def _motion(steps, one):
    """How the run moved: one way, from side to side, or something between."""
    if len(steps) == 1:
        return "takes one step"
    turns = [_dot(a, b) < RIGHT * _norm(a) * _norm(b) for a, b in itertools.pairwise(steps)]
    if not any(turns):
        return "moves one way" if one else "never turns back"
    if all(turns[-TAIL:]):
        return "alternates sides" if one else "zig-zags"
    return f"turns back {count(sum(turns), 'time')}"


def count(n, thing="step"):
    """A number of things in words: `1 step`, `2 steps`."""
    return f"{n} {thing}{'' if n == 1 else 's'}"


def point(w, write):
    """A point as it is read aloud: its one number, or its coordinates in brackets, each as `write` has it."""
    return write(w[0]) if len(w) == 1 else f"({', '.join(map(write, w))})"


def _sign(text):
    return f"−{text[1:]}" if text.startswith("-") else text


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def _norm(v):
    return hypot(*v)


def _minus(a, b):
    return [x - y for x, y in zip(a, b)]
