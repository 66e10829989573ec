"""JupyterHub's path, on one machine: nbgrader's own exchange, a teacher and two students as users of their own where possible.

Where the test does not run as root, or the users may not read this Python, one user plays all three.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

pwd = pytest.importorskip("pwd")  # the exchange is for Unix
STUDENTS = ("downhill-ada", "downhill-bob")


def python_for(user):
    """A Python that a user may run, with this one's packages: a tuple of words, or None."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    system = shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path="/usr/bin:/usr/local/bin")
    for python, extra in ((sys.executable, []), (system, [f"PYTHONPATH={os.pathsep.join(packages)}"])):
        command = ["runuser", "-u", user, "--", "env", *extra, python or "false"]
        if subprocess.run([*command, "-c", "import nbgrader.apps"], capture_output=True, cwd="/").returncode == 0:
            return command
    return None


@pytest.fixture(scope="module")
def users():
    """{student: the words before a command that make it run as that student}; the users are removed afterwards."""
    made = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("useradd") and shutil.which("runuser"):
        for student in STUDENTS:
            if subprocess.run(["useradd", "--create-home", student], capture_output=True).returncode == 0:
                made[student] = python_for(student)
    yield made if len(made) == len(STUDENTS) and all(made.values()) else dict.fromkeys(STUDENTS)
    for student in made:
        subprocess.run(["userdel", "--remove", student], capture_output=True)


@pytest.fixture(scope="module")
def place():
    """A folder that every user can enter, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def exchanged(users, place, new_course, fill_in, coursework, confined):
    """Release, fetch, submit, collect, grade. Gives the course, and what the students could see of it."""
    exchange = place / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    course, _released = new_course(place / "course")
    course.folder.chmod(0o700)  # as a teacher's home is
    with (course.folder / "nbgrader_config.py").open("a") as config:
        config.write(f"c.Exchange.root = {str(exchange)!r}\n")
    path = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}

    def nbgrader(prefix, folder, *arguments):
        where = [] if folder == course.folder else [f"--Exchange.root={exchange}", "--CourseDirectory.course_id=downhill"]
        command = [*(prefix or [sys.executable]), "-m", "nbgrader", *arguments, *where]
        homes = {"HOME": str(folder)} if prefix or where else {}
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ | path | homes)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    nbgrader(None, course.folder, "release_assignment", "tiny")
    peeked = {}
    for student, prefix in users.items():
        home = Path(pwd.getpwnam(student).pw_dir) if prefix else place / student
        home.mkdir(exist_ok=True)
        nbgrader(prefix, home, "fetch_assignment", "tiny")
        notebook = nbformat.read(home / "tiny" / "tiny.ipynb", as_version=4)
        assert "hidden-test" not in nbformat.writes(notebook)
        nbformat.write(
            fill_in(notebook, rate="    eta = 0.25") if student == STUDENTS[1] else fill_in(notebook),
            home / "tiny" / "tiny.ipynb",
        )
        nbgrader(prefix, home, "submit", "tiny")
        if prefix:
            tried = subprocess.run(
                [*prefix, "-c", f"import os; os.listdir({str(course.folder)!r})"], capture_output=True, text=True, cwd="/"
            )
            peeked[student] = tried.stderr
        else:
            nbgrader(
                None, course.folder, "collect", "tiny"
            )  # one user can hand in for one student only: the second replaces him
    nbgrader(None, course.folder, "collect", "tiny", "--update")
    done = coursework("grade", "tiny", "--course", course.folder)
    return course, users, peeked, done


def test_what_students_submit_through_the_exchange_is_graded(exchanged):
    course, users, _, done = exchanged
    assert done.returncode == 0, done.stdout + done.stderr
    if all(users.values()):
        assert {student: course.submission("tiny", student)["tests"] for student in users} == {
            STUDENTS[0]: 10,
            STUDENTS[1]: 8,
        }
    else:
        (only,) = (path.name for path in course.folder.joinpath("submitted").iterdir())
        assert course.submission("tiny", only)["tests"] == 8


def test_students_cannot_see_the_course(exchanged):
    _, users, peeked, _ = exchanged
    if not all(users.values()):
        pytest.skip("not root, or the users may not read this Python: one user played all three")
    assert all("PermissionError" in told for told in peeked.values())
