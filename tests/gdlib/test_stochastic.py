"""Stochastic gradients: sampling theory, the noise ball, order and averaging, means against sums."""

import re
import tracemalloc
from itertools import combinations, product

import numpy as np
import pytest

from gdlib import gradient_descent, models, objectives, schedules, trajectories
from gdlib.descent import CLINIC, DIVERGENCE_BOUND
from gdlib.optimizers import Optimizer, adam, gd, momentum, nesterov
from gdlib.stochastic import FiniteSum, minibatches, sgd

A = np.array([1.0, 2.0, 3.0, 4.0, 6.0])


def means(reduction="mean"):
    """mean_i (w - a_i)^2/2: its minimiser is the mean 3.2."""
    f = models.linear(np.ones((5, 1)), A)
    return f.summed() if reduction == "sum" else f


# --- the loss --------------------------------------------------------------------------------------------------------


def test_whole_loss_and_batches():
    f = means()
    assert len(f) == 5 and f([1.0]) == pytest.approx(np.mean((1 - A) ** 2) / 2)
    np.testing.assert_allclose(f.grad([1.0]), [1 - 3.2])
    np.testing.assert_allclose(f.batch_grad(np.array([1.0]), [0, 4]), [1 - 3.5])
    np.testing.assert_allclose(f.batch_grad(np.array([1.0]), np.array([3])), [1 - 4])
    np.testing.assert_allclose(f.gradients(np.array([1.0])), (1 - A)[:, None])


def test_a_sum_is_as_many_means_and_its_batches_grow_with_their_size():
    f, g, w = means(), means("sum"), np.array([1.0])
    assert g(w) == pytest.approx(5 * f(w))
    np.testing.assert_allclose(g.grad(w), 5 * f.grad(w))
    np.testing.assert_allclose(g.batch_grad(w, [0, 4]), 2 * f.batch_grad(w, [0, 4]))
    np.testing.assert_allclose(g.gradients(w), f.gradients(w))
    # so the eta that suits the sum is that of the mean, divided by the size of the batch
    for size, eta in [(1, 0.1), (5, 0.1)]:
        a = sgd(f, 0.0, gd(eta), size, epochs=3)
        b = sgd(g, 0.0, gd(eta / size), size, epochs=3)
        np.testing.assert_allclose(a.path, b.path)


def test_variance_of_a_batch_gradient(oracle):
    o, f, w = oracle("minibatch-variance"), means(), np.array([0.0])
    assert f.grad(w)[0] == pytest.approx(o["full_grad"], rel=1e-14)
    assert f.gradients(w).var() == pytest.approx(o["pop_var"], rel=1e-14)
    with_replacement = [f.batch_grad(w, list(rows))[0] for rows in product(range(5), repeat=2)]
    without = [f.batch_grad(w, list(rows))[0] for rows in combinations(range(5), 2)]
    assert np.mean(with_replacement) == pytest.approx(o["full_grad"]) == np.mean(without)  # unbiased
    assert np.var(with_replacement) == pytest.approx(o["with_replacement"], rel=1e-13)
    assert np.var(without) == pytest.approx(o["without_replacement"], rel=1e-13)


# --- mini-batches ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", ["shuffled", "in order"])
@pytest.mark.parametrize(("n", "size", "sizes"), [(10, 3, [3, 3, 3, 1]), (10, 5, [5, 5]), (4, 4, [4]), (3, 1, [1, 1, 1])])
def test_without_replacement_every_row_comes_once(sampling, n, size, sizes):
    batches = list(minibatches(n, size, sampling))
    assert [len(b) for b in batches] == sizes
    assert sorted(np.concatenate(batches)) == list(range(n))


def test_sampling_has_its_order_and_its_seed():
    def rows(**options):
        return np.concatenate(list(minibatches(50, 7, **options))).tolist()

    assert rows(sampling="in order") == list(range(50))
    assert rows() == rows(seed=0) == rows(sampling="shuffled") != list(range(50))
    assert rows(seed=1) == rows(seed=1) != rows(seed=2)
    rng = np.random.default_rng(0)
    assert rows(seed=rng) != rows(seed=rng)  # the same generator goes on: a new order every epoch


def test_with_replacement_batches_are_full_and_rows_come_again():
    batches = list(minibatches(10, 4, "replacement", seed=3))
    assert [len(b) for b in batches] == [4, 4, 4]
    many = np.concatenate([np.concatenate(list(minibatches(10, 4, "replacement", seed=s))) for s in range(500)])
    counts = np.bincount(many, minlength=10)
    assert counts.sum() == 6000 and np.abs(counts - 600).max() < 5 * np.sqrt(600 * 0.9)
    assert any(len(set(b)) < 4 for b in batches)


# --- descent ---------------------------------------------------------------------------------------------------------


def test_one_pass_with_one_over_k_is_the_mean(oracle):
    run = sgd(means(), 0.0, gd(schedules.inverse(1.0)), epochs=1)
    np.testing.assert_allclose(run.w, oracle("averaging-exact"), rtol=1e-13)
    np.testing.assert_allclose(run.etas, [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])


def test_schedules_go_on_from_epoch_to_epoch():
    run = sgd(means(), 0.0, gd(schedules.inverse(1.0)), epochs=3)
    np.testing.assert_allclose(run.etas, 1 / np.arange(1, 16))


def test_a_fixed_order_leaves_a_bias(oracle):
    o = oracle("fixed-order-bias")
    run = sgd(means(), 0.0, gd(0.5), epochs=200, sampling="in order")
    assert run.w[0] == pytest.approx(o["limit_after_epoch"], rel=1e-12)
    assert means().grad([o["minimiser"]])[0] == pytest.approx(0, abs=1e-15)


def test_batches_of_all_rows_are_plain_descent():
    X = np.column_stack([np.ones(4), np.arange(4)])
    f, whole = models.linear(X, [1, 3, 2, 5]), objectives.least_squares(X, [1, 3, 2, 5])
    for rule in (gd(0.1), momentum(0.05), nesterov(0.05), adam(0.1)):
        run = sgd(f, [0, 0], rule, batch_size=4, epochs=25)
        plain = trajectories(whole.grad, [0, 0], rule, 25)
        np.testing.assert_allclose(run.path, plain, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(run.values, whole(plain.T), rtol=1e-10)


def test_each_step_uses_the_gradient_of_its_batch():
    f, rng = means(), np.random.default_rng(7)
    run = sgd(f, 0.0, gd(0.3), batch_size=2, epochs=2, seed=7)
    rows = [batch for _ in range(2) for batch in minibatches(5, 2, seed=rng)]
    assert run.n_iter == len(rows) == 6 and run.path.shape == (7, 1)
    for k, batch in enumerate(rows):
        np.testing.assert_allclose(run.path[k + 1], run.path[k] - 0.3 * (run.path[k] - A[batch].mean()))
    np.testing.assert_allclose(run.values, [f(run.path[k]) for k in (0, 3, 6)])
    assert run.f == run.values[-1] and run.epochs == 2 and run.w == run.path[-1]


def test_any_optimizer_is_called_as_promised():
    def update(g, state, w):
        return -0.1 * g - 0.01 * (w - state[0]), (state[0], state[1] + 1)

    rule = Optimizer(lambda w: (w.copy(), 0), update, lambda k, state: 10 * k + state[1])
    run = sgd(means(), 1.0, rule, batch_size=5, epochs=3)
    expected = [1.0]
    for _ in range(3):
        expected.append(expected[-1] - 0.1 * (expected[-1] - 3.2) - 0.01 * (expected[-1] - 1.0))
    np.testing.assert_allclose(run.path[:, 0], expected, rtol=1e-14)
    assert run.etas.tolist() == [1, 12, 23]


def test_ten_epochs_of_single_rows_shuffled_with_seed_0_unless_told():
    told = sgd(means(), 0.0, gd(0.1), batch_size=1, epochs=10, sampling="shuffled", seed=0)
    np.testing.assert_array_equal(sgd(means(), 0.0, gd(0.1)).path, told.path)
    assert told.n_iter == 50


def test_runs_repeat_with_their_seed():
    a, b, c = (sgd(means(), 0.0, gd(0.1), seed=seed).path for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.mark.parametrize(("eta", "epochs", "size"), [(0.1, 4, 2), (0.1, 0, 1), (50.0, 100, 1), (1e200, 2, 1)])
def test_a_path_may_keep_the_ends_of_epochs_only(eta, epochs, size):
    every, few = (sgd(means(), 0.0, gd(eta), size, epochs, keep=keep) for keep in ("steps", "epochs"))
    ends = np.minimum(np.arange(every.epochs + 1) * -(-5 // size), every.n_iter)
    np.testing.assert_array_equal(few.path, every.path[ends])
    for name in ("w", "values", "etas"):
        np.testing.assert_array_equal(getattr(few, name), getattr(every, name))
    assert (few.status, few.n_iter, few.epochs, few.message) == (every.status, every.n_iter, every.epochs, every.message)


def test_a_network_leaves_no_long_path():
    f = FiniteSum(lambda w, X, y: 0.0, lambda w, X, y: np.ones(1000), np.ones((2000, 1)), np.ones(2000))
    tracemalloc.start()
    run = sgd(f, np.zeros(1000), gd(1e-3), epochs=2, keep="epochs")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert run.path.shape == (3, 1000) and most < 2e6  # the path of all 4000 steps would take 32e6 bytes


def test_the_noise_ball(oracle):
    # w^2/2 with unit noise: 100,000 chains side by side
    o, rng = oracle("noise-ball"), np.random.default_rng(0)
    ends = trajectories(lambda w: w + rng.normal(size=w.shape), np.zeros((1, 100_000)), gd(0.1), 150)[-1, 0]
    assert ends.var() == pytest.approx(o["var_inf"], rel=5 * 0.0045)
    assert np.mean(ends**2) / 2 == pytest.approx(o["E_f_inf"], rel=5 * 0.0045)
    assert o["var_inf"] == pytest.approx(0.1 / 1.9, rel=1e-14)
    o = oracle("noise-ball-transient")
    ends = trajectories(lambda w: w + rng.normal(size=w.shape), np.full((1, 100_000), 3.0), gd(0.1), 10)[-1, 0]
    assert ends.mean() == pytest.approx(o["mean"], abs=5 * np.sqrt(o["var"] / 1e5))
    assert ends.var() == pytest.approx(o["var"], rel=5 * 0.0045)


def test_it_finds_what_plain_descent_finds():
    X, y = _cancer()
    f = models.logistic(X, y, penalty=0.1)
    whole = objectives.logistic_regression(X, y, penalty=0.1)
    run = sgd(f, np.zeros(X.shape[1]), gd(schedules.inverse(0.1, rate=0.01)), batch_size=32, epochs=60)
    assert run.f - whole(whole.minima[0]) < 1e-4
    plain = gradient_descent(whole, whole.grad, np.zeros(X.shape[1]), 1 / whole.L, max_iter=2000)
    np.testing.assert_allclose(plain.w, whole.minima[0], atol=1e-3)


def _cancer():
    X, y = models.load("breast_cancer")
    return models.with_intercept(models.standardise(X)), y


# --- how it ends -----------------------------------------------------------------------------------------------------


def test_it_says_how_it_ended():
    run = sgd(means(), 0.0, gd(0.1), batch_size=5, epochs=1)
    assert run.status == "epochs"
    assert repr(run) == run.message == f"Finished after 1 step in 1 epoch: the loss went from 6.6 to {run.f:.6g}."
    run = sgd(means(), 0.0, gd(0.1), epochs=0)
    assert (run.n_iter, run.epochs, run.status, run.w.tolist()) == (0, 0, "epochs", [0])
    assert run.message == "Finished after 0 steps in 0 epochs: the loss went from 6.6 to 6.6."


def test_the_callback_sees_every_epoch_and_can_stop():
    seen = []

    def watch(epoch, w, value):
        seen.append((epoch, w.copy(), value))
        return epoch == 3

    run = sgd(means(), 0.0, gd(0.1), callback=watch)
    assert run.status == "callback" and [epoch for epoch, *_ in seen] == [1, 2, 3]
    assert run.message == f"Stopped by the callback after 15 steps in 3 epochs: the loss went from 6.6 to {run.f:.6g}."
    for epoch, w, value in seen:
        np.testing.assert_array_equal(w, run.path[5 * epoch])
        assert value == run.values[epoch]


def test_divergence_is_a_status():
    run = sgd(means(), 0.0, gd(50.0), epochs=100)  # a RuntimeWarning would be an error here
    assert run.status == "diverged" and run.n_iter < 100
    assert np.linalg.norm(run.path[-1]) > 1e20 >= np.linalg.norm(run.path[-2])
    assert re.fullmatch(
        rf"Diverged after \d+ steps in \d+ epochs: the loss rose from 6\.6 to .*\. Try a smaller eta\. {CLINIC}", run.message
    )
    assert len(run.values) == run.epochs + 1
    at_once = sgd(means(), 0.0, gd(1e200), epochs=2)
    assert (at_once.status, at_once.n_iter) == ("diverged", 1)


def test_a_loss_that_is_no_number_is_divergence_too():
    f = FiniteSum(lambda w, X, y: np.log(1 - w[0]), lambda w, X, y: np.array([-1.0]), np.ones((2, 1)), np.ones(2))
    run = sgd(f, 0.0, gd(2.0), epochs=3)
    assert (run.status, run.epochs, run.n_iter) == ("diverged", 1, 2)
    run = sgd(f, 0.0, gd(0.3), epochs=3)
    assert (run.status, run.epochs, run.n_iter) == ("diverged", 2, 4)
    assert run.message == (
        "Diverged after 4 steps in 2 epochs: the loss is nan, although w is finite. Look at the loss at w = [1.2]: "
        f"0 * log(0) is nan, and so is the logarithm or the root of a negative number. {CLINIC}"
    )
    many = FiniteSum(lambda w, X, y: 0.0 if w[0] == 0 else np.nan, lambda w, X, y: np.ones(4), np.ones((2, 4)), np.ones(2))
    assert "Look at the loss there: 0 * log(0)" in sgd(many, np.zeros(4), gd(0.1)).message


def test_divergence_says_what_follows_from_it():
    def run(loss, grad, eta):
        return sgd(FiniteSum(loss, grad, np.ones((2, 1)), np.ones(2)), 1.0, gd(eta), epochs=1000).message

    down = run(lambda w, X, y: -(w[0] ** 2), lambda w, X, y: -2 * w, 1.0)
    assert re.search(rf": the loss fell from -1 to -.*: it may have no minimum\. {CLINIC}$", down) and "eta" not in down
    turned = run(lambda w, X, y: w[0] ** 2, lambda w, X, y: -2 * w, 0.1)
    assert turned.endswith(f". The loss rose, and it falls along grad at w0: grad has the wrong sign. {CLINIC}")
    gone = run(lambda w, X, y: 0 * w[0], lambda w, X, y: np.array([1e300]), 1e300)
    assert gone.endswith(f": w is no longer finite. Try a smaller eta. {CLINIC}")


def test_a_loss_that_changes_its_data_or_w_is_named():
    def loss(w, X, y):
        X -= X.mean()
        return (X @ w - y) @ (X @ w - y)

    def grad(w, X, y):
        w /= 2
        return w

    fine = dict(loss=lambda w, X, y: w @ w, loss_grad=lambda w, X, y: 2 * w, X=np.ones((3, 1)), y=np.ones(3))
    for guilty, change in (("loss", loss), ("loss_grad", grad)):
        f = FiniteSum(**{**fine, guilty: change})
        with pytest.raises(ValueError, match=f"^{guilty} must not change its arguments in place"):
            sgd(f, 1.0, gd(0.1))
    with pytest.raises(ValueError, match=r"^callback must not change its arguments in place"):
        sgd(FiniteSum(**fine), 1.0, gd(0.1), callback=lambda epoch, w, f: w.sort())
    mine = np.ones((3, 1))
    f = FiniteSum(**{**fine, "X": mine})
    mine[0] = 2  # the data stay the learner's own
    with pytest.raises(ValueError, match="read-only"):
        f.X[0] = 3
    run = sgd(FiniteSum(**fine), 1.0, gd(0.1))
    run.w[:] = 7  # and so does the result
    assert run.path[-1] != 7


def test_a_sum_takes_gradients_as_lists():
    f = FiniteSum(lambda w, X, y: w[0], lambda w, X, y: [1.0], np.ones((3, 1)), np.ones(3), "sum")
    np.testing.assert_array_equal(f.grad(np.zeros(1)), [3.0])
    assert sgd(f, 0.0, gd(0.1), batch_size=3, epochs=1).w == pytest.approx([-0.3])
    assert sgd(FiniteSum(f.loss, f.loss_grad, f.X, f.y), 0.0, gd(0.1), epochs=1).w == pytest.approx([-0.3])


def test_data_keep_their_type():
    f = FiniteSum(lambda w, X, y: 1.0, lambda w, X, y: w, [[1, 2], [3, 4]], [True, False])
    assert f.X.dtype == int and f.y.dtype == bool
    assert FiniteSum(f.loss, f.loss_grad, np.array([[1], [2.5]], dtype=object), [1, 2]).X.dtype == float


def test_the_bound_is_that_of_plain_descent():
    def slope(size):
        return FiniteSum(lambda w, X, y: 0.0, lambda w, X, y: np.array([-size]), np.ones((2, 1)), np.ones(2))

    within, beyond = 0.999 * DIVERGENCE_BOUND, 1.001 * DIVERGENCE_BOUND
    assert sgd(slope(within), 0.0, gd(1.0), batch_size=2, epochs=1).status == "epochs"
    assert sgd(slope(beyond), 0.0, gd(1.0), batch_size=2, epochs=1).status == "diverged"
    rule = Optimizer(lambda w: 0, lambda g, k, w: (np.array([0.0 if k else within]), k + 1), lambda k, state: 1.0)
    edge = sgd(slope(1.0), 0.0, rule, epochs=1)
    assert (edge.status, edge.n_iter, edge.w[0]) == ("epochs", 2, within)
    far = sgd(slope(1e15), 0.0, gd(1.0), epochs=3)
    assert (far.status, far.n_iter, far.w[0]) == ("epochs", 6, 6e15)


BAD = [
    (lambda: minibatches(0, 1), "n must be a whole number, at least 1, got 0"),
    (lambda: minibatches(5, 0), "size must be a whole number, at least 1, got 0"),
    (lambda: minibatches(5, 6), "size must be at most n = 5, got 6"),
    (
        lambda: minibatches(5, 2, "random"),
        "sampling must be one of 'shuffled', 'replacement', 'in order', got 'random'",
    ),
    (lambda: sgd(means(), [np.nan], gd(1)), "w0 must be finite, got [nan]"),
    (lambda: sgd(means(), 0.0, gd(1), epochs=-1), "epochs must be a whole number, at least 0, got -1"),
    (lambda: sgd(means(), 0.0, gd(1), batch_size=9), "size must be at most n = 5, got 9"),
    (
        lambda: sgd(FiniteSum(lambda w, X, y: np.inf, lambda w, X, y: w, A, A), 0.0, gd(1)),
        "f(w0) must be finite, got inf",
    ),
    (
        lambda: sgd(FiniteSum(lambda w, X, y: 1.0, lambda w, X, y: np.ones(2), A, A), 0.0, gd(1)),
        "grad(w0) has shape (2,), but w0 has shape (1,)",
    ),
    (lambda: sgd(means(), 0.0, gd(1), keep="all"), "keep must be one of 'steps', 'epochs', got 'all'"),
    (lambda: sgd(None, 0.0, gd(1)), "f must be a FiniteSum, such as models.linear(X, y), got None"),
    (lambda: sgd(sgd, 0.0, gd(1)), "f must be a FiniteSum, such as models.linear(X, y), got the function sgd"),
    (
        lambda: sgd(means(), 0.0, gd(1), callback=3),
        "callback must be a function of epoch, w, f, got 3: give the function itself, not one of its values",
    ),
    (
        lambda: sgd(means(), 0.0, gd(1), callback=lambda w: 0),
        "callback must be a function of epoch, w, f, got one that takes (w)",
    ),
    (lambda: sgd(means(), 0.0, gd(1), seed="x"), "seed must be a whole number, 0 or more, or a Generator, got 'x'"),
    (lambda: minibatches(5, 2, seed=-1), "seed must be a whole number, 0 or more, or a Generator, got -1"),
    (lambda: FiniteSum(None, np.sin, A, A), "loss must be a function of w, X, y, got None"),
    (
        lambda: FiniteSum(max, A, A, A),
        f"loss_grad must be a function of w, X, y, got {A!r}: give the function itself, not one of its values",
    ),
    (lambda: FiniteSum(max, max, "data", A), "X must be an array of real numbers, got 'data'"),
    (lambda: FiniteSum(max, max, A, [np.nan] * 5), "y must be finite, got [nan, nan, nan, nan, nan]"),
    (lambda: FiniteSum(max, max, A, 3.0), "X and y must have the same number of rows, at least 1: got 5 and 0"),
    (
        lambda: sgd(FiniteSum(lambda w, X, y: None, lambda w, X, y: w, A, A), 0.0, gd(1)),
        "loss must return a value, got None: does it end with `return`?",
    ),
    (
        lambda: sgd(FiniteSum(lambda w, X, y: 1.0, lambda w, X, y: None, A, A), 0.0, gd(1)),
        "loss_grad must return a value, got None: does it end with `return`?",
    ),
    (lambda: FiniteSum(None, None, A, A, "total"), "reduction must be 'mean' or 'sum', got 'total'"),
    (lambda: FiniteSum(None, None, A, A[:2]), "X and y must have the same number of rows, at least 1: got 5 and 2"),
    (lambda: FiniteSum(None, None, [], []), "X and y must have the same number of rows, at least 1: got 0 and 0"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
