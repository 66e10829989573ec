"""Make the pages of the assignments: what nbgrader gives to students, with the live pictures of the source.

    python tools/release.py             all of them, from coursework/source to chapters/assignments
    python tools/release.py hw1 hw2     these

The pages are also what readers download, so they are made by nbgrader itself: no solution and no hidden test can be
in them. Of the outputs only the explorers come along, which owe nothing to a solution.
"""

import argparse
import tempfile

import nbformat

from coursework.course import Course, assignments
from press import ROOT, normalise

SOURCE, PAGES = ROOT / "coursework" / "source", ROOT / "chapters" / "assignments"


def page(name, course):
    """The page of an assignment, as text. nbgrader works in the folder `course`, which can serve several assignments."""
    (path,) = Course(course, new=True).release(name)
    source = nbformat.read(SOURCE / name / f"{name}.ipynb", as_version=4)
    return normalise.normalise(with_explorers(nbformat.read(path, as_version=4), source), name)


def with_explorers(released, source):
    """The released notebook with the source's explorers in it: those in cells that neither ask nor test anything."""
    shown = {
        cell.source: [output for output in cell.outputs if normalise.VIEW in output.get("data", {})]
        for cell in normalise.code_cells(source)
        if "nbgrader" not in cell.metadata
    }
    for cell in normalise.code_cells(released):
        cell.outputs = shown.get(cell.source, [])
    released.metadata.widgets = source.metadata.get("widgets", {})
    return released


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Make the pages of the assignments.")
    parser.add_argument("assignments", nargs="*", help="hw1, hw2, hw3, hw4 or project; all if left out")
    names = parser.parse_args(arguments).assignments or assignments()
    PAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as course:
        for name in names:
            text, target = page(name, course), PAGES / f"{name}.ipynb"
            before = target.read_text(encoding="utf-8") if target.exists() else ""
            target.write_text(text, encoding="utf-8", newline="\n")
            print(f"chapters/assignments/{name}.ipynb: {'as it was' if text == before else 'changed'}")
