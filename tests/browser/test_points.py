"""Losses on points that can be dragged, stochastic steps on them, and learners' own functions."""

import numpy as np
import pytest

from gdlib import explore
from tests.browser.pointer import centre, drag
from tests.browser.stage import LABELS, POINTS, constant, line, logistic, noisy
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser


def _points(page, n):
    """Where the points stand, as the handles tell it to a screen reader."""
    told = [page.get_by_role("slider", name=f"point {i + 1}").get_attribute("aria-valuetext") for i in range(n)]
    return np.array([[float(x) for x in text.replace("−", "-").strip("()").split(", ")] for text in told])


def test_a_dragged_point_moves_the_loss_the_fit_and_the_sentence(show):
    picture = line()
    page = show(picture)
    ground = page.locator(".gd-map image").get_attribute("href")
    fit = page.locator(".gd-panels svg").nth(1).locator(".gd-beside").last
    before = _sentences(page), fit.get_attribute("d")
    drag(page, page.get_by_role("slider", name="point 5"), -10, 60)
    _settle(page)
    assert _sentences(page) != before[0]
    assert fit.get_attribute("d") != before[1]
    assert page.locator(".gd-map image").get_attribute("href") != ground
    moved = _points(page, 5)
    np.testing.assert_array_equal(moved[:4], POINTS[:4])
    assert moved[4, 1] < 4.5
    picture.points = moved  # and Python, told of the same points, says the same
    assert _sentences(page) == repr(picture)


@pytest.mark.parametrize("make", [line, logistic, constant])
def test_what_is_fitted_is_drawn_at_the_start_and_at_the_end(show, make):
    picture = make()
    page = show(picture)
    data = page.locator(".gd-panels svg").nth(1)
    # two points far apart tell how pixels measure the data
    spots = [[float(spot.get_attribute(c)) for c in ("cx", "cy")] for spot in data.locator(".gd-point").all()]
    scale = [np.polyfit(picture.points[:, i], [spot[i] for spot in spots], 1) for i in (0, 1)]
    for drawn, w in zip((".gd-diagonal", ".gd-beside"), (picture.run.path[0], picture.run.w), strict=True):
        curve = data.locator(drawn).last.get_attribute("d").replace("L", "M").split("M")[1:]
        px, py = np.array([[float(v) for v in point.split()] for point in curve]).T
        x = (px - scale[0][1]) / scale[0][0]
        np.testing.assert_allclose(py, np.polyval(scale[1], picture.f.predict(w, x)), atol=2)


def test_a_point_is_moved_by_keys_and_the_link_keeps_it(show):
    page = show(line())
    page.get_by_role("slider", name="point 2").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => location.hash.includes('y2=')")
    here = _points(page, 5)
    assert here[1, 1] > 3 and here[1, 0] < 1
    again = show(line(), fragment=page.evaluate("location.hash"))
    _settle(again)
    np.testing.assert_array_equal(_points(again, 5), here)
    assert _sentences(again) == _sentences(page)


def test_a_finger_drags_a_point(show):
    page = show(line(), has_touch=True, viewport={"width": 390, "height": 1200})
    x, y = centre(page.get_by_role("slider", name="point 3"))
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 5):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 8 * k}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    _settle(page)
    assert _points(page, 5)[2, 1] > 2


def test_a_label_is_dragged_from_one_class_to_the_other(show):
    picture = logistic()
    page = show(picture)
    drag(page, page.get_by_role("slider", name="point 4"), 0, -200, steps=8)
    _settle(page)
    labels = _points(page, len(LABELS))[:, 1]
    assert labels.tolist() == [0, 0, 1, 1, 1, 1]  # never anything but 0 and 1
    picture.set(y4=1)
    # now a threshold separates the classes: there is no minimiser, and w grows for as long as the run goes on
    assert _sentences(page).split(":")[0] == repr(picture).split(":")[0]
    ends = []
    for steps in (50, 200):
        picture.set(steps=steps)
        ends.append(picture.run.w[0])
    assert ends[1] > ends[0] + 0.5


def test_the_constant_that_fits_best_is_the_mean(show):
    picture = constant()
    page = show(picture)
    page.get_by_role("slider", name="steps").fill("60")
    _settle(page)
    # the mean of the five y is 15.5/5
    assert "converges to w ≈ 3.1" in _sentences(page)
    assert page.get_by_role("slider", name="start b₀").count() == 0


def test_another_draw_is_another_way_and_the_same_draw_the_same(show):
    page = show(noisy())
    first = _sentences(page)
    draw = page.get_by_role("slider", name="draw")
    draw.fill("3")
    _settle(page)
    assert _sentences(page) != first
    draw.fill("0")
    _settle(page)
    assert _sentences(page) == first


def test_all_points_in_a_batch_is_gradient_descent(show):
    page = show(noisy(), line())
    stochastic, plain = page.locator(".dh-explorer").all()
    for slider, value in (("batch size", "5"), ("epochs", "20")):
        stochastic.get_by_role("slider", name=slider).fill(value)
    plain.get_by_role("slider", name="steps").fill("20")
    plain.get_by_role("slider", name="learning rate η").fill("-4")  # base 2: eta = 1/16
    _settle(page)
    ways = [explorer.locator(".gd-way").get_attribute("d") for explorer in (stochastic, plain)]
    assert ways[0] == ways[1]


def test_on_a_static_page_a_learners_own_function_is_said_to_be_a_still(show):
    page = show(explore.one_d(lambda w: (w - 1) ** 2, eta=0.25, w0=-1))
    assert page.locator(".dh-sorry").inner_text() == (
        "This part of the page is not live: it is computed by Python, and so a still picture here. "
        "Run the notebook to use it."
    )
    assert page.locator("input").count() == 0  # no dead sliders
    assert page.locator(".dh-alive").count() == 0  # so the still is not hidden
