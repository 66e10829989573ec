"""Chapter 3, The gradient: its theorems on many random instances, tight where they are tight, and failing where a
hypothesis is dropped. Slopes are measured from heights alone before a gradient is looked at."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from gdlib import gradient_descent, objectives
from gdlib.derivatives import (
    CENTRAL_STEP,
    FORWARD_STEP,
    central,
    check_gradient,
    complex_step,
    forward,
)

SEEDS = range(30)
EPS = 2.0**-52


def waves(rng, d, n=4):
    """A random sum of plane waves, not convex, with its gradient and an L for which it is L-smooth."""
    a, b, c = rng.normal(size=n), rng.normal(size=(n, d)), rng.uniform(0, 2 * np.pi, n)
    L = np.abs(a) @ (b**2).sum(axis=1)  # each term has curvature at most |a| |b|^2
    return lambda w: a @ np.cos(b @ w + c), lambda w: -(a * np.sin(b @ w + c)) @ b, L


def rise_over_distance(f, w, d, t):
    return (f(w + t * d) - f(w)) / t


def measured(f, w, u):
    """The slope of f at w along u, from heights alone."""
    return central(lambda t: f(w + t * u), 0.0)


def directions(rng, d, n=500):
    """Columns of Euclidean length 1."""
    u = rng.normal(size=(d, n))
    return u / np.linalg.norm(u, axis=0)


# --- the slope in every direction -------------------------------------------------------------------------------


@pytest.mark.theorem("thm-directional-derivative")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_knows_the_slope_along_every_vector(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(1, 9)
    f, grad, L = waves(rng, d)
    w, v = rng.normal(size=(2, d))
    for t in [1e-2, -1e-2, 1e-4, -1e-4]:
        gap = abs(rise_over_distance(f, w, v, t) - grad(w) @ v)
        assert gap <= L / 2 * abs(t) * (v @ v) + 1e-10  # the distance to the limit that L allows
    # so the entries of the vector are the partial derivatives
    np.testing.assert_allclose(grad(w), [central(f, w)[i] for i in range(d)], atol=1e-8)


@pytest.mark.theorem("thm-directional-derivative")
@pytest.mark.parametrize("f", [objectives.rosenbrock(), objectives.himmelblau(), objectives.beale(), objectives.saddle()])
def test_slopes_around_a_place_are_a_wave(f):
    """Fit a wave through the slopes measured in 24 directions: its two coefficients are the gradient, and nothing is left."""
    rng = np.random.default_rng(1)
    for w in rng.uniform(-1.5, 1.5, size=(20, 2)):
        angles = np.radians(np.arange(0, 360, 15))
        basis = np.column_stack([np.cos(angles), np.sin(angles), np.cos(2 * angles), np.sin(2 * angles), np.cos(3 * angles)])
        slopes = [measured(f, w, u) for u in basis[:, :2]]
        wave = np.linalg.lstsq(basis, slopes, rcond=None)[0]
        size = 1 + np.linalg.norm(f.grad(w))
        np.testing.assert_allclose(wave, [*f.grad(w), 0, 0, 0], atol=1e-7 * size)


def crease(w):
    """x + y - 8x^2 y/(x^2 + y^2): partial derivatives (1, 1) at the origin, and no plane there."""
    x, y = w
    return x + y - 8 * x * x * y / (x * x + y * y) if x or y else x + y


@pytest.mark.theorem("cex-partials-not-enough")
def test_the_vector_of_partial_derivatives_can_lead_uphill():
    for eta in [Fraction(10), Fraction(1), Fraction(1, 10**30)]:
        assert crease((eta, Fraction(0))) == crease((Fraction(0), eta)) == eta  # both partial derivatives are 1
        assert crease((-eta, -eta)) == 2 * eta  # and the step against them goes up
    for eta in [1, 1e-3, 1e-9]:
        run = gradient_descent(crease, lambda w: np.ones(2), [0, 0], eta, max_iter=1)
        assert run.f == pytest.approx(2 * eta, abs=0) and run.values[0] == 0


@pytest.mark.theorem("cex-partials-not-enough")
def test_it_is_continuous_and_has_a_slope_in_every_direction_yet_these_are_no_wave():
    rng = np.random.default_rng(2)
    for x, y in rng.normal(size=(500, 2)):
        assert abs(crease((x, y)) - x - y) <= 8 * abs(y)  # so it tends to 0 with (x, y)
        for t in [1e-6, -3.0]:
            assert crease((t * x, t * y)) == pytest.approx(t * crease((x, y)))  # so the slope along u is f(u)
    for degrees in rng.uniform(-180, 180, 500):
        u = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        gap = crease(u) - u.sum()
        assert gap == pytest.approx(-8 * u[0] ** 2 * u[1])
        assert abs(gap) > 0  # the promise is kept along the axes only


# --- the steepest way -------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-steepest-ascent")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_direction_is_steeper_than_the_gradient(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(2, 9)
    f, grad, _ = waves(rng, d)
    w = rng.normal(size=d)
    g = grad(w)
    length = np.linalg.norm(g)
    best = g / length
    assert measured(f, w, best) == pytest.approx(length, abs=1e-8)
    assert measured(f, w, -best) == pytest.approx(-length, abs=1e-8)
    for u in directions(rng, d).T:
        off = np.sum((u - best) ** 2)
        assert measured(f, w, u) == pytest.approx(length * (1 - off / 2), abs=1e-8)  # the identity in the proof
        assert -length < g @ u < length  # strictly: the steepest direction is one
    near = best + 1e-3 * directions(rng, d)[:, 0]
    assert g @ near / np.linalg.norm(near) < length


@pytest.mark.theorem("thm-steepest-ascent")
def test_without_a_gradient_no_direction_is_steepest():
    """Hypothesis dropped: on the pass every direction has slope 0."""
    f = objectives.saddle()
    for u in directions(np.random.default_rng(3), 2, 50).T:
        assert measured(f, np.zeros(2), u) == pytest.approx(0, abs=1e-10)


NORMS = {"l2": 2, "l1": 1, "linf": np.inf}


def steepest(g):
    """The ways of the theorem's table, and their slopes."""
    largest = np.argmax(np.abs(g))
    ways = {"l2": -g / np.linalg.norm(g), "l1": np.zeros_like(g), "linf": -np.sign(g)}
    ways["l1"][largest] = -np.sign(g[largest])
    return ways, {"l2": -np.linalg.norm(g), "l1": -np.abs(g).max(), "linf": -np.abs(g).sum()}


@pytest.mark.theorem("thm-steepest-by-norm")
def test_three_norms_on_the_gradient_of_the_chapter(oracle):
    o, (ways, slopes) = oracle("steepest-by-norm"), steepest(np.array([3.0, -4.0]))
    np.testing.assert_allclose(objectives.quadratic(kappa=4).grad([3, -1]), [3, -4])
    for name in NORMS:
        np.testing.assert_allclose(ways[name], o[name])
    np.testing.assert_allclose([-slopes[name] for name in NORMS], o["dual_norms"])


@pytest.mark.theorem("thm-steepest-by-norm")
@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_trip_of_length_one_goes_down_more_steeply(name, seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(2, 7)
    g = rng.normal(size=d)
    ways, slopes = steepest(g)
    assert np.linalg.norm(ways[name], NORMS[name]) == pytest.approx(1)
    assert g @ ways[name] == pytest.approx(slopes[name])
    others = rng.normal(size=(d, 2000))
    others[:, ::2] = ways[name][:, None] + 0.01 * others[:, ::2]  # half of them close by
    others /= np.linalg.norm(others, NORMS[name], axis=0)
    assert np.all(g @ others > slopes[name])  # strictly: there is one


@pytest.mark.theorem("thm-steepest-by-norm")
def test_ties_and_zeros_leave_a_choice():
    """Hypotheses of the last sentence dropped: two largest entries in streets, an entry 0 for the king."""
    g = np.array([2.0, -2.0])
    for d in [[-1, 0], [0, 1], [-0.25, 0.75]]:  # quarters: nothing is rounded
        assert np.abs(d).sum() == 1 and g @ d == -2
    g = np.array([5.0, 0.0])
    for d in [[-1, 0], [-1, 1], [-1, -0.4]]:
        assert np.abs(d).max() == 1 and g @ d == -5


def norm_for(d, g, v):
    """The norm in the proof: columns of d."""
    across = d - np.outer(v, v @ d) / (v @ v)
    return np.sqrt((g @ d) ** 2 / -(g @ v) + (across**2).sum(axis=0))


@pytest.mark.theorem("thm-every-way-down")
@pytest.mark.parametrize("seed", SEEDS)
def test_every_way_down_is_the_steepest_in_a_norm_of_its_own(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(1, 7)
    g, v = rng.normal(size=(2, d))
    v = -v if g @ v > 0 else v
    best = v / norm_for(v[:, None], g, v)
    assert g @ best == pytest.approx(-np.sqrt(-(g @ v)))
    others = rng.normal(size=(d, 2000))
    others[:, ::2] = best[:, None] + 0.01 * others[:, ::2]
    if d > 1:  # on a line there are two trips of length 1
        others /= norm_for(others, g, v)
        assert np.all(g @ others > g @ best)
    a, b = rng.normal(size=(2, d, 500))
    assert np.all(norm_for(a, g, v) > 0)
    assert np.all(norm_for(a + b, g, v) <= norm_for(a, g, v) + norm_for(b, g, v) + 1e-12)
    np.testing.assert_allclose(norm_for(-3 * a, g, v), 3 * norm_for(a, g, v))


# --- level sets -------------------------------------------------------------------------------------------------


def level_curves(rng):
    """Objectives with a path, in closed form, along which they are constant."""
    kappa, angle, c = rng.uniform(1, 50), rng.uniform(0, np.pi), rng.uniform(0.1, 5)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    yield objectives.quadratic(kappa, angle), lambda t: np.sqrt(c) * turn @ [np.cos(t), np.sin(t) / np.sqrt(kappa)]
    # x^3 - 3xy^2 is r^3 cos 3t in polar coordinates
    yield objectives.monkey_saddle(), lambda t: np.cbrt(c / np.cos(3 * t)) * np.array([np.cos(t), np.sin(t)])
    yield objectives.rosenbrock(), lambda t: np.array([1 + c * np.cos(t), (1 + c * np.cos(t)) ** 2 + c * np.sin(t) / 10])


@pytest.mark.theorem("cor-gradient-perpendicular")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_is_at_right_angles_to_the_level_set(seed):
    rng = np.random.default_rng(seed)
    for f, path in level_curves(rng):
        for t in rng.uniform(-0.5, 0.5, size=20):
            assert f(path(t)) == pytest.approx(f(path(0.0)), rel=1e-9)
            velocity = (path(t + 1e-6) - path(t - 1e-6)) / 2e-6
            g = f.grad(path(t))
            cosine = g @ velocity / np.linalg.norm(g) / np.linalg.norm(velocity)
            assert abs(cosine) < 1e-6


@pytest.mark.theorem("cor-gradient-perpendicular")
def test_a_normal_to_the_surface_has_one_entry_more():
    """The gradient with -1 below it is at right angles to every curve on the surface z = f(x, y); the gradient with 0 is not."""
    rng = np.random.default_rng(13)
    f, h = objectives.rosenbrock(), 1e-6
    for w, u in rng.normal(size=(50, 2, 2)):
        along = np.array([*u, (f(w + h * u) - f(w - h * u)) / (2 * h)])  # the velocity of a curve over the line w + t u
        size = np.linalg.norm(along)
        assert np.array([*f.grad(w), -1]) @ along == pytest.approx(0, abs=1e-6 * size)
        assert abs(np.array([*f.grad(w), 0]) @ along) > 1e-3 * size


@pytest.mark.theorem("cor-gradient-perpendicular")
def test_in_many_variables_too():
    """Great circles on a sphere, a level set of |w|^2/2."""
    rng = np.random.default_rng(4)
    for d in [3, 5, 10]:
        a, b = np.linalg.qr(rng.normal(size=(d, 2)))[0].T
        for t in rng.uniform(0, 2 * np.pi, 20):
            place, velocity = np.cos(t) * a + np.sin(t) * b, -np.sin(t) * a + np.cos(t) * b
            assert place @ place == pytest.approx(1) and abs(place @ velocity) < 1e-12


@pytest.mark.theorem("cor-gradient-perpendicular")
def test_without_a_plane_the_level_line_need_not_be_at_right_angles():
    """Hypothesis dropped: the crease is level along a ray at which its vector of partial derivatives is no right angle."""
    s = np.polynomial.Polynomial([1, -7, 1, 1]).roots()[1].real  # on y = sx the height is x (1 + s - 8s/(1 + s^2))
    u = np.array([1, s])
    for t in [1e-6, 1, -5]:
        assert crease(t * u) == pytest.approx(0, abs=1e-12)
    assert u.sum() > 1


# --- steps ------------------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-descent-direction")
@pytest.mark.parametrize("seed", SEEDS)
def test_every_small_enough_step_along_a_descent_direction_goes_down(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(1, 20)
    f, grad, L = waves(rng, d)
    w = rng.normal(size=d)
    g = grad(w)
    for v in [-g, *rng.normal(size=(20, d))]:
        v = -v if g @ v > 0 else v
        eta_bar = min(2 * -(g @ v) / (L * (v @ v)), 1e6)  # curvature at most L: below this it must go down
        for part in [1e-3, 0.1, 0.5, 0.99]:
            assert f(w + part * eta_bar * v) < f(w)
    for eta in [1e-4, 1e-5]:
        assert rise_over_distance(f, w, -g, eta) == pytest.approx(-(g @ g), abs=L * eta * (g @ g) / 2 + 1e-9)


@pytest.mark.theorem("thm-descent-direction")
def test_the_largest_eta_bar_on_the_bowl_of_the_chapter():
    f = objectives.quadratic(kappa=4)
    for w, eta_bar in [([3, -1], 50 / 73), ([2, -1], 10 / 17), ([3, 0], 2), ([0, -1], 1 / 2)]:
        w, g = np.array(w, dtype=float), np.array(f.grad(w))
        for eta in np.linspace(0, eta_bar, 100)[1:-1]:
            assert f(w - eta * g) < f(w)
        assert f(w - eta_bar * g) == pytest.approx(f(w)) and f(w - 1.001 * eta_bar * g) > f(w)
    assert f([3 - 1.8, -1 + 2.4]) < f([3, -1]) and f([0, -1 + 2.4]) > f([0, -1]) and f([3 - 1.8, 0]) < f([3, 0])  # eta = 0.6


@pytest.mark.theorem("thm-descent-direction")
def test_along_the_level_direction_no_step_need_go_down():
    """Hypothesis dropped: the inner product is 0, and on the round bowl every such step goes up."""
    f = objectives.quadratic(kappa=1)
    w, v = np.array([3.0, -4.0]), np.array([4.0, 3.0])
    assert f.grad(w) @ v == 0  # whole numbers: nothing is rounded
    assert all(f(w + eta * v) > f(w) for eta in [1e-6, 0.01, 1, 100])


@pytest.mark.theorem("cex-long-step-goes-up")
def test_a_long_step_goes_up_in_any_number_of_variables(oracle):
    o = oracle("uphill-step")
    for d in [1, 2, 3, 100]:
        w = directions(np.random.default_rng(d), d, 1)[:, 0]
        run = gradient_descent(lambda w: w @ w / 2, lambda w: w, w, eta=2.5, max_iter=1)
        np.testing.assert_allclose(run.w, -1.5 * w)
        np.testing.assert_allclose(run.values, [o["f0"], o["f1"]])


@pytest.mark.theorem("cex-wrong-gradient-descends")
@pytest.mark.parametrize("eta", [0.1, 0.5, 1.5, 1.9])
def test_a_wrong_gradient_goes_down_all_the_way(eta):
    f = objectives.quadratic(kappa=4)
    for w0 in np.random.default_rng(5).uniform(-5, 5, size=(20, 2)):
        run = gradient_descent(f, lambda w: w.copy(), w0, eta, max_iter=500)
        assert run.converged and np.linalg.norm(run.w) <= 1e-6
        assert np.all(np.diff(run.values) < 0)
        np.testing.assert_allclose(run.values[1:], (1 - eta) ** 2 * run.values[:-1], rtol=1e-9)
        assert not check_gradient(f, lambda w: w.copy(), w0).ok  # the check sees it at once
    assert check_gradient(f, lambda w: w.copy(), [3.0, 0.0]).ok  # except where the wrong term is zero


# --- measuring a slope ------------------------------------------------------------------------------------------

GROUND = [  # function, bounds on its size and on its second and third derivatives over [w - 1, w + 1]
    ("exp", np.exp, mpmath.exp, lambda w: 3 * [np.exp(w + 1)]),
    ("sin", np.sin, mpmath.sin, lambda w: [1, 1, 1]),
    ("cube", lambda w: w * w * w, lambda w: w**3, lambda w: [(abs(w) + 1) ** 3, 6 * (abs(w) + 1), 6]),
]


@pytest.mark.theorem("thm-difference-error")
@pytest.mark.parametrize(("name", "f", "exact", "sizes"), GROUND, ids=[name for name, *_ in GROUND])
def test_the_error_of_a_difference_quotient_is_within_its_bound(name, f, exact, sizes):
    """Spacings are powers of two and w is a multiple of 2^-20, so that w + h is exact down to h = 2^-30."""
    for w in np.round(np.random.default_rng(6).uniform(-2, 2, 20) * 2**20) / 2**20:
        true = float(mpmath.diff(exact, w))
        F, M2, M3 = sizes(w)
        eps = 1.5 * EPS  # np.exp and np.sin err by less than one unit in the last place, the cube by one and a half
        for h in 2.0 ** -np.arange(1, 31):
            assert abs(forward(f, w, h) - true) <= h * M2 / 2 + 2 * eps * F / h
            assert abs(central(f, w, h) - true) <= h**2 * M3 / 6 + eps * F / h


@pytest.mark.theorem("thm-difference-error")
@pytest.mark.parametrize("h", [Fraction(1, 2**k) for k in (3, 10, 27, 40)])
def test_the_bounds_are_attained(h):
    """In exact arithmetic: a parabola and a cubic, with values that err as far as allowed, in the worst way."""
    w, error = Fraction(3, 7), Fraction(1, 10**16)
    M2, M3 = 5, 7
    slope = (M2 * (w + h) ** 2 / 2 + error - (M2 * w**2 / 2 - error)) / h
    assert slope - M2 * w == h * M2 / 2 + 2 * error / h
    slope = (M3 * (w + h) ** 3 / 6 + error - (M3 * (w - h) ** 3 / 6 - error)) / (2 * h)
    assert slope - M3 * w**2 / 2 == h**2 * M3 / 6 + error / h


@pytest.mark.theorem("thm-difference-error")
def test_the_best_spacings_and_the_bounds_there(oracle):
    o = oracle("best-h")
    rng = np.random.default_rng(7)
    for F, M2, M3, eps in [(1, 1, 1, EPS), *10 ** rng.uniform([-3, -3, -3, -16], [3, 3, 3, -3], size=(50, 4))]:
        h = np.geomspace(1e-12, 1e6, 200_001)
        for bound, best, least in [
            (h * M2 / 2 + 2 * eps * F / h, 2 * np.sqrt(eps * F / M2), 2 * np.sqrt(eps * F * M2)),
            (h**2 * M3 / 6 + eps * F / h, np.cbrt(3 * eps * F / M3), (3 * eps * F) ** (2 / 3) * M3 ** (1 / 3) / 2),
        ]:
            assert h[bound.argmin()] == pytest.approx(best, rel=1e-3, abs=0)
            assert bound.min() == pytest.approx(least, rel=1e-6, abs=0)
    assert [2 * np.sqrt(EPS), np.cbrt(3 * EPS)] == pytest.approx([o["h_forward"], o["h_central"]], rel=1e-12, abs=0)
    assert [FORWARD_STEP, CENTRAL_STEP] == pytest.approx([o["h_forward"], o["h_central"]], rel=1e-12, abs=0)
    least = [2 * np.sqrt(EPS), (3 * EPS) ** (2 / 3) / 2]
    assert least == pytest.approx([o["rel_err_forward"], o["rel_err_central"]], rel=1e-12, abs=0)


@pytest.mark.theorem("thm-difference-error")
def test_where_the_spacing_is_long_the_error_is_that_of_taylor(oracle):
    assert forward(np.exp, 1.0, h=1e-4) - np.e == pytest.approx(oracle("forward-error")["error"], rel=1e-6, abs=0)
    assert central(np.exp, 1.0, h=1e-3) - np.e == pytest.approx(oracle("central-error")["error"], rel=2e-6, abs=0)


@pytest.mark.theorem("thm-difference-error")
def test_ten_digits_for_a_place_a_function_and_slopes_of_size_at_most_one():
    """The core's rule for h = 1e-5. Hypothesis dropped: far from 0 the rounding of w alone costs more."""
    places = np.random.default_rng(14).uniform(-1, 1, 200)
    for f, slope in [(np.sin, np.cos), (lambda w: w * w * w / 6, lambda w: w * w / 2)]:
        assert all(abs(central(f, w, h=1e-5) - slope(w)) < 1e-10 for w in places)
    assert max(abs(central(np.sin, w, h=1e-5) - np.cos(w)) for w in 1000 + places) > 1e-10


@pytest.mark.theorem("thm-difference-error")
def test_a_spacing_lost_in_rounding_gives_zero_and_one_across_a_kink_gives_too_little():
    """Hypotheses dropped: w + h is not exact, or f has no second derivative."""
    assert forward(np.exp, 1.0, h=1e-16) == 0  # 1 + h is 1: the same exp twice
    assert central(np.abs, 1e-7, h=1e-5) == pytest.approx(0.01)
    assert not check_gradient(np.abs, np.sign, 1e-7).ok  # a right gradient, and a false alarm


def typed(w):
    """Rosenbrock's gradient with a factor 2 forgotten in its second entry."""
    x, y = w
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 100 * (y - x * x)])


@pytest.mark.theorem("cex-bug-hides")
def test_a_bug_hides_on_the_valley_floor_and_nowhere_else():
    f, rng = objectives.rosenbrock(), np.random.default_rng(8)
    for x in [1.0, 2.0, *rng.uniform(-2, 2, 50)]:
        assert check_gradient(f, typed, [x, x * x]).ok
    for w in rng.normal(size=(200, 2)):
        np.testing.assert_allclose(f.grad(w) - typed(w), [0, 100 * (w[1] - w[0] ** 2)], atol=1e-9)
        found = check_gradient(f, typed, w)
        assert not found.ok and found.worst == 1


@pytest.mark.theorem("thm-complex-step")
@pytest.mark.parametrize("h", [1.0, 0.3, 1e-3])
def test_the_complex_step_has_the_series_of_the_theorem(h):
    for w in np.random.default_rng(9).uniform(-2, 2, 20):
        # all derivatives of exp are equal, and 1 - h^2/6 + h^4/120 - ... is sin(h)/h
        assert complex_step(np.exp, w, h) == pytest.approx(np.exp(w) * np.sin(h) / h, rel=2e-15, abs=0)
        # a polynomial of degree 5: the series ends
        a = np.random.default_rng(10).normal(size=6)
        p = np.polynomial.Polynomial(a)
        series = p.deriv()(w) - h**2 / 6 * p.deriv(3)(w) + h**4 / 120 * p.deriv(5)(w)
        assert complex_step(p, w, h) == pytest.approx(series, rel=1e-12, abs=1e-12)


@pytest.mark.theorem("thm-complex-step")
@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (
            lambda w: np.exp(w) / np.sqrt(np.sin(w) ** 3 + np.cos(w) ** 3),
            lambda w: mpmath.exp(w) / mpmath.sqrt(mpmath.sin(w) ** 3 + mpmath.cos(w) ** 3),
        ),
        (np.exp, mpmath.exp),
        (lambda w: np.log(1 + w * w), lambda w: mpmath.log(1 + w * w)),
        (lambda w: 1 / (1 + np.exp(-w)), lambda w: 1 / (1 + mpmath.exp(-w))),
    ],
)
def test_no_digits_are_lost_at_a_tiny_spacing(f, exact):
    for w in np.random.default_rng(11).uniform(0.1, 1.5, 20):
        with mpmath.workdps(40):
            true = float(mpmath.diff(exact, mpmath.mpf(w)))
        assert complex_step(f, w, h=1e-20) == pytest.approx(true, rel=3e-15, abs=0)
        assert forward(f, w, h=1e-20) == central(f, w, h=1e-20) == 0  # w + h is w: the same value twice


@pytest.mark.theorem("thm-complex-step")
def test_beyond_the_radius_of_convergence_the_series_is_no_guide():
    """Hypothesis dropped: for 1/(1 + w^2) the series at w has radius sqrt(1 + w^2)."""
    f, w = (lambda w: 1 / (1 + w * w)), 0.5

    def series(h, terms):  # f = Im 1/(w - i); so the derivatives are known
        c = [(-1) ** n * (1 / (w - 1j) ** (n + 1)).imag for n in range(terms)]
        return sum(c[n] * (1j**n).imag * h ** (n - 1) for n in range(1, terms, 2))

    assert series(0.5, 101) == pytest.approx(complex_step(f, w, 0.5), rel=1e-12)
    assert abs(series(2.0, 101) - complex_step(f, w, 2.0)) > 1e6


@pytest.mark.theorem("cex-conjugate")
def test_conjugation_makes_the_complex_step_silently_wrong():
    for w in np.random.default_rng(12).uniform(-5, 5, 50):
        assert complex_step(lambda w: w * w, w) == pytest.approx(2 * w, rel=1e-15, abs=0)
        assert complex_step(lambda w: w * np.conjugate(w), w) == 0
