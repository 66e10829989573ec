"""What the assignments ask and how they are judged, cell by cell in a plain namespace; nbgrader itself is tested elsewhere.

For each assignment: the reference solution passes every test, so does a solution by another route, each typical
mistake fails, and what the students are given earns nothing. (That it shows no solution: test_secrets.py.)
"""

import contextlib
import io
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import nbformat
import pytest

from coursework.course import assignments
from press import ROOT, normalise, release

SOURCE, PAGES = ROOT / "coursework" / "source", ROOT / "chapters" / "assignments"
NAMES = assignments()
POINTS = {"hw1": 20, "hw2": 20, "hw3": 20, "hw4": 20, "project": 40}
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)
ASSIGNMENT = pytest.mark.parametrize("name", NAMES)


@cache
def notebook(folder, name):
    path = folder / f"{name}.ipynb" if folder == PAGES else folder / name / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)


def about(cell):
    return cell.metadata.get("nbgrader", {})


def named(name, folder=SOURCE, **wanted):
    """The cells of an assignment with these settings of nbgrader, by grade_id."""
    cells = [cell for cell in notebook(folder, name).cells if about(cell)]
    return {about(cell).grade_id: cell for cell in cells if all(about(cell)[key] == value for key, value in wanted.items())}


def checks(name):
    return named(name, grade=True, solution=False)


def run(name, answers=None, hidden=True, only=None, spoilt=()):
    """What each test says, "" if it passes, when some answers are replaced. Only setup, answers and tests are run."""
    answers, tests, said, space = answers or {}, checks(name), {}, {"__name__": "notebook"}
    for cell_id, cell in named(name).items():
        asked = cell_id in tests or f"{cell_id}-check" in tests
        if cell.cell_type != "code" or not (asked or about(cell).locked) or (only and cell_id in tests and cell_id != only):
            continue
        code = answers.get(cell_id, cell.source)
        if not hidden:
            code = HIDDEN.sub("", code)
        problem = ""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                # a test defines names of its own, which the next cells do not see
                exec(compile(code, cell_id, "exec"), space | dict.fromkeys(spoilt) if cell_id in tests else space)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if cell_id in tests:
            said[cell_id] = problem
        else:
            assert not problem or cell_id in answers, f"{cell_id}: {problem}"
    return said


def table(name):
    return tomllib.loads(Path(__file__).with_name("answers").joinpath(f"{name}.toml").read_text("utf-8"))


def answers(kind):
    """The other right answers, or the mistakes, of all assignments."""
    return [
        pytest.param(name, entry, id=f"{entry['answer']}: {entry['how']}") for name in NAMES for entry in table(name)[kind]
    ]


# ---- The judgement ----


@ASSIGNMENT
def test_the_reference_solution_passes_every_test(name):
    assert set(run(name).values()) == {""}


@pytest.mark.parametrize("name, entry", answers("right"))
def test_another_right_answer_passes(name, entry):
    test = f"{entry['answer']}-check"
    assert run(name, {entry["answer"]: entry["code"]}, only=test) == {test: ""}


@pytest.mark.parametrize("name, entry", answers("mistake"))
def test_a_mistake_fails(name, entry):
    change, test = {entry["answer"]: entry["code"]}, f"{entry['answer']}-check"
    seen = run(name, change, hidden=False, only=test)[test]
    if entry.get("hidden"):
        assert seen == ""
        assert run(name, change, only=test)[test]
    else:
        assert entry.get("said", "") in seen and seen


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_two_mistakes_and_another_right_answer(name):
    for test in checks(name):
        for kind, least in [("right", 1), ("mistake", 2)]:
            found = [entry for entry in table(name)[kind] if f"{entry['answer']}-check" == test]
            assert len(found) >= least, (test, kind)


@ASSIGNMENT
def test_what_the_students_get_earns_nothing(name):
    released = {cell_id: cell.source for cell_id, cell in named(name, PAGES, solution=True).items()}
    assert all(run(name, released).values())
    assert all(run(name, released, hidden=False).values())


@ASSIGNMENT
def test_a_name_of_the_student_does_not_disturb_the_tests(name):
    """np and the modules of gdlib are imported afresh where they are used."""
    code = "\n".join(cell.source for cell in notebook(SOURCE, name).cells if cell.cell_type == "code")
    imported = re.findall(r"^(?:from \S+ )?import (.+)$", code, re.MULTILINE)
    names = {word.split(" as ")[-1].strip() for line in imported for word in line.split(",")}
    assert {"np", "expect"} <= names
    assert set(run(name, spoilt=names).values()) == {""}


def test_the_guard_knows_what_the_tests_are_made_of():
    """It can put back only what was loaded before a student's code ran."""
    code = "\n".join(cell.source for name in NAMES for cell in checks(name).values())
    used = set(re.findall(r"^from (gdlib\.\w+) import", code, re.MULTILINE))
    used |= {
        f"gdlib.{word}" for line in re.findall(r"^from gdlib import (.+)$", code, re.MULTILINE) for word in line.split(", ")
    }
    used -= {"gdlib.gradient_descent"}
    assert {"gdlib.check", "gdlib.models"} <= used
    loaded = "import sys, kernel; print(*sys.modules)"
    kernel = ROOT / "coursework" / "kernels" / "confined"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=kernel, capture_output=True, text=True, check=True)
    assert used <= set(done.stdout.split())


# ---- The form ----


@ASSIGNMENT
def test_the_points_are_those_that_are_promised(name):
    cells = notebook(SOURCE, name).cells
    assert sum(about(cell).get("points", 0) for cell in cells) == POINTS[name]
    assert f"**Points**: {POINTS[name]}." in cells[0].source
    promised, given = [], []
    for cell in cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else []:
            if found := re.match(r"###? \d+\. .*\((\d+) points?\)$", line):
                promised.append(int(found[1]))
                given.append(0)
            elif line.startswith("## Part"):
                given.append(0)  # points below it belong to the part
                promised.append(int(found[1]) if (found := re.search(r"\((\d+) points\)$", line)) else 0)
        if given:
            given[-1] += about(cell).get("points", 0)
    if name == "project":
        parts = [16, 8, 8, 8]
        assert [n for n in promised if n in (16, 8)] == parts and sum(parts) == 40
    else:
        assert promised == given


def test_the_overview_tells_the_truth_about_points_and_time():
    overview = (PAGES / "index.md").read_text("utf-8")
    by_hand = sum(about(cell).get("points", 0) for name in NAMES for cell in named(name, grade=True, solution=True).values())
    total = sum(POINTS.values())
    assert f"Of the {total} points, {total - by_hand} are given by tests and {by_hand} by you" in overview
    for name in NAMES:
        told = re.search(rf"\({name}\.ipynb\)\*\*\n.*\n.*?((?:2\.5 to )?\d hours), (\d+) points", overview)
        assert int(told[2]) == POINTS[name]
        assert f"**Time**: {told[1]}" in notebook(SOURCE, name).cells[0].source


@ASSIGNMENT
def test_nbgrader_finds_every_cell_in_order(name):
    cells = [cell for cell in notebook(SOURCE, name).cells if about(cell)]
    ids = [about(cell).grade_id for cell in cells]
    assert len(set(ids)) == len(ids) and all(cell_id.startswith(f"{name}-") for cell_id in ids)
    for cell in cells:
        said = about(cell)
        assert said.schema_version == 3 and said.task is False
        assert ("points" in said) == said.grade
        assert said.locked == (not said.solution)
        regions = cell.source.count("### BEGIN SOLUTION")
        assert regions == cell.source.count("### END SOLUTION")
        assert bool(regions) == (said.solution and cell.cell_type == "code")
        assert ("### BEGIN HIDDEN TESTS" in cell.source) == (said.grade and not said.solution)


@ASSIGNMENT
def test_written_answers_come_with_a_rubric_and_a_marking_guide(name):
    cells = notebook(SOURCE, name).cells
    written = [cell for cell in cells if about(cell).get("grade") and about(cell).solution]
    assert written
    assert all("*Marking guide.*" in cell.source for cell in written)
    seen = "\n".join(cell.source for cell in cells if not about(cell).get("solution"))
    assert "**How it is marked**" in seen and "*Marking guide.*" not in seen


@ASSIGNMENT
def test_the_source_ran_from_top_to_bottom_and_is_in_its_one_form(name):
    assert list(normalise.faults(SOURCE / name / f"{name}.ipynb")) == []


# ---- The pages of the book ----


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return tmp_path_factory.mktemp("course")


@ASSIGNMENT
def test_the_page_is_what_nbgrader_makes_of_the_source(name, course):
    made = release.page(name, course)
    assert (PAGES / f"{name}.ipynb").read_text("utf-8") == made, f"run: python tools/release.py {name}"


@ASSIGNMENT
def test_the_page_shows_no_output_but_explorers(name):
    outputs = [output for cell in normalise.code_cells(notebook(PAGES, name)) for output in cell.outputs]
    assert all(normalise.VIEW in output.data for output in outputs)


def test_the_logs_of_the_project_are_true():
    """The four runs to be diagnosed are real ones."""
    import numpy as np

    from gdlib import gradient_descent, models

    X, _, y, _ = models.split(*models.load("breast_cancer"), seed=0)
    scaled, raw = models.with_intercept(models.standardise(X)), models.with_intercept(X)
    whole, bare = models.logistic(scaled, y, penalty=0.01), models.logistic(scaled, y)
    unscaled = models.logistic(raw, y, penalty=0.01)
    text = "\n".join(cell.source for cell in notebook(SOURCE, "project").cells)
    for who, f, grad, eta, table in [
        ("Anna", whole, whole.grad, 12, scaled),
        ("Boris", unscaled, unscaled.grad, 2.3e-6, raw),
        ("Chen", bare, bare.grad, 0.3, scaled),
        ("Dana", whole, bare.grad, 0.3, scaled),
    ]:
        log = re.search(rf"\*\*{who}\*\*\n\n((?:\|.*\n?)+)", text)[1].splitlines()[2:]
        rows = [[float(entry.strip(" %")) for entry in line.strip("|").split("|")] for line in log]
        run = gradient_descent(f, grad, np.zeros(31), eta, gtol=0, max_iter=int(rows[-1][0]))
        for k, *told in rows:
            w = run.path[int(k)]
            right = 100 * ((table @ w > 0) == y).mean()
            true = [run.values[int(k)], run.grad_norms[int(k)], np.linalg.norm(w), right]
            assert told == pytest.approx(true, rel=5e-3, abs=5e-4 if who == "Boris" else 6e-3), (who, k)
