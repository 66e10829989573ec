"""Learning rates that change with the step: each schedule is a plain function k -> eta_k, k = 0, 1, 2, ..."""

from gdlib._checks import number


def constant(eta):
    """The same learning rate at every step: eta_k = eta."""
    eta = number("eta", eta, 0)
    return lambda k: eta


def as_schedule(eta):
    """Let a number stand for the constant schedule; a schedule is returned as it is.

    Raises
    ------
    ValueError
        If the number, or the schedule's value at step 0, is not positive and finite.
    """
    if callable(eta):
        number("eta(0)", eta(0), 0)
        return eta
    return constant(eta)
