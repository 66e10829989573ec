"""The line that a search looks along, against closed forms; and what the kinds with a search refuse."""

import re

import numpy as np
import pytest

from gdlib import explore, linesearch, minimize, objectives, optimizers, schedules
from gdlib.explore.along import along, reach, words
from gdlib.explore.formula import Formula
from gdlib.explore.roots import factor, largest

WAVY = "w**2/10 + sin(3*w)"


@pytest.mark.parametrize("curvature", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("c", [1e-4, 0.3, 0.45, 0.9])
def test_on_a_parabola_it_is_the_closed_form(curvature, c):
    f = Formula(f"{curvature}*w**2/2")
    w, best = np.array([1.5]), 1 / curvature
    seen = along(f.value, w, f.gradient(w), 4 * best, 0.5, c, 3 * best)
    [[low, high]] = seen.accepted
    assert (low, high, seen.lowest) == pytest.approx((0, 2 * (1 - c) * best, best), rel=1e-6)
    # among 4, 2, 1, 1/2, ... times the best step the first that is at most 2 (1 - c) of it
    taken = next(t for t in 4.0 * 0.5 ** np.arange(30) if t <= 2 * (1 - c) * (1 + 1e-12))
    assert seen.tries[-1] == pytest.approx(taken * best)


def test_the_three_pieces_of_the_chapter_and_the_one():
    f, w = Formula(WAVY), np.array([2.2])
    three = along(f.value, w, f.gradient(w), 1, 0.5, 1e-4, 2).accepted
    np.testing.assert_allclose(three, [[0, 0.434], [0.577, 1.056], [1.262, 1.607]], atol=5e-4)
    assert len(along(f.value, w, f.gradient(w), 1, 0.5, 0.3, 2).accepted) == 1


@pytest.mark.parametrize("function", [WAVY, "(x**2 + 10*y**2)/2", objectives.rosenbrock(), "exp(-w)"])
@pytest.mark.parametrize("settings", [{}, {"first": 0.25, "factor": 0.8, "c": 0.4}])
def test_the_tries_end_where_the_line_search_of_the_library_lands(function, settings):
    picture = explore.line(function, **settings)
    w, f = np.atleast_1d(picture.w0), picture.f
    p = {"first": 1.0, "factor": 0.5, "c": 1e-4} | settings
    seen = along(f.value, w, f.gradient(w), **p, longest=1)
    once = minimize(f.value, f.gradient, w, linesearch.armijo(f.value, **p), gtol=0, max_iter=1)
    assert seen.tries[-1] == once.etas[0] == picture.run.etas[0]
    assert len(seen.tries) == once.nfev - 1  # one value is that at the start


def test_how_far_it_looks():
    f, w = Formula(WAVY), np.array([2.2])
    assert reach(f.value, w, f.gradient(w), 1, 1e-4) == 2
    steep = Formula("500*w**2")
    assert reach(steep.value, np.array([1.0]), np.array([1000.0]), 1, 1e-4) == 2.0**-8  # the longest accepted is 0.002
    assert explore.line(WAVY, w0=2.2, longest=0.7)._picture.longest == 0.7


def test_what_is_said_of_the_tries_and_of_ground_that_falls_on():
    f, w = Formula("exp(-w)"), np.array([0.0])
    g = f.gradient(w)
    told = words("w", 0, w, g, along(f.value, w, g, 1, 0.5, 1e-4, 2))
    assert (
        told
        == "Step 1 tries t = 1 and takes it, to w = 1. Of all t up to 2 it would accept 0 to 2; f is still falling there."
    )
    f, w = Formula("w**2/2"), np.array([1.0])
    for first, said in (
        (2, "t = 2 and takes 1, to w = 0."),
        (2**8, "t = 256 and shorter, and after 9 tries takes 1, to w = 0."),
    ):
        assert said in words("w", 2, w, w, along(f.value, w, w, first, 0.5, 0.5, 2))


def test_the_whole_run_is_the_library_s():
    picture = explore.line("(x**2 + 10*y**2)/2", w0=(1, 1), c=0.3)
    f = objectives.quadratic(10)
    run = minimize(f, f.grad, [1, 1], linesearch.armijo(f, c=0.3))
    np.testing.assert_allclose(picture.run.path, run.path, rtol=1e-12, atol=1e-12)
    picture.set(c=0.6, first=4)
    assert repr(picture).startswith("t₀ = 4, q = 0.5, c = 0.6 from (1, 1): ")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"w0": 0.0, "function": "w**2"}, "w0 must be a point where f is not flat"),
        ({"c": 1.5}, "c must be"),
        ({"first": -1}, "first must be"),
        ({"factor": 0.99}, "factor must be between 0.01 and 0.95"),
        ({"longest": 0}, "longest must be"),
        ({"function": "c*w**2", "constants": {"c": (1, 2, 1)}, "w0": 1}, "'c' is the line search's"),
        ({"function": lambda w: w @ w, "w0": 1.0}, "line needs a formula"),
    ],
)
def test_what_a_line_refuses(arguments, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        explore.line(**{"function": WAVY, "w0": 2.2} | arguments)


def test_parts_of_the_exact_step_on_the_valley_of_the_chapter():
    runs = {part: ("exact", {"part": part}) for part in (1.0, 0.9, 1.2)}
    picture = explore.compare(
        "(x**2 + 100*y**2)/2",
        {str(k): v for k, v in runs.items()},
        w0=(100, 1),
        window=((-5, 105), (-2, 2)),
        steps=64,
        gtol=0,
    )
    best, shorter, longer = (run.f / run.values[0] for run in picture.runs)
    assert best == pytest.approx((99 / 101) ** 128, rel=1e-6)
    assert shorter < 1e-5 and longer > 0.05
    assert repr(picture).startswith("1.0: part θ = 1 from (100, 1): ")


def test_a_search_is_a_rule_of_two_d_and_compare():
    f = objectives.rosenbrock()
    picture = explore.two_d(f, ("armijo", {"first": 1.0}), w0=(-1.2, 1), steps=3)
    run = minimize(f, f.grad, [-1.2, 1], linesearch.armijo(f), max_iter=3)
    np.testing.assert_allclose(picture.run.path, run.path, rtol=1e-10)


@pytest.mark.parametrize(
    ("function", "options", "why"),
    [
        (objectives.rosenbrock(), {}, "an exact line search needs a quadratic"),
        ("x**2 - y**2", {}, "H must be symmetric with positive eigenvalues"),
        ("s*x**2 + y**2", {"constants": {"s": (1, 2, 1)}}, "without named numbers"),
        (lambda w: w @ w, {}, "the rule exact needs a formula"),
        ("x**2 + y**2", {"beside": "sweep"}, "beside='sweep' needs a learning rate"),
    ],
)
def test_what_the_exact_step_refuses(function, options, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        explore.two_d(function, ("exact", {}), w0=(1, 1), **options)


def chebyshev(n, low, high):
    angles = (2 * np.arange(n) + 1) * np.pi / (2 * n)
    return 1 / ((high + low) / 2 + (high - low) / 2 * np.cos(angles))


@pytest.mark.parametrize("n", [1, 2, 8, 64])
@pytest.mark.parametrize("kappa", [2.0, 9.0, 100.0])
def test_chebyshev_s_steps_have_the_largest_factor_of_the_theorem(n, kappa):
    r = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    steps = chebyshev(n, 1, kappa)
    assert largest(1 / steps, 1, kappa) == pytest.approx(2 * r**n / (1 + r ** (2 * n)), rel=2e-3)
    for x in (0.0, 0.3, 1.0, kappa):
        assert factor(1 / steps, x) == pytest.approx(np.prod(1 - steps * x), rel=1e-9, abs=1e-12)


def test_planned_steps_end_at_one_place_in_any_order_and_over_a_mountain():
    picture = explore.roots(chebyshev(8, 1, 100), low=1, high=100)
    given, backwards = picture.runs
    r = 9 / 11
    assert given.f / given.values[0] == pytest.approx((2 * r**8 / (1 + r**16)) ** 2, rel=1e-6)
    assert backwards.f == pytest.approx(given.f, rel=1e-6)
    assert given.values.max() == given.values[0] and backwards.values.max() > 1e4 * given.values[0]
    one = explore.roots([0.2], low=1, high=9)  # p = 1 - x/5: at both ends 0.8
    assert "|p| is at most 0.8 from 1 to 9" in repr(one)
    one.set(root1=2.0)
    assert "|p| is at most 3.5 from 1 to 9" in repr(one)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (([0.1, -0.1], 1, 9), "steps must be one to 64 positive numbers"),
        (([0.1], 0, 9), "and low positive"),
        (([0.1], 9, 1), "low end first"),
        (([0.1] * 65, 1, 9), "one to 64"),
    ],
)
def test_what_roots_refuse(arguments, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        explore.roots(*arguments)


def test_a_schedule_s_slider_moves_its_largest_rate():
    f, plan = objectives.quadratic(10), schedules.warmup(schedules.cosine(0.1, 20), 5)
    picture = explore.compare(f, {"plan": plan, "plain": 0.1}, w0=(1, 1), steps=30, gtol=0)
    for times in (1, 1.5):
        picture.set(eta_1=0.1 * times)
        run = minimize(f, f.grad, [1, 1], optimizers.gd(lambda k: plan(k) * times if k < 25 else 0.1), gtol=0, max_iter=25)
        np.testing.assert_allclose(picture.runs[0].path[:26], run.path, rtol=1e-9, atol=1e-12)
    assert repr(picture).startswith("plan: ηₖ ≤ 0.15 from (1, 1): ")
    assert "\nplain: η = 0.1 from (1, 1): " in repr(picture)


def test_a_schedule_with_a_rate_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match=r"eta\(3\)"):
        explore.two_d(objectives.quadratic(10), lambda k: 0.3 - k / 10, w0=(1, 1))


def test_stochastic_runs_have_guesses_and_goals_too():
    points = [(0, 1), (1, 3), (2, 2), (3, 5)]
    picture = explore.sgd(
        "constant", points, eta=1 / 4, w0=0, window=(-1, 7), predict="end", goal={"end": 2.75, "batch": (2, None)}
    )
    assert picture.reached is False
    picture.set(batch=4, epochs=20)
    assert picture.reached is True
    with pytest.raises(ValueError, match="cannot name steps"):
        explore.sgd("constant", points, w0=0, window=(-1, 7), goal={"steps": 3})


def test_a_right_angle_is_a_turn_and_who_stands_still_is_in_no_cycle():
    exact = explore.two_d("(x**2 + 100*y**2)/2", ("exact", {}), w0=(100, 1), window=((-5, 105), (-2, 2)), steps=64)
    assert "from (100, 1): zig-zags, not there yet: " in repr(exact)
    square = "x**2 + y**2"  # from (1, 0) and then from (1, 1): the last two of 8 steps have the rate 0
    still = explore.two_d(square, schedules.join(0.01, 6, schedules.cosine(0.01, 1)), w0=(1, 0), steps=8, gtol=0)
    assert "never turns back, not there yet: " in repr(still)


def test_a_part_beyond_two_is_refused():
    with pytest.raises(ValueError, match=r"part must be between 0\.01 and 1\.99"):
        explore.two_d("x**2 + y**2", ("exact", {"part": 2.5}), w0=(1, 1))
