"""The slides in a browser: alive, turned by keys, accessible, and a page to read where no script runs."""

import threading

import pytest

from press import slides
from press.server import server
from tests.browser.audit import serious_violations
from tests.browser.pointer import drag
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser
NAME = "05-learning-rate"


@pytest.fixture(scope="module")
def slides_at(site, tmp_path_factory):
    place = tmp_path_factory.mktemp("slides")
    for part in ("_static", "_images", "chapters"):
        (place / part).symlink_to(site / part)
    slides.main(site, place / "slides")
    with server(place) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/slides"
        serving.shutdown()


@pytest.fixture
def shown(visit, slides_at):
    return visit(f"{slides_at}/{NAME}.html")


def seen(page):
    """The slide at the top of the window."""
    return page.evaluate(
        "[...document.querySelectorAll('.dh-slide')].findIndex((s) => Math.abs(s.getBoundingClientRect().top) < 3)"
    )


def test_keys_turn_the_slides(shown):
    last = shown.locator(".dh-slide").count() - 1
    for key, slide in [("ArrowRight", 1), ("PageDown", 2), ("ArrowLeft", 1), ("PageUp", 0), ("End", last), ("Home", 0)]:
        shown.keyboard.press(key)
        shown.wait_for_timeout(200)
        assert seen(shown) == slide, key
    shown.get_by_role("button", name="Next", exact=True).click()
    shown.wait_for_timeout(200)
    assert seen(shown) == 1
    assert shown.get_by_role("navigation").inner_text().split("\n")[1].strip() == f"2 of {last + 1}"


def test_a_slider_on_a_slide_is_alive_and_keeps_its_keys(shown):
    explorer = shown.locator(".dh-explorer.dh-alive").nth(1)
    explorer.scroll_into_view_if_needed()
    before, slider = _sentences(explorer), explorer.locator("input[type=range]").first
    drag(shown, slider, 0.2 * slider.bounding_box()["width"], 0)
    _settle(shown)
    dragged = _sentences(explorer)
    assert dragged != before
    top = shown.evaluate("scrollY")
    slider.press("ArrowRight")
    _settle(shown)
    assert _sentences(explorer) != dragged and shown.evaluate("scrollY") == top
    shown.keyboard.press("Escape")
    shown.keyboard.press("ArrowRight")
    shown.wait_for_timeout(200)
    assert shown.evaluate("scrollY") > top


def test_picture_and_sliders_are_in_sight_together(visit, slides_at):
    """Of a picture in one variable, on a small projector."""
    shown = visit(f"{slides_at}/{NAME}.html", viewport={"width": 1280, "height": 720})
    slide = shown.locator(".dh-slide", has=shown.locator(".dh-explorer")).nth(1)
    slide.evaluate("(node) => node.scrollIntoView()")
    assert slide.bounding_box()["height"] <= 725
    picture, slider = slide.locator("svg").first.bounding_box(), slide.locator("input[type=range]").first.bounding_box()
    assert picture["x"] + picture["width"] <= slider["x"] and picture["y"] - 60 < slider["y"] < picture["y"] + 300


@pytest.mark.parametrize("name", [NAME, "14-momentum-and-adaptive-steps"])
def test_slides_are_accessible(visit, slides_at, name):
    assert serious_violations(visit(f"{slides_at}/{name}.html")) == []


def test_the_list_of_slides_is_accessible(browser, slides_at):
    page = browser.new_page()
    page.goto(f"{slides_at}/index.html")
    assert page.get_by_role("link").count() > 10 and serious_violations(page) == []
    page.close()


def test_a_prediction_is_answered_on_its_slide(shown):
    box = shown.locator(".predict.admonition").first
    box.locator(".dh-options button").first.click()
    assert box.locator(".dh-told").inner_text().startswith(("No.", "Yes.", "Not quite.", "Almost"))


def test_without_javascript_it_is_a_page(visit, slides_at):
    page = visit(f"{slides_at}/{NAME}.html", java_script_enabled=False)
    assert page.locator("nav").count() == 0
    assert page.locator(".dh-explorer img").first.is_visible()
    assert page.locator(".dh-slide").last.is_visible()
    page.emulate_media(media="print")
    assert page.locator(".dh-slide").first.bounding_box()["height"] < 700


def test_every_chapters_slides_come_alive(visit, slides_at, site):
    for path in sorted((site / "chapters").glob("[0-9][0-9]-*.html")):
        page = visit(f"{slides_at}/{path.name}")
        assert page.locator(".dh-explorer").count() == page.locator(".dh-explorer.dh-alive").count() > 0, path.name
