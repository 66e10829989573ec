"""The theorems of chapter 13, Stochastic gradients. Expectations are exact: over all draws there are, or by recursions of
their own for mean and second moment. Only the noise ball off quadratics is measured, over many runs."""

import itertools
from math import lgamma

import numpy as np
import pytest

from gdlib import models, optimizers, schedules
from gdlib.stochastic import minibatches, sgd

SEEDS = range(20)
FIVE = np.array([1.0, 2, 3, 4, 6])


def five_rows():
    """f_i = (w - a_i)^2/2."""
    return models.linear(np.ones((5, 1)), FIVE)


def errors(batches, rows):
    """Over all the batches given: the mean error of the batch mean, and the mean of its squared norm."""
    off = rows[np.array(list(batches))].mean(axis=1) - rows.mean(axis=0)
    return off.mean(axis=0), np.mean(np.sum(off**2, axis=1))


def turned(rng, low, high, d):
    """A symmetric matrix with eigenvalues between low and high, both taken."""
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return Q * np.concatenate([[low, high], rng.uniform(low, high, d - 2)]) @ Q.T


def ball(eta, curvature, sigma2):
    """The limit of the mean squared distance: the one formula of the parabola and of the bound."""
    return eta * sigma2 / (curvature * (2 - eta * curvature))


def ball_bound(k, eta, mu, R2, sigma2):
    return (1 - eta * mu) ** (2 * k) * R2 + ball(eta, mu, sigma2)


# --- one batch


@pytest.mark.theorem("thm-batch-variance")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_batch_is_unbiased_and_its_variance_is_exact(seed):
    rng = np.random.default_rng(seed)
    n, d = rng.integers(2, 6), rng.integers(1, 4)
    rows = rng.normal(size=(n, d))
    s2 = np.mean(np.sum((rows - rows.mean(axis=0)) ** 2, axis=1))
    for B in range(1, 5):
        mean, variance = errors(itertools.product(range(n), repeat=B), rows)
        np.testing.assert_allclose(mean, 0, atol=1e-12)
        assert variance == pytest.approx(s2 / B)
    for B in range(1, n + 1):
        mean, variance = errors(itertools.permutations(range(n), B), rows)
        np.testing.assert_allclose(mean, 0, atol=1e-12)
        assert variance == pytest.approx((n - B) / (n - 1) * s2 / B, abs=1e-12)


@pytest.mark.theorem("thm-batch-variance")
def test_the_numbers_of_the_check(oracle):
    o, rows = oracle("minibatch-variance"), -FIVE[:, None]
    assert errors(itertools.product(range(5), repeat=2), rows)[1] == pytest.approx(o["with_replacement"])
    assert errors(itertools.permutations(range(5), 2), rows)[1] == pytest.approx(o["without_replacement"])


def test_later_in_a_shuffled_epoch_the_estimate_is_biased():
    """The library's own epochs: whichever row comes first, the mean gradient of the second step is that of the others."""
    second = {i: [] for i in range(5)}
    for seed in range(400):
        first, then = (batch[0] for batch in itertools.islice(minibatches(5, 1, seed=seed), 2))
        w = 0.5 * FIVE[first]  # a step from 0 with eta = 1/2
        second[first].append(w - FIVE[then])
        assert then != first
    for i, seen in second.items():
        others, w = np.delete(FIVE, i), 0.5 * FIVE[i]
        assert np.mean(seen) == pytest.approx(np.mean(w - others), abs=0.6)
    assert np.mean(second[4]) - np.mean(0.5 * FIVE[4] - FIVE) > 0.3  # exactly it is 0.7


@pytest.mark.theorem("cex-unbiased-diverges")
def test_unbiased_and_off_to_infinity(oracle):
    runs = np.prod(list(itertools.product([1 - 0.3 * 1, 1 - 0.3 * 9], repeat=10)), axis=1)
    assert runs.mean() == pytest.approx((-0.5) ** 10) and np.mean(runs**2) == pytest.approx(1.69**10)
    growth = np.mean(np.log(np.abs([1 - 0.3 * 1, 1 - 0.3 * 9])))
    assert growth == pytest.approx(oracle("multiplicative-noise")["log_growth_0_3"], rel=1e-12)
    assert growth == pytest.approx(0.087, abs=5e-4)


# --- the noise ball


@pytest.mark.theorem("thm-noise-parabola")
@pytest.mark.parametrize("seed", SEEDS)
def test_mean_and_variance_on_a_parabola_over_all_draws(seed):
    """Two-valued noise: all 2^k runs of gradient descent on the parabola are made."""
    rng = np.random.default_rng(seed)
    lam, sigma, e0 = rng.uniform(0.2, 3, 3)
    eta = rng.uniform(0.05, 1.95) / lam
    q, k = 1 - eta * lam, 8
    e = np.full(2**k, e0)
    for z in np.array(list(itertools.product([-sigma, sigma], repeat=k))).T:
        before = np.mean(lam * e**2 / 2)
        e = e - eta * (lam * e + z)
        assert np.mean(lam * e**2 / 2) == pytest.approx(q**2 * before + lam * eta**2 * sigma**2 / 2)
    limit = ball(eta, lam, sigma**2)
    assert e.mean() == pytest.approx(q**k * e0, abs=1e-12)
    assert e.var() == pytest.approx(limit * (1 - q ** (2 * k)))
    for place, lower in ((1.01, True), (0.99, False)):  # outside the ball a step goes down on average, inside up
        here = place * np.sqrt(limit)
        after = np.mean((q * here + eta * np.array([-sigma, sigma])) ** 2)
        assert (after < here**2) == lower


@pytest.mark.theorem("thm-noise-parabola")
def test_the_parabola_in_numbers(oracle):
    o, q = oracle("noise-ball-transient"), 0.9
    assert 3 * q**10 == pytest.approx(o["mean"]) and 0.1 / 1.9 * (1 - q**20) == pytest.approx(o["var"])
    assert oracle("noise-ball")["var_inf"] == pytest.approx(0.1 / 1.9)


@pytest.mark.theorem("thm-noise-parabola")
@pytest.mark.parametrize("product", [2.0, 2.5])
def test_at_the_limit_and_beyond_the_variance_has_no_bound(product):
    variance = 0.0
    for _ in range(10_000):
        variance = min((1 - product) ** 2 * variance + 1, 1e9)
    assert variance > 9_000


@pytest.mark.theorem("thm-noise-ball")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_noise_ball_is_a_bound_on_bowls(seed):
    """On a quadratic the mean square is exact: mean and covariance have recursions of their own."""
    rng = np.random.default_rng(seed)
    mu, kappa, d = rng.uniform(0.1, 1), rng.uniform(1, 30), 4
    H, S = turned(rng, mu, mu * kappa, d), rng.normal(size=(d, d))
    eta = rng.uniform(0.1, 1) / (mu * kappa)
    mean, cov = rng.normal(size=d), np.zeros((d, d))
    R2, sigma2 = mean @ mean, np.trace(S @ S.T)
    for k in range(1, 200):
        step = np.eye(d) - eta * H
        mean, cov = step @ mean, step @ cov @ step + eta**2 * S @ S.T
        assert mean @ mean + np.trace(cov) <= ball_bound(k, eta, mu, R2, sigma2) * (1 + 1e-12)
    assert ball(eta, mu, sigma2) <= eta * sigma2 / mu  # the form often printed


@pytest.mark.theorem("thm-noise-ball")
@pytest.mark.parametrize("product", [0.05, 0.5, 1.0])
def test_the_noise_ball_is_attained_on_a_round_bowl(product):
    """Both terms are the smallest that hold: without noise the first is attained at every step, with it the second in the end."""
    mu, d, R2 = 0.7, 3, 6.0
    eta, quiet, noisy = product / mu, np.full(d, R2 / d), np.full(d, R2 / d)
    for k in range(1, 2001):
        quiet = (1 - eta * mu) ** 2 * quiet
        noisy = (1 - eta * mu) ** 2 * noisy + eta**2 / d  # noise of variance 1 in all
        assert quiet.sum() == pytest.approx(ball_bound(k, eta, mu, R2, 0), rel=1e-9)
        assert noisy.sum() <= ball_bound(k, eta, mu, R2, 1) * (1 + 1e-9)
    assert noisy.sum() == pytest.approx(ball_bound(k, eta, mu, R2, 1), rel=1e-9)


@pytest.mark.theorem("thm-noise-ball")
@pytest.mark.parametrize("seed", range(5))
def test_the_noise_ball_is_a_bound_off_quadratics(seed):
    """f = mu w^2/2 + (L - mu) log cosh w, with curvatures between mu and L; noise of a size that depends on w."""
    rng = np.random.default_rng(seed)
    mu, L, sigma = 0.3, rng.uniform(1, 3), rng.uniform(0.5, 2)
    eta, w = rng.uniform(0.3, 1) / L, np.full(40_000, 2.0)
    for k in range(1, 61):
        noise = sigma * rng.choice([-1, 1], w.size) / np.sqrt(1 + w**2 / 9)
        w = w - eta * (mu * w + (L - mu) * np.tanh(w) + noise)
        assert np.mean(w**2) <= ball_bound(k, eta, mu, 4, sigma**2)


@pytest.mark.theorem("thm-noise-ball")
def test_with_a_biased_gradient_the_bound_fails():
    """The hypothesis on the expectation is needed: noise of variance 0 and mean 1 moves the limit."""
    w = 0.0
    for _ in range(500):
        w -= 0.1 * (w + 1)
    assert w**2 > 0.9  # the bound would be 0


@pytest.mark.theorem("thm-noise-ball")
def test_with_noise_that_grows_a_small_rate_may_not_do():
    """Rows 0, 0 and 9 w^2/2 at eta = 1/L: the runs of six steps, all of them."""
    eta = 1 / np.mean([0, 0, 9])
    runs = np.prod(list(itertools.product([1 - eta * a for a in (0, 0, 9)], repeat=6)), axis=1)
    assert np.mean(runs**2) == pytest.approx(2**6) and np.mean(runs) == pytest.approx(0, abs=1e-12)


@pytest.mark.theorem("cex-unbiased-diverges")
def test_there_the_noise_has_no_bound():
    for w in (1.0, 10.0):
        assert np.var([1 * w, 9 * w]) == pytest.approx(16 * w**2)


# --- rows that agree


def agreed(eta, mu, largest):
    """The factor of the bound."""
    return 1 - eta * mu * (2 - eta * largest)


def agreeing(rng, n, d):
    """Rows f_i = (w - w*)' A_i (w - w*)/2, each A_i singular, and their mean not."""
    A = [turned(rng, 0, rng.uniform(0.5, 4), d) for _ in range(n)]
    return A, np.linalg.eigvalsh(np.mean(A, axis=0))[0], max(np.linalg.eigvalsh(a)[-1] for a in A)


@pytest.mark.theorem("thm-interpolation")
@pytest.mark.parametrize("seed", SEEDS)
def test_rows_that_agree_have_no_ball(seed):
    rng = np.random.default_rng(seed)
    A, mu, largest = agreeing(rng, 4, 3)
    eta, e0 = rng.uniform(0.05, 1.95) / largest, rng.normal(size=3)
    factor = agreed(eta, mu, largest)
    second = np.outer(e0, e0)  # E e e'
    for k in range(1, 300):
        second = np.mean([(np.eye(3) - eta * a) @ second @ (np.eye(3) - eta * a) for a in A], axis=0)
        assert np.trace(second) <= factor**k * (e0 @ e0) * (1 + 1e-9)
    assert factor < 1


@pytest.mark.theorem("thm-interpolation")
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("product", [0.2, 1.0, 1.8])
def test_the_bound_is_attained_by_rows_that_are_steep_or_flat(share, product):
    """Curvature L for a share of the rows and 0 for the others: mu is that share of L."""
    L = 2.5
    eta, mu = product / L, share * L
    factor = share * (1 - eta * L) ** 2 + (1 - share)
    assert factor == pytest.approx(agreed(eta, mu, L), abs=1e-12)


@pytest.mark.theorem("thm-interpolation")
@pytest.mark.parametrize("seed", range(5))
def test_rows_that_agree_off_quadratics(seed):
    """f_i = log cosh(a_i w) + m w^2/2 agree at 0; over all draws of six steps."""
    rng = np.random.default_rng(seed)
    a, m = rng.uniform(0.2, 2, 3), 0.2
    largest, e0 = max(a) ** 2 + m, rng.uniform(0.5, 3)
    eta = rng.uniform(0.1, 1.9) / largest
    w = np.array([e0])
    for k in range(1, 7):
        w = np.concatenate([w - eta * (b * np.tanh(b * w) + m * w) for b in a])
        assert np.mean(w**2) <= agreed(eta, m, largest) ** k * e0**2


@pytest.mark.theorem("thm-interpolation")
def test_the_rate_in_numbers_and_a_ball_where_rows_disagree(oracle):
    o = oracle("interpolation-rate")
    assert np.mean([(1 - a / 9) ** 2 for a in (1, 9)]) == pytest.approx(o["factor"]) and o["factor"] <= o["bound"]
    assert o["bound"] == pytest.approx(agreed(1 / 9, 5, 9))
    square = 1.0  # rows (w - 1)^2/2 and (w + 1)^2/2 disagree, eta = 1/2: the bound would be (1/4)^k
    for _ in range(200):
        square = np.mean([square / 4 + a**2 / 4 for a in (-1, 1)])
    assert square == pytest.approx(1 / 3)


# --- a falling rate, and the limit


@pytest.mark.theorem("thm-falling-rate")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_falling_rate_converges_in_mean_square(seed):
    rng = np.random.default_rng(seed)
    lam, sigma2, power = rng.uniform(0.6, 3), rng.uniform(0.1, 2), rng.uniform(0.4, 0.9)
    square, seen = 4.0, []
    for k in range(200_000):
        eta = 1 / lam / (1 + k) ** power
        square = (1 - eta * lam) ** 2 * square + eta**2 * sigma2
        seen.append(square)
    assert seen[-1] < 0.05 and seen[-1] < seen[2000] < seen[20]
    assert seen[-1] == pytest.approx(eta * sigma2 / (2 * lam), rel=0.15)  # it follows the shrinking ball


@pytest.mark.theorem("thm-falling-rate")
def test_one_over_k_is_the_running_mean(oracle):
    run = sgd(five_rows(), [50.0], optimizers.gd(schedules.inverse(1.0)), epochs=3)
    np.testing.assert_allclose(run.path[[5, 10, 15], 0], 3.2, rtol=1e-13)
    np.testing.assert_allclose(oracle("averaging-exact"), run.w, rtol=1e-12)


@pytest.mark.theorem("cex-schedule-too-short")
def test_schedules_that_stop_short(oracle):
    w = np.prod(1 - 0.5 ** np.arange(1, 200))
    assert w == pytest.approx(0.2887880950866024, rel=1e-12)
    o = oracle("schedule-too-short")
    after = lambda k: np.exp(lgamma(k + 0.8) - lgamma(k + 1) - lgamma(0.8))
    assert np.prod(1 - 0.2 / np.arange(1, 1000)) == pytest.approx(o["w_1000"], rel=1e-9)
    assert after(999) == pytest.approx(o["w_1000"], rel=1e-9) and after(10**9 - 1) == pytest.approx(o["w_1e9"], rel=1e-6)
    assert after(10**9) * 10**1.8 == pytest.approx(o["constant"], rel=1e-6)


@pytest.mark.theorem("thm-mean-square-limit")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_limit_in_mean_square(seed):
    rng = np.random.default_rng(seed)
    a, B = rng.uniform(0, 5, rng.integers(2, 5)), rng.integers(1, 4)
    second = a.mean() ** 2 + a.var() / B
    exact = lambda eta: np.mean([(1 - eta * np.mean(rows)) ** 2 for rows in itertools.product(a, repeat=B)])
    for eta in rng.uniform(0, 3 * a.mean() / second, 10):
        m = exact(eta)
        assert m == pytest.approx((1 - eta * a.mean()) ** 2 + eta**2 * a.var() / B)
        assert (m < 1) == (eta < 2 * a.mean() / second)
        assert m >= a.var() / B / second - 1e-12
    assert exact(a.mean() / second) == pytest.approx(a.var() / B / second, abs=1e-12)


@pytest.mark.theorem("thm-mean-square-limit")
def test_the_limit_in_numbers(oracle):
    o, best = oracle("multiplicative-noise"), oracle("linear-scaling")
    assert o["eta_mean_square"] == pytest.approx(2 * 5 / 41) and o["factor"] == pytest.approx(0.75**2 / 2 + 1.25**2 / 2)
    for B, eta, factor in zip((1, 2, 8), best["best_eta"], best["factor"]):
        assert eta == pytest.approx(5 / (25 + 16 / B)) and factor == pytest.approx(16 / B / (25 + 16 / B))


@pytest.mark.theorem("cor-linear-scaling")
def test_linear_scaling(oracle):
    for B, expected in zip((1, 10, 19), oracle("linear-scaling")["var"]):
        eta, variance = 0.1 * B, 0.0
        for _ in range(3000):
            variance = (1 - eta) ** 2 * variance + eta**2 / B
        assert variance == pytest.approx(0.1 / (2 - 0.1 * B)) == pytest.approx(expected)


# --- averages and orders


@pytest.mark.theorem("thm-averaging")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_average_of_a_run_over_all_draws(seed):
    rng = np.random.default_rng(seed)
    lam, sigma, e0 = rng.uniform(0.2, 3, 3)
    eta, K = rng.uniform(0.05, 1.95) / lam, 8
    q, e, total = 1 - eta * lam, np.full(2 ** (K - 1), e0), 0
    for z in np.array(list(itertools.product([-sigma, sigma], repeat=K - 1))).T:
        total, e = total + e, q * e - eta * z
    mean = (total + e) / K
    assert mean.mean() == pytest.approx(e0 * (1 - q**K) / (K * eta * lam), abs=1e-12)
    assert mean.var() == pytest.approx(sigma**2 / (lam * K) ** 2 * np.sum((1 - q ** np.arange(K)) ** 2))


@pytest.mark.theorem("thm-averaging")
def test_the_average_in_numbers_and_its_limit(oracle):
    o = oracle("averaged-noise")
    variance = lambda K, eta: np.sum((1 - (1 - eta) ** np.arange(K)) ** 2) / K**2
    assert variance(100, 0.1) == pytest.approx(o["var_mean"]) and o["bias_from_1"] == pytest.approx((1 - 0.9**100) / 10)
    assert o["var_last"] == pytest.approx(0.1 / 1.9 * (1 - 0.9 ** (2 * 99)), rel=1e-9)
    for eta in (0.1, 0.5, 1.7):
        assert 100_000 * variance(100_000, eta) == pytest.approx(1, rel=1e-3)


@pytest.mark.theorem("thm-fixed-order")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_fixed_order_ends_at_a_weighted_mean(seed, oracle):
    rng = np.random.default_rng(seed)
    a, eta = rng.normal(size=rng.integers(1, 7)), rng.choice([rng.uniform(0.2, 1.8), 1.0])
    run = sgd(models.linear(np.ones((a.size, 1)), a), [5.0], optimizers.gd(eta), 1, 300, "in order")
    weights = (1 - eta) ** np.arange(a.size - 1, -1, -1.0)
    assert run.w[0] == pytest.approx(weights @ a / weights.sum(), abs=1e-9)
    assert eta >= 1 or np.all(np.diff(weights) > 0)
    expected = oracle("fixed-order-bias")["limit_after_epoch"]
    assert sgd(five_rows(), [0.0], optimizers.gd(0.5), 1, 100, "in order").w[0] == pytest.approx(expected)
    assert expected == pytest.approx(145 / 31)


def over_all_orders(epoch, rows):
    """How the mean and the second moment of w change in an epoch whose order is random: epoch(order) = (r, c), w' = r w + c."""
    maps = np.array([epoch(order) for order in itertools.permutations(rows)])
    r, c = maps.T
    return r.mean(), c.mean(), (r**2).mean(), 2 * (r * c).mean(), (c**2).mean()


@pytest.mark.theorem("thm-reshuffling")
@pytest.mark.parametrize("seed", range(10))
def test_a_new_order_in_every_epoch(seed):
    rng = np.random.default_rng(seed)
    n, eta = rng.integers(2, 6), rng.uniform(0.05, 1.9)
    a, r = rng.normal(size=n), 1 - eta

    def epoch(order):
        w = 0.0
        for row in order:
            w = r * w + eta * row
        return r**n, w

    R, C, R2, RC, C2 = over_all_orders(epoch, a)
    mean, second = 3.0, 9.0
    for _ in range(400):
        mean, second = R * mean + C, R2 * second + RC * mean + C2
    c = eta * r ** np.arange(n)
    predicted = a.var() / (1 - r ** (2 * n)) * (n * np.sum(c**2) - np.sum(c) ** 2) / (n - 1)
    assert mean == pytest.approx(a.mean(), abs=1e-9)
    assert second - mean**2 == pytest.approx(predicted, abs=1e-9)


@pytest.mark.theorem("thm-reshuffling")
def test_reshuffling_in_numbers(oracle):
    o, c = oracle("reshuffling"), 0.1 * 0.9 ** np.arange(5)
    predicted = FIVE.var() / (1 - 0.9**10) * (5 * np.sum(c**2) - np.sum(c) ** 2) / 4
    assert predicted == pytest.approx(o["var_reshuffled"]) and 0.1 * FIVE.var() / 1.9 == pytest.approx(o["var_replacement"])
    run = sgd(five_rows(), [3.2], optimizers.gd(0.1), epochs=20_000, keep="epochs")
    assert run.path.var() == pytest.approx(o["var_reshuffled"], rel=0.1)


@pytest.mark.theorem("cex-reshuffling-bias")
@pytest.mark.parametrize("eta", [0.01, 0.1, 0.3, 0.6])
def test_shuffled_and_biased(eta):
    steps = {0: lambda w: w - eta * w, 1: lambda w: w - 3 * eta * (w - 1)}

    def epoch(order):
        at = [steps[order[1]](steps[order[0]](w)) for w in (0.0, 1.0)]
        return at[1] - at[0], at[0]

    r, c, *_ = over_all_orders(epoch, (0, 1))
    assert abs(r) < 1 and c / (1 - r) == pytest.approx(3 / 4 + 3 * eta / (16 - 12 * eta))
    mean = [np.mean([step(w) for step in steps.values()]) for w in (0.0, 1.0)]  # with replacement
    assert mean[0] / (1 - (mean[1] - mean[0])) == pytest.approx(3 / 4)


# --- Kaczmarz


@pytest.mark.theorem("thm-kaczmarz")
@pytest.mark.parametrize("seed", SEEDS)
def test_randomised_kaczmarz(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(1, 5)
    A = rng.normal(size=(d + rng.integers(0, 4), d))
    e, S = rng.normal(size=d), np.sum(A**2)
    after = [np.sum((e - row * (row @ e) / (row @ row)) ** 2) * (row @ row) / S for row in A]
    assert sum(after) == pytest.approx(e @ e - np.sum((A @ e) ** 2) / S)
    least = np.linalg.eigvalsh(A.T @ A)[0]
    assert sum(after) <= (1 - least / S) * (e @ e) + 1e-9
    worst = np.linalg.eigh(A.T @ A)[1][:, 0]  # here the bound is attained
    kept = sum(np.sum((worst - row * (row @ worst) / (row @ row)) ** 2) * (row @ row) / S for row in A)
    assert kept == pytest.approx(1 - least / S)


@pytest.mark.theorem("thm-kaczmarz")
def test_kaczmarz_in_numbers(oracle):
    o, A = oracle("kaczmarz"), np.array([[1.0, 0], [1, 1]])
    moment = np.eye(2)
    keep = [(np.eye(2) - np.outer(row, row) / (row @ row), row @ row / 3) for row in A]
    seen = []
    for _ in range(10):
        moment = sum(chance * P @ moment @ P for P, chance in keep)
        seen.append(np.ones(2) @ moment @ np.ones(2))
    assert seen[0] == pytest.approx(o["E1"]) and seen[9] == pytest.approx(o["E10"])
    assert 2 * (1 - np.linalg.eigvalsh(A.T @ A)[0] / 3) ** 10 == pytest.approx(o["bound10"]) and seen[9] <= o["bound10"]


# --- what the chapter says of epochs


def test_a_mean_of_means_counts_the_short_batch_too_much():
    sizes = [len(rows) for rows in minibatches(1348, 64, "in order")]
    assert sizes[-1] == 4 and set(sizes[:-1]) == {64} and len(sizes) == 22


def test_a_schedule_counted_in_epochs_is_no_running_mean():
    """eta = 1/(epoch + 1): in the first epoch every step lands on its own row."""
    w = 0.0
    for batch in minibatches(5, 1, seed=0):
        w -= 1 / (0 + 1) * (w - FIVE[batch[0]])
    assert w == FIVE[batch[0]]  # nothing is rounded: w - (w - a) of small whole numbers
