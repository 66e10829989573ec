"""The one style sheet gives every element the style that the theme's own sheets give it, in every state of the page."""

import re

import pytest

from tests.browser.conftest import opened

pytestmark = pytest.mark.browser

CHAPTER = "chapters/05-learning-rate.html"
OTHERS = ["index", "bibliography", "glossary", "theorems", "constants", "library/objectives"]

STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"

# The sheets that the one was made from, beside it and without effect; and its fonts, which are there whichever is in effect.
BESIDE = """async (names) => {
  const one = document.querySelector("link[href*='page.css']");
  await Promise.all(names.map((name) => new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", className: "whole", onerror: failed });
    link.media = "not all";  // until it is disabled: else all would be laid out by it meanwhile
    link.onload = () => {
      link.sheet.disabled = true;
      link.media = "all";
      done();
    };
    link.href = new URL(name, one.href);
    one.before(link);
  })));
  for (const rule of one.sheet.cssRules) {
    if (!(rule instanceof CSSFontFaceRule)) continue;
    const { fontFamily, fontStyle, fontWeight } = rule.style;
    const source = rule.style.getPropertyValue("src").replace(/url\\("?([^")]+)"?\\)/g, (_, url) => `url("${new URL(url, one.href)}")`);
    const face = new FontFace(fontFamily.replaceAll('"', ""), source, { style: fontStyle || "normal", weight: fontWeight || "normal" });
    document.fonts.add(await face.load());
  }
}"""

# One element of each sort, by its name and classes and its parent's, with all of its style and its pseudo-elements', by the one
# sheet and by those it was made from. Nothing else runs meanwhile. The zoom has all laid out anew: else Chromium may
# give a margin that is `auto` as it was, or as 0.
STYLES = """() => {
  const one = document.querySelector("link[href*='page.css']"), whole = [...document.querySelectorAll("link.whole")];
  const sort = (node) => `${node.localName}.${node.getAttribute("class") ?? ""}`;
  const sorts = new Map();
  for (const node of document.querySelectorAll("html, body, body *")) {
    if (node.closest("math *, svg *, script")) continue;
    const name = `${node.parentElement ? sort(node.parentElement) : ""} > ${sort(node)}`;
    if (!sorts.has(name)) sorts.set(name, node);
  }
  const keys = [...getComputedStyle(document.body)].filter((key) => !key.startsWith("--"));
  const style = (node, part) => {
    const told = getComputedStyle(node, part);
    return part && told.content === "none" ? [] : keys.map((key) => told.getPropertyValue(key));
  };
  const told = (light) => {
    one.sheet.disabled = !light;
    for (const link of whole) link.sheet.disabled = light;
    for (const zoom of [1.01, ""]) {
      document.body.style.zoom = zoom;
      document.body.getBoundingClientRect();
    }
    for (const node of sorts.values()) node.getBoundingClientRect();  // nor is what a fold hides laid out before it is asked for
    return [...sorts.values()].map((node) => [null, "::before", "::after"].map((part) => style(node, part)));
  };
  const full = told(false), light = told(true);
  const lost = [...sorts.keys()].flatMap((name, i) => full[i].flatMap((was, part) => keys.flatMap((key, k) => {
    const is = light[i][part][k];
    return was[k] === is ? [] : [[name, ["", "::before", "::after"][part], key, was[k], is]];
  })));
  return { lost, sorts: sorts.size, keys: keys.length };
}"""


@pytest.fixture(scope="module")
def page(request, browser, address, site):
    """A page with the theme's own sheets beside the one. It is opened once for all its states, the last of which stays."""
    path, options = request.param
    text = (site / "_static/page.css").read_text(encoding="utf-8")
    with opened(browser, f"{address}/{path}", **options) as page:
        page.add_style_tag(content=STILL)
        page.evaluate(BESIDE, re.search(r"/\* From (.*?): what", text)[1].split())
        yield page


def pages(**places):
    """The pages that a test looks at, by name: an address and how it is opened."""
    return pytest.mark.parametrize("page", places.values(), ids=places.keys(), indirect=True)


def _same(page):
    found = page.evaluate(STYLES)
    assert found["sorts"] > 50 and found["keys"] > 300
    assert found["lost"] == []


def _back(page):
    """Out of a state into the plain page; what has been unfolded stays so."""
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)


def plain(page):
    pass


def unfolded(page):
    page.evaluate("() => document.querySelectorAll('details').forEach((fold) => fold.open = true)")
    page.evaluate("() => document.querySelectorAll('.toggle-button').forEach((button) => button.click())")


def menu(page):
    page.get_by_role("button", name="Download this page").click()
    page.locator(".dropdown-menu.show").first.wait_for()


def tooltip(page):
    page.get_by_role("button", name="Color mode").hover()
    page.locator(".tooltip.show").wait_for()


def search(page):
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog[open]").wait_for()


def copied(page):
    page.locator("div.highlight").first.hover()
    page.locator("button.copybtn").first.click()
    page.locator("button.copybtn.success").wait_for()


def scrolled_back(page):
    page.locator(".bd-article").hover(position={"x": 20, "y": 200})  # not over the contents, which scroll by themselves
    page.mouse.wheel(0, 3000)
    page.wait_for_function("window.bootstrap")
    page.mouse.wheel(0, 1000)
    page.wait_for_function("scrollY > 2500")
    page.mouse.wheel(0, -500)
    page.locator("#pst-back-to-top").wait_for(state="visible")


def paper(page):
    page.emulate_media(media="print")


def contents(page):
    page.locator("button.primary-toggle").click()
    page.locator("#pst-primary-sidebar-modal[open]").wait_for()


@pages(light=(CHAPTER, {"color_scheme": "light"}), dark=(CHAPTER, {"color_scheme": "dark"}))
@pytest.mark.parametrize("state", [plain, menu, tooltip, search, copied, paper, unfolded])
def test_a_chapter_looks_as_with_all_of_the_themes_styles(page, state):
    state(page)
    _same(page)
    _back(page)


@pages(telephone=("chapters/01-walking-downhill.html", {"viewport": {"width": 390, "height": 844}}))
@pytest.mark.parametrize("state", [plain, contents, search, scrolled_back, unfolded])
def test_so_it_does_on_a_telephone(page, state):
    state(page)
    _same(page)
    _back(page)


@pages(**{name: (f"chapters/{name}.html", {}) for name in OTHERS})
def test_so_do_the_other_pages(page):
    _same(page)


@pages(found=("search.html?q=gradient", {}))
def test_so_does_what_the_search_found(page):
    page.locator("#search-results li").first.wait_for()
    _same(page)


def test_a_press_on_the_menu_before_its_script_is_there_opens_it(visit, address):
    page = visit(f"{address}/chapters/index.html")
    assert page.evaluate("() => window.bootstrap === undefined")
    page.evaluate("() => document.querySelector('[data-bs-toggle=dropdown]').click()")  # with no pointer that came near
    page.locator(".dropdown-menu.show").first.wait_for()
