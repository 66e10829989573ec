"""The slides: they hold the core of each chapter and nothing else, ask no other host, and their links lead somewhere."""

import re
from os.path import normpath
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from press import slides
from tests.book.test_site import ELSEWHERE, Page, place

CHAPTER = """<html><head><title>T</title><link rel="stylesheet" href="../_static/book.css"><link rel="icon" href="x.svg">
<link rel="preload" as="script" href="../_static/widgets/1.js"><script src="../_static/book.js?v=1"></script></head><body><nav>no</nav>
<article class="bd-article"><section id="t"><h1>1. T<a class="headerlink" href="#t">#</a></h1><p>Why?</p>
<ul><li>say it</li></ul><p><b>Time</b>: long</p>
<section id="one"><h2>One</h2><p>{long}</p><p>See <a href="#two">two</a> and <a href="#further-x">x</a>:</p>
<div class="math">a = b</div><div class="predict admonition"><p>Which?</p></div>
<div class="dh-after"><p>That one, <a href="02-b.html#c">said</a> <a href="https://example.org/">elsewhere</a>.</p></div>
<div class="cell"><div class="cell_input">code</div><div class="cell_output"><div class="dh-explorer"></div></div></div>
<section id="two"><h3>Two</h3><p>Two.</p></section></section>
<section id="exercises"><h2>Exercises</h2><p>Do it.</p></section>
<section id="further-x"><h2>Further: x</h2><p>More.</p></section></section></article></body></html>
""".replace("{long}", "word " * 115)


def made(page=CHAPTER):
    soup = BeautifulSoup(slides.slides(page, "01-a"), "html.parser")
    return soup, [" ".join(part.get_text(" ").split()) for part in soup.select(".dh-slide")]


def test_a_chapter_is_cut_where_a_screen_is_full():
    _, texts = made()
    assert texts == [
        "1. T Why? say it",
        "One " + "word " * 114 + "word",
        "One See two and x : a = b Which?",  # a short paragraph stays with its formula; nothing follows a prediction
        "One That one, said elsewhere .",
        "Two Two.",
    ]


def test_a_heading_is_one_once():
    soup, _ = made()
    assert [(h.name, h.parent["id"]) for h in soup.select("h1, h2, h3")] == [("h1", "t"), ("h2", "one"), ("h3", "two")]
    assert [p.get_text() for p in soup.select(".dh-where")] == ["One", "One"]


def test_links_to_what_is_on_no_slide_lead_to_the_book():
    soup, _ = made()
    assert [a["href"] for a in soup.select("main a")] == [
        "#two",
        "../chapters/01-a.html#further-x",
        "../chapters/02-b.html#c",
        "https://example.org/",
    ]


def test_what_a_slide_needs_is_loaded_and_no_more():
    soup, _ = made()
    assert [script["src"] for script in soup.select("script")] == [
        "../_static/player.js",
        "../_static/predict.js",
        "slides.js",
    ]
    assert [link["href"] for link in soup.select("link[rel=preload]")] == ["../_static/widgets/1.js"]
    assert [link["href"] for link in soup.select("link[rel=stylesheet]")] == ["../_static/book.css", "slides.css"]
    assert soup.select(".cell_input") == []


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory):
    """The slides of the book, in a folder of their own beside what they need of the site."""
    beside = tmp_path_factory.mktemp("slides")
    for part in ("_static", "_images", "chapters"):
        (beside / part).symlink_to(site / part)
    return slides.main(site, beside / "slides").parent


def test_every_chapter_has_slides_and_every_link_leads_somewhere(site, folder):
    chapters = {path.name for path in (site / "chapters").glob("[0-9][0-9]-*.html")}
    assert {path.name for path in folder.glob("*.html")} == chapters | {"index.html"}
    pages = {
        path: Page(path.read_text("utf-8")) for path in [*folder.glob("*.html"), *folder.parent.glob("chapters/**/*.html")]
    }
    for path in folder.glob("*.html"):
        assert [address for address in pages[path].fetched if ELSEWHERE.match(address)] == []
        assert len(pages[path].ids) == len(set(pages[path].ids))
        for link in [*pages[path].links, *pages[path].fetched]:
            parts = urlsplit(link)
            target = Path(normpath(path.parent / unquote(parts.path))) if parts.path else path
            assert parts.scheme or target.exists(), (path.name, link)
            if parts.fragment and target in pages and not parts.scheme:
                assert place(parts.fragment) in pages[target].places, (path.name, link)


def test_the_core_is_on_the_slides_with_every_live_picture_of_it(site, folder):
    for path in folder.glob("[0-9]*.html"):
        chapter = BeautifulSoup((site / "chapters" / path.name).read_text("utf-8"), "html.parser").select_one(
            "article > section"
        )
        text = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        core = [part for part in chapter.find_all("section", recursive=False) if not part["id"].startswith(slides.LEFT_OUT)]
        words = {
            re.sub(r"\W+", " ", p.get_text()) for part in core for p in part.select("p") if not p.find_parent("details")
        }
        shown = {re.sub(r"\W+", " ", p.get_text()) for p in text.select("p")}
        assert words <= shown, words - shown
        live = sum(len(part.select(".dh-explorer")) for part in core)
        assert len(text.select(".dh-explorer")) == live
        assert not any(word in text.main.get_text() for word in ("Further:", "Show the check")), path.name
