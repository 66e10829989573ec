"""The exact worst cases of the book's rates: solved again, held against closed forms, and reached by gdlib's own runs.

Solvers stop when their two values agree to about 1e-10, and where exactly depends on the machine. Between the values
here and the closed forms lie at most 1e-7, relatively, so ALIKE leaves a factor of ten.
"""

from math import sqrt

import numpy as np
import pytest

from gdlib import linesearch, minimize
from gdlib.derivatives import central
from press import certificates
from press.certificates import RATES, Rate

ALIKE = 1e-6
COMMITTED = certificates.load()
ROWS = [pytest.param(name, row, id=f"{name}-{row['k']}") for name, rows in COMMITTED.items() for row in rows]
RHO = 1 + sqrt(2)
EXACT = {
    "descent": lambda k: -1 / 2,
    "nonconvex": lambda k: 4 / (3 * k - 1),
    "convex": lambda k: 1 / (4 * k + 2),
    "convex-sharp": lambda k: 1 / (4 * k + 2),
    "pl": lambda k: 0.9 ** (2 * k),
    "distance": lambda k: (9 / 11) ** (2 * k),
    "distance-gap": lambda k: (9 / 11) ** (2 * k) / 2,
    "exact-search": lambda k: (9 / 11) ** (2 * k),
    "silver": lambda k: 1 / (4 * RHO ** {1: 1, 3: 2, 7: 3}[k] - 2),
    "nesterov": lambda k: 2 / ((k + 2) * (k + 3)),
}
KNOWN = {  # computed apart from this library, by another program for the same problems
    "armijo": (57 / 65, 0.697161, 0.536671),
    "nesterov-strong": (0.547939, 0.347602, 0.215390, 0.130306, 0.077120),
    "heavy-ball": (3.160494, 7.923182, 10.261850, 10.995692, 11.686813),
}


def test_the_result_has_every_rate():
    assert list(COMMITTED) == list(RATES)
    assert all([row["k"] for row in COMMITTED[name]] == list(rate.steps) for name, rate in RATES.items())
    assert set(EXACT) | set(KNOWN) == set(RATES)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_the_worst_case_comes_out_again(name, row):
    rate = RATES[name]
    worst, _ = certificates.solve(rate, row["k"])
    assert worst == pytest.approx(row["worst"], rel=ALIKE)
    assert rate.bound(row["k"]) == pytest.approx(row["bound"], abs=1e-9)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_the_worst_case_is_the_closed_form_where_there_is_one(name, row):
    if name in EXACT:
        assert row["worst"] == pytest.approx(EXACT[name](row["k"]), rel=1e-7)
    else:
        assert row["worst"] == pytest.approx(KNOWN[name][row["k"] - 1], abs=6e-7)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_gdlib_reaches_the_worst_case_on_the_worst_function(name, row):
    found = certificates.reached(RATES[name], row["k"], row.get("function"))
    assert found == pytest.approx(row["worst"], rel=ALIKE)
    assert row["reached"] == pytest.approx(row["worst"], rel=ALIKE)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_no_theorem_is_false(name, row):
    if name != "heavy-ball":
        assert row["worst"] <= row["bound"] + ALIKE * abs(row["bound"])
    elif row["k"] > 1:  # its bound is for bowls
        assert row["worst"] > 2 * row["bound"]


@pytest.mark.parametrize("wrong", [lambda k: 1 / (4 * k + 3), lambda k: 1 / (6 * k)])
def test_a_wrong_constant_would_be_seen(wrong):
    assert all(row["worst"] > (1 + ALIKE) * wrong(row["k"]) for row in COMMITTED["convex"] if row["k"] > 1)


def test_a_solver_that_stops_too_early_is_not_believed(monkeypatch):
    monkeypatch.setattr(certificates, "ACCURATE", certificates.ACCURATE | {"max_iter": 4})
    with pytest.raises(Exception, match="is allowed|failed"):
        certificates.solve(RATES["convex-sharp"], 3)


@pytest.mark.theorem("thm-distance-rate")
@pytest.mark.parametrize("eta", [0.3, 1.0, 1.7])
def test_one_step_multiplies_the_squared_distance_by_the_square_of_the_factor_at_worst(eta):
    rate = Rate(None, certificates.gd(eta), certificates.distance, certificates.distance, mu=0.1)
    assert certificates.solve(rate, 1)[0] == pytest.approx(max(abs(1 - 0.1 * eta), abs(1 - eta)) ** 2, rel=ALIKE)


@pytest.mark.theorem("thm-convex-rate-sharp")
@pytest.mark.parametrize("k", range(1, 6))
def test_the_exact_worst_case_is_that_of_the_semidefinite_program_to_seven_digits(k):
    assert certificates.solve(RATES["convex-sharp"], k)[0] == pytest.approx(1 / (4 * k + 2), rel=1e-7)


@pytest.mark.theorem("thm-convex-rate-sharp")
@pytest.mark.parametrize("seed", range(20))
def test_the_certificate_for_one_step_adds_up(seed):
    """The page's identity: half the sum of three inequalities is the bound less two squares, for any three vectors."""
    w, g, h = np.random.default_rng(seed).normal(size=(3, 4))
    f0, f1 = np.random.default_rng(seed + 99).normal(size=2)
    slack = [
        -(f0 - g @ w + g @ g / 2),
        -(f1 - h @ (w - g) + h @ h / 2),
        f0 - (f1 + h @ g + (g - h) @ (g - h) / 2),
    ]
    squares = ((w - 1.5 * (g + h)) ** 2).sum() / 6 + ((g - h) ** 2).sum() / 8
    assert sum(slack) / 2 == pytest.approx(w @ w / 6 - squares - f1, abs=1e-12)


def waves(rng, d=3):
    """A random sum of plane waves, not convex, with an L and a lower bound."""
    a, b, c = rng.normal(size=4), rng.normal(size=(4, d)), rng.uniform(0, 2 * np.pi, 4)
    value = lambda w: a @ np.cos(b @ w + c)
    return value, lambda w: -(a * np.sin(b @ w + c)) @ b, np.abs(a) @ (b**2).sum(axis=1), -np.abs(a).sum()


@pytest.mark.theorem("thm-nonconvex-rate-sharp")
@pytest.mark.parametrize("seed", range(20))
def test_the_smallest_gradient_keeps_to_the_exact_bound(seed):
    rng = np.random.default_rng(seed)
    f, grad, L, lowest = waves(rng)
    run = minimize(f, grad, rng.normal(size=3), certificates.gd(1 / L), gtol=0, max_iter=40)
    squared = run.grad_norms**2
    least = np.minimum.accumulate(squared)
    K = np.arange(1, 42)
    assert np.all(least <= 4 * L * (run.values[0] - lowest) / (3 * K - 1) * (1 + 1e-12))
    falls = -np.diff(run.values)  # the proof's inequality, at every step
    assert np.all(falls >= squared[:-1] / (2 * L) + squared[1:] / (4 * L) - 1e-12)


@pytest.mark.theorem("thm-nonconvex-rate-sharp")
@pytest.mark.parametrize("K", [1, 2, 5, 100])
def test_corrugated_arms_attain_the_exact_bound(K):
    f = certificates.corrugated()
    run = minimize(f, f.grad, float(K), certificates.gd(1.0), gtol=0, max_iter=K)
    assert run.grad_norms[:K].tolist() == [1.0] * K and run.values[0] == (3 * K - 1) / 4  # short binary numbers
    for w in np.linspace(-3.3, 3.3, 50):  # its slopes are its derivative, and change by at most 1 per unit
        assert f.grad(np.array([w])) == pytest.approx(central(f, np.array([w])), abs=1e-6)
    slopes = f.grad(np.linspace(-5, 5, 1001))
    assert np.abs(np.diff(slopes)).max() <= 0.01 * (1 + 1e-9)


@pytest.mark.theorem("thm-nonconvex-rate-sharp")
def test_the_exact_bound_needs_its_learning_rate():
    half = Rate(None, certificates.gd(0.5), certificates.gap, certificates.slopes, mu=None)
    assert certificates.solve(half, 3)[0] > 4 / (3 * 3 - 1) * 1.1


@pytest.mark.parametrize("row", COMMITTED["armijo"], ids=lambda row: str(row["k"]))
def test_in_armijos_worst_case_the_first_step_tried_is_taken_every_time(row):
    f = certificates.interpolant(**row["function"], mu=0.1)
    search = linesearch.armijo(f, **certificates.ARMIJO)
    run = minimize(f, f.grad, row["function"]["points"][1], search, gtol=0, max_iter=row["k"])
    assert run.etas.tolist() == [4.0] * row["k"]


@pytest.mark.parametrize("row", [COMMITTED["armijo"][1], COMMITTED["heavy-ball"][3]], ids=["armijo", "heavy-ball"])
def test_a_function_made_from_points_is_smooth_strongly_convex_and_goes_through_them(row):
    mu = 0.1 if row in COMMITTED["armijo"] else 1 / 25
    points, slopes, values = (np.array(part) for part in row["function"].values())
    f, rng = certificates.interpolant(points, slopes, values, mu), np.random.default_rng(1)
    for w, g, value in zip(points, slopes, values):
        assert f(w) == pytest.approx(value, abs=1e-6)
        assert f.grad(w) == pytest.approx(g, abs=1e-3)  # the root of what the values can be off
    for v, w in 3 * rng.normal(size=(50, 2, points.shape[1])):
        change, step = f.grad(v) - f.grad(w), v - w
        assert mu * (step @ step) * (1 - 1e-6) <= change @ step
        assert np.linalg.norm(change) <= np.linalg.norm(step) * (1 + 1e-6)
        assert f.grad(w) @ step == pytest.approx((f(w + 1e-5 * step) - f(w - 1e-5 * step)) / 2e-5, rel=1e-3, abs=1e-3)


def test_the_heavy_ball_goes_round_three_points_for_ever():
    """Curvature 1 for w < 1 and for w > 2, and 1/25 between: the function of Lessard, Recht and Packard, divided by 25."""
    value = lambda w: w @ w / 2 - 0.96 * (np.clip(w - 1, 0, 1) ** 2 / 2 + np.maximum(w - 2, 0)).sum()
    slope = lambda w: w - 0.96 * np.clip(w - 1, 0, 1)
    end = minimize(value, slope, 3.3, RATES["heavy-ball"].optimizer, gtol=0, max_iter=300).path[-3:, 0]
    assert np.sort(end) == pytest.approx(np.array([-2208, 792, 2592]) / 1225, rel=1e-9)


@pytest.mark.parametrize("name", ["convex-sharp", "nesterov", "silver"])
def test_on_the_worst_huber_functions_the_slope_stays_the_same(name):
    f, w0 = RATES[name].worst(3)
    run = minimize(f, f.grad, w0, RATES[name].optimizer, gtol=0, max_iter=3)
    assert run.grad_norms == pytest.approx(run.grad_norms[0], rel=1e-12)
