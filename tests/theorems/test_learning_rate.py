"""Chapter 5, The learning rate: each of its theorems on many random instances that satisfy the hypotheses,
tight where it is tight, and failing where a hypothesis is dropped.

The numbers with ten or more digits are closed forms, or were computed apart from this library with 30 digits.
"""

from pathlib import Path

import nbformat
import numpy as np
import pytest

from gdlib import gradient_descent, models, objectives

SEEDS = range(20)


def run_for(f, grad, w0, eta, steps):
    """The path of so many steps, with no other reason to stop."""
    return gradient_descent(f, grad, w0, eta, gtol=0, max_iter=steps).path


def bowl(mu, L):
    curvatures = np.array([mu, L])
    return lambda w: curvatures @ w**2 / 2, lambda w: curvatures * w


def waves(rng, d=3, n=4):
    """A random sum of plane waves, not convex, with its gradient and an L for which it is L-smooth."""
    a, b, c = rng.normal(size=n), rng.normal(size=(n, d)), rng.uniform(0, 2 * np.pi, n)
    L = np.abs(a) @ (b**2).sum(axis=1)  # each term has curvature at most |a| |b|^2
    return lambda w: a @ np.cos(b @ w + c), lambda w: -(a * np.sin(b @ w + c)) @ b, L


# --- the parabola ---------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-quadratic-regimes")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("lowest", "highest", "sides", "size"),
    [
        (0.01, 0.99, "keeps", "shrinks"),
        (1.01, 1.99, "changes", "shrinks"),
        (2.01, 3.50, "changes", "grows"),
    ],
)
def test_the_product_of_rate_and_curvature_decides(seed, lowest, highest, sides, size):
    rng = np.random.default_rng(seed)
    curvature, minimiser, product = 10 ** rng.uniform(-2, 2), rng.uniform(-5, 5), rng.uniform(lowest, highest)
    f = objectives.parabola(curvature, minimiser)
    path = run_for(f, f.grad, minimiser + rng.choice([-1, 1]) * rng.uniform(1, 3), product / curvature, 12)
    gaps = path[:, 0] - minimiser
    powers = (1 - product) ** np.arange(13)
    np.testing.assert_allclose(gaps, powers * gaps[0], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(f(path.T), powers**2 * f(path[0]), rtol=1e-9, atol=1e-13 * curvature)
    far = np.abs(gaps) > 1e-12  # nearer than that, rounding has the last word
    assert np.all(gaps[far] * gaps[0] > 0) if sides == "keeps" else np.all((gaps[1:] * gaps[:-1] < 0)[far[1:]])
    growth = np.diff(np.abs(gaps))[far[1:]]
    assert np.all(growth < 0) if size == "shrinks" else np.all(growth > 0)


@pytest.mark.theorem("thm-quadratic-regimes")
def test_the_two_borders_are_exact():
    for curvature in (0.25, 1.0, 4.0, 1024.0):  # powers of two, so that nothing is rounded
        f = objectives.parabola(curvature)
        assert run_for(f, f.grad, 3.0, 1 / curvature, 1)[1, 0] == 0
        two_cycle = run_for(f, f.grad, 3.0, 2 / curvature, 1000)[:, 0]
        np.testing.assert_array_equal(two_cycle, 3.0 * (-1.0) ** np.arange(1001))
        for side, verdict in ((0.999, "gtol"), (1.001, "diverged")):
            assert gradient_descent(f, f.grad, 3.0, side * 2 / curvature, max_iter=50_000).status == verdict


@pytest.mark.theorem("thm-quadratic-regimes")
@pytest.mark.parametrize(
    ("curvature", "eta", "w0", "steps", "expected"),
    [
        (1, 0.1, 1, 10, 0.3486784401),
        (4, 0.25, 3, 1, 0.0),
        (1, 1.5, 1, 9, -0.001953125),
        (1, 2.0, 1, 7, -1.0),
        (1, 2.1, 1, 50, 117.39085287969532),
    ],
)
def test_known_ends_on_a_parabola(curvature, eta, w0, steps, expected):
    f = objectives.parabola(curvature)
    assert run_for(f, f.grad, w0, eta, steps)[-1, 0] == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.theorem("cex-negative-curvature")
@pytest.mark.parametrize("eta", [1e-3, 0.1, 1.0, 10.0])
def test_no_rate_helps_where_the_curvature_is_negative(eta):
    f, grad = (lambda w: -(w**2) / 2), (lambda w: -w)
    path = run_for(f, grad, 1.0, eta, 15)[:, 0]
    np.testing.assert_allclose(path, (1 + eta) ** np.arange(16), rtol=1e-12)
    assert np.all(np.diff(path) > 0)
    if eta == 0.1:
        assert run_for(f, grad, 1.0, eta, 100)[-1, 0] == pytest.approx(13780.61233982227, rel=1e-12)


# --- two curvatures -------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-best-constant-step")
@pytest.mark.parametrize("seed", SEEDS)
def test_two_over_mu_plus_L_is_best_and_overshoots(seed):
    rng = np.random.default_rng(seed)
    mu = 10 ** rng.uniform(-2, 2)
    kappa = rng.uniform(1.1, 100)
    L = kappa * mu
    f, grad = bowl(mu, L)
    best = 2 / (mu + L)
    for eta in (*rng.uniform(0, 2.2 / L, 10), best):
        factor = max(abs(1 - eta * mu), abs(1 - eta * L))
        bound = factor ** np.arange(21)
        path = run_for(f, grad, rng.normal(size=2), eta, 20)
        norms = np.linalg.norm(path, axis=1)
        assert np.all(norms <= bound * norms[0] * (1 + 1e-9))  # holds from any start
        axis = [1.0, 0.0] if abs(1 - eta * mu) >= abs(1 - eta * L) else [0.0, 1.0]
        np.testing.assert_allclose(np.linalg.norm(run_for(f, grad, axis, eta, 20), axis=1), bound, rtol=1e-9)
        assert factor > (kappa - 1) / (kappa + 1) or eta == best
        assert (factor < 1) == (eta < 2 / L)
    assert factor == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-9)
    y = path[:, 1]
    np.testing.assert_allclose(y[1:], -(kappa - 1) / (kappa + 1) * y[:-1], rtol=1e-6)


@pytest.mark.theorem("thm-best-constant-step")
def test_known_numbers_for_the_bowl():
    f = objectives.quadratic(kappa=10)
    x, y = run_for(f, f.grad, [1, 1], 2 / 11, 21)[-1]
    assert (x, y) == pytest.approx((0.014785850472038495, -0.014785850472038495), rel=1e-11)
    steps = [gradient_descent(f, f.grad, [1, 1], eta, max_iter=2000).n_iter for eta in (0.01, 0.1, 2 / 11)]
    assert steps == [1375, 132, 81]


@pytest.mark.theorem("thm-best-constant-step")
def test_steps_that_are_not_constant_can_be_better():
    f = objectives.quadratic(kappa=10)
    for plan, middle in (([0.1, 1.0], 0.405), ([1.0, 0.1], 405.0)):
        run = gradient_descent(f, f.grad, [1, 1], eta=lambda k: plan[k], gtol=0, max_iter=2)
        assert run.values == pytest.approx([5.5, middle, 0.0], abs=1e-28)


# --- the descent lemma ----------------------------------------------------------------------------------------


@pytest.mark.theorem("lem-descent-lemma")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_graph_strays_no_farther_than_the_lemma_allows(seed):
    rng = np.random.default_rng(seed)
    f, grad, L = waves(rng)
    for _ in range(200):
        w, v = rng.uniform(-5, 5, (2, 3))
        v = w + rng.choice([0.01, 1.0]) * (v - w)
        stray = abs(f(v) - f(w) - grad(w) @ (v - w))
        assert stray <= L / 2 * (v - w) @ (v - w) + 1e-13


@pytest.mark.theorem("lem-descent-lemma")
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_lemma_is_an_equality_on_quadratics_both_ways(seed, sign):
    rng = np.random.default_rng(seed)
    vectors, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    H = sign * vectors @ np.diag([1.0, 0.5, -0.3]) @ vectors.T  # L = 1, reached along the first vector
    w = rng.normal(size=3)
    v = w + rng.uniform(-2, 2) * vectors[:, 0]
    stray = v @ H @ v / 2 - w @ H @ w / 2 - (H @ w) @ (v - w)
    assert stray == pytest.approx(sign * (v - w) @ (v - w) / 2, rel=1e-9)


@pytest.mark.parametrize(
    ("curvature", "lowest", "highest"),
    [
        (lambda w: 2 * (1 - w**2) / (1 + w**2) ** 2, -0.25, 2),  # ln(1 + w^2)
        (lambda w: 1 / (2 + 2 * np.cosh(w)), 0, 0.25),  # ln(1 + e^w) and ln(1 + e^-w)
        (lambda w: 2 - 3 * np.cos(w), -1, 5),  # w^2 + 3 cos w
    ],
)
def test_the_curvatures_that_the_chapter_names(curvature, lowest, highest):
    values = curvature(np.linspace(-20, 20, 400_001))
    assert values.min() == pytest.approx(lowest, abs=1e-8)
    assert values.max() == pytest.approx(highest, abs=1e-8)


@pytest.mark.theorem("lem-descent-lemma")
def test_the_lemma_fails_with_too_small_an_L():
    f, slope, w, v = np.cos, lambda w: -np.sin(w), 0.0, 0.5  # cos is 1-smooth, and no less
    stray = abs(f(v) - f(w) - slope(w) * (v - w))
    assert 0.9 * (v - w) ** 2 / 2 < stray <= (v - w) ** 2 / 2


@pytest.mark.theorem("lem-descent-lemma")
@pytest.mark.parametrize("L", [1.0, 1e3, 1e6])
def test_a_corner_breaks_the_lemma_for_every_L(L):
    w, v = 0.1 / L, -0.1 / L  # |w| at two points on either side of its corner
    assert abs(v) - abs(w) - np.sign(w) * (v - w) > L / 2 * (v - w) ** 2


@pytest.mark.theorem("cor-certain-decrease")
@pytest.mark.parametrize("seed", SEEDS)
def test_every_step_below_two_over_L_goes_down_as_promised(seed):
    rng = np.random.default_rng(seed)
    f, grad, L = waves(rng)
    for _ in range(200):
        w, eta = rng.uniform(-5, 5, 3), rng.uniform(0, 2 / L)
        g = grad(w)
        after = f(w - eta * g)
        assert after <= f(w) - eta * (1 - L * eta / 2) * g @ g + 1e-13
        assert after < f(w)
        assert f(w - g / L) <= f(w) - g @ g / (2 * L) + 1e-13


@pytest.mark.theorem("cor-certain-decrease")
@pytest.mark.parametrize("L", [0.5, 3.0, 80.0])
def test_the_promise_is_best_at_one_over_L(L):
    etas = np.linspace(0, 2 / L, 2001)
    promises = etas * (1 - L * etas / 2)
    assert etas[np.argmax(promises)] == pytest.approx(1 / L)
    assert promises.max() == pytest.approx(1 / (2 * L))


@pytest.mark.theorem("cor-certain-decrease")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_segment_is_enough(seed):
    """w^4 has no L, but on the way from w0 towards 0 its curvature is at most 12 w0^2."""
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.1, 50)
    L = 12 * w**2
    eta = rng.uniform(0, 2 / L)
    after = w - eta * 4 * w**3
    assert -w < after < w  # the segment stays where that L is good
    assert after**4 <= w**4 - eta * (1 - L * eta / 2) * (4 * w**3) ** 2 * (1 - 1e-12)


@pytest.mark.theorem("thm-two-over-l")
@pytest.mark.parametrize("L", [0.5, 3.0, 80.0])
def test_beyond_two_over_L_the_parabola_never_goes_down(L):
    rng = np.random.default_rng(1)
    f = objectives.parabola(L)
    for w in rng.normal(size=50):
        for product in rng.uniform(2, 6, 5):
            assert f(w - product / L * f.grad(w)) >= f(w)
        for product in rng.uniform(0, 2, 5):
            assert f(w - product / L * f.grad(w)) < f(w)


@pytest.mark.theorem("thm-two-over-l")
def test_the_promise_is_kept_exactly_by_the_parabola():
    f = objectives.parabola(3.0)
    g = f.grad(2.0)
    assert f(2.0) == 6.0  # halves: nothing is rounded
    assert f(2.0 - 0.5 * g) == 6.0 - 0.5 * (1 - 3 * 0.5 / 2) * g**2 == 1.5
    rng = np.random.default_rng(2)
    for L, eta, w in 10 ** rng.uniform(-1, 1, (100, 3)):
        f = objectives.parabola(L)
        g = f.grad(w)
        promised = f(w) - eta * (1 - L * eta / 2) * g**2
        assert f(w - eta * g) == pytest.approx(promised, rel=1e-9, abs=1e-12 * f(w))


# --- least squares on data ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mean_squared_length_of_the_rows_is_an_L(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 4)) * 10 ** rng.uniform(-1, 1, 4)
    f, L = models.linear(X, rng.normal(size=30)), np.mean((X**2).sum(axis=1))
    for v, w in rng.normal(size=(50, 2, 4)):
        assert np.linalg.norm(f.grad(v) - f.grad(w)) <= L * np.linalg.norm(v - w) * (1 + 1e-12)
    one = models.linear(X[:1], [1.0])  # a single row: there it is the smallest L
    assert np.linalg.norm(one.grad(X[0]) - one.grad(0 * X[0])) == pytest.approx((X[0] @ X[0]) ** 1.5)


def test_known_numbers_of_the_diabetes_data():
    X, y = models.load("diabetes")
    X, y = models.standardise(X), (y - y.mean()) / y.std()
    f, largest = models.linear(X, y), np.linalg.eigvalsh(X.T @ X / len(y))[-1]
    assert np.mean((X**2).sum(axis=1)) == pytest.approx(10)
    assert largest == pytest.approx(4.02421, abs=1e-5)
    runs = {eta: gradient_descent(f, f.grad, np.zeros(10), eta, gtol=0, max_iter=40).values for eta in (0.01, 0.1, 0.4, 0.6)}
    for eta, values in runs.items():
        assert np.all(np.diff(values) < 0) if eta < 2 / largest else np.all(np.diff(values) > 0)
    growth = np.sqrt(runs[0.6][-1] / runs[0.6][-2])
    assert (1 + growth) / 0.6 == pytest.approx(largest, rel=1e-6)
    assert [round(runs[eta][-1], 3) for eta in (0.01, 0.1, 0.4)] == [0.293, 0.243, 0.243]


# --- hypotheses dropped ---------------------------------------------------------------------------------------


@pytest.mark.theorem("cex-finite-step")
def test_a_step_against_the_gradient_can_go_up():
    f = objectives.parabola()
    run = gradient_descent(f, f.grad, 1.0, 2.5, gtol=0, max_iter=1)
    assert run.w[0] == -1.5
    assert run.values.tolist() == [0.5, 1.125]


@pytest.mark.theorem("cex-absolute-value")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_corner_is_circled_for_ever(seed):
    rng = np.random.default_rng(seed)
    eta = 10 ** rng.uniform(-2, 0)
    w0 = eta * (rng.integers(-20, 20) + rng.uniform(0.1, 0.9))  # no whole multiple of eta
    path = run_for(np.abs, np.sign, w0, eta, 60)[:, 0]
    a, b = path[-2:]
    assert a * b < 0
    assert abs(a - b) == pytest.approx(eta)
    np.testing.assert_allclose(path[-20:], np.tile([a, b], 10), atol=1e-12)


@pytest.mark.theorem("cex-absolute-value")
def test_known_cycle_and_the_lucky_multiple():
    path = run_for(np.abs, np.sign, 1.0, 0.3, 100)[:, 0]
    assert path[[99, 100]] == pytest.approx([0.1, -0.2], abs=1e-12)
    assert run_for(np.abs, np.sign, 1.0, 0.25, 4)[-1, 0] == 0  # 1 is four steps of 0.25: the excepted case


@pytest.mark.theorem("cex-absolute-value")
@pytest.mark.parametrize("seed", SEEDS)
def test_shrinking_steps_reach_the_corner(seed):
    w0 = np.random.default_rng(seed).uniform(-4, 4)
    path = run_for(np.abs, np.sign, w0, lambda k: 1 / (k + 1), 2000)[:, 0]
    crossed = np.argmax(path * np.sign(w0) < 0)
    k = np.arange(max(crossed, 1), 2001)
    assert crossed > 0 and np.all(np.abs(path[k]) <= 1 / k + 1e-12)  # 1/k is the length of the last step


@pytest.mark.theorem("cex-quartic")
@pytest.mark.parametrize("eta", [1e-3, 0.02, 0.1, 1.0, 30.0])
def test_the_quartic_has_a_wall(eta):
    f, grad, wall = (lambda w: w**4), (lambda w: 4 * w**3), 1 / np.sqrt(2 * eta)
    inside = np.abs(run_for(f, grad, 0.999 * wall, eta, 20_000)[:, 0])
    assert np.all(np.diff(inside) < 0)
    assert inside[-1] < 0.01 * wall
    outside = gradient_descent(f, grad, 1.001 * wall, eta, gtol=0)
    assert outside.status == "diverged"
    assert np.all(np.diff(np.abs(outside.path[:, 0])) > 0)


@pytest.mark.theorem("cex-quartic")
def test_on_the_wall_and_known_numbers():
    f, grad = (lambda w: w**4), (lambda w: 4 * w**3)
    for wall, eta in ((1.0, 0.5), (2.0, 0.125)):  # exact in binary
        np.testing.assert_array_equal(run_for(f, grad, wall, eta, 100)[:, 0], wall * (-1.0) ** np.arange(101))
    assert run_for(f, grad, 2.2, 0.1, 200)[-1, 0] == pytest.approx(0.07571929312942788, rel=1e-9)
    path = run_for(f, grad, 2.3, 0.1, 6)[:, 0]
    assert path[5] == pytest.approx(-110912696593.1993, rel=1e-9)
    assert np.log10(abs(path[6])) / np.log10(abs(path[5])) == pytest.approx(3, abs=0.05)  # three times the digits


# --- what 2/L does not say ------------------------------------------------------------------------------------


def dented(rng, product):
    """A random quartic with a minimum of random curvature at 0, a learning rate, and a radius within which the
    factor 1 - eta f'' stays half way between its value at 0 and the border, 1."""
    curvature, a, b = 10 ** rng.uniform(-1, 1), rng.normal(), rng.normal()
    eta = product / curvature
    margin = abs(abs(1 - product) - 1) / 2
    allowed = margin / eta  # how much f'' may differ from its value at 0
    radius = min(allowed / (12 * abs(a)), np.sqrt(allowed / (24 * abs(b))))
    f = lambda w: curvature / 2 * w**2 + a * w**3 + b * w**4
    return f, lambda w: curvature * w + 3 * a * w**2 + 4 * b * w**3, eta, radius, margin


@pytest.mark.theorem("thm-local-threshold")
@pytest.mark.parametrize("seed", SEEDS)
def test_below_the_threshold_the_minimum_draws_runs_in(seed):
    rng = np.random.default_rng(seed)
    f, grad, eta, radius, margin = dented(rng, rng.uniform(0.05, 1.95))
    path = np.abs(run_for(f, grad, rng.uniform(-radius, radius), eta, 50)[:, 0])
    assert np.all(path[1:] <= (1 - margin) * path[:-1] * (1 + 1e-9) + 1e-300)


@pytest.mark.theorem("thm-local-threshold")
@pytest.mark.parametrize("seed", SEEDS)
def test_above_the_threshold_it_drives_them_out(seed):
    rng = np.random.default_rng(seed)
    f, grad, eta, radius, margin = dented(rng, rng.uniform(2.05, 4))
    start = radius * rng.choice([-1, 1]) * 10 ** rng.uniform(-6, -0.01)
    path = np.abs(run_for(f, grad, start, eta, 800)[:, 0])
    assert np.any(path > radius)
    within = path[: np.argmax(path > radius)]
    assert np.all(within[1:] >= (1 + margin) * within[:-1] * (1 - 1e-9))


def two_valleys():
    """A wide valley at 0, of curvature 4, and a sharp one at 4, of curvature 12."""
    return (lambda w: w**4 / 4 - 5 * w**3 / 3 + 2 * w**2), (lambda w: w * (w - 1) * (w - 4))


@pytest.mark.theorem("thm-local-threshold")
def test_too_sharp_to_settle_but_for_an_exact_hit():
    f, grad = two_valleys()
    assert run_for(f, grad, 2.0, 0.5, 100)[1:, 0].tolist() == [4.0] * 100  # whole numbers: nothing is rounded
    missed = np.abs(run_for(f, grad, 2.0 + 1e-9, 0.5, 20)[1:, 0] - 4)  # the first step errs by 3e-9
    assert missed[0] < 1e-8 and missed.max() > 1


@pytest.mark.theorem("thm-local-threshold")
def test_the_logistic_map_neither_converges_nor_diverges():
    r = 3.2  # curvature r - 1 = 2.2 at the minimum 0.6875: above 2/eta = 2
    f, grad = (lambda x: (1 - r) * x**2 / 2 + r * x**3 / 3), (lambda x: (1 - r) * x + r * x**2)
    path = run_for(f, grad, 0.3, 1.0, 1001)[:, 0]
    np.testing.assert_allclose(path[1:], r * path[:-1] * (1 - path[:-1]), rtol=1e-12)
    assert path[1000:] == pytest.approx([0.79945549046737, 0.51304450953263], rel=1e-10)
    assert grad(0.6875) == pytest.approx(0, abs=1e-15)
    for factor, period in ((3.5, 4), (3.55, 8)):  # factor = 1 + 2.2 eta: a bolder step on the same function
        tail = run_for(f, grad, 0.3, (factor - 1) / 2.2, 5000)[-64:, 0]
        np.testing.assert_allclose(tail[period:], tail[:-period], atol=1e-9)
        assert np.ptp(tail[:: period // 2]) > 1e-3
    wild = run_for(f, grad, 0.3, 1.3, 5000)[:, 0]
    assert wild.min() > 0 and wild.max() < 1.2  # bounded, and yet with no short period
    assert min(np.ptp(wild[-200 + period :] - wild[-200:-period]) for period in range(1, 65)) > 0.1


@pytest.mark.theorem("cex-two-over-l-no-prophecy")
def test_beyond_two_over_L_a_run_may_converge_elsewhere():
    f, grad = two_valleys()
    ends = {eta: gradient_descent(f, grad, 4.1, eta, gtol=1e-9) for eta in (0.1, 0.2, 0.3, 0.4)}
    assert [run.status for run in ends.values()] == ["gtol", "max_iter", "gtol", "diverged"]
    assert ends[0.1].w[0] == pytest.approx(4, abs=1e-8)
    assert ends[0.3].w[0] == pytest.approx(0, abs=1e-8)
    assert 0.3 > 2 * 2 / (3 * 4.1**2 - 10 * 4.1 + 4)  # twice what 2/L allows at the start alone
    assert ends[0.3].values.max() > ends[0.3].values[0]  # and f did go up on the way
    hops = ends[0.2].path[500:, 0]
    np.testing.assert_allclose(hops[2:], hops[:-2], atol=1e-9)
    assert hops.min() == pytest.approx(3.2993, abs=1e-4) and hops.max() == pytest.approx(4.3624, abs=1e-4)


# --- choosing the learning rate -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def halve_until_down():
    """The chapter's own function."""
    chapter = Path(__file__).parents[2] / "chapters" / "05-learning-rate.ipynb"
    (cell,) = (cell for cell in nbformat.read(chapter, as_version=4).cells if "def halve_until_down" in cell.source)
    exec(cell.source, names := {"np": np})
    return names["halve_until_down"]


@pytest.mark.parametrize("seed", SEEDS)
def test_halving_accepts_at_least_one_over_L(halve_until_down, seed):
    rng = np.random.default_rng(seed)
    f, grad, L = waves(rng)
    w = rng.uniform(-5, 5, 3)
    eta = halve_until_down(f, grad, w, 64 / L)
    assert eta >= 1 / L and f(w - eta * grad(w)) <= f(w)
    assert halve_until_down(f, grad, w, 0.5 / L) == 0.5 / L


@pytest.mark.parametrize(
    "f, grad", [(lambda w: np.nan * w, lambda w: 1.0), (lambda w: w, lambda w: np.inf), (lambda w: w, lambda w: np.nan)]
)
def test_halving_refuses_what_would_never_end(halve_until_down, f, grad):
    with pytest.raises(ValueError, match="finite at w = 2.0"):
        halve_until_down(f, grad, 2.0, 1.0)


def test_halving_goes_on_from_an_overflow(halve_until_down):
    with np.errstate(all="ignore"):
        assert np.isfinite(halve_until_down(lambda w: w**4 - w**3, lambda w: 4 * w**3 - 3 * w**2, np.float64(1e3), 1e100))
