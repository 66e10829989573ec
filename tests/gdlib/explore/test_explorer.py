"""Explorers without a browser: what they say, what they refuse, what they save."""

import re
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import objectives
from gdlib.explore import one_d
from gdlib.explore.explorer import _plain
from gdlib.explore.sentence import number, place

HALF = "w**2/2"  # w_k = (1 - eta)^k w_0, so every sentence below has a closed form


@pytest.mark.parametrize(
    ("formula", "eta", "w0", "says"),
    [
        # 1.6 * 0.75^k <= 1e-6 first at k = 50; 1.6 * 0.5^k first at k = 21
        (HALF, 0.25, 1.6, "η = 0.25 from w₀ = 1.6: moves one way and converges to w ≈ 0: |f′| ≤ 1e-6 after 50 steps."),
        (HALF, 1.5, 1.6, "η = 1.5 from w₀ = 1.6: alternates sides and converges to w ≈ 0: |f′| ≤ 1e-6 after 21 steps."),
        (HALF, 1.0, 1.6, "η = 1 from w₀ = 1.6: one step and it is there, w ≈ 0: |f′| ≤ 1e-6."),
        (HALF, 1.0, 0.0, "η = 1 from w₀ = 0: already flat, |f′| ≤ 1e-6, so no step is taken."),
        (HALF, 2.0, 1.0, "η = 2 from w₀ = 1: neither converges nor diverges: a cycle of 2 points between −1 and 1, still going after 1000 steps."),
        # 2^k > 1e20 first at k = 67
        (HALF, 3.0, 1.0, "η = 3 from w₀ = 1: alternates sides and diverges: |w| > 1e20 after 67 steps."),
        # 1.001^1000 = 2.7169...
        (HALF, 2.001, 1.0, "η = 2 from w₀ = 1: alternates sides and diverges: |w| = 2.72 after 1000 steps and growing."),
        # 0.999^1000 = 0.36770
        (HALF, 0.001, 1.0, "η = 0.001 from w₀ = 1: moves one way, not there yet: |f′| = 0.368 after 1000 steps."),
        ("-w**2/2", 1.0, 1.0, "η = 1 from w₀ = 1: moves one way and diverges: |w| > 1e20 after 67 steps."),
        ("abs(w)", 0.3, 1.0, "η = 0.3 from w₀ = 1: neither converges nor diverges: a cycle of 2 points between −0.2 and 0.1, still going after 1000 steps."),
        # the logistic map at r = 4 is chaotic, and fills (0, 1)
        ("-1.5*x**2 + 4*x**3/3", 1.0, 0.3, "η = 1 from x₀ = 0.3: neither converges nor diverges: wanders between 0 and 1, still going after 1000 steps."),
        # x^3 has slope 3x^2 = 1e-6 at x = 0.000577: flat, not a minimum, and reached ever more slowly
        ("w**3", 2.0, 0.05, "η = 2 from w₀ = 0.05: moves one way and stops on nearly flat ground at w ≈ 0.001: |f′| ≤ 1e-6 after"),
        ("exp(w**2)", 4.0, 2.0, "η = 4 from w₀ = 2: moves one way and diverges: no finite number after 1 step."),
    ],
)  # fmt: skip
def test_the_sentence_says_what_happens(formula, eta, w0, says):
    assert repr(one_d(formula, eta, w0, eta_range=(1e-3, 4))).startswith(says)


def test_a_start_outside_the_domain_is_said_not_raised():
    picture = one_d("log(w)**2", eta=0.1, w0=2.0)
    picture._picture.w0 = -1.0  # as a slider does
    assert repr(picture).endswith("not a finite number there, so no step can be taken.")
    assert "image/png" not in picture._repr_mimebundle_()


def test_setting_moves_sliders_picture_and_run():
    picture = one_d(objectives.double_well(), eta=0.25, w0=1.5)
    picture.eta, picture.w0 = 0.5, -1.25
    assert (picture._eta.value, picture._w0.value) == (0.5, -1.25)
    assert picture.run.path[0, 0] == -1.25
    # one step by hand: w - eta w (w^2 - 1) = -1.25 + 0.5 * 1.25 * 0.5625
    assert picture.run.path[1, 0] == pytest.approx(-1.25 + 0.5 * 1.25 * 0.5625, rel=1e-15)


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.25, 1 / 64, 4])
def test_the_slider_holds_the_first_eta_exactly(eta):
    slider = one_d(HALF, eta=eta)._eta
    notches = (log2(slider.value) - slider.min) / slider.step
    assert notches == pytest.approx(round(notches), abs=1e-9)
    assert 1 / 64 - 1e-12 <= slider.base**slider.min
    assert slider.base**slider.max <= 4 + 1e-12


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"eta": 5}, "eta must be between 0.01562 and 4, got 5"),
        ({"eta": -0.1}, "eta must be between 0.01562 and 4, got -0.1"),
        ({"eta": "fast"}, "eta must be a finite number, got fast"),
        ({"w0": 9}, "w0 must be between -2.5 and 2.5, got 9"),
        ({"w0": float("nan")}, "w0 must be a finite number, got nan"),
        ({"window": (2, 1)}, "window must have its low end first, got (2, 1)"),
        ({"window": 3}, "window must be two finite numbers, low and high; got 3"),
        ({"eta_range": (0, 1)}, "eta_range must be two positive numbers, got (0, 1)"),
        ({"gtol": -1}, "gtol must be a finite number, 0 or more, got -1"),
        ({"max_iter": 1.5}, "max_iter must be a whole number, at least 0, got 1.5"),
    ],
)
def test_bad_numbers_are_named(arguments, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        one_d(HALF, **arguments)


def test_a_start_where_f_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="must be finite at w0, but at -1.0 they are not"):
        one_d("log(w)", w0=-1)


def test_setters_refuse_what_the_sliders_cannot_show():
    picture = one_d(HALF, eta=0.5, w0=1)
    with pytest.raises(ValueError, match="eta must be between"):
        picture.eta = 10
    with pytest.raises(ValueError, match="w0 must be between"):
        picture.w0 = 10
    assert (picture.eta, picture.w0) == (0.5, 1)


def test_an_objective_of_two_variables_is_refused():
    with pytest.raises(ValueError, match="exactly one variable"):
        one_d(objectives.quadratic(10))


def test_shown_as_widget_sentence_and_still():
    bundle = one_d(HALF, eta=0.5, w0=1)._repr_mimebundle_()
    assert bundle["text/plain"].startswith("η = 0.5 from w₀ = 1: ")
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_formulas_are_shown_as_written_by_hand():
    assert _plain("3*w**2 - w**10/4 + w**0.5") == "3·w² − w¹⁰/4 + w^0.5"


@given(st.floats(-1e300, 1e300))
def test_numbers_are_short_and_near(x):
    text = number(x).replace("−", "-")
    assert float(text) == pytest.approx(x, rel=5.001e-3, abs=1e-322)
    assert len(text.lstrip("-").split("e")[0].replace(".", "").strip("0")) <= 3


@given(st.floats(-1e4, 1e4))
def test_places_are_within_half_a_thousandth(w):
    assert float(place(w).replace("−", "-")) == pytest.approx(w, rel=1e-12, abs=5.0001e-4)
