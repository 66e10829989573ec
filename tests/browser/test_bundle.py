"""The one style sheet gives every element the style that the theme's own sheets give it, in every state of the page."""

import re

import pytest

pytestmark = pytest.mark.browser

STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"

# One element of each sort, by its name and classes and its parent's, with all of its style and its pseudo-elements'.
STYLES = """() => {
  const sort = (node) => `${node.localName}.${node.getAttribute("class") ?? ""}`;
  const sorts = new Map();
  for (const node of document.querySelectorAll("body, body *")) {
    if (node.closest("math *, svg *")) continue;
    const name = `${sort(node.parentElement)} > ${sort(node)}`;
    if (!sorts.has(name)) sorts.set(name, node);
  }
  const told = (style) => [...style].filter((key) => !key.startsWith("--")).map((key) => `${key}: ${style.getPropertyValue(key)}`).join("\\n");
  return [...sorts].map(([name, node]) => [name,
    [null, "::before", "::after"].map((part) => told(getComputedStyle(node, part))).join("\\n")]);
}"""

# In the place of the one sheet, those it was made from.
SWAP = """async (names) => {
  const one = document.querySelector("link[href*='page.css']");
  await Promise.all(names.map((name) => new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", onload: done, onerror: failed });
    link.href = new URL(name, one.href).href;
    one.before(link);
  })));
  one.remove();
  document.fonts && await document.fonts.ready;
}"""


def _same(page, site):
    page.add_style_tag(content=STILL)
    page.wait_for_timeout(200)
    text = (site / "_static/page.css").read_text(encoding="utf-8")
    before = page.evaluate(STYLES)
    page.evaluate(SWAP, re.search(r"/\* From (.*?): what", text)[1].split())
    page.wait_for_timeout(200)
    after = page.evaluate(STYLES)
    assert len(before) == len(after) > 50
    for (sort, light), (_, full) in zip(before, after):
        assert light == full, (sort, [pair for pair in zip(light.split("\n"), full.split("\n")) if pair[0] != pair[1]])


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", [plain, unfolded, menu, tooltip, search, copied, scrolled_back, paper])
def test_a_chapter_looks_as_with_all_of_the_themes_styles(visit, address, site, state, scheme):
    page = visit(f"{address}/chapters/05-learning-rate.html", color_scheme=scheme)
    state(page)
    _same(page, site)


@pytest.mark.parametrize("state", [plain, unfolded, contents, search])
def test_so_it_does_on_a_telephone(visit, address, site, state):
    page = visit(f"{address}/chapters/01-walking-downhill.html", viewport={"width": 390, "height": 844})
    state(page)
    _same(page, site)


@pytest.mark.parametrize("name", ["index", "bibliography", "glossary", "theorems", "constants", "library/objectives"])
def test_so_do_the_other_pages(visit, address, site, name):
    _same(visit(f"{address}/chapters/{name}.html"), site)


def test_so_does_what_the_search_found(visit, address, site):
    page = visit(f"{address}/search.html?q=gradient")
    page.locator("#search-results li").first.wait_for()
    _same(page, site)


def test_a_press_on_the_menu_before_its_script_is_there_opens_it(visit, address):
    page = visit(f"{address}/chapters/index.html")
    assert page.evaluate("() => window.bootstrap === undefined")
    page.evaluate("() => document.querySelector('[data-bs-toggle=dropdown]').click()")  # with no pointer that came near
    page.locator(".dropdown-menu.show").first.wait_for()
