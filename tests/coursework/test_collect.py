"""Whose a file is, and what it is: the forms in which Moodle, Canvas, nbgrader and people hand submissions over."""

import os
import shutil
import zipfile

import nbformat
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's queries, which are in order


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


@pytest.mark.parametrize(
    "path", ["../evil/tiny.ipynb", "/etc/evil/tiny.ipynb", "a/../../evil.ipynb", "..\\evil\\tiny.ipynb", "C:\\evil.ipynb"]
)
def test_a_path_that_leads_out_is_refused_by_name(course, collect, zipped, text, path):
    before = {p for p in course[0].folder.parent.rglob("*") if "submitted" not in p.parts}
    found, _ = collect(zipped({path: text, "good/tiny.ipynb": text}))
    assert found.pop("good")["problem"] == ""
    (only,) = found.values()
    assert "leads out of the folder" in only["problem"]
    assert only["files"] == []
    assert {p for p in course[0].folder.parent.rglob("*") if "submitted" not in p.parts} - before <= {
        course[0].folder / "records"
    } | set((course[0].folder / "records").glob("*"))


def test_a_file_too_large_is_not_read_to_its_end(collect, zipped, text, monkeypatch):
    from coursework import collect as module

    monkeypatch.setattr(module, "MAX_BYTES", 1 << 20)
    found, _ = collect(zipped({"bomb/tiny.ipynb": b"0" * (50 << 20), "good/tiny.ipynb": text}))
    assert "larger than 1 MB" in found["bomb"]["problem"]
    assert found["good"]["problem"] == ""


def test_a_student_without_a_notebook_is_told(collect, zipped, text):
    found, _ = collect(zipped({"pdf/essay.pdf": "%PDF", "good/tiny.ipynb": text}))
    assert "essay.pdf: not a notebook" in found["pdf"]["problem"]


def test_other_files_of_a_student_are_left_aside_and_named(collect, zipped, text):
    found, aside = collect(
        zipped({"ada/tiny.ipynb": text, "ada/notes.txt": "x", "__MACOSX/ada/._tiny.ipynb": "x", "ada/.DS_Store": ""})
    )
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
        zipped(
            {"Ada Lovelace_1_assignsubmission_file_work.zip": inner, "Bob_2_assignsubmission_file_x.zip": b"no zip"},
            "outer.zip",
        )
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


@pytest.fixture
def fresh(course):
    """The course, as if nothing had been handed in, and `collect` for it: a zip or folder to the records and the lines told."""
    from coursework.collect import collect
    from coursework.course import Records

    course, _ = course
    for folder in ("submitted", "records"):
        shutil.rmtree(course.folder / folder, ignore_errors=True)

    def run(source):
        _, aside = collect(course, "tiny", source)
        return Records(course, "tiny").students, aside

    return course, run


def in_place(course, student):
    return (course.folder / "submitted" / student / "tiny" / "tiny.ipynb").read_bytes().decode("utf-8")


def of(text, who):
    return text.replace("It stops", f"{who}: it stops")


MOODLE = "Ann Lee_{}_assignsubmission_file_tiny.ipynb"


@pytest.mark.parametrize("numbers", [(11, 22), (22, 11)])
def test_a_second_download_brings_a_namesake_and_takes_nothing_over(fresh, zipped, text, numbers):
    course, collect = fresh
    first, second = numbers
    collect(zipped({MOODLE.format(first): of(text, first)}))
    with course.gradebook() as book:
        book.update_or_create_submission("tiny", "Ann-Lee").notebooks[0].grades[0].manual_score = 3
        book.db.commit()
    for files in ({second: of(text, second)}, {second: of(text, second), first: of(text, first)}):
        found, _ = collect(zipped({MOODLE.format(number): content for number, content in files.items()}))
        assert {student: record["number"] for student, record in found.items()} == {
            "Ann-Lee": str(first),
            f"Ann-Lee-{second}": str(second),
        }
        assert in_place(course, "Ann-Lee") == of(text, first)
        assert in_place(course, f"Ann-Lee-{second}") == of(text, second)
    with course.gradebook() as book:
        assert book.find_submission("tiny", "Ann-Lee").notebooks[0].grades[0].manual_score == 3


def test_who_is_who_does_not_depend_on_the_order_in_the_zip(tmp_path, new_course, zipped, text):
    from coursework.collect import collect
    from coursework.course import Records

    names = [MOODLE.format(22), MOODLE.format(11), "Ann-Lee_3_assignsubmission_file_tiny.ipynb"]
    told = []
    for order in (names, names[::-1]):
        course, _ = new_course(tmp_path / f"course{len(told)}")
        collect(course, "tiny", zipped(dict.fromkeys(order, text)))
        told.append({student: record["number"] for student, record in Records(course, "tiny").students.items()})
    assert told[0] == told[1]
    assert sorted(told[0].values()) == ["11", "22", "3"]


def test_a_name_of_two_people_is_never_taken_for_one_in_another_assignment(fresh, zipped, text):
    """Moodle's numbers are new for each assignment, so which of the two is which cannot be known."""
    course, collect = fresh
    from coursework.course import Records

    for number in (11, 22):
        Records(course, "earlier").note(f"Ann-Lee-{number}", name="Ann Lee", number=str(number), system="moodle")
    found, _ = collect(zipped({MOODLE.format(35): text, MOODLE.format(36): text}))
    assert set(found) == {"Ann-Lee-35", "Ann-Lee-36"}


def test_canvas_knows_a_person_by_the_number_under_any_name(fresh, zipped, text):
    _, collect = fresh
    collect(zipped({"leeann_4711_1_tiny.ipynb": text}))
    found, _ = collect(zipped({"smithann_4711_2_tiny.ipynb": text}))
    assert {student: record["name"] for student, record in found.items()} == {"leeann-4711": "smithann"}


def test_a_folder_of_a_known_student_keeps_the_number(fresh, zipped, text):
    _, collect = fresh
    collect(zipped({MOODLE.format(11): text}))
    found, _ = collect(zipped({"Ann-Lee/tiny.ipynb": of(text, "mended")}))
    assert {student: record["number"] for student, record in found.items()} == {"Ann-Lee": "11"}


def test_a_students_own_file_name_names_nobody_else(fresh, zipped, text):
    _, collect = fresh
    found, _ = collect(zipped({"Eve_1_assignsubmission_file_Bob_2_assignsubmission_file_tiny.ipynb": text}))
    assert set(found) == {"Eve"}


@pytest.mark.parametrize(
    ("paths", "students"),
    [
        (["ann/src/tiny.ipynb", "bob/src/tiny.ipynb"], ["ann", "bob"]),
        (["ann/src/tiny.ipynb", "bob/tiny.ipynb"], ["ann", "bob"]),
        (["all/2026/ann/src/deep/tiny.ipynb", "all/2026/bob/tiny.ipynb"], ["ann", "bob"]),
        (["tiny/ann/tiny/tiny.ipynb", "tiny/bob/tiny/tiny.ipynb"], ["ann", "bob"]),
        (["ann/v1/tiny.ipynb", "ann/v2/tiny.ipynb", "bob/tiny.ipynb"], ["ann", "bob"]),
        (["ann.zip", "bob.zip"], ["ann", "bob"]),
        (["ann/src/tiny.ipynb"], ["ann"]),
        (["tiny-submissions/tiny-annlee/tiny.ipynb"], ["annlee"]),
        (["tiny-submissions/tiny-annlee/src/tiny.ipynb", "tiny-submissions/tiny-bobray/tiny.ipynb"], ["annlee", "bobray"]),
        (["annlee-tiny/tiny.ipynb", "bobray-tiny/tiny.ipynb"], ["annlee", "bobray"]),
        (["ann.ipynb", "bob.ipynb"], ["ann", "bob"]),
        (["tiny/ann.ipynb", "tiny/bob.ipynb"], ["ann", "bob"]),
        (["submissions/ann.ipynb", "submissions/bob.ipynb"], ["ann", "bob"]),
        (["class/ann.ipynb", "class/bob/tiny.ipynb", "class/cas/tiny.ipynb"], ["ann", "bob", "cas"]),
        (["ann\\src\\tiny.ipynb", "bob\\src\\tiny.ipynb"], ["ann", "bob"]),
        (["anon_Ab3xZ_90210_tiny.ipynb", "anon_LATE_9kQw2_90211_tiny-1.ipynb"], ["anon-9kQw2", "anon-Ab3xZ"]),
        (["downloads/lee_4711_1_tiny.ipynb", "downloads/ray_4712_2_tiny.ipynb"], ["lee-4711", "ray-4712"]),
        (["submissions/lee_4711_1_tiny.ipynb"], ["lee-4711"]),
    ],
)
@pytest.mark.parametrize("form", ["zip", "folder"])
def test_whose_notebook_it_is(fresh, zipped, tmp_path, text, paths, students, form):
    course, collect = fresh
    inner = zipped({"src/tiny.ipynb": text}, "inner.zip").read_bytes()
    contents = {path: inner if path.endswith(".zip") else text.encode() for path in paths}
    for path, content in contents.items() if form == "folder" else ():
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(content)
    found, _ = collect(tmp_path / "in" if form == "folder" else zipped(contents))
    assert sorted(found) == students
    assert all(in_place(course, student) == text for student in students)


def broken_deflate(path, name):
    """The zip with one entry's compressed bytes overwritten."""
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(name)
    data = bytearray(path.read_bytes())
    start = entry.header_offset + 30 + len(entry.filename.encode())
    data[start : start + entry.compress_size] = b"\xff" * entry.compress_size
    path.write_bytes(data)
    return path


def test_a_damaged_entry_is_its_students_line(fresh, zipped, text):
    _, collect = fresh
    deep = "[" * 100_000
    many = {f"{name}/tiny.ipynb": text for name in ("ann", "bob")} | {
        "eve/tiny.ipynb": deep,
        "x" * 300 + "/tiny.ipynb": text,
    }
    found, _ = collect(broken_deflate(zipped(many), "bob/tiny.ipynb"))
    assert found["ann"]["problem"] == ""
    assert "cannot be read from the zip" in found["bob"]["problem"]
    assert "not a notebook that can be read" in found["eve"]["problem"]
    (long,) = (student for student in found if student.startswith("xxx"))
    assert len(long) <= 80
    assert found[long]["problem"] == ""


def test_files_of_a_folder_that_cannot_be_read_are_their_students_lines(fresh, tmp_path, text):
    _course, collect = fresh
    for name in ("ann", "bob"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "tiny.ipynb").write_text(text)
    os.mkdir(os.fsencode(tmp_path / "in") + b"/z\xfcrich")  # a name that is no UTF-8, as old zips bring it
    (tmp_path / "in" / os.fsdecode(b"z\xfcrich") / "tiny.ipynb").write_text(text)
    os.mkfifo(tmp_path / "in" / "bob" / "pipe.ipynb")
    found, _ = collect(tmp_path / "in")
    assert set(found) == {"ann", "bob", "z-rich"}
    assert not any(record["problem"] for record in found.values())


def test_a_zip_that_is_damaged_as_a_whole_is_refused_in_a_sentence(fresh, zipped, text):
    from coursework.course import Refused

    path = zipped({"ann/tiny.ipynb": text})
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(Refused, match="cannot be read as a zip file"):
        fresh[1](path)


@pytest.fixture
def blank(course):
    return nbformat.writes(course[1])


@pytest.mark.parametrize("names", [("tiny solved.ipynb", "tiny.ipynb"), ("tiny.ipynb", "tiny solved.ipynb")])
def test_a_blank_notebook_is_never_preferred_and_it_is_told(fresh, zipped, text, blank, names):
    course, collect = fresh
    solved = {name: text if "solved" in name else blank for name in names}
    _, aside = collect(zipped({f"ann/{name}": content for name, content in solved.items()}))
    assert in_place(course, "ann") == text
    assert aside == ["ann/tiny.ipynb: nothing in it is answered; ann/tiny solved.ipynb is taken"]
    _, aside = collect(zipped({"ann/tiny.ipynb": blank}))  # handed in again, by mistake
    assert in_place(course, "ann") == text
    assert aside == ["ann/tiny.ipynb: nothing in it is answered; what came in before is taken"]


def test_every_choice_is_told(fresh, zipped, text):
    _course, collect = fresh
    less = text.replace("eta = 0.19", "raise NotImplementedError")
    _, aside = collect(
        zipped({"ann/a.ipynb": text, "ann/b.ipynb": text, "bob/x.ipynb": of(text, 1), "bob/y.ipynb": of(text, 2)})
    )
    assert aside == [
        "ann/b.ipynb: the same; ann/a.ipynb is taken",
        "bob/x.ipynb: as old, and as much in it is answered; bob/y.ipynb is taken",
    ]
    assert less != text


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tiny.ipynb.txt", str.encode),
        ("answers.json", str.encode),
        ("TINY.IPYNB", str.encode),
        ("tiny.ipynb", lambda text: b"\xef\xbb\xbf" + text.encode()),
        ("tiny.ipynb", lambda text: text.encode("utf-16")),
        ("tiny.ipynb", lambda text: text.replace("It stops", "It \\ud83d stops").encode()),
        ("tiny.ipynb", lambda text: text.replace("It stops", "It caf\xe9 stops").encode("latin-1")),
    ],
)
@pytest.mark.parametrize("form", ["zip", "folder", "exchange"])
def test_a_notebook_is_known_by_its_cells_on_every_path(fresh, zipped, tmp_path, text, form, name, change):
    from coursework.collect import settle

    course, collect = fresh
    place = course.folder / "submitted/ann/tiny" if form == "exchange" else tmp_path / "in" / "ann"
    place.mkdir(parents=True)
    (place / name).write_bytes(change(text))
    told = (
        list(settle(course, "tiny"))
        if form == "exchange"
        else collect(tmp_path / "in" if form == "folder" else zipped({f"ann/{name}": change(text)}))
    )
    notebook = nbformat.reads(in_place(course, "ann"), as_version=4)
    assert "stops there" in notebook.cells[-1].source, told
    in_place(course, "ann").encode("utf-8")


def test_of_two_in_the_exchange_the_worked_one_is_graded_and_nothing_is_lost(fresh, text, blank):
    from coursework.collect import settle

    course, _ = fresh
    place = course.folder / "submitted/ann/tiny"
    place.mkdir(parents=True)
    (place / "tiny.ipynb").write_text(blank)
    (place / "tiny solved.ipynb").write_text(text)
    assert list(settle(course, "tiny")) == ["ann: tiny.ipynb: nothing in it is answered; tiny solved.ipynb is taken"]
    assert in_place(course, "ann") == text
    assert blank in {path.read_text("utf-8") for path in place.iterdir()}
    list(settle(course, "tiny"))
    assert in_place(course, "ann") == text
