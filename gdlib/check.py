"""Check cells: `check` and `check_function` say how an exercise stands and let the notebook run on; for the tests of the
assignments, `expect`, `number` and `without` stop it."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from sys import getprofile, setprofile
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

UNANSWERED = "Not answered yet: give {name} a value\nand run this cell again."  # two lines: a phone shows both


def check(
    answer: Any,
    expected: Any,
    digits: int | None = 3,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    hint: str = "",
    name: str = "answer",
    mistakes: Mapping[Any, str] | None = None,
) -> str:
    r"""Compare an answer with what was expected, and say in a sentence how it stands.

    Whole numbers are right when \|answer - expected\| <= atol + rtol \|expected\|. Other numbers are right as soon as they
    agree with ``expected`` after rounding to ``digits`` significant digits. A list, a tuple, an array, a row or a column
    are the same answer. A word is right whatever its case. For a question with many right answers, ``expected`` is a
    predicate: a function that takes the answer and says True, or False, or in a sentence what is wrong with it.
    The sentence never gives the right answer away.

    Parameters
    ----------
    answer : what the reader wrote; None or ... means "not answered yet"
    expected : number, array, word, or predicate ``answer -> bool or str``
    digits : int or None
        Significant digits that an answer needs where ``expected`` is not made of whole numbers. None: ``rtol`` decides.
    rtol, atol : relative and absolute tolerance for numbers, in the units of the answer
    hint : sentence added when the answer is wrong and no mistake is recognised
    name : what the reader calls the answer, for the sentence
    mistakes : dict, optional
        Typical wrong answers (numbers, tuples of numbers, words), each with the sentence that names the mistake.

    Returns
    -------
    str
        Begins with "Not answered yet", "Correct" or "Not yet".

    Examples
    --------
    >>> print(check(None, 0.25))
    Not answered yet: give answer a value
    and run this cell again.
    >>> print(check(0.333, 1 / 3, name="eta"))
    Correct: eta = 0.333.
    >>> print(check(0.5, 0.25, hint="Where does 1 - 4 eta vanish?", name="eta"))
    Not yet: eta = 0.5 is not right. Where does 1 - 4 eta vanish?
    >>> print(check(-3, 3, name="slope", mistakes={-3: "The sign is turned round."}))
    Not yet: slope = -3 is not right. The sign is turned round.

    Used by the exercises of every chapter.
    """
    if _is_blank(answer):
        return UNANSWERED.format(name=name)
    tolerances = digits, rtol, atol
    try:
        verdict = _judge(answer, expected, tolerances)
        known = {} if verdict is True else mistakes or {}
        recognised = [sentence for wrong, sentence in known.items() if _judge(answer, wrong, tolerances) is True]
    except Exception as error:  # the reader's own code may fail in any way: say so, and let the notebook run on
        return f"Not yet: {_named(name, answer)} could not be checked ({_reason(error)}). {hint}".rstrip()
    if verdict is True:
        return f"Correct: {_named(name, answer)}."
    remark = verdict or (recognised[0] if recognised else hint)
    return f"Not yet: {_named(name, answer)} is not right. {remark}".rstrip()


def check_function(
    function: Any,
    expected: Callable[..., Any],
    cases: Sequence[tuple],
    rtol: float = 1e-6,
    atol: float = 1e-9,
    hint: str = "",
    name: str | None = None,
    mistakes: Mapping[Callable[..., Any], str] | None = None,
) -> str:
    r"""Try a reader's function on several inputs, and say in a sentence how it stands.

    Parameters
    ----------
    function : what the reader wrote; None, or a function that returns nothing, means "not answered yet"
    expected : callable
        A function that is right, called with copies of the same arguments.
    cases : list of tuples
        The arguments of each call. Choose inputs in which the typical mistakes show.
    rtol, atol : float
        Right is \|value - expected\| <= atol + rtol \|expected\| in every entry of every case.
    hint : sentence added when a value is not right
    name : what the reader calls the function, for the sentence; its own name if left out
    mistakes : dict, optional
        Typical wrong functions, each with the sentence that names its mistake: said if it does as the reader's so far.

    Returns
    -------
    str
        Begins with "Not answered yet", "Correct" or "Not yet". It names the first call that goes wrong, and how: a missing
        return, a wrong shape, a wrong sign, a forgotten factor, an argument that the function changes, an error.

    Examples
    --------
    >>> def slope(f, w, h=1e-5):
    ...     return (f(w + h) - f(w)) / (2 * h)
    >>> def right(f, w):
    ...     return (f(w + 1e-5) - f(w - 1e-5)) / 2e-5
    >>> print(check_function(slope, right, [(np.square, 3.0)], rtol=1e-4, hint="How far apart are the two points?"))
    Not yet: slope(square, 3): got 3, which is not right.
    How far apart are the two points?
    >>> mistakes = {np.square: "What became of the constant?"}
    >>> print(check_function(lambda w: w * w, lambda w: w * w + 4, [(3.0,)], name="f", mistakes=mistakes))
    Not yet: f(3): got 9, which is not right.
    What became of the constant?

    Used by the exercises of every chapter.
    """
    name = name or getattr(function, "__name__", "the function")
    if _is_blank(function):
        return f"Not answered yet: write {name}\nand run this cell again."
    if not callable(function):
        return f"Not yet: {name} = {_show(function)} is not a function. {hint}".rstrip()
    for number, arguments in enumerate(cases):
        mine, theirs = copy.deepcopy(arguments), copy.deepcopy(arguments)
        call = f"{name}({', '.join(map(_show, arguments))})"
        try:
            value = function(*mine)
        except Exception as error:  # the reader's own code may fail in any way: say so, and let the notebook run on
            return f"Not yet: {call} stops with an error: {_reason(error)}. {hint}".rstrip()
        if _is_blank(value) and number == 0:
            return f"Not answered yet: let {name} return a value\nand run this cell again."
        problem = _difference(value, expected(*theirs), rtol, atol)
        if not problem and not _same(mine, arguments):
            problem = "the value is right, but the function changes its argument. Work on a copy"
        if problem:
            remark = _known(mistakes or {}, function, cases[: number + 1], rtol, atol) or hint
            return f"Not yet: {call}: {problem}.\n{remark}".rstrip()
    return f"Correct: {name} is right in {len(cases)} of {len(cases)} tries."


def expect(answer: Any, expected: ArrayLike, where: str = "your answer", rtol: float = 1e-6, atol: float = 1e-9) -> None:
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


def number(answer: Any, name: str = "your answer") -> float:
    """The answer as a float; a list or an array of one number will do.

    Raises an AssertionError with a sentence if it is not one finite number.

    >>> number([0.25], "eta")
    0.25
    >>> number(float("nan"), "eta")
    Traceback (most recent call last):
        ...
    AssertionError: eta is one finite number, got nan

    Used by the assignments.
    """
    try:
        value = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        value = np.array(np.nan)
    if value.size != 1 or not np.isfinite(value).all():
        raise AssertionError(f"{name} is one finite number, got {_show(answer)}")
    return value.item()


def without(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """The same function, which now fails if its code calls one of these functions, or of the functions of these modules.

    The calls are watched while it runs. So it makes no difference by which name a function was imported, or in how many
    others it is wrapped, and nothing that is only imported or named in a comment is blamed.

    Parameters
    ----------
    function : what the student wrote
    names : of packages, modules or functions, such as "sklearn", "gdlib.models", "gdlib.derivatives.central"

    Raises
    ------
    AssertionError
        When the new function is called and its code has called one of them. It names the first.

    Examples
    --------
    >>> from gdlib import derivatives
    >>> slope = without(lambda f, w: derivatives.central(f, w), "gdlib.derivatives")
    >>> slope(np.square, 3.0)
    Traceback (most recent call last):
        ...
    AssertionError: <lambda> calls gdlib.derivatives.central: here you are to write that yourself

    Used by the assignments.
    """

    def called_name(frame):
        return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"

    def banned(frame):
        return any(f"{called_name(frame)}.".startswith(f"{name}.") for name in names)

    @functools.wraps(function)
    def watched(*arguments, **options):
        called, before = [], getprofile()

        def note(frame, event, _):
            from_outside = not banned(frame.f_back) or frame.f_back.f_globals is globals()
            if event == "call" and banned(frame) and from_outside and frame.f_code.co_name != "<module>":  # an import
                called.append(called_name(frame))

        setprofile(note)
        try:
            value = function(*arguments, **options)
        finally:
            setprofile(before)
        if called:
            name = getattr(function, "__name__", "the function")
            raise AssertionError(f"{name} calls {called[0]}: here you are to write that yourself")
        return value

    return watched


def _problem(answer, expected, rtol, atol):
    """The mistake in one clause; empty if there is none."""
    if _is_blank(answer):
        return "there is no answer yet (a function answers by `return`)"
    try:
        got = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return f"numbers were expected, got {type(answer).__name__}"
    if expected.ndim == 0 and got.size == 1:
        got = got.reshape(())  # a list or an array of one number is that number
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
    if _show(got) == _show(expected):  # six digits would show the right numbers and call them wrong
        return f"close, but not close enough: got {_show(got, 12)}"
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


def _difference(value, expected, rtol, atol):
    """As `_problem`; a word is compared as a word."""
    if not isinstance(expected, str):
        return _problem(value, np.asarray(expected, dtype=float), rtol, atol)
    return "" if _same_word(value, expected) else f"got {_show(value)}, which is not right"


def _known(mistakes, function, cases, rtol, atol):
    """The sentence of the first wrong function that does as the reader's in all these cases; empty if none does."""

    def same(wrong):
        try:
            return not any(
                _difference(function(*copy.deepcopy(arguments)), wrong(*copy.deepcopy(arguments)), rtol, atol)
                for arguments in cases
            )
        except Exception:  # a wrong function may fail where the reader's does not
            return False

    return next((sentence for wrong, sentence in mistakes.items() if same(wrong)), "")


def _judge(answer, expected, tolerances):
    """True, False, or what a predicate says is wrong."""
    if callable(expected):
        verdict = expected(answer)
        return verdict if isinstance(verdict, str) else bool(verdict)
    if isinstance(expected, str):
        return _same_word(answer, expected)
    expected = np.asarray(expected)
    answer = _in_shape(answer, expected.shape)
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        close = abs(answer - expected) <= _allowed(expected, *tolerances)
    return bool(np.all(close | (answer == expected)))


def _allowed(expected, digits, rtol, atol):
    """How far each entry may be off: half a unit in the last of the digits asked for; whole numbers leave no such room."""
    allowed = atol + rtol * np.where(np.isinf(expected), 0, abs(expected))
    if digits is None or expected.dtype.kind != "f":
        return allowed
    size = [math.floor(math.log10(float(f"{abs(e):.11e}"))) if e and math.isfinite(e) else 0 for e in expected.flat]
    half_a_unit = 0.5000001 * 10.0 ** (np.reshape(size, expected.shape) + 1 - digits)
    return np.where(expected == np.round(expected), allowed, np.maximum(allowed, half_a_unit))


def _in_shape(answer, shape):
    """The answer as numbers: a row, a column and a list are the same, and so are a number and a list of one."""
    numbers = np.asarray(answer, dtype=float)
    if [side for side in numbers.shape if side > 1] != [side for side in shape if side > 1]:
        raise ValueError(f"{_kind(shape)} expected, {_kind(numbers.shape)} came")
    return numbers.reshape(shape)


def _kind(shape):
    return (
        "one number"
        if math.prod(shape) == 1
        else f"{shape[0]} numbers"
        if len(shape) == 1
        else f"{shape[0]} rows of {shape[1]}"
    )


def _same_word(answer, expected):
    return str(answer).strip(" .!").casefold() == expected.casefold()


def _is_blank(answer):
    return answer is None or answer is ...


def _same(arguments, others):
    """Whether no array or list among the arguments has changed."""
    return all(np.array_equal(a, b) for a, b in zip(arguments, others, strict=True) if isinstance(a, (np.ndarray, list)))


def _reason(error):
    return f"{type(error).__name__}: {error}" if not isinstance(error, ValueError) else str(error)


def _named(name, answer):
    return name if callable(answer) else f"{name} = {_show(answer)}"


def _show(value, digits=6):
    """A value as a reader would write it: six digits are enough to recognise it."""
    if callable(value):
        return getattr(value, "__name__", "a function").replace("<lambda>", "a lambda")
    if isinstance(value, str):
        return repr(value)
    try:
        value = np.asarray(value, dtype=float if np.asarray(value).dtype.kind == "O" else None)
    except (TypeError, ValueError, OverflowError):  # a list of unequal lists, a dictionary: as Python writes it
        return repr(value)[:60]
    form = f"{{:.{digits}g}}".format
    return np.array2string(value, separator=", ", threshold=20, formatter={"float_kind": form, "bool": str})
