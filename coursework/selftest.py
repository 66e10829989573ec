"""An assignment is sound: its reference solution earns every point that tests give, and the release earns none."""

import shutil
import tempfile
from pathlib import Path

from .course import HERE, Course, assignments
from .grade import grade, status


def selftest(assignment=None, own=None, jobs=None):
    """Check one assignment, or all, in a course of their own; returns whether one is not sound."""
    source = Path(own) / "source" if own else HERE / "source"
    names = [assignment] if assignment else assignments(source)
    with tempfile.TemporaryDirectory() as folder:
        course = Course(folder, new=True)
        found = [sound(course, name, source / name, jobs) for name in names]  # all of them, also after one that is not
        return not all(found)


def sound(course, assignment, source, jobs):
    """Grade the reference solution and the release, as if two students had handed them in."""
    if source.exists():  # else `release` says what there is
        shutil.copytree(source, course.path("source", assignment))
    course.release(assignment)
    for student, step in (("reference", "source"), ("release", "release")):
        shutil.copytree(course.path(step, assignment), course.path("submitted", assignment, student))
    records = grade(course, assignment, say=lambda line: None, jobs=jobs)
    print(assignment)
    good = True
    for student, wanted in (
        ("reference", lambda points, maximum: points == maximum),
        ("release", lambda points, maximum: points == 0),
    ):
        found, words = status(course, assignment, student, records)
        points, maximum = (found["tests"], found["tests_max"]) if found else (0, 0)
        fine = bool(found and maximum and wanted(points, maximum))
        good &= fine
        print(
            f"  {student:9}  {points:g} of {maximum:g} from tests  {'as it should be' if fine else f'WRONG ({words})'}",
            flush=True,
        )
    return good
