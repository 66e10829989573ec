"""Which earlier cells a cell needs, what of them is run again, and how an error is told: cells.py, outside a browser."""

import importlib.util
import io
import json
import sys
import types
from contextlib import redirect_stdout
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "_static" / "run" / "cells.py"


@pytest.fixture
def cells(monkeypatch, tmp_path):
    """cells.py as the worker loads it, with a list `told` of what it says to the page."""
    for name in ("comm", "IPython", "IPython.display", "IPython.core", "IPython.core.interactiveshell", "__main__", "page"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    for name in ("stdout", "stderr", "meta_path", "dont_write_bytecode"):
        monkeypatch.setattr(sys, name, list(sys.meta_path) if name == "meta_path" else getattr(sys, name))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr("builtins.input", input)
    monkeypatch.setattr("builtins.display", None, raising=False)
    told = []
    sys.modules["page"].post = lambda kind, content: told.append((kind, json.loads(content)))
    spec = importlib.util.spec_from_file_location("cells", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "cells", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "SITE", str(tmp_path))
    module.start(json.dumps({"archives": {}, "widgets": []}))
    module.told = told
    return module


def run(cells, texts, *asked):
    """Run these cells; the cells that began, in order, and all that was shown."""
    cells.told.clear()
    with redirect_stdout(cells.Stream("stdout")):  # pytest has taken the one that cells.py has set
        cells.run(json.dumps({"texts": texts, "cells": asked}))
    began = [content["cell"] for kind, content in cells.told if kind == "begin"]
    shown = "".join(content["text"] for kind, content in cells.told if kind in ("stream", "display"))
    return began, shown


@pytest.mark.parametrize(
    ("text", "needed", "given"),
    [
        ("y = x + 1", {"x"}, {"y"}),
        ("x = 1\ny = x", set(), {"x", "y"}),
        ("x = x + 1", {"x"}, {"x"}),
        ("for k in range(3): print(k)", {"range", "print"}, {"k"}),
        ("def f(w): return w + c", {"c"}, {"f"}),
        ("def f(w):\n    c = 1\n    return w + c", set(), {"f"}),
        ("squares = [k**2 for k in places]", {"places"}, {"squares"}),
        ("f = lambda w: g(w)\ng = abs", {"abs"}, {"f", "g"}),
        ("best = {}\nbest['f'] = 1", set(), {"best"}),
        ("class A:\n    b = c", {"c"}, {"A"}),
        ("x = (", set(), set()),
    ],
)
def test_the_names_that_a_cell_takes_and_gives(cells, text, needed, given):
    told = cells.Text(text)
    assert (told.needed - {"__name__"}, told.given) == (needed, given)


def test_only_what_a_cell_needs_runs_and_only_once(cells):
    texts = ["a = 1", "b = 2", "c = a + 1", "print(c)", "print(a)"]
    assert run(cells, texts, 3) == ([0, 2, 3], "2\n")
    assert run(cells, texts, 3) == ([3], "2\n")
    assert run(cells, texts, 4) == ([4], "1\n")


def test_what_depends_on_a_changed_cell_runs_again(cells):
    texts = ["a = 1", "b = a + 1", "print(b)"]
    assert run(cells, texts, 2)[1] == "2\n"
    texts[0] = "a = 10"
    assert run(cells, texts, 2) == ([0, 1, 2], "11\n")


def test_a_name_that_a_later_cell_has_taken_is_given_back(cells):
    texts = ["w = 1", "print(w)", "w = 'mine'"]
    run(cells, texts, 2)
    assert run(cells, texts, 1) == ([0, 1], "1\n")


def test_a_cell_that_changes_an_object_belongs_to_it(cells):
    texts = ["path = [1]", "path.append(2)", "path"]
    assert run(cells, texts, 2) == ([0, 1, 2], "[1, 2]")
    assert run(cells, texts, 2) == ([2], "[1, 2]")
    assert run(cells, texts, 1, 2) == ([0, 1, 2], "[1, 2]")  # and not twice


def test_of_a_cell_that_only_imports_just_the_needed_import_is_run(cells):
    texts = ["import json as j\nfrom nowhere_at_all import nothing", "print(j.dumps([1]))"]
    assert run(cells, texts, 1) == ([0, 1], "[1]\n")
    run(cells, texts, 0)
    assert cells.told[-1][1]["short"].startswith("ModuleNotFoundError: No module named 'nowhere_at_all' on this page.")


def test_a_function_finds_what_stands_there_when_it_is_called(cells):
    texts = ["def mine(w): pass", "answer = lambda w: mine(w)", "def mine(w): return 2 * w", "print(answer(3))"]
    assert run(cells, texts, 3) == ([0, 1, 2, 3], "6\n")
    assert run(cells, texts, 3) == ([3], "6\n")
    assert run(cells, texts, 1) == ([0, 1], "")
    assert run(cells, texts, 3) == ([2, 3], "6\n")


def test_a_cell_that_stopped_half_way_has_given_nothing(cells):
    texts = ["w = 1", "w = 2\n1 / 0", "print(w)"]
    run(cells, ["w = 1", "w = 2\n1 / 0", "print(w)"], 1)
    texts[1] = "pass"
    assert run(cells, texts, 2) == ([0, 2], "1\n")


def test_what_a_cell_has_half_drawn_is_not_shown_by_the_next(cells):
    texts = ["import matplotlib.pyplot as plt\nplt.subplots()\n1 / 0", "1"]
    run(cells, texts, 0)
    run(cells, texts, 1)
    assert [content for kind, content in cells.told if kind == "display"] == [{"text": "1"}]


def test_an_error_in_an_earlier_cell_is_told_of_that_cell(cells):
    run(cells, ["w = 1 / 0", "print(w)"], 1)
    kind, told = cells.told[-1]
    assert (kind, told["cell"], told["short"]) == ("error", 0, "ZeroDivisionError: division by zero")


@pytest.mark.parametrize(
    ("text", "short", "where"),
    [
        ("a = 1\nb = c", "NameError: name 'c' is not defined", "line 2: b = c"),
        ("def f(w):\n    return 1 / w\nf(0)", "ZeroDivisionError: division by zero", "line 2: return 1 / w"),
        ("a = (", "SyntaxError: '(' was never closed", "line 1: a = ("),
        ("input()", "RuntimeError: input() cannot ask on a page: write the value into the cell", ""),
        ("raise KeyboardInterrupt", "Stopped.", ""),
        (
            "import fractions\nfractions.Fraction('one')",
            "ValueError: Invalid literal for Fraction: 'one'",
            "line 2: fractions.Fraction('one')",
        ),
    ],
)
def test_an_error_is_told_by_its_last_line_and_the_readers_line(cells, text, short, where):
    run(cells, [text], 0)
    told = cells.told[-1][1]
    assert told["short"] == short
    assert told["where"] == where or not where
    assert "cells.py" not in told["long"] and "exec(" not in told["long"]


def test_what_is_printed_without_end_is_cut(cells):
    shown = run(cells, ["print('x' * 60_000)\nprint('y' * 60_000)\nprint('z')"], 0)[1]
    assert len(shown) < 100_100 and shown.endswith("it prints too much to show\n") and "z" not in shown


def test_a_semicolon_hides_the_value(cells):
    assert run(cells, ["1 + 1;", "1 + 2"], 0, 1)[1] == "3"


def test_imports_inside_functions_are_foreseen(cells):
    assert cells.Text("def f():\n    from gdlib import explore\n    return explore").modules == {"gdlib", "gdlib.explore"}


def test_an_archive_comes_with_what_it_needs_and_only_once(cells, tmp_path, monkeypatch):
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("seldom_seen.py", "answer = 42")
    asked = []

    class Bytes(bytes):
        to_py = lambda self: self

    monkeypatch.setattr(cells.page, "archive", lambda url: asked.append(url) or Bytes(packed.getvalue()), raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    archives = {
        "a": {"modules": "seldom_seen", "needs": ["b"], "files": [{"url": "a.zip"}]},
        "b": {"modules": "other", "needs": [], "files": [{"url": "b.zip"}]},
    }
    finder = cells.Archives(archives, [])
    assert finder.find_spec("seldom_seen").origin == str(tmp_path / "seldom_seen.py")
    assert finder.find_spec("seldom_seen") is None and finder.find_spec("unknown") is None
    assert asked == ["b.zip", "a.zip"]
    archives["a"]["files"][0]["sha256"] = "0"
    with pytest.raises(ImportError, match=r"a\.zip is not the file that it should be"):
        cells.Archives(archives, []).find_spec("seldom_seen")
