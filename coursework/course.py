"""The course folder: nbgrader's files, its gradebook, and one record of what came in and what became of it."""

import json
import os
import shutil
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy.exc import SAWarning

os.environ["PATH"] = os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
)  # nbgrader calls alembic

from nbconvert.exporters import HTMLExporter
from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, OverwriteCells
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader
from traitlets.utils.importstring import import_item

from .cells import RestoreCells
from .run import Confined
from .show import Harmless, markdown

warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own queries, which are in order
warnings.filterwarnings("ignore", module="nbformat")  # ids of cells that are missing or twice, which it then mends
HERE = Path(__file__).resolve().parent
LOADS_THE_BOOK = """\
from importlib.util import find_spec

c = get_config()
c.Autograde.autograde_preprocessors = ["coursework.run.Confined"]  # where the book is not found, nothing of a student's runs
c.HTMLExporter.preprocessors = ["coursework.show.Harmless"]  # and nothing is shown
if book := find_spec("coursework"):  # the book, wherever it is: on the laptop, in a container, moved
    load_subconfig("nbgrader_config.py", path=list(book.submodule_search_locations)[0])
"""
CONFIG = f"""# This course's settings. First come the book's; change any of them at the end.
{LOADS_THE_BOOK}
# c.CourseDirectory.course_id = "downhill-2026"
# c.Confined.timeout = 60
"""


def assignments(source=HERE / "source"):
    """The names of the assignments in a folder of sources: those that have a notebook."""
    return sorted({path.parent.name for path in source.glob("*/*.ipynb")})


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
        self.settings = Config(PyFileConfigLoader(config.name, path=str(self.folder)).load_config())
        self.settings.CourseDirectory.root = str(self.folder)
        directory = CourseDirectory(config=self.settings)
        self.api = NbGraderAPI(directory, config=self.settings)

    def check_walls(self):
        """Refuse to go on unless the settings that were loaded, not those that were meant, keep students' code and pages in."""
        try:
            missing = list(missing_walls(self.settings))
        except Exception as error:  # a name that cannot be imported, a value of the wrong kind
            missing = [f"{type(error).__name__}: {error}"]
        if missing:
            raise Refused(
                f"{self.folder}/nbgrader_config.py leaves students' code without its walls: {'; '.join(missing)}.\n"
                "Nothing has been run. Perhaps it names a book that has moved, or changes a setting that has to stay.\n"
                f"Let it begin with these lines, in place of the old load_subconfig:\n\n{LOADS_THE_BOOK}"
            )

    def gradebook(self):
        return self.api.gradebook

    def path(self, step, assignment, student="."):
        return Path(os.path.normpath(self.api.coursedir.format_path(step, student, assignment)))

    def notebooks(self, assignment):
        """The names of an assignment's notebooks, as released."""
        names = sorted(path.stem for path in self.path("release", assignment).glob("*.ipynb"))
        if not names:
            raise Refused(
                f"{assignment} has not been released in {self.folder}: `python -m coursework release {assignment}`"
            )
        return names

    def release(self, assignment):
        """Make the students' version in release/. The source is copied from the book once; after that it is the teacher's."""
        book, own = HERE / "source" / assignment, self.path("source", assignment)
        if not own.exists():
            if not book.exists():
                raise Refused(f"there is no assignment {assignment!r}: the book has {', '.join(assignments())}")
            shutil.copytree(book, own, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        finish(self.api.generate_assignment(assignment), f"{assignment} could not be released")
        return sorted(self.path("release", assignment).glob("*.ipynb"))

    def submission(self, assignment, student, book=None):
        """nbgrader's numbers for a submission, with the points from tests apart; or None. Opening the `book` takes most of it."""
        with nullcontext(book) if book else self.gradebook() as book:
            try:
                found = book.find_submission(assignment, student)
            except MissingEntry:
                return None
            numbers = {name: getattr(found, name) for name in ("score", "max_score", "needs_manual_grade", "timestamp")}
            tests = tested(found.assignment)
            grades = [grade for notebook in found.notebooks for grade in notebook.grades if grade.cell in tests]
            points = sum(grade.auto_score or 0 for grade in grades)
            return {
                **numbers,
                "penalty": found.late_submission_penalty or 0,
                "tests": points,
                "tests_max": tests_max(found.assignment),
            }


def tested(assignment):
    """The cells of an assignment (nbgrader's entry) whose points come from tests, not by hand."""
    for_hand = {cell.name for notebook in assignment.notebooks for cell in notebook.solution_cells}
    cells = [cell for notebook in assignment.notebooks for cell in notebook.grade_cells]
    return [cell for cell in cells if cell.cell_type == "code" and cell.name not in for_hand]


def tests_max(assignment):
    return sum(cell.max_score for cell in tested(assignment))


def missing_walls(settings):
    """What of the safeguards is not in the settings, or is switched off."""
    steps = Autograde(config=settings)
    for name, wanted in (
        ("sanitize_preprocessors", (RestoreCells, OverwriteCells)),
        ("autograde_preprocessors", (Confined,)),
    ):
        found = [import_item(step) if isinstance(step, str) else step for step in getattr(steps, name)]
        for step in wanted:
            if not (step in found and step(config=settings).enabled):
                yield f"{step.__name__} is not among Autograde.{name}"
        yield from (
            f"{step.__name__} would run code unconfined"
            for step in found
            if issubclass(step, Execute) and step is not Confined
        )
    limits = Confined(config=settings)
    for name in ("timeout", "total", "memory", "together", "processes"):
        if not (getattr(limits, name) or 0) > 0:
            yield f"Confined.{name} is no limit"
    page = HTMLExporter(config=settings)
    if not any(isinstance(step, Harmless) and step.enabled for step in page._preprocessors):
        yield "show.Harmless is not among HTMLExporter.preprocessors"
    if page.filters.get("markdown2html") not in ("coursework.show.markdown", markdown):
        yield "show.markdown is not HTMLExporter's filter markdown2html"


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
    causes = [line for line in lines if "NotGraded: " in line] or [
        line for line in lines if line.partition(":")[0].rpartition(".")[2].endswith(("Error", "Exception", "Entry"))
    ]
    return causes[0].partition(": ")[2] if causes else lines[-1]
