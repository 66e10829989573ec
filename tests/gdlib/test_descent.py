"""The loop: every way to stop, exactly when it should, with the whole trace and a sentence that says so."""

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import (
    basins,
    gradient_descent,
    linesearch,
    minimize,
    models,
    objectives,
    optimizers,
    stochastic,
    trajectories,
)
from gdlib.descent import CLINIC, DIVERGENCE_BOUND
from press import ROOT

BOWL = objectives.quadratic(kappa=10)
PARABOLA = objectives.parabola()
ALL = dict(gtol=0, xtol=0, ftol=0)


def steps(f, w0, eta, n):
    """Exactly n steps of plain descent."""
    return gradient_descent(f, f.grad, w0, eta, max_iter=n, **ALL)


# --- where it goes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "f", "eta", "w0", "n", "rtol", "atol"),
    [
        ("quadratic-decay", PARABOLA, 0.1, [1], 10, 1e-12, 0),
        ("quadratic-one-step", objectives.parabola(4), 0.25, [3], 1, 0, 0),
        ("quadratic-alternating", PARABOLA, 1.5, [1], 9, 1e-12, 0),
        ("quadratic-two-cycle", PARABOLA, 2.0, [1], 7, 0, 0),
        ("quadratic-divergence", PARABOLA, 2.1, [1], 50, 1e-12, 0),
        ("bowl-eta-one-over-L", BOWL, 0.1, [1, 1], 10, 1e-12, 1e-15),
        ("bowl-best-fixed-step", BOWL, 2 / 11, [1, 1], 21, 1e-11, 0),
        ("saddle-reached", objectives.saddle(), 0.1, [1, 0], 200, 1e-10, 0),
        ("start-on-maximum", objectives.double_well(), 0.1, [0], 1000, 0, 0),
        ("jump-onto-maximum", objectives.double_well(), 1.0, [2**0.5], 1, 0, 2e-15),
        ("unbounded-below", objectives.parabola(-1), 0.1, [1], 100, 1e-12, 0),
        ("gd-against-momentum", objectives.quadratic(100), 2 / 101, [1, 1], 50, 1e-11, 0),
        ("rosenbrock-1000", objectives.rosenbrock(), 1e-3, [-1.2, 1], 1000, 1e-9, 0),
        ("rosenbrock-10000", objectives.rosenbrock(), 1e-3, [-1.2, 1], 10000, 1e-9, 0),
    ],
)
def test_descent_goes_where_it_must(oracle, name, f, eta, w0, n, rtol, atol):
    run = steps(f, w0, eta, n)
    assert run.n_iter == n and run.status == "max_iter"
    np.testing.assert_allclose(run.w, oracle(name), rtol=rtol, atol=atol)


def test_corners_and_valleys_without_a_floor(oracle):
    o = oracle("abs-two-cycle")
    path = steps(objectives.abs_value(), 1, 0.3, 100).path[:, 0]
    np.testing.assert_allclose(path[[100, 99]], [o["w100"], o["w99"]], atol=1e-12)
    o = oracle("exp-decay")
    run = steps(objectives.exp_decay(), 0, 1.0, 1000)
    np.testing.assert_allclose([run.w[0], run.f], [o["w"], o["f"]], rtol=1e-11)
    o = oracle("separable-logistic")
    run = steps(objectives.logistic_regression([[1.0]], [1]), 0, 1.0, 10000)
    np.testing.assert_allclose([run.w[0], run.f], [o["w"], o["loss"]], rtol=1e-11)
    run = gradient_descent(lambda w: w**3, lambda w: 3 * w**2, 1.0, 0.1, **ALL)
    assert run.w[0] == pytest.approx(oracle("inflection")["w"], rel=1e-11)


def test_the_quartic_converges_on_one_side_of_a_threshold(oracle):
    f, o = objectives.quartic(), oracle("quartic-threshold")
    assert steps(f, 2.3, 0.1, 5).w[0] == pytest.approx(o["w_from_2.3_k5"], rel=1e-9)
    assert steps(f, 2.2, 0.1, 200).w[0] == pytest.approx(o["w_from_2.2_k200"], rel=1e-9)
    assert steps(f, 2.3, 0.1, 200).status == "diverged"
    assert o["threshold"] == pytest.approx(1 / math.sqrt(2 * 0.1), rel=1e-14)


def test_the_logistic_map_settles_in_its_cycle(oracle):
    o = oracle("logistic-map-cycle")
    path = steps(objectives.logistic_map(r=3.2), 0.3, 1.0, 1001).path[:, 0]
    np.testing.assert_allclose(path[[1000, 1001]], [o["w1000"], o["w1001"]], rtol=1e-10)


def test_the_saddle_lets_go_after_a_while(oracle):
    o = oracle("saddle-escape")
    y = steps(objectives.saddle(), [1, 1e-6], 0.1, 200).path[:, 1]
    k = int(np.argmax(np.abs(y) > 0.5))
    assert k == o["k"] and y[k] == pytest.approx(o["y"], rel=1e-8)


def test_a_step_against_the_gradient_can_go_up(oracle):
    o = oracle("uphill-step")
    assert steps(PARABOLA, 1, 2.5, 1).values.tolist() == [o["f0"], o["f1"]]


def test_models_are_fitted(oracle):
    f = objectives.least_squares(np.column_stack([np.ones(4), np.arange(4)]), [1, 3, 2, 5])
    np.testing.assert_allclose(steps(f, [0, 0], 0.2, 200).w, oracle("least-squares")["w"], rtol=1e-10)
    f = objectives.logistic_regression(np.column_stack([np.ones(5), np.arange(-2, 3)]), [0, 1, 0, 1, 1])
    np.testing.assert_allclose(steps(f, [0, 0], 2.0, 100).w, oracle("logistic-regression")["w"], rtol=1e-10)
    np.testing.assert_allclose(steps(objectives.beale(), [1, 1], 0.01, 1000).w, oracle("beale")["w"], rtol=1e-9)


# --- how fast: the bounds of the theory, attained or kept ------------------------------------------------------------


def test_the_descent_lemma_with_equality(oracle):
    f, o = objectives.parabola(3), oracle("descent-lemma-equality")
    run = steps(f, 2, 0.5, 1)
    assert run.values.tolist() == [o["f0"], o["f1"]]
    assert o["bound"] == run.values[0] - 0.5 * (1 - f.L * 0.5 / 2) * run.grad_norms[0] ** 2


def test_the_convex_rate_is_attained_by_a_huber_function(oracle):
    o = oracle("convex-rate-attained")
    run = steps(objectives.huber(1 / 21), 1, 1.0, 10)
    assert run.w[0] == pytest.approx(o["w"], rel=1e-12) and run.f == pytest.approx(o["f"], rel=1e-12)
    assert o["tight_bound"] == pytest.approx(1 / (4 * 10 + 2), rel=1e-14) == pytest.approx(run.f, rel=1e-12)
    assert run.f < o["textbook_bound_LR2_over_2k"] < o["nesterov_2LR2_over_k_plus_4"]


def test_the_smallest_gradient_keeps_its_bound(oracle):
    o = oracle("nonconvex-rate")
    run = gradient_descent(lambda w: np.log1p(w**2), lambda w: 2 * w / (1 + w**2), 10.0, 0.5, max_iter=20, **ALL)
    assert run.w[0] == pytest.approx(o["w"], rel=1e-10)
    smallest = run.grad_norms[:20].min() ** 2
    assert smallest == pytest.approx(o["min_grad_sq_first_20"], rel=1e-10)
    assert smallest < o["bound"] == pytest.approx(2 * 2 * np.log(101) / 20, rel=1e-14)


def test_the_linear_rate_keeps_its_bound(oracle):
    o, run = oracle("linear-rate"), steps(BOWL, [1, 1], 0.1, 15)
    assert run.f == pytest.approx(o["f"], rel=1e-11)
    assert o["bound"] == pytest.approx((1 - BOWL.mu / BOWL.L) ** 15 * run.values[0], rel=1e-13) and run.f < o["bound"]


# --- when it stops ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "eta"), [("stop-gtol-best-step", 2 / 11), ("stop-gtol-one-over-L", 0.1), ("stop-gtol-small-step", 0.01)]
)
def test_gtol_stops_at_the_first_small_gradient(oracle, name, eta):
    run, o = gradient_descent(BOWL, BOWL.grad, [1, 1], eta, max_iter=5000), oracle(name)
    assert (run.status, run.n_iter) == ("gtol", o["k"]) and run.converged
    assert run.grad_norms[-1] == pytest.approx(o["grad_norm"], rel=1e-8)
    assert run.grad_norms[-2] > 1e-6
    assert run.message == (
        f"Stopped by gtol after {o['k']} steps: the gradient norm {o['grad_norm']:.3g} is at most gtol = 1e-06."
    )


def test_xtol_stops_after_the_first_short_step(oracle):
    run, o = gradient_descent(BOWL, BOWL.grad, [1, 1], 0.01, gtol=0, xtol=1e-6, max_iter=5000), oracle("stop-xtol")
    assert (run.status, run.n_iter) == ("xtol", o["k"] + 1) and run.converged
    lengths = np.linalg.norm(np.diff(run.path, axis=0), axis=1)
    assert lengths[-1] == pytest.approx(o["step_norm"], rel=1e-8) and lengths[-2] > 1e-6
    assert np.linalg.norm(run.path[-2]) == pytest.approx(o["distance_to_min"], rel=1e-8)
    assert (
        run.message == f"Stopped by xtol after {o['k'] + 1} steps: the last step moved w by 9.94e-07, at most xtol = 1e-06."
    )


def test_ftol_stops_after_the_first_small_change(oracle):
    run, o = gradient_descent(BOWL, BOWL.grad, [1, 1], 0.01, gtol=0, ftol=1e-9, max_iter=5000), oracle("stop-ftol")
    assert (run.status, run.n_iter) == ("ftol", o["k"] + 1) and run.converged
    assert run.values[-2] - run.values[-1] == pytest.approx(o["df"], rel=1e-6)
    assert run.values[-3] - run.values[-2] > 1e-9
    assert run.values[-2] == pytest.approx(o["f_gap"], rel=1e-6)
    assert (
        run.message
        == f"Stopped by ftol after {o['k'] + 1} steps: the last step changed f by 9.92e-10, at most ftol = 1e-09."
    )


def test_ftol_looks_at_the_size_of_the_change_not_at_its_sign():
    run = gradient_descent(PARABOLA, PARABOLA.grad, 1.0, 2.5, ftol=0.5, max_iter=5)
    assert run.status == "max_iter"  # f rises by more than ftol at every step


def test_a_tiny_eta_satisfies_xtol_at_once(oracle):
    o = oracle("stop-xtol-too-soon")
    run = gradient_descent(PARABOLA, PARABOLA.grad, 1.0, 1e-6, gtol=0, xtol=1e-5)
    assert (run.status, run.n_iter) == ("xtol", 1)
    assert run.message.startswith("Stopped by xtol after 1 step: ")
    np.testing.assert_allclose([run.w[0], run.grad_norms[-1]], [o["w"], o["grad_norm"]], rtol=1e-12)


def test_the_tests_are_tried_in_their_order():
    every = dict(gtol=1e3, xtol=1e3, ftol=1e3, max_iter=1, callback=lambda *now: True)

    def status(**change):
        return gradient_descent(PARABOLA, PARABOLA.grad, 1.0, 0.1, **{**every, **change}).status

    assert status() == "gtol"
    assert status(gtol=0) == "xtol"
    assert status(gtol=0, xtol=0) == "ftol"
    assert status(gtol=0, xtol=0, ftol=0) == "callback"
    assert status(gtol=0, xtol=0, ftol=0, callback=None) == "max_iter"


@pytest.mark.parametrize("tolerance", ["gtol", "xtol", "ftol"])
def test_a_tolerance_is_met_with_equality_and_0_switches_it_off(tolerance):
    # f = w^2/2, eta = 1/2 from 2: after one step w, the gradient and the step are 1 and f falls by 1.5
    just = {"gtol": 1.0, "xtol": 1.0, "ftol": 1.5}[tolerance]
    off = dict(gtol=0, xtol=0, ftol=0)
    run = gradient_descent(PARABOLA, PARABOLA.grad, 2.0, 0.5, **{**off, tolerance: just})
    assert (run.status, run.n_iter) == (tolerance, 1)
    below = gradient_descent(PARABOLA, PARABOLA.grad, 2.0, 0.5, **{**off, tolerance: np.nextafter(just, 0)})
    assert (below.status, below.n_iter) == (tolerance, 2)
    still = gradient_descent(PARABOLA, PARABOLA.grad, 0.0, 0.5, max_iter=3, **off)
    assert (still.status, still.n_iter) == ("max_iter", 3)


def test_gtol_is_looked_at_before_the_first_step():
    run = gradient_descent(BOWL, BOWL.grad, [0, 0], 0.1, xtol=1, ftol=1)
    assert (run.status, run.n_iter, run.f) == ("gtol", 0, 0)
    assert run.path.shape == (1, 2) and run.etas.shape == (0,)


def test_the_callback_sees_every_step_and_can_stop():
    seen = []

    def watch(k, w, f, g):
        seen.append((k, w.copy(), f, g.copy()))
        return k == 3

    run = gradient_descent(BOWL, BOWL.grad, [1, 1], 0.1, callback=watch)
    assert (run.status, run.n_iter, run.converged) == ("callback", 3, False)
    assert [k for k, *_ in seen] == [1, 2, 3]
    for k, w, f, g in seen:
        np.testing.assert_array_equal(w, run.path[k])
        assert f == run.values[k] == BOWL(w)  # the same function of the same bits
        np.testing.assert_array_equal(g, BOWL.grad(w))
    assert run.message == f"Stopped by the callback after 3 steps: f = {run.f:.6g}, gradient norm {run.grad_norms[-1]:.3g}."


def test_the_limit_of_steps_says_what_is_left_and_when_f_rose():
    run = steps(BOWL, [1, 1], 0.01, 7)
    assert run.status == "max_iter" and not run.converged
    assert run.message == f"Stopped at the limit of 7 steps: the gradient norm is still {run.grad_norms[-1]:.3g}."
    worse = steps(BOWL, [1, 1], 0.21, 7)
    assert worse.message == (
        f"Stopped at the limit of 7 steps: the gradient norm is still {worse.grad_norms[-1]:.3g}. "
        f"f rose from 5.5 to {worse.f:.6g}: eta is probably too large."
    )
    start = steps(BOWL, [1, 1], 0.1, 0)
    assert start.n_iter == 0 and start.path.tolist() == [[1, 1]]
    assert start.message == "Stopped at the limit of 0 steps: the gradient norm is still 10."


def test_a_thousand_steps_unless_told():
    run = gradient_descent(BOWL, BOWL.grad, [1, 1], 1e-4)
    assert (run.status, run.n_iter) == ("max_iter", 1000)
    run = minimize(BOWL, BOWL.grad, [1, 1], optimizers.gd(1e-4))
    assert (run.status, run.n_iter) == ("max_iter", 1000)


def test_any_optimizer_is_called_as_promised():
    # a rule that uses all it is given: it remembers the start, looks at w, and tells its rate from its state
    def update(g, state, w):
        return -0.1 * g - 0.01 * (w - state[0]), (state[0], state[1] + 1)

    rule = optimizers.Optimizer(lambda w: (w.copy(), 0), update, lambda k, state: 10 * k + state[1])
    run = minimize(PARABOLA, PARABOLA.grad, 1.0, rule, max_iter=3, **ALL)
    expected = [1.0]
    for _ in range(3):
        expected.append(expected[-1] - 0.1 * expected[-1] - 0.01 * (expected[-1] - 1.0))
    np.testing.assert_allclose(run.path[:, 0], expected, rtol=1e-14)
    np.testing.assert_allclose(trajectories(PARABOLA.grad, [1.0], rule, 3)[:, 0], expected, rtol=1e-14)
    assert run.etas.tolist() == [1, 12, 23]


def test_the_trace_is_whole():
    run = gradient_descent(BOWL, BOWL.grad, [1, 1], 0.15)
    n = run.n_iter
    assert run.path.shape == (n + 1, 2)
    assert run.values.shape == run.grad_norms.shape == (n + 1,) and run.etas.shape == (n,)
    np.testing.assert_array_equal(run.w, run.path[-1])
    np.testing.assert_array_equal(run.grad, BOWL.grad(run.w))
    np.testing.assert_allclose(run.values, BOWL(run.path.T), rtol=1e-14)
    np.testing.assert_allclose(run.grad_norms, np.linalg.norm(BOWL.grad(run.path.T), axis=0), rtol=1e-14)
    np.testing.assert_allclose(run.path[1:], run.path[:-1] - 0.15 * BOWL.grad(run.path[:-1].T).T, rtol=1e-12)
    assert run.f == run.values[-1] and isinstance(run.f, float)
    assert set(run.etas) == {0.15}


def test_a_schedule_is_recorded_step_by_step():
    run = gradient_descent(PARABOLA, PARABOLA.grad, 1.0, lambda k: 1 / (k + 2), max_iter=4)
    np.testing.assert_allclose(run.etas, [1 / 2, 1 / 3, 1 / 4, 1 / 5])
    np.testing.assert_allclose(run.path[:, 0], [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])


def test_a_result_reads_as_a_sentence():
    run = steps(BOWL, [1, 1], 0.1, 10)
    assert repr(run) == f"{run.message}\nw = [0.348678 0.      ], f(w) = 0.0607883"


# --- divergence is a result ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("f", "w0", "eta"), [(PARABOLA, 1, 2.1), (objectives.quartic(), 3, 1), (BOWL, [1, 1], 50)])
def test_divergence_is_a_status_with_its_trace_and_no_warning(f, w0, eta):
    run = gradient_descent(f, f.grad, w0, eta, max_iter=10**5)  # a RuntimeWarning would be an error here
    assert run.status == "diverged" and not run.converged
    assert not np.linalg.norm(run.w) <= DIVERGENCE_BOUND
    assert np.linalg.norm(run.path[-2]) <= DIVERGENCE_BOUND
    assert len(run.path) == run.n_iter + 1 == len(run.values)


def told(run):
    """What is said of a run that diverged, without the last sentence, which leads to the clinic."""
    assert run.message.endswith(f". {CLINIC}")
    return run.message.removesuffix(f" {CLINIC}")


def test_the_clinic_has_its_name():
    page = json.loads((ROOT / "chapters/clinic.ipynb").read_text("utf-8"))
    assert page["cells"][0]["source"][0] == "# The clinic\n" and "book's page The clinic " in CLINIC


def test_only_divergence_leads_to_the_clinic():
    for options in ({"gtol": 0.1}, {"gtol": 0, "max_iter": 3}, {"gtol": 0, "xtol": 0.1}, {"gtol": 0, "ftol": 0.1}):
        assert "clinic" not in gradient_descent(PARABOLA, PARABOLA.grad, 1.0, 0.1, **options).message


def test_divergence_says_what_blew_up():
    def message(f, grad, w0=1.0, eta=1.0, **options):
        run = gradient_descent(f, grad, w0, eta, **options)
        assert run.status == "diverged"
        return told(run)

    far = message(PARABOLA, PARABOLA.grad, eta=1e6)
    assert far == "Diverged after 4 steps: the norm of w, 1e+24, is beyond 1e+20. Try a smaller eta."
    once = message(PARABOLA, PARABOLA.grad, eta=1e30)
    assert once == "Diverged after 1 step: the norm of w, 1e+30, is beyond 1e+20. Try a smaller eta."
    edge = message(lambda w: np.log(w[0] - 0.5), lambda w: np.array([1.0]))
    nan = "0 * log(0) is nan, and so is the logarithm or the root of a negative number."
    look = "f(w) is nan, although w and the gradient are finite. Look at f"
    assert edge == f"Diverged after 1 step: {look} at w = [0.]: {nan}"
    pit = message(lambda w: -1 / max(w[0], 0) if w[0] > 0 else -np.inf, lambda w: np.array([1.0]))
    bottomless = "f fell on the way: it may have no minimum."
    assert pit == f"Diverged after 1 step: f(w) is -inf. {bottomless}"
    hill = message(lambda w: -(w[0] ** 2) / 2, lambda w: -w)  # w doubles at each step, and 2^67 is 1.48e20
    assert hill == f"Diverged after 67 steps: the norm of w, 1.48e+20, is beyond 1e+20. {bottomless}"
    slope = message(lambda w: w[0], lambda w: np.array([1.0 if w[0] > 0 else np.nan]))
    assert slope == (
        "Diverged after 1 step: the gradient norm is nan, although w and f(w) are finite. Look at grad at w = [0.]."
    )
    later = message(lambda w: np.log(w[0]), lambda w: np.array([1.0]), w0=2.5)
    assert later == f"Diverged after 3 steps: {look} at w = [-0.5]: {nan}"
    many = message(lambda w: 0.0 if w[0] > 0 else np.nan, lambda w: np.ones(4), w0=np.ones(4))
    assert many == f"Diverged after 1 step: {look} there: {nan}"
    # entropy at the edge of its domain, where its gradient is cut off: 0 log 0
    p = gradient_descent(lambda w: w @ np.log(w), lambda w: np.log(np.maximum(w, 1e-9)) + 1, [1.0, 0.5], 1.0)
    assert p.status == "diverged" and "eta" not in p.message and "Look at f at w = [0. " in p.message
    wall = message(lambda w: np.sqrt(w[0]), lambda w: 0.5 / np.sqrt(w), eta=3.0)
    assert wall == (
        "Diverged after 1 step: f(w) and its gradient are not finite, so w may have left the domain of f. Try a smaller eta."
    )
    steep = message(lambda w: np.exp(w[0] ** 2), lambda w: 2 * w * np.exp(w**2), w0=3.0)
    assert steep == "Diverged after 1 step: f(w) is inf. Try a smaller eta."
    cliff = message(lambda w: w[0] ** 2, lambda w: 2 * w if w[0] > 0 else np.array([np.inf]), eta=0.9)
    assert cliff.endswith("the gradient norm is inf, although w and f(w) are finite. Look at grad at w = [-0.8].")
    cliff = message(lambda w: w[0] ** 2, lambda w: 2 * w if w[0] > 0 else np.array([np.inf]), eta=1.7)
    assert cliff == "Diverged after 1 step: the gradient norm is inf. Try a smaller eta."
    gone = message(lambda w: 0.0, lambda w: np.array([1e300]), eta=1e300)
    assert gone == "Diverged after 1 step: w is no longer finite. Try a smaller eta."


def test_a_gradient_of_the_wrong_sign_is_no_fault_of_eta():
    sign = "f rose, and it falls along grad at w0: grad has the wrong sign."
    far = gradient_descent(PARABOLA, lambda w: -PARABOLA.grad(w), 3.0, 0.5)
    assert far.status == "diverged" and told(far).endswith(f"is beyond 1e+20. {sign}")
    near = gradient_descent(BOWL, lambda w: -BOWL.grad(w), [1, 1], 1e-3, max_iter=5)
    assert near.message.endswith(": it falls along grad at w0: grad has the wrong sign.") and "eta" not in near.message


def test_nan_does_not_slip_through_as_convergence():
    # the oldest trap: "while norm > tol" ends at NaN as if it had converged
    run = gradient_descent(lambda w: w[0], lambda w: np.sqrt(w), 1.0, 3.0, xtol=1e-3, ftol=1e-3)
    assert run.status == "diverged"


def test_divergence_is_seen_before_tolerances_and_the_limit():
    run = gradient_descent(PARABOLA, PARABOLA.grad, 1.0, 1e30, gtol=1e100, xtol=1e100, max_iter=1)
    assert run.n_iter == 0  # gtol is met at the start
    run = gradient_descent(PARABOLA, PARABOLA.grad, 1.0, 1e30, gtol=0, xtol=1e100, ftol=1e100, max_iter=1)
    assert run.status == "diverged"


def test_the_bound_is_on_the_norm_of_w_and_not_on_f_or_the_gradient():
    edge = gradient_descent(lambda w: 0.0, lambda w: np.array([-DIVERGENCE_BOUND]), 0.0, 1.0, max_iter=1)
    assert edge.status == "max_iter" and edge.w[0] == DIVERGENCE_BOUND
    beyond = gradient_descent(lambda w: 0.0, lambda w: np.array([-DIVERGENCE_BOUND]), 1e5, 1.0, max_iter=1)
    assert beyond.status == "diverged"
    steep = gradient_descent(lambda w: 1e200 * w[0], lambda w: np.array([1e200]), 1.0, 1e-201, max_iter=3)
    assert steep.status == "max_iter" and steep.grad_norms[0] == pytest.approx(1e200, rel=1e-15)
    far_start = gradient_descent(lambda w: w[0], lambda w: np.array([1.0]), 1e21, 1.0, max_iter=0)
    assert far_start.status == "max_iter"


def test_tiny_gradients_keep_their_norm():
    run = gradient_descent(lambda w: 0.0, lambda w: np.array([3e-200, 4e-200]), [0, 0], 1.0, max_iter=0)
    assert run.grad_norms[0] == pytest.approx(5e-200, rel=1e-15)
    assert gradient_descent(lambda w: 0.0, lambda w: np.zeros(2), [0, 0], 1.0, gtol=0, max_iter=0).grad_norms[0] == 0


# --- what may come in ------------------------------------------------------------------------------------------------


def test_functions_of_a_learner_work():
    square = gradient_descent(lambda w: (w - 2) ** 2, lambda w: 2 * (w - 2), w0=4.0, eta=0.5)
    assert square.w.tolist() == [2] and square.values.tolist() == [4, 0]
    lists = gradient_descent(lambda w: w[0] ** 2 + w[1] ** 2, lambda w: [2 * w[0], 2 * w[1]], w0=(1, 2), eta=0.5)
    assert lists.w.tolist() == [0, 0]
    whole = gradient_descent(lambda w: 1, lambda w: np.array([1]), w0=[5], eta=1, max_iter=2)
    assert whole.w.tolist() == [3] and whole.path.dtype == whole.values.dtype == float


def test_the_start_is_left_untouched_and_taken_as_floats():
    w0 = np.array([1, 1])
    run = gradient_descent(BOWL, BOWL.grad, w0, 0.1)
    assert w0.tolist() == [1, 1] and w0.dtype == int and run.path.dtype == float
    start = np.array([1.0, 1.0])
    run = gradient_descent(BOWL, BOWL.grad, start, 0.1)
    assert start.tolist() == [1, 1] and not np.shares_memory(run.path, start)


def test_numpys_error_state_comes_back():
    before = np.geterr()
    gradient_descent(PARABOLA, PARABOLA.grad, 1.0, 2.1, max_iter=5000)
    trajectories(PARABOLA.grad, [[1.0]], optimizers.gd(1e300), 3)
    assert np.geterr() == before


def f_nan(w):
    return math.nan


BAD = [
    (dict(eta=-0.1), "eta must be a positive finite number, got -0.1"),
    (dict(eta=0), "eta must be a positive finite number, got 0"),
    (dict(eta=np.nan), "eta must be a positive finite number, got nan"),
    (dict(eta=np.inf), "eta must be a positive finite number, got inf"),
    (dict(eta="fast"), "eta must be a positive finite number, got fast"),
    (dict(eta=lambda k: -1.0), "eta(0) must be a positive finite number, got -1.0"),
    (dict(gtol=-1e-6), "gtol must be a finite number, 0 or more, got -1e-06"),
    (dict(xtol=np.nan), "xtol must be a finite number, 0 or more, got nan"),
    (dict(ftol=np.inf), "ftol must be a finite number, 0 or more, got inf"),
    (dict(max_iter=-1), "max_iter must be a whole number, at least 0, got -1"),
    (dict(max_iter=10.0), "max_iter must be a whole number, at least 0, got 10.0"),
    (dict(w0=[np.nan, 1]), "w0 must be finite, got [nan, 1]"),
    (dict(w0="here"), "w0 must be an array of real numbers, got 'here'"),
    (dict(w0=[[1, 2]]), "w0 must be a number or an array of shape (d,), got shape (1, 2)"),
    (dict(w0=[]), "w0 must be a number or an array of shape (d,), got shape (0,)"),
    (dict(grad=lambda w: np.ones(3)), "grad(w0) has shape (3,), but w0 has shape (2,)"),
    (dict(grad=lambda w: 1.0), "grad(w0) has shape (), but w0 has shape (2,)"),
    (dict(grad=lambda w: w * np.inf), "grad(w0) must be finite, got [inf inf]"),
    (dict(f=f_nan), "f(w0) must be finite, got nan"),
    (dict(f=lambda w: 1 / w[0] ** 2, w0=[0, 0]), "f(w0) must be finite, got inf"),
    (dict(f=lambda w: w), "f(w0) must be a single number, got an array of shape (2,)"),
    (dict(f=None), "f must be a function of w, got None"),
    (dict(f=3.0), "f must be a function of w, got 3.0: give the function itself, not one of its values"),
    (dict(f=BOWL([1, 1])), "f must be a function of w, got 5.5: give the function itself, not one of its values"),
    (dict(f="w**2"), "f must be a function of w, got 'w**2'"),
    (dict(grad=None), "grad must be a function of w, got None"),
    (
        dict(grad=BOWL.grad([1, 1])),
        "grad must be a function of w, got array([ 1., 10.]): give the function itself, not one of its values",
    ),
    (
        dict(grad=np.zeros(100)),
        "grad must be a function of w, got an array of shape (100,): give the function itself, not one of its values",
    ),
    (dict(f=lambda w: None), "f must return a value, got None: does it end with `return`?"),
    (dict(grad=lambda w: None), "grad must return a value, got None: does it end with `return`?"),
    (dict(f=lambda w: "low"), "f(w0) must be a single number, got 'low'"),
    (dict(f=lambda w: 1j), "f(w0) must be a single number, got 1j"),
    (dict(f=lambda w: print), "f(w0) must be a single number, got the function print"),
    (dict(grad=lambda w: ["a", "b"]), "grad(w0) must be an array of shape (2,), got ['a', 'b']"),
    (dict(f=objectives.squared_error), "f must be a function of w, got one that takes (w, X, y, penalty=0.0)"),
    (dict(grad=lambda: 0), "grad must be a function of w, got one that takes ()"),
    (dict(callback=3), "callback must be a function of k, w, f, g, got 3: give the function itself, not one of its values"),
    (dict(callback=0), "callback must be a function of k, w, f, g, got 0: give the function itself, not one of its values"),
    (dict(callback=lambda w: True), "callback must be a function of k, w, f, g, got one that takes (w)"),
    (dict(w0=None), "w0 must be an array of real numbers, got None"),
    (dict(w0=[1j, 1]), "w0 must be an array of real numbers, got [1j, 1]"),
    (dict(w0=["x"] * 50), "w0 must be an array of real numbers, got " + repr(["x"] * 50)[:77] + "..."),
    (dict(w0=np.full(99, np.nan)), "w0 must be finite, got an array of shape (99,)"),
    (
        dict(eta=optimizers.adam),
        "eta must be a number or a schedule, got the function adam: give an optimizer to minimize",
    ),
    (dict(eta=None), "eta must be a positive finite number, got None"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(change, sentence):
    arguments = {"f": BOWL, "grad": BOWL.grad, "w0": [1, 1], "eta": 0.1, **change}
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        gradient_descent(**arguments)


@pytest.mark.parametrize(
    ("optimizer", "sentence"),
    [
        (0.1, "got 0.1: write optimizers.gd(eta=0.1)"),
        (optimizers.adam, "got the function adam: write optimizers.adam(eta=...)"),
        ("adam", "got 'adam': write optimizers.adam(eta=...)"),
        ("Momentum", "got 'Momentum': write optimizers.momentum(eta=...)"),
        (linesearch.armijo, "got the function armijo: write linesearch.armijo(f)"),
        (linesearch.exact, "got the function exact: write linesearch.exact(H)"),
        (None, "got None: write for instance optimizers.gd(eta=0.1)"),
        (optimizers.Optimizer, "got the class Optimizer: write for instance optimizers.gd(eta=0.1)"),
    ],
)
def test_what_is_no_optimizer_is_refused_with_what_to_write(optimizer, sentence):
    sentence = "^" + re.escape(f"optimizer must be an Optimizer, {sentence}") + "$"
    f = models.linear(np.ones((2, 1)), [1, 2])
    for call in (
        lambda: minimize(BOWL, BOWL.grad, [1, 1], optimizer),
        lambda: trajectories(BOWL.grad, [1, 1], optimizer, 3),
        lambda: basins(BOWL.grad, [[0, 0]], [(0, 1), (0, 1)], optimizer),
        lambda: stochastic.sgd(f, 0.0, optimizer),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()


def test_the_parts_of_an_optimizer_must_be_functions():
    for name, arguments in (("init", "w"), ("update", "g, state, w"), ("rate", "k, state"), ("lookahead", "state, w")):
        broken = optimizers.gd(0.1)._replace(**{name: 0.1})
        with pytest.raises(ValueError, match=f"^the optimizer's {name} must be a function of {arguments}, got 0.1$"):
            minimize(BOWL, BOWL.grad, [1, 1], broken)


# --- a function that changes its argument ----------------------------------------------------------------------------


def doubled(w):
    w *= 2
    return w


def shifted(w):
    w[0] = w[0] - 2
    return w @ w


def late(w):
    if w[0] < 0.9:
        w.sort()
    return BOWL.grad(w)


IN_PLACE = " must not change its arguments in place: write w = 2 * w for w *= 2, or begin with w = w.copy()"


@pytest.mark.parametrize(
    ("guilty", "call"),
    [
        ("grad", lambda: gradient_descent(lambda w: w @ w, doubled, [1, 1], 0.1)),
        ("f", lambda: gradient_descent(shifted, BOWL.grad, [1, 1], 0.1)),
        ("grad", lambda: gradient_descent(BOWL, late, [1, 1], 0.1)),
        ("f", lambda: gradient_descent(lambda w: shifted(w) if w[0] < 0.9 else w @ w, BOWL.grad, [1, 1], 0.1)),
        ("grad", lambda: minimize(BOWL, late, [1, 1], optimizers.nesterov(0.1))),
        ("callback", lambda: gradient_descent(BOWL, BOWL.grad, [1, 1], 0.1, callback=lambda k, w, f, g: w.fill(0))),
        ("grad", lambda: trajectories(doubled, [[1.0, 2.0]], optimizers.gd(0.1), 3)),
        ("grad", lambda: trajectories(lambda w: doubled(w) if w[0, 0] < 1 else w, [[1.0, 2.0]], optimizers.gd(0.1), 3)),
        ("grad", lambda: basins(doubled, [[0.0]], [(-1, 1)], optimizers.gd(0.1))),
    ],
)
def test_a_function_that_changes_its_argument_is_named(guilty, call):
    with pytest.raises(ValueError, match="^" + guilty + re.escape(IN_PLACE) + "$") as error:
        call()
    assert "read-only" in str(error.value.__cause__)  # NumPy's own error, whose traceback shows the line


def test_an_optimizer_that_changes_what_it_is_given_is_named():
    def update(g, state, w):
        w -= 0.1 * g
        return 0 * w, state

    rule = optimizers.gd(0.1)._replace(update=update)
    for call in (
        lambda: minimize(BOWL, BOWL.grad, [1, 1], rule),
        lambda: trajectories(BOWL.grad, [1, 1], rule, 2),
        lambda: stochastic.sgd(models.linear(np.ones((2, 1)), [1, 2]), 0.0, rule),
    ):
        with pytest.raises(ValueError, match="^optimizer" + re.escape(IN_PLACE)):
            call()


def test_functions_may_keep_their_points_and_the_result_may_be_changed():
    kept = []

    def f(w):
        kept.append(w)
        return w @ w

    run = gradient_descent(f, lambda w: 2 * w, [1, 1], 0.1, max_iter=5)
    np.testing.assert_array_equal(kept, run.path)
    np.testing.assert_array_equal(trajectories(lambda w: w, [1, 1], optimizers.gd(0.1), 2)[1], [0.9, 0.9])
    for part in (run.w, run.grad, run.path, run.values):
        part *= 2  # the learner's own now
    assert run.path[-1].tolist() == run.w.tolist() and kept[-1].tolist() == (run.w / 2).tolist()
    buffer = np.zeros(2)

    def grad(w):
        np.multiply(w, 2, out=buffer)
        return buffer  # the same array at every step

    again = gradient_descent(lambda w: w @ w, grad, [1, 1], 0.1, max_iter=5)
    buffer[:] = 7
    np.testing.assert_array_equal(again.grad, 2 * again.w)
    np.testing.assert_array_equal(2 * again.path, run.path)


@pytest.mark.parametrize(
    ("f", "grad", "sentence"),
    [
        (lambda w: w @ w if w[0] > 0.7 else None, lambda w: 2 * w, "f must return a value, got None"),
        (lambda w: w @ w, lambda w: 2 * w if w[0] > 0.7 else None, "grad must return a value, got None"),
        (lambda w: w @ w, lambda w: 2 * w if w[0] > 0.7 else 2.0, "grad(w) has shape (), but w has shape (2,)"),
        (lambda w: w @ w if w[0] > 0.7 else 1 / 0, lambda w: 2 * w, "division by zero"),
    ],
)
def test_a_function_that_fails_on_the_way_is_named(f, grad, sentence):
    with pytest.raises((ValueError, ZeroDivisionError), match="^" + re.escape(sentence)):
        gradient_descent(f, grad, [1, 1], 0.1)


def test_a_learners_own_error_comes_through_as_it_is():
    def f(w):
        if w[0] < 0.9:
            raise TypeError("my own")
        return w @ w

    with pytest.raises(TypeError, match=r"^my own$"):
        gradient_descent(f, lambda w: 2 * w, [1, 1], 0.1)

    class Silent:
        __signature__ = "it does not tell"

        def __call__(self, w):
            raise TypeError("inside")

    with pytest.raises(TypeError, match=r"^inside$"):
        gradient_descent(Silent(), lambda w: 2 * w, [1, 1], 0.1)
    asked = []

    def once(w):  # asked again, it has nothing to complain about
        asked.append(w)
        if len(asked) == 2:
            raise TypeError("once")
        return 2 * w

    with pytest.raises(TypeError, match=r"^once$"):
        gradient_descent(lambda w: w @ w, once, [1, 1], 0.1)


# --- properties ------------------------------------------------------------------------------------------------------

coordinates = st.floats(-3, 3)


@given(coordinates, coordinates, st.floats(0.01, 0.19), st.floats(0, math.pi))
def test_descent_turns_with_the_function(x, y, eta, angle):
    c, s = math.cos(angle), math.sin(angle)
    R = np.array([[c, -s], [s, c]])
    straight, turned = objectives.quadratic(10), objectives.quadratic(10, angle)
    a = gradient_descent(straight, straight.grad, [x, y], eta, max_iter=20, **ALL)
    b = gradient_descent(turned, turned.grad, R @ [x, y], eta, max_iter=20, **ALL)
    np.testing.assert_allclose(b.path, a.path @ R.T, atol=1e-11)
    np.testing.assert_allclose(b.values, a.values, atol=1e-11)


@given(coordinates, coordinates, st.floats(0.01, 0.3), st.floats(0.5, 4))
def test_descent_on_a_quadratic_is_linear_in_the_start(x, y, eta, factor):
    once = gradient_descent(BOWL, BOWL.grad, [x, y], eta, max_iter=15, **ALL)
    more = gradient_descent(BOWL, BOWL.grad, [factor * x, factor * y], eta, max_iter=15, **ALL)
    np.testing.assert_allclose(more.path, factor * once.path, rtol=1e-11, atol=1e-12)


@given(coordinates, st.floats(0.01, 2.4), st.floats(0.1, 5), st.integers(0, 30))
def test_scaling_f_is_scaling_eta(w0, eta, scale, n):
    a = gradient_descent(PARABOLA, PARABOLA.grad, w0, eta, max_iter=n, **ALL)
    b = gradient_descent(
        lambda w: scale * PARABOLA(w), lambda w: scale * PARABOLA.grad(w), w0, eta / scale, max_iter=n, **ALL
    )
    np.testing.assert_allclose(b.path, a.path, rtol=1e-10, atol=1e-13)  # at eta = 1 all is cancelled
    np.testing.assert_allclose(a.path[:, 0], w0 * (1 - eta) ** np.arange(n + 1), rtol=1e-9, atol=1e-13)


# --- many starts at once ---------------------------------------------------------------------------------------------


def test_trajectories_are_the_runs_one_by_one():
    f = objectives.himmelblau()
    starts = np.random.default_rng(0).uniform(-5, 5, (2, 20))
    paths = trajectories(f.grad, starts, optimizers.gd(0.01), 30)
    assert paths.shape == (31, 2, 20)
    for i in range(20):
        np.testing.assert_allclose(paths[:, :, i], steps(f, starts[:, i], 0.01, 30).path, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(  # one start: the same operations on the same bits
        trajectories(f.grad, starts[:, 0], optimizers.gd(0.01), 30), steps(f, starts[:, 0], 0.01, 30).path
    )
    np.testing.assert_array_equal(trajectories(f.grad, starts, optimizers.gd(0.01), 0), starts[np.newaxis])


def test_a_start_that_diverges_leaves_the_others_alone():
    f = objectives.quartic()
    paths = trajectories(f.grad, [[2.3, 2.2]], optimizers.gd(0.1), 200)
    assert not np.isfinite(paths[-1, 0, 0])
    np.testing.assert_allclose(paths[:, 0, 1], steps(f, 2.2, 0.1, 200).path[:, 0], rtol=1e-9)


def test_trajectories_leave_the_starts_untouched_and_take_lists():
    starts = np.array([[1, 2], [3, 4]])
    trajectories(BOWL.grad, starts, optimizers.gd(0.1), 3)
    assert starts.tolist() == [[1, 2], [3, 4]]
    paths = trajectories(lambda w: [w[0], 10 * w[1]], [1, 1], optimizers.gd(0.1), 2)
    np.testing.assert_allclose(paths[-1], [0.81, 0], atol=1e-15)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(W0=np.ones((2, 2, 2))), "W0 must have shape (d, m) or (d,), got (2, 2, 2)"),
        (dict(W0=1.0), "W0 must have shape (d, m) or (d,), got ()"),
        (dict(W0=[]), "W0 must have shape (d, m) or (d,), got (0,)"),
        (dict(W0=np.ones((2, 0))), "W0 must have shape (d, m) or (d,), got (2, 0)"),
        (dict(W0=None), "W0 must be an array of real numbers, got None"),
        (dict(grad=None), "grad must be a function of w, got None"),
        (dict(grad=lambda w: None), "grad must return a value, got None: does it end with `return`?"),
        (dict(W0=[[np.inf], [0]]), "W0 must be finite, got [[inf], [0]]"),
        (dict(n=-1), "n must be a whole number, at least 0, got -1"),
        (dict(grad=lambda w: w[0]), "grad(W0) has shape (3,), but W0 has shape (2, 3)"),
        (dict(grad=lambda w: w / 0), "grad(W0) must be finite, got [[inf inf inf] [inf inf inf]]"),
    ],
)
def test_trajectories_refuse_bad_input_in_a_sentence(change, sentence):
    arguments = {"grad": BOWL.grad, "W0": np.ones((2, 3)), "optimizer": optimizers.gd(0.1), "n": 2, **change}
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        trajectories(**arguments)


def test_importing_gdlib_loads_numpy_and_nothing_heavier():
    heavy = "matplotlib sympy ipywidgets anywidget scipy sklearn torch IPython"
    code = f"import sys, gdlib; print([m for m in {heavy.split()!r} if m in sys.modules], 'numpy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[] True"


def test_minimize_with_gd_is_gradient_descent():
    a = minimize(BOWL, BOWL.grad, [1, 1], optimizers.gd(0.1), xtol=1e-4)
    b = gradient_descent(BOWL, BOWL.grad, [1, 1], 0.1, xtol=1e-4)
    assert repr(a) == repr(b) and np.array_equal(a.path, b.path)


# --- basins ----------------------------------------------------------------------------------------------------------


def test_basins_of_the_double_well_are_its_two_halves():
    f = objectives.double_well()
    labels = basins(f.grad, f.minima, [(-2, 2)], optimizers.gd(0.1), n=500, size=41)
    np.testing.assert_array_equal(labels, [0] * 20 + [-1] + [1] * 20)  # the hilltop itself goes nowhere


def test_basins_agree_with_single_runs():
    f, window = objectives.himmelblau(), ((-5, 4), (-4, 5))
    labels = basins(f.grad, f.minima, window, optimizers.gd(0.01), n=400, size=12)
    assert labels.shape == (12, 12) and set(labels.ravel()) == {0, 1, 2, 3}
    x, y = np.linspace(-5, 4, 12), np.linspace(-4, 5, 12)
    for row, column in np.ndindex(12, 12):
        w = steps(f, [x[column], y[row]], 0.01, 400).w
        distances = np.linalg.norm(f.minima - w, axis=1)
        assert labels[row, column] == np.argmin(distances) and distances.min() < 1e-2


def test_a_start_that_diverges_or_is_late_belongs_to_no_basin():
    f = objectives.quartic()
    # from 2.3 it diverges; from 2.2 it creeps: 200 steps are not enough for 1e-2, but are for 0.1
    grid = dict(grad=f.grad, minima=[[0.0]], window=[(2.2, 2.3)], optimizer=optimizers.gd(0.1), n=200, size=2)
    assert basins(**grid).tolist() == [-1, -1]
    assert basins(**grid, tol=0.1).tolist() == [0, -1]
    w = steps(f, 2.2, 0.1, 200).w[0]
    assert [basins(**grid, tol=w * (1 + shift))[0] for shift in (1e-9, -1e-9)] == [0, -1]


def test_basins_take_200_starts_a_side_and_1000_steps_unless_told():
    f = objectives.double_well()
    assert basins(f.grad, f.minima, f.window, optimizers.gd(0.1), n=1).shape == (200,)
    # along a slope of -1, 1000 steps of 0.1 lead from 0 to 100
    assert basins(lambda w: 0 * w - 1, [[100.0]], [(0, 1)], optimizers.gd(0.1), size=1, tol=0.05).tolist() == [0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(window=[(0, 1)]), "window must hold (low, high) for each of 2 coordinates, got [(0, 1)]"),
        (dict(minima=[0, 0]), "minima must have 2 axes, got shape (2,)"),
        (dict(window=(0, 1)), "window must have 2 axes, got shape (2,)"),
        (dict(tol=0), "tol must be a positive finite number, got 0"),
        (dict(size=0), "size must be a whole number, at least 1, got 0"),
        (dict(n=1.5), "n must be a whole number, at least 0, got 1.5"),
    ],
)
def test_basins_refuse_bad_input_in_a_sentence(change, sentence):
    arguments = dict(grad=BOWL.grad, minima=[[0, 0]], window=[(0, 1), (0, 1)], optimizer=optimizers.gd(0.1))
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        basins(**{**arguments, **change})
