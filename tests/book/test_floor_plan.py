"""The floor plan is true: the contents name every chapter, and every module imports what CONTRIBUTING.md says, upwards only."""

import ast
import re

import pytest

from press import ROOT, theorems

PACKAGES = ("gdlib", "coursework", "press")
GUESTS = ("_ext", "benchmarks", "tests", "tools")  # these use the packages; nothing uses them
NOT_DRAWN = {
    "gdlib": "its rooms are",
    "coursework": "its rooms are",
    "press": "its rooms are; it says where the book lies",
    "coursework.__main__": "the command: it begins at the top and uses everything",
}
NEED_NOT_BE_SAID = {
    "gdlib._validation": "every module may refuse bad input",
    "gdlib._types": "every signature may use its names",
    "press": "every module may ask where the book lies",
}


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    dotted(path): path for package in PACKAGES for path in ROOT.glob(f"{package}/**/*.py") if "kernels" not in path.parts
}


def imports(source, name, is_package=False):
    """The full names of all that a module imports anywhere in it, also relatively."""
    parents = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = parents[: len(parents) - node.level + 1] if node.level else []
            yield from (".".join(filter(None, [*start, node.module, alias.name])) for alias in node.names)


def imported(name):
    """The modules of the packages that a module imports, without itself."""
    found = imports(MODULES[name].read_text("utf-8"), name, MODULES[name].name == "__init__.py")
    homes = {full if full in MODULES else full.rpartition(".")[0] for full in found}
    return homes & set(MODULES) - {name}


def drawn(picture):
    """{module: what stands in brackets behind it, None for a folder}, in the order of reading: a folder after its rooms."""
    rooms, folders = {}, []
    for line in picture.splitlines():
        row = re.match(r"( *)(\w+)(/?)  .*?(?:\((?:imports )?([\w., ]+)\))?$", line)
        depth = len(row[1]) // 2 if row else None
        if not row or (depth > len(folders)) or not (row[3] or row[4]):
            continue
        while len(folders) > depth:
            rooms[".".join(folders)] = None
            folders.pop()
        if row[3]:
            folders.append(row[2])
        else:
            rooms[".".join([*folders, row[2]])] = row[4]
    return {name: said for name, said in rooms.items() if name.split(".")[0] in PACKAGES}


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PICTURE = re.search(r"^```\n(.*?\n)```\n", CONTRIBUTING, re.DOTALL | re.MULTILINE)[1]
ROOMS = {name: said for name, said in drawn(PICTURE).items() if name not in NOT_DRAWN}


def meant(said, name):
    """The full names of what stands in a module's brackets: a neighbour, a room of the package, or a full name."""
    around = name.split(".")[:-1]
    homes = [".".join(around[:depth]) for depth in range(len(around), -1, -1)]
    short = [] if said == "nothing of ours" else said.split(", ")
    return {next(full for home in homes if (full := f"{home}.{one}".lstrip(".")) in MODULES) for one in short}


def test_every_chapter_is_in_the_contents():
    pages = {path for path in ROOT.glob("chapters/**/*") if path.suffix in (".ipynb", ".md")}
    assert pages == set(theorems.chapters())


def test_every_module_is_drawn():
    assert set(ROOMS) == set(MODULES) - set(NOT_DRAWN)


@pytest.mark.parametrize("name", ROOMS)
def test_imports_point_upwards_in_the_picture(name):
    above = list(ROOMS)[: list(ROOMS).index(name)]
    assert imported(name) - {"press"} <= set(above)


@pytest.mark.parametrize("name", [name for name, said in ROOMS.items() if said])
def test_the_brackets_are_true(name):
    said = meant(ROOMS[name], name)
    assert said == imported(name) - (set(NEED_NOT_BE_SAID) - said)


@pytest.mark.parametrize("guest", GUESTS)
def test_scripts_tests_and_benchmarks_do_not_use_one_another(guest):
    others = {*GUESTS} - {guest} | {path.stem for path in ROOT.glob("tools/*.py")} - set(PACKAGES)
    for path in ROOT.glob(f"{guest}/**/*.py"):
        text = path.read_text("utf-8")
        assert not {full.split(".")[0] for full in imports(text, dotted(path))} & others, path
        assert not re.search(r"sys\.path(\.insert|\.append|\[.*\] *=)", text), path


# ---- The rules themselves can fail ----

SOURCE = """
import gdlib.models
from gdlib import descent
from . import sentence
from .formula import Formula
from .. import optimizers
from ..derivatives import central
def later():
    from press.browser import FLAGS
"""


def test_imports_are_found_wherever_and_however_they_are_written():
    assert set(imports(SOURCE, "gdlib.explore.explorer")) == {
        "gdlib.models",
        "gdlib.descent",
        "gdlib.explore.sentence",
        "gdlib.explore.formula.Formula",
        "gdlib.optimizers",
        "gdlib.derivatives.central",
        "press.browser.FLAGS",
    }
    assert set(imports("from .losses import f", "gdlib.objectives", is_package=True)) == {"gdlib.objectives.losses.f"}


def test_a_plan_is_read():
    picture = """
gdlib/      the library
  one         the first (of them)           (nothing of ours)
  two/        a folder
    three       its room,
                of two lines
    four        another                       (one, three)
  five        the last                      (imports two)
tests/      all of them
"""
    assert drawn(picture) == {
        "gdlib.one": "nothing of ours",
        "gdlib.two.four": "one, three",
        "gdlib.two": None,
        "gdlib.five": "two",
        "gdlib": None,
    }
