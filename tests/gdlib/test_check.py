"""The check cells: what they say for no answer, a right one, a wrong one, and one that cannot be read; then the same
for the tests of the assignments, which stop at a mistake and name it."""

import sys
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from gdlib import derivatives
from gdlib.check import check, check_function, expect, number, without


@pytest.mark.parametrize("blank", [None, ...])
def test_a_blank_is_not_an_error(blank):
    assert check(blank, 1.0, name="eta") == "Not answered yet: give eta a value\nand run this cell again."


def test_a_blank_is_recognised_before_a_predicate_sees_it():
    assert check(None, lambda eta: eta > 0).startswith("Not answered yet")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (0.25, 0.25),
        (0.25 * (1 + 9e-7), 0.25),
        (0.333, 1 / 3),
        (126_000, 126_491.1),
        ([0.0129, 0.00294], [0.0129390625, 0.0029390625]),
        ((0.8, 0.64), [0.8, 0.64]),
        (np.array([[0.8], [0.64]]), [0.8, 0.64]),
        ([[0.8, 0.64]], [0.8, 0.64]),
        ([7.0], 7),
        (Fraction(1, 3), 1 / 3),
        ([Fraction(1, 8), 2], [0.125, 2]),
        (1, 1.0),
        (np.float64(3.0), 3),
        ([1, 2], np.array([1.0, 2.0])),
        (np.array([[1.0, 2.0]]), [[1, 2]]),
        (True, True),
        ("  Diverges ", "diverges"),
        (1e-13, 0.0),
        (np.inf, np.inf),
        (0.3, lambda eta: 0.25 < eta < 0.5),
    ],
)
def test_right_answers(answer, expected):
    assert check(answer, expected).startswith("Correct: answer = ")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (0.2506, 0.25),
        (0.33, 1 / 3),
        (687, 688),
        (688 * (1 + 2e-6), 688),
        ([0.8, 0.65], [0.8, 0.64]),
        (-0.25, 0.25),
        (np.nan, 0.25),
        ([1, 2], [2, 1]),
        (False, True),
        ("converges", "diverges"),
        (1e-8, 0.0),
        (np.inf, 5.0),
        (5.0, np.inf),
        (0.25, lambda eta: 0.25 < eta < 0.5),
    ],
)
def test_wrong_answers(answer, expected):
    verdict = check(answer, expected, hint="Look at the sign.")
    assert verdict.startswith("Not yet: answer = ")
    assert verdict.endswith(" is not right. Look at the sign.")


def test_tolerances_are_the_readers_to_set():
    assert check(0.26, 0.25, rtol=0.1).startswith("Correct")
    assert check(0.2506, 0.25, digits=2).startswith("Correct") and check(0.2504, 0.25, digits=4).startswith("Not yet")
    assert check(0.2504, 0.25, digits=None).startswith("Not yet")
    assert check(0.26, 0.25, rtol=0, atol=0.02).startswith("Correct")
    assert check(0.26, 0.25, rtol=0, atol=0.005).startswith("Not yet")


def test_the_sentence_shows_what_came_and_not_what_was_expected():
    assert check(1 / 3, 0.75, name="eta") == "Not yet: eta = 0.333333 is not right."
    assert check("b", "c", name="choice") == "Not yet: choice = 'b' is not right."
    assert check([1.0, 0.5], [1.0, 0.5], name="w") == "Correct: w = [1, 0.5]."
    assert check(3.0, 3.0) == "Correct: answer = 3."
    assert check([True, False], [True, False]) == "Correct: answer = [True, False]."


@pytest.mark.parametrize(
    ("answer", "expected", "why"),
    [
        ("a half", 0.5, "could not convert string to float: 'a half'"),
        ([1.0, 2.0, 3.0], [1.0, 2.0], "2 numbers expected, 3 numbers came"),
        ([1.0, 1.0], 1.0, "one number expected, 2 numbers came"),
        ("0.3", lambda eta: eta < 1, "TypeError: '<' not supported between instances of 'str' and 'int'"),
    ],
)
def test_an_answer_of_the_wrong_kind_says_why_and_lets_the_notebook_run(answer, expected, why):
    verdict = check(answer, expected, hint="A number is enough.")
    assert f"could not be checked ({why})" in verdict
    assert verdict.endswith("A number is enough.")


def test_a_reader_may_answer_with_a_function():
    def slope(w):
        return 2 * w

    assert check(slope, lambda g: g(3) == 6, name="slope") == "Correct: slope."
    assert check(slope, lambda g: g(3) == 5).startswith("Not yet: answer is not right")


def test_a_known_mistake_is_named_instead_of_the_hint():
    mistakes = {-0.5: "Uphill.", (2, 1): "The wrong way round."}
    assert check(-0.5, 0.5, mistakes={-0.5: "Uphill."}, hint="Think.").endswith("is not right. Uphill.")
    assert check([2, 1], [1, 2], mistakes={(2, 1): mistakes[2, 1]}, hint="Think.").endswith("The wrong way round.")
    assert check([2, 3], [1, 2], mistakes={(2, 1): mistakes[2, 1]}, hint="Think.").endswith("Think.")
    assert check("up", "down", mistakes={"up": "Mind the sign."}).endswith("Mind the sign.")


def test_a_predicate_may_say_what_is_wrong():
    verdict = check([1, 1], lambda pair: pair[0] != pair[1] or "The two are the same.", name="pair", hint="Think.")
    assert verdict == "Not yet: pair = [1, 1] is not right. The two are the same."
    assert check([1, 2], lambda pair: pair[0] != pair[1] or "The two are the same.").startswith("Correct")


def double(w):
    return 2 * w


def forgets_to_return(w):
    2 * w


def changes_its_argument(w):
    w *= 2
    return w


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (double, "Correct: double is right in 2 of 2 tries."),
        (lambda w: [2.0 * x for x in w], "Correct"),
        (None, "Not answered yet: write double"),
        (..., "Not answered yet"),
        (forgets_to_return, "Not answered yet: let forgets_to_return return a value"),
        (3.0, "double = 3 is not a function. Twice."),
        (lambda w: -2 * w, "every sign is turned round: got [-2, -4].\nTwice."),
        (lambda w: w, "this is 0.5 times what it should be"),
        (lambda w: np.array([2.0, 4.0]), "double([3, 0.5])"),
        (lambda w: w[:, np.newaxis], "the shape is (2, 1), not (2,)"),
        (lambda w: w.missing, "double([1, 2]) stops with an error: AttributeError"),
        (changes_its_argument, "changes its argument"),
    ],
)
def test_a_function_is_tried_and_the_first_call_that_goes_wrong_is_named(function, said):
    cases = [(np.array([1.0, 2.0]),), (np.array([3.0, 0.5]),)]
    name = None if getattr(function, "__name__", "<lambda>") != "<lambda>" else "double"
    verdict = check_function(function, double, cases, hint="Twice.", name=name)
    assert said in verdict and verdict.startswith(("Correct", "Not yet", "Not answered yet"))


def test_a_known_wrong_function_is_named_instead_of_the_hint():
    mistakes = {
        lambda w: 1 / 0: "never said: it fails",
        lambda w: 4 * w: "never said: it is wrong at 2 already",
        lambda w: 2 * w: "Doubled, not squared.",
        lambda w: w + 2: "Two added.",
    }

    def said(function):
        return check_function(function, np.square, [(2.0,), (3.0,)], hint="Think again.", mistakes=mistakes)

    assert said(lambda w: 4 if w == 2 else 12).endswith("got 12, which is not right.\nThink again.")
    assert said(lambda w: 2 * w).endswith("got 6, which is not right.\nDoubled, not squared.")  # right at 2 by chance
    assert said(lambda w: w + 2).endswith("Two added.") and said(lambda w: w + 1).endswith("Think again.")
    assert said(lambda w: w * w).startswith("Correct")


def test_a_function_may_answer_with_words():
    def kind(h):
        return "minimum" if h > 0 else "maximum"

    cases = [(1.0,), (-1.0,)]
    assert check_function(kind, kind, cases).startswith("Correct")
    assert (
        check_function(lambda h: "Minimum", kind, cases, name="kind")
        == "Not yet: kind(-1): got 'Minimum', which is not right."
    )


RIGHT = np.array([2.0, -4.0, 8.0])


@pytest.mark.parametrize("answer", [RIGHT, [2, -4, 8], (2.0, -4.0, 8 * (1 + 9e-7)), RIGHT + 9e-10])
def test_expect_says_nothing_of_a_right_answer(answer):
    assert expect(answer, RIGHT) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "no answer yet"),
        (..., "no answer yet"),
        ("two", "numbers were expected, got str"),
        (np.sin, "numbers were expected, got ufunc"),
        (RIGHT[:, np.newaxis], "the shape is (3, 1), not (3,)"),
        (2.0, "the shape is (), not (3,)"),
        ([2, np.nan, 8], "not every entry is a finite number: got [2, nan, 8]"),
        ([2, -4, -np.inf], "not every entry is a finite number"),
        (-RIGHT, "every sign is turned round: got [-2, 4, -8]"),
        (2 * RIGHT, "this is 2 times what it should be"),
        (-RIGHT / 3, "this is -0.333333 times what it should be"),
        ([2, -4, 9], "1 of 3 entries are not right, at 2: got [2, -4, 9]"),
        ([-4, 2, 8], "2 of 3 entries are not right, at 0, 1"),
        (RIGHT * (1 + 2e-6), "3 of 3 entries are not right"),
    ],
)
def test_expect_names_the_mistake(answer, said):
    with pytest.raises(AssertionError) as caught:
        expect(answer, RIGHT, "grad(w) at w = 0")
    assert str(caught.value).startswith("grad(w) at w = 0: ") and said in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [(6.0, "2 times"), (1.5, "0.5 times"), (-3.0, "sign"), (-6.0, "-2 times"), (4.0, "got 4, which is not right")],
)
def test_expect_sees_a_factor_in_one_number_only_if_it_is_a_plain_one(answer, said):
    with pytest.raises(AssertionError, match=said):
        expect(answer, 3.0)


def test_expect_knows_zero_and_many_entries():
    expect(0.0, 0.0)
    with pytest.raises(AssertionError, match="got 1, which is not right"):
        expect(1.0, 0.0)
    with pytest.raises(AssertionError, match=r"6 of 6 entries are not right, at \(0, 0\), .*, …"):
        expect(np.arange(1.0, 7.0).reshape(2, 3), np.zeros((2, 3)))


def test_long_answers_are_shown_in_part():
    with pytest.raises(AssertionError) as caught:
        expect(np.zeros(500), np.ones(500))
    assert len(str(caught.value)) < 200


def test_expect_does_not_trust_allclose(monkeypatch):
    for name in ("allclose", "isclose", "array_equal"):
        monkeypatch.setattr(np, name, lambda *args, **kwargs: True)
    with pytest.raises(AssertionError):
        expect(1.0, 3.5)


# ---- number and without ----


@pytest.mark.parametrize("answer", [0.5, [0.5], (0.5,), np.array([[0.5]]), np.float64(0.5), Fraction(1, 2), "0.5"])
def test_one_number_comes_in_many_forms(answer):
    assert number(answer, "eta") == 0.5


@pytest.mark.parametrize("answer", [None, ..., float("nan"), float("inf"), [1, 2], [], "small", np.sin, 1j])
def test_what_is_not_one_number_is_told(answer):
    with pytest.raises(AssertionError, match="^eta is one finite number, got "):
        number(answer, "eta")


def test_a_number_may_come_in_a_list():
    expect([0.5], 0.5)
    expect(np.array([[0.5]]), 0.5)
    with pytest.raises(AssertionError, match=r"the shape is \(2,\), not \(\)"):
        expect([0.5, 0.5], 0.5)


def test_digits_that_look_right_are_not_called_wrong():
    with pytest.raises(AssertionError, match=r"slopes: close, but not close enough: got \[-23.9999999, -10\]"):
        expect([-23.9999999, -10], [-24, -10], "slopes", rtol=1e-10)
    with pytest.raises(AssertionError, match="close, but not close enough: got 0.33333332"):
        expect(0.33333332, 1 / 3, rtol=1e-10)


def by_name(f, w):
    from gdlib import derivatives

    return derivatives.central(f, w)


def by_another_name(f, w):
    from gdlib import derivatives as d

    return next(d.central(f, x) for x in (w,))


def by_its_own_name(f, w):
    from gdlib.derivatives import central as rise

    return next(map(rise, [f], [w]))


def only_named(f, w):
    """Not by derivatives.central."""
    from gdlib import derivatives  # noqa: F401

    central = (f(w + 1e-5) - f(w - 1e-5)) / 2e-5
    return central


@pytest.mark.parametrize("function", [by_name, by_another_name, by_its_own_name, derivatives.central, partial(by_name)])
def test_a_call_is_seen_through_every_name(function):
    assert function(np.square, 3.0) == pytest.approx(6)
    with pytest.raises(AssertionError, match="calls gdlib.derivatives.central: here you are to write that yourself"):
        without(function, "scipy", "gdlib.derivatives")(np.square, 3.0)
    for name in ("gdlib", "gdlib.derivatives.central"):
        with pytest.raises(AssertionError, match="calls gdlib.derivatives.central"):
            without(function, name)(np.square, 3.0)
    assert without(function, "gdlib.derive", "gdlib.descent", "gdlib.derivatives.cent")(np.square, 3.0) == pytest.approx(6)


def test_what_is_only_imported_is_not_blamed():
    assert without(only_named, "gdlib", "scipy")(np.square, 3.0) == pytest.approx(6)


def test_watching_leaves_no_trace():
    seen = []

    def profile(*event):
        seen.append(event)

    sys.setprofile(profile)
    try:
        with pytest.raises(ZeroDivisionError):
            without(lambda: 1 / 0, "gdlib")()
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)
