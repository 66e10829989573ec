"""Take what students handed in: the zip that Moodle or Canvas gives out, or a folder, into submitted/."""

import hashlib
import itertools
import json
import os
import re
import stat
import unicodedata
import zipfile
from collections import Counter, namedtuple
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path

import nbformat
from nbformat.reader import NotJSONError

from .cells import name_of
from .course import Records, Refused
from .grade import digest

MAX_BYTES = 20 << 20  # bytes of one file; a notebook with many figures has 2 to 5 million
MAX_FILES = 20_000
MAX_ID_LENGTH = 80  # letters of a student's id: a folder's name has 255 bytes, nbgrader's column 128 letters
MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?/?(?P<file>[^/]*)")
CANVAS = re.compile(r"(?P<name>[^_/]+)(?:_LATE)?_(?P<number>\d+)_\d+_(?P<file>[^/]+)")
CANVAS_ANONYMOUS = re.compile(r"(?P<name>anon)(?:_LATE)?_(?P<number>[A-Za-z0-9]{5})_\d+_(?P<file>[^/]+)")
LITTER = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.[^/.][^/]*)(/|$)")
WRAPPING = {"submitted", "submissions", "submission", "/", "..", ""}  # folders that name nobody
OWN = {"src", "source", "code", "work", "notebook", "notebooks", "solution", "solutions", "answers", "homework"}
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

File = namedtuple("File", "path content date problem")
Student = namedtuple("Student", "id name number system")
Notebook = namedtuple("Notebook", "name worked date path digest")  # `worked`: how many of its cells are not as released


def files(source):
    """Every file of a zip or folder, zips in it included; a file that is refused says why in `problem`."""
    if source.is_dir():
        yield from in_folder(source)
    elif source.is_file() and meant_as_zip(source):
        yield from unzip(source, "")
    else:
        raise Refused(f"{source} is neither a folder nor a zip file")


def meant_as_zip(path):
    """Whether a file is a zip, or was one before it was damaged: that is another mistake than to name the wrong file."""
    with path.open("rb") as file:
        return file.read(2) == b"PK" or zipfile.is_zipfile(path)


def in_folder(source):
    closed = []
    for folder, folders, names in os.walk(source, onerror=closed.append):
        folders.sort()
        for path in (Path(folder, name) for name in sorted([*names, *(f for f in folders if Path(folder, f).is_symlink())])):
            name, content, date, problem = printable(path.relative_to(source).as_posix()), b"", 0, ""
            try:
                about = path.lstat()
                date = about.st_mtime
                if stat.S_ISLNK(about.st_mode):
                    problem = "a link, not a file"
                elif not stat.S_ISREG(about.st_mode):
                    problem = "not a file"
                elif about.st_size > MAX_BYTES:
                    problem = f"larger than {MAX_BYTES >> 20} MB"
                else:
                    content = path.read_bytes()
            except OSError as error:
                problem = f"cannot be read ({error.strerror})"
            if content and name.lower().endswith(".zip"):
                yield from unzip(content, f"{name}/")
            else:
                yield File(name, content, date, problem)
    for error in closed:
        yield File(printable(os.path.relpath(error.filename, source)) + "/", b"", 0, f"cannot be opened ({error.strerror})")


def printable(name):
    """A file's name as text that can be written anywhere: what is no character becomes a question mark in a box."""
    return os.fsencode(name).decode("utf-8", "replace").replace("\\", "/")


def unzip(source, prefix):
    """The files of a zip, read one at a time and never unpacked to their own names."""
    try:
        archive = zipfile.ZipFile(BytesIO(source) if isinstance(source, bytes) else source)
        if len(archive.infolist()) > MAX_FILES:
            raise ValueError(f"it holds more than {MAX_FILES} files")
    except Exception as error:  # whatever is wrong with one student's zip is wrong with that zip alone
        if not prefix:
            raise Refused(f"{source} cannot be read as a zip file ({error}); unpack it, and give the folder") from error
        yield File(prefix.rstrip("/"), b"", 0, f"not a zip file ({error})")
        return
    with archive:
        for entry in archive.infolist():
            name, problem, content = entry.filename.replace("\\", "/"), "", b""
            if name.endswith("/"):
                continue
            if name.startswith("/") or ":" in name[:3] or ".." in name.split("/"):
                problem = "its name leads out of the folder"
            else:
                try:
                    with archive.open(entry) as stream:
                        content = stream.read(MAX_BYTES + 1)
                except Exception as error:  # zipfile and its decompressors raise many kinds for what is damaged
                    problem = f"cannot be read from the zip ({error})"
                if len(content) > MAX_BYTES:
                    problem, content = f"larger than {MAX_BYTES >> 20} MB", b""
            if name.lower().endswith(".zip") and not prefix.lower().count(".zip/") and content:
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
    text = re.sub(r"[^\w.@-]+", "-", unicodedata.normalize("NFC", name)).strip("-.") or "unnamed"
    return (
        text
        if len(text) <= MAX_ID_LENGTH
        else f"{text[: MAX_ID_LENGTH - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    )


def is_notebook(path):
    return ".ipynb" in path.rpartition("/")[2].lower()


def stem(path):
    return re.sub(r"(\.ipynb.*|\.[^.]*)$", "", path.rpartition("/")[2], flags=re.IGNORECASE)


def folders_of(path, assignment):
    """The folders of a path that may name a student, from the outside in: hw9-annlee is annlee, and hw9 itself is nobody."""
    around = re.compile(rf"^{re.escape(assignment)}[-_ ]+|[-_ ]+{re.escape(assignment)}$|\.zip$", re.IGNORECASE)
    folders = [around.sub("", folder) for folder in path.split("/")[:-1]]
    nobody = {assignment.lower(), stem(path).lower(), *WRAPPING}
    return [folder for folder in folders if folder.lower() not in nobody]


def canvas(path):
    """Canvas's form of a file's name, or of a zip's that a student handed in; it stands in no folder."""
    first, _, rest = path.partition("/")
    return (
        CANVAS_ANONYMOUS.fullmatch(first) or CANVAS.fullmatch(first) if not rest or first.lower().endswith(".zip") else None
    )


def whose(path, assignment, level=None):
    """The student that a path names, in one of the forms that Moodle, Canvas, nbgrader or people use; or None.

    `level` counts the folders around the student's. Where it is not known, the student's is the innermost that may be a name.
    """
    path = re.sub(r"[<>\x00-\x1f]", "", path)  # Formgrader shows names as they are
    if found := MOODLE.search(path):
        return Student(slug(found["name"]), found["name"], found["number"], "moodle")
    folders, file = folders_of(path, assignment), stem(path)
    if found := canvas(path) or (None if folders else canvas(path.rpartition("/")[2])):
        return Student(slug(f"{found['name']}-{found['number']}"), found["name"], found["number"], "canvas")
    if level is None:
        name = next((folder for folder in reversed(folders) if folder.lower() not in OWN), folders[-1] if folders else file)
    else:
        name = folders[level] if len(folders) > level else file
    return None if name == file and file.lower().startswith(assignment.lower()) else Student(slug(name), name, "", "")


def everyone(paths, assignment):
    """{path: its student or None}.

    The student is the folder at the level where the submissions part; what is deeper is the student's own.
    """
    shared = os.path.commonprefix([path.split("/")[:-1] for path in paths])  # noqa: RUF071  (of lists: folder by folder)
    inside = {path: "/".join(path.split("/")[len(shared) :]) for path in paths}
    if len({found["number"] for path in inside.values() if (found := canvas(path))}) < 2:
        inside = {path: path for path in paths}  # not Canvas's files in a folder around them
    folders = [folders_of(path, assignment) for path in paths if is_notebook(path) and not MOODLE.search(path)]
    level = len(os.path.commonprefix(folders))  # noqa: RUF071
    if level and len({parts[level] for parts in folders if len(parts) > level}) < 2:
        level = None  # one student's, or nothing tells
    return {path: whose(inside[path], assignment, level) for path in paths}


def identify(students, course, assignment):
    """{student as a path names one: the id here}. The learning system's number tells who is who, and the order of files nothing.

    Canvas gives a person one number for good. Moodle gives another for each assignment, so there the name has to agree too.
    """
    records = {path.stem: Records(course, path.stem).students for path in course.folder.glob("records/*.json")}
    here = records.pop(assignment, {})
    known = {who(name, r): name for people in records.values() for name, r in people.items() if r.get("system") == "canvas"}
    known |= {who(name, record): name for name, record in here.items()}
    shared = {name for people in records.values() for name in namesakes(people)}  # in another assignment, of two people
    bearers = Counter(student.id.casefold() for student in students if student.number)
    taken, ids = {name.casefold(): name for name in here}, {}
    for student in sorted(students, key=lambda student: (len(student.number), student)):
        folded = student.id.casefold()
        holder = here.get(taken.get(folded), {})
        if (key := who(student.id, student._asdict())) in known:
            name = known[key]
        elif folded not in taken and not (student.number and folded in shared):
            name = student.id
        elif (
            taken.get(folded) in here
            and taken[folded] not in ids.values()
            and (bearers[folded] == 1 and not holder.get("number") if student.number else taken[folded] == student.id)
        ):
            name = taken[
                folded
            ]  # who came in a folder of this name, and is the only one; or a folder that has an id for its name
        else:
            number = [f"{student.id}-{student.number}"] if student.number else []
            names = itertools.chain(number, (f"{student.id}-{count}" for count in itertools.count(2)))
            name = next(name for name in names if name.casefold() not in taken)
        taken[name.casefold()] = ids[student] = name
    return ids


def who(name, record):
    """What tells one person from another."""
    system, number = record.get("system"), record.get("number")
    person = record.get("name", name)
    return (system, number, "" if system == "canvas" else slug(person).casefold()) if number else ("", "", person)


def namesakes(known):
    """The names, as ids, that several people of an assignment bear."""
    bearers = Counter(slug(record["name"]).casefold() for record in known.values() if record.get("system") == "moodle")
    return {name for name, many in bearers.items() if many > 1}


def mend(content):
    """A notebook's bytes as every reader takes them: UTF-8, no byte-order mark, no half of a character."""
    mark = next((mark for mark in MARKS if content.startswith(mark)), None)
    text = content.decode(MARKS.get(mark, "utf-8"), "replace")
    if "\\ud" in text.lower():
        with suppress(ValueError, RecursionError):  # no JSON: said where it is read
            text = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.encode()


def look(content, released, path):
    """(the released notebook that this file is, how many cells were worked on, why it is none). Its cells tell, else its name."""
    try:
        cells = nbformat.reads(content.decode(), as_version=4).cells
        names = {name_of(cell) for cell in cells} - {None}
        sources = [cell.source.strip() for cell in cells]
    except NotJSONError:
        return None, 0, "not a notebook that can be read: it is cut off, or no JSON"
    except Exception as error:  # nbformat raises many kinds for JSON that is no notebook
        return None, 0, f"not a notebook that can be read ({type(error).__name__})"
    best = max(released, key=lambda notebook: len(names & set(released[notebook])))
    if not names & set(released[best]):
        by_name = [notebook for notebook in released if notebook in path.rpartition("/")[2]]
        if names or not by_name:
            return None, 0, "another notebook: none of its cells is of this assignment"
        best = by_name[-1]
    given = {source.strip() for source in released[best].values()} | {""}
    return best, sum(source not in given for source in sources), ""


def looks_like_a_notebook(file):
    return is_notebook(file.path) or file.content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"{")


def better(new, old):
    """Whether a notebook is to be taken instead of another, and why the other is not: worked on before blank, then the newer."""
    if new.digest == old.digest:
        return False, "the same"
    if bool(new.worked) != bool(old.worked):
        return bool(new.worked), "nothing in it is answered"
    if new.date != old.date:
        return new.date > old.date, "older"
    if new.worked != old.worked:
        return new.worked > old.worked, "as old, and less in it is answered"
    return new.path > old.path, "as old, and as much in it is answered"


class Desk:
    """One student's files on their way into submitted/: of several that are the same notebook, one is taken, and it is told which.

    `kept` are names of files that are not replaced but moved out of the way: they are the only copy.
    """

    def __init__(self, folder, released, kept=()):
        self.folder, self.released, self.kept, self.taken, self.aside = folder, released, kept, {}, []

    def take(self, file):
        try:
            self.choose(file)
        except Exception as error:  # one student's file never stops the class
            self.aside.append((file.path, f"cannot be taken ({type(error).__name__}: {error})", None))

    def choose(self, file):
        problem, notebook = file.problem, None
        if not problem and looks_like_a_notebook(file):
            content = mend(file.content)
            notebook, worked, problem = look(content, self.released, file.path)
        if not notebook:
            self.aside.append((file.path, problem or "not a notebook of this assignment", None))
            return
        new = Notebook(notebook, worked, file.date, file.path, hashlib.sha256(content).digest())
        old = self.taken.get(notebook) or self.before(notebook, new)
        wins, why = better(new, old) if old else (True, "")
        if wins:
            path = self.folder / f"{notebook}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            if old and old.path in self.kept:
                path.replace(self.folder / f"{notebook}-left-aside.ipynb")
            path.write_bytes(content)
        if old:
            self.aside.append(((old if wins else new).path, why, notebook))
        self.taken[notebook] = new if wins else old

    def before(self, notebook, new):
        """What was handed in for this before, if it is to be preferred: worked on, where the new one is blank."""
        path = self.folder / f"{notebook}.ipynb"
        if new.worked or not path.exists():
            return None
        content = path.read_bytes()
        worked = look(content, self.released, path.name)[1]
        return Notebook(notebook, worked, 0, "what came in before", hashlib.sha256(content).digest()) if worked else None

    def remarks(self):
        """One line for each file that was not taken."""
        for path, why, notebook in self.aside:
            yield f"{path}: {why}" + (f"; {self.taken[notebook].path} is taken" if notebook else "")


def collect(course, assignment, source):
    """Put every notebook into submitted/, and note everyone who handed something in, with what is wrong where it is.

    Returns the students' ids, and the files that were left aside.
    """
    released, source = releases(course, assignment), Path(source)
    paths = [file.path for file in files(source) if not LITTER.search(file.path)]
    if not paths:
        raise Refused(f"there is no file in {source}")
    named = everyone(paths, assignment)
    nobody = {path for path, student in named.items() if student is None}
    named |= {path: Student(slug(path), path, "", "") for path in nobody}
    ids = identify(set(named.values()), course, assignment)
    desks = {}
    for file in files(source):
        if file.path in named:
            student = ids[named[file.path]]
            if file.path in nobody:
                file = file._replace(
                    problem=file.problem or f"its path names no student; expected student/{assignment}.ipynb"
                )
            desks.setdefault(student, Desk(course.path("submitted", assignment, student), released)).take(file)
    enter(course, assignment, ids, desks)
    return sorted(desks), [line for desk in desks.values() if desk.taken for line in desk.remarks()]


def enter(course, assignment, ids, desks):
    """Write down who handed in: in the record everyone, in the gradebook those whose notebook was found."""
    records = Records(course, assignment)
    with course.gradebook() as book:
        for student, name in sorted(ids.items()):
            desk = desks[name]
            problem = "" if desk.taken else "; ".join(desk.remarks())
            facts = (
                {"number": student.number, "system": student.system}
                if student.number or name not in records.students
                else {}
            )
            facts |= {"digest": digest(course, assignment, name)} if problem else {}
            taken = sorted(notebook.path for notebook in desk.taken.values())
            records.note(name, name=student.name, files=taken, problem=problem, **facts)
            first, _, last = student.name.rpartition(" ")
            number = student.number if student.system == "canvas" and student.number.isdigit() else None
            if desk.taken:
                book.update_or_create_student(name, first_name=first[:128] or None, last_name=last[:128], lms_user_id=number)


def settle(course, assignment):
    """The same care for what lies in submitted/ already, from nbgrader's exchange or put there by hand; tells what it did.

    nbgrader goes by the names of files alone, and would pass over a notebook that has another.
    """
    released = releases(course, assignment)
    for folder in sorted(path for path in course.folder.glob(f"submitted/*/{assignment}") if path.is_dir()):
        there, usual = list(files(folder)), {f"{name}.ipynb" for name in released}
        notebooks = [file for file in there if file.path in usual or is_notebook(file.path)]
        if {file.path for file in notebooks} != usual or any(mend(file.content) != file.content for file in notebooks):
            desk = Desk(folder, released, usual)
            for file in sorted(there, key=lambda file: (file.path not in usual, file.path)):
                if not LITTER.search(file.path) and looks_like_a_notebook(file):
                    desk.take(file)
            yield from (f"{folder.parent.name}: {line}" for line in desk.remarks())


def releases(course, assignment):
    """{notebook: {the name of a cell: what is released in it}}."""
    folder = course.path("release", assignment)
    notebooks = {name: nbformat.read(folder / f"{name}.ipynb", as_version=4) for name in course.notebooks(assignment)}
    return {
        name: {name_of(cell): cell.source for cell in notebook.cells if name_of(cell)}
        for name, notebook in notebooks.items()
    }
