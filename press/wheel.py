"""gdlib's wheel, made with what is installed here: no network, and nothing left in the book's folder."""

import subprocess
import sys
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns
from tempfile import TemporaryDirectory

from press import ROOT

NEEDED = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT")


def make_wheel(folder):
    """Put the wheel into the folder; return its file's name."""
    with TemporaryDirectory() as place:
        for name in NEEDED:
            copy2(ROOT / name, place)
        for package in ("gdlib", "coursework"):
            copytree(ROOT / package, Path(place, package), ignore=ignore_patterns("__pycache__", "source"))
        program = [
            sys.executable,
            "-c",
            "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))",
        ]
        done = subprocess.run([*program, str(Path(folder).resolve())], cwd=place, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"gdlib's wheel could not be made:\n{done.stderr}")
    return done.stdout.split()[-1]
