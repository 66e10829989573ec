"""requirements-lock.txt has one version of everything that the book asks for, within its range, on every Python and system."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from press import ROOT

LOCK = (ROOT / "requirements-lock.txt").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PYTHONS = ["3.11.0", "3.12.0", "3.13.0", "3.14.0"]


def requirements(text):
    """The requirements of a file, but for those that are folders of the book."""
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-e"))]


PINNED = requirements(LOCK)
ASKED = [
    *requirements((ROOT / "requirements.txt").read_text("utf-8")),
    *map(Requirement, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["peers"]),
]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_it_holds_what_is_asked_for(asked, python):
    here = {"python_full_version": python, "python_version": python[:4]}
    versions = [
        next(iter(pin.specifier)).version
        for pin in PINNED
        if canonicalize_name(pin.name) == canonicalize_name(asked.name) and (not pin.marker or pin.marker.evaluate(here))
    ]
    assert len(versions) == 1 and asked.specifier.contains(versions[0]), "make lock"


def test_it_pins_every_version_and_names_no_host():
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in PINNED)
    assert "://" not in LOCK and "--" not in LOCK and not re.search(r"(cuda|nvidia)", LOCK)
