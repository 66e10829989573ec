"""Chapter 8, Convexity: its theorems on many random instances, tight where they are tight, failing where a
hypothesis is dropped.

Whether a polynomial of degree four is convex is settled by the discriminant of its second derivative, apart from
every test of the chapter.
"""

import numpy as np
import pytest

from gdlib import derivatives, gradient_descent, objectives
from gdlib.convexity import jensen_gap, jensen_witness, spectrum

SEEDS = range(10)


def soft_maximum(rng, d):
    """ln sum exp(a_i w + b_i) for random a_i, b_i: convex, with its gradient and its Hessian."""
    a, b = rng.normal(size=(d + 3, d)), rng.normal(size=d + 3)

    def weights(w):
        e = np.exp(a @ w + b)
        return e / e.sum()

    def hess(w):
        p = weights(w)
        return a.T @ (np.diag(p) - np.outer(p, p)) @ a

    return lambda w: np.log(np.exp(a @ w + b).sum()), lambda w: a.T @ weights(w), hess


def hard_maximum(rng, d):
    """max (a_i w + b_i), with the a_i all round, so that it has a minimiser: convex, with edges."""
    a, b = rng.normal(size=(4 * d, d)), rng.normal(size=4 * d)
    a = np.concatenate([a, -a])  # on every line through 0 it rises at both ends
    b = np.concatenate([b, b])
    return lambda w: (a @ np.atleast_1d(w) + b).max()


def fourth_degree(rng):
    """A random a w^4 + b w^3 + c w^2 with a > 0, its slope, its curvature, and whether it is convex."""
    # the curvature 12 a w^2 + 6 b w + 2 c has at most one zero if 36 b^2 <= 96 a c
    border = 0.0
    while abs(border) < 0.3:  # close to the border a grid cannot tell, and should not
        a, b, c = rng.uniform(0.5, 2), rng.uniform(-3, 3), rng.uniform(-0.5, 2)
        border = 3 * b * b - 8 * a * c
    f = lambda w: ((a * w + b) * w + c) * w * w
    slope = lambda w: ((4 * a * w + 3 * b) * w + 2 * c) * w
    curvature = lambda w: 12 * a * w * w + 6 * b * w + 2 * c
    dip = -b / (4 * a)  # where the curvature is smallest
    return f, slope, curvature, dip, border <= 0


def gaps(f, rng, d, size=3.0, n=200):
    """The largest of many gaps between graph and chord: above 0, f is not convex."""
    ends, parts = rng.uniform(-size, size, (n, 2, d)), rng.uniform(0.02, 0.98, n)
    return max(jensen_gap(f, a, b, t) for (a, b), t in zip(ends, parts))


def random_psd(rng, d, least=0.0):
    A = rng.normal(size=(d, d))
    H = A @ A.T
    return H - (np.linalg.eigvalsh(H)[0] - least) * np.eye(d)


# --- one bottom -----------------------------------------------------------------------------------------------


def hollows(values):
    """The heights of the local minima of a list of heights."""
    inner = values[1:-1]
    return inner[(inner <= values[:-2]) & (inner <= values[2:])]


@pytest.mark.theorem("thm-local-is-global")
@pytest.mark.parametrize("seed", SEEDS)
def test_along_any_line_a_convex_function_has_hollows_of_one_height(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 5))
    f, way = hard_maximum(rng, d), rng.normal(size=d)
    values = np.array([f(t * way) for t in np.linspace(-4, 4, 801)])
    found = hollows(values)
    assert len(found) >= 1
    np.testing.assert_allclose(found, values.min(), rtol=0, atol=1e-12)


@pytest.mark.theorem("thm-local-is-global")
def test_on_ground_that_is_not_convex_the_hollows_differ():
    w = np.linspace(-2, 2, 801)
    found = hollows((w**2 - 1) ** 2 / 4 + w / 10)
    assert len(found) == 2 and found[1] - found[0] > 0.19


@pytest.mark.theorem("thm-local-is-global")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_floor_is_convex(seed):
    rng = np.random.default_rng(seed)
    f = hard_maximum(rng, 2)
    floor = f(np.zeros(2)) + 1.0
    cut = lambda w: max(f(w), floor)  # convex, with a whole region of minimisers
    inside = np.array([w for w in rng.uniform(-3, 3, (2000, 2)) if cut(w) == floor])
    assert len(inside) > 5
    a, b = inside[rng.integers(len(inside), size=(2, 100))]
    t = rng.uniform(size=(100, 1))
    assert all(cut(w) <= floor + 1e-12 for w in (1 - t) * a + t * b)


@pytest.mark.theorem("cex-one-bottom-not-convex")
def test_one_bottom_and_not_convex():
    f = lambda w: np.log1p(w**2)
    assert jensen_gap(f, 0, 3) == pytest.approx(np.log(3.25) - np.log(10) / 2, rel=1e-12) and jensen_gap(f, 0, 3) > 0
    w = np.linspace(-50, 50, 2001)
    assert np.all(np.sign(2 * w / (1 + w**2)) == np.sign(w)) and f(w).argmin() == 1000
    for w0 in (-20.0, -1.0, 3.0):
        assert abs(gradient_descent(f, lambda w: 2 * w / (1 + w**2), w0, 0.5).w[0]) < 1e-6


# --- chords ---------------------------------------------------------------------------------------------------


@pytest.mark.theorem("cex-hidden-dent")
def test_a_thousand_chords_miss_the_dent():
    f = lambda w: np.squeeze(w) ** 2 / 2 - 1e-3 * np.exp(-(((np.squeeze(w) - 1) / 1e-3) ** 2))
    middle = (1.002**2 - (1 + 1.004**2) / 2) / 2 - 1e-3 * (np.exp(-4) - (1 + np.exp(-16)) / 2)
    assert jensen_gap(f, 1, 1.004) == pytest.approx(middle, rel=1e-9) and middle > 4e-4
    assert jensen_witness(f, [(-2, 2)]) is None


@pytest.mark.theorem("cex-hidden-dent")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_dent_can_be_dug_between_any_list_of_places(seed):
    rng = np.random.default_rng(seed)
    places = np.sort(rng.uniform(-2, 2, 500))
    convex = lambda w: w**2 / 2
    low, high = places[249], places[250]
    middle, half = (low + high) / 2, (high - low) / 2

    def dented(w):
        inside = np.clip(1 - ((w - middle) / half) ** 2, 0, None)
        return convex(w) - 4 * half**2 * inside**2

    np.testing.assert_array_equal(dented(places), convex(places))
    assert jensen_gap(dented, middle + half / 2, high) > 0.3 * half**2


# --- tangents -------------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-tangent-test")
@pytest.mark.parametrize("seed", SEEDS)
def test_tangents_lie_below_and_slopes_do_not_fall(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 6))
    f, grad, _ = soft_maximum(rng, d)
    assert gaps(f, rng, d) <= 1e-12
    for v, w in rng.uniform(-3, 3, (300, 2, d)):
        assert f(v) >= f(w) + grad(w) @ (v - w) - 1e-12
        assert (grad(v) - grad(w)) @ (v - w) >= -1e-12


@pytest.mark.theorem("thm-tangent-test")
@pytest.mark.theorem("thm-curvature-test")
@pytest.mark.parametrize("seed", range(60))
def test_chords_tangents_slopes_and_curvature_agree_with_the_discriminant(seed):
    """Both ways: the four tests pass or fail together."""
    f, slope, curvature, dip, convex = fourth_degree(np.random.default_rng(seed))
    w = dip + np.linspace(-1, 1, 201)
    v = w[:, np.newaxis]
    slack = 1e-12 * (1 + np.abs(f(w)).max())
    assert np.all(f((v + w) / 2) <= (f(v) + f(w)) / 2 + slack) == convex
    assert np.all(f(v) >= f(w) + slope(w) * (v - w) - slack) == convex
    assert np.all((slope(v) - slope(w)) * (v - w) >= -slack) == convex
    assert np.all(curvature(w) >= -slack) == convex


def test_the_random_polynomials_are_of_both_kinds():
    kinds = [fourth_degree(np.random.default_rng(seed))[-1] for seed in range(60)]
    assert kinds.count(True) >= 10 and kinds.count(False) >= 10


@pytest.mark.theorem("thm-tangent-test")
def test_on_the_tilted_ground_the_tangents_between_the_valleys_cut():
    f, slope = lambda w: (w**2 - 1) ** 2 / 4 + w / 10, lambda w: w**3 - w + 0.1
    v = np.linspace(-2, 2, 4001)
    for w in np.linspace(-1.95, 1.95, 40):  # none of them at -1 or 1, where the tangent touches twice
        assert np.all(f(v) >= f(w) + slope(w) * (v - w) - 1e-12) == (abs(w) > 1)


@pytest.mark.theorem("cor-level-is-bottom")
@pytest.mark.parametrize("seed", SEEDS)
def test_level_ground_is_the_bottom(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 5))
    f, grad, _ = soft_maximum(rng, d)
    level = rng.uniform(-1, 1, d)
    flat = lambda w: f(w) - grad(level) @ w  # still convex, and level there
    assert all(flat(w) >= flat(level) - 1e-12 for w in rng.uniform(-5, 5, (500, d)))


@pytest.mark.theorem("cor-level-is-bottom")
@pytest.mark.parametrize(
    "f, level", [(objectives.saddle(), [0, 0]), (objectives.double_well(), [0]), (objectives.monkey_saddle(), [0, 0])]
)
def test_on_other_ground_it_need_not_be(f, level):
    level = np.array(level, dtype=float)
    assert np.linalg.norm(f.grad(level)) == 0 and f.mu is None
    assert any(f(w) < f(level) for w in np.random.default_rng(0).uniform(-1, 1, (100, len(level))))


# --- curvature ------------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-curvature-test")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_sign_of_the_least_eigenvalue_decides(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 6))
    for least in (0.0, 0.1, -0.1):
        H = random_psd(rng, d, least)
        f = lambda w: w @ H @ w / 2
        v = np.linalg.eigh(H)[1][:, 0]
        # along the worst direction the graph is above the chord by -least/8 of the square of its length
        assert jensen_gap(f, -v, v) == pytest.approx(-least / 2, abs=1e-10)
        if least >= 0:
            assert gaps(f, rng, d) <= 1e-10


@pytest.mark.theorem("thm-curvature-test")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_hessian_of_a_convex_function_is_nowhere_negative(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 5))
    _, grad, hess = soft_maximum(rng, d)
    points = rng.uniform(-3, 3, (50, d))
    assert min(np.linalg.eigvalsh(hess(w))[0] for w in points) >= -1e-12
    np.testing.assert_allclose(hess(points[0]), derivatives.hessian(grad, points[0]), rtol=0, atol=1e-6)


@pytest.mark.theorem("thm-curvature-test")
def test_the_banana_bends_down_above_a_parabola():
    f = objectives.rosenbrock()
    for x, y in np.random.default_rng(0).uniform((-2, -1), (2, 3), (500, 2)):
        H = f.hess(np.array([x, y]))
        assert np.linalg.det(H) == pytest.approx(400 - 80_000 * (y - x * x), rel=1e-6, abs=1e-4)
        assert (np.linalg.eigvalsh(H)[0] < 0) == (y > x * x + 1 / 200)
        floor = np.array([x, x * x])
        assert np.linalg.eigvalsh(f.hess(floor))[0] > 0
        assert np.linalg.norm(f.grad(floor)) == pytest.approx(2 * abs(1 - x), rel=1e-9)  # zero at (1, 1) alone


@pytest.mark.theorem("cex-convex-slices")
@pytest.mark.parametrize("seed", SEEDS)
def test_every_slice_is_convex_and_the_function_is_not(seed):
    f = lambda w: (w[0] ** 2 + 4 * w[0] * w[1] + w[1] ** 2) / 2
    rng = np.random.default_rng(seed)
    here = rng.uniform(-3, 3)
    assert gaps(lambda x: f((np.squeeze(x), here)), rng, 1) <= 1e-12
    assert gaps(lambda y: f((here, np.squeeze(y))), rng, 1) <= 1e-12
    assert jensen_gap(f, [1, -1], [-1, 1]) == 1
    values, vectors = np.linalg.eigh([[1, 2], [2, 1]])
    np.testing.assert_allclose(values, [-1, 3], rtol=1e-14)
    assert vectors[0, 0] * vectors[1, 0] < 0 < vectors[0, 1] * vectors[1, 1]
    run = gradient_descent(f, lambda w: np.array([w[0] + 2 * w[1], 2 * w[0] + w[1]]), [1.5, 1.25], 0.1)
    assert run.status != "gtol" and run.f < -1e6


# --- strictly and strongly ------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-strong-tests")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_strongly_convex_function_is_above_its_parabolas(seed):
    rng = np.random.default_rng(seed)
    d, mu = int(rng.integers(1, 5)), 10 ** rng.uniform(-1, 1)
    soft, soft_grad, soft_hess = soft_maximum(rng, d)
    f, grad = lambda w: soft(w) + mu / 2 * w @ w, lambda w: soft_grad(w) + mu * w
    for v, w in rng.uniform(-3, 3, (300, 2, d)):
        assert f(v) >= f(w) + grad(w) @ (v - w) + mu / 2 * (v - w) @ (v - w) - 1e-11
        assert np.linalg.eigvalsh(soft_hess(w) + mu * np.eye(d))[0] >= mu - 1e-11
        assert jensen_gap(f, v, w) <= -mu / 8 * (v - w) @ (v - w) + 1e-11  # strictly


@pytest.mark.theorem("thm-strong-tests")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_least_eigenvalue_is_the_largest_mu(seed):
    rng = np.random.default_rng(seed)
    d, mu = int(rng.integers(2, 6)), rng.uniform(0.5, 2)
    H = random_psd(rng, d, mu)
    f = lambda w: w @ H @ w / 2
    v, w = np.linalg.eigh(H)[1][:, 0], np.zeros(d)
    rest = lambda mu: f(v) - f(w) - mu / 2 * (v - w) @ (v - w)
    assert rest(mu) == pytest.approx(0, abs=1e-10) and rest(1.01 * mu) < 0
    assert gaps(lambda w: f(w) - mu / 2 * w @ w, rng, d) <= 1e-10
    assert jensen_gap(lambda w: f(w) - 1.01 * mu / 2 * w @ w, -v, v) > 0


@pytest.mark.theorem("cor-between-curvatures")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_band_of_eigenvalues_is_the_band_of_parabolas(seed):
    """Tight at both ends on a quadratic; between them, a quadratic plus ln cosh, whose curvature is in (0, 1]."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 5))
    H = random_psd(rng, d, rng.uniform(0, 1))
    (mu, *_, top), V = np.linalg.eigh(H)
    L = top + 1
    f = lambda w: w @ H @ w / 2 + np.logaddexp(w[0], -w[0])
    grad = lambda w: H @ w + np.tanh(w[0]) * np.eye(d)[0]
    hess = lambda w: H + np.diag((1 / np.cosh(w[0]) ** 2) * np.eye(d)[0])
    for v, w in rng.uniform(-3, 3, (200, 2, d)):
        square, rest = (v - w) @ (v - w), f(v) - f(w) - grad(w) @ (v - w)
        assert mu / 2 * square - 1e-10 <= rest <= L / 2 * square + 1e-10
        assert np.linalg.norm(grad(v) - grad(w)) <= L * np.sqrt(square) + 1e-10
        assert mu - 1e-10 <= np.linalg.eigvalsh(hess(w))[0] and np.linalg.eigvalsh(hess(w))[-1] <= L + 1e-10
    stiff = V[:, -1]  # the quadratic alone is top-smooth, and for no smaller number
    assert np.linalg.norm(H @ stiff - H @ -stiff) == pytest.approx(2 * top)


@pytest.mark.theorem("cor-between-curvatures")
def test_a_bend_beyond_the_band_breaks_its_parabola():
    """cosh has curvature cosh w: with L = 2 the roof leaks where that is above 2, and only there."""
    f, slope = np.cosh, np.sinh
    for w in (-3.0, -1.4, -1.2, 0.0, 1.2, 1.4, 3.0):
        near = w + np.linspace(-1e-2, 1e-2, 41)
        inside = np.all(f(near) - f(w) - slope(w) * (near - w) <= 1.0 * (near - w) ** 2 + 1e-12)
        assert inside == (np.cosh(w) <= 2)


@pytest.mark.theorem("cor-between-curvatures")
@pytest.mark.parametrize(
    "f, flattest, steep",
    [
        (np.cosh, 0.0, lambda L: (np.arccosh(2.0 * L), 1e-2)),
        (lambda w: w * w * w * w + w * w / 2, 0.0, lambda L: (L**0.5, 1e-2)),
        (lambda w: np.abs(w) + w * w / 2, 3.0, lambda L: (0.0, 1 / L)),
    ],
    ids=["cosh", "a quartic", "a corner"],
)
def test_strongly_convex_does_not_imply_smooth(f, flattest, steep):
    """All stay convex without w^2/2, and with no more than that; and for no L is the graph below the upper parabolas."""
    rng = np.random.default_rng(0)
    rest = lambda mu: lambda w: np.squeeze(f(np.squeeze(w)) - mu / 2 * np.squeeze(w) ** 2)
    assert gaps(rest(1), rng, 1) <= 1e-12
    assert jensen_gap(rest(1.1), flattest - 0.05, flattest + 0.05) > 0
    for L in (1, 10, 100, 1000):  # f(w + h) + f(w - h) - 2 f(w) <= L h^2 for an L-smooth f
        w, h = steep(L)
        assert f(w + h) + f(w - h) - 2 * f(w) > L * h * h


@pytest.mark.theorem("cex-quartic-not-strong")
@pytest.mark.parametrize("mu", [4.0, 1.0, 0.1, 1e-4])
def test_the_quartic_is_strictly_and_not_strongly_convex(mu):
    f = objectives.quartic()
    rng = np.random.default_rng(0)
    for a, b in rng.uniform(-2, 2, (500, 2)):
        assert jensen_gap(f, a, b) < 0
    assert f.hess(0.0) == 0 and f(0.9 * np.sqrt(mu / 2)) < mu / 2 * (0.9 * np.sqrt(mu / 2)) ** 2
    v = np.linspace(-3, 3, 6001)
    for w in np.sqrt(mu) / 2 * np.array([-1.5, -1.01, -0.9, 0.0, 0.5, 0.99, 1.01, 2.0]):
        above = f(v) - f(w) - f.grad(w) * (v - w) - mu / 2 * (v - w) ** 2
        if mu >= 0.1:  # else the grid is too coarse to see it
            assert np.all(above >= -1e-12) == (abs(w) >= np.sqrt(mu) / 2)
        np.testing.assert_allclose(above, (v - w) ** 2 * (v**2 + 2 * v * w + 3 * w**2 - mu / 2), rtol=1e-9, atol=1e-12)


@pytest.mark.theorem("thm-at-most-exactly-one")
@pytest.mark.parametrize("seed", SEEDS)
def test_runs_on_strongly_convex_ground_end_at_one_point(seed):
    rng = np.random.default_rng(seed)
    d, mu = int(rng.integers(1, 5)), rng.uniform(0.2, 1)
    soft, soft_grad, _ = soft_maximum(rng, d)
    f, grad = lambda w: soft(w) + mu / 2 * w @ w, lambda w: soft_grad(w) + mu * w
    starts = rng.uniform(-5, 5, (6, d))
    ends = [gradient_descent(f, grad, w0, 0.05, gtol=1e-8, max_iter=20_000) for w0 in starts]
    assert all(run.converged for run in ends)
    # within |g|/mu of it, each
    np.testing.assert_allclose([run.w for run in ends], np.tile(ends[0].w, (6, 1)), rtol=0, atol=2e-8 / mu)


@pytest.mark.theorem("thm-at-most-exactly-one")
def test_less_than_strong_convexity_promises_less():
    flat = objectives.least_squares([[1, 1]], [2])  # convex only: a line of minimisers
    assert flat([2, 0]) == flat([0, 2]) == flat([1, 1]) == 0 and flat.mu == 0
    decay = objectives.exp_decay()  # strictly convex, and always lower a little farther on
    w = np.linspace(-5, 30, 200)
    assert np.all(np.diff(decay(w)) < 0) and np.all(decay.hess(w) > 0) and len(decay.minima) == 0
    assert all(jensen_gap(decay, a, b) < 0 for a, b in zip(w[:-9:9], w[9::9]))


# --- what keeps convexity -------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-rules")
@pytest.mark.parametrize("seed", SEEDS)
def test_sums_straight_insides_and_maxima_are_convex(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 5))
    f, g = soft_maximum(rng, d)[0], hard_maximum(rng, d)
    alpha, beta = rng.uniform(0, 3, 2)
    A, b = rng.normal(size=(d, d + 1)), rng.normal(size=d)
    assert gaps(lambda w: alpha * f(w) + beta * g(w), rng, d) <= 1e-12
    assert gaps(lambda w: f(A @ w + b), rng, d + 1) <= 1e-12
    assert gaps(lambda w: max(f(w), g(w)), rng, d) <= 1e-12
    assert gaps(lambda w: max(w @ u - u @ u for u in A.T), rng, d) <= 1e-12
    mu = rng.uniform(0.1, 2)
    strong = lambda w: f(w) + mu / 2 * w @ w
    rest = lambda w: alpha * strong(w) + beta * g(w) - alpha * mu / 2 * w @ w
    assert gaps(rest, rng, d) <= 1e-11


@pytest.mark.theorem("thm-rules")
def test_negative_weights_bent_insides_and_minima_may_spoil_it():
    rng = np.random.default_rng(0)
    square = lambda w: np.squeeze(w) ** 2
    assert gaps(lambda w: square(w) - 2 * square(w), rng, 1) > 0.1
    assert gaps(lambda w: square(square(w) - 1), rng, 1) > 0.1  # the double well
    assert gaps(lambda w: min(square(w - 1), square(w + 1)), rng, 1) > 0.1


@pytest.mark.theorem("cor-losses-convex")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_two_losses_are_convex(seed):
    rng = np.random.default_rng(seed)
    n, d = 12, int(rng.integers(2, 5))
    X, z = rng.normal(size=(n, d)), rng.normal(size=n)
    y = (z > 0).astype(float)
    squares, logistic = objectives.least_squares(X, z), objectives.logistic_regression(X, y)
    mended = objectives.logistic_regression(X, y, penalty=0.05)
    w = rng.normal(size=d)  # the loss as the chapter writes it, with labels of +1 and -1
    assert logistic(w) == pytest.approx(np.log1p(np.exp(-(2 * y - 1) * (X @ w))).mean(), rel=1e-12)
    for f in (squares, logistic, mended):
        assert gaps(f, rng, d) <= 1e-12
    box = [(-2, 2)] * d
    assert squares.mu > 1e-3 and spectrum(squares.hess, box, n=5).min() == pytest.approx(squares.mu)
    assert spectrum(logistic.hess, box, n=100).min() > 0
    assert spectrum(mended.hess, box, n=100).min() >= 0.05
    way = rng.normal(size=d)
    far = [way @ logistic.hess(t * way) @ way for t in (0, 10, 100, 10_000)]
    assert far[0] > 1e-3 and far[3] < 1e-9 * far[0]


@pytest.mark.theorem("cor-losses-convex")
def test_dependent_columns_cost_strong_convexity():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 2))
    X = np.column_stack([X, X @ [1, -2]])
    loss, floor = objectives.least_squares(X, rng.normal(size=10)), np.array([1, -2, -1])
    assert loss.mu == 0 and np.linalg.norm(X @ floor) < 1e-12
    assert loss(np.zeros(3)) == pytest.approx(loss(5.0 * floor), rel=1e-12)


@pytest.mark.theorem("cex-product")
def test_a_product_of_weights_is_convex_in_each_and_not_in_both():
    f = lambda w: (w[0] * w[1] - 1) ** 2 / 2
    assert f((1, 1)) == f((-1, -1)) == 0 and f((0, 0)) == jensen_gap(f, [1, 1], [-1, -1]) == 0.5
    rng = np.random.default_rng(0)
    for fixed in rng.uniform(-3, 3, 20):
        assert gaps(lambda x: f((np.squeeze(x), fixed)), rng, 1) <= 1e-10


# --- what convexity does not give -----------------------------------------------------------------------------


def gutter(w):
    x, y = w
    return np.hypot(x, 2 * y) if abs(y) <= x else (x + 4 * abs(y)) / np.sqrt(5)


def gutter_grad(w):
    x, y = w
    return np.array([x, 4 * y]) / np.hypot(x, 2 * y) if abs(y) <= x else np.array([1, 4 * np.sign(y)]) / np.sqrt(5)


@pytest.mark.theorem("cex-false-limit")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gutter_is_convex_and_has_this_gradient(seed):
    rng = np.random.default_rng(seed)
    assert gaps(gutter, rng, 2) <= 1e-12
    # the largest of u x + v y over a finely sampled border of the piece of the ellipse
    u = np.concatenate([np.linspace(1 / np.sqrt(5), 1, 20_001)] * 2)
    v = 2 * np.sqrt(1 - u**2) * np.repeat([1, -1], 20_001)
    for w in rng.uniform(-3, 3, (50, 2)):
        assert gutter(w) == pytest.approx((u * w[0] + v * w[1]).max(), abs=1e-5)
        if abs(w[1]) > 1e-3:  # away from the corner, and also close to the seam
            np.testing.assert_allclose(derivatives.central(gutter, w), gutter_grad(w), rtol=0, atol=1e-6)
    x = rng.uniform(0.5, 3)
    np.testing.assert_allclose(derivatives.central(gutter, [x, x]), np.array([1, 4]) / np.sqrt(5), rtol=0, atol=1e-4)


@pytest.mark.theorem("cex-false-limit")
def test_exact_line_search_heads_for_a_place_that_is_no_minimum(oracle):
    expected = oracle("nonsmooth-false-limit")
    w = np.array([4.0, 1.0])
    for k in range(1, 13):
        g, low, high = gutter_grad(w), 0.0, 10.0
        for _ in range(120):  # the lowest point of the line, by thirds
            s, t = (2 * low + high) / 3, (low + 2 * high) / 3
            low, high = (low, t) if gutter(w - s * g) < gutter(w - t * g) else (s, high)
        before, w = gutter(w), w - low * g
        assert gutter(w) < before
        np.testing.assert_allclose(w, [4 * 0.6**k, (-0.6) ** k], rtol=0, atol=1e-6)
        if k == 8:
            np.testing.assert_allclose(w, expected["w"], rtol=0, atol=1e-7)
    assert gutter((0.0, 0.0)) == expected["f_limit"]
    assert gutter((-1.0, 0.0)) == pytest.approx(expected["f_at_minus1_0"], rel=1e-14)
    assert gutter((-1e6, 0.0)) < -4e5
    run = gradient_descent(gutter, gutter_grad, [4, 1], 0.25, max_iter=400)  # a constant step is not fooled
    assert run.f < -10


@pytest.mark.theorem("cex-false-limit")
def test_a_lower_bound_does_not_mend_the_false_limit():
    """max(f, -1) is convex and has minimisers; along the lines of the run it is f, since f is positive at their lowest points."""
    bounded = lambda w: max(gutter(w), -1.0)
    assert gaps(bounded, np.random.default_rng(0), 2) <= 1e-12
    assert bounded((-10.0, 0.0)) == bounded((-20.0, 0.0)) == -1
    for k in range(12):
        w = np.array([4 * 0.6**k, (-0.6) ** k])
        line = [w - t * gutter_grad(w) for t in np.linspace(0, 10, 501)]
        assert all(bounded(v) == gutter(v) > 0 for v in line)


@pytest.mark.theorem("cex-false-limit")
@pytest.mark.parametrize("seed", SEEDS)
def test_where_the_gradient_is_continuous_exact_line_search_ends_with_gradient_zero(seed):
    """On a smooth convex function whose gradient is known: its limit is the minimiser."""
    rng = np.random.default_rng(seed)
    _soft, soft_grad, _ = soft_maximum(rng, 2)
    grad = lambda w: soft_grad(w) + w / 2  # of soft(w) + w @ w / 4
    w = rng.uniform(-3, 3, 2)
    for _ in range(60):
        g, low, high = grad(w), 0.0, 4.0  # f is 1/2-strongly convex, so the lowest point is at t <= 2
        for _ in range(60):  # bisection for the slope along the line
            t = (low + high) / 2
            low, high = (t, high) if grad(w - t * g) @ g > 0 else (low, t)
        w = w - low * g
    assert np.linalg.norm(grad(w)) < 1e-6
