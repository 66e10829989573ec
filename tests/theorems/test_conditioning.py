"""Chapter 6, Conditioning: its theorems on many random instances, tight where they are tight, failing where a
hypothesis is dropped.

The numbers with ten or more digits are closed forms, or were computed apart from this library with 30 digits.
"""

import numpy as np
import pytest

from gdlib import gradient_descent, minimize, models, objectives
from gdlib.convexity import condition_number
from gdlib.linesearch import exact

SEEDS = range(20)


def run_for(f, w0, eta, steps):
    """The path of so many steps, with no other reason to stop."""
    return gradient_descent(f, f.grad, w0, eta, gtol=0, max_iter=steps).path


def rotation(rng, d):
    return np.linalg.qr(rng.normal(size=(d, d)))[0]


def with_spectrum(rng, eigenvalues):
    """A random symmetric matrix with these eigenvalues, and its eigenvectors in columns."""
    V = rotation(rng, len(eigenvalues))
    H = V @ np.diag(eigenvalues) @ V.T
    return (H + H.T) / 2, V


def random_bowl(rng, kappa=None):
    """A random positive definite quadratic of 2 to 7 variables, with its eigenvalues and eigenvectors."""
    mu, kappa, d = 10 ** rng.uniform(-2, 2), kappa or rng.uniform(1.5, 100), rng.integers(2, 8)
    eigenvalues = mu * np.concatenate([[1], np.sort(rng.uniform(1, kappa, d - 2)), [kappa]])
    H, V = with_spectrum(rng, eigenvalues)
    return objectives.quadratic_form(H, b=rng.normal(size=d)), eigenvalues, V


def unit_diagonal(H):
    spread = np.sqrt(np.diag(H))
    return H / np.outer(spread, spread)


def cosine(a, b):
    return np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)


# --- the shape of a bowl ----------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-angle")
@pytest.mark.parametrize("seed", SEEDS)
def test_downhill_is_off_by_no_more_than_the_bound(seed):
    rng = np.random.default_rng(seed)
    f, eigenvalues, V = random_bowl(rng)
    kappa, minimiser = eigenvalues[-1] / eigenvalues[0], f.minima[0]
    bound = 2 * np.sqrt(kappa) / (kappa + 1)
    for _ in range(200):
        e = rng.normal(size=len(minimiser))
        assert cosine(f.grad(minimiser + e), e) >= bound * (1 - 1e-9)
    worst = np.sqrt(eigenvalues[-1]) * V[:, 0] + np.sqrt(eigenvalues[0]) * V[:, -1]
    assert cosine(f.grad(minimiser + worst), worst) == pytest.approx(bound, rel=1e-9)
    for v in V.T:
        assert cosine(f.grad(minimiser + v), v) == pytest.approx(1, abs=1e-12)
    mixed = V[:, 0] + V[:, -1]  # no eigenvector
    assert cosine(f.grad(minimiser + mixed), mixed) < 1 - 1e-3


@pytest.mark.theorem("thm-angle")
def test_without_a_positive_smallest_eigenvalue_downhill_may_lead_away():
    saddle = objectives.quadratic_form([[1, 0], [0, -1]])
    assert cosine(saddle.grad(np.array([0.1, 1.0])), [0.1, 1.0]) < 0


# --- the dynamics -----------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-eigen-dynamics")
@pytest.mark.parametrize("seed", SEEDS)
def test_each_eigenvector_runs_its_own_parabola(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(2, 8)
    eigenvalues = np.sort(rng.uniform(-1, 5, d))  # of either sign
    H, V = with_spectrum(rng, eigenvalues)
    centre, w0, eta = rng.normal(size=d), rng.normal(size=d), rng.uniform(0.01, 2.2) / 5
    f = objectives.quadratic_form(H, b=H @ centre)
    path = run_for(f, w0, eta, 30)
    parts = (path - centre) @ V
    powers = (1 - eta * eigenvalues) ** np.arange(31)[:, None]
    np.testing.assert_allclose(parts, powers * parts[0], rtol=1e-7, atol=1e-9)
    heights = (eigenvalues * powers**2 * parts[0] ** 2).sum(axis=1) / 2
    np.testing.assert_allclose(f(path.T) - f(centre), heights, rtol=1e-7, atol=1e-9)


@pytest.mark.theorem("thm-eigen-dynamics")
@pytest.mark.parametrize("seed", SEEDS)
def test_two_over_L_is_the_border_for_a_positive_definite_quadratic(seed):
    rng = np.random.default_rng(seed)
    f, eigenvalues, V = random_bowl(rng, kappa=rng.uniform(1.5, 20))
    L, minimiser = eigenvalues[-1], f.minima[0]
    for _ in range(5):
        path = run_for(f, minimiser + rng.normal(size=len(minimiser)), rng.uniform(0.05, 1.95) / L, 3000)
        assert np.linalg.norm(path[-1] - minimiser) < 1e-6 * np.linalg.norm(path[0] - minimiser)
    e = np.linalg.norm(run_for(f, minimiser + V[:, -1], rng.uniform(2.01, 4) / L, 40) - minimiser, axis=1)
    assert np.all(np.diff(e) > 0)
    e = np.linalg.norm(run_for(f, minimiser + V[:, -1], 2 / L, 40) - minimiser, axis=1)
    np.testing.assert_allclose(e, 1, atol=1e-9)


@pytest.mark.theorem("thm-eigen-dynamics")
@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_flat_floor_the_run_ends_at_the_projection(seed):
    rng = np.random.default_rng(seed)
    flat, stiff = rng.integers(1, 4, size=2)
    eigenvalues = np.concatenate([np.zeros(flat), np.sort(rng.uniform(0.5, 5, stiff))])
    H, V = with_spectrum(rng, eigenvalues)
    one, w0 = rng.normal(size=(2, flat + stiff))
    value, grad = (lambda w: (w - one) @ H @ (w - one) / 2), (lambda w: H @ (w - one))
    floor = V[:, :flat]
    nearest = one + floor @ floor.T @ (w0 - one)  # the projection of w0 on one + span(floor)
    end = gradient_descent(value, grad, w0, rng.uniform(0.2, 1.8) / eigenvalues[-1], gtol=0).w
    np.testing.assert_allclose(end, nearest, atol=1e-9)
    assert gradient_descent(value, grad, w0, 2.1 / eigenvalues[-1], max_iter=5000).status == "diverged"


@pytest.mark.theorem("thm-eigen-dynamics")
@pytest.mark.parametrize("eta", [1e-3, 0.1, 1.0, 3.0])
def test_a_negative_eigenvalue_grows_at_every_rate(eta):
    H, V = with_spectrum(np.random.default_rng(3), np.array([-0.5, 1.0, 2.0]))
    f = objectives.quadratic_form(H)
    e = run_for(f, np.array([1.0, 1.0, 1.0]), eta, 20) @ V[:, 0]
    np.testing.assert_allclose(e, (1 + 0.5 * eta) ** np.arange(21) * e[0], rtol=1e-6)
    depths = f(np.outer(V[:, 0], [1, 10, 100]))
    np.testing.assert_allclose(depths, [-0.25, -25, -2500])


@pytest.mark.theorem("thm-eigen-dynamics")
def test_known_numbers_for_the_bowl():
    bowl = objectives.quadratic(kappa=10)
    np.testing.assert_allclose(run_for(bowl, [1, 1], 0.1, 10)[-1], [0.3486784401, 0.0], rtol=1e-12, atol=1e-15)
    end = run_for(bowl, [1, 1], 2 / 11, 21)[-1]
    np.testing.assert_allclose(end, [0.014785850472038495, -0.014785850472038495], rtol=1e-11)


@pytest.mark.theorem("cex-tilted-trough")
@pytest.mark.parametrize("eta", [0.01, 0.5, 1.9])
def test_a_tilted_trough_is_followed_for_ever(eta):
    trough = objectives.quadratic_form([[1, 0], [0, 0]], b=[0, 1])
    path = run_for(trough, [3.0, 2.0], eta, 500)
    np.testing.assert_allclose(path[:, 1], 2 + eta * np.arange(501))
    assert abs(path[-1, 0]) < abs(path[0, 0])
    assert np.all(np.diff(trough(path.T)) < 0)


@pytest.mark.theorem("cex-lucky-start")
@pytest.mark.parametrize(("angle", "status"), [(0.5, "diverged"), (0.0, "max_iter")])
def test_rounding_finds_the_stiff_direction_unless_it_is_an_axis(angle, status):
    f = objectives.quadratic(10, angle)
    run = gradient_descent(f, f.grad, 4 * np.array([np.cos(angle), np.sin(angle)]), 0.21, gtol=0, max_iter=2000)
    assert np.linalg.norm(run.path, axis=1).min() < 1e-6
    assert run.status == status


# --- the price --------------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-best-step-any-bowl")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_two_ends_of_the_spectrum_set_the_pace(seed):
    rng = np.random.default_rng(seed)
    f, eigenvalues, V = random_bowl(rng)
    mu, L, minimiser = eigenvalues[0], eigenvalues[-1], f.minima[0]
    kappa, best = L / mu, 2 / (mu + L)

    def rho(eta):
        return max(abs(1 - eta * mu), abs(1 - eta * L))

    for eta in (*rng.uniform(0, 2.2 / L, 5), 1 / L, best):
        error = np.linalg.norm(run_for(f, minimiser + rng.normal(size=len(minimiser)), eta, 20) - minimiser, axis=1)
        bound = rho(eta) ** np.arange(21)
        assert np.all(error <= bound * error[0] * (1 + 1e-6) + 1e-12)
        end = V[:, 0] if abs(1 - eta * mu) >= abs(1 - eta * L) else V[:, -1]
        error = np.linalg.norm(run_for(f, minimiser + end, eta, 20) - minimiser, axis=1)
        np.testing.assert_allclose(error, bound, rtol=1e-6)
        assert rho(eta) >= (kappa - 1) / (kappa + 1) - 1e-15
    assert rho(best) == pytest.approx((kappa - 1) / (kappa + 1))
    assert rho(1 / L) == pytest.approx(1 - 1 / kappa)


@pytest.mark.theorem("thm-best-step-any-bowl")
def test_the_number_of_steps_lies_where_the_theorem_says():
    rng = np.random.default_rng(7)
    for kappa, eps in zip(1 + 10 ** rng.uniform(-3, 5, 500), 10 ** rng.uniform(-12, -0.01, 500)):
        steps, unit = np.log(1 / eps) / np.log((kappa + 1) / (kappa - 1)), np.log(1 / eps) / 2
        assert (kappa - 1) * unit < steps < kappa * unit


@pytest.mark.theorem("thm-best-step-any-bowl")
@pytest.mark.parametrize(("kappa", "eps"), [(1.5, 1e-3), (10.0, 1e-6), (80.0, 1e-2)])
def test_that_many_steps_and_no_fewer_from_the_worst_start(kappa, eps):
    f = objectives.quadratic(kappa)
    needed = int(np.ceil(np.log(1 / eps) / np.log((kappa + 1) / (kappa - 1))))
    error = np.linalg.norm(run_for(f, [1.0, 0.0], 2 / (1 + kappa), needed), axis=1)
    assert error[needed] <= eps < error[needed - 1]


@pytest.mark.theorem("thm-best-step-any-bowl")
def test_the_hilbert_matrix_is_as_bad_as_they_say():
    H = np.array([[1 / (i + j + 1) for j in range(3)] for i in range(3)])
    assert condition_number(H) == pytest.approx(524.0567775860608, rel=1e-10)
    f = objectives.quadratic_form(H)
    error = np.linalg.norm(run_for(f, np.linalg.eigh(H)[1][:, 0], 2 / (f.mu + f.L), 3700), axis=1)
    assert np.argmax(error <= 1e-6) == 3621


@pytest.mark.theorem("thm-best-step-any-bowl")
def test_known_spectrum_and_known_counts():
    f = objectives.quadratic_form([[2, 1], [1, 3]])
    kappa = f.L / f.mu
    numbers = [f.mu, f.L, kappa, 2 / f.L, 2 / (f.mu + f.L), (kappa - 1) / (kappa + 1)]
    exact = [1.381966011250105, 3.618033988749895, 2.618033988749895, 0.552786404500042, 0.4, 0.4472135954999579]
    np.testing.assert_allclose(numbers, exact, rtol=1e-13)
    bowl = objectives.quadratic(kappa=10)
    for eta, steps, norm in (
        (2 / 11, 81, 8.769936598045764e-07),
        (0.1, 132, 9.120344560464466e-07),
        (0.01, 1375, 9.963056005479351e-07),
    ):
        run = gradient_descent(bowl, bowl.grad, [1, 1], eta, max_iter=2000)
        assert run.n_iter == steps
        assert run.grad_norms[-1] == pytest.approx(norm, rel=1e-8)
    end = run_for(objectives.quadratic(kappa=100), [1, 1], 2 / 101, 50)[-1]
    np.testing.assert_allclose(end, 0.36786717799199153, rtol=1e-11)


# --- changing the variables -------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-change-of-variables")
@pytest.mark.parametrize("seed", SEEDS)
def test_new_variables_are_a_preconditioner(seed):
    """On a function that is no quadratic, against its own gradient in the new variables by the chain rule."""
    rng = np.random.default_rng(seed)
    S, c = rng.normal(size=(3, 3)), rng.normal(size=(4, 3))
    f, grad = (lambda w: np.log(np.cosh(c @ w)).sum()), (lambda w: c.T @ np.tanh(c @ w))
    h, h_grad = (lambda v: np.log(np.cosh(c @ S @ v)).sum()), (lambda v: (c @ S).T @ np.tanh(c @ S @ v))
    v0, eta = rng.normal(size=3), 0.02
    inner = gradient_descent(h, h_grad, v0, eta, gtol=0, max_iter=20).path
    outer = gradient_descent(f, lambda w: S @ S.T @ grad(w), S @ v0, eta, gtol=0, max_iter=20).path
    np.testing.assert_allclose(inner @ S.T, outer, rtol=1e-9, atol=1e-11)
    wrong = gradient_descent(f, lambda w: S.T @ S @ grad(w), S @ v0, eta, gtol=0, max_iter=20).path
    assert np.abs(wrong - outer).max() > 1e-3


@pytest.mark.theorem("thm-change-of-variables")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_rotation_changes_nothing_and_a_stretch_does(seed):
    rng = np.random.default_rng(seed)
    f, eigenvalues, _ = random_bowl(rng)
    H, b = f.hess(f.minima[0]), -f.grad(np.zeros(len(f.minima[0])))
    Q = rotation(rng, len(b))
    turned = Q.T @ H @ Q
    g = objectives.quadratic_form((turned + turned.T) / 2, b=Q.T @ b)
    assert condition_number(g.hess(b)) == pytest.approx(eigenvalues[-1] / eigenvalues[0])
    w0, eta = rng.normal(size=len(b)), 1.5 / eigenvalues[-1]
    np.testing.assert_allclose(run_for(g, Q.T @ w0, eta, 30) @ Q.T, run_for(f, w0, eta, 30), rtol=1e-6, atol=1e-8)
    S = np.diag(1 / np.sqrt(eigenvalues))  # stretched along its own axes, any bowl becomes round
    V = np.linalg.eigh(H)[1]
    round_bowl = (V @ S).T @ H @ (V @ S)
    np.testing.assert_allclose(round_bowl, np.eye(len(b)), atol=1e-9)


def test_newtons_step_is_one_step():
    rng = np.random.default_rng(4)
    f, _, _ = random_bowl(rng)
    w0 = rng.normal(size=len(f.minima[0]))
    step = np.linalg.solve(f.hess(w0), f.grad(w0))
    np.testing.assert_allclose(w0 - step, f.minima[0], rtol=1e-8, atol=1e-10)


# --- scaling and what it cannot mend ----------------------------------------------------------------------------


@pytest.mark.theorem("thm-diagonal-scaling")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_scaling_is_much_better_than_ones_on_the_diagonal(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(2, 7)
    A = rng.normal(size=(d + 2, d))
    C = unit_diagonal(A.T @ A)
    lowest = 1 / np.linalg.eigvalsh(C)[0]
    assert condition_number(C) <= d * lowest * (1 + 1e-12)
    for D in np.exp(rng.normal(size=(300, d))):
        assert condition_number(C * np.outer(D, D)) >= lowest * (1 - 1e-9)
        if d == 2:
            assert condition_number(C * np.outer(D, D)) >= condition_number(C) * (1 - 1e-9)


@pytest.mark.theorem("thm-diagonal-scaling")
@pytest.mark.parametrize("rho", [-0.99, -0.3, 0.0, 0.5, 0.9])
def test_two_features_with_a_correlation(rho):
    C = np.array([[1, rho], [rho, 1]])
    assert condition_number(C) == pytest.approx((1 + abs(rho)) / (1 - abs(rho)))
    assert 2 / np.linalg.eigvalsh(C).sum() == pytest.approx(1)  # the best constant rate, whatever rho
    for s in np.exp(np.linspace(-2, 2, 41)):
        assert condition_number(C * np.outer([1, s], [1, s])) >= condition_number(C) * (1 - 1e-12)


@pytest.mark.theorem("thm-diagonal-scaling")
def test_a_change_that_is_not_diagonal_beats_the_bound():
    C = np.array([[1, 0.9], [0.9, 1]])
    S = np.linalg.cholesky(np.linalg.inv(C))
    np.testing.assert_allclose(S.T @ C @ S, np.eye(2), atol=1e-12)  # so its kappa is 1, and the bound is 10


@pytest.mark.theorem("cex-scaling-hurts")
def test_ones_on_the_diagonal_can_be_worse():
    H = np.array([[2, 2, 2], [2, 5, 4], [2, 4, 5]])
    np.testing.assert_array_equal(H, np.eye(3) + np.outer([1, 2, 2], [1, 2, 2]))
    np.testing.assert_allclose(np.linalg.eigvalsh(H), [1, 1, 10], rtol=1e-12)
    assert condition_number(unit_diagonal(H)) == pytest.approx(7 + 2 * np.sqrt(6), rel=1e-12)


@pytest.mark.theorem("cex-turned-valley")
@pytest.mark.parametrize("kappa", [2.0, 26.0, 1000.0])
def test_a_valley_across_the_axes_is_out_of_reach(kappa):
    straight, turned = (objectives.quadratic(kappa, angle).hess(np.zeros(2)) for angle in (0, np.pi / 4))
    np.testing.assert_allclose(turned, np.array([[kappa + 1, 1 - kappa], [1 - kappa, kappa + 1]]) / 2, rtol=1e-12)
    assert condition_number(unit_diagonal(straight)) == pytest.approx(1)
    assert condition_number(unit_diagonal(turned)) == pytest.approx(kappa)
    for s in np.exp(np.linspace(-3, 3, 61)):
        assert condition_number(turned * np.outer([1, s], [1, s])) >= kappa * (1 - 1e-9)


# --- the data of the chapter ------------------------------------------------------------------------------------


def test_the_line_through_four_points():
    x, y = np.array([0.0, 1, 2, 3]), np.array([1.0, 3, 2, 5])
    raw = objectives.least_squares(models.with_intercept(x[:, None]), y)
    np.testing.assert_allclose([raw.mu, raw.L], [0.2974375810233364, 4.2025624189766635], rtol=1e-10)
    np.testing.assert_allclose(raw.minima[0], [1.1, 1.1], rtol=1e-10)
    end = run_for(raw, [0, 0], 0.2, 200)[-1]
    np.testing.assert_allclose(end, [1.0999977417412392, 1.100001057711825], rtol=1e-10)
    z = models.standardise(x[:, None])
    np.testing.assert_allclose(
        objectives.least_squares(models.with_intercept(z), y).hess(np.zeros(2)), np.eye(2), atol=1e-14
    )


def test_years_make_a_valley():
    """With trace T and determinant D, kappa + 2 + 1/kappa = T^2/D: here T = 4092532 and D = 2."""
    years = models.with_intercept(np.arange(2021.0, 2026)[:, None])
    assert condition_number(years.T @ years / 5) == pytest.approx(4092532**2 / 2 - 2, rel=5e-2)
    assert len(str(4092532**2 // 2 - 2)) == 13
    centred = models.with_intercept(np.arange(-2.0, 3)[:, None])
    assert condition_number(centred.T @ centred / 5) == pytest.approx(2)


def test_the_diabetes_data_before_and_after():
    """The raw matrix has only 16 digits for a kappa of 5e7: singular values of X keep more of them than its Hessian."""
    from sklearn import datasets

    X, _ = datasets.load_diabetes(return_X_y=True, scaled=False)
    for features, kappa, digits in ((X, 5.2365e7, 1e-4), (models.standardise(X), 470.078, 1e-6)):
        values = np.linalg.svd(models.with_intercept(features), compute_uv=False)
        assert (values[0] / values[-1]) ** 2 == pytest.approx(kappa, rel=digits)
    correlations = np.corrcoef(X.T)
    assert 1 / np.linalg.eigvalsh(correlations)[0] == pytest.approx(116.812, rel=1e-5)
    # total cholesterol (s1) is nearly a combination of LDL, HDL and the triglycerides
    others = models.with_intercept(X[:, [5, 6, 8]])
    rest = X[:, 4] - others @ np.linalg.lstsq(others, X[:, 4], rcond=None)[0]
    assert 1 - rest.var() / X[:, 4].var() > 0.95


def test_the_default_diabetes_data_are_scaled_and_badly_conditioned_with_an_intercept():
    """Columns of mean 0 and length 1 have curvatures 442 times smaller than standardised ones; that of the intercept stays 1."""
    X, _ = models.load("diabetes")
    np.testing.assert_allclose([X.mean(axis=0), (X**2).sum(axis=0)], [np.zeros(10), np.ones(10)], atol=1e-9)
    smallest = np.linalg.eigvalsh(np.corrcoef(X.T))[0]
    for design, kappa in ((X, 470.078), (models.with_intercept(X), 51631.11)):
        assert condition_number(design.T @ design / 442) == pytest.approx(kappa, rel=1e-6)
        assert condition_number(design.T @ design) == pytest.approx(kappa, rel=1e-6)  # the sum instead of the mean: the same
    assert 442 / smallest == pytest.approx(51631.11, rel=1e-6)


def test_a_penalty_lifts_the_floor():
    rng = np.random.default_rng(8)
    f, eigenvalues, V = random_bowl(rng)
    H, b, alpha = f.hess(f.minima[0]), -f.grad(np.zeros(len(f.minima[0]))), 0.7 * eigenvalues[0]
    lifted = objectives.quadratic_form(H + alpha * np.eye(len(b)), b=b)
    assert condition_number(lifted.hess(b)) == pytest.approx((eigenvalues[-1] + alpha) / (eigenvalues[0] + alpha))
    np.testing.assert_allclose(lifted.minima[0] @ V, eigenvalues / (eigenvalues + alpha) * (f.minima[0] @ V), rtol=1e-8)


def _shares(f, H, w0, steps):
    """f - f* after each step of exact line search, as a share of that before it, while it is well above rounding."""
    run = minimize(f, f.grad, w0, exact(H), gtol=0, max_iter=steps)
    gaps = run.values - f(f.minima[0])
    gaps = gaps[gaps > 1e-9 * gaps[0]]
    return gaps[1:] / gaps[:-1]


@pytest.mark.theorem("thm-exact-line-search")
@pytest.mark.parametrize("seed", SEEDS)
def test_exact_line_search_shrinks_the_gap_by_the_squared_factor(seed):
    rng = np.random.default_rng(seed)
    f, eigenvalues, V = random_bowl(rng)
    H, kappa = V @ np.diag(eigenvalues) @ V.T, eigenvalues[-1] / eigenvalues[0]
    bound = ((kappa - 1) / (kappa + 1)) ** 2
    for _ in range(20):
        assert (_shares(f, H, rng.normal(size=len(H)), 30) <= bound * (1 + 1e-6)).all()


@pytest.mark.theorem("thm-exact-line-search")
@pytest.mark.parametrize("seed", SEEDS)
def test_and_from_one_start_by_no_more_than_that(seed):
    rng = np.random.default_rng(seed)
    f, eigenvalues, V = random_bowl(rng)
    H, (mu, L) = V @ np.diag(eigenvalues) @ V.T, eigenvalues[[0, -1]]
    kappa = L / mu
    start = f.minima[0] + V @ np.array([kappa, *np.zeros(len(H) - 2), 1])
    run = minimize(f, f.grad, start, exact(H), gtol=0, max_iter=8)
    np.testing.assert_allclose(run.etas, 2 / (mu + L), rtol=1e-6)
    errors, factor = (run.path - f.minima[0]) @ V, (kappa - 1) / (kappa + 1)
    for k, error in enumerate(errors):
        wanted = factor**k * np.array([kappa, *np.zeros(len(H) - 2), (-1) ** k])
        np.testing.assert_allclose(error, wanted, atol=1e-6 * kappa * factor**k)
    # gradients that follow each other are at right angles
    steps = np.diff(run.path, axis=0)
    assert (abs((steps[1:] * steps[:-1]).sum(axis=1)) <= 1e-6 * (steps[1:] ** 2).sum(axis=1) * kappa).all()


@pytest.mark.theorem("thm-exact-line-search")
def test_the_textbook_iterates_of_exact_line_search():
    # Boyd and Vandenberghe, section 9.3.2: from (kappa, 1), x_k = kappa q^k and y_k = (-q)^k with q = (kappa-1)/(kappa+1)
    for kappa in (1.5, 10.0, 800.0):
        f, q = objectives.quadratic(kappa), (kappa - 1) / (kappa + 1)
        run = minimize(f, f.grad, [kappa, 1], exact(f.hess([0, 0])), gtol=0, max_iter=20)
        k = np.arange(21)
        np.testing.assert_allclose(run.path, np.column_stack([kappa * q**k, (-q) ** k]), rtol=1e-9)
    # after 1000 steps at kappa = 800 the gap is (799/801)^2000 = 0.0067 of what it was; 0.082 is the unsquared factor
    run = minimize(f, f.grad, [800, 1], exact(f.hess([0, 0])), gtol=0, max_iter=1000)
    assert run.values[-1] / run.values[0] == pytest.approx(0.006738, rel=1e-3)


@pytest.mark.theorem("thm-exact-line-search")
def test_without_a_smallest_curvature_there_is_no_such_line_search():
    with pytest.raises(ValueError, match="positive eigenvalues"):
        exact(np.diag([0.0, 1.0]))


@pytest.mark.theorem("thm-exact-line-search")
def test_in_the_plane_every_step_of_a_run_has_the_same_factor_and_in_space_it_has_not():
    """1 - |g|^4 / ((g'Hg)(g'H^-1 g)) is the same for g and for the direction at a right angle to it, if there are only two."""
    rng = np.random.default_rng(11)
    for _ in range(20):
        H, _ = with_spectrum(rng, np.array([1.0, 100.0]))
        shares = _shares(objectives.quadratic_form(H), H, rng.normal(size=2), 6)
        np.testing.assert_allclose(shares, shares[0], rtol=1e-5)
    H = np.diag([1.0, 50.5, 100.0])
    shares = _shares(objectives.quadratic_form(H), H, np.array([1.0, 0.7, -0.4]), 200)
    assert shares[-1] > 2 * shares[0]


@pytest.mark.theorem("thm-exact-line-search")
@pytest.mark.parametrize(("d", "least", "most"), [(2, 50, 200), (3, 1.2, 2.5), (10, 1.1, 2)])
def test_from_random_starting_points_exact_line_search_gains_much_in_the_plane_and_little_beyond(d, least, most):
    f, rng = objectives.quadratic_form(np.diag(np.linspace(1, 100, d))), np.random.default_rng(12)
    starts, search = rng.normal(size=(15, d)), exact(np.diag(np.linspace(1, 100, d)))
    exactly = np.median([minimize(f, f.grad, w, search, max_iter=2000).n_iter for w in starts])
    constant = np.median([gradient_descent(f, f.grad, w, 2 / 101, max_iter=2000).n_iter for w in starts])
    assert 800 < constant < 1000 and least < constant / exactly < most


@pytest.mark.theorem("thm-exact-line-search")
def test_from_kappa_1_it_is_the_run_with_the_best_constant_learning_rate():
    bowl = objectives.quadratic(kappa=10)
    searched = minimize(bowl, bowl.grad, [10, 1], exact(bowl.hess([0, 0])), gtol=0, max_iter=30).path
    np.testing.assert_allclose(searched, run_for(bowl, [10, 1], 2 / 11, 30), rtol=1e-9, atol=1e-12)
