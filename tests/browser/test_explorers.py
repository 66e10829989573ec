"""The explorers themselves: dragged, played, linked to, resized, and shaken."""

import io
import itertools
import json
import random
import re
from base64 import b64decode
from math import ceil, floor

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from gdlib import explore, gradient_descent, objectives
from gdlib.explore import still
from tests.browser.audit import COLOURS
from tests.browser.conftest import HURRIED, shown
from tests.browser.pointer import drag
from tests.browser.stage import (
    MAKERS,
    basins,
    bounded,
    bowl,
    cobweb,
    planned,
    scheduled,
    searched,
    searched_plane,
    sweep,
    three,
    told_apart,
    trained,
    turned,
    well,
)
from tests.browser.test_site import _rest, _sentences, _settle, _state

pytestmark = pytest.mark.browser


def long():
    return explore.one_d("exp(-w)", eta=1, w0=0, beside="f", gtol=0)


@pytest.fixture(scope="module")
def drawn(request, browser):
    """A page with one explorer, and the explorer. It is opened once: tests that read come first, those that change it set all they need."""
    picture = request.param()
    with shown(browser, picture) as page:
        yield page, picture


@pytest.fixture(scope="module")
def blank(browser):
    """An empty page as large as those that show explorers."""
    page = browser.new_page(viewport={"width": 900, "height": 1000})
    yield page
    page.close()


EVERY_KIND = pytest.mark.parametrize("drawn", MAKERS, indirect=True)


@EVERY_KIND
def test_the_page_says_what_python_says(drawn):
    page, picture = drawn
    assert _sentences(page) == repr(picture)


# of each panel its size, and of each mark in it what it is, where it stands and how it looks
MARKS = """(panels) => panels.map((svg) => [
  ["width", "height"].map((name) => Number(svg.getAttribute(name))),
  [...svg.querySelectorAll("path, circle:not(.gd-handle), text:not(.gd-pointed), image")].map((node) => [
    node.localName,
    node.childElementCount ? "" : node.textContent,
    ..."d cx cy r x y width height text-anchor class visibility".split(" ").map((name) => node.getAttribute(name)),
    ..."fill stroke stroke-width stroke-dasharray stroke-linecap stroke-opacity font-size font-weight font-style"
      .split(" ").map((name) => getComputedStyle(node).getPropertyValue(name)),
  ])])"""


@EVERY_KIND
def test_the_still_shows_what_the_page_shows(drawn, blank):
    """Every panel, and in it every line, mark and number, in its place and its colour; and the ground, pixel by pixel."""
    page, picture = drawn
    _rest(page)
    live, grounds = page.locator(".gd-panels svg").evaluate_all(MARKS), _grounds(page)
    title = page.locator(".gd-title").inner_text()
    made = still.engine().call("still", picture._still_state(), still.colours())
    blank.set_content(f"<style>{still.svg_style()}</style>{made['svg']}")
    assert blank.locator("svg svg").evaluate_all(MARKS) == live
    assert blank.locator("svg > .gd-title").text_content() == title
    assert blank.locator("svg > g .gd-legend").all_text_contents() == [
        run["label"] for run in picture._picture.runs if run["label"]
    ]
    p, (first, tall) = picture._picture, live[0][0]
    below = first > 600  # as wide as all of it: the second stands below
    places = [[0, 28], [0, 28 + tall] if below else [first, 28]] if p.beside else [[0, 28]]
    lowest = any("rates" in run for run in p.runs) or p.beside == "circle"
    places += [[0, 28 + tall]] if lowest else []  # the rates stand below, and so do errors
    panels = blank.locator("svg svg").all()
    places += [[0, 28 + max(panel[0][1] for panel in live[:2])]] if p.beside == "sharpness" else []  # and the loss
    if p.cases:  # screens below, two beside one another
        (half, height), across = live[1][0], live[1][0][0] + live[2][0][0]
        assert across == first and [panel[0][1] for panel in live[1:]] == [height] * 4
        places += [[x, 28 + tall + y] for y in (0, height) for x in (0, half)]
    assert [[float(svg.get_attribute(name)) for name in ("x", "y")] for svg in panels] == places
    assert len(live) == len(places)
    stored = [(image["width"], image["height"], image["pixels"]) for image in made["images"]]
    assert grounds == stored[len(stored) - len(grounds) :]  # the last is the finest


def _grounds(page):
    """The images on the page: width, height, and the colours of the pixels in hexadecimal."""
    hrefs = page.locator(".gd-panels image").evaluate_all("(images) => images.map((image) => image.getAttribute('href'))")
    images = [Image.open(io.BytesIO(b64decode(href.split(",")[1]))).convert("RGB") for href in hrefs]
    return [(image.width, image.height, image.tobytes().hex()) for image in images]


@EVERY_KIND
def test_a_unit_is_as_long_upwards_as_across_on_every_map(drawn):
    page, picture = drawn
    for image in page.locator(".gd-map image").all():
        (left, right), (low, high) = picture._picture.window
        width, height = (float(image.get_attribute(name)) for name in ("width", "height"))
        assert height / width == pytest.approx((high - low) / (right - left), rel=0.01)


def test_the_start_is_dragged_by_mouse(show):
    page = show(bowl())
    x, y = drag(page, page.locator(".gd-handle"), -80, -40)
    _settle(page)
    assert "(1.2, 0.5)" not in _sentences(page)
    moved = page.locator(".gd-handle").bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(x - 80, abs=2)
    assert moved["y"] + moved["height"] / 2 == pytest.approx(y - 40, abs=2)
    assert page.get_by_role("slider", name="start x₀").input_value() != "1.2"


def test_the_start_is_moved_by_keys(show):
    page = show(bowl())
    page.locator(".gd-handle").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    _settle(page)
    assert "from (1.19, 0.6): " in _sentences(page) or "from (1.1, 0.6): " in _sentences(page)
    assert page.locator(".gd-handle").get_attribute("aria-valuetext").startswith("(1.1")


def test_a_tap_moves_the_start(show):
    page = show(bowl(), has_touch=True, viewport={"width": 390, "height": 844})
    box = page.locator(".gd-panels svg").first.bounding_box()
    before = _state(page)
    page.touchscreen.tap(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    _settle(page)
    assert _state(page) != before


def test_a_finger_on_the_handle_drags_it(show):
    page = show(bowl(), has_touch=True, viewport={"width": 390, "height": 844})
    box = page.locator(".gd-handle").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 5):
        point = {"x": x - 15 * k, "y": y - 5 * k}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    _settle(page)
    moved = page.locator(".gd-handle").bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(x - 60, abs=3)


def test_steps_one_after_the_other(show):
    page = show(bowl())
    dots = page.locator(".gd-dots")
    everything = dots.get_attribute("d").count("M")
    for wanted in (0, 1, 2):
        page.get_by_role("button", name="Next step").click()
        _settle(page)
        assert dots.get_attribute("d").count("M") == wanted
    page.get_by_role("slider", name="learning rate η").focus()
    page.keyboard.press("ArrowLeft")  # a moved slider shows the whole way again
    _settle(page)
    assert dots.get_attribute("d").count("M") == pytest.approx(everything, abs=3)


def test_a_step_back(show):
    page = show(bowl())
    dots = page.locator(".gd-dots")
    for button, wanted in (("Next step", 0), ("Next step", 1), ("Next step", 2), ("Back", 1), ("Back", 0), ("Back", 0)):
        page.get_by_role("button", name=button).click()
        _settle(page)
        assert dots.get_attribute("d").count("M") == wanted


def test_what_a_rule_remembers_is_drawn_while_it_is_played(show):
    rules = {"a": ("momentum", {"eta": 1 / 8, "beta": 0.5}), "b": ("adagrad", {"eta": 1 / 4}), "c": 1 / 8}
    page = show(explore.compare("(x**2 + y**2)/2", rules, w0=(1, 1), window=((-2, 2), (-2, 2))))
    memory = [page.locator(f".gd-memory.gd-run-{r}") for r in (1, 2, 3)]
    assert not any(drawn.get_attribute("d") for drawn in memory)
    for _ in range(2):
        page.get_by_role("button", name="Next step").click()  # to the start, then one step
    _settle(page)
    box = page.locator(".gd-map image")
    x, y, width, height = (float(box.get_attribute(name)) for name in ("x", "y", "width", "height"))
    arrow, rates, plain = (drawn.get_attribute("d") for drawn in memory)
    # v = g = (1, 1): the step is to (7/8, 7/8), and the velocity alone would go half as far again
    ends = np.array(
        [[float(v) for v in end.split("l")[0].split()] for end in arrow.removeprefix("M").split("M")[0].split("L")]
    )
    w = np.array([7 / 8, 13 / 16])
    places = np.column_stack([x + (w + 2) / 4 * width, y + (2 - w) / 4 * height])
    np.testing.assert_allclose(ends, places, atol=0.5)
    # s = g² = (1, 1): a slope of 1 would make a step of 1/4, from (3/4, 3/4)
    left, low, right, high, again = map(float, re.fullmatch(r"M(\S+) (\S+)H(\S+)V(\S+)H(\S+)z", rates).groups())
    assert [left, right] == pytest.approx([x + (w + 2) / 4 * width for w in (0.5, 1)], abs=0.5)
    assert [low, high] == pytest.approx([y + (2 - w) / 4 * height for w in (0.5, 1)], abs=0.5)
    assert again == left and plain == ""
    heavy, steady, _ = (said.split(". ")[-1] for said in _sentences(page).split("\n"))
    assert heavy == "After step 1 its velocity alone would make a step of (−0.0625, −0.0625)."
    assert steady == "After step 1 a slope of 1 would make a step of (0.25, 0.25)."
    page.wait_for_function("() => document.querySelector('.gd-spoken').textContent.includes('its velocity alone')")
    page.get_by_role("slider", name="start x₀").press("ArrowLeft")
    _settle(page)
    assert "velocity" not in _sentences(page)  # of the whole run there is no such step


def test_play_and_stop(show):
    page = show(bowl())
    page.get_by_role("button", name="▶ Play").click()
    page.wait_for_function("() => document.querySelector('.gd-dots').getAttribute('d').split('M').length === 4")
    page.get_by_role("button", name="■ Stop").click()
    assert page.get_by_role("button", name="▶ Play").is_visible()


# at rest all dots are shown, and they are still there until the first frame of the play
PLAYED = """() => {
  const dots = document.querySelector('.gd-dots').getAttribute('d').split('M').length;
  return dots > %d && dots < 12;
}"""
SLIDE = "(range, to) => { range.value = Math.log2(to); range.dispatchEvent(new Event('input')); }"


def test_a_rate_that_is_changed_while_it_is_played_changes_the_walk_from_there_on(show):
    """On x²/2 + 5y² a step multiplies x by 1 − η: by 7/8 until the change, and by 3/4 from there on."""
    page = show(bowl())
    page.get_by_role("button", name="▶ Play").click()
    page.wait_for_function(PLAYED % 3)
    rate = page.get_by_role("slider", name="learning rate η")
    rate.evaluate(SLIDE, 1 / 4)
    page.get_by_role("button", name="■ Stop").click()
    _settle(page)
    [(step, was, now)] = re.findall(r" At step (\d+) η went from (\S+) to (\S+)\.", _sentences(page))
    assert (was, now, int(step) >= 3) == ("0.125", "0.25", True)
    page.wait_for_function("() => document.querySelector('.gd-spoken').textContent.includes('η went from 0.125 to 0.25')")
    assert page.locator(".gd-turn").get_attribute("d").count("M") == 1
    page.get_by_text("The first steps as a table").click()
    page.locator(".gd-table tr").first.wait_for()
    xs = [float(row.split()[1]) for row in page.locator(".gd-table tr").all_inner_texts()[1:]]
    for k, x in enumerate(xs):
        slow = min(k, int(step))
        assert x == pytest.approx(1.2 * (7 / 8) ** slow * (3 / 4) ** (k - slow), rel=1e-4)
    page.get_by_role("button", name="Back").click()  # looking back leaves the walk as it is
    _settle(page)
    assert "η went from" in _sentences(page)
    rate.evaluate(SLIDE, 1 / 8)  # at rest, a slider makes another walk
    _settle(page)
    assert "went from" not in _sentences(page)
    assert page.locator(".gd-turn").get_attribute("d") == ""


def test_the_start_moved_while_it_is_played_is_another_walk(show):
    page = show(bowl())
    page.get_by_role("button", name="▶ Play").click()
    page.wait_for_function(PLAYED % 2)
    page.get_by_role("slider", name="learning rate η").evaluate(SLIDE, 1 / 4)
    page.get_by_role("slider", name="start x₀").press("ArrowLeft")
    _settle(page)
    assert "went from" not in _sentences(page)
    page.get_by_role("button", name="■ Stop").click()


def test_next_step_goes_on_from_search_to_search(show):
    page = show(searched())
    assert "Step 1 tries t = 1 and takes it, to w = −1.091." in _sentences(page)
    taken = page.locator(".gd-panels svg").nth(1).locator(".gd-last").get_attribute("d")
    for _ in range(2):
        page.get_by_role("button", name="Next step").click()
    _settle(page)
    assert "Step 2 tries t = " in _sentences(page)
    assert page.locator(".gd-panels svg").nth(1).locator(".gd-last").get_attribute("d") != taken


def test_the_lowest_point_of_the_line_is_where_it_touches_the_contour_line(show):
    """On (x² + 10y²)/2 from (1, 1): t = 101/1001; every point of the drawn contour line has the value there."""
    page = show(searched_plane())
    box = page.locator(".gd-map image")
    x, y, width, height = (float(box.get_attribute(name)) for name in ("x", "y", "width", "height"))
    pieces = np.array(re.findall(r"([\d.]+) ([\d.]+)", page.locator(".gd-contour").get_attribute("d")), dtype=float)
    across, up = (pieces[:, 0] - x) / width * 3 - 1.5, 1.5 - (pieces[:, 1] - y) / height * 3
    t = 101 / 1001
    low = ((1 - t) ** 2 + 10 * (1 - 10 * t) ** 2) / 2
    assert len(pieces) > 50
    np.testing.assert_allclose((across**2 + 10 * up**2) / 2, low, atol=0.02)
    ring = page.locator(".gd-map .gd-lowest")
    at = [float(ring.get_attribute(name)) for name in ("cx", "cy")]
    assert at == pytest.approx([x + (1 - t + 1.5) / 3 * width, y + (1.5 - 1 + 10 * t) / 3 * height], abs=0.5)


def test_a_root_is_dragged_and_moved_by_keys(show):
    page = show(planned())
    root = page.get_by_role("slider", name="root of step 1", exact=True)
    root.focus()
    page.keyboard.press("Shift+ArrowRight")
    _settle(page)
    assert root.get_attribute("aria-valuetext") == "7.93"  # from 7.83, by ten grains of 0.01
    before = _sentences(page)
    x, _ = drag(page, root, -60, -30)
    _settle(page)
    assert _sentences(page) != before
    moved = root.bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(x - 60, abs=2)
    axis = page.locator(".gd-graph .gd-diagonal").first.bounding_box()
    assert moved["y"] + moved["height"] / 2 == pytest.approx(axis["y"] + axis["height"] / 2, abs=0.6)  # along the axis only


def test_a_schedule_has_a_bar_for_each_step_as_high_as_its_rate(show):
    page = show(scheduled())
    bars = [page.locator(f".gd-bars.gd-run-{r}").get_attribute("d") for r in (1, 2, 3)]
    drawn = [[list(map(float, bar)) for bar in re.findall(r"M([\d.]+) ([\d.]+)V([\d.]+)H", d)] for d in bars]
    assert [len(row) for row in drawn] == [30, 30, 30]
    tall = [[low - top for _, low, top in row] for row in drawn]
    share = tall[2][0] / (1 / 4)  # pixels for a rate of 1: the first of the third run is the largest of all
    assert tall[0] == pytest.approx([share / 8 / (1 + k / 4) for k in range(30)], abs=0.15)
    assert tall[1][:8] == pytest.approx([share / 8 * (k + 1) / 8 for k in range(8)], abs=0.15)


def test_the_table_has_the_first_steps(show):
    page = show(bowl())
    page.get_by_text("The first steps as a table").click()
    page.locator(".gd-table tr").first.wait_for()
    rows = page.locator(".gd-table tr").all_inner_texts()
    # x_k = (7/8)^k 1.2 and y_k = (-1/4)^k 0.5
    assert [row.split() for row in rows[:3]] == [
        ["step", "x", "y", "f"],
        ["0", "1.2", "0.5", "1.97"],
        ["1", "1.05", "−0.125", "0.62938"],
    ]
    assert len(rows) == 12


@pytest.mark.parametrize("eta", [1 / 64, 1 / 32, 1 / 16])
def test_the_diamond_stands_where_the_run_ends(show, eta):
    picture = bowl()
    picture.eta = eta
    page = show(picture)
    box = page.locator(".gd-map image")
    x, y, width, height = (float(box.get_attribute(name)) for name in ("x", "y", "width", "height"))
    (left, right), (low, high) = picture._picture.window
    diamond = [float(v) for v in page.locator(".gd-last").get_attribute("d").removeprefix("M").split("m")[0].split()]
    across, up = picture.run.w
    assert diamond == pytest.approx(
        [x + (across - left) / (right - left) * width, y + (high - up) / (high - low) * height], abs=0.5
    )


def test_the_table_of_several_runs_says_whose_columns_they_are(show):
    page = show(three())
    page.get_by_text("The first steps as a table").click()
    page.locator(".gd-table tr").first.wait_for()
    groups, names = page.locator(".gd-table tr").all_inner_texts()[:2]
    assert groups.split("\t")[1:] == ["plain", "heavy ball", "Adam"]
    assert names.split() == ["step", *["x", "y", "f"] * 3]
    assert page.locator(".gd-table th[scope=colgroup]").evaluate_all("heads => heads.map((head) => head.colSpan)") == [
        3,
        3,
        3,
    ]


@pytest.mark.parametrize("width", [900, 390])
@pytest.mark.parametrize("drawn", [*MAKERS, long], indirect=True)
def test_no_word_of_an_axis_is_cut_or_over_another(drawn, width):
    page, _ = drawn
    page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_function("(width) => document.querySelector('.gd-panels svg').viewBox.baseVal.width < width", arg=width)
    wrong = page.evaluate("""() => [...document.querySelectorAll(".gd-panels svg")].flatMap((svg) => {
      const box = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll(".gd-axes text")];
      const words = texts.map((text) => text.getBoundingClientRect());
      const cut = texts.filter((_, i) => words[i].left < box.left - 0.5 || words[i].right > box.right + 0.5
        || words[i].top < box.top - 0.5 || words[i].bottom > box.bottom + 0.5);
      const over = texts.filter((_, i) => words.some((b, j) => j < i && b.left < words[i].right
        && words[i].left < b.right && b.top + 6 < words[i].bottom && words[i].top + 6 < b.bottom)); // less the leading
      return [...cut, ...over].map((text) => text.textContent);
    })""")
    assert wrong == []


def test_an_address_holds_the_state_and_gives_it_back(show):
    page = show(well(), bowl())
    page.get_by_role("slider", name="learning rate η").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.hash.includes('explorer-2')")
    fragment = page.evaluate("location.hash")
    assert "explorer-1" not in fragment  # only what was moved
    assert page.evaluate("history.length") == 2  # about:blank and the page: no history of every notch
    said = [_sentences(picture) for picture in page.locator(".dh-explorer").all()]
    again = show(well(), bowl(), fragment=fragment)
    _settle(again)
    shown = [_sentences(picture) for picture in again.locator(".dh-explorer").all()]
    assert shown == said


def test_a_link_is_followed_though_a_slider_comes_to_rest_meanwhile(show):
    """And writes its own state into the address, before the page is told of the link's."""
    page = show(bowl())
    page.evaluate(
        """() => {
          location.hash = "explorer-1&eta=0.1";
          history.replaceState(null, "", "#explorer-1&eta=0.2");
        }"""
    )
    expect(page.locator(".gd-text p").first).to_contain_text("η = 0.1 ")


@pytest.mark.parametrize(
    "fragment", ["#explorer-1&eta=1e9&steps=1e9&x0=-99", "#explorer-1&eta=nan&x0=&foo=2", "#no&eta=2", "#%E0%A4%A"]
)
def test_a_foolish_address_does_no_harm(show, fragment):
    page = show(bowl(), fragment=fragment)
    _settle(page)
    assert _sentences(page).startswith("η = ")
    assert page.get_by_role("slider", name="steps").input_value() in ("30", "200")


@pytest.mark.parametrize(
    "fragment",
    [
        "#explorer-1&eta=0,3&x0=-1,25",
        "#explorer-1&amp;eta=0.3&amp;x0=-1.25",
        "#explorer-1&amp;amp;eta=.3&amp;amp;x0=-1.25",
        "#explorer-1&eta=0%2C3&x0=%2D1%2C25",
        "#explorer-1%26eta%3D0.3%26x0%3D-1.25",
        "#explorer-1&eta=3e-1&x0=−1,25",
    ],
)
def test_a_link_is_read_however_it_was_written_and_carried(show, fragment):
    page = show(bowl(), fragment=fragment)
    _settle(page)
    assert _sentences(page).startswith("η = 0.3 from (−1.25, 0.5): ")
    assert not page.locator(".dh-explorer > .dh-no").inner_text()


@pytest.mark.parametrize(
    ("fragment", "why"),
    [
        ("#explorer-1&eta=0;3&x0=-1", "eta: “0;3” is not a number"),
        ("#explorer-1&eta=9&x0=-1", "eta: “9” is not between 0.0009766 and 4"),
        ("#explorer-1&x0=-1&steps=2,5&far=1", "steps: “2,5” is not a whole number; far: there is no such number"),
    ],
)
def test_what_a_link_says_that_cannot_be_read_is_told(show, fragment, why):
    page = show(bowl(), fragment=fragment)
    _settle(page)
    told = page.locator(".dh-explorer > [role=alert]")
    assert told.inner_text() == f"Of the link this could not be read: {why}."
    assert _sentences(page).startswith("η = 0.125 from (−1, 0.5): ")  # the rest is as the link says
    page.get_by_role("slider", name="steps").fill("5")
    _settle(page)
    assert told.inner_text() == ""


HIDE = {
    "hidden until found": ("section.hidden = 'until-found'", "section.removeAttribute('hidden')"),
    "hidden": ("section.hidden = true", "section.hidden = false"),
    "folded": ("section.replaceWith(fold), fold.append(section)", "fold.open = true"),
}


@pytest.mark.parametrize("width", [900, 390])
@pytest.mark.parametrize("how", HIDE)
@pytest.mark.parametrize("make", [well, bowl, basins])
def test_an_explorer_that_was_hidden_draws_when_it_is_shown(show, make, how, width):
    """As an answer that is shown once the reader has made a guess."""
    hide, reveal = HIDE[how]
    find = "const section = document.querySelector('.dh-explorer'), fold = document.querySelector('details') ?? document.createElement('details')"
    view = {"viewport": {"width": width, "height": 1000}}
    page = show(make(), before=f"{find}; {hide};", **view)
    assert not page.locator(".gd-panels svg").first.is_visible()
    page.evaluate(f"() => {{ {find}; {reveal}; }}")
    shown = "() => { const svg = document.querySelector('.gd-panels svg'); return svg?.checkVisibility() && svg.clientWidth > 0; }"
    page.wait_for_function(shown)
    _settle(page)
    page.wait_for_timeout(100)
    plain = show(make(), **view)
    _settle(plain)
    drawn = """() => [...document.querySelectorAll(".gd-panels svg")].map((svg) => [svg.getAttribute("viewBox"),
      ...[...svg.querySelectorAll("path, circle")].map((node) => node.getAttribute("d") ?? node.getAttribute("cx"))])"""
    assert page.evaluate(drawn) == plain.evaluate(drawn)
    assert _sentences(page) == _sentences(plain)
    page.get_by_role("slider", name="learning rate η").focus()
    page.keyboard.press("Home")
    _settle(page)
    assert _sentences(page) != _sentences(plain)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [well, three])
def test_in_forced_colours_numbers_can_be_read_whatever_the_theme(show, make, scheme, theme):
    page = show(make(), color_scheme=scheme, forced_colors="active")
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    _settle(page)
    seen = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    boxes = page.locator(".gd-axes text").evaluate_all(NUMBERS)
    assert len(boxes) >= 8
    for left, top, right, bottom in boxes:
        assert _contrast(seen.crop((floor(left), floor(top), ceil(right), ceil(bottom)))) >= 4.5
    ground = _luminances(seen.crop((0, 0, 4, 4)))
    assert min(ground) == max(ground) == (0 if scheme == "dark" else 1)


# where they stand on the page, but for zeros: two of these may share a corner
NUMBERS = """(texts) => texts.filter((text) => text.textContent !== "0").map((text) => text.getBoundingClientRect())
  .map(({ left, top, right, bottom }) => [left + scrollX, top + scrollY, right + scrollX, bottom + scrollY])"""


def _luminances(image):
    """Of all pixels of a picture, as WCAG has it."""
    share = np.asarray(image).reshape(-1, 3) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def _contrast(image):
    light = _luminances(image)
    return (light.max() + 0.05) / (light.min() + 0.05)


def test_an_explorer_that_is_taken_off_the_page_draws_no_more_and_goes_on_when_it_is_back(show):
    page = show(bowl())
    _rest(page)
    unfinished = """async () => {
      window.taken = document.querySelector(".dh-explorer");
      const unfinished = () => taken.querySelectorAll(".gd-unfinished").length;
      await new Promise((done) => {
        new MutationObserver((_, watch) => {
          if (!unfinished()) return;
          watch.disconnect();
          taken.remove();
          done();
        }).observe(taken, { subtree: true, attributes: true });
        document.documentElement.dataset.theme = "dark";  // the ground is painted anew, roughly at first
      });
      await new Promise((done) => setTimeout(done, 1000));  // it would have gone on
      return unfinished();
    }"""
    assert page.evaluate(unfinished) == 1
    page.evaluate("() => document.querySelector('main').append(taken)")
    page.evaluate("() => { document.documentElement.dataset.theme = 'light'; }")
    _rest(page)
    ((width, _, _),) = _grounds(page)
    assert width > 200  # as fine as it gets


# Settings are moved one by one; after each move, what is computed and drawn with what was kept of the moves before, and what anew.
KEPT = """([saved, moves]) => {
  const now = { ...saved, predict: "" }, get = (name) => now[name], size = [150, 120];
  const made = () => {
    const image = (width, height, colour) => [0, 1, 2, 3].map((i) => colour(Math.floor(width * height * i / 4))).join();
    const state = stateOf(get, { colour: () => [0, 90, 180], image });
    // a point that is dragged leaves the axes of a curve as they are
    const panels = panelsOf(state).filter((panel) => panel !== curvePanel || !state.points.length);
    const drawn = panels.map((panel, i) => {
      const axes = axesOf(panel.names(state), `clip-${i}`), draw = () => panel.draw(state, axes(size), size);
      return () => {
        for (const _ of panel.slow?.(state, draw().place)?.steps() ?? []);
        return draw().marks.map(asText);
      };
    });
    return () => {
      update(state);
      return JSON.stringify([state.results, state.sentences, drawn.map((draw) => draw())]);
    };
  };
  const moved = made();
  return moves.filter(([name, share]) => {
    const [low, high, grain] = saved.settings[name];
    const place = share * (high - low);
    now[name] = low + (grain ? Math.round(place / grain) * grain : place);
    return moved() !== made()();
  });
}"""


def _differ_when_moved(script, make):
    saved, rng = make()._still_state(), random.Random(1)
    names = [name for name in saved["settings"] if not name.startswith("guess")]
    moves = [(rng.choice(names), rng.random()) for _ in range(30)]
    if "steps" in names:
        low, high, _ = saved["settings"]["steps"]
        few, one_more, *others = [("steps", k / (high - low)) for k in (20, 21, 8, 35, 0, 16)]
        moves += [few, (names[0], 0.02), one_more, *others]
    return script.evaluate(KEPT, [saved, moves])


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_kept_of_the_moves_before_is_as_computed_anew(script, make):
    assert _differ_when_moved(script, make) == []


@pytest.mark.parametrize(
    ("right", "wrong", "make"),
    [
        ("from = data === given ? fixed : 0", "from = given === r ? 0 : fixed", turned),  # an angle of long ago
        ("kept.made.path.length > n ||", "kept.made.path.length >= n ||", scheduled),  # a step too few
        ("all.slice(0, n + 1)", "all.slice(0, n)", scheduled),
        ("const causes = [valued(state, run), ", "const causes = [", bowl),
        ("turns, w0, depends", "turns, depends", bowl),
        ("run.roots?.map(get)", "0", planned),
        ('"first", [made]', '"first", []', trained),
        ('"begins", [place, get("units"), get("draw")]', '"begins", [place, get("units")]', told_apart),
        ('"ends", [place, now]', '"ends", [place]', told_apart),
    ],
)
def test_what_is_kept_too_long_is_noticed(mistaken, make):
    assert _differ_when_moved(mistaken, make)


@pytest.mark.parametrize("make", MAKERS)
def test_shaken_through_500_states(show, make):
    """Corners and random states of all sliders: no error, no NaN, nothing drawn outside its frame."""
    page = show(make(), before=HURRIED)
    rng = random.Random(0)
    sliders = page.locator("input[type=range]")
    ends = sliders.evaluate_all("(all) => all.map((s) => [Number(s.min), Number(s.max), s.step])")
    states = [[rng.choice([low, high]) if k < 60 else rng.uniform(low, high) for low, high, _ in ends] for k in range(500)]
    bad = page.evaluate(
        """async (states) => {
          const sliders = document.querySelectorAll("input[type=range]");
          const wrong = (node) => /NaN|Infinity|undefined/.test(node.outerHTML);
          for (const places of states) {
            sliders.forEach((slider, i) => {
              slider.value = places[i];
              slider.dispatchEvent(new Event("input"));
            });
            do await new Promise(requestAnimationFrame);
            while (document.querySelector("div.gd-unfinished"));
            const drawn = document.querySelectorAll(".gd-panels path, .gd-panels circle, .gd-panels text, .gd-text");
            if ([...drawn].some(wrong)) return places;
          }
        }""",
        states,
    )
    assert bad is None
    inside = page.evaluate("""() => [...document.querySelectorAll(".gd-way, .gd-dots, .gd-last, .gd-beside, .gd-point")]
        .every((node) => node.closest("g[clip-path]"))""")
    assert inside


@EVERY_KIND
@pytest.mark.parametrize("scheme, rules", [("light", None), ("dark", COLOURS)], ids=["light", "dark"])
def test_no_accessibility_violation_at_all(drawn, scheme, rules):
    """By all of axe's rules, and in the dark by those that have to do with colours."""
    page, _ = drawn
    page.set_viewport_size({"width": 900, "height": 1000})
    page.emulate_media(color_scheme=scheme)
    page.evaluate(
        """(scheme) => {
      document.documentElement.dataset.theme = scheme;
      document.body.style.background = scheme === "dark" ? "#121212" : "#ffffff";
      document.body.style.color = scheme === "dark" ? "#ffffff" : "#000000";
    }""",
        scheme,
    )
    page.locator(".gd-table").evaluate("(fold) => { fold.open = true; }")
    _rest(page)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = Axe().run(page, options=options).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


def test_on_a_phone_and_back(show):
    page = show(three())
    widths = "() => [...document.querySelectorAll('.gd-panels svg')].map((svg) => svg.viewBox.baseVal.width)"
    beside = page.evaluate(widths)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => document.querySelector('.gd-panels svg').viewBox.baseVal.width < 390")
    page.get_by_text("The first steps as a table").click()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 900, "height": 1000})
    page.wait_for_function(f"() => JSON.stringify(({widths})()) === '{json.dumps(beside).replace(' ', '')}'")


def _points(path):
    """The points of a path of M and L commands, in pixels."""
    return [tuple(map(float, pair.split())) for pair in path.replace("L", "M").split("M")[1:]]


def test_the_bound_touches_and_its_lowest_point_is_the_next_iterate(show):
    # L = 2 and eta = 1/2: the step leads to the minimum of the bound
    page = show(bounded())
    bound = _points(page.locator(".gd-bound").get_attribute("d"))
    first = page.locator(".gd-dots").get_attribute("d").split("h0")[0].removeprefix("M").split()
    bottom = max(y for _, y in bound)  # pixels grow downwards, and are told by halves
    lowest = [x for x, y in bound if y == bottom]
    assert (lowest[0] + lowest[-1]) / 2 == pytest.approx(float(first[0]), abs=bound[1][0] - bound[0][0])
    # by the descent lemma the curve lies below its bound, everywhere
    curve = _points(page.locator(".gd-panels svg").first.locator(".gd-curve").get_attribute("d"))
    assert all(c[1] >= b[1] - 0.5 for c, b in zip(curve, bound, strict=True))


def test_the_sweep_counts_as_python_does(show):
    picture = sweep()
    page = show(picture)
    page.wait_for_function(
        """() => {
      const drawn = document.querySelectorAll(".gd-panels svg")[1].querySelector(".gd-curve").getAttribute("d");
      return window.before === drawn || (window.before = drawn, false);
    }""",
        polling=300,
    )  # it is counted in slices, while the page rests
    drawn = _points(page.locator(".gd-panels svg").nth(1).locator(".gd-curve").get_attribute("d"))
    converging = 0
    for k in range(121):
        eta = 10 ** (-10 * 0.30102999566398120 + 12 * 0.30102999566398120 * k / 120)  # from 1/1024 to 4
        run = gradient_descent(BOWL, BOWL.grad, [1, 1], eta, max_iter=200)
        converging += run.converged
    assert len(drawn) == converging > 10


BOWL = objectives.quadratic(10)


def test_the_cobweb_goes_up_to_the_map_and_across_to_the_diagonal(show):
    page = show(cobweb())
    web = _points(page.locator(".gd-beside").get_attribute("d"))
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(web))  # upright or level, never slanting
    diagonal = _points(page.locator(".gd-diagonal").get_attribute("d"))
    for x, y in web[::2]:  # every second corner lies on the diagonal
        share = (x - diagonal[0][0]) / (diagonal[1][0] - diagonal[0][0])
        assert y == pytest.approx(diagonal[0][1] + share * (diagonal[1][1] - diagonal[0][1]), abs=0.75)


def test_the_basins_are_where_the_minima_are(show):
    page = show(basins())
    page.wait_for_function(
        """() => new Promise((done) => {
      const image = new Image();
      image.onload = () => done(image.naturalWidth === 160);
      image.src = document.querySelector(".gd-panels image").getAttribute("href");
    })""",
        timeout=60_000,
        polling=500,
    )
    colours = page.evaluate(
        """async (spots) => {
      const image = new Image();
      image.src = document.querySelector(".gd-panels image").getAttribute("href");
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return spots.map(([x, y]) => String(context.getImageData(x * image.width, y * image.height, 1, 1).data));
    }""",
        [_share(minimum) for minimum in objectives.himmelblau().minima.tolist()],
    )
    grey = "154,154,154,255"
    assert len(set(colours)) == 4
    assert grey not in colours
    # and a cross stands on each
    box = page.locator(".gd-map image")
    x, y, width, height = (float(box.get_attribute(name)) for name in ("x", "y", "width", "height"))
    crosses = page.locator(".gd-minima").get_attribute("d").split("M")[1:]
    for cross, minimum in zip(crosses, objectives.himmelblau().minima, strict=True):
        across, up = _share(minimum)
        assert [float(v) for v in cross.split("m")[0].split()] == pytest.approx(
            [x + across * width, y + up * height], abs=0.5
        )


def _share(w):
    (left, right), (low, high) = objectives.himmelblau().window
    return (w[0] - left) / (right - left), 1 - (w[1] - low) / (high - low)


@EVERY_KIND
def test_every_explorer_gives_back_what_its_link_holds(drawn, show):
    page, picture = drawn
    page.locator("input[type=range]").evaluate_all("""(sliders) => sliders.forEach((slider) => {
      slider.value = (Number(slider.min) + 2 * Number(slider.max)) / 3;
      slider.dispatchEvent(new Event("input"));
    })""")
    page.get_by_role("button", name="Copy link to this picture").click()
    again = show(picture, fragment=page.evaluate("location.hash"))
    _settle(again)
    values = "(sliders) => sliders.map((slider) => Number(slider.getAttribute('aria-valuetext')))"
    here, there = (p.locator("input[type=range]").evaluate_all(values) for p in (page, again))
    assert there == pytest.approx(here, rel=1e-5)
    # six digits are kept: the same words, but for the last digits of numbers
    told = [[w for w in _sentences(p).split() if not any(map(str.isdigit, w))] for p in (page, again)]
    assert told[0] == told[1]


@EVERY_KIND
def test_every_explorer_prints(drawn):
    page, _ = drawn
    page.set_viewport_size({"width": 900, "height": 1000})
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    paper = page.pdf(print_background=False)
    assert paper.startswith(b"%PDF") and len(paper) > 10_000
    page.emulate_media(media="print")
    assert page.locator(".gd-panels svg").first.is_visible()
    assert not page.locator(".gd-buttons").is_visible()
    # black on white, though the page is dark
    ink = page.locator(".gd-axes text").first.evaluate("(node) => getComputedStyle(node).fill")
    assert ink == "rgb(0, 0, 0)"
