"""Check cells: `check` says how an exercise stands and lets the notebook run on; `expect` stops it, for tests."""

import numpy as np


def check(answer, expected, rtol=1e-6, atol=1e-12, hint="", name="answer"):
    """Compare an answer with what was expected, and say in a sentence how it stands.

    A number or array is right when |answer - expected| <= atol + rtol |expected| in every entry. A word is right
    whatever its case. For a question with many right answers, ``expected`` is a predicate: a function that takes
    the answer and says True or False. The sentence never gives the right answer away.

    Parameters
    ----------
    answer : what the reader wrote; None or ... means "not answered yet"
    expected : number, array, word, or predicate ``answer -> bool``
    rtol, atol : relative and absolute tolerance for numbers, in the units of the answer
    hint : sentence added when the answer is not right
    name : what the reader calls the answer, for the sentence

    Returns
    -------
    str
        Begins with "Not answered yet", "Correct" or "Not yet".

    Examples
    --------
    >>> print(check(None, 0.25))
    Not answered yet: give answer a value
    and run this cell again.
    >>> print(check(0.5, 0.25, hint="Where does 1 - 4 eta vanish?", name="eta"))
    Not yet: eta = 0.5 is not right. Where does 1 - 4 eta vanish?
    >>> print(check(0.3, lambda eta: 0.25 < eta < 0.5, name="eta"))
    Correct: eta = 0.3.

    Used by the exercises of every chapter.
    """
    if answer is None or answer is ...:
        return f"Not answered yet: give {name} a value\nand run this cell again."  # two lines: a phone shows both
    try:
        problem = "" if _is_right(answer, expected, rtol, atol) else "is not right"
    except Exception as error:  # the reader's own code may fail in any way: say so, and let the notebook run on
        problem = f"could not be checked ({error})"
    told = name if callable(answer) else f"{name} = {_show(answer)}"
    return f"Not yet: {told} {problem}. {hint}".rstrip() if problem else f"Correct: {told}."


def expect(answer, expected, where="your answer", rtol=1e-6, atol=1e-9):
    r"""Do nothing if an answer is right; else raise an AssertionError that names the mistake, as a teacher would.

    It knows a missing return, a wrong shape, nan, a wrong sign and a forgotten factor. It compares without NumPy's
    ``allclose`` or an ``assert`` of the caller's, so that neither has to be trusted.

    Parameters
    ----------
    answer : what the reader's code gave
    expected : number or array
    where : str
        What was computed and where, for the sentence: "grad(w) at w = (1, 2)".
    rtol, atol : float
        Right is \|answer - expected\| <= atol + rtol \|expected\| in every entry.

    Raises
    ------
    AssertionError
        If the answer is not right.

    Examples
    --------
    >>> expect([2.0, 4.0], [2, 4])
    >>> expect([-2.0, -4.0], [2, 4], "grad(w) at w = (1, 2)")
    Traceback (most recent call last):
        ...
    AssertionError: grad(w) at w = (1, 2): every sign is turned round: got [-2, -4]

    Used by the assignments.
    """
    problem = _problem(answer, np.asarray(expected, dtype=float), rtol, atol)
    if problem:
        raise AssertionError(f"{where}: {problem}")


def _problem(answer, expected, rtol, atol):
    """The mistake in one clause; empty if there is none."""
    if answer is None or answer is ...:
        return "there is no answer yet (a function answers by `return`)"
    try:
        got = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return f"numbers were expected, got {type(answer).__name__}"
    if got.shape != expected.shape:
        return f"the shape is {got.shape}, not {expected.shape}"

    def agrees(target):
        return bool((abs(got - target) <= atol + rtol * abs(target)).all())

    if agrees(expected):
        return ""
    if not (abs(got) < np.inf).all():
        return f"not every entry is a finite number: got {_show(got)}"
    if agrees(-expected):
        return f"every sign is turned round: got {_show(got)}"
    factor = _factor(got, expected)
    if factor and agrees(factor * expected):
        return f"this is {factor:.6g} times what it should be. Is a factor missing, or one too many? Got {_show(got)}"
    if got.ndim == 0:
        return f"got {_show(got)}, which is not right"
    wrong = np.argwhere(~(abs(got - expected) <= atol + rtol * abs(expected))).tolist()
    entries = ", ".join(str(i[0] if len(i) == 1 else tuple(i)) for i in wrong[:5])
    entries += ", …" if wrong[5:] else ""
    return f"{len(wrong)} of {got.size} entries are not right, at {entries}: got {_show(got)}"


def _factor(got, expected):
    """The one factor that explains the mistake, or 0. For a single number only 2, 3, ... and 1/2, 1/3, ... count."""
    size = (expected * expected).sum()
    factor = float((got * expected).sum() / size) if size else 0.0
    whole = max(abs(factor), 1 / abs(factor)) if factor else 0.0
    plain = got.size > 1 or abs(whole - round(whole)) < 1e-6
    return factor if plain and abs(factor - 1) > 1e-3 else 0.0


def _is_right(answer, expected, rtol, atol):
    if callable(expected):
        return bool(expected(answer))
    if isinstance(expected, str):
        return str(answer).strip().casefold() == expected.strip().casefold()
    answer, expected = np.asarray(answer, dtype=float), np.asarray(expected, dtype=float)
    if answer.shape != expected.shape:
        raise ValueError(f"expected shape {expected.shape}, got {answer.shape}")
    return np.allclose(answer, expected, rtol=rtol, atol=atol)


def _show(value):
    """A value as a reader would write it: six digits are enough to recognise it."""
    if isinstance(value, str):
        return repr(value)
    form = {"float_kind": "{:.6g}".format, "bool": str}
    return np.array2string(np.asarray(value), separator=", ", threshold=20, formatter=form)
