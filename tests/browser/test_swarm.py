"""The swarm's picture: a dot for each chain, the ellipses where they belong, the curves, and what moves them."""

import re

import numpy as np
import pytest

from gdlib import explore
from tests.browser.pointer import drag
from tests.browser.stage import swarm
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser

NUMBERS = r"-?[\d.]+(?:e-?\d+)?"


def _unit(page):
    """The middle of the map, and how many pixels a unit has each way."""
    image = page.locator(".gd-map image")
    x, y, width, height = (float(image.get_attribute(name)) for name in ("x", "y", "width", "height"))
    return np.array([x + width / 2, y + height / 2]), np.array([width / 3.2, -height / 2])


def _oval(page, name):
    """The middle and the half axes of an ellipse, in units of the map; None if it is not drawn."""
    drawn = page.locator(f".gd-map {name}").first.get_attribute("d")
    if not drawn:
        return None
    left, y, across, up, *_, right, _, _, _, _, _, _, again, _ = map(float, re.findall(NUMBERS, drawn))
    assert again == left and right - left == pytest.approx(2 * across, abs=0.1)
    middle, unit = _unit(page)
    return (np.array([(left + right) / 2, y]) - middle) / unit, np.array([across, up]) / abs(unit)


MEASURED, PREDICTED, GUESS = ".gd-beside.gd-run-1", ".gd-beside.gd-run-2", ".gd-guess"


@pytest.mark.parametrize(("eta", "batch", "curvatures"), [(0.1, 1, (1, 10)), (0.05, 4, (1, 10)), (0.15, 2, (8, 2))])
def test_the_predicted_ellipse_has_the_theorems_radii_twice_and_the_measured_one_the_clouds(show, eta, batch, curvatures):
    mu, L = curvatures
    picture = explore.swarm(eta=eta, batch=batch, mu=mu, L=L)
    page, pixel = show(picture), 0.003
    middle, half = _oval(page, PREDICTED)
    radius = [np.sqrt(eta / batch / (c * (2 - eta * c))) for c in curvatures]
    assert middle == pytest.approx([0, 0], abs=pixel) and half == pytest.approx(np.multiply(2, radius), abs=pixel)
    middle, half = _oval(page, MEASURED)
    last = picture.run.chains[-1]
    assert middle == pytest.approx(last.mean(axis=0), abs=pixel) and half == pytest.approx(2 * last.std(axis=0), abs=pixel)


def test_there_is_a_dot_for_each_chain_where_it_is_at_the_step_that_is_shown(show):
    picture, page = swarm(), show(swarm())
    middle, unit = _unit(page)
    for k in (60, 0, 1, 2):
        if k < 60:
            page.get_by_role("button", name="Next step").click()
            _settle(page)
        dots = re.findall(rf"M({NUMBERS}) ({NUMBERS})h0", page.locator(".gd-chains").get_attribute("d"))
        np.testing.assert_allclose((np.array(dots, float) - middle) / unit, picture.run.chains[k], atol=0.002)
        assert f"after {k} step{'s' * (k != 1)} the cloud's radius is " in _sentences(page)
    assert _oval(page, PREDICTED)[1] == pytest.approx(2 * picture.ball, abs=0.003)  # it waits where they will be


@pytest.mark.parametrize("name", ["values", "expected"])
def test_the_curves_are_the_mean_of_f_and_what_the_theorem_expects(show, name):
    picture, page = swarm(), show(swarm())
    panel = page.locator(".gd-panels svg").nth(1)
    texts = panel.locator(".gd-axes text").evaluate_all(
        "(all) => all.map((t) => [t.textContent, Number(t.getAttribute('y')) - 4])"
    )
    heights = {text: y for text, y in texts if text.startswith("10")}
    top, bottom = heights["10¹"], heights["10⁻²"]
    line = panel.locator(f".gd-beside.gd-run-{1 if name == 'values' else 2}").get_attribute("d")
    drawn = np.array(re.findall(rf"[ML]({NUMBERS}) ({NUMBERS})", line), float)
    assert len(drawn) == 61
    wanted = top + (1 - np.log10(getattr(picture.run, name))) / 3 * (bottom - top)
    np.testing.assert_allclose(drawn[:, 1], wanted, atol=0.2)


def test_from_two_over_lambda_on_no_ball_is_drawn(show):
    page = show(explore.swarm(eta=0.1))
    rate = page.get_by_role("slider", name="learning rate η")
    for _ in range(15):
        rate.press("ArrowRight")
    _settle(page)
    assert _oval(page, PREDICTED) is not None and "none along y" not in _sentences(page)
    rate.press("ArrowRight")  # a doubling: η = 0.2 = 2/L
    _settle(page)
    assert _oval(page, PREDICTED) is None and "none along y (η ≥ 2/λ = 0.2)" in _sentences(page)
    rate.press("End")
    _settle(page)
    assert re.search(r"diverges: after 4\d steps one of the 64 chains is beyond 1e20\.", _sentences(page))


SLIDE = "(range, to) => { range.value = to; range.dispatchEvent(new Event('input')); }"


def test_a_batch_that_grows_while_it_is_played_shrinks_the_cloud_from_there_on(show):
    page = show(explore.swarm(eta=0.05, steps=400))
    page.get_by_role("button", name="▶ Play").click()
    page.wait_for_function("() => / after (1[0-9][0-9]) steps/.test(document.querySelector('.gd-text').textContent)")
    page.get_by_role("slider", name="batch size").evaluate(SLIDE, 64)
    page.get_by_role("button", name="▶ Play").wait_for()  # it has come to its end
    _settle(page)
    assert re.search(r"At step 1\d\d B went from 1 to 64\.", _sentences(page))
    _, half = _oval(page, MEASURED)
    ball = 0.05 / 64 / (np.array([1, 10]) * (2 - 0.05 * np.array([1, 10])))
    assert (half / 2 < 1.5 * np.sqrt(ball)).all() and _oval(page, PREDICTED)[1] == pytest.approx(
        2 * np.sqrt(ball), abs=0.003
    )


def test_the_start_is_dragged(show):
    page = show(swarm())
    drag(page, page.get_by_role("slider", name="start, on the picture"), -100, 40)
    _settle(page)
    assert "from (1.4, 0.8)" not in _sentences(page)


def test_how_wide_the_cloud_is_can_be_guessed(show):
    picture = swarm(predict="end")
    page = show(picture)
    assert (
        _oval(page, MEASURED) is None
        and _oval(page, PREDICTED) is None
        and not page.locator(".gd-chains").get_attribute("d")
    )
    guess = page.get_by_role("slider", name="your guess")
    for key in ("Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowUp"):  # a key is worth a two-hundredth of the window
        guess.press(key)
    _settle(page)
    assert _oval(page, GUESS)[1] == pytest.approx([0.32, 0.1], abs=0.003)
    page.get_by_role("button", name="Show the run").click()
    _settle(page)
    x, y = (f"{r:.3g}" for r in picture.run.radii[-1])
    verdict = page.locator(".gd-verdict").inner_text()
    assert verdict == f"You guessed a radius of 0.16 along x and 0.05 along y; it is {x} along x and {y} along y."
    assert _sentences(page) == repr(picture)
