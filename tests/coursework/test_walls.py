"""No wall without a word: a course that has moved, a book that has moved, settings that leave something out."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
OLD = 'load_subconfig("nbgrader_config.py", path={!r})\n'  # what a course's settings began with, once
LOOK_AND_WRITE = """
import os
for place in {places!r}:
    for folder, _, names in os.walk(place):
        for name in names:
            if name.endswith((".ipynb", ".db", "run.py")):
                try:
                    open(os.path.join(folder, name)).read(1)
                    print("READ", name)
                except OSError:
                    pass
    try:
        open(os.path.join(place, "written"), "w").close()
    except OSError:
        pass
print("looked")
"""


MANY = """
import multiprocessing, time
def hold():
    memory = bytearray(b"x" * (300 << 20))
    time.sleep(60)
for _ in range(8):
    multiprocessing.get_context("fork").Process(target=hold).start()
time.sleep(60)
"""
FORKS = "import os, time\nfor _ in range(100):\n    if not os.fork():\n        time.sleep(60)\ntime.sleep(60)"


def hand_in(course, notebook, student="eve"):
    place = course.folder / "submitted" / student / "tiny"
    place.mkdir(parents=True)
    nbformat.write(notebook, place / "tiny.ipynb")


@pytest.fixture
def container(tmp_path):
    """The book where coursework/Containerfile puts it: a folder `downhill`, with coursework beside gdlib."""
    shutil.copytree(ROOT / "coursework", tmp_path / "downhill" / "coursework", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "downhill"


def test_a_course_that_moved_is_graded_in_a_container_behind_the_same_walls(
    tmp_path, container, new_course, fill_in, confined
):
    first, released = new_course(tmp_path / "laptop" / "course")
    shutil.move(first.folder, tmp_path / "course")
    folder = tmp_path / "course"
    from coursework.course import Course

    course = Course(folder)
    places = [str(folder), str(container / "coursework"), str(ROOT / "coursework"), str(tmp_path)]
    hand_in(course, fill_in(released, after=LOOK_AND_WRITE.format(places=places)))
    command = [sys.executable, "-m", "coursework", "grade", "tiny", "--course", folder]
    done = subprocess.run(command, cwd=container, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert course.submission("tiny", "eve")["tests"] == 10
    notebook = nbformat.read(folder / "autograded/eve/tiny/tiny.ipynb", as_version=4)
    said = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert said == "looked\n"
    assert not list(tmp_path.rglob("written"))


def test_settings_that_name_a_book_that_moved_run_nothing(tmp_path, new_course, fill_in, coursework, confined):
    course, released = new_course(tmp_path / "course")
    (course.folder / "nbgrader_config.py").write_text(OLD.format(str(tmp_path / "gone")))
    hand_in(course, fill_in(released, after=f"open({str(tmp_path / 'ran')!r}, 'w').close()"))
    done = coursework("grade", "tiny", "--course", course.folder, check=False)
    assert done.returncode == 2
    assert "Confined is not among Autograde.autograde_preprocessors" in done.stderr
    assert "Let it begin with these lines" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "ran").exists()
    assert not (course.folder / "autograded").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("c.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']", "Execute would run code unconfined"),
        ("c.Autograde.sanitize_preprocessors = ['nbgrader.preprocessors.OverwriteCells']", "RestoreCells is not among"),
        ("c.Confined.enabled = False", "Confined is not among"),
        ("c.RestoreCells.enabled = False", "RestoreCells is not among"),
        ("c.OverwriteCells.enabled = False", "OverwriteCells is not among"),
        ("c.Confined.timeout = None", "Confined.timeout is no limit"),
        ("c.Confined.processes = 0", "Confined.processes is no limit"),
        ("c.HTMLExporter.preprocessors = []", "show.Harmless is not among"),
        ("c.Autograde.autograde_preprocessors = ['gone.Confined']", "No module named 'gone'"),
        ("c.HTMLExporter.filters = {}", "show.markdown is not"),
    ],
)
def test_a_wall_that_is_missing_is_named(tmp_path, line, told):
    from coursework.course import CONFIG, Course, Refused

    (tmp_path / "nbgrader_config.py").write_text(CONFIG + line)
    with pytest.raises(Refused, match=told):
        Course(tmp_path).check_walls()


def test_where_the_book_is_not_found_nothing_runs(tmp_path, monkeypatch):
    """Formgrader loads a course's settings too, perhaps with a Python that does not have the book."""
    import importlib.util

    from coursework.course import Course, Refused

    Course(tmp_path, new=True).check_walls()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refused, match="RestoreCells is not among"):
        Course(tmp_path).check_walls()
    steps = Course(tmp_path).settings.Autograde.autograde_preprocessors
    assert steps == ["coursework.run.Confined"]  # a name that cannot be imported there: nbgrader stops


def test_the_walls_of_a_new_course_stand(tmp_path):
    from coursework.course import Course

    Course(tmp_path, new=True).check_walls()


@pytest.mark.parametrize(
    ("lets", "told"), [("--share-net", "lets a program use the network"), ("--bind / /", "lets a program read")]
)
def test_a_bubblewrap_that_does_not_confine_is_noticed(tmp_path, monkeypatch, confined, lets, told):
    from coursework.sandbox import why_not

    real = shutil.which("bwrap")
    (tmp_path / "bwrap").write_text(
        f"#!{sys.executable}\nimport os, sys\nplace = sys.argv.index('--bind')\n"
        f"os.execv({real!r}, [*sys.argv[:place], *{lets.split()!r}, *sys.argv[place:]])\n"
    )
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert told in why_not()


def test_limits_for_all_processes_together_are_given_to_the_system_where_it_takes_them(tmp_path, monkeypatch):
    """systemd is not in every test machine, so a stand-in notes what it is asked for; run.Watch keeps the limits meanwhile."""
    from coursework import sandbox

    stand_in = (
        f'#!/bin/sh\necho "$XDG_RUNTIME_DIR $@" > {tmp_path}/asked\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
    )
    (tmp_path / "systemd-run").write_text(stand_in)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/8391")
    (tmp_path / "systemd-run").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(sandbox, "SYSTEMD", tmp_path)
    command = sandbox.scope("6144", "200")
    done = subprocess.run(
        [*command, sys.executable, "-c", "import os; print(dict(os.environ))"], capture_output=True, text=True
    )
    assert "PATH" in done.stdout
    assert "8391" not in done.stdout  # a student's code does not hear of it
    asked = (tmp_path / "asked").read_text()
    assert "MemoryMax=6144M" in asked
    assert "TasksMax=200" in asked
    assert asked.startswith("/run/user/8391 ")
    monkeypatch.setattr(sandbox, "SYSTEMD", tmp_path / "none")
    assert sandbox.scope("6144", "200") == []


def test_all_processes_of_a_submission_have_one_limit(tmp_path, new_course, fill_in, coursework, confined):
    course, released = new_course(tmp_path / "course")
    with (course.folder / "nbgrader_config.py").open("a") as config:
        config.write("c.Confined.timeout = 60\nc.Confined.processes = 40\nc.Confined.together = 1800\n")
    for student, code in {"forks": FORKS, "many": MANY, "zoe": "pass"}.items():
        hand_in(course, fill_in(released, after=code), student)
    done = coursework("grade", "tiny", "--course", course.folder)
    told = {line.split()[0]: line for line in done.stdout.partition("Not graded;")[2].splitlines()[1:]}
    assert set(told) == {"forks", "many"}
    assert "more than" in told["forks"]  # of one or the other: what is forked counts as memory too
    assert "the processes took more than 1800 MB together in cell 3" in told["many"]
    assert course.submission("tiny", "zoe")["tests"] == 10
