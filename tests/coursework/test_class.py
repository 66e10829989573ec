"""One class, graded by nbgrader in one run: what each submission earns, and that none harms another."""

import hashlib
import json
import socket
import sqlite3
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[2]
WRONG = "    return 0 * x"  # fails slope-check, which is worth 4 of the 10 points
STAYS = "    return x, 0"  # fails descend-check, worth 4 too
RIGHT_DESCENT = (
    "    steps = 0\n    while grad(x) ** 2 > gtol**2:\n        x, steps = x - eta * grad(x), steps + 1\n    return x, steps"
)
STOPPED_BY_STEP = "    steps = 0\n    while (eta * grad(x)) ** 2 > gtol**2:\n        x, steps = x - eta * grad(x), steps + 1\n    return x, steps"
NEVER = "not graded: "


def cells(notebook):
    return {one.metadata.get("nbgrader", {}).get("grade_id"): one for one in notebook.cells}


def without(notebook, *names):
    notebook.cells = [one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") not in names]
    return notebook


def with_metadata(notebook, name, **changes):
    cells(notebook)[name].metadata.nbgrader.update(changes)
    return notebook


def tagged(notebook, tag):
    for one in notebook.cells:
        one.metadata["tags"] = [tag]
    return notebook


def bare(notebook):
    """As some editors save it: no metadata at all."""
    for one in notebook.cells:
        one.metadata.clear()
    return notebook


def edited(notebook, names, source="pass"):
    for name in names:
        cells(notebook)[name].source = source
    return notebook


def copied(notebook, name):
    place = notebook.cells.index(cells(notebook)[name])
    twin = nbformat.from_dict({**notebook.cells[place], "id": f"{name}-twin"})
    notebook.cells.insert(place + 1, twin)
    return notebook


def emptied(notebook):
    notebook.cells.insert(2, new_code_cell("x = 1", metadata={"nbgrader": {}}))
    return notebook


def half(notebook):
    cells(notebook)["why"].source = "It stops \ud83d there"
    return json.dumps(notebook)


# attacks that would be worth 4 or 8 points to someone who has only the learning rate right
PATCHES = {
    "patched-allclose": "np.allclose = lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None\n"
    "import builtins\nbuiltins.abs = lambda x: 0",
    "patched-inside": "f = np.allclose.__wrapped__\nf.__code__ = (lambda a, b, rtol=0, atol=0, equal_nan=False: True).__code__",
    "another-numpy": "import sys, types\nfake = types.ModuleType('numpy')\nfake.allclose = lambda *a, **k: True\nfake.random = np.random\n"
    "sys.modules['numpy'] = np = fake",
    "hidden-names": "abs = lambda x: 0\nall = any = isinstance = lambda *a: True\nfloat = lambda x: 0\nclass np:\n"
    "    allclose = staticmethod(lambda *a, **k: True)\n    random = __import__('numpy').random",
    "stripped-asserts": "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
    "get_ipython().ast_transformers.append(Strip())",
    "stripped-lines": "ip = get_ipython()\nip.input_transformers_post.append(lambda lines: [l.replace('assert ', '0 and ') for l in lines])\n"
    "ip.input_transformer_manager.cleanup_transforms.append(lambda lines: [l.replace('assert ', '0 and ') for l in lines])",
    "patched-ipython": "ip = get_ipython()\nold = ip.run_cell_async\nasync def run(code, **k):\n"
    "    return await old(code.replace('assert ', '0 and ') if 'assert' in code else code, "
    "**{**k, 'transformed_cell': code.replace('assert ', '0 and ')})\nip.run_cell_async = run\n"
    "type(ip).transform_cell = lambda self, code: code.replace('assert ', '0 and ')",
    "patched-kernel": "k = get_ipython().kernel\nold = type(k).do_execute\n"
    "import types\nfrom ipykernel.ipkernel import IPythonKernel\nbase = IPythonKernel.do_execute\n"
    "async def do(self, code, *a, **o):\n    return await base(self, code.replace('assert ', '0 and '), *a, **o)\n"
    "IPythonKernel.do_execute = do",
    "before-each-cell": "ip = get_ipython()\ndef patch(*a):\n    np.allclose = lambda *a, **k: True\n    ip.user_ns['abs'] = lambda x: 0\n"
    "ip.events.register('pre_run_cell', patch)\nip.events.register('pre_execute', patch)",
    "errors-hushed": "get_ipython().set_custom_exc((AssertionError,), lambda *a, **k: None)\n"
    "get_ipython().showtraceback = lambda *a, **k: None",
}

SEARCH = """
import os, sys
found = []
for top in ("/", "..", "../../..", os.path.expanduser("~"), {course!r}, {book!r}):
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if f not in ("usr", "proc", "sys", "dev", "lib", "lib64", "bin", "sbin")]
        found += [os.path.join(folder, name) for name in names if name.endswith((".ipynb", "gradebook.db"))]
for name in found:
    print("READ", name)
print("searched")
"""
NETWORK = """
import urllib.request
for _ in range(3):
    try:
        urllib.request.urlopen("http://example.org")
    except OSError as error:
        print("refused")
"""
SOCKET = """
import socket
for place in (("1.1.1.1", 80), ("127.0.0.1", {port})):
    try:
        socket.create_connection(place, timeout=1)
        print("CONNECTED", place)
    except OSError as error:
        print("refused")
"""
DELETE = """
import shutil, os
for place in ({course!r}, {book!r} + "/coursework/source", "..", "../..", "../../.."):
    shutil.rmtree(place, ignore_errors=True)
for folder, _, names in os.walk({course!r}):
    for name in names:
        os.remove(os.path.join(folder, name))
"""
GRADEBOOK = """
import sqlite3, os
try:
    os.makedirs({course!r}, exist_ok=True)
    db = sqlite3.connect({course!r} + "/gradebook.db")
    db.execute("update grade set manual_score = 1000")
    db.commit()
except Exception as error:
    print(error)
"""
HISTORY = "    import inspect\n    text = inspect.getsource(inspect.stack()[0].frame) if 0 else ''\n    print(In)\n    return 4 * x**3 - 4 * x"


@pytest.fixture(scope="module")
def open_port():
    """A port of this machine that takes connections; the confined must not reach it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def class_(tmp_path_factory, confined, new_course, fill_in, moodle_zip, coursework, open_port):
    """Everyone's submission, what each should earn from tests, and the course after one run of `grade`."""
    folder = tmp_path_factory.mktemp("class") / "course"
    course, released = new_course(folder)
    given = {"course": str(folder), "book": str(ROOT), "port": open_port}

    def handed(**parts):
        return fill_in(released, **parts)

    loop = "    while True:\n        pass"
    everyone = {
        "correct": (10, handed()),
        "another route": (10, handed(slope="    return float(np.polyval(np.polyder([1, 0, -2, 0, 0]), x))")),
        "complex step": (10, handed(slope="    z = x + 1e-20j\n    return ((z**4 - 2 * z**2) / 1e-20).imag")),
        "wrong sign": (6, handed(slope="    return 4 * x - 4 * x**3")),
        "forgotten factor": (6, handed(slope="    return 4 * x**3 - 2 * x")),
        "rate too large": (8, handed(rate="    eta = 0.25")),
        "stops on the wrong test": (6, handed(descend=STOPPED_BY_STEP)),
        "blank": (0, nbformat.from_dict(dict(released))),
        "nan": (6, handed(slope="    return float('nan')")),
        "overflow warnings": (
            10,
            handed(slope="    np.exp(np.float64(1e4)), np.float64(1) / 0\n" + "    return 4 * x**3 - 4 * x"),
        ),
        "prints to stderr": (
            10,
            handed(slope="    import sys\n    print('here', file=sys.stderr)\n    return 4 * x**3 - 4 * x"),
        ),
        "infinite loop": (6, handed(slope=loop)),
        "infinite loop of her own": (10, handed(after="while True:\n    pass")),
        "swallows interrupts": (
            None,
            handed(
                after="while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
            ),
        ),
        "memory hog": (6, handed(descend="    hog = bytearray(3 * 10**9)\n" + RIGHT_DESCENT)),
        "memory grower": (10, handed(after="hog = []\nwhile True:\n    hog.append(bytearray(10**8))")),
        "asks for input": (6, handed(slope="    return float(input('x?'))")),
        "200,000 prints": (10, handed(after="for i in range(200_000):\n    print('line', i, flush=i % 100 == 0)")),
        "prints for ever": (10, handed(after="while True:\n    print('x' * 1000)")),
        "syntax error": (6, handed(slope="    return 4 * x**3 -")),
        "failing import": (6, handed(slope="    return 1\nimport there_is_no_such_module")),
        "broken JSON": (None, nbformat.writes(handed())[:900]),
        "not a notebook": (None, '{"hello": "world"}'),
        "another assignment": (None, nbformat.writes(handed()).replace('"grade_id": "', '"grade_id": "hw9-')),
        "copied answer": (10, copied(handed(), "slope")),
        "copied tests": (10, copied(handed(), "slope-check")),
        "empty metadata": (10, emptied(handed())),
        "no metadata": (10, bare(handed())),
        "deleted tests": (6, without(handed(slope=WRONG), "slope-check", "rate-check")),
        "deleted tests and setup": (10, without(handed(), "setup", "slope-check", "descend-check")),
        "deleted answer": (6, without(handed(), "slope")),
        "edited tests": (0, edited(nbformat.from_dict(dict(released)), ["slope-check", "descend-check", "rate-check"])),
        "tests are text": (
            6,
            with_metadata(handed(slope=WRONG), "slope-check", cell_type="markdown", grade=False, locked=False),
        ),
        "points set to 1000": (6, with_metadata(handed(slope=WRONG), "slope-check", points=1000)),
        "1000 points by hand": (10, with_metadata(handed(), "why", points=1000)),
        "points set to words": (10, with_metadata(handed(), "slope-check", points="many", schema_version=99)),
        "skips the tests": (0, tagged(nbformat.from_dict(dict(released)), "skip-execution")),
        "shows a number": (6, handed(slope="    get_ipython().displayhook(4.0)\n    return 0 * x")),
        "clears the output": (
            6,
            handed(slope="    from IPython.display import clear_output\n    clear_output()\n    return 0 * x"),
        ),
        "leaves the test": (6, handed(slope="    raise SystemExit(0)")),
        **{name: (2, handed(slope=WRONG, descend=STAYS, after=attack)) for name, attack in PATCHES.items()},
        "reads hidden tests": (10, handed(after=SEARCH.format(**given))),
        "prints the history": (10, handed(slope=HISTORY, after="")),
        "opens a socket": (10, handed(after=SOCKET.format(**given))),
        "deletes files": (10, handed(after=DELETE.format(**given))),
        "writes to the gradebook": (10, handed(after=GRADEBOOK.format(**given))),
        "kills what it can": (
            10,
            handed(after="import os, signal\ntry:\n    os.kill(1, signal.SIGKILL)\nexcept OSError:\n    pass"),
        ),
        "half an emoji": (10, handed(after="print('\\ud83d')\nprint('after')\nhalf = '\\ud83d'\nhalf")),
        "half an emoji in the file": (10, half(handed())),
        "six times pip": (10, handed(after="\n".join(["!pip install no-such-package-8391"] * 6) + "\nprint('on it goes')")),
        "asks a network": (10, handed(after=NETWORK)),
        "os._exit": (None, handed(after="import os\nos._exit(0)")),
        "last of all": (10, handed()),
    }
    zipped = moodle_zip(folder.parent / "submissions.zip", {name: notebook for name, (_, notebook) in everyone.items()})
    before = fingerprints(folder, "source", "release") | fingerprints(ROOT / "coursework", "source")
    done = coursework("grade", "tiny", zipped, "--course", folder)
    after = fingerprints(folder, "source", "release") | fingerprints(ROOT / "coursework", "source")
    return course, {name: points for name, (points, _) in everyone.items()}, done, before == after


def fingerprints(folder, *steps):
    files = [path for step in steps for path in (folder / step).rglob("*") if path.is_file()]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def of(name):
    from coursework.collect import slug

    return slug(name)


def test_each_submission_earns_what_it_should(class_):
    course, expected, done, _ = class_
    found = {name: course.submission("tiny", of(name)) for name in expected}
    unknown = {line.split()[0] for line in not_graded(done)}
    earned = {name: None if of(name) in unknown else found[name]["tests"] for name in expected}
    assert earned == expected, done.stdout[-6000:] + done.stderr[-2000:]
    assert len(expected) >= 25


def not_graded(done):
    """The lines of the table's second half."""
    return done.stdout.partition("Not graded;")[2].splitlines()[1:]


def test_who_is_not_graded_is_named_with_the_reason(class_):
    _, expected, done, _ = class_
    told = {line.split()[0]: line for line in not_graded(done)}
    assert set(told) == {of(name) for name, points in expected.items() if points is None}
    for name, why in {
        "broken JSON": "not a notebook that can be read",
        "not a notebook": "not a notebook that can be read",
        "another assignment": "none of its cells is of this assignment",
        "os._exit": "Python ended in cell 3, which begins 'import os'",
        "swallows interrupts": "had to be stopped",
    }.items():
        assert why in told[of(name)]
    assert done.returncode == 1


def test_progress_is_told_for_each_in_turn(class_):
    _, expected, done, _ = class_
    assert [line for line in done.stdout.splitlines() if line.startswith(f"[{len(expected)}/{len(expected)}] ")]
    assert sum(line.startswith("[") for line in done.stdout.splitlines()) == len(expected)


def test_nothing_of_the_teachers_has_changed(class_):
    course, expected, _, same = class_
    assert same
    with sqlite3.connect(course.folder / "gradebook.db") as book:
        assert book.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert book.execute("select count(*) from grade where manual_score is not null").fetchall() == [(0,)]
    with course.gradebook() as book:
        assert book.find_assignment("tiny").max_score == 15
    handed = {path.parent.parent.name for path in course.folder.glob("submitted/*/tiny/tiny.ipynb")}
    assert handed == {of(name) for name in expected} - {
        of(n) for n in ("broken JSON", "not a notebook", "another assignment")
    }


def outputs(course, name):
    notebook = nbformat.read(course.path("autograded", "tiny", of(name)) / "tiny.ipynb", as_version=4)
    return "".join(str(output.get("text", output)) for one in notebook.cells for output in one.get("outputs", []))


def test_the_confined_see_no_files_and_no_network(class_):
    course, *_ = class_
    assert "searched" in outputs(course, "reads hidden tests")
    assert "READ" not in outputs(course, "reads hidden tests")
    assert outputs(course, "opens a socket").count("refused") == 2


def test_what_installs_or_asks_without_a_network_fails_at_once(class_):
    course, *_ = class_
    assert (
        outputs(course, "six times pip").count("No matching distribution found") >= 1
    )  # as many as the time of a cell lets
    assert outputs(course, "asks a network").count("refused") == 3


def test_half_a_character_is_mended(class_):
    course, *_ = class_
    assert "after" in outputs(course, "half an emoji")
    notebook = nbformat.read(course.path("autograded", "tiny", of("half an emoji in the file")) / "tiny.ipynb", as_version=4)
    assert cells(notebook)["why"].source == "It stops \ufffd there"


def test_a_flood_of_output_is_cut_not_lost(class_):
    course, *_ = class_
    assert "line 0" in outputs(course, "200,000 prints")
    assert outputs(course, "prints for ever").count("... output cut here ...") == 1
    for name in ("200,000 prints", "prints for ever"):
        assert len(outputs(course, name)) < 1_200_000


def test_input_says_why_it_fails(class_):
    course, *_ = class_
    assert "nobody does while a notebook is graded" in outputs(course, "asks for input")


def test_hidden_tests_stay_hidden_in_outputs_and_feedback(class_, coursework):
    course, expected, *_ = class_
    assert all("hidden-test-8391" not in outputs(course, name) for name, points in expected.items() if points is not None)
    coursework("feedback", "tiny", "--course", course.folder)
    pages = list(course.folder.glob("feedback/*/tiny/tiny.html"))
    assert len(pages) == sum(points is not None for points in expected.values())
    texts = [page.read_text(encoding="utf-8") for page in pages]
    assert not any("hidden-test-8391" in text or "HIDDEN TESTS" in text for text in texts)
    wrong = (course.path("feedback", "tiny", of("wrong sign")) / "tiny.html").read_text(encoding="utf-8")
    assert "slope(2) should be 24" in wrong
