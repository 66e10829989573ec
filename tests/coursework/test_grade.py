"""The command as a teacher uses it: the book's assignments, a run that is killed and started again, plain refusals."""

import csv
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from coursework.course import assignments
from press import ROOT

SOURCE = ROOT / "coursework" / "source"


def test_every_reference_solution_earns_full_marks_and_every_release_none(coursework, confined):
    done = coursework("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as it should be") == 2 * len(assignments())


def test_a_broken_reference_solution_is_noticed(released, tmp_path, coursework, confined):
    text = (released / "source/tiny/tiny.ipynb").read_text(encoding="utf-8")
    for name, changed in {
        "wrong": text.replace("4 * x**3 - 4 * x\\n", "4 * x**3\\n"),
        "open": text.replace("assert ", "0 and "),  # two tests that test nothing; the third runs into the missing answer
    }.items():
        (tmp_path / "source" / name).mkdir(parents=True)
        (tmp_path / "source" / name / f"{name}.ipynb").write_text(changed, encoding="utf-8")
    done = coursework("check", "--course", tmp_path)
    assert done.returncode == 1
    assert "wrong\n  reference  6 of 10 from tests  WRONG" in done.stdout
    assert re.search(r"open\n  reference .*\n  release    6 of 10 from tests  WRONG", done.stdout)


def test_from_release_to_grades_with_the_first_assignment(tmp_path, coursework, confined, moodle_zip):
    course = tmp_path / "course"
    assert "release/hw1/hw1.ipynb" in coursework("release", "hw1", "--course", course).stdout
    blank = nbformat.read(course / "release/hw1/hw1.ipynb", as_version=4)
    solved = nbformat.read(SOURCE / "hw1/hw1.ipynb", as_version=4)
    zipped = moodle_zip(tmp_path / "all.zip", {"Ada Lovelace": solved, "Bob Blank": blank}, assignment="hw1")
    done = coursework("grade", "hw1", zipped, "--course", course)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hw1: 2 graded, 0 not graded" in done.stdout
    coursework("feedback", "hw1", "--course", course)
    assert sorted(path.parent.parent.name for path in course.glob("feedback/*/hw1/hw1.html")) == [
        "Ada-Lovelace",
        "Bob-Blank",
    ]
    coursework("export", tmp_path / "grades.csv", "--format", "moodle", "--auto", "--course", course)
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8-sig") as stream:
        grades = {row["Full name"]: (row["Grade"], row["Maximum Grade"]) for row in csv.DictReader(stream)}
    most = sum(
        cell.metadata.nbgrader.points
        for cell in solved.cells
        if cell.cell_type == "code" and "points" in cell.metadata.get("nbgrader", {})
    )
    assert {name: tuple(map(float, pair)) for name, pair in grades.items()} == {
        "Ada Lovelace": (most, most),
        "Bob Blank": (0, most),
    }


def kernels_of(folder):
    """The processes that still run for a course: its folder is among their words."""
    words = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return [line for line in words if line.startswith(b"bwrap") and str(folder).encode() in line]


def graded(folder):
    path = folder / "records/tiny.json"
    records = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {student for student, record in records.items() if record.get("state") == "graded"}


@pytest.fixture(scope="module")
def killed(tmp_path_factory, new_course, fill_in, confined):
    """Four submissions; the run is killed, as kill -9 does, while the third is under way. Gives the course and a way to go on."""
    folder = tmp_path_factory.mktemp("killed") / "course"
    course, released = new_course(folder)
    for student in ("ann", "ben", "cas", "dan"):
        notebook = fill_in(released)
        if student == "cas":
            notebook.cells.insert(1, new_code_cell("import time\ntime.sleep(3)"))
        (folder / "submitted" / student / "tiny").mkdir(parents=True)
        nbformat.write(notebook, folder / "submitted" / student / "tiny" / "tiny.ipynb")
    command = [sys.executable, "-m", "coursework", "grade", "tiny", "--course", str(folder), "--jobs", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while graded(folder) != {"ann", "ben"} and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)
    assert process.poll() is None
    process.kill()
    process.wait()
    time.sleep(3)  # a kernel that was about to start would be there by now
    assert kernels_of(folder) == []
    states = {
        student: record["state"] for student, record in json.loads((folder / "records/tiny.json").read_text("utf-8")).items()
    }
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return course, states, again


def test_a_killed_run_goes_on_where_it_was(killed):
    course, states, again = killed
    assert states == {"ann": "graded", "ben": "graded", "cas": "begun"}
    assert again.returncode == 0, again.stdout + again.stderr
    assert [line.rpartition(", ")[2] == "as before" for line in again.stdout.splitlines() if line.startswith("[")] == [
        True,
        True,
        False,
        False,
    ]
    assert {
        student: course.submission("tiny", student)["tests"] for student in ("ann", "ben", "cas", "dan")
    } == dict.fromkeys(("ann", "ben", "cas", "dan"), 10)


def test_only_a_changed_submission_is_graded_again(killed, coursework, fill_in):
    course, *_ = killed
    path = course.folder / "submitted/ben/tiny/tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = "def slope(x):\n    return 0"
    nbformat.write(notebook, path)
    done = coursework("grade", "tiny", "--course", course.folder)
    fresh = [line for line in done.stdout.splitlines() if line.startswith("[") and "as before" not in line]
    assert len(fresh) == 1
    assert "ben" in fresh[0]
    assert course.submission("tiny", "ben")["tests"] == 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["release", "hw77"], "there is no assignment 'hw77': the book has hw1"),
        (["grade", "hw1"], "there is no course in"),
        (["export", "grades.csv"], "there is no course in"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(tmp_path, coursework, arguments, told):
    done = coursework(*arguments, "--course", tmp_path / "none", check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("there", [False, True])
def test_nothing_runs_unconfined_unless_asked_for(released, coursework, monkeypatch, tmp_path, there):
    """Where bubblewrap is missing, and where it is there but the system refuses it what it needs."""
    if there:
        (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = coursework("grade", "tiny", "--course", released, check=False)
    assert done.returncode == 2
    assert "cannot be confined: " + ("this system does not let" if there else "bubblewrap is not installed") in done.stderr
    assert ("uid map: Permission denied" in done.stderr) is there
    assert "--unconfined" in done.stderr


def test_without_bubblewrap_it_works_and_says_so(tmp_path, coursework, new_course, fill_in):
    course, released = new_course(tmp_path / "course")
    (course.folder / "submitted/ann/tiny").mkdir(parents=True)
    nbformat.write(fill_in(released), course.folder / "submitted/ann/tiny/tiny.ipynb")
    done = coursework("grade", "tiny", "--course", course.folder, "--unconfined")
    assert done.stdout.startswith("Not confined: students' code can read and change all that you can")
    assert course.submission("tiny", "ann")["tests"] == 10


@pytest.mark.parametrize("command", ["release", "check", "grade", "feedback", "export"])
def test_each_command_has_help(coursework, command):
    assert "usage: python -m coursework" in coursework(command, "--help").stdout
