"""The reference is whole and true: every public name of gdlib is on a page, and the chapter that it names teaches it."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("reference", ROOT / "_ext" / "reference.py")
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

MODULES = reference.modules(ROOT)
NAMES = [(module, name, member) for module in MODULES for name, member in reference.public(module).items()]
CHAPTERS = {number: ROOT / f"{page}.ipynb" for number, page in reference.chapters(ROOT).items()}
UNTAUGHT = "No chapter teaches it: "


def cells(path, kind):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def in_code(sources):
    """The names that code uses from gdlib, in full: `plots.contours(f)` uses gdlib.plots.contours."""
    trees = [ast.parse(source) for source in sources]
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gdlib")
        for alias in node.names
    } | {"gdlib": "gdlib"}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, (ast.Name, ast.Attribute)):
                first, *rest = ast.unparse(node).split(".")
                if first in imported:
                    yield ".".join([imported[first], *rest])


class Notebook:
    """What a notebook uses of gdlib in its code, and what it names in its prose."""

    def __init__(self, path):
        self.code = set(in_code(cells(path, "code")))
        self.prose = " ".join("\n".join(cells(path, "markdown")).split())
        self.set_as_code = set(re.findall(r"`(?:gdlib\.)?([\w.]+)(?:\([^`]*)?`", self.prose))

    def uses(self, module, name):
        return bool({f"gdlib.{module}.{name}", f"gdlib.{name}"} & self.code)

    def mentions(self, module, name):
        """A name of two words counts as words too: the double well."""
        words = "_" in name and name.replace("_", " ") in self.prose
        return self.uses(module, name) or bool({name, f"{module}.{name}"} & self.set_as_code) or words


NOTEBOOKS = {number: Notebook(path) for number, path in CHAPTERS.items()}
ASSIGNMENTS = [Notebook(path) for path in sorted(ROOT.glob("coursework/source/*/*.ipynb"))]


def title(path):
    return next(line[2:] for cell in cells(path, "markdown") for line in cell.splitlines() if line.startswith("# "))


def teaches(notebook, module, name):
    """Whether a chapter has the name, or a function that gives back what has the name."""
    members = reference.public(module).items()
    givers = [giver for giver, member in members if re.search(rf"\b{name}\b", str(member.__annotations__.get("return", "")))]
    return any(notebook.mentions(module, one) for one in [name, *givers])


def test_every_module_has_its_page():
    modules = {path.stem for path in ROOT.glob("gdlib/*") if re.fullmatch(r"[a-z]+(\.py)?", path.name)}
    assert sorted(MODULES) == sorted(modules)
    for module in MODULES:
        assert f".. automodule:: gdlib.{module}\n" in (ROOT / reference.PAGES / f"{module}.md").read_text("utf-8")


@pytest.mark.parametrize("module, name, member", NAMES, ids=[f"{module}.{name}" for module, name, _ in NAMES])
def test_a_name_is_taught_where_it_says(module, name, member):
    doc, lessons = " ".join((member.__doc__ or "").split()), reference.lessons(member.__doc__)
    written = {number: NOTEBOOKS[number] for number in lessons if number in NOTEBOOKS}
    for number, notebook in written.items():
        assert title(CHAPTERS[number]) == lessons[number]
        assert teaches(notebook, module, name), f"chapter {number} neither uses nor names gdlib.{module}.{name}"
    if "Used by the exercises of every chapter." in doc:
        assert all(notebook.uses(module, name) for notebook in NOTEBOOKS.values())
    elif "Used by the assignments." in doc:
        assert any(notebook.uses(module, name) for notebook in ASSIGNMENTS)
    elif UNTAUGHT in doc:
        used = [number for number, notebook in NOTEBOOKS.items() if notebook.uses(module, name)]
        assert not used, f"gdlib.{module}.{name} says that no chapter teaches it, but these use it: {used}"
    else:
        assert lessons, f'gdlib.{module}.{name}: say "Taught in chapter N, Title.", or "{UNTAUGHT}..." and why it is there'


def test_a_chapter_has_one_title():
    titles = {}
    for _, _, member in NAMES:
        for number, name in reference.lessons(member.__doc__).items():
            titles.setdefault(number, set()).add(name)
    assert all(len(names) == 1 for names in titles.values()), titles


def test_name_and_chapter_lead_to_one_another(site):
    chapters = {number: (site / f"{page}.html").read_text("utf-8") for number, page in reference.chapters(ROOT).items()}
    for module in MODULES:
        page = (site / reference.PAGES / f"{module}.html").read_text("utf-8")
        for name, member in reference.public(module).items():
            place = f"gdlib.{module}.{name}"
            entry = page.split(f'id="{place}"')[1].split(' id="gdlib.')[0]
            for number in set(reference.lessons(member.__doc__)) & set(chapters):
                assert f'href="../{CHAPTERS[number].stem}.html"' in entry, place
                assert f'href="library/{module}.html#{place}"' in chapters[number].split('id="in-the-library"')[1]


# ---- What the tests rest on can fail ----


@pytest.mark.parametrize(
    "doc, lessons",
    [
        ("Source: Cauchy (1847), chapter 2. Taught in chapter 1, Walking downhill.", {1: "Walking downhill"}),
        (
            "Taught in chapter 1, Up, and chapter\n    4, The algorithm.\n\nExamples: chapter 7",
            {1: "Up", 4: "The algorithm"},
        ),
        ("Taught in chapter 15, Training a network, end to\nend.", {15: "Training a network, end to end"}),
        ("Source: Boyd and Vandenberghe (2004), chapter 9.", {}),
        (None, {}),
    ],
)
def test_lessons_are_read(doc, lessons):
    assert reference.lessons(doc) == lessons


@pytest.mark.parametrize(
    "kind, source, module, name, mentioned",
    [
        ("code", "from gdlib import plots\nplots.values(run)", "plots", "values", True),
        ("code", "from gdlib import plots\nrun.values", "plots", "values", False),
        ("code", "from gdlib.explore import sweep as s\ns('w**2')", "explore", "sweep", True),
        ("code", "from gdlib import minimize", "descent", "minimize", False),  # imported, and not used
        ("code", "import gdlib\ngdlib.minimize(f)", "descent", "minimize", True),
        ("markdown", "Call `minimize` with a rule.", "descent", "minimize", True),
        ("markdown", "Call `plots.values(run)`.", "plots", "values", True),
        ("markdown", "See `run.values`, the values.", "plots", "values", False),
        ("markdown", "This is the logistic\nmap.", "objectives", "logistic_map", True),
        ("markdown", "We minimize f.", "descent", "minimize", False),
    ],
)
def test_a_mention_is_seen(tmp_path, kind, source, module, name, mentioned):
    path = tmp_path / "01-a.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": kind, "source": [source]}]}), encoding="utf-8")
    assert Notebook(path).mentions(module, name) == mentioned
