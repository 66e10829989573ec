"""Submissions side by side: on this machine, on a Dask cluster that loses a worker, and with a gradebook in PostgreSQL."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[2]
CLASS = ("ann", "ben", "cas", "dan")


def hand_in(course, notebooks):
    for student, notebook in notebooks.items():
        place = course.folder / "submitted" / student / "tiny"
        place.mkdir(parents=True)
        nbformat.write(notebook, place / "tiny.ipynb")


def lines(text):
    return [line for line in text.splitlines() if line.startswith("[")]


@pytest.fixture(scope="module")
def course(tmp_path_factory, new_course, fill_in, confined):
    """Four submissions; the second waits, so that there is time to stop what runs it. One brings data of her own."""
    course, released = new_course(tmp_path_factory.mktemp("jobs") / "course")
    notebooks = {student: fill_in(released) for student in CLASS}
    notebooks["ben"].cells.insert(1, new_code_cell("import time\ntime.sleep(3)"))
    notebooks["dan"].cells.insert(
        1, new_code_cell("assert open('data/mine.txt').read() == 'dan'\nopen('new.txt', 'w').close()")
    )
    hand_in(course, notebooks)
    (course.folder / "submitted/dan/tiny/data").mkdir()
    (course.folder / "submitted/dan/tiny/data/mine.txt").write_text("dan")
    return course


def points(course):
    return {student: course.submission("tiny", student)["tests"] for student in CLASS}


def test_side_by_side_gives_the_same_and_says_how_far_it_is(course, coursework):
    done = coursework("grade", "tiny", "--course", course.folder, "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert points(course) == dict.fromkeys(CLASS, 10)
    told = lines(done.stdout)
    assert sorted(line.split()[1] for line in told) == sorted(CLASS)
    assert [line.split("]")[0] for line in told] == ["[1/4", "[2/4", "[3/4", "[4/4"]
    assert all("running, " in line and f"{left} left, about" in line for left, line in zip((3, 2, 1), told, strict=False))
    notebook = nbformat.read(course.folder / "autograded/dan/tiny/tiny.ipynb", as_version=4)
    assert not [output for output in notebook.cells[1].outputs if output.output_type == "error"]


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_how_many_is_a_number(course, coursework, jobs):
    done = coursework("grade", "tiny", "--course", course.folder, "--jobs", jobs, check=False)
    assert "a whole number from 1 up was expected" in done.stderr


def killer(task):
    """A process that runs submissions, and is lost with the first that it gets (the system ends one when memory runs out)."""
    from coursework.run import Ran

    mark, name = task
    if name == "kills for ever" or (name == "kills once" and not os.path.exists(mark)):
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Ran({"tiny": name}, "", 0)


def test_a_process_that_is_lost_takes_nothing_along(tmp_path, monkeypatch):
    from coursework import jobs

    monkeypatch.setattr(jobs, "run", killer)
    names = ["one", "kills once", "two", "three"]
    ran = {
        name: result.notebooks for name, result, _ in jobs.side_by_side(((n, (str(tmp_path / "mark"), n)) for n in names), 1)
    }
    assert ran == {name: {"tiny": name} for name in names}
    (only,) = [result for _, result, _ in jobs.side_by_side([("x", (str(tmp_path / "mark"), "kills for ever"))], 1)]
    assert "was lost 3 times" in only.why


@contextmanager
def process(*words, **options):
    started = subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def worker(file, **options):
    words = ("worker", "--scheduler-file", file, "--host", "127.0.0.1", "--nthreads", 1, "--no-nanny", "--no-dashboard")
    return process(*words, "--local-directory", file.parent, **options)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A Dask scheduler on the loopback address: its file, and its address."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    with process("scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file) as running:
        while not file.exists() or not file.read_text():
            assert running.poll() is None
            time.sleep(0.1)
        yield file, json.loads(file.read_text())["address"]


def wait_for_workers(address, many):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(many, timeout=120)


def test_a_cluster_that_loses_a_worker_loses_no_submission(course, scheduler, tmp_path):
    file, address = scheduler
    with worker(file) as first, worker(file):
        wait_for_workers(address, 2)
        command = [
            sys.executable,
            "-m",
            "coursework",
            "grade",
            "tiny",
            "--course",
            course.folder,
            "--again",
            "--cluster",
            address,
        ]
        grading = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        told = []
        for line in grading.stdout:
            told.append(line)
            if line.startswith("[1/"):
                first.kill()  # with a submission on its hands
        assert grading.wait() == 0, "".join(told)
    assert sorted(line.split()[1] for line in lines("".join(told))) == sorted(CLASS)  # each once
    assert points(course) == dict.fromkeys(CLASS, 10)


def test_a_worker_that_cannot_confine_is_refused(course, scheduler, coursework, tmp_path):
    file, address = scheduler
    with worker(file, env={**os.environ, "PATH": str(tmp_path)}):
        wait_for_workers(address, 1)
        done = coursework("grade", "tiny", "--course", course.folder, "--again", "--cluster", address, check=False)
    assert done.returncode == 2
    assert "cannot confine students' code: bubblewrap is not installed" in done.stderr


def test_a_cluster_that_is_not_there_is_told(course, coursework):
    done = coursework("grade", "tiny", "--course", course.folder, "--cluster", "tcp://127.0.0.1:9", check=False)
    assert done.returncode == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL server in a temporary folder, reached by a socket there; its address for nbgrader."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in (shutil.which("initdb"),) if path
    ]
    if not found:
        pytest.skip("no PostgreSQL here (Debian: postgresql)")
    with tempfile.TemporaryDirectory() as folder:
        as_user = {"user": "postgres"} if os.geteuid() == 0 else {}  # it does not run as root
        if as_user:
            shutil.chown(folder, "postgres")
        subprocess.run(
            [found[-1], "-D", f"{folder}/data", "-A", "trust", "-U", "teacher"],
            check=True,
            capture_output=True,
            cwd="/",
            **as_user,
        )
        command = [
            found[-1].with_name("postgres"),
            "-D",
            f"{folder}/data",
            "-k",
            folder,
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
        ]
        server = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user)
        try:
            while not Path(folder, ".s.PGSQL.5432").exists():
                assert server.poll() is None
                time.sleep(0.1)
            yield f"postgresql+psycopg://teacher@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # to postgres: end now, cleanly
            server.wait(timeout=30)


def test_the_gradebook_can_be_postgresql(tmp_path, postgres, new_course, fill_in, coursework, confined):
    import sqlalchemy

    from coursework.course import Course

    first, released = new_course(tmp_path / "course")
    with (first.folder / "nbgrader_config.py").open("a") as config:
        config.write(f"c.CourseDirectory.db_url = {postgres!r}\n")
    coursework("release", "tiny", "--course", first.folder)
    (first.folder / "gradebook.db").unlink()
    for student, rate in (("A" * 300, "0.19"), ("bob", "0.25")):
        place = tmp_path / "in" / student[:200]
        place.mkdir(parents=True)
        nbformat.write(fill_in(released, rate=f"    eta = {rate}"), place / "tiny.ipynb")
    done = coursework("grade", "tiny", tmp_path / "in", "--course", first.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    course = Course(first.folder)
    assert sorted(course.submission("tiny", path.name)["tests"] for path in (first.folder / "submitted").iterdir()) == [
        8,
        10,
    ]
    assert not (first.folder / "gradebook.db").exists()
    with sqlalchemy.create_engine(postgres).connect() as book:
        assert book.execute(sqlalchemy.text("select count(*) from submitted_assignment")).scalar() == 2
    coursework("export", tmp_path / "grades.csv", "--course", first.folder, "--auto")
    assert len((tmp_path / "grades.csv").read_text("utf-8-sig").splitlines()) == 3
