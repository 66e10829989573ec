"""Chapter 7, Convergence and stopping: its theorems on many random instances that satisfy the hypotheses, tight where
they are tight, failing where a hypothesis is dropped.

The numbers that must come out are closed forms, or were computed apart from this library with 30 digits.
"""

import itertools

import numpy as np
import pytest

from gdlib import gradient_descent, models, objectives
from gdlib.derivatives import complex_step

SEEDS = range(20)


def run_for(f, grad, w0, eta, steps):
    """So many steps, with no other reason to stop."""
    return gradient_descent(f, grad, w0, eta, gtol=0, max_iter=steps)


def until(f, grad, w0, eta, **test):
    """Until this stopping test holds, and no other."""
    return gradient_descent(f, grad, w0, eta, **({"gtol": 0, "max_iter": 100_000} | test))


def smooth_convex(rng, mu=0.0, d=4, rank=None, n=8):
    """A random sum of terms a ln cosh(b.w + c) and mu/2 |w|^2: value, gradient, Hessian, and an L.

    The terms reach `rank` directions; with fewer than d, and mu = 0, the minimisers fill a plane.
    """
    directions = np.linalg.qr(rng.normal(size=(d, d)))[0][: rank or d]
    a, b, c = rng.uniform(0.1, 2, n), rng.normal(size=(n, len(directions))) @ directions, rng.normal(size=n)

    def value(w):
        return a @ np.logaddexp(b @ w + c, -b @ w - c) + mu / 2 * w @ w

    def grad(w):
        return (a * np.tanh(b @ w + c)) @ b + mu * w

    def hess(w):
        return (b.T * (a / np.cosh(b @ w + c) ** 2)) @ b + mu * np.eye(d)

    return value, grad, hess, np.linalg.eigvalsh((b.T * a) @ b)[-1] + mu


def minimiser(value, grad, hess, w):
    """By Newton's method, halved where a whole step would go up."""
    for _ in range(100):
        step = np.linalg.pinv(hess(w), rcond=1e-12) @ grad(w)
        while value(w - step) > value(w) + 1e-15 and np.linalg.norm(step) > 1e-12:
            step = step / 2
        w = w - step
    assert np.linalg.norm(grad(w)) < 1e-10
    return w


def waves(rng, d=3, n=4, bowl=0.0):
    """A random sum of plane waves, not convex, analytic, with an L and a lower bound; bowl/2 |w|^2 keeps it in."""
    a, b, c = rng.normal(size=n), rng.normal(size=(n, d)), rng.uniform(0, 2 * np.pi, n)
    L = np.abs(a) @ (b**2).sum(axis=1) + bowl
    value = lambda w: a @ np.cos(b @ w + c) + bowl / 2 * w @ w
    return value, lambda w: -(a * np.sin(b @ w + c)) @ b + bowl * w, L, -np.abs(a).sum()


def tumours(penalty=0.0):
    """The chapter's real data: logistic regression on the breast cancer data, with signed rows for the scores."""
    X, benign = models.load("breast_cancer")
    X = models.with_intercept(models.standardise(X))
    return objectives.logistic_regression(X, benign, penalty), np.where(benign == 1, 1, -1)[:, None] * X


def corner():
    f = objectives.abs_value()
    return f, f.grad


# --- what the tests promise -------------------------------------------------------------------------------------


@pytest.mark.theorem("lem-gradient-measures")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_measures_distance_and_gap(seed):
    rng = np.random.default_rng(seed)
    mu = 10 ** rng.uniform(-2, 1)
    f, grad, hess, _ = smooth_convex(rng, mu)
    best = minimiser(f, grad, hess, np.zeros(4))
    for w in best + 10 ** rng.uniform(-3, 2, (200, 1)) * rng.normal(size=(200, 4)):
        g = np.linalg.norm(grad(w))
        assert np.linalg.norm(w - best) <= g / mu * (1 + 1e-9)
        assert f(w) - f(best) <= g**2 / (2 * mu) * (1 + 1e-9) + 1e-12


@pytest.mark.theorem("lem-gradient-measures")
def test_the_measures_are_exact_on_the_parabola_and_need_their_mu():
    for mu, w in ((0.5, 3.0), (8.0, -0.25)):  # short binary numbers, so that nothing is rounded
        f = objectives.parabola(mu)
        assert abs(w) == abs(f.grad(w)) / mu
        assert f(w) == f.grad(w) ** 2 / (2 * mu)
        too_large = 1.01 * mu
        assert abs(w) > abs(f.grad(w)) / too_large and f(w) > f.grad(w) ** 2 / (2 * too_large)
    f = objectives.quartic()  # convex, and no mu serves: the quotients fall to 0
    for mu in (1.0, 1e-3, 1e-6):
        w = 0.1 * np.sqrt(mu)
        assert abs(w) > abs(f.grad(w)) / mu and f(w) > f.grad(w) ** 2 / (2 * mu)


@pytest.mark.theorem("lem-gradient-measures")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_steep_slope_proves_a_distance_only_with_an_L(seed):
    rng = np.random.default_rng(seed)
    f, grad, hess, L = smooth_convex(rng, 0.1)
    best = minimiser(f, grad, hess, np.zeros(4))
    for w in best + 10 ** rng.uniform(-3, 2, (50, 1)) * rng.normal(size=(50, 4)):
        assert np.linalg.norm(w - best) >= np.linalg.norm(grad(w)) / L * (1 - 1e-9)
    assert objectives.parabola(1e6).grad(1e-3) == pytest.approx(1000)  # the chapter's steep slope, a thousandth away


@pytest.mark.theorem("thm-stopping-promises")
@pytest.mark.parametrize("test", ["gtol", "xtol", "ftol"])
def test_the_promises_hold_on_real_data(test):
    f, _ = tumours(penalty=0.1)
    best, eta = f.minima[0], 1 / f.L
    run = until(f, f.grad, np.zeros(31), eta, **{test: 1e-3})
    last = run.path[-1 if test == "gtol" else -2]  # the point from which the short step is taken
    distance, gap = np.linalg.norm(last - best), f(last) - f(best)
    if test == "ftol":
        assert gap <= 1e-3 / (2 * f.mu * eta * (1 - f.L * eta / 2))
    else:
        promised = 1e-3 / f.mu if test == "gtol" else 1e-3 / (eta * f.mu)
        assert promised / 2 < distance <= promised


@pytest.mark.theorem("thm-stopping-promises")
@pytest.mark.parametrize("seed", SEEDS)
def test_each_test_keeps_its_promise(seed):
    rng = np.random.default_rng(seed)
    mu = 10 ** rng.uniform(-1, 1)
    f, grad, hess, L = smooth_convex(rng, mu)
    best = minimiser(f, grad, hess, np.zeros(4))
    eta = rng.uniform(0.02, 1.98) / L
    path = run_for(f, grad, 3 * rng.normal(size=4), eta, 60).path
    for w, after in itertools.pairwise(path):
        distance, gap, slope = np.linalg.norm(w - best), f(w) - f(best), np.linalg.norm(grad(w))
        assert distance <= slope / mu + 1e-9
        assert gap <= slope**2 / (2 * mu) + 1e-12
        assert distance <= np.linalg.norm(after - w) / (eta * mu) + 1e-9
        assert gap <= (f(w) - f(after)) / (2 * mu * eta * (1 - L * eta / 2)) + 1e-9
        assert np.linalg.norm(after - best) <= distance + 1e-12  # where the run ends is nearer still


@pytest.mark.theorem("thm-stopping-promises")
@pytest.mark.parametrize("product", [0.01, 0.5, 1.3, 1.9])
def test_the_promises_are_exact_on_the_parabola(product):
    mu, w = 3.0, 0.7
    f, eta = objectives.parabola(mu), product / mu
    after = w - eta * f.grad(w)
    assert abs(after - w) / (eta * mu) == pytest.approx(abs(w), rel=1e-12)
    assert (f(w) - f(after)) / (2 * mu * eta * (1 - mu * eta / 2)) == pytest.approx(f(w), rel=1e-12)


@pytest.mark.theorem("thm-stopping-promises")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_third_promise_has_room_where_the_curvatures_differ(seed):
    rng = np.random.default_rng(seed)
    curvatures = 10 ** rng.uniform(-1, 1, 4)
    mu, L = curvatures.min(), curvatures.max()
    f = objectives.quadratic_form(np.diag(curvatures))
    eta, w = rng.uniform(0.01, 0.99) * 2 / L, rng.normal(size=4)
    fall = f(w) - f(w - eta * f.grad(w))
    # each curvature c lets its part of f fall by the share 2 eta c (1 - c eta / 2): least at one of the two ends
    least = min(2 * eta * c * (1 - c * eta / 2) for c in (mu, L))
    assert f(w) <= fall / least * (1 + 1e-12) < fall / (2 * mu * eta * (1 - L * eta / 2))


@pytest.mark.theorem("thm-stopping-promises")
def test_known_stops_on_the_bowl(oracle):
    f = objectives.quadratic(kappa=10)
    expected = oracle("stop-xtol")
    run = until(f, f.grad, [1, 1], 0.01, xtol=1e-6)
    assert run.n_iter - 1 == expected["k"] == 917
    assert np.linalg.norm(run.path[-2]) == pytest.approx(expected["distance_to_min"], rel=1e-8)
    assert np.linalg.norm(run.path[-1] - run.path[-2]) == pytest.approx(expected["step_norm"], rel=1e-8)
    assert 0.99 < expected["distance_to_min"] / (1e-6 / 0.01) <= 1  # nearly all that was allowed
    expected = oracle("stop-ftol")
    run = until(f, f.grad, [1, 1], 0.01, ftol=1e-9)
    assert run.n_iter - 1 == expected["k"] == 802
    assert run.values[-2] == pytest.approx(expected["f_gap"], rel=1e-6)
    assert 0.94 < expected["f_gap"] / (1e-9 / (2 * 0.01 * 0.95)) <= 1
    assert until(f, f.grad, [1, 1], 0.01, gtol=1e-6).n_iter == oracle("stop-gtol-small-step")["k"]


@pytest.mark.theorem("thm-stopping-promises")
def test_a_tiny_rate_stops_at_once(oracle):
    f = objectives.parabola()
    run = until(f, f.grad, 1.0, 1e-6, xtol=1e-5)
    assert run.n_iter == 1 and run.converged
    assert run.w[0] == pytest.approx(oracle("stop-xtol-too-soon")["w"], rel=1e-12)
    assert run.grad_norms[-1] == pytest.approx(oracle("stop-xtol-too-soon")["grad_norm"], rel=1e-12)
    for eta in (1 / 8, 1 / 64, 1 / 256):  # the stop is where eta |w| has come down to xtol
        last = until(f, f.grad, 1.6, eta, xtol=0.01).path[-2, 0]
        assert eta * last <= 0.01 and (last == 1.6 or last > 0.01 / eta * (1 - eta))


# --- where they lie ---------------------------------------------------------------------------------------------


@pytest.mark.theorem("cex-minimum-at-infinity")
@pytest.mark.parametrize("seed", SEEDS)
def test_every_test_passes_on_the_way_to_infinity(seed):
    rng = np.random.default_rng(seed)
    f, w0, eta, tol = objectives.exp_decay(), rng.uniform(-1, 2), rng.uniform(0.3, 4), 10 ** rng.uniform(-3, -2)
    run = run_for(f, f.grad, w0, eta, 300)
    floor = np.exp(w0) + eta * np.arange(301)
    assert np.all(np.exp(run.path[:, 0]) >= floor * (1 - 1e-12))
    assert np.all(run.values <= 1 / floor * (1 + 1e-12)) and np.all(np.diff(run.path[:, 0]) > 0)
    for test, tolerance in (("gtol", tol), ("xtol", tol), ("ftol", tol)):
        stopped = until(f, f.grad, w0, eta, **{test: tolerance})
        assert stopped.status == test
        # at that k the bounds on slope, step and change are below the tolerance
        assert stopped.n_iter <= max(1, eta) / (eta * tolerance) + 2


@pytest.mark.theorem("cex-minimum-at-infinity")
def test_known_numbers_on_the_decay(oracle):
    f, expected = objectives.exp_decay(), oracle("exp-decay")
    run = run_for(f, f.grad, 0.0, 1.0, 1000)
    assert run.w[0] == pytest.approx(expected["w"], rel=1e-11)
    assert run.f == pytest.approx(expected["f"], rel=1e-11)
    places = [until(f, f.grad, 0.0, 1.0, gtol=tol).w[0] for tol in (1e-2, 1e-3, 1e-4)]
    np.testing.assert_allclose(np.diff(places), np.log(10), rtol=4e-3)  # tighten tenfold: the answer moves by ln 10


@pytest.mark.theorem("cex-minimum-at-infinity")
def test_real_data_that_a_plane_separates_have_their_minimum_at_infinity():
    from scipy.optimize import linprog

    f, rows = tumours()
    found = linprog(np.zeros(31), A_ub=-rows, b_ub=-np.ones(569), bounds=(None, None))
    assert np.all(rows @ found.x > 0.999) and len(f.minima) == 0
    values = [f(t * found.x) for t in (1, 3, 10)]  # down to 0 along the ray, and never below
    assert np.all(np.diff(values) < 0) and 0 <= values[-1] < 1e-4
    runs = [until(f, f.grad, np.zeros(31), 1 / f.L, gtol=tol) for tol in (1e-1, 1e-2, 1e-3)]
    assert [run.status for run in runs] == ["gtol"] * 3
    moved = np.diff([run.w for run in runs], axis=0)
    assert np.linalg.norm(moved[1]) > 2 * np.linalg.norm(moved[0])  # tighten tenfold: the answer moves more, not less


@pytest.mark.theorem("cex-no-tolerance-is-small")
@pytest.mark.parametrize("epsilon", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("R", [1.0, 1e3, 1e9])
def test_a_slope_of_any_size_at_any_distance(epsilon, R):
    flat, steep = objectives.parabola(epsilon / R), objectives.parabola(R / epsilon)
    assert flat.grad(R) == pytest.approx(epsilon) and steep.grad(epsilon) == pytest.approx(R)
    assert until(flat, flat.grad, R, 0.1, gtol=1.001 * epsilon).n_iter == 0
    assert until(steep, steep.grad, epsilon, epsilon / R, gtol=0.999 * R, max_iter=1).n_iter == 1


@pytest.mark.theorem("cex-no-tolerance-is-small")
def test_the_second_parabola_is_too_steep_only_if_R_is_larger_than_epsilon():
    for R, steps in ((0.02, 1), (0.005, 0)):
        steep = objectives.parabola(R / 0.01)
        assert until(steep, steep.grad, 0.01, 0.01 / R, gtol=0.01, max_iter=1).n_iter == steps


@pytest.mark.theorem("cex-no-tolerance-is-small")
def test_where_the_slope_is_a_millionth():
    places = {0.0063: objectives.quartic(), 13.8155: objectives.exp_decay(), 1.0: objectives.parabola(1e-6)}
    for place, f in places.items():
        assert abs(f.grad(place)) == pytest.approx(1e-6, rel=1e-3)
    assert 3 * 0.000577**2 == pytest.approx(1e-6, rel=2e-3)  # w^3, which has no minimum
    assert objectives.abs_value().grad(1e-9) == 1


@pytest.mark.theorem("cex-ftol-two-cycle")
@pytest.mark.parametrize("w0", [1.0, -3.5, 1e6])
def test_two_places_of_one_height_fool_ftol_alone(w0):
    f = objectives.parabola()
    run = until(f, f.grad, w0, 2.0, ftol=1e-300)
    assert (run.status, run.n_iter, run.w[0]) == ("ftol", 1, -w0)
    for test in ("gtol", "xtol"):
        assert until(f, f.grad, w0, 2.0, max_iter=500, **{test: 1e-3}).status == "max_iter"


@pytest.mark.theorem("thm-geometric-tail")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_rest_of_the_way_is_at_most_a_geometric_sum(seed):
    rng = np.random.default_rng(seed)
    mu = 10 ** rng.uniform(-1, 0)
    f, grad, hess, L = smooth_convex(rng, mu)
    best = minimiser(f, grad, hess, np.zeros(4))
    path = run_for(f, grad, rng.normal(size=4), 1 / L, 2000).path
    s = np.linalg.norm(np.diff(path, axis=0), axis=1)
    s = s[s > 1e-10]  # beyond that, rounding has the last word
    q = np.maximum.accumulate((s[1:] / s[:-1])[::-1])[::-1]  # from each n on, no ratio is larger
    n = np.count_nonzero(s > 1e-5)
    assert n > 10 and np.all(q < 1)
    left = np.linalg.norm(path[1 : n + 1] - best, axis=1)
    assert np.all(left <= s[:n] * q[:n] / (1 - q[:n]) * (1 + 1e-3))


@pytest.mark.theorem("thm-geometric-tail")
def test_the_rest_of_the_way_is_exact_on_a_parabola_and_infinite_on_the_decay():
    f, eta = objectives.parabola(), 0.01
    path = run_for(f, f.grad, 1.0, eta, 50).path[:, 0]
    q, last = 1 - eta, path[49] - path[50]
    assert path[50] == pytest.approx(q / (1 - q) * last, rel=1e-9)
    f = objectives.exp_decay()  # each step is shorter than the last, but by no fixed q < 1
    path = run_for(f, f.grad, 0.0, 1.0, 5000).path[:, 0]
    ratios = np.diff(path)[1:] / np.diff(path)[:-1]
    assert np.all(ratios < 1) and ratios[-1] > 0.999
    assert path[5000] - path[1000] > 1000 * np.diff(path)[1000]


# --- three rates ------------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-nonconvex-rate")
@pytest.mark.parametrize("seed", SEEDS)
def test_some_gradient_on_the_way_is_small(seed):
    rng = np.random.default_rng(seed)
    f, grad, L, lowest = waves(rng)
    for eta in rng.uniform(0.02, 1.98, 5) / L:
        run = run_for(f, grad, rng.uniform(-5, 5, 3), eta, 200)
        least = np.minimum.accumulate(run.grad_norms[:-1] ** 2)
        K = np.arange(1, 201)
        assert np.all(least <= (run.values[0] - lowest) / (eta * (1 - L * eta / 2) * K) * (1 + 1e-12))


@pytest.mark.theorem("thm-nonconvex-rate")
@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_goes_to_zero(seed):
    rng = np.random.default_rng(seed)
    f, grad, L, _ = waves(rng)
    assert run_for(f, grad, rng.uniform(-5, 5, 3), 1 / L, 20_000).grad_norms[-1] < 1e-6


@pytest.mark.theorem("thm-nonconvex-rate")
@pytest.mark.parametrize("K", [1, 2, 10, 500])
@pytest.mark.parametrize("L", [0.5, 1.0, 4.0])
def test_straight_arms_keep_more_than_half_of_the_bound(K, L):
    h = objectives.huber(1.0)
    run = run_for(lambda w: L * h(w), lambda w: L * h.grad(w), float(K), 1 / L, K)
    np.testing.assert_array_equal(run.grad_norms[:K], L)  # exact: places are multiples of 1/4
    bound = 2 * L * run.values[0] / K
    assert bound / 2 < L**2 <= bound
    assert run.w[0] == 0  # and the next step arrives


@pytest.mark.theorem("thm-nonconvex-rate")
def test_known_number_for_the_smallest_gradient(oracle):
    expected = oracle("nonconvex-rate")
    run = run_for(lambda w: np.log1p(w**2), lambda w: 2 * w / (1 + w**2), 10.0, 0.5, 20)
    assert run.w[0] == pytest.approx(expected["w"], rel=1e-10)
    assert (run.grad_norms[:20] ** 2).min() == pytest.approx(expected["min_grad_sq_first_20"], rel=1e-10)
    assert 2 * 2 * run.values[0] / 20 == pytest.approx(expected["bound"], rel=1e-10)


@pytest.mark.theorem("thm-nonconvex-rate")
def test_without_its_hypotheses_the_gradient_stays_or_grows():
    hill = run_for(lambda w: -(w**2) / 2, lambda w: -w, 1.0, 0.1, 50)
    assert np.all(np.diff(hill.grad_norms) > 0)  # not bounded below
    assert run_for(*corner(), 1.0, 0.3, 500).grad_norms.min() == 1  # not smooth
    f = objectives.parabola()
    assert np.all(run_for(f, f.grad, 1.0, 2.0, 500).grad_norms == 1)  # eta = 2/L, in whole numbers


@pytest.mark.theorem("thm-convex-rate")
@pytest.mark.parametrize("rank", [4, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gap_of_convex_functions_falls_as_promised(seed, rank):
    rng = np.random.default_rng(seed)
    f, grad, hess, L = smooth_convex(rng, rank=rank)
    starts, eta = 3 * rng.normal(size=(2, 4)), rng.uniform(0.05, 1) / L
    best, other = (minimiser(f, grad, hess, w) for w in starts)  # with rank 2, not the same
    assert rank == 4 or np.linalg.norm(best - other) > 0.1
    w0 = best + rng.normal(size=4)
    run = run_for(f, grad, w0, eta, 300)
    k, gaps = np.arange(1, 301), run.values[1:] - f(best)
    R2 = min((w0 - best) @ (w0 - best), (w0 - other) @ (w0 - other))
    assert np.all(gaps <= R2 / (2 * eta * k) + 1e-12)
    assert np.all(gaps <= L * R2 / (4 * eta * L * k + 2) + 1e-12)
    for minimum in (best, other):
        assert np.all(np.diff(np.linalg.norm(run.path - minimum, axis=1)) <= 1e-12)


@pytest.mark.theorem("thm-convex-rate")
@pytest.mark.parametrize("seed", range(5))
def test_the_run_settles_at_one_of_many_minimisers(seed):
    rng = np.random.default_rng(seed)
    f, grad, _, L = smooth_convex(rng, rank=2)
    run = run_for(f, grad, 3 * rng.normal(size=4), 1 / L, 4000)
    assert np.linalg.norm(run.path[2000] - run.path[4000]) < 1e-6
    assert run.grad_norms[-1] < 1e-6


@pytest.mark.theorem("thm-convex-rate")
def test_the_sum_of_the_gaps_is_bounded_so_each_function_beats_1_over_k_in_the_end():
    f = objectives.huber(0.01)
    run = run_for(f, f.grad, 1.0, 0.5, 1000)
    assert run.values[1:].sum() <= 1 / (2 * 0.5)
    q = objectives.quartic()
    run = run_for(q, q.grad, 1.0, 1 / 12, 2000)
    scaled = np.arange(1, 2001) * run.values[1:]
    assert scaled[-1] < 0.02 * scaled.max()


@pytest.mark.theorem("thm-convex-rate")
@pytest.mark.parametrize("k", [1, 3])
def test_the_rate_on_convex_functions_needs_its_bound_on_eta(k):
    f, eta = objectives.parabola(), 1.95  # below 2/L, above 1/L
    assert run_for(f, f.grad, 1.0, eta, k).f > 1 / (2 * eta * k)


@pytest.mark.theorem("thm-convex-rate-sharp")
@pytest.mark.parametrize("k", [1, 2, 10, 77])
@pytest.mark.parametrize("product", [0.05, 0.5, 1.0])
@pytest.mark.parametrize(("L", "R"), [(1.0, 1.0), (4.0, 0.5), (0.3, 20.0)])
def test_huber_attains_the_exact_worst_case(k, product, L, R):
    eta, bound = product / L, L * R**2 / (4 * product * k + 2)

    def gap(delta):
        h = objectives.huber(delta)
        return run_for(lambda w: L * h(w), lambda w: L * h.grad(w), R, eta, k).f

    worst = R / (2 * product * k + 1)
    assert gap(worst) == pytest.approx(bound, rel=1e-10)
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert gap(factor * worst) < bound * (1 - 1e-6)


@pytest.mark.theorem("thm-convex-rate-sharp")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_convex_function_in_a_line_is_worse(seed):
    """Random convex functions of one variable with |f''| <= 1, as sums of Huber functions around one minimum."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(5))
    parts = [objectives.huber(10 ** rng.uniform(-3, 0)) for _ in weights]
    f = lambda w: sum(a * h(w) for a, h in zip(weights, parts))
    grad = lambda w: sum(a * h.grad(w) for a, h in zip(weights, parts))
    for eta in (0.2, 1.0):
        values = run_for(f, grad, 1.0, eta, 60).values
        assert np.all(values <= 1 / (4 * eta * np.arange(61) + 2) + 1e-15)


@pytest.mark.theorem("thm-convex-rate-sharp")
def test_known_worst_case_for_ten_steps(oracle):
    expected, f = oracle("convex-rate-attained"), objectives.huber(1 / 21)
    run = run_for(f, f.grad, 1.0, 1.0, 10)
    assert run.w[0] == pytest.approx(expected["w"], rel=1e-12) == pytest.approx(11 / 21)
    assert run.f == pytest.approx(expected["f"], rel=1e-12) == pytest.approx(1 / 42)
    assert expected["tight_bound"] == pytest.approx(1 / 42) and expected["textbook_bound_LR2_over_2k"] == 1 / 20


@pytest.mark.theorem("thm-convex-rate-sharp")
def test_the_picture_of_the_worst_case_falls_to_zero_by_a_tenth():
    gaps = {d: run_for(f := objectives.huber(d), f.grad, 1.0, 1.0, 10).f for d in (1 / 11, 0.099, 0.1001, 0.15)}
    assert gaps[1 / 11] > gaps[0.099] > 1e-5 > 1e-20 > max(gaps[0.1001], gaps[0.15])


@pytest.mark.theorem("thm-convex-rate-sharp")
def test_the_exact_worst_case_fails_beyond_one_over_L():
    f = objectives.parabola()
    assert run_for(f, f.grad, 1.0, 1.9, 1).f > 1 / (4 * 1.9 + 2)


@pytest.mark.theorem("cex-no-rate-without-smoothness")
@pytest.mark.parametrize("seed", SEEDS)
def test_on_a_corner_the_gap_stays(seed, oracle):
    rng = np.random.default_rng(seed)
    eta = 10 ** rng.uniform(-2, 0)
    w0 = eta * (rng.integers(1, 20) + rng.uniform(0.1, 0.9))
    run = run_for(*corner(), w0, eta, 3000)
    assert np.all(np.maximum(run.values[1:], run.values[:-1]) >= eta / 2 * (1 - 1e-9))
    assert run.values[-2:].max() > w0**2 / (2 * eta * 2999)  # above the bound that smoothness would give
    path = run_for(*corner(), 1.0, 0.3, 100).path[:, 0]
    assert path[[99, 100]] == pytest.approx([oracle("abs-two-cycle")["w99"], oracle("abs-two-cycle")["w100"]])


@pytest.mark.theorem("cex-no-rate-without-smoothness")
def test_the_quartic_converges_or_explodes_by_its_start(oracle):
    f, expected = objectives.quartic(), oracle("quartic-threshold")
    assert run_for(f, f.grad, 2.2, 0.1, 200).w[0] == pytest.approx(expected["w_from_2.2_k200"], rel=1e-9)
    assert run_for(f, f.grad, 2.3, 0.1, 5).w[0] == pytest.approx(expected["w_from_2.3_k5"], rel=1e-9)
    for w0, wall in ((1.0, 0.5), (2.0, 0.125), (2.3, 0.0945)):  # where the sweep breaks off
        assert wall == pytest.approx(1 / (2 * w0**2), rel=1e-3)
        assert until(f, f.grad, w0, 0.99 * wall, gtol=1e-2).status == "gtol"
        assert until(f, f.grad, w0, 1.01 * wall, gtol=1e-2).status == "diverged"


def bent_wall(w):
    """w^2 + 3 sin^2 w and its slope: not convex, and yet of no flat place but the lowest."""
    return w**2 + 3 * np.sin(w) ** 2, 2 * w + 3 * np.sin(2 * w)


@pytest.mark.theorem("thm-pl-rate")
def test_the_bent_wall_satisfies_pl_and_is_not_convex():
    w = np.linspace(1e-3, 60, 600_000)
    f, slope = bent_wall(w)
    quotient = slope**2 / (2 * f)
    assert 0.1755 < quotient.min() < 0.1756
    assert np.all(slope > 0)
    # beyond 60: slope >= 2w - 3 and f <= w^2 + 3, so the quotient is above 1.8 and grows to 2
    assert (2 * 60 - 3) ** 2 / (2 * (60**2 + 3)) > 0.17
    assert min(2 + 6 * np.cos(2 * w)) == pytest.approx(-4) and max(2 + 6 * np.cos(2 * w)) == pytest.approx(8)


@pytest.mark.theorem("thm-pl-rate")
def test_pl_is_a_lower_bound_and_not_the_higher_the_steeper():
    (low, steep), (high, gentle) = bent_wall(0.9), bent_wall(2.2)
    assert low < high and steep > 2 * gentle > 0


@pytest.mark.theorem("thm-pl-rate")
def test_the_rate_on_real_data():
    f, _ = tumours(penalty=0.1)
    gaps = run_for(f, f.grad, np.zeros(31), 1 / f.L, 450).values - f(f.minima[0])
    kappa, epsilon = f.L / f.mu, 1e-6
    assert np.all(gaps <= (1 - 1 / kappa) ** np.arange(451) * gaps[0] + 1e-12)
    needed = np.argmax(gaps <= gaps[0] / 1000)
    assert needed == 30 and np.ceil(kappa * np.log(1000)) == 237
    assert gaps[int(np.ceil(kappa * np.log(gaps[0] / epsilon)))] <= epsilon  # a limit on the steps that is a promise


@pytest.mark.theorem("thm-pl-rate")
@pytest.mark.parametrize("seed", SEEDS)
def test_pl_gives_a_line_without_convexity(seed):
    rng = np.random.default_rng(seed)
    mu, L, eta = 0.17, 8.0, rng.uniform(0.02, 1.98) / 8
    f, slope = (lambda w: bent_wall(w)[0].sum()), (lambda w: bent_wall(w)[1])
    values = run_for(f, slope, rng.uniform(-10, 10, 3), eta, 200).values
    factor = 1 - 2 * mu * eta * (1 - L * eta / 2)
    assert np.all(values <= factor ** np.arange(201) * values[0] * (1 + 1e-12) + 1e-25)


@pytest.mark.theorem("thm-pl-rate")
def test_the_factor_is_all_but_reached_on_the_bent_wall_whose_loss_curve_bends_downwards():
    f, slope = (lambda w: bent_wall(w)[0].sum()), (lambda w: bent_wall(w)[1])
    eta = 1e-4  # one small step from where the wall is gentlest
    before, after = run_for(f, slope, [2.2017], eta, 1).values
    fall = 1 - after / before
    assert 2 * 0.17 * eta * (1 - 4 * eta) < fall < 2 * 0.176 * eta
    v = run_for(f, slope, [3.0], 1 / 8, 9).values  # the chapter's picture
    assert np.any(v[1:-1] ** 2 > 1.01 * v[:-2] * v[2:])


@pytest.mark.theorem("thm-pl-rate")
@pytest.mark.parametrize("seed", SEEDS)
def test_strong_convexity_and_flat_floors_give_a_line(seed):
    rng = np.random.default_rng(seed)
    mu = 10 ** rng.uniform(-1, 1)
    f, grad, hess, L = smooth_convex(rng, mu)
    lowest = f(minimiser(f, grad, hess, np.zeros(4)))
    A = rng.normal(size=(4, 7))  # the same seen through A has a floor of dimension 3
    spread = np.linalg.svd(A, compute_uv=False)
    cases = [
        (f, grad, rng.normal(size=4), mu, L),
        (lambda w: f(A @ w), lambda w: A.T @ grad(A @ w), rng.normal(size=7), mu * spread[-1] ** 2, L * spread[0] ** 2),
    ]
    for value, slope, w0, low, high in cases:
        for eta in (1 / high, rng.uniform(0.1, 1.9) / high):
            gaps = run_for(value, slope, w0, eta, 100).values - lowest
            factor = 1 - 2 * low * eta * (1 - high * eta / 2)
            assert np.all(gaps <= factor ** np.arange(101) * gaps[0] + 1e-10)


@pytest.mark.theorem("thm-pl-rate")
@pytest.mark.parametrize("kappa", [1.5, 10.0, 400.0])
def test_the_number_of_steps_to_shrink_the_gap(kappa):
    f = objectives.quadratic(kappa)
    for epsilon in (0.1, 1e-6):
        k = int(np.ceil(kappa * np.log(1 / epsilon)))
        assert (1 - 1 / kappa) ** k <= epsilon
        values = run_for(f, f.grad, [1, 1], 1 / kappa, k).values
        assert values[-1] <= epsilon * values[0]


@pytest.mark.theorem("thm-pl-rate")
def test_known_gap_and_bound_on_the_bowl(oracle):
    f, expected = objectives.quadratic(kappa=10), oracle("linear-rate")
    run = run_for(f, f.grad, [1, 1], 0.1, 15)
    assert run.f == pytest.approx(expected["f"], rel=1e-11)
    assert 0.9**15 * run.values[0] == pytest.approx(expected["bound"], rel=1e-11)
    f = objectives.parabola(3.0)  # with mu = L = 1/eta the factor is 0, and so is f after one step
    assert run_for(f, f.grad, 2.0, 1 / 3, 1).f == pytest.approx(0, abs=1e-30)


@pytest.mark.theorem("thm-pl-rate")
def test_a_second_valley_breaks_pl_and_its_line():
    f = objectives.double_well()
    tilted, slope = (lambda w: f(w) + 0.1 * w), (lambda w: f.grad(w) + 0.1)
    run = until(tilted, slope, 1.5, 0.1, gtol=1e-10)
    assert run.f > tilted(-1.0) + 0.1  # flat ground above the lowest: no mu > 0 will do


@pytest.mark.theorem("thm-distance-rate")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_distance_shrinks_as_on_a_bowl(seed):
    rng = np.random.default_rng(seed)
    mu = 10 ** rng.uniform(-1, 1)
    f, grad, hess, L = smooth_convex(rng, mu)
    best = minimiser(f, grad, hess, np.zeros(4))
    kappa = L / mu
    for eta in (2 / (mu + L), 1 / L, rng.uniform(0.01, 2.1) / L):
        factor = max(abs(1 - eta * mu), abs(1 - eta * L))
        run = run_for(f, grad, best + rng.normal(size=4), eta, 60)
        distance = np.linalg.norm(run.path - best, axis=1)
        bound = factor ** np.arange(61) * distance[0]
        assert np.all(distance <= bound * (1 + 1e-9) + 1e-12)
        assert np.all(run.values - f(best) <= L / 2 * bound**2 * (1 + 1e-9) + 1e-12)
        if eta == 2 / (mu + L):
            assert factor == pytest.approx((kappa - 1) / (kappa + 1))
            k = int(np.ceil(kappa / 2 * np.log(1e3)))
            assert factor**k <= 1e-3


@pytest.mark.theorem("thm-distance-rate")
@pytest.mark.parametrize("eta", [0.05, 0.1, 2 / 11, 0.19])
def test_bowls_attain_both_bounds(eta):
    f = objectives.quadratic(kappa=10)
    start = [1, 0] if abs(1 - eta) >= abs(1 - 10 * eta) - 1e-12 else [0, 1]
    run = run_for(f, f.grad, start, eta, 40)
    bound = max(abs(1 - eta), abs(1 - 10 * eta)) ** np.arange(41)
    np.testing.assert_allclose(np.linalg.norm(run.path, axis=1), bound, rtol=1e-9)
    if start == [0, 1]:
        np.testing.assert_allclose(run.values, 10 / 2 * bound**2, rtol=1e-9)


@pytest.mark.theorem("cex-quartic-power-law")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_quartic_obeys_a_power_law(seed):
    rng = np.random.default_rng(seed)
    eta, k, f = 10 ** rng.uniform(-2, 0), 5000, objectives.quartic()
    w = run_for(f, f.grad, rng.uniform(0.3, 0.99) / np.sqrt(2 * eta), eta, k).path[:, 0]
    assert (1 / w[k] ** 2 - 1 / w[k // 2] ** 2) / (8 * eta * (k - k // 2)) == pytest.approx(1, abs=2e-3)
    for q in (0.9, 0.99):  # above each of these lines in the end
        assert w[k] ** 4 > 1e3 * q**k


@pytest.mark.theorem("cex-quartic-power-law")
def test_the_power_law_by_its_limit_and_the_lucky_hit():
    f = objectives.quartic()
    run = run_for(f, f.grad, 1.0, 0.1, 10_000)
    scaled = 0.8 * np.array([100, 1000, 10_000]) * run.path[[100, 1000, 10_000], 0] ** 2
    assert np.all(np.diff(scaled) > 0) and scaled[-1] == pytest.approx(1, abs=1e-3)
    assert 64 * 0.01 * 1e8 * run.f == pytest.approx(1, abs=2e-3)
    assert run_for(f, f.grad, 1.0, 0.25, 1).w[0] == 0  # the excepted case: a step that lands on 0, exactly: 1 - 4/4


@pytest.mark.theorem("cex-quartic-power-law")
@pytest.mark.parametrize("n", [3, 4, 6, 10])
def test_the_exponent_of_flat_bottoms(n):
    w, eta = 1.0, 1 / (n * (n - 1))
    w = abs(gradient_descent(lambda w: np.abs(w) ** n, lambda w: n * w ** (n - 1), w, eta, gtol=0, max_iter=8000).path)
    gaps = w[:, 0] ** n
    assert np.log2(gaps[4000] / gaps[8000]) == pytest.approx(n / (n - 2), abs=0.01)


# --- does it arrive ---------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-iterates-converge")
@pytest.mark.parametrize("seed", SEEDS)
def test_bounded_runs_on_analytic_functions_settle(seed):
    rng = np.random.default_rng(seed)
    f, grad, L, _ = waves(rng, bowl=0.2)
    eta = rng.uniform(0.5, 1.9) / L
    run = until(f, grad, rng.uniform(-5, 5, 3), eta, gtol=1e-9)
    assert run.status == "gtol" and np.all(np.diff(run.values) <= 1e-12)
    onward = run_for(f, grad, run.w, eta, 2000).path
    assert np.linalg.norm(np.diff(onward, axis=0), axis=1).sum() < 1e-5


@pytest.mark.theorem("thm-iterates-converge")
def test_a_whole_circle_of_minima_and_one_is_chosen():
    ring, grad = (lambda w: (w @ w - 1) ** 2 / 4), (lambda w: (w @ w - 1) * w)
    for angle in np.linspace(0, 6, 13):
        start = 1.4 * np.array([np.cos(angle), np.sin(angle)])
        np.testing.assert_allclose(run_for(ring, grad, start, 0.2, 300).w, start / 1.4, atol=1e-9)


@pytest.mark.theorem("thm-iterates-converge")
def test_or_it_settles_where_nothing_is_lowest_or_leaves(oracle):
    cubic = run_for(lambda w: w**3, lambda w: 3 * w**2, 1.0, 0.1, 1000)
    assert cubic.w[0] == pytest.approx(oracle("inflection")["w"], rel=1e-11)  # towards 0, which is no minimum
    decay = objectives.exp_decay()
    assert np.all(np.diff(run_for(decay, decay.grad, 0.0, 1.0, 2000).path[:, 0]) > 0)  # the other half of the either-or


def hat(w):
    """The Mexican hat, also for complex numbers; sin(angle - s) is written out in x and y."""
    x, y = w
    r2 = x * x + y * y
    s, r = 1 / (1 - r2), np.sqrt(r2)
    A = 4 * r2**2 / (4 * r2**2 + (1 - r2) ** 4)
    return np.exp(-s) * (1 - A * (y * np.cos(s) - x * np.sin(s)) / r)


def spiral(angle):
    return np.sqrt(1 - 1 / angle) * np.array([np.cos(angle), np.sin(angle)])


@pytest.mark.theorem("cex-mexican-hat")
@pytest.mark.parametrize("angle", [1.1, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0])
def test_the_spiral_follows_the_negative_gradient(angle):
    w = spiral(angle)
    r = np.linalg.norm(w)
    radial = 1 / (2 * r * angle**2)  # dr/dangle on r^2 = 1 - 1/angle
    along = radial * w / r + r * np.array([-w[1], w[0]]) / r
    g = complex_step(hat, w)
    assert -g @ along == pytest.approx(np.linalg.norm(g) * np.linalg.norm(along), rel=1e-9)
    assert hat(w) == pytest.approx(np.exp(-angle), rel=1e-9)
    off = along[0] * g[1] - along[1] * g[0]
    assert abs(off) < 1e-6 * np.linalg.norm(g)


@pytest.mark.theorem("cex-mexican-hat")
def test_the_hat_is_flat_at_the_rim_positive_inside_and_breaks_the_inequality():
    rng = np.random.default_rng(7)
    angles, radii = rng.uniform(0, 2 * np.pi, 2000), rng.uniform(0.2, 0.99, 2000)
    assert np.all(hat(radii * np.array([np.cos(angles), np.sin(angles)])) > 0)
    near = [complex_step(hat, np.array([np.cos(t), np.sin(t)]) * np.sqrt(1 - 1 / 60)) for t in range(6)]
    assert np.max(np.abs(near)) < (1 / 60) ** 8  # smaller than powers of the distance to the rim
    for theta in (0.5, 0.8, 0.9):  # |grad f| >= c f^theta fails for every c on the spiral
        quotients = [np.linalg.norm(complex_step(hat, spiral(t))) / hat(spiral(t)) ** theta for t in (10, 20, 40, 80)]
        assert np.all(np.diff(quotients) < 0) and quotients[-1] < 1e-2
    assert np.linalg.norm(spiral(1e4) + spiral(1e4 + np.pi)) < 1e-4  # both ends of a diameter, again and again
