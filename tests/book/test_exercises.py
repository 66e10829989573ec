"""Every exercise of the chapters is a fair judge: right answers pass in every natural form, typical wrong ones fail.

The answers are in tests/book/answers, a file for each chapter. Each is put into the notebook as a reader would put it: the
cells above have run, the answer stands in place of the blank, and the check below it is run.
"""

import ast
import contextlib
import io
import re
import tomllib
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("[0-9][0-9]-*.ipynb"))
ANSWERS = Path(__file__).parent / "answers"
LABEL = re.compile(r":label: (ex-\S+)")
EACH_CHAPTER = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
ODD = [
    "'north'",
    "[]",
    "{}",
    "[1, 'two']",
    "float('nan')",
    "object()",
    "[[1, 2], [3]]",
    "1 + 1j",
    "10**400",
    "True",
    "lambda *given, **named: 1 / 0",
    "lambda *given, **named: 'north'",
    "lambda *given, **named: None",
]


@cache
def cells(path):
    return nbformat.read(path, as_version=4).cells


@cache
def exercises(path):
    """label -> place of its check, the first folded cell that checks. The answer goes into the cell above it."""
    label, found = None, {}
    for place, cell in enumerate(cells(path)):
        if cell.cell_type == "markdown":
            label = (LABEL.findall(cell.source) or [label])[-1]
        elif label not in found and "hide-input" in cell.metadata.get("tags", []) and "check" in cell.source:
            found[label] = place
    return found


@cache
def answers(path):
    file = ANSWERS / f"{path.stem}.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.exists() else {}


def cases(kind):
    entries = [(path, entry) for path in CHAPTERS for entry in answers(path).get(kind, [])]
    return [pytest.param(path, entry, id=f"{entry['exercise']}: {entry['how']}") for path, entry in entries]


def run(code, names):
    """Run a cell; return what it prints and the value that it shows, without its pictures."""
    tree, printed = ast.parse(code), io.StringIO()
    shown = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        value = eval(compile(ast.Expression(shown.value), "<cell>", "eval"), names) if shown else None
        if value is not None:
            print(repr(value))
    plt.close("all")
    return printed.getvalue()


def blanks(source):
    """The names that an answer cell leaves to the reader: what it assigns or defines."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value in (None, ...):
            yield from (name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name))


@cache
def read(path):
    """Run a chapter from the top. Returns its names at the end, and what each check says of each answer."""
    names, said = {"__name__": "__main__"}, {}
    tried = [entry for kind in ("right", "wrong") for entry in answers(path).get(kind, [])]
    labels = {place: label for label, place in exercises(path).items()}

    def verdict(answer, place):
        mine = dict(names)
        try:
            run(answer, mine)
            return run(cells(path)[place].source, mine)
        except Exception as error:
            return f"a traceback: {type(error).__name__}: {error}"

    for place, cell in enumerate(cells(path)):
        if place in labels:
            label, blank = labels[place], list(blanks(cells(path)[place - 1].source))
            said |= {(label, entry["code"]): verdict(entry["code"], place) for entry in tried if entry["exercise"] == label}
            said |= {(label, odd): verdict("\n".join(f"{name} = {odd}" for name in blank), place) for odd in ODD}
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", []):
            run(cell.source, names)
    return names, said


@EACH_CHAPTER
def test_every_exercise_has_two_right_answers_and_three_wrong_ones(path):
    listed = {kind: [entry["exercise"] for entry in answers(path).get(kind, [])] for kind in ("right", "wrong")}
    text = "\n".join(cell.source for cell in cells(path) if cell.cell_type == "markdown")
    begun = len(re.findall(r"^`{3,}\{exercise\}", text, re.MULTILINE))
    assert len(exercises(path)) == begun, (
        f"{begun} exercises, and {len(exercises(path))} with a label ex-... and a check: tag the check's cell hide-input"
    )
    unknown = (set(listed["right"]) | set(listed["wrong"])) - set(exercises(path))
    assert not unknown, f"answers to exercises that {path.name} does not have: {sorted(unknown)}"
    for label in exercises(path):
        assert listed["right"].count(label) >= 2, f"{label}: two right answers by different routes are wanted"
        assert listed["wrong"].count(label) >= 3, f"{label}: three wrong answers that students give are wanted"


@pytest.mark.parametrize("path, entry", cases("right"))
def test_a_right_answer_passes(path, entry):
    said = read(path)[1][entry["exercise"], entry["code"]]
    assert said.startswith("Correct") and "Not yet" not in said, said


@pytest.mark.parametrize("path, entry", cases("wrong"))
def test_a_wrong_answer_fails_and_the_mistake_is_named(path, entry):
    said = read(path)[1][entry["exercise"], entry["code"]]
    assert "Not yet" in said and "Correct" not in said, said
    assert entry.get("said", "") in said, said


@EACH_CHAPTER
def test_no_answer_however_odd_breaks_a_check(path):
    for label in exercises(path):
        for odd in ODD:
            said = read(path)[1][label, odd]
            assert said.startswith(("Not yet", "Not answered yet")) or (odd == "True" and "Correct" in said), (
                label,
                odd,
                said,
            )


@EACH_CHAPTER
def test_the_first_line_of_a_check_gives_nothing_away(path):
    """JupyterLab shows the first line of a cell that is folded."""
    for label, place in exercises(path).items():
        first = cells(path)[place].source.splitlines()[0]
        assert first.startswith(("hint = ", "#", "def ")), f"{label}: a check begins with its hint, not with {first!r}"


@EACH_CHAPTER
def test_a_check_says_that_the_blank_is_one_and_that_the_solution_is_correct(path):
    label, printed = None, {}
    for cell in cells(path):
        if cell.cell_type == "markdown":
            label = (LABEL.findall(cell.source) or [label])[-1]
        elif "check" in cell.source:
            printed[label] = printed.get(label, "") + "".join(output.get("text", "") for output in cell.outputs)
    for label in exercises(path):
        assert printed[label].startswith("Not answered yet"), f"{label}: the blank's check says {printed[label]!r}"
        assert "Correct" in printed[label], f"{label}: check the answer in the last cell of the solution too"


@EACH_CHAPTER
def test_a_cell_run_again_after_the_whole_notebook_shows_the_same(path):
    """A reader goes back and runs a cell again: no later cell has taken a name that it needs."""
    names, _ = read(path)
    answered = {place + step for place in exercises(path).values() for step in (-1, 0)}
    for place, cell in enumerate(cells(path)):
        if cell.cell_type != "code" or "raises-exception" in cell.metadata.get("tags", []):
            continue
        shown = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
        again = run(cell.source, dict(names))
        if place not in answered and not any("<Figure" in text for text in shown):
            assert again.split() == "".join(shown).split(), (
                f"cell {place + 1}, run again, shows something else:\n{cell.source}"
            )
