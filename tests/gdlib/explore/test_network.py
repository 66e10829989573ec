"""The network that is trained in the page, without a browser: gdlib's own network, what is said of it, what is refused."""

import numpy as np
import pytest

from gdlib import models
from gdlib.derivatives import sharpness
from gdlib.explore import network
from gdlib.explore.network import NetworkLoss, largest_curvature, network_words

X8 = np.linspace(-1, 1, 8)
PLANE, CLASSES = [(-1, 0), (0, 0.2), (1, 1), (-0.5, 1.1)], [0, 0, 1, 1]


def sine(**options):
    return network(X8, np.sin(4 * X8), **{"draw": 21, "eta_range": (0.1, 1), "max_steps": 2000, **options})


def test_its_run_is_gdlibs_own():
    picture, net = sine(eta=0.1, steps=50), models.MLP((1, 8, 1))
    f, w = net.loss(X8[:, None], np.sin(4 * X8)), net.init(seed=21)
    np.testing.assert_array_equal(picture.w0, w)
    for _ in range(50):
        w = w - 0.1 * f.grad(w)
    np.testing.assert_allclose(picture.run.w, w, rtol=1e-12, atol=1e-14)
    assert picture.sharpness == pytest.approx(sharpness(f.grad, w, tol=1e-5, max_iter=2000).value, rel=1e-6)


@pytest.mark.parametrize("make", [sine, lambda **options: network(PLANE, CLASSES, **options)])
def test_the_first_weights_of_every_draw_and_width_come_from_the_saved_numbers(make):
    picture = make(units=1)
    saved = picture._picture.network
    for draw in (0, 5, 23):
        for units in (1, 2, 7, 12):
            picture.set(draw=draw, units=units)
            (first, _), (second, _) = picture.network.unpack(picture.w0)
            many = first.size
            numbers = np.array(saved["normals"][draw].split(), dtype=float)
            assert (numbers[:many] / np.sqrt(len(first)) == first.ravel()).all()
            assert (numbers[many : many + second.size] / np.sqrt(units) == second.ravel()).all()


def by_hand(w, eta, beta, steps):
    """Loss and sharpness at the first and the last step, by a bare loop: w holds eight of each of u, b, v and one c."""

    def loss_and_slope(w):
        u, b, v, c = w[:8], w[8:16], w[16:24], w[24]
        hidden = np.tanh(np.outer(X8, u) + b)
        errors = hidden @ v + c - np.sin(4 * X8)
        back = np.outer(errors, v) * (1 - hidden**2)
        slope = np.concatenate([X8 @ back, back.sum(axis=0), errors @ hidden, [errors.sum()]]) / 8
        return errors @ errors / 16, slope

    def curvature(w):
        columns = [loss_and_slope(w + 1e-5 * e)[1] - loss_and_slope(w - 1e-5 * e)[1] for e in np.eye(25)]
        return np.linalg.eigvalsh(np.array(columns) / 2e-5)[-1]

    told, velocity = [loss_and_slope(w)[0], curvature(w)], 0
    for _ in range(steps):
        velocity = beta * velocity + loss_and_slope(w)[1]
        w = w - eta * velocity
    return [*told, loss_and_slope(w)[0], curvature(w)]


@pytest.mark.parametrize(
    ("rule", "beta", "name", "eta", "steps", "line"),
    [(0, 0, "gradient descent", 0.1, 500, "2/η = 20"), (1, 0.9, "momentum", 0.1, 15, "2(1 + β)/η = 38")],
)
def test_below_the_edge_the_sentence_has_numbers(rule, beta, name, eta, steps, line):
    picture = sine(eta=0.4)
    picture.set(eta=eta, steps=steps, rule=rule)
    first, sharp, last, sharpest = by_hand(picture.w0, eta, beta, steps)
    assert repr(picture) == (
        f"η = {eta} from draw 21, 8 hidden units, {steps} steps of {name}: the loss, {first:.3g} at the start, falls at every "
        f"step, to {last:.3g}. The sharpness, {sharp:.3g} at the start, ends at {sharpest:.3g}; {line}."
    )


@pytest.mark.parametrize(
    ("eta", "says"),
    [
        (0.4, "does not fall at every step, and ends lower. The sharpness ends within 10 % of 2/η = 5."),
        (0.8, "does not fall at every step, and ends lower. The sharpness ends within 10 % of 2/η = 2.5."),
        (1, "0.233 at the start, diverges."),
    ],
)
def test_beyond_the_edge_it_says_no_more_than_every_machine_finds(eta, says):
    assert repr(sine(eta=eta, steps=2000)).endswith(says)


@pytest.mark.parametrize(
    ("values", "sharpness", "says"),
    [
        ([1, 0.5], (3, 2), "falls at every step, to 0.5. The sharpness, 3 at the start, ends at 2; 2/η = 4."),
        ([1, 0.5, 0.5 + 1e-10], (3, 2), "falls at every step, to 0.5."),  # that is rounding
        (
            [1, 0.5, 0.6],
            (3, 4.39),
            "does not fall at every step, and ends lower. The sharpness ends within 10 % of 2/η = 4.",
        ),
        ([1, 0.5, 0.6], (3, 4.41), "The sharpness ends above 2/η = 4."),
        ([1, 0.5, 0.6], (3, 3.59), "The sharpness ends below 2/η = 4."),
        ([1, 0.5, 1], (3, 4), "1 at the start, ends no lower."),
        ([1, 1e30], None, "1 at the start, diverges."),
    ],
)
def test_each_case_has_its_words(values, sharpness, says):
    assert says in network_words(0.5, 0, 1, 1, "gd", np.array(values), sharpness)


def test_one_is_one_and_adam_has_no_edge():
    said = network_words(0.5, 0, 1, 1, "adam", np.array([1, 0.5]), (3, 2))
    assert said == ("η = 0.5 from draw 0, 1 hidden unit, 1 step of Adam: the loss, 1 at the start, falls at every step.")
    assert network_words(0.5, 0, 1, 1, "adam", np.array([1, 0.5, 0.6]), (3, 2)).endswith("and ends lower.")


def test_points_are_moved_and_keep_their_class():
    picture = network(PLANE, CLASSES)
    before = picture.f(picture.w0)
    picture.points = [*PLANE[:3], (0.5, 1.1)]
    moved = models.MLP((2, 8, 2)).loss(picture.points, CLASSES)
    assert picture.f(picture.w0) == moved(picture.w0) != before


def test_sharpness_is_the_largest_eigenvalue_not_the_largest_in_size():
    class Saddle:
        @staticmethod
        def grad(w):
            return np.array([-5 * w[0], 2 * w[1]])

    assert largest_curvature(Saddle, np.zeros(2)) == pytest.approx(2, rel=1e-9)


def test_a_guess_begins_away_from_the_edge():
    picture = sine(eta=0.4, predict="end")
    low, high, _ = picture._picture.settings["guess_sharpness"]
    assert low == 0 < 2 / 0.4 < picture.settings["guess_sharpness"] < high


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        ((np.zeros((3, 3)), [0, 1, 0]), {}, r"X must be 2 to 12 numbers, or points of the plane .*, got shape \(3, 3\)"),
        (([1.0], [1.0]), {}, r"X must be 2 to 12 numbers.*got shape \(1,\)"),
        ((np.arange(13), np.arange(13)), {}, "X must be 2 to 12 numbers"),
        (([1, 2, 3], [1, 2]), {}, "y must have a number for each of the 3 points, got 2"),
        ((PLANE, [0, 1, 2, 1]), {}, r"y must hold the labels 0 and 1 .*, got \[0.0, 1.0, 2.0, 1.0\]"),
        ((PLANE, CLASSES), {"units": 13}, "units must be between 1 and 12, got 13"),
        ((PLANE, CLASSES), {"units": 0}, "units must be a whole number, at least 1, got 0"),
        ((PLANE, CLASSES), {"max_units": 17}, "max_units must be between 1 and 16, got 17"),
        ((PLANE, CLASSES), {"steps": 4000}, "steps must be between 1 and 3000, got 4000"),
        ((PLANE, CLASSES), {"max_steps": 5001}, "max_steps must be between 1 and 5000, got 5001"),
        ((PLANE, CLASSES), {"draw": 24}, "draw must be between 0 and 23, got 24"),
        ((PLANE, CLASSES), {"eta": 2}, "eta must be between 0.01562 and 1, got 2"),
        ((PLANE, CLASSES), {"rule": "sgd"}, "rule must be one of .*, got 'sgd'"),
        ((PLANE, CLASSES), {"beside": "data"}, "beside must be one of .*, got 'data'"),
        ((PLANE, CLASSES), {"predict": "steps"}, "predict must be one of .*, got 'steps'"),
        ((PLANE, CLASSES), {"predict": "end", "beside": "f"}, "predict must be one of .*, got 'end'"),
    ],
)
def test_what_cannot_be_is_named(arguments, options, says):
    with pytest.raises(ValueError, match=says):
        network(*arguments, **options)


def test_what_is_saved_is_small():
    drawn = NetworkLoss(PLANE, CLASSES).drawn(24, 12)
    assert len(str(drawn)) < 25_000
