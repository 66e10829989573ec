"""Every public function says what it takes and gives: mypy (in `make check`) holds the code against it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for path in ROOT.glob("gdlib/**/*.py") if "explore" not in path.parts)


def public_functions(tree):
    """The functions of a module, and the methods of its classes, whose names do not begin with an underscore."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)


def bare(function):
    """What has no type: some of the arguments, or the answer."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    yield from (one.arg for one in named if one and one.arg != "self" and one.annotation is None)
    yield from ["return"] if function.returns is None else []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_functions_have_types(path):
    functions = public_functions(ast.parse(path.read_text(encoding="utf-8")))
    assert {function.name: found for function in functions if (found := list(bare(function)))} == {}


def test_a_missing_type_is_seen():
    tree = ast.parse("class A:\n    def f(self, x: int, *y, z) -> int: ...\ndef g(): ...\ndef _h(x): ...")
    assert [list(bare(function)) for function in public_functions(tree)] == [["z", "y"], ["return"]]
