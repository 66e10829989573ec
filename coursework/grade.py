"""Grade what is in submitted/: run submissions side by side, write what they earned in one place, and say what became of each."""

import hashlib
import time
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.utils import find_all_files

from .course import Records, Refused, finish
from .jobs import cores, side_by_side
from .run import LIMITS, RAN, Confined, Ran, Task

DONE, FAILED, BEGUN = "graded", "not graded", "begun"


def digest(course, assignment, student):
    """What a grade rests on: the submission and the tests. If neither has changed, there is nothing to grade again."""
    seen = hashlib.sha256()
    for step, who in (("submitted", student), ("source", "."), ("release", ".")):
        for path in sorted(course.path(step, assignment, who).rglob("*")):
            if path.is_file():
                seen.update(path.name.encode() + path.read_bytes())
    return seen.hexdigest()


def students(course, assignment):
    """Everyone who handed something in: through `collect`, through nbgrader's exchange, or put there by hand."""
    there = course.folder.joinpath("submitted").glob(f"*/{assignment}")
    return sorted({path.parent.name for path in there} | set(Records(course, assignment).students))


class Prepare(Autograde):
    """The first half of nbgrader's autograding, for a submission that is then run elsewhere: cells and tests put in order."""

    def __init__(self, course):
        super().__init__(coursedir=course.api.coursedir, parent=course.api)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        self._init_preprocessors()

    def text(self, path):
        return self.exporter.from_filename(str(path), self.init_single_notebook_resources(str(path)))[0]


def prepare(course, assignment, student):
    """All that a submission needs to be run anywhere; the files of the assignment go before the student's own."""
    folder, ignored = course.path("submitted", assignment, student), [*course.api.coursedir.ignore, "*.ipynb"]
    steps, known = Prepare(course), set(course.notebooks(assignment))
    notebooks = {path.stem: steps.text(path) for path in sorted(folder.glob("*.ipynb")) if path.stem in known}
    files = {}
    for origin in (folder, course.path("source", assignment)):
        for path in map(Path, find_all_files(str(origin), ignored)):
            if not path.is_symlink():
                files[path.relative_to(origin).as_posix()] = path.read_bytes()
    limits = Confined(config=course.settings)
    return Task(notebooks, files, {name: getattr(limits, name) for name in LIMITS}, str(course.folder))


def enter(course, assignment, student, ran):
    """Put what a submission gave into the gradebook: nbgrader's autograding, in which nothing is run a second time."""
    token = RAN.set(ran)
    try:
        finish(course.api.autograde(assignment, student), "")
    finally:
        RAN.reset(token)


def grade(course, assignment, again=False, say=print, jobs=None, cluster=None):
    """Grade everyone who has no grade yet. Killed at any moment and started again, it goes on where it was."""
    course.check_walls()
    course.notebooks(assignment)
    records, everyone = Records(course, assignment), students(course, assignment)
    if not everyone:
        raise Refused(f"nothing has been handed in: `python -m coursework grade {assignment} submissions.zip`")
    line = Progress(course, assignment, records, everyone, say)
    to_do = [student for student in everyone if not nothing_to_run(course, assignment, student, records, again, line)]
    line.begin(len(to_do))
    for student, ran, under_way in side_by_side(tasks(course, assignment, to_do, records), jobs or cores(), cluster):
        try:
            enter(course, assignment, student, ran)
            records.note(student, state=DONE, seconds=ran.seconds)
        except Exception as error:  # whatever it is, it is this student's line, and the next one is graded
            records.note(student, state=FAILED, why=in_words(error), seconds=ran.seconds)
        line.tell(student, under_way)
    return records


def nothing_to_run(course, assignment, student, records, again, line):
    """Whether there is nothing to run for a student; then it is noted, and said."""
    record, now = records.students.get(student, {}), digest(course, assignment, student)
    done = record.get("digest") == now and record.get("state") == DONE
    nothing = not any(course.path("submitted", assignment, student).glob("*.ipynb"))
    if nothing or (record.get("problem") and record.get("digest") == now):  # mended by hand, it has another digest
        records.note(student, state=FAILED, why=record.get("problem") or "no notebook in its folder")
    elif again or not done:
        return False
    line.tell(student, as_before=done and not nothing)
    return True


def tasks(course, assignment, to_do, records):
    """(student, what is to be run), prepared when its turn comes."""
    for student in to_do:
        records.note(student, state=BEGUN, why="", digest=digest(course, assignment, student))
        try:
            yield student, prepare(course, assignment, student)
        except Exception as error:
            yield student, Ran({}, in_words(error), 0)


def in_words(error):
    return str(error).removeprefix(": ") if isinstance(error, Refused) else f"{type(error).__name__}: {error}"


class Progress:
    """One line for each submission as it is done, with how many run, how many are left, and for how long."""

    def __init__(self, course, assignment, records, everyone, say):
        self.where, self.records, self.say, self.all, self.done = (course, assignment), records, say, len(everyone), 0
        self.width = max(map(len, everyone))

    def begin(self, to_run):
        self.start, self.to_run, self.ran = time.monotonic(), to_run, 0

    def tell(self, student, under_way=None, as_before=False):
        self.done += 1
        line = f"{status(*self.where, student, self.records)[1]}, {self.records.students[student].get('seconds', 0)} s"
        line += ", as before" if as_before else ""
        if under_way is not None:
            self.ran += 1
            left = self.to_run - self.ran
            seconds = (time.monotonic() - self.start) / self.ran * left
            line += f"   ({under_way} running, {left} left, {in_time(seconds)})" if left else ""
        self.say(f"[{self.done:{len(str(self.all))}}/{self.all}] {student:{self.width}}  {line}")


def in_time(seconds):
    return f"about {seconds / 60:.0f} min" if seconds >= 90 else f"about {seconds:.0f} s"


def status(course, assignment, student, records, book=None):
    """What stands for a student: (nbgrader's numbers or None, a sentence). Numbers only if they are this submission's."""
    record = records.students.get(student, {})
    if record.get("state") == FAILED:
        return None, f"not graded: {record['why']}"
    if record.get("state") == BEGUN:
        return None, "not graded: it was interrupted; run `grade` again"
    found = course.submission(assignment, student, book)
    if not found or not course.path("autograded", assignment, student).exists():
        return None, "not graded yet"
    score = f"{found['score']:g} of {found['max_score']:g}"
    return found, f"{score}, and parts to be graded by hand" if found["needs_manual_grade"] else score


def table(course, assignment, records):
    """Two lists: who is graded, who is not and why."""
    with course.gradebook() as book:
        outcomes = {student: status(course, assignment, student, records, book) for student in students(course, assignment)}
    graded = {student: words for student, (found, words) in outcomes.items() if found}
    width = max(map(len, outcomes), default=0)
    yield f"\n{assignment}: {len(graded)} graded, {len(outcomes) - len(graded)} not graded"
    for student, words in graded.items():
        yield f"  {student:{width}}  {words}"
    if len(graded) < len(outcomes):
        yield "\nNot graded; in exports their cells stay empty:"
        for student in sorted(set(outcomes) - set(graded)):
            yield f"  {student:{width}}  {outcomes[student][1].removeprefix('not graded: ')}"


def feedback(course, assignment, say=print):
    """One page of HTML for each graded submission: the notebook with points and comments."""
    course.check_walls()
    records, failed = Records(course, assignment), 0
    for student in students(course, assignment):
        if status(course, assignment, student, records)[0]:
            try:
                finish(course.api.generate_feedback(assignment, student), "no feedback")
                say(f"  {course.path('feedback', assignment, student)}")
            except Refused as refused:
                failed += 1
                say(f"  {student}: {refused}")
        else:
            say(f"  {student}: no feedback, because not graded")
    return failed
