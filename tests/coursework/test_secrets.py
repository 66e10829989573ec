"""Nothing of the built site, its search index or its downloads gives away a solution or a hidden test."""

import html
import json
import re
from pathlib import Path

import nbformat
import pytest

SOURCE = Path(__file__).parents[2] / "coursework" / "source"
REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.DOTALL)
TEXTS = {".html", ".js", ".json", ".ipynb", ".md", ".txt", ".py", ".xml", ".inv", ""}


def squeezed(text):
    """Letters, digits and signs alone: the same whether the text stands in a page, in JSON or in a notebook."""
    return re.sub(r"\\[nt\"]|[\s\\\"']", "", text)


def seen(text):
    """All that a reader or a search engine could find in a file: as it is, and without its tags."""
    plain = html.unescape(re.sub(r"<[^>]*>", "", text))
    return squeezed(text) + "\0" + squeezed(plain)


def secrets():
    """Lines of solutions and hidden tests, and the paragraphs of model answers; long enough to be found by no accident."""
    for path in sorted(SOURCE.glob("*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            about = cell.metadata.get("nbgrader", {})
            regions = [region for _, region in REGION.findall(cell.source)]
            if cell.cell_type == "markdown" and about.get("solution"):
                regions = [cell.source]
            for line in "\n".join(regions).splitlines():
                if len(squeezed(line)) >= 30 and not line.lstrip().startswith(("#", "import", "from")):
                    yield f"{path.stem}: {about['grade_id']}", squeezed(line)


def public():
    """What anyone may read: the library, and what assignments show to students. A line in there is no secret."""
    shown = [
        REGION.sub("", cell.source)
        for path in SOURCE.glob("*/*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        if not (cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"))
    ]
    book = Path(__file__).parents[2]
    chapters = [
        cell.source for path in book.glob("chapters/[0-9]*.ipynb") for cell in nbformat.read(path, as_version=4).cells
    ]
    return squeezed("\n".join(shown + chapters + [path.read_text("utf-8") for path in book.glob("gdlib/**/*.py")]))


def given_away(files):
    shown, found = public(), []
    kept = [(where, line) for where, line in secrets() if line not in shown]
    assert len(kept) > 50
    for path in files:
        if path.suffix not in TEXTS:
            continue
        text = seen(path.read_text(encoding="utf-8", errors="replace"))
        found += [f"{path.name}: {sign}" for sign in ("BEGINSOLUTION", "BEGINHIDDENTESTS") if sign in text]
        found += [f"{path.name}: {where}: {line}" for where, line in kept if line in text]
    return found


def test_the_site_keeps_the_secrets(site):
    files = [path for path in site.rglob("*") if path.is_file()]
    assert any(path.name == "searchindex.js" for path in files)
    assert given_away(files) == []


@pytest.mark.parametrize("form", ["page", "notebook", "index"])
def test_a_secret_is_noticed(tmp_path, form):
    cells = nbformat.read(SOURCE / "hw1" / "hw1.ipynb", as_version=4).cells
    region = next(m[2] for cell in cells for m in REGION.finditer(cell.source) if len(m[2]) > 80)
    marked = re.sub(r"(\w+)", r"<span>\1</span>", html.escape(region))
    text = {"page": marked, "notebook": json.dumps({"source": region}), "index": json.dumps(region.split("\n"))}[form]
    (tmp_path / "leak.html").write_text(text, encoding="utf-8")
    assert given_away([tmp_path / "leak.html"])
