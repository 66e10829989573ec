"""Predictions commit: on every page, what follows one comes into view when the reader has chosen, by mouse or by keys."""

from pathlib import Path

import pytest

from press.stage import AWAKE
from tests.browser.audit import serious_violations

pytestmark = pytest.mark.browser
BOX = ".predict.admonition"
# what is not, before the reader has chosen, as test_site.py looks at it; all the rest is, or is hidden
UNLIKE_LATER = f"{BOX}, .dh-explorer"
CHAPTERS = Path(__file__).parents[2] / "chapters"
EACH_PAGE = pytest.mark.parametrize("page_name", sorted(path.stem for path in CHAPTERS.glob("[0-9][0-9]-*.ipynb")))


@pytest.fixture
def read(visit, address):
    """Open a chapter as someone does who has not been there before."""
    chapters = f"{address}/chapters"
    return lambda name, fragment="", **options: visit(f"{chapters}/{name}.html{fragment}", predictions=False, **options)


def hidden(page):
    return page.locator(".dh-after[hidden]").count()


@EACH_PAGE
def test_what_follows_is_shown_when_the_reader_has_chosen_and_the_choice_is_kept(read, page_name):
    page = read(page_name)
    boxes = page.locator(BOX)
    waiting = page.locator(f"{BOX} + .dh-after")
    assert boxes.count() >= 2 and hidden(page) == waiting.count() > 0
    assert serious_violations(page, only=UNLIKE_LATER) == []
    assert not any(fold.is_visible() for fold in boxes.locator("details").all())
    _choose_by_keys(boxes.first)
    for picture in waiting.first.locator(".dh-alive svg").all()[:1]:
        assert picture.bounding_box()["height"] > 100
    before = hidden(page)
    page.reload()
    page.wait_for_selector("html[data-player=ready]", state="attached")
    page.evaluate(AWAKE)  # nothing moves from under the mouse any more
    assert hidden(page) == before
    assert boxes.first.get_by_role("button", pressed=True).count() == 1 and boxes.first.get_by_role("status").inner_text()
    for place, box in enumerate(boxes.all()):
        assert box.locator("details").is_visible() == (place == 0)
        _choose_by_mouse(box)
    assert hidden(page) == 0  # and so the page is as test_site.py looks at it, but for the boxes
    assert serious_violations(page, only=BOX) == []


def _choose_by_keys(box):
    button = box.get_by_role("button").nth(1)
    button.focus()
    button.page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true" and button.evaluate("b => b === document.activeElement")


def _choose_by_mouse(box):
    box.get_by_role("button").first.click()
    assert box.get_by_role("status").inner_text().startswith(("Yes.", "No.", "Not quite.", "Almost."))
    assert box.locator("details").is_visible()


def test_what_follows_can_be_asked_for_on_one_page_or_on_all(read):
    page = read("05-learning-rate")
    many = hidden(page)
    page.get_by_role("button", name="Show it now").first.click()
    assert hidden(page) == many - 1
    page.get_by_role("button", name="Never hide it").first.click()
    assert hidden(page) == 0
    page.reload()
    page.wait_for_selector("html[data-player=ready]", state="attached")
    assert hidden(page) == 0
    page.get_by_role("button", name="Hide what follows until I choose").first.click()
    assert hidden(page) == many


def test_a_link_into_what_is_hidden_shows_it(read):
    page = read("05-learning-rate")
    places = page.evaluate(
        "() => [...document.querySelectorAll('.dh-explorer')].flatMap((e, k) => e.closest('.dh-after') ? [k + 1] : [])"
    )
    page = read("05-learning-rate", f"#explorer-{places[0]}&eta=0.2")
    picture = page.locator(".dh-explorer").nth(places[0] - 1)
    picture.locator("svg").first.wait_for()
    assert picture.bounding_box()["height"] > 100


def test_on_paper_and_without_script_nothing_is_hidden(read):
    page = read("05-learning-rate")
    page.emulate_media(media="print")
    assert all(part.bounding_box()["height"] > 20 for part in page.locator(".dh-after").all())
    page = read("05-learning-rate", java_script_enabled=False)
    assert page.locator(".dh-after").first.is_visible() and page.locator("details.dh-answers").first.is_visible()


def test_hints_open_one_by_one(read):
    page = read("05-learning-rate")
    exercise = page.locator("div.exercise", has=page.locator(".dh-hint")).first
    first, second = exercise.locator(".dh-hint").nth(0), exercise.locator(".dh-hint").nth(1)
    assert first.is_visible() and not second.is_visible()
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert second.is_visible()
