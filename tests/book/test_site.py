"""The book builds without a warning; its pages ask no other host and no link in them is broken."""

import gzip
import json
import re
import xml.etree.ElementTree as xml
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from press import ROOT
from press.signs import LETTERS, SIGNS

TAGS_THAT_FETCH = {
    "script",
    "img",
    "link",
    "iframe",
    "source",
    "audio",
    "video",
    "embed",
    "object",
    "track",
    "input",
    "use",
    "image",
}
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)
FETCHED_BY_STYLE = re.compile(r"url\(\s*['\"]?((?:https?:)?//[^'\")]+)|@import\s+['\"]((?:https?:)?//[^'\"]+)")
FETCHED_BY_SCRIPT = re.compile(
    r"""(?:\bimport\s*\(?|\bfrom|\bfetch\(|\.src\s*=|\.href\s*=|importScripts\()\s*["'`]((?:https?:)?//[^"'`]+)"""
)


class Page(HTMLParser):
    """What a page fetches, where it leads, and the places in it that a link can name."""

    def __init__(self, text):
        super().__init__()
        self.fetched, self.links, self.places, self.ids, self.explorers = [], [], set(), [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if attributes.get("id") else []
        self.places |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if "dh-explorer" in (attributes.get("class") or "").split():  # as the player numbers them
            self.explorers += 1
            self.places.add(f"explorer-{self.explorers}")
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag in TAGS_THAT_FETCH:
            self.fetched += [
                attributes[key] for key in ("src", "href", "data", "poster", "srcset", "xlink:href") if attributes.get(key)
            ]


@pytest.fixture(scope="session")
def pages(site):
    found = {page: Page(page.read_text(encoding="utf-8")) for page in site.rglob("*.html") if "_static" not in page.parts}
    assert found
    return found


def test_the_book_builds_without_a_warning(build):
    folder, done = build
    if done is None:
        pytest.skip(f"DOWNHILL_SITE names a ready site: {folder}")
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


def test_no_page_fetches_from_another_host(pages):
    abroad = {
        page.name: [address for address in content.fetched if ELSEWHERE.match(address)] for page, content in pages.items()
    }
    assert {name: found for name, found in abroad.items() if found} == {}


PARTS = {"msup": 2, "msub": 2, "msubsup": 3, "mfrac": 2, "mroot": 2, "mover": 2, "munder": 2, "munderover": 3}


def test_every_part_of_a_formula_is_there(site):
    formulas, wrong = 0, []
    for page in sorted(site.rglob("*.html")):
        for text in re.findall(r"<math.*?</math>", page.read_text(encoding="utf-8"), re.DOTALL):
            named = re.sub(r"&(?!(?:lt|gt|amp);)\w+;", lambda entity: unescape(entity[0]), text)  # XML knows no others
            formulas += 1
            wrong += [
                (page.name, text) for part in xml.fromstring(named).iter() if len(part) != PARTS.get(part.tag, len(part))
            ]
    assert formulas > 1000
    assert wrong == []


@pytest.mark.parametrize("ending", ["css", "js", "html"])
def test_no_style_or_script_fetches_from_another_host(site, ending):
    pattern = FETCHED_BY_STYLE if ending == "css" else FETCHED_BY_SCRIPT
    texts = {file: file.read_text(encoding="utf-8", errors="replace") for file in site.rglob(f"*.{ending}")}
    assert texts
    abroad = {file.name: pattern.findall(text) for file, text in texts.items()}
    assert {name: found for name, found in abroad.items() if found} == {}


@pytest.mark.parametrize(
    "text",
    ["<script src='https://cdn.example/x.js'>", "<link href='//cdn.example/x.css'>", "<img src='http://a.example/b.png'>"],
)
def test_a_foreign_address_is_noticed(text):
    assert [address for address in Page(text).fetched if ELSEWHERE.match(address)]


@pytest.mark.parametrize(
    "text", ['import x from "https://a.example/x.js"', "fetch('https://a.example')", 'import("//a.example/x.js")']
)
def test_a_foreign_script_is_noticed(text):
    assert FETCHED_BY_SCRIPT.search(text)


def place(fragment):
    """The place that a link names; to an explorer, its settings follow."""
    return unquote(fragment).split("&")[0] if fragment.startswith("explorer-") else unquote(fragment)


def test_every_link_within_the_book_leads_somewhere(site, pages):
    broken = []
    for page, content in pages.items():
        for link in content.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.exists() or (
                parts.fragment and target in pages and place(parts.fragment) not in pages[target].places | {"", "top"}
            ):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []


def test_pages_are_light(site, pages):
    """All that a page brings beside its own text and pictures: scripts, styles and the two fonts, as they travel.

    The index of the search page is not counted: it grows with the book.
    """
    fonts = sum(
        len(file.read_bytes())
        for file in (site / "_static/book-math.woff2", site / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2")
    )
    for page, content in pages.items():
        brought = {(page.parent / urlsplit(address).path).resolve() for address in content.fetched}
        sizes = {
            file.name: len(gzip.compress(file.read_bytes()))
            for file in brought
            if file.suffix in (".js", ".css") and file.stem != "searchindex"
        }
        assert sum(sizes.values()) + fonts < 220_000, f"{page.name}: {sizes}"


def test_no_id_is_there_twice(pages):
    twice = {
        page.name: sorted({name for name in content.ids if content.ids.count(name) > 1}) for page, content in pages.items()
    }
    assert {name: found for name, found in twice.items() if found} == {}


def test_chapters_keep_the_numbers_of_their_files(site):
    for page in (site / "chapters").glob("[0-9][0-9]-*.html"):
        number = int(page.name[:2])
        text = page.read_text(encoding="utf-8")
        assert f'<span class="section-number">{number}. </span>' in text
        theorems = re.findall(r'class="caption-number">[A-Z][a-z]+ ([\d.]+)', text)
        assert all(theorem.startswith(f"{number}.") for theorem in theorems)


def test_every_sign_of_the_formulas_is_in_the_sites_font(site):
    invisible = set("\n\u2061\u2062\u2063\u2064\u200b\ufe00\ufe01")
    for page in site.glob("chapters/**/*.html"):
        for formula in re.findall(r"<math.*?</math>", page.read_text(encoding="utf-8"), flags=re.DOTALL):
            shown = re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", formula, flags=re.DOTALL)
            missing = set(re.sub(r"&\w+;", "", shown)) - set(LETTERS + SIGNS) - invisible
            assert not missing, f"{page.name}: {missing} in {shown}: add them to press/signs.py and run tools/fonts.py"


def test_no_place_of_this_machine_is_in_the_notebooks():
    for notebook in ROOT.glob("chapters/**/*.ipynb"):
        text = notebook.read_text(encoding="utf-8")
        for place in (str(ROOT), str(Path.home()), "/tmp/", "/home/", "/Users/", "C:\\\\Users"):
            assert json.dumps(place)[1:-1] not in text, f"{notebook.name} tells {place}"
