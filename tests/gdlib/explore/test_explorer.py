"""Explorers without a browser: what they say, what they refuse, what they save."""

import re
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import objectives
from gdlib.explore import basins, compare, one_d, sweep, two_d
from gdlib.explore.formula import plain
from gdlib.explore.kinds import RULES, SIGNS
from gdlib.explore.sentence import coordinate, short

HALF = "w**2/2"  # w_k = (1 - eta)^k w_0, so every sentence below has a closed form


@pytest.mark.parametrize(
    ("formula", "eta", "w0", "says"),
    [
        # 1.6 * 0.75^k <= 1e-6 first at k = 50; 1.6 * 0.5^k first at k = 21
        (HALF, 0.25, 1.6, "η = 0.25 from w₀ = 1.6: moves one way and converges to w ≈ 0: |f′| ≤ 1e-6 after 50 steps."),
        (HALF, 1.5, 1.6, "η = 1.5 from w₀ = 1.6: alternates sides and converges to w ≈ 0: |f′| ≤ 1e-6 after 21 steps."),
        (HALF, 1.0, 1.6, "η = 1 from w₀ = 1.6: one step and it is there, w ≈ 0: |f′| ≤ 1e-6."),
        (HALF, 1.0, 0.0, "η = 1 from w₀ = 0: already flat, |f′| ≤ 1e-6, so no step is taken."),
        (
            HALF,
            2.0,
            1.0,
            "η = 2 from w₀ = 1: neither converges nor diverges: a cycle of 2 points between −1 and 1, still going after 1000 steps.",
        ),
        # 2^k > 1e20 first at k = 67
        (HALF, 3.0, 1.0, "η = 3 from w₀ = 1: alternates sides and diverges: |w| > 1e20 after 67 steps."),
        # 1.001^1000 = 2.7169...
        (HALF, 2.001, 1.0, "η = 2 from w₀ = 1: alternates sides and diverges: |w| = 2.72 after 1000 steps and growing."),
        # 0.999^1000 = 0.36770
        (HALF, 0.001, 1.0, "η = 0.001 from w₀ = 1: moves one way, not there yet: |f′| = 0.368 after 1000 steps."),
        ("-w**2/2", 1.0, 1.0, "η = 1 from w₀ = 1: moves one way and diverges: |w| > 1e20 after 67 steps."),
        (
            "abs(w)",
            0.3,
            1.0,
            "η = 0.3 from w₀ = 1: neither converges nor diverges: a cycle of 2 points between −0.2 and 0.1, still going after 1000 steps.",
        ),
        # equal steps of 1/64 on a straight arm, and 1000 of them are too few to come down from 20
        ("abs(w)", 1 / 64, 20.0, "η = 0.0156 from w₀ = 20: moves one way, not there yet: |f′| = 1 after 1000 steps."),
        # the logistic map at r = 4 is chaotic, and fills (0, 1)
        (
            "-1.5*x**2 + 4*x**3/3",
            1.0,
            0.3,
            "η = 1 from x₀ = 0.3: neither converges nor diverges: wanders between 0 and 1, still going after 1000 steps.",
        ),
        # x^3 has slope 3x^2 = 1e-6 at x = 0.000577: flat, not a minimum, and reached ever more slowly
        (
            "w**3",
            2.0,
            0.05,
            "η = 2 from w₀ = 0.05: moves one way and stops on nearly flat ground at w ≈ 0.001: |f′| ≤ 1e-6 after",
        ),
        # 0.25 - 4 * 1/(2 * 0.5) = -3.75, and 0.5 - 1/0.5 = -1.5: beyond 0 there is neither root nor logarithm
        (
            "sqrt(w)",
            4.0,
            0.25,
            "η = 4 from w₀ = 0.25: takes one step and ends after 1 step at w ≈ −3.75: f or its slope is not a finite number there.",
        ),
        (
            "log(w)",
            1.0,
            0.5,
            "η = 1 from w₀ = 0.5: takes one step and ends after 1 step at w ≈ −1.5: f or its slope is not a finite number there.",
        ),
        ("exp(w**2)", 4.0, 2.0, "η = 4 from w₀ = 2: takes one step and diverges: no finite number after 1 step."),
    ],
)
def test_the_sentence_says_what_happens(formula, eta, w0, says):
    assert repr(one_d(formula, eta, w0, eta_range=(1e-3, 4), window=(-25, 25))).startswith(says)


def test_a_start_outside_the_domain_is_said_not_raised():
    picture = one_d("log(w)**2", eta=0.1, w0=2.0)
    picture._picture.w0 = -1.0  # as a slider does
    assert repr(picture).endswith("not a finite number there, so no step can be taken.")
    assert "image/png" not in picture._repr_mimebundle_()


def test_setting_moves_sliders_picture_and_run():
    picture = one_d(objectives.double_well(), eta=0.25, w0=1.5)
    picture.eta, picture.w0 = 0.5, -1.25
    assert [slider.value for slider in picture._sliders.values()] == [0.5, -1.25]
    assert picture.run.path[0, 0] == -1.25
    # one step by hand: w - eta w (w^2 - 1) = -1.25 + 0.5 * 1.25 * 0.5625
    assert picture.run.path[1, 0] == pytest.approx(-1.25 + 0.5 * 1.25 * 0.5625, rel=1e-15)


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.25, 1 / 64, 4])
def test_the_slider_holds_the_first_eta_exactly(eta):
    slider = one_d(HALF, eta=eta)._sliders["eta"]
    notches = (log2(slider.value) - slider.min) / slider.step
    assert notches == pytest.approx(round(notches), abs=1e-9)
    assert slider.base**slider.min >= 1 / 64 - 1e-12
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
        ({"eta_range": (0, 1)}, "eta_range must be two positive numbers, got (0.0, 1.0)"),
        ({"gtol": -1}, "gtol must be a finite number, 0 or more, got -1"),
        ({"max_iter": 1.5}, "max_iter must be a whole number, at least 0, got 1.5"),
    ],
)
def test_bad_numbers_are_named(arguments, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        one_d(HALF, **arguments)


def test_a_start_where_f_is_not_finite_is_refused():
    with pytest.raises(ValueError, match=r"must be finite at w0, but at \[-1.0\] they are not"):
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


def test_two_variables_and_their_closed_form():
    # (9/11)^k (1, ±10) has norm (9/11)^k sqrt(101), at most 1e-6 first at k = 81
    picture = two_d(objectives.quadratic(10), eta=2 / 11, w0=(1, 1), steps=100)
    assert repr(picture) == ("η = 0.182 from (1, 1): zig-zags and converges to about (0, 0): ‖∇f‖ ≤ 1e-6 after 81 steps.")
    picture.set(steps=3)
    # by hand: ‖∇f‖ after 3 steps is (9/11)^3 sqrt(101) = 5.504...
    assert repr(picture) == "η = 0.182 from (1, 1): zig-zags, not there yet: ‖∇f‖ = 5.5 after 3 steps."
    picture.w0 = (0.5, 0)
    assert picture.w0.tolist() == [0.5, 0]
    assert picture.settings == {"eta": 2 / 11, "x0": 0.5, "y0": 0.0, "steps": 3}


def test_two_variables_can_cycle_too():
    # at eta = 2/L the stiff coordinate changes its sign and nothing else
    assert repr(two_d(objectives.quadratic(10), eta=0.2, w0=(0, 1))) == (
        "η = 0.2 from (0, 1): neither converges nor diverges: a cycle of 2 points, still going after 50 steps."
    )


def test_an_unsteady_run_of_two_variables_is_not_there_yet():
    picture = compare(objectives.himmelblau(), {"": ("adam", {"eta": 0.5})}, w0=(0, -1), steps=25)
    assert ", not there yet: ‖∇f‖ = " in repr(picture)
    sizes = np.linalg.norm(np.diff(picture.run.path, axis=0), axis=1)[-10:]
    assert not (np.diff(sizes) < 0).all() and not (np.diff(sizes) > 0).all()


def test_a_run_that_gathers_speed_downhill_does_not_diverge():
    # leaving the top of the saddle, every step is longer than the last, and f falls
    assert "not there yet" in repr(two_d(objectives.saddle(), eta=0.1, w0=(0, 0.01), steps=20))


def test_the_other_stopping_tests_are_told():
    assert repr(one_d(HALF, eta=0.25, w0=1, gtol=0, xtol=0.01)) == (
        # the step is 0.25 * 0.75^(k - 1), at most 0.01 first at k = 13; then w = 0.75^13
        "η = 0.25 from w₀ = 1: moves one way and is stopped at w ≈ 0.024: the step is at most 0.01 after 13 steps, "
        "and |f′| is 0.0238."
    )
    assert "the change of f is at most 0.001 after" in repr(one_d(HALF, eta=0.25, w0=1, gtol=0, ftol=1e-3))


def test_a_comparison_says_one_sentence_a_run():
    picture = compare(HALF.replace("w", "x") + "+ 5*y**2", {"small": 0.02, "large": 0.21}, w0=(1, 1), steps=20)
    small, large = repr(picture).split("\n")
    assert small.startswith("small: η = 0.02 from (1, 1): ")
    # 1.1^20 = 6.7275 in y and 0.79^20 = 0.009 in x
    assert large == "large: η = 0.21 from (1, 1): zig-zags and diverges: ‖w‖ = 6.73 after 20 steps and growing."
    assert list(picture.settings) == ["eta_1", "eta_2", "x0", "y0", "steps"]
    assert [run.n_iter for run in picture.runs] == [20, 20]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_compared(rule):
    unsigned = [name for name in RULES[rule] if name != "eps" and name not in SIGNS]
    assert not unsigned, f"{rule}: give {unsigned} a sign in SIGNS of gdlib/explore/kinds.py"
    picture = compare("x**2 + y**2", {"a": (rule, {}), "b": 0.1}, w0=(1, 1))
    assert rule == picture._picture.runs[0]["rule"]
    assert picture.still().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: two_d("x*y", w0=1), "w0 must have 2 coordinates"),
        (lambda: two_d("x*y", w0=(1, 2, 3)), "w0 must have 2 coordinates"),
        (lambda: two_d("x", window=(-1, 1)), "window must be two finite numbers, low and high; got -1"),
        (lambda: two_d("x", window=3), "window must have two ends for each of the 2 coordinates, got 3"),
        (lambda: two_d("x", window=((-1, 1),)), "window must have two ends for each of the 2 coordinates"),
        (lambda: two_d("x", steps=500), "steps must be between 1 and 200, got 500"),
        (lambda: two_d("x", steps=2.5), "steps must be a whole number, at least 1, got 2.5"),
        (lambda: one_d("w", beside="map"), "beside must be one of ['', 'f', 'cobweb', 'sweep'], got 'map'"),
        (lambda: two_d("x", beside="cobweb"), "beside must be one of ['f', 'sweep', ''], got 'cobweb'"),
        (lambda: one_d("w", bound="L"), "bound must be a finite number, got L"),
        (lambda: basins("x*y"), "basins needs an objective of two variables with a formula and one to six known minima"),
        (lambda: basins(objectives.saddle().value), "basins needs an objective of two variables"),
        (lambda: compare("x", {}), "runs must be a dict of one to six runs, got {}"),
        (lambda: compare("x", {"a": ("sgd", {})}), "the rule must be one of adagrad, adam, adamw, gd, momentum"),
        (lambda: compare("x", {"a": ("adam", {"rho": 1})}), "the parameters of adam are eta, beta1, beta2, eps"),
        (lambda: compare("x", {"a": ("momentum", {"beta": 1.0})}), "beta must be a number in [0, 1), got 1.0"),
        (lambda: two_d("x").set(speed=1), "there is no slider 'speed'; there are eta, x0, y0, steps"),
        (lambda: two_d("x").set(steps=1.5), "steps must be a whole number, at least 0, got 1.5"),
    ],
)
def test_bad_arguments_of_two_variables_are_named(make, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        make()


def test_a_sweep_takes_one_variable_or_two():
    assert repr(sweep(HALF, eta=0.5, w0=1)).endswith("after 20 steps.")
    assert "‖∇f‖" in repr(sweep(objectives.quadratic(10), eta=0.1, w0=(1, 1)))
    assert sweep("x**2 + exp(y)", eta=0.1).settings.keys() == {"eta", "x0", "y0", "steps"}


def test_a_constant_is_a_slider_and_part_of_the_formula():
    # on a w²/2 one step of eta is the factor 1 - eta a
    picture = one_d("a*w**2/2", eta=0.5, w0=1, constants={"a": (1, 4, 0.5)})
    assert picture.settings == {"eta": 0.5, "w0": 1.0, "a": 1.0}
    assert picture._picture.settings["a"] == [1.0, 4.0, 0.5]
    assert picture.run.path[1, 0] == 0.5
    picture.set(a=3)
    assert picture.run.path[1, 0] == -0.5
    assert picture.f.value([2.0]) == 6 and picture.f.gradient([2.0]).tolist() == [6]
    turned = "(x*cos(pi*θ/180) + y*sin(pi*θ/180))**2/2"
    assert two_d(turned, w0=(1, 1), constants={"θ": (0, 90, 1, 45)}).settings["θ"] == 45


@pytest.mark.parametrize(
    ("constants", "says"),
    [
        ({"a": (0, 1)}, "constants must give (low, high, grain) or (low, high, grain, first) for a, got (0, 1)"),
        ({"a": (1, 0, 0.1)}, "constants['a'] must have its low end first"),
        ({"a": (0, 1, 0)}, "the grain of a must be a positive finite number, got 0"),
        ({"a": (0, 1, 0.1, 2)}, "a must be between 0 and 1, got 2"),
        ({"w": (0, 1, 0.1)}, "constants must have names of their own, such as 'a' or 'θ', got 'w'"),
        (
            {"a": (0, 1, 0.1), "title": (0, 1, 0.1)},
            "constants must have names of their own, and 'title' is one of the picture's",
        ),
        ({"b": (0, 1, 0.1)}, "unknown name 'a'"),
    ],
)
def test_constants_that_cannot_be_are_refused(constants, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        one_d("a*w**2 + w", constants=constants)


def test_formulas_are_shown_as_written_by_hand():
    assert plain("3*w**2 - w**10/4 + w**0.5") == "3·w² − w¹⁰/4 + w^0.5"
    assert plain("x**2 + -24*x*y") == "x² − 24·x·y"
    assert plain("Abs(w) + abs(w - 1)/2") == "|w| + |w − 1|/2"


@given(st.floats(-1e300, 1e300))
def test_numbers_are_short_and_near(x):
    text = short(x).replace("−", "-")
    assert float(text) == pytest.approx(x, rel=5.001e-3, abs=1e-322)
    assert len(text.lstrip("-").split("e")[0].replace(".", "").strip("0")) <= 3


@given(st.floats(-1e4, 1e4))
def test_places_are_within_half_a_thousandth(w):
    assert float(coordinate(w).replace("−", "-")) == pytest.approx(w, rel=1e-12, abs=5.0001e-4)


def test_a_guess_is_held_as_the_sliders_are():
    picture = two_d("x**2 + y**2", w0=(1, 1), predict="end")
    assert picture.settings.keys() == {"eta", "x0", "y0", "steps", "guessed", "guess_x", "guess_y"}
    assert all(slider.disabled for slider in picture._sliders.values())
    picture.set(guess_x=1.5)
    assert picture.settings["guess_x"] == 1.5
    assert picture.still().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"predict must be one of \['', 'end', 'steps', 'regime'\], got 'place'"):
        one_d(HALF, predict="place")


# of w²/2 from 1 with eta = 1/2, which ends within 1e-6 of 0 after 20 steps; 0.2 is a fiftieth of the window
GOALS = [
    ({"steps": 20}, True),
    ({"steps": 19}, False),
    ({"end": 0.199}, True),
    ({"end": -0.201}, False),
    ({"eta": (0.5, None)}, True),
    ({"eta": (0.501, None)}, False),
    ({"eta": (None, 0.5)}, True),
    ({"eta": (None, 0.499)}, False),
    ({"steps": 20, "eta": (0.6, 0.7)}, False),
]


@pytest.mark.parametrize(("goal", "reached"), GOALS)
def test_a_goal_is_reached_up_to_its_ends(goal, reached):
    assert one_d(HALF, eta=0.5, w0=1, window=(-5, 5), goal=goal).reached is reached


def test_a_goal_is_reached_or_not():
    # 1.6 * 0.5^k is at most 1e-6 first at k = 21; with eta = 1 one step is enough
    picture = one_d(HALF, eta=0.5, w0=1.6, goal={"steps": 20, "eta": (None, 0.95)})
    assert picture._picture.goal["words"] == "it converges in at most 20 steps, with eta at most 0.95"
    assert picture.reached is False
    picture.set(eta=1.0)
    assert picture.reached is False  # too large a rate
    picture.set(eta=0.9)
    assert picture.reached is True
    assert one_d(HALF).reached is None
    left = one_d(objectives.double_well(), eta=0.25, w0=1.5, goal={"end": -1})
    assert left._picture.goal["words"] == "it ends at −1" and left.reached is False
    left.w0 = -1.5
    assert left.reached is True


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        ({"steps": 0}, "goal steps must be a whole number, at least 1, got 0"),
        ({"end": (1, 2)}, "goal end must have 1 coordinates, got [1.0, 2.0]"),
        ({"speed": (1, 2)}, "a goal may name steps, end, eta, w0; got 'speed'"),
        ({"eta": 0.4}, "goal eta must be (low, high), of which one may be None; got 0.4"),
    ],
)
def test_goals_that_cannot_be_are_refused(goal, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        one_d(HALF, goal=goal)
