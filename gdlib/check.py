"""Check cells: tell a reader whether an exercise is answered, in one sentence, without stopping the notebook."""

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
    Not answered yet: give answer a value and run this cell again.
    >>> print(check(0.5, 0.25, hint="Where does 1 - 4 eta vanish?", name="eta"))
    Not yet: eta = 0.5 is not right. Where does 1 - 4 eta vanish?
    >>> print(check(0.3, lambda eta: 0.25 < eta < 0.5, name="eta"))
    Correct: eta = 0.3.

    Used by the exercises of every chapter.
    """
    if answer is None or answer is ...:
        return f"Not answered yet: give {name} a value and run this cell again."
    try:
        problem = "" if _is_right(answer, expected, rtol, atol) else "is not right"
    except Exception as error:  # the reader's own code may fail in any way: say so, and let the notebook run on
        problem = f"could not be checked ({error})"
    if problem:
        return f"Not yet: {name} = {_show(answer)} {problem}. {hint}".rstrip()
    return f"Correct: {name} = {_show(answer)}."


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
    if callable(value):
        return getattr(value, "__name__", "your function")
    if isinstance(value, str):
        return repr(value)
    return np.array2string(np.asarray(value), separator=", ", formatter={"float_kind": "{:.6g}".format, "bool": str})
