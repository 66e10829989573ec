"""Line searches against worked examples, and the guarantees that theory gives them."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import gradient_descent, minimize, models, objectives, trajectories
from gdlib.linesearch import armijo, exact

ALL = dict(gtol=0, xtol=0, ftol=0)


def test_backtracking_accepts_the_first_step_that_pays(oracle):
    f, o = objectives.parabola(10), oracle("backtracking-one-step")
    run = minimize(f, f.grad, 1.0, armijo(f, c=0.1), max_iter=1)
    assert run.etas.tolist() == [o["eta"]] and run.values.tolist() == [5, o["f1"]]
    assert o["eta"] >= o["guaranteed_lower_bound_2b(1-c)/L"]


def test_backtracking_on_the_exponential_bowl(oracle):
    f, o = objectives.exp_bowl(), oracle("backtracking-exp-bowl")
    run = minimize(f, f.grad, [-1, 1], armijo(f, first=1, factor=0.7, c=0.1), max_iter=10, **ALL)
    np.testing.assert_allclose(run.w, o["w"], rtol=1e-9)
    np.testing.assert_allclose(run.etas, o["steps"], rtol=1e-12)
    assert run.f - f(f.minima[0]) == pytest.approx(o["gap"], rel=1e-8)


def test_the_condition_is_met_with_equality():
    # f = w^2/2 from 1 with t = 1 falls to 0: exactly c t |g|^2 for c = 1/2, and halves are not rounded
    f = objectives.parabola()
    assert minimize(f, f.grad, 1.0, armijo(f, c=0.5), max_iter=1, **ALL).etas.tolist() == [1]
    assert minimize(f, f.grad, 1.0, armijo(f, c=0.51), max_iter=1, **ALL).etas.tolist() == [0.5]


def test_the_first_step_tried_is_1_and_is_halved():
    gentle, steep = objectives.parabola(0.5), objectives.parabola(4)
    assert minimize(gentle, gentle.grad, 1.0, armijo(gentle), max_iter=1, **ALL).etas.tolist() == [1]
    assert minimize(steep, steep.grad, 1.0, armijo(steep), max_iter=1, **ALL).etas.tolist() == [0.25]
    # f = w^2/2 falls by t (1 - t/2) |g|^2: with c = 1e-4, steps up to 2 - 2e-4 pay
    f = objectives.parabola()
    assert minimize(f, f.grad, 1.0, armijo(f, first=2 - 4e-4), max_iter=1, **ALL).etas[0] == 2 - 4e-4
    assert minimize(f, f.grad, 1.0, armijo(f, first=2 - 1e-4), max_iter=1, **ALL).etas[0] == 1 - 0.5e-4


def test_every_search_starts_again_from_the_first_step():
    f = objectives.rosenbrock()
    run = minimize(f, f.grad, [-1.2, 1], armijo(f), max_iter=200, **ALL)
    assert (np.diff(run.values) < 0).all() and (np.diff(run.etas) > 0).any()
    np.testing.assert_allclose(np.log2(run.etas) % 1, 0)


def test_a_search_may_begin_from_twice_its_last_step():
    f = objectives.rosenbrock()
    run = minimize(f, f.grad, [-1.2, 1], armijo(f, growth=2), max_iter=200, **ALL)
    again = minimize(f, f.grad, [-1.2, 1], armijo(f), max_iter=1, **ALL)
    assert run.etas[0] == again.etas[0]  # the first search begins where it is told
    rises = run.etas[1:] / run.etas[:-1]
    assert rises.max() == 2 and (rises == 1).any() and (rises < 1).any() and (np.diff(run.values) < 0).all()
    # every search doubles, every try but the last halves, and no power of 2 is rounded: so the tries are known
    halvings = 199 - np.log2(run.etas[-1])
    assert run.nfev == 1 + 200 + halvings
    slow = minimize(f, f.grad, [-1.2, 1], armijo(f, growth=1), max_iter=200, **ALL)
    assert (np.diff(slow.etas) <= 0).all()  # from its last step, never longer


def test_a_step_of_0_is_not_doubled():
    # every step, however short, goes up: the search ends at t = 0, and the next one begins afresh
    f = armijo(lambda w: 1.0 * (w[0] != 0), growth=2)
    step, last = f.update(np.array([1.0]), f.init(np.zeros(1)), np.zeros(1))
    assert step == 0 and last.step == 0
    step, last = f.update(np.array([0.0]), last, np.zeros(1))
    assert last.step == 1


@pytest.mark.parametrize("growth", [None, 1, 2, 3.5])
@pytest.mark.parametrize("first", [1e-4, 1, 30])
def test_values_of_f_are_counted(growth, first):
    f, asked = objectives.quadratic(kappa=10, angle=0.4), []

    def counted(w):
        asked.append(w)
        return f(w)

    run = minimize(f, f.grad, [1, 1], armijo(counted, first, growth=growth), gtol=1e-3, max_iter=100)
    assert run.nfev == len(asked) > run.n_iter > 10
    assert len({tuple(w) for w in asked}) == run.nfev  # nothing is asked for twice
    assert minimize(f, f.grad, [1, 1], armijo(f), max_iter=0).nfev == 0
    assert gradient_descent(f, f.grad, [1, 1], 0.1).nfev == 0
    assert minimize(f, f.grad, [1, 1], exact(f.hess([0, 0]))).nfev == 0


def test_what_a_search_costs_on_real_data():
    X, y = models.load("breast_cancer")
    X = models.with_intercept(models.standardise(X))
    f = objectives.logistic_regression(X, y, penalty=0.01)
    constant = gradient_descent(f, f.grad, np.zeros(31), 1 / f.L, gtol=1e-4, max_iter=2000)
    short, long, grown = (
        minimize(f, f.grad, np.zeros(31), armijo(f, first, c=0.3, growth=growth), gtol=1e-4)
        for first, growth in ((1, None), (16, None), (1, 2))
    )
    assert constant.n_iter > 1000 and 250 < short.n_iter < 400  # it never lengthens: nearly all its steps are 1
    for run in (long, grown):
        assert run.converged and run.n_iter <= 40 and run.nfev <= 100 and run.etas.max() > 2 / f.L


@given(
    st.floats(0.1, 100),
    st.floats(0.1, 100),
    st.floats(0, 3),
    st.floats(0.05, 0.95),
    st.floats(0.01, 0.9),
    st.floats(0.01, 10),
    st.sampled_from([None, 1, 2]),
)
def test_accepted_steps_are_as_long_as_promised(mu, ratio, angle, factor, c, first, growth):
    L = mu * (1 + ratio)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    H = turn @ np.diag([mu, L]) @ turn.T
    f = objectives.quadratic_form((H + H.T) / 2)
    w0 = np.array([1.0, -0.5])
    run = minimize(f, f.grad, w0, armijo(f, first, factor, c, growth), max_iter=3, **ALL)
    promised = min(first, 2 * factor * (1 - c) / L)
    searched = run.grad_norms[:-1] > 1e-6 * run.grad_norms[0]  # nearer to the minimum rounding hides the descent
    assert (run.etas[searched] >= promised * (1 - 1e-9)).all()
    assert run.values[1] <= run.values[0] - c * run.etas[0] * run.grad_norms[0] ** 2 * (1 - 1e-9)


def test_a_step_out_of_the_domain_is_shortened():
    run = minimize(
        lambda w: -np.log(1 - w[0]) - w[0] * 3,
        lambda w: 1 / (1 - w) - 3,
        0.0,
        armijo(lambda w: -np.log(1 - w[0]) - w[0] * 3),
        max_iter=60,
    )
    assert run.status == "gtol" and run.w[0] == pytest.approx(2 / 3, abs=1e-6)


def test_backtracking_ends_where_rounding_hides_all_descent():
    f = objectives.parabola(minimiser=1.0)
    flat = minimize(lambda w: 1.0, lambda w: np.array([1.0]), 1.0, armijo(lambda w: 1.0), max_iter=1, **ALL)
    assert flat.n_iter == 1 and flat.w[0] == pytest.approx(1, abs=1e-10)
    at_the_bottom = minimize(f, f.grad, 1 + 1e-9, armijo(f, first=1e-30), max_iter=3, **ALL)
    assert at_the_bottom.w[0] == 1 + 1e-9  # a right gradient, and steps too short to be seen: no complaint


@pytest.mark.parametrize(
    ("f", "w0", "place"),
    [
        (objectives.parabola(minimiser=1.0), 3.0, "[3.]"),
        (objectives.rosenbrock(), [-1.2, 1.0], "[-1.2 1. ]"),
        (objectives.double_well(), 2.0, "[2.]"),  # polynomials: no noise in a last bit looks like a step down
    ],
)
def test_a_gradient_of_the_wrong_sign_is_named(f, w0, place):
    with pytest.raises(ValueError) as error:
        minimize(f, lambda w: -f.grad(w), w0, armijo(f), max_iter=1, **ALL)
    assert str(error.value) == f"grad must point uphill, but at w = {place} f falls along it: its sign is wrong"


def test_at_a_corner_no_sign_is_blamed():
    # 1 is a subgradient of max(w, -10 w) at 0, where no step pays in its direction
    corner = minimize(
        lambda w: max(w[0], -10 * w[0]), lambda w: np.ones(1), 0.0, armijo(lambda w: max(w[0], -10 * w[0])), max_iter=1
    )
    assert abs(corner.w[0]) < 1e-300


def test_a_search_ends_where_the_slope_overflows():
    asked = []

    def f(w):
        asked.append(w)
        assert len(asked) < 5000, "the search goes on for ever"
        return w[0] ** 2

    minimize(f, lambda w: np.array([1e200]), 1.0, armijo(f), max_iter=1, **ALL)


def test_the_exact_step_goes_to_the_lowest_point_of_the_line(oracle):
    f, o = objectives.quadratic(kappa=10), oracle("exact-step")
    run = minimize(f, f.grad, [1, 1], exact(f.hess([0, 0])), max_iter=30, **ALL)
    assert run.etas[0] == pytest.approx(o["eta"], rel=1e-14)
    np.testing.assert_allclose(run.path[1], o["w"], rtol=1e-12)
    g = f.grad(run.path.T)
    angles = np.sum(g[:, 1:] * g[:, :-1], axis=0) / (run.grad_norms[1:] * run.grad_norms[:-1])
    np.testing.assert_allclose(angles, 0, atol=1e-12)  # a right angle at every turn


@given(st.floats(1, 1000), st.floats(-3, 3), st.floats(-3, 3))
def test_the_exact_step_is_no_worse_than_any_other(kappa, x, y):
    f = objectives.quadratic(kappa, angle=0.4)
    run = minimize(f, f.grad, [x, y], exact(f.hess([0, 0])), max_iter=1, **ALL)
    for t in (0.5, 0.9, 1.1, 2):
        other = f(run.path[0] - t * run.etas[0] * f.grad(run.path[0]))
        assert run.values[1] <= other * (1 + 1e-9) + 1e-12


@given(st.floats(1, 1000), st.floats(0.1, 3), st.floats(-3, -0.1), st.floats(0.01, 1.99))
def test_a_part_of_the_exact_step_brings_its_part_of_the_descent(kappa, x, y, part):
    f = objectives.quadratic(kappa, angle=0.4)
    run = minimize(f, f.grad, [x, y], exact(f.hess([0, 0]), part), max_iter=1, **ALL)
    whole = minimize(f, f.grad, [x, y], exact(f.hess([0, 0])), max_iter=1, **ALL)
    np.testing.assert_allclose(run.etas, part * whole.etas, rtol=1e-14)
    descent, best = (r.values[0] - r.values[1] for r in (run, whole))
    assert descent == pytest.approx(part * (2 - part) * best, rel=1e-9, abs=1e-12 * f([x, y]))


def test_greedy_is_not_good():
    # from the worst start the best step every time is as slow as the best constant one; a tenth shorter is far ahead
    f = objectives.quadratic(kappa=100)
    left = {}
    for part in (0.9, 0.95, 0.99, 1, 1.2):
        run = minimize(f, f.grad, [100, 1], exact(f.hess([0, 0]), part), max_iter=64, **ALL)
        left[part] = run.f / run.values[0]
    assert left[1] == pytest.approx((99 / 101) ** 128, rel=1e-9)
    assert left[0.9] == pytest.approx(1.8e-6, rel=0.05) and left[0.95] == pytest.approx(3.4e-6, rel=0.05)
    assert left[0.99] == pytest.approx(0.077, abs=1e-3) == left[1.2]


def test_at_the_minimum_the_exact_step_is_0():
    f = objectives.quadratic()
    run = minimize(f, f.grad, [0, 0], exact(f.hess([0, 0])), max_iter=2, **ALL)
    assert run.etas.tolist() == [0, 0] and run.w.tolist() == [0, 0]


def test_exact_search_on_a_function_with_a_corner_heads_for_the_wrong_point(oracle):
    # Wolfe's function: smooth all along the path, and yet the path does not lead to the minimum, for there is none
    g, o = 4.0, oracle("nonsmooth-false-limit")

    def f(w):
        x, y = w
        return np.sqrt(x * x + g * y * y) if abs(y) <= x else (x + g * abs(y)) / np.sqrt(1 + g)

    def grad(w):
        x, y = w
        inside = np.array([x, g * y]) / np.sqrt(x * x + g * y * y) if abs(y) <= x else None
        return inside if inside is not None else np.array([1, g * np.sign(y)]) / np.sqrt(1 + g)

    w = np.array([4.0, 1.0])
    for _ in range(8):
        d, low, high = grad(w), 0.0, 10.0
        for _ in range(200):  # golden section
            a, b = high - 0.6180339887498949 * (high - low), low + 0.6180339887498949 * (high - low)
            low, high = (low, b) if f(w - a * d) < f(w - b * d) else (a, high)
        w = w - (low + high) / 2 * d
    np.testing.assert_allclose(w, o["w"], atol=1e-7)
    assert f([-1, 0]) == pytest.approx(o["f_at_minus1_0"], rel=1e-14)


F = objectives.quadratic()


def in_place(w):
    w -= 1
    return w @ w


BAD = [
    (lambda: armijo(None), "f must be a function of w, got None"),
    (lambda: armijo(5.5), "f must be a function of w, got 5.5: give the function itself, not one of its values"),
    (
        lambda: minimize(F, F.grad, [1, 1], armijo(in_place), max_iter=1),
        "f must not change its arguments in place: write w = 2 * w for w *= 2, or begin with w = w.copy()",
    ),
    (lambda: armijo(F, first=0), "first must be a positive finite number, got 0"),
    (lambda: armijo(F, factor=1), "factor must be a number in (0, 1), got 1"),
    (lambda: armijo(F, factor=0), "factor must be a number in (0, 1), got 0"),
    (lambda: armijo(F, c=0), "c must be a number in (0, 1), got 0"),
    (lambda: armijo(F, c=1.5), "c must be a number in (0, 1), got 1.5"),
    (lambda: armijo(F, growth=0.5), "growth must be a finite number, 1 or more, got 0.5"),
    (lambda: exact(np.eye(2), part=0), "part must be a number in (0, 2), got 0"),
    (lambda: exact(np.eye(2), 2), "part must be a number in (0, 2), got 2"),
    (lambda: exact([1, 2]), "H must have 2 axes, got shape (2,)"),
    (
        lambda: trajectories(F.grad, [[1, 2], [3, 4]], armijo(F), 1),
        "a line search takes one start of shape (d,), got shape (2, 2)",
    ),
    *[
        (lambda H=H: exact(H), "H must be symmetric with positive eigenvalues: else some lines have no lowest point")
        for H in ([[1, 2], [0, 1]], [[1, 0], [0, -1]], [[1, 0], [0, 0]], np.ones((2, 3)))
    ],
]


@pytest.mark.parametrize(("call", "sentence"), BAD)
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
