"""The links of the teachers' page: each opens its explorer in its state, which then says what the page quotes."""

import re
from urllib.parse import unquote

import pytest

from tests.book.test_teachers import LINK, LINKS, PAGE
from tests.browser.conftest import NO_GUESS
from tests.browser.test_site import _sentences, _settle

pytestmark = pytest.mark.browser

ITEMS = [item for item in re.split(r"^: ", PAGE, flags=re.MULTILINE) if "explorer:" in item and "*Ask:*" in item]

# until the page has been told that its address is another
FOLLOW = """(hash) => {
  history.replaceState(null, "", "#");
  const told = new Promise((done) => addEventListener("hashchange", done, { once: true }));
  location.hash = hash;
  return told.then(() => true);
}"""


def opened(page, number, state):
    """The explorer's sentences, and the settings that its own link has, after a link was followed."""
    page.evaluate(FOLLOW, f"explorer-{number}&{'&'.join(state)}")
    _settle(page)
    explorer = page.locator(".dh-explorer").nth(number - 1)
    assert explorer.get_by_role("alert").all_inner_texts() == [""] * explorer.get_by_role("alert").count()
    explorer.get_by_role("button", name=re.compile("link")).first.click()
    link = unquote(page.evaluate("location.hash")).split(f"explorer-{number}&")[1].split("&explorer-")[0]
    return _sentences(explorer), dict(part.split("=") for part in link.split("&"))


@pytest.mark.parametrize("name", sorted({name for name, *_ in LINKS}))
def test_every_link_opens_its_explorer_in_its_state(visit, address, name):
    page, said = visit(f"{address}/chapters/{name}.html"), {}
    for number, state in [(number, state) for n, number, state in LINKS if n == name]:
        said[number, state], there = opened(page, number, state)
        for part in state:
            key, value = part.split("=")
            assert float(there[key]) == pytest.approx(float(value), rel=1e-4), (name, part)
    for item in ITEMS:
        here = [(int(number), tuple(state.split("&")[1:])) for n, number, state in LINK.findall(item) if n == name]
        for quoted in re.findall(r'"([^"]+)"', item) if here else []:
            assert any(quoted in said[link] for link in here), quoted


def test_a_link_on_the_page_is_followed(visit, address):
    page = visit(f"{address}/chapters/teachers.html")
    page.get_by_role("link", name="2.1", exact=True).click()
    page.wait_for_selector("html[data-player=ready]", state="attached")
    page.evaluate(NO_GUESS)
    assert "alternates sides and diverges" in _sentences(page.locator(".dh-explorer").nth(1))
