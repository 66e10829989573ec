"""Nothing is left lying about: the pages beside the book link to files that are there, and nobody left a note to do it later."""

import re
import subprocess

import pytest

from press import ROOT

LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")  # in two parts: this file is read too
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/README.md"), *ROOT.glob(".github/**/*.md")]
FOLDERS = "chapters gdlib coursework _static _ext tests press tools benchmarks".split()
IN_THE_TREE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*\w\.\w+")


def anchors(text):
    """The places in a page that a link can name, as GitHub makes them from headings."""
    return {
        re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-").lower()
        for title in re.findall(r"^#+ (.*)", text, re.MULTILINE)
    }


def broken(page):
    """The links to other files that lead nowhere, and the files in backticks that are not there."""
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", text):
        path, _, place = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (place and file.suffix == ".md" and place not in anchors(file.read_text("utf-8"))):
            yield target
    yield from (name for name in re.findall(r"`([^`\s]+)`", text) if IN_THE_TREE.fullmatch(name) and not written(name))


def written(name):
    return (ROOT / name).exists() or "NN-" in name or "hwN" in name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_names_of_files_are_true(page):
    assert list(broken(page)) == []


def committed():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name] or [
        path for name in FOLDERS for path in ROOT.glob(f"{name}/**/*")
    ]


def test_no_note_says_later():
    texts = [
        path
        for path in committed()
        if path.suffix in (".py", ".js", ".css", ".md", ".toml", ".yml", ".ipynb", "") and path.is_file()
    ]
    sources = {path: re.sub(r"[A-Za-z0-9+/=]{60,}", "", path.read_text("utf-8")) for path in texts}  # without pictures
    assert len(texts) > 100 and [path for path, text in sources.items() if LATER.search(text)] == []


def test_what_is_broken_is_found(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(
        "# A plan\n[here](README.md#a-plan) [no](README.md#none) [gone](gone.md) [web](https://a.b) `tools/gone.py` `tools/serve.py`"
    )
    assert list(broken(page)) == ["README.md#none", "gone.md", "tools/gone.py"]
