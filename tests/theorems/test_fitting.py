"""Chapter 11, Fitting models: its theorems on many random instances, tight where they are tight, failing where a
hypothesis is dropped.
"""

import numpy as np
import pytest
from scipy.optimize import linprog, nnls

from gdlib import derivatives, gradient_descent, minimize, models, objectives, optimizers

SEEDS = range(20)
ROWS, TARGETS = np.array([[1.0, 1, 0], [0, 1, 1]]), np.array([1.0, 2])  # two rows, three weights
SPOTS, KINDS = np.array([[2.0, -1], [0, -1], [3, 1], [-3, -2]]), np.array([1.0, 0, 1, 0])  # separable, margin 1/sqrt 2


def walk(f, w0, eta, steps):
    """The path of so many steps, with no other reason to stop."""
    return gradient_descent(f, f.grad, w0, eta, gtol=0, max_iter=steps).path


def of_low_rank(rng):
    """X with dependent columns, any targets, and the positive eigenvalues of X'X/n."""
    n, d = rng.integers(2, 9, size=2)
    rank = rng.integers(1, min(n, d) + 1)
    X, y = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, d)), rng.normal(size=n)
    return X, y, np.linalg.svd(X)[1][:rank] ** 2 / n


def signed(X, y):
    """Row i times its label, 1 or -1."""
    return (2 * y - 1)[:, None] * X


def separable_data(rng):
    """Rows with an intercept and labels that a random plane parts; both labels occur."""
    while True:
        n, d = rng.integers(3, 12), rng.integers(1, 4)
        X = models.with_intercept(rng.normal(size=(n, d)))
        y = (X @ rng.normal(size=d + 1) > 0).astype(float)
        if 0 < y.sum() < n and widest(X, y)[0] > 0.1:
            return X, y


def widest(X, y):
    """The margin from below and from above, and the direction that attains it: two sides of one problem."""
    rows = signed(X, y)
    a, _ = nnls(np.vstack([rows.T, np.ones(len(rows))]), np.append(np.zeros(X.shape[1]), 1.0))
    mean = rows.T @ a / a.sum()
    u = mean / np.linalg.norm(mean)
    return np.min(rows @ u), np.linalg.norm(mean), u


def a_weak_separator(X, y):
    """Whether some d has s_i <x_i, d> >= 0 for all rows and > 0 for one: a linear program, d bounded."""
    rows = signed(X, y)
    found = linprog(-rows.sum(axis=0), -rows, np.zeros(len(rows)), bounds=(-1, 1))
    return -found.fun > 1e-7


# --- least squares ----------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-least-norm")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_run_ends_at_the_nearest_minimiser_at_the_rate_of_the_positive_eigenvalues(seed):
    rng = np.random.default_rng(seed)
    X, y, positive = of_low_rank(rng)
    L, least = positive.max(), positive.min()
    f, w0, eta = models.linear(X, y), rng.normal(size=X.shape[1]), rng.uniform(0.05, 1.95) / L
    q = max(abs(1 - eta * least), abs(1 - eta * L))
    away = np.eye(X.shape[1]) - np.linalg.pinv(X) @ X
    for start in w0, 0 * w0:
        end = np.linalg.pinv(X) @ y + away @ start  # the projection of the start onto the minimisers
        distances = np.linalg.norm(walk(f, start, eta, 60) - end, axis=1)
        assert np.all(distances <= q ** np.arange(61) * distances[0] + 1e-9)
    others = end + (away @ rng.normal(size=(X.shape[1], 30))).T  # more minimisers
    assert np.allclose(f.grad(end), 0, atol=1e-9) and all(np.allclose(f.grad(w), 0, atol=1e-9) for w in others)
    assert np.all(np.linalg.norm(others, axis=1) >= np.linalg.norm(end) - 1e-9)


@pytest.mark.theorem("thm-least-norm")
@pytest.mark.parametrize(("name", "start"), [("least-norm-from-zero", [0, 0, 0]), ("nearest-solution", [1, 0, 0])])
def test_the_rate_is_attained_and_the_end_depends_on_the_start(name, start, oracle):
    path, known = walk(models.linear(ROWS, TARGETS).summed(), start, 0.5, 10), oracle(name)  # eigenvalues 1 and 3
    np.testing.assert_allclose(path[10], known["w"], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(path[10] - known["limit"], (path[0] - known["limit"]) / 1024, rtol=1e-9, atol=1e-13)


@pytest.mark.theorem("thm-least-norm")
@pytest.mark.parametrize("seed", range(5))
def test_from_two_over_L_on_it_does_not_converge(seed):
    X, y, positive = of_low_rank(np.random.default_rng(seed))
    stiff = np.linalg.svd(X)[2][0]
    end = np.linalg.pinv(X) @ y
    distances = np.linalg.norm(walk(models.linear(X, y), end + stiff, 2.1 / positive.max(), 40) - end, axis=1)
    assert np.all(np.diff(distances) > 0)


@pytest.mark.theorem("cex-11-adagrad")
def test_adagrad_fits_as_well_and_ends_elsewhere(oracle):
    f, known = models.linear(ROWS, TARGETS).summed(), oracle("adagrad-other-solution")
    end = minimize(f, f.grad, np.zeros(3), optimizers.adagrad(1.0, eps=0), gtol=1e-12, max_iter=2000).w
    np.testing.assert_allclose(end, known["w"], rtol=1e-9)
    np.testing.assert_allclose(ROWS @ end, TARGETS, rtol=1e-9)
    assert np.linalg.norm(end) == pytest.approx(known["norm"], rel=1e-9)
    assert np.linalg.norm(np.linalg.pinv(ROWS) @ TARGETS) == pytest.approx(known["shortest"])


@pytest.mark.theorem("lem-stop-or-penalise")
@pytest.mark.parametrize("seed", SEEDS)
def test_stopping_and_penalising_multiply_by_factors_that_are_alike(seed):
    rng = np.random.default_rng(seed)
    X, y, positive = of_low_rank(rng)
    f, n, k = models.linear(X, y), len(X), int(rng.integers(1, 30))
    eta = rng.uniform(0.05, 1) / positive.max()
    alpha, best = 1 / (eta * k), np.linalg.pinv(X) @ y
    stopped, penalised = walk(f, 0 * best, eta, k)[k], objectives.least_squares(X, y, alpha).minima[0]
    curvatures, V = np.linalg.eigh(X.T @ X / n)
    for curvature, v in zip(curvatures, V.T, strict=True):
        if curvature > 1e-6 * curvatures[-1]:
            first, second = 1 - (1 - eta * curvature) ** k, curvature / (curvature + alpha)
            assert v @ stopped == pytest.approx(first * (v @ best), rel=1e-6, abs=1e-8)
            assert v @ penalised == pytest.approx(second * (v @ best), rel=1e-6, abs=1e-8)
            assert second * (1 - 1e-12) <= first <= 2 * second * (1 + 1e-12)


@pytest.mark.theorem("lem-stop-or-penalise")
def test_the_two_factors_in_numbers_and_the_hypotheses(oracle):
    s, known = np.array([1, 0.1, 0.01]), oracle("early-stopping")
    np.testing.assert_allclose(1 - (1 - s) ** 20, known["descent"], rtol=1e-12)
    np.testing.assert_allclose(s / (s + 0.05), known["ridge"], rtol=1e-12)
    assert 1 - (1 - 1) ** 1 == 2 * (1 / (1 + 1))  # k = 1, eta lambda = 1: twice is attained
    assert 1 - (1 - 1.9) ** 1 > 2 * (1.9 / (1.9 + 1))  # eta lambda > 1


# --- logistic regression ----------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-no-minimiser")
@pytest.mark.parametrize("seed", range(60))
def test_there_is_a_minimiser_or_a_weak_separator_and_never_both(seed):
    rng = np.random.default_rng(seed)
    n, d = rng.integers(3, 12), rng.integers(1, 4)
    X = rng.integers(-3, 4, size=(n, d)).astype(float)  # small whole numbers: points on the border occur
    X, y = models.with_intercept(X) if seed % 3 else X, rng.integers(0, 2, size=n).astype(float)
    f = objectives.logistic_regression(X, y)
    assert (len(f.minima) == 1) != a_weak_separator(X, y)
    for w in f.minima:  # by Newton's method
        assert np.abs(f.grad(w)).max() < 1e-9


@pytest.mark.theorem("thm-no-minimiser")
@pytest.mark.parametrize("seed", SEEDS)
def test_along_a_weak_separator_the_loss_falls_from_everywhere(seed):
    rng = np.random.default_rng(seed)
    X = np.array([[1, 1], [1, 2], [1, 2], [1, 3.0]])  # 2 is on the border of both classes
    f, d = models.logistic(X, np.array([0, 0, 1, 1.0])), np.array([-2, 1])
    assert np.all(signed(X, f.y) @ d >= 0) and np.any(signed(X, f.y) @ d > 0)
    for w in rng.normal(scale=5, size=(50, 2)):
        assert f(w + d) < f(w)


@pytest.mark.theorem("thm-no-minimiser")
@pytest.mark.parametrize("seed", SEEDS)
def test_on_separable_data_the_loss_tends_to_zero_and_the_weights_to_infinity(seed):
    rng = np.random.default_rng(seed)
    X, y = separable_data(rng)
    f = models.logistic(X, y)
    path = walk(f, rng.normal(size=X.shape[1]), rng.uniform(0.5, 1.9) / f.L, 4000)
    values = np.array([f(w) for w in path[::40]])
    assert np.all(np.diff(values) < 0) and f(path[4000]) < 0.2 * f(path[400])
    assert np.linalg.norm(path[4000]) > 1.1 * np.linalg.norm(path[400])


@pytest.mark.theorem("thm-no-minimiser")
def test_one_row_goes_like_the_logarithm(oracle):
    f, known = models.logistic(np.ones((1, 1)), np.ones(1)), oracle("separable-logistic")
    path = walk(f, [0.0], 1.0, 10_000)
    assert path[10_000, 0] == pytest.approx(known["w"], rel=1e-11)
    assert f(path[10_000]) == pytest.approx(known["loss"], rel=1e-10)
    assert path[150, 0] < 5 <= path[151, 0]


@pytest.mark.theorem("thm-no-minimiser")
def test_the_tumours_are_separable_with_30_measurements_and_not_with_25():
    X, y = models.load("breast_cancer")
    X = models.with_intercept(models.standardise(X))
    low, high, _ = widest(X, y)
    assert 0 < low <= high * (1 + 1e-9) and 1 / low == pytest.approx(718.124, rel=1e-5) == 1 / high
    overlap = objectives.logistic_regression(X[:, :26], y)
    w = overlap.minima[0]
    assert np.abs(overlap.grad(w)).max() < 1e-12  # positive factors that cancel: a proof
    pull = 1 / (1 + np.exp(signed(X[:, :26], y) @ w))
    assert np.all(pull > 0) and np.abs(signed(X[:, :26], y).T @ pull).max() < 1e-9


@pytest.mark.theorem("thm-max-margin")
def test_four_points_in_numbers_computed_elsewhere(oracle):
    f, known = models.logistic(SPOTS, KINDS), oracle("max-margin")
    path = walk(f, [0, 0], 1.0, 100_000)
    for k in (10, 1000, 100_000):
        (x, y), there = path[k], known[f"after_{k}"]
        np.testing.assert_allclose(path[k], there["w"], rtol=1e-9)
        assert -np.degrees(np.arctan2(x - y, x + y)) == pytest.approx(there["angle"], rel=1e-7)
        assert np.min(signed(SPOTS, KINDS) @ path[k]) / np.hypot(x, y) == pytest.approx(there["margin"], rel=1e-8)
        assert f(path[k]) == pytest.approx(there["loss"], rel=1e-8)
    low, high, u = widest(SPOTS, KINDS)
    np.testing.assert_allclose([low, high], known["margin"], rtol=1e-9)
    np.testing.assert_allclose(u / low, known["direction"], rtol=1e-9)
    rest = path[100_000] - np.log(100_000) * np.array(known["direction"])
    np.testing.assert_allclose(rest, known["offset"], atol=5e-3)  # what is left of it goes to zero


@pytest.mark.theorem("thm-max-margin")
@pytest.mark.parametrize("seed", range(12))
def test_the_norm_grows_like_the_logarithm_and_the_direction_turns_to_the_widest_margin(seed):
    rng = np.random.default_rng(seed)
    X, y = separable_data(rng)
    low, high, u = widest(X, y)
    assert low == pytest.approx(high, rel=1e-6)
    assert all(np.min(signed(X, y) @ v) / np.linalg.norm(v) <= high + 1e-12 for v in rng.normal(size=(200, len(u))))
    f = models.logistic(X, y)
    path = walk(f, rng.normal(size=len(u)), rng.uniform(0.5, 1.9) / f.L, 10_000)
    off = [1 - path[k] @ u / np.linalg.norm(path[k]) for k in (100, 1000, 10_000)]
    assert off[2] < 0.03 and off[2] <= off[0] + 1e-4
    # in the end the norm grows by ln(10)/margin for a factor of ten in k, and ln(1/f_k) by as much as the margin times the norm
    grown = np.linalg.norm(path[10_000]) - np.linalg.norm(path[1000])
    fallen = np.log(f(path[1000]) / f(path[10_000]))
    assert high * grown / np.log(10) == pytest.approx(1, abs=0.15) and fallen / np.log(10) == pytest.approx(1, abs=0.1)
    assert high * grown == pytest.approx(fallen, abs=0.15)


@pytest.mark.theorem("thm-max-margin")
def test_the_intercept_counts_in_the_norm():
    """On a line the border tends to the middle between the classes in some cases, and not in others."""
    for left, right, border in (3, 4, 3.5), (-1, 5, 1.0):
        low, high, (b, w) = widest(np.array([[1.0, left], [1, right]]), np.array([0.0, 1]))
        assert low == pytest.approx(high) and -b / w == pytest.approx(border)
    assert widest(np.array([[1.0, 3], [1, 4]]), np.array([0.0, 1]))[0] == pytest.approx(1 / np.sqrt(53))


@pytest.mark.theorem("thm-max-margin")
def test_the_bounds_of_the_proof_hold_on_the_way():
    """Steps 2 and 3 of the proof, at every step of a run."""
    f = models.logistic(SPOTS, KINDS)
    path = walk(f, [0, 0], 1.0, 2000)
    values, gradients = np.array([f(w) for w in path]), np.array([f.grad(w) for w in path])
    r = np.linalg.norm(SPOTS, axis=1).max()
    assert np.all(np.linalg.norm(gradients, axis=1) <= r * values)
    assert np.all(values >= np.log1p(np.exp(-np.linalg.norm(path, axis=1) / np.sqrt(2))) / 4 * (1 - 1e-12))


@pytest.mark.theorem("thm-max-margin")
def test_with_one_label_changed_the_norm_stays():
    places = np.array([-3, -2.5, -2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2, 2.5, 3])
    X, apart = np.column_stack([places, np.ones(12)]), (places > 0).astype(float)
    mixed = np.where(places == 1, 0, apart)
    sizes = {name: np.linalg.norm(walk(models.logistic(X, y), [0, 0], 1, 10_000), axis=1) for name, y in
             (("apart", apart), ("mixed", mixed))}  # fmt: skip
    assert abs(sizes["mixed"][10_000] - sizes["mixed"][2000]) < 1e-3 < 3 < sizes["apart"][10_000] - sizes["apart"][2000]
    assert a_weak_separator(X, apart) and not a_weak_separator(X, mixed)


# --- the penalty ------------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-penalty")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_penalty_gives_one_minimiser_and_a_linear_rate(seed):
    rng = np.random.default_rng(seed)
    X, y = separable_data(rng)
    alpha, L = 10 ** rng.uniform(-2, 0), models.logistic(X, y).L
    F, exact = models.logistic(X, y, alpha), objectives.logistic_regression(X, y, alpha)
    assert abs(F.L - L - alpha) < 1e-12 and F.mu == alpha
    best, points = exact.minima[0], rng.normal(scale=3, size=(100, 2, X.shape[1]))
    assert np.abs(F.grad(best)).max() < 1e-9
    for v, w in points:
        step = v - w
        bend = F(v) - F(w) - F.grad(w) @ step
        assert alpha / 2 * (step @ step) - 1e-9 <= bend <= (L + alpha) / 2 * (step @ step) + 1e-9
    path = walk(F, rng.normal(size=len(best)), 1 / (L + alpha), 50)
    gaps = np.array([F(w) for w in path]) - F(best)
    assert np.all(gaps[1:] <= (1 - alpha / (L + alpha)) * gaps[:-1] + 1e-12)


@pytest.mark.theorem("thm-penalty")
def test_ridge_in_numbers_and_the_condition_number(oracle):
    f, known = models.linear(ROWS, TARGETS, penalty=0.05).summed(), oracle("ridge")
    np.testing.assert_allclose([f.mu, f.L, f.L / f.mu], [known["mu"], known["L"], known["kappa"]], rtol=1e-12)
    np.testing.assert_allclose(walk(f, np.zeros(3), 0.625, 600)[600], known["w"], rtol=1e-10)


@pytest.mark.theorem("thm-penalty")
def test_without_convexity_a_penalty_promises_nothing():
    well = objectives.double_well()  # curvature -1 at 0
    bend = well.hess(np.zeros(1))[0, 0] + 0.5
    assert bend < 0  # alpha = 0.5 does not make it convex


# --- softmax ----------------------------------------------------------------------------------------------------


@pytest.mark.theorem("lem-softmax")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_softmax_loss_has_curvatures_between_zero_and_a_half(seed):
    rng = np.random.default_rng(seed)
    c, place = int(rng.integers(2, 8)), 0
    z = rng.normal(scale=3, size=c)
    f = models.softmax(np.ones((1, 1)), np.array([float(place)]), c)
    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose(f.grad(z), p - np.eye(c)[place], rtol=1e-9, atol=1e-12)
    assert f(z) == pytest.approx(-np.log(p[place]), rel=1e-9)
    H = np.diag(p) - np.outer(p, p)
    np.testing.assert_allclose(derivatives.hessian(f.grad, z), H, atol=1e-6)
    curvatures = np.linalg.eigvalsh(H)
    assert curvatures[0] >= -1e-12 and curvatures[-1] <= 0.5 + 1e-12
    np.testing.assert_allclose(H @ np.ones(c), 0, atol=1e-12)
    assert f(z + 7) == pytest.approx(f(z), rel=1e-9)


@pytest.mark.theorem("lem-softmax")
def test_three_scores_and_the_half_in_numbers(oracle):
    f, z, known = models.softmax(np.ones((1, 1)), np.array([2.0]), 3), np.array([1.0, 2, 3]), oracle("softmax-scores")
    assert f(z) == pytest.approx(known["loss"], rel=1e-12)
    np.testing.assert_allclose(f.grad(z), known["grad"], rtol=1e-12)
    p = f.grad(z) + np.eye(3)[2]
    curvatures = np.linalg.eigvalsh(np.diag(p) - np.outer(p, p))
    np.testing.assert_allclose(curvatures, known["eig"], rtol=1e-10, atol=1e-14)
    even = np.eye(2) / 2 - np.full((2, 2), 1 / 4)  # two classes, p = 1/2: the bound is attained
    assert np.linalg.eigvalsh(even)[-1] == pytest.approx(0.5)


@pytest.mark.theorem("lem-softmax")
@pytest.mark.parametrize("seed", range(5))
def test_the_L_of_the_data_holds_for_whole_losses(seed):
    rng = np.random.default_rng(seed)
    n, d, c = rng.integers(3, 12), rng.integers(1, 4), rng.integers(2, 5)
    X, y = rng.normal(size=(n, d)), rng.integers(0, c, size=n).astype(float)
    f = models.softmax(X, y, int(c))
    np.testing.assert_allclose(f.L, np.linalg.norm(X, 2) ** 2 / (2 * n), rtol=1e-12)
    for v, w in rng.normal(scale=3, size=(50, 2, d * c)):
        assert np.linalg.norm(f.grad(v) - f.grad(w)) <= f.L * np.linalg.norm(v - w) * (1 + 1e-9)
    shift = np.tile(rng.normal(size=(d, 1)), (1, c)).ravel()
    assert f(w + shift) == pytest.approx(f(w), rel=1e-9)


def test_the_L_of_the_logistic_loss_is_attained_at_zero(oracle):
    X, y = np.array([[1.0, 1], [1, 2], [1, 4]]), np.array([0.0, 1, 1])
    attained = np.linalg.eigvalsh(objectives.logistic_regression(X, y).hess(np.zeros(2)))[-1]
    assert attained == pytest.approx(oracle("smoothness-of-models")["logistic"], rel=1e-12)
    assert models.logistic(X, y).L == pytest.approx(attained, rel=1e-12)


@pytest.mark.parametrize("penalty", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["linear", "logistic", "softmax"])
def test_a_loss_is_the_mean_over_rows_and_half_the_penalty_and_its_gradient_is_its_derivative(kind, penalty):
    rng = np.random.default_rng(3)
    X, w = rng.normal(size=(7, 3)), rng.normal(size=9 if kind == "softmax" else 3)
    y = np.array([0, 1, 2, 1, 0, 2, 2.0]) if kind == "softmax" else rng.permutation(7) % 2.0
    f = models.softmax(X, y, 3, penalty) if kind == "softmax" else getattr(models, kind)(X, y, penalty)
    z = X @ w.reshape(3, -1)
    rows = {
        "linear": (z[:, 0] - y) ** 2 / 2,
        "logistic": np.log1p(np.exp(-(2 * y - 1) * z[:, 0])),
        "softmax": np.log(np.exp(z).sum(axis=1)) - z[np.arange(7), y.astype(int) % z.shape[1]],
    }
    assert f(w) == pytest.approx(rows[kind].mean() + penalty / 2 * (w @ w), rel=1e-12)
    np.testing.assert_allclose(f.grad(w), derivatives.central(f, w), rtol=1e-6, atol=1e-8)


# --- what is held against scikit-learn --------------------------------------------------------------------------


def test_ten_classes_have_the_weights_that_scikit_learn_finds():
    """A few digits only; the chapter has all of them."""
    from sklearn.linear_model import LogisticRegression

    X, y = models.load("digits")
    X = models.with_intercept(X[:200] / 16)
    f = models.softmax(X, y[:200], 10, penalty=0.1)
    run = gradient_descent(f, f.grad, np.zeros(650), 1 / f.L, gtol=1e-7, max_iter=3000)
    theirs = LogisticRegression(C=10 / 200, fit_intercept=False, tol=1e-10, max_iter=2000).fit(X, y[:200])
    assert run.converged
    np.testing.assert_allclose(run.w.reshape(65, 10), theirs.coef_.T, atol=1e-4)
