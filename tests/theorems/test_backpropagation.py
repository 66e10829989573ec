"""Chapter 12, Backpropagation: each of its theorems on many random instances that satisfy the hypotheses, tight where it is
tight, and failing where a hypothesis is dropped."""

from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

from gdlib import gradient_descent, models
from gdlib.autodiff import Tensor, graph, relu
from gdlib.derivatives import complex_step

SEEDS = range(20)
CHAPTER = Path(__file__).parents[2] / "chapters" / "12-backpropagation.ipynb"
SMOOTH = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "sin": np.sin, "tanh": np.tanh, "exp": np.exp}
BASIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def program(rng, d, steps, names):
    """Random operations on d inputs, as (name, places of the operands); at the end all that is unused is put to use."""
    made, unused = [], set(range(d))

    def add(name, *at):
        made.append((name, *at))
        unused.difference_update(at)
        unused.add(d + len(made) - 1)

    for name in rng.choice(names, steps):
        add(name, *rng.integers(0, d + len(made), 1 if name in ("sin", "tanh", "exp") else 2).tolist())
    while len(unused) > 1:
        add(names[0], *sorted(unused)[:2])
    return made


def run(made, inputs, operations):
    values = list(inputs)
    for name, *at in made:
        values.append(operations[name](*(values[i] for i in at)))
    return values[-1]


def over_all_paths(tensor):
    """For each node of its graph: the sum over all paths to the end of the product of the local derivatives."""
    nodes, edges = graph(tensor)
    leaving = [[edge for edge in edges if edge.source == i] for i in range(len(nodes))]

    def walk(i):
        if i == len(nodes) - 1:
            return 1.0
        return sum(float(edge.derivative) * walk(edge.target) for edge in leaving[i])

    return [walk(i) for i in range(len(nodes))], [float(node.grad) for node in nodes]


# --- the theorem, and what it costs ---------------------------------------------------------------------------


@pytest.mark.theorem("thm-backprop")
@pytest.mark.parametrize("seed", SEEDS)
def test_backward_gives_the_gradient_of_random_graphs_with_shared_nodes(seed):
    rng = np.random.default_rng(seed)
    made, x = program(rng, 3, 8, ["add", "subtract", "multiply", "sin", "tanh"]), rng.uniform(-1, 1, 3)
    leaves = [Tensor(v) for v in x]
    last = run(made, leaves, SMOOTH)
    last.backward()
    exact = complex_step(lambda w: run(made, w, SMOOTH), x)
    np.testing.assert_allclose([leaf.grad for leaf in leaves], exact, rtol=1e-10, atol=1e-12)


@pytest.mark.theorem("thm-backprop")
@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_the_sum_over_all_paths_at_every_node(seed):
    rng = np.random.default_rng(100 + seed)
    last = run(program(rng, 2, 7, ["add", "multiply", "sin"]), [Tensor(v) for v in rng.uniform(-1, 1, 2)], SMOOTH)
    last.backward()
    paths, grads = over_all_paths(last)
    np.testing.assert_allclose(grads, paths, rtol=1e-10, atol=1e-12)


def at_once(node, arriving, grads):
    """As the chapter has it: not the gradient."""
    grads[node] = grads.get(node, 0) + arriving
    for parent, times_local in node.parents:
        at_once(parent, times_local(grads[node]), grads)


@pytest.mark.theorem("thm-backprop")
def test_without_the_order_a_shared_node_counts_more_than_once_and_a_tree_does_not():
    x, y = Tensor(2.0), Tensor(3.0)
    u, grads = x * y, {}
    at_once(u * u + u, 1.0, grads)
    assert (grads[u], grads[x]) == (13, (6 + 12 + 13) * 3)
    a, b, c = (Tensor(v) for v in (2.0, 3.0, 4.0))
    tree, grads = a * b + np.sin(c), {}
    at_once(tree, 1.0, grads)
    tree.backward()
    assert all(grads[leaf] == leaf.grad for leaf in (a, b, c))


@pytest.mark.theorem("thm-backprop")
def test_sixty_doublings_have_too_many_paths_to_follow_and_few_edges():
    x = doubled = Tensor(1.0)
    for _ in range(60):
        doubled = doubled + doubled
    doubled.backward()
    assert x.grad == 2.0**60 and len(graph(doubled).edges) == 120


def reverse(made, inputs):
    """The value, the partials and the operations that both take, counted one by one; exact with fractions."""
    values, count = list(inputs), len(made)
    for name, i, j in made:
        values.append(BASIC[name](values[i], values[j]))
    g = {len(values) - 1: 1}

    def give(i, amount):
        nonlocal count
        count += i in g  # the first that arrives is stored, each other is added
        g[i] = g[i] + amount if i in g else amount

    for place in range(len(values) - 1, len(inputs) - 1, -1):
        (name, i, j), arrived = made[place - len(inputs)], g[place]
        if name in "+-":
            give(i, arrived)
            give(j, arrived if name == "+" else -arrived)
        elif name == "*":
            count += 2
            give(i, arrived * values[j])
            give(j, arrived * values[i])
        else:
            count += 2
            share = arrived / values[j]
            give(i, share)
            give(j, -share * values[place])
    return values[-1], [g.get(i, 0) for i in range(len(inputs))], count


@pytest.mark.theorem("thm-cheap-gradient")
@pytest.mark.parametrize("seed", range(60))
def test_value_and_gradient_take_at_most_four_times_the_operations(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 7))
    made = program(rng, d, int(rng.integers(1, 12)), ["*", "+", "-"])
    x = [Fraction(int(v), 7) for v in rng.integers(1, 20, d)]
    _, partials, count = reverse(made, x)
    assert count <= 4 * len(made) + 1 - d
    if all(name == "*" for name, *_ in made):
        assert count == 4 * len(made) + 1 - d
    leaves = [Tensor(float(v)) for v in x]
    run(made, leaves, BASIC).backward()
    np.testing.assert_allclose([leaf.grad for leaf in leaves], [float(p) for p in partials], rtol=1e-9, atol=1e-9)


@pytest.mark.theorem("thm-cheap-gradient")
@pytest.mark.parametrize("seed", range(60))
def test_products_and_quotients_attain_the_bound(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 7))
    made = program(rng, d, int(rng.integers(1, 12)), ["*", "/"])
    x = [Fraction(int(v), 7) for v in rng.integers(7, 15, d)]
    _, partials, count = reverse(made, x)
    assert count == 4 * len(made) + 1 - d
    leaves = [Tensor(float(v)) for v in x]
    run(made, leaves, BASIC).backward()
    np.testing.assert_allclose([leaf.grad for leaf in leaves], [float(p) for p in partials], rtol=1e-9, atol=1e-9)


@pytest.mark.theorem("thm-cheap-gradient")
def test_a_product_of_five_and_of_a_thousand(oracle):
    o = oracle("product-gradient")
    for d, value, both in ((5, o["forward"], o["both"]), (1000, 999, 2997)):
        made = [("*", 0, 1)] + [("*", d + i, i + 2) for i in range(d - 2)]
        x = [Fraction(i + 1, 2) for i in range(d)]
        f, partials, count = reverse(made, x)
        assert (len(made), count) == (value, both)
        assert all(partials[i] * x[i] == f for i in (0, 1, d // 2, d - 1))
        assert f == prod(x)


@pytest.mark.theorem("thm-cheap-gradient")
def test_an_input_that_is_not_used_breaks_the_bound():
    made = [("*", 0, 0)]
    assert reverse(made, [3.0] + [1.0] * 9)[2] > 4 * 1 + 1 - 10


@pytest.mark.theorem("cex-chain-of-matrices")
def test_a_row_times_matrices_is_cheap_from_the_left(oracle):
    o, (m, d) = oracle("chain-of-matrices"), (10, 100)
    shapes = [(1, d)] + [(d, d)] * m

    def count(shapes, from_left):
        total = 0
        while len(shapes) > 1:
            at = 0 if from_left else len(shapes) - 2
            (a, b), (_, c) = shapes[at : at + 2]
            total += a * b * c
            shapes = [*shapes[:at], (a, c), *shapes[at + 2 :]]
        return total

    assert count(shapes, True) == m * d**2 == o["backward"]
    assert count(shapes, False) == (m - 1) * d**3 + d**2 == o["forward"]


# --- a wrong derivative --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chapter():
    """What the chapter's own cells define, up to the four programs."""
    cells = nbformat.read(CHAPTER, as_version=4).cells
    names = {}
    for wanted in ("from functools", "def by_hand", "X, labels =", "# the four programs"):
        (cell,) = [cell for cell in cells if cell.cell_type == "code" and cell.source.startswith(wanted)]
        exec(cell.source.split("\nloss = ")[0], names)
    return SimpleNamespace(**names)


def test_only_one_program_has_the_gradient_and_all_lead_down(chapter):
    c = chapter
    for seed in range(3):
        w = c.net.init(seed=seed)
        exact = c.few.grad(w)
        errors = {name: c.relative(c.by_hand(w, c.X[:100], c.labels[:100], **o), exact) for name, o in c.programs.items()}
        assert errors.pop("C") < 1e-12 and min(errors.values()) > 0.1
        for options in c.programs.values():
            g = c.by_hand(w, c.X[:100], c.labels[:100], **options)
            assert g @ exact > 0.95 * np.linalg.norm(g) * np.linalg.norm(exact)


def test_with_other_first_weights_the_lowest_loss_of_the_best_readers_is_that_of_a_wrong_program(chapter):
    c, seen = chapter, {}
    loss = c.net.loss(c.X, c.labels)
    for name in "BC":
        slope = lambda w, options=c.programs[name]: c.by_hand(w, c.X, c.labels, **options)
        run = gradient_descent(loss, slope, c.net.init(seed=1), 1.0, gtol=0, max_iter=200)
        seen[name] = np.mean(c.net.predict(run.w, c.X_new) == c.labels_new), run.values[-1]
    assert seen["B"][0] >= seen["C"][0] and seen["B"][1] < seen["C"][1] - 0.001


# --- where to start ------------------------------------------------------------------------------------------


def twins(net, w, layer, a, b):
    """w with unit b of a hidden layer made equal to unit a: what comes in, the bias, what goes out."""
    w = w.copy()
    (W, bias), (W_out, _) = net.unpack(w)[layer : layer + 2]
    W[:, b], bias[b], W_out[b] = W[:, a], bias[a], W_out[a]
    return w


@pytest.mark.theorem("thm-equal-units")
@pytest.mark.parametrize("seed", SEEDS)
def test_equal_units_stay_equal_and_units_with_other_ways_out_do_not(seed):
    rng = np.random.default_rng(seed)
    net = models.MLP((3, 4, 5, 1))
    f = net.loss(rng.normal(size=(12, 3)), rng.normal(size=12))
    layer = seed % 2
    w0, eta = twins(net, net.init(seed), layer, 0, 2), rng.uniform(0.01, 0.3)
    w = gradient_descent(f, f.grad, w0, eta, gtol=0, max_iter=30).w
    assert np.linalg.norm(w - w0) > 1e-3
    np.testing.assert_allclose(twins(net, w, layer, 0, 2), w, atol=1e-9)
    other = w0.copy()
    net.unpack(other)[layer + 1][0][2] *= 2  # other weights going out
    w = gradient_descent(f, f.grad, other, eta, gtol=0, max_iter=30).w
    assert np.ptp(net.unpack(w)[layer][0][:, [0, 2]], axis=1).max() > 1e-4


@pytest.mark.theorem("thm-equal-units")
def test_zero_weights_move_the_last_bias_only():
    rng = np.random.default_rng(0)
    net = models.MLP((4, 6, 3))
    f = net.loss(rng.normal(size=(20, 4)), rng.integers(0, 3, 20))
    w = gradient_descent(f, f.grad, 0 * net.init(), 0.5, gtol=0, max_iter=50).w
    (W1, b1), (W2, b2) = net.unpack(w)
    assert not W1.any() and not b1.any() and not W2.any() and np.abs(b2).max() > 0.01


def logistic(z):
    return 1 / (1 + np.exp(-z))


ACTIVATIONS = {  # with the slope, and by what the product of the weights is divided for each layer
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2, 1),
    "logistic": (logistic, lambda z: logistic(z) * logistic(-z), 4),
}


@pytest.mark.theorem("thm-long-products")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_chain_multiplies_and_keeps_its_bound(seed, name):
    (activation, slope, below), rng = ACTIVATIONS[name], np.random.default_rng(seed)
    w, u0 = 2 * rng.normal(size=rng.integers(1, 9)), rng.normal()
    x, u, factors = Tensor(u0), u0, []
    last = x
    for weight in w:
        factors.append(weight * slope(weight * u))
        u, last = activation(weight * u), activation(weight * last)
    last.backward()

    def chain(v):
        for weight in w:
            v = activation(weight * v)
        return v[0]

    assert complex_step(chain, [u0])[0] == pytest.approx(np.prod(factors), rel=1e-9)
    assert x.grad == pytest.approx(np.prod(factors), rel=1e-9)
    assert abs(x.grad) <= np.prod(np.abs(w)) / below ** len(w) * (1 + 1e-12)


@pytest.mark.theorem("thm-long-products")
def test_the_bounds_are_attained_at_zero_and_need_slopes_of_at_most_one():
    u = x = Tensor(0.0)
    for weight in (1.5, -2.0, 3.0):
        u = np.tanh(weight * u)
    u.backward()
    assert x.grad == -9
    y = Tensor(0.0)
    logistic(2.0 * y).backward()
    assert y.grad == pytest.approx(2 / 4, rel=1e-15)
    z = Tensor(1.0)
    (np.exp(z * 1.0)).backward()  # a slope above 1
    assert z.grad > 1


# --- the size of first weights -------------------------------------------------------------------------------------

SYMMETRIC = ((-1.0, 0.25), (0.0, 0.5), (1.0, 0.25))  # values and their probabilities
SKEW = ((-1.0, 2 / 3), (2.0, 1 / 3))
SHIFTED = ((0.0, 0.5), (2.0, 0.5))


def expected(law, shape, size):
    """E size(W) over all matrices with independent entries of this law: no random number is drawn."""
    total = 0.0
    for entries in product(law, repeat=shape[0] * shape[1]):
        W = np.reshape([value for value, _ in entries], shape)
        total += prod(p for _, p in entries) * size(W)
    return total


def variance(law):
    mean = sum(v * p for v, p in law)
    return sum((v - mean) ** 2 * p for v, p in law)


@pytest.mark.theorem("thm-variance-kept")
@pytest.mark.parametrize("law", [SYMMETRIC, SKEW])
def test_expected_squares_forward_and_backward(law):
    (p, m), rng = (3, 2), np.random.default_rng(0)
    x, g, s = rng.normal(size=p), rng.normal(size=m), variance(law)
    assert expected(law, (p, m), lambda W: np.sum((x @ W) ** 2)) == pytest.approx(m * s * x @ x, rel=1e-12)
    assert expected(law, (p, m), lambda W: np.sum((g @ W.T) ** 2)) == pytest.approx(p * s * g @ g, rel=1e-12)


@pytest.mark.theorem("thm-variance-kept")
def test_relu_halves_it_for_symmetric_weights_and_a_mean_or_a_skew_breaks_it():
    x = np.array([0.7, -1.3])
    halved = lambda W: np.sum(np.maximum(x @ W, 0) ** 2)
    assert expected(SYMMETRIC, (2, 2), halved) == pytest.approx(variance(SYMMETRIC) * x @ x, rel=1e-12)  # m s / 2, m = 2
    assert abs(expected(SKEW, (2, 2), halved) - variance(SKEW) * x @ x) > 0.1
    plain = lambda W: np.sum((x @ W) ** 2)
    assert abs(expected(SHIFTED, (2, 2), plain) - 2 * variance(SHIFTED) * x @ x) > 0.1


@pytest.mark.theorem("cex-typical-size")
@pytest.mark.parametrize("d", [10, 100])
def test_the_expectation_is_one_and_the_typical_ratio_far_less(oracle, d):
    o, m = oracle("gaussian-chain")[f"d={d}"], 50
    digamma = -np.euler_gamma + sum(1 / j for j in range(1, d // 2))  # of d/2, a whole number
    assert m * (digamma - np.log(d / 2)) == pytest.approx(o["mean log"], rel=1e-10)
    assert (1 + 2 / d) ** m == pytest.approx(o["mean square"], rel=1e-12)
    assert o["mean log"] < -m / d
    rng = np.random.default_rng(d)  # one layer: the factor's mean, mean square and mean logarithm
    x = rng.normal(size=d)
    factor = np.array([np.sum((x @ rng.normal(size=(d, d))) ** 2) for _ in range(4000)]) / d / (x @ x)
    assert factor.mean() == pytest.approx(1, abs=0.03)
    assert np.mean(factor**2) == pytest.approx(1 + 2 / d, abs=0.06)
    assert np.log(factor).mean() == pytest.approx(o["mean log"] / m, abs=0.03)


def next_mean_square(q):
    zeta = np.linspace(-12, 12, 6001)
    density = np.exp(-(zeta**2) / 2)
    return np.tanh(np.sqrt(q) * zeta) ** 2 @ density / density.sum()


@pytest.mark.theorem("cex-tanh-shrinks")
def test_tanh_shrinks_like_one_over_the_number_of_layers(oracle):
    o, q = oracle("tanh-variance"), 1.0
    for j in range(1, 2001):
        q = next_mean_square(q)
        if str(j) in o:
            assert q == pytest.approx(o[str(j)], rel=1e-9)
    assert 2 * j * q == pytest.approx(1, abs=0.01)


@pytest.mark.theorem("cex-tanh-shrinks")
def test_a_wide_network_does_so():
    rng, width = np.random.default_rng(3), 1500
    u, q = rng.choice([-1.0, 1.0], width), 1.0
    for _ in range(3):
        u, q = np.tanh(u @ rng.normal(size=(width, width)) / np.sqrt(width)), next_mean_square(q)
        assert np.mean(u**2) == pytest.approx(q, rel=0.15)


# --- corners -------------------------------------------------------------------------------------------------


@pytest.mark.theorem("cex-dead-unit")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_unit_dies_in_its_first_step_or_the_run_converges(seed):
    rng = np.random.default_rng(seed)
    f = lambda w: (max(w[0], 0) - 1) ** 2 / 2
    slope = lambda w: (w > 0) * (w - 1)
    w0 = 1 + rng.uniform(0.2, 5)
    limit = w0 / (w0 - 1)
    longer = gradient_descent(f, slope, w0, limit * rng.uniform(1.001, 3), max_iter=2000)
    assert longer.path[1, 0] < 0 and longer.w[0] == longer.path[1, 0] and longer.values[-1] == 0.5
    shorter = gradient_descent(f, slope, w0, min(limit, 2) * rng.uniform(0.02, 0.99), max_iter=5000)
    assert shorter.w[0] == pytest.approx(1, abs=1e-4) and shorter.path.min() > 0


@pytest.mark.theorem("cex-dead-unit")
def test_from_three_the_limit_is_below_two_over_L():
    slope = lambda w: (w > 0) * (w - 1)
    f = lambda w: (max(w[0], 0) - 1) ** 2 / 2
    assert gradient_descent(f, slope, 3.0, 1.49).w[0] == pytest.approx(1, abs=1e-5)
    assert gradient_descent(f, slope, 3.0, 1.51).w[0] < 0


@pytest.mark.theorem("cex-corner")
def test_two_relus_are_the_identity_with_the_slope_zero_at_zero():
    for place, slope in ((-0.5, 1), (0.0, 0), (0.5, 1)):
        x = Tensor(place)
        difference = relu(x) - relu(-x)
        difference.backward()
        assert difference.data == place and x.grad == slope
