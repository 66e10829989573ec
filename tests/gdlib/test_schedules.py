"""Schedules: closed forms, edges, and use in any optimizer."""

import re
from math import cos, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import gradient_descent, minimize, models, objectives, optimizers, schedules
from gdlib.stochastic import sgd


def rates(schedule, n):
    return [schedule(k) for k in range(n)]


def test_closed_forms():
    assert rates(schedules.constant(0.3), 3) == [0.3, 0.3, 0.3]
    assert rates(schedules.step(0.8, factor=0.5, every=3), 7) == pytest.approx([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2])
    np.testing.assert_allclose(rates(schedules.inverse(2, rate=0.5), 4), [2, 2 / 1.5, 1, 2 / 2.5])
    expected = [0.1 + 0.9 * (1 + cos(pi * k / 5)) / 2 for k in range(6)] + [0.1, 0.1]
    np.testing.assert_allclose(rates(schedules.cosine(1, 5, final=0.1), 8), expected)
    assert [schedules.cosine(1, 5)(k) for k in (5, 500)] == pytest.approx([0, 0], abs=1e-15)
    assert rates(schedules.warmup(2.0, 4), 6) == [0.5, 1, 1.5, 2, 2, 2]
    then = rates(schedules.warmup(schedules.inverse(1.0), 2), 5)
    np.testing.assert_allclose(then, [0.5, 1, 1, 1 / 2, 1 / 3])


def test_one_schedule_after_another():
    a, b = schedules.inverse(1.0), schedules.cosine(0.5, 4)
    joined = rates(schedules.join(a, 3, b), 9)
    assert joined == [a(0), a(1), a(2), b(0), b(1), b(2), b(3), b(4), b(5)]
    assert rates(schedules.join(0.2, 2, 0.1), 4) == [0.2, 0.2, 0.1, 0.1]
    # a plateau between a ramp and a fall
    three = rates(schedules.warmup(schedules.join(1.0, 2, schedules.cosine(1.0, 2)), 2), 8)
    np.testing.assert_allclose(three, [0.5, 1, 1, 1, 1, 0.5, 0, 0], atol=1e-15)


@given(st.integers(1, 20), st.integers(1, 50), st.floats(1e-3, 10))
def test_a_ramp_then_a_cosine_rises_to_its_peak_and_falls_to_the_end(ramp, n, peak):
    drawn = schedules.rates(schedules.warmup(schedules.cosine(peak, n), ramp), ramp + n + 5)
    assert (np.diff(drawn[:ramp]) > 0).all() and (np.diff(drawn[ramp:]) <= 0).all()
    assert drawn.max() == pytest.approx(peak, rel=1e-15) and drawn[ramp - 1 : ramp + 1] == pytest.approx(peak, rel=1e-15)
    np.testing.assert_allclose(drawn[ramp + n :], 0, atol=1e-15 * peak)


def test_a_schedule_is_drawn_as_its_rates():
    drawn = schedules.rates(schedules.inverse(1.0), 4)
    assert drawn.dtype == float and drawn.tolist() == rates(schedules.inverse(1.0), 4)
    assert schedules.rates(0.3, 2).tolist() == [0.3, 0.3] and schedules.rates(0.3, 0).shape == (0,)
    own = schedules.rates(lambda k: 1 / (k + 1) ** 2, 3)
    np.testing.assert_allclose(own, [1, 1 / 4, 1 / 9])
    f = objectives.quadratic()
    rate = schedules.warmup(schedules.cosine(0.05, 10), 3)
    run = gradient_descent(f, f.grad, [1, 1], rate, gtol=0, max_iter=12)
    np.testing.assert_array_equal(run.etas, schedules.rates(rate, 12))


def test_rates_whose_sum_is_finite_stop_short():
    # w^2/2 with eta_k = 1/(2 (k + 1)^2): the product of 1 - 1/(2 j^2) is sin(x)/x at x = pi/sqrt(2)
    f, x = objectives.parabola(), pi / np.sqrt(2)
    run = gradient_descent(f, f.grad, 1.0, lambda k: 0.5 / (k + 1) ** 2, gtol=0, max_iter=2000)
    assert run.w[0] == pytest.approx(np.sin(x) / x, rel=3e-4)  # the rest of the sum is 1/4000


@pytest.mark.parametrize(("ramp", "status"), [(1, "diverged"), (2, "diverged"), (3, "gtol")])
def test_a_ramp_saves_a_rate_that_is_too_large_for_the_start(ramp, status):
    f = objectives.Objective("quartic", lambda w: w[0] ** 4, lambda w: 4 * w**3, None)
    run = gradient_descent(f, f.grad, 3.0, schedules.warmup(0.1, ramp), gtol=1e-4, max_iter=5000)
    assert run.status == status


def silver(k):
    """Altschuler and Parrilo's steps for L = 1: 1 + rho^(nu - 1), where 2^nu divides k + 1 and rho = 1 + sqrt(2)."""
    nu = ((k + 1) & -(k + 1)).bit_length() - 1
    return 1 + (1 + np.sqrt(2)) ** (nu - 1)


def test_silver_steps_on_a_parabola(oracle):
    o, f = oracle("silver-parabola"), objectives.parabola()
    run = gradient_descent(f, f.grad, 1.0, silver, gtol=0, max_iter=16)
    for k in (1, 3, 4, 7, 8, 15, 16):
        assert run.path[k, 0] == pytest.approx(o[f"w{k}"], rel=1e-11)


def huber(threshold):
    return (
        lambda w: w[0] ** 2 / 2 if abs(w[0]) < threshold else threshold * abs(w[0]) - threshold**2 / 2,
        lambda w: np.clip(w, -threshold, threshold),
    )


def test_silver_steps_on_their_worst_function(oracle):
    o = oracle("silver-huber")
    run = gradient_descent(*huber(o["threshold"]), 1.0, silver, gtol=0, max_iter=7)
    assert run.w[0] == pytest.approx(o["w"], rel=1e-11) and run.f == pytest.approx(o["f"], rel=1e-11)
    assert o["f"] < o["constant_one_over_L"] < o["proved_bound"]


def test_the_best_constant_step_is_as_bad_on_two_functions(oracle):
    # as long as the gradient stays the same, w = 1 - n h d: with d = 1/(2 n h + 1) Huber's function ends at 1/(4 n h + 2)
    for n, o in zip((1, 3, 7), oracle("best-constant-step")):
        for f, grad in (huber(1 / (2 * n * o["h"] + 1)), (objectives.parabola(), objectives.parabola().grad)):
            run = gradient_descent(f, grad, 1.0, o["h"], gtol=0, max_iter=n)
            assert run.f == pytest.approx(o["worst"], rel=1e-10)
    assert [o["silver"] < o["worst"] for o in oracle("best-constant-step")] == [False, False, True]


def test_defaults():
    assert schedules.step(1.0)(99) == 1 and schedules.step(1.0)(100) == pytest.approx(0.1)
    assert schedules.inverse(1.0)(4) == 0.2


@given(st.floats(1e-6, 1e3), st.integers(1, 50))
def test_all_start_where_they_are_told(eta, n):
    for schedule in (schedules.constant(eta), schedules.step(eta), schedules.inverse(eta), schedules.cosine(eta, n)):
        assert schedule(0) == pytest.approx(eta)
        assert schedule(1) <= eta * (1 + 1e-12)
    assert schedules.warmup(eta, n)(n - 1) == pytest.approx(eta)


def test_one_over_k_takes_the_running_mean(oracle):
    # f_i = (w - a_i)^2/2 with eta_k = 1/(k + 1): after k steps w is the mean of the first k
    data, w = [1, 2, 3, 4, 6], 0.0
    for k, a in enumerate(data):
        w -= schedules.inverse(1.0)(k) * (w - a)
    assert [w] == pytest.approx(oracle("averaging-exact"), rel=1e-13)


def test_a_schedule_serves_any_optimizer():
    f = objectives.quadratic()
    for make in (optimizers.gd, optimizers.momentum, optimizers.adam):
        run = minimize(f, f.grad, [1, 1], make(schedules.cosine(0.05, 10)), gtol=0, max_iter=12)
        np.testing.assert_allclose(run.etas, rates(schedules.cosine(0.05, 10), 12))
    run = gradient_descent(f, f.grad, [1, 1], schedules.step(0.1, 0.5, 2), max_iter=4)
    np.testing.assert_allclose(run.etas, [0.1, 0.1, 0.05, 0.05])


def test_numbers_become_schedules_and_schedules_stay():
    assert schedules.as_schedule(0.1)(3) == schedules.as_schedule(np.array(0.1))(3) == 0.1
    rule = schedules.inverse(1.0)
    assert schedules.as_schedule(rule) is rule
    own = schedules.as_schedule(lambda k: np.array(1 / (k + 1)))
    assert [own(0), own(3)] == [1, 0.25]


PARABOLA = objectives.parabola()


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (lambda k: 0.1 - 0.03 * k, r"eta\(4\) must be a positive finite number, got -0\.0\d*"),
        (lambda k: max(0.0, 0.2 - 0.1 * k), r"eta\(2\) must be a positive finite number, got 0\.0"),
        (lambda k: np.float64(0.1) if k < 3 else np.nan, r"eta\(3\) must be a positive finite number, got nan"),
        (lambda k: 0.1 if k < 5 else np.inf, r"eta\(5\) must be a positive finite number, got inf"),
        (lambda k: 0.1 if k < 1 else "small", r"eta\(1\) must be a positive finite number, got small"),
        (lambda k: 0.1 if k < 2 else None, r"eta must return a value, got None: does it end with `return`\?"),
        (lambda k, d: 0.1, r"eta must be a function of k, got one that takes \(k, d\)"),
    ],
)
@pytest.mark.parametrize("make", [optimizers.gd, optimizers.momentum, optimizers.nesterov, optimizers.adam])
def test_a_schedule_is_refused_at_the_step_where_it_goes_wrong(make, rate, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        minimize(PARABOLA, PARABOLA.grad, 1.0, make(rate), gtol=0)


def test_a_schedule_is_looked_at_inside_a_warmup_and_in_stochastic_descent():
    with pytest.raises(ValueError, match=r"^eta\(2\) must be a positive finite number, got -1$"):
        rates(schedules.warmup(lambda k: 1 if k < 2 else -1, 3), 6)
    f = models.linear(np.ones((4, 1)), [1, 2, 3, 4])
    with pytest.raises(ValueError, match=r"^eta\(6\) must be a positive finite number, got -0\.1$"):
        sgd(f, 0.0, optimizers.gd(lambda k: 0.1 if k < 6 else -0.1), epochs=3)


def test_a_schedule_for_the_momentum_is_looked_at_too():
    rule = optimizers.nesterov(0.1, beta=lambda k: 0.5 * k)
    with pytest.raises(ValueError, match=r"^beta\(2\) must be a number in \[0, 1\), got 1\.0$"):
        minimize(PARABOLA, PARABOLA.grad, 1.0, rule, gtol=0)


BAD = [
    (lambda: schedules.constant(0), "eta must be a positive finite number, got 0"),
    (lambda: schedules.step(0), "eta must be a positive finite number, got 0"),
    (lambda: schedules.step(1, factor=1), "factor must be a number in (0, 1), got 1"),
    (lambda: schedules.step(1, every=0), "every must be a whole number, at least 1, got 0"),
    (lambda: schedules.inverse(-1), "eta must be a positive finite number, got -1"),
    (lambda: schedules.inverse(1, rate=0), "rate must be a positive finite number, got 0"),
    (lambda: schedules.cosine(0, 5), "eta must be a positive finite number, got 0"),
    (lambda: schedules.cosine(1, 0), "n must be a whole number, at least 1, got 0"),
    (lambda: schedules.cosine(1, 5, final=-1), "final must be a finite number, 0 or more, got -1"),
    (lambda: schedules.warmup(1, 0), "n must be a whole number, at least 1, got 0"),
    (lambda: schedules.join(1, 0, 1), "n must be a whole number, at least 1, got 0"),
    (lambda: schedules.join(0, 1, 1), "eta must be a positive finite number, got 0"),
    (lambda: schedules.join(1, 1, -1), "eta must be a positive finite number, got -1"),
    (lambda: schedules.rates(0, 3), "eta must be a positive finite number, got 0"),
    (lambda: schedules.rates(1, -3), "n must be a whole number, at least 0, got -3"),
    (lambda: schedules.warmup(lambda k: -1, 5), "eta(0) must be a positive finite number, got -1"),
    (lambda: schedules.as_schedule(np.nan), "eta must be a positive finite number, got nan"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
