"""The floor plan is true: the contents name every chapter, and gdlib imports as CONTRIBUTING.md says."""

import ast
import re

from press import ROOT, theorems

MODULES = {path.stem: path for path in ROOT.glob("gdlib/*.py") if path.stem != "__init__"}


def test_every_chapter_is_in_the_contents():
    pages = {path for path in ROOT.glob("chapters/**/*") if path.suffix in (".ipynb", ".md")}
    assert pages == set(theorems.chapters())


def drawn():
    """Each module in the picture, in its order, and what stands in brackets behind it."""
    picture = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^  (\w+) .*\((?:imports )?([\w, ]+)\)$", picture, re.MULTILINE))


def imported(path):
    """The modules of gdlib that a module imports anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "gdlib":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gdlib."):
            names.add(node.module.split(".")[1])
    return names


def test_every_module_is_drawn():
    assert set(drawn()) == set(MODULES)


def test_imports_point_upwards_in_the_picture():
    order = list(drawn())
    for name, path in MODULES.items():
        assert imported(path) <= set(order[: order.index(name)]), name


def test_the_brackets_are_true():
    for name, brackets in drawn().items():
        said = set() if "nothing of ours" in brackets else set(brackets.split(", "))
        assert said == imported(MODULES[name]) - ({"_checks"} if said != {"_checks"} else set()), name
