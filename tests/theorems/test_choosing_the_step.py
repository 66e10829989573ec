"""Chapter 10, Choosing the step: each of its theorems on many random instances that satisfy the hypotheses,
tight where it is tight, and failing where a hypothesis is dropped.

The numbers with many digits are closed forms, or were computed apart from this library.
"""

from itertools import pairwise
from math import cos, log, pi, sin, sqrt

import numpy as np
import pytest

from gdlib import gradient_descent, minimize, models, objectives, schedules
from gdlib.linesearch import armijo, exact

SEEDS = range(20)


def steps_of(f, grad, w0, rule, steps):
    return minimize(f, grad, w0, rule, gtol=0, max_iter=steps)


def run_for(f, grad, w0, eta, steps):
    return gradient_descent(f, grad, w0, eta, gtol=0, max_iter=steps)


def random_bowl(rng, d):
    """A random quadratic with its minimiser, its Hessian and the ends of its spectrum."""
    Q, _ = np.linalg.qr(rng.normal(size=(d, d)))
    eigenvalues = np.sort(10 ** rng.uniform(-1, 2, d))
    H, centre = Q * eigenvalues @ Q.T, rng.normal(size=d)
    H = (H + H.T) / 2
    return objectives.quadratic_form(H, H @ centre), centre, H, Q, eigenvalues


def waves(rng, d=3, n=4):
    """A random sum of plane waves, not convex, with its gradient, an L for which it is L-smooth, and a lower bound."""
    a, b, c = rng.normal(size=n), rng.normal(size=(n, d)), rng.uniform(0, 2 * pi, n)
    L = np.abs(a) @ (b**2).sum(axis=1)
    return lambda w: a @ np.cos(b @ w + c), lambda w: -(a * np.sin(b @ w + c)) @ b, L, -np.abs(a).sum()


def quartic(w):
    return w[0] ** 4


def quartic_grad(w):
    return 4 * w**3


# --- the exact step and its parts -----------------------------------------------------------------------------


@pytest.mark.theorem("thm-part-of-the-exact-step")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_part_gains_its_share_and_the_exact_step_keeps_the_bound(seed):
    rng = np.random.default_rng(seed)
    f, centre, H, _, eigenvalues = random_bowl(rng, d=int(rng.integers(2, 7)))
    kappa, lowest, start = eigenvalues[-1] / eigenvalues[0], f(centre), rng.normal(size=len(centre))
    best = steps_of(f, f.grad, start, exact(H), 1)
    gain, gap = best.values[0] - best.f, best.values[0] - lowest
    assert best.f - lowest <= ((kappa - 1) / (kappa + 1)) ** 2 * gap * (1 + 1e-9) + 1e-12
    for part in rng.uniform(0.01, 1.99, 5):
        other = steps_of(f, f.grad, start, exact(H, part), 1)
        assert other.values[0] - other.f == pytest.approx(part * (2 - part) * gain, rel=1e-7)
    g = f.grad(start)  # beyond twice the exact step nothing is gained
    assert f(start - 2.01 * best.etas[0] * g) > f(start)


@pytest.mark.theorem("thm-part-of-the-exact-step")
@pytest.mark.parametrize("seed", SEEDS)
def test_from_the_worst_start_every_exact_step_is_the_best_constant_one(seed):
    rng = np.random.default_rng(seed)
    f, centre, H, Q, eigenvalues = random_bowl(rng, d=4)
    mu, L = eigenvalues[[0, -1]]
    start = centre + rng.uniform(0.5, 2) * (L / mu * Q[:, 0] + Q[:, -1])
    run = steps_of(f, f.grad, start, exact(H), 6)
    np.testing.assert_allclose(run.etas, 2 / (mu + L), rtol=1e-6)
    gaps = run.values - f(centre)
    np.testing.assert_allclose(gaps[1:] / gaps[:-1], ((L - mu) / (L + mu)) ** 2, rtol=1e-5)


@pytest.mark.theorem("thm-part-of-the-exact-step")
def test_off_quadratics_a_part_does_not_gain_this_share():
    # f = w^4 from 1: the exact step is 1/4 and gains 1; half of it leads to 1/2 and gains 15/16, not 3/4
    assert 1 - quartic(np.array([1 - 0.125 * 4.0])) == 15 / 16


@pytest.mark.theorem("thm-part-of-the-exact-step")
def test_known_numbers_for_the_exact_step_and_its_parts(oracle):
    o, bowl = oracle("exact-step"), objectives.quadratic(kappa=10)
    run = steps_of(bowl, bowl.grad, [1, 1], exact(bowl.hess([0, 0])), 1)
    assert run.etas[0] == pytest.approx(o["eta"], rel=1e-14) and run.w == pytest.approx(o["w"], rel=1e-12)
    valley = objectives.quadratic(kappa=100)
    left = {
        part: steps_of(valley, valley.grad, [100, 1], exact(valley.hess([0, 0]), part), 64).f / 5050
        for part in (0.9, 1.0, 1.2)
    }
    assert left[1.0] == pytest.approx((99 / 101) ** 128, rel=1e-9)
    assert left[0.9] == pytest.approx(1.8e-6, rel=0.05) and left[1.2] == pytest.approx(0.0772, abs=1e-4)


# --- the slow pattern -----------------------------------------------------------------------------------------


def next_ratio(ratio, part, kappa):
    upper = 1 + kappa * ratio - part * kappa * (1 + ratio)
    lower = 1 + kappa * ratio - part * (1 + ratio)
    return ratio * (upper / lower) ** 2


def kept_ratio(part, kappa):
    return (part * (kappa + 1) - 2) / (2 * kappa - part * (kappa + 1))


def derivative(part, kappa):
    return 1 - 2 / (kappa - 1) ** 2 * ((kappa + 1) ** 2 * (2 - part) - 4 * kappa / part)


@pytest.mark.theorem("thm-slow-pattern")
@pytest.mark.parametrize("seed", SEEDS)
def test_one_ratio_is_kept_and_its_run_is_the_slow_one(seed):
    rng = np.random.default_rng(seed)
    mu, kappa = 10 ** rng.uniform(-1, 1), 10 ** rng.uniform(0.3, 2)
    low, high = 2 / (kappa + 1), 2 * kappa / (kappa + 1)
    part = rng.uniform(low + 0.05 * (high - low), high - 0.05 * (high - low))
    kept, L = kept_ratio(part, kappa), kappa * mu
    assert kept > 0 and next_ratio(kept, part, kappa) == pytest.approx(kept, rel=1e-7)
    f = objectives.quadratic_form(np.diag([mu, L]))
    run = steps_of(f, f.grad, [1 / mu, sqrt(kept) / L], exact(np.diag([mu, L]), part), 3)
    np.testing.assert_allclose(run.etas, 2 / (mu + L), rtol=1e-6)
    np.testing.assert_allclose(run.values[1:] / run.values[:-1], ((kappa - 1) / (kappa + 1)) ** 2, rtol=1e-5)
    # any start: the ratios of a real run are those of the formula
    a, b = f.grad(steps_of(f, f.grad, rng.normal(size=2), exact(np.diag([mu, L]), part), 1).path.T)
    assert (b[1] / a[1]) ** 2 == pytest.approx(next_ratio((b[0] / a[0]) ** 2, part, kappa), rel=1e-5)
    # no other ratio is kept: the difference changes its sign once, on a fine grid
    grid = np.geomspace(1e-6, 1e6, 4000) * kept
    changes = np.flatnonzero(np.diff(np.sign(next_ratio(grid, part, kappa) - grid)))
    assert len(changes) == 1 and grid[changes[0]] < kept < grid[changes[0] + 1]


@pytest.mark.theorem("thm-slow-pattern")
@pytest.mark.parametrize("kappa", [2.0, 10.0, 100.0, 1e4])
def test_parts_above_1_are_drawn_into_the_pattern_and_parts_below_are_driven_out(kappa):
    low, high = 4 * kappa / (kappa + 1) ** 2, 2 * kappa / (kappa + 1)
    for share in (0.03, 0.3, 0.7, 0.97):
        above, below = 1 + share * (high - 1), low + share * (1 - low)
        for part in (above, below):
            kept = kept_ratio(part, kappa)
            h = 1e-5 * kept
            slope = (next_ratio(kept + h, part, kappa) - next_ratio(kept - h, part, kappa)) / (2 * h)
            assert slope == pytest.approx(derivative(part, kappa), abs=1e-5)
        assert abs(derivative(above, kappa)) < 1 < -derivative(below, kappa)
    assert derivative(1.0, kappa) == pytest.approx(-1)
    assert next_ratio(3.0, 1.0, kappa) == pytest.approx(1 / 3)
    far = low / 2  # below the border the pattern attracts again
    if far > 2 / (kappa + 1):
        assert abs(derivative(far, kappa)) < 1


@pytest.mark.theorem("thm-slow-pattern")
def test_a_ratio_near_the_kept_one_is_drawn_in_or_driven_out():
    for part, drawn in ((1.2, True), (0.9, False), (0.99, False)):
        kept = kept_ratio(part, 100)
        ratio = kept * (1 + 1e-6)
        distances = []
        for _ in range(2000):
            ratio = next_ratio(ratio, part, 100)
            distances.append(abs(ratio / kept - 1))
        assert (distances[-1] < 1e-12) if drawn else (max(distances) > 0.1)


# --- Armijo ---------------------------------------------------------------------------------------------------


@pytest.mark.theorem("thm-armijo")
@pytest.mark.parametrize("seed", SEEDS)
def test_backtracking_ends_and_accepts_a_step_of_a_certain_length(seed):
    rng = np.random.default_rng(seed)
    for _ in range(10):
        f, grad, L, _ = waves(rng)
        w, first, q, c = rng.normal(size=3), 10 ** rng.uniform(-2, 3), rng.uniform(0.1, 0.9), rng.uniform(1e-4, 0.95)
        t = steps_of(f, grad, w, armijo(f, first, q, c), 1).etas[0]
        g, allowed = grad(w), 1e-12
        assert t >= min(first, 2 * q * (1 - c) / L) * (1 - 1e-9)
        assert f(w - t * g) <= f(w) - c * t * (g @ g) + allowed
        tries = rng.uniform(0, 1, 20) * min(first, 2 * (1 - c) / L)
        assert all(f(w - s * g) <= f(w) - c * s * (g @ g) + allowed for s in tries)


@pytest.mark.theorem("thm-armijo")
def test_the_bound_on_the_accepted_step_is_tight(oracle):
    o, f = oracle("backtracking-one-step"), objectives.parabola(10)
    run = steps_of(f, f.grad, 1.0, armijo(f, c=0.1), 1)
    assert (run.etas[0], run.f) == (o["eta"], o["f1"])
    for c in (0.1, 0.5, 0.9):  # first tries a hair too long: the accepted step is hardly more than q times the longest
        longest = 2 * (1 - c) / 10
        t = steps_of(f, f.grad, 1.0, armijo(f, longest * (1 + 1e-6), 0.5, c), 1).etas[0]
        assert t == pytest.approx(longest / 2, rel=2e-6)


@pytest.mark.theorem("thm-armijo")
def test_backtracking_on_the_exponential_bowl(oracle):
    o, f = oracle("backtracking-exp-bowl"), objectives.exp_bowl()
    run = steps_of(f, f.grad, [-1, 1], armijo(f, factor=0.7, c=0.1), 10)
    np.testing.assert_allclose(run.etas, o["steps"], rtol=1e-9)
    np.testing.assert_allclose(run.w, o["w"], rtol=1e-9)


@pytest.mark.theorem("thm-armijo")
def test_on_a_quadratic_c_above_one_half_refuses_the_exact_step():
    f = objectives.parabola(4)  # the exact step is 1/4, and nothing is rounded
    assert steps_of(f, f.grad, 1.0, armijo(f, 0.25, c=0.5), 1).etas[0] == 0.25
    assert steps_of(f, f.grad, 1.0, armijo(f, 0.25, c=0.501), 1).etas[0] == 0.125


@pytest.mark.theorem("thm-armijo")
def test_without_an_L_there_is_no_bound_for_all_points_but_the_search_ends():
    steps = [steps_of(quartic, quartic_grad, w0, armijo(quartic), 1).etas[0] for w0 in (1.0, 10.0, 100.0, 1000.0)]
    assert all(0 < after < before / 50 for before, after in pairwise(steps))


@pytest.mark.theorem("thm-armijo")
def test_a_right_side_that_is_frozen_may_refuse_every_step():
    # f = 5 w^2 from 1, c = 0.1, first try 1: the frozen right side is 5 - 10 < 0, which f never reaches
    f, tries = objectives.parabola(10), 0.5 ** np.arange(60)
    values = np.array([f(np.array([1 - 10 * t])) for t in tries])
    moving, frozen = values <= 5 - 0.1 * tries * 100, values <= 5 - 0.1 * tries[0] * 100
    assert tries[moving.argmax()] == steps_of(f, f.grad, 1.0, armijo(f, c=0.1), 1).etas[0] == 0.125
    assert not frozen.any()


@pytest.mark.theorem("cor-armijo-rates")
@pytest.mark.parametrize("growth", [None, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_backtracks_keeps_its_rates(seed, growth):
    rng = np.random.default_rng(seed)
    first, q, c = 10 ** rng.uniform(-1, 2), rng.uniform(0.1, 0.9), rng.uniform(0.01, 0.9)
    f, grad, L, lowest = waves(rng)
    least = min(first, 2 * q * (1 - c) / L)
    run = steps_of(f, grad, rng.normal(size=3), armijo(f, first, q, c, growth), 40)
    squares = run.grad_norms**2
    assert (np.diff(run.values) <= -c * least * squares[:-1] + 1e-12).all()
    for K in (1, 10, 40):
        assert squares[:K].min() <= (run.values[0] - lowest) / (c * least * K)
    f, centre, _, _, eigenvalues = random_bowl(rng, d=4)
    least = min(first, 2 * q * (1 - c) / eigenvalues[-1])
    run = steps_of(f, f.grad, rng.normal(size=4), armijo(f, first, q, c, growth), 30)
    gaps, factor = run.values - f(centre), 1 - 2 * eigenvalues[0] * c * least
    assert (gaps <= factor ** np.arange(31) * gaps[0] * (1 + 1e-9) + 1e-10).all()


@pytest.mark.theorem("cex-uphill-search")
def test_uphill_no_step_is_accepted_and_gdlib_says_so():
    t = 10.0 ** np.arange(-6, 3)
    assert (0.5 * (1 + t) ** 2 > 0.5 - 1e-4 * t).all()
    f = objectives.parabola()
    with pytest.raises(ValueError, match="its sign is wrong"):
        minimize(f, lambda w: -w, 1.0, armijo(f))


# --- cost, on real data ---------------------------------------------------------------------------------------


def test_on_the_tumours_a_search_pays():
    X, benign = models.load("breast_cancer")
    f = models.logistic(models.standardise(X), benign, penalty=0.01)
    constant = gradient_descent(f, f.grad, np.zeros(30), 1 / f.L, gtol=1e-4, max_iter=3000)
    short, long = (minimize(f, f.grad, np.zeros(30), armijo(f, first), gtol=1e-4) for first in (1, 16))
    assert constant.n_iter > 1000 and (short.etas == 1).all() and short.nfev == short.n_iter + 1
    assert long.n_iter <= 40 and long.nfev <= 100 and long.etas.min() > 2 / f.L


# --- schedules ------------------------------------------------------------------------------------------------


@pytest.mark.theorem("cex-stops-short")
@pytest.mark.parametrize(
    ("share", "end"),
    [(0.5, sin(pi / sqrt(2)) / (pi / sqrt(2))), (0.25, 2 / pi)],  # Euler's product, and Wallis's
)
def test_rates_with_a_finite_sum_stop_short(share, end):
    f = objectives.parabola()
    run = run_for(f, f.grad, 1.0, lambda k: share / (k + 1) ** 2, 4000)
    assert run.w[0] == pytest.approx(end, rel=share / 3000) and run.w[0] > end
    sums_to_infinity = run_for(f, f.grad, 1.0, lambda k: share / (k + 1), 4000)
    assert sums_to_infinity.w[0] < end / 2 and sums_to_infinity.w[0] == pytest.approx(0, abs=0.13)


@pytest.mark.theorem("cex-warm-up")
def test_a_ramp_of_three_steps_saves_the_run_and_one_of_two_does_not():
    for n in (1, 2):
        run = gradient_descent(quartic, quartic_grad, 3.0, schedules.warmup(0.1, n), gtol=1e-3)
        assert run.status == "diverged" and abs(run.path[1, 0]) > sqrt(5)
    assert run.path[1, 0] == pytest.approx(-2.4)
    assert run_for(quartic, quartic_grad, 3.0, schedules.warmup(0.1, 3), 1).w[0] == pytest.approx(-0.6)
    for n in [*range(3, 40), 100, 300]:  # and so do all longer ones, which the prediction says
        run = gradient_descent(quartic, quartic_grad, 3.0, schedules.warmup(0.1, n), gtol=1e-3)
        assert run.status == "gtol" and (np.diff(np.abs(run.path[:, 0])) < 0).all()


def test_the_schedules_are_those_of_the_chapter():
    """At every step, also past the end of each: the ramp, then the cosine from its own beginning, then 0."""
    cosine = [(1 + cos(pi * min(max(k - 8, 0), 32) / 32)) / 2 for k in range(60)]
    wanted = 0.4 * np.array([(k + 1) / 8 if k < 8 else cosine[k] for k in range(60)])
    joined = schedules.join(schedules.warmup(0.4, 8), 8, schedules.cosine(0.4, 32))
    for rate in (joined, schedules.warmup(schedules.cosine(0.4, 32), 8)):
        np.testing.assert_allclose(schedules.rates(rate, 60), wanted, rtol=1e-12, atol=1e-15)
    inverse = schedules.rates(schedules.inverse(0.4, rate=0.25), 60)
    np.testing.assert_allclose(inverse, 0.4 / (1 + 0.25 * np.arange(60)), rtol=1e-12)


def test_a_schedule_counted_from_each_epoch_never_falls_to_its_end():
    sound = schedules.warmup(schedules.cosine(1.0, 32), 8)
    restarted = [sound(k % 10) for k in range(41)]
    assert min(restarted[1:]) >= 1 / 8 and sound(40) == pytest.approx(0, abs=1e-15)


# --- long steps -----------------------------------------------------------------------------------------------


def chebyshev(n, low, high):
    angles = (2 * np.arange(n) + 1) * pi / (2 * n)
    return 1 / ((high + low) / 2 + (high - low) / 2 * np.cos(angles))


def worst_factor(steps, low, high):
    return np.abs(np.prod(1 - np.outer(steps, np.linspace(low, high, 4001)), axis=0)).max()


@pytest.mark.theorem("thm-chebyshev-steps")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_other_steps_have_a_smaller_largest_factor(seed):
    rng = np.random.default_rng(seed)
    low, n = 10 ** rng.uniform(-1, 1), int(rng.integers(1, 8))
    high = low * 10 ** rng.uniform(0.3, 2)
    r = (sqrt(high / low) - 1) / (sqrt(high / low) + 1)
    steps = chebyshev(n, low, high)
    bound = 2 * r**n / (1 + r ** (2 * n))
    assert worst_factor(steps, low, high) == pytest.approx(bound, rel=1e-9)  # both ends are on the grid
    for size in (1e-3, 1e-2, 0.1, 1):
        for _ in range(10):
            others = steps * np.exp(size * rng.normal(size=n))
            assert worst_factor(others, low, high) > bound * (1 - 1e-6)
    assert worst_factor(np.full(n, 2 / (low + high)), low, high) >= bound * (1 - 1e-9)
    f = objectives.quadratic_form(np.diag([low, (low + high) / 2, high]))
    for order in (steps, rng.permutation(steps)):
        run = run_for(f, f.grad, rng.normal(size=3), lambda k, order=order: float(order[k]), n)
        assert (np.abs(run.w) <= bound * np.abs(run.path[0]) * (1 + 1e-6)).all()


@pytest.mark.theorem("thm-chebyshev-steps")
def test_known_numbers_for_chebyshevs_steps():
    assert chebyshev(2, 1, 9) == pytest.approx([1 / (5 + sqrt(8)), 1 / (5 - sqrt(8))], rel=1e-12)
    assert worst_factor(chebyshev(2, 1, 9), 1, 9) == pytest.approx(8 / 17, rel=1e-9)
    assert chebyshev(2, 1, 9)[1] > 2 / 9  # longer than 2/L
    # outside the interval the bound fails
    assert worst_factor(chebyshev(4, 1, 9), 1, 10) > worst_factor(chebyshev(4, 1, 9), 1, 9) * 1.1
    valley, steps = objectives.quadratic(kappa=100), chebyshev(8, 1, 100)
    for order, most in ((steps, 1), (steps[::-1], 5.5e6)):
        run = run_for(valley, valley.grad, [1, 1], lambda k, order=order: float(order[k]), 8)
        assert run.f / run.values[0] == pytest.approx(0.149045, rel=1e-4)
        assert run.values.max() / run.values[0] == pytest.approx(most, rel=0.02)


def silver(k):
    power = ((k + 1) & -(k + 1)).bit_length() - 1
    return 1 + (1 + sqrt(2)) ** (power - 1)


def silver_bound(m):
    return 1 / (1 + sqrt(4 * (1 + sqrt(2)) ** (2 * m) - 3))


def convex_functions(rng):
    """Random convex functions with L and a minimiser: quadratics, pseudo-Huber functions, penalised logistic losses."""
    f, centre, _, _, eigenvalues = random_bowl(rng, d=3)
    yield f, f.grad, eigenvalues[-1], centre
    delta = 10 ** rng.uniform(-2, 0)
    h = objectives.huber(delta)
    yield h, h.grad, 1.0, np.zeros(1)
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    loss = objectives.logistic_regression(X, y, penalty=0.01)
    yield loss, loss.grad, loss.L, loss.minima[0]


@pytest.mark.theorem("thm-silver-steps")
@pytest.mark.parametrize("seed", SEEDS)
def test_silver_steps_keep_their_bound(seed):
    rng = np.random.default_rng(seed)
    for f, grad, L, best in convex_functions(rng):
        start = best + rng.normal(size=len(best))
        size = L * np.sum((start - best) ** 2)
        for m in (1, 2, 3, 4, 5):
            run = run_for(f, grad, start, lambda k, L=L: silver(k) / L, 2**m - 1)
            assert run.f - f(best) <= silver_bound(m) * size + 1e-12


@pytest.mark.theorem("thm-silver-steps")
def test_silver_steps_promise_nothing_between_the_horizons(oracle):
    o, f = oracle("silver-parabola"), objectives.parabola()
    run = run_for(f, f.grad, 1.0, silver, 16)
    for k in (1, 3, 4, 7, 8, 15, 16):
        assert run.path[k, 0] == pytest.approx(o[f"w{k}"], rel=1e-11)
    assert run.values[8] > silver_bound(3) > run.values[7]
    # the exponent of n: one more m doubles n and divides the bound by about 1 + sqrt(2)
    assert log(silver_bound(30) / silver_bound(31)) / log(2) == pytest.approx(1.2715533, rel=1e-6)
    # not convex: sin has L = 1 too, and its gap from a maximum stays
    hill = run_for(lambda w: np.cos(w[0]), lambda w: -np.sin(w), 0.0, silver, 63)
    assert hill.f - (-1) > silver_bound(6) * pi**2


@pytest.mark.theorem("cex-silver-huber")
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_silver_steps_on_hubers_function(m, oracle):
    rho, n = 1 + sqrt(2), 2**m - 1
    assert sum(silver(k) for k in range(n)) == pytest.approx(rho**m - 1, rel=1e-12)
    h = objectives.huber(1 / (2 * rho**m - 1))
    run = run_for(h, h.grad, 1.0, silver, n)
    assert run.f == pytest.approx(1 / (4 * rho**m - 2), rel=1e-10)
    assert run.f < silver_bound(m)
    if m == 3:
        o = oracle("silver-huber")
        assert run.f == pytest.approx(o["f"], rel=1e-11) and silver_bound(3) == pytest.approx(o["proved_bound"])


def test_the_mixed_order_is_a_permutation_in_which_each_step_stands_beside_its_opposite():
    order = [0]
    while len(order) < 64:
        order = [i for k in order for i in (k, 2 * len(order) - 1 - k)]
    assert sorted(order) == list(range(64)) and all(a + b == 63 for a, b in zip(order[::2], order[1::2]))
    assert cos(pi * (2 * order[0] + 1) / 128) > 0.99
