"""The clinic's run and its faults: the healthy one is what it says, each fault is one line, each test sees what it is said to see."""

from itertools import pairwise

import numpy as np
import pytest

from gdlib import faults, models
from gdlib.faults import FAULTS, NET, examine, healthy, record

SEEN = {  # S ten-class chance, O ten rows, G gradient, W whole loss, U size of steps, A accuracy
    "healthy": "",
    "sign": "O A",
    "η × 100": "O U A",
    "η / 1000": "O U A",
    "zero weights": "O U A",
    "weights × 10": "S",
    "labels one row off": "U A",
    "a fifth of the labels wrong": "U",
    "pixels 0 to 16": "S U",
    "schedule in batches": "U A",
    "softmax twice": "O A",
    "log of a probability": "O W U A",
    "rows in class order": "U A",
    "gradients pile up": "",
    "derivative missing": "G",
    "first layer cut off": "O G A",
    "sum for mean": "S O W U A",
}
RUNS = {"healthy": healthy} | {name: fault.train for name, fault in FAULTS.items()}


@pytest.fixture(scope="module")
def digits():
    X, y = models.load("digits")
    X, held, y, held_y = models.split(X, y, test=0.25, seed=0)
    return np.vstack([X, held]), np.concatenate([y, held_y]), len(X)


def first_steps(train, digits, count, **settings):
    run = train(*digits, **settings)
    return [next(run) for _ in range(count)]


def test_the_healthy_run_is_sgd_on_the_loss_of_the_network(digits):
    f, moments = NET.loss(digits[0] / 16, digits[1]), first_steps(healthy, digits, 4)
    for moment, after in pairwise(moments):
        np.testing.assert_allclose(moment.g, f.batch_grad(moment.w, moment.rows), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(after.w, moment.w - 0.3 * moment.g, rtol=1e-12, atol=1e-15)


def test_an_epoch_takes_each_row_at_most_once_and_the_rate_halves_twice(digits):
    moments = list(healthy(*digits, size=300, epochs=6))
    assert len(moments) == 6 * 4
    for epoch in range(6):
        rows = np.concatenate([moment.rows for moment in moments[4 * epoch : 4 * epoch + 4]])
        assert len(set(rows)) == 1200 and rows.max() < digits[2]
        rate = 0.3 / 2 ** (epoch // 2)
        np.testing.assert_allclose(moments[4 * epoch].step, -rate * moments[4 * epoch].g, rtol=1e-12)


@pytest.mark.parametrize("name", RUNS)
def test_each_check_sees_what_the_table_says(name, digits):
    passed = examine(RUNS[name], *digits)
    letters = dict(zip(passed._fields, "SOGWUA"))
    assert " ".join(letters[field] for field, ok in passed._asdict().items() if not ok) == SEEN[name]


def test_every_fault_is_in_the_table_and_is_one_line_that_stands_in_the_healthy_run():
    assert RUNS.keys() == SEEN.keys()
    assert all(fault.line != fault.instead and "\n" not in fault.instead for fault in FAULTS.values())
    with pytest.raises(ValueError, match=r"^line must stand in `healthy` once, got 'w = 0', which stands there 0 times$"):
        next(faults.Fault("none", "w = 0", "w = 1").train(np.zeros((2, 64)), np.zeros(2), 2))


def test_zero_weights_leave_the_first_layer_where_it_is(digits):
    for moment in first_steps(FAULTS["zero weights"].train, digits, 50):
        (W1, b1), (W2, b2) = NET.unpack(moment.w)
        assert not W1.any() and not b1.any() and not W2.any()
    assert b2.any()  # only the last biases learn: how often each class comes


def test_softmax_taken_twice_has_a_floor_that_no_run_passes(digits):
    floor = np.log(np.e + 9) - 1
    assert floor == pytest.approx(1.4612, abs=5e-5)
    seen = record(FAULTS["softmax twice"].train, *digits, epochs=6)
    assert (seen.whole > floor).all() and (seen.batch > floor).all()
    sure, labels = 1000 * np.eye(10), np.arange(10)
    twice = faults.softmax(sure) - faults.logsumexp(faults.softmax(sure))
    assert -twice[labels, labels].mean() == pytest.approx(floor, rel=1e-12)  # reached where every row is certain, and right


def test_piled_up_gradients_are_the_sum_of_all_before(digits):
    moments, total = first_steps(FAULTS["gradients pile up"].train, digits, 5), 0
    f = NET.loss(digits[0] / 16, digits[1])
    for moment in moments:
        total = total + f.batch_grad(moment.w, moment.rows)
        np.testing.assert_allclose(moment.g, total, rtol=1e-9, atol=1e-12)


def test_the_instruments_read_what_they_say(digits):
    X, y, n = digits
    moments = list(healthy(*digits, size=300, epochs=2))
    seen = record(healthy, *digits, every=3, size=300, epochs=2)
    f, held = NET.loss(X[:n] / 16, y[:n]), NET.loss(X[n:] / 16, y[n:])
    np.testing.assert_allclose(seen.epoch, [0, 0.75, 1.5])
    for j, k in enumerate([0, 3, 6]):
        w = moments[k].w
        assert seen.whole[j] == pytest.approx(f(w), rel=1e-10) and seen.held[j] == pytest.approx(held(w), rel=1e-10)
        assert seen.accuracy[j] == pytest.approx(np.mean(NET.predict(w, X[:n] / 16) == y[:n]))
        assert seen.held_accuracy[j] == pytest.approx(np.mean(NET.predict(w, X[n:] / 16) == y[n:]))
        assert seen.ratio[j] == pytest.approx(np.linalg.norm(moments[k].step) / np.linalg.norm(w), rel=1e-12)
        assert seen.batch[j] == pytest.approx(np.mean([m.value for m in moments[max(0, k - 2) : k + 1]]), rel=1e-12)
    with pytest.raises(ValueError, match="every must be"):
        record(healthy, *digits, every=0)
