"""What the heavy ball does along an eigenvector, by the roots of its recurrence, and in words. Mirrors js/regimes.js."""

from math import copysign, log, sqrt

from .sentence import count, short

NEAR = 1e-9  # relative; as near as this a border is met, for a slider's place is rounded
DOES = [
    "moves one way, decided by the root {}",
    "moves one way, with the double root {}",
    "oscillates, with complex roots of size {}",
    "alternates sides, with the double root {}",
    "alternates sides, decided by the root {}",
    "alternates sides for ever, decided by the root {}",
    "alternates sides and diverges, decided by the root {}",
]


def regime(x, beta):
    r"""Which of `DOES` it is at :math:`x = \eta\lambda`: an even number inside a region, an odd one on the border after it.

    Examples
    --------
    >>> [regime(x, 0.25) for x in (0.2, 0.25, 1, 2.25, 2.4, 2.5, 2.6)]
    [0, 1, 2, 3, 4, 5, 6]
    """
    root = sqrt(beta)
    borders = (1 - root) ** 2, (1 + root) ** 2, 2 * (1 + beta)
    for i, border in enumerate(borders):
        if x <= border * (1 + NEAR):
            return 2 * i + (x >= border * (1 - NEAR))
    return 2 * len(borders)


def deciding(x, beta):
    r"""Of the roots of :math:`z^2 - (1 + \beta - x)z + \beta` the one that is larger in size; of complex ones their size.

    Examples
    --------
    >>> deciding(0.5, 0.0), deciding(1.0, 0.25), deciding(3.0, 0.25)
    (0.5, 0.5, -1.5930703308172536)
    """
    root = sqrt(beta)
    match regime(x, beta):
        case 1 | 2:
            return root
        case 3:
            return -root
        case 5:
            return -1.0
    half, square = (1 + beta - x) / 2, (x - (1 - root) ** 2) * (x - (1 + root) ** 2) / 4
    return half + copysign(sqrt(square), half)


def best(mu, L):
    r"""The smallest that :math:`\eta` and :math:`\beta` can make the largest root between the curvatures mu and L.

    Examples
    --------
    >>> best(1, 100) == 9 / 11
    True
    """
    q = sqrt(L / mu)
    return (q - 1) / (q + 1)


def regime_words(eta, beta, mu, L, path):
    """What is told of the heavy ball on a parabola (mu = L), or on a bowl with curvatures from mu to L, and of its path."""
    given, xs = f"η = {short(eta)}, β = {short(beta)} from", (eta * mu, eta * L)
    does = [DOES[regime(x, beta)].format(short(deciding(x, beta))) for x in xs]
    worst, least = max(abs(deciding(x, beta)) for x in xs), best(mu, L)
    if mu == L:
        return f"{given} w₀ = 1: at ηλ = {short(xs[0])} it {does[0]}. {_in_the_long_run(worst)} {_at_the_end(path)}"
    along = "; ".join(f"along {name} (ηλ = {short(x)}) it {said}" for name, x, said in zip("μL", xs, does))
    better = f"; the best η and β make it {short(least)}"
    if worst <= least * (1 + NEAR):
        better = ", and no η and β make it smaller"
    largest = f"The largest root on the bar has the size {short(worst)}{better}."
    return f"{given} (1, 1): {along}. {largest} {_in_the_long_run(worst)} {_at_the_end(path)}"


def _in_the_long_run(size):
    if size == 1:
        return "The error does not fade."
    if size <= 0.1:
        return "In the long run a step takes nine tenths of the error away, or more."
    falls = "falls to a tenth" if size < 1 else "grows tenfold"
    return f"In the long run the error {falls} in about {short(log(10) / abs(log(size)))} steps."


def _at_the_end(path):
    errors = " and ".join(short(abs(w)) for w in path[-1])
    return f"After {count(len(path) - 1)} the {'errors are' if len(path[-1]) > 1 else 'error is'} {errors}."
