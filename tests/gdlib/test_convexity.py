"""Convexity: witnesses where there are any and none where there are none, spectra and condition numbers."""

import re
from math import ceil, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import objectives
from gdlib.convexity import condition_number, data_curvature, estimate_L_mu, jensen_gap, jensen_witness, spectrum


def test_the_double_well_rises_above_its_chord(oracle):
    f, o = objectives.double_well(), oracle("jensen-violation")
    assert jensen_gap(f, -1, 1) == o["gap"]
    assert f.hess(0) == o["hess_at_0"] and f.hess(o["inflection"]) == pytest.approx(0, abs=1e-15)
    witness = jensen_witness(f, [(-1, 1)])
    assert 0.24 < witness.gap <= o["gap"] and witness.gap == jensen_gap(f, witness.a, witness.b, witness.t)
    assert repr(witness) == (
        f"Not convex: between [{witness.a[0]:.4f}".rstrip("0")
        + f"] and [{witness.b[0]:.4f}".rstrip("0")
        + f"], at t = {witness.t:.4g}, f is {witness.gap:.4g} above the chord."
    )


def test_the_gap_is_what_it_says():
    f = objectives.quartic()
    assert jensen_gap(f, 1, 3, t=0.25) == pytest.approx(1.5**4 - 0.75 * 1 - 0.25 * 81)
    assert jensen_gap(objectives.rosenbrock(), [0, 0], [1, 1]) == pytest.approx(6.5 - 0.5)


CONVEX = [
    objectives.quadratic(50, 0.3),
    objectives.exp_bowl(),
    objectives.quartic(),
    objectives.abs_value(),
    objectives.exp_decay(),
    objectives.huber(),
    objectives.parabola(),
]
NOT_CONVEX = [
    objectives.rosenbrock(),
    objectives.himmelblau(),
    objectives.beale(),
    objectives.saddle(),
    objectives.monkey_saddle(),
    objectives.double_well(),
    objectives.logistic_map(),
    objectives.parabola(-1),
]


@pytest.mark.parametrize("f", CONVEX, ids=repr)
def test_convex_functions_have_no_witness(f):
    assert jensen_witness(f, f.window, seed=1) is None and f.mu is not None


@pytest.mark.parametrize("f", NOT_CONVEX, ids=repr)
def test_functions_that_are_not_convex_have_one(f):
    assert jensen_witness(f, f.window, seed=1).gap > 0 and f.mu is None


def test_rounding_is_no_witness():
    assert jensen_witness(lambda w: 1e8 + 0.1 * w[0], [(-1, 1)]) is None
    assert jensen_witness(lambda w: 1e8 * (w[0] + w[1]) / 3, [(0, 1), (0, 1)]) is None


def test_searches_repeat_with_their_seed():
    f = objectives.rosenbrock()
    a, b, c = (jensen_witness(f, f.window, seed=s).gap for s in (0, 0, 1))
    assert a == b != c


def test_spectra_over_a_region():
    f = objectives.double_well()
    eigenvalues = spectrum(f.hess, [(-1, 2)], n=3000)
    assert eigenvalues.shape == (3000, 1)
    assert -1 <= eigenvalues.min() < -0.99 and 10.9 < eigenvalues.max() <= 11  # f'' = 3 w^2 - 1
    assert np.mean(eigenvalues < 0) == pytest.approx(2 / 3**0.5 / 3, abs=0.04)
    both = spectrum(objectives.saddle().hess, [(-1, 1), (-1, 1)], n=50)
    assert both.shape == (50, 2) and (np.diff(both, axis=1) >= 0).all() and (both.max(axis=1) >= 1).all()
    assert np.array_equal(spectrum(f.hess, [(0, 1)], n=3), spectrum(f.hess, [(0, 1)], n=3, seed=0))


def test_condition_numbers(oracle):
    o = oracle("hilbert-condition")
    hilbert = [[1 / (i + j + 1) for j in range(3)] for i in range(3)]
    kappa = condition_number(hilbert)
    assert kappa == pytest.approx(o["kappa"], rel=1e-10)
    assert ceil(log(1e-6) / log((kappa - 1) / (kappa + 1))) == o["iters"]
    f = objectives.rosenbrock()
    assert condition_number(f.hess([1, 1])) == pytest.approx(oracle("rosenbrock-values")["cond_min"], rel=1e-10)
    assert condition_number(np.eye(3)) == 1
    assert condition_number([[1, 1], [1, 1]]) == np.inf
    assert condition_number(np.outer([1, 2, 3], [1, 2, 3])) == np.inf


@given(st.floats(1, 1e6), st.floats(0.01, 100), st.floats(0, 3))
def test_condition_numbers_do_not_see_scale_or_angle(kappa, scale, angle):
    H = scale * objectives.quadratic(kappa, angle).hess([0, 0])
    assert condition_number((H + H.T) / 2) == pytest.approx(kappa, rel=1e-8)


def test_estimates_bracket_the_truth_from_inside():
    for f in (objectives.quadratic(30, 0.7), objectives.huber(0.5), objectives.quadratic_form([[2, 1], [1, 3]])):
        L, mu = estimate_L_mu(f.grad, f.window)
        assert 0.98 * f.L <= L <= f.L * (1 + 1e-9)
        assert f.mu - 1e-9 <= mu <= 1.1 * f.mu + 0.01
    f = objectives.quartic()  # on [-2, 2], f'' runs from 0 to 48
    L, mu = estimate_L_mu(f.grad, [(-2, 2)], n=4000)
    assert 47 < L <= 48 and 0 <= mu < 0.01
    assert estimate_L_mu(objectives.double_well().grad, [(-1, 1)])[1] < -0.9
    assert estimate_L_mu(f.grad, [(-2, 2)], n=10) == estimate_L_mu(f.grad, [(-2, 2)], n=10, seed=0)


def test_far_pairs_see_the_jump_that_near_ones_miss():
    L, _ = estimate_L_mu(np.sign, [(-1, 1)], n=2000)
    assert L > 50


WINDOW = "window must hold (low, high) with low < high for each coordinate, got "


@pytest.mark.parametrize(("n", "d"), [(7, 3), (3, 3), (2, 5), (1, 1)])
def test_curvature_of_data_is_that_of_their_matrix(n, d):
    X = np.random.default_rng(n).normal(size=(n, d))
    mu, L = data_curvature(X)
    H = X.T @ X / n
    assert [mu, L] == pytest.approx(np.linalg.eigvalsh(H)[[0, -1]], rel=1e-9, abs=1e-14) and (mu > 0) == (n >= d)
    assert data_curvature(np.vstack([X, X])) == pytest.approx((mu, L))  # means: every row twice changes nothing
    assert data_curvature(3 * X) == pytest.approx((9 * mu, 9 * L))


def test_columns_that_depend_on_each_other_have_no_strong_convexity():
    x = np.random.default_rng(0).normal(size=20)
    mu, L = data_curvature(np.column_stack([x, 2 * x, np.ones(20)]))
    assert mu == 0 and L > 0
    assert data_curvature(np.zeros((3, 2))) == (0, 0)


VALUES = ": give the function itself, not one of its values"
IN_PLACE = " must not change its arguments in place: write w = 2 * w for w *= 2, or begin with w = w.copy()"


def in_place(w):
    w *= 2
    return w if w.shape != (1,) else w[0]


BAD = [
    (lambda: jensen_gap(None, 0, 1), "f must be a function of w, got None"),
    (lambda: jensen_gap(np.sin, [0, 1], [1]), "a and b must have the same shape, got (2,) and (1,)"),
    (lambda: jensen_gap(np.sin, "a", 1), "a must be an array of real numbers, got 'a'"),
    (lambda: jensen_gap(np.sin, 0, np.nan), "b must be finite, got nan"),
    (lambda: jensen_gap(np.sin, [0, 1], [1, 1]), "f(w) must be a single number, got an array of shape (2,)"),
    (lambda: jensen_gap(in_place, [1.0], [2.0]), f"f{IN_PLACE}"),
    (lambda: data_curvature([1, 2]), "X must have 2 axes, got shape (2,)"),
    (lambda: data_curvature(np.ones((0, 2))), "X must have at least one row and one column, got shape (0, 2)"),
    (lambda: jensen_witness(4.0, [(0, 1)]), "f must be a function of w, got 4.0" + VALUES),
    (lambda: jensen_witness(lambda w: None, [(0, 1)]), "f must return a value, got None: does it end with `return`?"),
    (lambda: jensen_witness(in_place, [(0, 1)]), f"f{IN_PLACE}"),
    (lambda: jensen_witness(np.sum, [(0, 1)], seed="x"), "seed must be a whole number, 0 or more, or a Generator, got 'x'"),
    (lambda: spectrum(np.eye(2), [(0, 1)] * 2), "hess must be a function of w, got array([[1., 0.], [0., 1.]])" + VALUES),
    (lambda: spectrum(lambda w: np.ones(2), [(0, 1)] * 2), "hess(w) must have shape (2, 2), got (1, 2)"),
    (lambda: spectrum(lambda w: "flat", [(0, 1)]), "hess(w) must be an array of shape (1, 1), got 'flat'"),
    (lambda: spectrum(in_place, [(0, 1)]), f"hess{IN_PLACE}"),
    (lambda: spectrum(np.cos, [(0, 1)], seed=-1), "seed must be a whole number, 0 or more, or a Generator, got -1"),
    (lambda: estimate_L_mu(None, [(0, 1)]), "grad must be a function of w, got None"),
    (lambda: estimate_L_mu(np.sum, [(0, 1)]), "grad(w) has shape (), but w has shape (1,)"),
    (lambda: estimate_L_mu(in_place, [(0, 1)] * 2), f"grad{IN_PLACE}"),
    (lambda: jensen_gap(np.sin, 0, 1, t=0), "t must be a number in (0, 1), got 0"),
    (lambda: jensen_gap(np.sin, 0, 1, t=1), "t must be a number in (0, 1), got 1"),
    (lambda: jensen_witness(np.sin, [(0, 1)], tries=0), "tries must be a whole number, at least 1, got 0"),
    (lambda: jensen_witness(np.sin, [(1, 1)]), WINDOW + "[(1, 1)]"),
    (lambda: jensen_witness(np.sin, (0, 1)), "window must have 2 axes, got shape (2,)"),
    (lambda: spectrum(np.cos, [(0, 1, 2)]), WINDOW + "[(0, 1, 2)]"),
    (lambda: spectrum(np.cos, [(0, 1)], n=0), "n must be a whole number, at least 1, got 0"),
    (lambda: estimate_L_mu(np.cos, [(0, 1)], n=0), "n must be a whole number, at least 1, got 0"),
    (
        lambda: condition_number([[1, 2], [0, 1]]),
        "H must be a symmetric matrix, got shape (2, 2), not equal to its transpose",
    ),
    (lambda: condition_number([1, 2]), "H must have 2 axes, got shape (2,)"),
    (
        lambda: condition_number(np.ones((2, 3))),
        "H must be a symmetric matrix, got shape (2, 3), not equal to its transpose",
    ),
    (
        lambda: condition_number([[1, 0], [0, -2]]),
        "H must have no negative eigenvalue and not be 0, got the eigenvalues from -2 to 1",
    ),
    (
        lambda: condition_number(np.zeros((2, 2))),
        "H must have no negative eigenvalue and not be 0, got the eigenvalues from 0 to 0",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
