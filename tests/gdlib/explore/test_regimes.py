"""The heavy ball's regimes, against the roots as NumPy finds them, closed forms, and runs in exact fractions."""

import re
from fractions import Fraction
from itertools import pairwise
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gdlib import explore
from gdlib.explore.regimes import best, deciding, regime

ONE_WAY, OSCILLATES, ALTERNATES, DIVERGES = 0, 2, 4, 6
xs, betas = st.floats(1e-4, 8), st.floats(0, 0.995)


def largest(x, beta):
    """The size of the larger root, by the eigenvalues of a matrix."""
    return np.abs(np.linalg.eigvals([[1 + beta - x, -beta], [1.0, 0.0]])).max()


def away(x, beta, far=1e-6):
    """Whether x lies off the borders between the regimes."""
    return all(abs(x - border) > far for border in ((1 - sqrt(beta)) ** 2, (1 + sqrt(beta)) ** 2, 2 * (1 + beta)))


def run(x, beta, steps):
    """w_k of the heavy ball on a parabola from w_-1 = w_0 = 1, in fractions: nothing is rounded."""
    x, beta = Fraction(x), Fraction(beta)
    before = w = Fraction(1)
    path = [w]
    for _ in range(steps):
        before, w = w, (1 + beta - x) * w - beta * before
        path.append(w)
    return path


@given(xs, betas)
def test_the_deciding_root_is_the_larger_one(x, beta):
    assume(away(x, beta))  # at a double root eigenvalues have half their digits
    assert abs(deciding(x, beta)) == pytest.approx(largest(x, beta), rel=1e-6)


@given(xs, betas)
def test_complex_roots_have_the_size_root_beta_whatever_eta_is(x, beta):
    assume(away(x, beta))
    complex_roots = (1 + beta - x) ** 2 < 4 * beta
    assert (regime(x, beta) == OSCILLATES) == complex_roots
    if complex_roots:
        assert deciding(x, beta) == sqrt(beta)


@given(st.floats(0, 0.995))
@example(0.0)
@example(81 / 121)
def test_on_the_borders_the_roots_are_double(beta):
    root = sqrt(beta)
    assert (regime((1 - root) ** 2, beta), deciding((1 - root) ** 2, beta)) == (1, root)
    if beta > 1e-6:
        assert (regime((1 + root) ** 2, beta), deciding((1 + root) ** 2, beta)) == (3, -root)


@given(st.floats(0.01, 0.95))
def test_the_momentum_of_the_double_root(x):
    """beta = (1 - sqrt(eta lambda))^2: neither more nor less momentum is as fast."""
    critical = (1 - sqrt(x)) ** 2
    assume(critical <= 0.99)
    assert deciding(x, critical) == pytest.approx(1 - sqrt(x))
    for other in (critical * 0.9, critical + 0.9 * (0.995 - critical)):
        assert abs(deciding(x, other)) >= (1 - sqrt(x)) * (1 - 1e-7)


@given(betas, st.floats(1e-6, 4))
def test_it_diverges_beyond_twice_one_plus_beta_and_not_before(beta, more):
    border = 2 * (1 + beta)
    assert regime(border + more, beta) == DIVERGES and deciding(border + more, beta) < -1
    assert regime(border, beta) == 5 and deciding(border, beta) == -1
    less = border - min(more, border - 1e-3)
    assert abs(deciding(less, beta)) < 1


RUNS = st.integers(1, 600).map(lambda n: n / 128), st.integers(0, 126).map(lambda n: n / 128)


@given(*RUNS)
@example(3.75, 0.875)  # on the border of divergence
def test_a_run_does_what_its_regime_says(x, beta):
    path = run(x, beta, 40)
    kind, signs = regime(x, beta), [w > 0 for w in path]
    if kind <= 1:
        assert all(signs[:-1]) and all(a >= b >= 0 for a, b in pairwise(path))
        return
    if kind == OSCILLATES:
        far = run(x, beta, 400)
        assert any(w < 0 for w in far) and any(a * b > 0 for a, b in pairwise(far))
        return
    assert signs == [k % 2 == 0 for k in range(41)]  # alternating, from the first step on
    sizes = [abs(w) for w in path]
    if kind == DIVERGES:
        assert sizes[-1] > sizes[-2]
    if kind == 5:  # the root -1 stays, with its share of the start; the other is -beta
        assert sizes[-1] == pytest.approx(float((1 + Fraction(beta) - 2 * Fraction(beta) ** 41) / (1 - Fraction(beta))))


@given(st.floats(1e-3, 8), betas, st.floats(1, 1e4))
def test_the_largest_root_on_a_bar_is_at_one_of_its_ends(x, beta, kappa):
    ends = max(abs(deciding(x / kappa, beta)), abs(deciding(x, beta)))
    inside = [abs(deciding(at, beta)) for at in np.geomspace(x / kappa, x, 50).tolist()]
    assert max(inside) <= ends * (1 + 1e-9)


@given(st.floats(1e-3, 8), betas, st.floats(1.01, 1e4))
def test_no_eta_and_beta_beat_the_best(x, beta, kappa):
    """Polyak's tuning: both ends double roots. All others are worse."""
    r = best(1, kappa)
    tuned = 4 / (1 + sqrt(kappa)) ** 2
    assert deciding(tuned, r**2) == pytest.approx(r) and deciding(kappa * tuned, r**2) == pytest.approx(-r)
    assert max(abs(deciding(x / kappa, beta)), abs(deciding(x, beta))) >= r * (1 - 1e-9)


def test_the_numbers_of_the_notes():
    """beta = 0.9: the sizes at five places, of which three are the root of 0.9, and the borders."""
    sizes = [0.98887321424522, 0.9486832980505138, 0.9486832980505138, 0.9486832980505138, 1.2]
    assert [abs(deciding(x, 0.9)) for x in (0.001, 0.01, 1, 3.7, 3.85)] == pytest.approx(sizes, rel=1e-12)
    low, high = 0.0026334038989724007, 3.7973665961010274
    assert [regime(at * by, 0.9) for at in (low, high, 3.8) for by in (1 - 1e-6, 1, 1 + 1e-6)] == [0, 1, 2, 2, 3, 4, 4, 5, 6]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        # β = 1/4: borders at ηλ = 1/4, 9/4 and 5/2
        (
            {"eta": 0.25, "beta": 0.25},
            "η = 0.25, β = 0.25 from w₀ = 1: at ηλ = 0.25 it moves one way, with the double root 0.5. "
            "In the long run the error falls to a tenth in about 3.32 steps. "  # ln 10 / ln 2
            "After 60 steps the error is 2.69e-17.",  # (1 + 60/2)/2^60
        ),
        (
            {"eta": 2.5, "beta": 0.25},
            "η = 2.5, β = 0.25 from w₀ = 1: at ηλ = 2.5 it alternates sides for ever, decided by the root −1. "
            "The error does not fade. After 60 steps the error is 1.67.",  # 5/3, less what fades by 1/4
        ),
        (
            {"eta": 3.0, "beta": 0.0},  # gradient descent: 1 − ηλ = −2, and ln 10 / ln 2 again
            "η = 3, β = 0 from w₀ = 1: at ηλ = 3 it alternates sides and diverges, decided by the root −2. "
            "In the long run the error grows tenfold in about 3.32 steps. After 60 steps the error is 1.15e18.",
        ),
        (
            {"eta": 1.0, "beta": 0.0},
            "η = 1, β = 0 from w₀ = 1: at ηλ = 1 it moves one way, with the double root 0. "
            "In the long run a step takes nine tenths of the error away, or more. After 60 steps the error is 0.",
        ),
        (
            {"eta": 4 / 121, "beta": 81 / 121, "L": 100},
            "η = 0.0331, β = 0.669 from (1, 1): along μ (ηλ = 0.0331) it moves one way, with the double root 0.818; "
            "along L (ηλ = 3.31) it alternates sides, with the double root −0.818. The largest root on the bar has the "
            "size 0.818, and no η and β make it smaller. In the long run the error falls to a tenth in about 11.5 steps. "
            "After 60 steps the errors are 7.03e-5 and 6.5e-4.",  # (1 + 120/11) r^60 and (1 + 1200/11) r^60
        ),
        (
            {"eta": 1 / 8, "beta": 0.25, "mu": 1, "L": 9},  # (9 ± √17)/16 at μ
            "η = 0.125, β = 0.25 from (1, 1): along μ (ηλ = 0.125) it moves one way, decided by the root 0.82; "
            "along L (ηλ = 1.13) it oscillates, with complex roots of size 0.5. The largest root on the bar has the "
            "size 0.82; the best η and β make it 0.5. In the long run the error falls to a tenth in about 11.6 steps. "
            "After 60 steps the errors are 7.57e-6 and 5.94e-19.",
        ),
    ],
)
def test_what_is_said(settings, says):
    assert repr(explore.regimes(**settings)) == says


def test_the_steps_to_a_tenth_are_those_of_the_run():
    """The heavy ball of the chapter, κ = 100, far out: the double roots' factor 1 + ck hardly grows any more."""
    r = 9 / 11
    picture = explore.regimes(eta=4 / 121, beta=r**2, L=100, steps=200)
    path = np.abs(picture.run.path)
    k = np.arange(201)
    bounds = np.column_stack([(1 + (1 - r) * k) * r**k, (1 + (1 + r) * k) * r**k])
    np.testing.assert_allclose(path, bounds, rtol=1e-6)
    assert log(10) / -log(r) == pytest.approx(11.5, abs=0.05)
    assert 1 / 11 < path[200, 1] / path[188, 1] < 1 / 9


def test_moving_it_moves_the_words_and_the_run():
    picture = explore.regimes(eta=0.2, beta=0.5, L=4)
    picture.set(eta=0.4, beta=0.25, steps=5)
    assert repr(picture).startswith("η = 0.4, β = 0.25 from (1, 1): along μ (ηλ = 0.4) it oscillates")
    np.testing.assert_allclose(picture.run.path[:, 0], [float(w) for w in run(0.4, 0.25, 5)], rtol=1e-12)
    assert picture.w0.tolist() == [1, 1] and explore.regimes().w0 == 1
    with pytest.raises(ValueError, match="w0 cannot be set here"):
        picture.w0 = (2, 1)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"mu": 0}, "mu must be"),
        ({"L": float("inf"), "mu": 1}, "L must be"),
        ({"mu": 4, "L": 1}, "mu must be at most L, got mu = 4 and L = 1"),
        ({"eta": 9}, "and 8, got 9"),
        ({"beta": 1}, "beta must be between 0 and 0.995, got 1"),
        ({"beta": -0.1}, "beta must be between"),
        ({"eta_range": (1, 0.1)}, "eta_range must have its low end first"),
        ({"eta_range": (-1, 1)}, "eta_range must be two positive numbers"),
        ({"steps": 300}, "steps must be between 1 and 200"),
        ({"predict": "steps"}, "predict must be one of"),
        ({"predict": "regime", "L": 4}, "predict='regime' needs mu = L"),
    ],
)
def test_what_regimes_refuse(arguments, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        explore.regimes(**arguments)
