"""An explorer comes alive when it nears the window; a link, a key, a search, paper and a screen reader reach it too."""

import io
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from press.server import Quiet, server
from tests.browser.conftest import NO_GUESS, served
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


@pytest.fixture
def half(browser, site):
    """Open the chapter on a slow line, at a place: its second half comes when the event that is given too is set."""
    go_on = threading.Event()

    class Halting(Quiet):
        def copyfile(self, source, outputfile):
            first, _, rest = source.read().partition(b"<!-- half -->")
            outputfile.write(first)
            outputfile.flush()
            if rest and go_on.wait(60):
                outputfile.write(rest)

        def send_head(self):
            if not self.path.endswith(".html"):
                return super().send_head()
            text = Path(self.translate_path(self.path)).read_text("utf-8")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            second = text.index('<div class="dh-explorer', text.index("widget-view+json"))
            return io.BytesIO(f"{text[:second]}<!-- half -->{text[second:]}".encode())

    with ExitStack() as stack:
        address = stack.enter_context(served(server(site, Halting)))
        page = stack.enter_context(browser.new_context()).new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))

        def opened(place):
            page.goto(f"{address}/chapters/{NAME}.html{place}", wait_until="commit")
            return page, go_on

        yield opened
        go_on.set()
        page.wait_for_selector("html[data-player=ready]", state="attached")
        assert page.locator(".dh-explorer").count() == len(NOTEBOOKS[NAME])
        assert page.errors == []


def test_a_link_is_followed_while_the_page_still_comes(half):
    page, go_on = half("#explorer-1&eta_1=0.05")
    box = page.locator(".dh-explorer").first
    _is_alive(box)
    assert page.evaluate("document.readyState") == "loading"
    assert "η = 0.05 " in _sentences(box)
    page.evaluate(NO_GUESS)
    box.get_by_label("steps, exact").fill("3")  # it can be moved
    expect(box.locator(".gd-text p").first).to_contain_text("after 3 steps")
    assert box.evaluate(IN_THE_WINDOW)
    page.evaluate("scrollTo(0, 0)")
    go_on.set()
    page.wait_for_selector("html[data-player=ready]", state="attached")
    assert page.evaluate("scrollY") == 0  # who has gone on is not called back
    assert page.locator(".dh-asleep").count() == len(NOTEBOOKS[NAME]) - 1


def test_what_follows_a_prediction_is_hidden_while_the_page_still_comes(half):
    page, _ = half("")
    page.locator(".dh-explorer.dh-asleep").first.wait_for(state="attached")
    assert page.evaluate("document.readyState") == "loading"
    assert page.locator(".dh-after").first.evaluate("(after) => after.matches('[hidden]')")


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
