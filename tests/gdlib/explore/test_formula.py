"""Formulas: read right, printed the same for two languages, refused with the place named."""

import json

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from gdlib import objectives
from gdlib.explore.formula import FUNCTIONS, Formula
from gdlib.explore.still import engine

FORMULAS = [
    "(w**2 - 1)**2/4",
    "3*w - 1",
    "abs(w)",
    "exp(-w)",
    "log(1 + exp(-w))",
    "sqrt(1 + x**2)",
    "-1.1*x**2 + 3.2*x**3/3",
    "1/w",
    "1/w**2 + sin(pi*w)",
    "-1/(w + 1)**2",
    "2/(3*w**2)",
    "e**w",
    "tanh(w)**2",
    "cosh(w)*atan(y*0 + 1)".replace("y", "w"),
    "w**9",
    "w**3.5",
    "-w**2/2",
    "0.1*w",
]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("w", [0.7, 1.9])
def test_value_and_slope_are_sympys(text, w):
    formula = Formula(text)
    [name] = formula.variables
    symbol = sympy.Symbol(name, real=True)
    exact = sympy.sympify(text, locals={"e": sympy.E, name: symbol})
    assert formula.value([w]) == pytest.approx(float(exact.subs(symbol, w)), rel=1e-14)
    assert formula.gradient([w])[0] == pytest.approx(float(exact.diff(symbol).subs(symbol, w)), rel=1e-13)


def test_arrays_keep_their_shape():
    w = np.array([[0.5, 1.0, 2.0]])
    assert Formula("3*w").gradient(w).shape == w.shape  # the slope is a constant
    assert Formula("w**2").value(w).shape == (3,)
    points = np.ones((2, 5))
    assert Formula("x", 2).value(points).shape == (5,)
    assert Formula("x", 2).gradient(points).shape == points.shape


def test_outside_the_domain_is_not_a_number():
    with np.errstate(all="ignore"):
        assert np.isnan(Formula("log(w)").value(np.array([-1.0])))
        assert np.isinf(Formula("1/w").value(np.array([0.0])))
    assert not Formula("log(w)").defined_at([-1.0])
    assert not Formula("1/w").defined_at([0])
    assert not Formula("exp(w)").defined_at([1e4])
    assert not Formula("x/y", 2).defined_at([1, 0])
    assert Formula("1/w").defined_at([1])


CASES = [
    "Piecewise((w, w < 0), (w**2, w >= 2), (3, True))",
    "Piecewise((w**2/2, abs(w) <= 1), (abs(w) - 1/2, w > -4))",
    "Piecewise((1, w < -1), (1, w > 1), (w**2, True))",
]


@pytest.mark.parametrize("text", [*FORMULAS, *CASES])
def test_the_browsers_program_gives_the_same_numbers(text):
    formula = Formula(text)
    points = [-4.5, -2.5, -1.0, -0.3, 0.1, 1.0, 1.7, 3e5]
    values = "((program, points) => { const f = compile(program); return points.map((w) => f([w]).map(String)); })"
    theirs = np.array(engine().call(values, formula.program, points), dtype=float)
    with np.errstate(all="ignore"):
        ours = np.array([[formula.value([w]), *formula.gradient([w])] for w in np.array(points)])
    polynomial = not any(name in text for name in FUNCTIONS if name != "Piecewise") and "." not in text.replace("1.1", "")
    if polynomial and "e**" not in text:
        np.testing.assert_array_equal(theirs, ours)
    else:
        np.testing.assert_allclose(theirs, ours, rtol=4e-15)


@pytest.mark.parametrize("text", [*FORMULAS, *CASES])
def test_a_program_is_plain_data(text):
    program = Formula(text).program
    assert json.loads(json.dumps(program, allow_nan=False)) == program


@given(st.floats(-1e3, 1e3), st.floats(-10, 10))
def test_decimals_keep_all_their_digits(c, w):
    assert Formula(f"({c!r})*w").value([w]) == pytest.approx(c * w, rel=1e-15, abs=1e-300)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("w**", "cannot be read at column 3"),
        ("2w", "cannot be read at column 1: invalid decimal literal"),
        ("(w", "cannot be read at column 1: '(' was never closed"),
        ("w**2 + q", "column 8: unknown name 'q'"),
        ("foo(w)", "column 1: unknown name 'foo'"),
        ("x + w*x", "exactly one variable, found x at column 1, w at column 5"),
        ("2 + 3", "exactly one variable, found none"),
        ("w^2", "column 1: ^ is not a power here; write **"),
        ("w(2)", "column 1: 'w' is not a function; for a product write *"),
        ("sin + w", "column 1: 'sin' is a function and needs brackets, as in sin(w)"),
        ("abs(w, 2)", "column 1: a function here takes exactly one argument"),
        ("w + 1j", "column 5: expected a number, got 1j"),
        ("1e400*w", "column 1: a number is too large"),
        ("[w]", "column 1: only numbers, the variable, functions"),
        ("w.real", "column 1: only numbers"),
        ("__import__('os')", "unknown name '__import__'"),
        ("w/0", "is not a real number, wherever it is taken"),
        ("sqrt(-1)*w", "is not a real number, wherever it is taken"),
        ("  ", 'must be text such as "(w - 2)**2"'),
        (3, "or an objective of one variable; got 3"),
        ("w < 1", "is not a number but w < 1"),
        ("True*w", "cannot be read: unsupported operand"),
        ("Piecewise(w)", "Piecewise takes pairs, as in Piecewise((w**2, w < 1), (w, True))"),
    ],
)
def test_bad_formulas_say_what_and_where(text, says):
    with pytest.raises(ValueError) as error:
        Formula(text)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x + w", "must have the variables x and y, found x at column 1, w at column 5"),
        ("2", "must have the variables x and y, found none"),
        (3, "or an objective of two variables; got 3"),
    ],
)
def test_bad_formulas_of_two_variables(text, says):
    with pytest.raises(ValueError) as error:
        Formula(text, dimension=2)
    assert says in str(error.value)


GALLERY = [
    objectives.parabola(3, 0.5),
    objectives.double_well(),
    objectives.abs_value(),
    objectives.exp_decay(),
    objectives.quartic(),
    objectives.logistic_map(),
    objectives.huber(),
    objectives.quadratic(10, 0.3),
    objectives.rosenbrock(),
    objectives.himmelblau(),
    objectives.beale(),
    objectives.saddle(),
    objectives.monkey_saddle(),
    objectives.exp_bowl(),
]


@pytest.mark.parametrize("objective", GALLERY, ids=lambda f: f.name)
def test_the_gallery_can_be_read_and_agrees_with_its_own_python(objective):
    dimension = len(objective.window)
    formula = Formula(objective.formula, dimension)
    for w in np.random.default_rng(0).uniform(-1.5, 1.5, (20, dimension)):
        assert formula.value(w) == pytest.approx(objective(w), rel=1e-12, abs=1e-13)
        assert formula.gradient(w) == pytest.approx(objective.grad(w), rel=1e-12, abs=1e-12)
