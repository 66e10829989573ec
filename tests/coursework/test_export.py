"""Grades as CSV: what Canvas and Moodle import, and never a 0 where there is no grade."""

import csv

import pytest

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's queries, which are in order
CLASS = {
    "Ada Lovelace": ("graded", 10, False),
    "Grace Hopper": ("graded", 6, True),  # her written answer waits for the teacher
    "=cmd|'/C calc'!A1": ("graded", 8, False),
    "Os Exit": ("not graded", None, False),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory, new_course):
    """A course as it is after grading, with nbgrader's gradebook filled directly: no kernel has to run."""
    from coursework.collect import slug
    from coursework.course import Records

    course, _ = new_course(tmp_path_factory.mktemp("export") / "course")
    records = Records(course, "tiny")
    with course.gradebook() as book:
        for number, (name, (state, points, waits)) in enumerate(CLASS.items(), 1000):
            student = slug(name)
            records.note(
                student,
                name=name,
                number=str(number),
                system="moodle",
                files=["x"],
                problem="",
                state=state,
                why="Python ended",
            )
            book.update_or_create_student(student, last_name=name, email=f"{number}@school.org")
            submission = book.update_or_create_submission("tiny", student)
            course.path("submitted", "tiny", student).mkdir(parents=True)
            if state == "graded":
                course.path("autograded", "tiny", student).mkdir(parents=True)
            for grade in submission.notebooks[0].grades:
                earned = {"slope-check": 4, "descend-check": 4, "rate-check": 2, "why": 0}[grade.name]
                earned = 0 if (grade.name, points) in {("slope-check", 6), ("rate-check", 8)} else earned
                grade.auto_score = None if grade.name == "why" else earned
                grade.manual_score = 5 if grade.name == "why" and not waits else None
                grade.needs_manual_grade = grade.name == "why" and waits
            book.db.commit()
    return course


@pytest.fixture
def exported(course, tmp_path):
    from coursework.export import export

    def run(form, **options):
        told = list(export(course, tmp_path / "grades.csv", form, **options))
        with (tmp_path / "grades.csv").open(newline="", encoding="utf-8-sig") as stream:
            return list(csv.reader(stream)), told

    return run


def column(lines, head, name):
    return {line[lines[0].index(head)]: line[lines[0].index(name)] for line in lines[1:]}


def test_canvas_finds_its_columns(exported):
    lines, _ = exported("canvas")
    # the importer takes assignments after "Section", and the points from a row whose first cell has these words
    assert lines[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "tiny"]
    assert lines[1] == ["    Points Possible", "", "", "", "", "15"]
    assert column(lines, "Student", "tiny") == {
        "    Points Possible": "15",
        "Ada Lovelace": "15",
        "Grace Hopper": "",
        "'=cmd|'/C calc'!A1": "13",
        "Os Exit": "",
    }


def test_canvas_knows_students_by_the_number_in_its_own_zip(course, exported):
    from coursework.course import Records

    records = Records(course, "tiny")
    records.note("Ada-Lovelace", system="canvas")
    records.note("Grace-Hopper", system="")
    lines, _ = exported("canvas")
    records.note("Ada-Lovelace", system="moodle")
    records.note("Grace-Hopper", system="moodle")
    assert column(lines, "Student", "ID")["Ada Lovelace"] == "1000"
    assert column(lines, "Student", "SIS Login ID")["Grace Hopper"] == "Grace-Hopper"  # who came in a folder of that name


def test_moodle_finds_its_columns(exported):
    lines, told = exported("moodle")
    # the importer needs these three, and takes the number after "Participant "
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(lines[0])
    assert "Feedback comments" not in lines[0]  # an empty one would wipe out what is there
    assert column(lines, "Identifier", "Grade") == {
        "Participant 1000": "15",
        "Participant 1001": "",
        "Participant 1002": "13",
        "Participant 1003": "",
    }
    assert column(lines, "Identifier", "Full name")["Participant 1000"] == "Ada Lovelace"
    assert told[0].endswith(": 2 grades")
    assert [line.strip() for line in told[1:]] == [
        "left empty: Grace-Hopper, tiny: 6 of 15, and parts to be graded by hand",
        "left empty: Os-Exit, tiny: not graded: Python ended",
    ]


def test_nbgraders_own_columns_and_the_state(exported):
    lines, _ = exported("nbgrader")
    assert lines[0][:11] == (
        [
            "assignment",
            "duedate",
            "timestamp",
            "student_id",
            "last_name",
            "first_name",
            "email",
            "raw_score",
            "late_submission_penalty",
            "score",
            "max_score",
        ]
    )
    assert column(lines, "student_id", "score") == {
        "Ada-Lovelace": "15",
        "Grace-Hopper": "",
        "Os-Exit": "",
        "cmd-C-calc-A1": "13",
    }
    assert column(lines, "student_id", "raw_score")["Grace-Hopper"] == "6"
    assert column(lines, "student_id", "state")["Os-Exit"] == "not graded: Python ended"


@pytest.mark.parametrize("form", ["nbgrader", "canvas", "moodle"])
def test_no_cell_begins_a_formula(exported, form):
    lines, _ = exported(form)
    assert not [
        cell
        for line in lines
        for cell in line
        if cell.startswith(("=", "+", "@", "\t")) or (cell.startswith("-") and cell != "-")
    ]


def test_points_of_tests_alone(exported):
    lines, _ = exported("moodle", auto=True)
    assert column(lines, "Identifier", "Grade") == {
        "Participant 1000": "10",
        "Participant 1001": "6",
        "Participant 1002": "8",
        "Participant 1003": "",
    }
    assert column(lines, "Identifier", "Maximum Grade")["Participant 1001"] == "10"


def test_an_unknown_assignment_is_refused(exported):
    from coursework.course import Refused

    with pytest.raises(Refused, match="'hw9': the gradebook has tiny"):
        exported("moodle", assignment="hw9")


@pytest.mark.parametrize("form", ["nbgrader", "canvas", "moodle"])
def test_excel_reads_the_names(course, exported, tmp_path, form):
    exported(form)
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not (tmp_path / "grades.csv").read_bytes()[3:].startswith(b"\xef\xbb\xbf")


def test_canvas_cannot_find_people_without_names_and_it_is_told(course, exported):
    from coursework.course import Records

    records = Records(course, "tiny")
    records.note("Ada-Lovelace", system="canvas", number="Ab3xZ", name="anon")
    lines, told = exported("canvas")
    records.note("Ada-Lovelace", system="moodle", number="1000", name="Ada Lovelace")
    assert column(lines, "Student", "ID")["anon"] == ""
    assert "some came without names" in told[-1]
