"""A formula as its graph: its nodes, both sweeps against sympy, what is said, and where the nodes stand."""

import random
from itertools import pairwise

import numpy as np
import pytest
import sympy

from gdlib import autodiff, explore
from gdlib.explore.formula_graph import FormulaGraph, bracketed, summed, write
from gdlib.explore.layers import crossings, layers
from tests.formulas import random_formula

SHARED = "(x*y)*(x*y) + x*y"


def test_what_is_written_twice_is_one_node():
    graph = FormulaGraph(SHARED)
    assert [part.formula for part in graph.parts] == ["x", "y", "x·y", "x·y·(x·y)", "x·y·(x·y) + x·y"]
    assert graph.edges == [(0, 2), (1, 2), (2, 3), (2, 3), (3, 4), (2, 4)]
    assert len(FormulaGraph("x*y + y*x").parts) == 5  # another order is another operation: nothing is simplified


def test_a_shared_node_waits_and_hands_on_once():
    """u = xy, f = u·u + u at (2, 3): 2u + 1 = 13 at u, so 39 and 26; visited twice it would be 93."""
    numbers = FormulaGraph(SHARED).sweeps([2, 3])
    assert numbers.grads == [39, 26, 13, 1, 1]
    assert sorted(numbers.arrivals[2]) == [1, 6, 6] and numbers.arrivals[0] == [39]


@pytest.mark.parametrize("seed", range(200))
def test_both_sweeps_agree_with_sympy(seed):
    rng = random.Random(seed)
    text = random_formula(rng)
    graph = FormulaGraph(text)
    at = [rng.uniform(0.2, 2) * rng.choice([-1, 1]) for _ in graph.variables]
    symbols = sympy.symbols(graph.variables, real=True)
    f = sympy.sympify(text, locals={**dict(zip(graph.variables, symbols)), "relu": lambda x: sympy.Max(x, 0)})
    wanted = [float(part.subs(dict(zip(symbols, at)))) for part in (f, *(f.diff(symbol) for symbol in symbols))]
    numbers = graph.sweeps(at)
    leaves = [i for i, part in enumerate(graph.parts) if not part.operation]
    found = [numbers.values[-1], *(numbers.grads[i] for i in leaves)]
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9, err_msg=text)
    for i in range(len(graph.parts) - 1):  # what has arrived is the gradient
        assert numbers.grads[i] == pytest.approx(sum(numbers.arrivals[i]), rel=1e-9, abs=1e-9), text


def test_it_is_the_graph_of_autodiff():
    picture = explore.graph("x*y + sin(x)", {"x": 2, "y": 3})
    x, y = autodiff.Tensor(2.0, name="x"), autodiff.Tensor(3.0, name="y")
    f = x * y + np.sin(x)
    f.backward()
    assert repr(picture.nodes) == repr(autodiff.graph(f))
    assert picture.gradient == {"x": x.grad, "y": y.grad} and picture.value == f.data


# the graph of x*y + sin(x) at (2, 3), by hand
STAGES = [
    "Before the first step: x = 2, y = 3.",
    "Forward, step 1 of 3: x·y = 2 · 3 = 6. Local derivatives: 3 for x, 2 for y.",
    "Forward, step 2 of 3: sin(x) = sin 2 = 0.909. Local derivative: −0.416 for x.",
    "Forward, step 3 of 3: x·y + sin(x) = 6 + 0.909 = 6.909. Local derivatives: 1 for x·y, 1 for sin(x).",
    "Backward, step 1 of 3: x·y + sin(x) is f itself, so its gradient is 1. "
    "It hands on 1 · 1 = 1 to x·y and 1 · 1 = 1 to sin(x).",
    "Backward, step 2 of 3: the gradient at sin(x) is 1. It hands on 1 · (−0.416) = −0.416 to x. "
    "x has 1 of 2 numbers, and waits.",
    "Backward, step 3 of 3: the gradient at x·y is 1. It hands on 1 · 3 = 3 to x and 1 · 2 = 2 to y.",
    "f = 6.909 at x = 2, y = 3. The gradient: ∂f/∂x = −0.416 + 3 = 2.584, ∂f/∂y = 2. "
    "If x moves by 0.1, the gradient promises f + 0.1 · 2.584 = 7.168; f becomes 7.163.",
]


def test_every_stage_says_what_is_computed():
    picture = explore.graph("x*y + sin(x)", {"x": 2, "y": 3})
    said = []
    for stage in range(8):
        picture.set(stage=stage)
        said.append(repr(picture))
    assert said == STAGES


def test_a_shared_node_says_that_it_waits():
    said = [FormulaGraph(SHARED).say([2, 3], stage) for stage in (4, 5, 6)]
    assert said[0].endswith("to x·y. x·y has 1 of 3 numbers, and waits.")
    assert "waits" not in said[1]
    assert "all 3 numbers have arrived at x·y, so its gradient is 1 + 6 + 6 = 13. It hands on 13 · 3 = 39" in said[2]


def test_a_number_in_the_formula_is_no_node():
    graph = FormulaGraph("2*x + (1 - x)**2/4 + x**-1 + 2**x")
    signs = [part.sign for part in graph.parts if part.operation]
    assert signs == ["2 ×", "1 −", "square", "/ 4", "+", "^ (−1)", "+", "2 ^", "+"]
    assert FormulaGraph("(1 - x)**2").say([3], 1).startswith("Forward, step 1 of 2: 1 − x = 1 − 3 = −2.")
    assert FormulaGraph("(1 - x)**2").say([3], 2).startswith("Forward, step 2 of 2: (1 − x)² = (−2)² = 4.")
    assert FormulaGraph("sqrt(4)*x + pi").say([1], 1).startswith("Forward, step 1 of 2: sqrt(4)·x = 2 · 1 = 2.")


def test_where_there_is_no_number_it_says_so():
    picture = explore.graph("log(x) + sqrt(y)", {"x": -1, "y": 0})
    assert repr(picture).startswith("f = no number at x = −1, y = 0. The gradient: ∂f/∂x = −1, ∂f/∂y = no number.")
    assert picture.still()


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        (3, 'formula must be text such as "x*y + sin(x)", got 3'),
        ("x y", "formula 'x y' cannot be read at column 3: invalid syntax"),
        ("x + foo(y)", "formula 'x + foo(y)', column 5: 'foo' is no function here; known are abs, cos, exp"),
        ("x + 2(y)", "column 5: only numbers, variables, functions, + - * / ** and brackets may stand here"),
        ("sin*x", "column 1: 'sin' is a function and needs brackets, as in sin(x)"),
        ("x*rate", "column 3: a variable is one letter, with digits if need be, such as x or w1; got 'rate'"),
        ("f*x", "column 1: f is the name of the result: give the variable another"),
        ("x^2", "column 1: ^ is not a power here; write **"),
        ("x + 1/0", "column 5: this is no finite number"),
        ("x + 1e999", "column 5: this is no finite number"),
        ("sin(x, y)", "column 1: a function here takes exactly one argument"),
        ("x*True", "column 3: only numbers"),
        ("2 + pi", "must have a variable and an operation on it, such as x**2"),
        ("x", "must have a variable and an operation on it, such as x**2"),
        ("a*b + c*d + k*l + m*n + p", "has a graph of 17 nodes, and at most 15 can be drawn: take a part"),
    ],
)
def test_a_bad_formula_is_refused_in_a_sentence(formula, says):
    with pytest.raises(ValueError) as refused:
        explore.graph(formula)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"at": {"z": 1}}, "at must be a dict with the names x, y, got {'z': 1}"),
        ({"at": [2, 3]}, "at must be a dict with the names x, y, got [2, 3]"),
        ({"at": {"x": 9}}, "x must be between -5 and 5, got 9"),
        ({"window": (1, 1)}, "window must have its low end first, got (1, 1)"),
        ({"stage": 9}, "stage must be between 0 and 7, got 9"),
        ({"stage": "back"}, "stage must be a whole number, at least 0, got back"),
        ({"beside": "f"}, "beside must be one of ['nudge', ''], got 'f'"),
        ({"nudge": "q"}, "nudge must be one of ['x', 'y'], got 'q'"),
        ({"nudge": "x", "beside": ""}, "nudge needs beside='nudge', got nudge='x' and no second picture"),
        ({"h": 2}, "h must be between -1 and 1, got 2"),
    ],
)
def test_bad_arguments_are_refused_in_a_sentence(arguments, says):
    with pytest.raises(ValueError) as refused:
        explore.graph("x*y + sin(x)", **arguments)
    assert says in str(refused.value)


def test_a_still_of_the_way_forward_holds_no_gradient():
    """A picture before a guess gives nothing away: neither in words nor in the still."""
    whole, ahead = (explore.graph("x*y + sin(x)", {"x": 2, "y": 3}, stage=stage) for stage in (None, "forward"))
    texts = [_drawn(picture) for picture in (whole, ahead)]
    assert "2.584" in texts[0] and "gd-gradient" in texts[0]
    assert "2.584" not in texts[1] and "gd-gradient" not in texts[1] and "6.909" in texts[1]
    assert repr(ahead) == STAGES[3]


def _drawn(picture):
    return explore.explorer.still.engine().call("still", picture._still_state(), explore.explorer.still.colours())["svg"]


def test_numbers_are_written():
    assert [write(x) for x in (0.0, 2.58385, -0.41615, 0.0258385, 1234.5, 1e-9, float("inf"))] == [
        *("0", "2.584", "−0.416", "0.0258", "1230", "1e-9", "no number"),
    ]
    assert (bracketed(-2.0), bracketed(2.0), summed([6.0, -1.0], 5.0), summed([6.0], 6.0), summed([], 1.0)) == (
        *("(−2)", "2", "6 + (−1) = 5", "6", "1"),
    )


# --- where the nodes stand


@pytest.mark.parametrize("seed", range(100))
def test_nodes_stand_after_their_operands_and_apart(seed):
    graph = FormulaGraph(random_formula(random.Random(seed)))
    spots, ways = layers(len(graph.parts), graph.edges)
    for (source, target), way in zip(graph.edges, ways):
        assert (way[0], way[-1]) == (spots[source], spots[target])
        assert all(b[0] == a[0] + 1 for a, b in pairwise(way))  # one layer after the other: no edge runs through a node
    for layer, *_ in spots:
        places = sorted(place for k, place in spots if k == layer)
        assert all(b - a > 0.999 for a, b in pairwise(places))
        lanes = [spot[1] for way in ways for spot in way[1:-1] if spot[0] == layer]
        assert all(abs(lane - place) > 0.799 for lane in lanes for place in places)
    assert min(place for way in ways for _, place in way) == 0


@pytest.mark.parametrize("formula", ["x*y + sin(x)", SHARED, "(tanh(w*x + b) - y)**2", "a*b + c*d + (a*b)*(c*d)"])
def test_edges_that_need_not_cross_do_not(formula):
    graph = FormulaGraph(formula)
    spots, ways = layers(len(graph.parts), graph.edges)
    links = [(tuple(a), tuple(b)) for way in ways for a, b in pairwise(way)]
    columns = [
        sorted({spot for link in links for spot in link if spot[0] == k}) for k in range(1 + max(s[0] for s in spots))
    ]
    assert crossings(columns, links) == (1 if formula.startswith("a*b") else 0)  # two products, each used twice: one has to


def test_crossings_are_counted():
    assert crossings([["a", "b"], ["c", "d"]], [("a", "d"), ("b", "c")]) == 1
    assert crossings([["a", "b"], ["c", "d"]], [("a", "c"), ("b", "d"), ("a", "d")]) == 0
