"""The page on how the book is made keeps to its length, and its numbers and file names are true."""

import re
import tomllib

import pytest

from press import ROOT, times

PAGE = (ROOT / "chapters/making.md").read_text("utf-8")
CHAPTERS = "".join(path.read_text("utf-8") for path in ROOT.glob("chapters/[0-9][0-9]-*.ipynb"))
DECISIONS = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Decisions")[2].replace("\n  ", " ")


def lines(*patterns):
    files = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return sum(len(path.read_text("utf-8").splitlines()) for path in files)


def listed(kind):
    tables = [tomllib.loads(path.read_text("utf-8")) for path in ROOT.glob("tests/book/answers/*.toml")]
    return sum(len(entries.get(kind, [])) for entries in tables)


def counted():
    return {
        r"more than (\d+) theorems, lemmas": len(set(re.findall(r":label: ((?:thm|lem|cor|cex)-[\w-]+)", CHAPTERS))),
        r"more than (\d+) exercises": len(set(re.findall(r":label: (ex-[\w-]+)", CHAPTERS))),
        r"more than (\d+) right answers": listed("right"),
        r"right answers and (\d+) wrong ones": listed("wrong"),
    }


@pytest.mark.parametrize("phrase", counted())
def test_a_number_is_no_more_than_there_are_and_not_far_below(phrase):
    said, there = (
        int(re.search(phrase, re.sub(r"\s+", " ", PAGE))[1]),
        counted()[phrase],
    )
    assert said <= there < 1.25 * said


def test_the_lines_of_code():
    library, tests = lines("gdlib/**/*.py", "gdlib/**/*.js"), lines("tests/**/*.py")
    said = int(re.search(r"about ([\d,]+) lines of Python and JavaScript", PAGE)[1].replace(",", ""))
    assert library == pytest.approx(said, rel=0.15) and tests == pytest.approx(2 * library, rel=0.25)
    assert (
        int(re.search(r"less than ([\d,]+) bytes", PAGE)[1].replace(",", "")) > (ROOT / "_static/player.js").stat().st_size
    )


@pytest.mark.parametrize("number", ["1.7 MB", "48 KB", "266 KB", "sixty lines"])
def test_what_was_measured_stands_among_the_decisions(number):
    assert number in PAGE and number in DECISIONS


def test_it_is_short_and_names_what_is_there():
    assert times.count_words(PAGE) <= 1200
    named = re.findall(r"`([\w/.-]+)`", PAGE)
    assert len(named) > 8
    for name in named:
        assert (ROOT / name).exists() or f"\n{name.removeprefix('make ')}:" in (ROOT / "Makefile").read_text("utf-8"), name
    assert str(times.MAX_WORDS) == re.search(r"core sections to ([\d,]+) words", PAGE)[1].replace(",", "")
