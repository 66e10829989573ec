"""A notebook opened in JupyterLab reads like the page: no directive, role, label or formula stands there raw."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from press.lab import jupyterlab, open_notebook

pytestmark = pytest.mark.browser

CHAPTERS = Path(__file__).parents[2] / "chapters"
NOTEBOOKS = sorted(path.relative_to(CHAPTERS).as_posix() for path in CHAPTERS.rglob("*.ipynb"))
RAW = {
    "role": r"\{[a-z:]+\}`",
    "directive": r"^`{3,}|^:{3,}|\{(?:prf:\w+|exercise|solution-\w+|dropdown|admonition)\}",
    "label": r"^:\w+: ",
    "name of a file, a figure or a statement elsewhere": r"\b(?:fig|thm|lem|cor|cex|ex|eq|sec|def)-\d\d-|\b\d\d-[a-z]+-[a-z]",
    "formula": r"\$[^$\n]{1,200}\$",
}
BESIDE_A_FORMULA = ".jp-MarkdownCell .group > .text-right"


@pytest.fixture(scope="module")
def read(browser, tmp_path_factory):
    """A notebook's words and the numbers of its formulas, in a JupyterLab on a copy of the chapters: one page for all of them."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(CHAPTERS, home, dirs_exist_ok=True)
    with jupyterlab(home) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(240_000)
        page.goto(address("index.ipynb"))
        page.wait_for_selector(".jp-NotebookPanel .jp-MarkdownCell.jp-mod-rendered")  # else it opens beside the next one
        yield lambda name: (open_notebook(page, name, texts(name)), page.locator(BESIDE_A_FORMULA).all_inner_texts())
        page.close()


def texts(name):
    return [cell.source for cell in nbformat.read(CHAPTERS / name, as_version=4).cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_stands_there_raw(read, name):
    text, numbers = read(name)
    found = {kind: re.findall(pattern, text, re.MULTILINE)[:5] for kind, pattern in RAW.items()}
    assert len(text) > 2000
    assert not any(found.values()), found
    # each statement and exercise has the number that the site gives it (test_references.py holds it to that)
    source = "\n".join(texts(name))
    for number in re.findall(r"^`{3,}\{(?!math).*\n(?::label: .*\n)?:enumerator: (.*)", source, re.MULTILINE):
        assert re.search(rf"^[A-Z][a-z]+\s{re.escape(number)} ?\(", text, re.MULTILINE), number
    if name[0].isdigit():  # a chapter: each formula with a label has its number, the others have none
        formulas = re.findall(r"\{math\}\n *:label: .*\n *:enumerator: (.*)", source)
        assert formulas and numbers == [f"({number})" for number in formulas]
