"""One explorer in a frame of another site, and on a full screen."""

import re

import pytest

from tests.browser.audit import serious_violations
from tests.browser.pointer import drag
from tests.browser.test_site import NOTEBOOKS, WITH_EXPLORERS, _rest, _sentences, _settle

pytestmark = pytest.mark.browser


def test_a_frame_shows_the_explorer_in_its_state_and_alone(visit, browser, address):
    page = visit(f"{address}/chapters/05-learning-rate.html")
    explorer = page.locator(".dh-explorer").nth(2)
    explorer.get_by_label("learning rate η, exact").fill("0.3")
    _settle(page)
    explorer.get_by_role("button", name="Embed").click()
    code = explorer.get_by_label("HTML to embed this picture").input_value()
    elsewhere = browser.new_page()
    elsewhere.set_content(code)
    frame = elsewhere.frame_locator("iframe")
    frame.locator(".dh-alive").wait_for()
    elsewhere.wait_for_timeout(300)
    assert _sentences(frame) == _sentences(explorer)
    assert frame.locator(".dh-explorer").count() == 1
    assert frame.get_by_role("button", name="Embed").count() == 0
    frame.get_by_role("slider", name="learning rate η").press("Home")
    elsewhere.wait_for_timeout(300)
    assert _sentences(frame) != _sentences(explorer)
    elsewhere.close()


@pytest.mark.parametrize("name", WITH_EXPLORERS)
def test_every_explorer_has_a_light_page_of_its_own_that_is_alive(visit, address, site, name):
    for number, saved in enumerate(NOTEBOOKS[name], 1):
        path = site / "_static" / "embed" / f"{name.split('/')[-1]}-{number}.html"
        assert path.stat().st_size < 40_000
        page = visit(f"{address}/_static/embed/{path.name}")
        _rest(page)
        assert _sentences(page) == "".join(saved["text/plain"])
        assert not re.search(r"<script(?! type=.application| src)", path.read_text(encoding="utf-8"))  # for strict policies


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_embedded_page_is_accessible(visit, address, scheme):
    page = visit(f"{address}/_static/embed/06-conditioning-2.html", color_scheme=scheme)
    assert page.locator("html").get_attribute("data-theme") == scheme
    assert serious_violations(page) == []


def test_on_a_full_screen_the_picture_and_its_letters_are_larger(visit, address):
    page = visit(f"{address}/chapters/index.html", viewport={"width": 1600, "height": 1000})
    explorer = page.locator(".dh-explorer").first
    letters = "(node) => node.getBoundingClientRect().height"
    before = explorer.locator(".gd-axes text").first.evaluate(letters), _sentences(explorer)
    explorer.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.querySelector('.gd-panels svg').getBoundingClientRect().width > 900")
    assert explorer.locator(".gd-axes text").first.evaluate(letters) > 1.3 * before[0]
    x, _ = drag(page, explorer.locator(".gd-handle"), -200, 0)  # and what is dragged goes where the pointer goes
    _settle(page)
    moved = explorer.locator(".gd-handle").bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(x - 200, abs=4)
    explorer.get_by_role("button", name="Leave full screen").click()
    page.wait_for_function("document.querySelector('.gd-panels svg').getBoundingClientRect().width < 900")
