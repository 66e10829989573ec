"""Grades as CSV, in the forms that nbgrader writes, and that Canvas and Moodle read.

A submission that is not graded, or not yet graded to its end, has an empty cell: importing it changes nothing.
All three begin with a byte-order mark, without which Excel shows Søren as SÃ¸ren: Moodle takes it off, Canvas looks for
"Student" anywhere in the first cell, and what nbgrader writes is read by people and by programs that know the mark.
"""

import csv

from .course import Records, Refused, tests_max
from .grade import status, students

NBGRADER = (
    "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score"
)
CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
MOODLE = [
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (grade)",
]


def harmless(cell):
    """A spreadsheet takes a text that begins with = + - @ for a formula, whoever's name it is: an apostrophe stops it."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and cell != "-" else cell
    return f"{cell:.10g}" if isinstance(cell, float) else cell


def rows(course, auto, only):
    """One dict for each student and assignment, with `score` None where there is none to give."""
    with course.gradebook() as book:
        assignments = {
            found.name: (tests_max(found) if auto else found.max_score, found.duedate) for found in book.assignments
        }
        people = {found.id: (found.first_name, found.last_name, found.email) for found in book.students}
        if only and only not in assignments:
            raise Refused(f"there is no assignment {only!r}: the gradebook has {', '.join(assignments) or 'none'}")
        for assignment, (maximum, due) in assignments.items():
            records = Records(course, assignment)
            for student in students(course, assignment) if only in (None, assignment) else []:
                found, words = status(course, assignment, student, records, book)
                record, person = records.students.get(student, {}), people.get(student, (None, None, None))
                raw, score = (found["score"], max(0, found["score"] - found["penalty"])) if found else (None, None)
                if auto and found:
                    raw = score = found["tests"]
                elif found and found["needs_manual_grade"]:
                    score = None
                yield {
                    "assignment": assignment,
                    "student": student,
                    "first": person[0],
                    "last": person[1],
                    "email": person[2],
                    "due": due,
                    "timestamp": found and found["timestamp"],
                    "penalty": found and found["penalty"],
                    "raw": raw,
                    "score": score,
                    "maximum": maximum,
                    "state": words,
                    "record": record,
                    "name": record.get("name") or " ".join(filter(None, person[:2])) or student,
                }


def nbgrader(found):
    yield [*NBGRADER.split(","), "state"]
    for row in found:
        keys = [
            "assignment",
            "due",
            "timestamp",
            "student",
            "last",
            "first",
            "email",
            "raw",
            "penalty",
            "score",
            "maximum",
            "state",
        ]
        yield [row[key] for key in keys]


def canvas(found):
    assignments = {row["assignment"]: row["maximum"] for row in found}
    yield [*CANVAS, *assignments]
    yield ["    Points Possible", *[""] * (len(CANVAS) - 1), *assignments.values()]
    by_student = {}
    for row in found:
        by_student.setdefault(row["student"], {})[row["assignment"]] = row
    for student, own in by_student.items():
        row = next(iter(own.values()))
        system = row["record"].get("system", "")
        number = row["record"]["number"] if system == "canvas" and row["record"]["number"].isdigit() else ""
        login = student if not system else ""  # a folder's name, or the user of a Hub; else Canvas goes by the name
        yield [row["name"], number, "", login, "", *[own[name]["score"] if name in own else None for name in assignments]]


def moodle(found):
    if len({row["assignment"] for row in found}) > 1:
        raise Refused("Moodle takes one assignment at a time: name it with --assignment")
    yield MOODLE
    for row in found:
        number = row["record"].get("number") if row["record"].get("system") == "moodle" else ""
        identifier = f"Participant {number}" if number else ""
        yield [identifier, row["name"], row["email"], row["state"], row["score"], row["maximum"], "Yes", "-"]


def export(course, path, form="nbgrader", assignment=None, auto=False):
    """Write the file, and tell in a few lines what is in it and what is not."""
    found = list(rows(course, auto, assignment))
    lines = list({"nbgrader": nbgrader, "canvas": canvas, "moodle": moodle}[form](found))
    with open(path, "w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows([[harmless(cell) for cell in line] for line in lines])
    yield f"{path}: {sum(row['score'] is not None for row in found)} grades"
    for row in found:
        if row["score"] is None:
            yield f"  left empty: {row['student']}, {row['assignment']}: {row['state']}"
    if form == "canvas" and any(row["record"].get("name") == "anon" for row in found):
        yield "  some came without names (anonymous grading): Canvas has to show the names before it can import their grades"
    if form == "moodle" and any(row["record"].get("system") != "moodle" for row in found):
        yield "  some did not come in a zip from Moodle, so their number there is not known, and Moodle will skip them"
