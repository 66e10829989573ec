"""The sentence that says what a picture shows.

It is the picture's text for screen readers, its ``repr``, and what a printout shows.
Each function here stands, line for line, in ``rules.js`` too; a test in a real browser
holds the two together.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

from ..descent import DIVERGENCE_BOUND

TAIL = 10  # the last steps that a run still on its way is judged by
LONGEST_CYCLE = 8
GEOMETRIC = 0.99  # a last step at most this part of the one before: closing in geometrically

_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)  # as JavaScript rounds


def number(x):
    """At most three significant digits.

    >>> number(0.3), number(2.0), number(1234.5), number(0.00012345), number(-1e20)
    ('0.3', '2', '1230', '1.23e-4', '−1e20')
    """
    r = float(_THREE_DIGITS.create_decimal_from_float(x)) + 0.0  # no minus zero
    if r == 0 or 1e-3 <= abs(r) < 1e5:
        return _minus(f"{r:.12g}")
    digits, exponent = f"{r:.2e}".split("e")
    return _minus(f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}")


def place(w):
    """A point on the axis: at most three decimals.

    >>> place(0.0625), place(-0.00001), place(2.5), place(1e12)
    ('0.063', '0', '2.5', '1e12')
    """
    if abs(w) >= 1e5:
        return number(w)
    return _minus(f"{float(Decimal(w).quantize(Decimal('0.001'), ROUND_HALF_UP)) + 0.0:.12g}")


def _minus(text):
    return f"−{text[1:]}" if text.startswith("-") else text


def sentence(name, eta, path, slope, status, gtol):
    """Say what gradient descent did in one variable.

    Parameters
    ----------
    name : str
        The variable's name.
    eta : float
        The learning rate.
    path : sequence of float, length n_iter + 1
        The iterates.
    slope : float
        f' at the last of them.
    status : {"gtol", "diverged", "max_iter", "undefined"}
        Why the run ended; undefined if f or f' is not finite at the start.
    gtol : float
        The tolerance on the slope.
    """
    start = f"η = {number(eta)} from {name}₀ = {number(path[0])}: "
    steps = [b - a for a, b in zip(path, path[1:])]
    n = len(steps)
    if status == "undefined":
        return f"{start}f or its slope is not a finite number there, so no step can be taken."
    small = f"|f′| ≤ {number(gtol)}"
    if status == "gtol":
        where = f"{name} ≈ {place(path[-1])}"
        if n == 0:
            return f"{start}already flat, {small}, so no step is taken."
        if n == 1:
            return f"{start}one step and it is there, {where}: {small}."
        if abs(steps[-1]) <= GEOMETRIC * abs(steps[-2]):
            return f"{start}{_motion(steps)} and converges to {where}: {small} after {n} steps."
        return f"{start}{_motion(steps)} and stops on nearly flat ground at {where}: {small} after {n} steps."
    if status == "diverged":
        far = f"|{name}| > {number(DIVERGENCE_BOUND)}" if _far(path[-1]) else "no finite number"
        return f"{start}{_motion(steps)} and diverges: {far} after {_count(n)}."
    return start + _unfinished(name, path, steps, slope)


def _unfinished(name, path, steps, slope):
    """What a run that used up its steps was doing at the end."""
    n = len(steps)
    sizes = [abs(step) for step in steps[-TAIL:]]
    pairs = list(zip(sizes, sizes[1:]))
    if pairs and all(b > a * (1 + 1e-9) for a, b in pairs):
        return f"{_motion(steps)} and diverges: |{name}| = {number(abs(path[-1]))} after {_count(n)} and growing."
    if all(b < a * (1 - 1e-9) for a, b in pairs):
        return f"{_motion(steps)}, not there yet: |f′| = {number(abs(slope))} after {_count(n)}."
    low, high = min(path[n // 2 :]), max(path[n // 2 :])
    between = f"between {place(low)} and {place(high)}"
    for period in range(2, min(LONGEST_CYCLE, n) + 1):
        if abs(path[-1] - path[-1 - period]) <= 1e-3 * sizes[-1]:
            return f"neither converges nor diverges: a cycle of {period} points {between}, still going after {n} steps."
    return f"neither converges nor diverges: wanders {between}, still going after {_count(n)}."


def _motion(steps):
    """How the run moved: one way, from side to side, or something between."""
    turns = [a * b < 0 for a, b in zip(steps, steps[1:])]
    if not any(turns):
        return "moves one way"
    if all(turns[-TAIL:]):
        return "alternates sides"
    return f"turns back {_count(sum(turns), 'time')}"


def _count(n, thing="step"):
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _far(w):
    return abs(w) > DIVERGENCE_BOUND and w - w == 0
