"""The teachers' page: its links open what is there, its hours are the computed ones."""

import json
import re
from urllib.parse import unquote

import nbformat
import pytest

from press import ROOT, times

PAGE = (ROOT / "chapters/teachers.md").read_text("utf-8")
LINK = re.compile(r"\]\(explorer:([\w-]+)#(\d+)((?:&\w+=[-\w.]+)*)\)")
LINKS = sorted({(name, int(number), tuple(state.split("&")[1:])) for name, number, state in LINK.findall(PAGE)})


def limits(name):
    """Of each explorer of a page, in their order: what can be set, with its ends."""
    page = json.loads((ROOT / f"chapters/{name}.ipynb").read_text("utf-8"))
    saved = page["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    outputs = [output.get("data", {}) for cell in page["cells"] for output in cell.get("outputs", [])]
    views = [data["application/vnd.jupyter.widget-view+json"]["model_id"] for data in outputs if len(data) > 2]
    children = [saved[view]["state"].get("children", []) for view in views]
    pictures = [saved[child.removeprefix("IPY_MODEL_")]["state"] for of in children for child in of]
    return [picture["settings"] for picture in pictures if "settings" in picture]


def wrong(name, number, state):
    """What of a link the explorer could not take."""
    known = limits(name)
    if not 1 <= number <= len(known):
        return [f"{name} has {len(known)} explorers"]
    given = dict(part.split("=") for part in state)
    ends = known[number - 1]
    out = [key for key, value in given.items() if key not in ends or not ends[key][0] <= float(value) <= ends[key][1]]
    return out + [f"{key} is left open" for key in ends if key in "eta w0 x0 y0 steps".split() and key not in given]


def test_there_are_links_for_every_chapter():
    assert {name[:2] for name, *_ in LINKS} >= {f"{n:02}" for n in range(1, 16)}
    assert PAGE.count("](explorer:") == len(LINK.findall(PAGE))


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link[0]}-{link[1]}-{'-'.join(link[2])}")
def test_a_link_names_an_explorer_and_a_state_that_it_can_take(link):
    assert wrong(*link) == []


@pytest.mark.parametrize(
    "link, said",
    [
        (("05-learning-rate", 2, ("eta=9", "w0=1")), ["eta"]),
        (("05-learning-rate", 2, ("eta=1",)), ["w0 is left open"]),
        (("05-learning-rate", 99, ()), ["05-learning-rate has 5 explorers"]),
        (("05-learning-rate", 2, ("eta=1", "w0=1", "beta=0.5")), ["beta"]),
    ],
)
def test_a_link_that_opens_nothing_is_noticed(link, said):
    assert wrong(*link) == said


def test_the_site_has_the_links(site):
    page = re.sub("&(amp;)+", "&", (site / "chapters/teachers.html").read_text("utf-8"))  # MyST writes & twice as &amp;
    for name, number, state in LINKS:
        assert f'href="{name}.html#explorer-{number}{"".join(f"&{part}" for part in state)}"' in unquote(page)


def test_the_hours_at_home_are_those_of_the_cores():
    minutes = {
        int(path.stem[:2]): times.measure(times.parts(nbformat.read(path, as_version=4))[0]).minutes
        for path in ROOT.glob("chapters/[0-9][0-9]-*.ipynb")
    }
    rows = re.findall(r"^\| \d \| ([^|]*) \| (\d+) h (\d+) min \|", PAGE, re.MULTILINE)
    assert len(rows) == 6
    for chapters, h, m in rows:
        first, *last = map(int, re.findall(r"\d+", chapters))
        span = range(first, last[0] + 1) if " to " in chapters else [first, *last]
        assert 60 * int(h) + int(m) == pytest.approx(sum(minutes[n] for n in span), abs=10), chapters
