"""The course folder: nbgrader's files, its gradebook, and one record of what came in and what became of it."""

import json
import os
import shutil
import sys
import warnings
from pathlib import Path

from sqlalchemy.exc import SAWarning

os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # nbgrader calls alembic

from nbgrader.api import MissingEntry  # noqa: E402
from nbgrader.apps import NbGraderAPI  # noqa: E402
from nbgrader.coursedir import CourseDirectory  # noqa: E402
from traitlets.config import Config  # noqa: E402
from traitlets.config.loader import PyFileConfigLoader  # noqa: E402

warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own queries, which are in order
warnings.filterwarnings("ignore", module="nbformat")  # ids of cells that are missing or twice, which it then mends
HERE = Path(__file__).resolve().parent
CONFIG = f'''# This course's settings. The line below loads the book's; change any of them after it.
load_subconfig("nbgrader_config.py", path={str(HERE)!r})
# c.CourseDirectory.course_id = "downhill-2026"
# c.Confined.timeout = 60
'''


class Refused(Exception):
    """Something the teacher asked for cannot be done; the message says why, and what can."""


class Course:
    def __init__(self, folder, new=False):
        self.folder = Path(folder).resolve()
        config = self.folder / "nbgrader_config.py"
        if new and not config.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            config.write_text(CONFIG, encoding="utf-8")
        if not config.exists():
            raise Refused(f"there is no course in {self.folder}: `python -m coursework release hw1` begins one")
        settings = Config(PyFileConfigLoader(config.name, path=str(self.folder)).load_config())
        settings.CourseDirectory.root = str(self.folder)
        directory = CourseDirectory(config=settings)
        self.api = NbGraderAPI(directory, config=settings)

    def gradebook(self):
        return self.api.gradebook

    def path(self, step, assignment, student="."):
        return Path(os.path.normpath(self.api.coursedir.format_path(step, student, assignment)))

    def notebooks(self, assignment):
        """The names of an assignment's notebooks, as released."""
        names = sorted(path.stem for path in self.path("release", assignment).glob("*.ipynb"))
        if not names:
            raise Refused(f"{assignment} has not been released in {self.folder}: `python -m coursework release {assignment}`")
        return names

    def release(self, assignment):
        """Make the students' version in release/. The source is copied from the book once; after that it is the teacher's."""
        book, own = HERE / "source" / assignment, self.path("source", assignment)
        if not own.exists():
            if not book.exists():
                known = ", ".join(sorted(path.name for path in (HERE / "source").iterdir()))
                raise Refused(f"there is no assignment {assignment!r}: the book has {known}")
            shutil.copytree(book, own, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        finish(self.api.generate_assignment(assignment), f"{assignment} could not be released")
        return sorted(self.path("release", assignment).glob("*.ipynb"))

    def submission(self, assignment, student):
        """nbgrader's numbers for a submission, with the points from tests apart; or None."""
        with self.gradebook() as book:
            try:
                found = book.find_submission(assignment, student)
            except MissingEntry:
                return None
            numbers = {name: getattr(found, name) for name in ("score", "max_score", "needs_manual_grade", "timestamp")}
            tests = tested(found.assignment)
            grades = [grade for notebook in found.notebooks for grade in notebook.grades if grade.cell in tests]
            points = sum(grade.auto_score or 0 for grade in grades)
            return {**numbers, "penalty": found.late_submission_penalty or 0, "tests": points, "tests_max": tests_max(found.assignment)}


def tested(assignment):
    """The cells of an assignment (nbgrader's entry) whose points come from tests, not by hand."""
    for_hand = {cell.name for notebook in assignment.notebooks for cell in notebook.solution_cells}
    cells = [cell for notebook in assignment.notebooks for cell in notebook.grade_cells]
    return [cell for cell in cells if cell.cell_type == "code" and cell.name not in for_hand]


def tests_max(assignment):
    return sum(cell.max_score for cell in tested(assignment))


class Records:
    """What came in for one assignment and what became of it: records/hw1.json, written anew, whole, after each change."""

    def __init__(self, course, assignment):
        self.path = course.folder / "records" / f"{assignment}.json"
        self.students = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}

    def note(self, student, **facts):
        self.students.setdefault(student, {}).update(facts)
        self.path.parent.mkdir(exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(self.students, indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(draft, self.path)  # whole or not at all, whenever the power goes


def finish(result, what):
    """nbgrader's report on one of its steps: an exception if it did not succeed."""
    if not result["success"]:
        if "KeyboardInterrupt" in result["error"].splitlines()[-1]:
            raise KeyboardInterrupt
        raise Refused(f"{what}: {reason(result)}")


def reason(result):
    """The one line of nbgrader's log that says why."""
    lines = [line.strip() for line in (result.get("log", "") + result["error"]).splitlines()]
    told = [line for line in lines if "NotGraded: " in line] or [
        line for line in lines if line.partition(":")[0].rpartition(".")[2].endswith(("Error", "Exception", "Entry"))
    ]
    return told[0].partition(": ")[2] if told else lines[-1]
