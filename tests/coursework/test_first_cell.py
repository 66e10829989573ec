"""Where gdlib is missing, or is the other project of that name, the first cell of every assignment says so in one line."""

import sys
import types
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted([*ROOT.glob("coursework/source/*/*.ipynb"), *ROOT.glob("chapters/assignments/*.ipynb")])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize("there", [None, types.ModuleType("gdlib")], ids=["missing", "another"])
def test_the_first_cell_says_what_is_missing(monkeypatch, path, there):
    for name in [name for name in sys.modules if name.partition(".")[0] == "gdlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "gdlib", there)
    first = next(cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    with pytest.raises(ImportError) as told:
        exec(first.source, {})
    assert str(told.value).startswith("gdlib, the book's library, is missing (")
    assert str(told.value).endswith("): in the book's folder, pip install .")
    assert "\n" not in str(told.value)


def test_our_distribution_does_not_take_a_name_that_is_anothers():
    from importlib.metadata import metadata

    assert metadata("downhill-gdlib")["Name"] == "downhill-gdlib"
    files = [
        path
        for kind in ("*.md", "*.ipynb", "*.py", "*.txt", "*.toml", "Makefile", "Containerfile")
        for path in ROOT.rglob(kind)
    ]
    own = [path for path in files if not {".venv", "_build", "tests", ".git"} & set(path.relative_to(ROOT).parts)]
    wrong = "pip install " + "gdlib"
    assert [path for path in own if wrong in path.read_text(encoding="utf-8", errors="replace")] == []
