"""Steps that are planned for a quadratic, as the roots of a polynomial, and in words. Mirrors js/roots.js."""

from math import cos, inf, pi

from .sentence import short

PLACES = 4000  # of the spectrum, closer at its ends, where Chebyshev's polynomials turn quickly


def factor(roots, x):
    """The polynomial with these roots and p(0) = 1, at x: what steps of 1/root make of the error along an eigenvector.

    Examples
    --------
    >>> factor([2.0, 4.0], 1.0)
    0.375
    """
    product = 1.0
    for root in roots:
        product *= 1 - x / root
    return product


def largest(roots, low, high):
    """The largest size of the polynomial from low to high.

    Examples
    --------
    >>> round(largest([5 - 8**0.5, 5 + 8**0.5], 1, 9), 6) == round(8 / 17, 6)  # the two steps of Chebyshev
    True
    """
    middle, half = (low + high) / 2, (high - low) / 2
    return max(abs(factor(roots, middle - half * cos(pi * k / PLACES))) for k in range(PLACES + 1))


def roots_words(label, roots, low, high, values, diverged):
    """What is told of a run: the largest factor, how high f rises on the way, and where it ends.

    Parameters
    ----------
    label : str
    roots : sequence of float
        1 over each step, in their order.
    low, high : float
        The ends of the spectrum.
    values : sequence
        f at each iterate.
    diverged : bool
    """
    steps = f"{label}: {len(roots)} steps from {short(1 / max(roots))} to {short(1 / min(roots))}; |p| is at most "
    start = f"{steps}{short(largest(roots, low, high))} from {short(low)} to {short(high)}. "
    if diverged or not values[0] > 0:
        return f"{start}The run {'diverges' if diverged else 'stays where it is'}."
    shares = [value / values[0] for value in values]
    top = max(range(len(shares)), key=lambda k: shares[k] if shares[k] < inf else 0)
    rises = f"rises to {short(shares[top])} times its start at step {top}" if top else "is never higher than at the start"
    return f"{start}f {rises} and ends at {short(shares[-1])} of it."
