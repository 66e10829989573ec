r"""The explorers can be set to the numbers that the text names: every `\eta = …` and `w_0 = …` next to one is within its reach.

"Next to" is the Markdown just above and just below, up to the nearest heading or exercise. The box beside a slider takes every
number between the slider's ends. But a number that the reader is asked to *slide*, *push* or *drag* to must be a place of the slider.
"""

import re
from itertools import takewhile
from math import log2
from pathlib import Path

import nbformat
import pytest

STATE, VIEW = "application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json"
NUMBER = r"-?\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?)?(?![\w/.]*[\w/\\^{(])"
AND = r"(?:,\\ |\$?(?:,|,? and|,? or|,? to|,? then)\s+(?:go on to )?\$?)"
NAMED = re.compile(rf"(\\eta|w_0) = ({NUMBER}(?:{AND}{NUMBER})*)")
TO = re.compile(rf"\bto \$({NUMBER})\$")  # "push \eta to 0.2"
BY_HAND = re.compile(r"\b(?:[Ss]lide|[Pp]ush|[Dd]rag)\b")
BORDER = re.compile(r"^#+ .*|^`{3,}\{exercise\}.*", re.MULTILINE)


def explorers(notebook):
    """Each explorer's cell number, its limits (sign -> [(lowest, highest, grain), ...]), and the words next to it."""
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            for model in [output.data[VIEW]["model_id"]] if VIEW in output.get("data", {}) else []:
                picture = models[models[model]["state"]["children"][0].removeprefix("IPY_MODEL_")]["state"]
                yield place + 1, limits(picture), beside(notebook.cells, place)


def limits(picture):
    settings = picture["settings"]
    return {
        r"\eta": [settings[name] for run in picture["runs"] for key, name in run["parameters"].items() if key == "eta"],
        "w_0": [settings["w0"]] if picture["start"] == ["w0"] else [],
    }


def beside(cells, place):
    above, below = (list(takewhile(is_text, side)) for side in (reversed(cells[:place]), cells[place + 1 :]))
    above, below = ("\n\n".join(cell.source for cell in side) for side in (reversed(above), below))
    return BORDER.split(above)[-1] + "\n\n" + BORDER.split(below)[0]


def is_text(cell):
    return cell.cell_type == "markdown"


def asked(text):
    """(sign, number, whether the slider itself must hold it) for each setting that the text names."""
    for sentence in re.split(r"(?<=[.?!:])\s+", text):
        by_hand = bool(BY_HAND.search(sentence))
        found = [(sign, number) for sign, numbers in NAMED.findall(sentence) for number in re.findall(NUMBER, numbers)]
        if by_hand and not found:
            signs = re.findall(r"\\eta|w_0", sentence)
            found = [(sign, number) for sign in signs[:1] for number in TO.findall(sentence)]
        yield from ((sign, value(number), by_hand) for sign, number in found)


def value(number):
    above, _, below = number.partition("/")
    return float(above) / float(below or 1)


def holds(limit, number, by_hand):
    low, high, grain = limit
    if not low <= number <= high:
        return False
    nearest = low + grain * round((number - low) / grain) if grain else low * 2 ** (round(16 * log2(number / low)) / 16)
    return not by_hand or f"{nearest:.3g}" == f"{number:.3g}"


def out_of_reach(limits, text):
    """What the text names and no slider of the explorer holds; w_0 counts where the start is one number."""
    for sign, number, by_hand in asked(text):
        if limits[sign] and not any(holds(limit, number, by_hand) for limit in limits[sign]):
            yield f"{sign} = {number:g}" + (" (slide)" if by_hand else "")


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_the_numbers_in_the_text_can_be_set(path):
    found = {cell: list(out_of_reach(*rest)) for cell, *rest in explorers(nbformat.read(path, as_version=4))}
    missing = {cell: numbers for cell, numbers in found.items() if numbers}
    assert not missing, (
        f"cell -> what the text next to it names and no slider holds: {missing}. Widen eta_range or window; "
        "a number to slide to is a place of the slider (sixteenths of a doubling from eta)"
    )


# ---- The rule itself can fail ----

LIMITS = {r"\eta": [(0.1 / 2**2, 0.1 * 2 ** (37 / 16), 0)], "w_0": [(-2, 5.5, 0.01)]}


@pytest.mark.parametrize(
    "text, missing",
    [
        (r"From $w_0 = 2$ with $\eta = 0.5$ it lands.", [r"\eta = 0.5"]),  # the slider ends at 0.4967
        (r"From $w_0 = 2$ with $\eta = 0.45$ it lands.", []),
        (r"Try $\eta = 0.1$, $0.3$ and $0.6$.", [r"\eta = 0.6"]),
        (r"Push $\eta$ to $0.3$.", [r"\eta = 0.3 (slide)"]),  # between two places
        (r"Push $\eta$ to $0.2$, and type $0.3$.", []),
        (r"Slide the start to $w_0 = 2.25$, then go on to $7$.", ["w_0 = 7 (slide)"]),
        (r"Best is $\eta = 1/L$, here $\eta = 2/11$, or $\eta = 2/1$.", [r"\eta = 2"]),
    ],
)
def test_a_number_out_of_reach_is_noticed(text, missing):
    assert list(out_of_reach(LIMITS, text)) == missing
