"""A notebook opened in JupyterLab reads like the page: no directive, role, label or formula stands there raw."""

import re
import shutil
from pathlib import Path

import pytest

from press.lab import jupyterlab

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


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on a copy of the chapters."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(CHAPTERS, home, dirs_exist_ok=True)
    with jupyterlab(home) as address:
        yield address


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_stands_there_raw(browser, lab, name):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(120_000)
    page.goto(lab(name))
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_function("() => !document.querySelector('.jp-MarkdownCell:not(.jp-mod-rendered)')")
    page.wait_for_function("""() => new Promise((done) => {
      const size = () => document.querySelectorAll(".jp-MarkdownCell *").length, before = size();
      setTimeout(() => done(before > 100 && size() === before), 1500);
    })""")
    text = "\n".join(cell.inner_text() for cell in page.locator(".jp-MarkdownCell").all())
    page.close()
    found = {kind: re.findall(pattern, text, re.MULTILINE)[:5] for kind, pattern in RAW.items()}
    assert len(text) > 2000
    assert not any(found.values()), found
