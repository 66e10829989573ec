"""The mystery runs: what was recorded is what gdlib.faults makes, every two of them can be told apart, and the answers say how."""

import json
from collections import Counter
from itertools import combinations, pairwise
from math import log10, sqrt

import numpy as np
import pytest

from gdlib import explore, faults
from gdlib.explore.clinic import CASES, CURVES, FILE, INSTRUMENTS, cases, distance, picked, telling
from press.clinic import RUNS, digits

RECORDED = json.loads(FILE.read_text("utf-8"))
NAMES = list(RUNS)
# in these, last bits grow: other processors make other curves
CHAOTIC = {"sign", "η × 100", "pixels 0 to 16", "rows in class order", "gradients pile up", "sum for mean"}
ALIKE = 4  # a factor between two readings: what is not told by one as large is not told


@pytest.fixture(scope="module")
def data():
    return digits()


def numbers(text):
    return np.array(text.split(), dtype=float)


def number_of(name):
    """The first number that picks a run."""
    return next(number for number in range(CASES) if explore.clinic(number).fault == name)


def test_there_is_a_recorded_run_for_the_healthy_one_and_for_each_fault_in_their_order():
    assert [*RECORDED] == [*NAMES, "beside"] and NAMES == ["healthy", *faults.FAULTS]


@pytest.mark.parametrize("name", [*NAMES, "beside"])
def test_the_curves_are_those_of_the_run_to_their_digits(name, data):
    train, seed = (faults.healthy, 0) if name == "beside" else (RUNS[name], 1)
    per_epoch = 5 if name == "sum for mean" else 42  # batches of 256, of 32
    run, every = RECORDED[name], round(RECORDED[name]["apart"] * per_epoch)
    epochs = 0.5 if name in CHAOTIC else 10
    seen = faults.record(train, *data, every=every, epochs=10, seed=seed)
    np.testing.assert_allclose(seen.epoch, run["apart"] * np.arange(len(seen.epoch)), rtol=1e-5)
    first = seen.epoch < epochs
    for key, field in CURVES.items():
        saved, made = numbers(run["curves"][key]), getattr(seen, field)
        assert len(saved) == len(made)
        near = 0.003 if "accuracy" in key else 0  # shares: a few rows
        np.testing.assert_allclose(saved[first], made[first], rtol=0.0055, atol=near, err_msg=key)
    assert first.sum() >= 2
    np.testing.assert_allclose(
        numbers(run["curves"]["weights"])[-1], seen.weights[-1], rtol=0.2
    )  # roughly, of a chaotic one


@pytest.mark.parametrize("name", NAMES)
def test_the_two_tests_before_a_run_gave_what_is_recorded(name, data):
    X, y, _ = data
    first = next(RUNS[name](*data, seed=1))
    v = np.random.default_rng(7).normal(size=first.w.size)
    up, down = (float(first.loss(faults.Tensor(first.w + way * v), first.rows).data) for way in (1e-6, -1e-6))
    right = abs(first.g @ v - (up - down) / 2e-6) < 1e-3 * abs(first.g @ v)
    assert right == (RECORDED[name]["check"] < 1e-4)
    if name not in CHAOTIC | {"η × 100", "softmax twice"}:
        with np.errstate(all="ignore"):
            *_, last = RUNS[name](X[:10], y[:10], 10, size=10, epochs=300, seed=1)
        np.testing.assert_allclose(RECORDED[name]["ten"], last.value, rtol=0.01)


def told_of(run, key):
    """Of a curve its ends, its lowest and its highest; of a test its number."""
    values = numbers(run["curves"][key] if key in CURVES else str(run[key]))
    finite = values[np.isfinite(values)]
    return [finite[0], finite[-1], finite.min(), finite.max()] if len(finite) else [], np.isnan(values[-1])


@pytest.mark.parametrize(("one", "other"), list(combinations(NAMES, 2)))
def test_every_two_runs_are_told_apart_by_what_an_instrument_reads(one, other):
    key = telling(RECORDED[one], RECORDED[other])
    assert key in INSTRUMENTS and key == telling(RECORDED[other], RECORDED[one])
    (a, lost), (b, gone) = (told_of(RECORDED[name], key) for name in (one, other))
    ratios = [max(x, 1e-6) / max(y, 1e-6) for x, y in zip(a, b)]
    assert lost != gone or max(max(ratio, 1 / ratio) for ratio in ratios) > ALIKE
    runs = {run["name"]: run for run in cases()["runs"]}
    assert runs[one]["said"][key] != runs[other]["said"][key]
    assert runs[one]["tells"].split()[NAMES.index(other)] == key


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("healthy", "derivative missing", "check"),  # the page: no curve shows it
        ("healthy", "gradients pile up", "gradient"),
        ("schedule in batches", "η / 1000", "ratio"),  # steps of 0, not small ones
        ("zero weights", "labels one row off", "weights"),
        ("a fifth of the labels wrong", "healthy", "whole"),
    ],
)
def test_the_instrument_is_the_one_that_the_page_names(one, other, key):
    assert telling(RECORDED[one], RECORDED[other]) == key


def test_two_instruments_are_often_enough():
    """As the page says: beside the printed loss, for 15 of the 17 runs. Then no other run reads alike, within the factor."""

    def alike(one, other, keys):
        return all(distance(RECORDED[one], RECORDED[other], key) < log10(ALIKE) for key in keys)

    def told_from_all(name, pair):
        return not any(alike(name, other, ("printed", *pair)) for other in NAMES if other != name)

    pairs = list(combinations(INSTRUMENTS, 2))
    assert sum(any(told_from_all(name, pair) for pair in pairs) for name in NAMES) == 15 < len(NAMES) == 17


def test_a_number_picks_by_the_golden_ratio_and_every_run_comes_equally_often():
    golden = (sqrt(5) - 1) / 2
    for number in range(CASES):
        place = 17 * (number * golden % 1)
        if abs(place - round(place)) > 1e-3:  # off the borders
            assert picked(number, 17) == int(place)
    chosen = [picked(number, 17) for number in range(CASES)]
    counts = Counter(chosen)
    assert len(counts) == 17 and max(counts.values()) - min(counts.values()) <= 2
    assert all(a != b for a, b in pairwise(chosen))


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_is_called_right_and_shows_the_line(name):
    picture = explore.clinic(number_of(name))
    picture.set(named=1 + NAMES.index(name))
    line = faults.FAULTS[name].instead if name in faults.FAULTS else "no line is changed"
    assert repr(picture).split("\n")[1].startswith(f"You say “{name}”. Right: ") and f"{line}." in repr(picture)


def test_a_wrong_answer_names_the_instrument_and_what_it_would_read():
    picture = explore.clinic(number_of("schedule in batches"), on=["ratio"])
    picture.set(named=1 + NAMES.index("η / 1000"))
    seen, verdict = repr(picture).split("\n")
    ratio = numbers(RECORDED["η / 1000"]["curves"]["ratio"])
    assert f"‖step‖/‖w‖: 0.052 to {RECORDED['schedule in batches']['curves']['ratio'].split()[-1]}" in seen.replace("−", "-")
    assert verdict == (
        "You say “η / 1000”. No. What tells the two apart: ‖step‖/‖w‖. "
        f"With “η / 1000” it reads: {ratio[0]:.2g} to {ratio[-1]:.3g}.".replace("e-0", "e-")
    )


def test_another_number_takes_the_answer_back():
    picture = explore.clinic(3, on=["whole"])
    picture.set(named=5)
    picture.set(case=4)
    assert picture.settings["named"] == 0 and picture.settings["whole"] == 1
    assert repr(picture).startswith("Case 4. Printed loss: ") and "You say" not in repr(picture)


def test_a_link_names_the_case_before_the_answer_that_it_would_take_back():
    """A saved notebook has the settings by the alphabet, and a link has them as the notebook."""
    names = sorted(explore.clinic().settings)
    assert names.index("case") < names.index("named")


def test_its_curves_are_those_that_are_on():
    picture = explore.clinic(number_of("healthy"), on=["weights", "check"])
    assert [*picture.curves] == ["printed", "weights"] and picture.runs == [] and picture.fault == "healthy"
    assert picture.curves["weights"][0] == pytest.approx(np.linalg.norm(faults.NET.init(1)), abs=0.005)


def test_what_is_saved_is_small_and_says_nothing_in_the_open():
    picture = explore.clinic(12)
    assert len(json.dumps(picture._picture.cases, ensure_ascii=False).encode()) <= 40_000
    assert picture.fault not in repr(picture) + str(picture.settings) + picture._picture.title


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (dict(case=1000), "case must be between 0 and 999, got 1000"),
        (dict(case=-1), "case must be a whole number"),
        (dict(on=["loss"]), "on must be one of"),
    ],
)
def test_bad_input_is_refused(asked, why):
    with pytest.raises(ValueError, match=why):
        explore.clinic(**asked)


def test_distance_is_how_many_powers_of_ten_what_is_told_is_apart():
    a, b = {"curves": {"whole": "2 3 0.1"}}, {"curves": {"whole": "2 30 0.01"}}
    assert distance(a, b, "whole") == pytest.approx(1)
    assert distance(a, {"curves": {"whole": "2 nan"}}, "whole") == np.inf
