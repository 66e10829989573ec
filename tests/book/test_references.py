"""A reference that only the site can resolve carries its words, so that JupyterLab shows them; and the words are right."""

import re

import nbformat
import pytest

from press import ROOT

CHAPTERS = sorted(ROOT.glob("chapters/[0-9][0-9]-*.ipynb"))
BARE = re.compile(r"\{(doc|numref|prf:ref|ref|eq)\}`([^`<>]+)`")
WORDED = re.compile(r"\{(?:doc|prf:ref|ref)\}`([^`<>]+) <([^`<>]+)>`")
LABEL = re.compile(r":label:\s*(\S+)|\$\$\s*\(([\w-]+)\)|^\(([\w-]+)\)=", re.MULTILINE)


def words(path):
    return "\n\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")


def unresolved(text):
    """The references that JupyterLab, which knows this notebook alone, would show as bare labels."""
    own = {label for found in LABEL.findall(text) for label in found if label}
    return [label for role, label in BARE.findall(text) if role == "doc" or label.strip() not in own]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_reference_elsewhere_carries_its_words(path):
    assert unresolved(words(path)) == []


def test_a_bare_reference_is_found():
    text = (
        "See {numref}`fig-x`, {prf:ref}`thm-here`, {doc}`01-a` and {prf:ref}`Theorem 1.2 <thm-there>`.\n\n:label: thm-here"
    )
    assert unresolved(text) == ["fig-x", "01-a"]


def test_a_chapter_is_called_by_its_title():
    titles = {path.stem: re.search("^# (.*)", words(path), re.MULTILINE)[1] for path in CHAPTERS}
    for path in CHAPTERS:
        for said, name in re.findall(r"\{doc\}`([^`<>]+) <([^`<>]+)>`", words(path)):
            assert said.lower().startswith("the chapter on ") or said == titles.get(name, said), (path.stem, said)


def told(label, pages):
    """What the site prints where the label stands: the number of a statement or figure, and those of its formulas."""
    (page,) = [page for page in pages if f'id="{label}"' in page]
    near = re.sub(r"<script.*?</script>|<[^>]+>", "", page.partition(f'id="{label}"')[2], flags=re.DOTALL)[:3000]
    return re.search(r"\b[A-Z][a-z]+\.? \d+\.\d+", near)[0], re.findall(r"\(\d+\.\d+\)", near)[:2]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_number_in_the_words_is_the_number_on_the_site(site, path):
    pages = [page.read_text("utf-8") for page in (site / "chapters").glob("[0-9][0-9]-*.html")]
    for said, label in WORDED.findall(words(path)):
        if re.search(r"\d\.\d", said):
            name, formulas = told(label, pages)
            assert said == name or said in formulas, label


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_jupyterlab_gets_the_numbers_of_the_site(site, path):
    """Statements, exercises and formulas of the page, in their order, and the numbers that the notebook hands to JupyterLab."""
    page = (site / "chapters" / f"{path.stem}.html").read_text("utf-8")
    printed = re.findall(
        r'admonition-title"><span class="caption-number">([A-Z][a-z]+) ([\d.]+)|<span class="eqno">\(([\d.]+)', page
    )
    noted = re.findall(r"^ *`{3,}\{(?:prf:)?(\w+)\}.*\n(?: *:label:.*\n)? *:enumerator: (.*)$", words(path), re.MULTILINE)
    assert [(kind.capitalize(), number) for kind, number in noted] == [
        (kind or "Math", number or formula) for kind, number, formula in printed
    ]
    assert len(printed) > 10
