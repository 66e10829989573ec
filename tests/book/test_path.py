"""A chapter can be finished: a core of limited length, times that are computed, predictions that commit, hints for its exercises."""

import re
from pathlib import Path

import nbformat
import pytest

from press import times

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("[0-9][0-9]-*.ipynb"))
EACH_CHAPTER = pytest.mark.parametrize(
    "notebook", [nbformat.read(p, as_version=4) for p in CHAPTERS], ids=[p.stem for p in CHAPTERS]
)
FENCE = r"^(?P<fence>`{3,})\{%s\}(?P<title>[^\n]*)\n(?P<body>.*?)^(?P=fence) *$"
OPTION = re.compile(r"^- (.*)", re.MULTILINE)


def markdown(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def blocks(directive, text):
    """(title, body) of each block of this directive."""
    return [
        (found["title"].strip(), found["body"]) for found in re.finditer(FENCE % directive, text, re.DOTALL | re.MULTILINE)
    ]


def headings(text):
    return re.findall(r"^(#+) (.*)", text, re.MULTILINE)


@EACH_CHAPTER
def test_the_core_is_short_enough(notebook):
    core, further = map(times.measure, times.parts(notebook))
    assert core.words <= times.MAX_WORDS
    assert further.words > 0


@EACH_CHAPTER
def test_the_core_is_whole_and_all_that_follows_is_marked(notebook):
    titles = [title for level, title in headings(markdown(notebook)) if level == "##"]
    first = next(place for place, title in enumerate(titles) if title.startswith("Further: "))
    assert titles[first - 3 : first] == ["Misconceptions", "Exercises", "Summary"]
    assert titles[-1] == "Sources"
    unmarked = [title for title in titles[first:-1] if not title.startswith("Further: ")]
    assert not unmarked, f"after the summary a heading begins with Further: {unmarked}"


@EACH_CHAPTER
def test_the_times_are_the_computed_ones(notebook):
    assert times.LINE.findall(markdown(notebook)) == [times.line(notebook)], (
        "python tools/times.py --write, then python tools/normalise.py with the chapters that it wrote to"
    )


def test_the_first_page_says_what_the_cores_take_together():
    index = markdown(nbformat.read(CHAPTERS[0].parent / "index.ipynb", as_version=4))
    assert times.path_line([nbformat.read(path, as_version=4) for path in CHAPTERS]) in index


@EACH_CHAPTER
def test_an_exercise_says_its_kind_and_length_and_one_of_the_core_has_hints(notebook):
    core, further = times.parts(notebook)
    for text, hints in (core, 2), (further, 0):
        for title, body in blocks("exercise", text):
            assert re.search(
                r"^\*(Predict|By hand|Read|Code|Explore|Prove)[^*\n]*, (short|medium|long)\.\*", body, re.MULTILINE
            ), f"{title}: the text begins with its kind and length, as in *By hand, short.*"
            folded = [name for name, _ in blocks("dropdown", body)]
            assert folded == [f"Hint {number}" for number in range(1, len(folded) + 1)] and len(folded) >= hints, (
                f"{title}: its folds are called Hint 1, Hint 2 and so on, at least {hints}"
            )


@EACH_CHAPTER
def test_a_prediction_offers_options_and_answers_each(notebook):
    text = markdown(notebook)
    predictions = [body for title, body in blocks("admonition", text) if title == "Predict"]
    assert len(predictions) >= 2
    for body in predictions:
        assert ":class: tip predict" in body, body
        question, (_, answers) = folded_part(body)
        options, said = OPTION.findall(question), OPTION.findall(answers)
        assert 3 <= len(options) == len(said) <= 5, body
        assert all(re.match(r"\*\*(Yes|No|Not quite|Almost)\.\*\* ", sentence) for sentence in said), body
        assert sum(sentence.startswith("**Yes.**") for sentence in said) == 1, body


def folded_part(body):
    """A prediction's question, and what is folded away below it."""
    (found,) = blocks("dropdown", body)
    assert found[0] == "Compare with your guess"
    return re.sub(FENCE % "dropdown", "", body, flags=re.DOTALL | re.MULTILINE), found


def test_no_chapter_is_mentioned_that_is_not_in_the_contents():
    """A later chapter that is not written yet is not promised."""
    numbers = {int(path.name[:2]) for path in CHAPTERS}
    for path in CHAPTERS:
        text = markdown(nbformat.read(path, as_version=4))
        named = {int(number) for number in re.findall(r"\b[Cc]hapter (\d+)", text)}
        assert named <= numbers, path
        linked = re.sub(r"\{doc\}`[^`]*`|\[[^\]]*\]\([^)]*\)", "", text)
        loose = re.findall(
            r"\b(?:the )?chapters? on [a-z]+|\bin part (?:III|three)\b|\b(?:a )?later chapters?\b", linked, re.IGNORECASE
        )
        assert not loose, f"{path.stem} speaks of {loose}: link it with {{doc}}, or leave it out"
