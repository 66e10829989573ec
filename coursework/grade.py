"""Grade what is in submitted/, one submission after the other, and say what became of each."""

import hashlib
import time

from .course import Records, Refused, finish

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


def grade(course, assignment, again=False, say=print):
    """Grade everyone who has no grade yet. Killed at any moment and started again, it goes on where it was."""
    course.notebooks(assignment)
    records = Records(course, assignment)
    everyone = students(course, assignment)
    if not everyone:
        raise Refused(f"nothing has been handed in: `python -m coursework grade {assignment} submissions.zip`")
    width = max(map(len, everyone))
    for number, student in enumerate(everyone, 1):
        record = records.students.get(student, {})
        now = digest(course, assignment, student)
        done = record.get("digest") == now and record.get("state") == DONE
        nothing = not any(course.path("submitted", assignment, student).glob("*.ipynb"))
        if nothing or (record.get("problem") and record.get("digest") == now):  # mended by hand, it has another digest
            records.note(student, state=FAILED, why=record.get("problem") or "no notebook in its folder")
        elif again or not done:
            records.note(student, state=BEGUN, why="", digest=now)
            start = time.monotonic()
            try:
                finish(course.api.autograde(assignment, student), "")
                records.note(student, state=DONE)
            except Refused as refused:
                records.note(student, state=FAILED, why=str(refused).removeprefix(": "))
            records.note(student, seconds=round(time.monotonic() - start, 1))
        told = f"{status(course, assignment, student, records)[1]}, {records.students[student].get('seconds', 0)} s"
        say(f"[{number:{len(str(len(everyone)))}}/{len(everyone)}] {student:{width}}  {told}{', as before' if done and not again else ''}")
    return records


def status(course, assignment, student, records):
    """What stands for a student: (nbgrader's numbers or None, a sentence). Numbers only if they are this submission's."""
    record = records.students.get(student, {})
    if record.get("state") == FAILED:
        return None, f"not graded: {record['why']}"
    if record.get("state") == BEGUN:
        return None, "not graded: it was interrupted; run `grade` again"
    found = course.submission(assignment, student)
    if not found or not course.path("autograded", assignment, student).exists():
        return None, "not graded yet"
    score = f"{found['score']:g} of {found['max_score']:g}"
    return found, f"{score}, and parts to be graded by hand" if found["needs_manual_grade"] else score


def table(course, assignment, records):
    """Two lists: who is graded, who is not and why."""
    told = {student: status(course, assignment, student, records) for student in students(course, assignment)}
    graded = {student: words for student, (found, words) in told.items() if found}
    width = max(map(len, told), default=0)
    yield f"\n{assignment}: {len(graded)} graded, {len(told) - len(graded)} not graded"
    for student, words in graded.items():
        yield f"  {student:{width}}  {words}"
    if len(graded) < len(told):
        yield "\nNot graded; in exports their cells stay empty:"
        for student in sorted(set(told) - set(graded)):
            yield f"  {student:{width}}  {told[student][1].removeprefix('not graded: ')}"


def feedback(course, assignment, say=print):
    """One page of HTML for each graded submission: the notebook with points and comments."""
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
