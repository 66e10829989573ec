"""Schedules: closed forms, edges, and use in any optimizer."""

import re
from math import cos, pi

import numpy as np
import pytest
from gdlib import gradient_descent, minimize, objectives, optimizers, schedules
from hypothesis import given
from hypothesis import strategies as st


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
    (lambda: schedules.warmup(lambda k: -1, 5), "eta(0) must be a positive finite number, got -1"),
    (lambda: schedules.as_schedule(np.nan), "eta must be a positive finite number, got nan"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
