"""Reverse mode: every local derivative, broadcasting undone, graphs deep and shared, and a whole network."""

import inspect
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from gdlib import autodiff, gradient_descent, objectives
from gdlib.autodiff import Tensor, gradient, graph, logsumexp, relu, sigmoid, value_and_grad
from gdlib.derivatives import central

RNG = np.random.default_rng(12)
POSITIVE = RNG.uniform(0.5, 2, (3, 4))
ANY = RNG.normal(size=(3, 4))
VECTOR, COLUMN = RNG.normal(size=4), RNG.uniform(0.5, 2, (3, 1))


def holds(f, *arrays, tol=1e-8):
    """Every gradient of sum(c * f(arrays)), with random weights c, is that of central differences."""
    weights = np.random.default_rng(0).normal(size=np.shape(f(*arrays)))
    tensors = [Tensor(a) for a in arrays]
    (f(*tensors) * weights).sum().backward()
    for i, (tensor, a) in enumerate(zip(tensors, arrays)):

        def only_i(x, i=i):
            return np.sum(weights * f(*arrays[:i], x, *arrays[i + 1 :]))

        assert tensor.grad.shape == np.shape(a)
        np.testing.assert_allclose(tensor.grad, central(only_i, a), rtol=tol, atol=tol)


UNARY = {
    "negative": (lambda x: -x, ANY),
    "absolute": (abs, ANY),
    "square": (np.square, ANY),
    "sqrt": (np.sqrt, POSITIVE),
    "exp": (np.exp, ANY),
    "log": (np.log, POSITIVE),
    "sin": (np.sin, ANY),
    "cos": (np.cos, ANY),
    "tanh": (np.tanh, ANY),
    "relu": (relu, ANY),
    "sigmoid": (sigmoid, ANY),
    "logsumexp along rows": (logsumexp, ANY),
    "logsumexp along columns": (lambda x: logsumexp(x, axis=0), ANY),
    "power 3": (lambda x: x**3, ANY),
    "power 0.5": (lambda x: x**0.5, POSITIVE),
    "power -1": (lambda x: x**-1, POSITIVE),
    "power of 2": (lambda x: 2**x, ANY),
    "number first": (lambda x: 1 - 2 / (3 + x), POSITIVE),
    "number second": (lambda x: (x - 1) / 2 + 3, POSITIVE),
    "array first": (lambda x: ANY * x - ANY / x + (ANY - x), POSITIVE),
    "sum of all": (lambda x: x.sum(), ANY),
    "sum along rows": (lambda x: x.sum(axis=1), ANY),
    "sum along columns, kept": (lambda x: x.sum(axis=0, keepdims=True), ANY),
    "sum over both": (lambda x: np.sum(x, axis=(0, 1)), ANY),
    "mean of all": (lambda x: x.mean(), ANY),
    "mean along rows": (lambda x: np.mean(x, axis=1), ANY),
    "mean along columns, kept": (lambda x: x.mean(axis=0, keepdims=True), ANY),
    "reshape": (lambda x: x.reshape(2, 6), ANY),
    "reshape to a tuple": (lambda x: x.reshape((4, 3)), ANY),
    "transpose": (lambda x: x.T, ANY),
    "row": (lambda x: x[1], ANY),
    "slice": (lambda x: x[:, 1:3], ANY),
    "picked entries, one of them twice": (lambda x: x[[0, 1, 2, 0], [1, 3, 0, 1]], ANY),
    "repeated use": (lambda x: x * x + x * np.sin(x), ANY),
}


@pytest.mark.parametrize("name", UNARY)
def test_operations_on_one_tensor(name):
    holds(*UNARY[name])


BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "maximum": np.maximum,
    "logaddexp": np.logaddexp,
}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize(
    "other",
    [np.roll(POSITIVE, 1, axis=0), np.abs(VECTOR), COLUMN, np.array(1.3)],
    ids=["same", "row", "column", "number"],
)
def test_operations_on_two_tensors_with_broadcasting(name, other):
    holds(BINARY[name], POSITIVE, other)
    holds(BINARY[name], other, POSITIVE)


@pytest.mark.parametrize("shapes", [((3, 4), (4, 2)), ((3, 4), (4,)), ((3,), (3, 4)), ((4,), (4,)), ((1, 4), (4, 1))])
def test_matrix_products(shapes):
    holds(lambda a, b: a @ b, *(np.random.default_rng(1).normal(size=s) for s in shapes))
    a, b = (np.random.default_rng(1).normal(size=s) for s in shapes)
    holds(lambda x: a @ x, b)
    holds(lambda x: x @ b, a)


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_broadcasting_is_undone_for_all_shapes(broadcast):
    a, b = (Tensor(np.random.default_rng(0).normal(size=shape)) for shape in broadcast.input_shapes)
    out = a * b
    assert out.shape == broadcast.result_shape
    out.sum().backward()
    # d/da sum(a b): the sum of all entries of b that meet an entry of a
    for x, y in [(a, b), (b, a)]:
        expected = np.zeros(x.shape)
        positions = np.broadcast_to(np.arange(x.data.size).reshape(x.shape), out.shape)
        np.add.at(expected.reshape(-1), positions.ravel(), np.broadcast_to(y.data, out.shape).ravel())
        np.testing.assert_allclose(x.grad, expected, atol=1e-12)


def test_lists_multiply_from_either_side():
    x = Tensor([[1.0], [2.0]])
    assert ([[3.0, 4.0]] @ x).data.tolist() == [[11]] and (x @ [[3.0]]).data.tolist() == [[3], [6]]
    ([[3.0, 4.0]] @ x).sum().backward()
    assert x.grad.tolist() == [[3], [4]]


def test_the_formula_sheet_is_tested_whole():
    used = {"add", "subtract", "multiply", "divide", "power", "maximum", "logaddexp", "matmul"} | set(UNARY)
    assert {ufunc.__name__ for ufunc in autodiff.LOCAL} <= used


def test_conventions_at_corners():
    x = Tensor([-1.0, 0.0, 2.0])
    relu(x).sum().backward()
    assert x.grad.tolist() == [0, 0, 1]
    abs(x).sum().backward()
    assert x.grad.tolist() == [-1, 0, 1]
    a, b = Tensor(1.0), Tensor(1.0)
    np.maximum(a, b).backward()
    assert a.grad + b.grad == 1
    x = Tensor([0.0, 2.0])
    (x**0).sum().backward()
    assert x.grad.tolist() == [0, 0]


def test_a_shared_node_sends_back_once_what_has_arrived_by_all_paths():
    # f = (c + d) + c d with c = a + b, d = a b: df/da = (1 + d) + (1 + c) b
    a, b = Tensor(2.0), Tensor(3.0)
    c, d = a + b, a * b
    ((c + d) + c * d).backward()
    assert (c.grad, d.grad, a.grad, b.grad) == (7, 6, 25, 19)
    ((c + d) + c * d).backward()  # a second call adds nothing
    assert (a.grad, b.grad) == (25, 19)


def test_a_product_costs_three_times_its_multiplications(oracle):
    o = oracle("product-gradient")
    x = [Tensor(value) for value in (0.5, 1.0, 1.5, 2.0, 2.5)]
    f = x[0] * x[1] * x[2] * x[3] * x[4]
    f.backward()
    assert f.data == o["f"]
    np.testing.assert_allclose([factor.grad for factor in x], o["grad"], rtol=1e-13)
    nodes, edges = graph(f)
    forward = sum(node.name == "multiply" for node in nodes)
    assert forward == o["forward"] and forward + len(edges) == o["both"]  # one more for each way back


def test_a_sum_of_ten_thousand_terms_and_a_chain_as_long():
    x = Tensor(0.5)
    sum(x * i for i in range(10_000)).backward()
    assert x.grad == sum(range(10_000))
    y = x
    for _ in range(10_000):
        y = y + 1
    y.backward()
    assert (y.data, x.grad) == (10_000.5, 1)
    z = x
    for _ in range(60):  # 2**60 paths from x to z: each edge is walked once all the same
        z = z + z
    z.backward()
    assert x.grad == 2.0**60


def test_gradients_are_replaced_and_not_added_up():
    x = Tensor(3.0)
    (x * x).backward()
    (x * x).backward()
    assert x.grad == 6
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 6 and y.grad == 1


def test_gradients_can_be_changed_without_changing_others():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    (a + b).sum().backward()
    a.grad *= 10
    assert b.grad.tolist() == [1, 1]


def test_vjps_are_pairs_of_parent_and_function():
    x, y = Tensor([2.0, 5.0]), Tensor([3.0, 7.0])
    ((first, to_x), (second, to_y)) = (x * y).parents
    assert first is x and second is y
    assert to_x(np.array([1.0, 2.0])).tolist() == [3, 14] and to_y(np.array([1.0, 2.0])).tolist() == [2, 10]
    assert len((x * np.array([1.0, 2.0])).parents) == 1  # numbers and arrays are no parents


def test_whole_numbers_become_floats():
    x = Tensor([1, 2])
    assert x.data.dtype == float
    (x**-1).sum().backward()
    np.testing.assert_allclose(x.grad, [-1, -1 / 4])


def test_values_of_the_named_functions():
    x = np.array([-2.0, 0.0, 0.5, 3.0])
    assert relu(Tensor(x)).data.tolist() == relu(x).tolist() == [0, 0, 0.5, 3]
    np.testing.assert_allclose(sigmoid(Tensor(x)).data, 1 / (1 + np.exp(-x)), rtol=1e-14)
    np.testing.assert_allclose(logsumexp(Tensor(x)).data, [np.log(np.exp(x).sum())], rtol=1e-14)


def test_stable_far_out():
    for f in (sigmoid, logsumexp, lambda x: np.logaddexp(0, x)):
        x = Tensor([[1000.0], [-1000.0]])
        f(x).sum().backward()
        assert np.isfinite(x.grad).all()
    x = Tensor([1000.0, 0.0])
    logsumexp(x).sum().backward()
    np.testing.assert_allclose(x.grad, [1, 0])
    np.testing.assert_allclose(logsumexp(np.array([1000.0, 1000.0])), [1000 + np.log(2)])
    np.testing.assert_allclose(logsumexp([1000, 1000]), [1000 + np.log(2)])  # lists will do
    assert sigmoid([0, 1000]).tolist() == [0.5, 1] and relu([-1, 2]).tolist() == [0, 2]


@pytest.mark.parametrize(
    "f",
    [
        objectives.rosenbrock(),
        objectives.himmelblau(),
        objectives.beale(),
        objectives.exp_bowl(),
        objectives.quadratic(3, 0.5),
    ],
    ids=repr,
)
def test_the_gallery_is_differentiated_as_it_stands(f):
    w = np.array([0.7, -0.4])
    value, grad = value_and_grad(f)(w)
    assert value == pytest.approx(f(w), rel=1e-14)
    np.testing.assert_allclose(grad, f.grad(w), rtol=1e-12)


def test_losses_on_data_are_differentiated_as_they_stand():
    X, y = RNG.normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
    w = RNG.normal(size=3)
    np.testing.assert_allclose(
        gradient(lambda w: objectives.squared_error(w, X, y))(w), objectives.squared_error_grad(w, X, y), rtol=1e-12
    )
    np.testing.assert_allclose(
        gradient(lambda w: objectives.squared_error(w, X, y, 0.1))(w),
        objectives.squared_error_grad(w, X, y, 0.1),
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        gradient(lambda w: objectives.logistic_loss(w, X, y, 0.1))(w),
        objectives.logistic_grad(w, X, y, 0.1),
        rtol=1e-12,
    )


def test_gradient_serves_descent():
    f = objectives.rosenbrock()
    ours = gradient_descent(f, gradient(f), [-1.2, 1], 1e-3, max_iter=50)
    np.testing.assert_allclose(ours.path, gradient_descent(f, f.grad, [-1.2, 1], 1e-3, max_iter=50).path, rtol=1e-9)
    assert gradient(lambda w: 0 * w[0])(np.ones(2)).tolist() == [0, 0]
    value, grad = value_and_grad(lambda w: w[0] * w[1])([2, 3])
    assert (value, grad.tolist()) == (6.0, [3, 2]) and type(value) is float


LOST = ", which does not lead back to w: in f use w itself, not w.data or a number made from it"


@pytest.mark.parametrize(
    ("f", "came"),
    [
        (lambda w: (w.data**2).sum(), "5.0"),
        (lambda w: np.sum(w.data * w.data), "5.0"),
        (lambda w: Tensor(w.data[0]) * 2, "Tensor(2.)"),
        (lambda w: float(w.data[0]), "1.0"),
        (lambda w: 3.0, "3.0"),
        (lambda w: "low", "'low'"),
    ],
)
def test_a_value_that_does_not_come_from_w_is_refused(f, came):
    for call in (gradient(f), value_and_grad(f)):
        with pytest.raises(ValueError, match="^" + re.escape(f"f(w) must be computed from w, got {came}{LOST}") + "$"):
            call(np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"^f\(w\) must be computed from w"):  # and not "Stopped by gtol"
        gradient_descent(lambda w: w @ w, gradient(f), [1.0, 2.0], 0.1)


def test_no_sentence_advises_data():
    with pytest.raises(TypeError) as error:
        np.asarray(Tensor(1.0))
    assert ".data" not in str(error.value)
    assert "use its .data" not in inspect.getsource(autodiff)


def test_a_network_by_hand_and_by_autodiff():
    X, y = RNG.normal(size=(20, 2)), RNG.normal(size=(20, 1))
    W1, b1, W2, b2 = (RNG.normal(size=s) for s in [(2, 5), (5,), (5, 1), (1,)])
    h = np.tanh(X @ W1 + b1)
    d = 2 * (h @ W2 + b2 - y) / 20
    back = (d @ W2.T) * (1 - h * h)
    by_hand = [X.T @ back, back.sum(axis=0), h.T @ d, d.sum(axis=0)]
    parameters = [Tensor(p) for p in (W1, b1, W2, b2)]
    w1, c1, w2, c2 = parameters
    loss = ((np.tanh(X @ w1 + c1) @ w2 + c2 - y) ** 2).mean()
    loss.backward()
    for parameter, expected in zip(parameters, by_hand):
        np.testing.assert_allclose(parameter.grad, expected, rtol=1e-12, atol=1e-14)


def test_the_same_as_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e .[peers]")
    X, W = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4))
    rows, labels = np.arange(5), np.array([0, 3, 1, 2, 2])
    w = Tensor(W)
    z = np.tanh(X @ w)
    (logsumexp(z).mean() - z[rows, labels].mean()).backward()
    v = torch.tensor(W, requires_grad=True)
    torch.nn.functional.cross_entropy(torch.tanh(torch.tensor(X) @ v), torch.tensor(labels)).backward()
    np.testing.assert_allclose(w.grad, v.grad.numpy(), rtol=1e-12)


def test_the_same_as_autograd():
    autograd = pytest.importorskip("autograd", reason="autograd is not installed: pip install -e .[peers]")
    import autograd.numpy as anp

    X, W = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4))

    def loss(library, w):
        z = library.tanh(X @ w)
        return (library.exp(z) / (1 + z**2)).mean() + library.sqrt((w * w).sum())

    w = Tensor(W)
    loss(np, w).backward()
    np.testing.assert_allclose(w.grad, autograd.grad(lambda w: loss(anp, w))(W), rtol=1e-12)


def test_graph_prints_what_was_done():
    x, y = Tensor(2.0, name="x"), Tensor(3.0, name="y")
    f = x * y + np.exp(x)
    assert repr(graph(f)) == (
        "4: add = 13.3891\n  2: multiply = 6\n    0: x = 2\n    1: y = 3\n  3: exp = 7.38906\n    0: see above"
    )
    assert str(graph(x * x + y)).splitlines()[3:] == ["    0: see above", "  2: y = 3"]
    square = x * x  # written out once, though used twice
    assert str(graph(square + square)).splitlines()[1:] == [
        "  1: multiply = 4",
        "    0: x = 2",
        "    0: see above",
        "  1: see above",
    ]
    g = Tensor([1.0, 2.0]).sum()
    g.backward()
    assert str(graph(g)) == "1: sum = 3, grad 1\n  0: leaf = array of shape (2,), grad array of shape (2,)"
    names = [node.name for node in graph(Tensor([[1.0]]).reshape(1).T[0:1].mean()).nodes]
    assert names == ["leaf", "reshape", "T", "[]", "sum", "multiply"]


def test_graph_is_data_for_a_picture():
    x, y = Tensor(2.0, name="x"), Tensor(3.0, name="y")
    f = x * y + np.sin(x)
    nodes, edges = graph(f)
    assert [node.name for node in nodes] == ["x", "y", "multiply", "sin", "add"]
    assert [node.grad for node in nodes] == [None] * 5  # nothing has come back yet
    assert [edge[:2] for edge in edges] == [(0, 2), (1, 2), (0, 3), (2, 4), (3, 4)]
    np.testing.assert_allclose([edge.derivative for edge in edges], [3, 2, np.cos(2), 1, 1], rtol=1e-15)
    np.testing.assert_allclose([node.value for node in nodes], [2, 3, 6, np.sin(2), 6 + np.sin(2)], rtol=1e-15)
    f.backward()
    np.testing.assert_allclose([node.grad for node in graph(f).nodes], [3 + np.cos(2), 2, 1, 1, 1], rtol=1e-15)
    assert graph(x) == ([("x", x.data, x.grad)], [])  # a leaf alone


def test_derivatives_on_edges_are_those_of_numbers():
    w = Tensor([1.0, 2.0], name="w")
    nodes, edges = graph((w * [3.0, 4.0]).sum() * w[1])
    into = {(nodes[edge.source].name, nodes[edge.target].name): edge.derivative for edge in edges}
    assert into["w", "multiply"] is None  # two numbers from two: a Jacobian
    assert into["w", "[]"].tolist() == [0, 1]  # one number from two
    assert into["sum", "multiply"] == 2 and into["[]", "multiply"] == 11
    row = Tensor([[5.0]]) + Tensor(1.0)
    assert [edge.derivative.shape for edge in graph(row).edges] == [(1, 1), ()]  # each in the shape of its source


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: (a + b + a * b) + (a + b) * (a * b),
        lambda a, b: a * a * b / (a - np.exp(-b * a)),
        lambda a, b: np.tanh(a * b) ** 2 + sigmoid(a) * np.log(b + a),
    ],
)
def test_gradients_are_sums_along_the_edges(f):
    result = f(Tensor(2.0), Tensor(3.0))
    result.backward()
    nodes, edges = graph(result)
    assert all(edge.source < edge.target for edge in edges)  # forward: every node after all it was made from
    back = np.zeros(len(nodes))
    back[-1] = 1
    for edge in reversed(edges):  # and backward every node before them
        back[edge.source] += back[edge.target] * edge.derivative
    np.testing.assert_allclose([node.grad for node in nodes], back, rtol=1e-14)


def test_a_graph_is_deep_and_shared_without_recursion():
    y = x = Tensor(0.5)
    for _ in range(10_000):
        y = y + 1
    assert [len(part) for part in graph(y)] == [10_001, 10_000]
    for _ in range(60):  # 2**60 paths
        x = x + x
    assert [len(part) for part in graph(x)] == [61, 120] and len(str(graph(x)).splitlines()) == 121


def test_tensors_read_well():
    assert repr(Tensor([[1, 2.5]])) == "Tensor([[1. , 2.5]])"
    assert repr(Tensor([1 / 3])) == "Tensor([0.333333])"
    assert len(Tensor([1, 2, 3])) == 3 and Tensor([[1, 2, 3]]).shape == (1, 3)
    assert [x.data.item() for x in Tensor([1, 2])] == [1, 2]


def in_place(w):
    w.data[0] = 2
    return w[0]


IN_PLACE = " must not change its arguments in place: write w = 2 * w for w *= 2, or begin with w = w.copy()"
BAD = [
    (
        lambda: Tensor([1.0, 2.0]).backward(),
        ValueError,
        "backward starts from a single number, but this tensor has shape (2,)",
    ),
    (lambda: np.arctan(Tensor(1.0)), TypeError, "no derivative is known here for numpy.arctan used like this"),
    (lambda: np.add.reduce(Tensor([1.0])), TypeError, "no derivative is known here for numpy.add used like this"),
    (
        lambda: np.add(Tensor(1.0), 1, out=np.zeros(())),
        TypeError,
        "no derivative is known here for numpy.add used like this",
    ),
    (
        lambda: np.asarray(Tensor(1.0)),
        TypeError,
        "a Tensor cannot become an array, for its gradient would be lost: use operations that autodiff knows, "
        "such as w[0] * w[1], X @ w or np.exp(w)",
    ),
    (lambda: gradient(None), ValueError, "f must be a function of w, got None"),
    (
        lambda: value_and_grad(2.0),
        ValueError,
        "f must be a function of w, got 2.0: give the function itself, not one of its values",
    ),
    (lambda: gradient(lambda w: None)([1.0]), ValueError, "f must return a value, got None: does it end with `return`?"),
    (lambda: gradient(in_place)(np.ones(2)), ValueError, f"f{IN_PLACE}"),
    (
        lambda: gradient(lambda w: 2 * w)(np.ones(2)),
        ValueError,
        "backward starts from a single number, but this tensor has shape (2,)",
    ),
    (lambda: gradient(lambda w: w)("x"), ValueError, "w must be an array of real numbers, got 'x'"),
    (lambda: Tensor("x"), ValueError, "data must be an array of real numbers, got 'x'"),
    (lambda: Tensor(None), ValueError, "data must be an array of real numbers, got None"),
    (lambda: Tensor([1j]), ValueError, "data must be an array of real numbers, got [1j]"),
    (lambda: graph(3.0), ValueError, "tensor must be a Tensor, got 3.0"),
    (
        lambda: (Tensor(np.ones((2, 2, 2))) @ np.ones((2, 2, 2))).sum().backward(),
        ValueError,
        "@ is differentiated for vectors and matrices only, got shapes (2, 2, 2) and (2, 2, 2)",
    ),
]


@pytest.mark.parametrize(("call", "kind", "sentence"), BAD)
def test_bad_input_is_refused_in_a_sentence(call, kind, sentence):
    with pytest.raises(kind, match="^" + re.escape(sentence) + "$"):
        call()


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-3, 3))
def test_the_gradient_is_linear(x, y, c):
    w = np.array([x, y])

    def f(w):
        return np.sin(w[0]) * w[1]

    def g(w):
        return np.exp(w[1]) - w[0] ** 2

    both = gradient(lambda w: f(w) + c * g(w))(w)
    np.testing.assert_allclose(both, gradient(f)(w) + c * gradient(g)(w), rtol=1e-12, atol=1e-12)
