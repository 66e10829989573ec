"""Mystery runs: which one a number picks, what its instruments read, which of them tells it from another run, and in words.

The readings were made with `gdlib.faults` and stand in ``clinic.json``. The words are put together in ``js/clinic.js`` too.
"""

import json
from functools import cache
from math import isnan, log10
from pathlib import Path

from ..faults import FAULTS
from .sentence import short

FILE = Path(__file__).with_name("clinic.json")
CURVES = {  # by the names that the picture has for them: the fields of `faults.Record`
    "printed": "batch",
    "whole": "whole",
    "held": "held",
    "accuracy": "accuracy",
    "held_accuracy": "held_accuracy",
    "ratio": "ratio",
    "gradient": "gradient",
    "weights": "weights",
}
LABELS = {  # "printed" is always on; each of the others has a switch
    "printed": "Printed loss",
    "whole": "Loss of all rows",
    "held": "Loss, held out",
    "accuracy": "Share right",
    "held_accuracy": "Share right, held out",
    "ratio": "‖step‖/‖w‖",
    "gradient": "‖g‖",
    "weights": "‖w‖",
    "check": "Gradient check",
    "ten": "Ten rows alone",
}
INSTRUMENTS = list(LABELS)[1:]
CASES = 1000  # each picks a run
ON_THE_WAY = 1.5  # a factor beyond both ends of a curve, from which it is told
ROUNDING = 1e-4  # an error of a gradient below it
LEAST = 1e-6  # smaller numbers count as this where two readings are compared


def picked(number, runs):
    """Which of so many runs a number picks: neighbours get different ones, and all runs come equally often.

    Examples
    --------
    >>> [picked(number, 17) for number in range(8)]
    [0, 10, 4, 14, 8, 1, 12, 5]
    """
    return (number * 2654435769 % 2**32) * runs // 2**32  # 2^32 by the golden ratio


@cache
def cases():
    """For the browser: the labels; of each run its name, its curves, what is said of them, and its line; a healthy run beside.

    Of each run `tells` has, for every run in turn, the instrument that tells the two apart best.
    """
    made = json.loads(FILE.read_text(encoding="utf-8"))
    beside, runs = made.pop("beside"), list(made.values())
    lines = {name: f"its line is {fault.instead}" for name, fault in FAULTS.items()}
    return {
        "labels": [*map(list, LABELS.items())],  # a notebook that is saved sorts the names of a dict
        "beside": {"apart": beside["apart"], "curves": beside["curves"]},
        "runs": [
            {
                "name": name,
                "apart": run["apart"],  # epochs from one reading to the next
                "curves": run["curves"],
                "said": {key: reading(run, key) for key in LABELS},
                "line": lines.get(name, "no line is changed"),
                "tells": " ".join(telling(run, other) for other in runs),
            }
            for name, run in made.items()
        ],
    }


def curve(run, key):
    """The numbers of an instrument: one at each moment, or one in all."""
    return [float(v) for v in run["curves"][key].split()] if key in run["curves"] else [run[key]]


def reading(run, key):
    """What an instrument reads, in words.

    Examples
    --------
    >>> reading({"curves": {"whole": "2.3 7.1 0.14"}}, "whole")
    '2.3 to 0.14, with 7.1 on the way'
    >>> reading({"curves": {}, "check": 0.131}, "check"), reading({"curves": {}, "ten": 0.0062}, "ten")
    ('misses the slope by 13.1 %', 'loss 0.0062 after 300 steps')
    """
    values = curve(run, key)
    if key == "check":
        return "right" if values[0] < ROUNDING else f"misses the slope by {short(100 * values[0])} %"
    if key == "ten":
        return "not a number" if isnan(values[0]) else f"loss {short(values[0])} after 300 steps"
    first, last, low, high = _marks(values)
    if isnan(values[-1]):
        return f"{short(first)}, then not a number"
    far = [v for v in (low, high) if v == high > ON_THE_WAY * max(first, last) or v == low < min(first, last) / ON_THE_WAY]
    return f"{short(first)} to {short(last)}" + (f", with {' and '.join(map(short, far))} on the way" if far else "")


def _marks(values):
    finite = [v for v in values if abs(v) < float("inf")]
    return (finite[0], finite[-1], min(finite), max(finite)) if finite else (LEAST,) * 4


def distance(run, other, key):
    """How far two readings of an instrument are apart: the largest of the ratios of what is told of them, in powers of ten."""
    a, b = curve(run, key), curve(other, key)
    if isnan(a[-1]) != isnan(b[-1]):
        return float("inf")
    pairs = zip(_marks(a), _marks(b))
    return max(abs(log10(max(LEAST, x) / max(LEAST, y))) for x, y in pairs)


def telling(run, other):
    """The instrument that tells two runs apart best."""
    return max(INSTRUMENTS, key=lambda key: distance(run, other, key))


def clinic_words(case, on, named):
    """What the instruments that are on read in this case; and of the fault that is named (from 1) whether it is it."""
    runs = cases()["runs"]
    run = runs[picked(case, len(runs))]
    said = f"Case {case}. " + " ".join(f"{LABELS[key]}: {run['said'][key]}." for key in ["printed", *on])
    if not named:
        return said
    other = runs[named - 1]
    if other is run:
        return f"{said}\nYou say “{run['name']}”. Right: {run['line']}."
    key = run["tells"].split()[named - 1]
    apart = f"What tells the two apart: {LABELS[key]}. With “{other['name']}” it reads: {other['said'][key]}."
    return f"{said}\nYou say “{other['name']}”. No. {apart}"
