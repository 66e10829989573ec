"""Explorers of losses on points, of stochastic steps, and of learners' own functions: without a browser."""

import json
import re

import numpy as np
import pytest

from gdlib import gradient_descent, objectives
from gdlib.explore import fit, one_d, sgd, sweep, two_d

POINTS = [(0, 1), (1, 3), (2, 2), (3, 5)]
LABELS = [(-2, 0), (-1, 1), (1, 0), (2, 1)]


def test_a_line_is_fitted_by_least_squares():
    picture = fit("line", POINTS, eta=1 / 4, w0=(0, 0), steps=200)
    X, y = np.column_stack([[0, 1, 2, 3], np.ones(4)]), [1, 3, 2, 5]
    f = objectives.least_squares(X, y)
    run = gradient_descent(f, f.grad, [0, 0], 1 / 4, max_iter=200)
    np.testing.assert_allclose(picture.run.path, run.path, rtol=1e-13, atol=1e-14)
    # normal equations by hand: slope 11/10, intercept 11/10
    np.testing.assert_allclose(picture.run.w, [1.1, 1.1], atol=1e-5)


def test_moved_points_move_the_loss():
    picture = fit("constant", POINTS, eta=1, w0=0, window=(-1, 6))
    assert picture.run.w[0] == pytest.approx(11 / 4)  # one step of eta = 1 leads to the mean
    picture.set(y4=1)
    assert picture.run.w[0] == pytest.approx(7 / 4)
    picture.points = [(0, 2), (1, 2), (2, 2), (3, 2)]
    assert repr(picture) == "η = 1 from w₀ = 0: one step and it is there, w ≈ 2: |f′| ≤ 1e-6."
    assert picture.settings["y4"] == 2


def test_a_stochastic_run_takes_the_rows_in_the_order_that_the_browser_is_told():
    picture = sgd("line", POINTS, eta=1 / 16, w0=(-1, 1), epochs=3, batch_size=1)
    picture.set(draw=5)
    w, path = np.array([-1.0, 1.0]), [[-1.0, 1.0]]
    for order in picture._picture.orders[5][:3]:
        assert sorted(order) == [0, 1, 2, 3]
        for i in order:
            x, y = POINTS[i]
            w = w - (w[0] * x + w[1] - y) * np.array([x, 1]) / 16
            path.append(w.tolist())
    np.testing.assert_allclose(picture.run.path, path, rtol=1e-13)


def test_what_a_stochastic_run_says_has_a_closed_form():
    # all points in a batch, eta = 1/2: the error halves at every step, f = (error² + variance)/2
    picture = sgd("constant", [(0, -1), (1, 1)], eta=1 / 2, w0=2, batch_size=2, epochs=3)
    assert repr(picture) == (
        "η = 0.5 from w₀ = 2, 2 of 2 points a step: after 3 steps, 3 epochs, f went from 2.5 to 0.531; "
        "in the last epoch it kept between 0.531 and 0.625."
    )


def test_a_stochastic_run_that_explodes_says_so():
    picture = sgd("line", [(0, 1), (30, 3)], eta=4.0, w0=(-1, 1), epochs=20)
    assert re.search(r"1 of 2 points a step: diverges after \d+ steps\.$", repr(picture))
    assert picture.run.status == "diverged"


@pytest.mark.parametrize("make", [fit, sgd])
def test_the_logistic_loss_is_that_of_the_gallery(make):
    picture = make("logistic", LABELS, eta=1.0, w0=(0.5, -0.5))
    X, y = np.column_stack([[-2, -1, 1, 2], np.ones(4)]), np.array([0.0, 1, 0, 1])
    assert picture.f.value(np.array([0.5, -0.5])) == pytest.approx(objectives.logistic_loss([0.5, -0.5], X, y), rel=1e-12)
    assert picture.still().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: fit("parabola", POINTS), "model must be one of 'constant', 'line', 'logistic', got 'parabola'"),
        (lambda: fit("line", [1, 2]), "points must be 2 to 12 pairs (x, y), got shape (2,)"),
        (lambda: fit("line", [(1, 2)]), "points must be 2 to 12 pairs (x, y), got shape (1, 2)"),
        (lambda: fit("line", [(1, 2), (np.nan, 1)]), "points must be finite"),
        (lambda: fit("logistic", POINTS), "y must hold labels 0 to 1, got"),
        (lambda: fit("line", POINTS, beside="cobweb"), "beside must be one of ['data', 'f', 'sweep', '']"),
        (lambda: fit("line", POINTS, steps=0), "steps must be a whole number, at least 1, got 0"),
        (lambda: sgd("line", POINTS, batch_size=5), "batch must be between 1 and 4, got 5"),
        (lambda: sgd("line", POINTS, epochs=30), "epochs must be between 1 and 20, got 30"),
        (
            lambda: sgd("constant", POINTS, lines=True),
            "lines needs the model 'line', got lines=True and the model 'constant'",
        ),
        (lambda: sgd("line", POINTS, draws=0), "draws must be a whole number, at least 1, got 0"),
        (lambda: fit("line", POINTS).set(y1=99), "y1 must be between"),
        (lambda: setattr(fit("line", POINTS), "points", [(1, 2)]), "points must have shape (4, 2), got (1, 2)"),
    ],
)
def test_bad_arguments_are_named(make, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        make()


def square(w):
    return (w[0] - 1) ** 2


def test_a_learners_own_function_is_run_by_the_kernel():
    picture = one_d(square, eta=1 / 4, w0=-1, beside="f")
    p = picture._picture
    assert p.title == "f(w) = square" and p.program == {}
    assert p.computed["sentences"] == [repr(picture)]
    # w - 1 halves at every step
    np.testing.assert_allclose(np.array(p.computed["runs"][0]["path"][:3])[:, 0], [-1, 0, 0.5], atol=1e-9)
    p.w0 = 2.0  # as a slider does
    assert p.computed["sentences"][0].startswith("η = 0.25 from w₀ = 2: ")
    f, slope = p.samples["values"][0]  # at the left end of the window, -2.5
    assert (f, slope) == (12.25, pytest.approx(-7))


def test_its_gradient_may_be_given():
    picture = two_d(
        lambda w: abs(w[0]) + w[1] ** 2, eta=1 / 4, w0=(1, 1), grad=lambda w: np.array([np.sign(w[0]), 2 * w[1]])
    )
    assert picture.run.path[1].tolist() == [0.75, 0.5]
    assert picture._picture.samples["counts"] == [81, 61]
    assert picture.still().startswith(b"\x89PNG")


def test_what_cannot_be_said_in_json_is_left_out():
    picture = one_d(lambda w: np.exp(w[0] ** 2), eta=4.0, w0=2.0, grad=lambda w: 2 * w * np.exp(w**2))
    sent = json.dumps(picture._picture.computed, allow_nan=False)
    assert "null" in sent and "diverges" in sent


def test_a_mistake_in_it_is_told_in_the_picture():
    def root(w):
        if w[0] < 0:
            raise ZeroDivisionError("below zero")
        return w[0] ** 2

    picture = one_d(root, eta=1 / 4, w0=2.0, window=(0.5, 3), grad=lambda w: 2 * w)
    picture._picture.w0 = -1.0
    assert picture._picture.computed == {"sentences": ["ZeroDivisionError: below zero"], "runs": []}
    picture._picture.w0 = 1.0
    assert picture._picture.computed["runs"]


def in_place(w):
    w *= 2
    return w if len(w) > 1 else w[0]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: one_d(lambda w: [1, 2]), "f(w) must be a single number, got an array of shape (2,)"),
        (lambda: two_d(square, w0=(1, 1), grad=lambda w: w[0]), "grad(w) has shape (), but w has shape (2,)"),
        (lambda: one_d(lambda w: None), "function must return a value, got None: does it end with `return`?"),
        (lambda: one_d(square, grad=3.0), "grad must be a function of w, got 3.0: give the function itself"),
        (lambda: one_d(square, grad=0), "grad must be a function of w, got 0: give the function itself"),
        (lambda: one_d(square, grad=lambda w: None), "grad must return a value, got None"),
        (lambda: one_d(in_place), "function must not change its arguments in place"),
        (lambda: two_d(lambda w: w @ w, grad=in_place), "grad must not change its arguments in place"),
        (lambda: one_d(lambda x, y: x), "function must be a function of w, got one that takes (x, y)"),
        (lambda: sweep(square, w0=1), "beside='sweep' needs a formula"),
        (lambda: one_d(lambda w: np.inf * w[0], w0=1), "f and its gradient must be finite at w0"),
    ],
)
def test_what_is_wrong_with_it_is_named(make, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        make()
