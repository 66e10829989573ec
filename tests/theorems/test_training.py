"""The theorems of chapter 15, Training a network, end to end. What is observed there and not proved is tested as coarsely as
the chapter states it: beyond the edge of stability the last bits decide where a run goes."""

from fractions import Fraction

import numpy as np
import pytest

from gdlib import gradient_descent, models
from gdlib.derivatives import hessian, sharpness
from gdlib.objectives import softmax_loss

SEEDS = range(20)


# --- what can be known of a loss, and of an accuracy


def loss_of(scores, c):
    """The library's loss of one row with these scores: one feature, which is 1."""
    return softmax_loss(np.asarray(scores, dtype=float), np.ones((1, 1)), np.array([c]), len(scores))


@pytest.mark.theorem("thm-score-range")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_loss_lies_between_its_bounds_and_attains_them(seed):
    rng = np.random.default_rng(seed)
    C, delta = rng.integers(2, 20), rng.uniform(0, 6)
    low, high = np.log1p((C - 1) * np.exp(-delta)), np.log1p((C - 1) * np.exp(delta))
    for _ in range(20):
        scores = rng.normal() + rng.uniform(0, delta, C)
        assert low - 1e-9 <= loss_of(scores, rng.integers(C)) <= high + 1e-9
    best = np.where(np.arange(C) == 0, delta, 0.0)
    assert loss_of(best, 0) == pytest.approx(low) and loss_of(-best, 0) == pytest.approx(high)
    assert loss_of(np.full(C, rng.normal()), 0) == pytest.approx(np.log(C))


@pytest.mark.theorem("thm-score-range")
def test_a_wider_range_breaks_the_bounds():
    assert loss_of([1.5, 0, 0], 0) < np.log1p(2 / np.e) and loss_of([-1.5, 0, 0], 0) > np.log1p(2 * np.e)


@pytest.mark.theorem("thm-score-range")
def test_the_floor_of_a_doubled_softmax(oracle):
    floor = oracle("doubled-softmax")["floor"]
    probabilities = np.random.default_rng(0).dirichlet(np.full(10, 0.1), 1000)
    losses = [loss_of(p, np.argmax(p)) for p in probabilities]
    assert floor < min(losses) < floor + 0.01  # approached, not attained
    assert loss_of(np.eye(10)[3], 3) == pytest.approx(floor, rel=1e-12)
    assert floor == pytest.approx(np.log(np.e + 9) - 1, rel=1e-12)


@pytest.mark.theorem("thm-test-accuracy")
@pytest.mark.parametrize("p", [Fraction(1, 2), Fraction(9, 10), Fraction(1, 7), Fraction(0), Fraction(1)])
def test_mean_and_variance_of_an_accuracy_over_all_samples(p):
    """Exactly, over all 2^n ways in which n rows can be read."""
    n = 9
    parts = [Fraction(bin(way).count("1"), n) for way in range(2**n)]
    chances = [p ** (n * part) * (1 - p) ** (n - n * part) for part in parts]
    chances = [Fraction(chance) for chance in chances]
    mean = sum(chance * part for chance, part in zip(chances, parts))
    variance = sum(chance * (part - mean) ** 2 for chance, part in zip(chances, parts))
    assert sum(chances) == 1 and mean == p
    assert variance == p * (1 - p) / n <= Fraction(1, 4 * n)


@pytest.mark.theorem("thm-test-accuracy")
def test_rows_that_come_in_pairs_make_it_less_sure(oracle):
    """Independence is needed: each row twice, and the variance is twice what the formula says."""
    p, n = 0.9, 10
    ways = np.arange(n // 2 + 1)
    chances = np.array([np.prod(np.arange(n // 2, n // 2 - k, -1.0)) / np.prod(np.arange(1.0, k + 1)) for k in ways])
    chances *= p**ways * (1 - p) ** (n // 2 - ways)
    mean = chances @ (2 * ways / n)
    assert chances @ (2 * ways / n - mean) ** 2 == pytest.approx(2 * p * (1 - p) / n)
    o = oracle("accuracy-error")
    assert np.sqrt(o["p"] * (1 - o["p"]) / o["n"]) == pytest.approx(o["error"], rel=1e-12)


# --- (1 - x^2 y^2)^2/4


def toy(w):
    return (1 - w[0] ** 2 * w[1] ** 2) ** 2 / 4


def toy_grad(w):
    return -(1 - (w[0] * w[1]) ** 2) * w[0] * w[1] * w[::-1]


def balance(w):
    return w[0] ** 2 - w[1] ** 2


@pytest.mark.theorem("thm-too-sharp")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_curvature_at_its_minimisers(seed):
    x, sign = np.random.default_rng(seed).uniform(0.3, 4), np.random.default_rng(seed).choice([-1, 1])
    w = np.array([x, sign / x])
    assert toy(w) == pytest.approx(0, abs=1e-28) and np.linalg.norm(toy_grad(w)) < 1e-12
    flat, steep = np.linalg.eigvalsh(hessian(toy_grad, w))
    assert flat == pytest.approx(0, abs=1e-6 * steep)
    assert steep == pytest.approx(2 * (w @ w), rel=1e-7) and steep > 4 - 1e-6
    assert steep == pytest.approx(2 * np.sqrt(balance(w) ** 2 + 4), rel=1e-7)


@pytest.mark.theorem("thm-too-sharp")
@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_step_does_to_the_difference_of_squares(seed):
    """Exactly, in fractions; and so it shrinks while eta |r| < sqrt 2, and grows beyond."""
    rng = np.random.default_rng(seed)
    x, y, eta = (Fraction(int(rng.integers(-40, 41)), 16) for _ in range(3))
    eta = abs(eta) + Fraction(1, 16)
    w = np.array([x, y], dtype=object)
    after = w - eta * toy_grad(w)
    r = x * y * (1 - x**2 * y**2)
    assert balance(after) == balance(w) * (1 - eta**2 * r**2)
    if balance(w) and r:
        assert (abs(balance(after)) < abs(balance(w))) == (eta**2 * r**2 < 2)


@pytest.mark.theorem("thm-too-sharp")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_run_converges_to_a_minimiser_that_is_too_sharp(seed):
    """Some of these runs hop for long, and some diverge; those that converge end where 2/eta allows."""
    rng = np.random.default_rng(seed)
    for eta in (0.1, 0.2, 0.3, 0.45):
        start = rng.uniform(-2, 2, 2)
        run = gradient_descent(toy, toy_grad, start, eta, gtol=1e-8, max_iter=3000)
        if run.status == "gtol" and toy(run.w) < 1e-6:
            assert 2 * (run.w @ run.w) < 2 / eta * (1 + 1e-6)


@pytest.mark.theorem("thm-too-sharp")
@pytest.mark.parametrize("eta, factor", [(0.1, -0.282), (0.2, -1.564), (0.3, -2.846)])
def test_beside_a_minimiser_the_error_is_multiplied_by_one_minus_eta_lambda(eta, factor):
    """The minimiser (2.5, 0.4) has lambda = 12.82: too sharp for 0.2 and 0.3, not for 0.1."""
    w = np.array([2.5, 0.4 + 1e-7])
    after = w - eta * toy_grad(w)
    error = [1 - (point[0] * point[1]) ** 2 for point in (w, after)]
    assert error[1] / error[0] == pytest.approx(factor, rel=1e-4)


@pytest.mark.theorem("thm-too-sharp")
def test_a_run_that_has_landed_exactly_stays_however_sharp():
    run = gradient_descent(toy, toy_grad, [4.0, 0.25], 0.4, gtol=0, max_iter=50)  # nothing is rounded
    assert run.w.tolist() == [4.0, 0.25] and 2 * (run.w @ run.w) > 2 / 0.4


@pytest.mark.theorem("thm-too-sharp")
def test_where_the_runs_of_the_chapter_end(oracle):
    o = oracle("hopping-valley")
    for eta, curvature in zip(o["eta"], o["curvature"]):
        run = gradient_descent(toy, toy_grad, o["w0"], eta, gtol=1e-10, max_iter=5000)
        assert run.status == "gtol" and 2 * (run.w @ run.w) == pytest.approx(curvature, abs=0.006)
        assert 0.98 * 2 / eta < curvature < 2 / eta or eta == 0.01


# --- the observation: coarsely, since beyond the edge rounding grows


def test_the_network_of_the_chapter_ends_at_two_over_eta():
    x = np.linspace(-1, 1, 8)
    net = models.MLP((1, 8, 1))
    f = net.loss(x[:, None], np.sin(4 * x))
    calm = gradient_descent(f, f.grad, net.init(seed=21), 0.1, gtol=0, max_iter=2000)
    assert (np.diff(calm.values) < 0).all() and sharpness(f.grad, calm.w).value < 12 < 2 / 0.1
    for eta in (0.4, 0.6, 0.8):
        run = gradient_descent(f, f.grad, net.init(seed=21), eta, gtol=0, max_iter=2000)
        assert np.count_nonzero(np.diff(run.values) > 0) > 100
        assert sharpness(f.grad, run.w, tol=0.01).value * eta / 2 == pytest.approx(1, abs=0.1)
