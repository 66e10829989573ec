"""Every page of the built book, in a real browser."""

import json
import re
from pathlib import Path

import pytest

from gdlib.explore.explorer import Picture
from press.stage import AWAKE
from tests.browser.audit import serious_violations, violations_in_other_colours
from tests.browser.conftest import opened

pytestmark = pytest.mark.browser

CHAPTERS = Path(__file__).parents[2] / "chapters"
VIEW = "application/vnd.jupyter.widget-view+json"


def _explorers(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    return [o["data"] for o in outputs if VIEW in o.get("data", {})]


PAGES = sorted(re.findall(r"chapters/([\w/-]+)", (CHAPTERS.parent / "_toc.yml").read_text(encoding="utf-8")))
NOTEBOOKS = {name: _explorers(path) for name in PAGES if (path := CHAPTERS / f"{name}.ipynb").exists()}
WITH_EXPLORERS = [name for name, explorers in NOTEBOOKS.items() if explorers]


def _sentences(picture):
    return "\n".join(picture.locator(".gd-text p").all_inner_texts())


def _state(picture):
    """The sentences, and all that is drawn."""
    return _sentences(picture), picture.locator(".gd-panels").inner_html()


# Which explorers of the page say, and which show, something else than when this was asked last, once the page rests: two lists of
# numbers. Compared where the pictures are, and only those in which anything has stirred: to write out all pictures before and
# after each move took most of the time.
CHANGED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let left = 1000; left === 1000 || document.querySelector(".gd-unfinished"); left--) {
    if (!left) throw new Error("a picture is never finished");
    await frame();
    await frame();
  }
  const seen = (picture) => [
    [...picture.querySelectorAll(".gd-text p")].map((line) => line.innerText).join("\\n"),
    picture.querySelector(".gd-panels").innerHTML,
  ];
  const pictures = [...document.querySelectorAll(".dh-explorer.dh-alive")];
  if (!window.seenBefore) {
    window.stirred = new Set();
    window.seenBefore = pictures.map(seen);
    window.watching = pictures.map((picture, i) => {
      const observer = new MutationObserver(() => stirred.add(i));
      for (const part of picture.querySelectorAll(".gd-text, .gd-panels")) {
        observer.observe(part, { childList: true, characterData: true, attributes: true, subtree: true });
      }
      return observer;
    });
  }
  const changed = [[], []];
  for (const i of [...stirred].sort((a, b) => a - b)) {
    const now = seen(pictures[i]);
    for (const part of [0, 1]) if (now[part] !== seenBefore[i][part]) changed[part].push(i);
    seenBefore[i] = now;
  }
  stirred.clear();
  return changed;
}"""


SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  do for (const _ of [1, 2]) await frame();
  while (document.querySelector("div.gd-unfinished"));
}"""


def _settle(page):
    """What was asked for is drawn in the next frame; a network is trained in as many as it takes."""
    page.evaluate(SETTLED)


def _rest(page):
    """And what is too long for a frame is drawn finer and finer while the page rests: nothing changes after that."""
    _settle(page)
    page.wait_for_function("() => !document.querySelector('.gd-unfinished')")


@pytest.fixture(scope="module")
def read(request, browser, address):
    """A page of the book and its name. It is opened once for the tests below, that of the sliders last: pytest puts a page's together."""
    with opened(browser, f"{address}/chapters/{request.param}.html") as page:
        yield page, request.param


@pytest.fixture(scope="module")
def at_night(request, browser, address):
    """A page opened on a telephone whose system is dark."""
    telephone = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}
    with opened(browser, f"{address}/chapters/{request.param}.html", **telephone) as page:
        yield page


EVERY_PAGE = pytest.mark.parametrize("read", PAGES, indirect=True)
EVERY_PAGE_AT_NIGHT = pytest.mark.parametrize("at_night", PAGES, indirect=True)
WITH_EXPLORERS_ONLY = pytest.mark.parametrize("read", WITH_EXPLORERS, indirect=True)


@WITH_EXPLORERS_ONLY
def test_the_first_sentence_is_the_notebooks(read):
    page, name = read
    _rest(page)
    said = [_sentences(picture) for picture in page.locator(".dh-explorer").all()]
    assert said == ["".join(explorer["text/plain"]) for explorer in NOTEBOOKS[name]]


@WITH_EXPLORERS_ONLY
def test_where_the_script_runs_no_still_is_fetched(read):
    page, name = read  # and all of it has been scrolled through
    stills = page.evaluate("() => [...document.querySelectorAll('.dh-explorer > img')].map((img) => img.currentSrc)")
    assert stills == [""] * len(NOTEBOOKS[name])


@EVERY_PAGE
def test_no_serious_accessibility_violation(read):
    page, _ = read
    assert page.locator("html").get_attribute("data-theme") == "light"
    assert serious_violations(page) == []


@EVERY_PAGE_AT_NIGHT
def test_nothing_is_wider_than_a_phone(at_night):
    for width in (390, 320):  # as it was opened, and then on one that is narrower
        at_night.set_viewport_size({"width": width, "height": 844})
        _rest(at_night)
        assert at_night.evaluate("document.scrollingElement.scrollWidth") <= width


@EVERY_PAGE_AT_NIGHT
def test_nor_is_there_one_in_the_dark(at_night):
    at_night.set_viewport_size({"width": 1280, "height": 900})
    _rest(at_night)
    assert at_night.locator("html").get_attribute("data-theme") == "dark"
    assert violations_in_other_colours(at_night) == []


@WITH_EXPLORERS_ONLY
def test_every_slider_moves_its_own_picture_and_sentence(read):
    page, name = read
    explorers = page.locator(".dh-explorer.dh-alive")
    assert explorers.count() == len(NOTEBOOKS[name])
    for i in range(explorers.count()):
        picture, sliders = explorers.nth(i), explorers.nth(i).locator("input[type=range]")
        assert sliders.count() == _saved_sliders(name)[i]
        for k in range(sliders.count()):
            slider = sliders.nth(k)
            slider.scroll_into_view_if_needed()
            moves = (_press_left, _press_home, _drag)
            label = slider.evaluate("(slider) => slider.labels[0].textContent")
            if label == "draw":
                # where all points make a step, every draw is the same: one of them a step
                _press_home(page, picture.get_by_role("slider", name=re.compile("^batch size( B)?$")))
                _settle(page)
            if label == "steps":
                # a run that has converged has no use for more steps: count from the first
                _press_home(page, slider)
                _settle(page)
                moves = (_press_right, _drag, _press_home)
            elif slider.evaluate("(slider) => slider.value === slider.min"):  # one row a step
                moves = (_press_right, _press_home, _drag)
            page.evaluate(CHANGED)
            for move in moves:
                move(page, slider)
                said, shown = page.evaluate(CHANGED)
                assert said == [i], f"explorer {i}, slider {k}: the sentence stands still, or another changes"
                assert shown == [i], f"explorer {i}, slider {k}: the picture stands still, or another moves"


def _saved_sliders(name):
    """Of each explorer of a notebook, how many sliders are saved with it."""
    notebook = json.loads((CHAPTERS / f"{name}.ipynb").read_text(encoding="utf-8"))
    saved = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    views = [saved[explorer[VIEW]["model_id"]]["state"]["children"] for explorer in NOTEBOOKS[name]]
    kinds = [[saved[child.removeprefix("IPY_MODEL_")]["model_name"] for child in children] for children in views]
    return [sum("Slider" in kind for kind in of) for of in kinds]


def _press_left(page, slider):
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")


def _press_right(page, slider):
    slider.focus()
    page.keyboard.press("ArrowRight")


def _press_home(page, slider):
    slider.focus()
    page.keyboard.press("Home")


def _drag(page, slider):
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 10, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.57 * box["width"], y, steps=2)
    page.mouse.up()


def test_a_finger_moves_a_slider(visit, address):
    page = visit(f"{address}/chapters/index.html", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    picture = page.locator(".dh-explorer").first
    page.evaluate(CHANGED)
    box = picture.locator("input[type=range]").first.bounding_box()
    page.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    assert page.evaluate(CHANGED) == [[0], [0]]


def test_an_exact_number_can_be_typed(visit, address):
    page = visit(f"{address}/chapters/index.html")
    picture = page.locator(".dh-explorer").first
    box = picture.get_by_label("learning rate η, exact")
    box.fill("0.3")
    _settle(page)
    assert _sentences(picture).startswith("η = 0.3 from")
    slider = picture.locator("input[type=range]").first
    assert slider.get_attribute("aria-valuetext") == "0.3"
    box.fill("1000")  # outside the slider's range: refused, and put right on leaving
    box.blur()
    assert box.input_value() == "0.3"
    assert picture.get_by_role("alert").first.inner_text() == "“1000” is not between 0.01563 and 2. It stays at 0.3."


def test_sliders_have_names(visit, address):
    page = visit(f"{address}/chapters/index.html")
    assert page.get_by_role("slider", name="learning rate η", exact=True).count() == 1
    assert page.get_by_role("slider", name="start w₀", exact=True).count() == 1


def test_the_sentence_is_spoken_once_the_slider_rests(visit, address):
    page = visit(f"{address}/chapters/index.html")
    assert page.locator(".gd-spoken").first.get_attribute("aria-live") == "polite"
    seen, spoken = page.evaluate("""async () => {
      const counts = { "gd-text": 0, "gd-spoken": 0 };
      for (const name in counts)
        new MutationObserver(() => counts[name]++).observe(
          document.querySelector("." + name), { childList: true, characterData: true, subtree: true });
      const slider = document.querySelector("input[type=range]");
      for (let k = 0; k < 40; k++) {
        slider.value = -5 + k / 8;
        slider.dispatchEvent(new Event("input"));
        await new Promise(requestAnimationFrame);
      }
      return Object.values(counts);
    }""")
    assert seen >= 20
    assert spoken <= seen / 10
    page.wait_for_function(
        "() => document.querySelector('.gd-spoken').textContent === document.querySelector('.gd-text').textContent"
    )


@pytest.mark.parametrize("name", WITH_EXPLORERS)
def test_without_javascript_there_is_a_picture_and_its_sentence(visit, address, name):
    page = visit(f"{address}/chapters/{name}.html", java_script_enabled=False)
    explorers = page.locator(".dh-explorer").all()
    assert len(explorers) == len(NOTEBOOKS[name])
    for shown, saved in zip(explorers, NOTEBOOKS[name]):
        sentences = "".join(saved["text/plain"]).split("\n")
        assert shown.locator("img").is_visible()
        assert shown.locator("img").get_attribute("alt") == " ".join(sentences)
        assert shown.locator(".dh-still-text").all_inner_texts() == sentences


def test_on_paper_the_picture_stays_and_the_sliders_go(visit, address):
    page = visit(f"{address}/chapters/index.html")
    page.emulate_media(media="print")
    picture = page.locator(".dh-explorer").first
    assert picture.locator("svg").is_visible()
    assert picture.locator(".gd-text").is_visible()
    assert not picture.locator("input[type=range]").first.is_visible()


def test_opened_as_a_file_it_is_alive_too(browser, site):
    page = browser.new_page()
    page.goto((site / "chapters" / "index.html").as_uri())
    page.wait_for_selector("html[data-player=ready]", state="attached")
    page.evaluate(AWAKE)
    assert page.locator(".dh-alive").count() == len(NOTEBOOKS["index"])
    page.close()


def test_one_file_holds_the_script_of_all_pages(site):
    pages = [(site / "chapters" / f"{name}.html").read_text(encoding="utf-8") for name in WITH_EXPLORERS]
    assert not any('"_esm":' in html or '"_css":' in html for html in pages)
    [script], [style] = (
        {name for html in pages for name in re.findall(rf'"{key}_file":"([^"]+)"', html)} for key in ("_esm", "_css")
    )
    assert (site / "_static" / style).read_text(encoding="utf-8") == Picture._css
    assert Picture._esm.replace("export default", "return") in (site / "_static" / script).read_text(encoding="utf-8")


def test_the_player_is_small(site):
    assert (site / "_static" / "player.js").stat().st_size < 15_000
