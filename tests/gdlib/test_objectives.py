"""Every objective of the gallery: value, gradient and Hessian against its formula, and the facts it claims."""

import inspect

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from gdlib import gradient_descent, objectives
from gdlib.convexity import condition_number
from gdlib.derivatives import central
from gdlib.objectives import gallery, losses

X4, Y4 = np.column_stack([np.ones(4), np.arange(4)]), np.array([1.0, 3, 2, 5])
X5, Y5 = np.column_stack([np.ones(5), np.arange(-2, 3)]), np.array([0, 1, 0, 1, 1])


def makers(module):
    """The public functions of a module that make objectives, by name; the losses on data begin with w."""
    public = inspect.getmembers(module, inspect.isfunction)
    own = {name: make for name, make in public if make.__module__.startswith(module.__name__) and not name.startswith("_")}
    return {name: make for name, make in own.items() if next(iter(inspect.signature(make).parameters), "") != "w"}


def needs_data(make):
    return any(p.default is p.empty for p in inspect.signature(make).parameters.values())


MAKERS = makers(objectives)
# whatever the gallery holds, as it is made without arguments, and then some others
FORMULAS = [make() for make in MAKERS.values() if not needs_data(make)] + [
    objectives.parabola(curvature=-2.5, minimiser=0.75),
    objectives.parabola(curvature=3, minimiser=-2),
    objectives.logistic_map(r=0.5),
    objectives.huber(threshold=0.3),
    objectives.quadratic(kappa=7.3, angle=0.6),
    objectives.quadratic(kappa=2, angle=-1.2),
]
LOSSES = [  # of matrices and data: these have no formula, and are given here by hand
    objectives.quadratic_form([[2, 1, 0], [1, 3, 0.5], [0, 0.5, 1]], [1, -1, 2]),
    objectives.least_squares(X4, Y4),
    objectives.least_squares(X4, Y4, penalty=0.3),
    objectives.logistic_regression(X5, Y5),
    objectives.logistic_regression(X5, Y5, penalty=0.3),
    objectives.softmax_regression(X5, [0, 1, 2, 1, 0]),
]


def dimension(f):
    return len(f.window)


def points(f, n=25, seed=1):
    """Random points of the objective's window, as a batch (d, n)."""
    low, high = np.array(f.window).T
    return np.random.default_rng(seed).uniform(low[:, None], high[:, None], (dimension(f), n))


def test_no_objective_goes_untested():
    assert {name for name, make in MAKERS.items() if needs_data(make)} == {
        "quadratic_form",
        "least_squares",
        "logistic_regression",
        "softmax_regression",
    }, "a new objective of data needs a line in LOSSES, and one here"
    assert {f.name for f in LOSSES} == {name.replace("_", " ") for name, make in MAKERS.items() if needs_data(make)}
    assert all(f.formula for f in FORMULAS), "an objective that needs no data needs a formula, to be tested against"
    assert {"parabola", "rosenbrock", "huber"} <= MAKERS.keys()  # the search finds them


def test_every_objective_is_named_twice_in_the_package():
    written = makers(gallery) | makers(losses)
    for name in written:
        assert hasattr(objectives, name), f"{name}: import it in gdlib/objectives/__init__.py, and name it in __all__"
        assert name in objectives.__all__, f"{name}: name it in __all__ of gdlib/objectives/__init__.py"
    assert written.keys() == MAKERS.keys()


@pytest.mark.parametrize("name", MAKERS)
def test_the_docstring_of_an_objective_has_its_source_and_an_example(name):
    doc = MAKERS[name].__doc__ or ""
    assert "Source: " in doc, f'{name}: its docstring says "Source: ..." before "Taught in chapter ..."'
    assert f"= {name}(" in doc and "Examples" in doc, f"{name}: its docstring has an example that makes one"


@pytest.mark.parametrize("f", FORMULAS, ids=repr)
def test_value_gradient_and_hessian_are_those_of_the_formula(f):
    names = sympy.symbols("w" if dimension(f) == 1 else "x y", real=True, seq=True)
    expression = sympy.sympify(f.formula, locals={str(n): n for n in names})
    value = sympy.lambdify(names, expression)
    grad = sympy.lambdify(names, [sympy.diff(expression, n) for n in names])
    second = sympy.hessian(expression, names).doit().replace(sympy.DiracDelta, lambda *corner: 0)
    hess = sympy.lambdify(names, second)
    for w in points(f).T:
        np.testing.assert_allclose(f(w), value(*w), rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(f.grad(w), np.array(grad(*w), dtype=float), rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(f.hess(w), np.array(hess(*w), dtype=float), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("f", LOSSES, ids=repr)
def test_losses_have_the_derivatives_of_central_differences(f):
    for w in points(f, n=5).T:
        np.testing.assert_allclose(f.grad(w), central(f, w), rtol=1e-7, atol=1e-8)
        columns = [central(lambda v, i=i: f.grad(v)[i], w) for i in range(dimension(f))]
        np.testing.assert_allclose(f.hess(w), columns, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("f", FORMULAS + LOSSES, ids=repr)
def test_a_batch_is_its_points_one_by_one(f):
    batch, d = points(f, n=7), dimension(f)
    for got, one, shape in [(f(batch), f, (7,)), (f.grad(batch), f.grad, (d, 7)), (f.hess(batch), f.hess, (d, d, 7))]:
        assert np.shape(got) == shape
        np.testing.assert_allclose(got, np.stack([one(w) for w in batch.T], axis=-1), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("f", FORMULAS + LOSSES, ids=repr)
def test_a_list_is_as_good_as_an_array(f):
    w = points(f, n=1)[:, 0]
    np.testing.assert_array_equal(f(list(w)), f(w))
    np.testing.assert_array_equal(f.grad(list(w)), f.grad(w))
    np.testing.assert_array_equal(f.hess(list(w)), f.hess(w))


@pytest.mark.parametrize("f", [f for f in FORMULAS if dimension(f) == 1], ids=repr)
def test_one_variable_takes_plain_numbers(f):
    assert np.shape(f(0.7)) == np.shape(f.grad(0.7)) == np.shape(f.hess(0.7)) == ()
    assert f(0.7) == pytest.approx(
        f(np.array([0.7])), rel=1e-12
    )  # a power of a number and of an array differ in the last bit
    assert f.grad(0.7) == pytest.approx(f.grad(np.array([0.7]))[0], rel=1e-12)
    np.testing.assert_allclose(f(np.linspace(0, 1, 5)), [f(w) for w in np.linspace(0, 1, 5)], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("f", FORMULAS + LOSSES, ids=repr)
def test_minima_are_minima(f):
    assert f.minima.shape[1] == dimension(f)
    around = np.random.default_rng(2).normal(size=(200, dimension(f)))
    around *= 1e-2 / np.linalg.norm(around, axis=1, keepdims=True)
    for w in f.minima:
        assert all(f(w + step) >= f(w) for step in around)
        if f.L is not None or f.mu is None:  # not |w|, whose slope jumps, nor where the slope is no good measure
            np.testing.assert_allclose(f.grad(w), 0, atol=1e-9)


@pytest.mark.parametrize("f", FORMULAS + LOSSES, ids=repr)
def test_L_and_mu_bound_the_spectrum(f):
    spectrum = np.linalg.eigvalsh(np.moveaxis(f.hess(points(f, n=400)), -1, 0))
    if f.L is not None:
        assert np.abs(spectrum).max() <= f.L * (1 + 1e-12), "L is less than the curvature somewhere on the window"
    if f.mu is not None:
        assert spectrum.min() >= f.mu - 1e-12, "mu is more than the curvature somewhere on the window"
    else:
        assert spectrum.min() < 0, "convex on its window: give mu, 0 where it is not strongly convex; None means not convex"


@pytest.mark.parametrize("f", [f for f in FORMULAS if f.L] + LOSSES[:3], ids=repr)
def test_L_is_attained(f):
    # where the claim is "the smallest constant": at the minimum, at the origin for the logistic loss
    w = np.zeros(dimension(f))
    largest = np.abs(np.linalg.eigvalsh(f.hess(w))).max()
    assert largest == pytest.approx(f.L, rel=1e-12), f"L is not the curvature at 0, {largest:g}: is it the smallest L?"


@pytest.mark.parametrize("f", FORMULAS + LOSSES, ids=repr)
def test_every_objective_tells_its_story(f):
    assert f.name and f.source and f.domain, "an Objective has a name and a source of its own, beside the docstring's"
    assert f.name in repr(f)
    assert all(low < high for low, high in f.window)


@given(st.floats(1, 1e6), st.floats(-4, 4))
def test_the_quadratic_has_the_eigenvalues_it_claims(kappa, angle):
    f = objectives.quadratic(kappa, angle)
    np.testing.assert_allclose(np.linalg.eigvalsh(f.hess([0, 0])), [1, kappa], rtol=1e-9)
    flat = np.array([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(f.grad(flat), flat, atol=1e-9 * kappa)


def test_rosenbrock_oracle(oracle):
    f, o = objectives.rosenbrock(), oracle("rosenbrock-values")
    assert f([-1.2, 1]) == pytest.approx(o["f"], rel=1e-12)
    np.testing.assert_allclose(f.grad([-1.2, 1]), o["grad"], rtol=1e-12)
    np.testing.assert_allclose(f.hess([-1.2, 1]), o["hess"], rtol=1e-12)
    np.testing.assert_allclose(f.hess(f.minima[0]), o["hess_min"], rtol=1e-12)
    assert np.linalg.cond(f.hess(f.minima[0])) == pytest.approx(o["cond_min"], rel=1e-10)


def test_himmelblau_oracle(oracle):
    f, o = objectives.himmelblau(), oracle("himmelblau-points")
    np.testing.assert_allclose(f.minima, o["minima"], atol=1e-10)
    np.testing.assert_allclose(f(f.minima.T), 0, atol=1e-20)
    top = np.array(o["local_max"])
    np.testing.assert_allclose(f.grad(top), 0, atol=1e-10)
    assert np.linalg.eigvalsh(f.hess(top)).max() < 0
    assert f(top) == pytest.approx(o["f_local_max"], rel=1e-12)


def test_beale_oracle(oracle):
    f, o = objectives.beale(), oracle("beale")
    assert f([1, 1]) == pytest.approx(o["f_11"], rel=1e-14)
    np.testing.assert_allclose(f.grad([1, 1]), o["grad_11"], rtol=1e-14)
    assert f([3, 0.5]) == 0


def test_regression_oracles(oracle):
    f, o = objectives.least_squares(X4, Y4), oracle("least-squares")
    np.testing.assert_allclose(f.minima, [o["solution"]], rtol=1e-12)
    np.testing.assert_allclose([f.mu, f.L], o["eig"], rtol=1e-12)
    f, o = objectives.logistic_regression(X5, Y5), oracle("logistic-regression")
    np.testing.assert_allclose(f.minima, [o["mle"]], rtol=1e-10)
    assert f.L == pytest.approx(o["L_bound"], rel=1e-14)


def test_ridge_oracle(oracle):
    o, X, y = oracle("ridge"), np.array([[1.0, 1, 0], [0, 1, 1]]), [1, 2]
    f = objectives.least_squares(X, y, penalty=0.1 / 2)  # the oracle's is a sum over two rows: twice this
    np.testing.assert_allclose(f.minima, [o["w"]], rtol=1e-12)
    assert 2 * f.mu == pytest.approx(o["mu"], rel=1e-12) and pytest.approx(o["L"], rel=1e-12) == 2 * f.L
    assert f.L / f.mu == pytest.approx(o["kappa"], rel=1e-12)
    run = gradient_descent(f, f.grad, np.zeros(3), 2 * 0.625, gtol=0, max_iter=600)
    np.testing.assert_allclose(run.w, o["w"], rtol=1e-10)


def test_a_penalty_makes_one_minimiser_of_many():
    # six columns and five rows
    X = np.random.default_rng(2).normal(size=(5, 6))
    free, ridge = objectives.least_squares(X, Y5), objectives.least_squares(X, Y5, penalty=0.01)
    assert free.mu == 0 and ridge.mu == 0.01 and ridge.L == free.L + 0.01
    np.testing.assert_allclose(ridge.grad(ridge.minima[0]), 0, atol=1e-14)
    assert np.linalg.norm(ridge.minima) < np.linalg.norm(free.minima)
    np.testing.assert_allclose(objectives.least_squares(X, Y5, penalty=1e-9).minima, free.minima, atol=1e-5)


def test_early_stopping_is_like_a_penalty(oracle):
    # X^T X/n has the eigenvalues 1, 0.1, 0.01: descent multiplies each part by 1 - (1 - eta s)^k, ridge by s/(s + penalty)
    o, X = oracle("early-stopping"), np.diag(np.sqrt([3, 0.3, 0.03]))
    f, ridge = objectives.least_squares(X, X @ np.ones(3)), objectives.least_squares(X, X @ np.ones(3), penalty=1 / 20)
    run = gradient_descent(f, f.grad, np.zeros(3), 1.0, gtol=0, max_iter=20)
    np.testing.assert_allclose(run.w, o["descent"], rtol=1e-12)
    np.testing.assert_allclose(ridge.minima, [o["ridge"]], rtol=1e-12)


def test_ridge_regression_agrees_with_scikit_learn():
    from sklearn import linear_model

    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(80, 3)), rng.normal(size=80)
    theirs = linear_model.Ridge(alpha=0.05 * 80, fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(objectives.least_squares(X, y, penalty=0.05).minima[0], theirs.coef_, rtol=1e-10)


def test_smoothness_oracle(oracle):
    o, X, y = oracle("smoothness-of-models"), np.array([[1.0, 1], [1, 2], [1, 4]]), [0, 1, 0]
    squared, logistic = objectives.least_squares(X, y), objectives.logistic_regression(X, y)
    assert squared.L == pytest.approx(o["squared"], rel=1e-12)
    assert squared.L / squared.mu == pytest.approx(o["kappa_XtX"], rel=1e-12) == o["kappa_X"] ** 2
    assert logistic.L == pytest.approx(o["logistic"], rel=1e-12)
    assert np.linalg.eigvalsh(logistic.hess(np.zeros(2)))[-1] == pytest.approx(logistic.L, rel=1e-12)  # attained at 0
    softmax = objectives.softmax_regression(X, [0, 1, 2])
    assert softmax.L == pytest.approx(o["softmax"], rel=1e-12)
    assert np.linalg.eigvalsh(softmax.hess(np.zeros(6)))[-1] < softmax.L  # a bound


def test_softmax_oracle(oracle):
    # one row x = 1, so that the weights are the scores; the other classes are named by rows of zeros, which add log 3
    o, X = oracle("softmax-scores"), np.array([[1.0], [0.0], [0.0]])
    f, w = objectives.softmax_regression(X, [2, 0, 1]), np.array([1.0, 2, 3])
    assert 3 * f(w) - 2 * np.log(3) == pytest.approx(o["loss"], rel=1e-12)
    np.testing.assert_allclose(3 * f.grad(w), o["grad"], rtol=1e-12)
    np.testing.assert_allclose(np.linalg.eigvalsh(3 * f.hess(w)), o["eig"], rtol=1e-12, atol=1e-15)


def test_matrix_oracle(oracle):
    f, o = objectives.quadratic_form([[2, 1], [1, 3]]), oracle("matrix-spectrum")
    assert f.mu == pytest.approx(o["mu"], rel=1e-13) and pytest.approx(o["L"], rel=1e-13) == f.L
    assert f.L / f.mu == pytest.approx(o["kappa"], rel=1e-13)
    assert 2 / f.L == pytest.approx(o["eta_max"], rel=1e-13)
    assert 2 / (f.mu + f.L) == pytest.approx(o["eta_opt"], rel=1e-13)


def test_logistic_regression_agrees_with_scikit_learn():
    from sklearn import linear_model

    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    f = objectives.logistic_regression(X, y, penalty=0.05)
    theirs = linear_model.LogisticRegression(C=1 / (0.05 * 80), fit_intercept=False, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(f.minima[0], theirs.coef_[0], atol=1e-6)


def test_rosenbrock_agrees_with_scipy():
    from scipy import optimize

    f = objectives.rosenbrock()
    for w in points(f).T:
        assert f(w) == pytest.approx(optimize.rosen(w), rel=1e-13)
        np.testing.assert_allclose(f.grad(w), optimize.rosen_der(w), rtol=1e-12, atol=1e-11)
        np.testing.assert_allclose(f.hess(w), optimize.rosen_hess(w), rtol=1e-12)


@pytest.mark.parametrize("f", FORMULAS, ids=repr)
def test_scipy_finds_no_minimum_that_is_not_listed(f):
    from scipy import optimize

    low, high = np.array(f.window).T
    for w0 in points(f, n=20, seed=6).T:
        options = {"gtol": 1e-9, "ftol": 0, "maxiter": 1000}
        found = optimize.minimize(f, w0, jac=f.grad, bounds=list(zip(low, high)), options=options)
        if ((low < found.x) & (found.x < high)).all() and np.linalg.norm(f.grad(found.x)) < 1e-3:
            listed = np.linalg.norm(f.minima - found.x, axis=1)
            assert (listed < 1e-2).any(), f"a minimum near {found.x.round(3)} is not among its minima"


def test_separable_data_have_no_minimiser():
    X = np.array([[1.0, -2], [1, -1], [1, 1], [1, 2]])
    assert len(objectives.logistic_regression(X, [0, 0, 1, 1]).minima) == 0
    assert len(objectives.logistic_regression(X, [0, 0, 1, 1], penalty=1e-3).minima) == 1
    # a plane that separates all but the points that lie on it is enough to send w to infinity
    assert len(objectives.logistic_regression([[1, 0], [1, 0], [0, 1]], [0, 1, 1]).minima) == 0
    # and data that pull both ways at every point have their minimum at 0
    np.testing.assert_allclose(objectives.logistic_regression([[1.0], [1.0]], [0, 1]).minima, [[0.0]])


def test_losses_stay_finite_far_out():
    f = objectives.logistic_regression([[1.0], [-1.0]], [1, 1])
    # exp(-1000) is 0, so that nothing is rounded
    assert f([1000.0]) == 500 and f.grad([1000.0]) == 0.5
    g = objectives.softmax_regression([[1.0], [1.0]], [0, 1])
    assert g([1000.0, -1000.0]) == 1000 and list(g.grad([1000.0, -1000.0])) == [0.5, -0.5]


def test_softmax_with_two_classes_is_logistic_regression():
    two, one = objectives.softmax_regression(X5, Y5), objectives.logistic_regression(X5, Y5)
    w = np.array([0.3, -0.8])
    W = np.column_stack([np.zeros(2), w]).ravel()
    assert two(W) == pytest.approx(one(w), rel=1e-14)
    np.testing.assert_allclose(two.grad(W).reshape(2, 2)[:, 1], one.grad(w), rtol=1e-13)


def test_a_quadratic_form_that_is_flat_up_to_rounding_has_no_single_minimum():
    X = np.random.default_rng(3).normal(size=(20, 2))
    X = np.column_stack([X, X @ [1.0, 2.0]])  # the third column says nothing new
    for scale in (1.0, 1e-8, 1e8):
        flat = objectives.quadratic_form(scale * X.T @ X)
        assert flat.mu == 0
        assert len(flat.minima) == 0


def test_symmetric_up_to_rounding_is_symmetric():
    H = np.array([[1.0, 1e-17], [3e-17, 2.0]])
    assert objectives.quadratic_form(H).mu == pytest.approx(1, rel=1e-12)
    assert condition_number(H) == pytest.approx(2, rel=1e-12)


def test_quadratic_forms_tell_convex_from_not():
    assert objectives.quadratic_form([[1, 0], [0, -1]]).mu is None
    flat = objectives.quadratic_form([[1, 1], [1, 1]])
    assert flat.mu == 0 and len(flat.minima) == 0 and pytest.approx(2) == flat.L
    wide = objectives.least_squares([[1.0, 1.0]], [2.0])
    assert wide.mu == 0
    np.testing.assert_allclose(wide.minima, [[1, 1]])


BAD = [
    (lambda: objectives.parabola(curvature=0), "curvature must not be 0: that is a flat line, with nothing to descend"),
    (lambda: objectives.parabola(curvature=np.nan), "curvature must be a finite number, got nan"),
    (lambda: objectives.parabola(minimiser="left"), "minimiser must be a finite number, got left"),
    (lambda: objectives.quadratic(kappa=0.5), "kappa must be a finite number, 1 or more, got 0.5"),
    (lambda: objectives.quadratic(kappa=np.inf), "kappa must be a finite number, 1 or more, got inf"),
    (lambda: objectives.quadratic(angle=1j), "angle must be a finite number, got 1j"),
    (lambda: objectives.logistic_map(r=0), "r must be a positive finite number, got 0"),
    (lambda: objectives.huber(threshold=-1), "threshold must be a positive finite number, got -1"),
    (
        lambda: objectives.quadratic_form([[1, 2], [0, 1]]),
        "H must be a symmetric matrix, got shape (2, 2), not equal to its transpose",
    ),
    (
        lambda: objectives.quadratic_form(np.ones((2, 3))),
        "H must be a symmetric matrix, got shape (2, 3), not equal to its transpose",
    ),
    (lambda: objectives.quadratic_form([1, 2]), "H must have 2 axes, got shape (2,)"),
    (lambda: objectives.quadratic_form(np.eye(2), [1, 2, 3]), "b must have shape (2,) to fit H, got (3,)"),
    (lambda: objectives.least_squares([[1], [np.nan]], [1, 2]), "X must be finite, got [[1], [nan]]"),
    (lambda: objectives.least_squares("data", [1]), "X must be an array of real numbers, got 'data'"),
    (
        lambda: objectives.least_squares(X4, [1, 2]),
        "X and y must have the same number of rows, at least 1: got 4 and 2",
    ),
    (
        lambda: objectives.least_squares(np.empty((0, 2)), []),
        "X must have at least one row and one column, got shape (0, 2)",
    ),
    (lambda: objectives.logistic_regression(X5, [-1, 1, -1, 1, 1]), "y must hold labels 0 and 1, got [-1.  1.]"),
    (
        lambda: objectives.logistic_regression(X5, Y5, penalty=-1),
        "penalty must be a finite number, 0 or more, got -1",
    ),
    (
        lambda: objectives.softmax_regression(X5, [0, 2, 0, 2, 0]),
        "y must hold labels 0, 1, ..., c - 1, each at least once, got [0. 2.]",
    ),
    (
        lambda: objectives.softmax_regression(X5, [0.5, 0, 0, 1, 1]),
        "y must hold labels 0, 1, ..., c - 1, each at least once, got [0.  0.5 1. ]",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == sentence
