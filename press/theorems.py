"""Which theorems the chapters state, and which tests check them.

A theorem, lemma, corollary or counterexample carries a label in its chapter (`:label: thm-descent-lemma`), and a test
names it (`@pytest.mark.theorem("thm-descent-lemma")`). Both are read from the files as they are: nothing is run.
"""

import ast
import json
import re

from press import ROOT

STATED = re.compile(r"^ *[:`]{3,}\{prf:(\w+)\}(.*)\n((?: *:\w+:.*\n)*)", re.MULTILINE)
LABEL = re.compile(r":label: *(\S+)")
PREFIX = {"theorem": "thm-", "proposition": "thm-", "lemma": "lem-", "corollary": "cor-", "example": "cex-"}


def prose(path):
    """The text of a chapter: all of a page, or the text cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n\n".join(
        "".join(cell["source"]) + "\n" for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"
    )


def statements(text):
    """The kind, label (or None) and title of everything that `text` states with a prf directive."""
    for kind, title, options in STATED.findall(text):
        label = LABEL.search(options)
        yield kind, label and label[1], title.strip()


def chapters(root=ROOT):
    """The book's pages, in the order of its contents."""
    contents = (root / "_toc.yml").read_text(encoding="utf-8")
    names = re.findall(r"(?:root|file): *(\S+)", contents)
    return [path for name in names for path in (root / f"{name}.ipynb", root / f"{name}.md") if path.exists()]


def stated(root=ROOT):
    """For each label that needs a test, in the order of the book: the chapter that states it."""
    return {
        label: path
        for path in chapters(root)
        for _, label, _ in statements(prose(path))
        if label and label.startswith(tuple(PREFIX.values()))
    }


def marks(source):
    """The labels that a test file names, each with the test that names it."""
    for test in ast.walk(ast.parse(source)):
        if isinstance(test, (ast.FunctionDef, ast.ClassDef)):
            for mark in test.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.theorem":
                    yield ast.literal_eval(mark.args[0]), test.name


def checked(root=ROOT):
    """For each label that tests name: those tests, as (file, name)."""
    found = {}
    for path in sorted(root.glob("tests/**/test_*.py")):
        for label, test in marks(path.read_text(encoding="utf-8")):
            found.setdefault(label, []).append((path.relative_to(root), test))
    return found
