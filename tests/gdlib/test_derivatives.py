"""Finite differences: their error as theory has it, and a check that names the coordinate at fault."""

import re
from math import cos, e, exp, sin, sinh

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import derivatives, gradient_descent, models, objectives
from gdlib.derivatives import CENTRAL_STEP, FORWARD_STEP, central, check_gradient, complex_step, forward, hessian, sharpness


def f3(w):
    x, y, z = w
    return np.sin(x) * y**2 + np.exp(z) * x


def g3(w):
    x, y, z = w
    return np.array([np.cos(x) * y**2 + np.exp(z), 2 * y * np.sin(x), np.exp(z) * x])


POINT = np.array([0.7, -1.3, 0.4])
VALUES = ": give the function itself, not one of its values"


def test_error_of_forward_differences(oracle):
    error = forward(np.exp, 1.0, h=1e-4) - e
    assert error == pytest.approx(oracle("forward-error")["error"], rel=1e-6, abs=0)
    assert error == pytest.approx(e * (np.expm1(1e-4) / 1e-4 - 1), rel=1e-6, abs=0)


def test_error_of_central_differences(oracle):
    error = central(np.exp, 1.0, h=1e-3) - e
    assert error == pytest.approx(oracle("central-error")["error"], rel=2e-6, abs=0)
    assert error == pytest.approx(e * (sinh(1e-3) / 1e-3 - 1), rel=2e-6, abs=0)


def test_the_default_steps_minimise_the_bounds(oracle):
    o, u = oracle("best-h"), derivatives.UNIT
    assert FORWARD_STEP == pytest.approx(o["h_forward"], rel=1e-12, abs=0)
    assert CENTRAL_STEP == pytest.approx(o["h_central"], rel=1e-12, abs=0)
    assert FORWARD_STEP / 2 + 2 * u / FORWARD_STEP == pytest.approx(o["rel_err_forward"], rel=1e-12, abs=0)
    assert CENTRAL_STEP**2 / 6 + u / CENTRAL_STEP == pytest.approx(o["rel_err_central"], rel=1e-12, abs=0)
    assert abs(forward(np.exp, 1.0) / e - 1) < o["rel_err_forward"] * 1.5
    assert abs(central(np.exp, 1.0) / e - 1) < o["rel_err_central"] * 1.5


def test_default_steps_grow_with_the_coordinate():
    # at w = 1e6 a step of 9e-6 would be lost in rounding
    assert central(lambda w: w[0] ** 2, [1e6]) == pytest.approx(2e6, rel=1e-9)
    assert forward(lambda w: w[0] ** 2, [-1e6]) == pytest.approx(-2e6, rel=1e-6)


@pytest.mark.parametrize(("rule", "step"), [(forward, FORWARD_STEP), (central, CENTRAL_STEP), (complex_step, 1e-20)])
def test_default_steps_are_those_of_the_docstrings(rule, step):
    for w, factor in [(0.0, 1), (-1.0, 1), (1.5, 1.5), (-5.0, 5)]:
        seen = []
        rule(lambda v, seen=seen: seen.append(v.item()) or v * 1.0, w)
        moved = max(abs(v - w) for v in seen)
        assert moved == pytest.approx(factor * step, rel=1e-6)


@pytest.mark.parametrize(("rule", "tol"), [(forward, 1e-6), (central, 1e-9), (complex_step, 1e-14)])
def test_gradients_of_three_variables(rule, tol):
    np.testing.assert_allclose(rule(f3, POINT), g3(POINT), rtol=tol, atol=tol)


@pytest.mark.parametrize("rule", [forward, central, complex_step])
def test_shapes_follow_the_point(rule):
    assert np.shape(rule(lambda w: w**2, 3.0)) == ()
    assert np.shape(rule(lambda w: w**2, [3.0])) == (1,)
    assert np.shape(rule(lambda w: w[0] ** 2, [3.0])) == (1,)


@pytest.mark.parametrize("rule", [forward, central, complex_step])
def test_the_point_is_left_untouched_and_whole_numbers_will_do(rule):
    w = np.array([1, 2])
    np.testing.assert_allclose(rule(lambda v: v[0] * v[1], w), [2, 1], atol=1e-7)
    assert w.tolist() == [1, 2] and w.dtype == int


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=3), st.floats(0.001, 1))
def test_central_differences_are_exact_on_quadratics(a, h):
    grad = central(lambda w: a[0] * w[0] ** 2 + a[1] * w[0] * w[1] + a[2] * w[1], [1.0, -2.0], h)
    np.testing.assert_allclose(grad, [2 * a[0] - 2 * a[1], a[1] + a[2]], atol=1e-9)


@pytest.mark.parametrize(("name", "order", "dual"), [("l2", 2, 0), ("l1", 1, 1), ("linf", np.inf, 2)])
def test_the_steepest_direction_depends_on_the_norm(oracle, name, order, dual):
    o, g = oracle("steepest-by-norm"), np.array([3.0, -4.0])
    slope = {}
    for label, d in [("told", np.array(o[name])), *enumerate(np.random.default_rng(1).normal(size=(500, 2)))]:
        d = d / np.linalg.norm(d, order)
        slope[label] = central(lambda t, d=d: g @ (t * d), 0.0)
    assert slope["told"] == pytest.approx(-o["dual_norms"][dual])
    assert min(slope.values()) == pytest.approx(slope["told"])


def test_complex_step_has_no_cancellation():
    # Squire and Trapp's own function, at a step where differences see nothing at all
    def f(x):
        return np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)

    x, s, c = 1.5, sin(1.5), cos(1.5)
    exact = exp(x) * (s**3 + c**3) ** -0.5 * (1 - 1.5 * (s**2 * c - c**2 * s) / (s**3 + c**3))
    assert complex_step(f, x) == pytest.approx(exact, rel=2e-15, abs=0)
    assert complex_step(f, x, h=1e-100) == pytest.approx(exact, rel=2e-15, abs=0)
    assert forward(f, x, h=1e-100) == central(f, x, h=1e-100) == 0


def test_complex_step_refuses_a_function_that_drops_the_imaginary_part():
    with pytest.raises(ValueError) as error:
        complex_step(lambda w: abs(w[0]), [2.0])
    assert str(error.value) == (
        "f must compute with complex numbers for the complex step (abs, max and float do not), got a real value"
    )


def test_hessian_from_a_gradient():
    f = objectives.rosenbrock()
    w = np.array([-1.2, 1.0])
    np.testing.assert_allclose(hessian(f.grad, w), f.hess(w), rtol=1e-8, atol=1e-6)
    np.testing.assert_array_equal(hessian(f.grad, w), hessian(f.grad, w).T)
    np.testing.assert_allclose(hessian(lambda w: [2 * w[0]], [3.0], h=0.1), [[2.0]], rtol=1e-12)


def turned(eigenvalues, seed):
    """A symmetric matrix with these eigenvalues in random directions."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))
    H = axes @ np.diag(eigenvalues) @ axes.T
    return (H + H.T) / 2


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=6), st.integers(0, 50))
def test_sharpness_is_the_largest_eigenvalue(eigenvalues, seed):
    H = turned(eigenvalues, seed)
    found, top = sharpness(lambda w: H @ w, np.ones(len(H)), max_iter=2000), max(eigenvalues)
    size = np.abs(eigenvalues).max()
    rounding = 1e-8 * max(size, 1)
    assert np.linalg.norm(found.direction) == pytest.approx(1) and found.value <= top + rounding
    assert np.abs(np.array(eigenvalues) - found.value).min() <= found.residual + rounding
    assert top - found.value <= 0.05 * size + rounding
    image = H @ found.direction
    assert found.value == pytest.approx(found.direction @ image, abs=rounding)
    assert found.residual == pytest.approx(np.linalg.norm(image - found.value * found.direction), abs=rounding)


@pytest.mark.parametrize(
    ("eigenvalues", "top"),
    [((5, 1, -2), 5), ((-5, 1, -2), 1), ((1, -1), 1), ((-3, -7), -3), ((-4, -4), -4), ((-4,), -4), ((0, -9), 0)],
)
def test_sharpness_is_no_size(eigenvalues, top):
    H = turned(eigenvalues, 1)
    found = sharpness(lambda w: H @ w, np.zeros(len(H)), tol=1e-6)
    assert found.value == pytest.approx(top, abs=1e-5)


def test_sharpness_counts_and_says_when_it_is_not_there_yet():
    H, asked = np.diag([1.0, 0.999, 0.5]), []

    def grad(w):
        asked.append(w)
        return H @ w

    short = sharpness(grad, np.zeros(3), tol=1e-9, max_iter=3)
    assert short.n_iter == 6 and len(asked) == 12  # three, and three from the second beginning
    assert short.residual > 1e-9 and short.value <= 1 + 1e-9
    third = H @ H @ np.random.default_rng(0).normal(size=3)  # moved by |H| it would be slower: the better one is kept
    assert short.value == pytest.approx(third @ H @ third / (third @ third), abs=1e-9)
    long = sharpness(grad, np.zeros(3), tol=1e-9, max_iter=50_000)
    assert long.residual <= 1e-9 and long.value == pytest.approx(1, abs=1e-9) and long.n_iter == (len(asked) - 12) / 2
    flat = sharpness(lambda w: np.ones(3), np.zeros(3))
    assert (flat.value, flat.residual, flat.n_iter) == (0, 0, 1)


def test_sharpness_has_its_seed_and_its_step():
    f, w = objectives.rosenbrock(), np.array([1.0, 1.0])
    a, b, c = (sharpness(f.grad, w, tol=0.3, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(a.direction, b.direction)
    assert not np.array_equal(a.direction, c.direction)
    for options, h in [({}, CENTRAL_STEP * np.sqrt(2)), (dict(h=0.25), 0.25)]:
        seen = []
        sharpness(lambda v, seen=seen: seen.append(v) or f.grad(v), w, max_iter=1, **options)
        assert [np.linalg.norm(v - w) for v in seen] == pytest.approx([h] * len(seen), rel=1e-6)


def test_sharpness_of_a_network_is_that_of_its_hessian():
    X = np.random.default_rng(1).normal(size=(30, 2))
    net = models.MLP((2, 6, 1))
    f, w = net.loss(X, np.sin(X[:, 0])), net.init(seed=1)
    spectrum = np.linalg.eigvalsh(hessian(f.grad, w))
    assert spectrum[0] < 0 and sharpness(f.grad, w, tol=1e-4).value == pytest.approx(spectrum[-1], rel=1e-6)


@pytest.mark.parametrize(("name", "start"), [("sharp-minimum-left", (2.5, 0.41)), ("flat-minimum-kept", (1.5, 0.7))])
def test_descent_ends_where_the_sharpness_is_below_two_over_eta(oracle, name, start):
    o, eta = oracle(name), 0.4

    def f(w):
        return (1 - w[0] * w[1]) ** 2 / 2

    def grad(w):
        return (w[0] * w[1] - 1) * w[::-1]

    run = gradient_descent(f, grad, start, eta, gtol=0, max_iter=400)
    np.testing.assert_allclose(run.w, o["w"], rtol=1e-9)
    found = sharpness(grad, run.w, tol=1e-6)
    assert found.value == pytest.approx(o["sharpness"], rel=1e-7) and found.value < 2 / eta
    # across the curve of minimisers, in the direction of (y, x)
    assert np.abs(found.direction @ run.w[::-1]) == pytest.approx(np.linalg.norm(run.w), rel=1e-6)
    if name == "sharp-minimum-left":
        assert run.values[0] == pytest.approx(o["f0"], rel=1e-9) and run.values.max() == pytest.approx(o["f_max"], rel=1e-9)
        assert run.values.argmax() == o["k_max"] and sharpness(grad, [2.5, 0.4]).value > 2 / eta
    else:
        flow = np.hypot(start[0] ** 2 - start[1] ** 2, 2)
        assert flow == pytest.approx(o["flow_sharpness"], rel=1e-12) and found.value < flow


def test_error_against_step_is_a_valley():
    h = np.logspace(-12, -1, 45)
    first, second = (derivatives.error_by_step(np.exp, np.exp, 1.0, h, rule) for rule in (forward, central))
    assert first.shape == h.shape
    # slopes of the two walls on paper of logarithms: the method's order to the right, -1 to the left
    assert np.polyfit(np.log(h[-12:]), np.log(first[-12:]), 1)[0] == pytest.approx(1, abs=0.05)
    assert np.polyfit(np.log(h[-12:]), np.log(second[-12:]), 1)[0] == pytest.approx(2, abs=0.05)
    assert np.polyfit(np.log(h[:12]), np.log(np.maximum(first[:12], 1e-16)), 1)[0] == pytest.approx(-1, abs=0.4)
    assert 1e-9 < h[np.argmin(first)] < 1e-6 and 1e-7 < h[np.argmin(second)] < 1e-3


def test_a_right_gradient_passes():
    check = check_gradient(f3, g3, POINT)
    assert check.ok and check.error < 1e-9 and check.message.startswith("Right: coordinate ")
    assert repr(check) == check.message
    assert check_gradient(lambda w: w**2, lambda w: 2 * w, 3.0).ok
    exact = check_gradient(lambda w: 0 * w[0], lambda w: [0], [1.0])
    assert exact.message == (
        "Right: coordinate 0 of the gradient is 0, and central differences give 0 (relative error 0, tol 1e-06)."
    )
    assert exact.analytic.dtype == float
    # with equality it passes
    assert check_gradient(lambda w: 0 * w[0], lambda w: [0.25], [1.0], tol=0.25).ok


@pytest.mark.parametrize("worst", [0, 1, 2])
def test_a_wrong_gradient_is_named_by_its_coordinate(worst):
    def wrong(w):
        g = g3(w)
        g[worst] *= -1
        return g

    check = check_gradient(f3, wrong, POINT)
    a, n = -g3(POINT)[worst], g3(POINT)[worst]
    assert not check.ok and check.worst == worst
    assert check.error == pytest.approx(2 * abs(a) / max(1, abs(a)), rel=1e-6)
    assert check.message == (
        f"Wrong: coordinate {worst} of the gradient is {a:.6g}, but central differences give {n:.6g} "
        f"(relative error {check.error:.2g}, tol 1e-06)."
    )
    np.testing.assert_allclose(check.analytic, wrong(POINT))
    np.testing.assert_allclose(check.numeric, g3(POINT), rtol=1e-8)


def test_small_slopes_are_compared_absolutely_and_large_ones_relatively():
    assert check_gradient(lambda w: 0 * w[0], lambda w: [1e-7], [1.0]).ok
    assert check_gradient(lambda w: 1e9 * w[0], lambda w: [1e9 + 100], [1.0]).ok
    assert not check_gradient(lambda w: 1e9 * w[0], lambda w: [1e9 + 1e4], [1.0]).ok
    assert check_gradient(lambda w: 1e9 * w[0], lambda w: [1e9 + 1e4], [1.0], tol=1e-4).ok
    assert check_gradient(lambda w: w[0] ** 3, lambda w: 3 * w**2, [1.0], tol=1e-3, h=0.01).ok
    assert not check_gradient(lambda w: w[0] ** 3, lambda w: 3 * w**2, [1.0], tol=1e-5, h=0.01).ok


def test_nan_never_passes():
    check = check_gradient(f3, lambda w: np.array([np.nan, 0, 0]) + g3(w), POINT)
    assert not check.ok and check.worst == 0 and check.error == np.inf
    check = check_gradient(f3, lambda w: np.array([0, 0, np.inf]) + g3(w), POINT)
    assert not check.ok and check.worst == 2 and check.error == np.inf


def single(w):
    """f3 in single precision."""
    return f3(np.asarray(w, dtype=np.float32))


def single_grad(w):
    return g3(np.asarray(w, dtype=np.float32))


@pytest.mark.parametrize("f", [single, lambda w: float(single(w))], ids=["float32", "made a Python float"])
def test_a_right_gradient_in_single_precision_is_not_called_wrong(f):
    check = check_gradient(f, single_grad, POINT)
    assert not check.ok and check.message.startswith("Not decided: coordinate ")
    advice = re.search(
        r"f computes in single precision \(float32\), whose rounding alone can make such a difference at h = [\de.-]+\. "
        r"Let f compute in double precision, or call check_gradient with h=([\de.-]+) and tol=([\de.-]+)\.$",
        check.message,
    )
    h, tol = map(float, advice.groups())
    assert check_gradient(f, single_grad, POINT, h=h, tol=tol).ok  # the advice is good
    assert check_gradient(f3, single_grad, POINT).ok  # and so is the other
    wrong = check_gradient(f, lambda w: -single_grad(w), POINT)
    assert wrong.message.startswith("Wrong: ") and "precision" not in wrong.message
    assert not check_gradient(f, lambda w: 1.01 * single_grad(w), POINT, h=h, tol=tol).ok


def test_a_gradient_in_single_precision_is_told_too():
    def root_grad(w):
        return np.array([0.5e3], dtype=np.float32) * np.float32(1.00001)

    check = check_gradient(lambda w: np.sqrt(w[0]), root_grad, [1e-6], h=1e-9)
    assert check.message.startswith("Not decided: ") and check.message.endswith(
        "grad computes in single precision (float32): let it compute in double precision, or choose a larger tol."
    )
    half = check_gradient(lambda w: np.float16(w[0] ** 2), lambda w: 2 * w, [1.5])
    assert half.message.endswith("at h = 1.3e-05. Let f compute in double precision.")
    # a double is told from a single even where the gradient is wrong by little
    assert check_gradient(f3, lambda w: 1.0001 * g3(w), POINT).message.startswith("Wrong: ")


def test_an_f_that_is_not_defined_around_the_point_decides_nothing():
    with np.errstate(invalid="ignore"):
        check = check_gradient(lambda w: np.log(w[0]), lambda w: 1 / w, [1e-7])
    assert (
        not check.ok
        and check.message.startswith("Not decided: ")
        and check.message.endswith(
            "f is not finite within h = 8.7e-06 of w: choose a w farther inside the domain of f, or a smaller h."
        )
    )
    assert check_gradient(lambda w: np.log(w[0]), lambda w: 1 / w, [1e-7], h=1e-11).ok


def test_the_slope_along_a_vector_tells_its_sign():
    f = objectives.rosenbrock()
    w = np.array([-1.2, 1.0])
    assert derivatives.falls_along(f, w, -f.grad(w)) and not derivatives.falls_along(f, w, f.grad(w))
    assert not derivatives.falls_along(f, w, 0 * w)


def in_place(w):
    w *= 2
    return w.sum()


def grad_in_place(w):
    w *= 2
    return w


IN_PLACE = " must not change its arguments in place: write w = 2 * w for w *= 2, or begin with w = w.copy()"
IN_PLACE_F, IN_PLACE_GRAD = f"f{IN_PLACE}", f"grad{IN_PLACE}"
BAD = [
    *[
        (lambda rule=rule, f=f: rule(f, [1.0, 2.0]), sentence)
        for rule in (central, forward, complex_step)
        for f, sentence in [
            (None, "f must be a function of w, got None"),
            (2.0, "f must be a function of w, got 2.0: give the function itself, not one of its values"),
            (lambda w: None, "f must return a value, got None: does it end with `return`?"),
            (in_place, IN_PLACE_F),
        ]
    ],
    (lambda: central(lambda w: "x", 1.0), "f(w) must be a single number, got 'x'"),
    (lambda: central(lambda w: 2j, 1.0), "f(w) must be a single number, got 2j"),
    (lambda: hessian(np.ones(2), [1.0, 2.0]), "grad must be a function of w, got array([1., 1.])" + VALUES),
    (lambda: hessian(grad_in_place, [1.0, 2.0]), IN_PLACE_GRAD),
    (lambda: hessian(lambda w: None, [1.0, 2.0]), "grad must return a value, got None: does it end with `return`?"),
    (lambda: check_gradient(f3, np.ones(3), POINT), "grad must be a function of w, got array([1., 1., 1.])" + VALUES),
    (lambda: check_gradient(None, g3, POINT), "f must be a function of w, got None"),
    (lambda: check_gradient(in_place, g3, POINT), IN_PLACE_F),
    (lambda: check_gradient(np.sum, grad_in_place, POINT), IN_PLACE_GRAD),
    (
        lambda: derivatives.error_by_step(np.sin, np.cos, 1.0, [0.1], rule="central"),
        "rule must be forward, central or complex_step, got 'central'",
    ),
    (lambda: derivatives.error_by_step(np.sin, 0.5, 1.0, [0.1]), "grad must be a function of w, got 0.5" + VALUES),
    (lambda: central(np.sin, 1.0, h=0), "h must be a positive finite number, got 0"),
    (lambda: forward(np.sin, 1.0, h=-1e-3), "h must be a positive finite number, got -0.001"),
    (lambda: complex_step(np.sin, 1.0, h=np.nan), "h must be a positive finite number, got nan"),
    (lambda: hessian(np.cos, [1.0], h=np.inf), "h must be a positive finite number, got inf"),
    (lambda: hessian(lambda w: w[:1], [1.0, 2.0]), "grad(w) has shape (1,), but w has shape (2,)"),
    (lambda: hessian(np.cos, 1.0), "w must have 1 axis, got shape ()"),
    (lambda: sharpness(np.ones(2), [1.0, 2.0]), "grad must be a function of w, got array([1., 1.])" + VALUES),
    (lambda: sharpness(grad_in_place, [1.0, 2.0]), IN_PLACE_GRAD),
    (lambda: sharpness(lambda w: w[:1], [1.0, 2.0]), "grad(w) has shape (1,), but w has shape (2,)"),
    (lambda: sharpness(np.cos, 1.0), "w must have 1 axis, got shape ()"),
    (lambda: sharpness(np.cos, [1.0], tol=0), "tol must be a positive finite number, got 0"),
    (lambda: sharpness(np.cos, [1.0], max_iter=0), "max_iter must be a whole number, at least 1, got 0"),
    (lambda: sharpness(np.cos, [1.0], h=0), "h must be a positive finite number, got 0"),
    (
        lambda: sharpness(np.cos, [1.0], seed=1.5),
        "seed must be a whole number, 0 or more, or a Generator, got 1.5",
    ),
    (
        lambda: sharpness(lambda w: w * np.nan, [1.0]),
        "grad must be finite within h = 8.7e-06 of w, where it changes by [nan]",
    ),
    (lambda: central(np.sin, [1.0, np.inf]), "w must be finite, got [1.0, inf]"),
    (lambda: central(np.sin, [1.0, 2.0]), "f(w) must be a single number, got an array of shape (2,)"),
    (lambda: forward(np.sin, [1.0, 2.0]), "f(w) must be a single number, got an array of shape (2,)"),
    (lambda: complex_step(np.sin, [1.0, 2.0]), "f(w) must be a single number, got an array of shape (2,)"),
    (lambda: check_gradient(f3, g3, [np.nan, 0, 0]), "w must be finite, got [nan, 0, 0]"),
    (lambda: derivatives.error_by_step(np.sin, np.cos, np.nan, [0.1]), "w must be finite, got nan"),
    (lambda: derivatives.error_by_step(np.sin, np.cos, 1.0, 0.1), "steps must have 1 axis, got shape ()"),
    (lambda: check_gradient(f3, g3, POINT, tol=0), "tol must be a positive finite number, got 0"),
    (lambda: check_gradient(f3, lambda w: w[:2], POINT), "grad(w) has shape (2,), but w has shape (3,)"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
