"""Slides of a chapter's core, made from its finished page: the same text, formulas and live pictures, a screenful at a time.

A slide is a section, or a part of one that fits on a screen. All slides of a chapter are one page, which scrolls from slide to
slide: without JavaScript and on paper it is read like any other. `slides.js` turns the slides by keys.
"""

import re
from html import escape
from pathlib import Path
from shutil import copy
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, NavigableString

from press import ROOT

SITE = ROOT / "_build" / "html"
LEFT_OUT = ("exercises", "further", "sources", "in-the-library")  # sections, by how their address begins
ROOM = 120  # on a slide, in words; what is not text takes as much room as so many:
ROOM_OF = {"dh-explorer": 90, "img": 70, "pre": 25, "formula": 12, "math": 1, "details": 8, "script": 0.1, "annotation": 0.1}

PAGE = """<!doctype html>
<html lang="en" data-theme="light" data-content_root="../">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}: slides</title>
{head}
<link rel="icon" href="../_static/favicon.svg"><link rel="stylesheet" href="slides.css">
<script defer src="../_static/player.js"></script><script defer src="../_static/predict.js"></script>
<script defer src="slides.js"></script></head>
<body><main class="bd-content">
{slides}
</main></body></html>
"""
INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Downhill: slides</title><link rel="icon" href="../_static/favicon.svg"><link rel="stylesheet" href="slides.css"></head>
<body><main class="dh-list"><h1>Slides</h1>
<p>The core of each chapter. Arrow keys turn the slides; after a slider was moved, <kbd>Esc</kbd> gives them back the keys.</p>
<ul>
{chapters}
</ul></main></body></html>
"""


def slides(page, name):
    """The slides of the chapter `name`, from its finished page."""
    top, _, rest = page.partition("<body")
    head = BeautifulSoup(top, "html.parser").head
    chapter = BeautifulSoup(re.search("<article.*?</article>", rest, re.DOTALL)[0], "html.parser").article.section
    for link in chapter.select("a.headerlink"):
        link.decompose()
    for after in chapter.select(".dh-after"):
        after.unwrap()
    for code in chapter.select("details.hide, .cell:has(.dh-explorer) > .cell_input"):
        code.decompose()
    for note in chapter.ul.find_next_siblings(lambda block: block.name != "section"):
        note.decompose()  # what who reads the notebook needs, and how long it takes
    text = lead_back("\n".join(slide(*parts) for parts in screenfuls(chapter)), name)
    loaded = "\n".join(str(node) for node in head.find_all("link") if needed(node))
    return PAGE.format(title=escape(chapter.h1.get_text()), head=loaded, slides=text)


def needed(link):
    """Of what a page of the book loads: its styles, and what its live pictures run."""
    return link["rel"] in (["stylesheet"], ["preload"])


def screenfuls(section):
    """What stands on each slide: the section, its blocks, and whether the section has begun on a slide before."""
    heading, group, again = section.find(re.compile("^h[1-4]$"), recursive=False), [], False
    for block in section.find_all(recursive=False):
        inner = block.name == "section"
        if group and (inner or "predict" in group[-1].get("class", []) or sum(map(weight, [*group, block])) > ROOM):
            lead = [] if inner else leading(group, block)
            if rest := group[: len(group) - len(lead)]:
                yield section, rest, again
                group, again = lead, True
        if inner and not block["id"].startswith(LEFT_OUT):
            yield from screenfuls(block)
        elif not inner and block is not heading:
            group.append(block)
    if group:
        yield section, group, again


def leading(group, block):
    """A short paragraph before a list, a formula or a picture stays with it."""
    return group[-1:] if group[-1].name == "p" and block.name != "p" and weight(group[-1]) < 40 else []


def weight(node):
    """How many words of text take as much room."""
    if isinstance(node, NavigableString):
        return len(node.split())
    kinds = [node.name, *node.get("class", [])]
    return next((ROOM_OF[kind] for kind in kinds if kind in ROOM_OF), None) or sum(map(weight, node.children))


def slide(section, blocks, again):
    """A slide as HTML. Its heading is one on the first slide of a section; on the others it only says where we are."""
    heading = section.find(re.compile("^h[1-4]$"), recursive=False)
    words, kind = heading.decode_contents().strip(), heading.name
    top = f'<p class="dh-where">{words}</p>' if again else f"<{kind}>{words}</{kind}>"
    place = "" if again else f' id="{section["id"]}"'
    return f'<section class="dh-slide"{place}>\n{top}\n' + "\n".join(map(str, blocks)) + "\n</section>"


def lead_back(text, name):
    """Links into other pages, and to what is on no slide, lead to the book."""
    here = set(re.findall(r'\bid="([^"]+)"', text))

    def led(match):
        link = match[1]
        parts = urlsplit(link)
        if parts.scheme or (not parts.path and parts.fragment in here):
            return match[0]
        return f'href="../chapters/{link if parts.path else f"{name}.html{link}"}"'

    return re.sub(r'\bhref="([^"]+)"', led, text)


def main(site=SITE, folder=None):
    """Write the slides of all chapters into a folder of the site, and say how many there are."""
    folder = folder or site / "slides"
    folder.mkdir(exist_ok=True)
    listed = []
    for path in sorted((site / "chapters").glob("[0-9][0-9]-*.html")):
        made = slides(path.read_text("utf-8"), path.stem)
        (folder / path.name).write_text(made, encoding="utf-8", newline="\n")
        title = re.search(r"<title>(.*): slides</title>", made)[1]
        listed.append(f'<li><a href="{path.name}">{title}</a>, {made.count("dh-slide")} slides</li>')
    (folder / "index.html").write_text(INDEX.format(chapters="\n".join(listed)), encoding="utf-8", newline="\n")
    for kind in ("css", "js"):
        copy(Path(__file__).with_suffix(f".{kind}"), folder)
    return folder / "index.html"
