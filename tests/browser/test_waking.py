"""An explorer comes alive when it nears the window; a link, a key, a search, paper and a screen reader reach it too."""

import pytest

from tests.browser.conftest import NO_GUESS
from tests.browser.test_site import NOTEBOOKS, _sentences

pytestmark = pytest.mark.browser

NAME = "05-learning-rate"
IN_THE_WINDOW = "(box) => { const { top, bottom } = box.getBoundingClientRect(); return top < innerHeight && bottom > 0; }"


@pytest.fixture
def page(visit, address):
    return visit(f"{address}/chapters/{NAME}.html", asleep=True)


def _boxes(page):
    return page.locator(".dh-explorer").all()


def _is_alive(box):
    box.page.wait_for_function("(box) => box.matches('.dh-alive')", arg=box.element_handle())
    assert not box.evaluate("(box) => box.matches('.dh-asleep') || box.hasAttribute('tabindex')")


def _saved(number):
    return "".join(NOTEBOOKS[NAME][number]["text/plain"])


def test_far_from_the_window_it_sleeps_and_near_it_wakes(page):
    assert page.locator(".dh-alive").count() == 0
    for number, box in enumerate(_boxes(page)):
        assert box.locator(".dh-still-text").all_inner_texts() == _saved(number).split(
            "\n"
        )  # to be found and read meanwhile
        box.evaluate("(box) => scrollTo(0, scrollY + box.getBoundingClientRect().top - 1.5 * innerHeight)")  # not in it yet
        _is_alive(box)
        page.evaluate(NO_GUESS)
        assert _sentences(box) == _saved(number)


@pytest.mark.parametrize("number", [2, 3, 5])
def test_a_link_wakes_the_one_it_names_and_leads_to_it(visit, address, number):
    page = visit(f"{address}/chapters/{NAME}.html#explorer-{number}&eta=0.3", asleep=True)
    box = _boxes(page)[number - 1]
    _is_alive(box)
    assert _sentences(box).startswith("η = 0.3 ")
    page.wait_for_timeout(500)  # those beside it have come alive too
    assert box.evaluate(IN_THE_WINDOW)


@pytest.mark.parametrize(("key", "place"), [("Tab", 0), ("Shift+Tab", -1)])
def test_keys_come_to_its_first_control_or_from_below_to_its_last(page, key, place):
    box = _boxes(page)[2]
    side = "before" if key == "Tab" else "after"
    page.evaluate(
        """([number, side]) => {
          const node = Object.assign(document.createElement("button"), { id: "beside", textContent: "beside" });
          document.querySelectorAll(".dh-explorer")[number][side](node);
          node.focus({ preventScroll: true });
        }""",
        [2, side],
    )
    assert not box.evaluate("(box) => box.matches('.dh-alive')")
    page.keyboard.press(key)
    _is_alive(box)
    assert box.evaluate(
        "(box, place) => [...box.querySelectorAll('input, button')].at(place) === document.activeElement",
        place,
    )


def test_a_search_in_the_page_finds_its_sentence_and_wakes_it(page):
    box, words = _boxes(page)[3], _saved(3).split("\n")[0]
    assert page.evaluate("(words) => find(words)", words)
    _is_alive(box)
    assert box.evaluate(IN_THE_WINDOW)


def test_a_search_finds_words_that_are_out_of_view(page):
    last = page.locator(".bd-article p").last
    words = last.text_content().strip()[:30]
    assert page.evaluate("(words) => find(words)", words)
    assert page.evaluate("() => scrollY") > 1000


def test_on_paper_all_are_alive_and_their_pictures_drawn(page):
    asleep = page.locator(".dh-asleep").count()
    assert asleep > 0
    page.pdf()
    assert page.locator(".dh-alive").count() == len(NOTEBOOKS[NAME])
    assert [_sentences(box) for box in _boxes(page)] == [_saved(number) for number in range(len(NOTEBOOKS[NAME]))]
    assert all(box.locator("svg path").count() > 3 for box in _boxes(page))


def test_a_link_to_a_place_far_down_leads_there(visit, address):
    page = visit(f"{address}/chapters/{NAME}.html", asleep=True)
    places = page.evaluate(
        "() => [...document.querySelectorAll('.bd-article [id^=thm], .bd-article section[id]')].map((n) => n.id)"
    )
    for place in (places[len(places) // 2], places[-1]):
        page = visit(f"{address}/chapters/{NAME}.html#{place}", asleep=True)
        page.wait_for_function(
            """(id) => {
              const { top } = document.getElementById(id).getBoundingClientRect();
              const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
              return top > -5 && (top < 250 || (end && top < innerHeight));
            }""",
            arg=place,
        )


def test_a_screen_reader_gets_what_is_out_of_view(page):
    words = page.evaluate(
        """() => [...document.querySelectorAll(".bd-article section > p")].filter((p) => p.checkVisibility({ visibilityProperty: true }))
          .map((p) => (p.firstChild.nodeValue ?? "").trim().replace(/\\s+/g, " ")).filter((text) => text.length > 25)"""
    )
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = " ".join(" ".join(str(node.get("name", {}).get("value", "")).split()) for node in tree)
    assert len(words) > 20 and [text for text in words if text[:25] not in told] == []
    sleeping = [node for node in tree if node.get("role", {}).get("value") == "group" and node.get("name", {}).get("value")]
    assert len(sleeping) >= len(NOTEBOOKS[NAME])
