"""The built site, made once for all the tests that look at it, also when several processes run them side by side."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Build the book as `make book` does, into a folder of its own. DOWNHILL_SITE names a ready site to look at instead."""
    if ready := os.environ.get("DOWNHILL_SITE"):
        return Path(ready).resolve(), None
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each process has a folder of its own in there
    folder, report = shared / "book", shared / "book.json"
    with FileLock(shared / "book.lock"):
        if not report.exists():
            report.write_text(json.dumps(build_book(folder)), encoding="utf-8")
    return folder / "_build" / "html", SimpleNamespace(**json.loads(report.read_text("utf-8")))


def build_book(folder):
    """What the builder says: its exit code and all that it prints."""
    program = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*program, "build", str(ROOT), "--path-output", str(folder)]
    done = subprocess.run([*command, "--all", "-W", "--keep-going", "-n", "--quiet"], capture_output=True, text=True)
    return {name: getattr(done, name) for name in ("returncode", "stdout", "stderr")}


@pytest.fixture(scope="session")
def site(build):
    """The folder of the built site."""
    folder, done = build
    if not (folder / "index.html").exists():
        pytest.fail(f"no site in {folder}\n{done.stderr if done else ''}")
    return folder


@pytest.fixture(scope="session")
def confined():
    """bubblewrap works here. Where it cannot, the hostile class is not let loose."""
    from coursework.sandbox import why_not

    if problem := why_not():
        pytest.skip(f"students' code cannot be confined here: {problem}")
