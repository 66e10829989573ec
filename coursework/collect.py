"""Take what students handed in: the zip that Moodle or Canvas gives out, or a folder, into submitted/."""

import re
import unicodedata
import zipfile
from collections import namedtuple
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath

import nbformat
from nbformat.reader import NotJSONError

from .cells import name_of
from .course import Records, Refused
from .grade import digest

MOST = 20 << 20  # bytes of one file; a notebook with many figures has 2 to 5 million
MOST_FILES = 20_000
MOODLE = re.compile(r"(?P<name>[^/]+)_(?P<number>\d+)_assignsubmission_[a-z]+_?/?(?P<file>[^/]*)")
CANVAS = re.compile(r"(?P<name>[^_/]+)(?:_LATE)?_(?P<number>\d+)_\d+_(?P<file>[^/]+)")
LITTER = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.[^/.][^/]*)(/|$)")

File = namedtuple("File", "path content date problem")
Student = namedtuple("Student", "id name number system")


def files(source):
    """Every file of a zip or folder, zips in it included; a file that is refused says why in `problem`."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source).as_posix()
            if path.is_symlink():
                yield File(name, b"", 0, "a link, not a file")
            elif path.is_file() and path.suffix == ".zip":
                yield from unzip(path.read_bytes(), f"{name}/")
            elif path.is_file():
                problem = f"larger than {MOST >> 20} MB" if path.stat().st_size > MOST else ""
                yield File(name, b"" if problem else path.read_bytes(), path.stat().st_mtime, problem)
    elif source.is_file() and zipfile.is_zipfile(source):
        yield from unzip(source, "")
    else:
        raise Refused(f"{source} is neither a folder nor a zip file")


def unzip(source, prefix):
    """The files of a zip, read one at a time and never unpacked to their own names."""
    try:
        archive = zipfile.ZipFile(BytesIO(source) if isinstance(source, bytes) else source)
    except zipfile.BadZipFile as error:
        yield File(prefix.rstrip("/"), b"", 0, f"not a zip file ({error})")
        return
    with archive:
        if len(archive.infolist()) > MOST_FILES:
            raise Refused(f"{archive.filename or prefix} holds more than {MOST_FILES} files")
        for entry in archive.infolist():
            name, problem, content = entry.filename, "", b""
            if entry.is_dir():
                continue
            if name.startswith(("/", "\\")) or ":" in name[:3] or ".." in re.split(r"[/\\]", name):
                problem = "its name leads out of the folder"
            else:
                try:
                    with archive.open(entry) as stream:
                        content = stream.read(MOST + 1)
                except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
                    problem = f"cannot be read from the zip ({error})"
                if len(content) > MOST:
                    problem, content = f"larger than {MOST >> 20} MB", b""
            if name.endswith(".zip") and not prefix.count(".zip/") and content:
                yield from unzip(content, f"{prefix}{name}/")
            else:
                yield File(prefix + name, content, when(entry), problem)


def when(entry):
    try:
        return datetime(*entry.date_time).timestamp()
    except ValueError:
        return 0


def slug(name):
    """A name that is safe as a folder's, and readable: letters and digits of any language, `-`, `_`, `.`, `@`."""
    return re.sub(r"[^\w.@-]+", "-", unicodedata.normalize("NFC", name)).strip("-.") or "unnamed"


def whose(path, assignment):
    """The student that a path names, in one of the forms that Moodle, Canvas, nbgrader or people use; or None."""
    if found := MOODLE.search(path):
        return Student(slug(found["name"]), found["name"], found["number"], "moodle")
    *folders, file = PurePosixPath(path).parts
    top = path.partition("/")[0]
    if (found := CANVAS.fullmatch(top)) and (not folders or top.endswith(".zip")):
        return Student(slug(f"{found['name']}-{found['number']}"), found["name"], found["number"], "canvas")
    stem = PurePosixPath(file).stem
    folders = [folder.removesuffix(".zip") for folder in folders if folder not in (assignment, stem, "submitted", "/", "..")]
    name = folders[-1] if folders else stem
    return None if name.startswith(assignment) else Student(slug(name), name, "", "")


def which(content, released, path):
    """The released notebook that this file is, and why it is none. Its cells tell; if they have no names, its own name."""
    try:
        cells = nbformat.reads(content.decode("utf-8"), as_version=4).cells
        names = {name_of(cell) for cell in cells} - {None}
    except NotJSONError:
        return None, "not a notebook that can be read: it is cut off, or no JSON"
    except Exception as error:  # nbformat raises many kinds for JSON that is no notebook
        return None, f"not a notebook that can be read ({type(error).__name__})"
    best = max(released, key=lambda notebook: len(names & released[notebook]))
    if names & released[best]:
        return best, ""
    by_name = [notebook for notebook in released if notebook in PurePosixPath(path).name]
    if names or not by_name:
        return None, "another notebook: none of its cells is of this assignment"
    return by_name[-1], ""


def collect(course, assignment, source):
    """Put every notebook into submitted/, and note everyone who handed something in, with what is wrong where it is.

    Returns the students' ids, and the files that were left aside.
    """
    folder = course.path("release", assignment)
    released = {name: named_cells(folder / f"{name}.ipynb") for name in course.notebooks(assignment)}
    students, found, aside = {}, {}, {}
    for file in files(Path(source)):
        if LITTER.search(file.path):
            continue
        notebook, problem = None, file.problem
        student = whose(file.path, assignment)
        if student is None:
            problem = problem or f"its path names no student; expected student/{assignment}.ipynb"
            student = Student(slug(file.path), file.path, "", "")
        elif students.get(student.id, student).number != student.number:  # two people of one name: the number tells
            student = student._replace(id=f"{student.id}-{student.number}")
        students[student.id] = student
        if not problem and file.path.endswith(".ipynb"):
            notebook, problem = which(file.content, released, file.path)
        newest = found.setdefault(student.id, {}).get(notebook, (file.date,))[0]
        if notebook and file.date >= newest:
            found[student.id][notebook] = file.date, file.path
            place = course.path("submitted", assignment, student.id)
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{notebook}.ipynb").write_bytes(file.content)
        else:
            aside.setdefault(student.id, []).append(f"{file.path}: {problem or 'not a notebook of this assignment'}")
    if not students:
        raise Refused(f"there is no file in {source}")
    records = Records(course, assignment)
    for student in students.values():
        taken = sorted(path for _, path in found[student.id].values())
        problem = "" if taken else "; ".join(aside[student.id])
        facts = {"name": student.name, "number": student.number, "system": student.system, "files": taken, "problem": problem}
        records.note(student.id, **facts, **({"digest": digest(course, assignment, student.id)} if problem else {}))
    with course.gradebook() as book:
        for student in students.values():
            first, _, last = student.name.rpartition(" ")
            number = student.number if student.system == "canvas" else None
            if found[student.id]:
                book.update_or_create_student(student.id, first_name=first or None, last_name=last, lms_user_id=number)
    return sorted(students), [line for student in aside if found[student] for line in aside[student]]


def named_cells(path):
    return {name_of(cell) for cell in nbformat.read(path, as_version=4).cells} - {None}
