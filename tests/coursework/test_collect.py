"""Whose a file is, and what it is: the forms in which Moodle, Canvas, nbgrader and people hand submissions over."""

import os
import zipfile

import nbformat
import pytest


@pytest.fixture(scope="module")
def course(tmp_path_factory, new_course):
    return new_course(tmp_path_factory.mktemp("collect") / "course")


@pytest.fixture
def text(course, fill_in):
    return nbformat.writes(fill_in(course[1]))


@pytest.fixture
def collect(course):
    """Collect a zip made of {path: text}, as a zip file; returns the records of its students and what was left aside."""
    from coursework.collect import collect
    from coursework.course import Records

    def run(source):
        students, aside = collect(course[0], "tiny", source)
        records = Records(course[0], "tiny").students
        return {student: records[student] for student in students}, aside

    return run


@pytest.fixture
def zipped(tmp_path):
    def make(files, name="submissions.zip"):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        return tmp_path / name

    return make


@pytest.mark.parametrize(
    ("path", "student", "name", "number"),
    [
        ("Ada Lovelace_12345_assignsubmission_file_tiny.ipynb", "Ada-Lovelace", "Ada Lovelace", "12345"),
        ("Ada Lovelace_12345_assignsubmission_file/tiny.ipynb", "Ada-Lovelace", "Ada Lovelace", "12345"),
        ("Ada Lovelace_12345_assignsubmission_file_/my answer.ipynb", "Ada-Lovelace", "Ada Lovelace", "12345"),
        ("Søren Å. O'Neill_7_assignsubmission_file_x_1.ipynb", "Søren-Å.-O-Neill", "Søren Å. O'Neill", "7"),
        ("Participant_99_assignsubmission_file_tiny.ipynb", "Participant", "Participant", "99"),
        ("lovelaceada_4711_90210_tiny-1.ipynb", "lovelaceada-4711", "lovelaceada", "4711"),
        ("lovelaceada_LATE_4711_90210_tiny.ipynb", "lovelaceada-4711", "lovelaceada", "4711"),
        ("ada/tiny.ipynb", "ada", "ada", ""),
        ("ada/tiny/tiny.ipynb", "ada", "ada", ""),
        ("submitted/ada/tiny/tiny.ipynb", "ada", "ada", ""),
        ("the class/ada/tiny.ipynb", "ada", "ada", ""),
        ("ada.ipynb", "ada", "ada", ""),
        ("ada@school.org/my_1_2_x.ipynb", "ada@school.org", "ada@school.org", ""),
    ],
)
def test_a_path_names_its_student(path, student, name, number):
    from coursework.collect import whose

    assert whose(path, "tiny")[:3] == (student, name, number)


def test_a_path_without_a_student_is_told(collect, zipped, text):
    found, _ = collect(zipped({"tiny.ipynb": text}))
    assert "names no student" in found["tiny.ipynb"]["problem"]


@pytest.mark.parametrize("name", ["tiny (1).ipynb", "Homework FINAL.ipynb", "solution.ipynb"])
def test_a_renamed_notebook_is_known_by_its_cells(course, collect, zipped, text, name):
    found, _ = collect(zipped({f"renamed/{name}": text}))
    assert found["renamed"]["problem"] == ""
    assert (course[0].folder / "submitted/renamed/tiny/tiny.ipynb").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", ["../evil/tiny.ipynb", "/etc/evil/tiny.ipynb", "a/../../evil.ipynb", "..\\evil\\tiny.ipynb", "C:\\evil.ipynb"])
def test_a_path_that_leads_out_is_refused_by_name(course, collect, zipped, text, path):
    before = {p for p in course[0].folder.parent.rglob("*") if "submitted" not in p.parts}
    found, _ = collect(zipped({path: text, "good/tiny.ipynb": text}))
    assert found.pop("good")["problem"] == ""
    (only,) = found.values()
    assert "leads out of the folder" in only["problem"]
    assert only["files"] == []
    assert {p for p in course[0].folder.parent.rglob("*") if "submitted" not in p.parts} - before <= {course[0].folder / "records"} | set(
        (course[0].folder / "records").glob("*")
    )


def test_a_file_too_large_is_not_read_to_its_end(collect, zipped, text, monkeypatch):
    from coursework import collect as module

    monkeypatch.setattr(module, "MOST", 1 << 20)
    found, _ = collect(zipped({"bomb/tiny.ipynb": b"0" * (50 << 20), "good/tiny.ipynb": text}))
    assert "larger than 1 MB" in found["bomb"]["problem"]
    assert found["good"]["problem"] == ""


def test_a_student_without_a_notebook_is_told(collect, zipped, text):
    found, _ = collect(zipped({"pdf/essay.pdf": "%PDF", "good/tiny.ipynb": text}))
    assert "essay.pdf: not a notebook" in found["pdf"]["problem"]


def test_other_files_of_a_student_are_left_aside_and_named(collect, zipped, text):
    found, aside = collect(zipped({"ada/tiny.ipynb": text, "ada/notes.txt": "x", "__MACOSX/ada/._tiny.ipynb": "x", "ada/.DS_Store": ""}))
    assert set(found) == {"ada"}
    assert aside == ["ada/notes.txt: not a notebook of this assignment"]


def test_of_two_notebooks_the_newer_is_taken(course, collect, tmp_path, text):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        for name, year, content in (("a.ipynb", 2026, text.replace("It stops", "Newer: it stops")), ("b.ipynb", 2025, text)):
            archive.writestr(zipfile.ZipInfo(f"two/{name}", (year, 1, 1, 0, 0, 0)), content)
    found, _ = collect(tmp_path / "two.zip")
    assert found["two"]["files"] == ["two/a.ipynb"]
    assert "Newer" in (course[0].folder / "submitted/two/tiny/tiny.ipynb").read_text(encoding="utf-8")


def test_a_zip_in_the_zip_is_read(collect, zipped, text):
    inner = zipped({"work/tiny.ipynb": text}, "inner.zip").read_bytes()
    found, _ = collect(
        zipped({"Ada Lovelace_1_assignsubmission_file_work.zip": inner, "Bob_2_assignsubmission_file_x.zip": b"no zip"}, "outer.zip")
    )
    assert found["Ada-Lovelace"]["problem"] == ""
    assert "not a zip file" in found["Bob"]["problem"]


def test_namesakes_are_two_students(collect, zipped, text):
    found, _ = collect(zipped({f"Ann Lee_{n}_assignsubmission_file_tiny.ipynb": text for n in (1, 2)}))
    assert {student: record["number"] for student, record in found.items()} == {"Ann-Lee": "1", "Ann-Lee-2": "2"}


def test_a_folder_is_read_and_its_links_are_not_followed(course, collect, tmp_path, text):
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "tiny.ipynb").write_text(text)
    (tmp_path / "in" / "eve").mkdir()
    os.symlink(course[0].folder / "source/tiny/tiny.ipynb", tmp_path / "in" / "eve" / "tiny.ipynb")
    found, _ = collect(tmp_path / "in")
    assert found["ada"]["problem"] == ""
    assert "a link" in found["eve"]["problem"]


@pytest.mark.parametrize("content", [None, "not a zip"])
def test_what_is_no_folder_and_no_zip_is_refused(collect, tmp_path, content):
    from coursework.course import Refused

    if content:
        (tmp_path / "x.zip").write_text(content)
    with pytest.raises(Refused, match="neither a folder nor a zip"):
        collect(tmp_path / "x.zip")
