"""How long a chapter takes: computed from what it holds, for its core and for the whole of it.

    python tools/times.py            print a table
    python tools/times.py --write    put the times into the chapters' first cells

The core ends where the first `## Further` begins. Reading is slow where there is mathematics; doing takes longer than reading.
"""

import re
from collections import Counter, namedtuple

import nbformat

from press import FOLDED, ROOT

CHAPTERS = ROOT / "chapters"
WORDS_A_MINUTE = 150
MINUTES = {"formula": 0.5, "picture": 1, "prediction": 1, "code": 0.5, "short": 4, "medium": 8, "long": 15}
MAX_WORDS = 2500  # in the core of a chapter
LINE = re.compile(r"\*\*Time\*\*: .*")
DROPDOWN = re.compile(r"^(`{3,})\{dropdown\}.*?^\1 *$", re.DOTALL | re.MULTILINE)
SOLUTION = re.compile(r"^`{3,}\{solution-start\}.*?^`{3,}\{solution-end\}", re.DOTALL | re.MULTILINE)
EXERCISE = re.compile(r"^`{3,}\{exercise\}.*?\n\n?\*[^*\n]+, (short|medium|long)\.\*", re.DOTALL | re.MULTILINE)
FORMULA = re.compile(r"\$\$.*?\$\$|^ *(`{3,})\{math\}.*?^ *\1", re.DOTALL | re.MULTILINE)
PREDICTION = re.compile(r"^:class: .*\bpredict\b", re.MULTILINE)

Part = namedtuple("Part", "words minutes")


def parts(notebook):
    """The chapter's text as (core, further): Markdown, with one mark for each code cell."""
    text = "\n\n".join(cell.source if cell.cell_type == "markdown" else mark(cell) for cell in notebook.cells)
    core, found, further = text.partition("\n## Further")
    return SOLUTION.sub("", core), SOLUTION.sub("", found + further)


def mark(cell):
    shows_picture = any("image/png" in output.get("data", {}) for output in cell.outputs)
    folded = FOLDED.intersection(cell.metadata.get("tags", []))
    return "<<picture>>" if shows_picture else "" if folded else "<<code>>"


def count_words(text):
    """The words that a reader meets: a formula inside a sentence is one word, what directives need is none."""
    text = FORMULA.sub(" ", re.sub(r"\A---\n.*?\n---\n|<<\w+>>", " ", text, flags=re.DOTALL))
    text = re.sub(r"\$[^$]+\$", " formula ", text)
    text = re.sub(r"\{[\w:-]+\}`([^`<]*)(<[^>`]*>)?`", r"\1", text)
    text = re.sub(r"^(`{3,}|:{3,}|:[\w-]+:|\(.*\)=$).*|\]\([^)]*\)", " ", text, flags=re.MULTILINE)
    return len(re.findall(r"[^\W_][\w'’-]*", text))


def measure(text):
    """Words in sight, and minutes: a fold is read by some, and what it holds counts for nothing here."""
    seen = DROPDOWN.sub("", text)
    found = Counter(EXERCISE.findall(text)) + Counter(re.findall(r"<<(\w+)>>", seen))
    found["formula"], found["prediction"] = len(FORMULA.findall(seen)), len(PREDICTION.findall(seen))
    words = count_words(seen)
    return Part(words, words / WORDS_A_MINUTE + sum(MINUTES[kind] * number for kind, number in found.items()))


def rounded(minutes):
    return max(5, 5 * round(minutes / 5))


def line(notebook):
    """The sentence that a chapter prints."""
    core, further = map(measure, parts(notebook))
    whole = rounded(core.minutes + further.minutes)
    return (
        f"**Time**: about {rounded(core.minutes)} minutes for the core, exercises included; {whole} for the whole chapter."
    )


def path_line(notebooks):
    """The sentence on the first page: what all the cores take together."""
    hours = sum(rounded(measure(parts(notebook)[0]).minutes) for notebook in notebooks) / 60
    return f"The {len(notebooks)} cores take about {hours:.0f} hours together, exercises included."


def main(arguments):
    for path in sorted(CHAPTERS.glob("[0-9][0-9]-*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        core, further = map(measure, parts(notebook))
        print(
            f"{path.stem:24} core {core.words:5} words {core.minutes:4.0f} min   further {further.words:5} words {further.minutes:4.0f} min"
        )
        if "--write" in arguments:
            notebook.cells[0].source = LINE.sub(line(notebook), notebook.cells[0].source)
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
