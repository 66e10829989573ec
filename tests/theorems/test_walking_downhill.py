"""The theorems and counterexamples of chapter 1, Walking downhill."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from numpy.polynomial import Polynomial

from gdlib import gradient_descent, objectives, optimizers, trajectories


def one_step(f, slope, w, eta):
    """f after a single step, minus f before it."""
    run = gradient_descent(f, slope, w0=w, eta=eta, gtol=0, max_iter=1)
    return run.values[1] - run.values[0]


def random_polynomials(rng, n):
    """Polynomials of degree 2 to 6 with coefficients between -2 and 2."""
    return [Polynomial(rng.uniform(-2, 2, size=rng.integers(3, 8))) for _ in range(n)]


def first_level_eta(p, w):
    """The least eta > 0 with p(w - eta p'(w)) = p(w), or inf: the largest eta_bar that the theorem allows.

    The change of height is a polynomial in eta without a constant term, so its roots can be computed.
    """
    change = p(Polynomial([w, -p.deriv()(w)]))
    roots = Polynomial(change.coef[1:]).roots()
    real = roots.real[(abs(roots.imag) < 1e-9 * (1 + abs(roots.real))) & (roots.real > 0)]
    return min(real, default=np.inf)


@pytest.mark.theorem("thm-local-descent")
def test_every_step_below_eta_bar_goes_down():
    rng = np.random.default_rng(1)
    for p in random_polynomials(rng, 300):
        w = rng.uniform(-2, 2)
        g, eta_bar = p.deriv()(w), first_level_eta(p, w)
        assert g != 0 and eta_bar > 0
        below = np.linspace(0, min(eta_bar, 10), 202)[1:-1]
        assert (p(w - below * g) < p(w)).all()
        assert one_step(p, p.deriv(), w, below[-1]) < 0


@pytest.mark.theorem("thm-local-descent")
def test_eta_bar_is_tight():
    """Just above the largest eta_bar a step goes up; for a parabola of curvature a it is 2/a."""
    rng = np.random.default_rng(2)
    tried = 0
    for p in random_polynomials(rng, 300):
        w = rng.uniform(-2, 2)
        eta_bar = first_level_eta(p, w)
        if eta_bar < 10:
            tried += 1
            assert one_step(p, p.deriv(), w, 0.999 * eta_bar) < 0 < one_step(p, p.deriv(), w, 1.001 * eta_bar)
    assert tried > 100
    for a in rng.uniform(0.1, 10, size=50):
        f = objectives.parabola(a)
        assert one_step(f, f.grad, 1.3, 1.999 / a) < 0 < one_step(f, f.grad, 1.3, 2.001 / a)


@pytest.mark.theorem("thm-local-descent")
@pytest.mark.parametrize(
    "f, slope",
    [
        (np.sin, np.cos),
        (np.exp, np.exp),
        (lambda w: np.log(1 + w * w), lambda w: 2 * w / (1 + w * w)),
        (lambda w: np.abs(w) * w, lambda w: 2 * np.abs(w)),  # differentiable once, and no more, at 0
    ],
)
def test_the_rate_of_descent_is_minus_the_slope_squared(f, slope):
    for w in np.random.default_rng(3).uniform(-1.4, 1.4, size=50):
        g = slope(w)
        for eta in [1e-4, 1e-5, 1e-6]:
            assert one_step(f, slope, w, eta) / eta == pytest.approx(-g * g, rel=20 * eta, abs=1e-9)
            assert one_step(f, slope, w, eta) < -eta * g * g / 2


@pytest.mark.theorem("thm-local-descent")
@pytest.mark.parametrize("eta", [1e-8, 0.1, 10])
def test_without_a_slope_no_step_goes_down(eta):
    """Hypothesis dropped: f'(w) = 0. The step has no length, so f stays as it is."""
    f = objectives.double_well()
    for flat in [-1, 0, 1]:
        assert one_step(f, f.grad, flat, eta) == 0


@pytest.mark.theorem("cex-step-goes-up")
def test_a_step_against_the_slope_goes_up():
    f = objectives.parabola()
    run = gradient_descent(f, f.grad, w0=1, eta=2.5, max_iter=1)
    assert run.path[:, 0].tolist() == [1, -1.5]
    assert run.values.tolist() == [0.5, 1.125]


@pytest.mark.theorem("cex-no-common-step")
def test_on_the_quartic_the_bound_is_one_over_two_w_squared():
    def f(w):
        return w**4

    def slope(w):
        return 4 * w**3

    for w in np.random.default_rng(4).uniform(-30, 30, size=200):
        eta_bar = 1 / (2 * w * w)
        assert first_level_eta(Polynomial([0, 0, 0, 0, 1]), w) == pytest.approx(eta_bar, rel=1e-9)
        assert one_step(f, slope, w, 0.999 * eta_bar) < 0 < one_step(f, slope, w, 1.001 * eta_bar)
    for eta in [100, 1, 0.1, 1e-3, 1e-5, 1e-10]:
        run = gradient_descent(f, slope, w0=eta**-0.5, eta=eta, gtol=0, max_iter=1)
        assert run.w[0] == pytest.approx(-3 * eta**-0.5)
        assert run.values[1] / run.values[0] == pytest.approx(81)


@pytest.mark.theorem("cex-kink")
def test_at_a_kink_every_step_goes_up():
    for g in [-1, -0.5, 0.01, 1]:
        for eta in [1e-12, 1e-3, 1, 100]:
            assert one_step(np.abs, lambda w: np.full_like(w, g), 0, eta) == pytest.approx(eta * abs(g))


@pytest.mark.theorem("cor-flat-at-minimum")
def test_the_slope_is_zero_at_every_interior_minimum():
    """Minima are found from heights alone, by ever finer grids; only then is the slope looked at."""
    rng = np.random.default_rng(5)
    found = 0
    for p in random_polynomials(rng, 100):
        w = np.linspace(-2, 2, 401)
        lowest = np.flatnonzero((p(w[1:-1]) < p(w[:-2])) & (p(w[1:-1]) < p(w[2:]))) + 1
        for centre in w[lowest]:
            for radius in [1e-2, 1e-3, 1e-4, 1e-5]:
                near = np.linspace(centre - radius, centre + radius, 401)
                centre = near[p(near).argmin()]
            found += 1
            assert abs(p.deriv()(centre)) < 1e-5
    assert found > 50


@pytest.mark.theorem("cor-flat-at-minimum")
@pytest.mark.parametrize("slope", [-1, 0.01, 1])
def test_a_minimum_at_a_kink_need_not_be_flat(slope):
    """Hypothesis dropped: at the lowest point of |w| neither the one-sided slopes nor those between lead down."""
    for eta in [1e-9, 1]:
        assert one_step(np.abs, lambda w: np.full_like(w, slope), 0, eta) > 0


@pytest.mark.theorem("cex-flat-not-minimum")
def test_three_places_of_slope_zero_hold_the_walk():
    f = {sign: objectives.parabola(2 * sign) for sign in (1, -1)}
    for value, slope in [(f[1], f[1].grad), (f[-1], f[-1].grad), (lambda w: w**3, lambda w: 3 * w * w)]:
        run = gradient_descent(value, slope, w0=0, eta=0.1, gtol=0, max_iter=1000)
        assert (run.path == 0).all()
    h = np.logspace(-6, 0, 20)
    assert (f[1](h) > 0).all() and (f[1](-h) > 0).all()
    assert (f[-1](h) < 0).all() and (f[-1](-h) < 0).all()
    assert (h**3 > 0).all() and ((-h) ** 3 < 0).all()


@pytest.mark.theorem("cex-flat-not-minimum")
def test_a_hilltop_holds_whoever_starts_there():
    f = objectives.double_well()
    run = gradient_descent(f, f.grad, w0=0, eta=0.1)
    assert (run.status, run.n_iter, run.w[0]) == ("gtol", 0, 0)
    assert f(1e-3) < f(0) > f(-1e-3)


@pytest.mark.theorem("cex-flat-not-minimum")
def test_the_walk_on_the_cubic_creeps_to_a_place_that_is_no_minimum():
    run = gradient_descent(lambda w: w**3, lambda w: 3 * w * w, w0=1, eta=0.1, gtol=0, max_iter=1000)
    w = run.path[:, 0]
    assert w[-1] == pytest.approx(0.003302808598439903, rel=1e-11)
    assert (np.diff(w) < 0).all() and (w > 0).all()
    growth = np.diff(1 / w)  # the exercise's identity, and its limit 3 eta
    assert growth == pytest.approx(0.3 / (1 - 0.3 * w[:-1]), rel=1e-9)
    assert growth[-1] == pytest.approx(0.3, rel=2e-3)
    fallen = gradient_descent(lambda w: w**3, lambda w: 3 * w * w, w0=-0.1, eta=0.1)
    assert fallen.status == "diverged" and fallen.w[0] < 0


@pytest.mark.theorem("thm-limits-are-flat")
def test_limits_of_walks_are_zeros_of_the_slope():
    """The zeros come from the coefficients, not from the walk. No stopping test is used."""
    rng = np.random.default_rng(6)
    settled = 0
    for p in random_polynomials(rng, 80):
        slope = p.deriv()
        run = gradient_descent(p, slope, w0=rng.uniform(-2, 2), eta=0.05, gtol=0, max_iter=1000)
        if run.status != "diverged" and np.ptp(run.path[-500:]) < 1e-12:
            settled += 1
            assert min(abs(slope.roots() - run.w[0])) < 1e-6
    assert settled > 20


@pytest.mark.theorem("thm-limits-are-flat")
def test_at_a_kink_a_walk_can_settle_where_there_is_no_slope():
    """Hypothesis dropped: f is w^2/2 to the right of 0 and w to the left. It has a kink at 0, and no slope there."""

    def slope(w):
        return np.where(w > 0, w, 1.0)

    run = gradient_descent(lambda w: np.where(w > 0, w * w / 2, w), slope, w0=1, eta=0.1, gtol=0, max_iter=500)
    assert 0 < run.w[0] == pytest.approx(0.9**500)  # the walk tends to 0
    assert slope(0) == 1  # from the left; from the right it is 0


@pytest.mark.theorem("cex-limit-not-flat")
def test_a_differentiable_function_on_which_a_walk_settles_where_the_slope_is_one():
    """In exact arithmetic: the walk 1, 1/2, 1/3, ... The slope at 0 exists, and is no limit of the slopes near 0."""
    w, n = sympy.symbols("w", real=True), sympy.symbols("n", integer=True, positive=True)
    f = sympy.log(1 + w) + w**2 / 2 + w**2 / (2 * sympy.pi) * sympy.sin(2 * sympy.pi / w)
    assert sympy.simplify(f.diff(w).subs(w, 1 / n) - (1 / n - 1 / (n + 1))) == 0
    assert sympy.limit(f / w, w, 0) == 1  # the slope at 0
    walk = [Fraction(1, number) for number in range(1, 60)]
    for here, there in pairwise(walk):
        slope = sympy.nsimplify(f.diff(w).subs(w, sympy.Rational(here.numerator, here.denominator)))
        assert here - Fraction(slope.p, slope.q) == there
    half = f.diff(w).subs(w, 1 / (n + sympy.Rational(1, 2)))
    assert sympy.limit(half, n, sympy.oo) == 2  # beside the walk the slope tends to 2, on it to 0: not continuous


@pytest.mark.theorem("thm-start-decides")
def test_on_the_two_valley_ground_the_side_decides():
    rng = np.random.default_rng(7)
    f = objectives.double_well()
    for eta in [0.01, 0.05, 0.2, 0.4, 0.5]:
        edge = np.sqrt(1 + 1 / eta)
        starts = rng.uniform(-edge, edge, size=(1, 2000))
        starts[0, :4] = [1e-3, -1e-3, edge * (1 - 1e-6), -edge * (1 - 1e-6)]
        paths = trajectories(f.grad, starts, optimizers.gd(eta), n=int(60 / eta))
        assert np.allclose(paths[-1], np.sign(starts), atol=1e-9)
        assert (np.sign(paths) == np.sign(starts)).all()


@pytest.mark.theorem("thm-start-decides")
def test_the_monotone_walk_in_its_proof():
    """From (0, 1] the walk never turns back and never passes 1."""
    f = objectives.double_well()
    starts = np.random.default_rng(8).uniform(0, 1, size=(1, 500))
    for eta in [0.05, 0.25, 0.5]:
        paths = trajectories(f.grad, starts, optimizers.gd(eta), n=200)
        assert (np.diff(paths, axis=0) > -1e-15).all() and (paths <= 1 + 1e-15).all()


@pytest.mark.theorem("thm-start-decides")
def test_with_a_large_eta_the_valleys_throw_the_walk_out():
    """Hypothesis dropped: for eta > 1 the map's slope at 1, 1 - 2 eta, is beyond -1."""
    f = objectives.double_well()
    paths = trajectories(f.grad, [[1 + 1e-6, 0.5]], optimizers.gd(1.2), n=500)
    assert (abs(abs(paths[-100:]) - 1) > 1e-3).any(axis=0).all()


@pytest.mark.theorem("cex-over-the-hill")
def test_a_long_first_step_lands_on_the_hilltop_or_beyond_it():
    f = objectives.double_well()
    for eta in np.random.default_rng(9).uniform(0.01, 1, size=100):
        edge = np.sqrt(1 + 1 / eta)
        first = [gradient_descent(f, f.grad, s * edge, eta, gtol=0, max_iter=1).w[0] for s in (0.999, 1, 1.001)]
        assert first[0] > 0 > first[2] and first[1] == pytest.approx(0, abs=1e-12)
    # in exact arithmetic, as the chapter states it
    w = Fraction(2)
    assert w - Fraction(1, 3) * (w**3 - w) == 0
    run = gradient_descent(f, f.grad, w0=2, eta=0.35)
    assert run.path[1, 0] == pytest.approx(-0.1) and run.w[0] == pytest.approx(-1)
