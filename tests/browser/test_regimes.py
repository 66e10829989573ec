"""The heavy ball's plane: where its regions, its bar and its roots stand, and how the bar is moved."""

import re
from math import log10, sqrt

import numpy as np
import pytest

from gdlib import explore
from gdlib.explore.regimes import regime
from tests.browser.pointer import centre, drag
from tests.browser.stage import ball, bowl, spectrum
from tests.browser.test_site import _sentences, _settle, _state

pytestmark = pytest.mark.browser

REGIONS = ["gd-one-way", "gd-oscillates", "gd-alternates", "gd-diverges"]
# of a panel the box, in pixels of its drawing, as its clip has it
BOX = "(svg) => ['x', 'y', 'width', 'height'].map((name) => Number(svg.querySelector('clipPath rect').getAttribute(name)))"
# the region that is seen at a place: of those that hold it the last one drawn
SEEN = """(svg, spots) => spots.map(([x, y]) => {
  const regions = [...svg.querySelectorAll(".gd-one-way, .gd-oscillates, .gd-alternates, .gd-diverges")];
  return regions.filter((region) => region.isPointInFill(new DOMPoint(x, y))).at(-1).getAttribute("class");
})"""


def tuned():
    return explore.regimes(eta=4 / 121, beta=81 / 121, L=100)


def _plane(page, picture):
    """From (ηλ, β) to a pixel of the plane's drawing."""
    x, y, width, height = page.locator(".gd-plane").evaluate(BOX)
    [low, high, _], [mu, L] = picture._picture.settings["eta"], picture._picture.spectrum
    left, right = log10(low * mu), log10(high * L)

    def place(at, beta):
        return x + (log10(at) - left) / (right - left) * width, y + (1 - beta) / 1.04 * height

    return place


@pytest.mark.parametrize("make", [ball, tuned])
def test_every_region_is_where_its_regime_is(show, make):
    page, picture = show(make()), make()
    place, rng = _plane(page, picture), np.random.default_rng(0)
    low, high, _ = picture._picture.settings["eta"]
    L = picture._picture.spectrum[1]
    spots = [(x, beta) for x, beta in zip(np.geomspace(1.02 * low, 0.98 * high * L, 3000), rng.uniform(0.01, 0.99, 3000))]
    clear = [
        (x, b) for x, b in spots if len({regime(x * s, min(0.999, b + d)) for s in (0.98, 1.02) for d in (-0.01, 0.01)}) == 1
    ]
    assert len(clear) > 2000
    seen = page.locator(".gd-plane").evaluate(SEEN, [place(*spot) for spot in clear])
    assert seen == [REGIONS[regime(*spot) // 2] for spot in clear]
    assert set(seen) == set(REGIONS)


def test_the_lines_of_equal_size_join_places_of_equal_size(show):
    page, picture = show(tuned()), tuned()
    corner, unit = np.array(_plane(page, picture)(1, 0)), np.array(_plane(page, picture)(10, 1))
    drawn = page.locator(".gd-level").get_attribute("d").split("M")[1:]
    for size, line in zip((0.5, 0.7, 0.8, 0.9, 0.95), drawn, strict=True):
        powers, betas = ((np.array(re.findall(r"([-\d.]+) ([-\d.]+)", line), float) - corner) / (unit - corner)).T
        assert len(betas) > 40 and min(betas) == pytest.approx(0, abs=0.004)
        # size or -size is a root, and no root is larger, since the product of both is beta
        level = np.abs(betas - size**2) < 0.004
        value = [abs(z**2 - (1 + betas - 10**powers) * z + betas) for z in (size, -size)]
        assert (np.minimum(*value)[~level] < 0.01).all() and (betas < size**2 + 0.004).all()
        assert max(betas) == pytest.approx(size**2, abs=0.004)


@pytest.mark.parametrize("make", [spectrum, tuned])
def test_the_bar_reaches_from_one_end_of_the_spectrum_to_the_other(show, make):
    page, picture = show(make()), make()
    place, p = _plane(page, picture), picture._picture
    mu, L = p.spectrum
    bar = [float(v) for v in re.findall(r"[-\d.]+", page.locator(".gd-bar").get_attribute("d"))]
    (left, height), (right, _) = place(p.eta * mu, p.beta), place(p.eta * L, p.beta)
    assert bar == pytest.approx([left, height, right], abs=0.2)
    decade = place(1, 0)[0] - place(0.1, 0)[0]
    assert bar[2] - bar[0] == pytest.approx(decade * log10(L / mu), abs=0.3)  # as long, wherever it is dragged
    page.get_by_role("slider", name="learning rate η").press("Home")
    _settle(page)
    moved = [float(v) for v in re.findall(r"[-\d.]+", page.locator(".gd-bar").get_attribute("d"))]
    assert moved[2] - moved[0] == pytest.approx(bar[2] - bar[0], abs=0.2) and moved[0] < bar[0]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_bar_is_dragged_wherever_it_is_taken_hold_of(show, share):
    page = show(spectrum())
    box = page.get_by_role("slider", name="η and β, on the picture").bounding_box()
    x, y = box["x"] + 22 + share * (box["width"] - 44), box["y"] + 22
    decade = _plane(page, spectrum())(1, 0)[0] - _plane(page, spectrum())(0.1, 0)[0]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 0.5 * decade, y - 30, steps=4)
    page.mouse.up()
    _settle(page)
    after = page.get_by_role("slider", name="η and β, on the picture").bounding_box()
    assert after["x"] - box["x"] == pytest.approx(-0.5 * decade, abs=2)
    assert after["y"] - box["y"] == pytest.approx(-30, abs=2)
    eta = float(page.get_by_role("slider", name="learning rate η").get_attribute("aria-valuetext"))
    assert eta == pytest.approx(0.25 / sqrt(10), rel=0.04)  # a sixteenth of a doubling is a place


def test_it_is_moved_by_keys_and_each_key_is_a_place_of_a_slider(show):
    page = show(spectrum())
    page.get_by_role("slider", name="η and β, on the picture").focus()
    for key in ("ArrowUp", "Shift+ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    _settle(page)
    eta = 2 ** (-2 - 1 / 16)
    assert _sentences(page).startswith(f"η = {eta:.3f}, β = 0.305 from (1, 1): ")
    for key in ("ArrowRight", "Shift+ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    _settle(page)
    assert _sentences(page) == repr(spectrum())  # back on both borders, to the last word


def test_a_click_or_a_tap_on_the_plane_brings_the_bar_there(show):
    for touch in (False, True):
        page = show(ball(), has_touch=touch, viewport={"width": 390, "height": 844})
        box = page.locator(".gd-plane").bounding_box()
        x, y = _plane(page, ball())(1.5, 0.1)
        act = page.touchscreen.tap if touch else page.mouse.click
        act(box["x"] + x, box["y"] + y)
        _settle(page)
        assert "it oscillates" in _sentences(page)
        eta, beta = (float(v) for v in re.findall(r"= ([\d.]+)", _sentences(page))[:2])
        assert (eta, beta) == (pytest.approx(1.5, rel=0.05), pytest.approx(0.1, abs=0.01))


def test_a_finger_drags_the_bar(show):
    page = show(spectrum(), has_touch=True, viewport={"width": 390, "height": 844})
    x, y = centre(page.get_by_role("slider", name="η and β, on the picture"))
    before, touch = _state(page), page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [(0, 0)]),
        ("touchMove", [(-10, -5)]),
        ("touchMove", [(-40, -20)]),
        ("touchEnd", []),
    ):
        at = [{"x": x + dx, "y": y + dy} for dx, dy in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    _settle(page)
    after = centre(page.get_by_role("slider", name="η and β, on the picture"))
    assert after == pytest.approx((x - 40, y - 20), abs=3) and _state(page) != before


def _roots(page, name):
    """Where the roots of one end stand, as complex numbers."""
    svg = page.locator(".gd-panels svg").nth(1)
    unit = svg.locator(".gd-unit")
    r, cx, cy = (float(unit.get_attribute(length)) for length in ("r", "cx", "cy"))
    if name == "μ":
        dots = svg.locator("circle.gd-root").all()
        spots = [[float(dot.get_attribute(n)) for n in ("cx", "cy")] for dot in dots]
    else:
        spots = [
            [float(v) for v in at.split("m")[0].split()]
            for at in svg.locator("path.gd-root").get_attribute("d").split("M")[1:]
        ]
    return sorted((complex((x - cx) / r, (cy - y) / r) for x, y in spots), key=lambda z: (z.real, z.imag))


@pytest.mark.parametrize(("eta", "beta"), [(0.25, 0.25), (0.1, 0.6), (0.05, 0.1), (0.3, 0.1)])
def test_the_roots_stand_where_they_are(show, eta, beta):
    page = show(explore.regimes(eta=eta, beta=beta, L=9))
    for name, x in (("μ", eta), ("L", 9 * eta)):
        wanted = sorted(np.roots([1, -(1 + beta - x), beta]).tolist(), key=lambda z: (round(z.real, 6), z.imag))
        assert _roots(page, name) == pytest.approx(wanted, abs=0.02)
    inner = page.locator(".gd-inner")
    assert float(inner.get_attribute("r")) / float(page.locator(".gd-unit").get_attribute("r")) == pytest.approx(
        sqrt(beta), abs=0.005
    )


def test_the_error_curves_are_those_of_the_theorem(show):
    """κ = 9, tuned: (1 + k/2)/2ᵏ along μ, (1 + 3k/2)/2ᵏ along L; gradient descent at its best, 0.8ᵏ."""
    page = show(spectrum())
    panel = page.locator(".gd-panels svg").nth(2)
    labels = panel.locator(".gd-axes text").evaluate_all(
        "(all) => all.map((t) => [t.textContent, Number(t.getAttribute('y')) - 4])"
    )
    heights = {text: y for text, y in labels if text.startswith("10")}
    top, bottom = heights["10⁰"], heights["10⁻¹⁰"]
    x, _, width, _ = panel.evaluate(BOX)
    for name, f in (
        (".gd-run-1", lambda k: (1 + k / 2) / 2**k),
        (".gd-run-2", lambda k: (1 + 3 * k / 2) / 2**k),
        (None, lambda k: 0.8**k),
    ):
        path = panel.locator(f".gd-beside{name}").first if name else panel.locator(".gd-diagonal").first
        points = np.array(re.findall(r"([-\d.]+) ([-\d.]+)", path.get_attribute("d")), float)
        ks = (points[:, 0] - x) / width * 60
        wanted = [top + (bottom - top) * -log10(f(k)) / 10 for k in ks]
        near = points[:, 1] < bottom
        np.testing.assert_allclose(points[near, 1], np.array(wanted)[near], atol=0.5)


def test_the_numbers_under_the_pointer_say_what_happens_there(show):
    page = show(ball())
    box, (x, y) = page.locator(".gd-plane").bounding_box(), _plane(page, ball())(0.03, 0.42)
    page.mouse.move(box["x"] + x, box["y"] + y)
    _settle(page)
    told = page.locator(".gd-plane .gd-pointed").text_content()
    assert re.fullmatch(r"ηλ = 0\.0\d+, β = 0\.4\d*: moves one way, decided by the root 0\.9\d*", told)


def test_played_step_by_step_the_curves_grow(show):
    page = show(spectrum())
    curve = page.locator(".gd-panels svg").nth(2).locator(".gd-beside.gd-run-2").first
    for wanted in (1, 2, 3):
        page.get_by_role("button", name="Next step").click()
        _settle(page)
        assert len(re.findall(r"[ML]", curve.get_attribute("d"))) == wanted


def test_a_drag_of_a_start_ends_where_the_pointer_does_though_it_was_taken_hold_of_beside_its_middle(show):
    page = show(bowl())
    box = page.locator(".gd-handle").bounding_box()
    x, y = box["x"] + box["width"] / 2 + 8, box["y"] + box["height"] / 2 + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 50, y - 40, steps=3)
    page.mouse.up()
    _settle(page)
    after = page.locator(".gd-handle").bounding_box()
    assert (after["x"] - box["x"], after["y"] - box["y"]) == pytest.approx((-50, -40), abs=2)


def test_dragged_by_mouse_as_the_others_are(show):
    page = show(ball())
    x, y = drag(page, page.locator(".gd-handle"), 40, 60)
    _settle(page)
    assert centre(page.locator(".gd-handle")) == pytest.approx((x + 40, y + 60), abs=3)
