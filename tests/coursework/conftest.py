"""A small assignment, and a class that hands in everything a class can: right, wrong, careless and hostile."""

import json
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]


def cell(kind, source, name, points=None, **flags):
    metadata = {"grade": points is not None, "solution": False, "locked": False, "schema_version": 3, "task": False, **flags}
    metadata |= {"grade_id": name} | ({"points": points} if points is not None else {})
    make = new_code_cell if kind == "code" else new_markdown_cell
    return make(source, metadata={"nbgrader": metadata})


def answer(name, given, solution):
    return cell("code", f"{given}    ### BEGIN SOLUTION\n{solution}\n    ### END SOLUTION\n", name, solution=True)


def test(name, points, visible, hidden):
    source = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    return cell("code", source, name, points, locked=True)


SLOPE = "def slope(x):\n"
DESCEND = "def descend(grad, x, eta, gtol):\n"
RIGHT = {
    "slope": "    return 4 * x**3 - 4 * x",
    "descend": "    steps = 0\n    while grad(x) ** 2 > gtol**2:\n        x, steps = x - eta * grad(x), steps + 1\n    return x, steps",
    "rate": "    eta = 0.19",
}
SECRET = "hidden-test-8391"  # stands in the hidden tests and nowhere else


def assignment():
    """Ten points from tests, five by hand: f(x) = x^4 - 2x^2, its slope, the walk down it, a learning rate for 5x^2."""
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            cell("code", "import numpy as np", "setup", locked=True),
            answer("slope", SLOPE, RIGHT["slope"]),
            test(  # with Python's own functions; the next with NumPy's
                "slope-check",
                4,
                "assert abs(slope(2.0) - 24) < 1e-6, 'slope(2) should be 24'",
                f"'{SECRET}'\nimport numpy as np\nfor x in np.random.default_rng(1).normal(size=9):\n"
                "    assert abs(float(slope(x)) - (4 * x**3 - 4 * x)) < 1e-6, 'not the slope'",
            ),
            answer("descend", DESCEND, RIGHT["descend"]),
            test(
                "descend-check",
                4,
                "import numpy as np\nx, steps = descend(lambda x: 2 * x, 1.0, 0.25, 1e-3)\nassert np.allclose(x, 0, atol=1e-3)",
                "assert np.allclose(steps, 11)\nx, steps = descend(lambda x: 0.02 * x, 1.0, 0.25, 1e-3)\n"
                "assert np.allclose(0.02 * x, 0, atol=1e-3)",
            ),
            answer("rate", "if True:\n", RIGHT["rate"]),
            test(
                "rate-check",
                2,
                "assert isinstance(eta, float)",
                "assert 0 < eta < 0.2\nassert abs(1 - 10 * eta) ** 50 < 1e-1",
            ),
            cell("markdown", "Because the slope is 0 there.", "why", 5, solution=True),
        ],
    )


def handed_in(released, slope=RIGHT["slope"], descend=RIGHT["descend"], rate=RIGHT["rate"], first="", after=""):
    """A student's notebook: the released one, filled in. `first` and `after` are cells of the student's own."""
    notebook = nbformat.from_dict(json.loads(json.dumps(released)))
    texts = {"slope": SLOPE + slope, "descend": DESCEND + descend, "rate": f"if True:\n{rate}", "why": "It stops there."}
    for one in notebook.cells:
        one.source = texts.get(one.metadata.nbgrader.grade_id, one.source)
    if first:
        notebook.cells.insert(1, new_code_cell(first))
    if after:
        place = next(
            i for i, one in enumerate(notebook.cells) if one.metadata.get("nbgrader", {}).get("grade_id") == "slope-check"
        )
        notebook.cells.insert(place, new_code_cell(after))
    return notebook


def command(*arguments, check=True, **options):
    """python -m coursework …, as a teacher runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "coursework", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, **options
    )
    assert not check or done.returncode in (0, 1), done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def coursework():
    return command


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A course folder in which the small assignment `tiny` is released."""
    folder = tmp_path_factory.mktemp("released") / "course"
    source = folder / "source" / "tiny" / "tiny.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(assignment(), source)
    command("release", "tiny", "--course", folder)
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Confined.timeout = 4\nc.Confined.memory = 1500\n")
    return folder


@pytest.fixture(scope="session")
def new_course(released):
    """Gives a course of its own with `tiny` released, and the released notebook."""

    def make(folder):
        from coursework.course import Course

        shutil.copytree(released, folder)
        return Course(folder), nbformat.read(folder / "release" / "tiny" / "tiny.ipynb", as_version=4)

    return make


@pytest.fixture(scope="session")
def fill_in():
    return handed_in


@pytest.fixture(scope="session")
def moodle_zip():
    """A zip as Moodle's "download all submissions" makes it: {student: notebook or text}."""

    def make(path, submissions, assignment="tiny"):
        numbers = random.Random(1).sample(range(10_000, 99_999), len(submissions))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for (student, content), number in zip(submissions.items(), numbers, strict=True):
                text = content if isinstance(content, str) else nbformat.writes(content)
                archive.writestr(f"{student}_{number}_assignsubmission_file_{assignment}.ipynb", text)
        return path

    return make
