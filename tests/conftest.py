"""The built site, made once for all the tests that look at it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Build the book as `make book` does, into a folder of its own. DOWNHILL_SITE names a ready site to look at instead."""
    if ready := os.environ.get("DOWNHILL_SITE"):
        return Path(ready).resolve(), None
    folder = tmp_path_factory.mktemp("book")
    program = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*program, "build", str(ROOT), "--path-output", str(folder)]
    done = subprocess.run([*command, "--all", "-W", "--keep-going", "-n", "--quiet"], capture_output=True, text=True)
    return folder / "_build" / "html", done


@pytest.fixture(scope="session")
def site(build):
    """The folder of the built site."""
    folder, done = build
    if not (folder / "index.html").exists():
        pytest.fail(f"no site in {folder}\n{done.stderr if done else ''}")
    return folder
