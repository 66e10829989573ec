"""Models: losses that agree with their objectives, a network that learns, data that come as they should."""

import builtins
import itertools
import re
from functools import partial

import numpy as np
import pytest

from gdlib import gradient_descent, minimize, models, objectives, trajectories
from gdlib.autodiff import gradient
from gdlib.derivatives import check_gradient, hessian
from gdlib.models import MLP
from gdlib.optimizers import adagrad, adam, gd, momentum
from gdlib.stochastic import FiniteSum, sgd

RNG = np.random.default_rng(4)
X = RNG.normal(size=(12, 3))
NUMBERS, LABELS, THREE = RNG.normal(size=12), np.arange(12) % 2, np.arange(12) % 3


@pytest.mark.parametrize(
    ("loss", "objective"),
    [
        (models.linear(X, NUMBERS), objectives.least_squares(X, NUMBERS)),
        (models.linear(X, NUMBERS, penalty=0.2), objectives.least_squares(X, NUMBERS, penalty=0.2)),
        (models.logistic(X, LABELS), objectives.logistic_regression(X, LABELS)),
        (models.logistic(X, LABELS, penalty=0.2), objectives.logistic_regression(X, LABELS, penalty=0.2)),
        (models.softmax(X, THREE, 3), objectives.softmax_regression(X, THREE)),
    ],
)
def test_a_finite_sum_is_its_objective(loss, objective):
    w = RNG.normal(size=len(objective.window))
    assert loss(w) == pytest.approx(objective(w), rel=1e-14)
    np.testing.assert_allclose(loss.grad(w), objective.grad(w), rtol=1e-13)
    np.testing.assert_allclose(loss.gradients(w).mean(axis=0), objective.grad(w), rtol=1e-12)
    assert (loss.L, loss.mu) == pytest.approx((objective.L, objective.mu), rel=1e-12)


@pytest.mark.parametrize("make", [models.linear, models.logistic, partial(models.softmax, classes=3)])
def test_a_penalty_is_half_the_squared_norm_times_its_weight(make):
    plain, penalised = make(X, LABELS), make(X, LABELS, penalty=0.3)
    w = RNG.normal(size=9 if plain.loss.func is objectives.softmax_loss else 3)
    assert penalised(w) == pytest.approx(plain(w) + 0.15 * w @ w, rel=1e-14)
    np.testing.assert_allclose(penalised.grad(w), plain.grad(w) + 0.3 * w, rtol=1e-13)
    assert check_gradient(penalised, penalised.grad, w, tol=1e-7).ok
    np.testing.assert_allclose(penalised.batch_grad(w, [2, 5]), plain.batch_grad(w, [2, 5]) + 0.3 * w, rtol=1e-13)
    assert (penalised.L, penalised.mu) == pytest.approx((plain.L + 0.3, plain.mu + 0.3))
    # a batch of points, one a column, as trajectories has them
    W = RNG.normal(size=(len(w), 4))
    np.testing.assert_allclose(penalised(W), [penalised(column) for column in W.T], rtol=1e-13)
    np.testing.assert_allclose(penalised.grad(W).T, [penalised.grad(column) for column in W.T], rtol=1e-12)


@pytest.mark.parametrize("f", [models.linear(X, NUMBERS, 0.1), models.logistic(X, LABELS), models.softmax(X, THREE, 3)])
def test_constants_hold_for_the_mean_and_for_the_sum(f):
    d = 9 if f.loss.func is objectives.softmax_loss else 3
    for loss in (f, f.summed(), f.summed().summed()):
        for w in RNG.normal(size=(20, d)):
            low, *_, high = np.linalg.eigvalsh(hessian(loss.grad, w))
            assert loss.mu - 1e-7 <= low and high <= loss.L + 1e-7
    assert (f.summed().L, f.summed().mu) == (12 * f.L, 12 * f.mu)
    assert FiniteSum(f.loss, f.loss_grad, X, NUMBERS).summed().L is None is MLP((3, 1)).loss(X, NUMBERS).mu


def test_how_far_scaling_helps():
    X, y = models.load("diabetes")
    shipped, scaled = (models.linear(models.with_intercept(Z), y) for Z in (X, models.standardise(X)))
    assert shipped.L / shipped.mu == pytest.approx(51_631, abs=0.5) and scaled.L / scaled.mu == pytest.approx(470, abs=0.5)
    for f, left in ((shipped, 0.228), (scaled, 0.515)):
        run = gradient_descent(f, f.grad, np.zeros(11), 1 / f.L, gtol=0, max_iter=50)
        assert 1 - 2 * run.f / y.var() == pytest.approx(left, abs=5e-4)


def test_softmax_regression_agrees_with_scikit_learn():
    from sklearn import linear_model

    theirs = linear_model.LogisticRegression(C=1 / (0.1 * 12), fit_intercept=False, tol=1e-12, max_iter=1000).fit(X, THREE)
    f = models.softmax(X, THREE, 3, penalty=0.1)
    run = gradient_descent(f, f.grad, np.zeros(9), 2 / (f.L + f.mu), gtol=1e-10, max_iter=5000)
    np.testing.assert_allclose(run.w.reshape(3, 3), theirs.coef_.T, atol=1e-6)


# --- which of many solutions, and what happens where there is none ----------------------------------------------------

WIDE, FIT = np.array([[1.0, 1, 0], [0, 1, 1]]), np.array([1.0, 2])


@pytest.mark.parametrize(("name", "w0"), [("least-norm-from-zero", [0, 0, 0]), ("nearest-solution", [1, 0, 0])])
def test_descent_finds_the_solution_nearest_to_the_start(oracle, name, w0):
    o, f = oracle(name), models.linear(WIDE, FIT).summed()
    run = gradient_descent(f, f.grad, w0, 0.5, gtol=0, max_iter=10)
    np.testing.assert_allclose(run.w, o["w"], rtol=1e-12, atol=1e-14)
    far = gradient_descent(f, f.grad, w0, 0.5, gtol=1e-13)
    np.testing.assert_allclose(far.w, o["limit"], atol=1e-12)


@pytest.mark.parametrize(("n", "d", "rank"), [(4, 7, 4), (7, 4, 2), (5, 5, 3)])
def test_the_limit_is_the_projection_of_the_start_on_the_solutions(n, d, rank):
    rng = np.random.default_rng(d)
    A, y, w0 = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, d)), rng.normal(size=n), rng.normal(size=d)
    inverse = np.linalg.pinv(A, rcond=1e-10)
    f = models.linear(A, y)
    spectrum = np.linalg.eigvalsh(A.T @ A / n)[-rank:]  # what is not zero: what it is worth, and not kappa, sets the pace
    for start, rule in itertools.product((np.zeros(d), w0), (gd(2 / (spectrum[0] + f.L)), momentum(0.2 / f.L))):
        limit = inverse @ y + start - inverse @ (A @ start)
        run = minimize(f, f.grad, start, rule, gtol=1e-12, max_iter=50_000)
        assert run.converged
        np.testing.assert_allclose(run.w, limit, atol=1e-9 * np.linalg.norm(limit) / spectrum[0])
    run = gradient_descent(f, f.grad, w0, 2 / (spectrum[0] + f.L), gtol=0, max_iter=30)
    rate, limit = (f.L - spectrum[0]) / (f.L + spectrum[0]), inverse @ y + w0 - inverse @ (A @ w0)
    errors = np.linalg.norm(run.path - limit, axis=1)
    assert (errors <= rate ** np.arange(31) * errors[0] * (1 + 1e-9) + 1e-12).all()


def test_adagrad_finds_another_solution(oracle):
    o, f = oracle("adagrad-other-solution"), models.linear(WIDE, FIT).summed()
    run = minimize(f, f.grad, np.zeros(3), adagrad(1.0, eps=0), gtol=0, max_iter=2000)
    np.testing.assert_allclose(run.w, o["w"], rtol=1e-9)
    assert np.linalg.norm(run.w) == pytest.approx(o["norm"], rel=1e-9)
    assert np.linalg.norm(objectives.least_squares(WIDE, FIT).minima) == pytest.approx(o["shortest"], rel=1e-12)


def test_separable_data_send_w_to_infinity_in_the_direction_of_the_largest_margin(oracle):
    o = oracle("max-margin")
    f = models.logistic([[2, -1], [0, -1], [3, 1], [-3, -2]], [1, 0, 1, 0])
    signed = f.X * (2 * f.y - 1)[:, None]
    assert f.L == pytest.approx(o["L"], rel=1e-12)
    path = trajectories(f.grad, np.zeros(2), gd(1.0), 100_000)
    direction = np.array(o["direction"])
    assert (signed @ direction).min() == 1 and o["margin"] == pytest.approx(1 / np.linalg.norm(direction))
    for k in (10, 1000, 100_000):
        w, told = path[k], o[f"after_{k}"]
        np.testing.assert_allclose(w, told["w"], rtol=1e-8)
        assert np.degrees(np.arctan2(*w[::-1])) - 45 == pytest.approx(told["angle"], rel=1e-7)
        assert (signed @ w).min() / np.linalg.norm(w) == pytest.approx(told["margin"], rel=1e-8)
        assert f(w) == pytest.approx(told["loss"], rel=1e-7)
        assert told["margin"] < o["margin"]  # and that only in the limit
    np.testing.assert_allclose(path[-1] - direction * np.log(100_000), o["offset"], atol=2e-3)


def test_one_label_brings_the_minimiser_in_from_infinity():
    x = np.linspace(-2.5, 3, 12)
    data = models.with_intercept(x[:, None])
    labels = (x > 0).astype(float)
    flipped = np.where(x == x[2], 1 - labels, labels)
    norms = {}
    for name, y in (("separable", labels), ("flipped", flipped)):
        f = models.logistic(data, y)
        path = trajectories(f.grad, np.zeros(2), gd(1 / f.L), 10_000)
        norms[name] = np.linalg.norm(path[[100, 1000, 10_000]], axis=1)
    assert (np.diff(norms["separable"]) > 2).all()
    assert norms["flipped"][2] == pytest.approx(norms["flipped"][1], rel=1e-6) and norms["flipped"][2] < 3


def test_a_batch_need_not_hold_every_class():
    f = models.softmax(X, THREE, 3)
    assert f.batch_grad(np.zeros(9), [0]).shape == (9,)
    np.testing.assert_allclose(f.batch_grad(np.zeros(9), [0]).reshape(3, 3), np.outer(X[0], [1 / 3 - 1, 1 / 3, 1 / 3]))


@pytest.mark.parametrize(("sizes", "y"), [((3, 5, 1), NUMBERS), ((3, 4, 5, 3), THREE), ((3, 3), THREE)])
def test_the_gradient_of_a_network(sizes, y):
    net = MLP(sizes)
    w, f = net.init(seed=1), net.loss(X, y)
    check = check_gradient(f, f.grad, w, tol=1e-7)
    assert check.ok, check
    rows = [0, 5, 7]
    assert check_gradient(lambda w: net.mean_loss(w, X[rows], y[rows]), lambda w: f.batch_grad(w, rows), w, tol=1e-7).ok


def test_a_network_without_hidden_layers_is_softmax_regression():
    net, f = MLP((3, 3)), objectives.softmax_regression(models.with_intercept(X), THREE)
    w = net.init(seed=2)
    ((W, b),) = net.unpack(w)
    W = np.vstack([b, W])
    assert net.loss(X, THREE)(w) == pytest.approx(f(W.ravel()), rel=1e-13)


def test_outputs_by_hand():
    net = MLP((2, 2, 1))
    w = np.array([1.0, 2, 3, 4, 0.1, 0.2, 5, 6, 0.3])
    (W1, b1), (W2, b2) = net.unpack(w)
    assert W1.tolist() == [[1, 2], [3, 4]] and b1.tolist() == [0.1, 0.2] and W2.tolist() == [[5], [6]]
    assert b2.tolist() == [0.3]
    out = net(w, np.array([[0.1, -0.2]]))
    assert out == pytest.approx(5 * np.tanh(0.1 - 0.6 + 0.1) + 6 * np.tanh(0.2 - 0.8 + 0.2) + 0.3)
    assert net.predict(w, np.array([[0.1, -0.2]])) == pytest.approx(out[:, 0])
    assert net.mean_loss(w, np.array([[0.1, -0.2]]), np.array([1.0])) == pytest.approx((out.item() - 1) ** 2 / 2)
    rows, errors = np.array([[0.1, -0.2], [0.3, 0.4]]), net(w, np.array([[0.1, -0.2], [0.3, 0.4]]))[:, 0] - [1, 2]
    assert net.mean_loss(w, rows, np.array([1.0, 2.0])) == pytest.approx((errors[0] ** 2 + errors[1] ** 2) / 4)


def test_first_weights_keep_the_size_of_signals():
    net = MLP((100, 200, 2))
    w = net.init(seed=3)
    assert w.shape == (100 * 200 + 200 + 200 * 2 + 2,)
    (W1, b1), (W2, b2) = net.unpack(w)
    assert not b1.any() and not b2.any()
    assert W1.std() == pytest.approx(1 / 10, rel=0.05) and W2.std() == pytest.approx(1 / np.sqrt(200), rel=0.15)
    assert np.array_equal(w, net.init(seed=3)) and not np.array_equal(w, net.init(seed=4))


def test_a_network_learns_what_no_line_can():
    XOR, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    net = MLP((2, 8, 2))
    f = net.loss(XOR, y)
    run = minimize(f, f.grad, net.init(seed=0), adam(0.05), gtol=1e-3)
    assert net.predict(run.w, XOR).tolist() == [0, 1, 1, 0] and run.f < 0.05


def test_digits_are_read():
    X, y = models.load("digits")
    X_train, X_test, y_train, y_test = models.split(X / 16, y)
    net = MLP((64, 24, 10))
    run = sgd(net.loss(X_train, y_train), net.init(), adam(0.01), batch_size=32, epochs=8)
    assert (net.predict(run.w, X_test) == y_test).mean() > 0.93


def test_standardised_columns():
    Z = models.standardise(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(Z.std(axis=0), 1)
    test = models.standardise([[1.0, 2, 3]], like=X)
    np.testing.assert_allclose(test, [(np.array([1, 2, 3]) - X.mean(axis=0)) / X.std(axis=0)])
    np.testing.assert_array_equal(models.standardise([[5, 1], [5, 3]])[:, 0], [0, 0])


def test_the_squared_loss_of_several_outputs_is_that_of_one_hot_labels():
    net, labels = MLP((3, 4, 3)), np.array([0, 2, 1, 2, 0])
    rows, w = RNG.normal(size=(5, 3)), net.init(seed=1)
    f = net.loss(rows, labels, kind="squared")
    by_hand = [np.sum((out - (np.arange(3) == label)) ** 2) / 2 for out, label in zip(net(w, rows), labels)]
    assert f(w) == pytest.approx(np.mean(by_hand), rel=1e-12)
    assert check_gradient(f, f.grad, w).ok
    np.testing.assert_allclose(f.gradients(w).mean(axis=0), f.grad(w), rtol=1e-9, atol=1e-12)


def test_a_kind_of_loss_that_there_is_not_is_refused():
    for net, kind in [(MLP((3, 2)), "hinge"), (MLP((3, 1)), "cross-entropy")]:
        with pytest.raises(ValueError, match="kind must be 'squared', or 'cross-entropy' for several outputs, got"):
            net.loss(X, LABELS, kind=kind)
    assert MLP((3, 2)).loss(X, LABELS, "cross-entropy")(np.ones(8)) == MLP((3, 2)).loss(X, LABELS)(np.ones(8))


@pytest.mark.parametrize("n", [3, 1000, 12345])
@pytest.mark.parametrize("value", [14.62, 0.1, -1e-7, 1e100, 0.0])
def test_a_column_that_is_constant_up_to_rounding_is_constant(value, n):
    column = np.full((n, 1), value)
    np.testing.assert_array_equal(models.standardise(column), np.zeros((n, 1)))
    test = models.standardise([[value + 1e-3 * abs(value)]], like=column)
    np.testing.assert_allclose(test, [[1e-3 * abs(value)]], rtol=1e-10)
    third = np.full((n, 1), value)
    third[::2] = value / 3 * 3 * (1 + np.finfo(float).eps)
    assert np.abs(models.standardise(third)).max() <= 1e-14 * abs(value)


def test_a_column_that_varies_by_little_is_not_constant():
    column = 1.7e9 + np.arange(10.0)[:, np.newaxis] * 1e-3  # seconds since 1970, a thousandth apart
    np.testing.assert_allclose(models.standardise(column).std(), 1)


class Labelled:
    """As pandas has it: [] takes labels, and as an array it stands in its own order. (pandas itself need not be there.)"""

    def __init__(self, values, labels):
        self.values, self.labels = np.asarray(values), np.asarray(labels)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, wanted):
        return Labelled([self.values[list(self.labels).index(label)] for label in np.atleast_1d(wanted)], wanted)


def series(values, labels):
    """A pandas Series where pandas is installed."""
    try:
        import pandas
    except ImportError:
        return Labelled(values, labels)
    return pandas.Series(values, labels)


@pytest.mark.parametrize("wrap", [Labelled, series])
def test_labels_of_another_order_change_nothing(wrap):
    order = np.random.default_rng(3).permutation(12)
    numbers, classes = wrap(NUMBERS, order), wrap(LABELS, order)
    plain = FiniteSum(objectives.squared_error, objectives.squared_error_grad, X, NUMBERS)
    told = FiniteSum(objectives.squared_error, objectives.squared_error_grad, X, numbers)
    w = RNG.normal(size=3)
    for rows in ([0], [3, 1, 7], np.arange(12)):
        np.testing.assert_array_equal(told.batch_grad(w, rows), plain.batch_grad(w, rows))
    np.testing.assert_array_equal(told.gradients(w), plain.gradients(w))
    np.testing.assert_array_equal(sgd(told, w, adam(0.1)).path, sgd(plain, w, adam(0.1)).path)
    for part, plain_part in zip(models.split(X, numbers), models.split(X, NUMBERS)):
        np.testing.assert_array_equal(part, plain_part)
    net = MLP((3, 2, 1))
    v = net.init()
    for there, here in [
        (models.linear(X, numbers)(w), plain(w)),
        (models.logistic(X, classes)(w), models.logistic(X, LABELS)(w)),
        (objectives.least_squares(X, numbers)(w), plain(w)),
        (objectives.squared_error(w, X, numbers), plain(w)),
        (objectives.squared_error_grad(w, X, numbers), plain.grad(w)),
        (objectives.logistic_loss(w, X, classes), objectives.logistic_loss(w, X, LABELS)),
        (objectives.logistic_grad(w, X, classes), objectives.logistic_grad(w, X, LABELS)),
        (net.mean_loss(v, X, numbers), net.mean_loss(v, X, NUMBERS)),
        (net.loss(X, numbers)(v), net.mean_loss(v, X, NUMBERS)),
        (objectives.softmax_loss(np.ones(6), X, classes, 2), objectives.softmax_loss(np.ones(6), X, LABELS, 2)),
        (objectives.softmax_grad(np.ones(6), X, classes, 2), objectives.softmax_grad(np.ones(6), X, LABELS, 2)),
    ]:
        np.testing.assert_array_equal(there, here)


def test_a_table_of_pandas_is_taken_by_position():
    class Table(Labelled):
        """[] takes columns, as in a DataFrame, and there is no @."""

    table = Table(X, np.arange(12)[::-1])
    w, net = RNG.normal(size=3), MLP((3, 2, 1))
    f = FiniteSum(objectives.squared_error, objectives.squared_error_grad, table, NUMBERS)
    assert f(w) == objectives.squared_error(w, table, NUMBERS) == models.linear(X, NUMBERS)(w)
    np.testing.assert_array_equal(f.batch_grad(w, [2, 5]), models.linear(X, NUMBERS).batch_grad(w, [2, 5]))
    np.testing.assert_array_equal(net.predict(net.init(), table), net.predict(net.init(), X))
    np.testing.assert_array_equal(models.standardise(table), models.standardise(X))
    np.testing.assert_array_equal(models.with_intercept(table), models.with_intercept(X))


def test_the_data_of_a_loss_may_be_differentiated_too():
    w = RNG.normal(size=3)
    by_data = gradient(lambda X: objectives.squared_error(w, X, NUMBERS))(X)
    np.testing.assert_allclose(by_data, np.outer(X @ w - NUMBERS, w) / 12, rtol=1e-12)


def test_splitting():
    X, y = np.arange(20).reshape(10, 2), np.arange(10)
    X_train, X_test, y_train, y_test = models.split(X, y, test=0.3)
    assert [len(p) for p in (X_train, X_test, y_train, y_test)] == [7, 3, 7, 3]
    assert sorted([*y_train, *y_test]) == list(range(10))
    np.testing.assert_array_equal(X_train[:, 0], 2 * y_train)
    np.testing.assert_array_equal(X_test[:, 0], 2 * y_test)
    assert models.split(X, y, seed=0)[3].tolist() == models.split(X, y)[3].tolist() != models.split(X, y, seed=1)[3].tolist()


@pytest.mark.parametrize(
    ("name", "shape", "labels"),
    [("diabetes", (442, 10), None), ("breast_cancer", (569, 30), 2), ("digits", (1797, 64), 10)],
)
def test_data_sets(name, shape, labels):
    X, y = models.load(name)
    assert X.shape == shape and y.shape == shape[:1] and X.dtype == y.dtype == float
    assert labels is None or set(y) == set(range(labels))


def test_without_scikit_learn_the_sentence_says_what_to_do(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"^the data come with scikit-learn: pip install scikit-learn$"):
        models.load("digits")


NET = MLP((3, 4, 3))
BAD = [
    (lambda: models.linear([1, 2], [1, 2]), "X must have 2 axes, got shape (2,)"),
    (lambda: models.linear(X, [1, 2]), "X and y must have the same number of rows, at least 1: got 12 and 2"),
    (lambda: models.linear(X, X), "y must have 1 axis, got shape (12, 3)"),
    (lambda: models.logistic(X, THREE), "y must hold labels 0 to 1, got [0. 1. 2.]"),
    (lambda: models.logistic(X, LABELS, penalty=-1), "penalty must be a finite number, 0 or more, got -1"),
    (lambda: models.linear(X, NUMBERS, penalty=-1), "penalty must be a finite number, 0 or more, got -1"),
    (lambda: models.linear(np.ones((0, 2)), []), "X must have at least one row and one column, got shape (0, 2)"),
    (lambda: objectives.least_squares(X, NUMBERS, -1), "penalty must be a finite number, 0 or more, got -1"),
    (lambda: models.softmax(X, THREE, 3, penalty="l2"), "penalty must be a finite number, 0 or more, got l2"),
    (lambda: models.softmax(X, THREE, 2), "y must hold labels 0 to 1, got [0. 1. 2.]"),
    (lambda: models.softmax(X, THREE, 1), "classes must be a whole number, at least 2, got 1"),
    (lambda: MLP(5), "sizes must hold at least inputs and outputs, got 5"),
    (lambda: MLP((3, 1)).init(seed="x"), "seed must be a whole number, 0 or more, or a Generator, got 'x'"),
    (lambda: models.split(X, 3.0), "X and y must have as many rows, enough for both parts: got 12 and 1"),
    (lambda: models.split(X, THREE, seed=1.5), "seed must be a whole number, 0 or more, or a Generator, got 1.5"),
    (
        lambda: models.standardise(np.ones((0, 2))),
        "X and like must have at least one row and one column, got shapes (0, 2) and (0, 2)",
    ),
    (lambda: models.standardise("X"), "X must be an array of real numbers, got 'X'"),
    (lambda: MLP((3,)), "sizes must hold at least inputs and outputs, got (3,)"),
    (lambda: MLP((3, 0, 1)), "sizes must be a whole number, at least 1, got 0"),
    (lambda: NET.unpack(np.zeros(5)), "w must have 31 entries for sizes (3, 4, 3), got 5"),
    (lambda: NET.loss(X, np.full(12, 5)), "y must hold labels 0 to 2, got [5.]"),
    (lambda: NET.loss(X[:, :2], THREE), "X must have 3 columns for sizes (3, 4, 3), got 2"),
    (lambda: models.standardise(X, like=X[:, :2]), "like must have as many columns as X, got 2 and 3"),
    (lambda: models.split(X, THREE, test=1.5), "test must be a number in (0, 1), got 1.5"),
    (lambda: models.split(X, THREE[:5]), "X and y must have as many rows, enough for both parts: got 12 and 5"),
    (
        lambda: models.split(X[:2], THREE[:2], test=0.1),
        "X and y must have as many rows, enough for both parts: got 2 and 2",
    ),
    (lambda: models.load("iris"), "name must be one of 'diabetes', 'breast_cancer', 'digits', got 'iris'"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence)):
        call()
