"""The theorems of chapter 14, Momentum and adaptive steps, and each formula that it prints, run as it stands."""

from fractions import Fraction
from math import log, pi, sqrt

import numpy as np
import pytest

from gdlib import models, objectives, schedules, trajectories
from gdlib.optimizers import adagrad, adam, adamw, gd, momentum, nesterov, rmsprop

SEEDS = range(20)
FEW = range(6)  # where runs are long
BENT = (1, 25)  # the smallest and the largest curvature of the function on which the heavy ball goes round


def heavy_ball_roots(x, beta):
    return np.roots([1, -(1 + beta - x), beta])


def nesterov_roots(x, beta):
    return np.roots([1, -(1 + beta) * (1 - x), beta * (1 - x)])


def radius(roots):
    return np.abs(roots).max()


def polyak(mu, L):
    """eta, beta and r."""
    q = sqrt(L / mu)
    r = (q - 1) / (q + 1)
    return 4 / (sqrt(L) + sqrt(mu)) ** 2, r**2, r


def turned(rng, low, high, d):
    """A symmetric matrix with eigenvalues between low and high, both taken."""
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return Q * np.concatenate([[low, high], rng.uniform(low, high, d - 2)]) @ Q.T


def bent_slope(x):
    """Curvature 25, but 1 between 1 and 2."""
    return 25 * x if x < 1 else x + 24 if x < 2 else 25 * x - 24


# --- the formulas of the rules, as printed


def printed_heavy_ball(grad, w, eta, beta, n):
    before, path = w, [w]
    for _ in range(n):
        w, before = w - eta * grad(w) + beta * (w - before), w
        path.append(w)
    return np.array(path)


def printed_nesterov(grad, w, eta, beta, n):
    before, path = w, [w]
    for _ in range(n):
        y = w + beta * (w - before)
        w, before = y - eta * grad(y), w
        path.append(w)
    return np.array(path)


def printed_adaptive(grad, w, n, eta, eps, denominator, beta1=0.0, hat=False, decay=0.0):
    """Adam with its relatives: what stands below the gradient is a function of all squares so far, the last one first."""
    m, squares, path = 0 * w, [], [w]
    for k in range(n):
        g = grad(w)
        squares.insert(0, g**2)
        m = beta1 * m + (1 - beta1) * g
        top = m / (1 - beta1 ** (k + 1)) if hat else m
        w = (1 - eta * decay) * w - eta * top / (np.sqrt(denominator(np.array(squares))) + eps)
        path.append(w)
    return np.array(path)


def mean_of_squares(beta2, hat):
    def v(squares):
        fading = (1 - beta2) * beta2 ** np.arange(len(squares))
        v = np.tensordot(fading, squares, 1)
        return v / (1 - beta2 ** len(squares)) if hat else v

    return v


def the_sum(squares):
    return squares.sum(axis=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_library_does_what_is_printed(seed):
    rng = np.random.default_rng(seed)
    H, w0, n = turned(rng, 0.5, 5, 3), rng.normal(size=3), 25
    grad = lambda w: H @ w - 1
    eta, beta, eps = rng.uniform(0.01, 0.2), rng.uniform(0, 0.95), rng.uniform(0, 0.3)
    beta1, beta2, alpha = rng.uniform(0, 0.95), rng.uniform(0.1, 0.999), rng.uniform(0, 1)
    pairs = [
        (momentum(eta, beta), printed_heavy_ball(grad, w0, eta, beta, n)),
        (nesterov(eta, beta), printed_nesterov(grad, w0, eta, beta, n)),
        (adagrad(eta, eps), printed_adaptive(grad, w0, n, eta, eps, the_sum)),
        (rmsprop(eta, beta2, eps), printed_adaptive(grad, w0, n, eta, eps, mean_of_squares(beta2, False))),
        (
            adam(eta, beta1, beta2, eps),
            printed_adaptive(grad, w0, n, eta, eps, mean_of_squares(beta2, True), beta1, True),
        ),
        (
            adamw(eta, beta1, beta2, eps, alpha),
            printed_adaptive(grad, w0, n, eta, eps, mean_of_squares(beta2, True), beta1, True, alpha),
        ),
    ]
    for rule, printed in pairs:
        np.testing.assert_allclose(trajectories(grad, w0, rule, n), printed, rtol=1e-7, atol=1e-9)


def test_the_velocity_written_out_and_its_two_limits():
    rng = np.random.default_rng(1)
    rule, beta, gradients = momentum(1.0, 0.7), 0.7, rng.normal(size=12)
    state = rule.init(0.0)
    for k, g in enumerate(gradients):
        step, state = rule.update(g, state, 0.0)
        assert -step == pytest.approx(sum(beta**j * gradients[k - j] for j in range(k + 1)))
    for sign, limit in ((1, 1 / (1 - beta)), (-1, 1 / (1 + beta))):
        state = rule.init(0.0)
        for k in range(100):
            step, state = rule.update(2.0 * sign**k, state, 0.0)
        assert abs(step) == pytest.approx(2 * limit)


def test_the_damped_form_has_steps_shorter_by_one_minus_beta():
    f, eta, beta = objectives.quadratic(kappa=10), 0.05, 0.9
    w, v = np.array([1.0, -2.0]), np.zeros(2)
    for _ in range(20):
        v = beta * v + (1 - beta) * f.grad(w)
        w = w - eta * v
    plain = trajectories(f.grad, [1, -2], momentum(eta * (1 - beta), beta), 20)[-1]
    np.testing.assert_allclose(w, plain, rtol=1e-11)


def test_adagrad_on_a_constant_slope():
    path = trajectories(lambda w: 3 + 0 * w, [0.0], adagrad(0.2, eps=0), 50)[:, 0]
    np.testing.assert_allclose(-np.diff(path), 0.2 / np.sqrt(np.arange(1, 51)), rtol=1e-10)


@pytest.mark.parametrize("rule", [adagrad(0.1, eps=0), adam(0.1, eps=0)])
def test_the_first_step_is_sign_descent(rule):
    g = np.array([3.0, -1e-5, 20])
    np.testing.assert_allclose(rule.update(g, rule.init(g), g)[0], -0.1 * np.sign(g), rtol=1e-10)


# --- the heavy ball on a parabola


@pytest.mark.theorem("thm-heavy-ball-parabola")
@pytest.mark.parametrize("seed", SEEDS)
def test_where_the_roots_are_complex_and_where_the_run_converges(seed):
    rng = np.random.default_rng(seed)
    beta, lam, w0 = rng.uniform(0.01, 0.95), rng.uniform(0.1, 10), rng.choice([-1, 1]) * rng.uniform(0.5, 3)
    low, high, end = (1 - sqrt(beta)) ** 2, (1 + sqrt(beta)) ** 2, 2 * (1 + beta)
    for x in rng.uniform(low, high, 5) * 0.998 + 0.001 * (low + high):
        roots = heavy_ball_roots(x, beta)
        assert abs(roots.imag).min() > 0
        np.testing.assert_allclose(abs(roots), sqrt(beta), rtol=1e-9)
    for x in (low * 0.99, low * 0.3):
        assert (heavy_ball_roots(x, beta).real > 0).all() and np.isreal(heavy_ball_roots(x, beta)).all()
    for x in (high * 1.001, high + 0.9 * (end - high), end + 1):
        assert (heavy_ball_roots(x, beta).real < 0).all() and np.isreal(heavy_ball_roots(x, beta)).all()
    for x, converges in ((0.02, True), (end * 0.98, True), (end * 1.02, False)):
        assert (radius(heavy_ball_roots(x, beta)) < 1) == converges
        end_of_run = trajectories(lambda w: lam * w, [w0], momentum(x / lam, beta), 1500)[-1, 0]
        assert (abs(end_of_run) < 0.05 * abs(w0)) == converges


@pytest.mark.theorem("thm-heavy-ball-parabola")
def test_at_the_limit_itself_it_does_not_converge():
    path = trajectories(lambda w: w, [1.0], momentum(3.0, 0.5), 400)[:, 0]  # eta lambda = 2(1 + beta), exactly
    assert abs(path[-1]) == pytest.approx(abs(path[-2])) and abs(path[-1]) > 0.5


@pytest.mark.theorem("thm-heavy-ball-parabola")
def test_the_radii_in_numbers(oracle):
    o = oracle("momentum-radii")
    for x, ball in zip((0.001, 0.01, 1, 3.7, 3.85), o["heavy_ball"]):
        assert radius(heavy_ball_roots(x, 0.9)) == pytest.approx(ball, rel=1e-9)
    for x, other in zip((0.001, 0.01, 1, 1.3, 1.4), o["nesterov"]):
        assert radius(nesterov_roots(x, 0.9)) == pytest.approx(other, rel=1e-9, abs=1e-12)
    assert (1 - sqrt(0.9)) ** 2 == pytest.approx(o["complex_from"], rel=1e-9)
    assert (1 + sqrt(0.9)) ** 2 == pytest.approx(o["complex_to"], rel=1e-9)
    assert (2 + 1.8) / (1 + 1.8) == pytest.approx(o["nesterov_limit"], rel=1e-12)


def test_the_numbers_of_the_first_prediction():
    assert radius(heavy_ball_roots(0.01, 0.81)) == pytest.approx(0.9, abs=1e-6)  # a double root: to half the digits
    assert radius(heavy_ball_roots(0.01, 0.9)) == pytest.approx(0.949, abs=5e-4)
    assert 0.99 < radius(heavy_ball_roots(0.01, 0.99)) == pytest.approx(0.995, abs=5e-4)
    best = min(np.linspace(0, 0.999, 1000), key=lambda beta: radius(heavy_ball_roots(0.01, beta)))
    assert best == pytest.approx(0.81, abs=2e-3)


# --- Polyak's tuning


@pytest.mark.theorem("thm-heavy-ball-tuned")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_other_pair_is_better_at_both_ends(seed):
    rng = np.random.default_rng(seed)
    mu, kappa = rng.uniform(0.1, 2), 1 + 10 ** rng.uniform(-1, 3)
    L = mu * kappa
    eta, beta, r = polyak(mu, L)
    worst = lambda eta, beta: max(radius(heavy_ball_roots(eta * lam, beta)) for lam in (mu, L))
    assert worst(eta, beta) == pytest.approx(r, abs=1e-6)  # double roots are known to half the digits
    for _ in range(200):
        near = eta * np.exp(rng.normal() * 0.1), np.clip(beta + rng.normal() * 0.05, 0, 0.999)
        anywhere = 10 ** rng.uniform(-2, 1) / L, rng.uniform(0, 1)
        assert worst(*near) >= r - 1e-6 and worst(*anywhere) >= r - 1e-6
    for other in ((eta * 1.02, beta), (eta * 0.98, beta), (eta, beta * 0.9), (eta, min(0.999, beta * 1.05 + 1e-3))):
        assert worst(*other) > r + 1e-5


@pytest.mark.theorem("thm-heavy-ball-tuned")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_error_along_every_eigenvector(seed):
    rng = np.random.default_rng(seed)
    mu, kappa = rng.uniform(0.1, 2), rng.uniform(1.5, 200)
    eta, beta, r = polyak(mu, mu * kappa)
    lams = np.concatenate([[mu, mu * kappa], rng.uniform(mu, mu * kappa, 20)])
    path = trajectories(lambda w: lams * w, np.ones(22), momentum(eta, beta), 80)
    k = np.arange(81)
    bound = (1 + (1 + r) * k) * r**k
    assert (abs(path) <= bound[:, None] * (1 + 1e-6) + 1e-12).all()
    np.testing.assert_allclose(path[:, 1], (1 + (1 + r) * k) * (-r) ** k, rtol=1e-5, atol=1e-9)  # tight at L
    np.testing.assert_allclose(path[:, 0], (1 + (1 - r) * k) * r**k, rtol=1e-5, atol=1e-9)
    outside = trajectories(lambda w: 1.2 * mu * kappa * w, [1.0], momentum(eta, beta), 80)[:, 0]
    assert (abs(outside) > bound * 1.01).any()  # an eigenvalue above L


@pytest.mark.theorem("thm-heavy-ball-tuned")
def test_the_double_roots_in_numbers(oracle):
    f = lambda w: np.array([1.0, 9.0]) * w
    np.testing.assert_allclose(trajectories(f, [1, 1], momentum(1 / 4, 1 / 4), 10)[-1], oracle("heavy-ball-double-root"))


def below(f, rule, start, share=1e-6):
    """The step from which on f stays below a share of its start, in 600."""
    values = f(trajectories(f.grad, start, rule, 600).T) / f(np.array(start, dtype=float))
    return np.flatnonzero(values > share)[-1] + 1, values


def test_the_rise_and_the_numbers_of_steps():
    f = objectives.quadratic(kappa=100)
    (slow, _), (fast, values) = below(f, gd(2 / 101), [1, 1]), below(f, momentum(4 / 121, 81 / 121), [1, 1])
    assert (slow, fast) == (346, 58)
    assert values.argmax() == 4 and values[4] == pytest.approx(13.61, abs=5e-3)


def test_the_diabetes_data():
    X, y = models.load("diabetes")
    f = models.linear(models.with_intercept(models.standardise(X)), (y - y.mean()) / y.std())
    lams = np.linalg.eigvalsh(f.X.T @ f.X / len(y))
    assert (f.mu, f.L) == pytest.approx((lams[0], lams[-1])) and f.L / f.mu == pytest.approx(470, abs=0.5)


# --- off quadratics


@pytest.mark.theorem("cex-heavy-ball-cycle")
def test_the_cycle_of_three_is_exact_and_attracts(oracle):
    cycle = [Fraction(n, 1225) for n in (2592, 792, -2208)]
    eta, beta = Fraction(1, 9), Fraction(4, 9)
    assert (eta, beta) == (Fraction(4, 36), Fraction(4, 6) ** 2)  # Polyak's tuning for curvatures 1 and 25
    for i in range(3):
        before, w, after = cycle[i - 1], cycle[i], cycle[(i + 1) % 3]
        assert w - eta * bent_slope(w) + beta * (w - before) == after
        assert not 1 <= w <= 2
    for noise in np.random.default_rng(0).normal(size=(20, 2)) * 0.05:
        before, w = float(cycle[0]) + noise[0], float(cycle[1]) + noise[1]
        for _ in range(300):
            w, before = w - bent_slope(w) / 9 + 4 / 9 * (w - before), w
        assert min(abs(w - float(c)) for c in cycle) < 1e-9
    o = oracle("heavy-ball-cycle")["cycle_sorted"]
    np.testing.assert_allclose(sorted(map(float, cycle)), o, rtol=1e-12)


@pytest.mark.theorem("cex-heavy-ball-cycle")
def test_the_function_lies_between_its_curvatures_and_the_formula_is_it():
    x = np.linspace(-4, 4, 801)
    slopes = np.array([bent_slope(at) for at in x])
    secants = np.diff(slopes) / np.diff(x)
    assert secants.min() >= BENT[0] - 1e-9 and secants.max() <= BENT[1] + 1e-9
    formula = lambda x: 25 * x**2 / 2 - 3 * (x - 1 + abs(x - 1)) ** 2 + 3 * (x - 2 + abs(x - 2)) ** 2
    h = 1e-5
    np.testing.assert_allclose((formula(x + h) - formula(x - h)) / (2 * h), slopes, atol=1e-3)


def test_on_bowls_with_the_same_curvatures_it_converges():
    lams = np.linspace(*BENT, 50)
    assert abs(trajectories(lambda w: lams * w, 3.3 * np.ones(50), momentum(1 / 9, 4 / 9), 200)[-1]).max() < 1e-20


def lse(rng, mu, d=4, m=6):
    """A strongly convex function that is no quadratic: log of a sum of exponentials, and mu/2 ‖w‖². Value, gradient, L."""
    A = rng.normal(size=(m, d))

    def value(w):
        return np.log(np.exp(A @ w).sum()) + mu / 2 * w @ w

    def grad(w):
        e = np.exp(A @ w)
        return A.T @ (e / e.sum()) + mu * w

    return value, grad, mu + np.linalg.norm(A, 2) ** 2


@pytest.mark.theorem("thm-nesterov")
@pytest.mark.parametrize("seed", FEW)
def test_nesterovs_bound_and_the_quantity_of_its_proof(seed):
    rng = np.random.default_rng(seed)
    mu = 10 ** rng.uniform(-1.5, 0)
    f, grad, L = lse(rng, mu)
    theta = sqrt(mu / L)
    beta = (1 - theta) / (1 + theta)
    w0 = 3 * rng.normal(size=4)
    star = trajectories(grad, w0, nesterov(1 / L, beta), 1500)[-1]
    path = trajectories(grad, w0, nesterov(1 / L, beta), 60)
    before = np.vstack([path[:1], path[:-1]])
    z = path + (1 / theta - 1) * (path - before)
    E = np.array([f(w) - f(star) + mu / 2 * (v - star) @ (v - star) for w, v in zip(path, z)])
    assert (E[1:] <= (1 - theta) * E[:-1] + 1e-12).all()
    gap = np.array([f(w) - f(star) for w in path])
    assert (gap <= (1 - theta) ** np.arange(61) * E[0] + 1e-12).all()


@pytest.mark.theorem("thm-nesterov")
def test_with_too_large_a_step_or_without_strong_convexity_the_bound_fails():
    mu, L = 0.01, 1.0
    theta = sqrt(mu / L)
    beta, k = (1 - theta) / (1 + theta), np.arange(61)
    bound = (1 - theta) ** k * (0.5 + mu / 2)
    w = trajectories(lambda w: L * w, [1.0], nesterov(1.5 / L, beta), 60)[:, 0]
    assert (w**2 / 2 > bound).any()  # eta = 1.5/L
    flat = objectives.huber(0.001)  # not strongly convex: curvature 0 beyond the threshold
    w = trajectories(flat.grad, [1.0], nesterov(1.0, beta), 60)
    gap = flat(w.T)
    assert (gap > (1 - theta) ** k * (gap[0] + mu / 2)).any()


@pytest.mark.theorem("thm-nesterov-parabola")
@pytest.mark.parametrize("seed", SEEDS)
def test_nesterovs_roots(seed):
    rng = np.random.default_rng(seed)
    beta, lam = rng.uniform(0, 0.99), rng.uniform(0.1, 5)
    limit = (2 + 2 * beta) / (1 + 2 * beta)
    for x in (0.01, *rng.uniform(0, limit, 5), 0.999 * limit):
        assert radius(nesterov_roots(x, beta)) < 1
    assert radius(nesterov_roots(1.001 * limit, beta)) > 1
    assert radius(nesterov_roots(1.0, beta)) == 0
    path = trajectories(lambda w: lam * w, [2.0], nesterov(0.3 / lam, beta), 30)[:, 0]  # they are the roots of the run
    np.testing.assert_allclose(path[2:], (1 + beta) * 0.7 * path[1:-1] - beta * 0.7 * path[:-2], rtol=1e-8, atol=1e-10)
    kappa = rng.uniform(1.5, 500)
    q = sqrt(kappa)
    beta = (q - 1) / (q + 1)
    assert radius(nesterov_roots(1 / kappa, beta)) == pytest.approx(1 - 1 / q, abs=1e-6)


@pytest.mark.theorem("thm-nesterov-parabola")
def test_nesterov_tuned_for_bowls(oracle):
    path = trajectories(lambda w: np.array([1.0, 5.0]) * w, [1, 1], nesterov(1 / 4, 1 / 3), 10)
    np.testing.assert_allclose(path[-1], oracle("nesterov-tuned-for-bowls"), rtol=1e-9)
    kappa, s = 100, sqrt(301)
    worst = max(radius(nesterov_roots(4 / (3 * kappa + 1) * lam, (s - 2) / (s + 2))) for lam in np.linspace(1, 100, 400))
    assert worst == pytest.approx(1 - 2 / s, abs=1e-6) and 1 - 2 / s == pytest.approx(0.885, abs=5e-4)


def test_nesterovs_bound_without_mu():
    growing = nesterov(1.0, beta=lambda k: max(0, k - 1) / (k + 2))
    for k in (5, 10, 20):
        flat = objectives.huber(4 / (k + 2) / (k + 3))
        last = flat(trajectories(flat.grad, [1.0], growing, k)[-1])
        assert last == pytest.approx(2 / (k + 2) / (k + 3), rel=1e-9) and last <= 2 / (k + 1) ** 2


# --- RMSprop


def rmsprop_from(w, v, lam, eta, rho, n, eps=0.0):
    for _ in range(n):
        v = rho * v + (1 - rho) * (lam * w) ** 2
        w, before = w - eta * lam * w / (np.sqrt(v) + eps), w
    return w, before, v


@pytest.mark.theorem("thm-rmsprop-cycle")
@pytest.mark.parametrize("seed", SEEDS)
def test_rmsprop_jumps_between_two_points_and_is_drawn_to_them(seed):
    rng = np.random.default_rng(seed)
    lam, eta, rho = 10 ** rng.uniform(-2, 2), 10 ** rng.uniform(-2, 0), rng.uniform(0.05, 0.98)
    v = (lam * eta / 2) ** 2
    once = rmsprop_from(eta / 2, v, lam, eta, rho, 1)
    assert once == pytest.approx((-eta / 2, eta / 2, v), rel=1e-12)
    noise = 1 + 0.01 * rng.normal(size=2)
    w, before, end = rmsprop_from(eta / 2 * noise[0], v * noise[1], lam, eta, rho, 2500)
    assert abs(w) == pytest.approx(eta / 2, rel=1e-9) and before == pytest.approx(-w, rel=1e-9)
    assert end == pytest.approx(v, rel=1e-9)


@pytest.mark.theorem("thm-rmsprop-cycle")
def test_the_linear_part_at_the_cycle():
    for rho in np.linspace(0.01, 0.99, 30):
        matrix = np.array([[2 * rho - 1, -rho], [2 * (1 - rho), rho]])  # (a, b) -> (a', b')
        assert np.trace(matrix) == pytest.approx(3 * rho - 1) and np.linalg.det(matrix) == pytest.approx(rho)
        assert radius(np.linalg.eigvals(matrix)) < 1
        h = 1e-6
        for i, (a, b) in enumerate([(h, 0), (0, h)]):
            w, _, v = rmsprop_from(0.5 * (1 + a), 0.25 * (1 + b), 1, 1, rho, 1)
            np.testing.assert_allclose([-w / 0.5 - 1, v / 0.25 - 1], matrix[:, i] * h, atol=20 * h**2)


@pytest.mark.theorem("thm-rmsprop-cycle")
def test_without_memory_no_cycle_attracts():
    for start in (0.01, 0.03, 0.07):  # rho = 0
        w, before, _ = rmsprop_from(start, 0, 1, 0.1, 0, 1000)
        assert sorted((w, before)) == pytest.approx([start - 0.1, start])


@pytest.mark.theorem("thm-rmsprop-eps")
@pytest.mark.parametrize("seed", SEEDS)
def test_rmsprop_with_eps(seed):
    rng = np.random.default_rng(seed)
    lam, eta, rho = 10 ** rng.uniform(-1, 1), 10 ** rng.uniform(-2, 0), rng.uniform(0, 0.98)
    eps = rng.uniform(0.01, 0.99) * eta * lam / 2
    a = eta / 2 - eps / lam
    w, before, v = rmsprop_from(a, (lam * a) ** 2, lam, eta, rho, 1, eps)
    assert (w, before, v) == pytest.approx((-a, a, (lam * a) ** 2), rel=1e-9)
    other = 1.1 * a
    assert abs(rmsprop_from(other, (lam * other) ** 2, lam, eta, rho, 1, eps)[0] + other) > 1e-3 * a


@pytest.mark.theorem("thm-rmsprop-eps")
def test_a_large_eps_lets_rmsprop_converge():
    assert abs(rmsprop_from(1.0, 0, 1, 0.1, 0.9, 3000, eps=0.06)[0]) < 1e-6
    assert abs(rmsprop_from(1.0, 0, 1, 0.1, 0.9, 3000, eps=0.02)[0]) == pytest.approx(0.03)


# --- Adam


def largest_step(k, beta1, beta2):
    """R_k, as the theorem prints it."""
    j = np.arange(k + 1)
    p, q = ((1 - b) * b**j / (1 - b ** (k + 1)) for b in (beta1, beta2))
    return sqrt(np.sum(p**2 / q))


def closed(k, beta1, beta2):
    n, gamma = k + 1, beta1**2 / beta2
    top = (1 - beta1) ** 2 * (1 - beta2**n) * (1 - gamma**n)
    return sqrt(top / ((1 - beta2) * (1 - gamma) * (1 - beta1**n) ** 2))


def adams_steps(gradients, beta1=0.9, beta2=0.999):
    """The library's own steps on given gradients, in units of eta."""
    rule, w = adam(1.0, beta1, beta2, eps=0), 0.0
    state, steps = rule.init(w), []
    for g in gradients:
        step, state = rule.update(g, state, w)
        steps.append(-float(step))
    return np.array(steps)


@pytest.mark.theorem("thm-adam-step")
@pytest.mark.parametrize("seed", SEEDS)
def test_adams_step_has_a_bound_that_is_attained(seed):
    rng = np.random.default_rng(seed)
    beta1, beta2, n = rng.uniform(0.1, 0.95), rng.uniform(0.5, 0.999), 30
    bound = np.array([largest_step(k, beta1, beta2) for k in range(n)])
    gradients = rng.normal(size=n) * np.exp(rng.uniform(0, 0.6) * np.arange(n))
    assert (abs(adams_steps(gradients, beta1, beta2)) <= bound * (1 + 1e-9)).all()
    k = int(rng.integers(1, n))
    worst = (beta2 / beta1) ** np.arange(k + 1)  # p_j/q_j, the newest last
    assert adams_steps(worst, beta1, beta2)[k] == pytest.approx(bound[k], rel=1e-9)
    assert bound[k] == pytest.approx(closed(k, beta1, beta2), rel=1e-9) and bound[0] == pytest.approx(1)
    assert largest_step(k, beta1, beta1) == pytest.approx(1) and bound[k] >= 1 - 1e-12


@pytest.mark.theorem("thm-adam-step")
@pytest.mark.parametrize("seed", SEEDS)
def test_adam_does_not_see_a_factor(seed):
    rng = np.random.default_rng(seed)
    H, w0, c = turned(rng, 0.5, 5, 3), rng.normal(size=3), 10 ** rng.uniform(-3, 3)
    rule = adam(0.05, eps=0)
    np.testing.assert_allclose(
        trajectories(lambda w: c * H @ w, w0, rule, 20), trajectories(lambda w: H @ w, w0, rule, 20), rtol=1e-7, atol=1e-9
    )
    with_eps = adam(0.05, eps=0.1)
    off = trajectories(lambda w: c * H @ w, w0, with_eps, 20) - trajectories(lambda w: H @ w, w0, with_eps, 20)
    assert abs(off).max() > 1e-4 or 0.9 < c < 1.1  # eps = 0 is needed


@pytest.mark.theorem("thm-adam-step")
def test_the_bound_in_numbers(oracle):
    o = oracle("adam-step-bound")
    assert largest_step(9, 0.9, 0.999) == pytest.approx(o["R_10"], rel=1e-9)
    assert largest_step(99, 0.9, 0.999) == pytest.approx(o["R_100"], rel=1e-9)
    for beta2, limit in ((0.999, "R_inf"), (0.99, "R_inf_099"), (0.95, "R_inf_095")):
        assert closed(10**6, 0.9, beta2) == pytest.approx(o[limit], rel=1e-9)
        assert 0.1 / sqrt((1 - beta2) * (1 - 0.81 / beta2)) == pytest.approx(o[limit], rel=1e-9)
    silence = np.zeros(25_000)  # the hats are 1
    bursts = adams_steps(np.concatenate([silence, np.ones(12)]))[-12:]
    assert bursts[0] == pytest.approx(o["one"], rel=1e-9)
    assert bursts[-1] == pytest.approx(o["burst_12"], rel=1e-9) and bursts.argmax() == 11
    assert o["one"] < o["burst_12"] < o["R_inf"] < 7.28  # so what Kingma and Ba print is no bound
    assert closed(3000, 0.9, 0.8) > 1e8  # beta1² > beta2: none at all


def test_without_hats_the_first_steps_are_too_long(oracle):
    k = np.arange(20_000)
    hatless = (1 - 0.9 ** (k + 1)) / np.sqrt(1 - 0.999 ** (k + 1))
    assert hatless.min() >= 1 and hatless.argmax() == 11 and hatless[0] == pytest.approx(3.162, abs=1e-3)
    assert hatless[11] == pytest.approx(oracle("adam-step-bound")["burst_12"], rel=1e-9)
    m = v = 0.0
    for longer in hatless[:30]:  # the formula is that of the rule without hats, for equal gradients
        m, v = 0.9 * m + 0.1 * 5, 0.999 * v + 0.001 * 25
        assert m / sqrt(v) == pytest.approx(longer, rel=1e-9)
    assert (1 - 0.5) / sqrt(1 - 0.5) < 1  # too short only if 1 - beta2 > (1 - beta1)²


# --- the axes


def turn_matrix(degrees):
    c, s = np.cos(degrees * pi / 180), np.sin(degrees * pi / 180)
    return np.array([[c, -s], [s, c]])


@pytest.mark.parametrize("seed", SEEDS)
def test_momentum_turns_with_the_map_and_adam_does_not(seed):
    rng = np.random.default_rng(seed)
    H, w0, Q = turned(rng, 1, 20, 3), rng.normal(size=3), np.linalg.qr(rng.normal(size=(3, 3)))[0]
    for rule in (gd(0.04), momentum(0.04, 0.8), nesterov(0.04, 0.8)):
        here = trajectories(lambda w: H @ w, w0, rule, 40)
        there = trajectories(lambda w: Q @ H @ Q.T @ w, Q @ w0, rule, 40)
        np.testing.assert_allclose(there, here @ Q.T, rtol=1e-8, atol=1e-9)
    for rule in (adagrad(0.1), rmsprop(0.1), adam(0.1)):
        here = trajectories(lambda w: H @ w, w0, rule, 40)
        there = trajectories(lambda w: Q @ H @ Q.T @ w, Q @ w0, rule, 40)
        assert abs(there - here @ Q.T).max() > 1e-3


def test_the_turned_valley_in_numbers():
    for degrees, steps in ((0, 123), (45, 406)):
        f = objectives.quadratic(kappa=100, angle=np.radians(degrees))
        start = turn_matrix(degrees) @ [1, 1]
        assert below(f, adam(0.1), start)[0] == pytest.approx(steps, abs=1)
        assert below(f, gd(2 / 101), start)[0] == 346
        assert below(f, momentum(4 / 121, 81 / 121), start)[0] == 58


# --- decay


@pytest.mark.theorem("thm-decay-ends")
@pytest.mark.parametrize("seed", FEW)
def test_where_adam_and_adamw_end(seed):
    rng = np.random.default_rng(seed)
    target, alpha, eps = rng.normal(size=3) * 4, rng.uniform(0.1, 1), rng.uniform(0.3, 1.5)
    grad = lambda w: w - target
    decayed = trajectories(grad, np.zeros(3), adamw(0.05, 0.9, 0.99, eps, alpha), 4000)[-1]
    g = grad(decayed)
    np.testing.assert_allclose(g / (abs(g) + eps) + alpha * decayed, 0, atol=1e-6)
    assert (abs(decayed) < 1 / alpha).all()
    penalised = trajectories(lambda w: grad(w) + alpha * w, np.zeros(3), adam(0.05, 0.9, 0.99, eps), 4000)[-1]
    np.testing.assert_allclose(grad(penalised) + alpha * penalised, 0, atol=1e-6)
    assert abs(penalised - decayed).max() > 1e-3


@pytest.mark.theorem("thm-decay-ends")
def test_a_run_that_does_not_converge_need_not_obey():
    """RMSprop is Adam with beta1 = 0, apart from the hat: it jumps, and its points are no zeros of the gradient."""
    path = trajectories(lambda w: w, [1.0], adam(0.1, beta1=0, beta2=0.9, eps=1e-9), 3000)[:, 0]
    assert abs(path[-1]) == pytest.approx(0.05, rel=1e-4)


def test_in_gradient_descent_decay_is_a_penalty():
    grad, eta, alpha = lambda w: np.array([1.0, 5.0]) * (w - 2), 0.1, 0.3
    w = np.array([1.0, -1.0])
    for point in trajectories(lambda w: grad(w) + alpha * w, w, gd(eta), 20):
        np.testing.assert_allclose(point, w, rtol=1e-10)
        w = (1 - eta * alpha) * w - eta * grad(w)


# --- where Adam fails


def online(amsgrad, steps=3000):
    """The points before each step, and what is lost against -1."""
    x, v, largest, points = 1.0, 0.0, 0.0, []
    for k in range(steps):
        points.append(x)
        g = 4.0 if k % 3 == 0 else -1.0
        v = v / 17 + 16 / 17 * g**2
        largest = max(largest, v) if amsgrad else v
        x = min(1.0, max(-1.0, x - g / (2 * sqrt(k + 1) * sqrt(largest))))
    slopes = np.where(np.arange(steps) % 3 == 0, 4.0, -1.0)
    return np.array([*points, x]), np.sum(slopes * (np.array(points) + 1))


@pytest.mark.theorem("cex-adam-online")
def test_adam_returns_to_the_worst_point_and_amsgrad_does_not(oracle):
    points, lost = online(amsgrad=False)
    assert (points[::3] == 1).all() and lost == pytest.approx(oracle("adam-nonconvergence")["regret_3000"], rel=1e-9)
    o = oracle("amsgrad-online")
    points, lost = online(amsgrad=True)
    assert np.argmax(points == -1) == o["first_t_at_minus_1"]
    assert lost == pytest.approx(o["regret_3000"], rel=1e-9) and points[-1] == pytest.approx(o["x_after_3000"], rel=1e-9)


def test_amsgrad_as_printed():
    rng = np.random.default_rng(3)
    gradients, rule = rng.normal(size=40) * np.exp(-0.1 * np.arange(40)), adam(0.1, 0.0, 0.7, eps=0, amsgrad=True)
    state, v, largest = rule.init(0.0), 0.0, 0.0
    for k, g in enumerate(gradients):
        step, state = rule.update(g, state, 0.0)
        v = 0.7 * v + 0.3 * g**2
        largest = max(largest, v)
        assert step == pytest.approx(-0.1 * g / sqrt(largest / (1 - 0.7 ** (k + 1))))


def test_a_calm_run_can_explode_and_a_falling_rate_keeps_it_calm():
    f = objectives.quadratic(kappa=100, angle=pi / 4)
    for eta, again in ((0.1, True), (schedules.inverse(0.1, rate=0.01), False)):
        values = f(trajectories(f.grad, [1, 0.99], adam(eta), 3000).T)
        first = np.argmax(values < 1e-8)
        assert first > 0 and (values[first:].max() > 1e-3) == again


# --- eps


def test_keras_eps_is_ours_divided_by_the_root_of_the_correction():
    """alpha = eta sqrt(1 - beta2^t)/(1 - beta1^t), and alpha m/(sqrt(v) + eps): both hats in one factor."""
    rng, eps, m, v = np.random.default_rng(5), 0.01, 0.0, 0.0
    for t, g in enumerate(rng.normal(size=30), 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theirs = sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (sqrt(v) + eps)
        ours = m / (1 - 0.9**t) / (sqrt(v / (1 - 0.999**t)) + eps / sqrt(1 - 0.999**t))
        assert theirs == pytest.approx(ours, rel=1e-9)
    assert 1 / sqrt(1 - 0.999) == pytest.approx(32, abs=0.5)


# --- norms


@pytest.mark.theorem("thm-norm-step")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_steepest_step_in_three_norms(seed):
    rng = np.random.default_rng(seed)
    G, eta = rng.normal(size=(3, 2)), rng.uniform(0.1, 2)
    U, S, Vt = np.linalg.svd(G, full_matrices=False)
    norms = {
        "2": (np.linalg.norm, G / np.linalg.norm(G), np.linalg.norm(G)),
        "inf": (lambda D: abs(D).max(), np.sign(G), abs(G).sum()),
        "spectral": (lambda D: np.linalg.norm(D, 2), U @ Vt, S.sum()),
    }
    for norm, u, dual in norms.values():
        model = lambda D, norm=norm: np.sum(G * D) + norm(D) ** 2 / (2 * eta)
        assert norm(u) == pytest.approx(1) and np.sum(G * u) == pytest.approx(dual)
        best = -eta * dual * u
        assert model(best) == pytest.approx(-eta / 2 * dual**2)
        for scale in (0.01, 0.1, 1):
            for D in best + scale * rng.normal(size=(100, 3, 2)):
                assert model(D) >= model(best) - 1e-9
    assert model(-eta * S.sum() * np.sign(G) / np.linalg.norm(np.sign(G), 2)) > model(best)  # another norm's direction


@pytest.mark.theorem("thm-norm-step")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_fall_that_is_promised(seed):
    """In the largest-entry norm the sum of all |H_ij| is an L for f = w'Hw/2; a step four times as long breaks the promise."""
    rng = np.random.default_rng(seed)
    H, w = turned(rng, 0.1, 4, 4), rng.normal(size=4)
    L, g = abs(H).sum(), H @ w
    f = lambda w: w @ H @ w / 2
    fall = lambda eta: f(w) - f(w - eta * abs(g).sum() * np.sign(g))
    assert fall(1 / L) >= abs(g).sum() ** 2 / (2 * L) - 1e-12
    curvature = np.sign(g) @ H @ np.sign(g)
    assert fall(4 / curvature) < 0


def test_the_orthogonalised_gradient_in_numbers(oracle):
    o, G = oracle("spectral-steepest"), np.array([[3.0, 0], [4, 5]])
    U, S, Vt = np.linalg.svd(G)
    np.testing.assert_allclose(S, o["singular"], rtol=1e-12)
    np.testing.assert_allclose(U @ Vt, o["UVt"], rtol=1e-12)
    np.testing.assert_allclose(U @ Vt, np.array([[2, -1], [1, 2]]) / sqrt(5), rtol=1e-12)
    slopes = [np.sum(G * u) for u in (U @ Vt, np.sign(G), G / np.linalg.norm(G))]
    np.testing.assert_allclose(slopes, [o["nuclear"], o["l1"], o["frobenius"]], rtol=1e-12)


def test_orthogonalising_without_the_decomposition(oracle):
    o, G = oracle("newton-schulz"), np.array([[3.0, 0], [4, 5]])
    X, muon = G / np.linalg.norm(G), G / np.linalg.norm(G)
    for _ in range(5):
        X = 1.5 * X - 0.5 * X @ X.T @ X
        A = muon @ muon.T
        muon = 3.4445 * muon - 4.775 * A @ muon + 2.0315 * A @ A @ muon
    np.testing.assert_allclose(np.linalg.svd(X)[1], o["cubic"], rtol=1e-9)
    np.testing.assert_allclose(sorted(np.linalg.svd(muon)[1]), sorted(o["muon"]), rtol=1e-9)
    s = np.linspace(1e-3, 1, 1000)
    for _ in range(40):
        s = 1.5 * s - 0.5 * s**3
    np.testing.assert_allclose(s, 1, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_orthogonalised_gradient_is_the_same_in_all_orthonormal_bases(seed):
    rng = np.random.default_rng(seed)
    G, P, Q = rng.normal(size=(4, 3)), *(np.linalg.qr(rng.normal(size=(n, n)))[0] for n in (4, 3))

    def polar(G):
        U, _, Vt = np.linalg.svd(G, full_matrices=False)
        return U @ Vt

    np.testing.assert_allclose(polar(P @ G @ Q), P @ polar(G) @ Q, atol=1e-10)
    assert abs(np.sign(P @ G @ Q) - P @ np.sign(G) @ Q).max() > 0.1


def test_the_bar_has_the_same_length_wherever_it_lies():
    for eta in (0.01, 0.3):
        assert log(eta * 100) - log(eta * 1) == pytest.approx(log(100))
